"""Make the catalogue: records, their originals, the arrangement, and the position reached in the journal."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable, primary_key=primary_key)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def upgrade() -> None:
    """Make the tables of `archive.tables` as they were at the first version."""
    meta = op.create_table("meta", _text("name", primary_key=True), _text("value"))
    op.bulk_insert(meta, [{"name": "position", "value": "0"}, {"name": "leaf", "value": ""}])
    op.create_table(
        "records",
        _text("id", primary_key=True),
        sa.Column("accession_key", sa.Text, nullable=False, unique=True),
        *(_text(name) for name in ("fonds", "file", "state", "kind", "source", "access", "received_at")),
        *(_text(name, nullable=True) for name in ("number", "type", "date", "issuer", "subject")),
        sa.Column("pages", sa.Integer, nullable=False),
        *(_text(name) for name in ("findings", "version")),
        *(_number(name) for name in ("accepted", "changed")),
    )
    op.create_index("ix_records_state", "records", ["state"])
    op.create_index("ix_records_accepted", "records", ["accepted"])
    op.create_index("ix_records_home", "records", ["fonds", "file"])
    op.create_table(
        "originals",
        *(_text(name, primary_key=True) for name in ("record", "path")),
        *(_text(name) for name in ("name", "sha256", "sha512")),
        _number("size_bytes"),
        *(_text(name, nullable=True) for name in ("puid", "mime")),
    )
    op.create_index("ix_originals_sha512", "originals", ["sha512"])
    op.create_table(
        "arrangement",
        _text("id", primary_key=True),
        *(_text(name) for name in ("level", "code", "title", "parent", "box", "default_access")),
        sa.Column("approved", sa.Boolean, nullable=False),
        _text("version"),
        *(_number(name) for name in ("made", "changed")),
    )
    op.create_index("ix_arrangement_code", "arrangement", ["parent", "level", "code"])
