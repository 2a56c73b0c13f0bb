"""Processes as the kernel shows them: what a tree of them has used, how it is ended, whether a network is there.

It starts nothing. Sources: proc(5), wait4(2), prctl(2).
"""

import ctypes
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What the kernel says of a program that ended, its waited-for descendants included."""

    returncode: int
    cpu_seconds: float
    peak_bytes: int


def adopt_orphans() -> None:
    """Make this process the parent of its orphaned descendants.

    Bubblewrap ends without waiting for the first process of its sandbox. Where the machine's first process buries
    nobody (most containers), each run would leave a dead entry, and what the program used would be counted nowhere.
    """
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap(pid: int, *, inner: int | None) -> Ended:
    """Wait for the end of a program: `pid` is our child, `inner` the sandbox's first process, if there is one."""
    _, status, usage = os.wait4(pid, 0)
    seconds, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
    if inner is not None:
        with suppress(ChildProcessError):  # its parent did wait for it
            _, _, used = os.wait4(inner, 0)
            seconds, peak = seconds + used.ru_utime + used.ru_stime, max(peak, used.ru_maxrss)
    return Ended(returncode=os.waitstatus_to_exitcode(status), cpu_seconds=seconds, peak_bytes=peak * 1024)


def end(pid: int, *, inner: int | None) -> Ended:
    """Kill a program that was not reaped yet and everything that came of it, and wait for its end."""
    used = cpu_of_tree(pid)  # those that nobody waited for are not in the kernel's account
    for member in (inner, *reversed(tree(pid)[1:])):
        if member is not None:
            with suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
    kill_group(pid)
    ended = reap(pid, inner=inner)
    return Ended(returncode=ended.returncode, cpu_seconds=max(used, ended.cpu_seconds), peak_bytes=ended.peak_bytes)


def kill_group(pid: int) -> None:
    """Kill the process group that `pid` leads, as far as it lives."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def tree(pid: int) -> list[int]:
    """Give a process and all its living descendants."""
    found = [pid]
    for member in found:
        found += _children(member)
    return found


def cpu_of_tree(pid: int) -> float:
    """Give the CPU seconds that a process, its living descendants and those they waited for have used."""
    ticks = sum(int(number) for member in tree(pid) for number in _stat(member)[11:15])
    return ticks / _TICKS_PER_SECOND


def resident_of_tree(pid: int) -> int:
    """Give the resident memory of a process and its living descendants, in bytes; shared pages count in each."""
    return sum(int(fields[21]) * _PAGE_BYTES for member in tree(pid) if (fields := _stat(member)))


def has_network_route() -> bool:
    """Say whether this process has any route that leaves the machine (or cannot be known not to have)."""
    try:
        four = (_PROC / "net/route").read_text().splitlines()[1:]
        six = (_PROC / "net/ipv6_route").read_text().splitlines() if (_PROC / "net/ipv6_route").exists() else []
    except OSError:
        return True
    return any(line.split()[0] != "lo" for line in four) or any(line.split()[-1] != "lo" for line in six)


def _stat(pid: int) -> list[str]:
    """Give the fields of /proc/PID/stat after the name (state is 0, parent 1, utime 11); empty when it is gone."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def _children(pid: int) -> list[int]:
    try:
        tasks = list((_PROC / str(pid) / "task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except FileNotFoundError:
        if (_PROC / "self/task" / str(os.getpid()) / "children").exists():
            return []  # it ended meanwhile
    except ProcessLookupError:
        return []
    numbers = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    return [number for number in numbers if (fields := _stat(number)) and int(fields[1]) == pid]
