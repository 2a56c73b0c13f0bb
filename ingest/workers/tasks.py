"""The same jobs as Celery tasks, for more machines: one task, one job id; the lease and attempts stay in the job book.

Acknowledged late and rejected when a worker is lost, so a task may be delivered twice: the lease decides who works.
JSON only, nothing is returned, no chords, no ETA. RabbitMQ quorum queues
or Redis; on Redis a task lost with its machine comes back by the job book, not by the visibility timeout.
"""

from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown
from kombu import Queue

from archive.home import Archive, open_archive
from ingest.jobs.book import JobBook, this_process
from ingest.parsing.workshop import Workshop
from ingest.workers.work import Desk, hand_in, make
from schemas.errors import TryLaterError
from schemas.identifiers import JobId
from schemas.jobs import JobState
from schemas.settings import Settings, load

_HARD_SECONDS = 3600  # longest task; the lease is renewed while it runs
_QUEUES = ("make", "accept")
_NEXT = {JobState.PACKAGED: ("luutru.accept", "accept"), JobState.WAITING: ("luutru.make", "make")}


def broker(settings: Settings) -> Celery:
    """Make the Celery application of one home."""
    app = Celery("luutru", broker=settings.broker_url, set_as_current=False)
    quorum = settings.broker_url.startswith("amqp")
    arguments = {"x-queue-type": "quorum"} if quorum else None
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_time_limit=_HARD_SECONDS,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=500,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"confirm_publish": True} if quorum else {"visibility_timeout": 2 * _HARD_SECONDS},
        task_queues=[Queue(name, routing_key=name, queue_arguments=arguments) for name in _QUEUES],
        task_routes={"luutru.make": {"queue": "make"}, "luutru.accept": {"queue": "accept"}},
        worker_enable_remote_control=False,
    )
    app.task(name="luutru.make")(make_job)
    app.task(name="luutru.accept")(accept_job)
    return app


class BrokerWorkers:
    """Workers behind a broker: they are told of jobs by id; `Batch` hands packages in itself when it comes first."""

    def __init__(self, settings: Settings) -> None:
        """Connect."""
        self._app = broker(settings)

    def call(self, jobs: Iterable[JobId]) -> None:
        """Send one task for each job."""
        for job in jobs:
            self._app.send_task("luutru.make", args=[job], queue="make")

    def mend(self) -> int:
        """Do nothing: other machines look after their workers; lost leases come back by the job book."""
        return 0

    def close(self) -> None:
        """Close the connection."""
        self._app.close()


class _Process:
    """What one worker process holds between tasks; opened at its first task."""

    home: Path | None = None
    workshop: Workshop | None = None

    def close(self) -> None:
        """End the kept programs."""
        if self.workshop is not None:
            self.workshop.close()
            self.workshop = None


_process = _Process()


@cache
def _settings() -> Settings:
    return load(_process.home)


@cache
def _book() -> JobBook:
    return JobBook(_settings().desk_address())


@cache
def _archive() -> Archive:
    return open_archive(_settings())


def _desk() -> Desk:
    return Desk(book=_book(), holder=this_process(), settings=_settings())


def make_job(job: str) -> None:
    """Make the package of one job, if nobody else holds it; then send on what follows."""
    desk, settings = _desk(), _settings()
    leased = desk.lease(JobState.WAITING, desk.book.job(JobId(job)))
    if leased is None:
        return
    if _process.workshop is None:
        name = desk.holder.replace(":", "-")
        _process.workshop = Workshop(settings, folder=settings.work / "exchange" / name)
    make(leased, desk=desk, workshop=_process.workshop)
    state = desk.book.job(JobId(job)).state
    if state in _NEXT:
        name, queue = _NEXT[state]
        broker(settings).send_task(name, args=[job], queue=queue)


def accept_job(job: str) -> None:
    """Hand one finished package in, if nobody else does."""
    desk = _desk()
    leased = desk.lease(JobState.PACKAGED, desk.book.job(JobId(job)))
    if leased is not None:
        with suppress(TryLaterError):  # the job stays packaged; the waiting `ingest`, or the next task, hands it in
            hand_in(leased, desk=desk, archive=_archive())


def run_worker(settings: Settings, *, concurrency: int, queues: str) -> int:
    """Be a Celery worker until told to stop."""
    _process.home = settings.home
    worker_process_init.connect(_forget)
    worker_process_shutdown.connect(_close)
    app = broker(settings)
    app.worker_main(
        [
            *("worker", "--loglevel", "warning", "--pool", "prefork", "--concurrency", str(concurrency)),
            *("--queues", queues, "--without-gossip", "--without-mingle"),
            *("--hostname", f"{this_process().replace(':', '-')}@%h"),
        ]
    )
    return 0


def _forget(**_: Any) -> None:
    """Drop what was opened before the fork."""
    for opened in (_settings, _book, _archive):
        opened.cache_clear()


def _close(**_: Any) -> None:
    _process.close()
