"""Place and date of a document: `Kiên Giang, ngày 04 tháng 01 năm 2018`.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I mục II.4: days below 10 and the months 1 and 2 carry a leading 0. The day is
often filled in by hand; then month and year are known and the day is not, and no full date is made up.
"""

import re
from datetime import date

from ingest.describing.folding import fold
from ingest.describing.layout import Segment, Token
from ingest.describing.values import from_tokens
from schemas import rules
from schemas.description import Method, Value

_LINE = re.compile(r"\bng[a-z]y(?P<day>.{0,14}?)th[a-z]ng(?P<month>.{0,10}?)(?:n[a-z]m|ham)(?P<year>.{0,8})")
_PLACE = re.compile(r"([^\W\d_][^\d/:;,.()]{1,40}?)\s?[,.;:]\s*$")
_FIRST_YEAR, _LAST_YEAR = 1945, 2100
_PRINTED = 0.85
_SHORT = re.compile(r"\b(\d{1,2}) ?[/.-] ?(\d{1,2}) ?[/.-] ?((?:19|20)\d\d)\b")
_LONG = re.compile(r"\bngay (\d{1,2}) ?thang (\d{1,2}),? ?nam ((?:19|20)\d\d)\b")


def is_date_line(segment: Segment) -> bool:
    """Say whether a segment of the head holds `ngày … tháng … năm …`."""
    return _LINE.search(segment.folded[:160]) is not None


def read_date(segment: Segment, *, born_digital: bool) -> Value | None:
    """Read the date as ISO; None when month or year, or the day, were not read as numbers."""
    match = _LINE.search(segment.folded[:160])
    if match is None:
        return None
    parts = [match.group(name).strip(" .,_:;-'`") for name in ("day", "month", "year")]
    if not all(part.isdecimal() for part in parts) or len(parts[2]) != 4:
        return None
    when = iso_date(*map(int, parts))
    if when is None:
        return None
    tokens = _between(segment, match.start(), match.end())
    worst = min((token.confidence for token in tokens if any(c.isdigit() for c in token.text)), default=0.0)
    padded = len(parts[0]) == 2 or int(parts[0]) > 9
    if born_digital or (worst >= _PRINTED and padded):
        return from_tokens(when, tokens, page=segment.page, certainty=0.98)
    if not padded and worst < _PRINTED:
        return None  # one digit of two was lost, or it is no day at all
    return from_tokens(when, tokens, page=segment.page, certainty=0.55, method=Method.HANDWRITTEN)


def read_place(segment: Segment, *, born_digital: bool) -> Value | None:
    """Read the place before the date; a province's name gets its right marks back."""
    match = _LINE.search(segment.folded[:160])
    place = _PLACE.search(segment.text[: match.start()]) if match else None
    if place is None:
        return None
    words = _capitalised(place.group(1).split())
    if not words:
        return None
    name = " ".join(words)
    known = {fold(rule.name): rule.name for rule in rules.provinces()}.get(fold(name))
    tokens = _between(segment, place.start(), place.end())[-len(words) :]
    certainty = 0.99 if known else 0.92
    return from_tokens(name if born_digital else known or name, tokens, page=segment.page, certainty=certainty)


def _capitalised(words: list[str]) -> list[str]:
    """Give the last run of words that a name of a place can be: they begin with capitals (TP. Hồ Chí Minh)."""
    run: list[str] = []
    for word in reversed(words):
        if not word[:1].isupper() or not word.rstrip(".").isalpha():
            break
        run.insert(0, word)
    return run


def _between(segment: Segment, start: int, end: int) -> list[Token]:
    """Give the words of a segment that lie in a span of its text."""
    found, at = [], 0
    for token in segment.tokens:
        if at < end and at + len(token.text) > start:
            found.append(token)
        at += len(token.text) + 1
    return found or list(segment.tokens)


def iso_date(day: int, month: int, year: int) -> str | None:
    """Give the ISO date, None for a day that does not exist or lies outside 1945–2100."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def date_in(folded: str) -> tuple[str, int, int] | None:
    """Find the first full date of a folded text, written long or short: (ISO, start, end)."""
    found = [match for match in (_LONG.search(folded), _SHORT.search(folded)) if match]
    for match in sorted(found, key=re.Match.start):
        when = iso_date(*map(int, match.groups()))
        if when:
            return when, match.start(), match.end()
    return None
