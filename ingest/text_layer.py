"""The invisible text of a page as a one-page PDF, word by word in place, for grafting under the scanned image.

Every character maps to one empty glyph of an embedded font, so the layer costs a few kilobytes and no CPU for
shaping; what is read out is the ToUnicode map. Does not read pages (`ingest.tesseract`) or write PDF/A
(`ingest.recognise`). Sources: ISO 32000-1:2008, 9.3.6 (text rendering mode 3), 9.7.4 (CIDFonts), 9.10.3 (ToUnicode);
ISO 19005-2:2011, 6.2.11.7.
"""

import io
import math
from dataclasses import dataclass
from functools import cache

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name

_FONT = "f-0-0"  # the name that OCRmyPDF's grafting looks for
_FAMILY = "LuutruGlyphless"
_ADVANCE = 500  # of 1000
_UNPRINTABLE = 0xFFFD


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word on the page: where its baseline starts, in points from the top left, where it runs, how long and high."""

    text: str
    x: float
    y: float
    angle: float  # radians, clockwise as seen (y runs down)
    length: float
    size: float


def text_page(words: tuple[PlacedWord, ...], *, width: float, height: float) -> bytes:
    """Make a PDF of one page of that size in points that holds only the words, invisible."""
    pdf = pikepdf.Pdf.new()
    page = pdf.add_blank_page(page_size=(width, height))
    content = _content(words, height=height)
    page.obj.Contents = pdf.make_stream(content)
    codes = {code for word in words for code in _codes(word.text + " ")}
    page.obj.Resources = Dictionary(Font=Dictionary({f"/{_FONT}": _font(pdf, codes)}))
    buffer = io.BytesIO()
    pdf.save(buffer, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return buffer.getvalue()


def _codes(text: str) -> list[int]:
    return [ord(c) if ord(c) < 0xFFFE and not 0xD800 <= ord(c) < 0xE000 else _UNPRINTABLE for c in text]


def _content(words: tuple[PlacedWord, ...], *, height: float) -> bytes:
    parts = ["BT 3 Tr"]
    for word in words:
        codes = _codes(word.text)
        natural = len(codes) * word.size * _ADVANCE / 1000
        stretch = 100 * word.length / natural if natural else 100.0
        cos, sin = math.cos(word.angle), -math.sin(word.angle)
        shown = "".join(f"{code:04x}" for code in (*codes, 0x20))
        parts.append(
            f"/{_FONT} {word.size:.2f} Tf {stretch:.2f} Tz {cos:.5f} {sin:.5f} {-sin:.5f} {cos:.5f}"
            f" {word.x:.2f} {height - word.y:.2f} Tm <{shown}> Tj"
        )
    parts.append("ET")
    return "\n".join(parts).encode()


def _font(pdf: pikepdf.Pdf, codes: set[int]) -> pikepdf.Object:
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name(f"/{_FAMILY}"),
        Flags=4,
        FontBBox=Array([0, 0, _ADVANCE, 1000]),
        ItalicAngle=0,
        Ascent=1000,
        Descent=-1,
        CapHeight=1000,
        StemV=80,
        FontFile2=pdf.make_stream(_truetype(), Length1=len(_truetype())),
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name(f"/{_FAMILY}"),
        CIDSystemInfo=Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=_ADVANCE,
        CIDToGIDMap=pdf.make_stream(b"\x00\x01" * 65_536),
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name(f"/{_FAMILY}"),
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_stream(_to_unicode(codes)),
        )
    )


def _to_unicode(codes: set[int]) -> bytes:
    """Map every code to itself, for the rows of 256 in use; a range may not cross a row (ISO 32000-1, 9.10.3)."""
    rows = sorted({code >> 8 for code in codes})
    ranges = "\n".join(f"<{row:02x}{int(row == 0):02x}> <{row:02x}ff> <{row:02x}{int(row == 0):02x}>" for row in rows)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        f"{len(rows)} beginbfrange\n{ranges}\nendbfrange\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode()


@cache
def _truetype() -> bytes:
    """Build the font once: .notdef and one empty glyph."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "empty"])
    builder.setupCharacterMap({0x20: "empty"})
    builder.setupGlyf({".notdef": Glyph(), "empty": Glyph()})
    builder.setupHorizontalMetrics({".notdef": (_ADVANCE, 0), "empty": (_ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=1000, descent=-1)
    builder.setupNameTable({"familyName": _FAMILY, "styleName": "Regular", "psName": _FAMILY})
    builder.setupOS2(sTypoAscender=1000, sTypoDescender=-1, usWinAscent=1000, usWinDescent=1)
    builder.setupPost()
    buffer = io.BytesIO()
    builder.save(buffer)
    return buffer.getvalue()
