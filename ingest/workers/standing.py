"""The standing workers: take in what was handed in at the counter, as long as `serve` (or `worker`) runs.

One process is on duty for a home: it sorts closed deliveries, takes their documents in turn, hands packages in and
clears the counter; its workers make the packages. Killed at any moment, the next one goes on where it stood.
"""

import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from archive.home import Archive, open_archive
from ingest.deliveries.items import Item
from ingest.deliveries.sorting import Sorter
from ingest.intake import Intake, sweep
from ingest.jobs.book import JobBook, this_process
from ingest.parsing.workshop import Workshop
from ingest.workers.batch import Workers
from ingest.workers.pool import PoolWorkers, die_with_parent
from ingest.workers.tasks import BrokerWorkers
from ingest.workers.work import Desk, hand_in
from schemas.errors import LuutruError, NotFoundError, TryLaterError
from schemas.identifiers import JobId
from schemas.jobs import JobState
from schemas.settings import Settings

_IDLE_SECONDS = 0.2
_DUTY_SECONDS = 15.0  # between two signs of life
_MEND_SECONDS = 1.0
_CLEAR_SECONDS = 2.0
_EXPIRE_SECONDS = 3600.0
_CALL_SECONDS = 60.0  # after which a waiting job is told to the broker again
_TROUBLE_SECONDS = 5.0
_AHEAD = 4  # documents taken in ahead, for each worker

log = logging.getLogger(__name__)


class Standing:
    """One process on duty."""

    def __init__(self, settings: Settings, archive: Archive, workers: Workers) -> None:
        """Open the desk."""
        self._settings, self._archive, self._workers = settings, archive, workers
        self._book = JobBook(settings.desk_address())
        self._bench: Workshop | None = None
        self._sorter = Sorter(settings, self._workshop)
        self._intake = Intake(settings, archive, self._book, batch=f"{this_process()}:counter")
        self._desk = Desk(book=self._book, holder=this_process(), settings=settings)
        self._last: dict[str, float] = {}
        self._called: dict[JobId, float] = {}
        self._turn = ""  # the delivery of which a document was taken last

    def close(self) -> None:
        """Close all that was opened."""
        if self._bench is not None:
            self._bench.close()
        self._sorter.close()
        self._book.close()

    def _workshop(self) -> Workshop:
        if self._bench is None:
            self._bench = Workshop(self._settings, folder=self._settings.work / "exchange" / f"counter-{os.getpid()}")
        return self._bench

    def run(self, stopped: Callable[[], bool]) -> None:
        """Work until told to stop; trouble is logged and tried again."""
        while not stopped():
            try:
                worked = self.look()
            except TryLaterError as error:
                log.warning("the counter waits: %s %s", error.code, error.message)
                time.sleep(_TROUBLE_SECONDS)
            except (LuutruError, OSError):
                log.exception("the counter is in trouble")
                time.sleep(_TROUBLE_SECONDS)
            else:
                if not worked:
                    time.sleep(_IDLE_SECONDS)

    def look(self) -> bool:
        """Do what there is to do now; False when there was nothing, or another process is on duty."""
        now = datetime.now(UTC)
        if self._due("duty", _DUTY_SECONDS) and not self._sorter.items.take_duty(self._desk.holder, now=now):
            self._last["duty"] = 0.0
            return False
        handed_in = self._hand_in()
        if self._due("mend", _MEND_SECONDS):
            self._workers.mend()
            self._book.release_lost(now=now)
            self._call()
            self._sorter.sort_closed(now=now)
        if self._due("expire", _EXPIRE_SECONDS):
            sweep(self._settings, self._book)
            self._sorter.expire(now=now)
        if self._due("clear", _CLEAR_SECONDS):
            self._sorter.clear(self._archive)
        return self._take_next(now) or handed_in

    def _due(self, name: str, seconds: float) -> bool:
        if time.monotonic() - self._last.get(name, -seconds) < seconds:
            return False
        self._last[name] = time.monotonic()
        return True

    def _call(self) -> None:
        """Tell the workers of waiting jobs, again after a while: a broker may have lost one."""
        waiting, now = self._sorter.items.waiting(), time.monotonic()
        fresh = [job for job in waiting if now - self._called.get(job, -_CALL_SECONDS) >= _CALL_SECONDS]
        self._workers.call(fresh)
        self._called = {job: self._called.get(job, now) if job not in fresh else now for job in waiting}

    def _hand_in(self) -> bool:
        job = self._desk.lease(JobState.PACKAGED)
        if job is None:
            return False
        hand_in(job, desk=self._desk, archive=self._archive)
        return True

    def _take_next(self, now: datetime) -> bool:
        """Take one document in, of each delivery in turn, a little ahead of the workers."""
        if len(self._sorter.items.waiting()) >= _AHEAD * self._settings.workers:
            return False
        deliveries = self._sorter.items.with_untaken()
        if not deliveries:
            return False
        self._turn = next((each for each in deliveries if each > self._turn), min(deliveries))
        item = self._sorter.items.next_untaken(self._turn)
        if item is not None:
            self._take(item, now)
        return True

    def _take(self, item: Item, now: datetime) -> None:
        """Take one document in, unless its job is in the book already (a crash came before that was written down)."""
        try:
            self._book.job(item.job)
        except NotFoundError:
            taken = self._intake.take(self._sorter.offer(item), now=now, job=item.job)
            self._sorter.items.took(item.delivery, item.number, job=taken.job, joined=taken.job != item.job)
        else:
            self._sorter.items.took(item.delivery, item.number, job=item.job, joined=False)


def stand(settings: Settings, stopped: Callable[[], bool]) -> None:
    """Be on duty in this process until told to stop; forks the workers first."""
    with ExitStack() as opened:
        workers: Workers = BrokerWorkers(settings) if settings.broker_url else PoolWorkers(settings)
        opened.callback(workers.close)
        archive = opened.enter_context(closing(open_archive(settings)))
        standing = opened.enter_context(closing(Standing(settings, archive, workers)))
        standing.run(stopped)


def _be_on_duty(settings: Settings, ended: Callable[[], bool], parent: int) -> None:
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command itself is told, and stops us
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    stand(settings, ended)


def start_standing(settings: Settings, count: int) -> Callable[[], None]:
    """Start a process on duty with so many workers; gives what ends it. Call it before any database is opened."""
    if not count:
        return _nothing
    context = get_context("fork")
    stop = context.Event()
    staffed = settings.model_copy(update={"workers": count})
    Path(settings.work).mkdir(parents=True, exist_ok=True)
    process = context.Process(target=_be_on_duty, args=(staffed, stop.is_set, os.getpid()), name="counter")
    process.start()

    def end() -> None:
        stop.set()
        process.join(40)
        if process.is_alive():
            process.kill()
            process.join()

    return end


def _nothing() -> None:
    """End nothing: no process was started."""
