"""Run the catalogue's migrations on the connection, and in the transaction, of `archive.databases`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
