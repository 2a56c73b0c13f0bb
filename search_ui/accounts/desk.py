"""The opened desk of accounts: its database, its key, its settings; and the book of what was done to whom."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from archive.desk import open_desk, writing
from schemas.settings import Settings
from search_ui.accounts.keys import DeskKey
from search_ui.accounts.tables import OWNER, account_events, stamp


class Kind(StrEnum):
    """What may happen to an account. Source: OWASP ASVS 5.0, 16.3.1, 16.3.2."""

    MADE = "made"
    CHANGED = "changed"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    LOGGED_IN = "logged-in"
    LOG_IN_REFUSED = "log-in-refused"
    LOGGED_OUT = "logged-out"
    SESSIONS_ENDED = "sessions-ended"
    PASSWORD_SET = "password-set"  # noqa: S105 - what happened, not a secret
    SETUP_CODE_MADE = "setup-code-made"
    SECOND_FACTOR_SET = "second-factor-set"
    SECOND_FACTOR_RESET = "second-factor-reset"
    RECOVERY_CODE_USED = "recovery-code-used"
    ROLE_CHANGED = "role-changed"
    UNIT_CHANGED = "unit-changed"
    DELEGATED = "delegated"
    DELEGATION_ENDED = "delegation-ended"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does something, from where, and when."""

    actor: str  # account id; "" is nobody known
    now: datetime
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the book."""

    time: datetime
    kind: str
    actor: str
    account: str
    address: str
    more: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDesk:
    """What every function of this package is given."""

    settings: Settings
    engine: sa.Engine
    key: DeskKey

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """Give a transaction that writes."""
        return writing(self.engine, OWNER.lock)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that only reads."""
        with self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_accounts(settings: Settings) -> AccountDesk:
    """Open the accounts of a home; tables and key are made where they are missing."""
    key = DeskKey(settings.home / "keys" / "desk.key")
    return AccountDesk(settings=settings, engine=open_desk(settings.desk_address(), OWNER), key=key)


def note(connection: sa.Connection, kind: Kind, account: str, by: By, **more: Any) -> None:
    """Write one line into the book, in the transaction of the act itself."""
    connection.execute(
        account_events.insert().values(
            time=stamp(by.now),
            kind=kind.value,
            actor=by.actor,
            account=account,
            address=by.address[:64],
            more=json.dumps(more, ensure_ascii=False),
        )
    )


def events(desk: AccountDesk, account: str, *, most: int = 30) -> list[Event]:
    """Give the newest lines about an account."""
    query = sa.select(account_events).where(account_events.c.account == account)
    with desk.reading() as connection:
        rows = connection.execute(query.order_by(account_events.c.id.desc()).limit(most)).all()
    return [
        Event(
            time=datetime.fromisoformat(row.time),
            kind=row.kind,
            actor=row.actor,
            account=row.account,
            address=row.address,
            more=json.loads(row.more),
        )
        for row in rows
    ]
