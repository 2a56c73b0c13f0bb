"""The order of an answer, the same for every engine: tier, then our relevance, then the newer date, then the id.

The engine proposes up to `CANDIDATES` records by tier and whole-number weights; these are ordered by our relevance
inside their tier. What lies beyond follows by tier, date and id. The order is total: paging shows each record once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from schemas.search import Tier
from search_ui.index import Proposal, Reader, Weighing
from search_ui.plan import AnyOf, Between, Both, Condition, OneOf, Plan, pair_anywhere, word_anywhere
from search_ui.query import Query
from search_ui.relevance import Statistics, relevance, weight

CANDIDATES = 200
ENOUGH = 10  # answers in full; with fewer, partial ones follow
PAIRS = 8  # pairs of neighbouring words that weigh; more would cost time and say little
_TIER_UNIT = 1 << 20  # above any sum of extras; the largest tier stays below 2^24, exact in a 32-bit float
_PAIR_SHARE = 2
_DATED = Between("day", 1, 99_991_231)  # 0 is an unknown day


_Tiers = tuple[tuple[Tier, Condition], ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One record of the answer and its tier."""

    id: str
    tier: Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """One page of the answer. `full` of `total` answer in full."""

    records: tuple[Ranked, ...]
    total: int
    full: int
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)


def rank(index: Reader, query: Query, plan: Plan, *, offset: int, limit: int) -> Ranking:
    """Answer a planned question with the page [offset, offset + limit)."""
    tiers, full = _laid_out(index, plan)
    whole = AnyOf(tuple(condition for _, condition in tiers))
    total = index.count(whole)
    if not total:
        return Ranking(records=(), total=0, full=0)
    return Ranking(
        records=_page(index, query, tiers, offset=max(0, offset), limit=max(0, limit)),
        total=total,
        full=full,
        facets=index.facets(whole),
    )


def rank_by_day(index: Reader, plan: Plan, *, offset: int, limit: int, oldest: bool) -> Ranking:
    """Answer a planned question by day alone: what answers in full, then the partial; without a day always last."""
    tiers, full = _laid_out(index, plan)
    whole = AnyOf(tuple(condition for _, condition in tiers))
    total = index.count(whole)
    if not total:
        return Ranking(records=(), total=0, full=0)
    page = _by_day(index, tiers, offset=max(0, offset), limit=max(0, limit), oldest=oldest)
    return Ranking(records=_with_tiers(index, tiers, page), total=total, full=full, facets=index.facets(whole))


def _laid_out(index: Reader, plan: Plan) -> tuple[_Tiers, int]:
    """Give the tiers that are asked, partial ones where too few answer in full, and how many do."""
    tiers: _Tiers = tuple((tier, Both((condition, plan.within))) for tier, condition in plan.full)
    full = index.count(AnyOf(tuple(condition for _, condition in tiers)))
    if full < ENOUGH and not (full and index.count(tiers[0][1])):  # who typed a number that is there wants that record
        tiers = _with_partial(index, plan, tiers, full=full)
    return tiers, full


def _by_day(index: Reader, tiers: _Tiers, *, offset: int, limit: int, oldest: bool) -> list[str]:
    whole = AnyOf(tuple(condition for tier, condition in tiers if tier is not Tier.SOME))
    some = AnyOf(tuple(condition for tier, condition in tiers if tier is Tier.SOME))
    found: list[str] = []
    for part in (Both((whole,)), Both((some,), (whole,))):
        for condition in (Both((part, _DATED)), Both((part,), (_DATED,))):
            more = index.newest(condition, offset=offset, limit=limit - len(found), reverse=oldest)
            found += [each.id for each in more]
            if len(found) == limit:
                return found
            offset = 0 if more else max(0, offset - index.count(condition))
    return found


def _with_tiers(index: Reader, tiers: _Tiers, page: Sequence[str]) -> tuple[Ranked, ...]:
    """Say of each record of a page in which tier it stands: the best that holds."""
    known: dict[str, Tier] = {}
    for tier, condition in tiers:
        rest = OneOf(tuple(record for record in page if record not in known))
        known |= {each.id: tier for each in index.newest(Both((condition, rest)), offset=0, limit=len(page))}
    return tuple(Ranked(record, known[record]) for record in page)


def _with_partial(index: Reader, plan: Plan, tiers: _Tiers, *, full: int) -> _Tiers:
    some = Both((plan.some, plan.within))
    if not full and not index.count(some):
        some = Both((plan.loose, plan.within))
    return (*tiers, (Tier.SOME, some))


def _page(index: Reader, query: Query, tiers: _Tiers, *, offset: int, limit: int) -> tuple[Ranked, ...]:
    candidates = _candidates(index, query, tiers)
    page = candidates[offset : offset + limit]
    if 0 < len(candidates) < CANDIDATES or len(page) == limit:
        return tuple(page)
    beyond = _beyond(
        index,
        tiers,
        without=[candidate.id for candidate in candidates],
        offset=max(0, offset - len(candidates)),
        limit=limit - len(page),
    )
    return (*page, *beyond)


def _candidates(index: Reader, query: Query, tiers: _Tiers) -> list[Ranked]:
    """Give the first records in their final order; none where no word was asked for and only the date orders.

    The engine leaves the order of equal weights open, so those as light as the last proposed are taken by date.
    """
    if not query.terms:
        return []
    statistics = index.statistics(query.terms)
    whole = AnyOf(tuple(condition for _, condition in tiers))
    proposed = index.best(whole, _weighing(query, tiers, statistics), limit=CANDIDATES)
    if len(proposed) == CANDIDATES:
        lightest = min(each.weight for each in proposed)
        proposed = _filled(index, tiers, [each for each in proposed if each.weight > lightest], lightest=lightest)
    names = [tier for tier, _ in tiers]
    ordered = sorted(
        (len(names) - each.weight // _TIER_UNIT, -_relevance(each, query, statistics), each.order) for each in proposed
    )
    by_order = {each.order: each.id for each in proposed}
    return [Ranked(by_order[order], names[place]) for place, _, order in ordered]


def _relevance(proposal: Proposal, query: Query, statistics: Statistics) -> float:
    return relevance(proposal.tally, length=proposal.length, terms=query.terms, statistics=statistics)


def _filled(index: Reader, tiers: _Tiers, sure: list[Proposal], *, lightest: int) -> list[Proposal]:
    """Fill the candidates up with the newest of the tier in which the last proposed one stands."""
    tier_weight = lightest // _TIER_UNIT * _TIER_UNIT
    tier = _alone(tiers, len(tiers) - lightest // _TIER_UNIT, without=[each.id for each in sure])
    more = index.newest(tier, offset=0, limit=CANDIDATES - len(sure))
    return sure + [replace(each, weight=tier_weight) for each in more]


def _beyond(index: Reader, tiers: _Tiers, *, without: Sequence[str], offset: int, limit: int) -> list[Ranked]:
    """Give the page [offset, offset + limit) of what follows the candidates: by tier, then newest first."""
    found: list[Ranked] = []
    for place, (tier, _) in enumerate(tiers):
        condition = _alone(tiers, place, without=without)
        more = index.newest(condition, offset=offset, limit=limit - len(found))
        found += [Ranked(each.id, tier) for each in more]
        if len(found) == limit:
            break
        offset = 0 if more else max(0, offset - index.count(condition))
    return found


def _alone(tiers: _Tiers, place: int, *, without: Sequence[str]) -> Condition:
    """Give the records of one tier that stand in no better one and are not among `without`."""
    better = tuple(condition for _, condition in tiers[:place])
    return Both((tiers[place][1],), (*better, OneOf(tuple(without))))


def _weighing(query: Query, tiers: _Tiers, statistics: Statistics) -> Weighing:
    words = [(word_anywhere(term), weight(term, statistics)) for term in query.terms]
    pairs = [
        (pair_anywhere(first, second), (weight(first, statistics) + weight(second, statistics)) // _PAIR_SHARE)
        for first, second in list(pairwise(query.terms))[:PAIRS]
    ]
    return Weighing(
        tiers=tuple((condition, (len(tiers) - place) * _TIER_UNIT) for place, (_, condition) in enumerate(tiers)),
        extras=(*words, *pairs),
    )
