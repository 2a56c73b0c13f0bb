"""The order of an answer, the same for every engine: tier, then our relevance, then the newer date, then the id.

The engine proposes up to `CANDIDATES` records by tier and whole-number weights; these are ordered by our relevance
inside their tier, those with the words in a row before the others. Which neighbours of the question stand side by side
in a record is read off its weight: it is the sum of whole numbers, and the words it holds are known from its tally. What lies beyond follows by tier, date and id. The order is total: paging shows each record once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.search import Tier
from search_ui.answer.plan import EVERYTHING, AnyOf, Between, Both, Condition, OneOf, Plan, pair_anywhere, word_anywhere
from search_ui.answer.relevance import WEIGHT_UNIT, Statistics, holds, relevance, weight
from search_ui.index import Counted, Proposal, Reader, Weighing
from search_ui.question.query import Query, Words
from search_ui.question.syllables import settled

CANDIDATES = 200
ENOUGH = 10  # answers in full; with fewer, partial ones follow
LOOKED_AT = 400  # partial answers that are chosen by their words alone, and then weighed by all
PAIRS = 8  # pairs of neighbouring words that weigh in choosing the candidates, and
PAIRS_MOST = 40  # in ordering them
WEIGHED = 1_024  # words of a question that weigh
_TIER_UNIT = 300_000  # above any sum of extras; all tiers together stay below 2^24, exact in a 32-bit float
_IN_TITLES = frozenset({Tier.NUMBER, Tier.TITLE_EXACT, Tier.TITLE_FOLDED})
_PAIR_SHARE = 2
_DATED = Between("day", 1, 99_991_231)  # 0 is an unknown day
BESIDE = 2.0  # how much two words side by side add to the relevance


_Tiers = tuple[tuple[Tier, Condition], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """The tiers that are asked, partial ones where too few answer in full; all that they hold; how many, and in full."""

    tiers: _Tiers  # each with what holds for the whole question
    weighed: _Tiers  # without: an engine weighs only what answers the whole question
    whole: Condition
    full: int
    counted: Counted

    @property
    def total(self) -> int:
        """How many answer at all."""
        return self.counted.total


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
    tiers: _Tiers = tuple((tier, Both((condition, plan.within))) for tier, condition in plan.full)
    whole: Condition = Both((plan.whole, plan.within))
    full = index.count(whole)
    if full >= ENOUGH or (full and index.count(tiers[0][1])):  # who typed a number that is there wants that record
        return _Laid(tiers=tiers, weighed=plan.full, whole=whole, full=full, counted=index.facets(whole))
    some = Both((plan.some, plan.within))
    if full:
        several = AnyOf((whole, some))
        tiers, weighed = (*tiers, (Tier.SOME, some)), (*plan.full, (Tier.SOME, EVERYTHING))
        return _Laid(tiers=tiers, weighed=weighed, whole=several, full=full, counted=index.facets(several))
    counted = index.facets(some)
    if not counted.total:
        some = Both((plan.loose, plan.within))
        counted = index.facets(some)
    tiers, weighed = ((Tier.SOME, some),), ((Tier.SOME, EVERYTHING),)
    return _Laid(tiers=tiers, weighed=weighed, whole=some, full=0, counted=counted)


def _by_day(index: Reader, tiers: _Tiers, *, offset: int, limit: int, oldest: bool) -> list[str]:
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


def _with_tiers(index: Reader, tiers: _Tiers, page: Sequence[str]) -> tuple[Ranked, ...]:
    """Say of each record of a page in which tier it stands: the best that holds."""
    known: dict[str, Tier] = {}
    for tier, condition in tiers:
        rest = OneOf(tuple(record for record in page if record not in known))
        known |= dict.fromkeys(index.newest(Both((condition, rest)), offset=0, limit=len(page)), tier)
    return tuple(Ranked(record, known[record]) for record in page)


def _page(index: Reader, query: Query, laid: _Laid, *, offset: int, limit: int) -> tuple[Ranked, ...]:
    candidates = _candidates(index, query, laid)
    page = candidates[offset : offset + limit]
    if 0 < len(candidates) < CANDIDATES or len(page) == limit:
        return tuple(page)
    beyond = _beyond(
        index,
        laid.tiers,
        without=[candidate.id for candidate in candidates],
        offset=max(0, offset - len(candidates)),
        limit=limit - len(page),
    )
    return (*page, *beyond)


def _candidates(index: Reader, query: Query, laid: _Laid) -> list[Ranked]:
    """Give the first records in their final order; none where no word was asked for and only the date orders."""
    tiers = laid.tiers
    if not query.terms:
        return []
    statistics = settled(index.statistics(query.terms))
    choose = _chosen_partial if laid.tiers[-1][0] is Tier.SOME else _chosen
    proposed = choose(index, query, laid, statistics)
    places = [(len(tiers) - each.weight // _TIER_UNIT, each) for each in proposed]
    ordered = sorted(
        (place, -_relevance(each, query, statistics, tier=tiers[place][0]), each.order, each.id)
        for place, each in places
    )
    return [Ranked(record, tiers[place][0]) for place, _, _, record in ordered]


def _chosen(index: Reader, query: Query, laid: _Laid, statistics: Statistics) -> list[Proposal]:
    """Choose among what answers in full: in the titles alone where they are enough, for no other record can come before.

    The engine leaves the order of equal weights open, so those as light as the last proposed are taken by date.
    """
    tiers, few = laid.tiers, _weighing(query, laid.weighed, statistics, pairs=PAIRS)
    titled = sum(tier in _IN_TITLES for tier, _ in tiers)
    within = AnyOf(tuple(condition for _, condition in tiers[:titled]))
    if index.count(within) >= CANDIDATES:
        weighing = replace(few, tiers=few.tiers[:titled])
        proposed = index.best(within, weighing, limit=CANDIDATES, described=False)
    else:
        proposed = index.best(laid.whole, few, limit=CANDIDATES, described=False)
    ids = [each.id for each in proposed]
    if len(proposed) == CANDIDATES:
        lightest = min(each.weight for each in proposed)
        ids = [each.id for each in proposed if each.weight > lightest]
        tier = _alone(tiers, len(tiers) - lightest // _TIER_UNIT, without=ids)
        ids += index.newest(tier, offset=0, limit=CANDIDATES - len(ids))
    return _weighed_again(index, query, laid, statistics, ids)


def _chosen_partial(index: Reader, query: Query, laid: _Laid, statistics: Statistics) -> list[Proposal]:
    """Choose among what answers in part, which may be nearly every record: by words first, then by neighbours too."""
    some, words = laid.tiers[-1][1], _weighing(query, ((Tier.SOME, EVERYTHING),), statistics, pairs=0)
    proposed = index.best(some, words, limit=LOOKED_AT, described=False)
    ids = [each.id for each in proposed]
    if len(proposed) == LOOKED_AT:
        lightest = min(each.weight for each in proposed)
        ids = [each.id for each in proposed if each.weight > lightest]
        if len(ids) < CANDIDATES:
            rest = Both((some,), (OneOf(tuple(ids)),))
            ids += index.newest(rest, offset=0, limit=CANDIDATES - len(ids))
    in_full = AnyOf(tuple(condition for tier, condition in laid.tiers if tier is not Tier.SOME))
    ids += index.newest(in_full, offset=0, limit=laid.full)
    again = _weighed_again(index, query, laid, statistics, list(dict.fromkeys(ids)))
    return sorted(again, key=lambda each: (-each.weight, each.order))[:CANDIDATES]


def _weighed_again(
    index: Reader, query: Query, laid: _Laid, statistics: Statistics, ids: Sequence[str]
) -> list[Proposal]:
    """Weigh chosen records by all their pairs of neighbours."""
    if not ids:
        return []
    return index.best(OneOf(tuple(ids)), _weighing(query, laid.weighed, statistics, pairs=PAIRS_MOST), limit=len(ids))


def _relevance(proposal: Proposal, query: Query, statistics: Statistics, *, tier: Tier) -> float:
    """Give the relevance inside a tier. Who typed only a number is shown its bearers by day, the newest first."""
    if tier is Tier.NUMBER and (query.shorthand or not any(isinstance(part, Words) for part in query.wanted)):
        return 0.0
    words = relevance(
        proposal.tally, length=proposal.length, terms=query.terms, statistics=statistics, instead=query.instead
    )
    extra = proposal.weight % _TIER_UNIT
    alone = sum(weight(term, statistics) for term in query.terms[:WEIGHED] if holds(proposal.tally, term))
    return round(words + BESIDE * (extra - alone) / WEIGHT_UNIT, 6)


def _beyond(index: Reader, tiers: _Tiers, *, without: Sequence[str], offset: int, limit: int) -> list[Ranked]:
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


def _alone(tiers: _Tiers, place: int, *, without: Sequence[str]) -> Condition:
    """Give the records of one tier that stand in no better one and are not among `without`."""
    better = tuple(condition for _, condition in tiers[:place])
    return Both((tiers[place][1],), (*better, OneOf(tuple(without))))


def _weighing(query: Query, tiers: _Tiers, statistics: Statistics, *, pairs: int) -> Weighing:
    words = [(word_anywhere(term), weight(term, statistics)) for term in query.terms[:WEIGHED]]
    beside = [
        (pair_anywhere(first, second), (weight(first, statistics) + weight(second, statistics)) // _PAIR_SHARE)
        for first, second in query.pairs[:pairs]
    ]
    return Weighing(
        tiers=tuple((condition, (len(tiers) - place) * _TIER_UNIT) for place, (_, condition) in enumerate(tiers)),
        extras=(*words, *beside),
    )
