"""The register of deliveries and of the files at the counter. The only SQL on them here.

An upload's `offset` counts the bytes that are safe on the disk; what lies beyond it in the file was never promised.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ingest.deliveries.names import another, clean
from ingest.jobs.desk import deliveries_table, items_table, open_desk, uploads_table, writing
from schemas.desk import Announced, DeliveryState
from schemas.errors import NotFoundError
from schemas.words import word

_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row of the deliveries."""

    id: str
    state: DeliveryState
    account: str
    command: bool
    fonds: str
    file: str
    opened_at: str
    changed_at: str
    closed_at: str | None
    trouble: str = ""  # why it cannot be sorted now


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One row of the files at the counter."""

    id: str
    delivery: str
    number: int
    name: str  # as received
    source: str
    root: str
    size_bytes: int
    offset: int
    parent: str | None = None
    refusal: str | None = None

    @property
    def whole(self) -> bool:
        """Whether every byte is here."""
        return self.offset == self.size_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What the files of some deliveries come to."""

    files: int = 0
    whole: int = 0
    announced_bytes: int = 0
    received_bytes: int = 0


class Register:
    """The register itself."""

    def __init__(self, address: str) -> None:
        """Open the desk database at an SQLAlchemy URL."""
        self.engine = open_desk(address)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def open(self, account: str, *, command: bool, now: datetime) -> Delivery:
        """Begin a delivery; one of a command is never at the counter."""
        at = now.isoformat()
        row = Delivery(
            id=str(uuid.uuid4()),
            state=DeliveryState.SORTED if command else DeliveryState.OPEN,
            account=account,
            command=command,
            fonds="",
            file="",
            opened_at=at,
            changed_at=at,
            closed_at=at if command else None,
        )
        with writing(self.engine) as connection:
            number = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(deliveries_table.c.number), 0))) or 0
            values = {name: getattr(row, name) for name in Delivery.__dataclass_fields__}
            connection.execute(deliveries_table.insert().values(**values, number=number + 1))
        return row

    def delivery(self, wanted: str) -> Delivery:
        """Give one delivery. Raises NotFoundError N010."""
        wanted = wanted if _ID.fullmatch(wanted) else ""
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(deliveries_table).where(deliveries_table.c.id == wanted)).first()
        if row is None:
            raise NotFoundError("N010", word("delivery-missing"))
        return _delivery(row)

    def deliveries(
        self,
        *,
        states: Collection[DeliveryState] = tuple(DeliveryState),
        account: str | None = None,
        limit: int = 1000,
        skip: int = 0,
    ) -> tuple[Delivery, ...]:
        """List deliveries, the newest first. One that a person never put a file into is not listed."""
        table = deliveries_table
        uploaded = sa.exists().where(uploads_table.c.delivery == table.c.id)
        sorted_ = sa.exists().where(items_table.c.delivery == table.c.id)
        expired = table.c.state == DeliveryState.EXPIRED
        query = sa.select(table).where(table.c.state.in_([str(s) for s in states]), sa.or_(uploaded, sorted_, expired))
        if account is not None:
            query = query.where(table.c.account == account)
        query = query.order_by(table.c.number.desc()).limit(limit).offset(skip)
        with self.engine.connect() as connection:
            return tuple(_delivery(row) for row in connection.execute(query))

    def idle(self, *, before: datetime) -> tuple[Delivery, ...]:
        """Give open and sorted deliveries with files at the counter to which nothing has come since an instant."""
        table = deliveries_table
        query = sa.select(table).where(
            table.c.state.in_([str(DeliveryState.OPEN), str(DeliveryState.SORTED)]),
            table.c.changed_at < before.isoformat(),
            sa.exists().where(uploads_table.c.delivery == table.c.id),
        )
        with self.engine.connect() as connection:
            return tuple(_delivery(row) for row in connection.execute(query))

    def move(self, delivery: str, old: DeliveryState, new: DeliveryState, **values: str) -> bool:
        """Move a delivery on; False when it stood elsewhere."""
        table = deliveries_table
        with writing(self.engine) as connection:
            result = connection.execute(
                table.update().where(table.c.id == delivery, table.c.state == old).values(state=new, **values)
            )
            return result.rowcount == 1

    def trouble(self, delivery: str, told: str) -> None:
        """Keep the sentence that says why a delivery waits; empty when it does not any more."""
        table = deliveries_table
        with writing(self.engine) as connection:
            connection.execute(
                table.update().where(table.c.id == delivery, table.c.trouble != told).values(trouble=told)
            )

    def announced(self, delivery: str, file: Announced) -> Upload | None:
        """Give the file that this announcement made before."""
        with self.engine.connect() as connection:
            return _same(connection, delivery, _fingerprint(file))

    def announce(self, delivery: str, file: Announced, *, now: datetime) -> Upload:
        """Write a file down; the same announcement again gives the row there is."""
        fingerprint = _fingerprint(file)
        with writing(self.engine) as connection:
            known = _same(connection, delivery, fingerprint)
            if known is not None:
                return known
            source = _unused(connection, delivery, clean(file.name))
            root, slash, _ = source.partition("/")
            row = Upload(
                id=str(uuid.uuid4()),
                delivery=delivery,
                number=_next(connection, delivery),
                name=file.name,
                source=source,
                root=root if slash else "",
                size_bytes=file.size_bytes,
                offset=0,
            )
            _insert(connection, row, fingerprint=fingerprint, now=now)
            _touch(connection, delivery, now)
        return row

    def unpacked(self, parent: Upload, files: Iterable[Upload], *, now: datetime) -> None:
        """Write down what a ZIP held, in one act; the ZIP itself is no document any more."""
        with writing(self.engine) as connection:
            number = _next(connection, parent.delivery)
            for file in files:
                source = _unused(connection, parent.delivery, file.source)
                values = {"number": number, "source": source}
                _insert(connection, file, fingerprint=f"{parent.number}:{file.number}", now=now, **values)
                number += 1
            connection.execute(uploads_table.delete().where(uploads_table.c.id == parent.id))

    def refuse(self, upload: Upload, code: str) -> None:
        """Write down why a file cannot be a document."""
        with writing(self.engine) as connection:
            connection.execute(uploads_table.update().where(uploads_table.c.id == upload.id).values(refusal=code))

    def upload(self, delivery: str, upload: str) -> Upload:
        """Give one file. Raises NotFoundError N011."""
        upload = upload if _ID.fullmatch(upload) else ""
        table = uploads_table
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == upload, table.c.delivery == delivery)).first()
        if row is None:
            raise NotFoundError("N011", word("upload-missing"))
        return _upload(row)

    def uploads(self, delivery: str) -> tuple[Upload, ...]:
        """List the files of a delivery in the order of announcement."""
        query = sa.select(uploads_table).where(uploads_table.c.delivery == delivery).order_by(uploads_table.c.number)
        with self.engine.connect() as connection:
            return tuple(_upload(row) for row in connection.execute(query))

    def advance(self, upload: Upload, offset: int, *, now: datetime) -> bool:
        """Say that a file is safe up to `offset`; False when somebody else wrote in between."""
        table = uploads_table
        with writing(self.engine) as connection:
            result = connection.execute(
                table.update()
                .where(table.c.id == upload.id, table.c.offset == upload.offset)
                .values(offset=offset, changed_at=now.isoformat())
            )
            _touch(connection, upload.delivery, now)
            return result.rowcount == 1

    def forget(self, upload: str) -> None:
        """Remove a file's row."""
        with writing(self.engine) as connection:
            connection.execute(uploads_table.delete().where(uploads_table.c.id == upload))

    def forget_all(self, delivery: str) -> None:
        """Remove the rows of all files of a delivery."""
        with writing(self.engine) as connection:
            connection.execute(uploads_table.delete().where(uploads_table.c.delivery == delivery))

    def sums(self, deliveries: Collection[str]) -> Mapping[str, Sums]:
        """Sum up the files of deliveries."""
        table = uploads_table
        whole = sa.func.sum(sa.case((table.c.offset == table.c.size_bytes, 1), else_=0))
        query = (
            sa.select(
                table.c.delivery, sa.func.count(), whole, sa.func.sum(table.c.size_bytes), sa.func.sum(table.c.offset)
            )
            .where(table.c.delivery.in_(list(deliveries)))
            .group_by(table.c.delivery)
        )
        with self.engine.connect() as connection:
            return {
                delivery: Sums(
                    files=int(files), whole=int(here), announced_bytes=int(told), received_bytes=int(received)
                )
                for delivery, files, here, told, received in connection.execute(query)
            }

    def waiting_bytes(self, account: str) -> int:
        """Sum what an account has announced or left at the counter."""
        of_account = sa.select(deliveries_table.c.id).where(deliveries_table.c.account == account)
        query = sa.select(sa.func.coalesce(sa.func.sum(uploads_table.c.size_bytes), 0)).where(
            uploads_table.c.delivery.in_(of_account)
        )
        with self.engine.connect() as connection:
            return int(connection.scalar(query) or 0)


def _fingerprint(file: Announced) -> str:
    return hashlib.sha256(json.dumps([file.name, file.size_bytes, file.modified]).encode()).hexdigest()


def _same(connection: sa.Connection, delivery: str, fingerprint: str) -> Upload | None:
    table = uploads_table
    row = connection.execute(
        sa.select(table).where(table.c.delivery == delivery, table.c.fingerprint == fingerprint)
    ).first()
    return None if row is None else _upload(row)


def _next(connection: sa.Connection, delivery: str) -> int:
    query = sa.select(sa.func.coalesce(sa.func.max(uploads_table.c.number), 0))
    return int(connection.scalar(query.where(uploads_table.c.delivery == delivery)) or 0) + 1


def _unused(connection: sa.Connection, delivery: str, source: str) -> str:
    """Give the source, or one beside it that no other file of the delivery has."""
    table, number, tried = uploads_table, 1, source
    while connection.execute(
        sa.select(table.c.id).where(table.c.delivery == delivery, table.c.source == tried).limit(1)
    ).first():
        number += 1
        tried = another(source, number)
    return tried


def _insert(connection: sa.Connection, row: Upload, *, fingerprint: str, now: datetime, **changed: Any) -> None:
    values = {name: getattr(row, name) for name in Upload.__dataclass_fields__}
    values |= {"name": json.dumps(row.name), "fingerprint": fingerprint, "changed_at": now.isoformat(), **changed}
    connection.execute(uploads_table.insert().values(**values))


def _touch(connection: sa.Connection, delivery: str, now: datetime) -> None:
    table = deliveries_table
    connection.execute(table.update().where(table.c.id == delivery).values(changed_at=now.isoformat()))


def _delivery(row: Any) -> Delivery:
    values = {name: getattr(row, name) for name in Delivery.__dataclass_fields__}
    return Delivery(**{**values, "state": DeliveryState(row.state)})


def _upload(row: Any) -> Upload:
    values = {name: getattr(row, name) for name in Upload.__dataclass_fields__}
    return Upload(**{**values, "name": json.loads(row.name)})
