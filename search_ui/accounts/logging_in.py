"""One log-in, from what was typed to a session: throttled before any work, the same answer for a wrong name and a wrong word.

Sources: OWASP ASVS 5.0, 6.3.1 (throttling), 6.3.8 (accounts cannot be told from each other by the answer or its time),
6.8 (the agency's own directory).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from search_ui.accounts import credentials, people, sessions, tables, throttle
from search_ui.accounts.desk import AccountDesk, By, Kind, note
from search_ui.accounts.people import Closed
from search_ui.accounts.sessions import Opened, Proof
from search_ui.accounts.throttle import Attempts, Counted
from search_ui.accounts.values import Account, Session, Source, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was typed, and from where."""

    login: str
    password: str
    address: str
    browser: str = ""
    code: str = ""  # the second factor, where it is asked on the same page


@dataclass(frozen=True, slots=True)
class Wait:
    """Too many wrong ones: nothing was looked at."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Wrong:
    """Not this name with this password; which of them is not said."""


@dataclass(frozen=True, slots=True)
class Shut:
    """The right password of an account that cannot be used now."""

    why: Closed


Answer = Opened | Wait | Wrong | Shut
Directory = Callable[[AccountDesk, str, str, By], Account | None]  # login and password → whom the directory vouches for


def log_in(desk: AccountDesk, given: Given, *, now: datetime, directory: Directory | None = None) -> Answer:
    """Try a log-in; where a second factor is set, the session opens only as far as asking for it."""
    seconds = count(desk, given.login, given.address, now)
    if seconds:
        return Wait(seconds)
    account = _proven(desk, given, now, directory)
    by = By(actor=account.id if account else "", now=now, address=given.address)
    if account is None:
        _note_refusal(desk, people.by_login(desk, given.login), by)
        return Wrong()
    why = people.closed(account, desk.settings, now=now)
    if why is not None:
        _note_refusal(desk, account, by, why=why.value)
        return Shut(why)
    if account.secret:
        return sessions.start(desk, account, Proof(stage=Stage.PASSWORD, at=now), by=by, browser=given.browser)
    forget_attempts(desk, account.login, given.address, now=now)
    return sessions.start(desk, account, Proof(stage=Stage.OPEN, at=now), by=by, browser=given.browser)


def log_in_vouched(desk: AccountDesk, account: Account, proof: Proof, *, by: By, browser: str) -> Opened | Shut:
    """Log somebody in whom the agency's provider has vouched for; our second factor is asked where it took none."""
    why = people.closed(account, desk.settings, now=by.now)
    if why is not None:
        _note_refusal(desk, account, by, why=why.value)
        return Shut(why)
    if account.secret and not proof.second_factor:
        proof = replace(proof, stage=Stage.PASSWORD)
    return sessions.start(desk, account, proof, by=by, browser=browser)


def _proven(desk: AccountDesk, given: Given, now: datetime, directory: Directory | None) -> Account | None:
    """Give the account whose password it is, by our own book or by the agency's directory."""
    account = people.by_login(desk, given.login)
    if account is not None and account.source is Source.LOCAL:
        return account if credentials.is_password(desk, account, given.password) else None
    vouched = None
    if directory is not None and given.password and people.login_key(given.login):
        vouched = directory(desk, given.login, given.password, By(actor="", now=now, address=given.address))
    credentials.is_password(desk, None, given.password)  # the same work, whoever it is
    return vouched


def give_code(desk: AccountDesk, session: Session, account: Account, code: str, *, by: By) -> Opened | Wait | Wrong:
    """Take the second factor of a session that waits for it."""
    seconds = count(desk, account.login, by.address, by.now)
    if seconds:
        return Wait(seconds)
    if not credentials.take_code(desk, account, code, by=by):
        sessions.count_wrong_code(desk, session)
        _note_refusal(desk, account, by, why="code")
        return Wrong()
    forget_attempts(desk, account.login, by.address, now=by.now)
    return sessions.open_fully(desk, session, account, by=by)


def proves_again(
    desk: AccountDesk, account: Account, given: Given, *, now: datetime, directory: Directory | None = None
) -> Wait | bool:
    """Ask password and second factor again, of somebody who is logged in (ASVS 7.5.3)."""
    seconds = count(desk, account.login, given.address, now)
    if seconds:
        return Wait(seconds)
    by = By(actor=account.id, now=now, address=given.address)
    proven = _proven(desk, given, now, directory)
    right = proven is not None and proven.id == account.id
    if right and account.secret:
        right = credentials.take_code(desk, account, given.code, by=by)
    if right:
        forget_attempts(desk, account.login, given.address, now=now)
    else:
        _note_refusal(desk, account, by, why="again")
    return right


def _note_refusal(desk: AccountDesk, account: Account | None, by: By, *, why: str = "password") -> None:
    with desk.writing() as connection:
        note(connection, Kind.LOG_IN_REFUSED, account.id if account else "", by, why=why)


def _keys(desk: AccountDesk, login: str, address: str) -> dict[Counted, str]:
    name = people.login_key(login) or login[: people.LOGIN_MOST]
    return {
        Counted.PLACE: desk.key.digest("place", name, address),
        Counted.ADDRESS: desk.key.digest("address", address),
        Counted.ACCOUNT: desk.key.digest("account", name),
    }


def count(desk: AccountDesk, login: str, address: str, now: datetime) -> int:
    """Count an attempt before it is looked at, so that a hundred at once are a hundred; give the seconds to wait."""
    keys = _keys(desk, login, address)
    with desk.writing() as connection:
        known = _known(connection, keys)
        seconds = throttle.wait(known, now=now).total_seconds()
        if seconds <= 0:
            for counted, key in keys.items():
                _write(connection, key, throttle.after_one_more(known.get(counted, Attempts()), now=now))
    return math.ceil(seconds)


def forget_attempts(desk: AccountDesk, login: str, address: str, *, now: datetime) -> None:
    """After a whole log-in: this place is familiar; the address gets back the one try that was right."""
    keys = _keys(desk, login, address)
    with desk.writing() as connection:
        _write(connection, keys[Counted.PLACE], Attempts(last_at=now, succeeded_at=now))
        table = tables.attempts
        for counted in (Counted.ADDRESS, Counted.ACCOUNT):
            one_less = table.update().where(table.c.key == keys[counted], table.c.failures > 0)
            connection.execute(one_less.values(failures=table.c.failures - 1))
        old = tables.stamp(now - throttle.KNOWN_PLACE)
        connection.execute(table.delete().where(table.c.last_at < old))


def _known(connection: sa.Connection, keys: dict[Counted, str]) -> dict[Counted, Attempts]:
    table = tables.attempts
    rows = connection.execute(sa.select(table).where(table.c.key.in_(keys.values()))).all()
    found = {row.key: row for row in rows}
    return {
        counted: Attempts(
            failures=found[key].failures,
            last_at=tables.moment(found[key].last_at),
            succeeded_at=tables.moment(found[key].succeeded_at),
        )
        for counted, key in keys.items()
        if key in found
    }


def _write(connection: sa.Connection, key: str, attempts: Attempts) -> None:
    table = tables.attempts
    values = {
        "failures": attempts.failures,
        "last_at": tables.stamp(attempts.last_at),
        "succeeded_at": tables.stamp(attempts.succeeded_at),
    }
    if not connection.execute(table.update().where(table.c.key == key).values(**values)).rowcount:
        connection.execute(table.insert().values(key=key, **values))
