"""PDF files that nobody should send, made here byte by byte; each maker writes one file."""

import io
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name

from ingest.converting.convert_text import text_to_pdfa

Maker = Callable[[Path], None]
_TEXT = "ỦY BAN NHÂN DÂN TỈNH\nSố: {n}/UBND-VP\nVề việc thử tệp xấu thứ {n}\nNơi nhận: văn thư\n"
_BLOCK, _GIGABYTE = 1 << 20, 1 << 30
_SIDE = 60_000  # pixels; squared they are 3.6 thousand million
_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>"


def a_text_pdf(number: int) -> bytes:
    """Give a sound PDF with a text of its own."""
    return text_to_pdfa(_TEXT.format(n=number), title="thử").pdf


def opened(number: int) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(a_text_pdf(number)))


def raw_pdf(objects: Iterable[bytes], *, version: bytes = b"1.7") -> bytes:
    """Write a PDF of numbered objects, the first being the catalogue, with a right table of places."""
    content, places = bytearray(b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n"), []
    for number, thing in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n" % number + thing + b"\nendobj\n"
    at = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    content += b"".join(b"%010d 00000 n \n" % place for place in places)
    content += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, at)
    return bytes(content)


def a_stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>\nstream\n" % (entries, len(data)) + data + b"\nendstream"


def squeezed(size_bytes: int, *, filler: bytes = b" ", times: int = 1) -> bytes:
    """Give a little Flate data that unpacks to `size_bytes`; `times`: so often compressed."""
    packed = packed_blocks(filler * _BLOCK, size_bytes // _BLOCK)
    for _ in range(times - 1):
        packed = zlib.compress(packed, 9)
    return packed


def packed_blocks(block: bytes, count: int, *, first: bytes = b"") -> bytes:
    """Give Flate data of `first` and then `count` equal blocks, each compressed once (RFC 1950, RFC 1951)."""
    packer = zlib.compressobj(9)
    head = packer.compress(first) + packer.flush(zlib.Z_FULL_FLUSH)
    one = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    sum_of_all = zlib.adler32(first)
    for _ in range(count):
        sum_of_all = zlib.adler32(block, sum_of_all)
    return head + one * count + b"\x03\x00" + sum_of_all.to_bytes(4, "big")


def one_page(more: bytes, *others: bytes) -> bytes:
    """Write a PDF of one page; `more` are further entries of the page, `others` the objects from number 4."""
    return raw_pdf(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", _PAGE + more + b">>", *others]
    )


def user_password(path: Path) -> None:
    with opened(1) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="chủ", user="mật khẩu", R=6))


def owner_password(path: Path) -> None:
    with opened(2) as pdf:
        rights = pikepdf.Permissions(extract=False, print_highres=False)
        pdf.save(path, encryption=pikepdf.Encryption(owner="chủ", user="", R=6, allow=rights))


def cut_off(path: Path) -> None:
    content = a_text_pdf(3)
    path.write_bytes(content[: len(content) // 2])


def without_table(path: Path) -> None:
    """A PDF whose end is gone, but whose objects are all there: it can be repaired."""
    content = raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", _PAGE + b">>"])
    path.write_bytes(content[: content.index(b"xref")])


def rubbish(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 40)


def image_page(path: Path) -> None:
    image = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
    )
    path.write_bytes(
        one_page(
            b"/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>",
            a_stream(b"q 595 0 0 842 0 0 cm /I Do Q"),
            a_stream(zlib.compress(b"\xff" * 1000), image % (_SIDE, _SIDE)),
        )
    )


def jbig2_page(path: Path) -> None:
    """An image that says it is small, of a JBIG2 page that says it is huge."""
    page = (0).to_bytes(4, "big") + b"\x30\x00\x01" + (19).to_bytes(4, "big")
    page += _SIDE.to_bytes(4, "big") * 2 + bytes(8) + b"\x00\x00\x00"
    _coded_image(path, page, b"/JBIG2Decode")


def jpeg2000_page(path: Path) -> None:
    """An image that says it is small, of a JPEG 2000 codestream that says it is huge."""
    _coded_image(path, jpeg2000(_SIDE), b"/JPXDecode")


def jpeg2000(side: int) -> bytes:
    """Give the head of a JPEG 2000 codestream of one tile (ISO/IEC 15444-1, A.5.1)."""
    sides = side.to_bytes(4, "big") * 2 + bytes(8)
    size = bytes(2) + sides + sides + (1).to_bytes(2, "big") + b"\x07\x01\x01"
    coding = b"\xff\x52\x00\x0c\x00\x00\x00\x01\x00\x01\x04\x04\x00\x01"
    steps = b"\xff\x5c\x00\x07\x40\x40\x48\x48\x50"
    tile = b"\xff\x90\x00\x0a\x00\x00\x00\x00\x00\x0e\x00\x01\xff\x93"
    return b"\xff\x4f\xff\x51" + (len(size) + 2).to_bytes(2, "big") + size + coding + steps + tile + b"\xff\xd9"


def _coded_image(path: Path, data: bytes, name: bytes) -> None:
    image = b"/Type/XObject/Subtype/Image/Width 100/Height 100/ColorSpace/DeviceGray/BitsPerComponent 8/Filter" + name
    drawn = a_stream(b"q 595 0 0 842 0 0 cm /I Do Q")
    path.write_bytes(one_page(b"/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>", drawn, a_stream(data, image)))


def huge_page(path: Path) -> None:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9000000 9000000]/Resources<<>>>>"
    path.write_bytes(raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page]))


def contents_bomb(path: Path) -> None:
    data = squeezed(3 * _GIGABYTE, times=3)
    path.write_bytes(one_page(b"/Contents 4 0 R", a_stream(data, b"/Filter[/FlateDecode/FlateDecode/FlateDecode]")))


def image_bomb(path: Path) -> None:
    """An image that says it is small and unpacks to two gigabytes."""
    _coded_image(path, squeezed(2 * _GIGABYTE, filler=b"\xff"), b"/FlateDecode")


def font_bomb(path: Path) -> None:
    """A font that unpacks to two gigabytes, on a page that uses it."""
    font = b"<</Type/Font/Subtype/TrueType/BaseFont/Bom/FirstChar 65/LastChar 65/Widths[500]/FontDescriptor 6 0 R>>"
    about = (
        b"<</Type/FontDescriptor/FontName/Bom/Flags 32/FontBBox[0 0 9 9]/ItalicAngle 0/Ascent 9/Descent 0/CapHeight 9"
    )
    path.write_bytes(
        one_page(
            b"/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>",
            a_stream(b"BT /F 12 Tf 100 700 Td (AAAAAAAAAA) Tj ET"),
            font,
            about + b"/StemV 80/FontFile2 7 0 R>>",
            a_stream(squeezed(2 * _GIGABYTE, filler=b"\0"), b"/Filter/FlateDecode"),
        )
    )


def metadata_bomb(path: Path) -> None:
    data = a_stream(squeezed(2 * _GIGABYTE), b"/Type/Metadata/Subtype/XML/Filter/FlateDecode")
    catalogue = b"<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>"
    path.write_bytes(raw_pdf([catalogue, b"<</Type/Pages/Count 1/Kids[3 0 R]>>", _PAGE + b">>", data]))


def object_stream_bomb(path: Path) -> None:
    """A page that lies in an object stream of two gigabytes (ISO 32000-1, 7.5.7)."""
    page = b"3 0 " + _PAGE + b">> "
    data = packed_blocks(b" " * _BLOCK, 2 * _GIGABYTE // _BLOCK, first=page)
    bomb = a_stream(data, b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode")
    _with_xref_stream(path, [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", bomb])


def _with_xref_stream(path: Path, objects: list[bytes], *, table: bytes = b"") -> None:
    """Write objects 1, 2 and 4, object 3 lying in 4, and a cross-reference stream as number 5."""
    content, rows = bytearray(b"%PDF-1.7\n"), [b"\0" + bytes(5)]
    for number, thing in zip((1, 2, 4), objects, strict=True):
        rows.append(b"\x01" + len(content).to_bytes(4, "big") + b"\0")
        content += b"%d 0 obj\n" % number + thing + b"\nendobj\n"
    rows.insert(3, b"\x02" + (4).to_bytes(4, "big") + b"\0")
    at = len(content)
    rows.append(b"\x01" + at.to_bytes(4, "big") + b"\0")
    entries = b"/Type/XRef/Size 6/W[1 4 1]/Root 1 0 R"
    data = (table, b"/Filter/FlateDecode") if table else (b"".join(rows), b"")
    content += b"5 0 obj\n" + a_stream(data[0], entries + data[1]) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % at
    path.write_bytes(bytes(content))


def xref_stream_bomb(path: Path) -> None:
    """A cross-reference stream that unpacks to two gigabytes (ISO 32000-1, 7.5.8)."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        a_stream(b"3 0 null", b"/Type/ObjStm/N 1/First 4"),
    ]
    _with_xref_stream(path, objects, table=squeezed(2 * _GIGABYTE, filler=b"\0"))


def page_tree_loop(path: Path) -> None:
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 2/Kids[3 0 R 2 0 R]>>", _PAGE + b">>"]
    path.write_bytes(raw_pdf(parts))


def many_pages(path: Path) -> None:
    count = 100_000
    kids = b" ".join(b"%d 0 R" % number for number in range(3, count + 3))
    pages = b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids)
    path.write_bytes(raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", pages, *[_PAGE + b">>"] * count]))


def no_page(path: Path) -> None:
    path.write_bytes(raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"]))


def blank_page(path: Path) -> None:
    path.write_bytes(one_page(b""))


def page_twice(path: Path) -> None:
    """A sound page that the page tree names twice: no loop."""
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 2/Kids[3 0 R 3 0 R]>>", _PAGE + b">>"]
    path.write_bytes(raw_pdf(parts))


def nested_arrays(path: Path) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    path.write_bytes(one_page(b"/Contents 4 0 R/Deep 5 0 R", a_stream(b"BT ET " + deep), deep))


def dynamic_xfa(path: Path) -> None:
    with opened(4) as pdf:
        template = pdf.make_stream(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template/></xdp:xdp>")
        pdf.Root.AcroForm = Dictionary(XFA=template, Fields=Array())
        pdf.Root.NeedsRendering = True
        pdf.save(path)


def form(path: Path) -> None:
    with opened(5) as pdf:
        field = Dictionary(
            FT=Name.Tx, T="hoten", V="Nguyễn", Type=Name.Annot, Subtype=Name.Widget, Rect=[50, 50, 200, 70]
        )
        pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]), NeedAppearances=True)
        pdf.pages[0].obj.Annots = Array([pdf.Root.AcroForm.Fields[0]])
        pdf.save(path)


def active(path: Path) -> None:
    """Scripts at opening, an attachment, a program to be started."""
    with opened(6) as pdf:
        pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert('mở')")
        pdf.Root.AA = Dictionary(WC=Dictionary(S=Name.Launch, F="cmd.exe"))
        pdf.attachments["virus.exe"] = b"MZ attached"
        pdf.save(path)


def font_not_embedded(path: Path) -> None:
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    text = a_stream(b"BT /F 12 Tf 100 700 Td (Letter without its font, number seven) Tj ET")
    path.write_bytes(one_page(b"/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>", text, font))


def letters_without_unicode(path: Path) -> None:
    """A font of drawings, one of which nobody says what letter it is (ISO 32000-1, 9.6.5)."""
    with opened(7) as pdf:
        glyph = pdf.make_stream(b"500 0 0 0 400 400 d1 0 0 400 400 re f")
        font = Dictionary(Type=Name.Font, Subtype=Name.Type3, FontBBox=[0, 0, 500, 500], FirstChar=65, LastChar=65)
        font.FontMatrix, font.Widths, font.CharProcs = (
            Array([0.001, 0, 0, 0.001, 0, 0]),
            Array([500]),
            Dictionary(g1=glyph),
        )
        font.Encoding = Dictionary(Type=Name.Encoding, Differences=[65, Name.g1])
        page = pdf.pages[0]
        name = page.add_resource(pdf.make_indirect(font), Name.Font)
        page.contents_add(f"q BT {name} 20 Tf 60 60 Td (A) Tj ET Q".encode())
        pdf.save(path)


def form_xobject_loop(path: Path) -> None:
    """A drawing that draws itself."""
    itself = a_stream(b"/X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>")
    path.write_bytes(one_page(b"/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>", a_stream(b"/X Do"), itself))


def drawn_for_ever(path: Path) -> None:
    """Drawings that each draw the next ten times: 10^9 times in the end."""
    depth, times = 9, 10
    forms = [
        a_stream(
            b"/X Do " * times, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>" % (6 + n)
        )
        for n in range(depth)
    ]
    last = a_stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    path.write_bytes(one_page(b"/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>", a_stream(b"/X Do"), *forms, last))
