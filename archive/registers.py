"""Writes the registers: rights granted, access limits, holds. Each entry is an object of its own with a journal line.

A line names the register and the node only; who was meant and why stands in the object. An entry is changed and ended by
a new version, never taken away. Does not ask whether the actor may: that is the caller's matter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from archive.keeping import About, ObjectExistsError, Piece, Stored
from archive.rows import REGISTER_JSON, register_content, register_of
from archive.strongroom import Act, Archive, commit, follow
from schemas.access import ACCOUNTS, AccessLevel, Entry, Grant, Limit, Register, Registered, Rights, Rung
from schemas.errors import NotFoundError, TryLaterError
from schemas.identifiers import RecordId, new_record_id, urn
from schemas.journal import Line, LineKind
from schemas.values import canonical
from schemas.words import word

ARCHIVISTS, INSPECTORS = "role:archivist", "role:inspector"
_FIRST = (
    Grant(subject=ACCOUNTS, up_to=AccessLevel.AGENCY, rung=Rung.DOWNLOAD),
    Grant(subject=ARCHIVISTS, up_to=AccessLevel.UNPUBLISHED, rung=Rung.DOWNLOAD),
    Grant(subject=INSPECTORS, up_to=AccessLevel.UNPUBLISHED, rung=Rung.READ),
)


def put(archive: Archive, entry: Entry, *, actor: str, now: datetime) -> RecordId:
    """Register an entry and give its id; the same entry twice is one.

    A limit on a node that has one already replaces it, as its next version.
    """
    follow(archive)
    register = register_of(entry)
    known = standing(archive, entry.node, register) if register is Register.LIMIT else None
    if known is not None:
        _change(archive, known.id, entry, ended=False, by=_By(actor, now))
        return known.id
    return _make(archive, entry, by=_By(actor, now), known=lambda each: not each.ended)


def end(archive: Archive, entry: RecordId, *, actor: str, now: datetime) -> None:
    """End an entry; one that has ended stays as it is. Raises NotFoundError N007."""
    follow(archive)
    known = _known(archive, entry)
    if known.entry is None:
        raise NotFoundError("N007", word("register-missing", entry=entry))
    if not known.ended:
        _change(archive, entry, known.entry, ended=True, by=_By(actor, now))


def standing(archive: Archive, node: str, register: Register) -> Registered | None:
    """Give the entry of a register that stands on a node; the newest where there are several."""
    found = (each for each in archive.catalogue.registered() if each.node == node and each.register is register)
    return next((each for each in reversed(tuple(found)) if not each.ended), None)


def ensure_first(archive: Archive, *, actor: str, now: datetime) -> None:
    """Give the first rights of a new home, once: ending them is the agency's decision and stays.

    Every account may read and download what is open to the agency; archivists everything; inspectors read everything.
    """
    for grant in _FIRST:
        _make(archive, grant, by=_By(actor, now), known=lambda _each: True)


def rights(archive: Archive) -> Rights:
    """Gather what stands. A limit that cannot be read closes its node to everybody."""
    registered = archive.catalogue.registered()
    entries = [each for each in registered if not each.ended]
    unreadable = Limit(node="", level="")
    return Rights(
        grants=tuple(each.entry for each in entries if isinstance(each.entry, Grant)),
        limits={
            each.node: each.entry if isinstance(each.entry, Limit) else unreadable
            for each in entries
            if each.register is Register.LIMIT
        },
        units=archive.catalogue.limited_units(),
        changed={each.node: each.changed for each in registered if each.register is Register.LIMIT},
    )


@dataclass(frozen=True, slots=True)
class _By:
    """Who acts, and when."""

    actor: str
    now: datetime

    def about(self, version: int) -> About:
        return About(
            version=version, created=self.now.isoformat(timespec="seconds"), message="register", actor=self.actor
        )


def _known(archive: Archive, entry: RecordId) -> Registered:
    for known in archive.catalogue.registered(entry=entry):
        return known
    raise NotFoundError("N007", word("register-missing", entry=entry))


def _make(archive: Archive, entry: Entry, *, by: _By, known: Callable[[Registered], bool]) -> RecordId:
    """Make an entry, or give the equal one that counts as known; two processes that want the same make one."""

    def settled() -> RecordId | None:
        equal = (each for each in archive.catalogue.registered() if each.entry == entry and known(each))
        return next((each.id for each in equal), None)

    follow(archive)
    found = settled()
    if found is not None:
        return found
    made = new_record_id()
    object_id = urn(made)
    with archive.store.alone(object_id):
        archive.store.begin(object_id)
        stored = archive.store.put(object_id, _pieces(entry, ended=False), by.about(1))
        try:
            done = commit(archive, _act(object_id, stored, entry, by=by, ended=False), now=by.now, settled=settled)
        except TryLaterError:
            archive.store.remove(object_id)
            archive.store.finished(object_id)
            raise
        if not isinstance(done, Line):
            archive.store.remove(object_id)  # another process made the same entry first
        archive.store.finished(object_id)
    return made if isinstance(done, Line) else done


def _change(archive: Archive, changed: RecordId, entry: Entry, *, ended: bool, by: _By) -> None:
    object_id, pieces = urn(changed), _pieces(entry, ended=ended)
    with archive.store.alone(object_id):
        follow(archive)
        version = _known(archive, changed).version
        about = by.about(int(version.removeprefix("v")) + 1)
        try:
            stored = archive.store.put(object_id, pieces, about)
        except ObjectExistsError:  # a version that a crash left without a line
            archive.store.back_to(object_id, version)
            stored = archive.store.put(object_id, pieces, about)
        try:
            commit(archive, _act(object_id, stored, entry, by=by, ended=ended), now=by.now, settled=lambda: None)
        except TryLaterError:
            archive.store.back_to(object_id, version)
            raise


def _pieces(entry: Entry, *, ended: bool) -> dict[str, Piece]:
    return {REGISTER_JSON: Piece(source=canonical(register_content(entry, ended=ended)))}


def _act(object_id: str, stored: Stored, entry: Entry, *, by: _By, ended: bool) -> Act:
    return Act(
        kind=LineKind.REGISTERED.value,
        actor=by.actor,
        object=object_id,
        version=stored.version,
        inventory=stored.inventory,
        more={"register": register_of(entry).value, "node": entry.node, **({"ended": True} if ended else {})},
    )
