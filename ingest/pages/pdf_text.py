"""The text that a PDF carries itself, NFC, in reading order, with a box for every word inside its page.

Read with pdfium, character by character, so that text and boxes come from the same place. Does not recognise images
(`ingest.recognise`) or decide whether a text is good. Sources: ISO 32000-1:2008, 9.10; pdfium, fpdf_text.h.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Self

import pypdfium2
from pypdfium2 import raw

from ingest.pages.placing import join
from schemas.description import Box
from schemas.errors import SubmissionError
from schemas.texts import PageText
from schemas.words import word

_LINE_END_HYPHENS = frozenset({0x0002, 0xFFFE})  # what pdfium gives for a hyphen at the end of a line
_HIGH_SURROGATES, _LOW_SURROGATES = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
_PARAGRAPH_GAP = 0.9  # of the usual line height, between two lines, from which a new paragraph begins

_Sides = tuple[float, float, float, float]  # left, bottom, right, top in the page's own points


@dataclass(slots=True)
class _Run:
    """A word being gathered."""

    text: list[str] = field(default_factory=list)
    sides: _Sides | None = None

    def add(self, letter: str, sides: _Sides | None) -> None:
        self.text.append(letter)
        if sides is None:
            return
        if self.sides is None:
            self.sides = sides
        else:
            a, b = self.sides, sides
            self.sides = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))


class PdfText:
    """The text of one PDF, opened by pdfium at the first page asked."""

    def __init__(self, path: Path) -> None:
        """Remember the file."""
        self._path = path
        self._document: pypdfium2.PdfDocument | None = None

    def __enter__(self) -> Self:
        """Give the texts."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close pdfium's document."""
        if self._document is not None:
            self._document.close()

    def __len__(self) -> int:
        """Count the pages."""
        return len(self._open())

    def _open(self) -> pypdfium2.PdfDocument:
        if self._document is None:
            try:
                self._document = pypdfium2.PdfDocument(self._path)
            except pypdfium2.PdfiumError as error:
                raise SubmissionError("P021", word("pdf-unreadable", name=self._path.name)) from error
        return self._document

    def page(self, index: int) -> PageText:
        """Give the text of a page (index from 0); a page that cannot be loaded has none."""
        try:
            page = self._open()[index]
            text = page.get_textpage()
        except pypdfium2.PdfiumError:
            return PageText("")
        try:
            frame = _Frame.of(page)
            lines = [[run for run in line if run.text] for line in _lines(text)]
            return join(_parted([[(_said(run), frame.box(run.sides), 1.0) for run in line] for line in lines if line]))
        finally:
            text.close()
            page.close()


def pages_of_text_pdf(pdf: Path) -> tuple[PageText, ...]:
    """Give the text of every page of a PDF that carries text. Raises SubmissionError P021."""
    with PdfText(pdf) as texts:
        return tuple(texts.page(index) for index in range(len(texts)))


def _said(run: _Run) -> str:
    return "".join(run.text)


def _lines(text: pypdfium2.PdfTextPage) -> Iterator[list[_Run]]:
    """Give the words of each line; pdfium itself adds the blanks and line ends."""
    line = [_Run()]
    for letter, index in _letters(text.raw, text.count_chars()):
        if letter in "\r\n":
            yield line
            line = [_Run()]
        elif letter.isspace():
            line.append(_Run())
        else:
            line[-1].add(letter, _sides(text.raw, index))
    yield line


def _letters(page: Any, count: int) -> Iterator[tuple[str, int]]:
    """Give each character with its index; halves of one character are joined, control characters left out."""
    half = 0
    for index in range(count):
        code = int(raw.FPDFText_GetUnicode(page, index))
        if code in _HIGH_SURROGATES:
            half = code
            continue
        if code in _LOW_SURROGATES:
            code = 0x10000 + ((half - 0xD800) << 10) + (code - 0xDC00) if half else 0xFFFD
        half = 0
        letter = "-" if code in _LINE_END_HYPHENS else chr(code)
        if letter in "\r\n" or letter.isspace() or letter.isprintable():
            yield letter, index


def _sides(page: Any, index: int) -> _Sides | None:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    if not raw.FPDFText_GetCharBox(page, index, left, right, bottom, top) or right.value <= left.value:
        return None
    return left.value, bottom.value, right.value, top.value


@dataclass(frozen=True, slots=True)
class _Frame:
    """The visible part of a page in its own points, and how it is turned when shown."""

    left: float
    top: float
    width: float
    height: float
    quarters: int

    @classmethod
    def of(cls, page: pypdfium2.PdfPage) -> Self:
        left, bottom, right, top = page.get_bbox()  # media box and crop box, inherited or not
        return cls(left, top, max(right - left, 1.0), max(top - bottom, 1.0), page.get_rotation() // 90)

    def box(self, sides: _Sides | None) -> Box:
        """Give the box as fractions of the page as shown; a word without extent gets the page's corner."""
        if sides is None:
            return 0.0, 0.0, 0.0, 0.0
        left, bottom, right, top = sides
        x, y = (left - self.left) / self.width, (self.top - top) / self.height
        wide, high = (right - left) / self.width, (top - bottom) / self.height
        for _ in range(self.quarters):
            x, y, wide, high = 1.0 - y - high, x, high, wide
        return x, y, wide, high


_Placed = list[tuple[str, Box, float]]


def _parted(lines: list[_Placed]) -> list[_Placed]:
    """Put an empty line where the gap between two lines is that of a new paragraph."""
    if not lines:
        return []
    usual = median(max(box[3] for _, box, _ in line) for line in lines)
    result = [lines[0]]
    for before, line in pairwise(lines):
        gap = min(box[1] for _, box, _ in line) - max(box[1] + box[3] for _, box, _ in before)
        if gap > _PARAGRAPH_GAP * usual:
            result.append([])
        result.append(line)
    return result
