"""The disk is full: nothing is lost or doubled, jobs keep their attempts, and work goes on by itself with room again."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archive import access
from archive.home import open_archive
from ingest.jobs.book import JobBook
from schemas.settings import load
from tests.faults.places import resize, small_disk
from tests.path.bad_files import encoded, text
from tests.path.command import answer_of, lines_of, luutru

pytestmark = pytest.mark.slow
MEGABYTE = 1 << 20
DOCUMENTS = 6


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(DOCUMENTS - 1):
        text(number)(folder / f"{number}.txt")
    (folder / "quét.png").write_bytes(encoded("PNG"))
    return folder


@contextmanager
def running(home: Path, files: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `ingest` beside the test."""
    command = [sys.executable, "-m", "luutru", "--home", str(home), "ingest", str(files), "--json", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[bytes]) -> list[dict[str, Any]]:
    output, said = process.communicate(timeout=300)
    assert process.returncode in (0, 3), said
    return [json.loads(line) for line in output.splitlines()]


def wait_until_it_waits(home: Path) -> None:
    """Wait until the book is there and nothing has changed in it for a while."""
    last, since, deadline = "", time.monotonic(), time.monotonic() + 120
    while time.monotonic() < deadline:
        time.sleep(0.5)
        now = luutru(home, "jobs", "--json").stdout
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > 6:
            return
    pytest.fail("it never came to rest")


def assert_each_once(home: Path) -> None:
    with open_archive(load(home)) as archive:
        assert len(access.list_records(archive)) == DOCUMENTS
    assert answer_of(home, "verify")["problems"] == []
    book = JobBook(load(home).desk_address())
    assert {job.state for job in book.jobs()} == {"archived"}
    assert max(job.attempts for job in book.jobs()) == 1
    book.close()


def test_a_full_work_disk_is_waited_for(files: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    luutru(home, "init")
    with small_disk(home / "work", 40 * MEGABYTE), running(home, files) as process:
        wait_until_it_waits(home)
        assert process.poll() is None
        resize(home / "work", 300 * MEGABYTE)
        *documents, last = ended(process)
        assert last["summary"]["archived"] == len(documents) == DOCUMENTS
        assert_each_once(home)


def test_a_storage_disk_that_fills_up_in_the_middle_is_waited_for(files: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    luutru(home, "init")
    storage = home / "storage"
    kept = tmp_path / "storage"
    storage.rename(kept)
    with small_disk(storage, 400_000):
        subprocess.run(["cp", "-a", f"{kept}/.", str(storage)], check=True)
        with running(home, files) as process:
            wait_until_it_waits(home)
            assert process.poll() is None
            with open_archive(load(home)) as archive:
                assert len(access.list_records(archive)) < DOCUMENTS
            resize(storage, 300 * MEGABYTE)
            *documents, last = ended(process)
        assert last["summary"]["archived"] == len(documents) == DOCUMENTS
        assert_each_once(home)


def test_a_disk_that_stays_full_ends_the_command_and_the_next_one_goes_on(files: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with small_disk(home, 60 * MEGABYTE):
        luutru(home, "init")
        done = luutru(home, "ingest", str(files), "--json", "--quiet")
        assert done.returncode == 5, done.stderr
        assert json.loads(done.stdout.splitlines()[-1])["error"]["code"] == "T012"
        resize(home, 400 * MEGABYTE)
        *_, last = lines_of(home, "ingest", str(files), "--quiet")
        assert last["summary"]["archived"] == DOCUMENTS
        assert_each_once(home)
