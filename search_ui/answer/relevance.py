"""How much a record is about a question: BM25 over syllables, computed here and nowhere else.

Pure. Engines only propose candidates; their own scores differ from engine to engine, count deleted records and would
show what a reader may not see. The tally of a record is written into the index beside its id; the statistics are
given by the index and count living records only.

Source of the formula: Robertson, Zaragoza 2009, "The Probabilistic Relevance Framework", 3.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from search_ui.analyser import Token
from search_ui.question.query import Term, Wording

_SATURATION = 1.2  # k1
_LENGTH_SHARE = 0.75  # b
_FOLDED_SHARE = 0.4  # of a word typed with marks; the rest goes by its marked form
_LONGEST = 255
Tally = Mapping[str, str]  # of a record: how often each form of a word occurs, by its folded form
_NONE: Mapping[str, tuple[Wording, ...]] = {}
WEIGHT_UNIT = 16  # of a weight: one unit of relevance


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What the collection says of the question's words: counts of living records, by exact and by folded form."""

    records: int
    mean_length: float
    exact: Mapping[str, int] = field(default_factory=dict)
    folded: Mapping[str, int] = field(default_factory=dict)


def tally(weighted: Iterable[tuple[Iterable[Token], int]]) -> str:
    """Write how often each word occurs, each stream of words with its weight: ` ban=2,_r:5 chi=_r:1 `.

    Grouped by the folded form, so that one look gives the counts of all its marked forms.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for words, weight in weighted:
        for forms, number in Counter([(word.folded, word.exact) for word in words]).items():
            counts[forms] += number * weight
    groups: dict[str, list[str]] = {}
    for (folded, exact), number in counts.items():
        groups.setdefault(folded, []).append(f"{short_form(exact, folded)}:{number}")
    lines = [f"{folded}={','.join(forms)}" for folded, forms in groups.items()]
    return f" {' '.join(lines)} "


def reading(words: Iterable[str]) -> Callable[[str], Tally]:
    """Give what reads from a tally the forms and counts of these words (folded): all in one look."""
    wanted = re.compile(f" ({'|'.join(map(re.escape, sorted(set(words))))})=([^ ]*)")
    return lambda written: dict(wanted.findall(written))


def counts_of(words: Tally, term: Term) -> tuple[int, int]:
    """Say how often a word occurs: in its exact form, and in any form."""
    forms = words.get(term.folded)
    return _counts(forms, term.exact, term.folded) if forms else (0, 0)


@lru_cache(maxsize=100_000)
def _counts(forms: str, wanted: str, folded: str) -> tuple[int, int]:
    exact = total = 0
    for entry in forms.split(","):
        form, _, count = entry.rpartition(":")
        total += int(count)
        if long_form(form, folded) == wanted:
            exact += int(count)
    return exact, total


def weight(term: Term, statistics: Statistics) -> int:
    """Give the whole-number weight by which an engine orders its candidates: rare words weigh more."""
    return max(
        1, min(_LONGEST, round(WEIGHT_UNIT * _rarity(statistics.folded.get(term.folded, 0), statistics.records)))
    )


def relevance(
    words: Tally,
    *,
    length: int,
    terms: Iterable[Term],
    statistics: Statistics,
    instead: Mapping[str, tuple[Wording, ...]] = _NONE,
) -> float:
    """Give the relevance of a record with these words to the terms. Equal input gives the equal number everywhere.

    `instead`: by the folded form of a word, the words that answer in its place where it is missing.
    """
    norm = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length / max(statistics.mean_length, 1.0))
    return round(
        math.fsum(
            _one(words, term, norm=norm, statistics=statistics)
            if term.folded not in instead or term.folded in words
            else _other(words, term, instead[term.folded], norm=norm, statistics=statistics)
            for term in terms
        ),
        6,
    )


def _one(words: Tally, term: Term, *, norm: float, statistics: Statistics) -> float:
    exact, folded = counts_of(words, term)
    by_folded = _rarity(statistics.folded.get(term.folded, 0), statistics.records) * _saturated(folded, norm)
    if not term.marked:
        return by_folded
    by_exact = _rarity(statistics.exact.get(term.exact, 0), statistics.records) * _saturated(exact, norm)
    return _FOLDED_SHARE * by_folded + (1 - _FOLDED_SHARE) * by_exact


def _other(words: Tally, term: Term, others: Iterable[Wording], *, norm: float, statistics: Statistics) -> float:
    """Give what other words in the place of a missing one are worth: as often as the rarest of them occurs."""
    counts = (min(counts_of(words, Term(word, word))[1] for word in each.words) for each in others)
    rarity = _rarity(statistics.folded.get(term.folded, 0), statistics.records)
    return _FOLDED_SHARE * rarity * _saturated(max(counts, default=0), norm)


def _saturated(count: int, norm: float) -> float:
    return count * (_SATURATION + 1) / (count + norm)


@lru_cache(maxsize=10_000)
def _rarity(frequency: int, records: int) -> float:
    return math.log(1 + (records - frequency + 0.5) / (frequency + 0.5)) if records >= frequency else 0.0


@lru_cache(maxsize=200_000)
def short_form(exact: str, folded: str) -> str:
    """Write the exact form as what it adds to the folded one where that is shorter: most words only add a tone."""
    added = exact.removeprefix(folded)
    return added if exact.startswith(folded) and added[:1] in ("", "_") else exact


def long_form(form: str, folded: str) -> str:
    """Give the exact form that a tally or table writes shortly."""
    return folded + form if form[:1] in ("", "_") else form
