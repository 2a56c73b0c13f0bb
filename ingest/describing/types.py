"""The type of a document (tên loại): the line in capitals above the subject, or what the symbol of the number says.

Source: NĐ 30/2020/NĐ-CP, Điều 7 and Phụ lục III; an official letter (công văn) prints no type.
"""

import re
from dataclasses import dataclass
from functools import cache

from ingest.describing.folding import fold, is_upper, letters, near
from ingest.describing.layout import Segment
from ingest.describing.number import type_of_symbol
from ingest.describing.values import from_closed_list, from_segments, inferred, lowered
from schemas import rules
from schemas.description import Value

_GOES_ON = re.compile(r"(?:ve viec|v/v|ve |so \d)")
_MOST_WORDS = 5


@dataclass(frozen=True, kw_only=True)
class TypeLine:
    """The line that names the type, and what follows it on the same line, if anything."""

    name: str
    segment: Segment
    rest: Segment | None = None
    exact: bool = True


def type_line(segment: Segment) -> TypeLine | None:
    """Recognise the line that names a type: in capitals, alone or followed by the subject."""
    trimmed = [i for i, token in enumerate(segment.tokens) if any(c.isalpha() for c in token.text)]
    if not trimmed:
        return None
    line = segment.part(trimmed[0])
    if line is None:
        return None
    for count in range(min(_MOST_WORDS, len(line.tokens)), 0, -1):
        found = _named(line, count)
        if found:
            return found
    return None


def _named(line: Segment, count: int) -> TypeLine | None:
    first, rest = line.part(0, count), line.part(count)
    if first is None or not is_upper(first.text):
        return None
    if rest is not None and rest.letters and not _GOES_ON.match(rest.folded):
        return None
    names = _names()
    exact = names.get(first.letters)
    name = exact or next((names[known] for known in names if near(first.letters, known, wrong=len(known) // 7)), None)
    if name is None:
        return None
    return TypeLine(name=name, segment=first, rest=rest if rest and rest.letters else None, exact=exact is not None)


@cache
def _names() -> dict[str, str]:
    return {letters(rule.name): rule.name for rule in rules.document_types()}


def read_type(title: TypeLine | None, *, symbol: str, is_letter: bool, page: int) -> Value | None:
    """Give the type: printed and confirmed by the symbol, else printed, else what symbol or form say (inferred)."""
    named = type_of_symbol(symbol) if symbol else None
    if title is not None:
        # the words are one of a closed list, so a weakly read line that matches one is surer than its letters
        value = from_segments(title.name, [title.segment], certainty=1.0)
        certainty = {True: 0.99, False: 0.93}[named is None or same_type(named, title.name)]
        if named is not None and not same_type(named, title.name):
            return lowered(value, certainty=0.8)
        floor = certainty if title.exact else 0.92 if named else 0.8
        return from_closed_list(value, certainty=floor)
    if named is not None:
        return inferred(named, page=page, certainty=0.85, raw=symbol)
    if is_letter:
        return inferred("Công văn", page=page, certainty=0.9 if symbol else 0.8, raw=symbol)
    return None


def same_type(one: str, other: str) -> bool:
    """Say whether two type names share a symbol or are the same, marks aside."""
    symbols = {rule.name: rule.symbol for rule in rules.document_types()}
    return fold(one) == fold(other) or (bool(symbols.get(one)) and symbols.get(one) == symbols.get(other))
