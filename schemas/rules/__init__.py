"""The lists that Vietnamese rules fix, as versioned data: each row with its source, its time in force and whether verified.

Types of documents, stamps, signing authorities, titles, bodies, provinces. A row whose `verified` is `no` was not read
in the rule's own text: it may guide reading, it decides nothing. Empty dates mean "not limited as far as is known".
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of one list: its name, its short form, and where it comes from."""

    name: str
    symbol: str = ""
    kind: str = ""
    effective_from: str = ""  # ISO date; "" is not limited
    effective_to: str = ""
    source: str = ""
    verified: bool = False

    def in_force(self, day: str) -> bool:
        """Say whether the row holds on an ISO date."""
        return (not self.effective_from or self.effective_from <= day) and (
            not self.effective_to or day <= self.effective_to
        )


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Give the rows of `<name>.csv` as written."""
    with (_HERE / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


@cache
def document_types() -> tuple[Rule, ...]:
    """Give the types of documents: `name` Quyết định, `symbol` QĐ, `kind` administrative, legal, party or practice.

    Source: NĐ 30/2020/NĐ-CP, Điều 7 and Phụ lục III; the other kinds as each row says.
    """
    return _rules("document-types", name="name", symbol="symbol", kind="class")


@cache
def marks(kind: str) -> tuple[Rule, ...]:
    """Give the stamps of one kind: urgency, secrecy or circulation, the longest first.

    Source: NĐ 30/2020/NĐ-CP, Phụ lục I mục IV, boxes 10a and 10b.
    """
    chosen = [rule for rule in _rules("marks", name="mark", kind="kind") if rule.kind == kind]
    return tuple(sorted(chosen, key=lambda rule: -len(rule.name)))


@cache
def signing_authorities() -> tuple[Rule, ...]:
    """Give TM., Q., KT., TL., TUQ. with their meanings. Source: NĐ 30/2020/NĐ-CP, Phụ lục I mục II.7."""
    return _rules("signing-authorities", name="symbol", kind="meaning")


@cache
def signer_titles() -> tuple[Rule, ...]:
    """Give the titles, and the bodies signed for, that stand above a signature, in capitals."""
    return _rules("signer-titles", name="title")


@cache
def surnames() -> tuple[Rule, ...]:
    """Give common family names: a hint that a line is a person's name, never a proof."""
    return _rules("surnames", name="surname")


@cache
def agencies() -> tuple[Rule, ...]:
    """Give bodies with the symbol used for them in document numbers, as far as known."""
    return _rules("agencies", name="name", symbol="symbol")


@cache
def abbreviations() -> tuple[Rule, ...]:
    """Give what officials abbreviate: `name` Ủy ban nhân dân, `symbol` UBND; one symbol may stand for several names."""
    return _rules("abbreviations", name="name", symbol="symbol")


@cache
def agency_openers() -> tuple[Rule, ...]:
    """Give the words with which the name of a body begins, in capitals, the longest first."""
    return tuple(sorted(_rules("agency-openers", name="opener"), key=lambda rule: -len(rule.name)))


@cache
def provinces() -> tuple[Rule, ...]:
    """Give the provinces before and after 01/7/2025; `kind` is tỉnh or thành phố. Source: NQ 202/2025/QH15."""
    return _rules("provinces", name="name", kind="kind")


@cache
def account_limits() -> dict[str, int]:
    """Give the limits of accounts that the law sets, by the name of the setting that may be stricter, never laxer.

    Source: QCVN 12:2026/BCA.
    """
    return {row["name"]: int(row["value"]) for row in rows("account-limits")}


def _rules(file: str, *, name: str, symbol: str = "", kind: str = "") -> tuple[Rule, ...]:
    return tuple(
        Rule(
            name=row[name],
            symbol=row.get(symbol, ""),
            kind=row.get(kind, ""),
            effective_from=row.get("effective_from", ""),
            effective_to=row.get("effective_to", ""),
            source=row["source"],
            verified=row["verified"] == "yes",
        )
        for row in rows(file)
    )
