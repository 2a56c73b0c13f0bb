"""From what was read in an image's pixels to the page: its text with word boxes, and the words of the text layer.

Pure. Text is NFC; words are joined by one space, lines by a line feed, paragraphs by an empty line, so that spans of
the text map to words exactly. Every box lies inside the page as shown.
"""

import math
import unicodedata
from collections.abc import Sequence

from ingest.pages.hocr import ReadLine, ReadWord
from ingest.pages.page_images import Raster
from ingest.pages.tesseract import ReadPage
from ingest.pages.text_layer import PlacedWord
from ingest.prepare import Affine, moved
from schemas.description import Box
from schemas.texts import PageText, Word

_SMALLEST_BOX = 0.0005  # of the page's side; an empty box could not be marked


def page_text(read: ReadPage, raster: Raster) -> PageText:
    """Give the text of the page with the place of every word on the visible page."""
    high, wide = raster.pixels.shape[:2]
    return join(
        [
            [
                (word.text, _visible(_box(word, read.prepared.back, wide, high), raster.crop), word.confidence)
                for word in line
            ]
            for line in _lines(read.lines)
        ]
    )


def _lines(lines: tuple[ReadLine, ...]) -> list[list[ReadWord]]:
    """Give the words line by line, with an empty line between paragraphs."""
    result: list[list[ReadWord]] = []
    paragraph = lines[0].paragraph if lines else 0
    for line in lines:
        if line.paragraph != paragraph:
            result.append([])
            paragraph = line.paragraph
        result.append(list(line.words))
    return result


def join(lines: Sequence[Sequence[tuple[str, Box, float]]]) -> PageText:
    """Make the text of lines of (word, box, confidence); an empty line parts paragraphs."""
    text: list[str] = []
    words: list[Word] = []
    at = 0
    for number, line in enumerate(lines):
        if number:
            text.append("\n")
            at += 1
        for place, (raw, box, confidence) in enumerate(line):
            if place:
                text.append(" ")
                at += 1
            shown = unicodedata.normalize("NFC", raw)
            text.append(shown)
            words.append(Word(at, at + len(shown), clamp(box), min(max(confidence, 0.0), 1.0)))
            at += len(shown)
    return PageText("".join(text), tuple(words))


def clamp(box: Box) -> Box:
    """Move a box into the page and give it some extent."""
    x, y, width, height = box
    left, top = min(max(x, 0.0), 1.0 - _SMALLEST_BOX), min(max(y, 0.0), 1.0 - _SMALLEST_BOX)
    right = min(max(x + width, left + _SMALLEST_BOX), 1.0)
    bottom = min(max(y + height, top + _SMALLEST_BOX), 1.0)
    return left, top, right - left, bottom - top


def _box(word: ReadWord, back: Affine, wide: int, high: int) -> Box:
    """Give the smallest upright box around the word, as fractions of the page image."""
    sides = ((word.left, word.top), (word.right, word.top), (word.left, word.bottom), (word.right, word.bottom))
    corners = [moved(back, x, y) for x, y in sides]
    left, right = min(x for x, _ in corners) / wide, max(x for x, _ in corners) / wide
    top, bottom = min(y for _, y in corners) / high, max(y for _, y in corners) / high
    return left, top, right - left, bottom - top


def _visible(box: Box, crop: Box) -> Box:
    x, y, width, height = box
    left, top, wide, high = crop
    return (x - left) / wide, (y - top) / high, width / wide, height / high


def placed_words(read: ReadPage, raster: Raster) -> tuple[PlacedWord, ...]:
    """Give the words where the text layer shall hold them, in points of the media box as shown."""
    high, wide = raster.pixels.shape[:2]
    across, down = raster.points[0] / wide, raster.points[1] / high
    return tuple(_placed(word, line, read.prepared.back, (across, down)) for line in read.lines for word in line.words)


def _placed(word: ReadWord, line: ReadLine, back: Affine, scale: tuple[float, float]) -> PlacedWord:
    foot = line.baseline + line.slope * (word.left - line.left)
    start = moved(back, word.left, foot)
    end = moved(back, word.right, foot + line.slope * (word.right - word.left))
    x, y = start[0] * scale[0], start[1] * scale[1]
    dx, dy = end[0] * scale[0] - x, end[1] * scale[1] - y
    growth = math.hypot(back[0], back[3]) * scale[1]
    return PlacedWord(word.text, x, y, math.atan2(dy, dx), max(math.hypot(dx, dy), 0.1), max(line.size * growth, 1.0))
