"""Alembic's way into the desk database; the connection is given by `archive.desk`."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], version_table="accounts_version", transactional_ddl=False
)
context.run_migrations()
