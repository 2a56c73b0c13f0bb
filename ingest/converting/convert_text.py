"""Plain text to PDF/A-2u by a small writer of our own: monospaced, 80 columns of A4, every letter with its Unicode.

It keeps the lines and indents of the text, breaks what is too long, starts a page at a form feed. It draws no letter
that it has no glyph for: such letters are named in the result, and the caller decides. Pure but for reading the
source, writing the target and reading the fonts of the machine. Sources: ISO 32000-1:2008, 9.7 and 9.10.3;
ISO 19005-2:2011, 6.2.11 and 6.6.
"""

import hashlib
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Self

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from ingest.converting import cmaps
from ingest.converting.encodings import decode
from ingest.converting.fonts import Face, Subset, cut, mono_faces
from ingest.converting.pdfa_parts import declare
from schemas.errors import SubmissionError
from schemas.findings import meaning

_LINE_ENDS = {0x0B: "\n", 0x0D: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
_UNSEEN = ("Cc", "Cf", "Cs")
_SIZE = 10
_LEADING = 12
_WIDTH, _HEIGHT = 595.276, 841.89
_MARGIN = 56.7
_LINES = int((_HEIGHT - 2 * _MARGIN) // _LEADING)
_LINE_WIDTH = 80 * 600  # 1/1000 of the size
_TAB = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A PDF and what it could not show. `missing`: letters without a glyph; `unseen`: controls that have no form."""

    pdf: bytes
    pages: int
    missing: tuple[str, ...]
    unseen: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCopy:
    """How a text file was converted; letters as U+XXXX."""

    encoding: str
    certain: bool
    pages: int
    missing: tuple[str, ...]
    unseen: tuple[str, ...]


def convert_text(source: Path, target: Path, *, title: str, pages_limit: int = 5_000) -> TextCopy:
    """Write the PDF of a plain text file. Raises SubmissionError P027 when it has too many pages."""
    decoded = decode(source.read_bytes())
    drawn = text_to_pdfa(decoded.text, title=title, pages_limit=pages_limit)
    target.write_bytes(drawn.pdf)
    return TextCopy(
        encoding=decoded.encoding,
        certain=decoded.certain,
        pages=drawn.pages,
        missing=_codes(drawn.missing),
        unseen=_codes(drawn.unseen),
    )


def text_to_pdfa(text: str, *, title: str, pages_limit: int = 5_000) -> Drawn:
    """Draw a text as PDF/A-2u. The same text and title give the same bytes. Raises SubmissionError P027."""
    text = unicodedata.normalize("NFC", text.translate(_LINE_ENDS))
    letters = _sort(text)
    shown = text.translate(dict.fromkeys(map(ord, (*letters.unseen, *letters.missing))))
    pages = _paginate(shown.translate(letters.spaces), advances=letters.advances, pages_limit=pages_limit)
    fonts = tuple(_Coded.make(face, codes) for face, codes in letters.faces.items())
    with pikepdf.new() as pdf:
        resources = pdf.make_indirect(Dictionary(Font=Dictionary({f"/{f.label}": f.embed(pdf) for f in fonts})))
        for lines in pages:
            page = Dictionary(
                Type=Name.Page,
                MediaBox=Array([0, 0, Decimal(str(_WIDTH)), Decimal(str(_HEIGHT))]),
                Resources=resources,
                Contents=Stream(pdf, _content(lines, fonts)),
            )
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        declare(pdf, title=title, flavour="2u")
        stream = io.BytesIO()
        pdf.save(stream, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return Drawn(pdf=stream.getvalue(), pages=len(pages), missing=letters.missing, unseen=letters.unseen)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letters:
    """The characters of a text, sorted by what can be done with them."""

    faces: dict[Face, list[int]]  # code points that each face draws, ascending
    advances: dict[str, int]
    spaces: dict[int, str]  # rare spaces, drawn as plain ones
    missing: tuple[str, ...]
    unseen: tuple[str, ...]


def _sort(text: str) -> _Letters:
    faces: dict[Face, list[int]] = {}
    advances, spaces, missing, unseen = {" ": 600}, {}, [], []
    for letter in sorted(set(text) - set("\n\t\f") | {" "}):
        face = next((face for face in mono_faces() if ord(letter) in face.advances), None)
        category = unicodedata.category(letter)
        if category in _UNSEEN:
            unseen.append(letter)
        elif face is not None:
            faces.setdefault(face, []).append(ord(letter))
            advances[letter] = face.advances[ord(letter)]
        elif category == "Zs":
            spaces[ord(letter)] = " "
        else:
            missing.append(letter)
    return _Letters(faces=faces, advances=advances, spaces=spaces, missing=tuple(missing), unseen=tuple(unseen))


def _paginate(text: str, *, advances: dict[str, int], pages_limit: int) -> list[list[str]]:
    pages: list[list[str]] = []
    for sheet in text.removesuffix("\f").split("\f"):
        page: list[str] = []
        for line in sheet.split("\n"):
            for piece in _wrap(line.expandtabs(_TAB).rstrip(), advances):
                if len(page) == _LINES:
                    pages.append(page)
                    page = []
                page.append(piece)
                if len(pages) >= pages_limit:
                    raise SubmissionError("P027", meaning("P027"))
        pages.append(page)
    return pages


def _wrap(line: str, advances: dict[str, int]) -> Iterator[str]:
    """Break a line at its last space that fits, a word that is too long anywhere."""
    start = 0
    while True:
        end = _fitting(line, start, advances)
        if end == len(line):
            yield line[start:]
            return
        space = line.rfind(" ", start, end + 1)
        if space > start and line[start:space].strip():
            end = space
        yield line[start:end]
        start = end
        while line[start] == " ":  # ends: the line has no space at its end
            start += 1


def _fitting(line: str, start: int, advances: dict[str, int]) -> int:
    width = 0
    for index in range(start, len(line)):
        width += advances[line[index]]
        if width > _LINE_WIDTH and index > start:
            return index
    return len(line)


@dataclass(frozen=True, slots=True)
class _Coded:
    """A subset font whose codes are the characters in order: one code, one character, whatever the glyphs."""

    label: str
    face: Face
    subset: Subset
    codes: dict[str, int]  # character → CID, from 1

    @classmethod
    def make(cls, face: Face, characters: list[int]) -> Self:
        codes = {chr(character): code for code, character in enumerate(characters, 1)}
        return cls(f"F{mono_faces().index(face)}", face, cut(face, frozenset(characters)), codes)

    def embed(self, pdf: pikepdf.Pdf) -> pikepdf.Object:
        """Write the font: a Type 0 font of one CIDFontType2 (ISO 32000-1, 9.7.4)."""
        tag = "".join(chr(ord("A") + byte % 26) for byte in hashlib.sha256(self.subset.program).digest()[:6])
        name = Name(f"/{tag}+{self.face.name}")
        glyphs = b"\0\0" + b"".join(self.subset.glyphs[ord(c)].to_bytes(2, "big") for c in self.codes)
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=name,
            Flags=5,  # fixed pitch, symbolic: the codes are ours
            FontBBox=Array(self.face.box),
            ItalicAngle=0,
            Ascent=self.face.ascent,
            Descent=self.face.descent,
            CapHeight=self.face.ascent,
            StemV=80,
            FontFile2=Stream(pdf, self.subset.program, Length1=len(self.subset.program)),
        )
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=name,
            CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
            FontDescriptor=pdf.make_indirect(descriptor),
            DW=600,
            W=Array([1, Array([self.face.advances[ord(c)] for c in self.codes])]),
            CIDToGIDMap=Stream(pdf, glyphs),
        )
        font = Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=Stream(pdf, cmaps.write({code: c for c, code in self.codes.items()}, code_bytes=2)),
        )
        return pdf.make_indirect(font)


def _content(lines: list[str], fonts: tuple[_Coded, ...]) -> bytes:
    """Give the content stream of one page: one operator a line, since every operator costs the judge time."""
    home = {letter: font for font in fonts for letter in font.codes}
    parts = [f"BT {_LEADING} TL 1 0 0 1 {_MARGIN} {_HEIGHT - _MARGIN - _SIZE + _LEADING:.2f} Tm"]
    current = ""
    for line in lines:
        show = "'"  # goes to the next line first
        for font, letters in groupby(line, key=home.__getitem__):
            if font.label != current:
                current = font.label
                parts.append(f"/{current} {_SIZE} Tf")
            parts.append(f"<{''.join(f'{font.codes[letter]:04X}' for letter in letters)}> {show}")
            show = "Tj"
        if not line:
            parts.append("T*")
    return "\n".join((*parts, "ET")).encode("ascii")


def _codes(letters: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"U+{ord(letter):04X}" for letter in letters)
