"""Keeps the journal: one file of hash-chained lines; a line that is fsynced is what makes an act of the archive real.

A line is appended under an exclusive lock and only where its writer knew the whole journal before it. Readers take
the end under a shared lock, so that they see no line that is still on its way to the disk. A line torn by a crash
(no LF, or a last line that does not chain) was never acknowledged: readers ignore it, the next append moves it aside
into `torn-….bin` and cuts it off. Knows nothing of records; what a line says is `schemas.journal`.

Sources: RFC 6962, 2.1 (leaf hash; the tree is `archive.merkle`); RFC 8785 (the bytes of a line).
"""

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from archive.keeping import Head, JournalMovedError, JournalState
from archive.merkle import Tree, tree_of
from archive.store import Disk
from schemas.errors import IntegrityError, TryLaterError
from schemas.journal import Line, leaf, read
from schemas.words import word

BEHIND_LIMIT = timedelta(seconds=60)
_BLOCK_BYTES = 64 * 1024
_ENOUGH_LINES = 4  # the first may be cut off, the last torn, and the one between must chain to another
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class _Tail:
    """The end of what counts in a file: byte offset and the head there."""

    end: int
    head: Head


class FileJournal:
    """The journal in a file, `journal/journal.jsonl` in the storage root."""

    def __init__(self, path: Path, *, disk: Disk | None = None) -> None:
        """Use the file `path`; nothing is made or read yet."""
        self.path = path
        self._disk = disk or Disk()
        self._known = _Tail(0, Head())  # a tail this object has seen; saves reading the last line again

    def create(self) -> None:
        """Make an empty journal where there is none. The folder above its own is the caller's to fsync."""
        self._disk.make_folder(self.path.parent)
        if not self.path.exists():
            with suppress(FileExistsError):
                self._disk.create(self.path, [])
        self._disk.fsync_folder(self.path.parent)

    def head(self) -> Head:
        """Say where the journal ends, and make sure that what is seen lasts (its writer may have died early)."""
        with self._opened() as handle:
            before = self._known
            tail = self._tail(handle)
            if tail.end != before.end:
                with suppress(OSError):  # a file system that may only be read loses nothing
                    self._disk.fsync(handle, self.path)
            return tail.head

    def append(self, expected_size: int, line: bytes) -> None:
        """Append one written line. Raises JournalMovedError when another came first, TryLaterError T012 without room."""
        with self._opened(writing=True) as handle:
            tail = self._tail(handle)
            if tail.head.size != expected_size:
                raise JournalMovedError(expected_size, tail.head.size)
            head = following(tail.head, line)
            self._move_torn_aside(handle, tail.end)
            self._write(handle, tail.end, line)
            self._known = _Tail(tail.end + len(line), head)

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Read the lines from number `after` on, up to the end as it is when reading begins."""
        for raw in self.raw_lines(after):
            yield read(raw)

    def raw_lines(self, after: int = 0) -> Iterator[bytes]:
        """Read the written lines from number `after` on."""
        with self._opened() as handle:
            tail = self._tail(handle)
        if after >= tail.head.size:
            return
        with self.path.open("rb") as stream:
            stream.seek(_offset(stream, after, tail.end))
            while stream.tell() < tail.end:
                yield stream.readline()

    def verify(self) -> JournalState:
        """Check every line's form, number, time order and chain, and give the RFC 6962 root."""
        return check(self.raw_lines())

    # -- inside -------------------------------------------------------------------------------------------------

    @contextmanager
    def _opened(self, *, writing: bool = False) -> Iterator[int]:
        """Open and lock the file. Raises IntegrityError F007 where it is missing: a lost journal is never made anew."""
        try:
            handle = os.open(self.path, (os.O_RDWR | os.O_APPEND) if writing else os.O_RDONLY)
        except FileNotFoundError as error:
            raise IntegrityError("F007", word("journal-missing", name=self.path.name)) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if writing else fcntl.LOCK_SH)
            yield handle
        finally:
            os.close(handle)

    def _tail(self, handle: int) -> _Tail:
        """Find the end of what counts, from the end of the file backwards."""
        size = os.fstat(handle).st_size
        length = _BLOCK_BYTES
        while size != self._known.end:
            start = max(0, size - length)
            lines = os.pread(handle, size - start, start).splitlines(keepends=True)
            if start == 0 or len(lines) >= _ENOUGH_LINES:
                self._known = _last_whole(lines if start == 0 else lines[1:], size, whole_file=start == 0)
                break
            length *= 4
        return self._known

    def _move_torn_aside(self, handle: int, end: int) -> None:
        """Keep the bytes after the end of what counts in a file of their own, then cut them off."""
        length = os.fstat(handle).st_size - end
        if length == 0:
            return
        torn = os.pread(handle, length, end)
        aside = self.path.parent / f"torn-{end}-{hashlib.sha256(torn).hexdigest()[:16]}.bin"
        with suppress(FileExistsError):
            self._disk.create(aside, [torn])
        self._disk.fsync_folder(aside.parent)
        self._disk.truncate(handle, self.path, end)

    def _write(self, handle: int, end: int, line: bytes) -> None:
        """Write and fsync one line; whatever goes wrong, the file ends where it ended before."""
        try:
            self._disk.write(handle, self.path, line)
            self._disk.fsync(handle, self.path)
        except OSError as error:
            with suppress(OSError):
                self._disk.truncate(handle, self.path, end)
                self._disk.fsync(handle, self.path)
            if error.errno in _FULL:
                raise TryLaterError("T012", word("journal-full")) from error
            raise


class DayFile:
    """One open, locked day of a log: lines that are appended until the day is closed and its root becomes a line."""

    def __init__(self, handle: int, path: Path, disk: Disk) -> None:
        """Use an open handle; `day_file` makes one."""
        self._handle, self._path, self._disk = handle, path, disk

    def append(self, line: bytes) -> None:
        """Append and fsync one line (LF included); what a crash tore before it becomes a line of its own."""
        size = os.fstat(self._handle).st_size
        torn = size and os.pread(self._handle, 1, size - 1) != b"\n"
        self._disk.write(self._handle, self._path, b"\n" + line if torn else line)
        self._disk.fsync(self._handle, self._path)

    def sealed(self) -> tuple[int, str]:
        """Give the number of lines so far and the RFC 6962 root over them."""
        with self._path.open("rb") as stream:
            tree = tree_of(map(leaf, stream))
        return tree.size, tree.root().hex()


@contextmanager
def day_file(path: Path, *, disk: Disk | None = None) -> Iterator[DayFile]:
    """Open one day of a log, made where it is missing, and hold it against all others."""
    disk = disk or Disk()
    made = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if made:
            disk.fsync_folder(path.parent)
        yield DayFile(handle, path, disk)
    finally:
        os.close(handle)


def next_time(head: Head, now: datetime) -> tuple[str, bool]:
    """Give the time of the next line and whether the clock stands behind the last one.

    A clock up to 60 s behind gives the last line's time again; further behind raises TryLaterError T010.
    """
    text = now.astimezone(UTC).isoformat(timespec="milliseconds")
    if not head.time:
        return text, False
    behind = datetime.fromisoformat(head.time) - datetime.fromisoformat(text)
    if behind <= timedelta(0):
        return text, False
    if behind > BEHIND_LIMIT:
        raise TryLaterError("T010", word("journal-clock", now=text, last=head.time))
    return head.time, True


def following(head: Head, line: bytes) -> Head:
    """Give the head after a new line. Raises IntegrityError F007 when it does not chain."""
    after = _head_after(head, line)
    if after is None:
        raise IntegrityError("F007", word("journal-not-chained"))
    return after


def check(lines: Iterable[bytes]) -> JournalState:
    """Check written lines from the first on; go on after a damaged one, so that each is named."""
    problems: list[tuple[int, str]] = []
    tree = Tree()
    before = Head()
    for number, raw in enumerate(lines):
        head = _head_after(before, raw)
        if head is None:
            problems.append((number, word("journal-line-changed")))
            head = _head_of(raw) or Head(size=number + 1, leaf=leaf(raw).hex(), time=before.time)
        elif head.time < before.time:
            problems.append((number, word("journal-line-time")))
        tree.add(leaf(raw))
        before = head
    return JournalState(size=tree.size, root=tree.root().hex(), problems=tuple(problems))


def _head_of(raw: bytes) -> Head | None:
    """Read one line by itself; None where it is not whole."""
    try:
        line = read(raw)
        return Head(size=line.seq + 1, leaf=leaf(raw).hex(), time=line.time) if raw.endswith(b"\n") else None
    except (IntegrityError, AttributeError, TypeError):
        return None


def _head_after(before: Head, raw: bytes) -> Head | None:
    """Give the head after a line; None where the line is not whole or does not chain to `before`."""
    head = _head_of(raw)
    return head if head and head.size == before.size + 1 and read(raw).prev == before.leaf else None


def _last_whole(lines: list[bytes], size: int, *, whole_file: bool) -> _Tail:
    """Find the last line that counts among the last lines of a file of `size` bytes; at most one after it is torn."""
    for torn in ([], lines[-1:]):
        kept = lines[: len(lines) - len(torn)]
        end = size - sum(map(len, torn))
        if not kept:
            return _Tail(end, Head())
        before = _head_of(kept[-2]) if len(kept) > 1 else Head() if whole_file else None
        head = _head_after(before, kept[-1]) if before else None
        if head:
            return _Tail(end, head)
    raise IntegrityError("F007", word("journal-end-damaged"))


def _offset(stream: BinaryIO, seq: int, end: int) -> int:
    """Find where line `seq` begins, by bisection over byte offsets: every line says its number."""
    low, high = 0, end  # the line begins at `low` or later, and before `high`
    while high - low > _BLOCK_BYTES:
        middle = (low + high) // 2
        stream.seek(middle)
        stream.readline()
        start = stream.tell()
        if start >= high:
            break
        if read(stream.readline()).seq <= seq:
            low = start
        else:
            high = middle + 1
    stream.seek(low)
    while (start := stream.tell()) < end:
        if read(stream.readline()).seq == seq:
            return start
    raise IntegrityError("F007", word("journal-line-missing", number=seq))
