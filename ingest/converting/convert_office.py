"""Office files and HTML to PDF/A-2u by LibreOffice's own export, in the sandbox, with a fresh profile for each file.

No macro runs, no link is followed (there is no network either), nothing of an earlier document is left for the next.
LibreOffice ends with code 0 whatever happened: only the file it was to make counts. Letters are compared where the
source shows them plainly (DOCX, HTML); veraPDF judges the rest. Sources: LibreOffice 7.4, officecfg
Office/Common.xcs (Security/Scripting), Office/Calc.xcs and Office/Writer.xcs (Content/Update); its PDF export options.
"""

import html
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf

from ingest.converting.convert_pdf import Converted
from ingest.converting.html_text import shown_text, with_encoding
from ingest.converting.pdfa_leftovers import clear_leftovers
from ingest.converting.pdfa_parts import claim
from ingest.converting.text_gate import letters, page_texts
from ingest.identify import Family
from ingest.parsing.workshop import Workshop
from ingest.sandbox.confine import Limits, Sandbox
from ingest.sandbox.programs import JOB, made, run
from schemas.errors import ProgramError, SubmissionError
from schemas.findings import meaning
from schemas.settings import Settings
from schemas.words import word

PROGRAM = "soffice"
METHOD = "LibreOffice PDF/A export"
CELLS = Path("out/cells")  # a folder with one CSV for each sheet
_CONVERTED = Path("out/office.pdf")
_FILTERS = {
    Family.WRITER: "writer_pdf_Export",
    Family.CALC: "calc_pdf_Export",
    Family.IMPRESS: "impress_pdf_Export",
    Family.HTML: "writer_pdf_Export",
}
_SUFFIXES = frozenset(
    {".doc", ".docx", ".docm", ".dot", ".dotx", ".rtf", ".odt", ".fodt", ".xls", ".xlsx", ".xlsm", ".ods", ".fods"}
    | {".csv", ".ppt", ".pptx", ".pptm", ".pps", ".ppsx", ".odp", ".fodp", ".html", ".htm"}
)
_AS_CELLS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"  # as shown, every sheet
_AS_DOCUMENT = "--infilter=HTML (StarWriter)"  # as a web page, LibreOffice 7.4 leaves out the first heading
_NOT_LOADED = b"source file could not be loaded"
_FILE_BYTES = 1_000_000_000
_DATA_BYTES = 1_400_000_000
_MOST_SHEETS = 1_000
_LOST_FEW = 5
_LOST_SHARE = 0.01  # hidden text is in the source and not on the page
_MEMBER_BYTES = 50_000_000
_TEXT = re.compile(r"<w:t(?:\s[^>]*)?>([^<]*)</w:t>")
_SETTINGS = (
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Writer/Content/Update", "Link", "0"),
    ("Calc/Content/Update", "Link", "1"),
    ("Common/Misc", "FirstRun", "false"),
    ("Common/Save/Document", "LoadPrinter", "false"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeCopy:
    """What is seen in the PDF that LibreOffice made."""

    pages: int
    letters: int
    source_letters: int | None  # None: the source does not show its letters plainly
    lost: int


def office_to_pdfa(source: Path, target: Path, *, family: Family, workshop: Workshop) -> Converted:
    """Make a PDF/A of an office file; paths are relative to the exchange folder.

    Raises SubmissionError P021 when it cannot be opened, P027 too many pages, S002 letters were lost; ProgramError.
    """
    settings = workshop.settings
    limits, sandbox = _confinement(settings)
    libreoffice(workshop.path(source), workshop.path(_CONVERTED), family=family, limits=limits, sandbox=sandbox)
    copy = workshop.call(
        finish_office, source=source, converted=_CONVERTED, target=target, family=family, flavour=settings.flavour
    )
    if copy.pages > settings.pages_limit:
        raise SubmissionError("P027", meaning("P027"))
    if copy.lost > max(_LOST_FEW, _LOST_SHARE * (copy.source_letters or 0)):
        raise SubmissionError("S002", meaning("S002"))
    return Converted(method=METHOD, notes=(f"{copy.letters} letters on {copy.pages} pages",))


def _confinement(settings: Settings) -> tuple[Limits, Sandbox]:
    limits = Limits(
        wall_seconds=settings.program_timeout_seconds,
        cpu_seconds=int(settings.program_timeout_seconds),
        file_bytes=_FILE_BYTES,
        data_bytes=_DATA_BYTES,
    )
    return limits, Sandbox(kind=settings.sandbox, environment={"SAL_USE_VCLPLUGIN": "svp"})


def cells_of(source: Path, *, workshop: Workshop) -> Path | None:
    """Write the cells of a spreadsheet, as they are shown, to CSV files in a folder; None when that does not work."""
    limits, sandbox = _confinement(workshop.settings)
    folder = workshop.path(CELLS)
    try:
        with _job(workshop.path(source), beside=folder, name=f"source{_suffix(source)}") as job:
            seen = job.resolve() if sandbox.kind == "container" else Path(JOB)
            command = [PROGRAM, *_start_options(seen / "profile"), "--convert-to", _AS_CELLS, "--outdir", "out"]
            run([*command, f"source{_suffix(source)}"], folder=job, limits=limits, sandbox=sandbox).demand()
            sheets = sorted(p for p in (job / "out").iterdir() if p.is_file() and not p.is_symlink())
            folder.mkdir()
            for number, sheet in enumerate(sheets[:_MOST_SHEETS], start=1):
                sheet.replace(folder / f"{number:04}.csv")
    except (ProgramError, OSError):
        return None  # the cells that print shows are read all the same
    return CELLS


@contextmanager
def _job(source: Path, *, beside: Path, name: str) -> Iterator[Path]:
    """Make a job folder with a copy of the source and a fresh profile."""
    with TemporaryDirectory(dir=beside.parent) as folder:
        shutil.copyfile(source, Path(folder) / name)
        _write_profile(Path(folder) / "profile" / "user")
        yield Path(folder)


def _suffix(source: Path) -> str:
    return source.suffix.lower() if source.suffix.lower() in _SUFFIXES else ""


def libreoffice(source: Path, target: Path, *, family: Family, limits: Limits, sandbox: Sandbox) -> None:
    """Convert a file in a job folder of its own beside the target.

    Raises SubmissionError P021 when LibreOffice cannot load it; ProgramError T101 … T105.
    """
    name = f"source{'.html' if family is Family.HTML else _suffix(source)}"
    with _job(source, beside=target, name=name) as job:
        if family is Family.HTML:
            (job / name).write_bytes(with_encoding(source.read_bytes()))
        seen = job.resolve() if sandbox.kind == "container" else Path(JOB)
        command = [PROGRAM, *_options(family, profile=seen / "profile"), name]
        finished = run(command, folder=job, limits=limits, sandbox=sandbox)
        if _NOT_LOADED in finished.stderr and not (job / "out").exists():
            raise SubmissionError("P021", meaning("P021"))
        finished.demand()
        made(job / "out", "source.pdf").replace(target)


def finish_office(source: Path, converted: Path, target: Path, *, family: Family, flavour: str = "2u") -> OfficeCopy:
    """Let LibreOffice's PDF claim its flavour, and count its letters and those of the source."""
    try:
        with pikepdf.open(converted, suppress_warnings=True) as pdf:
            clear_leftovers(pdf)
            claim(pdf, flavour=flavour)
            pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    except pikepdf.PdfError as error:
        raise ProgramError("T105", word("program-unreadable", program="LibreOffice")) from error
    texts = page_texts(target)
    shown = letters("\n".join(texts))
    said = _source_text(source, family)
    if said is None:
        return OfficeCopy(pages=len(texts), letters=shown.total(), source_letters=None, lost=0)
    meant = letters(said)
    return OfficeCopy(
        pages=len(texts), letters=shown.total(), source_letters=meant.total(), lost=(meant - shown).total()
    )


def _options(family: Family, *, profile: Path) -> list[str]:
    options = {
        "SelectPdfVersion": {"type": "long", "value": "2"},
        "UseLosslessCompression": {"type": "boolean", "value": "true"},
        "ReduceImageResolution": {"type": "boolean", "value": "false"},
    }
    return [
        *_start_options(profile),
        *((_AS_DOCUMENT,) if family is Family.HTML else ()),
        *("--convert-to", f"pdf:{_FILTERS[family]}:{json.dumps(options, separators=(',', ':'))}"),
        *("--outdir", "out"),
    ]


def _start_options(profile: Path) -> list[str]:
    return [
        *("--headless", "--norestore", "--nolockcheck", "--nologo", "--nodefault"),
        f"-env:UserInstallation={profile.as_uri()}",
    ]


def _write_profile(folder: Path) -> None:
    """Write the settings of a fresh profile: the same for every document."""
    folder.mkdir(parents=True)
    items = "".join(
        f'<item oor:path="/org.openoffice.Office.{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
        for path, name, value in _SETTINGS
    )
    (folder / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{items}</oor:items>',
        encoding="utf-8",
    )


def _source_text(source: Path, family: Family) -> str | None:
    """Give the running text of a DOCX or of HTML; None for other files, and for one that is too large to look at."""
    if family is Family.HTML:
        return None if source.stat().st_size > _MEMBER_BYTES else shown_text(source.read_bytes())
    try:
        with zipfile.ZipFile(source) as package, package.open("word/document.xml") as part:
            content = part.read(_MEMBER_BYTES + 1)
    except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError, RuntimeError, zlib.error, EOFError):
        return None
    if len(content) > _MEMBER_BYTES:
        return None
    return html.unescape("".join(_TEXT.findall(content.decode("utf-8", errors="replace"))))
