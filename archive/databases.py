"""Opens the catalogue's database, SQLite (WAL) or PostgreSQL, and brings it to the newest migration."""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from archive.catalogue import Catalogue
from schemas.errors import IntegrityError, TryLaterError
from schemas.words import word

NEWEST = "0002"  # the newest revision under archive/migrations/versions
_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x6C757574  # "luut": one number for all processes that migrate this database
_BUSY_MILLISECONDS = 60_000
_PRIMARY_CODE = 0xFF  # the rest of a SQLite code says more, but not whose fault it is
_DAMAGED = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    }
)


def open_catalogue(url: str) -> Catalogue:
    """Open the catalogue at a SQLAlchemy URL; make or migrate it first where needed, one process at a time."""
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    if _revision(engine) != NEWEST:
        _migrate(engine)
    return Catalogue(engine)


def open_for_reading(url: str) -> Catalogue:
    """Open the catalogue without any right to write.

    One that is missing, or of another version, opens as an empty one in memory: it has followed nothing yet.
    """
    address = sa.make_url(url)
    if address.get_backend_name() != "sqlite":
        engine = _engine(url)
    elif not (path := Path(address.database or "")).is_file():
        return open_catalogue("sqlite://")
    else:
        # Without its -wal file nobody has the database open, and it can be read where nothing may be written.
        alone = "" if path.with_name(path.name + "-wal").exists() else "&immutable=1"
        engine = _engine(f"sqlite:///file:{quote(str(path))}?mode=ro{alone}&uri=true")
        sa.event.listen(engine, "connect", _prepare_reading)
    if _revision(engine) == NEWEST:
        return Catalogue(engine)
    engine.dispose()
    return open_catalogue("sqlite://")


def _engine(url: str) -> sa.Engine:
    engine = sa.create_engine(url)
    sa.event.listen(engine, "handle_error", _tell)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    for pragma in (
        f"busy_timeout={_BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_reading(connection: Any, _record: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _revision(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return revision


def _tell(context: sa.engine.ExceptionContext) -> None:
    """Turn what the database's surroundings do to it into our errors; a wrong statement of ours stays what it is."""
    error = context.original_exception
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_CODE
        if code in _DAMAGED:
            raise IntegrityError("F008", word("catalogue-damaged")) from error
        away = code in _AWAY
    else:
        away = isinstance(context.sqlalchemy_exception, sa.exc.OperationalError)
    if away:
        fault = getattr(error, "sqlite_errorname", type(error).__name__)
        raise TryLaterError("T013", word("catalogue-away", fault=fault)) from error


def _migrate(engine: sa.Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
