"""Reads bytes and trees of files for the store: streams that check themselves, sources in pieces, a checker's view."""

import hashlib
import io
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from archive import ocfl
from archive.keeping import Entry
from archive.ocfl import Inventory
from schemas.errors import IntegrityError, NotFoundError
from schemas.identifiers import Sha512
from schemas.words import word

CHUNK_BYTES = 1024 * 1024


class Sum(Protocol):
    """A running digest."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""


class _Checked(io.RawIOBase):
    """A stream that takes the digest while it is read from start to end; a reader who jumps goes unchecked."""

    def __init__(self, inner: BinaryIO, sha512: Sha512, name: str) -> None:
        super().__init__()
        self._inner, self._expected, self._name = inner, sha512, name
        self._size = inner.seek(0, os.SEEK_END)
        inner.seek(0)
        self._sum = hashlib.sha512()
        self._summed = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        start = self._inner.tell()
        data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        if start == self._summed:
            self._sum.update(data)
            self._summed += len(data)
            if self._summed >= self._size and self._sum.hexdigest() != self._expected:
                raise IntegrityError("F003", word("content-not-stored", name=self._name))
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()


def checked(inner: BinaryIO, sha512: Sha512, *, name: str) -> BinaryIO:
    """Wrap a stream so that reading it to its end raises IntegrityError F003 when the digest is another."""
    return io.BufferedReader(_Checked(inner, sha512, name), CHUNK_BYTES)


def locate(inventory: Inventory, path: str, version: str) -> tuple[Sha512, str]:
    """Give the digest and the content path of a logical file. Raises NotFoundError N002."""
    try:
        digest = inventory.state(version)[path]
    except KeyError as error:
        raise NotFoundError(
            "N002", word("object-no-file", object=inventory.id, path=path, version=version or inventory.head)
        ) from error
    return digest, inventory.manifest[digest]


def size(source: Path | bytes | None) -> int:
    """Give the size of a source in bytes; content that is kept takes none."""
    if source is None:
        return 0
    return len(source) if isinstance(source, bytes) else source.lstat().st_size


def pieces_of(source: Path | bytes) -> Iterator[bytes]:
    """Read a source in pieces; never through a symbolic link, never anything but a regular file."""
    if isinstance(source, bytes):
        yield source
        return
    with open_regular(source) as stream:
        while data := stream.read(CHUNK_BYTES):
            yield data


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file without following a link in its last name. Raises IntegrityError F021."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise IntegrityError("F021", word("content-not-opened", name=path.name)) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise IntegrityError("F021", word("content-not-regular", name=path.name))
    return os.fdopen(handle, "rb")


def counted(chunks: Iterable[bytes], sums: tuple[Sum, ...]) -> Iterator[bytes]:
    """Pass bytes on while the digests are taken."""
    for chunk in chunks:
        for total in sums:
            total.update(chunk)
        yield chunk


def sidecar_digest(path: Path) -> str:
    """Give the digest in a sidecar file; a missing one gives a text that equals no digest."""
    try:
        return ocfl.read_sidecar(path.read_bytes())
    except OSError:
        return ""


class FolderFiles:
    """A folder as the checker sees it."""

    def __init__(self, top: Path) -> None:
        """View the tree below `top`."""
        self._top = top

    def entries(self, folder: str) -> tuple[Entry, ...]:
        """List a folder; links count as "other"."""
        with os.scandir(self._top / folder) as found:
            return tuple(sorted((Entry(e.name, _kind(e)) for e in found), key=lambda e: e.name))

    def open(self, path: str) -> BinaryIO:
        """Open a file, never through a link."""
        return open_regular(self._top / path)


class DictFiles:
    """Files in memory as the checker sees them."""

    def __init__(self, files: dict[str, bytes]) -> None:
        """View `files`: path → content."""
        self._files = files

    def entries(self, folder: str) -> tuple[Entry, ...]:
        """List a folder."""
        top = f"{folder}/" if folder else ""
        rests = {p[len(top) :] for p in self._files if p.startswith(top)}
        kinds = {rest.split("/")[0]: "folder" if "/" in rest else "file" for rest in rests}
        return tuple(Entry(name, kind) for name, kind in sorted(kinds.items()))

    def open(self, path: str) -> BinaryIO:
        """Open a file."""
        return io.BytesIO(self._files[path])


def _kind(entry: "os.DirEntry[str]") -> str:
    if entry.is_symlink():
        return "other"
    if entry.is_dir():
        return "folder"
    return "file" if entry.is_file() else "other"
