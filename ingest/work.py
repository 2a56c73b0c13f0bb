"""The work on one leased job: make the package, hand it in, and write down how it ended.

`make` runs in a worker, which never opens the storage root. `hand_in` runs where it may be opened. Both are safe to
repeat: a document that stopped is started again from its untouched original in an empty folder.
"""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from archive.home import Archive
from ingest import submit
from ingest.intake import Received, job_folder, outcome_line
from ingest.jobs import Ending, Job, JobBook, Step
from ingest.pipeline import Held, digitise
from ingest.workshop import Workshop
from schemas.errors import LuutruError, SubmissionError, TryLaterError
from schemas.findings import FINDINGS, Severity
from schemas.identifiers import JobId
from schemas.jobs import JobState, Stage
from schemas.packages import Package
from schemas.settings import Settings
from schemas.values import from_json

Crash = Callable[[str], None]  # called at every step border; fault tests kill the process there


def no_crash(_border: str) -> None:
    """Go on: what happens at a border outside of fault tests."""


class StepClock:
    """Writes down when each step began and ended, tells the job book, and keeps the lease alive."""

    def __init__(self, job: Job, book: JobBook, workshop: Workshop | None, *, holder: str, border: Crash) -> None:
        """Start with the first step still to be named."""
        self._job, self._book, self._workshop, self._holder, self._border = job, book, workshop, holder, border
        self._stage: Stage | None = None
        self._since = (0.0, 0.0)
        self.steps: list[Step] = []

    def tell(self, stage: Stage) -> None:
        """End the running step and begin `stage`."""
        self.end()
        self._border(f"before {stage}")
        self._stage, self._since = stage, (time.time(), self._cpu())

    def end(self) -> None:
        """End the running step."""
        if self._stage is None:
            return
        began, cpu = self._since
        self.steps.append(
            Step(
                job=self._job.id,
                step=self._stage,
                worker=self._holder,
                started_at=began,
                ended_at=time.time(),
                cpu_seconds=self._cpu() - cpu,
            )
        )
        self._border(f"after {self._stage}")
        self._stage = None

    def _cpu(self) -> float:
        return self._workshop.cpu_seconds if self._workshop else time.process_time()

    @property
    def stage(self) -> Stage:
        """The step that runs now."""
        return self._stage or Stage.RECEIVE


@contextmanager
def _lease_kept(clock: StepClock, job: Job, book: JobBook, *, holder: str, seconds: float) -> Iterator[None]:
    """Renew the lease from a thread of its own while the block runs."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(seconds / 3):
            book.renew(job.id, holder=holder, stage=clock.stage, now=datetime.now(UTC), seconds=seconds)

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def make(job: Job, *, book: JobBook, workshop: Workshop, holder: str, border: Crash = no_crash) -> None:
    """Make the package of one leased job, and move the job on: packaged, refused, waiting again, or failed."""
    settings = workshop.settings
    clock = StepClock(job, book, workshop, holder=holder, border=border)
    folder = job_folder(settings, job.id)
    received = from_json(Received, job.received)
    try:
        with _lease_kept(clock, job, book, holder=holder, seconds=settings.lease_seconds):
            made = digitise(received, folder=folder, workshop=workshop, tell=clock.tell)
            clock.end()
    except SubmissionError as error:
        _refuse(job, received, (error.code,), error.message, book=book, holder=holder, settings=settings)
    except LuutruError as error:
        _try_again(job, received, error, book=book, holder=holder, settings=settings)
    else:
        if isinstance(made, Held):
            codes = tuple(f.code for f in made.findings)
            _refuse(job, received, codes, made.reason, book=book, holder=holder, settings=settings)
        else:
            book.move(job.id, JobState.PACKAGED, holder=holder)
    book.add_steps(tuple(clock.steps))


def _refuse(
    job: Job, received: Received, codes: tuple[str, ...], reason: str, *, book: JobBook, holder: str, settings: Settings
) -> None:
    """Hold a document apart: its bytes go to quarantine, outside the storage root, unindexed and unshown."""
    folder, kept = job_folder(settings, job.id), settings.quarantine / job.id
    kept.parent.mkdir(parents=True, exist_ok=True)
    if folder.is_dir() and not kept.exists():
        folder.rename(kept)
    outcome = outcome_line(received.sources, state=JobState.REFUSED, reason=reason, findings=codes)
    code = next((c for c in codes if c in FINDINGS and FINDINGS[c].severity is Severity.REFUSE), codes[0])
    ending = Ending(state=JobState.REFUSED, code=code, message=reason, outcome=outcome)
    book.end(job.id, ending, holder=holder, now=datetime.now(UTC))


def _try_again(job: Job, received: Received, error: LuutruError, *, book: JobBook, holder: str, settings: Settings) -> None:
    """Put a job back to the waiting ones, or end it as failed after its last attempt."""
    if job.attempts < settings.attempts:
        book.move(job.id, JobState.WAITING, holder=holder, message=error.message)
        return
    outcome = outcome_line(received.sources, state=JobState.FAILED, reason=error.message, findings=())
    ending = Ending(state=JobState.FAILED, code=error.code, message=error.message, outcome=outcome)
    book.end(job.id, ending, holder=holder, now=datetime.now(UTC))


def hand_in(job: Job, *, book: JobBook, archive: Archive, settings: Settings, holder: str, border: Crash = no_crash) -> None:
    """Carry one finished package through the archive's door and end its job.

    Raises TryLaterError when the archive cannot take anything now (full disk, clock set back); the job waits on.
    """
    folder = job_folder(settings, job.id)
    clock = StepClock(job, book, None, holder=holder, border=border)
    clock.tell(Stage.SUBMIT)
    try:
        accepted = submit.submit(folder / "package", archive, now=datetime.now(UTC))
    except TryLaterError:
        book.move(job.id, JobState.PACKAGED, holder=holder)
        raise
    except LuutruError as error:
        received = from_json(Received, job.received)
        outcome = outcome_line(received.sources, state=JobState.FAILED, reason=error.message)
        ending = Ending(state=JobState.FAILED, code=error.code, message=error.message, outcome=outcome)
        book.end(job.id, ending, holder=holder, now=datetime.now(UTC))
        return
    clock.end()
    package = from_json(Package, json.loads((folder / "package" / "package.json").read_bytes()))
    # a package accepted by an attempt that died before it could say so is no second delivery
    own = accepted.record == package.record
    seconds = sum(s.ended_at - s.started_at for s in (*book.steps_of(job.id), *clock.steps))
    ending = _ending(job.id, package, record=accepted.record, duplicate=not own, seconds=seconds)
    book.end(job.id, ending, holder=holder, now=datetime.now(UTC))
    book.add_steps(tuple(clock.steps))
    border("before removal")
    shutil.rmtree(folder, ignore_errors=True)


def _ending(job: JobId, package: Package, *, record: str, duplicate: bool, seconds: float) -> Ending:
    state = JobState.DUPLICATE if duplicate else JobState(package.state)
    codes = tuple(dict.fromkeys(f.code for f in package.findings))
    look = [f for f in package.findings if f.severity is Severity.REVIEW]
    reason = "; ".join(dict.fromkeys(FINDINGS[f.code].vi for f in look)) or None
    body = next((r for r in package.renditions if r.part == "0001"), None)
    pdfa = None
    if body is not None and body.path is not None:
        pdfa = {"role": str(body.role), "flavour": body.flavour, "valid": body.valid, "reason": body.reason}
    outcome = outcome_line(
        package.sources,
        state=state,
        record=record,
        reason=reason,
        pages=sum(p.pages for p in package.parts),
        seconds=seconds,
        pdfa=pdfa,
        findings=codes,
    )
    code = look[0].code if look else None
    return Ending(state=state, record=record, code=code, message=reason, outcome=outcome)
