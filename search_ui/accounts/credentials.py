"""What an account proves itself by: its password, its second factor, its recovery codes.

Sources: QCVN 12:2026/BCA (the last ten passwords are not used again); OWASP ASVS 5.0, 6.5.1 (each code
once), 6.5.2 (recovery codes as digests; ours want a key that the database does not hold), 7.4.3 (a new proof ends the other
sessions).
"""

from datetime import datetime

import sqlalchemy as sa

from schemas.errors import UsageError
from schemas.words import word
from search_ui.accounts import passwords, second_factor, tables
from search_ui.accounts.desk import AccountDesk, By, Kind, note
from search_ui.accounts.passwords import LENGTH_MOST, Wanted
from search_ui.accounts.values import Account


def set_password(desk: AccountDesk, account: Account, password: str, *, by: By, kept_session: str = "") -> None:
    """Set a password; ends the account's other sessions and its set-up code. Raises UsageError U048, U049."""
    check_password(desk, account, password)
    if any(passwords.is_right(password, each) for each in _before(desk, account)):
        raise UsageError("U049", word("account-password-used", count=desk.settings.password_history))
    values: dict[str, object] = {
        "password_hash": passwords.keep(password),
        "password_at": tables.stamp(by.now),
        "setup_code": "",
        "setup_until": None,
        "used_at": tables.stamp(by.now),
    }
    with desk.writing() as connection:
        _write(connection, account, values)
        connection.execute(tables.passwords.insert().values(account=account.id, hash=values["password_hash"]))
        others = tables.sessions.c.account == account.id, tables.sessions.c.id != kept_session
        connection.execute(tables.sessions.delete().where(*others))
        note(connection, Kind.PASSWORD_SET, account.id, by)


def check_password(desk: AccountDesk, account: Account, password: str) -> None:
    """See that a new password is what this archive asks for. Raises UsageError U048, with every reason."""
    settings = desk.settings
    wrong = passwords.faults(password, Wanted.of(settings), about=(account.login, account.name, settings.agency))
    if wrong:
        least, classes = settings.password_length, settings.password_classes
        faults = " ".join(word(key, least=least, most=LENGTH_MOST, classes=classes) for key in wrong)
        raise UsageError("U048", word("account-password-weak", faults=faults))


def _before(desk: AccountDesk, account: Account) -> list[str]:
    """Give the hashes of the last passwords."""
    table = tables.passwords
    query = sa.select(table.c.hash).where(table.c.account == account.id).order_by(table.c.id.desc())
    with desk.reading() as connection:
        return list(connection.execute(query.limit(desk.settings.password_history)).scalars())


def is_password(desk: AccountDesk, account: Account | None, password: str) -> bool:
    """Compare a password; for nobody the same work is done. A hash with old parameters is made anew."""
    kept = account.password_hash if account else ""
    if not passwords.is_right(password, kept):
        return False
    if account is not None and passwords.has_grown_old(kept):
        with desk.writing() as connection:
            _write(connection, account, {"password_hash": passwords.keep(password)})
    return True


def is_old(desk: AccountDesk, account: Account, *, now: datetime) -> bool:
    """Say whether the password is older than an administrator's may be. Source: QCVN 12:2026/BCA (every two months)."""
    return account.password_at is None or (now - account.password_at).days >= desk.settings.administrator_password_days


def take_code(desk: AccountDesk, account: Account, code: str, *, by: By) -> bool:
    """Take a code of the app, or a recovery code; each opens once, even when it is given twice at the same time."""
    step = second_factor.step_of(code, desk.key.open(account.secret), after=account.secret_step, now=by.now)
    if account.secret and step is not None:
        table = tables.accounts
        with desk.writing() as connection:
            update = table.update().where(table.c.id == account.id, table.c.secret_step < step)
            return bool(connection.execute(update.values(secret_step=step)).rowcount)
    return _take_recovery_code(desk, account, code, by)


def _take_recovery_code(desk: AccountDesk, account: Account, code: str, by: By) -> bool:
    table = tables.recovery_codes
    digest = _recovery_digest(desk, account, code)
    with desk.writing() as connection:
        delete = table.delete().where(table.c.account == account.id, table.c.digest == digest)
        taken = bool(account.secret) and bool(connection.execute(delete).rowcount)
        if taken:
            note(connection, Kind.RECOVERY_CODE_USED, account.id, by)
    return taken


def _recovery_digest(desk: AccountDesk, account: Account, code: str) -> str:
    return desk.key.digest("recovery", account.id, second_factor.recovery_form(code))


def recovery_codes_left(desk: AccountDesk, account: Account) -> int:
    """Count the recovery codes that were not used."""
    table = tables.recovery_codes
    with desk.reading() as connection:
        query = sa.select(sa.func.count()).select_from(table).where(table.c.account == account.id)
        return int(connection.execute(query).scalar_one())


def set_second_factor(desk: AccountDesk, account: Account, secret: str, code: str, *, by: By) -> tuple[str, ...]:
    """Set the second factor, once its app has shown a right code; gives the recovery codes, which are shown only now.

    Raises UsageError U050.
    """
    step = second_factor.step_of(code, secret, after=0, now=by.now)
    if step is None:
        raise UsageError("U050", word("account-code-wrong"))
    codes = second_factor.new_recovery_codes()
    with desk.writing() as connection:
        _write(connection, account, {"secret": desk.key.seal(secret), "secret_step": step})
        _write_recovery_codes(connection, desk, account, codes)
        note(connection, Kind.SECOND_FACTOR_SET, account.id, by)
    return codes


def renew_recovery_codes(desk: AccountDesk, account: Account, *, by: By) -> tuple[str, ...]:
    """Make ten new recovery codes; the old ones are worth nothing from now on."""
    codes = second_factor.new_recovery_codes()
    with desk.writing() as connection:
        _write_recovery_codes(connection, desk, account, codes)
        note(connection, Kind.SECOND_FACTOR_SET, account.id, by, recovery_codes=len(codes))
    return codes


def reset_second_factor(desk: AccountDesk, account: Account, *, by: By) -> None:
    """Take the second factor away, for a lost phone; its owner sets a new one at the next log-in. Sessions end."""
    with desk.writing() as connection:
        _write(connection, account, {"secret": "", "secret_step": 0})
        _write_recovery_codes(connection, desk, account, ())
        connection.execute(tables.sessions.delete().where(tables.sessions.c.account == account.id))
        note(connection, Kind.SECOND_FACTOR_RESET, account.id, by)


def _write_recovery_codes(
    connection: sa.Connection, desk: AccountDesk, account: Account, codes: tuple[str, ...]
) -> None:
    table = tables.recovery_codes
    connection.execute(table.delete().where(table.c.account == account.id))
    for code in codes:
        connection.execute(table.insert().values(account=account.id, digest=_recovery_digest(desk, account, code)))


def _write(connection: sa.Connection, account: Account, values: dict[str, object]) -> None:
    connection.execute(tables.accounts.update().where(tables.accounts.c.id == account.id).values(**values))
