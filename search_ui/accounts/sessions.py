"""Sessions: a random token in the browser, its SHA-256 here; they end by idleness, by age, by hand, by a new password.

Sources: OWASP ASVS 5.0, 7.2 (tokens of 256 random bits, a new one at each log-in), 7.3 (time-outs), 7.4 (they end), 7.5.2
(seen and ended by their owner).
"""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from search_ui.accounts import tables
from search_ui.accounts.desk import AccountDesk, By, Kind, note
from search_ui.accounts.keys import plain_digest
from search_ui.accounts.people import one_line
from search_ui.accounts.values import Account, Session, Stage

TRIES = 5  # wrong codes after a right password
STAGE_LIFE = timedelta(minutes=10)  # from the password to the second factor
TOKEN_BYTES = 32
_ID = re.compile("[0-9a-f]{64}")
_NOTED_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A new session, and the token that only the browser will keep."""

    token: str
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How somebody has proven who they are."""

    stage: Stage
    at: datetime
    second_factor: bool = False


def start(desk: AccountDesk, account: Account, proof: Proof, *, by: By, browser: str) -> Opened:
    """Start a session; one whose stage is OPEN is a log-in."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session = Session(
        id=plain_digest(token),
        account=account.id,
        stage=proof.stage,
        address=by.address[:64],
        browser=one_line(browser),
        made_at=by.now,
        used_at=by.now,
        fresh_at=proof.at,
        second_factor=proof.second_factor,
    )
    with desk.writing() as connection:
        connection.execute(tables.sessions.delete().where(tables.sessions.c.made_at < _oldest(desk, by.now)))
        connection.execute(tables.sessions.insert().values(**tables.session_row(session)))
        if proof.stage is Stage.OPEN:
            _note_log_in(connection, account, by)
    return Opened(token=token, session=session)


def open_fully(desk: AccountDesk, session: Session, account: Account, *, by: By) -> Opened:
    """After the second factor: the session is open, under a new token."""
    opened = replace(session, stage=Stage.OPEN, made_at=by.now, second_factor=True)
    renewed = renew(desk, opened, by=by)
    with desk.writing() as connection:
        _note_log_in(connection, account, by)
    return renewed


def renew(desk: AccountDesk, session: Session, *, by: By) -> Opened:
    """After its owner has proven themselves again: the session goes on under a new token (ASVS 7.2.4)."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    renewed = replace(session, id=plain_digest(token), used_at=by.now, fresh_at=by.now)
    with desk.writing() as connection:
        connection.execute(tables.sessions.delete().where(tables.sessions.c.id == session.id))
        connection.execute(tables.sessions.insert().values(**tables.session_row(renewed)))
    return Opened(token=token, session=renewed)


def _note_log_in(connection: sa.Connection, account: Account, by: By) -> None:
    update = tables.accounts.update().where(tables.accounts.c.id == account.id)
    connection.execute(update.values(used_at=tables.stamp(by.now)))
    note(connection, Kind.LOGGED_IN, account.id, by)


def find(desk: AccountDesk, token: str, *, now: datetime) -> Session | None:
    """Find the living session of a token, and remember its use; an ended one is forgotten."""
    query = sa.select(tables.sessions).where(tables.sessions.c.id == plain_digest(token[:200]))
    with desk.reading() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    session = tables.session_of(row)
    if not _lives(desk, session, now):
        end(desk, session.id)
        return None
    if now - session.used_at > _NOTED_EVERY:
        _note_use(desk, session, now)
    return session


def _lives(desk: AccountDesk, session: Session, now: datetime) -> bool:
    if session.stage is Stage.PASSWORD:
        return session.tries < TRIES and now - session.made_at < STAGE_LIFE
    idle = timedelta(seconds=desk.settings.session_idle_seconds)
    return now - session.used_at < idle and now - session.made_at < timedelta(seconds=desk.settings.session_seconds)


def _note_use(desk: AccountDesk, session: Session, now: datetime) -> None:
    time = tables.stamp(now)
    with desk.writing() as connection:
        connection.execute(tables.sessions.update().where(tables.sessions.c.id == session.id).values(used_at=time))
        connection.execute(tables.accounts.update().where(tables.accounts.c.id == session.account).values(used_at=time))


def count_wrong_code(desk: AccountDesk, session: Session) -> None:
    """Count a wrong second factor; after five the password is asked again."""
    table = tables.sessions
    with desk.writing() as connection:
        connection.execute(table.update().where(table.c.id == session.id).values(tries=table.c.tries + 1))


def note_second_factor(desk: AccountDesk, session: Session) -> None:
    """Remember that a second factor was shown in a session."""
    table = tables.sessions
    with desk.writing() as connection:
        connection.execute(table.update().where(table.c.id == session.id).values(second_factor=True))


def end(desk: AccountDesk, session: str) -> None:
    """End one session."""
    with desk.writing() as connection:
        connection.execute(tables.sessions.delete().where(tables.sessions.c.id == session))


def log_out(desk: AccountDesk, session: Session, *, by: By) -> None:
    """End a session by its owner's word."""
    end(desk, session.id)
    with desk.writing() as connection:
        note(connection, Kind.LOGGED_OUT, session.account, by)


def end_own(desk: AccountDesk, account: str, *, by: By, which: str = "", kept: str = "") -> None:
    """End one session of an account, or all but the kept one (ASVS 7.4.3, 7.5.2)."""
    table = tables.sessions
    if which and _ID.fullmatch(which) is None:
        return
    chosen = table.c.id == which if which else table.c.id != kept
    with desk.writing() as connection:
        connection.execute(table.delete().where(table.c.account == account, chosen))
        note(connection, Kind.SESSIONS_ENDED, account, by)


def of_account(desk: AccountDesk, account: str, *, now: datetime) -> list[Session]:
    """Give the living sessions of an account, the last used first."""
    table = tables.sessions
    query = sa.select(table).where(table.c.account == account, table.c.stage == Stage.OPEN.value)
    with desk.reading() as connection:
        rows = connection.execute(query.order_by(table.c.used_at.desc())).all()
    return [session for row in rows if _lives(desk, session := tables.session_of(row), now)]


def _oldest(desk: AccountDesk, now: datetime) -> str | None:
    return tables.stamp(now - timedelta(seconds=desk.settings.session_seconds))
