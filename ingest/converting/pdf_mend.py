"""Makes a copy of a PDF that Ghostscript can turn into PDF/A where the original stands in its way.

Word writes letters that a font lacks as glyph 0 (CID 0), which no PDF/A may show, and Ghostscript gives up the whole
file. The copy gives that code another CID with the same glyph: what is seen stays the same, content streams are not
touched. Only values of pikepdf. Sources: ISO 19005-2:2011, 6.2.11.8; ISO 32000-1:2008, 9.7.4.3 and 9.7.5.
"""

import io
import struct

import pikepdf
from fontTools.ttLib import TTFont, TTLibError
from pikepdf import Array, Dictionary, Name, Object, Stream

from ingest.converting.tounicode import fonts, unicode_map

_LARGEST = 0xFFFE
_ENCODING = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo 3 dict dup begin /Registry (Adobe) def /Ordering (Identity) def /Supplement 0 def end def
/CMapName /Luutru-NoZero def
/CMapType 1 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
1 begincidchar
<0000> {other}
endcidchar
1 begincidrange
<0001> <FFFF> 1
endcidrange
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def free_zero(pdf: pikepdf.Pdf) -> int:
    """Give code 0 of every horizontal identity font that uses it another CID; say how many fonts were changed.

    Those that use it are known by their ToUnicode map: every font has a width for it, used or not.
    """
    changed = 0
    for font in list(fonts(pdf)):
        if font.get("/Subtype") != Name.Type0 or font.get("/Encoding") != Name("/Identity-H"):
            continue
        descendant = font["/DescendantFonts"][0]
        plain = descendant.get("/CIDToGIDMap", Name.Identity) == Name.Identity
        glyphs = _glyph_count(descendant)
        if plain and 0 < glyphs <= _LARGEST and 0 in unicode_map(font):
            _move_zero(pdf, font, glyphs)
            changed += 1
    return changed


def _move_zero(pdf: pikepdf.Pdf, font: Object, other: int) -> None:
    descendant = font["/DescendantFonts"][0]
    widths = descendant["/W"]
    glyphs = b"".join(cid.to_bytes(2, "big") for cid in range(other)) + b"\0\0"
    encoding = Stream(pdf, _ENCODING.format(other=other).encode(), Type=Name.CMap, CMapName=Name("/Luutru-NoZero"))
    encoding["/CIDSystemInfo"] = Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0)
    font["/Encoding"] = pdf.make_indirect(encoding)
    descendant["/CIDToGIDMap"] = pdf.make_indirect(Stream(pdf, glyphs))
    width = widths[1][0] if isinstance(widths[1], Array) else widths[2]  # CID 0 is named first (ISO 32000-1, 9.7.4.3)
    descendant["/W"] = Array([*widths, other, Array([width])])


def _glyph_count(descendant: Object) -> int:
    """Give how many glyphs the embedded TrueType program has; 0 when there is none that can be read."""
    program = descendant.get("/FontDescriptor", Dictionary()).get("/FontFile2")
    if not isinstance(program, Stream):
        return 0
    try:
        return int(TTFont(io.BytesIO(program.read_bytes()), lazy=True)["maxp"].numGlyphs)
    except (TTLibError, KeyError, AssertionError, struct.error):
        return 0
