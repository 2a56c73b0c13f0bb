"""`luutru bench faults`: kill -9 at every step border and at random moments; then look whether anything was lost.

After each kill `luutru ingest` is simply run again. Documents in = documents out, each once, `verify` clean.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archive import access
from archive.home import Archive, open_archive
from ingest.jobs.book import JobBook
from ingest.offering.layout import parse_layout
from ingest.offering.offer import offers
from ingest.workers.batch import Batch
from ingest.workers.pool import PoolWorkers
from ingest.workers.work import Crash
from schemas.identifiers import RecordId
from schemas.settings import load

_LONGEST_SECONDS = 300.0
_SEED = 20261123
_ENVIRONMENT = {**os.environ, "LUUTRU_WORKERS": "1"}
_DRIVER = "import sys; from ingest.benches.faults import drive; drive(*sys.argv[1:])"


def measure(*, kills: int = 200, seed: int = _SEED, files: Path | None = None) -> dict[str, Any]:
    """Kill at every border and `kills` times at random moments; gives counts and what was found wrong."""
    with tempfile.TemporaryDirectory(prefix="luutru-faults-") as name:
        place = Path(name)
        source = files or sample_files(place / "files")
        borders = borders_of_a_run(place / "clean", source)
        wrong: list[str] = []
        for border in borders:
            wrong += [f"{border}: {fault}" for fault in killed_at(border, place / "home", source)]
        seconds = _seconds_of_a_run(place / "timed", source)
        choose = random.Random(seed)  # noqa: S311 - moments, not secrets
        for number in range(kills):
            moment = choose.uniform(0.0, seconds)
            wrong += [
                f"kill {number} at {moment:.3f} s: {fault}" for fault in killed_after(moment, place / "home", source)
            ]
    return {"borders": len(borders), "random_kills": kills, "seed": seed, "wrong": wrong}


def sample_files(folder: Path) -> Path:
    """Make a few small documents: texts, equal bytes, an empty file, a file of unknown format."""
    folder.mkdir(parents=True)
    for number in range(1, 5):
        (folder / f"cong van {number}.txt").write_text(
            f"Số: {number}/UBND-VP\nVề việc kiểm tra lần thứ {number}\n", encoding="utf-8"
        )
    shutil.copyfile(folder / "cong van 1.txt", folder / "trung.txt")
    (folder / "rong.txt").touch()
    (folder / "la.xyz").write_bytes(b"\x01\x02\x03 unknown")
    return folder


def borders_of_a_run(home: Path, files: Path) -> tuple[str, ...]:
    """Run once without a fault and give the names of all borders that were passed, in order of first passing."""
    home.mkdir(parents=True)
    _luutru(home, "init")
    _drive(home, files, "-")
    passed = (home / "borders.txt").read_text(encoding="utf-8").splitlines()
    return tuple(dict.fromkeys(passed))


def killed_at(border: str, home: Path, files: Path) -> list[str]:
    """Kill the process that first passes a border, run again, and say what is wrong then."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    _luutru(home, "init")
    _drive(home, files, border)
    return faults_after_restart(home, files)


def killed_after(seconds: float, home: Path, files: Path) -> list[str]:
    """Kill the command that many seconds after its start, run again, and say what is wrong then."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    _luutru(home, "init")
    command = _command(home, "ingest", str(files), "--json", "--quiet")
    process = subprocess.Popen(command, env=_ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.wait()
    return faults_after_restart(home, files)


def faults_after_restart(home: Path, files: Path) -> list[str]:
    """Run `ingest` again to its end and compare what is kept with what was offered."""
    again = _luutru(home, "ingest", str(files), "--json", "--quiet")
    wrong = (
        [] if again.returncode in (0, 3) else [f"the second run ended with {again.returncode}: {again.stderr[-300:]!r}"]
    )
    offered = {hashlib.sha512(p.read_bytes()).hexdigest() for p in files.rglob("*") if p.is_file() and p.stat().st_size}
    with open_archive(load(home)) as archive:
        kept = Counter(_original(archive, row.id) for row in access.list_records(archive))
    if set(kept) != offered or max(kept.values(), default=1) > 1:
        wrong.append(f"{len(offered)} different documents offered, {sum(kept.values())} kept, {len(kept)} different")
    verified = _luutru(home, "verify", "--json")
    if verified.returncode != 0 or json.loads(verified.stdout)["problems"]:
        wrong.append(f"verify: {verified.stdout[-500:]!r}")
    book = JobBook(load(home).desk_address())
    open_jobs = book.jobs(ended=False)
    book.close()
    if open_jobs:
        wrong.append(f"{len(open_jobs)} jobs left open")
    return wrong


def _original(archive: Archive, record: RecordId) -> str:
    _, stream = access.open_original(archive, record)
    with stream:
        return hashlib.sha512(stream.read()).hexdigest()


def drive(home: str, files: str, border: str) -> None:
    """Be the `ingest` command with a fault: the process that first passes `border` kills itself. Run as a child."""
    settings = load(Path(home))
    crash = _crash_at(Path(home), border)
    workers = PoolWorkers(settings, border=crash)
    book, archive = JobBook(settings.desk_address()), open_archive(settings)
    batch = Batch(settings=settings, archive=archive, book=book, workers=workers, report=_silent, border=crash)
    batch.run(offers(Path(files), layout=parse_layout("")))
    workers.close()
    archive.close()


def _silent(_line: dict[str, Any]) -> None:
    """Report to nobody."""


def _crash_at(home: Path, wanted: str) -> Crash:
    """Give a border function that writes down every border and kills once, whichever process comes first."""

    def border(name: str) -> None:
        with (home / "borders.txt").open("a", encoding="utf-8") as log:
            log.write(name + "\n")
        if name != wanted:
            return
        try:
            (home / "killed").touch(exist_ok=False)
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    return border


def _drive(home: Path, files: Path, border: str) -> None:
    command = [sys.executable, "-c", _DRIVER, str(home), str(files), border]
    subprocess.run(command, env=_ENVIRONMENT, timeout=_LONGEST_SECONDS, check=False, capture_output=True)


def _command(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "luutru", "--home", str(home), *arguments]


def _luutru(home: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = _command(home, *arguments)
    return subprocess.run(command, env=_ENVIRONMENT, timeout=_LONGEST_SECONDS, check=False, capture_output=True)


def _seconds_of_a_run(home: Path, files: Path) -> float:
    home.mkdir(parents=True)
    _luutru(home, "init")
    return _timed(lambda: _luutru(home, "ingest", str(files), "--quiet"))


def _timed(act: Callable[[], Any]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began
