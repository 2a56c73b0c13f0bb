"""Rights as people write and read them: names of accounts, units and roles, codes of fonds and files, days.

A right is registered by the archive (`archive.registers`); this turns what was typed into an entry, and an entry into
words. Raises UsageError U070 with what to write instead.
"""

from dataclasses import dataclass

from archive import access, lending, registers
from archive.home import Archive
from archive.lending import Places
from schemas.access import ACCOUNTS, ANYONE, HOME, AccessLevel, Entry, Grant, Hold, Limit, Register, Registered, Rung
from schemas.days import typed_day
from schemas.errors import NotFoundError, UsageError
from schemas.identifiers import RecordId
from schemas.words import word
from search_ui.accounts import people
from search_ui.accounts.agency import all_roles, all_units
from search_ui.accounts.desk import AccountDesk, By
from search_ui.question.codes import file_path

REASON_MOST = 500  # characters
_KINDS = ("account", "role", "unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One entry in words."""

    id: RecordId
    register: Register
    whom: str
    where: str
    what: str
    days: str
    reason: str
    ended: bool
    by: str  # who put it or ended it
    at: str  # when, ISO


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An entry as it was typed; an empty node is all that is kept, an empty day is without limit."""

    node: str = ""
    subject: str = ""
    level: str = AccessLevel.AGENCY.value
    rung: str = Rung.READ.name.lower()
    first_day: str = ""
    last_day: str = ""
    then: str = AccessLevel.AGENCY.value
    reason: str = ""


def register(archive: Archive, entry: Entry, *, by: By) -> RecordId:
    """Register an entry. Raises UsageError U070 where no reason is given."""
    if not entry.reason:
        raise UsageError("U070", word("right-reason"))
    return registers.put(archive, entry, actor=by.actor or "system", now=by.now)


def read_entry(archive: Archive, desk: AccountDesk, kind: Register, written: Written) -> Entry:
    """Read what was typed. Raises UsageError U070, U030, NotFoundError N001."""
    node, reason = node_of(archive, written.node), " ".join(written.reason.split())[:REASON_MOST]
    if kind is Register.HOLD:
        return Hold(node=node, reason=reason)
    last_day = _day(written.last_day)
    if kind is Register.LIMIT:
        if node == HOME:
            raise UsageError("U070", word("right-node", node=written.node))
        level, then = _level(written.level), _level(written.then)
        return Limit(node=node, level=level, until=last_day, then=then, reason=reason)
    return Grant(
        subject=subject_of(desk, written.subject),
        node=node,
        up_to=_level(written.level),
        rung=_rung(written.rung),
        first_day=_day(written.first_day),
        last_day=last_day,
        reason=reason,
    )


def node_of(archive: Archive, text: str) -> str:
    """Give the node that is meant: all ("" or `*`), a record's id, or codes from the fonds down (`SYT/01/HS-05`)."""
    wanted = text.strip()
    if wanted in (HOME, "*"):
        return HOME
    places = Places(archive)
    for unit in access.arrangements(archive):
        if wanted == unit.id or wanted.casefold() == file_path(places, unit.id).casefold():
            return unit.id
    try:
        return access.resolve(archive, wanted)
    except (NotFoundError, UsageError) as error:
        raise UsageError("U070", word("right-node", node=wanted[:80])) from error


def subject_of(desk: AccountDesk, text: str) -> str:
    """Give the subject that is meant: `accounts`, `anyone`, `role:…`, `unit:CODE` or a login; there is no default."""
    if not text.strip():
        raise UsageError("U070", word("right-subject-missing"))
    kind, _, name = text.strip().partition(":")
    if text.strip() in (ACCOUNTS, ANYONE):
        return text.strip()
    if kind not in _KINDS or not name:
        kind, name = "account", text.strip()
    if kind == "account":
        account = people.by_login(desk, name) or people.by_id(desk, name)
        known = account.id if account else None
    elif kind == "unit":
        known = next((unit.id for unit in all_units(desk).values() if name in (unit.id, unit.code)), None)
    else:
        known = name if name in all_roles(desk) else None
    if known is None:
        raise UsageError("U070", word("right-subject", subject=text.strip()[:80]))
    return f"{kind}:{known}"


def shown(archive: Archive, desk: AccountDesk, each: Registered, language: str) -> Shown:
    """Write an entry out for people."""
    entry, line = each.entry, next(archive.journal.lines(each.changed))
    return Shown(
        id=each.id,
        register=each.register,
        whom=_whom(desk, entry.subject, language) if isinstance(entry, Grant) else "",
        where=_where(archive, each.node, language),
        what=_what(entry, language),
        days=_days(entry, language),
        reason=entry.reason if entry else "",
        ended=each.ended,
        by=_actor(desk, line.actor, language),
        at=line.time,
    )


def all_shown(
    archive: Archive, desk: AccountDesk, language: str, *, nodes: frozenset[str] | None = None, ended: bool = False
) -> list[Shown]:
    """List the entries that stand, or those that have ended, the newest first; with nodes only those on them."""
    lending.rights(archive)  # the catalogue has followed the journal then
    entries = [each for each in archive.catalogue.registered() if nodes is None or each.node in nodes]
    return [shown(archive, desk, each, language) for each in reversed(entries) if each.ended is ended]


def _actor(desk: AccountDesk, actor: str, language: str) -> str:
    return people.called(desk, actor) or word("ui-actor-system", language)


def _whom(desk: AccountDesk, subject: str, language: str) -> str:
    kind, _, name = subject.partition(":")
    if kind == "account":
        return people.called(desk, name) or name
    if kind == "unit":
        unit = all_units(desk).get(name)
        return unit.name if unit else name
    if kind == "role":
        role = all_roles(desk).get(name)
        return word("right-role", language, role=role.name if role else name)
    return word(f"right-{subject}", language)


def _where(archive: Archive, node: str, language: str) -> str:
    if node == HOME:
        return word("right-everywhere", language)
    try:
        row = access.record(archive, RecordId(node))
    except NotFoundError:
        return file_path(Places(archive), node)
    return " · ".join(filter(None, (row.number, row.subject or row.source)))


def _what(entry: Entry | None, language: str) -> str:
    if entry is None:
        return word("level-unreadable", language)
    if isinstance(entry, Hold):
        return word("right-held", language)
    if isinstance(entry, Limit):
        after = word("right-then", language, level=_level_word(entry.then, language)) if entry.until else ""
        return ", ".join(filter(None, (_level_word(entry.level, language), after)))
    rung, level = word(f"rung-{entry.rung.value}", language), _level_word(entry.up_to, language)
    return word("right-given", language, rung=rung, level=level)


def _level_word(level: str, language: str) -> str:
    return word(f"level-{level}" if level in set(AccessLevel) else "level-unreadable", language)


def _days(entry: Entry | None, language: str) -> str:
    if isinstance(entry, Limit) and entry.until:
        return word("right-until", language, day=_written(entry.until))
    if not isinstance(entry, Grant):
        return ""
    first, last = _written(entry.first_day), _written(entry.last_day)
    both = [word("right-from", language, day=first)] if first else []
    return " ".join([*both, word("right-until", language, day=last)] if last else both)


def _written(day: str) -> str:
    return "/".join(reversed(day.split("-"))) if day else ""


def _day(text: str) -> str:
    if not text.strip():
        return ""
    day = typed_day(text.strip())
    if day is None:
        raise UsageError("U030", word("search-date", date=text[:40]))
    return day


def _level(text: str) -> AccessLevel:
    if text not in set(AccessLevel):
        raise UsageError("U070", word("right-level", level=text[:40], levels=", ".join(AccessLevel)))
    return AccessLevel(text)


def _rung(text: str) -> Rung:
    names = {rung.name.lower(): rung for rung in Rung if rung is not Rung.NONE}
    if text not in names:
        raise UsageError("U070", word("right-rung", rung=text[:40], rungs=", ".join(names)))
    return names[text]
