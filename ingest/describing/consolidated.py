"""Consolidated texts (văn bản hợp nhất): number, date and body stand at the end, beside XÁC THỰC VĂN BẢN HỢP NHẤT.

Source: the form of Pháp lệnh 01/2012/UBTVQH13 on consolidation, as seen in the official gazette; its head prints the
type and subject of the text that was consolidated.
"""

from ingest.describing.folding import near
from ingest.describing.header import Head, head_of
from ingest.describing.layout import Segment
from ingest.describing.values import from_segments
from schemas.description import Value

_WORDS = "xacthucvanbanhopnhat"
TYPE = "Văn bản hợp nhất"
_AROUND = 6  # segments before and after the words


def find_consolidation(cut: tuple[tuple[Segment, ...], ...]) -> tuple[Value, Head] | None:
    """Give the type as a value, and what stands around the words as a head; None in every other document."""
    for page in cut:
        for i, segment in enumerate(page):
            if near(segment.letters, _WORDS, wrong=2):
                around = [each for each in page[max(0, i - _AROUND) : i + _AROUND] if each.letters]
                return from_segments(TYPE, [segment], certainty=0.98), head_of(around, [])
    return None
