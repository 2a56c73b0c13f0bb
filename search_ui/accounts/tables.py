"""The tables of accounts in the desk database, and how a row becomes a value. Times are ISO 8601 UTC, lists are JSON."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archive.desk import Owner
from schemas.access import Permission
from search_ui.accounts.values import Account, Delegation, Role, Session, Source, Stage, Unit

OWNER = Owner(migrations=Path(__file__).parent / "migrations", lock=7253012)
_metadata = sa.MetaData()

accounts = sa.Table(
    "accounts",
    _metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("login_key", sa.String(200), nullable=False, unique=True),  # the login, folded
    sa.Column("login", sa.String(200), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("unit", sa.String(36), nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("batch", sa.String(200), nullable=False),
    sa.Column("valid_until", sa.String(40)),
    sa.Column("locked", sa.Boolean, nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("subject", sa.String(500), unique=True),  # who the agency's own directory says it is
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("password_at", sa.String(40)),
    sa.Column("secret", sa.String(400), nullable=False),
    sa.Column("secret_step", sa.Integer, nullable=False),
    sa.Column("setup_code", sa.String(64), nullable=False),  # digest of the code with which the first password is set
    sa.Column("setup_until", sa.String(40)),
    sa.Column("created_at", sa.String(40), nullable=False),
    sa.Column("used_at", sa.String(40), nullable=False),
)

passwords = sa.Table(  # those used before, so that they are not used again
    "passwords",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("account", sa.String(36), nullable=False, index=True),
    sa.Column("hash", sa.String(200), nullable=False),
)

recovery_codes = sa.Table(
    "recovery_codes",
    _metadata,
    sa.Column("account", sa.String(36), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
)

roles = sa.Table(
    "roles",
    _metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("permissions", sa.Text, nullable=False),
)

units = sa.Table(
    "units",
    _metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("code", sa.String(60), nullable=False, unique=True),
    sa.Column("name", sa.String(300), nullable=False),
    sa.Column("parent", sa.String(36), nullable=False),
)

delegations = sa.Table(
    "delegations",
    _metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("giver", sa.String(36), nullable=False, index=True),
    sa.Column("taker", sa.String(36), nullable=False, index=True),
    sa.Column("permissions", sa.Text, nullable=False),
    sa.Column("starts_at", sa.String(40), nullable=False),
    sa.Column("ends_at", sa.String(40), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("ended_at", sa.String(40)),
)

sessions = sa.Table(
    "sessions",
    _metadata,
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

attempts = sa.Table(  # to log in, by digests of account and address
    "attempts",
    _metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", sa.String(40), nullable=False),
    sa.Column("succeeded_at", sa.String(40)),
)

account_events = sa.Table(  # who did what to which account; never deleted by us
    "account_events",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("time", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("actor", sa.String(36), nullable=False),
    sa.Column("account", sa.String(36), nullable=False, index=True),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("more", sa.Text, nullable=False),
)


def moment(text: str | None) -> datetime | None:
    """Read a stored time."""
    return datetime.fromisoformat(text) if text else None


def stamp(time: datetime | None) -> str | None:
    """Write a time as it is stored; equal lengths, so that texts sort as times do."""
    return time.astimezone(UTC).isoformat(timespec="microseconds") if time else None


def written_permissions(permissions: frozenset[Permission]) -> str:
    """Write permissions in their own order."""
    return json.dumps([each.value for each in Permission if each in permissions])


def read_permissions(text: str) -> frozenset[Permission]:
    """Read permissions; names that this version does not know are left out."""
    known = set(Permission)
    return frozenset(Permission(each) for each in json.loads(text) if each in known)


def _fields(row: Any, left_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Give a row by its columns, its times read."""
    return {
        name: moment(value) if name.endswith(("_at", "_until")) else value
        for name, value in row._mapping.items()  # noqa: SLF001 - SQLAlchemy's public name for it
        if name not in left_out
    }


def account_of(row: Any) -> Account:
    """Make the value of a row."""
    fields = _fields(row, frozenset({"login_key", "subject", "setup_code", "setup_until"}))
    return Account(**{**fields, "roles": role_ids(row.roles), "source": Source(row.source)})


def role_of(row: Any) -> Role:
    """Make the value of a row."""
    return Role(id=row.id, name=row.name, permissions=read_permissions(row.permissions))


def unit_of(row: Any) -> Unit:
    """Make the value of a row."""
    return Unit(**_fields(row))


def delegation_of(row: Any) -> Delegation:
    """Make the value of a row."""
    return Delegation(**{**_fields(row), "permissions": read_permissions(row.permissions)})


def lent_of(row: Any) -> Delegation:
    """Make the value of a delegation's row that was joined with its giver's."""
    fields = {name: value for name, value in _fields(row).items() if name in Delegation.__slots__}
    return Delegation(**{**fields, "permissions": read_permissions(row.permissions)})


def role_ids(text: str) -> tuple[str, ...]:
    """Read the ids of an account's roles."""
    return tuple(json.loads(text))


def session_row(session: Session) -> dict[str, Any]:
    """Give the columns of a session."""
    return {
        name: stamp(value) if isinstance(value, datetime) else value
        for name in Session.__slots__
        for value in (getattr(session, name),)
    }


def session_of(row: Any) -> Session:
    """Make the value of a row."""
    return Session(**{**_fields(row), "stage": Stage(row.stage)})
