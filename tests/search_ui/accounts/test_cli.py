"""The commands of accounts, as an administrator types them."""

import json
import os
import pty
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import luutru
from archive import home
from schemas.access import Permission
from schemas.errors import ExitCode, LuutruError, NotFoundError, RefusedError, UsageError
from schemas.settings import Settings
from search_ui import cli as room_cli
from search_ui.accounts import cli, credentials, people
from search_ui.accounts.desk import open_accounts
from search_ui.accounts.readers import reader_of
from tests.search_ui.accounts.people_of_the_agency import PASSWORD, code
from tests.sources import ROOT


@pytest.fixture
def archive_home(tmp_path: Path) -> Path:
    home.init(Settings(home=tmp_path), now=datetime.now(UTC)).close()
    return tmp_path


def run(archive_home: Path, *arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli.app, ["account", *_with_home(arguments, archive_home)], input=stdin)


def _with_home(arguments: tuple[str, ...], archive_home: Path) -> list[str]:
    return [arguments[0], "--home", str(archive_home), *arguments[1:]]


def failed(result: Result) -> LuutruError:
    assert isinstance(result.exception, LuutruError), result.output
    return result.exception


def test_the_first_administrator_is_made_with_a_password_from_stdin(archive_home: Path) -> None:
    result = run(archive_home, "add", "lan", "--name", "Nguyễn Thị Lan", "--role", "administrator",
                 "--password-file", "-", stdin=PASSWORD + "\n")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "lan" in result.stdout
    desk = open_accounts(Settings(home=archive_home))
    account = people.named(desk, "LAN")
    assert credentials.is_password(desk, account, PASSWORD)
    assert (account.name, account.roles) == ("Nguyễn Thị Lan", ("administrator",))
    reader = reader_of(desk, "lan", now=datetime.now(UTC))
    assert reader.permissions == {Permission.ADMINISTER}
    assert not reader.local
    desk.close()


def test_a_password_may_come_from_a_file_and_none_is_made_up(archive_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n", encoding="utf-8")
    assert run(archive_home, "add", "lan", "--password-file", str(file)).exit_code == 0
    error = failed(run(archive_home, "add", "minh"))
    assert (error.code, error.exit_code) == ("U054", ExitCode.USAGE)
    assert failed(run(archive_home, "add", "minh", "--password-file", str(tmp_path / "none"))).code == "U055"
    file.write_bytes(b"")
    assert failed(run(archive_home, "add", "minh", "--password-file", str(file))).code == "U055"
    listed = json.loads(run(archive_home, "list", "--json").stdout)
    assert [row["login"] for row in listed["accounts"]] == ["lan"]


def test_a_weak_password_makes_no_account(archive_home: Path) -> None:
    assert failed(run(archive_home, "add", "lan", "--password-file", "-", stdin="admin\n")).code == "U048"
    assert "luutru account add" in run(archive_home, "list").stderr


def test_a_one_time_code_lets_the_owner_set_the_password(archive_home: Path) -> None:
    value = json.loads(run(archive_home, "add", "lan", "--code", "--json").stdout)
    desk = open_accounts(Settings(home=archive_home))
    account, now = people.named(desk, "lan"), datetime.now(UTC)
    assert not people.is_setup_code(desk, account, "wrong", now=now)
    assert not people.is_setup_code(desk, account, "", now=now)
    assert people.is_setup_code(desk, account, f" {value['code']} ", now=now)
    assert not people.is_setup_code(desk, account, value["code"], now=now + people.SETUP_LIFE)
    desk.close()


def test_roles_are_changed_and_unknown_ones_named(archive_home: Path) -> None:
    run(archive_home, "add", "lan", "--code", "--role", "reader")
    assert "archivist, reader" in run(archive_home, "role", "lan", "--role", "archivist", "--role", "reader").stdout
    error = failed(run(archive_home, "role", "lan", "--role", "king"))
    assert isinstance(error, UsageError)
    assert error.code == "U042"
    assert "archivist" in error.message
    assert isinstance(failed(run(archive_home, "role", "nobody", "--role", "reader")), NotFoundError)


def test_a_login_is_made_once_whatever_its_case(archive_home: Path) -> None:
    run(archive_home, "add", "Lan", "--code")
    assert failed(run(archive_home, "add", "ＬＡＮ", "--code")).code == "U041"
    assert failed(run(archive_home, "add", "lаn", "--code")).code == "U040"  # a Cyrillic а


def test_the_last_administrator_cannot_be_lost(archive_home: Path) -> None:
    run(archive_home, "add", "lan", "--code", "--role", "administrator")
    for arguments in (("lock", "lan"), ("role", "lan", "--role", "reader")):
        error = failed(run(archive_home, *arguments))
        assert isinstance(error, RefusedError)
        assert error.code == "R010"
    run(archive_home, "add", "minh", "--code", "--role", "administrator")
    assert run(archive_home, "lock", "lan").exit_code == 0
    assert "minh" in run(archive_home, "list").stdout
    assert failed(run(archive_home, "lock", "minh")).code == "R010"
    assert run(archive_home, "lock", "lan", "--undo", "--code", "--reset-totp").exit_code == 0


def test_who_is_locked_asks_nothing_on_the_command_line(archive_home: Path) -> None:
    run(archive_home, "add", "lan", "--code", "--role", "reader")
    run(archive_home, "lock", "lan")
    desk = open_accounts(Settings(home=archive_home))
    with pytest.raises(RefusedError) as refused:
        reader_of(desk, "lan", now=datetime.now(UTC))
    assert refused.value.code == "R013"
    desk.close()


def test_the_room_opens_elsewhere_only_with_accounts_a_proxy_and_a_name(
    archive_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal() -> LuutruError:
        result = CliRunner().invoke(room_cli.app, ["serve", "--home", str(archive_home), "--host", "192.0.2.1"])
        return failed(result)

    assert refusal().code == "R001"
    run(archive_home, "add", "lan", "--code", "--role", "administrator")
    assert (refusal().code, refusal().exit_code) == ("U056", ExitCode.USAGE)
    monkeypatch.setenv("LUUTRU_BEHIND_PROXY", "true")
    assert refusal().code == "U057"


def test_accounts_are_untouched_by_a_rebuild(archive_home: Path) -> None:
    run(archive_home, "add", "lan", "--role", "administrator", "--password-file", "-", stdin=PASSWORD + "\n")
    before = run(archive_home, "list", "--json").stdout
    rebuilt = CliRunner().invoke(luutru.app, ["rebuild", "all", "--home", str(archive_home)])
    assert rebuilt.exit_code == 0, rebuilt.output
    assert run(archive_home, "list", "--json").stdout == before


@pytest.mark.slow
def test_password_and_second_factor_are_asked_on_a_terminal(archive_home: Path) -> None:
    child, terminal = pty.fork()
    if child == 0:
        command = [
            sys.executable,
            str(ROOT / "luutru.py"),
            "--home",
            str(archive_home),
            "account",
            "add",
            "lan",
            "--totp",
        ]
        os.execve(command[0], command, {**os.environ, "LUUTRU_LANG": "en", "PYTHONPATH": str(ROOT)})
    seen = _seen(terminal, "", "New password")
    os.write(terminal, f"{PASSWORD}\n".encode())
    seen = _seen(terminal, seen, "Again")
    os.write(terminal, f"{PASSWORD}\n".encode())
    seen = _seen(terminal, seen, "the app shows")
    secret = re.search(r"secret=([A-Z2-7]{32})", seen)
    assert secret is not None
    os.write(terminal, f"{code(secret=secret[1])}\n".encode())
    seen = _seen(terminal, seen, "was made")
    assert os.waitpid(child, 0)[1] == 0
    os.close(terminal)
    assert PASSWORD not in seen
    desk = open_accounts(Settings(home=archive_home))
    assert people.named(desk, "lan").secret
    assert credentials.is_password(desk, people.named(desk, "lan"), PASSWORD)
    desk.close()


def _seen(terminal: int, seen: str, wanted: str) -> str:
    """Read what stands on a terminal until a text has come."""
    while wanted not in seen:
        seen += os.read(terminal, 4096).decode(errors="replace")
    return seen


def test_a_second_factor_without_a_terminal_makes_no_account(archive_home: Path) -> None:
    error = failed(run(archive_home, "add", "lan", "--totp", "--password-file", "-", stdin=PASSWORD + "\n"))
    assert error.code == "U054"
    assert json.loads(run(archive_home, "list", "--json").stdout) == {"accounts": []}
