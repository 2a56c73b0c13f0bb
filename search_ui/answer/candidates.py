"""Which records of an answer come first, in their final order: chosen by an engine's weights, ordered by our relevance.

As many are taken as are looked at: those of the best tiers, within a tier those that hold most of the question's words,
and of its neighbouring words side by side; as heavy ones by date. Of very many in one tier the newest are taken. What
answers only in part is chosen by the weight of its words alone. The chosen are then ordered by tier, relevance, date
and id.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.search import Tier
from search_ui.answer.plan import NOTHING, Among, AnyOf, Both, Condition, OneOf, beside, word_anywhere
from search_ui.answer.relevance import WEIGHT_UNIT, Statistics, Tally, reading, relevance, weight
from search_ui.document import year_of
from search_ui.index import Proposal, Reader, Weighed
from search_ui.question.query import YEAR, Query, Term, Words
from search_ui.question.syllables import settled

CANDIDATES = 200
WORDS = 8  # of a question that weigh in choosing, the rarest
EXPECTED_MOST = 20_000  # answers that are chosen from in one look; of more one tier after the other is looked at
WEIGHED_MOST = 20_000  # records of a tier among which words and neighbours choose; of more the newest are taken
PAIRS = 16  # pairs of neighbouring words that weigh, those of rarest words
PAIRS_OF_ALL = 4  # of them in choosing among all that answers in full
BESIDE = 2.0  # how much two words side by side add to the relevance
_ONE_TIER = 1 << 12  # more than words and neighbours weigh together; twelve tiers stay below 2^24, where sums are exact
_IN_TITLES = frozenset({Tier.NUMBER, Tier.TITLE_EXACT, Tier.TITLE_FOLDED})

Tiers = tuple[tuple[Tier, Condition], ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """One record of the answer and its tier."""

    id: str
    tier: Tier


def candidates(index: Reader, query: Query, tiers: Tiers) -> list[Ranked]:
    """Give the first records in their final order; none where no word was asked for and only the date orders."""
    if not query.terms:
        return []
    statistics = settled(index.statistics(query.terms))
    choose = _chosen_partial if tiers[-1][0] is Tier.SOME else _chosen
    chosen = choose(index, query, tiers, statistics)
    proposed = index.best(OneOf(tuple(chosen)), (), limit=len(chosen)) if chosen else []
    read = reading(_said(query))
    texts = {each.id: read(each.tally) for each in proposed}
    titles = {each.id: read(each.title_tally) for each in proposed}
    weights = _side_by_side(index, _pairs(query, statistics), texts, titles)
    terms, instead = query.terms, query.instead
    by_day = query.shorthand or not any(isinstance(part, Words) for part in query.wanted)
    beside_number = query.beside_number

    def place(each: Proposal) -> tuple[int, int, float, str, str]:
        tier, words = chosen[each.id], texts[each.id]
        is_number = tiers[tier][0] is Tier.NUMBER
        agreeing = sum(_agrees(term, words, each.order) for term in beside_number) if is_number else 0
        about = relevance(words, length=each.length, terms=terms, statistics=statistics, instead=instead)
        about += BESIDE * weights.get(each.id, 0) / WEIGHT_UNIT
        if by_day and is_number:  # who typed only a number is shown its bearers, the newest first
            about = 0.0
        return tier, -agreeing, -round(about, 6), each.order, each.id

    return [Ranked(record, tiers[tier][0]) for tier, *_, record in sorted(map(place, proposed))]


def _agrees(term: Term, words: Tally, order: str) -> bool:
    """Say whether a record holds the word; a year is its own year, where its day is known."""
    year = year_of(order)
    return int(term.folded) == year if year and YEAR.fullmatch(term.folded) else term.folded in words


def _said(query: Query) -> Iterator[str]:
    """Give the folded form of every word that counts for or against a record."""
    yield from (term.folded for term in query.terms)
    yield from (word for several in query.instead.values() for wording in several for word in wording.words)


def tiers_of(index: Reader, tiers: Tiers, records: Sequence[str]) -> dict[str, int]:
    """Say of records in which tier they stand: the place of the best that holds."""
    if not records:
        return {}
    among: Condition = OneOf(tuple(records))
    found = index.best(Both((among, _any(tiers))), _tiered(tiers), limit=len(records), described=False)
    return {each.id: _place(each, tiers) for each in found}


def _chosen(index: Reader, query: Query, tiers: Tiers, statistics: Statistics) -> dict[str, int]:
    """Choose among what answers in full."""
    weights, expected = _weights(query, statistics), _expected(query, statistics)
    if expected > EXPECTED_MOST:
        return _chosen_by_tier(index, weights, tiers)
    whole = AnyOf((tiers[0][1], tiers[-1][1]))  # every other tier lies in the last
    if expected < 1 and not index.count(whole):  # a long question: to look for its rows costs more than to count
        return {}
    proposed = index.best(whole, (*_tiered(tiers), *weights), limit=CANDIDATES, described=False)
    if len(proposed) < CANDIDATES:
        return {each.id: _place(each, tiers) for each in proposed}
    lightest = min(proposed, key=lambda each: each.weight)
    last = _place(lightest, tiers)
    chosen = {each.id: _place(each, tiers) for each in proposed if each.weight > lightest.weight}
    newest = index.newest(_rest(tiers[last][1], chosen), offset=0, limit=CANDIDATES - len(chosen))
    return chosen | dict.fromkeys(newest, last)


def _expected(query: Query, statistics: Statistics) -> float:
    """Guess how many answer in full, as if words stood in records by chance: more than a few thousand are not weighed at once."""
    if not statistics.records:
        return 0.0
    shares = (
        math.prod(
            statistics.folded.get(term.folded, 0) / statistics.records for part in each.wanted for term in part.terms
        )
        for each in query.alternatives
    )
    return statistics.records * math.fsum(shares)


def _chosen_by_tier(index: Reader, weights: Weighed, tiers: Tiers) -> dict[str, int]:
    """Choose tier by tier until there are enough: no lower one can come before. Of a large tier the newest are taken."""
    titled = sum(tier in _IN_TITLES for tier, _ in tiers)
    chosen = _titled(index, tiers[:titled])
    if len(chosen) == CANDIDATES:  # there may be more, of which these are not the first
        chosen, titled = {}, 0
    for place in range(titled, len(tiers)):
        if left := CANDIDATES - len(chosen):
            condition = _rest(tiers[place][1], chosen)
            is_weighed = weights and left < index.count(condition) <= WEIGHED_MOST
            found = _first(index, condition, weights if is_weighed else (), limit=left)
            chosen |= dict.fromkeys(found, place)
    return chosen


def _titled(index: Reader, tiers: Tiers) -> dict[str, int]:
    """Give what answers by its title, at most as many as are looked at."""
    proposed = index.best(_any(tiers), _tiered(tiers), limit=CANDIDATES, described=False)
    return {each.id: _place(each, tiers) for each in proposed}


def _any(tiers: Tiers) -> Condition:
    return AnyOf(tuple(condition for _, condition in tiers))


def _tiered(tiers: Tiers) -> Weighed:
    """Let each tier that holds weigh one bit, the best the highest: the sum says which is the best that holds."""
    return tuple((condition, _ONE_TIER << (len(tiers) - 1 - place)) for place, (_, condition) in enumerate(tiers))


def _place(proposed: Proposal, tiers: Tiers) -> int:
    return len(tiers) - (proposed.weight // _ONE_TIER).bit_length()


def _chosen_partial(index: Reader, query: Query, tiers: Tiers, statistics: Statistics) -> dict[str, int]:
    """Choose all that answers in full, which is few, and among what answers in part, which may be very much."""
    *full, (_, some) = tiers
    chosen = _titled(index, tuple(full)) if full else {}
    partial = _first(index, _rest(some, chosen), _words(query, statistics), limit=CANDIDATES)
    return chosen | dict.fromkeys(partial, len(full))


def _first(index: Reader, condition: Condition, weights: Weighed, *, limit: int) -> list[str]:
    """Give the heaviest records that answer; of those as light as the last, which an engine orders as it likes, the newest."""
    if not weights:
        return index.newest(condition, offset=0, limit=limit)
    proposed = index.best(condition, weights, limit=limit, described=False)
    if len(proposed) < limit:
        return [each.id for each in proposed]
    lightest = min(each.weight for each in proposed)
    heavier = [each.id for each in proposed if each.weight > lightest]
    return heavier + index.newest(_rest(condition, heavier), offset=0, limit=limit - len(heavier))


def _rest(condition: Condition, without: Sequence[str] | dict[str, int]) -> Condition:
    return Both((condition,), (OneOf(tuple(without)),)) if without else condition


def _words(query: Query, statistics: Statistics) -> Weighed:
    """Give the rarest words with their weights: the common ones hardly decide and cost most."""
    words = [(word_anywhere(term), weight(term, statistics)) for term in query.terms]
    return tuple(sorted(words, key=lambda each: -each[1])[:WORDS])


def _weights(query: Query, statistics: Statistics) -> Weighed:
    """Give neighbours, in title or text, with their weights; and words, where a record may answer without one of them."""
    pairs = tuple(
        (AnyOf((beside(*pair, title=True), beside(*pair, title=False))), points)
        for pair, points in _pairs(query, statistics)[:PAIRS_OF_ALL]
    )
    return (*_words(query, statistics), *pairs) if query.instead or len(query.alternatives) > 1 else pairs


def _pairs(query: Query, statistics: Statistics) -> list[tuple[tuple[Term, Term], int]]:
    """Give neighbouring words with half the weight of both: those of rarest words, in the order typed."""
    pairs = [(pair, (weight(pair[0], statistics) + weight(pair[1], statistics)) // 2) for pair in query.pairs]
    return sorted(pairs, key=lambda each: -each[1])[:PAIRS]


def _side_by_side(
    index: Reader,
    pairs: Sequence[tuple[tuple[Term, Term], int]],
    texts: Mapping[str, Tally],
    titles: Mapping[str, Tally],
) -> dict[str, int]:
    """Give the weight of the neighbouring words that stand side by side in records; looked for where both words are."""
    asked = tuple(
        (AnyOf((_known(*pair, titles, title=True), _known(*pair, texts, title=False))), points)
        for pair, points in pairs
    )
    found = index.best(OneOf(tuple(texts)), asked, limit=len(texts), described=False) if asked and texts else []
    return {each.id: each.weight for each in found}


def _known(first: Term, second: Term, words: Mapping[str, Tally], *, title: bool) -> Condition:
    """Ask for two words side by side, and say in which records both are at all."""
    both = tuple(record for record, held in words.items() if first.folded in held and second.folded in held)
    return Among(both, beside(first, second, title=title)) if both else NOTHING
