"""Step 1: copy the bytes in, with SHA-256 and SHA-512 taken before any program opens them.

Order: copy to a temporary name → fsync → compare with the source → rename → fsync the folder. The source is never
touched. Size limits, files that change while they are read, and unreadable disks end here with a code.
"""

import base64
import errno
import fcntl
import hashlib
import os
import re
import stat
import time
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ingest.offering.offer import shown
from ingest.room import check_room, is_full, no_room
from schemas.errors import IntegrityError, SubmissionError
from schemas.identifiers import Sha256, Sha512
from schemas.packages import Original
from schemas.words import fault, word

_BLOCK = 1 << 20
_SETTLE_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is too much to take in."""

    size_bytes: int
    settle_seconds: float = 0.5  # between two looks at a file that changes


def receive(
    paths: tuple[Path, ...], *, folder: Path, limits: Limits, names: tuple[str, ...] = ()
) -> tuple[Original, ...]:
    """Copy the files of one document into `folder` as 0001.<ext>, 0002.<ext> … `names`: how they were called.

    Raises SubmissionError P001 (empty), P002 (too large), P003 (not regular), P004 (unreadable), P006 (still being
    written); TryLaterError T012 when our disk is full. On an error nothing is left but a folder to throw away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    originals = []
    for number, (path, called) in enumerate(zip(paths, names or [p.name for p in paths], strict=True), start=1):
        taken = _take(path, folder=folder, name=f"{number:04d}{_suffix(called)}", limits=limits)
        raw = base64.b64encode(called.encode("utf-8", "surrogateescape")).decode("ascii")
        originals.append(replace(taken, name=shown(called), name_raw=raw))
    fsync_folder(folder)
    fsync_folder(folder.parent)
    return tuple(originals)


def _take(path: Path, *, folder: Path, name: str, limits: Limits) -> Original:
    for attempt in range(_SETTLE_TRIES):
        taken = _copy(path, target=folder / name, limits=limits)
        if taken is not None:
            sha256, sha512, size_bytes = taken
            return Original(
                path=f"original/{name}",
                name="",
                name_raw="",
                sha256=sha256,
                sha512=sha512,
                size_bytes=size_bytes,
            )
        if attempt < _SETTLE_TRIES - 1:
            time.sleep(limits.settle_seconds)
    raise SubmissionError("P006", word("receive-copying", name=shown(path.name)))


def _copy(path: Path, *, target: Path, limits: Limits) -> tuple[Sha256, Sha512, int] | None:
    """Copy and hash one file; None when it changed under our hands."""
    try:
        source = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise SubmissionError("P004", word("receive-unreadable", name=shown(path.name), fault=fault(error))) from error
    try:
        before = os.fstat(source)
        if not stat.S_ISREG(before.st_mode):
            raise SubmissionError("P003", word("receive-not-regular", name=shown(path.name)))
        if before.st_size == 0:
            raise SubmissionError("P001", word("receive-empty", name=shown(path.name)))
        if before.st_size > limits.size_bytes:
            raise SubmissionError(
                "P002",
                word("receive-too-large", name=shown(path.name), size=before.st_size, limit=limits.size_bytes),
            )
        if _has_writer(source):
            return None
        digests = _stream(source, target=target, expected_bytes=before.st_size, name=path.name)
        after = path.stat()
    except FileNotFoundError as error:
        raise SubmissionError("P004", word("receive-gone", name=shown(path.name))) from error
    finally:
        os.close(source)
    same = (before.st_size, before.st_mtime_ns, before.st_ino) == (after.st_size, after.st_mtime_ns, after.st_ino)
    return digests if digests is not None and same else None


def _has_writer(source: int) -> bool:
    """Ask the kernel whether anybody has the file open for writing (a read lease is refused then)."""
    try:
        fcntl.fcntl(source, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(source, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN  # other answers: not our file, or a file system without leases
    return False


def _stream(source: int, *, target: Path, expected_bytes: int, name: str) -> tuple[Sha256, Sha512, int] | None:
    """Copy by blocks into a temporary name, then rename; None when more or fewer bytes came than expected."""
    check_room(target.parent, expected_bytes)
    sha256, sha512, size_bytes = hashlib.sha256(), hashlib.sha512(), 0
    temporary = target.with_name(target.name + ".part")
    try:
        with temporary.open("wb") as copy:
            while block := os.read(source, _BLOCK):
                sha256.update(block)
                sha512.update(block)
                size_bytes += len(block)
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if is_full(error):
            raise no_room() from error
        raise SubmissionError("P004", word("receive-unreadable", name=shown(name), fault=fault(error))) from error
    if size_bytes != expected_bytes:
        temporary.unlink()
        return None
    temporary.rename(target)
    return Sha256(sha256.hexdigest()), Sha512(sha512.hexdigest()), size_bytes


def _suffix(name: str) -> str:
    suffix = shown(PurePosixPath(name.replace("\0", "")).suffix).lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ".bin"


def check_whole(path: Path, original: Original) -> None:
    """See that a received file is still what was received. Raises IntegrityError F003."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").hexdigest()
    if digest != original.sha512:
        raise IntegrityError("F003", word("receive-changed", name=original.name))


def fsync_folder(folder: Path) -> None:
    """Make the entries of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
