"""The archive as its own modules hold it: how the catalogue follows the journal, and how a line is written.

`commit` is the only way to a new journal line. It decides on the whole journal: it follows first, asks again whether
the act is still wanted, and appends only where no other line came between.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import Any, TypeVar

from archive.catalogue import Catalogue, Followed
from archive.journal import next_time
from archive.keeping import Journal, JournalMovedError, Store
from archive.rows import (
    ARRANGEMENT_JSON,
    RECORD_JSON,
    REGISTER_JSON,
    ArrangementRow,
    RecordRow,
    record_row,
    register_row,
    unreadable_row,
)
from schemas.access import Registered
from schemas.description import Arrangement
from schemas.errors import IntegrityError, NotFoundError
from schemas.identifiers import from_urn
from schemas.journal import Line, LineKind, leaf, write
from schemas.packages import Package
from schemas.settings import Settings
from schemas.values import from_json
from schemas.words import word

ACCESS_LOG_CLOSED = "access-log-closed"
_BATCH = 200  # lines applied in one transaction
_RECORD_KINDS = frozenset({LineKind.RECORD_ACCEPTED.value, LineKind.VERSION_ADDED.value})
_ARRANGEMENT_KINDS = frozenset({LineKind.ARRANGEMENT_MADE.value, LineKind.ARRANGEMENT_CHANGED.value})

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One open archive. Leave it with `close`, or use it in a `with` statement."""

    store: Store
    journal: Journal
    catalogue: Catalogue
    settings: Settings

    def close(self) -> None:
        """Give the database connections back."""
        self.catalogue.close()

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a journal line will say, but for its number, time and chain."""

    kind: str
    actor: str
    object: str = ""
    version: str = ""
    inventory: str = ""
    originals: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


def follow(archive: Archive) -> int:
    """Bring the catalogue to the end of the journal; give the number of lines it has then applied.

    Raises IntegrityError F008 when the catalogue knows of more lines than the journal holds.
    """
    size = archive.journal.head().size
    position = archive.catalogue.position()
    if position > size:
        raise IntegrityError("F008", word("catalogue-ahead", known=position, size=size))
    lines = islice(archive.journal.lines(position), size - position)
    while batch := [_followed(archive.store, line) for line in islice(lines, _BATCH)]:
        archive.catalogue.apply(batch)
    return size


def commit(archive: Archive, act: Act, *, now: datetime, settled: Callable[[], Found | None]) -> Line | Found:
    """Append the line of an act and let the catalogue follow, or give what `settled` says if that is not None.

    `settled` is asked with the catalogue at the end of the journal, and no line can come between its answer and ours.
    Raises TryLaterError T010 (clock), T012 (no room).
    """
    while True:
        size = follow(archive)
        found = settled()
        if found is not None:
            return found
        head = archive.journal.head()
        if head.size != size:
            continue
        time, behind = next_time(head, now)
        line = Line(
            seq=head.size,
            time=time,
            kind=act.kind,
            actor=act.actor,
            object=act.object,
            version=act.version,
            inventory=act.inventory,
            originals=act.originals,
            prev=head.leaf,
            more={**act.more, "clock": "behind"} if behind else act.more,
        )
        try:
            archive.journal.append(head.size, write(line))
        except JournalMovedError:
            continue
        follow(archive)
        return line


def row_of(store: Store, line: Line) -> RecordRow | ArrangementRow | Registered | None:
    """Make the row that a line stands for, from the object it names; None for lines without a row."""
    if line.kind in _RECORD_KINDS:
        try:
            return record_row(line, read_package(store, line.object, line.version))
        except (IntegrityError, NotFoundError):
            return unreadable_row(line)  # the follower goes on; `verify` names what is wrong
    if line.kind in _ARRANGEMENT_KINDS:
        try:
            unit = from_json(Arrangement, json.loads(store.read(line.object, ARRANGEMENT_JSON, line.version)))
        except (IntegrityError, NotFoundError):
            return None
        return ArrangementRow(arrangement=unit, version=line.version, changed=line.seq)
    return register_row(line, _content(store, line)) if line.kind == LineKind.REGISTERED.value else None


def _content(store: Store, line: Line) -> Any:
    """Read a register object; None where it cannot be read, which `verify` tells."""
    try:
        return json.loads(store.read(line.object, REGISTER_JSON, line.version))
    except (IntegrityError, NotFoundError, ValueError):
        return None


def read_package(store: Store, object_id: str, version: str = "") -> Package:
    """Read a record's package. Raises IntegrityError (also when it says another id), NotFoundError."""
    try:
        value = json.loads(store.read(object_id, RECORD_JSON, version))
    except ValueError as error:
        raise IntegrityError("F020", word("metadata-unreadable", object=object_id)) from error
    package = from_json(Package, value)
    if package.record != from_urn(object_id):
        raise IntegrityError("F020", word("metadata-other", object=object_id))
    return package


def _followed(store: Store, line: Line) -> Followed:
    notes = ((ACCESS_LOG_CLOSED, str(line.more.get("day", ""))),) if line.kind == ACCESS_LOG_CLOSED else ()
    return Followed(line=line, leaf=leaf(write(line)).hex(), row=row_of(store, line), notes=notes)
