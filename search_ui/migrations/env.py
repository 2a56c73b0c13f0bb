"""Alembic's way into the desk database for the reading room's tables; the connection is given by `search_ui.saved`."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], version_table="room_version", transactional_ddl=False
)
context.run_migrations()
