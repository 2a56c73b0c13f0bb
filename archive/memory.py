"""A store and a journal in memory, without files and without rename: the second implementation of both protocols.

The same tests run against it as against the folder, so that nothing of the folder leaks into the protocols. Used by
tests and measurements only; nothing in it lasts.
"""

import hashlib
import io
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO

from archive import ocfl
from archive.journal import check, following
from archive.keeping import About, Files, Head, JournalMovedError, JournalState, ObjectExistsError, Piece, Stored
from archive.ocfl import Digests, Inventory
from archive.streams import DictFiles, checked, locate, pieces_of
from schemas.errors import IntegrityError, NotFoundError
from schemas.identifiers import Sha256, Sha512
from schemas.journal import Line, read
from schemas.words import word


class MemoryStore:
    """The store in memory: for each object its OCFL files, path → content."""

    def __init__(self) -> None:
        """Begin empty."""
        self._objects: dict[str, dict[str, bytes]] = {}
        self._locks: dict[str, threading.RLock] = {}

    def put(self, object_id: str, pieces: Mapping[str, Piece], about: About) -> Stored:
        """Store one whole version."""
        previous = None if about.version == 1 else self.inventory(object_id)
        if (about.version == 1 and self.holds(object_id)) or (previous and previous.number != about.version - 1):
            raise ObjectExistsError(object_id)
        read_pieces = {path: _take(piece, path, previous) for path, piece in sorted(pieces.items())}
        contents = {path: digests for path, (digests, _) in read_pieces.items()}
        state = {path: d.sha512 if isinstance(d, Digests) else d for path, d in contents.items()}
        version = ocfl.Version(created=about.created, message=about.message, actor=about.actor, state=state)
        inventory = ocfl.new_version(previous, contents, object_id=object_id, version=version)
        head, data = inventory.head, ocfl.write_inventory(inventory)
        files = dict(self._objects.get(object_id, {ocfl.DECLARATION: b"ocfl_object_1.1\n"}))
        for path, (digests, content) in read_pieces.items():
            if isinstance(digests, Digests) and inventory.manifest[digests.sha512] == f"{head}/content/{path}":
                files[f"{head}/content/{path}"] = content
        for folder in (f"{head}/", ""):
            files[folder + ocfl.INVENTORY] = data
            files[folder + ocfl.SIDECAR] = ocfl.write_sidecar(data)
        self._objects[object_id] = files
        return Stored(version=head, inventory=Sha512(hashlib.sha512(data).hexdigest()))

    def inventory(self, object_id: str) -> Inventory:
        """Give the inventory of the head."""
        files = self._files(object_id)
        data = files.get(ocfl.INVENTORY, b"")
        if hashlib.sha512(data).hexdigest() != ocfl.read_sidecar(files.get(ocfl.SIDECAR, b"")):
            raise IntegrityError("F004", word("object-inventory-changed", object=object_id))
        return ocfl.read_inventory(data)

    def inventory_digest(self, object_id: str, version: str) -> Sha512:
        """Give the SHA-512 of that version's inventory.json."""
        data = self._files(object_id).get(f"{version}/{ocfl.INVENTORY}")
        if data is None:
            raise NotFoundError("N001", word("object-no-version", object=object_id, version=version))
        return Sha512(hashlib.sha512(data).hexdigest())

    def holds(self, object_id: str) -> bool:
        """Say whether the object is there."""
        return object_id in self._objects

    def open(self, object_id: str, path: str, version: str = "") -> BinaryIO:
        """Open a logical file."""
        digest, content = locate(self.inventory(object_id), path, version)
        data = self._files(object_id).get(content)
        if data is None:
            raise IntegrityError("F001", word("object-file-missing", path=path, object=object_id))
        return checked(io.BytesIO(data), digest, name=f"{path} ({object_id})")

    def read(self, object_id: str, path: str, version: str = "") -> bytes:
        """Read a logical file, checked."""
        with self.open(object_id, path, version) as stream:
            return stream.read()

    def objects(self) -> Iterator[str]:
        """Give the ids of all objects."""
        yield from tuple(self._objects)

    def back_to(self, object_id: str, version: str) -> None:
        """Make `version` the head again."""
        files = self._files(object_id)
        later = {name for name in self.inventory(object_id).versions if int(name[1:]) > int(version[1:])}
        kept = {path: data for path, data in files.items() if path.split("/")[0] not in later}
        data = kept[f"{version}/{ocfl.INVENTORY}"]
        self._objects[object_id] = {**kept, ocfl.INVENTORY: data, ocfl.SIDECAR: ocfl.write_sidecar(data)}

    def remove(self, object_id: str) -> None:
        """Forget the object."""
        self._objects.pop(object_id, None)

    @contextmanager
    def alone(self, object_id: str) -> Iterator[None]:
        """Hold the object against other threads."""
        with self._locks.setdefault(object_id, threading.RLock()):
            yield

    def begin(self, object_id: str) -> None:
        """Write nothing down: what is in memory ends with its writer."""

    def finished(self, object_id: str) -> None:
        """Take nothing away."""

    def unfinished(self) -> tuple[str, ...]:
        """Give nothing."""
        return ()

    def quiet(self, object_id: str) -> AbstractContextManager[None]:
        """Wait until nobody writes the object."""
        return self.alone(object_id)

    def files(self, object_id: str) -> Files:
        """View the object's own tree."""
        return DictFiles(self._files(object_id))

    def root_files(self) -> None:
        """There is no tree."""

    def _files(self, object_id: str) -> dict[str, bytes]:
        if object_id not in self._objects:
            raise NotFoundError("N001", word("object-missing", object=object_id))
        return self._objects[object_id]


class MemoryJournal:
    """The journal in memory: a list of written lines."""

    def __init__(self) -> None:
        """Begin empty."""
        self._lines: list[bytes] = []
        self._head = Head()
        self._lock = threading.Lock()

    def head(self) -> Head:
        """Say where the journal ends."""
        return self._head

    def append(self, expected_size: int, line: bytes) -> None:
        """Append one written line."""
        with self._lock:
            if self._head.size != expected_size:
                raise JournalMovedError(expected_size, self._head.size)
            self._head = following(self._head, line)
            self._lines.append(line)

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Read the lines from number `after` on."""
        yield from map(read, self.raw_lines(after))

    def raw_lines(self, after: int = 0) -> Iterator[bytes]:
        """Give the written lines from number `after` on."""
        yield from self._lines[after : self._head.size]

    def verify(self) -> JournalState:
        """Check the whole chain."""
        return check(self._lines)


def _take(piece: Piece, path: str, previous: Inventory | None) -> tuple[Digests | Sha512, bytes]:
    if piece.source is None or (previous and piece.sha512 in previous.manifest):
        if piece.sha512 is None:
            raise IntegrityError("F003", word("content-unnamed", name=path))
        return piece.sha512, b""
    data = b"".join(pieces_of(piece.source))
    digests = Digests(Sha512(hashlib.sha512(data).hexdigest()), Sha256(hashlib.sha256(data).hexdigest()))
    if piece.sha512 is not None and digests.sha512 != piece.sha512:
        raise IntegrityError("F003", word("content-changed", name=path))
    return digests, data
