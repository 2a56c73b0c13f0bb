"""What the reader of this request may be lent: every page asks here before it shows a record.

There are no accounts yet: whoever sits at this machine is the operator of the home and may do everything.
"""

from archive import access
from archive.access import RecordRow
from schemas.access import Rung
from schemas.description import Arrangement
from schemas.identifiers import RecordId
from search_ui.room import room

_TOP = RecordId("")  # what stands above a fonds

__all__ = ["Rung", "known_records", "known_unit", "known_units", "lent", "reader_id", "rung_of"]


def lent(wanted: RecordId, rung: Rung = Rung.READ) -> RecordRow:  # noqa: ARG001 - everybody may do everything
    """Give the row of a record that the reader may use at that rung. Raises NotFoundError N001."""
    return access.record(room().archive, wanted)


def rung_of(row: RecordRow) -> Rung:  # noqa: ARG001
    """Say how far the reader may go with a record."""
    return Rung.DOWNLOAD


def known_records(file: RecordId) -> tuple[RecordRow, ...]:
    """Give the records of a file that the reader may know of, in order."""
    found: list[RecordRow] = []
    while rows := access.list_records(room().archive, file=file, after=found[-1].accepted if found else -1):
        found += rows
    return tuple(found)


def known_units(parent: RecordId | None) -> tuple[Arrangement, ...]:
    """Give the units directly below `parent` that the reader may know of; None: the fonds."""
    return access.arrangements(room().archive, parent or _TOP)


def known_unit(wanted: RecordId) -> Arrangement:
    """Give a unit that the reader may know of. Raises NotFoundError N004."""
    return access.arrangement(room().archive, wanted)


def reader_id() -> str:
    """Give the account of the reader, "" for the operator of the home."""
    return ""
