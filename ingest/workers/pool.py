"""The workers of one machine: processes that lease jobs from the job book until they are told to stop.

Forked before any database is opened. A worker dies with the command that started it, and its sandboxed programs die
with it; what it held goes back to the book by itself.
"""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

from ingest.jobs.book import JobBook, this_process
from ingest.parsing.workshop import Workshop
from ingest.workers.work import Crash, Desk, make, no_crash
from schemas.errors import TryLaterError
from schemas.identifiers import JobId
from schemas.jobs import JobState
from schemas.settings import Settings

_PR_SET_PDEATHSIG = 1
_IDLE_SECONDS = 0.05
_NO_ROOM_SECONDS = 1.0
_CONTEXT = get_context("fork")


class PoolWorkers:
    """As many worker processes as the settings say. One that dies is replaced."""

    def __init__(self, settings: Settings, *, border: Crash = no_crash) -> None:
        """Start the workers."""
        self._settings, self._border = settings, border
        self._stop: Any = _CONTEXT.Event()
        self._processes = [self._start() for _ in range(settings.workers)]

    def call(self, jobs: Iterable[JobId]) -> None:
        """Do nothing: these workers look into the job book themselves."""

    def _start(self) -> BaseProcess:
        process = _CONTEXT.Process(target=_work, args=(self._settings, self._stop, os.getpid(), self._border))
        process.start()
        return process

    def mend(self) -> int:
        """Replace workers that died; returns how many."""
        died = 0
        for index, process in enumerate(self._processes):
            if not process.is_alive():
                process.join()
                self._processes[index] = self._start()
                died += 1
        return died

    def close(self, *, seconds: float = 30.0) -> None:
        """Tell the workers to stop after their present job; end them by force after a while."""
        self._stop.set()
        deadline = time.monotonic() + seconds
        for process in self._processes:
            process.join(max(deadline - time.monotonic(), 0.0))
            if process.is_alive():
                process.kill()
                process.join()


def _work(settings: Settings, stop: Any, parent: int, border: Crash) -> None:
    """Be one worker."""
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command itself is told, and stops us
    work_until(settings, stop.is_set, border=border)


def work_until(settings: Settings, stopped: Callable[[], bool], *, border: Crash = no_crash) -> None:
    """Lease and work until told to stop; jobs that nobody wants to take now are looked for again soon."""
    book = JobBook(settings.desk_address())
    desk = Desk(book=book, holder=this_process(), settings=settings, border=border)
    workshop = Workshop(settings, folder=settings.work / "exchange" / str(os.getpid()))
    try:
        while not stopped():
            if not _make_one(desk, workshop):
                time.sleep(_IDLE_SECONDS)
    finally:
        workshop.close()
        book.close()


def _make_one(desk: Desk, workshop: Workshop) -> bool:
    """Make the package of the next job; False when there is none, or no room to write that down."""
    try:
        job = desk.lease(JobState.WAITING)
        if job is None:
            return False
        make(job, desk=desk, workshop=workshop)
    except TryLaterError:
        time.sleep(_NO_ROOM_SECONDS)
        return False
    return True


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when the one that started it dies (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
