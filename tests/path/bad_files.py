"""Every sort of bad input, made here: files that are not what they say, and what the archive must say of each.

`CASES` is the table: a name (bytes, as the file system has it), a maker, the state it must end in, the codes it must
have. `what_is_no_file` makes links, pipes and closed folders; `linked` makes documents that ask for other files.
"""

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import docx
from PIL import Image, ImageDraw

from ingest.offering.offer import shown
from tests.path import bad_pdfs as pdfs

Maker = Callable[[Path], None]
_BOMB_BYTES = 200 << 20


@dataclass(frozen=True, kw_only=True)
class Case:
    """One bad file and how it must end; `codes` are those it must have, among others."""

    name: bytes
    make: Maker
    state: str
    codes: frozenset[str] = frozenset()

    @property
    def source(self) -> str:
        """The name as it is shown."""
        return shown(os.fsdecode(self.name))


def case(name: str | bytes, make: Maker, state: str, *codes: str) -> Case:
    return Case(name=os.fsencode(name), make=make, state=state, codes=frozenset(codes))


def write(content: bytes) -> Maker:
    """Give a maker of these very bytes."""

    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


def text(number: int) -> Maker:
    """Give a maker of a sound text, for names that are the trouble."""
    return write(f"Số: {number}/UBND-VP\nVề việc tên tệp lạ thứ {number}\n".encode())


def picture(words: str = "Van ban thu nghiem so 12") -> Image.Image:
    image = Image.new("L", (600, 300), 255)
    for line in range(4):
        ImageDraw.Draw(image).text((30, 30 + 60 * line), words, fill=0, font_size=36)
    return image


def encoded(kind: str, words: str = "Van ban thu nghiem so 12") -> bytes:
    buffer = io.BytesIO()
    picture(words).save(buffer, format=kind, dpi=(150, 150))
    return buffer.getvalue()


def cut(content: bytes, share: float = 0.5) -> Maker:
    return write(content[: int(len(content) * share)])


def a_docx(words: str) -> bytes:
    document, buffer = docx.Document(), io.BytesIO()
    document.add_paragraph(words)
    document.save(buffer)
    return buffer.getvalue()


def with_members(package: bytes, members: dict[str, bytes]) -> bytes:
    """Give a ZIP package with members added or replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            if member.filename not in members:
                new.writestr(member, old.read(member))
        for name, content in members.items():
            new.writestr(name, content)
    return buffer.getvalue()


def docx_bomb(path: Path) -> None:
    """A DOCX that unpacks to a thousand times its size."""
    path.write_bytes(a_docx("bom"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package, package.open("word/media/1.xml", "w") as member:
        for _ in range(_BOMB_BYTES >> 20):
            member.write(b" " * (1 << 20))


def docx_liar(path: Path) -> None:
    """A DOCX whose directory says that a member nobody opens is small."""
    docx_bomb(path)
    content = path.read_bytes()
    size = _BOMB_BYTES.to_bytes(4, "little")
    path.write_bytes(content.replace(size, (2048).to_bytes(4, "little")))


def xml_bomb(path: Path) -> None:
    """A DOCX whose text is ten entities, each ten of the one before: 10^9 words."""
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    body = (
        f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e0 "bom ">{entities}]>'
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
        "<w:t>&e9;</w:t></w:r></w:p></w:body></w:document>"
    )
    path.write_bytes(with_members(a_docx("x"), {"word/document.xml": body.encode()}))


def locked_office(path: Path) -> None:
    """A compound file as Word writes it under a password: EncryptionInfo and EncryptedPackage (MS-OFFCRYPTO)."""
    free, end, sector = b"\xff" * 4, b"\xfe\xff\xff\xff", 512
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIII", 1, 1, 0, 4096) + end + bytes(4) + end + bytes(4) + bytes(4) + free * 108
    chains = [(2, 8), (10, 8)]
    table = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE)
    for start, length in chains:
        table += b"".join(struct.pack("<I", n + 1) for n in range(start, start + length - 1)) + end
    directory = _entry("Root Entry", 5, links=(-1, -1, 1)) + _entry("EncryptedPackage", 2, links=(-1, 2, -1), start=2)
    directory += _entry("EncryptionInfo", 2, start=10) + _entry("", 0)
    data = os.urandom(4096) + b"\x04\x00\x04\x00\x40\x00\x00\x00" + b"<encryption/>".ljust(4088)
    path.write_bytes(header.ljust(sector, b"\xff") + table.ljust(sector, b"\xff") + directory + data)


def _entry(name: str, kind: int, *, links: tuple[int, int, int] = (-1, -1, -1), start: int = 0) -> bytes:
    """Give a directory entry; `links` are left, right and child (MS-CFB, 2.6.1)."""
    letters = name.encode("utf-16-le")
    rest = struct.pack("<HBBiii", len(letters) + 2 if letters else 0, kind, 1, *links) + bytes(36)
    return letters.ljust(64, b"\0") + rest + struct.pack("<IQ", start, 4096 if start else 0)


def gigapixel_png(path: Path) -> None:
    side = 60_000
    head = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(1000))
    chunks = b"".join(
        struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (head, data, b"IEND")
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def gigapixel_tiff(path: Path) -> None:
    side = 60_000
    rows = [(256, 4, 1, side), (257, 4, 1, side), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    rows += [(273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, side), (279, 4, 1, side)]
    directory = struct.pack("<H", len(rows)) + b"".join(struct.pack("<HHII", *row) for row in rows) + bytes(4)
    path.write_bytes(b"II*\0" + struct.pack("<I", 8 + 1000) + bytes(1000) + directory)


def looping_tiff(path: Path) -> None:
    """A TIFF whose page follows itself."""
    content = bytearray(encoded("TIFF"))
    at = int.from_bytes(content[4:8], "little")
    count = int.from_bytes(content[at : at + 2], "little")
    content[at + 2 + 12 * count : at + 6 + 12 * count] = content[4:8]
    path.write_bytes(bytes(content))


_SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
_POSTSCRIPT = b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file pop\nshowpage\n"
_EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"
_PROGRAM = b"MZ\x90\0" + bytes(60) + b"PE\0\0" + bytes(range(256)) * 8
_VIETNAMESE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: 15/UBND-VP\nVề việc bảng mã của tệp\n"

LOCKED = (
    case("khóa mật khẩu.pdf", pdfs.user_password, "review", "P020"),
    case("khóa quyền.pdf", pdfs.owner_password, "archived", "S006", "S007"),
    case("khóa mật khẩu.docx", locked_office, "review", "P020"),
)
CUT_OFF = (
    case("cắt cụt.pdf", pdfs.cut_off, "review", "P021"),
    case("mất bảng.pdf", pdfs.without_table, "review", "P021"),
    case("rác.pdf", pdfs.rubbish, "review", "P021"),
    case("cắt cụt.jpg", cut(encoded("JPEG")), "review", "P021"),
    case("cắt cụt.tif", cut(encoded("TIFF")), "review", "P021"),
    case("cắt cụt.png", cut(encoded("PNG")), "review", "P021"),
    case("cắt cụt.docx", cut(a_docx("Cắt cụt")), "review", "P021"),
    case("trang lặp.tif", looping_tiff, "archived"),
    case("rỗng.pdf", write(b""), "refused", "P001"),
)
LIARS = (
    case("ảnh.pdf", write(encoded("PNG", "anh mang ten PDF")), "review", "P022"),
    case("pdf.docx", write(pdfs.a_text_pdf(20)), "review", "P022"),
    case("chương trình.pdf", write(_PROGRAM), "review", "P022"),
    case("chương trình.exe", write(_PROGRAM + b"1"), "review", "P023"),
    case("hình.pdf", write(_SVG), "review", "P022"),
    case("hình.svg", write(_SVG + b"\n"), "review", "P023"),
    case("in.pdf", write(_POSTSCRIPT), "review", "P022"),
    case("in.ps", write(_POSTSCRIPT + b"\n"), "review", "P023"),
    case("hình.tif", write(_EPS), "review", "P022"),
    case("văn bản.jpg", write(_VIETNAMESE.encode()), "review", "P022"),
)
TOO_LARGE = (
    case("ảnh lớn.pdf", pdfs.image_page, "review", "P025"),
    case("jbig2 lớn.pdf", pdfs.jbig2_page, "review", "P025"),
    case("jpeg2000 lớn.pdf", pdfs.jpeg2000_page, "review", "P025"),
    case("jpeg2000 lớn.jp2", write(pdfs.jpeg2000(60_000)), "review", "P025"),
    case("trang lớn.pdf", pdfs.huge_page, "review", "P025"),
    case("ảnh lớn.png", gigapixel_png, "review", "P025"),
    case("ảnh lớn.tif", gigapixel_tiff, "review", "P025"),
    case("bom nội dung.pdf", pdfs.contents_bomb, "review", "P026"),
    case("bom ảnh.pdf", pdfs.image_bomb, "review", "P026"),
    case("bom phông.pdf", pdfs.font_bomb, "review", "P026"),
    case("bom mô tả.pdf", pdfs.metadata_bomb, "review", "P026"),
    case("bom đối tượng.pdf", pdfs.object_stream_bomb, "review", "P026"),
    case("bom bảng.pdf", pdfs.xref_stream_bomb, "review", "P026"),
    case("bom.docx", docx_bomb, "review", "P026"),
    case("bom nói dối.docx", docx_liar, "archived"),
    case("bom xml.docx", xml_bomb, "review", "P021"),
    case("vòng lặp.pdf", pdfs.page_tree_loop, "review", "P027"),
    case("trăm nghìn trang.pdf", pdfs.many_pages, "review", "P027"),
    case("mảng lồng.pdf", pdfs.nested_arrays, "archived"),
    case("hình lặp.pdf", pdfs.form_xobject_loop, "archived"),
    case("vẽ mãi.pdf", pdfs.drawn_for_ever, "review", "S021"),
)
ODD = (
    case("xfa.pdf", pdfs.dynamic_xfa, "review", "P024"),
    case("biểu mẫu.pdf", pdfs.form, "archived", "S005"),
    case("mã lệnh.pdf", pdfs.active, "archived", "S023"),
    case("không trang.pdf", pdfs.no_page, "review", "P021"),
    case("trang trắng.pdf", pdfs.blank_page, "archived"),
    case("trang hai lần.pdf", pdfs.page_twice, "archived"),
    case("không unicode.pdf", pdfs.letters_without_unicode, "review", "S026"),
    case("không nhúng phông.pdf", pdfs.font_not_embedded, "archived"),
    case("utf-16.txt", write(_VIETNAMESE.encode("utf-16")), "archived"),
    case("cp1258.txt", write(b"B\xe0ng m\xe3 c\xf5: Quy\xea\xect \xf0\xf2nh s\xf4\xec 5\n" * 3), "archived"),
    case("nul.txt", write(b"Cong van\0so 5\0" * 9), "review", "P022"),
    case("điều khiển.txt", write("Công văn\x1b[31m số 6\x07\n".encode() * 9), "review", "P022"),
)
NAMES = (
    case(b"dong\nmoi.txt", text(1), "archived"),
    case(b"..\\..\\len tren.txt", text(2), "archived"),
    case(b"..%2f..%2fetc.txt", text(3), "archived"),
    case(b"...txt", text(4), "archived"),
    case(b"\x07\x1b[2Jdieu khien.txt", text(5), "archived"),
    case(b"khong phai utf8 \xff\xfe\xe1.txt", text(6), "archived"),
    case(b"-rf --home x.txt", text(7), "archived"),
    case(b"$(touch bi-lua);`id`&.txt", text(8), "archived"),
    case(b"d" * 251 + b".txt", text(9), "archived"),
    case("\u202egpj.txt", text(10), "archived"),
    case(b"<script>alert(1)<br>.txt", text(11), "archived"),
    case(b" .txt", text(12), "archived"),
    case("thông báo.txt", text(13), "archived"),
)
CASES = (*LOCKED, *CUT_OFF, *LIARS, *TOO_LARGE, *ODD, *NAMES)


def what_is_no_file(folder: Path, outside: Path) -> dict[str, str]:
    """Make what is no readable file inside the folder; give the code that each must have, by its name."""
    (folder / "lối ra.pdf").symlink_to(outside)
    (folder / "vòng").symlink_to(folder)
    (folder / "tự trỏ.pdf").symlink_to(folder / "tự trỏ.pdf")
    (folder / "trỏ hụt.pdf").symlink_to(folder / "không có")
    os.mkfifo(folder / "ống.pdf")
    (folder / "thư mục đóng").mkdir(mode=0o000)
    (folder / "tệp đóng.pdf").write_bytes(b"%PDF-1.7")
    (folder / "tệp đóng.pdf").chmod(0o000)
    return {
        "lối ra.pdf": "P005",
        "vòng": "P003",
        "tự trỏ.pdf": "P004",
        "trỏ hụt.pdf": "P004",
        "ống.pdf": "P003",
        "thư mục đóng": "P010",
        "tệp đóng.pdf": "P004",
    }


_ODT_CONTENT = """<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.3"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"><office:body><office:text>
<text:p>Tệp ODT gọi tệp khác</text:p>
<text:section text:name="s"><text:section-source xlink:href="{secret}" xlink:type="simple"/><text:p/></text:section>
<text:p><draw:frame svg:width="2cm" svg:height="2cm" text:anchor-type="as-char"><draw:image xlink:href="{address}/odt.png"
 xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame></text:p>
</office:text></office:body></office:document-content>"""
_ODT_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"""
_RELATIONS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" Target="{address}/mau.dotm"
 TargetMode="External"/></Relationships>"""


def linked(folder: Path, *, address: str, secret: Path) -> tuple[str, ...]:
    """Make documents that ask for a file of this machine and for pages of a server; give their names."""
    asked = {"address": address, "secret": secret.as_uri()}
    page = """<html><head><meta charset="utf-8"><link rel="stylesheet" href="{address}/html.css"></head><body>
<h1>Trang gọi tệp khác</h1><img src="{address}/html.png"><img src="{secret}"><iframe src="{secret}"></iframe>
<object data="{secret}"></object><script src="{address}/html.js"></script></body></html>"""
    (folder / "gọi tệp.html").write_text(page.format(**asked), encoding="utf-8")
    rtf = (
        r"{{\rtf1\ansi Tep RTF goi tep khac {{\field{{\*\fldinst INCLUDETEXT \"{secret}\"}}{{\fldrslt x}}}}"
        r"{{\field{{\*\fldinst INCLUDEPICTURE \"{address}/rtf.png\" \\d}}{{\fldrslt }}}}{{\*\template {address}/rtf.dot}}}}"
    )
    (folder / "gọi tệp.rtf").write_text(rtf.format(**asked), encoding="ascii", errors="replace")
    with zipfile.ZipFile(folder / "gọi tệp.odt", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        package.writestr("content.xml", _ODT_CONTENT.format(**asked))
        package.writestr("META-INF/manifest.xml", _ODT_MANIFEST)
    whole = a_docx("Tệp DOCX gọi mẫu khác")
    with zipfile.ZipFile(io.BytesIO(whole)) as package:
        settings = package.read("word/settings.xml").replace(b"<w:zoom", b'<w:attachedTemplate r:id="rId1"/><w:zoom', 1)
    relations = _RELATIONS.format(**asked).encode()
    members = {"word/settings.xml": settings, "word/_rels/settings.xml.rels": relations}
    (folder / "gọi tệp.docx").write_bytes(with_members(whole, members))
    return tuple(f"gọi tệp.{suffix}" for suffix in ("html", "rtf", "odt", "docx"))
