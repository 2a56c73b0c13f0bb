"""What the reading room shows of the workshop's desk and asks of it: deliveries, uploads, documents; readers' reports.

The workshop answers; neither imports the other: `luutru.py` hands a `Counter` and a `Feedback` in. A *delivery* is one handing-in (lô): files from a browser, or what one command was given. Its *uploads* are the files
still lying at the counter; its *items* are the documents they became, each with a job. Times are ISO 8601 UTC.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Protocol

from schemas.identifiers import JobId
from schemas.jobs import JobState, Stage


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    OPEN = "open"  # files may still come
    CLOSED = "closed"  # handed in; waits to be sorted into documents
    SORTED = "sorted"  # every document has its line, and is taken in one after another
    DROPPED = "dropped"  # given up by the person
    EXPIRED = "expired"  # nothing came for days: its files were removed


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One delivery as the list shows it. `account` is empty where nobody was logged in, or for a command."""

    id: str
    state: DeliveryState
    account: str
    command: bool
    opened_at: str
    closed_at: str | None = None
    fonds: str = ""
    file: str = ""
    trouble: str = ""  # why it waits to be sorted
    files: int = 0  # that were announced
    files_here: int = 0  # of them, whole
    announced_bytes: int = 0
    received_bytes: int = 0
    counts: Mapping[JobState, int] = field(default_factory=dict)
    in_line: int = 0  # documents that were not taken in yet

    @property
    def documents(self) -> int:
        """All documents of the delivery."""
        return sum(self.counts.values()) + self.in_line


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRow:
    """One file at the counter: what was announced of it and how far it has come."""

    id: str
    delivery: str
    source: str  # the cleaned name with its folders, as shown
    size_bytes: int
    offset: int

    @property
    def whole(self) -> bool:
        """Whether every byte is here."""
        return self.offset == self.size_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What a browser says of a file before its bytes come. The name is hostile: it may be anything."""

    name: str
    size_bytes: int
    modified: str = ""  # tells two files of one name and size apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Bytes of a file from `offset` on; `sha256` (hex) where the browser could take it."""

    offset: int
    content: BinaryIO
    size_bytes: int
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One document of a delivery; without a state it was not taken in yet."""

    number: int
    source: str
    state: JobState | None
    stage: Stage | None = None
    job: JobId | None = None
    at: str = ""
    attempts: int = 0
    pages: int | None = None
    record: str | None = None  # the record it became, or the one that was there already
    codes: tuple[str, ...] = ()  # of the findings that say why it ended as it did
    message: str | None = None  # what to say where the codes say nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of a long list is looked at."""

    state: str = ""  # a JobState, "in-line", or empty for all
    limit: int = 200
    skip: int = 0


class Counter(Protocol):
    """The counter where documents are handed in. Errors are those of `schemas.errors`, in the language spoken."""

    def open(self, account: str, *, now: datetime) -> DeliveryRow:
        """Begin a delivery."""

    def deliveries(self, wanted: Wanted, *, account: str | None = None, ended: bool = True) -> tuple[DeliveryRow, ...]:
        """List deliveries, the newest first: all, or those of an account; without the `ended`, only the open ones."""

    def delivery(self, delivery: str) -> DeliveryRow:
        """Give one delivery."""

    def uploads(self, delivery: str) -> tuple[UploadRow, ...]:
        """List the files at the counter in the order they were announced."""

    def upload(self, delivery: str, upload: str) -> UploadRow:
        """Give one of them."""

    def announce(self, delivery: str, file: Announced, *, now: datetime) -> UploadRow:
        """Make room for a file; the same announcement again gives the same file."""

    def write(self, upload: UploadRow, piece: Piece, *, now: datetime) -> UploadRow:
        """Add bytes; when it returns they are safe on the disk."""

    def take_back(self, upload: UploadRow) -> None:
        """Remove a file from an open delivery."""

    def close(self, delivery: str, *, fonds: str, file: str, now: datetime) -> DeliveryRow:
        """Hand a delivery in; again is harmless."""

    def drop(self, delivery: str, *, now: datetime) -> None:
        """Give an open delivery up and remove its files."""

    def items(self, delivery: str, wanted: Wanted) -> tuple[ItemRow, ...]:
        """List the documents of a delivery in their order."""

    def retry(self, delivery: str, numbers: Iterable[int]) -> int:
        """Put failed documents back to work; no numbers: all of the delivery. Gives how many."""

    def staffed(self, *, now: datetime) -> bool:
        """Say whether anybody takes in what was handed in."""


class NoteKind(StrEnum):
    """What a reader's report is about."""

    TEXT = "text"
    DESCRIPTION = "description"
    IMAGE = "image"
    SEARCH = "search"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A reader's report of what is wrong or could be better, and what was done about it."""

    number: int = 0  # given when it is kept
    kind: NoteKind
    text: str
    page: str = ""  # path of the page it is about
    record: str = ""
    account: str = ""
    told_by: str = ""  # a name to come back to, where nobody was logged in
    told_at: str = ""
    done: bool = False
    answer: str = ""
    done_by: str = ""
    done_at: str | None = None


class Feedback(Protocol):
    """The box of reports."""

    def tell(self, note: Note, *, now: datetime) -> Note:
        """Keep a report."""

    def notes(self, *, done: bool, wanted: Wanted) -> tuple[Note, ...]:
        """List open or finished reports, the newest first."""

    def told_by(self, account: str, *, wanted: Wanted) -> tuple[Note, ...]:
        """List the reports of an account with what became of them, the newest first."""

    def counts(self) -> tuple[int, int]:
        """Count open and finished reports."""

    def settle(self, note: Note, *, now: datetime) -> None:
        """Keep the answer to a report (its number, whether done, the answer, by whom)."""
