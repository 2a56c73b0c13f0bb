"""The work on one leased job: make the package, hand it in, and write down how it ended.

`make` runs in a worker, which never opens the storage root. `hand_in` runs where it may be opened. Both are safe to
repeat: a document that stopped is started again from its untouched original in an empty folder.
"""

import json
import shutil
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.home import Archive
from ingest import submit
from ingest.intake import Outcome, Received, job_folder
from ingest.jobs.book import Ending, Job, JobBook, Step
from ingest.parsing.workshop import Workshop
from ingest.pipeline import Held, digitise
from ingest.room import NO_ROOM, check_room, is_full, no_room
from schemas.errors import LuutruError, ProgramError, SubmissionError, TryLaterError
from schemas.findings import FINDINGS, Severity, meaning
from schemas.jobs import JobState, Stage
from schemas.packages import Package
from schemas.settings import Settings
from schemas.values import from_json
from schemas.words import word

_ROOM = 3  # times the size of the originals that the work on them may take on the disk
_NO_ROOM_SECONDS = 1.0
_DEATHS = 5  # of workers that may have been killed over one job before it is taken for the reason
Crash = Callable[[str], None]  # called at every step border; fault tests kill the process there


def no_crash(_border: str) -> None:
    """Go on: what happens at a border outside of fault tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where one process does its work: the book, its own name as the holder of leases, the settings."""

    book: JobBook
    holder: str
    settings: Settings
    border: Crash = no_crash

    def lease(self, wanted: JobState, job: Job | None = None) -> Job | None:
        """Take the next job in a state, or just this one."""
        if job is None and not self.book.any_in(wanted):
            return None
        return self.book.lease(
            wanted,
            holder=self.holder,
            now=datetime.now(UTC),
            seconds=self.settings.lease_seconds,
            job=None if job is None else job.id,
        )

    def end(self, job: Job, outcome: Outcome, *, code: str | None) -> None:
        """End a job that this process holds."""
        ending = Ending(
            state=outcome.state, record=outcome.record, code=code, message=outcome.reason, outcome=outcome.line()
        )
        self.book.end(job.id, ending, holder=self.holder, now=datetime.now(UTC))


class StepClock:
    """Writes down when each step of a job began and ended and what CPU it took."""

    def __init__(self, job: Job, desk: Desk, *, cpu_seconds: Callable[[], float]) -> None:
        """Start with the first step still to be named."""
        self._job, self._desk, self._cpu = job, desk, cpu_seconds
        self._stage: Stage | None = None
        self._since = (0.0, 0.0)
        self.steps: list[Step] = []

    @property
    def stage(self) -> Stage:
        """The step that runs now."""
        return self._stage or Stage.RECEIVE

    def tell(self, stage: Stage) -> None:
        """End the running step and begin `stage`."""
        self.end()
        self._desk.border(f"before {stage}")
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
                worker=self._desk.holder,
                started_at=began,
                ended_at=time.time(),
                cpu_seconds=self._cpu() - cpu,
            )
        )
        self._desk.border(f"after {self._stage}")
        self._stage = None


@contextmanager
def _lease_kept(clock: StepClock, job: Job, desk: Desk) -> Iterator[None]:
    """Renew the lease from a thread of its own while the block runs."""
    done, seconds = threading.Event(), desk.settings.lease_seconds

    def renew() -> None:
        while not done.wait(seconds / 3):
            desk.book.renew(job.id, holder=desk.holder, stage=clock.stage, now=datetime.now(UTC), seconds=seconds)

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def make(job: Job, *, desk: Desk, workshop: Workshop) -> None:
    """Make the package of one leased job, and move the job on: packaged, refused, waiting again, or failed."""
    clock = StepClock(job, desk, cpu_seconds=lambda: workshop.cpu_seconds)
    received = from_json(Received, job.received)
    try:
        with _lease_kept(clock, job, desk):
            made = _made(job, received, desk=desk, workshop=workshop, clock=clock)
    except SubmissionError as error:
        _refuse(job, received, (error.code,), error.message, desk=desk)
    except Exception as error:  # the outermost line of a task: what stops a document must not stop the worker
        _stopped(job, received, _told(error), desk=desk)
    else:
        if isinstance(made, Held):
            _refuse(job, received, tuple(f.code for f in made.findings), made.reason, desk=desk)
        else:
            desk.book.move(job.id, JobState.PACKAGED, holder=desk.holder)
    desk.book.add_steps(tuple(clock.steps))


def _made(job: Job, received: Received, *, desk: Desk, workshop: Workshop, clock: StepClock) -> Package | Held:
    """Make the package where there is room for it; what a full disk cut short is no result."""
    if job.attempts > desk.settings.attempts + _DEATHS:
        raise ProgramError("T107", word("worker-lost"))
    check_room(desk.settings.work, _ROOM * sum(original.size_bytes for original in received.originals))
    last = job.attempts >= desk.settings.attempts
    folder = job_folder(desk.settings, job.id)
    made = digitise(received, folder=folder, workshop=workshop, tell=clock.tell, last=last)
    check_room(desk.settings.work)
    clock.end()
    return made


def _told(error: Exception) -> LuutruError:
    """Give any error as one of ours; one that nobody foresaw is a bug, told on stderr."""
    if isinstance(error, LuutruError):
        return error
    if isinstance(error, OSError) and is_full(error):
        return no_room()
    traceback.print_exception(error)
    return LuutruError("B001", word("bug", error=type(error).__name__))


def _refuse(job: Job, received: Received, codes: tuple[str, ...], reason: str, *, desk: Desk) -> None:
    """Hold a document apart: its bytes go to quarantine, outside the storage root, unindexed and unshown."""
    folder, kept = job_folder(desk.settings, job.id), desk.settings.quarantine / job.id
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_dir() and not kept.exists():
        folder.rename(kept)
    refusals = [c for c in codes if c in FINDINGS and FINDINGS[c].severity is Severity.REFUSE]
    outcome = Outcome(sources=received.sources, state=JobState.REFUSED, reason=reason, findings=codes)
    desk.end(job, outcome, code=(refusals or list(codes))[0])


def _stopped(job: Job, received: Received, error: LuutruError, *, desk: Desk) -> None:
    """Put a job back to the waiting ones, or end it as failed after its last attempt; a full disk costs none."""
    if error.code == NO_ROOM:
        desk.book.move(job.id, JobState.WAITING, holder=desk.holder, message=error.message, counted=False)
        time.sleep(_NO_ROOM_SECONDS)
    elif job.attempts < desk.settings.attempts:
        desk.book.move(job.id, JobState.WAITING, holder=desk.holder, message=error.message)
    else:
        outcome = Outcome(sources=received.sources, state=JobState.FAILED, reason=error.message)
        desk.end(job, outcome, code=error.code)


def hand_in(job: Job, *, desk: Desk, archive: Archive) -> None:
    """Carry one finished package through the archive's door and end its job.

    Raises TryLaterError when the archive cannot take anything now (full disk, clock set back); the job waits on.
    """
    folder = job_folder(desk.settings, job.id)
    clock = StepClock(job, desk, cpu_seconds=time.process_time)
    clock.tell(Stage.SUBMIT)
    try:
        accepted = submit.submit(folder / "package", archive, now=datetime.now(UTC))
    except Exception as error:  # the outermost line of a task: the batch goes on
        told, received = _told(error), from_json(Received, job.received)
        if isinstance(told, TryLaterError):
            desk.book.move(job.id, JobState.PACKAGED, holder=desk.holder)
            raise told from error
        outcome = Outcome(sources=received.sources, state=JobState.FAILED, reason=told.message)
        desk.end(job, outcome, code=told.code)
        return
    clock.end()
    package = from_json(Package, json.loads((folder / "package" / "package.json").read_bytes()))
    seconds = sum(s.ended_at - s.started_at for s in (*desk.book.steps_of(job.id), *clock.steps))
    look = [f for f in package.findings if f.severity is Severity.REVIEW]
    desk.end(job, _outcome(package, record=accepted.record, seconds=seconds), code=look[0].code if look else None)
    desk.book.add_steps(tuple(clock.steps))
    desk.border("before removal")
    shutil.rmtree(folder, ignore_errors=True)


def _outcome(package: Package, *, record: str, seconds: float) -> Outcome:
    """Say how an accepted package ended; accepted by an attempt that died before it could say so is no duplicate."""
    state = JobState(package.state) if record == package.record else JobState.DUPLICATE
    look = [meaning(f.code) for f in package.findings if f.severity is Severity.REVIEW]
    body = next((r for r in package.renditions if r.path is not None), None)
    pdfa = None
    if body is not None:
        pdfa = {"role": str(body.role), "flavour": body.flavour, "valid": body.valid, "reason": body.reason}
    return Outcome(
        sources=package.sources,
        state=state,
        record=record,
        reason="; ".join(dict.fromkeys(look)) or None,
        pages=sum(p.pages for p in package.parts),
        seconds=seconds,
        pdfa=pdfa,
        findings=tuple(dict.fromkeys(f.code for f in package.findings)),
    )
