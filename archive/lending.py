"""Who may have what, asked of the archive: the registers as they stand now, joined with the one pure decision.

Every page, list, image and export of the reading room asks here, also about hits that the index already filtered.
Does not write and does not log; `access_log` keeps who had what.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from archive import access, permissions, registers
from archive.rows import UNREADABLE, RecordRow
from archive.strongroom import Archive, follow
from schemas.access import AccessLevel, Reader, Rights, Rung, Target, rank
from schemas.description import Arrangement
from schemas.errors import NotFoundError, RefusedError
from schemas.identifiers import RecordId
from schemas.words import word

_TOP = RecordId("")  # what stands above a fonds
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_kept: dict[str, tuple[int, Rights]] = {}  # by storage root: the newest register line, and what stood then


def rights(archive: Archive) -> Rights:
    """Give what is registered now; read again only when a register has changed."""
    follow(archive)
    newest = archive.catalogue.registers_changed()
    where = str(archive.settings.storage.resolve())
    known = _kept.get(where)
    if known is None or known[0] != newest:
        known = _kept[where] = (newest, registers.rights(archive))
    return known[1]


def vietnamese_day(now: datetime) -> str:
    """Give the day in Viet Nam, ISO: rights begin and end with it."""
    return now.astimezone(_VIETNAM).date().isoformat()


def record_target(archive: Archive, row: RecordRow) -> Target:
    """Say where a record stands and how open it is by itself; one that cannot be read is open to nobody."""
    inventory = _inventory(archive, row.file, fonds=row.fonds)
    level = "" if row.state == UNREADABLE else row.access
    return Target(above=tuple(filter(None, (row.fonds, inventory, row.file))), id=row.id, level=level)


def unit_target(archive: Archive, unit: Arrangement) -> Target:
    """Say where a unit stands and how open it is by itself."""
    above: list[str] = []
    parent = unit.parent
    while parent is not None and parent not in above:
        above.insert(0, parent)
        parent = access.arrangement(archive, parent).parent
    return Target(above=tuple(above), id=unit.id, level=unit.default_access, record=False)


def rung_of_record(archive: Archive, reader: Reader, row: RecordRow, *, now: datetime) -> Rung:
    """Say how far the reader may go with a record."""
    return permissions.rung(reader, record_target(archive, row), rights(archive), today=vietnamese_day(now))


def rung_of_unit(archive: Archive, reader: Reader, unit: Arrangement, *, now: datetime) -> Rung:
    """Say how far the reader may go with a fonds, inventory or file itself; each record in it is asked about alone."""
    return permissions.rung(reader, unit_target(archive, unit), rights(archive), today=vietnamese_day(now))


def lend(archive: Archive, reader: Reader, wanted: RecordId, rung: Rung, *, now: datetime) -> RecordRow:
    """Give the row of a record that the reader may use so far.

    Raises NotFoundError N001, the same for a record that is not there and one the reader may not know of; RefusedError
    R030 for one that may be seen in the list but not used so far.
    """
    row = access.record(archive, wanted)
    allowed = rung_of_record(archive, reader, row, now=now)
    if allowed is Rung.NONE:
        raise NotFoundError("N001", word("record-missing", record=wanted))
    if allowed < rung:
        may, asked = word(f"rung-{allowed.value}"), word(f"rung-{rung.value}")
        raise RefusedError("R030", word("rung-too-low", may=may, record=wanted, wanted=asked))
    return row


def known_units(archive: Archive, reader: Reader, parent: RecordId | None, *, now: datetime) -> tuple[Arrangement, ...]:
    """List the units directly below `parent` (None: the fonds) of which the reader may know."""
    units = access.arrangements(archive, parent or _TOP)
    return tuple(unit for unit in units if rung_of_unit(archive, reader, unit, now=now))


def known_records(archive: Archive, reader: Reader, file: RecordId, *, now: datetime) -> tuple[RecordRow, ...]:
    """List the records of a file of which the reader may know, in the order of their accession."""
    found: list[RecordRow] = []
    after = -1
    while rows := access.list_records(archive, file=file, after=after):
        found += [row for row in rows if rung_of_record(archive, reader, row, now=now)]
        after = rows[-1].accepted
    return tuple(found)


def level_of(archive: Archive, target: Target, *, now: datetime) -> str:
    """Give the level that holds for a target today, "" for one that cannot be read."""
    narrow = permissions.narrowness(target, rights(archive), today=vietnamese_day(now))
    return next((level.value for level in AccessLevel if rank(level) == narrow), "")


def _inventory(archive: Archive, file: RecordId, *, fonds: RecordId) -> RecordId | None:
    try:
        parent = access.arrangement(archive, file).parent
    except NotFoundError:
        return None
    return None if parent == fonds else parent
