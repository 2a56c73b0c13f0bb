"""Our own graded expectations: a corpus of small records, and what each question must find there, on any engine.

`corpus.csv` holds the records. `expectations.csv` holds one question a row: the records that come *first* in this order,
those the answer *holds* somewhere, those that must *never* answer in full, and the *only* ones that answer in full.
"""

import csv
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.search import Filters, Tier
from search_ui.answer.plan import plan
from search_ui.answer.rank import Ranking, rank
from search_ui.index import Index
from search_ui.question.spelling import mended
from search_ui.question.understand import understood
from tests.builders import a_package, a_record_id
from tests.search_ui.asking import put

_HERE = Path(__file__).parent
_FIELDS = ("subject", "number", "type", "date", "issuer", "signer")
NO_HOME = Path("no-home")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One question and what it must find."""

    group: str
    question: str
    first: tuple[str, ...]
    holds: frozenset[str]
    never: frozenset[str]
    only: frozenset[str]


def expectations() -> list[Expectation]:
    with (_HERE / "expectations.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [
        Expectation(
            row["group"],
            row["question"],
            tuple(_ids(row["first"])),
            *(frozenset(_ids(row[name])) for name in ("holds", "never", "only")),
        )
        for row in rows
    ]


def fill(index: Index) -> None:
    """Put the corpus into an index."""
    with (_HERE / "corpus.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    put(
        index,
        [
            (a_package(int(row["id"]), source=row["source"] or "tep.pdf", **_described(row)), [row["text"]])
            for row in rows
        ],
    )


def _described(row: dict[str, str]) -> Any:
    return {name: row[name] for name in _FIELDS if row[name]}


def answer(index: Index, text: str, *, names: bool = True) -> Ranking:
    """Ask as the reading room does: with abbreviations, other names and mended words."""
    query = understood(text, NO_HOME, names=names).query
    with closing(index.reader()) as reader:
        for all_words in (False, True):
            query = mended(query, reader, plan(query, Filters()).within, all_words=all_words)
            ranking = rank(reader, query, plan(query, Filters()), offset=0, limit=100)
            if ranking.full:
                break
    return ranking


def faults(expected: Expectation, ranking: Ranking) -> list[str]:
    """Say what is wrong with an answer."""
    found = [each.id for each in ranking.records]
    full = {each.id for each in ranking.records if each.tier is not Tier.SOME}
    wrong = []
    if tuple(found[: len(expected.first)]) != expected.first:
        wrong.append(f"first {_numbers(found[: len(expected.first)])}, not {_numbers(expected.first)}")
    if missing := expected.holds - set(found):
        wrong.append(f"misses {_numbers(missing)}")
    if expected.never & full:
        wrong.append(f"holds {_numbers(expected.never & full)}")
    if expected.only and full != expected.only:
        wrong.append(f"in full {_numbers(full)}, not {_numbers(expected.only)}")
    return wrong


def _ids(text: str) -> list[str]:
    return [a_record_id(int(number)) for number in text.split()]


def _numbers(ids: object) -> list[int]:
    return sorted(int(str(each)[-4:], 16) for each in ids)  # type: ignore[attr-defined]
