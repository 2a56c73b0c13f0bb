"""The text of a record's pages with a box and a confidence for every word, as kept in `text/<run>/`.

`text.txt`: UTF-8, NFC, pages separated by U+000C. `words.json`: {"v":1,"text_sha256":…,"run":{…},"pages":[…]} with
columns per page. Offsets count Unicode code points from the start of that page's text. Boxes are fractions of
the page as shown, kept as integers in 1/10000.
"""

import bisect
import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Any

from schemas.description import Box

PAGE_BREAK = "\f"
_UNIT = 10_000


@dataclass(frozen=True, slots=True)
class Word:
    """One word as read: its place in the page's text, its box, its confidence (0..1)."""

    start: int
    end: int
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of one page (NFC) and its words in reading order."""

    text: str
    words: tuple[Word, ...] = ()

    def words_between(self, start: int, end: int) -> tuple[Word, ...]:
        """Give the words that overlap the span [start, end) of the page's text."""
        first = bisect.bisect_right([w.end for w in self.words], start)
        last = bisect.bisect_left([w.start for w in self.words], end)
        return self.words[first:last]


def text_file(pages: tuple[PageText, ...]) -> bytes:
    """Make text.txt."""
    return PAGE_BREAK.join(unicodedata.normalize("NFC", p.text.replace(PAGE_BREAK, " ")) for p in pages).encode()


def words_file(pages: tuple[PageText, ...], *, run: dict[str, Any]) -> dict[str, Any]:
    """Make the JSON value of words.json; `run` names program, version, model and time."""
    return {
        "v": 1,
        "run": run,
        "text_sha256": hashlib.sha256(text_file(pages)).hexdigest(),
        "pages": [columns(page) for page in pages],
    }


def columns(page: PageText) -> dict[str, Any]:
    """Make the JSON value of one page of words.json."""
    return {
        "start": [w.start for w in page.words],
        "length": [w.end - w.start for w in page.words],
        "box": [[round(side * _UNIT) for side in w.box] for w in page.words],
        "confidence": [round(w.confidence * 100) for w in page.words],
    }


def read_pages(text: bytes, words: dict[str, Any] | None) -> tuple[PageText, ...]:
    """Read text.txt and words.json back; without words (None) pages have text only."""
    texts = text.decode().split(PAGE_BREAK)
    if words is None:
        return tuple(PageText(page) for page in texts)
    return tuple(PageText(page, _words(columns)) for page, columns in zip(texts, words["pages"], strict=True))


def _words(columns: dict[str, Any]) -> tuple[Word, ...]:
    rows = zip(columns["start"], columns["length"], columns["box"], columns["confidence"], strict=True)
    return tuple(
        Word(start, start + length, (x / _UNIT, y / _UNIT, w / _UNIT, h / _UNIT), confidence / 100)
        for start, length, (x, y, w, h), confidence in rows
    )
