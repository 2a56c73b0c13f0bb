"""The clock was set back: nothing gets a line before its time, work waits and goes on by itself when it is right."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive import access, arrangement
from archive.arrangement import Place
from archive.home import open_archive
from ingest.jobs.book import JobBook
from ingest.offering.layout import parse_layout
from ingest.offering.offer import offers
from ingest.workers import batch
from ingest.workers.batch import Batch
from ingest.workers.pool import PoolWorkers
from schemas.errors import TryLaterError
from schemas.settings import load
from tests.path.bad_files import text
from tests.path.command import answer_of, lines_of, luutru

pytestmark = pytest.mark.slow
TOLERATED_SECONDS = 60


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    for number in range(2):
        text(number)(tmp_path / "files" / f"{number}.txt")
    return tmp_path / "files"


def a_line_of_the_future(home: Path, seconds: float) -> None:
    """Let the journal's last line be that far ahead of the clock, as if the clock had been set back."""
    with open_archive(load(home)) as archive:
        then = datetime.now(UTC) + timedelta(seconds=seconds)
        arrangement.ensure(archive, Place(fonds="SYT"), actor="system", now=then)


def test_a_clock_a_little_behind_gives_the_last_time_again(files: Path, tmp_path: Path) -> None:
    luutru(tmp_path / "home", "init")
    a_line_of_the_future(tmp_path / "home", TOLERATED_SECONDS - 5)
    *_, last = lines_of(tmp_path / "home", "ingest", str(files), "--quiet")
    assert last["summary"]["archived"] == 2
    journal = (tmp_path / "home" / "storage" / "journal").rglob("*")
    lines = [json.loads(line) for path in journal if path.is_file() for line in path.read_bytes().splitlines()]
    times = [line["time"] for line in sorted(lines, key=lambda line: int(line["seq"]))]
    assert times == sorted(times)
    assert answer_of(tmp_path / "home", "verify")["problems"] == []


def test_a_clock_far_behind_is_waited_for(files: Path, tmp_path: Path) -> None:
    luutru(tmp_path / "home", "init")
    a_line_of_the_future(tmp_path / "home", TOLERATED_SECONDS + 20)
    *documents, last = lines_of(tmp_path / "home", "ingest", str(files), "--quiet")
    assert last["summary"]["archived"] == len(documents) == 2
    assert last["summary"]["seconds"] > 10, "it went on before the clock was right"
    assert answer_of(tmp_path / "home", "verify")["problems"] == []


def test_a_clock_that_stays_wrong_ends_the_command_and_jobs_keep_their_attempts(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_WAIT_SECONDS", 3.0)
    home = tmp_path / "home"
    luutru(home, "init")
    *_, first = lines_of(home, "ingest", str(files / "0.txt"), "--quiet")
    assert first["summary"]["archived"] == 1
    a_line_of_the_future(home, 3600)
    settings = load(home)
    workers, book = PoolWorkers(settings), JobBook(settings.desk_address())
    with open_archive(settings) as archive:
        run = Batch(settings=settings, archive=archive, book=book, workers=workers, report=lambda _line: None)
        with pytest.raises(TryLaterError) as told:
            run.run(offers(files / "1.txt", layout=parse_layout("")))
        workers.close()
        assert told.value.code == "T010"
        assert told.value.exit_code == 5
        assert len(access.list_records(archive)) == 1, "reading goes on"
    (job,) = book.jobs(ended=False)
    assert job.attempts == 1
    book.close()
