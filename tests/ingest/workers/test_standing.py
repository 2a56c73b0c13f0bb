"""Who takes in what was handed in: killed again and again, it loses nothing and takes nothing twice."""

import hashlib
import io
import random
import subprocess
import sys
import time
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive import access
from archive.home import init, open_archive
from ingest.deliveries.counter import UploadCounter
from schemas.desk import Announced, Piece, Wanted
from schemas.jobs import JobState
from schemas.settings import Settings

ROOT = Path(__file__).parents[3]
DOCUMENTS = 40
KILLS = 6

pytestmark = pytest.mark.slow


def test_killed_again_and_again_it_takes_everything_in_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    init(settings, now=datetime.now(UTC)).close()
    counter = UploadCounter(settings)
    contents = [f"Số: {number}/QĐ-UBND\nVề việc khen thưởng\n".encode() for number in range(DOCUMENTS)]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for number, content in enumerate(contents[20:]):
            made.writestr(f"hộp/{number}.txt", content)
    files = {f"{number}.txt": content for number, content in enumerate(contents[:20])}
    batch = _hand_in(counter, {**files, "hộp.zip": packed.getvalue(), "trùng.txt": contents[0]})
    dice = random.Random(11)
    for _ in range(KILLS):
        worker = _worker(settings)
        time.sleep(dice.uniform(1.0, 5.0))
        worker.kill()
        worker.wait()
    worker = _worker(settings)
    deadline = time.monotonic() + 300
    while not _done(counter, batch) or any(settings.uploads.rglob("*")):
        assert time.monotonic() < deadline, counter.delivery(batch)
        assert worker.poll() is None
        time.sleep(0.5)
    assert counter.staffed(now=datetime.now(UTC))
    worker.terminate()
    assert worker.wait(timeout=60) == 0
    assert not counter.staffed(now=datetime.now(UTC))
    assert counter.delivery(batch).counts == {JobState.ARCHIVED: DOCUMENTS, JobState.DUPLICATE: 1}
    assert len(counter.items(batch, Wanted(limit=1000))) == DOCUMENTS + 1
    with open_archive(settings, writable=False) as archive:
        kept: Counter[str] = Counter()
        for row in access.list_records(archive):
            kept.update(original.sha256 for original in access.package(archive, row.id).originals)
    assert kept == Counter(hashlib.sha256(content).hexdigest() for content in contents)
    counter.close_desk()


def _worker(settings: Settings) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(ROOT / "luutru.py"), "--home", str(settings.home), "worker"]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def _hand_in(counter: UploadCounter, files: dict[str, bytes]) -> str:
    now = datetime.now(UTC)
    batch = counter.open("", now=now).id
    for name, content in files.items():
        upload = counter.announce(batch, Announced(name=name, size_bytes=len(content)), now=now)
        counter.write(upload, Piece(offset=0, content=io.BytesIO(content), size_bytes=len(content)), now=now)
    counter.close(batch, fonds="", file="", now=now)
    return batch


def _done(counter: UploadCounter, batch: str) -> bool:
    return sum(counter.delivery(batch).counts.values()) == DOCUMENTS + 1 and not any(
        row.state in {JobState.WAITING, JobState.WORKING, JobState.PACKAGED, JobState.SUBMITTING}
        for row in counter.items(batch, Wanted(limit=1000))
    )
