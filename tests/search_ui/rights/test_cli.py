"""Rights by command, with the words of the page."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from archive.arrangement import Place
from search_ui.accounts import people
from search_ui.accounts.desk import By, open_accounts
from search_ui.rights import cli
from tests.search_ui.a_room import NOW, a_room, add


def run(home: Path, *words: str, language: str = "vi") -> tuple[int, str, str]:
    environment = {**os.environ, "LUUTRU_LANG": language}
    command = [sys.executable, "-m", "luutru", "--home", str(home), "access", *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def home(tmp_path: Path) -> Path:
    room = a_room(tmp_path)
    add(room, 1, ["một"], fields={"subject": "Kế hoạch"}, place=Place(fonds="UBND", file="HS-01"))
    room.archive.close()
    desk = open_accounts(room.settings)
    people.add(desk, people.new_account("lan", "Nguyễn Thị Lan", now=NOW), by=By(actor="x", now=NOW))
    desk.close()
    return tmp_path


def test_a_right_is_given_listed_and_ended(home: Path) -> None:
    assert cli.app.registered_groups[0].name == "access"
    given = ["grant", "lan", "read", "--on", "UBND/HS-01", "--up-to", "conditional", "--to", "31/12/2030"]
    assert run(home, *given, "--reason", "QĐ 12/QĐ-SNV")[0] == 0
    entries = json.loads(run(home, "list", "--json")[1])["entries"]
    assert len(entries) == 4
    assert (entries[0]["whom"], entries[0]["where"], entries[0]["days"]) == (
        "Nguyễn Thị Lan (lan)", "UBND/HS-01", "đến hết 31/12/2030",
    )  # fmt: skip
    assert run(home, "end", entries[0]["id"])[0] == 0
    assert "Nguyễn Thị Lan" not in run(home, "list")[1]


def test_limits_and_holds_are_placed(home: Path) -> None:
    assert run(home, "limit", "UBND", "--level", "unpublished", "--until", "2030-12-31", "--reason", "x")[0] == 0
    assert run(home, "hold", "--reason", "Thanh tra 2026")[0] == 0
    told = run(home, "list")[1]
    assert "Chưa công bố, sau đó Nội bộ cơ quan" in told
    assert "Thanh tra 2026" in told


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["grant", "nobody", "read", "--reason", "x"], "U070"),
        (["grant", "accounts", "eat", "--reason", "x"], "U070"),
        (["grant", "accounts", "read", "--on", "KHÔNG-CÓ", "--reason", "x"], "U070"),
        (["grant", "accounts", "read", "--up-to", "secret", "--reason", "x"], "U070"),
        (["grant", "accounts", "read", "--to", "31/02/2030", "--reason", "x"], "U030"),
        (["grant", "accounts", "read"], "U070"),
        (["limit", "*", "--reason", "x"], "U070"),
        (["limit", "UBND", "--then", "never", "--reason", "x"], "U070"),
        (["end", "0b0ee1a0-6f5c-4c5e-9a52-3b1d5d0c9f11"], "N007"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_write(home: Path, words: list[str], code: str) -> None:
    exit_code, _, told = run(home, *words)
    assert exit_code in (2, 4)
    assert told.startswith(f"{code}: ")
