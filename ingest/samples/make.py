"""Make the sample documents of the demo: letters of our own, as scanners and office suites would give them.

The documents come in the kinds that a records office meets: scanned PDFs, a many-page TIFF, a folder of JPEGs, a
born-digital PDF, a word processor's file and plain text. The same seed gives the same bytes.
"""

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

from fpdf import FPDF
from PIL import Image

from ingest.samples.letters import Letter, compose
from ingest.samples.scanner import Wear, degrade, sign_and_seal
from ingest.samples.typeset import Sheet, font_path, lay_out, typeset

MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
RESOLUTION_DPI = 200
BILEVEL_THRESHOLD = 150
IMAGE_GROUP = "Q3-5-1-10-1"
"""Inventory, box, file, sheet … as HD 169 names the images of one document, the last number being the page."""

WORD_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument'
        '.wordprocessingml.document.main+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships'
        '/officeDocument" Target="word/document.xml"/></Relationships>'
    ),
}


def make_samples(folder: Path, *, seed: int = 2026, count: int = 12) -> list[Path]:
    """Make `count` documents in `folder` and return every file made, in order.

    A document can be several files: the JPEGs of one letter stand in a folder of their own. Files of the same name are
    overwritten.
    """
    folder.mkdir(parents=True, exist_ok=True)
    makers = (_scanned_pdf, _image_group, _bilevel_tiff, _born_digital_pdf, _word_file, _plain_text)
    made: list[Path] = []
    for index in range(count):
        maker = makers[index] if index < len(makers) else _scanned_pdf
        long = index % 4 == 0
        letter = compose(seed, index, paragraph_count=11 if long else 5)
        made.extend(maker(folder, letter, seed * 1000 + index))
    return made


def scanned_pages(letter: Letter, *, seed: int, resolution_dpi: int = RESOLUTION_DPI) -> list[Image.Image]:
    """Print, sign, seal and scan a letter: a colour image for each page, each a little askew in its own way."""
    random = Random(seed)  # noqa: S311 (repeatable on purpose)
    made = typeset(letter, resolution_dpi=resolution_dpi)
    pages = []
    for index, (page, sheet) in enumerate(zip(made.pages, made.sheets, strict=True)):
        wear = Wear(
            skew_degrees=random.uniform(-1.5, 1.5),
            bleed=random.uniform(0, 0.12),
            noise=random.uniform(2, 6),
            specks=random.randint(10, 90),
            jpeg_quality=random.choice((60, 75, 85)),
        )
        signed = sign_and_seal(page, sheet, seed=seed + index, seal_text=letter.issuer)
        pages.append(degrade(signed, seed=seed + index, wear=wear))
    return pages


def file_name(letter: Letter, suffix: str) -> str:
    """Name a file as clerks do: the number first, with what a path cannot hold replaced."""
    return f"{letter.number.replace('/', '-')} {letter.type}{suffix}"


def _scanned_pdf(folder: Path, letter: Letter, seed: int) -> list[Path]:
    path = folder / file_name(letter, ".pdf")
    first, *others = scanned_pages(letter, seed=seed)
    first.save(path, "PDF", save_all=True, append_images=others, resolution=RESOLUTION_DPI, quality=75,
               creationDate=MADE_AT.timetuple(), modDate=MADE_AT.timetuple(), producer="")  # fmt: skip
    return [path]


def _image_group(folder: Path, letter: Letter, seed: int) -> list[Path]:
    """Make one JPEG a page, named as HD 169 wants it."""
    place = folder / IMAGE_GROUP
    place.mkdir(exist_ok=True)
    longer = compose(seed, 1, type_name=letter.type, paragraph_count=11)
    paths = []
    for page_number, page in enumerate(scanned_pages(longer, seed=seed), 1):
        path = place / f"{IMAGE_GROUP}-{page_number}.jpg"
        page.save(path, "JPEG", quality=85, dpi=(RESOLUTION_DPI, RESOLUTION_DPI))
        paths.append(path)
    return paths


def _bilevel_tiff(folder: Path, letter: Letter, seed: int) -> list[Path]:
    """Make a black and white TIFF of two pages, as older scanners do."""
    path = folder / file_name(letter, ".tif")
    longer = compose(seed, 2, type_name=letter.type, paragraph_count=11)
    pages = [page.convert("L").point(_black_or_white, "1") for page in scanned_pages(longer, seed=seed)]
    pages[0].save(path, "TIFF", save_all=True, append_images=pages[1:], compression="group4",
                  dpi=(RESOLUTION_DPI, RESOLUTION_DPI))  # fmt: skip
    return [path]


def _black_or_white(level: int) -> int:
    return 255 if level > BILEVEL_THRESHOLD else 0


def _born_digital_pdf(folder: Path, letter: Letter, _seed: int) -> list[Path]:
    """Make a PDF that never was on paper: embedded fonts, real text, nothing signed."""
    path = folder / file_name(letter, ".pdf")
    pdf = FPDF(format="A4")
    pdf.set_creation_date(MADE_AT)
    pdf.set_title(f"{letter.number} {letter.subject}")
    pdf.set_auto_page_break(False)
    pdf.add_font("serif", fname=font_path("Regular"))
    pdf.add_font("serif", style="B", fname=font_path("Bold"))
    pdf.add_font("serif", style="I", fname=font_path("Italic"))
    pdf.add_font("serif", style="BI", fname=font_path("BoldItalic"))
    for sheet in lay_out(letter):
        _write_sheet(pdf, sheet)
    pdf.output(str(path))
    return [path]


def _write_sheet(pdf: FPDF, sheet: Sheet) -> None:
    styles = {"Regular": "", "Bold": "B", "Italic": "I", "BoldItalic": "BI"}
    pdf.add_page()
    for line in sheet.lines:
        pdf.set_font("serif", style=styles[line.face], size=line.size_pt)
        pdf.text(line.x_mm, line.baseline_mm, line.text)
    for rule in sheet.rules:
        pdf.line(rule.x_mm, rule.y_mm, rule.x_mm + rule.width_mm, rule.y_mm)


def _word_file(folder: Path, letter: Letter, _seed: int) -> list[Path]:
    """Make the smallest word processor's file that office suites open."""
    path = folder / file_name(letter, ".docx")
    paragraphs = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>' for line in plain_lines(letter)
    )
    parts = {
        **PACKAGE_PARTS,
        "word/document.xml": f'<w:document xmlns:w="{WORD_NAMESPACE}"><w:body>{paragraphs}</w:body></w:document>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, date_time=MADE_AT.timetuple()[:6])
            package.writestr(entry, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + content)
    return [path]


def _plain_text(folder: Path, letter: Letter, _seed: int) -> list[Path]:
    path = folder / file_name(letter, ".txt")
    path.write_text("\n".join(plain_lines(letter)) + "\n", encoding="utf-8")
    return [path]


def plain_lines(letter: Letter) -> list[str]:
    """Give the letter's words one paragraph a line, as when it is typed without any layout."""
    return [
        letter.issuer_superior,
        letter.issuer,
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        f"Số: {letter.number}",
        letter.long_date,
        letter.type.upper(),
        letter.subject,
        *(f"Kính gửi: {addressee}" for addressee in letter.addressees),
        *letter.legal_basis,
        *letter.paragraphs,
        "Nơi nhận:",
        *(f"- {recipient};" for recipient in letter.recipients),
        *filter(None, (letter.signing_authority, letter.signer_title)),
        letter.signer,
    ]
