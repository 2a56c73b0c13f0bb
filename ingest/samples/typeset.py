"""Lay a sample letter out on A4 as NĐ 30/2020 prescribes, and draw it as page images.

Positions are in millimetres from the upper left corner, so the same sheets serve every resolution and a PDF too.
It does not make anything look scanned: that is `ingest.samples.scanner`. Source: NĐ 30/2020/NĐ-CP, Phụ lục I.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from ingest.samples.letters import DECISION, OFFICIAL_LETTER, Letter

PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 210.0, 297.0
LEFT_MM, RIGHT_MM, TOP_MM, BOTTOM_MM = 30.0, 18.0, 20.0, 22.0
TEXT_WIDTH_MM = PAGE_WIDTH_MM - LEFT_MM - RIGHT_MM
AGENCY_CENTRE_MM, NATION_CENTRE_MM, SIGNER_CENTRE_MM = LEFT_MM + 32.0, LEFT_MM + 118.0, LEFT_MM + 120.0
INDENT_MM = 10.0
LEADING = 1.28
SAME_ROW_MM = 1.5
SIGNATURE_HEIGHT_MM = 30.0
MM_PER_POINT = 25.4 / 72
PAPER_COLOUR, INK_COLOUR = (255, 255, 255), (24, 24, 26)

Part = Literal["head", "body", "foot"]
Face = Literal["Regular", "Bold", "Italic", "BoldItalic"]
FONT_FOLDERS = tuple(Path("/usr/share/fonts/truetype") / name for name in ("liberation2", "liberation"))
VIETNAMESE_PROOF = "ộ"
"""A letter that version 1 of the fonts lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of text; `width_mm` is the room it fills: its words are spread over it."""

    text: str
    x_mm: float
    baseline_mm: float
    width_mm: float
    size_pt: float
    face: Face
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A thin horizontal stroke, as under the motto."""

    x_mm: float
    y_mm: float
    width_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page before it is drawn."""

    lines: tuple[Line, ...]
    rules: tuple[Rule, ...]
    signature_mm: tuple[float, float] | None
    """Where the hand signs: the centre of the room above the signer's name."""

    @property
    def text(self) -> str:
        """Give what stands on the page row by row, across the columns of head and foot, as OCR reads it."""
        rows: list[list[Line]] = []
        for line in sorted(self.lines, key=lambda line: line.baseline_mm):
            if rows and line.baseline_mm - rows[-1][0].baseline_mm < SAME_ROW_MM:
                rows[-1].append(line)
            else:
                rows.append([line])
        return "\n".join(" ".join(line.text for line in sorted(row, key=lambda line: line.x_mm)) for row in rows)

    @property
    def body(self) -> str:
        """Give the lines between head and foot, whose order nobody can doubt."""
        return "\n".join(line.text for line in self.lines if line.part == "body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typeset:
    """A letter as clean page images, with what truly stands on each."""

    pages: tuple[Image.Image, ...]
    texts: tuple[str, ...]
    sheets: tuple[Sheet, ...]


def typeset(letter: Letter, *, resolution_dpi: int = 300) -> Typeset:
    """Draw a letter: RGB pages without any wear, and their true texts."""
    sheets = lay_out(letter)
    pages = tuple(draw(sheet, resolution_dpi=resolution_dpi) for sheet in sheets)
    return Typeset(pages=pages, texts=tuple(sheet.text for sheet in sheets), sheets=sheets)


def lay_out(letter: Letter) -> tuple[Sheet, ...]:
    """Break a letter into sheets."""
    composer = _Composer()
    _place_head(composer, letter)
    if letter.type != OFFICIAL_LETTER:
        _place_title(composer, letter)
    _place_body(composer, letter)
    _place_foot(composer, letter)
    return composer.finished()


def draw(sheet: Sheet, *, resolution_dpi: int) -> Image.Image:
    """Draw one sheet as an RGB image."""
    scale = resolution_dpi / 25.4
    size = round(PAGE_WIDTH_MM * scale), round(PAGE_HEIGHT_MM * scale)
    page = Image.new("RGB", size, PAPER_COLOUR)
    pen = ImageDraw.Draw(page)
    for line in sheet.lines:
        font = _font(line.face, round(line.size_pt * resolution_dpi / 72))
        for word, x_mm in _placed_words(line):
            pen.text((x_mm * scale, line.baseline_mm * scale), word, fill=INK_COLOUR, font=font, anchor="ls")
    for rule in sheet.rules:
        ends = (rule.x_mm * scale, rule.y_mm * scale, (rule.x_mm + rule.width_mm) * scale, rule.y_mm * scale)
        pen.line(ends, fill=INK_COLOUR, width=max(1, round(0.25 * scale)))
    return page


def font_path(face: Face) -> Path:
    """Find the Times-like font that holds every Vietnamese letter.

    Raises FileNotFoundError when only the first version of the Liberation fonts is there, which lacks most of them.
    """
    for folder in FONT_FOLDERS:
        path = folder / f"LiberationSerif-{face}.ttf"
        if path.is_file() and _holds_vietnamese(path):
            return path
    raise FileNotFoundError("The Liberation fonts with Vietnamese letters are missing: install fonts-liberation2.")


@cache
def _holds_vietnamese(path: Path) -> bool:
    """Compare the letter with the box that a font draws for letters that it lacks."""
    font = ImageFont.truetype(str(path), 40)
    return bytes(font.getmask(VIETNAMESE_PROOF)) != bytes(font.getmask("\uffff"))


@cache
def _font(face: Face, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_path(face)), size_px)


@cache
def _width_mm(text: str, face: Face, size_pt: float) -> float:
    return _font(face, 1000).getlength(text) / 1000 * size_pt * MM_PER_POINT


def _placed_words(line: Line) -> list[tuple[str, float]]:
    words = line.text.split(" ")
    widths = [_width_mm(word, line.face, line.size_pt) for word in words]
    gap = (line.width_mm - sum(widths)) / max(1, len(words) - 1)
    return [(word, line.x_mm + sum(widths[:place]) + gap * place) for place, word in enumerate(words)]


def _wrapped(text: str, *, widths_mm: tuple[float, float], face: Face, size_pt: float) -> list[str]:
    """Break text into lines: the first and the following may differ in width."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        room = widths_mm[0] if len(lines) == 1 else widths_mm[1]
        if not lines[-1] or _width_mm(longer, face, size_pt) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


class _Composer:
    """Where the next line goes: fills sheets from top to bottom."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.lines: list[Line] = []
        self.rules: list[Rule] = []
        self.signature_mm: tuple[float, float] | None = None
        self.y_mm = TOP_MM
        self.part: Part = "head"

    def centred(self, text: str, centre_mm: float, *, size_pt: float, face: Face) -> float:
        """Place one centred line at the present height, moving down; return its width."""
        width = _width_mm(text, face, size_pt)
        self.placed(text, centre_mm - width / 2, size_pt=size_pt, face=face)
        return width

    def placed(self, text: str, x_mm: float, *, size_pt: float, face: Face) -> None:
        """Place one line at its natural width."""
        width = _width_mm(text, face, size_pt)
        self.y_mm += size_pt * MM_PER_POINT * LEADING
        baseline = self.y_mm - size_pt * MM_PER_POINT * 0.3
        self.lines.append(
            Line(
                text=text, x_mm=x_mm, baseline_mm=baseline, width_mm=width, size_pt=size_pt, face=face, part=self.part
            ),
        )

    def ruled(self, centre_mm: float, width_mm: float) -> None:
        """Draw a stroke just under the last line."""
        self.rules.append(Rule(x_mm=centre_mm - width_mm / 2, y_mm=self.y_mm + 0.6, width_mm=width_mm))

    def paragraph(self, text: str, *, face: Face = "Regular", size_pt: float = 14.0) -> None:
        """Place a justified paragraph with its first line set in, going on to the next sheet where it must."""
        lines = _wrapped(text, widths_mm=(TEXT_WIDTH_MM - INDENT_MM, TEXT_WIDTH_MM), face=face, size_pt=size_pt)
        for place, line in enumerate(lines):
            self.room_for(size_pt * MM_PER_POINT * LEADING)
            indent = INDENT_MM if place == 0 else 0.0
            self.placed(line, LEFT_MM + indent, size_pt=size_pt, face=face)
            if place < len(lines) - 1:
                self.lines[-1] = replace(self.lines[-1], width_mm=TEXT_WIDTH_MM - indent)
        self.y_mm += 2.1

    def room_for(self, height_mm: float) -> None:
        """Begin the next sheet when this much does not fit any more."""
        if self.y_mm + height_mm > PAGE_HEIGHT_MM - BOTTOM_MM:
            self._turn()
            part, self.part, self.y_mm = self.part, "head", 10.0
            self.centred(str(len(self.sheets) + 1), PAGE_WIDTH_MM / 2, size_pt=13, face="Regular")
            self.part, self.y_mm = part, TOP_MM

    def finished(self) -> tuple[Sheet, ...]:
        """Give all sheets."""
        self._turn()
        return tuple(self.sheets)

    def _turn(self) -> None:
        self.sheets.append(
            Sheet(lines=tuple(self.lines), rules=tuple(self.rules), signature_mm=self.signature_mm),
        )
        self.lines, self.rules, self.signature_mm = [], [], None


def _place_head(composer: _Composer, letter: Letter) -> None:
    """Place the two columns of the head (boxes 1, 2, 3, 4 and 5b): all of the left one, then all of the right one."""
    top = composer.y_mm
    for line in letter.issuer_superior.replace(" TỈNH ", "\nTỈNH ").splitlines():
        composer.centred(line, AGENCY_CENTRE_MM, size_pt=12, face="Regular")
    for line in _wrapped(letter.issuer, widths_mm=(66.0, 66.0), face="Bold", size_pt=12):
        width = composer.centred(line, AGENCY_CENTRE_MM, size_pt=12, face="Bold")
    composer.ruled(AGENCY_CENTRE_MM, width * 0.45)
    row = composer.y_mm = max(composer.y_mm, top + 12.0) + 2.5
    composer.centred(f"Số: {letter.number}", AGENCY_CENTRE_MM, size_pt=13, face="Regular")
    if letter.type == OFFICIAL_LETTER:
        for line in _wrapped(f"V/v {letter.subject}", widths_mm=(60.0, 60.0), face="Regular", size_pt=12):
            composer.centred(line, AGENCY_CENTRE_MM, size_pt=12, face="Regular")
    bottom = composer.y_mm
    composer.y_mm = top
    composer.centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", NATION_CENTRE_MM, size_pt=12, face="Bold")
    width = composer.centred("Độc lập - Tự do - Hạnh phúc", NATION_CENTRE_MM, size_pt=13, face="Bold")
    composer.ruled(NATION_CENTRE_MM, width)
    composer.y_mm = row
    composer.centred(letter.long_date, NATION_CENTRE_MM, size_pt=13, face="Italic")
    composer.y_mm = max(bottom, composer.y_mm) + 6.0


def _place_title(composer: _Composer, letter: Letter) -> None:
    """Place the type's name and the abstract (boxes 5a)."""
    centre = LEFT_MM + TEXT_WIDTH_MM / 2
    composer.centred(letter.type.upper(), centre, size_pt=14, face="Bold")
    for line in _wrapped(letter.subject, widths_mm=(120.0, 120.0), face="Bold", size_pt=14):
        width = composer.centred(line, centre, size_pt=14, face="Bold")
    composer.ruled(centre, width * 0.4)
    composer.y_mm += 5.0


def _place_body(composer: _Composer, letter: Letter) -> None:
    composer.part = "body"
    centre = LEFT_MM + TEXT_WIDTH_MM / 2
    if len(letter.addressees) == 1:
        composer.centred(f"Kính gửi: {letter.addressees[0]}", centre, size_pt=14, face="Regular")
    elif letter.addressees:
        composer.placed("Kính gửi:", LEFT_MM + 30.0, size_pt=14, face="Regular")
        for addressee, mark in zip(letter.addressees, ";.", strict=False):
            composer.placed(f"- {addressee}{mark}", LEFT_MM + 40.0, size_pt=14, face="Regular")
    composer.y_mm += 4.0 if letter.addressees else 0.0
    if letter.type == DECISION:
        composer.centred(
            letter.signer_title.removeprefix("PHÓ ") + " " + letter.issuer, centre, size_pt=14, face="Bold"
        )
        composer.y_mm += 3.0
    for clause in letter.legal_basis:
        composer.paragraph(clause, face="Italic")
    if letter.type == DECISION:
        composer.centred("QUYẾT ĐỊNH:", centre, size_pt=14, face="Bold")
        composer.y_mm += 3.0
    for paragraph in letter.paragraphs:
        composer.paragraph(paragraph)


def _place_foot(composer: _Composer, letter: Letter) -> None:
    """Place the recipients and the signature (boxes 7a to 9b), which stay together on one sheet."""
    composer.part = "foot"
    composer.room_for(SIGNATURE_HEIGHT_MM + 26.0)
    composer.y_mm += 4.0
    top = composer.y_mm
    composer.placed("Nơi nhận:", LEFT_MM, size_pt=12, face="BoldItalic")
    for recipient in letter.recipients[:-1]:
        composer.placed(f"- {recipient};", LEFT_MM, size_pt=11, face="Regular")
    composer.placed(f"- {letter.recipients[-1]}.", LEFT_MM, size_pt=11, face="Regular")
    composer.y_mm = top
    for title in filter(None, (letter.signing_authority, letter.signer_title)):
        composer.centred(title, SIGNER_CENTRE_MM, size_pt=14, face="Bold")
    composer.signature_mm = (SIGNER_CENTRE_MM, composer.y_mm + SIGNATURE_HEIGHT_MM / 2)
    composer.y_mm += SIGNATURE_HEIGHT_MM
    composer.centred(letter.signer, SIGNER_CENTRE_MM, size_pt=14, face="Bold")
