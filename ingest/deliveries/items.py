"""The documents of deliveries: each has its line, and the id of its job, before it is taken in.

So a delivery that was cut short by a crash goes on where it stood: a line whose job is in the book is not taken again.
Also who is on duty: the one process that takes in what was handed in at the counter.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ingest.jobs.book import alive
from ingest.jobs.desk import deliveries_table, duty_table, items_table, jobs_table, open_desk, writing
from schemas.desk import DeliveryState, ItemRow, Wanted
from schemas.findings import FINDINGS, Severity
from schemas.identifiers import JobId, new_job_id
from schemas.jobs import JobState, Stage

IN_LINE = "in-line"
DUTY_SECONDS = 60.0  # without a sign of life, after which another process may take over
_KEPT = (JobState.ARCHIVED, JobState.REVIEW, JobState.DUPLICATE, JobState.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is to be taken in: the uploads of one document in order, or the code of why there is none."""

    source: str
    uploads: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    place: Mapping[str, str] | None = None
    refusal: str = ""

    def as_json(self) -> str:
        """Give what is written down."""
        told = {"uploads": self.uploads, "sources": self.sources, "names": self.names, "place": self.place}
        return json.dumps({**told, "refusal": self.refusal})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a delivery with its job."""

    delivery: str
    number: int
    job: JobId
    line: Line


def _state() -> sa.ColumnElement[Any]:
    """Say in SQL where an item stands: what came second is a duplicate of the record that the first became."""
    kept = jobs_table.c.state.in_([str(JobState.ARCHIVED), str(JobState.REVIEW)])
    return sa.case(
        (sa.and_(items_table.c.joined, kept), str(JobState.DUPLICATE)),
        else_=sa.func.coalesce(jobs_table.c.state, IN_LINE),
    )


_JOINED = items_table.outerjoin(jobs_table, jobs_table.c.id == items_table.c.job)
_JOB_COLUMNS = tuple(each for each in jobs_table.c if each.name not in {"number", "source"})
_SEEN = sa.or_(jobs_table.c.id.is_not(None), items_table.c.offer != "")  # a command that died leaves a line of nothing


class Items:
    """The lines themselves."""

    def __init__(self, address: str) -> None:
        """Open the desk database at an SQLAlchemy URL."""
        self._engine = open_desk(address)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def sort_in(self, delivery: str, lines: Iterable[Line]) -> None:
        """Give every document of a closed delivery its line and job, in one act; again is harmless."""
        table = deliveries_table
        with writing(self._engine) as connection:
            moved = connection.execute(
                table.update()
                .where(table.c.id == delivery, table.c.state == DeliveryState.CLOSED)
                .values(state=DeliveryState.SORTED)
            )
            if not moved.rowcount:
                return
            rows = [
                {
                    "delivery": delivery,
                    "number": number,
                    "source": line.source,
                    "offer": line.as_json(),
                    "job": new_job_id(),
                    "joined": False,
                    "taken": False,
                    "kept": not line.refusal,
                }
                for number, line in enumerate(lines, start=1)
            ]
            if rows:
                connection.execute(items_table.insert(), rows)

    def note(self, delivery: str, source: str, job: JobId) -> int:
        """Write down what a command takes in itself; gives the line's number."""
        table = items_table
        with writing(self._engine) as connection:
            last = sa.select(sa.func.coalesce(sa.func.max(table.c.number), 0)).where(table.c.delivery == delivery)
            number = int(connection.scalar(last) or 0) + 1
            values = {"delivery": delivery, "number": number, "source": source, "offer": "", "job": job}
            connection.execute(table.insert().values(**values, joined=False, taken=True, kept=False))
        return number

    def next_untaken(self, delivery: str) -> Item | None:
        """Give the first line of a delivery that was not taken in yet."""
        table = items_table
        query = sa.select(table).where(table.c.delivery == delivery, table.c.taken.is_(False))
        with self._engine.connect() as connection:
            row = connection.execute(query.order_by(table.c.number).limit(1)).first()
        return None if row is None else _item(row)

    def with_untaken(self) -> tuple[str, ...]:
        """Name the deliveries that have lines not taken in yet, the oldest first."""
        table = items_table
        query = (
            sa.select(deliveries_table.c.id)
            .where(deliveries_table.c.id.in_(sa.select(table.c.delivery).where(table.c.taken.is_(False))))
            .order_by(deliveries_table.c.number)
        )
        with self._engine.connect() as connection:
            return tuple(connection.scalars(query))

    def took(self, delivery: str, number: int, *, job: JobId, joined: bool) -> None:
        """Say that a line was taken in, as this job."""
        self._change(delivery, number, job=job, joined=joined, taken=True)

    def let_go(self, delivery: str, number: int) -> None:
        """Say that the files of a line need not be looked after any more."""
        self._change(delivery, number, kept=False)

    def _change(self, delivery: str, number: int, **values: Any) -> None:
        table = items_table
        with writing(self._engine) as connection:
            connection.execute(
                table.update().where(table.c.delivery == delivery, table.c.number == number).values(**values)
            )

    def kept_and_ended(self, *, limit: int) -> tuple[tuple[Item, JobState, str | None], ...]:
        """Give lines whose files lie at the counter although their jobs have ended well or for good."""
        query = (
            sa.select(items_table, jobs_table.c.state, jobs_table.c.record)
            .select_from(_JOINED)
            .where(items_table.c.kept, items_table.c.taken, jobs_table.c.state.in_([str(s) for s in _KEPT]))
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return tuple((_item(row), JobState(row.state), row.record) for row in connection.execute(query))

    def counts(self, deliveries: Collection[str]) -> dict[str, dict[str, int]]:
        """Count the documents of deliveries by where they stand."""
        state = _state()
        query = (
            sa.select(items_table.c.delivery, state, sa.func.count())
            .select_from(_JOINED)
            .where(items_table.c.delivery.in_(list(deliveries)), _SEEN)
            .group_by(items_table.c.delivery, state)
        )
        counts: dict[str, dict[str, int]] = {}
        with self._engine.connect() as connection:
            for delivery, name, number in connection.execute(query):
                counts.setdefault(delivery, {})[name] = int(number)
        return counts

    def rows(self, delivery: str, wanted: Wanted) -> tuple[ItemRow, ...]:
        """List the documents of a delivery in their order."""
        state = _state()
        query = (
            sa.select(items_table.c.number, items_table.c.source, state.label("where"), *_JOB_COLUMNS)
            .select_from(_JOINED)
            .where(items_table.c.delivery == delivery, _SEEN)
        )
        if wanted.state:
            query = query.where(state == wanted.state)
        query = query.order_by(items_table.c.number).limit(wanted.limit).offset(wanted.skip)
        with self._engine.connect() as connection:
            return tuple(_row(row) for row in connection.execute(query).mappings())

    def failed(self, delivery: str, numbers: Collection[int]) -> tuple[JobId, ...]:
        """Name the failed jobs of a delivery, of these lines or of all."""
        query = (
            sa.select(jobs_table.c.id)
            .select_from(_JOINED)
            .where(items_table.c.delivery == delivery, jobs_table.c.state == JobState.FAILED)
        )
        if numbers:
            query = query.where(items_table.c.number.in_(list(numbers)))
        with self._engine.connect() as connection:
            return tuple(JobId(job) for job in connection.scalars(query))

    def waiting(self) -> tuple[JobId, ...]:
        """Name the jobs that wait for a worker."""
        with self._engine.connect() as connection:
            query = sa.select(jobs_table.c.id).where(jobs_table.c.state == JobState.WAITING)
            return tuple(JobId(job) for job in connection.scalars(query))

    def take_duty(self, holder: str, *, now: datetime) -> bool:
        """Go on duty at the counter, or stay there; False while another process is."""
        name, values = "counter", {"holder": holder, "seen_at": now.isoformat()}
        with writing(self._engine) as connection:
            row = connection.execute(sa.select(duty_table).where(duty_table.c.name == name)).first()
            if row is None:
                connection.execute(duty_table.insert().values(name=name, **values))
            elif row.holder != holder and _on_duty(row, now):
                return False
            else:
                connection.execute(duty_table.update().where(duty_table.c.name == name).values(**values))
        return True

    def on_duty(self, *, now: datetime) -> bool:
        """Say whether a process is on duty."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(duty_table).where(duty_table.c.name == "counter")).first()
        return row is not None and _on_duty(row, now)


def _on_duty(row: Any, now: datetime) -> bool:
    return alive(row.holder) and now - datetime.fromisoformat(row.seen_at) < timedelta(seconds=DUTY_SECONDS)


def _item(row: Any) -> Item:
    told = json.loads(row.offer)
    line = Line(
        source=row.source,
        uploads=tuple(told["uploads"]),
        sources=tuple(told["sources"]),
        names=tuple(told["names"]),
        place=told["place"],
        refusal=told["refusal"],
    )
    return Item(delivery=row.delivery, number=row.number, job=JobId(row.job), line=line)


def _row(row: sa.RowMapping) -> ItemRow:
    state = None if row["where"] == IN_LINE else JobState(row["where"])
    if state is None:
        return ItemRow(number=row["number"], source=row["source"], state=None)
    outcome = json.loads(row["outcome"]) if row["outcome"] else {}
    return ItemRow(
        number=row["number"],
        source=row["source"],
        state=state,
        stage=Stage(row["stage"]),
        job=JobId(row["id"]),
        at=row["ended_at"] or row["created_at"],
        attempts=row["attempts"],
        pages=outcome.get("pages"),
        record=row["record"],
        codes=_codes(state, row["code"], outcome.get("findings", ())),
        message=row["message"],
    )


def _codes(state: JobState, code: str | None, findings: Iterable[str]) -> tuple[str, ...]:
    """Give the codes that say why: all that made a person look, else the one that ended it."""
    if state is JobState.DUPLICATE:
        return ("P028",)
    if state is JobState.REVIEW:
        look = [each for each in findings if each in FINDINGS and FINDINGS[each].severity is Severity.REVIEW]
        return tuple(dict.fromkeys(look))
    return () if code is None else (code,)
