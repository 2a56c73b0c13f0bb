"""One `luutru ingest`: offers in, workers busy, packages through the door, one line out for each document.

Receives only a little ahead of the workers, hands finished packages in (this process may open the storage root), and
ends when every document offered has ended. Work that a dead command left behind is finished too.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from archive.home import Archive
from ingest.deliveries.command import CommandDelivery
from ingest.intake import Intake, Taken, alive_batch, duplicate, sweep
from ingest.jobs.book import Job, JobBook, this_process
from ingest.offering.offer import Offer
from ingest.room import check_room
from ingest.workers.work import Crash, Desk, hand_in, no_crash
from schemas.errors import TryLaterError
from schemas.identifiers import JobId
from schemas.jobs import ENDED, JobState
from schemas.settings import Settings

_AHEAD = 4  # documents received ahead, for each worker
_IDLE_SECONDS = 0.1
_MEND_SECONDS = 1.0
_WAIT_SECONDS = 120.0  # how long a full disk or a wrong clock is waited for before the command gives up
Report = Callable[[dict[str, Any]], None]


class Workers(Protocol):
    """Who makes packages: a pool of this machine, or Celery workers behind a broker."""

    def call(self, jobs: Iterable[JobId]) -> None:
        """Tell them of new or returned jobs."""

    def mend(self) -> int:
        """Replace those that died."""

    def close(self) -> None:
        """Stop them."""


@dataclass(slots=True)
class Batch:
    """A running `ingest` command."""

    settings: Settings
    archive: Archive
    book: JobBook
    workers: Workers
    report: Report
    border: Crash = no_crash
    name: str = field(default_factory=lambda: f"{this_process()}:{uuid.uuid4().hex[:8]}")
    _open: dict[JobId, list[Taken]] = field(default_factory=dict)
    _reported: set[JobId] = field(default_factory=set)
    _mended: float = 0.0
    _full_since: float | None = None
    _leftovers: set[JobId] = field(default_factory=set)
    totals: dict[str, int] = field(default_factory=dict)

    def run(self, offers: Iterable[Offer]) -> dict[str, Any]:
        """Carry all offers to their end; returns the summary of commands.md."""
        started = time.monotonic()
        self.book.release_lost(now=datetime.now(UTC))
        sweep(self.settings, self.book)
        self._leftovers = {job.id for job in self.book.jobs(ended=False) if not alive_batch(job.batch)}
        self.workers.call(self._leftovers)
        waiting = self._take(offers)
        exhausted = False
        while not (exhausted and not self._open and not self._leftovers):
            if not exhausted and self._ahead() < _AHEAD * self.settings.workers:
                exhausted = next(waiting, None) is None
                worked = True
            else:
                worked = False
            worked = self._hand_in() or worked
            self._look(worked=worked)
        counts = self.totals
        return {
            "documents": sum(counts.get(s, 0) for s in ENDED),
            **{
                str(s): counts.get(s, 0)
                for s in (JobState.ARCHIVED, JobState.REVIEW, JobState.DUPLICATE, JobState.REFUSED, JobState.FAILED)
            },
            "pages": counts.get("pages", 0),
            "seconds": round(time.monotonic() - started, 2),
        }

    def _take(self, offers: Iterable[Offer]) -> Iterator[Taken]:
        intake = Intake(self.settings, self.archive, self.book, batch=self.name)
        with closing(CommandDelivery(self.settings)) as delivery:
            for offer in offers:
                job = delivery.note(offer, now=datetime.now(UTC))
                taken: Taken = self._patiently(
                    lambda offer=offer, job=job: intake.take(offer, now=datetime.now(UTC), job=job)  # type: ignore[misc]
                )
                delivery.took(taken)
                if taken.ended:
                    self._tell(self.book.job(taken.job), taken)
                else:
                    self._open.setdefault(taken.job, []).append(taken)
                    self.workers.call([taken.job])
                self.border("received")
                yield taken

    def _ahead(self) -> int:
        return len(self._open)

    def _hand_in(self) -> bool:
        """Carry one finished package through the door, if there is one."""
        desk = Desk(book=self.book, holder=this_process(), settings=self.settings, border=self.border)
        job = desk.lease(JobState.PACKAGED)
        if job is None:
            return False

        def attempt() -> bool:
            """Hand in; after a wait the job must be leased again, unless somebody else was quicker."""
            mine = self.book.job(job.id).holder == desk.holder or desk.lease(JobState.PACKAGED, job) is not None
            if mine:
                hand_in(job, desk=desk, archive=self.archive)
            return True

        return bool(self._patiently(attempt))

    def _patiently(self, act: Callable[[], Any]) -> Any:
        """Try again while the disk is full or the clock is wrong; jobs keep their attempts. Raises TryLaterError."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                return act()
            except TryLaterError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1.0)

    def _look(self, *, worked: bool) -> None:
        """Report what ended, replace dead workers, give their jobs back."""
        for job_id in self.book.ended_of([*self._open, *self._leftovers]):
            self._leftovers.discard(job_id)
            job = self.book.job(job_id)
            for taken in self._open.pop(job_id, []):
                self._tell(job, taken)
        now = time.monotonic()
        if now - self._mended > _MEND_SECONDS:
            self._mended = now
            self.workers.mend()
            if self.book.release_lost(now=datetime.now(UTC)):
                self.workers.call([*self._open, *self._leftovers])
        if not worked:
            self._look_for_room()
            time.sleep(_IDLE_SECONDS)

    def _look_for_room(self) -> None:
        """Give up when the disk has been full for long: the jobs wait for the next command. Raises TryLaterError."""
        try:
            check_room(self.settings.work)
            self._full_since = None
        except TryLaterError:
            self._full_since = self._full_since or time.monotonic()
            if time.monotonic() - self._full_since > _WAIT_SECONDS:
                raise

    def _tell(self, job: Job, taken: Taken) -> None:
        """Report one document: the first delivery by its job's own end, every other one as its duplicate."""
        line = dict(job.outcome or {})
        line["source"] = taken.sources[0]
        second = taken.joined or job.id in self._reported
        if second and job.state in (JobState.ARCHIVED, JobState.REVIEW):
            line = duplicate(taken.sources, job.record).line()
        self._reported.add(job.id)
        state = JobState(line["state"])
        self.totals[state] = self.totals.get(state, 0) + 1
        self.totals["pages"] = self.totals.get("pages", 0) + line["pages"]
        with suppress(BrokenPipeError):
            self.report(line)
