"""The judge of PDF/A: veraPDF in one warm JVM, a verdict for each file, failing closed.

What a converter claims counts for nothing; a report that is cut, contradicts itself or speaks of another file is no
verdict but an error (T105). It does not repair. Sources: veraPDF 1.30.2 (its server mode is not documented: one path
a line on stdin, one line out with the path of a report; one report of nothing comes first; reports are left behind).
"""

import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ingest.sandbox.confine import Limits, Sandbox
from ingest.sandbox.programs import EXCHANGE, Kept, Upkeep
from schemas.errors import ProgramError
from schemas.words import word

VERSION = "1.30.2"
JAR_SHA256 = "287cc9c9757f99dcff4a2d39b68268245b48103fb6af443162d5a29df2afa332"
FLAVOURS = ("1a", "1b", "2a", "2b", "2u", "3a", "3b", "3u", "4", "4e", "4f")
_REPORT_NAME = re.compile(r"tempReport\d+\.xml")  # JSON all the same
_REPORT_BYTES = 20_000_000
_PROFILE = re.compile(r"PDF/A-(\w+) validation profile")
_PROBLEMS = ("outOfMemory", "veraExceptions")
_HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage")  # where Java looks whether there are any
_HEAP = 256
_LARGE_HEAP = 768  # second try: files of a thousand pages
_MEMORY_BYTES = 400_000_000
_REQUESTS = 1_000  # warm-up costs as much as 300 files


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What veraPDF says of one file. `flavour` is what it was judged as: its claim, or the default without one."""

    compliant: bool
    flavour: str | None  # "2u"; None: it could not be parsed
    profile: str
    failed_rules: tuple[str, ...]  # "6.2.11.7.2-1": clause and test number
    report_sha256: str
    report: bytes = field(repr=False)  # JSON as veraPDF wrote it

    def is_valid(self, flavour: str) -> bool:
        """Say whether it is valid, and valid as that flavour."""
        return self.compliant and self.flavour == flavour


class Judge:
    """One warm JVM. `flavour` "0": each file is judged as what it claims to be. Not for use from two threads."""

    def __init__(
        self, *, folder: Path, tools: Path, kind: str = "bubblewrap", flavour: str = "0", java: str = "java"
    ) -> None:
        """Name the exchange folder and where set-up put veraPDF; the JVM starts with the first file."""
        self.folder = folder
        self.seconds = 120.0  # for one file
        options = _Options(java=java, flavour=flavour, kind=kind)
        self._first = _kept(folder, tools / "verapdf", options, heap=_HEAP)
        self._second = _kept(folder, tools / "verapdf", options, heap=_LARGE_HEAP)
        self._seen_as = str(folder.resolve()) if kind == "container" else EXCHANGE

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the JVM."""
        self.close()

    @property
    def cpu_seconds(self) -> float:
        """CPU that the JVMs have used so far."""
        return self._first.cpu_seconds + self._second.cpu_seconds

    @property
    def starts(self) -> int:
        """How many JVMs were started so far."""
        return self._first.starts + self._second.starts

    @property
    def resident_bytes(self) -> int:
        """Memory that the JVM holds now."""
        return self._first.resident_bytes + self._second.resident_bytes

    def judge(self, pdf_name: str) -> Verdict:
        """Judge one file of the exchange folder, named relative to it.

        Tried twice at most, the second time in a fresh JVM with more memory. Raises ProgramError T101 … T105.
        """
        try:
            return self._ask(self._first, pdf_name)
        except ProgramError as error:
            self.close()
            if error.code == "T104":
                raise
        try:
            return self._ask(self._second, pdf_name)
        finally:
            self.close()

    def close(self) -> None:
        """End the JVM, if one runs, and remove what it left."""
        self._first.close()
        self._second.close()
        _remove_reports(self.folder)

    def _ask(self, kept: Kept, pdf_name: str) -> Verdict:
        size_bytes = (self.folder / pdf_name).stat().st_size
        starts = kept.starts
        try:
            name = Path(kept.ask(pdf_name, timeout_seconds=self.seconds).rstrip("\r")).name
            if not _REPORT_NAME.fullmatch(name):
                raise _unreadable()
            report = _read_whole(self.folder / name)
            (self.folder / name).unlink()
        finally:
            if kept.starts != starts:
                _remove_reports(self.folder)  # the first report of a JVM is of nothing
        return read_report(report, name=f"{self._seen_as}/{pdf_name}", size_bytes=size_bytes)


def command(*, java: str, jar: Path, archive: Path | None, heap: int) -> list[str]:
    """Give the command of the judging JVM: cheap to start, small, reports where we can read them."""
    return [
        java,
        *(
            "-Xlog:disable",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseTransparentHugePages",
            "-XX:-UsePerfData",
        ),
        *(() if archive is None else (f"-XX:SharedArchiveFile={archive}",)),
        f"-Xmx{heap}m",
        *("-Djava.io.tmpdir=.", "-Duser.home=/tmp", "-Djava.awt.headless=true", "-jar", str(jar)),
    ]


def read_report(report: bytes, *, name: str, size_bytes: int) -> Verdict:
    """Read one JSON report on the file `name`. Raises ProgramError T105 unless it is whole and agrees with itself."""
    try:
        root = json.loads(report)["report"]
        (job,) = root["jobs"]
        summary = root["batchSummary"]
        said = job["itemDetails"]
        mine = said["name"] == name and said["size"] == size_bytes and summary["totalJobs"] == 1
        if not mine or any(summary[problem] != 0 for problem in _PROBLEMS):
            raise _unreadable()
        unparsed = summary["failedEncryptedJobs"] + summary["failedParsingJobs"]
        if unparsed:
            return _verdict(report, flavour=None, profile="", failed=(str(job["taskException"]["type"]),))
        return _read_result(report, job=job, counts=summary["validationSummary"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable() from error


def _read_result(report: bytes, *, job: dict[str, Any], counts: dict[str, Any]) -> Verdict:
    (result,) = job["validationResult"]
    details, profile = result["details"], result["profileName"]
    compliant, named = result["compliant"], _PROFILE.fullmatch(profile)
    failed = tuple(f"{rule['clause']}-{rule['testNumber']}" for rule in details["ruleSummaries"])
    agreed = (
        result["jobEndStatus"] == "normal"
        and type(compliant) is bool
        and compliant == (details["failedRules"] == 0 == details["failedChecks"])
        and compliant == (not failed)
        and details["passedChecks"] > 0
        and (counts["compliantPdfaCount"], counts["nonCompliantPdfaCount"]) == (int(compliant), int(not compliant))
        and counts["failedJobCount"] == 0
    )
    if not agreed or named is None or (flavour := named[1].lower()) not in FLAVOURS:
        raise _unreadable()
    return _verdict(report, flavour=flavour, profile=profile, failed=failed)


def _verdict(report: bytes, *, flavour: str | None, profile: str, failed: tuple[str, ...]) -> Verdict:
    return Verdict(
        compliant=not failed,
        flavour=flavour,
        profile=profile,
        failed_rules=failed,
        report_sha256=hashlib.sha256(report).hexdigest(),
        report=report,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    java: str
    flavour: str
    kind: str


def _kept(folder: Path, tools: Path, options: _Options, *, heap: int) -> Kept:
    archive = tools.absolute() / "verapdf.jsa"
    java = command(
        java=options.java,
        jar=tools.absolute() / f"cli-{VERSION}.jar",
        archive=archive if archive.is_file() else None,
        heap=heap,
    )
    arguments = ("--format", "json", "--loglevel", "0", "--maxfailuresdisplayed", "5", "--servermode")
    return Kept(
        [*java, *arguments, "--flavour", options.flavour, "--defaultflavour", "2u"],
        folder=folder,
        sandbox=Sandbox(
            kind=options.kind, readable=tuple(path for path in (tools.absolute(), _HUGE_PAGES) if path.is_dir())
        ),
        upkeep=Upkeep(
            requests=_REQUESTS,
            greeting_lines=1,
            farewell="q",
            answer_bytes=10_000,
            memory_bytes=_MEMORY_BYTES,
            limits=Limits(cpu_seconds=86_400, file_bytes=_REPORT_BYTES),
        ),
    )


def _read_whole(path: Path) -> bytes:
    """Read a report without following a link out of the folder."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable() from error
    with os.fdopen(descriptor, "rb") as report:
        content = report.read(_REPORT_BYTES + 1)
    if len(content) > _REPORT_BYTES:
        raise _unreadable()
    return content


def _remove_reports(folder: Path) -> None:
    for pattern in ("tempReport*.xml", "logs*.log*"):
        for path in folder.glob(pattern):
            path.unlink()


def _unreadable() -> ProgramError:
    return ProgramError("T105", word("program-unreadable", program="veraPDF"))
