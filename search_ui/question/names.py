"""Former and later names of agencies and places: who asks for one is also shown the records under the others.

Data: `schemas/rules/successors.csv` (bodies, provinces) and `communes-2025.csv`, each row with its source; names are
followed up to `STEPS` changes. Only names of two and more syllables are known, as a whole. A commune counts only with
its kind (`phường Đội Cấn`), and where several bear its name only beside the name of its province.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from schemas import rules
from schemas.search import OtherName
from search_ui.analyser import fold
from search_ui.question.query import Query, Why, Wording
from search_ui.question.wording import Table, entries, folded_words, sequences, worded

STEPS = 3
LONGEST_NAME = 6  # words of a commune with its kind
MOST = 8  # names that are searched for in the place of one
_KINDS = {"phuong", "xa", "thi"}  # the first syllable of phường, xã, thị trấn
_COMMUNES_CHANGED = "2025-07-01"


@dataclass(frozen=True, slots=True)
class _Name:
    """A name that may stand for another; `provinces`: one of them must be in the question, if any is given."""

    shown: str
    other: str
    why: Why
    since: str
    provinces: tuple[tuple[str, ...], ...] = ()


_Names = dict[tuple[str, ...], tuple[_Name, ...]]


def renamed(query: Query) -> tuple[Query, tuple[OtherName, ...]]:
    """Give the question with the former and later names of what it names, and what was added."""
    known = {**_successors(), **(_communes() if _names_a_commune(query) else {})}
    named = entries(query, dict.fromkeys(known, ()))
    chosen = {typed: _meant(known[typed], named)[:MOST] for typed in named}
    table: Table = {
        typed: tuple(dict.fromkeys(Wording(folded_words(name.other), name.why) for name in names))
        for typed, names in chosen.items()
        if names
    }
    notes = (
        OtherName(typed=name.shown, other=name.other, relation=name.why, since=name.since)
        for names in chosen.values()
        for name in names
    )
    return worded(query, table), tuple(dict.fromkeys(notes))


def _names_a_commune(query: Query) -> bool:
    """Say quickly whether the question may name a commune: the whole list is long to read, and `xã hội` is common."""
    for words in sequences(query):
        for at, word in enumerate(words):
            if word in _KINDS and any(
                f"\n{' '.join(words[at : at + size])}\n".replace("y", "i") in _commune_lines()
                for size in range(2, LONGEST_NAME + 1)
            ):
                return True
    return False


@cache
def _commune_lines() -> str:
    names = (f"{row['name']}\n{row['predecessors']}" for row in rules.rows("communes-2025"))
    return (
        re.sub(r"(?:, [^|\n]*)?(?:[|\n]+|$)", "\n", "\n" + fold("\n".join(names)) + "\n")
        .replace("y", "i")
        .replace("\n", "\n\n")
    )


def _meant(names: Sequence[_Name], named: Sequence[tuple[str, ...]]) -> list[_Name]:
    """Choose the names whose province is asked for; those of no province in particular are meant if they are the only."""
    places = set(named)
    beside = [name for name in names if places.intersection(name.provinces)]
    if beside:
        return beside
    return list(names) if len({name.provinces for name in names}) == 1 else []


@cache
def _successors() -> _Names:
    rows = [(row["name"], row["successor"], row["effective_from"]) for row in rules.rows("successors")]
    found: dict[tuple[str, ...], list[_Name]] = {}
    for why, pairs in ((Why.NEW, rows), (Why.OLD, [(new, old, day) for old, new, day in rows])):
        for start in dict.fromkeys(name for name, _, _ in pairs):
            names = [_Name(start, other, why, day) for other, day in _chain(start, pairs)]
            found.setdefault(folded_words(start), []).extend(names)
    provinces = {folded_words(rule.name): () for rule in rules.provinces()}
    return {**provinces, **{words: tuple(names) for words, names in found.items() if len(words) > 1}}


def _chain(start: str, pairs: Sequence[tuple[str, str, str]]) -> Iterable[tuple[str, str]]:
    reached, edge = dict[str, str](), [start]
    for _ in range(STEPS):
        steps = [(other, day) for name, other, day in pairs if name in edge and other not in reached and other != start]
        reached |= dict(steps)
        edge = [other for other, _ in steps]
    return reached.items()


@cache
def _communes() -> _Names:
    found: dict[tuple[str, ...], list[_Name]] = {}
    for row in rules.rows("communes-2025"):
        new, province = row["name"], folded_words(row["province"])
        for written in row["predecessors"].split("|"):
            old, _, former = written.partition(", ")
            provinces = (province, folded_words(former)) if former else (province,)
            if old != new:
                found.setdefault(folded_words(old), []).append(_Name(old, new, Why.NEW, _COMMUNES_CHANGED, provinces))
                found.setdefault(folded_words(new), []).append(_Name(new, old, Why.OLD, _COMMUNES_CHANGED, (province,)))
    return {words: tuple(names) for words, names in found.items()}
