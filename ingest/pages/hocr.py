"""What Tesseract's hOCR says: lines of words with boxes in pixels and confidences. Pure; starts nothing.

Source: the hOCR 1.2 embedded OCR workflow and output format (bbox, baseline, x_size, textangle, x_wconf).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

_BOX = re.compile(r"\bbbox (-?\d+) (-?\d+) (-?\d+) (-?\d+)")
_BASELINE = re.compile(r"\bbaseline (-?[\d.]+) (-?[\d.]+)")
_SIZE = re.compile(r"\bx_size (\d+(?:\.\d+)?)")
_ANGLE = re.compile(r"\btextangle (-?\d+)")
_CONFIDENCE = re.compile(r"\bx_wconf (\d+)")
_LINES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class ReadWord:
    """One word as read, NFC, without blanks; its box in pixels of the image read; confidence 0..1."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: float


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line: its words from left to right, the paragraph it stands in, and where its letters stand."""

    words: tuple[ReadWord, ...]
    paragraph: int
    slope: float  # of the baseline, pixels down per pixel right
    baseline: float  # y of the baseline at the line's left edge
    left: float
    size: float  # height of the letters with ascenders and descenders, in pixels


def read_hocr(data: bytes) -> tuple[ReadLine, ...]:
    """Give the lines of one page in reading order. Raises ValueError when it is not whole hOCR."""
    try:
        tree = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise ValueError("the hOCR is not well-formed") from error
    lines = []
    for number, paragraph in enumerate(_with_class(tree, frozenset({"ocr_par"}))):
        for element in _with_class(paragraph, _LINES):
            line = _line(element, paragraph=number)
            if line is not None:
                lines.append(line)
    return tuple(lines)


def _with_class(tree: etree._Element, classes: frozenset[str]) -> Iterator[etree._Element]:
    return (element for element in tree.iter() if element.get("class") in classes)


def _line(element: etree._Element, *, paragraph: int) -> ReadLine | None:
    title = element.get("title") or ""
    box = _BOX.search(title)
    words = tuple(word for child in _with_class(element, frozenset({"ocrx_word"})) for word in _word(child))
    if box is None or not words:
        return None
    left, top, _, bottom = (float(side) for side in box.groups())
    found = _BASELINE.search(title)
    slope, offset = (float(value) for value in found.groups()) if found else (0.0, 0.0)
    size = _SIZE.search(title)
    if _ANGLE.search(title):
        slope, offset = 0.0, 0.0
    return ReadLine(words, paragraph, slope, bottom + offset, left, float(size.group(1)) if size else bottom - top)


def _word(element: etree._Element) -> Iterator[ReadWord]:
    """Give the word, or nothing when it holds only blanks or has no box."""
    title = element.get("title") or ""
    text = _BLANKS.sub("", unicodedata.normalize("NFC", "".join(str(part) for part in element.itertext())))
    box, confidence = _BOX.search(title), _CONFIDENCE.search(title)
    if text and box is not None:
        left, top, right, bottom = (float(side) for side in box.groups())
        yield ReadWord(text, left, top, right, bottom, float(confidence.group(1)) / 100 if confidence else 0.0)
