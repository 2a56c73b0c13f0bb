"""Where words stand: a page cut into segments, each a run of words on one line of one column.

The head of an official document and its foot are set in two columns, and OCR reads straight across. Words with boxes
are cut apart where a gap is too wide for a space; words without boxes by tabs and by the words that only the right
column has. Nothing here knows what a segment means.
"""

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ingest.describing.folding import fold, letters
from schemas.description import Box
from schemas.texts import PageText, Word

_COLUMN_GAP = 0.03  # of the page's width; spaces of justified text stay below, the gutter of the head is wider
_MOST_WORDS = 4_000  # on one page, more than the densest print; citations are read from all of the text
_MOST_WORDS_OF_TEXT = 60_000  # of a plain text, which is one page however long
_RIGHT_COLUMN = (("doc", "lap", "tu"), ("doc", "lap", "-"))
_TOKEN = re.compile(r"\S+")
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Token:
    """One printed word: its place in the page's text, its box and confidence when known."""

    start: int
    end: int
    text: str
    box: Box | None
    confidence: float

    @property
    def middle(self) -> float:
        """Vertical middle, or 0 without a box."""
        return self.box[1] + self.box[3] / 2 if self.box else 0.0


@dataclass(frozen=True)
class Segment:
    """A run of words on one line of one column."""

    page: int
    tokens: tuple[Token, ...]
    blank_before: bool = False  # the text shows an empty line above

    @cached_property
    def text(self) -> str:
        """Words with one space between."""
        return " ".join(token.text for token in self.tokens)

    @cached_property
    def folded(self) -> str:
        """Text without marks, same length."""
        return fold(self.text)

    @cached_property
    def letters(self) -> str:
        """Folded letters and digits only."""
        return letters(self.text)

    @cached_property
    def box(self) -> Box | None:
        """Union of the words' boxes."""
        return union([token.box for token in self.tokens])

    @cached_property
    def y(self) -> float:
        """Vertical middle of the line, not moved by a speck with a tall box."""
        return statistics.median(token.middle for token in self.tokens)

    @property
    def x(self) -> float:
        """Left edge, 0 without boxes."""
        return self.box[0] if self.box else 0.0

    @property
    def right(self) -> float:
        """Right edge, 0 without boxes."""
        return self.box[0] + self.box[2] if self.box else 0.0

    @property
    def centre(self) -> float:
        """Horizontal middle."""
        return (self.x + self.right) / 2

    @cached_property
    def confidence(self) -> float:
        """Mean confidence of its words."""
        return statistics.fmean(token.confidence for token in self.tokens)

    def part(self, first: int, last: int | None = None) -> "Segment | None":
        """Give the segment of some of its words, None when that leaves none."""
        tokens = self.tokens[first:last]
        return Segment(self.page, tokens, self.blank_before and first == 0) if tokens else None


def union(boxes: list[Box | None]) -> Box | None:
    """Give the smallest box around all boxes, inside the page; None without any."""
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    left, top = _inside(min(b[0] for b in known)), _inside(min(b[1] for b in known))
    right, bottom = _inside(max(b[0] + b[2] for b in known)), _inside(max(b[1] + b[3] for b in known))
    return (left, top, max(0.0, right - left), max(0.0, bottom - top))


def _inside(side: float) -> float:
    return min(1.0, max(0.0, side))


def segments(page: PageText, number: int) -> tuple[Segment, ...]:
    """Cut a page (its number in the record) into segments, in reading order."""
    tokens = list(_tokens(page))
    if not tokens:
        return ()
    breaks = [0, *(i for i in range(1, len(tokens)) if _apart(tokens, i, page.text)), len(tokens)]
    return tuple(
        Segment(number, tuple(tokens[first:last]), _blank_before(tokens, first, page.text))
        for first, last in pairwise(breaks)
    )


def _tokens(page: PageText) -> Iterator[Token]:
    """Give the words of the text, each with the boxes of the read words it overlaps."""
    at, most = 0, _MOST_WORDS if page.words else _MOST_WORDS_OF_TEXT
    for count, match in enumerate(_TOKEN.finditer(page.text)):
        if count >= most:
            return
        start, end = match.span()
        while at < len(page.words) and page.words[at].end <= start:
            at += 1
        read = _overlapping(page.words, at, end)
        box = union([word.box for word in read])
        sure = statistics.fmean(word.confidence for word in read) if read else 1.0
        yield Token(start, end, match.group(), box, min(1.0, max(0.0, sure)))


def _overlapping(words: tuple[Word, ...], at: int, end: int) -> list[Word]:
    found = []
    while at < len(words) and words[at].start < end:
        found.append(words[at])
        at += 1
    return found


def _apart(tokens: list[Token], i: int, text: str) -> bool:
    before, token = tokens[i - 1], tokens[i]
    between = text[before.end : token.start]
    if "\n" in between or "\t" in between or len(between) > 3:
        return True
    if before.box is not None and token.box is not None and _boxes_apart(before.box, token.box):
        return True
    return _opens_right_column(tokens, i) or (i > 1 and _closes_left_column(tokens[i - 2], before))


def _boxes_apart(before: Box, box: Box) -> bool:
    gap = box[0] - (before[0] + before[2])
    overlap = min(before[1] + before[3], box[1] + box[3]) - max(before[1], box[1])
    return gap > _COLUMN_GAP or box[0] < before[0] or overlap <= 0


def _opens_right_column(tokens: list[Token], i: int) -> bool:
    """Quốc hiệu and Tiêu ngữ stand in the right column, whatever stands left of them on the line."""
    if not fold(tokens[i].text[:4]).startswith(("cong", "doc")):
        return False
    if i + 1 < len(tokens) and tokens[i].text.isupper() and fold(tokens[i].text) == "cong":
        return tokens[i + 1].text.isupper() and fold(tokens[i + 1].text) == "hoa"
    three = tuple(fold(token.text.strip(".,:;–—")) or "-" for token in tokens[i : i + 3])
    return three in _RIGHT_COLUMN and tokens[i].text[:1].isupper()


def _closes_left_column(first: Token, second: Token) -> bool:
    """Nơi nhận: is the whole line of its column; what follows on the line belongs to the signature."""
    return fold(second.text) == "nhan:" and fold(first.text).endswith("noi")


def _blank_before(tokens: list[Token], first: int, text: str) -> bool:
    start = tokens[first - 1].end if first else 0
    return bool(_EMPTY_LINE.search(text, start, tokens[first].start))


def rows(found: list[Segment]) -> list[list[Segment]]:
    """Put segments of one page that stand on the same line side by side, rows from top to bottom.

    Without boxes each segment is a row of its own, in reading order.
    """
    if any(segment.box is None for segment in found):
        return [[segment] for segment in found]
    result: list[list[Segment]] = []
    for segment in sorted(found, key=lambda each: each.y):
        if result and abs(result[-1][0].y - segment.y) < _half_line(segment):
            result[-1].append(segment)
        else:
            result.append([segment])
    return [sorted(row, key=lambda each: each.x) for row in result]


def _half_line(segment: Segment) -> float:
    return 0.5 * statistics.median(token.box[3] for token in segment.tokens if token.box)
