"""The stamp of the office that received a document: ĐẾN, with a number and a day, mostly filled in by pen.

Source: NĐ 30/2020/NĐ-CP, Phụ lục IV mục 1: 35×50 mm, the office's name, ĐẾN, Số, Ngày, Chuyển, Số và ký hiệu HS.
"""

import re

from ingest.describing.folding import fold
from ingest.describing.layout import Segment
from ingest.describing.values import from_segments
from schemas.description import Method, Value

_ARRIVED = re.compile(r"^\W{0,3}(?:cong van |van ban )?den\b\W{0,3}(?=$|so\b|ngay\b|\d)")
_NUMBER = re.compile(r"\bso\b\W{0,12}(\d{1,6})\b")
_DAY = re.compile(r"\bngay\b\W{0,12}(\d{1,2}) ?[/.-] ?(\d{1,2}) ?[/.-] ?(\d{4}|\d{2})\b")
_LINES = 4  # after ĐẾN
_TALL = 0.09  # of the page's height, below ĐẾN
_WIDE = 0.3


def read_incoming_stamp(pages: tuple[tuple[Segment, ...], ...], *, own: Segment | None) -> Value | None:
    """Read `Số …, ngày …` of the stamp on the first page; None without ĐẾN in capitals, or when nothing was filled in."""
    for page in pages:
        for i, segment in enumerate(page):
            if _ARRIVED.match(segment.folded) and "ĐẾN" in segment.text:
                return _stamp(segment, _near(page, i), own)
    return None


def _near(page: tuple[Segment, ...], i: int) -> list[Segment]:
    stamp = page[i]
    if stamp.box is None:
        return [s for s in page[i + 1 : i + 1 + _LINES] if fold(s.text[:6]).lstrip(" -:").startswith(("so", "ngay"))]
    return [s for s in page if s is not stamp and 0 <= s.y - stamp.y < _TALL and abs(s.centre - stamp.centre) < _WIDE]


def _stamp(stamp: Segment, lines: list[Segment], own: Segment | None) -> Value | None:
    found = [stamp, *(line for line in lines if line is not own)]
    text = " ".join(line.folded for line in found)
    number, day = _NUMBER.search(text), _DAY.search(text)
    if number is None and day is None:
        return None
    parts = [f"Số {number.group(1)}"] if number else []
    if day:
        parts.append("ngày " + "/".join(day.groups()))
    return from_segments(", ".join(parts), found, certainty=0.6, method=Method.HANDWRITTEN)
