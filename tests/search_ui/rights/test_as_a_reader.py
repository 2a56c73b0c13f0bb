"""`luutru --as LOGIN` sees what that reader would see, and nothing else works with it."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive import registers
from archive.arrangement import Place
from schemas.access import AccessLevel, Grant, Limit, Rung
from search_ui.accounts import people
from search_ui.accounts.desk import By, open_accounts
from tests.builders import a_record_id
from tests.search_ui.a_room import a_room, add

HIDDEN = 0x42  # another beginning than 1, 2 and 3 have


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = a_room(tmp_path_factory.mktemp("home"))
    for number in (1, 2, 3, HIDDEN):
        add(room, number, [f"điều khoản {number}"], fields={"subject": f"Kế hoạch {number}"}, place=Place(fonds="UBND"))
    now = datetime.now(UTC)
    for number in (2, HIDDEN):
        registers.put(
            room.archive, Limit(node=a_record_id(number), level="unpublished", reason="x"), actor="x", now=now
        )
    registers.put(room.archive, Limit(node=a_record_id(3), level="conditional", reason="x"), actor="x", now=now)
    listed = Grant(subject="role:reader", rung=Rung.KNOW, up_to=AccessLevel.CONDITIONAL, reason="x")
    registers.put(room.archive, listed, actor="x", now=now)
    room.follow()
    room.archive.close()
    desk = open_accounts(room.settings)
    people.add(desk, people.new_account("lan", "Lan", now=now, roles=("reader",)), by=By(actor="x", now=now))
    desk.close()
    return room.settings.home


def run(home: Path, *words: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "luutru", "--home", str(home), *words]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LUUTRU_LANG": "vi"}, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_reader_finds_what_is_for_them(home: Path) -> None:
    mine = json.loads(run(home, "--as", "lan", "search", "kế hoạch", "--json")[1])
    assert {hit["record"] for hit in mine["hits"]} == {str(a_record_id(1)), str(a_record_id(3))}
    assert json.loads(run(home, "search", "kế hoạch", "--json")[1])["total"] == 4


def test_what_may_not_be_known_of_is_not_there(home: Path) -> None:
    code, _, told = run(home, "--as", "lan", "show", str(a_record_id(2)))
    assert (code, told[:4]) == (4, "N001")
    assert run(home, "show", str(a_record_id(2)))[0] == 0


def test_a_beginning_of_an_id_says_nothing_of_what_may_not_be_known_of(home: Path) -> None:
    whole = str(a_record_id(HIDDEN))
    assert run(home, "show", whole[:-1])[0] == 0
    for command in (("show", whole[:-1]), ("get", whole[:-1], "--text")):
        code, _, told = run(home, "--as", "lan", *command)
        assert (code, told[:4]) == (4, "N001")
        assert whole not in told


def test_what_is_in_the_list_only_is_not_taken_home(home: Path) -> None:
    assert run(home, "--as", "lan", "show", str(a_record_id(3)))[0] == 0
    code, _, told = run(home, "--as", "lan", "get", str(a_record_id(3)), "--text")
    assert (code, told[:4]) == (7, "R030")
    assert run(home, "--as", "lan", "get", str(a_record_id(1)), "--text")[0] == 0


def test_a_login_that_is_not_there_is_told(home: Path) -> None:
    assert run(home, "--as", "nobody", "search", "x")[2].startswith("N040")


def test_other_commands_are_not_narrowed_silently(home: Path) -> None:
    code, _, told = run(home, "--as", "lan", "review")
    assert (code, told[:4]) == (2, "U071")
