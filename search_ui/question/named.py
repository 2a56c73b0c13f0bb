"""Parts of a question that name a field: `số:15/CT-TTg`, `loại:"Quyết định"`, `từ:3/2015`, `năm:2015..2018`.

Pure. Each field has its Vietnamese names, read with or without marks, and an English one. What cannot be read as a
value of its field is no field at all: it stays the words that were typed. Codes of fonds and files are turned into ids
by whoever knows the arrangement (`search_ui.reference.units`).
"""

import calendar
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from schemas import rules
from schemas.days import typed_day
from search_ui.analyser import analyse, fold

VALUE_WORDS = 32  # words of one value that are read


class Field(StrEnum):
    """The fields a question can name."""

    NUMBER = "number"
    TYPE = "type"
    ISSUER = "issuer"
    SIGNER = "signer"
    FONDS = "fonds"
    FILE = "file"
    DAY = "day"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Named:
    """The field holds this value: `spellings` are its folded words, each in one way to write it."""

    field: Field
    text: str
    spellings: tuple[tuple[str, ...], ...]
    ids: tuple[str, ...] | None = None  # of fonds or files with this code; None: not looked up


@dataclass(frozen=True, slots=True)
class Spanned:
    """The whole number of the field lies in [low, high]; a day is yyyymmdd."""

    field: Field
    low: int
    high: int


Limit = Named | Spanned
EARLIEST, LATEST = 1, 99_991_231  # days; 0 is an unknown day and answers none
_NAMES = {
    "so": "number", "so ky hieu": "number", "so hieu": "number", "number": "number",
    "loai": "type", "loai van ban": "type", "the loai": "type", "type": "type",
    "co quan": "issuer", "co quan ban hanh": "issuer", "issuer": "issuer",
    "nguoi ky": "signer", "signer": "signer",
    "phong": "fonds", "fonds": "fonds",
    "ho so": "file", "file": "file",
    "tu": "from", "tu ngay": "from", "from": "from",
    "den": "to", "den ngay": "to", "to": "to",
    "nam": "year", "year": "year",
}  # fmt: skip
_SPELT = {
    spelling: name for typed, name in _NAMES.items() for spelling in (typed, *(typed.replace(" ", by) for by in "-_"))
} | {typed.replace(" ", ""): name for typed, name in _NAMES.items()}
NAME_PATTERN = "|".join(sorted(map(re.escape, _SPELT), key=len, reverse=True))  # of the folded question
_YEARS = re.compile(r"([0-9]{4})(?:\s?(?:\.\.+|…|-|–)\s?([0-9]{4}))?")
_MONTH = re.compile(r"(?:([0-9]{1,2})[/.\-]([0-9]{4})|([0-9]{4})[/\-]([0-9]{1,2}))")


def same_length_fold(text: str) -> str:
    """Take the marks off letter by letter, so that places in the result are places in the text."""
    return "".join(_folded_letter(letter) for letter in text)


def read_limit(name: str, value: str) -> Limit | None:
    """Read the value of a field named as in `NAME_PATTERN`; None when it is none."""
    return _READERS[_SPELT[name]](value.strip())


@cache
def type_names() -> frozenset[tuple[str, ...]]:
    """Give the folded words of each type of document the rules know."""
    return frozenset(_folded(rule.name) for rule in rules.document_types())


def longest_type(words: Sequence[str]) -> int:
    """Say how many of the first words are the name of one type, as in `loại:quyết định thành lập`; 0: none."""
    return max((size for size in range(1, len(words) + 1) if tuple(words[:size]) in type_names()), default=0)


def _type(value: str) -> Limit | None:
    words = _folded(value)
    short = {_folded(rule.name) for rule in rules.document_types() if rule.symbol and _folded(rule.symbol) == words}
    if words == ("cv",):
        short.add(("cong", "van"))
    return Named(Field.TYPE, value, tuple(dict.fromkeys((words, *sorted(short))))) if words else None


def _named(field: Field) -> Callable[[str], Limit | None]:
    def read(value: str) -> Limit | None:
        words = _folded(value)
        return Named(field, value, (words,)) if words else None

    return read


def _number(value: str) -> Limit | None:
    """Read a number: its token where it is written as one, else its words in any order."""
    tokens = analyse(value)[:VALUE_WORDS]
    number = next((token.exact for token in tokens if token.number), None)
    words = tuple(token.folded for token in tokens if not token.number)
    if not any(word[0].isdecimal() for word in words):
        return None
    return Named(Field.NUMBER, value, (words, (number,)) if number else (words,))


def _code(field: Field) -> Callable[[str], Limit | None]:
    def read(value: str) -> Limit | None:
        return Named(field, value, (_folded(value),)) if value else None

    return read


def _from(value: str) -> Limit | None:
    found = _days(value)
    return None if found is None else Spanned(Field.DAY, found[0], LATEST)


def _to(value: str) -> Limit | None:
    found = _days(value)
    return None if found is None else Spanned(Field.DAY, EARLIEST, found[1])


def _days(value: str) -> tuple[int, int] | None:
    """Give the first and last day of what was typed: a day, a month, a year."""
    day = typed_day(value)
    if day is not None:
        number = int(day.replace("-", ""))
        return number, number
    if re.fullmatch(r"[0-9]{4}", value):
        return int(value) * 10_000 + 101, int(value) * 10_000 + 1231
    match = _MONTH.fullmatch(value)
    if match is None:
        return None
    month, year = int(match[1] or match[4]), int(match[2] or match[3])
    if not (1 <= month <= 12 and year):
        return None
    first = year * 10_000 + month * 100
    return first + 1, first + calendar.monthrange(year, month)[1]


def _year(value: str) -> Limit | None:
    match = _YEARS.fullmatch(value)
    if match is None:
        return None
    low, high = int(match[1]), int(match[2] or match[1])
    return Spanned(Field.YEAR, min(low, high), max(low, high))


def _folded(value: str) -> tuple[str, ...]:
    return tuple(token.folded for token in analyse(value) if not token.number)[:VALUE_WORDS]


@cache
def _folded_letter(letter: str) -> str:
    folded = fold(letter)
    return folded if len(folded) == 1 else letter


_READERS: dict[str, Callable[[str], Limit | None]] = {
    "number": _number,
    "type": _type,
    "issuer": _named(Field.ISSUER),
    "signer": _named(Field.SIGNER),
    "fonds": _code(Field.FONDS),
    "file": _code(Field.FILE),
    "from": _from,
    "to": _to,
    "year": _year,
}
