"""The job book: leases, moves, second deliveries. The same tests run on SQLite and, where asked, on PostgreSQL."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.jobs.book import Ending, Job, JobBook, Step, alive, this_process
from schemas.errors import NotFoundError, UsageError
from schemas.identifiers import JobId
from schemas.jobs import JobState, Stage

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ME = this_process()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JobBook]:
    if request.param == "postgresql":
        address = request.getfixturevalue("postgresql_address")
    else:
        address = f"sqlite:///{tmp_path / 'desk.db'}"
    opened = JobBook(address)
    yield opened
    opened.close()


def a_job(name: str) -> Job:
    return Job(
        id=JobId(name),
        batch="b",
        state=JobState.WAITING,
        stage=Stage.RECEIVE,
        source=f"{name}.pdf",
        received={},
        attempts=0,
    )


def lease(book: JobBook, wanted: JobState = JobState.WAITING, holder: str = ME) -> Job | None:
    return book.lease(wanted, holder=holder, now=NOW, seconds=60)


def test_a_second_delivery_of_the_same_bytes_joins_the_first(book: JobBook) -> None:
    assert book.add(a_job("one"), key="k", now=NOW).id == "one"
    assert book.add(a_job("two"), key="k", now=NOW).id == "one"
    assert [job.id for job in book.jobs()] == ["one"]


def test_the_key_is_free_again_once_the_job_has_ended(book: JobBook) -> None:
    book.add(a_job("one"), key="k", now=NOW)
    lease(book)
    book.move(JobId("one"), JobState.PACKAGED, holder=ME)
    lease(book, JobState.PACKAGED)
    assert book.end(JobId("one"), Ending(state=JobState.ARCHIVED, record="r"), holder=ME, now=NOW)
    assert book.add(a_job("two"), key="k", now=NOW).id == "two"


def test_one_job_is_leased_once(book: JobBook) -> None:
    book.add(a_job("one"), key="k", now=NOW)
    taken = lease(book)
    assert taken is not None
    assert (taken.state, taken.attempts) == (JobState.WORKING, 1)
    assert lease(book, holder="other:1:1") is None


def test_the_oldest_job_comes_first(book: JobBook) -> None:
    for name in ("b", "a", "c"):
        book.add(a_job(name), key=name, now=NOW)
    assert [taken.id for taken in (lease(book), lease(book), lease(book)) if taken] == ["b", "a", "c"]


def test_who_lost_the_lease_can_change_nothing(book: JobBook) -> None:
    book.add(a_job("one"), key="k", now=NOW)
    lease(book)
    assert not book.move(JobId("one"), JobState.PACKAGED, holder="other:1:1")
    assert not book.end(JobId("one"), Ending(state=JobState.FAILED), holder="other:1:1", now=NOW)
    assert not book.renew(JobId("one"), holder="other:1:1", stage=Stage.CONVERT, now=NOW, seconds=1)
    assert book.renew(JobId("one"), holder=ME, stage=Stage.CONVERT, now=NOW, seconds=1)
    assert book.job(JobId("one")).stage is Stage.CONVERT


def test_a_lease_ends_with_its_time_or_with_its_holder(book: JobBook) -> None:
    host = ME.split(":", maxsplit=1)[0]
    for name, holder in (("mine", ME), ("dead", f"{host}:999999:1"), ("far", "elsewhere:1:1")):
        book.add(a_job(name), key=name, now=NOW)
        lease(book, holder=holder)
    assert book.release_lost(now=NOW) == 1
    assert book.job(JobId("dead")).state is JobState.WAITING
    assert book.release_lost(now=NOW + timedelta(seconds=61)) == 2


def test_a_failed_job_can_be_tried_again_and_no_other(book: JobBook) -> None:
    book.add(a_job("one"), key="k", now=NOW)
    lease(book)
    book.end(JobId("one"), Ending(state=JobState.FAILED, code="T101", message="hung"), holder=ME, now=NOW)
    assert book.retry(JobId("one")).state is JobState.WAITING
    with pytest.raises(UsageError) as error:
        book.retry(JobId("one"))
    assert error.value.code == "U010"
    with pytest.raises(NotFoundError):
        book.retry(JobId("none"))


def test_the_times_of_steps_are_kept(book: JobBook) -> None:
    step = Step(job=JobId("one"), step=Stage.RECOGNISE, worker=ME, started_at=1.0, ended_at=3.5, cpu_seconds=2.0)
    book.add_steps((step,))
    assert book.steps() == book.steps_of(JobId("one")) == (step,)
    assert book.steps_of(JobId("two")) == ()


def test_a_process_knows_that_it_lives() -> None:
    assert alive(ME)
    assert not alive(ME + "0")
    assert alive("elsewhere:1:1"), "of other machines nobody can say"
    assert os.getpid() == int(ME.split(":")[1])
