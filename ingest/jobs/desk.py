"""The desk database: tables of the job book, SQLite (WAL) or PostgreSQL, brought to the newest migration when opened."""

from pathlib import Path

import sqlalchemy as sa

from archive import desk

_OWNER = desk.Owner(migrations=Path(__file__).parent / "migrations", lock=7253002)
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


def open_desk(address: str) -> sa.Engine:
    """Open the desk at an SQLAlchemy URL."""
    return desk.open_desk(address, _OWNER)
