"""Every way out of the reading room, tried by a reader at each rung of the ladder, with real accounts and a real archive."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PIL import Image

from archive import access, fixity, lending, registers
from archive.arrangement import Place
from ingest.jobs.book import Ending
from schemas.access import AccessLevel, Grant, Limit, Permission, Reader, Rung
from schemas.jobs import JobState
from search_ui.follow import rebuild_index
from tests.builders import a_record_id
from tests.search_ui.a_room import ARoom, a_batch, a_room, add

BASE = "http://127.0.0.1:8080"
OPEN, LISTED, SHOWN, HIDDEN = (str(a_record_id(n)) for n in (1, 2, 3, 4))
BODY = "điều khoản bímật về đất đai"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    """Give a room with an open record, one to be seen in the list, one to be read on the screen, and a hidden one."""
    made = a_room(tmp_path_factory.mktemp("home"))
    names = {1: "Kế hoạch mở", 2: "Kế hoạch trong mục lục", 3: "Kế hoạch đọc tại chỗ", 4: "Kế hoạch giấu kín"}
    for number, subject in names.items():
        fields = {"subject": subject, "number": f"{number}0/QĐ-UBND", "type": "Quyết định", "date": "2018-03-26"}
        add(made, number, [BODY if number > 1 else "điều khoản chung"], source=f"{number}.pdf", fields=fields,
            place=Place(fonds="UBND", file=f"HS-0{number}"))  # fmt: skip
    now = datetime.now(UTC)
    for record, rung in ((LISTED, Rung.KNOW), (SHOWN, Rung.READ)):
        registers.put(made.archive, Limit(node=record, level="conditional", reason="x"), actor="x", now=now)
        grant = Grant(subject="role:reader", node=record, rung=rung, up_to=AccessLevel.CONDITIONAL, reason="x")
        registers.put(made.archive, grant, actor="x", now=now)
    registers.put(made.archive, Limit(node=HIDDEN, level="unpublished", reason="x"), actor="x", now=now)
    made.follow()
    yield made
    made.archive.close()


LAN = Reader(account="lan", name="Nguyễn Thị Lan", roles=("reader",), permissions=frozenset({Permission.READ}))


@pytest.fixture
def page(room: ARoom, monkeypatch: pytest.MonkeyPatch) -> object:
    """Give a way to ask for a page as Lan."""
    monkeypatch.setattr("search_ui.accounts.door.OPERATOR", LAN)
    client = room.app.test_client()
    return lambda path: client.get(path, base_url=BASE)


PAGES_OF_A_RECORD = ["", "/tr/1", "/van-ban", "/thuoc-tinh", "/lich-su", "/lien-quan", "/anh/1/600"]
DOWNLOADS = ["/goc/1", "/pdf/0001", "/van-ban.txt"]


@pytest.mark.parametrize("path", [*PAGES_OF_A_RECORD, *DOWNLOADS])
def test_a_hidden_record_is_as_one_that_is_not_there(page, path: str) -> None:  # type: ignore[no-untyped-def]
    hidden, missing = page(f"/v/{HIDDEN}{path}"), page(f"/v/{a_record_id(99)}{path}")
    assert hidden.status_code == missing.status_code == 404
    told = [
        each.get_data(as_text=True).replace(HIDDEN, "…").replace(str(a_record_id(99)), "…")
        for each in (hidden, missing)
    ]
    assert _without_token(told[0]) == _without_token(told[1])


def _without_token(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "csrf" not in line)


@pytest.mark.parametrize("path", ["/van-ban", "/anh/1/600", *DOWNLOADS])
def test_of_a_record_in_the_list_only_the_entry_is_shown(page, path: str) -> None:  # type: ignore[no-untyped-def]
    entry = page(f"/v/{LISTED}").get_data(as_text=True)
    assert "Kế hoạch trong mục lục" in entry
    assert "bímật" not in entry
    assert page(f"/v/{LISTED}{path}").status_code == 403


@pytest.mark.parametrize("path", DOWNLOADS)
def test_what_may_be_read_on_the_screen_is_not_taken_home(page, path: str) -> None:  # type: ignore[no-untyped-def]
    shown = page(f"/v/{SHOWN}").get_data(as_text=True)
    assert "/anh/1/" in shown
    assert not any(f"/v/{SHOWN}{each}" in shown for each in DOWNLOADS)
    assert page(f"/v/{SHOWN}{path}").status_code == 403


def test_images_of_who_may_only_read_are_marked_and_kept_nowhere(room: ARoom, page) -> None:  # type: ignore[no-untyped-def]
    plain, marked = page(f"/v/{OPEN}/anh/1/600"), page(f"/v/{SHOWN}/anh/1/600")
    assert marked.headers["Cache-Control"] == plain.headers["Cache-Control"] == "no-store"
    with Image.open(io.BytesIO(marked.data)) as image, Image.open(io.BytesIO(plain.data)) as other:
        assert image.format == "WEBP"
        grey = [sum(image.convert("L").histogram()[100:240]), sum(other.convert("L").histogram()[100:240])]
    assert grey[0] > 5 * grey[1]


def test_only_images_that_anybody_may_have_stay_in_caches(room: ARoom, page) -> None:  # type: ignore[no-untyped-def]
    now = datetime.now(UTC)
    anyone = Grant(subject="anyone", node=OPEN, rung=Rung.DOWNLOAD, up_to=AccessLevel.PUBLIC, reason="x")
    entries = [
        registers.put(room.archive, each, actor="x", now=now) for each in (anyone, Limit(node=OPEN, level="public"))
    ]
    assert page(f"/v/{OPEN}/anh/1/600").headers["Cache-Control"].startswith("public")
    for entry in entries:
        registers.end(room.archive, entry, actor="x", now=now)
    room.follow()
    assert page(f"/v/{OPEN}/anh/1/600").headers["Cache-Control"] == "no-store"


def test_a_list_holds_no_word_of_a_text_that_may_not_be_read(page) -> None:  # type: ignore[no-untyped-def]
    found = page("/?q=kế+hoạch").get_data(as_text=True)
    assert ("giấu kín" in found, "trong mục lục" in found, "đọc tại chỗ" in found) == (False, True, True)
    only_read = page("/?q=bimat").get_data(as_text=True)
    assert ("trong mục lục" in only_read, "đọc tại chỗ" in only_read, "giấu kín" in only_read) == (False, True, False)


@pytest.mark.parametrize("path", ["/ket-qua.csv?q=kế+hoạch", "/ho-so", "/ho-so?q=HS"])
def test_exports_and_lists_of_units_hold_nothing_hidden(page, path: str) -> None:  # type: ignore[no-untyped-def]
    told = page(path).get_data(as_text=True)
    assert "giấu kín" not in told
    assert "bímật" not in told


def test_a_hidden_record_is_not_in_its_own_file(room: ARoom, page) -> None:  # type: ignore[no-untyped-def]
    home = access.record(room.archive, a_record_id(4)).file
    told = page(f"/ho-so/{home}")
    assert "giấu kín" not in told.get_data(as_text=True)
    assert page(f"/ho-so/{home}/doc/1").status_code in (302, 303, 404)


def test_a_number_looked_up_finds_nothing_hidden(room: ARoom, page) -> None:  # type: ignore[no-untyped-def]
    answer = room.app.test_client().post("/tra-so", data={"so": "40/QĐ-UBND\n10/QĐ-UBND"}, base_url=BASE)
    told = answer.get_data(as_text=True)
    assert "giấu kín" not in told
    assert "Kế hoạch mở" in told


def test_rights_taken_away_hold_at_the_next_request(room: ARoom, page) -> None:  # type: ignore[no-untyped-def]
    assert page(f"/v/{OPEN}/tr/1").status_code == 200
    now = datetime.now(UTC)
    closed = registers.put(room.archive, Limit(node=OPEN, level="unpublished", reason="x"), actor="x", now=now)
    try:
        assert page(f"/v/{OPEN}/anh/1/600").status_code == 404
        assert "</mark> mở" not in page("/?q=kế+hoạch").get_data(as_text=True)
    finally:
        registers.end(room.archive, closed, actor="x", now=now)
        room.follow()
    assert "</mark> mở" in page("/?q=kế+hoạch").get_data(as_text=True)


def test_rights_survive_the_rebuild_of_everything(room: ARoom, page) -> None:  # type: ignore[no-untyped-def]
    before = lending.rights(room.archive)
    fixity.rebuild_catalogue(room.archive)
    rebuild_index(room.settings, room.archive)
    assert lending.rights(room.archive) == before
    assert page(f"/v/{HIDDEN}").status_code == 404
    assert "giấu kín" not in page("/?q=kế+hoạch").get_data(as_text=True)


def test_who_viewed_took_searched_and_was_refused_stands_in_the_log_without_words(room: ARoom, page) -> None:  # type: ignore[no-untyped-def]
    for path in (
        f"/v/{OPEN}/tr/1",
        f"/v/{OPEN}/goc/1",
        "/?q=một+câu+hỏi+riêng",
        f"/v/{SHOWN}/goc/1",
        f"/v/{HIDDEN}",
        f"/v/{a_record_id(99)}",
    ):
        page(path)
    (day,) = (room.settings.storage / "access-log").glob("*.jsonl")
    text = day.read_text()
    lines = [json.loads(line) for line in text.splitlines()][-5:]
    assert [line["access"] for line in lines] == ["viewed", "downloaded", "searched", "refused", "refused"]
    assert lines[-1]["record"] == HIDDEN
    assert {line["actor"] for line in lines} == {"lan"}
    assert "riêng" not in text
    assert lines[0]["record"] == OPEN


def test_a_batch_and_the_list_for_review_name_no_hidden_record(room: ARoom, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: dict[str, Ending | None] = {
        "bí mật.pdf": Ending(state=JobState.ARCHIVED, record=HIDDEN),
        "mở.pdf": Ending(state=JobState.ARCHIVED, record=OPEN),
    }
    batch = a_batch(room, ended)
    checker = replace(LAN, permissions=frozenset({Permission.READ, Permission.CHECK}))
    monkeypatch.setattr("search_ui.accounts.door.OPERATOR", checker)
    told = room.app.test_client().get(f"/thu-nhan/{batch}", base_url=BASE).get_data(as_text=True)
    assert "mở.pdf" in told
    assert "bí mật.pdf" not in told
    assert HIDDEN not in told
    scanner = replace(LAN, permissions=frozenset({Permission.SCAN, Permission.READ}))
    monkeypatch.setattr("search_ui.accounts.door.OPERATOR", scanner)
    assert room.app.test_client().get(f"/thu-nhan/{batch}", base_url=BASE).status_code == 404
    assert batch not in room.app.test_client().get("/thu-nhan", base_url=BASE).get_data(as_text=True)
