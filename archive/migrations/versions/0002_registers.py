"""Make the table of the registers: grants, limits, holds."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table, and follow the journal from its first line: lines of registers may stand in it already."""
    op.create_table(
        "registers",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("register", "node", "entry")),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_registers_node", "registers", ["node"])
    op.create_index("ix_registers_changed", "registers", ["changed"])
