"""The strongroom's commands: init, show, get, verify, review, journal."""

import io
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.progress import Progress

from archive import access, fixity
from archive.console import (
    HomeOption,
    JsonOption,
    QuietOption,
    errors,
    existing_home,
    language,
    put_json,
    reader,
    settings_for,
    tell,
    warn,
    word,
)
from archive.home import Archive, open_archive
from archive.home import init as make_home
from archive.keeping import JournalState
from archive.lending import Lender
from archive.rows import RecordRow
from schemas.access import Rung
from schemas.errors import ExitCode, NotFoundError, UsageError
from schemas.findings import FINDINGS, Severity, meaning
from schemas.identifiers import RecordId
from schemas.packages import Package
from schemas.texts import PAGE_BREAK
from schemas.values import to_json
from schemas.words import fault

app = typer.Typer()
journal_app = typer.Typer(help="The journal: verify, checkpoint, prove. Example: luutru journal verify")
app.add_typer(journal_app, name="journal")

RecordArgument = Annotated[str, typer.Argument(metavar="RECORD", help="Id of the record, or its first 8 characters.")]
RecordsArgument = Annotated[list[str] | None, typer.Argument(metavar="[RECORD]...", help="Ids; none: everything.")]
_CHUNK_BYTES = 1024 * 1024
_PROGRESS_STEP = 200  # objects between two lines of progress
_FIELDS = ("number", "type", "date", "issuer", "subject")


@app.command()
def init(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Make an archive home: settings, storage root, journal, catalogue, keys, the fonds CHUA-XEP. Safe to run again.

    Example: luutru --home /srv/archive init
    """
    settings = settings_for(context, home)
    with make_home(settings, now=datetime.now(UTC)):
        pass
    if as_json:
        put_json({"home": str(settings.home)})
    else:
        tell(word("init-done", home=settings.home))


@app.command()
def show(context: typer.Context, record: RecordArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show what is known of a record: description, home, files, findings.

    Example: luutru show 3f2a9c1e
    """
    settings = existing_home(context, home)
    asks = reader(context, settings)
    with open_archive(settings) as archive:
        lender = Lender(archive, asks, now=datetime.now(UTC))
        row = lender.lend(access.resolve(archive, record, known=lender.knows), Rung.KNOW)
        package = access.package(archive, row.id)
        if as_json:
            put_json(_shown(archive, row, package))
        else:
            _tell_record(archive, row, package)


@app.command()
def get(
    context: typer.Context,
    *,
    record: RecordArgument,
    home: HomeOption = None,
    original: Annotated[bool, typer.Option("--original", help="The received file, byte for byte.")] = False,
    pdfa: Annotated[bool, typer.Option("--pdfa", help="The PDF/A, or the access copy.")] = False,
    text: Annotated[bool, typer.Option("--text", help="The text as read: UTF-8, pages separated by U+000C.")] = False,
    part: Annotated[int | None, typer.Option(min=1, help="Part of the record; default the body.")] = None,
    file: Annotated[int, typer.Option(min=1, help="Which file of a part that came in several.")] = 1,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to; default stdout.")] = None,
) -> None:
    """Get a record's original, its PDF/A or its text, checked on the way.

    Example: luutru get 3f2a9c1e --original -o 1695-qd-syt.pdf
    """
    if [original, pdfa, text].count(True) != 1:
        raise UsageError("U011", word("get-one"))
    if output is None and not text and sys.stdout.isatty():
        raise UsageError("U012", word("get-terminal"))
    settings = existing_home(context, home)
    asks = reader(context, settings)
    with open_archive(settings) as archive:
        lender = Lender(archive, asks, now=datetime.now(UTC))
        wanted = access.resolve(archive, record, known=lender.knows)
        lender.lend(wanted, Rung.DOWNLOAD)
        known = access.package(archive, wanted)
        number = access.body(known) if part is None else f"{part:04d}"
        if number not in {each.part for each in known.parts}:
            raise NotFoundError("N002", word("get-part", record=wanted, part=number))
        if text:
            _deliver(io.BytesIO(_text(archive, wanted, known, number)), output)
        elif pdfa:
            _deliver(access.open_rendition(archive, wanted, number)[1], output)
        else:
            _deliver(access.open_original(archive, wanted, _original_path(known, number, file))[1], output)


@app.command()
def review(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the records at which a person must look, and why.

    Example: luutru review --json
    """
    with open_archive(existing_home(context, home)) as archive:
        rows = access.list_review(archive)
        for row in rows:
            reasons = [code for code in row.findings if FINDINGS[code].severity is Severity.REVIEW]
            if as_json:
                put_json({**_listed(row), "findings": list(row.findings)})
            else:
                sentences = " ".join(_sentence(code) for code in reasons)
                tell(f"{row.id}  {row.source}  {sentences}")
    if not rows and not as_json:
        tell(word("review-none"))


@app.command()
def verify(
    context: typer.Context,
    *,
    records: RecordsArgument = None,
    home: HomeOption = None,
    every: Annotated[bool, typer.Option("--all", help="Everything; the same as naming no record.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check that everything stored is what was stored: OCFL, digests, catalogue, journal. Repairs nothing.

    Example: luutru verify --all --json
    """
    if every and records:
        raise UsageError("U013", word("verify-which"))
    with (
        open_archive(existing_home(context, home), writable=False) as archive,
        _progress(silent=quiet) as progress,
    ):
        wanted = [access.resolve(archive, text) for text in records] if records else None
        report = fixity.verify(archive, wanted, progress=progress)
    if as_json:
        put_json(verify_json(report))
    else:
        _tell_report(report)
    if report.problems:
        raise typer.Exit(ExitCode.INTEGRITY)


@journal_app.command("verify")
def verify_journal(
    context: typer.Context,
    home: HomeOption = None,
    size: Annotated[int | None, typer.Option(min=0, help="Lines of a checkpoint that was kept elsewhere.")] = None,
    root: Annotated[str, typer.Option(help="Root of that checkpoint.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Check the chain of the whole journal and give its root; and that it goes on from a checkpoint kept elsewhere.

    Example: luutru journal verify --size 34 --root 5f0c…
    """
    if (size is None) != (not root):
        raise UsageError("U016", word("checkpoint-both"))
    with open_archive(existing_home(context, home), writable=False) as archive:
        state = archive.journal.verify()
        if size is not None and access.root_at(archive, size) != root.strip().lower():
            state = replace(state, problems=(*state.problems, (size, word("checkpoint-differs", size=size))))
    if as_json:
        put_json({**_journal_json(state), "problems": [{"line": n, "message": text} for n, text in state.problems]})
    elif state.ok:
        tell(word("journal-ok", size=state.size, root=state.root))
    else:
        for line, message in state.problems:
            tell(word("journal-bad", line=line, message=message))
    if not state.ok:
        raise typer.Exit(ExitCode.INTEGRITY)


@journal_app.command()
def checkpoint(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Give the journal's size and root at this moment, to be kept elsewhere.

    Example: luutru journal checkpoint --json
    """
    with open_archive(existing_home(context, home), writable=False) as archive:
        state = archive.journal.verify()
    value = {**_journal_json(state), "time": datetime.now(UTC).isoformat(timespec="seconds")}
    if as_json:
        put_json(value)
    else:
        tell(f"{value['size']} {value['root']} {value['time']}")
    if not state.ok:
        raise typer.Exit(ExitCode.INTEGRITY)


@journal_app.command()
def prove(context: typer.Context, record: RecordArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Prove that a record's lines stand under the journal's root: each line, its number and its RFC 6962 audit path.

    Example: luutru journal prove 1ee0cab3 --json
    """
    with open_archive(existing_home(context, home), writable=False) as archive:
        wanted = access.resolve(archive, record)
        proofs = access.prove(archive, wanted)
    if as_json:
        put_json({"record": wanted, "proofs": [to_json(proof) for proof in proofs]})
        return
    for proof in proofs:
        tell(word("journal-proof", number=proof.index, size=proof.size, root=proof.root))
        tell(proof.line)
        for each in proof.path:
            tell(f"  {each}")


def verify_json(report: fixity.VerifyReport) -> dict[str, Any]:
    """Give the JSON of `luutru verify --json`."""
    return {
        "objects": report.objects,
        "bytes": report.bytes,
        "seconds": round(report.seconds, 3),
        "problems": [to_json(problem) for problem in report.problems],
        "journal": _journal_json(report.journal),
    }


def _journal_json(state: JournalState) -> dict[str, Any]:
    return {"size": state.size, "root": state.root, "ok": state.ok}


def _sentence(code: str) -> str:
    return meaning(code, language())


def _listed(row: RecordRow) -> dict[str, Any]:
    described = {name: getattr(row, name) for name in _FIELDS}
    return {"record": row.id, "source": row.source, "state": row.state, **described, "pages": row.pages}


def _shown(archive: Archive, row: RecordRow, package: Package) -> dict[str, Any]:
    value = to_json(package)
    return {**value, "source": package.source, "version": row.version, "codes": dict(access.places(archive, package))}


def _tell_record(archive: Archive, row: RecordRow, package: Package) -> None:
    tell(f"{word('show-record')}: {row.id} ({row.version})")
    for name in _FIELDS:
        found = package.description.fields.get(name)
        if found is not None:
            value = found.value if isinstance(found.value, str) else "; ".join(found.value)
            unchecked = "" if found.method.value in {"person", "register"} else f" ({word('machine-read')})"
            tell(f"{word(f'show-{name}')}: {value}{unchecked}")
    for level, code in access.places(archive, package):
        tell(f"{word(f'level-{level}')}: {code}")
    tell(f"{word('show-source')}: {', '.join(package.sources)}")
    tell(f"{word('show-state')}: {word(f'state-{row.state}')}; {word('show-pages')}: {row.pages}")
    paths = [*(o.path for o in package.originals), *(r.path for r in package.renditions if r.path)]
    tell(f"{word('show-files')}: {', '.join(paths)}")
    for code in row.findings:
        tell(f"{word('show-findings')} {code}: {_sentence(code)}")


def _original_path(known: Package, number: str, file: int) -> str:
    paths = next(part.originals for part in known.parts if part.part == number)
    if file > len(paths):
        raise NotFoundError("N002", word("get-file", record=known.record, part=number, count=len(paths)))
    return paths[file - 1]


def _text(archive: Archive, wanted: RecordId, known: Package, number: str) -> bytes:
    pages = access.pages(archive, wanted)
    chosen = next(part for part in known.parts if part.part == number)
    if len(known.parts) > 1:
        pages = pages[chosen.first_page - 1 : chosen.first_page - 1 + chosen.pages]
    if not pages:
        raise NotFoundError("N005", word("get-no-text", record=wanted))
    return PAGE_BREAK.join(page.text for page in pages).encode()


def _deliver(source: BinaryIO, output: Path | None) -> None:
    """Write to a new file, or to stdout; a file that could not be written whole is taken away again."""
    with source:
        if output is None:
            shutil.copyfileobj(source, sys.stdout.buffer, _CHUNK_BYTES)
            sys.stdout.buffer.flush()
            return
        try:
            target = output.open("xb")
        except FileExistsError as error:
            raise UsageError("U014", word("get-exists", path=output)) from error
        except OSError as error:
            raise UsageError("U015", word("get-failed", path=output, fault=fault(error))) from error
        try:
            with target:
                shutil.copyfileobj(source, target, _CHUNK_BYTES)
        except BaseException:
            output.unlink(missing_ok=True)
            raise


@contextmanager
def _progress(*, silent: bool) -> Iterator[fixity.Progress]:
    """Tell how far it is: a bar on a terminal, plain lines elsewhere, nothing when `silent`."""
    if silent or not errors.is_terminal:
        yield lambda done, every: None if silent or done % _PROGRESS_STEP or not done else _tell_progress(done, every)
        return
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, every: bar.update(task, completed=done, total=every)


def _tell_progress(done: int, every: int) -> None:
    warn(word("verify-progress", done=done, all=every))


def _tell_report(report: fixity.VerifyReport) -> None:
    for line in fixity.problem_words(report.problems, language()):
        tell(line)
    if report.problems:
        tell(word("verify-problems", count=len(report.problems), objects=report.objects))
    else:
        tell(word("verify-ok", objects=report.objects, bytes=report.bytes, size=report.journal.size))
