"""Deliveries, the files at the counter, the documents they became; readers' reports."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables, and a delivery for each batch of earlier jobs, so that none is out of sight."""
    deliveries, items = _deliveries(), _items()
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("delivery", sa.String(36), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("parent", sa.String(36)),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("refusal", sa.String(8)),
        sa.Column("changed_at", sa.String(40), nullable=False),
        sa.UniqueConstraint("delivery", "fingerprint"),
    )
    op.create_table(
        "duty",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("seen_at", sa.String(40), nullable=False),
    )
    op.create_table(
        "notes",
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
    _show_earlier_jobs(deliveries, items)


def _deliveries() -> sa.Table:
    return op.create_table(
        "deliveries",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, index=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("command", sa.Boolean, nullable=False),
        sa.Column("fonds", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("opened_at", sa.String(40), nullable=False),
        sa.Column("changed_at", sa.String(40), nullable=False),
        sa.Column("closed_at", sa.String(40)),
        sa.Column("trouble", sa.Text, nullable=False),
    )


def _items() -> sa.Table:
    return op.create_table(
        "items",
        sa.Column("delivery", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("offer", sa.Text, nullable=False),
        sa.Column("job", sa.String(36), nullable=False, index=True),
        sa.Column("joined", sa.Boolean, nullable=False),
        sa.Column("taken", sa.Boolean, nullable=False, index=True),
        sa.Column("kept", sa.Boolean, nullable=False, index=True),
    )


def _show_earlier_jobs(deliveries: sa.Table, items: sa.Table) -> None:
    jobs = sa.table(
        "jobs", sa.column("id"), sa.column("number"), sa.column("batch"), sa.column("source"), sa.column("created_at")
    )
    connection = op.get_bind()
    known: dict[str, dict[str, object]] = {}
    for row in connection.execute(sa.select(jobs).order_by(jobs.c.number)).all():
        delivery = known.setdefault(
            row.batch, {"id": str(uuid.uuid4()), "number": len(known) + 1, "opened_at": row.created_at, "documents": 0}
        )
        delivery["documents"] = int(str(delivery["documents"])) + 1
        values = {"delivery": delivery["id"], "number": delivery["documents"], "source": row.source, "offer": ""}
        connection.execute(items.insert().values(**values, job=row.id, joined=False, taken=True, kept=False))
    for delivery in known.values():
        at = delivery["opened_at"]
        values = {"id": delivery["id"], "number": delivery["number"], "state": "sorted", "account": "", "command": True}
        connection.execute(
            deliveries.insert().values(
                **values, fonds="", file="", opened_at=at, changed_at=at, closed_at=at, trouble=""
            )
        )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("notes", "duty", "items", "uploads", "deliveries"):
        op.drop_table(name)
