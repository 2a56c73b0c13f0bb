"""The order of an answer, the same for every engine: tier, then our relevance, then the newer date, then the id.

The first records are chosen and ordered by `search_ui.answer.candidates`; what lies beyond follows by tier, date and id.
The order is total: paging shows each record once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.search import Tier
from search_ui.answer.candidates import Ranked, Tiers, candidates, tiers_of
from search_ui.answer.plan import AnyOf, Between, Both, Condition, OneOf, Plan
from search_ui.index import Counted, Reader
from search_ui.question.query import Query

ENOUGH = 10  # answers in full; with fewer, partial ones follow
_DATED = Between("day", 1, 99_991_231)  # 0 is an unknown day


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """The tiers that are asked, partial ones where too few answer in full; how many answer at all, and in full."""

    tiers: Tiers
    full: int
    counted: Counted

    @property
    def total(self) -> int:
        """How many answer at all."""
        return self.counted.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """One page of the answer. `full` of `total` answer in full."""

    records: tuple[Ranked, ...]
    total: int
    full: int
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)


def rank(index: Reader, query: Query, plan: Plan, *, offset: int, limit: int) -> Ranking:
    """Answer a planned question with the page [offset, offset + limit)."""
    laid = _laid_out(index, plan)
    if not laid.total:
        return Ranking(records=(), total=0, full=0)
    return Ranking(
        records=_page(index, query, laid, offset=max(0, offset), limit=max(0, limit)),
        total=laid.total,
        full=laid.full,
        facets=laid.counted.facets,
    )


def rank_by_day(index: Reader, plan: Plan, *, offset: int, limit: int, oldest: bool) -> Ranking:
    """Answer a planned question by day alone: what answers in full, then the partial; without a day always last."""
    laid = _laid_out(index, plan)
    if not laid.total:
        return Ranking(records=(), total=0, full=0)
    page = _by_day(index, laid.tiers, offset=max(0, offset), limit=max(0, limit), oldest=oldest)
    return Ranking(
        records=_with_tiers(index, laid.tiers, page),
        total=laid.total,
        full=laid.full,
        facets=laid.counted.facets,
    )


def _laid_out(index: Reader, plan: Plan) -> _Laid:
    tiers: Tiers = tuple((tier, Both((condition, plan.within))) for tier, condition in plan.full)
    whole: Condition = Both((plan.whole, plan.within))
    counted = index.facets(whole)
    full = counted.total
    if full >= ENOUGH or (full and index.count(tiers[0][1])):  # who typed a number that is there wants that record
        return _Laid(tiers=tiers, full=full, counted=counted)
    some = Both((plan.some, plan.within))
    if full:
        return _Laid(tiers=(*tiers, (Tier.SOME, some)), full=full, counted=index.facets(AnyOf((whole, some))))
    counted = index.facets(some)
    if not counted.total:
        some = Both((plan.loose, plan.within))
        counted = index.facets(some)
    return _Laid(tiers=((Tier.SOME, some),), full=0, counted=counted)


def _by_day(index: Reader, tiers: Tiers, *, offset: int, limit: int, oldest: bool) -> list[str]:
    whole = AnyOf(tuple(condition for tier, condition in tiers if tier is not Tier.SOME))
    some = AnyOf(tuple(condition for tier, condition in tiers if tier is Tier.SOME))
    found: list[str] = []
    for part in (Both((whole,)), Both((some,), (whole,))):
        for condition in (Both((part, _DATED)), Both((part,), (_DATED,))):
            more = index.newest(condition, offset=offset, limit=limit - len(found), reverse=oldest)
            found += more
            if len(found) == limit:
                return found
            offset = 0 if more else max(0, offset - index.count(condition))
    return found


def _with_tiers(index: Reader, tiers: Tiers, page: Sequence[str]) -> tuple[Ranked, ...]:
    """Say of each record of a page in which tier it stands."""
    places = tiers_of(index, tiers, page)
    return tuple(Ranked(record, tiers[places[record]][0]) for record in page)


def _page(index: Reader, query: Query, laid: _Laid, *, offset: int, limit: int) -> tuple[Ranked, ...]:
    first = candidates(index, query, laid.tiers)
    page = first[offset : offset + limit]
    if len(page) == limit or len(first) >= laid.total:
        return tuple(page)
    beyond = _beyond(
        index,
        laid.tiers,
        without=[each.id for each in first],
        offset=max(0, offset - len(first)),
        limit=limit - len(page),
    )
    return (*page, *beyond)


def _beyond(index: Reader, tiers: Tiers, *, without: Sequence[str], offset: int, limit: int) -> list[Ranked]:
    """Give the page [offset, offset + limit) of what follows the candidates: by tier, then newest first."""
    found: list[Ranked] = []
    for place, (tier, _) in enumerate(tiers):
        condition = _alone(tiers, place, without=without)
        more = index.newest(condition, offset=offset, limit=limit - len(found))
        found += [Ranked(each, tier) for each in more]
        if len(found) == limit:
            break
        offset = 0 if more else max(0, offset - index.count(condition))
    return found


def _alone(tiers: Tiers, place: int, *, without: Sequence[str]) -> Condition:
    """Give the records of one tier that stand in no better one and are not among `without`."""
    better = tuple(condition for _, condition in tiers[:place])
    return Both((tiers[place][1],), (*better, OneOf(tuple(without))))
