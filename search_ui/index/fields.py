"""What every engine stores of a record, and how the values of a facet are counted from its buckets. Pure."""

from typing import Any

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
VALUES = 65_000  # of one facet: all are counted, so that the shown ones are counted right
WRITTEN = 20  # ways to write one name that are looked at
COMPARED = ("type", "issuer", "signer")  # counted by the form in which filters compare them


def counted(buckets: list[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    """Give values with their counts, most frequent first, then by value."""
    values = ((_written(bucket), int(bucket["doc_count"])) for bucket in buckets)
    known = (each for each in values if each[0] not in ("", "0"))
    return tuple(sorted(known, key=lambda each: (-each[1], each[0])))[:FACET_LIMIT]


def _written(bucket: dict[str, Any]) -> str:
    """Give the value as most records write it, rather not in capitals only."""
    if "written" not in bucket:
        return str(bucket["key"]).removesuffix(".0")
    forms = [(form["key"].isupper(), -form["doc_count"], form["key"]) for form in bucket["written"]["buckets"]]
    return str(min(forms)[2]) if forms else ""
