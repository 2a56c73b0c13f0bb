"""The order of an answer, the same for every engine: tier, then our relevance, then the newer date, then the id.

The first records are chosen and ordered by `search_ui.answer.candidates`; what lies beyond follows by tier, date and id.
The order is total: paging shows each record once.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from schemas.search import Tier
from search_ui.answer.candidates import CANDIDATES, Ranked, Tiers, candidates, tiers_of
from search_ui.answer.plan import AnyOf, Between, Both, Condition, OneOf, Plan
from search_ui.index import Counted, Reader
from search_ui.question.query import Query

ENOUGH = 10  # answers in full; with fewer, partial ones follow
_DATED = Between("day", 1, 99_991_231)  # 0 is an unknown day
_Page = Callable[[Tiers], "tuple[Ranked, ...]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """One page of the answer. `full` of `total` answer in full."""

    records: tuple[Ranked, ...]
    total: int
    full: int
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)


def rank(index: Reader, query: Query, plan: Plan, *, offset: int, limit: int) -> Ranking:
    """Answer a planned question with the page [offset, offset + limit)."""
    return _answered(index, plan, partial(_page, index, query, offset=max(0, offset), limit=max(0, limit)))


def rank_by_day(index: Reader, plan: Plan, *, offset: int, limit: int, oldest: bool) -> Ranking:
    """Answer a planned question by day alone: what answers in full, then the partial; without a day always last."""
    return _answered(
        index, plan, partial(_page_by_day, index, offset=max(0, offset), limit=max(0, limit), oldest=oldest)
    )


def _answered(index: Reader, plan: Plan, page: _Page) -> Ranking:
    """Give the page of what answers in full; where that is too little, of what answers in part as well."""
    tiers: Tiers = tuple((tier, Both((condition, plan.within))) for tier, condition in plan.full)
    whole: Condition = Both((plan.whole, plan.within))
    records, counted = _counted_beside(index, whole, page, tiers)
    full = counted.total
    if full < ENOUGH and not (full and index.count(tiers[0][1])):  # who typed a number that is there wants that record
        some: Condition = Both((plan.some, plan.within))
        better, asked = (tiers, AnyOf((whole, some))) if full else ((), some)
        records, counted = _counted_beside(index, asked, page, (*better, (Tier.SOME, some)))
        if not counted.total:
            loose = Both((plan.loose, plan.within))
            records, counted = _counted_beside(index, loose, page, ((Tier.SOME, loose),))
    return Ranking(records=records, total=counted.total, full=full, facets=counted.facets)


def _counted_beside(index: Reader, asked: Condition, page: _Page, tiers: Tiers) -> tuple[tuple[Ranked, ...], Counted]:
    """Choose the page while the engine counts: neither waits for the other."""
    with ThreadPoolExecutor(1) as beside:
        counting = beside.submit(index.facets, asked)
        return page(tiers), counting.result()


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


def _page_by_day(index: Reader, tiers: Tiers, *, offset: int, limit: int, oldest: bool) -> tuple[Ranked, ...]:
    page = _by_day(index, tiers, offset=offset, limit=limit, oldest=oldest)
    places = tiers_of(index, tiers, page)
    return tuple(Ranked(record, tiers[places[record]][0]) for record in page)


def _page(index: Reader, query: Query, tiers: Tiers, *, offset: int, limit: int) -> tuple[Ranked, ...]:
    first = candidates(index, query, tiers)
    page = first[offset : offset + limit]
    if len(page) == limit or (query.terms and len(first) < CANDIDATES):
        return tuple(page)
    beyond = _beyond(
        index,
        tiers,
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
