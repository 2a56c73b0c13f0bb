"""The one place where a reader's rights enter a search: every condition an engine is asked goes through here.

Pure, but for the reader of the index it wraps. A record answers with its title where the reader may see it in the list,
and with its text only where the reader may read it; counts, facets and order follow from the same conditions, so that
nothing of a hidden record, and no word of a hidden text, moves them. The archive is asked again about every hit.
Source of the channels that leak otherwise: OWASP ASVS 5.0, 8.2.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.permissions import limited_above, reaches
from schemas.access import HOME, AccessLevel, Grant, Reader, Rights, Rung, rank
from search_ui.answer.plan import (
    EVERYTHING,
    NOTHING,
    Among,
    AnyOf,
    Between,
    Both,
    Condition,
    Everything,
    Has,
    OneOf,
    Row,
)
from search_ui.answer.relevance import Statistics
from search_ui.document import DATED, NO_END
from search_ui.index import Counted, Proposal, Weighed
from search_ui.index import Reader as IndexReader
from search_ui.question.query import Term

_BODY = frozenset({"body_exact", "body_folded", "body_numbers"})
_IN_TITLE = {"any_exact": "title_exact", "any_folded": "title_folded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a reader may see of the index: in the list, in the text; and what everybody's statistics are made of."""

    known: Condition
    read: Condition
    common: Condition


def scope(
    reader: Reader, rights: Rights, *, today: str, position: int, common_level: AccessLevel = AccessLevel.AGENCY
) -> Scope:
    """Say what a reader may see on a day (ISO) in an index that holds `position` journal lines.

    `common_level` is the level that the home gives to what comes in: statistics count what is as open or more.
    """
    common = _open(common_level, rights, today=today)
    if reader.local:
        return Scope(known=Everything(), read=Everything(), common=common)
    grants = tuple(grant for grant in rights.grants if reaches(grant, reader, today=today))
    stale = tuple(sorted(node for node, line in rights.changed.items() if line >= position))
    known = _within([grant for grant in grants if grant.rung >= Rung.KNOW], rights, today=today)
    read = _within([grant for grant in grants if grant.rung >= Rung.READ], rights, today=today)
    return Scope(known=_fresh(known, stale), read=_fresh(read, stale), common=_fresh(common, stale))


class Guarded:
    """The index as one reader may see it; everything asked of it is asked within the scope."""

    def __init__(self, inner: IndexReader, allowed: Scope) -> None:
        """Look through this reader of the index."""
        self._inner = inner
        self._scope = allowed

    def close(self) -> None:
        """Give back what holds this moment."""
        self._inner.close()

    @property
    def position(self) -> int:
        """How many journal lines are in the index."""
        return self._inner.position

    def count(self, condition: Condition) -> int:
        """Count the records that answer."""
        return self._inner.count(self._seen(condition))

    def best(self, condition: Condition, weights: Weighed, *, limit: int, described: bool = True) -> list[Proposal]:
        """Give the heaviest records that answer; of those that may not be read, only the title is asked and weighed."""
        read, known = self._scope.read, self._scope.known
        found = self._inner.best(Both((condition, read)), weights, limit=limit, described=described)
        if read == known:
            return found
        titles = tuple((_title_only(each), points) for each, points in weights)
        listed = self._inner.best(
            Both((_title_only(condition), known), (read,)), titles, limit=limit, described=described
        )
        return sorted([*found, *map(_listed, listed)], key=lambda each: -each.weight)[:limit]

    def newest(self, condition: Condition, *, offset: int, limit: int, **order: bool) -> list[str]:
        """Give the ids of the records that answer by their `order`."""
        return self._inner.newest(self._seen(condition), offset=offset, limit=limit, **order)

    def statistics(self, terms: Sequence[Term], *, within: Condition = EVERYTHING) -> Statistics:
        """Count what the agency's own level or a more open one holds, whoever asks; `within` is not the caller's."""
        del within
        return self._inner.statistics(terms, within=self._scope.common)

    def facets(self, condition: Condition) -> Counted:
        """Count the records that answer and the values of each facet over them."""
        return self._inner.facets(self._seen(condition))

    def _seen(self, condition: Condition) -> Condition:
        """Let a record answer with its text where it may be read, and with its title alone where it may be known."""
        read, known = self._scope.read, self._scope.known
        if read == known:
            return Both((condition, known))
        return AnyOf((Both((condition, read)), Both((_title_only(condition), known), (read,))))


def _listed(proposal: Proposal) -> Proposal:
    """Give a proposal as of a record whose text is not there."""
    return replace(proposal, tally=proposal.title_tally, length=0)


def _title_only(condition: Condition) -> Condition:
    """Give what is left of a condition where no record has a text."""
    match condition:
        case Has(field) | Row(field) if field in _BODY:
            return NOTHING
        case Has(field, word) if field in _IN_TITLE:
            return Has(_IN_TITLE[field], word)
        case Both(conditions, without):
            return Both(tuple(map(_title_only, conditions)), tuple(map(_title_only, without)))
        case AnyOf(conditions, at_least):
            return AnyOf(tuple(map(_title_only, conditions)), at_least)
        case Among(ids, wanted):
            return Among(ids, _title_only(wanted))
    return condition


def _within(grants: Sequence[Grant], rights: Rights, *, today: str) -> Condition:
    """Say where grants reach: for each level, the nodes given and what is so open."""
    found: list[Condition] = []
    for level in AccessLevel:
        nodes = tuple(sorted({grant.node for grant in grants if grant.up_to is level}))
        if nodes:
            place: Condition = Everything() if HOME in nodes else OneOf(nodes, "nodes")
            found.append(Both((place, _open(level, rights, today=today))))
    return AnyOf(tuple(found)) if found else NOTHING


def _open(level: AccessLevel, rights: Rights, *, today: str) -> Condition:
    """Say what is `level` or more open on a day: the record's own level, and no narrower limit on a unit above it.

    A limit on a record itself is in the index as that record's level.
    """
    day, most = int(today.replace("-", "")), rank(level)
    now = Both((Between("level", 0, most), Between("until", day, NO_END)))
    afterwards = Both((Between("then", 0, most), Between("until", 0, day - 1)))
    dated = Both((Has("open", DATED), AnyOf((now, afterwards))))
    limited = rights.units & set(limited_above(rights, level, today=today))
    if HOME in limited:
        return NOTHING
    without: tuple[Condition, ...] = (OneOf(tuple(sorted(limited)), "nodes"),) if limited else ()
    return Both((AnyOf((Has("open", str(most)), dated)),), without)


def _fresh(condition: Condition, stale: tuple[str, ...]) -> Condition:
    """Leave out records whose own limit changed after the index last followed."""
    return Both((condition,), (OneOf(stale),)) if stale and condition != NOTHING else condition
