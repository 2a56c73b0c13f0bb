"""`luutru bench path`: what a page costs from folder to search hit, beside plain Tesseract and the do-it-yourself way.

CPU seconds of whole process trees, as the kernel counts them when they are reaped; all in one run on one machine.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from ingest.jobs.book import JobBook
from ingest.pages.page_images import PageImages
from ingest.sandbox.processes import tree
from schemas.errors import ExitCode, ProgramError
from schemas.settings import Settings, load

_ENVIRONMENT = {**os.environ, "OMP_THREAD_LIMIT": "1"}
_SAMPLE_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run cost. `peak_bytes`: largest proportional memory of one worker's tree; 0: not looked at."""

    cpu_seconds: float
    wall_seconds: float
    output: bytes = b""
    peak_bytes: int = 0


def measure(folder: Path, *, share: int = 0, workers: tuple[int, ...] = (1, 2), compare: bool = True) -> dict[str, Any]:
    """Measure the path over the PDFs and images of a folder; `share` > 0: only so many files, evenly chosen."""
    with tempfile.TemporaryDirectory(prefix="luutru-bench-") as name:
        place = Path(name)
        files = _chosen(folder, share=share, place=place / "files")
        figures: dict[str, Any] = {"files": len(files)}
        for count in workers:
            figures[f"workers_{count}"] = take_in(place / "files", home=place / f"home-{count}", workers=count)
        pages = figures[f"workers_{workers[0]}"]["pages"]
        figures["pages"] = pages
        if compare:
            plain = _plain_tesseract(files, place=place / "plain")
            diy = _do_it_yourself(files, place=place / "diy", settings=load(place / "home-1"))
            ours = figures[f"workers_{workers[0]}"]["cpu_seconds"]
            figures |= {
                "plain_tesseract_cpu_seconds_a_page": round(plain / pages, 3),
                "do_it_yourself_cpu_seconds_a_page": round(diy / pages, 3),
                "ratio_to_plain_tesseract": round(ours / plain, 3),
                "ratio_of_do_it_yourself": round(diy / plain, 3),
            }
        if len(workers) > 1:
            one, two = (figures[f"workers_{n}"]["cpu_seconds_a_page"] for n in workers[:2])
            figures["cpu_two_workers_to_one"] = round(two / one, 3)
    return figures


def _chosen(folder: Path, *, share: int, place: Path) -> list[Path]:
    """Link the files into a folder of our own, so that all ways see the same ones."""
    suffixes = {".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".jp2"}
    found = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in suffixes)
    if 0 < share < len(found):
        found = [found[i * len(found) // share] for i in range(share)]
    place.mkdir(parents=True)
    files = []
    for number, path in enumerate(found, start=1):
        target = place / f"{number:05d}{path.suffix.lower()}"
        shutil.copyfile(path, target)
        files.append(target)
    return files


def _run(command: list[str], *, watch: bool = False, may_fail: bool = False) -> Cost:
    """Run one command; CPU of its whole tree. Raises ProgramError T102 for an exit code over 3, unless it may fail."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, env=_ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    watcher = _Watcher(process.pid)
    if watch:
        watcher.start()
    output, errors = process.communicate()
    watcher.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not may_fail and process.returncode not in (ExitCode.DONE, ExitCode.PARTLY):
        raise ProgramError("T102", f"{command[0]} ended with {process.returncode}: {errors[-300:]!r}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu_seconds=cpu, wall_seconds=time.monotonic() - began, output=output, peak_bytes=watcher.peak_bytes)


class _Watcher(threading.Thread):
    """Samples the memory of each worker's tree (the children of the command), shared pages counted once."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._done, self.peak_bytes = pid, threading.Event(), 0

    def run(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            for child in _children(self._pid):
                self.peak_bytes = max(self.peak_bytes, sum(_proportional(pid) for pid in tree(child)))

    def stop(self) -> None:
        """End the watching."""
        self._done.set()
        if self.is_alive():
            self.join()


def _children(pid: int) -> list[int]:
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _proportional(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        return 0
    return 0


def take_in(files: Path, *, home: Path, workers: int) -> dict[str, Any]:
    """Take a folder into a new archive, and say what that cost: everything from the command's start to its end."""
    luutru = [sys.executable, "-m", "luutru", "--home", str(home)]
    _run([*luutru, "init"])
    cost = _run([*luutru, "ingest", str(files), "--workers", str(workers), "--json", "--quiet"], watch=True)
    lines = [json.loads(line) for line in cost.output.splitlines()]
    summary, documents = lines[-1]["summary"], lines[:-1]
    pages = sum(d["pages"] for d in documents) or 1
    book = JobBook(load(home).desk_address())
    steps = book.steps()
    book.close()
    by_step: dict[str, float] = {}
    for step in steps:
        by_step[step.step] = by_step.get(step.step, 0.0) + step.cpu_seconds
    making = [s for s in steps if s.step != "submit"]
    span = max(s.ended_at for s in making) - min(s.started_at for s in making)
    copies = [p for kind in ("preservation", "access") for p in (home / "storage").rglob(f"{kind}/*.pdf")]
    return {
        "pages": pages,
        "states": {k: v for k, v in summary.items() if isinstance(v, int)},
        "cpu_seconds": round(cost.cpu_seconds, 2),
        "wall_seconds": round(cost.wall_seconds, 2),
        "cpu_seconds_a_page": round(cost.cpu_seconds / pages, 3),
        "cpu_seconds_a_page_by_step": {k: round(v / pages, 4) for k, v in by_step.items()},
        "pages_a_minute": round(60 * pages / cost.wall_seconds, 1),
        "bytes_a_page": round(sum(p.stat().st_size for p in copies) / pages),
        "peak_megabytes_of_a_worker": round(cost.peak_bytes / 1e6),
        "busy_share": round(sum(s.ended_at - s.started_at for s in making) / (span * workers), 3),
    }


def _plain_tesseract(files: list[Path], *, place: Path) -> float:
    """CPU of `tesseract -l vie` (text and hOCR) on the page images, one process a page; making the images is free."""
    place.mkdir()
    cpu = 0.0
    for path in files:
        if path.suffix == ".pdf":
            with PageImages(path, pixels_limit=10**9) as images:
                for index in range(len(images)):
                    cv2.imwrite(str(place / "page.png"), images.raster(index).pixels)
                    cpu += _tesseract(place / "page.png", place)
        else:
            cpu += _tesseract(path, place)
    return cpu


def _tesseract(image: Path, place: Path) -> float:
    return _run(["tesseract", str(image), str(place / "out"), "-l", "vie", "txt", "hocr"]).cpu_seconds


def _do_it_yourself(files: list[Path], *, place: Path, settings: Settings) -> float:
    """CPU of the way most take: `ocrmypdf` for each file, then one veraPDF process for each result."""
    place.mkdir()
    ocrmypdf = [
        str(Path(sys.executable).parent / "ocrmypdf"),
        "-l",
        "vie",
        "-j",
        "1",
        "--output-type",
        "pdfa-2",
        "--skip-text",
    ]
    jar = settings.tools / "verapdf" / "cli-1.30.2.jar"
    cpu = 0.0
    for path in files:
        copy = place / f"{path.stem}.pdf"
        dpi = [] if path.suffix == ".pdf" else ["--image-dpi", "200"]
        cpu += _run(
            [*ocrmypdf, *dpi, "--pdfa-backend", "internal", "--quiet", str(path), str(copy)], may_fail=True
        ).cpu_seconds
        cpu += _run(
            ["java", "-jar", str(jar), "--format", "json", "--flavour", "2b", str(copy)], may_fail=True
        ).cpu_seconds
    return cpu
