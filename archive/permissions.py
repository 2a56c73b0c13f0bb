"""May this reader see this record, its text, its image? The one decision, and the facts a search filter needs.

Pure: values and a day in, a rung out. Does not know accounts, indexes or files. A level that cannot be read is reached by
no grant, so that a record whose limits are damaged is shown to nobody.
"""

from collections.abc import Iterable

from schemas.access import (
    ACCOUNTS,
    ANYONE,
    HOME,
    AccessLevel,
    Grant,
    Limit,
    Permission,
    Reader,
    Rights,
    Rung,
    Target,
    rank,
)

_TOGETHER = frozenset({Permission.CHECK, Permission.APPROVE})


def rung(reader: Reader, target: Target, rights: Rights, *, today: str) -> Rung:
    """Say how far the reader may go on `today` (ISO, the Vietnamese day)."""
    if reader.local:
        return Rung.DOWNLOAD
    closed = narrowness(target, rights, today=today)
    nodes = {HOME, target.id, *target.above}
    given = (
        g for g in rights.grants if g.node in nodes and reaches(g, reader, today=today) and closed <= rank(g.up_to)
    )
    return max((grant.rung for grant in given), default=Rung.NONE)


def narrowness(target: Target, rights: Rights, *, today: str) -> int:
    """Give the rank of the level that holds for a target: its own, or that of a unit above it if that is narrower.

    A limit on a record stands in the place of the record's own level, also where it opens it.
    """
    own = rank(target.level)
    if target.id in rights.limits:
        limited = _rank_at(target.id, rights, today=today)
        own = limited if target.record else max(own, limited)
    return max(own, *(_rank_at(node, rights, today=today) for node in (HOME, *target.above)))


def _rank_at(node: str, rights: Rights, *, today: str) -> int:
    limit = rights.limits.get(node)
    return 0 if limit is None else rank(level_on(limit, today))


def level_on(limit: Limit, today: str) -> str:
    """Give the level that a limit sets on a day."""
    return limit.then if limit.until and today > limit.until else limit.level


def reaches(grant: Grant, reader: Reader, *, today: str) -> bool:
    """Say whether a grant is in force and meant for the reader."""
    in_force = grant.first_day <= today and (not grant.last_day or today <= grant.last_day)
    return in_force and grant.subject in _subjects(reader)


def _subjects(reader: Reader) -> frozenset[str]:
    """Give the names under which a reader is meant. Who does not hold READ, and a contractor, has only what is theirs."""
    named = {f"account:{reader.account}"} if reader.account else set()
    if reader.account and not reader.batch and Permission.READ in reader.permissions:
        named |= {ACCOUNTS, *(f"unit:{unit}" for unit in reader.units), *(f"role:{role}" for role in reader.roles)}
    return frozenset({ANYONE, *named})


def limited_above(rights: Rights, level: AccessLevel, *, today: str) -> tuple[str, ...]:
    """Give the nodes whose limit is narrower than `level` on that day; one that is unreadable is narrower than all."""
    return tuple(node for node, limit in rights.limits.items() if rank(level_on(limit, today)) > rank(level))


def may(reader: Reader, permission: Permission, *, done_by: Iterable[str] = ()) -> bool:
    """Say whether the reader may do a work on a record whose scanning or description was done by these accounts.

    Nobody checks or approves what they scanned or described.
    """
    if permission not in reader.permissions:
        return False
    return reader.local or permission not in _TOGETHER or reader.account not in set(done_by)
