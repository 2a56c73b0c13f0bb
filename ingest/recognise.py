"""Read the pages of a PDF and make its validated form: the same pages with an invisible text layer, as PDF/A-2u.

Pages that carry text keep it; only the others are prepared and read, one at a time, each by one run of Tesseract. A
page on which Tesseract hangs or dies stays unread, with a finding, and the others go on. Heavy colour images become
lighter in the copy. Does not judge validity (`ingest.validate`) or keep anything (`archive.accession`).
Sources: TT 05/2025/TT-BNV, Điều 8 (form of digitised pages).
"""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ingest.pages.colour_copy import colour_copy
from ingest.pages.page_images import PageImages, Raster
from ingest.pages.pdf_text import PdfText
from ingest.pages.placing import page_text, placed_words
from ingest.pages.searchable import layer_name, lighten, make_searchable
from ingest.pages.tesseract import Reading, ReadPage, looks_wrong, read_page, version
from ingest.pages.text_layer import text_page
from ingest.prepare import Step
from schemas.errors import ProgramError
from schemas.findings import Finding
from schemas.packages import PageFacts
from schemas.texts import PageText

_FORM_BITS, _FORM_DPI = 24, 200  # TT 05/2025/TT-BNV, Điều 8: colour, 24 bit, from 200 dpi


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What was read, and how the PDF was made. Pages count from 1 in this PDF."""

    pages: tuple[PageText, ...]
    facts: tuple[PageFacts, ...]
    findings: tuple[Finding, ...]
    method: str  # how the PDF/A was made; empty when there is none
    reason: str = ""  # why there is none
    program: str = ""  # that read the pages, with its version and model
    notes: tuple[str, ...] = ()  # what else was done, for the events


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One page when it is done; its text layer and its lighter image are files."""

    text: PageText
    facts: PageFacts
    findings: tuple[Finding, ...] = ()
    copied: str = ""  # how its image was made lighter


def recognise(pdf: Path, output: Path, *, page_kinds: tuple[str, ...], reading: Reading) -> Recognised:
    """Read `pdf` and write the PDF/A to `output`, in whose folder temporary files come and go.

    `page_kinds` says for each page "text", "scan" or "blank"; a page without one is a scan. When no PDF/A could be
    made, `method` is empty. Raises SubmissionError P021 or P025 for what cannot be opened or is too large.
    """
    folder = output.with_name("layers")
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier run that was killed
    folder.mkdir()
    try:
        pages = _pages(pdf, folder, page_kinds=page_kinds, reading=reading)
        source = _lightened(pdf, output, folder, pages)
        scans = all(page.facts.kind != "text" for page in pages)
        method, reason = make_searchable(
            source, output, layers=folder, rebuild=scans, pixels_limit=reading.pixels_limit
        )
        if source != pdf:
            source.unlink()
    finally:
        shutil.rmtree(folder)
    return Recognised(
        pages=tuple(page.text for page in pages),
        facts=tuple(page.facts for page in pages),
        findings=_findings(pages),
        method=method,
        reason=reason,
        program=f"tesseract {version()} {reading.language}" if any(page.facts.kind == "scan" for page in pages) else "",
        notes=_notes(pages),
    )


def _pages(pdf: Path, folder: Path, *, page_kinds: tuple[str, ...], reading: Reading) -> tuple[_Page, ...]:
    with PageImages(pdf, pixels_limit=reading.pixels_limit) as images, PdfText(pdf) as texts:
        return tuple(
            _kept(images, texts, index)
            if page_kinds[index : index + 1] == ("text",)
            else _read(images, index, folder=folder, reading=reading)
            for index in range(len(images))
        )


def _kept(images: PageImages, texts: PdfText, index: int) -> _Page:
    """Take a page's own text."""
    text = texts.page(index)
    width, height = images.size(index)
    letters = sum(not c.isspace() for c in text.text)
    facts = PageFacts(page=index + 1, kind="text", width_points=width, height_points=height, characters=letters)
    return _Page(text=text, facts=facts)


def _read(images: PageImages, index: int, *, folder: Path, reading: Reading) -> _Page:
    """Read one page image, leave its text layer in `folder`, and its lighter image where it is heavy."""
    raster = images.raster(index)
    width, height = images.size(index)
    copied = _copy(images, index, raster, folder=folder)
    facts = PageFacts(
        page=index + 1,
        kind="scan",
        width_points=width,
        height_points=height,
        resolution_dpi=round(raster.dpi),
        bits=raster.bits,
    )
    findings: tuple[Finding, ...] = (Finding(code="S018", page=index + 1),) if copied else ()
    try:
        read = read_page(raster, folder=folder, reading=reading)
    except ProgramError as error:
        stopped = Finding(code="S024", page=index + 1, detail=error.code)
        return _Page(text=PageText(""), facts=facts, findings=(*findings, stopped), copied=copied)
    words = placed_words(read, raster)
    if words:
        (folder / layer_name(index + 1)).write_bytes(text_page(words, width=raster.points[0], height=raster.points[1]))
    findings += _page_findings(read, page=index + 1, reading=reading)
    return _Page(text=page_text(read, raster), facts=_with(facts, read), findings=findings, copied=copied)


def _with(facts: PageFacts, read: ReadPage) -> PageFacts:
    """Add what the reading told."""
    look = read.prepared.look
    return replace(
        facts,
        kind="blank" if look.blank else "scan",
        rotation=read.prepared.rotation,
        skew_degrees=look.skew_degrees,
        confidence=round(read.confidence, 4) if read.characters else None,
        characters=read.characters,
    )


def _copy(images: PageImages, index: int, raster: Raster, *, folder: Path) -> str:
    """Write a heavy colour image lighter (turned back as it is stored) and say how."""
    if not raster.extracted or raster.bits != _FORM_BITS:
        return ""
    stored = np.ascontiguousarray(np.rot90(raster.pixels, images.rotation(index) // 90))
    copy = colour_copy(stored, source_bytes=images.image_bytes(index))
    if copy is None:
        return ""
    (folder / _copy_name(index)).write_bytes(copy.data)
    return copy.method


def _copy_name(index: int) -> str:
    return f"{index + 1:06d}.jpg"


def _lightened(pdf: Path, output: Path, folder: Path, pages: tuple[_Page, ...]) -> Path:
    """Give the PDF with its lighter images, or the PDF itself when none is."""
    copies = {index: folder / _copy_name(index) for index, page in enumerate(pages) if page.copied}
    if not copies:
        return pdf
    light = output.with_name("light.pdf")
    lighten(pdf, light, copies)
    return light


def _page_findings(read: ReadPage, *, page: int, reading: Reading) -> tuple[Finding, ...]:
    if read.prepared.look.blank:
        return (Finding(code="S012", page=page),)
    codes = []
    if read.characters and read.confidence < reading.review_confidence:
        codes.append("S010")
    elif looks_wrong(read):
        codes.append("S011")
    if read.tries > 1 and not read.first:
        codes.append("S013")
    if read.prepared.rotation:
        codes.append("S015")
    if Step.DESKEW in read.prepared.steps:
        codes.append("S016")
    return tuple(Finding(code=code, page=page) for code in codes)


def _findings(pages: tuple[_Page, ...]) -> tuple[Finding, ...]:
    """Join the pages' findings and add what concerns the whole."""
    found = [finding for page in pages for finding in page.findings]
    scans = [page.facts for page in pages if page.facts.bits is not None]
    off_form = [f for f in scans if f.bits != _FORM_BITS or (f.resolution_dpi or 0) < _FORM_DPI - 1]
    if off_form and len(off_form) == len(scans):
        found.append(Finding(code="S014"))
    else:
        found += [Finding(code="S014", page=facts.page) for facts in off_form]
    unread = [facts for facts in scans if facts.kind == "scan"]
    if unread and not any(page.facts.characters for page in pages):
        found.append(Finding(code="S019"))
    return tuple(found)


def _notes(pages: tuple[_Page, ...]) -> tuple[str, ...]:
    """Say how images were made lighter, with the pages of each way."""
    ways: dict[str, list[int]] = {}
    for page in pages:
        if page.copied:
            ways.setdefault(page.copied, []).append(page.facts.page)
    return tuple(f"colour image compressed again: {way}: pages {', '.join(map(str, n))}" for way, n in ways.items())
