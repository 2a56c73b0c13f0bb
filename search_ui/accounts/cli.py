"""The commands of accounts: `luutru account add`, `role`, `lock`, `list`. The first administrator is made here.

No password is made up or has a default: it is typed, read from a file, or set by its owner with a one-time code.
"""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from archive.console import HomeOption, JsonOption, existing_home, put_json, tell, warn, word
from schemas.access import Reader
from schemas.errors import UsageError
from schemas.settings import Settings
from search_ui.accounts import credentials, people, readers, second_factor
from search_ui.accounts.agency import all_roles
from search_ui.accounts.desk import AccountDesk, By, open_accounts
from search_ui.accounts.values import Account

OPERATOR = "system"
_PASSWORD_BYTES = 4_096
_STDIN = Path("-")

app = typer.Typer()
account = typer.Typer(no_args_is_help=True)
app.add_typer(account, name="account", help="Who may use the reading room, and as what.")

LoginArgument = Annotated[str, typer.Argument(help="Login name.")]
RoleOption = Annotated[list[str] | None, typer.Option("--role", help="Id of a role; may be repeated.")]


def reader_of(settings: Settings, login: str) -> Reader:
    """Give the reader of a login. Raises NotFoundError N040, RefusedError R013."""
    desk = open_accounts(settings)
    try:
        return readers.reader_of(desk, login, now=datetime.now(UTC))
    finally:
        desk.close()


@contextmanager
def _desk(context: typer.Context, home: Path | None) -> Iterator[tuple[AccountDesk, By]]:
    desk = open_accounts(existing_home(context, home))
    try:
        yield desk, By(actor=OPERATOR, now=datetime.now(UTC), address="")
    finally:
        desk.close()


@account.command()
def add(
    context: typer.Context,
    login: LoginArgument,
    home: HomeOption = None,
    name: Annotated[str, typer.Option(help="Name that is shown.")] = "",
    roles: RoleOption = None,
    password_file: Annotated[Path | None, typer.Option(help="File with the password; - is stdin.")] = None,
    code: Annotated[bool, typer.Option("--code", help="Print a one-time code; the owner sets the password.")] = False,
    totp: Annotated[bool, typer.Option("--totp", help="Set up the second factor here, on the terminal.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make an account; asks for its password unless --code or --password-file is given.

    Example: luutru account add lan --name "Nguyễn Thị Lan" --role administrator
    """
    if totp:
        _see_terminal()
    with _desk(context, home) as (desk, by):
        made = people.new_account(login, name, now=by.now, roles=tuple(roles or ()))
        password = "" if code else _password(desk, made, password_file)
        people.add(desk, made, by=by)
        if password:
            credentials.set_password(desk, made, password, by=by)
        setup = people.make_setup_code(desk, made, by=by) if code else ""
        secret = _second_factor(desk, made, by) if totp else ""
        if as_json:
            put_json({"account": made.id, "login": made.login, "code": setup or None, "totp": secret or None})
            return
        tell(word("account-made", login=made.login))
        if setup:
            tell(word("account-code-is", code=setup))


def _password(desk: AccountDesk, made: Account, file: Path | None) -> str:
    """Read the new password, and see that it can be taken before the account is made."""
    password = _typed() if file is None else _read(file)
    credentials.check_password(desk, made, password)
    return password


def _see_terminal() -> None:
    if not sys.stdin.isatty():
        raise UsageError("U054", word("account-terminal"))


def _typed() -> str:
    _see_terminal()
    password = getpass.getpass(word("account-ask-password"))
    if getpass.getpass(word("account-ask-again")) != password:
        raise UsageError("U051", word("account-password-differs"))
    return password


def _read(file: Path) -> str:
    """Read the first line of a file, or of stdin."""
    try:
        content = sys.stdin.buffer.read(_PASSWORD_BYTES) if file == _STDIN else file.read_bytes()[:_PASSWORD_BYTES]
        return content.decode().splitlines()[0]
    except (OSError, UnicodeDecodeError, IndexError) as error:
        raise UsageError("U055", word("account-password-file", name=file)) from error


def _second_factor(desk: AccountDesk, made: Account, by: By) -> str:
    """Show the seed of a second factor and take a code of its app as proof."""
    secret = second_factor.new_secret()
    link = second_factor.address(secret, login=made.login, issuer=desk.settings.agency)
    warn(word("account-totp-is", login=made.login, secret=secret, link=link))
    given = input(word("account-ask-code"))
    now = By(actor=by.actor, now=datetime.now(UTC))
    codes = credentials.set_second_factor(desk, made, secret, given, by=now)
    warn(word("account-recovery-are", codes=" ".join(codes)))
    return secret


@account.command()
def role(context: typer.Context, login: LoginArgument, home: HomeOption = None, roles: RoleOption = None) -> None:
    """Give an account these roles and no others; holds from its next request on. Without --role they are shown.

    Example: luutru account role lan --role archivist --role reader
    """
    with _desk(context, home) as (desk, by):
        found = people.named(desk, login)
        if roles:
            found = people.with_roles(found, tuple(roles))
            people.change(desk, found, by=by)
        tell(word("account-roles-are", login=found.login, roles=", ".join(found.roles)))


@account.command()
def lock(
    context: typer.Context,
    login: LoginArgument,
    home: HomeOption = None,
    undo: Annotated[bool, typer.Option("--undo", help="Open it again.")] = False,
    code: Annotated[bool, typer.Option("--code", help="With --undo: print a code for a new password.")] = False,
    reset_totp: Annotated[bool, typer.Option("--reset-totp", help="With --undo: take the second factor away.")] = False,
) -> None:
    """Lock an account and end its sessions, or open it again.

    Example: luutru account lock lan
    """
    with _desk(context, home) as (desk, by):
        found = people.named(desk, login)
        if not undo:
            people.lock(desk, found, by=by)
            tell(word("account-is-locked", login=found.login))
            return
        people.unlock(desk, found, by=by)
        if reset_totp:
            credentials.reset_second_factor(desk, found, by=by)
        tell(word("account-is-unlocked", login=found.login))
        if code:
            tell(word("account-code-is", code=people.make_setup_code(desk, found, by=by)))


@account.command("list")
def list_(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List every account, its roles and whether it can be used.

    Example: luutru account list
    """
    with _desk(context, home) as (desk, by):
        rows = [_row(desk, each, by.now) for each in people.everybody(desk)]
        names = {each.id: each.name for each in all_roles(desk).values()}
    if as_json:
        put_json({"accounts": rows})
        return
    if not rows:
        warn(word("account-list-none"))
    for row in rows:
        held = ", ".join(names.get(each, each) for each in row["roles"])
        tell(f"{row['login']:24} {word('account-state-' + row['state']):16} {row['name']} · {held}")


def _row(desk: AccountDesk, each: Account, now: datetime) -> dict[str, Any]:
    why = people.closed(each, desk.settings, now=now)
    return {
        "id": each.id,
        "login": each.login,
        "name": each.name,
        "roles": list(each.roles),
        "state": why.value if why else "open",
        "second_factor": bool(each.secret),
        "used_at": each.used_at.isoformat(),
    }
