"""What every engine stores of a record, and how the values of a facet are counted from its buckets. Pure."""

from collections.abc import Iterator
from functools import lru_cache
from heapq import nsmallest
from itertools import takewhile
from typing import Any

from search_ui.analyser import key as name_key

RUNS = (  # words with their places
    "title_exact", "title_folded", "body_exact", "body_folded", "issuer_words", "signer_words",
)  # fmt: skip
LISTS = ("any_exact", "any_folded", "title_numbers", "body_numbers", "own", "nodes", "open")  # words without
NAMES = (
    "type",
    "type_key",
    "issuer",
    "issuer_key",
    "signer",
    "signer_key",
    "subject_key",
    "fonds",
    "file",
)  # whole values
WHOLE = ("year", "day", "length", "level", "until", "then")  # whole numbers
TALLIES = ("tally", "title_tally")
POSITION_ID = "#position"  # the one entry that is no record: it carries the followed journal position
FACET_LIMIT = 50
key = lru_cache(maxsize=100_000)(name_key)  # the same names are counted again and again
GIVEN = 300  # of one facet by an engine, the most frequent: making them known costs more than counting them
VALUES = 65_000  # of one facet: all are counted, so that those given are counted right
OF_FEW = ("file",)  # counted where at most FEW records answer: a broad answer has too many for anyone to choose
FEW = 10_000
COMPARED = ("type", "issuer", "signer")  # counted by the form in which filters compare them
DAY_DIGITS = 8  # of `order`, before the id


def counted(name: str, buckets: list[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    """Give the values of a facet with their counts, most frequent first, then by value.

    `buckets` come most frequent first. Where an engine gave `GIVEN` of them there may be more as frequent as the last:
    of those none is shown, for no engine says which come first.
    """
    if name in COMPARED:
        return tuple(sorted(_by_key(buckets), key=_shown_first)[:FACET_LIMIT])
    least = int(buckets[-1]["doc_count"]) if len(buckets) >= GIVEN else 0
    most = takewhile(lambda bucket: bucket["doc_count"] > least, buckets)
    values = ((str(bucket["key"]).removesuffix(".0"), int(bucket["doc_count"])) for bucket in most)
    return tuple(nsmallest(FACET_LIMIT, (each for each in values if each[0] not in ("", "0")), key=_shown_first))


def _by_key(buckets: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    """Count the ways to write a name together; give it as most records write it, rather not in capitals only."""
    forms: dict[str, list[tuple[bool, int, str]]] = {}
    for bucket in buckets:
        if compared := key(bucket["key"]):
            forms.setdefault(compared, []).append((bucket["key"].isupper(), -int(bucket["doc_count"]), bucket["key"]))
    return ((min(each)[2], -sum(form[1] for form in each)) for each in forms.values())


def _shown_first(value: tuple[str, int]) -> tuple[int, str]:
    return -value[1], value[0]


def place(order: str) -> int:
    """Give an `order` as a whole number below 2^63, for engines to sort by first: the day, and the head of the id."""
    record = order[DAY_DIGITS:]
    return int(order[:DAY_DIGITS]) << 36 | int(record[:8] + record[9:10], 16)
