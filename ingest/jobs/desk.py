"""The desk database: tables of the job book, of the deliveries and of readers' reports, SQLite (WAL) or PostgreSQL, brought to the newest migration when opened."""

from contextlib import AbstractContextManager
from pathlib import Path

import sqlalchemy as sa

from archive import desk

_OWNER = desk.Owner(migrations=Path(__file__).parent / "migrations", lock=7253002)
_WRITING = 7253001
_metadata = sa.MetaData()

jobs_table = sa.Table(
    "jobs",
    _metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, index=True),  # order of arrival
    sa.Column("batch", sa.String(200), nullable=False, index=True),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("active_key", sa.String(64), unique=True),  # the accession key while the job has not ended
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("received", sa.Text, nullable=False),  # JSON of what `receive` took in
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("holder", sa.String(200)),
    sa.Column("lease_until", sa.String(40)),
    sa.Column("record", sa.String(36)),
    sa.Column("code", sa.String(8)),
    sa.Column("message", sa.Text),
    sa.Column("outcome", sa.Text),  # JSON: the line of `ingest --json`
    sa.Column("created_at", sa.String(40), nullable=False),
    sa.Column("ended_at", sa.String(40)),
)

steps_table = sa.Table(
    "steps",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("job", sa.String(36), nullable=False, index=True),
    sa.Column("step", sa.String(16), nullable=False),
    sa.Column("worker", sa.String(200), nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),  # seconds since the epoch
    sa.Column("ended_at", sa.Float, nullable=False),
    sa.Column("cpu_seconds", sa.Float, nullable=False),
)

deliveries_table = sa.Table(
    "deliveries",
    _metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, index=True),  # order of opening
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("account", sa.String(200), nullable=False),
    sa.Column("command", sa.Boolean, nullable=False),  # given to a command, not to the counter
    sa.Column("fonds", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("opened_at", sa.String(40), nullable=False),
    sa.Column("changed_at", sa.String(40), nullable=False),
    sa.Column("closed_at", sa.String(40)),
    sa.Column("trouble", sa.Text, nullable=False),  # why it cannot be sorted now
)

uploads_table = sa.Table(
    "uploads",
    _metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("delivery", sa.String(36), nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),  # order of announcement
    sa.Column("parent", sa.String(36)),  # the ZIP it was unpacked from
    sa.Column("name", sa.Text, nullable=False),  # as received; hostile
    sa.Column("source", sa.Text, nullable=False),  # cleaned, unique in the delivery
    sa.Column("root", sa.Text, nullable=False),  # the given folder, above which no folder has a meaning
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),  # bytes that are safe on the disk
    sa.Column("refusal", sa.String(8)),  # code of why it cannot be a document
    sa.Column("changed_at", sa.String(40), nullable=False),
    sa.UniqueConstraint("delivery", "fingerprint"),
)

items_table = sa.Table(
    "items",
    _metadata,
    sa.Column("delivery", sa.String(36), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("offer", sa.Text, nullable=False),  # JSON of what is to be taken in; empty: a command does it
    sa.Column("job", sa.String(36), nullable=False, index=True),  # fixed before it is taken in
    sa.Column("joined", sa.Boolean, nullable=False),  # the same bytes came before: that job is named
    sa.Column("taken", sa.Boolean, nullable=False, index=True),
    sa.Column("kept", sa.Boolean, nullable=False, index=True),  # its files may still lie at the counter
)

duty_table = sa.Table(
    "duty",
    _metadata,
    sa.Column("name", sa.String(16), primary_key=True),
    sa.Column("holder", sa.String(200), nullable=False),
    sa.Column("seen_at", sa.String(40), nullable=False),
)

notes_table = sa.Table(
    "notes",
    _metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("page", sa.Text, nullable=False),
    sa.Column("record", sa.String(36), nullable=False, index=True),
    sa.Column("account", sa.String(200), nullable=False),
    sa.Column("told_by", sa.Text, nullable=False),
    sa.Column("told_at", sa.String(40), nullable=False),
    sa.Column("done", sa.Boolean, nullable=False, index=True),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("done_by", sa.String(200), nullable=False),
    sa.Column("done_at", sa.String(40)),
)


def open_desk(address: str) -> sa.Engine:
    """Open the desk at an SQLAlchemy URL."""
    return desk.open_desk(address, _OWNER)


def writing(engine: sa.Engine) -> AbstractContextManager[sa.Connection]:
    """Give a connection that alone writes; committed at the end of the block."""
    return desk.writing(engine, _WRITING)
