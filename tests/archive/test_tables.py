"""The migrations make just the tables that the catalogue uses."""

from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from archive import databases
from archive.tables import metadata


def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalogue.db'}"
    databases.open_catalogue(url).close()
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_the_newest_migration_is_known() -> None:
    assert ScriptDirectory(str(databases._MIGRATIONS)).get_heads() == [databases.NEWEST]
