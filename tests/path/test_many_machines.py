"""A folder taken in by two Celery workers over PostgreSQL and Redis, one of which is killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive import access
from archive.home import open_archive
from ingest.jobs.book import JobBook
from schemas.settings import Settings, load

pytestmark = pytest.mark.slow
DOCUMENTS = 24


@pytest.fixture
def settings(tmp_path: Path, postgresql_address: str, redis_address: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("LUUTRU_CATALOGUE_URL", postgresql_address)
    monkeypatch.setenv("LUUTRU_DESK_URL", postgresql_address)
    monkeypatch.setenv("LUUTRU_BROKER_URL", redis_address)
    luutru(tmp_path / "home", "init")
    return load(tmp_path / "home")


def luutru(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "luutru", "--home", str(home), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)


def start(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, as on a machine of its own."""
    command = [sys.executable, "-m", "luutru", "--home", str(home), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)


def test_a_killed_worker_loses_and_doubles_nothing(settings: Settings, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for number in range(DOCUMENTS):
        (files / f"{number}.txt").write_text(f"Số: {number}/UBND-VP\nVề việc thứ {number}\n" * 40, encoding="utf-8")
    workers = [start(settings.home, "worker", "--concurrency", "1") for _ in range(2)]
    batch = start(settings.home, "ingest", str(files), "--json", "--quiet")
    try:
        kill_in_the_middle(workers[0], settings)
        output, _ = batch.communicate(timeout=240)
    finally:
        for process in (*workers, batch):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    lines = [json.loads(line) for line in output.splitlines()]
    assert lines[-1]["summary"]["archived"] == DOCUMENTS, lines
    assert {line["source"] for line in lines[:-1]} == {f"{n}.txt" for n in range(DOCUMENTS)}
    with open_archive(settings) as archive:
        assert len({row.id for row in access.list_records(archive)}) == DOCUMENTS
    assert json.loads(luutru(settings.home, "verify", "--json").stdout)["problems"] == []


def kill_in_the_middle(worker: subprocess.Popen[bytes], settings: Settings) -> None:
    """Wait until the worker holds a job, then kill it and everything it started."""
    book = JobBook(settings.desk_address())
    deadline = time.monotonic() + 120
    try:
        while time.monotonic() < deadline:
            held = [job.holder or "" for job in book.jobs(ended=False)]
            if any(child_of(worker.pid, int(holder.split(":")[1])) for holder in held if holder):
                break
            time.sleep(0.01)
        else:
            pytest.fail("the worker took no job")
    finally:
        book.close()
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def child_of(parent: int, pid: int) -> bool:
    try:
        return os.getpgid(pid) == parent
    except ProcessLookupError:
        return False
