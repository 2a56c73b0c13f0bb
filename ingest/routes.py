"""Which way a document is read and copied, by what it is; the programs stand in modules of their own.

Scans are read by OCR and copied with a text layer; what carries text keeps it; what must not be rewritten (signed,
locked, forms) gets an access copy made from a copy. The original is only ever read.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.converting.convert_office import cells_of, office_to_pdfa
from ingest.converting.convert_pdf import convert_pdf
from ingest.converting.convert_text import convert_text
from ingest.identify import Family, Nature
from ingest.pages.images_to_pdf import images_to_pdf
from ingest.pages.tesseract import Reading
from ingest.parsing import calls
from ingest.parsing.workshop import Workshop
from schemas.errors import ProgramError, SubmissionError
from schemas.findings import Finding
from schemas.jobs import Stage
from schemas.packages import CopyRole, Kind, PageFacts
from schemas.words import word

COPY = Path("out/copy.pdf")
Tell = Callable[[Stage], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What reading and copying gave. `gate_against`: the PDF whose letters the copy must keep."""

    role: CopyRole = CopyRole.PRESERVATION
    path: Path | None = None
    method: str = ""
    reason: str | None = None
    facts: tuple[PageFacts, ...] = ()
    findings: tuple[Finding, ...] = ()
    program: str = ""
    notes: tuple[str, ...] = ()
    has_text: bool = False
    gate_against: Path | None = None


def make_copy(nature: Nature, sources: tuple[Path, ...], *, workshop: Workshop, tell: Tell) -> Copy:
    """Read a document and make its copy. A part of it that cannot be done is a finding, not an error."""
    if not nature.readable:
        return Copy(reason=None)
    route = _ROUTES[nature.family]
    try:
        return route(nature, sources, workshop, tell)
    except SubmissionError as error:
        return Copy(findings=(Finding(code=error.code, detail=error.message),), reason=error.message)
    except ProgramError as error:
        return Copy(findings=(Finding(code="S021", detail=error.code),), reason=error.message)


def reading_of(workshop: Workshop) -> Reading:
    """Give the settings of recognition."""
    settings = workshop.settings
    return Reading(
        language=settings.language,
        pixels_limit=settings.page_pixels_limit,
        page_timeout_seconds=settings.page_timeout_seconds,
        review_confidence=settings.review_confidence,
    )


def _seconds(workshop: Workshop, pages: int) -> float:
    return workshop.settings.program_timeout_seconds + pages * workshop.settings.page_timeout_seconds


def _images(nature: Nature, sources: tuple[Path, ...], workshop: Workshop, tell: Tell) -> Copy:
    tell(Stage.PREPARE)
    made = workshop.call(
        images_to_pdf, files=sources, output=Path("out/images.pdf"), pixels_limit=workshop.settings.page_pixels_limit
    )
    copy = _scan(replace(nature, page_kinds=("scan",) * nature.pages), Path("out/images.pdf"), workshop, tell)
    return replace(copy, findings=(*made.findings, *copy.findings), notes=(*made.notes, *copy.notes))


def _pdf(nature: Nature, sources: tuple[Path, ...], workshop: Workshop, tell: Tell) -> Copy:
    source = _named_pdf(sources[0], workshop)
    if nature.kind in (Kind.SCAN, Kind.MIXED):
        copy = _scan(nature, source, workshop, tell)
        return copy if copy.path is not None else _converted_scan(nature, source, workshop, tell) or copy
    if nature.kind is Kind.BORN_DIGITAL:
        return _text_pdf(source, workshop, tell, role=CopyRole.PRESERVATION)
    return _untouchable(nature, source, workshop, tell)


def _named_pdf(source: Path, workshop: Workshop) -> Path:
    """Give the PDF under a name that says so: veraPDF looks into no other."""
    if source.suffix == ".pdf":
        return source
    named = Path("in/named.pdf")
    workshop.path(named).hardlink_to(workshop.path(source))
    return named


def _converted_scan(nature: Nature, source: Path, workshop: Workshop, tell: Tell) -> Copy | None:
    """Let Ghostscript convert what could not be kept as it is, and read the pages of that; None when it cannot."""
    tell(Stage.CONVERT)
    try:
        made = convert_pdf(source, COPY, workshop=workshop)
    except (ProgramError, SubmissionError):
        return None
    converted = Path("out/converted.pdf")
    workshop.path(COPY).rename(workshop.path(converted))
    copy = _scan(nature, converted, workshop, tell)
    copy = replace(copy, gate_against=source if "text" in nature.page_kinds else None)
    copy = replace(copy, findings=(*made.findings, *copy.findings), notes=(*made.notes, *copy.notes))
    if copy.path is None:  # the text layer could not be grafted: the copy is read by its images, the text is kept
        workshop.path(converted).rename(workshop.path(COPY))
        return replace(copy, path=COPY, method=made.method, reason=None)
    return replace(copy, method=f"{made.method}, {copy.method}")


def _scan(nature: Nature, source: Path, workshop: Workshop, tell: Tell) -> Copy:
    tell(Stage.RECOGNISE)
    read = workshop.call(
        calls.read_scan,
        timeout_seconds=_seconds(workshop, nature.pages),
        source=source,
        copy=COPY,
        page_kinds=nature.page_kinds,
        reading=reading_of(workshop),
    )
    return _from(read, gate_against=source if "text" in nature.page_kinds else None)


def _from(read: calls.Read, *, gate_against: Path | None) -> Copy:
    return Copy(
        path=COPY if read.method else None,
        method=read.method,
        reason=read.reason,
        facts=read.facts,
        findings=read.findings,
        program=read.program,
        notes=read.notes,
        has_text=True,
        gate_against=gate_against,
    )


def _text_pdf(source: Path, workshop: Workshop, tell: Tell, *, role: CopyRole) -> Copy:
    """Take the text of a PDF as it is, and convert the rest around it."""
    tell(Stage.RECOGNISE)
    read = workshop.call(calls.read_text_pdf, source=source)
    tell(Stage.CONVERT)
    read_only = Copy(role=role, facts=read.facts, program=read.program, has_text=True)
    try:
        made = convert_pdf(source, COPY, workshop=workshop)
    except (ProgramError, SubmissionError) as error:
        return replace(read_only, reason=error.message, findings=(Finding(code="S001", detail=error.code),))
    return replace(
        read_only, path=COPY, method=made.method, findings=made.findings, notes=made.notes, gate_against=source
    )


def _untouchable(nature: Nature, source: Path, workshop: Workshop, tell: Tell) -> Copy:
    """Make an access copy of a signed, locked or form file."""
    if nature.owner_locked:
        workshop.call(calls.unlock, source=source, target=Path("out/unlocked.pdf"))
        source = Path("out/unlocked.pdf")
    copy = _text_pdf(source, workshop, tell, role=CopyRole.ACCESS)
    if "scan" not in nature.page_kinds or copy.path is None:
        return copy
    converted = Path("out/converted.pdf")
    workshop.path(COPY).rename(workshop.path(converted))
    scanned = replace(_scan(nature, converted, workshop, tell), role=CopyRole.ACCESS, gate_against=source)
    findings = (*copy.findings, *(f for f in scanned.findings if f.code != "S001"))
    if scanned.path is None:  # the text layer could not be grafted: the copy is read by its images, the text is kept
        workshop.path(converted).rename(workshop.path(COPY))
        return replace(scanned, path=COPY, method=copy.method, reason=None, findings=findings)
    return replace(scanned, method=f"{copy.method}, {scanned.method}", findings=findings)


def _office(nature: Nature, sources: tuple[Path, ...], workshop: Workshop, tell: Tell) -> Copy:
    tell(Stage.CONVERT)
    made = office_to_pdfa(sources[0], COPY, family=nature.family, workshop=workshop)
    cells = cells_of(sources[0], workshop=workshop) if nature.family is Family.CALC else None
    tell(Stage.RECOGNISE)
    read = workshop.call(calls.read_text_pdf, source=COPY, cells=cells)
    return Copy(
        path=COPY,
        method=made.method,
        facts=read.facts,
        findings=(*made.findings, *read.findings),
        program=read.program,
        notes=made.notes,
        has_text=True,
    )


def _text(_nature: Nature, sources: tuple[Path, ...], workshop: Workshop, tell: Tell) -> Copy:
    tell(Stage.CONVERT)
    made = workshop.call(
        convert_text, source=sources[0], target=COPY, title="", pages_limit=workshop.settings.pages_limit
    )
    tell(Stage.RECOGNISE)
    read = workshop.call(calls.read_text_pdf, source=COPY)
    missing = ", ".join(made.missing[:10])
    findings = (Finding(code="S002", detail=missing),) if made.missing else ()
    return Copy(
        path=None if made.missing else COPY,
        reason=word("no-glyph", letters=missing) if made.missing else None,
        method="text",
        facts=read.facts,
        findings=findings,
        program=read.program,
        notes=(f"encoding {made.encoding}",),
        has_text=True,
    )


_ROUTES: dict[Family, Callable[[Nature, tuple[Path, ...], Workshop, Tell], Copy]] = {
    Family.PDF: _pdf,
    Family.IMAGE: _images,
    Family.WRITER: _office,
    Family.CALC: _office,
    Family.IMPRESS: _office,
    Family.HTML: _office,
    Family.TEXT: _text,
}
