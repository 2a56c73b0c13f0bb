"""Read the pages of a PDF and make its validated form: the same pages with an invisible text layer, as PDF/A-2u.

Pages that carry text keep it; only the others are read. Tesseract runs once for each page (`ingest.tesseract`), then
OCRmyPDF grafts the layers and declares PDF/A with its internal backend, never with Ghostscript. Where it refuses,
a new PDF of the page images takes the same layers. Does not judge validity (`ingest.validate`).
Sources: OCRmyPDF 17 manual; ISO 19005-2:2011, 6.6.4 (conformance U).
"""

from dataclasses import dataclass
from pathlib import Path

import ocrmypdf
import pikepdf
from ocrmypdf.exceptions import ExitCode, ExitCodeException

from ingest import ocr_plugin
from ingest.page_images import PageImages, Raster
from ingest.pdf_text import PdfText
from ingest.placing import page_text, placed_words
from ingest.prepare import Step
from ingest.tesseract import Reading, ReadPage, looks_wrong, read_page, version
from ingest.text_layer import text_page
from schemas.errors import ProgramError
from schemas.findings import Finding
from schemas.packages import PageFacts
from schemas.texts import PageText

_FORM_DPI = 200  # TT 05/2025/TT-BNV, Điều 8: colour, 24 bit, from 200 dpi


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What was read, and how the PDF was made. Pages count from 1 in this PDF."""

    pages: tuple[PageText, ...]
    facts: tuple[PageFacts, ...]
    findings: tuple[Finding, ...]
    method: str  # how the PDF/A was made; empty when there is none
    reason: str | None = None  # why there is none
    program: str = ""  # that read the pages, with its version and model
    notes: tuple[str, ...] = ()  # what else was done, for the events


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One page on its way."""

    text: PageText
    facts: PageFacts
    layer: bytes = b""
    findings: tuple[Finding, ...] = ()


def recognise(pdf: Path, output: Path, *, page_kinds: tuple[str, ...], reading: Reading) -> Recognised:
    """Read `pdf` and write the PDF/A to `output` (beside which temporary files are made).

    `page_kinds` says for each page "text", "scan" or "blank". Raises SubmissionError P021 or P025.
    """
    with PageImages(pdf, pixels_limit=reading.pixels_limit) as images, PdfText(pdf) as texts:
        pages = tuple(
            _kept(images, texts, index)
            if index < len(page_kinds) and page_kinds[index] == "text"
            else _read(images, index, folder=output.parent, reading=reading)
            for index in range(len(images))
        )
    method = _convert(pdf, output, layers=tuple(page.layer for page in pages), reading=reading)
    return Recognised(
        pages=tuple(page.text for page in pages),
        facts=tuple(page.facts for page in pages),
        findings=_findings(pages, method=method),
        method=method,
        program=f"tesseract {version()} {reading.language}",
    )


def _kept(images: PageImages, texts: PdfText, index: int) -> _Page:
    """Take a page's own text."""
    text = texts.page(index)
    width, height = images.size(index)
    letters = sum(not c.isspace() for c in text.text)
    facts = PageFacts(page=index + 1, kind="text", width_points=width, height_points=height, characters=letters)
    return _Page(text=text, facts=facts)


def _read(images: PageImages, index: int, *, folder: Path, reading: Reading) -> _Page:
    """Read one page image; a page on which Tesseract hangs or dies stays unread, with a finding."""
    raster = images.raster(index)
    width, height = images.size(index)
    facts = PageFacts(
        page=index + 1,
        kind="scan",
        width_points=width,
        height_points=height,
        resolution_dpi=round(raster.dpi),
        bits=raster.bits,
    )
    try:
        read = read_page(raster, folder=folder, reading=reading)
    except ProgramError as error:
        return _Page(text=PageText(""), facts=facts, findings=(Finding(code="S024", page=index + 1, detail=error.code),))
    return _page(read, raster, facts=facts, reading=reading)


def _page(read: ReadPage, raster: Raster, *, facts: PageFacts, reading: Reading) -> _Page:
    words = placed_words(read, raster)
    straightened = Step.DESKEW in read.prepared.steps
    facts = PageFacts(
        page=facts.page,
        kind="blank" if read.prepared.look.blank else "scan",
        width_points=facts.width_points,
        height_points=facts.height_points,
        resolution_dpi=facts.resolution_dpi,
        bits=facts.bits,
        rotation=read.prepared.rotation,
        skew_degrees=read.prepared.look.skew_degrees if straightened else 0.0,
        confidence=round(read.confidence, 4) if words else None,
        characters=read.characters,
    )
    return _Page(
        text=page_text(read, raster),
        facts=facts,
        layer=text_page(words, width=raster.points[0], height=raster.points[1]) if words else b"",
        findings=_page_findings(read, page=facts.page, reading=reading),
    )


def _page_findings(read: ReadPage, *, page: int, reading: Reading) -> tuple[Finding, ...]:
    if read.prepared.look.blank:
        return (Finding(code="S012", page=page),)
    codes = []
    if read.characters and read.confidence < reading.review_confidence:
        codes.append("S010")
    elif looks_wrong(read):
        codes.append("S011")
    if read.mode != 3:
        codes.append("S013")
    if read.prepared.rotation:
        codes.append("S015")
    if Step.DESKEW in read.prepared.steps:
        codes.append("S016")
    return tuple(Finding(code=code, page=page) for code in codes)


def _findings(pages: tuple[_Page, ...], *, method: str) -> tuple[Finding, ...]:
    """Join the pages' findings and add what concerns the whole."""
    found = [finding for page in pages for finding in page.findings]
    scans = [page.facts for page in pages if page.facts.bits is not None]
    off_form = [f for f in scans if f.bits != 24 or (f.resolution_dpi or 0) < _FORM_DPI - 1]
    if off_form and len(off_form) == len(scans):
        found.append(Finding(code="S014"))
    else:
        found += [Finding(code="S014", page=facts.page) for facts in off_form]
    unread = [facts for facts in scans if facts.kind == "scan"]
    if unread and not any(facts.characters for facts in unread):
        found.append(Finding(code="S019"))
    if not method:
        found.append(Finding(code="S001"))
    return tuple(found)


def _convert(pdf: Path, output: Path, *, layers: tuple[bytes, ...], reading: Reading) -> str:
    """Graft the layers and declare PDF/A-2u; give the method, empty when OCRmyPDF refuses."""
    made = output.with_name("grafted.pdf")
    ocr_plugin.lay(made, layers)
    try:
        code = ocrmypdf.ocr(
            pdf,
            made,
            language=[reading.language],
            output_type="pdfa-2",
            pdfa_backend="internal",
            pdf_renderer="sandwich",
            mode="skip",
            optimize=0,
            jobs=1,
            use_threads=True,
            progress_bar=False,
            plugins=["ingest.ocr_plugin"],
        )
        if code != ExitCode.ok:
            return ""
        _raise_to_u(made, output)
    except ExitCodeException:
        return ""
    finally:
        ocr_plugin.lift(made)
        made.unlink(missing_ok=True)
    return f"ocrmypdf {ocrmypdf.__version__} internal"


def _raise_to_u(made: Path, output: Path) -> None:
    """Claim what the text layer keeps: every character has a Unicode value (PDF/A-2u)."""
    with pikepdf.open(made) as pdf:
        with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["pdfaid:conformance"] = "U"
        pdf.save(output)
