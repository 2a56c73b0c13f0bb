"""The register of what the storage root holds: the only SQL of the archive, on SQLite or PostgreSQL.

It is the first follower of the journal: every row is made from a line and the object it names, in one transaction
with the position reached, so it may be deleted any day and built again. Frozen values in and out. Decides nothing.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from archive.rows import ENTRIES, ArrangementRow, RecordRow
from archive.tables import arrangement, meta, originals, records, registers
from schemas.access import Register, Registered
from schemas.description import Arrangement, Level
from schemas.errors import IntegrityError
from schemas.identifiers import AccessionKey, RecordId, Sha512
from schemas.journal import Line
from schemas.values import from_json, to_json
from schemas.words import word

_BEGINNING_MOST = 1_000  # ids of one beginning that are given
_COLUMNS = tuple(c.name for c in records.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """One journal line to be applied: its leaf (hex) and the row that it makes, if any; `notes` go to `meta`."""

    line: Line
    leaf: str
    row: RecordRow | ArrangementRow | Registered | None = None
    notes: tuple[tuple[str, str], ...] = ()


class Catalogue:
    """The catalogue behind one database engine, already at the newest migration (see `archive.databases`)."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use an engine; nothing is read yet."""
        self._engine = engine

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    # -- following ----------------------------------------------------------------------------------------------

    def position(self) -> int:
        """Say how many journal lines have been applied."""
        return int(self.note("position") or 0)

    def note(self, name: str) -> str | None:
        """Give one of the notes beside the position: `leaf` of the last line, the last closed day, …"""
        with self._engine.connect() as connection:
            return connection.scalar(sa.select(meta.c.value).where(meta.c.name == name))

    def apply(self, lines: Sequence[Followed]) -> None:
        """Apply lines in order, in one transaction. Lines that another process applied first are passed over.

        Raises IntegrityError F008 when a line is left out or does not chain to the last one applied.
        """
        with self._writing() as connection:
            known = dict(connection.execute(sa.select(meta.c.name, meta.c.value)).all())
            position, last_leaf = int(known["position"]), known["leaf"]
            for followed in lines:
                if followed.line.seq < position:
                    continue
                if followed.line.seq > position or followed.line.prev != last_leaf:
                    raise IntegrityError("F008", word("catalogue-other"))
                self._apply(connection, followed)
                position, last_leaf = position + 1, followed.leaf
            _note(connection, (("position", str(position)), ("leaf", last_leaf)))

    def clear(self) -> None:
        """Forget all rows and the position, so that the journal is followed from its first line."""
        with self._writing() as connection:
            for table in (originals, records, arrangement, registers):
                connection.execute(sa.delete(table))
            connection.execute(sa.delete(meta).where(meta.c.name.not_in(("position", "leaf"))))
            _note(connection, (("position", "0"), ("leaf", "")))

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._engine.connect().execution_options(writing=True) as connection, connection.begin():
            # One writer at a time: SQLite begins IMMEDIATE, PostgreSQL locks this row until the transaction ends.
            connection.execute(sa.select(meta.c.value).where(meta.c.name == "position").with_for_update()).one()
            yield connection

    def _apply(self, connection: sa.Connection, followed: Followed) -> None:
        _note(connection, followed.notes)
        if isinstance(followed.row, RecordRow):
            _put_record(connection, followed.row)
        elif isinstance(followed.row, ArrangementRow):
            _put_arrangement(connection, followed.row)
        elif isinstance(followed.row, Registered):
            _put_registered(connection, followed.row)

    # -- records ------------------------------------------------------------------------------------------------

    def record(self, record: RecordId) -> RecordRow | None:
        """Give one record."""
        return next(iter(self._records(records.c.id == record)), None)

    def records_of(self, wanted: Collection[RecordId]) -> tuple[RecordRow, ...]:
        """Give those of the records that are there, in the order of their accession."""
        return self._records(records.c.id.in_(wanted), limit=len(wanted))

    def by_accession_key(self, key: AccessionKey) -> RecordRow | None:
        """Give the living record with that key."""
        return next(iter(self._records(records.c.accession_key == key)), None)

    def starting_with(self, start: str) -> tuple[RecordId, ...]:
        """Give the ids that begin with `start` (hex digits and hyphens), for ids cut short by people; so many at most."""
        query = sa.select(records.c.id).where(records.c.id.startswith(start, autoescape=True)).limit(_BEGINNING_MOST)
        with self._engine.connect() as connection:
            return tuple(connection.scalars(query))

    def records(
        self, *, fonds: str = "", file: str = "", state: str = "", after: int = -1, limit: int = 1000
    ) -> tuple[RecordRow, ...]:
        """List records in the order of their accession, those accepted after line number `after`."""
        wanted = {records.c.fonds: fonds, records.c.file: file, records.c.state: state}
        return self._records(
            records.c.accepted > after, *(column == value for column, value in wanted.items() if value), limit=limit
        )

    def with_original(self, sha512: Sha512) -> tuple[RecordId, ...]:
        """Give the records that hold a file of that digest."""
        query = (
            sa.select(originals.c.record).where(originals.c.sha512 == sha512).distinct().order_by(originals.c.record)
        )
        with self._engine.connect() as connection:
            return tuple(connection.scalars(query))

    def counts(self) -> dict[str, int]:
        """Count records by state."""
        query = sa.select(records.c.state, sa.func.count()).group_by(records.c.state)
        with self._engine.connect() as connection:
            return dict(connection.execute(query).all())

    def _records(self, *where: sa.ColumnElement[bool], limit: int = 1) -> tuple[RecordRow, ...]:
        query = sa.select(records).where(*where).order_by(records.c.accepted).limit(limit)
        with self._engine.connect() as connection:
            return tuple(_record(row._mapping) for row in connection.execute(query))  # noqa: SLF001 - SQLAlchemy's public name

    # -- arrangement --------------------------------------------------------------------------------------------

    def arrangement(self, unit: RecordId) -> ArrangementRow | None:
        """Give one fonds, inventory or file."""
        return next(iter(self._arrangements(arrangement.c.id == unit)), None)

    def units(self, wanted: Collection[RecordId]) -> tuple[ArrangementRow, ...]:
        """Give those of the units that are there."""
        return self._arrangements(arrangement.c.id.in_(wanted)) if wanted else ()

    def arrangement_by_code(self, parent: RecordId | None, level: Level, code: str) -> ArrangementRow | None:
        """Give the unit of that level and code below `parent`; of several, the first made."""
        found = self._arrangements(
            arrangement.c.parent == (parent or ""), arrangement.c.level == level.value, arrangement.c.code == code
        )
        return next(iter(found), None)

    def arrangements(self, parent: RecordId | None = None) -> tuple[ArrangementRow, ...]:
        """List the units directly below `parent`; None: all units of all levels. By the order they were made in."""
        return self._arrangements(*(() if parent is None else (arrangement.c.parent == parent,)))

    def arrangements_changed(self, after: int) -> tuple[ArrangementRow, ...]:
        """List the units whose last journal line has a number above `after`."""
        return self._arrangements(arrangement.c.changed > after)

    def _arrangements(self, *where: sa.ColumnElement[bool]) -> tuple[ArrangementRow, ...]:
        query = sa.select(arrangement).where(*where).order_by(arrangement.c.made)
        with self._engine.connect() as connection:
            return tuple(_arrangement(row._mapping) for row in connection.execute(query))  # noqa: SLF001

    # -- registers ----------------------------------------------------------------------------------------------

    def registered(self, *, entry: RecordId | None = None) -> tuple[Registered, ...]:
        """Give one register entry, or all of them, ended ones too, by the number of their last line."""
        query = sa.select(registers).order_by(registers.c.changed)
        with self._engine.connect() as connection:
            chosen = query if entry is None else query.where(registers.c.id == entry)
            return tuple(_registered(row._mapping) for row in connection.execute(chosen))  # noqa: SLF001

    def limited_units(self) -> frozenset[str]:
        """Give the nodes of limits that are units of the arrangement, or all that is kept ("")."""
        limited = sa.select(registers.c.node).where(registers.c.register == Register.LIMIT.value)
        query = sa.select(arrangement.c.id).where(arrangement.c.id.in_(limited))
        with self._engine.connect() as connection:
            return frozenset({"", *connection.scalars(query)})

    def registers_changed(self) -> int:
        """Give the number of the newest journal line about any register; -1 when there is none."""
        with self._engine.connect() as connection:
            newest = connection.scalar(sa.select(sa.func.max(registers.c.changed)))
        return -1 if newest is None else int(newest)


def _note(connection: sa.Connection, notes: Sequence[tuple[str, str]]) -> None:
    for name, value in notes:
        if not connection.execute(sa.update(meta).where(meta.c.name == name).values(value=value)).rowcount:
            connection.execute(sa.insert(meta).values(name=name, value=value))


def _put_record(connection: sa.Connection, row: RecordRow) -> None:
    values = {name: value for name, value in asdict(row).items() if name in _COLUMNS}
    values["findings"] = " ".join(row.findings)
    known = connection.execute(sa.select(records.c.accepted).where(records.c.id == row.id)).scalar()
    if known is None:
        connection.execute(sa.insert(records).values(**values))
    else:
        connection.execute(sa.update(records).where(records.c.id == row.id).values(**{**values, "accepted": known}))
    connection.execute(sa.delete(originals).where(originals.c.record == row.id))
    for original in row.originals:
        connection.execute(
            sa.insert(originals).values(
                record=row.id,
                path=original.path,
                name=original.name,
                sha256=original.sha256,
                sha512=original.sha512,
                size_bytes=original.size_bytes,
                puid=original.format.puid if original.format else None,
                mime=original.format.mime if original.format else None,
            )
        )


def _put_arrangement(connection: sa.Connection, row: ArrangementRow) -> None:
    unit = row.arrangement
    values = {
        "level": unit.level.value,
        "code": unit.code,
        "title": unit.title,
        "parent": unit.parent or "",
        "box": unit.box,
        "default_access": unit.default_access,
        "approved": unit.approved,
        "version": row.version,
        "changed": row.changed,
    }
    if not connection.execute(sa.update(arrangement).where(arrangement.c.id == unit.id).values(**values)).rowcount:
        connection.execute(sa.insert(arrangement).values(id=unit.id, made=row.changed, **values))


def _put_registered(connection: sa.Connection, row: Registered) -> None:
    values = {
        "register": row.register.value,
        "node": row.node,
        "entry": "" if row.entry is None else json.dumps(to_json(row.entry), ensure_ascii=False),
        "ended": row.ended,
        "version": row.version,
        "changed": row.changed,
    }
    if not connection.execute(sa.update(registers).where(registers.c.id == row.id).values(**values)).rowcount:
        connection.execute(sa.insert(registers).values(id=row.id, **values))


def _record(row: Any) -> RecordRow:
    return RecordRow(**{**row, "findings": tuple(row["findings"].split())})


def _arrangement(row: Any) -> ArrangementRow:
    unit = Arrangement(
        id=RecordId(row["id"]),
        level=Level(row["level"]),
        code=row["code"],
        title=row["title"],
        parent=RecordId(row["parent"]) if row["parent"] else None,
        box=row["box"],
        default_access=row["default_access"],
        approved=row["approved"],
    )
    return ArrangementRow(arrangement=unit, version=row["version"], changed=row["changed"])


def _registered(row: Any) -> Registered:
    register = Register(row["register"])
    return Registered(
        id=RecordId(row["id"]),
        register=register,
        node=row["node"],
        entry=from_json(ENTRIES[register], json.loads(row["entry"])) if row["entry"] else None,
        ended=row["ended"],
        version=row["version"],
        changed=row["changed"],
    )
