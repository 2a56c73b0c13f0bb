"""The invisible text of a page as a one-page PDF, word by word in place, for grafting under the scanned image.

Every character maps to one glyph of an embedded font that draws nothing, so the layer costs a few kilobytes and no
CPU for shaping; what is read out is the ToUnicode map. The glyph has an extent without an area: of truly empty glyphs
pdfium (Chrome) makes boxes without height, marks nothing, and loses words that run up the page. Does not read pages (`ingest.pages.tesseract`) or write PDF/A
(`ingest.recognise`). Sources: ISO 32000-1:2008, 9.3.6 (text rendering mode 3), 9.7.4 (CIDFonts), 9.10.3 (ToUnicode);
ISO 19005-2:2011, 6.2.11.7.
"""

import io
import math
from dataclasses import dataclass
from functools import cache

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name

_FONT = "f-0-0"  # the name that OCRmyPDF's grafting looks for
FAMILY = "LuutruGlyphless"
_ADVANCE, _ASCENT, _DESCENT = 500, 780, -220  # of 1000: line sizes reach from ascenders to descenders
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
    """Write two operators a word, its size and stretch in the matrix: veraPDF pays for each operator."""
    parts = [f"BT 3 Tr /{_FONT} 1 Tf"]
    for word in words:
        codes = _codes(word.text)
        along = 1000 * word.length / (len(codes) * _ADVANCE) if codes and word.length else word.size
        cos, sin = math.cos(word.angle), -math.sin(word.angle)
        shown = "".join(f"{code:04x}" for code in (*codes, 0x20))
        parts.append(
            f"{along * cos:.4f} {along * sin:.4f} {-word.size * sin:.4f} {word.size * cos:.4f}"
            f" {word.x:.2f} {height - word.y:.2f} Tm <{shown}> Tj"
        )
    parts.append("ET")
    return "\n".join(parts).encode()


def _font(pdf: pikepdf.Pdf, codes: set[int]) -> pikepdf.Object:
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name(f"/{FAMILY}"),
        Flags=4,
        FontBBox=Array([0, _DESCENT, _ADVANCE, _ASCENT]),
        ItalicAngle=0,
        Ascent=_ASCENT,
        Descent=_DESCENT,
        CapHeight=_ASCENT,
        StemV=80,
        FontFile2=pdf.make_stream(_truetype(), Length1=len(_truetype())),
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name(f"/{FAMILY}"),
        CIDSystemInfo=Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=_ADVANCE,
        CIDToGIDMap=pdf.make_stream(b"\x00\x01" * 65_536),
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name(f"/{FAMILY}"),
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
    """Build the font once: .notdef and one glyph of three points on a line, which covers its cell and no pixel."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "line"])
    builder.setupCharacterMap({0x20: "line"})
    pen = TTGlyphPen(None)
    pen.moveTo((0, _DESCENT))
    pen.lineTo((_ADVANCE, _ASCENT))
    pen.lineTo((_ADVANCE // 2, (_ASCENT + _DESCENT) // 2))
    pen.closePath()
    builder.setupGlyf({".notdef": Glyph(), "line": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (_ADVANCE, 0), "line": (_ADVANCE, 0)})
    builder.setupHorizontalHeader(ascent=_ASCENT, descent=_DESCENT)
    builder.setupNameTable({"familyName": FAMILY, "styleName": "Regular", "psName": FAMILY})
    builder.setupOS2(sTypoAscender=_ASCENT, sTypoDescender=_DESCENT, usWinAscent=_ASCENT, usWinDescent=-_DESCENT)
    builder.setupPost()
    buffer = io.BytesIO()
    builder.save(buffer)
    return buffer.getvalue()
