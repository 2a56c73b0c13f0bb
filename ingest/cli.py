"""The workshop's commands: ingest, watch, jobs, read, reread, doctor, worker."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from archive import access
from archive.console import (
    HomeOption,
    JsonOption,
    QuietOption,
    errors,
    existing_home,
    put_json,
    settings_for,
    tell,
    warn,
    word,
)
from archive.home import Archive, open_archive
from ingest import doctor as checks
from ingest.deliveries.counter import UploadCounter
from ingest.jobs.book import Job, JobBook
from ingest.jobs.feedback import FeedbackBox
from ingest.offering import watch as drop_folder
from ingest.offering.layout import parse_layout
from ingest.offering.manifest import read_manifest
from ingest.offering.offer import NotTaken, Offer, offers
from ingest.reading import read_file
from ingest.rereading import rereader
from ingest.workers.batch import Batch, Workers
from ingest.workers.pool import PoolWorkers
from ingest.workers.standing import stand
from ingest.workers.tasks import BrokerWorkers, run_worker
from schemas.desk import Counter, Feedback
from schemas.errors import ExitCode, NotFoundError, UsageError
from schemas.findings import meaning
from schemas.identifiers import JobId
from schemas.jobs import JobState
from schemas.settings import Settings

app = typer.Typer()
jobs_app = typer.Typer(invoke_without_command=True)
app.add_typer(jobs_app, name="jobs")

PathsArgument = Annotated[list[Path], typer.Argument(help="Files or folders.", show_default=False)]
ManifestOption = Annotated[Path | None, typer.Option("--manifest", help="CSV or XLSX that says what the files are.")]
_PARTLY = (JobState.REVIEW, JobState.REFUSED, JobState.FAILED)


@app.command()
def ingest(
    context: typer.Context,
    paths: PathsArgument,
    home: HomeOption = None,
    manifest: ManifestOption = None,
    fonds: Annotated[str, typer.Option(help="Code of the fonds (phông).")] = "",
    file: Annotated[str, typer.Option(help="Code of the file (hồ sơ).")] = "",
    layout: Annotated[str | None, typer.Option(help="How folders are read: {fonds}/{inventory}/{box}/{file}.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Worker processes.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the tree as understood.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Take files or folders in: kept, read, turned into PDF/A, described, stored and indexed. Safe to run again.

    Example: luutru ingest box-7 --layout "{fonds}/{box}/{file}" --workers 2
    """
    settings = existing_home(context, home)
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    offered = _offers(
        paths, manifest=manifest, layout=settings.layout if layout is None else layout, fonds=fonds, file=file
    )
    if dry_run:
        _print_tree(offered, as_json=as_json)
        return
    total = _run(context, settings, offered, as_json=as_json, quiet=quiet)
    if any(total[state] for state in map(str, _PARTLY)):
        raise typer.Exit(ExitCode.PARTLY)


def _offers(paths: list[Path], *, manifest: Path | None, layout: str, fonds: str, file: str) -> Iterator[Offer]:
    """Give everything offered; checks the arguments before anything is taken."""
    for path in paths:
        if not path.exists() and not path.is_symlink():
            raise UsageError("U021", word("no-path", path=path))
    pattern = parse_layout(layout)
    register = read_manifest(manifest) if manifest is not None else None

    def walk() -> Iterator[Offer]:
        for path in paths:
            found = offers(path, layout=pattern)
            for offer in found if register is None else register.apply(found, base=path):
                yield offer if isinstance(offer, NotTaken) else offer.at(fonds=fonds, file=file)

    return walk()


def _print_tree(offered: Iterator[Offer], *, as_json: bool) -> None:
    for offer in offered:
        if isinstance(offer, NotTaken):
            line: dict[str, Any] = {"source": offer.source, "state": "refused", "findings": [offer.finding.code]}
            text = f"× {offer.source}  {offer.finding.code}: {meaning(offer.finding.code)}"
        else:
            place = {k: v for k, v in offer.place.codes().items() if v}
            line = {"source": offer.sources[0], "sources": list(offer.sources), "place": place}
            where = " / ".join(f"{word(f'level-{k}')} {v}" for k, v in place.items()) or word("unarranged")
            pages = f"  ({word('files-count', count=len(offer.sources))})" if len(offer.sources) > 1 else ""
            text = f"{where}  →  {offer.sources[0]}{pages}"
        put_json(line) if as_json else tell(text)


def _run(
    context: typer.Context, settings: Settings, offered: Iterator[Offer], *, as_json: bool, quiet: bool
) -> dict[str, Any]:
    """Run one batch and let the reading room follow it."""
    waiting = list(offered)
    with ExitStack() as opened:
        workers: Workers = BrokerWorkers(settings) if settings.broker_url else PoolWorkers(settings)  # forks first
        opened.callback(workers.close)
        book = opened.enter_context(closing(JobBook(settings.desk_address())))
        archive = opened.enter_context(closing(open_archive(settings)))
        with _Progress(documents=len(waiting), as_json=as_json, quiet=quiet) as progress:
            total = Batch(settings=settings, archive=archive, book=book, workers=workers, report=progress.report).run(
                waiting
            )
        workers.close()
        _follow(context, settings, archive)
    put_json({"summary": total}) if as_json else tell(
        word("ingest-summary", **total | {"seconds": round(total["seconds"])})
    )
    return total


def _follow(context: typer.Context, settings: Settings, archive: Archive) -> None:
    """Let the reading room follow what was done, where it was composed with this room."""
    follow = (context.find_root().obj or {}).get("follow")
    if follow is not None:
        follow(settings, archive)


class _Progress:
    """Draws how far a batch is: bars on a terminal, plain lines otherwise, nothing when quiet."""

    def __init__(self, *, documents: int, as_json: bool, quiet: bool) -> None:
        self._json, self._quiet = as_json, quiet
        self._pages = 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(
            *columns,
            TimeRemainingColumn(),
            TextColumn("{task.fields[pages]}"),
            console=errors,
            disable=quiet or not errors.is_terminal,
        )
        self._task = self._bar.add_task(word("ingest-progress"), total=documents, pages="")

    def __enter__(self) -> "_Progress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def report(self, line: dict[str, Any]) -> None:
        """Show one ended document."""
        self._pages += line["pages"]
        elapsed = self._bar.tasks[0].elapsed or 1e-9
        rate = word("pages-rate", pages=self._pages, rate=round(60 * self._pages / elapsed, 1))
        self._bar.update(self._task, advance=1, pages=rate)
        if self._json:
            put_json(line)
        elif not self._quiet:
            reason = f"  {line['reason']}" if line["reason"] else ""
            warn(f"{word('state-' + line['state'])}  {line['source']}{reason}")


def ingest_paths(context: typer.Context, settings: Settings, paths: list[Path]) -> dict[str, Any]:
    """Take paths in as `ingest` does without options; gives the summary."""
    offered = _offers(paths, manifest=None, layout=settings.layout, fonds="", file="")
    return _run(context, settings, offered, as_json=False, quiet=False)


@app.command()
def watch(context: typer.Context, folder: Path, home: HomeOption = None, quiet: QuietOption = False) -> None:
    """Take in what a scanner or a colleague drops into a folder, as it comes; Ctrl-C ends it.

    Example: luutru watch /srv/scanner
    """
    settings = existing_home(context, home)
    drop_folder.refuse_overlap(folder, settings)
    for offered in drop_folder.dropped(folder, settings):
        _run(context, settings, iter(offered), as_json=False, quiet=quiet)


@jobs_app.callback()
def jobs(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show the job book: what runs, waits, failed, and why.

    Example: luutru jobs --json
    """
    context.obj = {**(context.obj or {}), "home": home or (context.obj or {}).get("home")}
    if context.invoked_subcommand is not None:
        return
    book = JobBook(existing_home(context, home).desk_address())
    for job in book.jobs(limit=1000):
        put_json(_job_line(job)) if as_json else tell(_job_text(job))
    if not as_json:
        tell("  ".join(f"{word('state-' + s)}: {n}" for s, n in sorted(book.counts().items())))


def desk(settings: Settings) -> tuple[Counter, Feedback]:
    """Give the reading room its counter and its box of reports."""
    return UploadCounter(settings), FeedbackBox(settings.desk_address())


def _job_line(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "source": job.source,
        "state": str(job.state),
        "stage": str(job.stage),
        "attempts": job.attempts,
        "record": job.record,
        "code": job.code,
        "reason": job.message,
        "created_at": job.created_at,
        "ended_at": job.ended_at,
    }


def _job_text(job: Job) -> str:
    reason = f"  {job.message}" if job.message else ""
    return f"{job.id}  {word('state-' + job.state)}  {job.source}{reason}"


@jobs_app.command()
def retry(
    context: typer.Context, ids: Annotated[list[str], typer.Argument(metavar="ID…")], home: HomeOption = None
) -> None:
    """Put failed jobs back to work; the next `luutru ingest`, or a running one, takes them up.

    Example: luutru jobs retry 1b4e28ba-2fa1-11d2-883f-0016d3cca427
    """
    book = JobBook(existing_home(context, home).desk_address())
    for name in ids:
        tell(_job_text(book.retry(JobId(name))))


@app.command()
def read(context: typer.Context, file: Path, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Read and describe one file; nothing is kept.

    Example: luutru read "1695 qd syt.pdf" --json
    """
    if file.is_dir():
        raise UsageError("U021", word("a-folder", path=file))
    if not file.is_file():
        raise NotFoundError("N003", word("no-path", path=file))
    answer = read_file(file, settings_for(context, home))
    if as_json:
        put_json(answer)
        return
    for name, field in answer["fields"].items():
        if field is not None:
            value = field["value"]
            tell(f"{word('field-' + name)}: {'; '.join(value) if isinstance(value, list) else value}")
    tell(word("read-summary", pages=answer["pages"], characters=answer["text_chars"]))
    for code in answer["findings"]:
        tell(f"{code}: {meaning(code)}")


@app.command()
def reread(
    context: typer.Context,
    records: Annotated[list[str], typer.Argument(metavar="RECORD…", help="Ids, or their first 8 characters.")],
    home: HomeOption = None,
    model: Annotated[str, typer.Option(help="Tesseract's model; none: that of the settings.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Read kept records again, each as a new version; originals stay, and so does what people said.

    Example: luutru reread 1ee0cab3 --model script/Vietnamese
    """
    settings = existing_home(context, home)
    with closing(open_archive(settings)) as archive, rereader(archive, settings, model=model) as read_again:
        for wanted in [access.resolve(archive, text) for text in records]:
            after = read_again(wanted, datetime.now(UTC))
            line = {"record": wanted, "version": access.record(archive, wanted).version}
            put_json({**line, "state": after.state, "run": after.text_run}) if as_json else tell(
                word("reread", **line, state=word(f"state-{after.state}"))
            )
        _follow(context, settings, archive)


@app.command()
def doctor(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Say which outside programs, models and services are there, and how to get what is missing. Runs the sandbox.

    Example: luutru doctor
    """
    settings = settings_for(context, home)
    others = (context.find_root().obj or {}).get(
        "search_checks"
    )  # the reading room's, where it was composed with this room
    report = [*checks.examine(settings), *(others(settings) if others else ())]
    if as_json:
        put_json({"checks": [check.as_json() for check in report], "ok": all(c.ok or c.optional for c in report)})
    else:
        for check in report:
            tell(check.text())
    if not all(check.ok or check.optional for check in report):
        raise typer.Exit(ExitCode.TRY_LATER)


@app.command()
def worker(
    context: typer.Context,
    home: HomeOption = None,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Processes of this worker.")] = 1,
    queues: Annotated[
        str, typer.Option(help="make: packages; accept: hands them to the storage root.")
    ] = "make,accept",
) -> None:
    """Take in what is handed in at the counter of `serve --workers 0`; with a broker, work as a Celery worker.

    Example: luutru worker --concurrency 2 --queues make
    """
    settings = existing_home(context, home)
    if not settings.broker_url:
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        warn(word("worker-stands", count=concurrency))
        stand(settings.model_copy(update={"workers": concurrency}), stopped.is_set)
        return
    raise typer.Exit(run_worker(settings, concurrency=concurrency, queues=queues))
