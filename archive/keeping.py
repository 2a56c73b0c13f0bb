"""What the strongroom's two keepers offer, as protocols: a `Store` of whole object versions and a `Journal` of lines.

Objects are addressed by object id, never by path, so that a folder, memory or an object storage can stand behind
them. Holds no code that reads or writes.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from archive.ocfl import Inventory
from schemas.errors import LuutruError, TryLaterError
from schemas.identifiers import Sha512
from schemas.journal import Line
from schemas.words import word


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One logical file of a version: its source (None: content that the object already holds) and its digest.

    With `sha512` given the content must have it, else nothing is stored.
    """

    source: Path | bytes | None
    sha512: Sha512 | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is said of a version: its number (1 for a new object), when, why, and by whom."""

    version: int
    created: str  # ISO 8601 with offset
    message: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What was stored: the version's name and the SHA-512 of its inventory.json, for the journal line."""

    version: str
    inventory: Sha512


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder, as the checker sees it."""

    name: str
    kind: str  # "file" | "folder" | "other"


class Files(Protocol):
    """A read-only view of a tree of files, for the checker. Paths are relative and "/"-separated; "" is the top."""

    def entries(self, folder: str) -> tuple[Entry, ...]:
        """List a folder."""

    def open(self, path: str) -> BinaryIO:
        """Open a file."""


class ObjectExistsError(LuutruError):
    """The object, or that version of it, is there already. Never told to people: accession settles it."""

    def __init__(self, object_id: str) -> None:
        """Name the object."""
        super().__init__("F005", word("object-exists", object=object_id))


class JournalMovedError(TryLaterError):
    """Another line came first: follow it, decide again, append again."""

    def __init__(self, expected: int, found: int) -> None:
        """Say both sizes."""
        super().__init__("T011", word("journal-moved", found=found, expected=expected))


class Store(Protocol):
    """Keeps whole versions of objects. Every read is checked against the digest in the inventory."""

    def put(self, object_id: str, pieces: Mapping[str, Piece], about: About) -> Stored:
        """Store one whole version. Raises ObjectExistsError, TryLaterError T012 (no room), IntegrityError F003."""

    def inventory(self, object_id: str) -> Inventory:
        """Give the inventory of the head. Raises NotFoundError N001, IntegrityError F004."""

    def inventory_digest(self, object_id: str, version: str) -> Sha512:
        """Give the SHA-512 of that version's inventory.json."""

    def holds(self, object_id: str) -> bool:
        """Say whether anything stands at the object's place, whole or not."""

    def open(self, object_id: str, path: str, version: str = "") -> BinaryIO:
        """Open a logical file (of the head); the end of the stream raises IntegrityError F003 if it was not whole."""

    def read(self, object_id: str, path: str, version: str = "") -> bytes:
        """Read a logical file (of the head), checked."""

    def objects(self) -> Iterator[str]:
        """Give the ids of all objects, in no order that means anything."""

    def back_to(self, object_id: str, version: str) -> None:
        """Make `version` the head again and remove what stands after it (residue of a crash only)."""

    def remove(self, object_id: str) -> None:
        """Take the object out of the tree in one step, then remove its bytes. Nothing happens if it is not there."""

    def alone(self, object_id: str) -> AbstractContextManager[None]:
        """Hold the object against other writers, from before its bytes are put until its line stands."""

    def begin(self, object_id: str) -> None:
        """Write down, to last, that the object is being made; for objects that nobody will bring a second time."""

    def finished(self, object_id: str) -> None:
        """Take the note of `begin` away: the object's line stands, or the object is gone."""

    def unfinished(self) -> tuple[str, ...]:
        """Give the objects that were begun by writers that are no longer there."""

    def quiet(self, object_id: str) -> AbstractContextManager[None]:
        """Wait until nobody writes the object; needs no right to write."""

    def files(self, object_id: str) -> Files:
        """View the object's own tree, for the checker."""

    def root_files(self) -> Files | None:
        """View the whole storage root, for the checker; None where the store has no tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the journal ends: how many lines, the leaf hash (hex) and the time of the last one."""

    size: int = 0
    leaf: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalState:
    """What a check of the whole journal found; `problems` are (line number from 0, sentence)."""

    size: int
    root: str
    problems: tuple[tuple[int, str], ...] = ()

    @property
    def ok(self) -> bool:
        """Say whether the chain is whole."""
        return not self.problems


class Journal(Protocol):
    """An ordered, hash-chained, append-only list of lines."""

    def head(self) -> Head:
        """Say where the journal ends."""

    def append(self, expected_size: int, line: bytes) -> None:
        """Append one written line (LF included). Raises JournalMovedError, TryLaterError T012."""

    def lines(self, after: int = 0) -> Iterator[Line]:
        """Read the lines from number `after` on."""

    def raw_lines(self, after: int = 0) -> Iterator[bytes]:
        """Give the written lines from number `after` on."""

    def verify(self) -> JournalState:
        """Check the whole chain and give the RFC 6962 root."""
