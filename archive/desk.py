"""The desk database as both rooms open it: SQLite (WAL) or PostgreSQL, each owner with tables and migrations of its own.

The desk holds what cannot be made anew and is no record: the job book, accounts, sessions. The archive itself keeps
nothing there; this is the one place that both rooms may lean on.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from schemas.errors import LuutruError, TryLaterError
from schemas.words import word

_BUSY_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose tables are opened: the folder of their migrations and a number that one process at a time may hold."""

    migrations: Path
    lock: int


def no_room() -> LuutruError:
    """Give the error that says that the disk is full."""
    return TryLaterError("T012", word("no-room"))


def open_desk(address: str, owner: Owner) -> sa.Engine:
    """Open the desk at an SQLAlchemy URL, and bring the owner's tables to their newest migration."""
    engine = _engine(address)
    _migrate(engine, owner)
    return engine


@contextmanager
def writing(engine: sa.Engine, lock: int) -> Iterator[sa.Connection]:
    """Give a connection in a transaction that writes; one at a time for each lock."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
        yield connection
        connection.commit()


def _engine(address: str) -> sa.Engine:
    if not address.startswith("sqlite"):
        return sa.create_engine(address.replace("postgresql://", "postgresql+psycopg://", 1), pool_pre_ping=True)
    engine = sa.create_engine(address, connect_args={"timeout": 60, "check_same_thread": False})

    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("busy_timeout=60000", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        _write_ahead(connection)

    sa.event.listen(engine, "connect", prepare)
    sa.event.listen(engine, "handle_error", _tell)
    return engine


def _write_ahead(connection: Any) -> None:
    """Switch to WAL; SQLite does not wait for another process that does the same to a new file, so we do."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _tell(context: sa.engine.ExceptionContext) -> None:
    """Turn a full disk into our own error."""
    if getattr(context.original_exception, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        raise no_room() from context.original_exception


def _migrate(engine: sa.Engine, owner: Owner) -> None:
    """Bring the tables up to date (Alembic); two processes at once do it once."""
    config = Config()
    config.set_main_option("script_location", str(owner.migrations).replace("%", "%%"))
    with writing(engine, owner.lock) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
