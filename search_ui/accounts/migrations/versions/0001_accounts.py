"""Accounts, roles, units, delegations, sessions; the roles that an agency starts with."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ROLES = (
    ("reader", "Người đọc", ("read",)),
    ("scanner", "Người quét", ("scan", "read")),
    ("archivist", "Lưu trữ viên", ("scan", "check", "describe", "read")),
    ("approver", "Người duyệt", ("approve", "sign", "read")),
    ("access-officer", "Người duyệt sử dụng tài liệu", ("approve-access", "read")),
    ("inspector", "Người kiểm tra, thanh tra", ("inspect", "read")),
    ("administrator", "Quản trị hệ thống", ("administer",)),
)


def upgrade() -> None:
    """Make the tables and the first roles."""
    _make_people()
    _make_desk()
    table = sa.table("roles", sa.column("id"), sa.column("name"), sa.column("permissions"))
    op.bulk_insert(
        table, [{"id": id_, "name": name, "permissions": json.dumps(allowed)} for id_, name, allowed in _ROLES]
    )


def _make_people() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("login_key", sa.String(200), nullable=False, unique=True),
        sa.Column("login", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("unit", sa.String(36), nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("batch", sa.String(200), nullable=False),
        sa.Column("valid_until", sa.String(40)),
        sa.Column("locked", sa.Boolean, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(500), unique=True),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("password_at", sa.String(40)),
        sa.Column("secret", sa.String(400), nullable=False),
        sa.Column("secret_step", sa.Integer, nullable=False),
        sa.Column("setup_code", sa.String(64), nullable=False),
        sa.Column("setup_until", sa.String(40)),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("used_at", sa.String(40), nullable=False),
    )
    op.create_table(
        "passwords",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("account", sa.String(36), nullable=False, index=True),
        sa.Column("hash", sa.String(200), nullable=False),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account", sa.String(36), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
    )
    op.create_table(
        "roles",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("permissions", sa.Text, nullable=False),
    )
    op.create_table(
        "units",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("code", sa.String(60), nullable=False, unique=True),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("parent", sa.String(36), nullable=False),
    )


def _make_desk() -> None:
    op.create_table(
        "delegations",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("giver", sa.String(36), nullable=False, index=True),
        sa.Column("taker", sa.String(36), nullable=False, index=True),
        sa.Column("permissions", sa.Text, nullable=False),
        sa.Column("starts_at", sa.String(40), nullable=False),
        sa.Column("ends_at", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("ended_at", sa.String(40)),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(36), nullable=False, index=True),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("browser", sa.String(200), nullable=False),
        sa.Column("made_at", sa.String(40), nullable=False),
        sa.Column("used_at", sa.String(40), nullable=False),
        sa.Column("fresh_at", sa.String(40), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("second_factor", sa.Boolean, nullable=False),
    )
    op.create_table(
        "attempts",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", sa.String(40), nullable=False),
        sa.Column("succeeded_at", sa.String(40)),
    )
    op.create_table(
        "account_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("time", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(36), nullable=False),
        sa.Column("account", sa.String(36), nullable=False, index=True),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("more", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in (
        "accounts",
        "passwords",
        "recovery_codes",
        "roles",
        "units",
        "delegations",
        "sessions",
        "attempts",
        "account_events",
    ):
        op.drop_table(name)
