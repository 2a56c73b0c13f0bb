"""From an offer to a job: receive the bytes, see whether they are known, write the job down.

Order: bytes copied and fsynced → row in the job book. A crash between leaves a folder without a row, which the next
start removes. Runs in the `ingest` command, which alone reads the offered files and may look into the archive.
"""

import shutil
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.arrangement import Home
from archive.home import Archive
from ingest import submit
from ingest.jobs.book import Ending, Job, JobBook, alive
from ingest.offering.layout import Place
from ingest.offering.offer import NotTaken, Offer, Offered
from ingest.receive import Limits, receive
from ingest.room import is_full, no_room
from schemas.errors import SubmissionError
from schemas.findings import Finding, meaning
from schemas.identifiers import AccessionKey, JobId, RecordId, new_job_id, new_record_id
from schemas.jobs import JobState, Stage
from schemas.packages import Original, accession_key
from schemas.settings import Settings
from schemas.values import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One document taken in: what its job row says of it, and all that the workshop needs to know."""

    record: RecordId
    key: AccessionKey
    fonds: RecordId
    file: RecordId
    received_at: str
    sources: tuple[str, ...]
    originals: tuple[Original, ...]
    register: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of an offer: a job of its own, or the job of the same bytes it joined."""

    job: JobId
    sources: tuple[str, ...]
    joined: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Why an offer was not taken in: its code and sentence."""

    code: str
    reason: str


def job_folder(settings: Settings, job: JobId) -> Path:
    """Give the folder of one job: `in/` received files, `package/` the finished package."""
    return settings.work / "jobs" / job


class Intake:
    """Takes offers in for one batch. `batch` names the process that waits for it."""

    def __init__(self, settings: Settings, archive: Archive, book: JobBook, *, batch: str) -> None:
        """Hold what taking in needs."""
        self._settings, self._archive, self._book, self._batch = settings, archive, book, batch
        self._homes: dict[Place, Home] = {}

    def take(self, offer: Offer, *, now: datetime, job: JobId | None = None) -> Taken:
        """Take one offer in, as `job` where its id is fixed already. Whatever it is, a row says what became of it."""
        job, started = job or new_job_id(), time.monotonic()
        if isinstance(offer, NotTaken):
            return self._refuse(job, offer.source, Told(offer.finding.code, _reason(offer.finding)), now=now)
        folder = job_folder(self._settings, job)
        try:
            limits = Limits(size_bytes=self._settings.size_limit_bytes)
            originals = receive(offer.paths, folder=folder / "in", limits=limits, names=offer.names)
            return self._write_down(offer, originals, job=job, seconds=time.monotonic() - started, now=now)
        except SubmissionError as error:
            shutil.rmtree(folder, ignore_errors=True)
            return self._refuse(job, offer.sources[0], Told(error.code, error.message), now=now)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise (no_room() if is_full(error) else error) from error
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _write_down(
        self, offer: Offered, originals: tuple[Original, ...], *, job: JobId, seconds: float, now: datetime
    ) -> Taken:
        received = self._received(offer, originals, now=now)
        known = submit.known(self._archive, received.key)
        row = self._job(job, offer.sources[0], to_json(received))
        if known is not None:
            shutil.rmtree(job_folder(self._settings, job))
            outcome = duplicate(received.sources, known, seconds=seconds)
            ending = Ending(
                state=JobState.DUPLICATE, record=known, code="P028", message=outcome.reason, outcome=outcome.line()
            )
            self._book.add_ended(row, ending, now=now)
            return Taken(job=job, sources=offer.sources, ended=True)
        written = self._book.add(row, key=received.key, now=now)
        if written.id == job:
            return Taken(job=job, sources=offer.sources)
        shutil.rmtree(job_folder(self._settings, job))
        if written.state is JobState.FAILED:
            self._book.retry(written.id)
        # a job whose own command is gone counts as ours; beside a living command ours is the second delivery
        return Taken(
            job=written.id, sources=offer.sources, joined=written.batch == self._batch or alive_batch(written.batch)
        )

    def _received(self, offer: Offered, originals: tuple[Original, ...], *, now: datetime) -> Received:
        home = self._homes.get(offer.place)
        if home is None:
            home = self._homes[offer.place] = submit.place(self._archive, offer.place, now=now)
        digests = tuple(o.sha512 for o in originals)
        return Received(
            record=new_record_id(),
            key=accession_key(digests, extent=None, fonds=home.fonds, file=home.file),
            fonds=home.fonds,
            file=home.file,
            received_at=now.isoformat(),
            sources=offer.sources,
            originals=originals,
            register=offer.register,
        )

    def _job(self, job: JobId, source: str, received: dict[str, Any]) -> Job:
        return Job(
            id=job,
            batch=self._batch,
            state=JobState.WAITING,
            stage=Stage.RECEIVE,
            source=source,
            received=received,
            attempts=0,
        )

    def _refuse(self, job: JobId, source: str, told: Told, *, now: datetime) -> Taken:
        outcome = Outcome(sources=(source,), state=JobState.REFUSED, reason=told.reason, findings=(told.code,)).line()
        ending = Ending(state=JobState.REFUSED, code=told.code, message=told.reason, outcome=outcome)
        self._book.add_ended(self._job(job, source, {}), ending, now=now)
        return Taken(job=job, sources=(source,), ended=True)


def _reason(finding: Finding) -> str:
    return meaning(finding.code) + (f" ({finding.detail})" if finding.detail else "")


def alive_batch(batch: str) -> bool:
    """Say whether the command that waits for a batch still lives; batches are `<process>:<anything>`."""
    return alive(batch.rsplit(":", 1)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one document ended, as `ingest --json` prints it."""

    sources: tuple[str, ...]
    state: JobState
    record: str | None = None
    reason: str | None = None
    pages: int = 0
    seconds: float = 0.0
    pdfa: dict[str, Any] | None = None
    findings: tuple[str, ...] = ()

    def line(self) -> dict[str, Any]:
        """Give the JSON of the command; a document of several files names them all."""
        line: dict[str, Any] = {
            "source": self.sources[0],
            "state": str(self.state),
            "record": self.record,
            "reason": self.reason,
            "pages": self.pages,
            "seconds": round(self.seconds, 2),
            "pdfa": self.pdfa,
            "findings": list(self.findings),
        }
        return line if len(self.sources) == 1 else {**line, "sources": list(self.sources)}


def duplicate(sources: tuple[str, ...], record: str | None, *, seconds: float = 0.0) -> Outcome:
    """Give the outcome of bytes that are kept already."""
    return Outcome(
        sources=sources,
        state=JobState.DUPLICATE,
        record=record,
        reason=meaning("P028"),
        seconds=seconds,
        findings=("P028",),
    )


def sweep(settings: Settings, book: JobBook) -> int:
    """Remove job folders that no open or failed job names (residue of crashes); returns how many."""
    folder = settings.work / "jobs"
    if not folder.is_dir():
        return 0
    known = {job.id for job in book.jobs(ended=False)} | {
        j.id for j in book.jobs(ended=True) if j.state is JobState.FAILED
    }
    removed = 0
    for path in folder.iterdir():
        if path.name not in known and path.stat().st_mtime < time.time() - _SWEEP_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
    return removed


_SWEEP_SECONDS = 3600.0  # another command may be receiving right now and not have written its row yet
