"""Who may have what, asked of the archive: the registers as they stand now, joined with the one pure decision.

Every page, list, image and export of the reading room asks here, also about hits that the index already filtered.
Does not write and does not log; `access_log` keeps who had what.
"""

from collections.abc import Collection
from datetime import datetime

from archive import access, permissions, registers
from archive.rows import UNREADABLE, RecordRow
from archive.strongroom import Archive, follow
from schemas.access import AccessLevel, Reader, Rights, Rung, Target, rank
from schemas.days import VIETNAM
from schemas.description import Arrangement
from schemas.errors import NotFoundError, RefusedError
from schemas.identifiers import RecordId
from schemas.words import word

_TOP = RecordId("")  # what stands above a fonds
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
    return now.astimezone(VIETNAM).date().isoformat()


class Places:
    """Where records and units stand; each unit is read once for a whole list."""

    def __init__(self, archive: Archive) -> None:
        """Look into this archive; nothing is read yet."""
        self._archive = archive
        self._units: dict[RecordId, Arrangement | None] = {}  # None: there is no such unit

    def gather(self, wanted: Collection[RecordId]) -> None:
        """Read units that will be asked for, with all above them, level by level."""
        while missing := set(wanted) - self._units.keys():
            found = {row.arrangement.id: row.arrangement for row in self._archive.catalogue.units(missing)}
            self._units |= dict.fromkeys(missing) | found
            wanted = {unit.parent for unit in found.values() if unit.parent}

    def unit(self, wanted: RecordId) -> Arrangement:
        """Give a fonds, inventory or file. Raises NotFoundError N004."""
        if wanted not in self._units:
            self.gather([wanted])
        known = self._units[wanted]
        if known is None:
            raise NotFoundError("N004", word("unit-missing", unit=wanted))
        return known

    def target(self, each: RecordRow | Arrangement) -> Target:
        """Say where it stands and how open it is by itself; a record that cannot be read is open to nobody."""
        if isinstance(each, Arrangement):
            return Target(above=tuple(self._above(each)), id=each.id, level=each.default_access, record=False)
        above = (each.fonds, self._inventory(each.file, fonds=each.fonds), each.file)
        level = "" if each.state == UNREADABLE else each.access
        return Target(above=tuple(filter(None, above)), id=each.id, level=level)

    def _above(self, unit: Arrangement) -> list[str]:
        above: list[str] = []
        parent = unit.parent
        while parent is not None and parent not in above:
            above.insert(0, parent)
            parent = self.unit(parent).parent
        return above

    def _inventory(self, file: RecordId, *, fonds: RecordId) -> RecordId | None:
        try:
            parent = self.unit(file).parent
        except NotFoundError:
            return None
        return None if parent == fonds else parent


class Lender:
    """What one reader may be lent at one moment: the registers are read once for a whole list."""

    def __init__(self, archive: Archive, reader: Reader, *, now: datetime) -> None:
        """Read the registers as they stand now."""
        self._archive, self._reader = archive, reader
        self._rights, self._today = rights(archive), vietnamese_day(now)
        self.places = Places(archive)

    def rung(self, each: RecordRow | Arrangement, *, reader: Reader | None = None) -> Rung:
        """Say how far the reader (or another) may go with a record, or a unit itself: records in it are asked about alone."""
        return permissions.rung(reader or self._reader, self.places.target(each), self._rights, today=self._today)

    def level(self, each: RecordRow | Arrangement) -> str:
        """Give the level that holds today for a record or a unit, "" for one that cannot be read."""
        narrow = permissions.narrowness(self.places.target(each), self._rights, today=self._today)
        return next((level.value for level in AccessLevel if rank(level) == narrow), "")

    def knows(self, wanted: RecordId) -> bool:
        """Say whether the reader may know of a record that is there."""
        return self.rung(access.record(self._archive, wanted)) is not Rung.NONE

    def lend(self, wanted: RecordId, rung: Rung) -> RecordRow:
        """Give the row of a record that the reader may use so far.

        Raises NotFoundError N001, the same for a record that is not there and one the reader may not know of;
        RefusedError R030 for one that may be seen in the list but not used so far.
        """
        row = access.record(self._archive, wanted)
        allowed = self.rung(row)
        if allowed is Rung.NONE:
            raise NotFoundError("N001", word("record-missing", record=wanted))
        if allowed < rung:
            may, asked = word(f"rung-{allowed.value}"), word(f"rung-{rung.value}")
            raise RefusedError("R030", word("rung-too-low", may=may, record=wanted, wanted=asked))
        return row

    def units(self, parent: RecordId | None) -> tuple[Arrangement, ...]:
        """List the units directly below `parent` (None: the fonds) of which the reader may know."""
        return tuple(unit for unit in access.arrangements(self._archive, parent or _TOP) if self.rung(unit))

    def records(self, file: RecordId) -> tuple[RecordRow, ...]:
        """List the records of a file of which the reader may know, in the order of their accession."""
        found: list[RecordRow] = []
        after = -1
        while rows := access.list_records(self._archive, file=file, after=after):
            found += [row for row in rows if self.rung(row)]
            after = rows[-1].accepted
        return tuple(found)
