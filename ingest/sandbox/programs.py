"""The two doors through which every outside program and every parser of untrusted bytes is run, confined.

`run`: one program, one job folder, to its end. `Kept`: a long-lived process that answers one line per request line
(veraPDF's JVM, our own parsing process), started again after any error and after a number of requests. Programs are
given file names relative to their folder, which is also their working folder. This is the only module that starts
processes; what programs say is read, and judged, elsewhere. A program dies with the *thread* that started it
(PR_SET_PDEATHSIG), so start them from threads that stay.
"""

import json
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from ingest.sandbox import processes
from ingest.sandbox.confine import Limits, Place, Sandbox, confined, variables
from schemas.errors import ProgramError, TryLaterError
from schemas.words import word

JOB = "/job"
EXCHANGE = "/exchange"
_CHUNK = 65_536
_LOOK_EVERY = 8  # requests between two looks at the memory
_NOT_CONFINED = b"bwrap: "
_LAST_WORDS_BYTES = 2_000
_FAREWELL_SECONDS = 3.0
_KEPT_LIMITS = Limits(cpu_seconds=86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended. Its output is hostile input. `peak_bytes` is that of its largest process."""

    program: str
    stdout: bytes
    stderr: bytes
    returncode: int
    cpu_seconds: float
    peak_bytes: int

    def demand(self, *accepted: int) -> Self:
        """Give itself if it ended with one of the codes (none named: 0). Raises ProgramError T102."""
        if self.returncode not in (accepted or (0,)):
            raise ProgramError("T102", word("program-died", program=self.program, code=self.returncode))
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """How a kept process is looked after: when it is started anew, and what it may use."""

    requests: int = 500
    start_seconds: float = 60.0
    greeting_lines: int = 0  # lines it prints before the first request; they are thrown away
    farewell: str = ""  # the line that asks it to end; the end of its input is sent in any case
    answer_bytes: int = 64_000_000
    memory_bytes: int | None = None  # resident memory of its tree after an answer, over which it is started anew
    limits: Limits = _KEPT_LIMITS


def run(
    command: Sequence[str], *, folder: Path, limits: Limits | None = None, sandbox: Sandbox | None = None
) -> Finished:
    """Run one program in one folder to its end, confined.

    Raises ProgramError: T101 it hung or used too much CPU, T102 a signal killed it, T103 it wrote too much, T104 it
    is not installed; TryLaterError T106 when it cannot be confined. An exit code is the caller's to judge.
    """
    limits, sandbox = limits or Limits(), sandbox or Sandbox()
    place = Place(folder=folder, seen_as=JOB)
    started = _start(command, place=place, sandbox=sandbox, limits=limits)
    try:
        stdout, stderr = _listen(started.process, program=started.program, limits=limits)
    finally:
        ended = started.end()
    if started.failed or (ended.returncode == 1 and stderr.startswith(_NOT_CONFINED)):
        raise TryLaterError("T106", word("sandbox-failed"))
    _judge(started.program, ended.returncode)
    return Finished(
        program=started.program,
        stdout=stdout,
        stderr=stderr,
        returncode=ended.returncode,
        cpu_seconds=ended.cpu_seconds,
        peak_bytes=ended.peak_bytes,
    )


def made(folder: Path, name: str) -> Path:
    """Give the path of a file that a program was to make in its folder. Raises ProgramError T105 unless it is one.

    A confined program can leave links in its folder that lead out of it on our side; they are never followed.
    """
    path = folder / name
    if path.is_symlink() or not path.is_file() or not path.stat().st_size:
        raise ProgramError("T105", word("program-no-result", file=name))
    return path


class Kept:
    """A confined process that lives for many requests. Not for use from two threads, nor across a fork.

    `folder` is our side of its exchange folder. After an error the process is gone, and the next request starts
    another; trying the request again is the caller's decision.
    """

    def __init__(
        self, command: Sequence[str], *, folder: Path, upkeep: Upkeep | None = None, sandbox: Sandbox | None = None
    ) -> None:
        """Say what is to be kept; nothing is started before the first request."""
        self.command = tuple(command)
        self.folder = folder
        self.upkeep = upkeep or Upkeep()
        self.sandbox = sandbox or Sandbox()
        self.starts = 0
        self.last_words = b""  # end of the standard error of the last process that ended; hostile
        self._started: _Started | None = None
        self._errors: IO[bytes] | None = None
        self._cpu_ended = 0.0
        self._requests = 0
        self._buffer = bytearray()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.close()

    @property
    def program(self) -> str:
        """Name of the program."""
        return Path(self.command[0]).name

    @property
    def cpu_seconds(self) -> float:
        """CPU used up to now by all processes of this door, those that ended and the one that runs."""
        return self._cpu_ended + (processes.cpu_of_tree(self._started.process.pid) if self._started else 0.0)

    @property
    def resident_bytes(self) -> int:
        """Memory now held by the running process and its children; 0 when none runs."""
        return processes.resident_of_tree(self._started.process.pid) if self._started else 0

    def ask(self, request: str, *, timeout_seconds: float) -> str:
        """Send one line, give the one line that answers it.

        Raises ProgramError: T101 no answer in time, T102 it ended, T103 the answer is too long, T104 not installed,
        T105 the answer is not UTF-8; TryLaterError T106 when it cannot be confined.
        """
        answered = False
        try:
            self._ready()
            line = self._exchange(request.encode() + b"\n", deadline=time.monotonic() + timeout_seconds)
            answer = line.decode()
            answered = True
        except UnicodeDecodeError as error:
            raise ProgramError("T105", word("program-unreadable", program=self.program)) from error
        finally:
            if not answered:
                self.close(answered=False)
        self._requests += 1
        self._renew()
        return answer

    def close(self, *, answered: bool = True) -> None:
        """End the process, if one runs; one that did not answer is killed at once. It may be asked again afterwards."""
        started, self._started = self._started, None
        if started is not None:
            if answered:
                started.say_farewell(self.upkeep.farewell)
            self._cpu_ended += started.end().cpu_seconds
            for pipe in (started.process.stdin, started.process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()
        self._keep_last_words()

    def _ready(self) -> None:
        if self._started is not None:
            return
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._started = _start(
            self.command,
            place=Place(folder=self.folder, seen_as=EXCHANGE),
            sandbox=self.sandbox,
            limits=self.upkeep.limits,
            errors=self._errors.fileno(),
        )
        self.starts += 1
        self._requests = 0
        self._buffer.clear()
        deadline = time.monotonic() + self.upkeep.start_seconds
        for _ in range(self.upkeep.greeting_lines):
            self._exchange(b"", deadline=deadline)

    def _renew(self) -> None:
        limit = self.upkeep.memory_bytes
        looked = limit is not None and self._requests % _LOOK_EVERY == 0
        if self._requests >= self.upkeep.requests or (looked and self.resident_bytes > (limit or 0)):
            self.close()

    def _exchange(self, request: bytes, *, deadline: float) -> bytes:
        """Write the request and read one line, both at once: either pipe may be full."""
        assert self._started is not None
        process, left = self._started.process, memoryview(request)
        assert process.stdin is not None
        assert process.stdout is not None
        os.set_blocking(process.stdin.fileno(), False)
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if left:
                selector.register(process.stdin, selectors.EVENT_WRITE)
            while left or b"\n" not in self._buffer:
                ready = selector.select(max(0.0, deadline - time.monotonic()))
                if not ready:
                    raise ProgramError("T101", word("program-hung", program=self.program))
                for key, events in ready:
                    if events & selectors.EVENT_READ:
                        self._read(key.fd)
                    elif not (left := self._write(key.fd, left)):
                        selector.unregister(process.stdin)
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer = bytearray(rest)
        return line

    def _read(self, descriptor: int) -> None:
        chunk = os.read(descriptor, _CHUNK)
        if not chunk:
            raise self._died()
        self._buffer += chunk
        if len(self._buffer) > self.upkeep.answer_bytes:
            raise ProgramError("T103", word("program-too-much", program=self.program))

    def _write(self, descriptor: int, left: memoryview) -> memoryview:
        try:
            return left[os.write(descriptor, left) :]
        except BrokenPipeError as error:
            raise self._died() from error

    def _died(self) -> TryLaterError:
        failed = self._started is not None and self._started.failed
        self.close()
        if failed or self.last_words.startswith(_NOT_CONFINED):
            return TryLaterError("T106", word("sandbox-failed"))
        return ProgramError("T102", word("program-ended", program=self.program))

    def _keep_last_words(self) -> None:
        errors, self._errors = self._errors, None
        if errors is None:
            return
        with errors:
            size = errors.seek(0, os.SEEK_END)
            errors.seek(max(0, size - _LAST_WORDS_BYTES))
            self.last_words = errors.read()


def keep(command: Sequence[str], *, folder: Path, upkeep: Upkeep | None = None, sandbox: Sandbox | None = None) -> Kept:
    """Give a kept process for `command`, whose exchange folder is `folder`."""
    return Kept(command, folder=folder, upkeep=upkeep, sandbox=sandbox)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    """A running program, and the first process of its sandbox as bubblewrap told it."""

    process: subprocess.Popen[bytes]
    inner: int | None
    failed: bool  # it was to be confined and could not be
    program: str

    def say_farewell(self, line: str) -> None:
        """Ask the program to end, and wait a little: what a killed sandbox has used, the kernel counts nowhere."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.write(line.encode() + b"\n" if line else b"")
            self.process.stdin.close()
        deadline = time.monotonic() + _FAREWELL_SECONDS
        while time.monotonic() < deadline:
            if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                return
            time.sleep(0.01)

    def end(self) -> processes.Ended:
        """Kill what still runs, wait for its end."""
        over = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        reaping = processes.reap if over else processes.end
        ended = reaping(self.process.pid, inner=self.inner)
        self.process.returncode = ended.returncode
        return ended


def _start(
    command: Sequence[str], *, place: Place, sandbox: Sandbox, limits: Limits, errors: int | None = None
) -> _Started:
    program = Path(command[0]).name
    if shutil.which(command[0], path=variables(sandbox)["PATH"]) is None:
        raise ProgramError("T104", word("program-missing", program=program))
    if sandbox.kind == "container" and processes.has_network_route():
        raise TryLaterError("T106", word("sandbox-network"))
    processes.adopt_orphans()
    told, telling = os.pipe()
    try:
        process = subprocess.Popen(
            confined(command, place=replace(place, information=telling), sandbox=sandbox, limits=limits),
            stdin=subprocess.DEVNULL if errors is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if errors is None else errors,
            cwd=place.folder,
            env=variables(sandbox),
            bufsize=0,
            start_new_session=True,
            pass_fds=(telling,),
        )
    except FileNotFoundError as error:
        os.close(told)
        raise TryLaterError("T106", word("sandbox-failed")) from error
    finally:
        os.close(telling)
    inner = None if sandbox.kind == "container" else _first_process(told)
    return _Started(process=process, inner=inner, failed=sandbox.kind != "container" and inner is None, program=program)


def _first_process(told: int) -> int | None:
    """Read bubblewrap's word ({"child-pid": N}); None: it ended before it had made a sandbox."""
    with open(told, "rb") as information:
        text = information.read()
    return int(json.loads(text)["child-pid"]) if text else None


def _listen(process: subprocess.Popen[bytes], *, program: str, limits: Limits) -> tuple[bytes, bytes]:
    """Read both outputs until both are closed and the process has ended."""
    assert process.stdout is not None
    assert process.stderr is not None
    deadline = time.monotonic() + limits.wall_seconds
    heard: dict[int, bytearray] = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    with selectors.DefaultSelector() as selector, process.stdout, process.stderr:
        ending = os.pidfd_open(process.pid)
        try:
            for descriptor in (*heard, ending):
                selector.register(descriptor, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(max(0.0, deadline - time.monotonic()))
                if not ready:
                    raise ProgramError("T101", word("program-hung", program=program))
                for key, _ in ready:
                    chunk = b"" if key.fd == ending else os.read(key.fd, _CHUNK)
                    if key.fd == ending:
                        processes.kill_group(process.pid)  # what it left behind would hold its outputs open
                    if not chunk:
                        selector.unregister(key.fd)
                        continue
                    heard[key.fd] += chunk
                    if len(heard[key.fd]) > limits.output_bytes:
                        raise ProgramError("T103", word("program-too-much", program=program))
        finally:
            os.close(ending)
    stdout, stderr = (bytes(text) for text in heard.values())
    return stdout, stderr


def _judge(program: str, returncode: int) -> None:
    """Refuse an end by a signal; bubblewrap reports signal N as the exit code 128 + N."""
    number = -returncode if returncode < 0 else returncode - 128
    if number == signal.SIGXCPU:
        raise ProgramError("T101", word("program-hung", program=program))
    if number == signal.SIGXFSZ:
        raise ProgramError("T103", word("program-too-much", program=program))
    if 0 < number < signal.NSIG:
        raise ProgramError("T102", word("program-killed", program=program, signal=number))
