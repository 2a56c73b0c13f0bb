"""The reading room's commands, run as the command line runs them."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from schemas.errors import RefusedError, UsageError
from search_ui.cli import app
from tests.builders import a_record_id
from tests.search_ui.a_room import ARoom, a_room, add


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made = a_room(tmp_path_factory.mktemp("home"))
    add(made, 1, ["Tăng cường văn bản điện tử <b>"], source="1695 qd syt.pdf",
        fields={"subject": "Về văn bản điện tử", "number": "1695/QĐ-SYT", "type": "Quyết định", "date": "2018-03-26", "issuer": "Sở Y tế"})  # fmt: skip
    yield made
    made.archive.close()


def run(room: ARoom, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["search", "--home", str(room.settings.home), *arguments])


def answer(room: ARoom, *arguments: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(run(room, *arguments, "--json").stdout)
    return value


def test_the_json_has_the_keys_that_programs_rely_on(room: ARoom) -> None:
    value = answer(room, "van ban dien tu")
    assert {"query", "total", "took_ms", "hits", "facets"} <= set(value)
    assert set(value["facets"]) == {"type", "issuer", "signer", "year", "fonds", "file"}
    assert value["facets"]["type"] == [["Quyết định", 1]]
    (hit,) = value["hits"]
    assert set(hit) == {
        "record",
        "source",
        "number",
        "type",
        "date",
        "issuer",
        "subject",
        "fonds",
        "tier",
        "pages",
        "name",
    }
    assert hit["tier"] == "title_folded"
    (page,) = hit["pages"]
    assert page["page"] == 1
    assert page["snippet"] == "Tăng cường <mark>văn bản điện tử</mark> &lt;b&gt;"
    assert all(len(box) == 4 for box in page["boxes"])


def test_nothing_found_ends_4_with_json_all_the_same(room: ARoom) -> None:
    result = run(room, "xyzzy", "--json")
    assert result.exit_code == 4
    assert json.loads(result.stdout)["total"] == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--type", "quyet dinh"),
        ("--issuer", "so y te"),
        ("--from", "26/3/2018"),
        ("--to", "2018-03-26"),
        ("--fonds", "chua-xep"),
    ],
)
def test_filters_narrow(room: ARoom, options: tuple[str, str]) -> None:
    assert answer(room, "", *options)["total"] == 1


def test_words_need_no_quotes_and_a_minus_is_no_option(room: ARoom) -> None:
    assert answer(room, "văn", "bản", "điện", "tử")["total"] == answer(room, "văn bản điện tử")["total"] > 0
    assert answer(room, "1695", "-khongcochu")["total"] == answer(room, "1695")["total"]


def test_people_read_lines(room: ARoom) -> None:
    result = run(room, "1695")
    assert "Về văn bản điện tử" in result.stdout
    assert "1695/QĐ-SYT · 26/03/2018" in result.stdout


def test_a_day_that_is_none_is_wrong_use(room: ARoom) -> None:
    result = run(room, "", "--from", "31/2/2018")
    assert isinstance(result.exception, UsageError)
    assert result.exception.code == "U030"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.vn"])
def test_the_room_opens_on_this_machine_only(tmp_path: Path, host: str) -> None:
    result = CliRunner().invoke(app, ["serve", "--home", str(tmp_path), "--host", host])
    assert isinstance(result.exception, RefusedError)
    assert result.exception.code == "R001"


SERVER = """
import sys, typer
from pathlib import Path
import search_ui.cli
from ingest.cli import desk
from tests.search_ui.a_room import draw
outer = typer.Typer()
outer.add_typer(search_ui.cli.app)

@outer.callback()
def given(context: typer.Context) -> None:
    context.obj = {
        "desk": desk,
        "render": lambda settings: (draw, lambda: print("closed", flush=True)),
        "standing": lambda settings, workers: lambda: print("sent home", workers, flush=True),
    }

outer(["serve", "--home", sys.argv[1], "--port", "0"])
"""


def test_the_room_serves_follows_and_ends_when_it_is_told_to(room: ARoom) -> None:
    command = [sys.executable, "-c", SERVER, str(room.settings.home)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, cwd=Path(__file__).parents[2], **pipes) as server:  # type: ignore[call-overload]
        try:
            line = server.stderr.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert address is not None, line
            add(room, 2, ["Vừa mới tới"], source="mới.pdf")
            deadline = time.monotonic() + 60
            while f"/v/{a_record_id(2)}" not in _page(f"{address[0]}?q=vua+moi+toi"):
                assert time.monotonic() < deadline
                time.sleep(0.2)
        finally:
            server.terminate()
        out, _ = server.communicate(timeout=30)
    assert out == "closed\nsent home 1\n"
    assert server.returncode == 0


def _page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read().decode())
