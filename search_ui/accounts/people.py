"""Accounts: made, found, changed, locked. The last administrator cannot be lost here.

Sources: OWASP ASVS 5.0, 6.4 (first passwords), 8.1 (who may change what); QCVN 12:2026/BCA (idle accounts).
"""

import json
import re
import secrets
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from schemas.access import Permission
from schemas.errors import NotFoundError, RefusedError, UsageError
from schemas.settings import Settings
from schemas.words import word
from search_ui.accounts import tables
from search_ui.accounts.desk import AccountDesk, By, Kind, note
from search_ui.accounts.values import Account, Source

LOGIN_MOST = 100
SETUP_LIFE = timedelta(days=3)
_SIGNS = frozenset("._-@0123456789")
_ID = re.compile("[0-9a-f-]{36}")
_COLUMNS = ("name", "email", "unit", "batch", "locked")


class Closed(StrEnum):
    """Why an account cannot be used."""

    LOCKED = "locked"
    ENDED = "ended"  # its last day has passed
    IDLE = "idle"


def closed(account: Account, settings: Settings, *, now: datetime) -> Closed | None:
    """Say why an account cannot be used now; None when it can. Source: QCVN 12:2026/BCA (45 days)."""
    if account.locked:
        return Closed.LOCKED
    if account.valid_until is not None and now >= account.valid_until:
        return Closed.ENDED
    if now - account.used_at > timedelta(days=settings.idle_account_days):
        return Closed.IDLE
    return None


def login_key(login: str) -> str:
    """Give the form in which logins are compared: one for all cases and ways to write a letter; "" for no login at all.

    Only Latin letters, digits and . _ - @ are taken, so that no two logins look alike and none breaks a header.
    """
    text = unicodedata.normalize("NFKC", login[: 4 * LOGIN_MOST]).strip().casefold()
    fine = all(letter in _SIGNS or unicodedata.name(letter, "").startswith("LATIN SMALL") for letter in text)
    return text if fine and 0 < len(text) <= LOGIN_MOST else ""


def new_account(login: str, name: str, *, now: datetime, roles: tuple[str, ...] = ()) -> Account:
    """Make the value of a new account. Raises UsageError U040 where the login cannot be one."""
    if not login_key(login):
        raise UsageError("U040", word("account-login", login=login[:LOGIN_MOST]))
    login = unicodedata.normalize("NFC", login).strip()
    name = one_line(name) or login
    return Account(id=str(uuid.uuid4()), login=login, name=name, roles=roles, created_at=now, used_at=now)


def one_line(text: str, most: int = 200) -> str:
    """Give a text as one line without signs that steer a screen."""
    plain = unicodedata.normalize("NFC", text[: 4 * most])
    kept = (" " if letter.isspace() else letter for letter in plain if not _steers(letter))
    return " ".join("".join(kept).split())[:most]


def _steers(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cc", "Cf", "Co", "Cs", "Cn"} and not letter.isspace()


def add(desk: AccountDesk, account: Account, *, by: By, subject: str | None = None) -> Account:
    """Write down a new account. Raises UsageError U041 when its login is taken."""
    with desk.writing() as connection:
        _check_roles(connection, account.roles)
        taken = sa.select(tables.accounts.c.id).where(tables.accounts.c.login_key == login_key(account.login))
        if connection.execute(taken).first() is not None:
            raise UsageError("U041", word("account-taken", login=account.login))
        connection.execute(
            tables.accounts.insert().values(
                id=account.id,
                login_key=login_key(account.login),
                login=account.login,
                source=account.source.value,
                subject=None if subject is None else one_line(subject, 500),
                password_hash=account.password_hash,
                password_at=tables.stamp(account.password_at),
                secret="",
                secret_step=0,
                setup_code="",
                created_at=tables.stamp(account.created_at),
                used_at=tables.stamp(account.used_at),
                **_changeable(account),
            )
        )
        note(connection, Kind.MADE, account.id, by, login=account.login, roles=list(account.roles))
    return account


def _changeable(account: Account) -> dict[str, object]:
    """Give the columns that an administrator may change."""
    values: dict[str, object] = {name: getattr(account, name) for name in _COLUMNS}
    return {**values, "roles": json.dumps(list(account.roles)), "valid_until": tables.stamp(account.valid_until)}


def change(desk: AccountDesk, account: Account, *, by: By, guarded: bool = True) -> None:
    """Write an account as it is now; holds from the next request on. Raises RefusedError R010, UsageError U042.

    Not `guarded`: the agency's directory says so, and may take even the last administrator away.
    """
    with desk.writing() as connection:
        before = _one(connection, tables.accounts.c.id == account.id)
        if before is None:
            raise NotFoundError("N040", word("account-none", login=account.login))
        _check_roles(connection, account.roles)
        with still_administered(connection, now=by.now) if guarded else nullcontext():
            update = tables.accounts.update().where(tables.accounts.c.id == account.id)
            connection.execute(update.values(**_changeable(account)))
        if before.locked != account.locked:
            note(connection, Kind.LOCKED if account.locked else Kind.UNLOCKED, account.id, by)
        note(connection, Kind.CHANGED, account.id, by, roles=list(account.roles), unit=account.unit)


def with_roles(account: Account, roles: tuple[str, ...]) -> Account:
    """Give the account with these roles instead."""
    return replace(account, roles=tuple(dict.fromkeys(roles)))


def lock(desk: AccountDesk, account: Account, *, by: By) -> None:
    """Lock an account and end its sessions at once."""
    change(desk, replace(account, locked=True), by=by)
    with desk.writing() as connection:
        connection.execute(tables.sessions.delete().where(tables.sessions.c.account == account.id))


def unlock(desk: AccountDesk, account: Account, *, by: By) -> None:
    """Open a locked or idle account again; its days without use count from now."""
    change(desk, replace(account, locked=False), by=by)
    touch(desk, account.id, now=by.now)


def touch(desk: AccountDesk, account: str, *, now: datetime) -> None:
    """Remember that an account is used."""
    with desk.writing() as connection:
        update = tables.accounts.update().where(tables.accounts.c.id == account)
        connection.execute(update.values(used_at=tables.stamp(now)))


def _check_roles(connection: sa.Connection, roles: tuple[str, ...]) -> None:
    known = set(connection.execute(sa.select(tables.roles.c.id)).scalars())
    for each in roles:
        if each not in known:
            raise UsageError("U042", word("account-role-none", role=each[:60], roles=", ".join(sorted(known))))


@contextmanager
def still_administered(connection: sa.Connection, *, now: datetime) -> Iterator[None]:
    """See that a change leaves somebody who can administer. Raises RefusedError R010, and nothing was changed."""
    before = _is_administered(connection, now)
    yield
    if before and not _is_administered(connection, now):
        raise RefusedError("R010", word("account-last-administrator"))


def _is_administered(connection: sa.Connection, now: datetime) -> bool:
    roles = connection.execute(sa.select(tables.roles)).all()
    strong = {row.id for row in roles if Permission.ADMINISTER in tables.read_permissions(row.permissions)}
    everyone = [tables.account_of(row) for row in connection.execute(sa.select(tables.accounts)).all()]
    lasting = (each for each in everyone if each.valid_until is None or each.valid_until > now)
    return any(strong.intersection(each.roles) and not each.locked for each in lasting)


def _one(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Account | None:
    row = connection.execute(sa.select(tables.accounts).where(which)).first()
    return None if row is None else tables.account_of(row)


def by_login(desk: AccountDesk, login: str) -> Account | None:
    """Find an account by its login, however it is typed."""
    with desk.reading() as connection:
        return _one(connection, tables.accounts.c.login_key == login_key(login))


def is_id(text: str) -> bool:
    """Say whether a text has the form of our ids; PostgreSQL will not even compare with some others."""
    return _ID.fullmatch(text) is not None


def by_id(desk: AccountDesk, account: str) -> Account | None:
    """Find an account by its id."""
    if not is_id(account):
        return None
    with desk.reading() as connection:
        return _one(connection, tables.accounts.c.id == account)


def by_subject(desk: AccountDesk, subject: str) -> Account | None:
    """Find an account by what the agency's own directory calls it."""
    with desk.reading() as connection:
        return _one(connection, tables.accounts.c.subject == one_line(subject, 500))


def named(desk: AccountDesk, login: str) -> Account:
    """Find an account that must be there. Raises NotFoundError N040."""
    account = by_login(desk, login)
    if account is None:
        raise NotFoundError("N040", word("account-none", login=login[:LOGIN_MOST]))
    return account


def everybody(desk: AccountDesk) -> list[Account]:
    """Give all accounts, by login."""
    with desk.reading() as connection:
        rows = connection.execute(sa.select(tables.accounts).order_by(tables.accounts.c.login_key)).all()
    return [tables.account_of(row) for row in rows]


def called(desk: AccountDesk, account: str) -> str:
    """Name the owner of an account for people, "" where there is none of that id."""
    found = by_id(desk, account)
    return f"{found.name} ({found.login})" if found else ""


def is_anybody(desk: AccountDesk) -> bool:
    """Say whether there is any account."""
    with desk.reading() as connection:
        return connection.execute(sa.select(tables.accounts.c.id).limit(1)).first() is not None


def make_setup_code(desk: AccountDesk, account: Account, *, by: By) -> str:
    """Make the one-time code with which its owner sets the first, or a new, password; holds three days (ASVS 6.4.1)."""
    if account.source is not Source.LOCAL:
        raise UsageError("U043", word("account-not-local", login=account.login))
    code = secrets.token_urlsafe(24)
    values = {"setup_code": desk.key.digest("setup", code), "setup_until": tables.stamp(by.now + SETUP_LIFE)}
    with desk.writing() as connection:
        connection.execute(tables.accounts.update().where(tables.accounts.c.id == account.id).values(**values))
        note(connection, Kind.SETUP_CODE_MADE, account.id, by)
    return code


def is_setup_code(desk: AccountDesk, account: Account, code: str, *, now: datetime) -> bool:
    """Say whether a code is the one that was made for an account and still holds."""
    query = sa.select(tables.accounts.c.setup_code, tables.accounts.c.setup_until)
    with desk.reading() as connection:
        row = connection.execute(query.where(tables.accounts.c.id == account.id)).one()
    until = tables.moment(row.setup_until)
    right = secrets.compare_digest(row.setup_code, desk.key.digest("setup", code.strip()[:100]))
    return bool(row.setup_code) and right and until is not None and now < until


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Whom the agency's own directory or provider vouches for."""

    source: Source
    subject: str
    login: str
    name: str
    email: str = ""
    groups: tuple[str, ...] = ()
