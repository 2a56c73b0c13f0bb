"""One batch in this process: offers in, packages through the door, one line out for each document."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive import access
from archive.home import Archive, init
from ingest.intake import Intake, Outcome, job_folder, sweep
from ingest.jobs.book import Ending, JobBook, this_process
from ingest.jobs.desk import open_desk
from ingest.offering.layout import Layout
from ingest.offering.offer import offers
from ingest.parsing.workshop import Workshop
from ingest.pipeline import Held, digitise
from ingest.reading import read_file
from ingest.room import check_room
from ingest.submit import known
from ingest.workers.batch import Batch
from ingest.workers.pool import PoolWorkers
from ingest.workers.work import Desk, hand_in, make
from schemas.errors import TryLaterError
from schemas.findings import meaning
from schemas.jobs import JobState
from schemas.settings import Settings, load

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(tmp_path / "home").model_copy(update={"workers": 1})


@pytest.fixture
def archive(settings: Settings) -> Iterator[Archive]:
    with init(settings, now=NOW) as opened:
        yield opened


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "1.txt").write_text("Số: 5/QĐ-UBND\nVề việc khen thưởng\n", encoding="utf-8")
    (folder / "2.txt").write_bytes((folder / "1.txt").read_bytes())
    (folder / "3.txt").touch()
    return folder


@pytest.mark.slow
def test_documents_in_are_documents_out(settings: Settings, files: Path) -> None:
    init(settings, now=NOW).close()
    workers = PoolWorkers(settings)
    book = JobBook(settings.desk_address())
    lines: list[dict[str, Any]] = []
    with init(settings, now=NOW) as archive:
        batch = Batch(settings=settings, archive=archive, book=book, workers=workers, report=lines.append)
        summary = batch.run(offers(files, layout=Layout()))
        records = access.list_records(archive)
    workers.close()
    book.close()
    assert {line["source"]: line["state"] for line in lines} == {
        "1.txt": "archived",
        "2.txt": "duplicate",
        "3.txt": "refused",
    }
    assert (summary["documents"], summary["archived"], summary["pages"]) == (3, 1, 1)
    (second,) = (line for line in lines if line["state"] == "duplicate")
    assert (second["findings"], second["reason"]) == (["P028"], meaning("P028"))
    assert [row.id for row in records] == [next(line["record"] for line in lines if line["state"] == "archived")]
    assert not list((settings.work / "jobs").iterdir())


@pytest.mark.slow
def test_a_package_is_made_by_a_worker_and_handed_in_by_another(
    settings: Settings, archive: Archive, files: Path
) -> None:
    book = JobBook(settings.desk_address())
    desk = Desk(book=book, holder=this_process(), settings=settings)
    (offer, *_) = offers(files, layout=Layout())
    taken = Intake(settings, archive, book, batch=f"{this_process()}:x").take(offer, now=NOW)
    workshop = Workshop(settings, folder=settings.work / "exchange" / "1")
    job = desk.lease(JobState.WAITING)
    assert job is not None
    make(job, desk=desk, workshop=workshop)
    workshop.close()
    assert book.job(taken.job).state is JobState.PACKAGED
    assert (job_folder(settings, taken.job) / "package" / "package.json").is_file()
    packaged = desk.lease(JobState.PACKAGED)
    assert packaged is not None
    hand_in(packaged, desk=desk, archive=archive)
    ended = book.job(taken.job)
    assert ended.state is JobState.ARCHIVED
    assert known(archive, archive.catalogue.records()[0].accession_key) == ended.record
    book.close()


@pytest.mark.slow
def test_reading_keeps_nothing(settings: Settings, files: Path) -> None:
    answer = read_file(files / "1.txt", settings)
    assert (answer["pages"], answer["kind"], answer["fields"]["number"]["value"]) == (1, "text", "5/QĐ-UBND")
    assert answer["fields"]["signer"] is None
    assert not settings.storage.exists()
    assert digitise.__doc__
    assert Held(findings=()).reason == ""


def test_an_outcome_names_all_files_of_a_document() -> None:
    one = Outcome(sources=("a.jpg",), state=JobState.ARCHIVED).line()
    two = Outcome(sources=("a.jpg", "b.jpg"), state=JobState.ARCHIVED).line()
    assert "sources" not in one
    assert two["sources"] == ["a.jpg", "b.jpg"]


def test_folders_of_no_job_are_swept_when_they_are_old(settings: Settings, archive: Archive) -> None:
    assert archive.settings == settings
    book = JobBook(settings.desk_address())
    stray = settings.work / "jobs" / "stray"
    stray.mkdir(parents=True)
    assert sweep(settings, book) == 0, "another command may be about to write its row"
    assert stray.is_dir()
    book.close()


def test_the_desk_opens_twice(settings: Settings) -> None:
    settings.home.mkdir()
    for _ in range(2):
        open_desk(settings.desk_address()).dispose()
    assert Ending(state=JobState.FAILED).outcome == {}


def test_a_full_disk_is_told_before_work_begins(tmp_path: Path) -> None:
    check_room(tmp_path)
    with pytest.raises(TryLaterError) as error:
        check_room(tmp_path, 1 << 60)
    assert error.value.code == "T012"
