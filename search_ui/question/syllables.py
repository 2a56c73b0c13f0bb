"""How common each syllable is in official Vietnamese: a versioned table of our own, which tells nothing of any archive.

`syllables.csv`: the folded syllable, how many of 10,000 stretches of 2,000 characters hold it, and its marked forms
likewise (written as what they add to the folded one where that is shorter). Counted over 464 legal texts of vbpl.vn and
congbao.chinhphu.vn by `search_ui.benches.syllables`, which makes the file again. Syllables found in fewer than three
stretches are left out.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from search_ui.answer.relevance import Statistics, long_form
from search_ui.question.query import Term

STRETCHES = 10_000
KNOWN_ENOUGH = 1_000  # records; a smaller archive's own counts would say more of single records than of the language
LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PATH = Path(__file__).parent / "syllables.csv"


@dataclass(frozen=True, slots=True)
class Syllable:
    """A folded syllable, how many of 10,000 stretches hold it, and its forms likewise, the most frequent first."""

    folded: str
    frequency: int
    forms: tuple[tuple[str, int], ...]


@cache
def syllables() -> dict[str, Syllable]:
    """Give the table by folded syllable."""
    with _PATH.open(encoding="utf-8", newline="") as lines:
        rows = [(row["folded"], int(row["per_10000"]), row["forms"]) for row in csv.DictReader(lines)]
    return {folded: Syllable(folded, count, tuple(_forms(folded, forms))) for folded, count, forms in rows}


def settled(statistics: Statistics) -> Statistics:
    """Give the statistics as the order uses them: those of the language where the archive is small."""
    if statistics.records >= KNOWN_ENOUGH:
        return statistics
    forms = {form: count for word in statistics.folded for form, count in _known(word)}
    return Statistics(
        records=STRETCHES,
        mean_length=statistics.mean_length,
        exact={word: forms.get(word, 1) for word in statistics.exact},
        folded={word: found.frequency if (found := syllables().get(word)) else 1 for word in statistics.folded},
    )


def near(term: Term) -> list[Syllable]:
    """Give the syllables one letter away from a word (put in, left out, changed, swapped), the most frequent first."""
    word = term.folded
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    spelt = {left + right[1:] for left, right in cuts if right}
    spelt |= {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    spelt |= {left + letter + right[1:] for left, right in cuts if right for letter in LETTERS}
    spelt |= {left + letter + right for left, right in cuts for letter in LETTERS}
    found = [known for each in spelt - {word} if (known := syllables().get(each))]
    return sorted(found, key=lambda each: (-each.frequency, each.folded))


def _known(word: str) -> tuple[tuple[str, int], ...]:
    found = syllables().get(word)
    return found.forms if found else ()


def _forms(folded: str, written: str) -> Iterator[tuple[str, int]]:
    for entry in written.split(" "):
        form, _, count = entry.rpartition(":")
        if count:
            yield long_form(form, folded), int(count)
