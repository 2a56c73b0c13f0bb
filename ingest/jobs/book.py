"""The job book: every document offered, where it stands, who holds it, and how long each step took. The only SQL here.

A job is leased, not owned: a lease names its holder and ends by itself, or at once when the holder is known to be
dead. The broker (Celery) only carries job ids; this book decides. SQLite (WAL) or PostgreSQL, the same code.
"""

import json
import os
import socket
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ingest.jobs.desk import jobs_table, open_desk, steps_table, writing
from schemas.errors import NotFoundError, UsageError
from schemas.identifiers import JobId
from schemas.jobs import ENDED, JobState, Stage, may_move
from schemas.words import word


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of the book."""

    id: JobId
    batch: str
    state: JobState
    stage: Stage
    source: str
    received: dict[str, Any]
    attempts: int
    holder: str | None = None
    record: str | None = None
    code: str | None = None
    message: str | None = None
    outcome: dict[str, Any] | None = None
    created_at: str = ""
    ended_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One finished step of one job: wall clock and CPU seconds."""

    job: JobId
    step: Stage
    worker: str
    started_at: float
    ended_at: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a job ends."""

    state: JobState
    record: str | None = None
    code: str | None = None
    message: str | None = None
    outcome: dict[str, Any] = field(default_factory=dict)


def this_process() -> str:
    """Name this process so that others on this machine can tell whether it still lives."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_of(os.getpid())}"


def alive(holder: str) -> bool:
    """Say whether the process that holds a lease may still live; always True for other machines."""
    host, pid, started = holder.rsplit(":", 2)
    return host != socket.gethostname() or _start_of(int(pid)) == started


def _start_of(pid: int) -> str:
    """Give the kernel's start time of a process (clock ticks), "" when there is none; a zombie is dead."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


class JobBook:
    """The book itself. Times are passed in as UTC datetimes."""

    def __init__(self, address: str) -> None:
        """Open the desk database at an SQLAlchemy URL and bring its tables up to date."""
        self._engine = open_desk(address)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _writing(self) -> AbstractContextManager[sa.Connection]:
        return writing(self._engine)

    def add(self, job: Job, *, key: str, now: datetime) -> Job:
        """Write down a received document. When its key is active already, give that job instead (`job.id` differs)."""
        with self._writing() as connection:
            active = connection.execute(sa.select(jobs_table).where(jobs_table.c.active_key == key)).first()
            if active is not None:
                return _job(active)
            _insert(connection, job, now=now, state=job.state, active_key=key)
        return job

    def add_ended(self, job: Job, ending: Ending, *, now: datetime) -> None:
        """Write down a document that was refused before it could become work."""
        with self._writing() as connection:
            _insert(connection, job, now=now, ended_at=now.isoformat(), **_ended(ending))

    def lease(
        self, wanted: JobState, *, holder: str, now: datetime, seconds: float, job: JobId | None = None
    ) -> Job | None:
        """Take the next job in state `wanted` (WAITING or PACKAGED), or just `job`; None when there is none."""
        taken = JobState.WORKING if wanted is JobState.WAITING else JobState.SUBMITTING
        with self._writing() as connection:
            query = sa.select(jobs_table).where(jobs_table.c.state == wanted).order_by(jobs_table.c.number).limit(1)
            row = connection.execute(query if job is None else query.where(jobs_table.c.id == job)).first()
            if row is None:
                return None
            values: dict[str, Any] = {
                "state": taken,
                "holder": holder,
                "lease_until": (now + timedelta(seconds=seconds)).isoformat(),
            }
            if taken is JobState.WORKING:
                values["attempts"] = row.attempts + 1
            connection.execute(jobs_table.update().where(jobs_table.c.id == row.id).values(**values))
            return _job(connection.execute(sa.select(jobs_table).where(jobs_table.c.id == row.id)).one())

    def any_in(self, state: JobState) -> bool:
        """Say whether any job is in a state, without taking a lock."""
        with self._engine.connect() as connection:
            return (
                connection.execute(sa.select(jobs_table.c.id).where(jobs_table.c.state == state).limit(1)).first()
                is not None
            )

    def renew(self, job: JobId, *, holder: str, stage: Stage, now: datetime, seconds: float) -> bool:
        """Give a sign of life and name the step that runs; False when the lease was lost (stop at once)."""
        with self._writing() as connection:
            result = connection.execute(
                jobs_table.update()
                .where(jobs_table.c.id == job, jobs_table.c.holder == holder)
                .values(stage=stage, lease_until=(now + timedelta(seconds=seconds)).isoformat())
            )
            return result.rowcount == 1

    def move(
        self, job: JobId, state: JobState, *, holder: str, message: str | None = None, counted: bool = True
    ) -> bool:
        """Move a held job to a state that is no end (PACKAGED, or back to WAITING); False when the lease was lost.

        Not `counted`: the attempt was cut short by what is no fault of the document (a full disk).
        """
        with self._writing() as connection:
            row = self._held(connection, job, holder)
            if row is None:
                return False
            _check(JobState(row.state), state)
            connection.execute(
                jobs_table.update()
                .where(jobs_table.c.id == job)
                .values(
                    state=state,
                    holder=None,
                    lease_until=None,
                    message=message,
                    attempts=row.attempts if counted else max(row.attempts - 1, 0),
                )
            )
            return True

    def end(self, job: JobId, ending: Ending, *, holder: str, now: datetime) -> bool:
        """End a held job; False when the lease was lost."""
        with self._writing() as connection:
            row = self._held(connection, job, holder)
            if row is None:
                return False
            _check(JobState(row.state), ending.state)
            connection.execute(
                jobs_table.update()
                .where(jobs_table.c.id == job)
                .values(
                    # a failed job keeps its key: it can be tried again, and a second delivery joins it
                    active_key=row.active_key if ending.state is JobState.FAILED else None,
                    holder=None,
                    lease_until=None,
                    ended_at=now.isoformat(),
                    **_ended(ending),
                )
            )
            return True

    def _held(self, connection: sa.Connection, job: JobId, holder: str) -> Any:
        where = (jobs_table.c.id == job, jobs_table.c.holder == holder)
        return connection.execute(sa.select(jobs_table).where(*where)).first()

    def release_lost(self, *, now: datetime) -> int:
        """Give back the jobs whose holder is dead or whose lease has run out; returns how many."""
        back = {JobState.WORKING: JobState.WAITING, JobState.SUBMITTING: JobState.PACKAGED}
        released = 0
        with self._writing() as connection:
            rows = connection.execute(sa.select(jobs_table).where(jobs_table.c.state.in_(list(back)))).all()
            for row in rows:
                if alive(row.holder) and row.lease_until > now.isoformat():
                    continue
                values = {"state": back[JobState(row.state)], "holder": None, "lease_until": None}
                connection.execute(jobs_table.update().where(jobs_table.c.id == row.id).values(**values))
                released += 1
        return released

    def retry(self, job: JobId) -> Job:
        """Put a failed job back to the waiting ones with fresh attempts. Raises NotFoundError, UsageError."""
        with self._writing() as connection:
            row = connection.execute(sa.select(jobs_table).where(jobs_table.c.id == job)).first()
            if row is None:
                raise NotFoundError("N002", word("job-missing", job=job))
            _check(JobState(row.state), JobState.WAITING)
            connection.execute(
                jobs_table.update()
                .where(jobs_table.c.id == job)
                .values(state=JobState.WAITING, attempts=0, code=None, message=None, outcome=None, ended_at=None)
            )
        return self.job(job)

    def job(self, job: JobId) -> Job:
        """Give one job. Raises NotFoundError."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(jobs_table).where(jobs_table.c.id == job)).first()
        if row is None:
            raise NotFoundError("N002", word("job-missing", job=job))
        return _job(row)

    def ended_of(self, jobs: Collection[JobId]) -> tuple[JobId, ...]:
        """Say which of these jobs have ended."""
        ends = [str(state) for state in ENDED]
        query = sa.select(jobs_table.c.id).where(jobs_table.c.id.in_(list(jobs)), jobs_table.c.state.in_(ends))
        with self._engine.connect() as connection:
            return tuple(JobId(row.id) for row in connection.execute(query))

    def jobs(self, *, batch: str | None = None, limit: int = 100_000, ended: bool | None = None) -> tuple[Job, ...]:
        """Give jobs, newest first; of one batch; only ended (True) or only open ones (False)."""
        query = sa.select(jobs_table).order_by(jobs_table.c.number.desc()).limit(limit)
        if batch is not None:
            query = query.where(jobs_table.c.batch == batch)
        if ended is not None:
            states = [s for s in JobState if (s in ENDED) is ended]
            query = query.where(jobs_table.c.state.in_(states))
        with self._engine.connect() as connection:
            return tuple(_job(row) for row in connection.execute(query))

    def counts(self) -> dict[JobState, int]:
        """Count the jobs of every state."""
        query = sa.select(jobs_table.c.state, sa.func.count()).group_by(jobs_table.c.state)
        with self._engine.connect() as connection:
            return {JobState(state): count for state, count in connection.execute(query)}

    def add_steps(self, steps: tuple[Step, ...]) -> None:
        """Write down how long finished steps took."""
        rows = [
            {
                "job": s.job,
                "step": s.step,
                "worker": s.worker,
                "started_at": s.started_at,
                "ended_at": s.ended_at,
                "cpu_seconds": s.cpu_seconds,
            }
            for s in steps
        ]
        if rows:
            with self._writing() as connection:
                connection.execute(steps_table.insert(), rows)

    def steps_of(self, job: JobId) -> tuple[Step, ...]:
        """Give the steps of one job in the order they were written."""
        return self._steps(steps_table.c.job == job)

    def steps(self) -> tuple[Step, ...]:
        """Give all steps in the order they were written."""
        return self._steps(sa.true())

    def _steps(self, wanted: sa.ColumnElement[bool]) -> tuple[Step, ...]:
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(steps_table).where(wanted).order_by(steps_table.c.id)).all()
        return tuple(
            Step(
                job=JobId(r.job),
                step=Stage(r.step),
                worker=r.worker,
                started_at=r.started_at,
                ended_at=r.ended_at,
                cpu_seconds=r.cpu_seconds,
            )
            for r in rows
        )


def _insert(connection: sa.Connection, job: Job, *, now: datetime, **values: Any) -> None:
    """Write a new row, numbered in the order of arrival."""
    last = connection.execute(sa.select(sa.func.coalesce(sa.func.max(jobs_table.c.number), 0))).scalar_one()
    connection.execute(
        jobs_table.insert().values(
            id=job.id,
            number=last + 1,
            batch=job.batch,
            stage=job.stage,
            source=job.source,
            received=json.dumps(job.received, ensure_ascii=False),
            attempts=job.attempts,
            created_at=now.isoformat(),
            **values,
        )
    )


def _ended(ending: Ending) -> dict[str, Any]:
    """Give the columns that say how a job ended."""
    return {
        "state": ending.state,
        "record": ending.record,
        "code": ending.code,
        "message": ending.message,
        "outcome": json.dumps(ending.outcome, ensure_ascii=False),
    }


def _check(old: JobState, new: JobState) -> None:
    if not may_move(old, new):
        raise UsageError("U010", word("job-move", old=word(f"state-{old}"), new=word(f"state-{new}")))


def _job(row: Any) -> Job:
    return Job(
        id=JobId(row.id),
        batch=row.batch,
        state=JobState(row.state),
        stage=Stage(row.stage),
        source=row.source,
        received=json.loads(row.received),
        attempts=row.attempts,
        holder=row.holder,
        record=row.record,
        code=row.code,
        message=row.message,
        outcome=json.loads(row.outcome) if row.outcome else None,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
