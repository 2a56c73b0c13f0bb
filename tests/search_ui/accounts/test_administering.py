"""The administrator's pages and one's own account, as forms without JavaScript."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from schemas.access import Permission
from search_ui.accounts import agency, people, readers, tables
from search_ui.accounts.desk import AccountDesk
from search_ui.accounts.door import now as the_time
from search_ui.accounts.values import Account, Unit
from search_ui.room import ACCOUNTS
from tests.search_ui.a_room import ARoom, a_room
from tests.search_ui.accounts.people_of_the_agency import OTHER, Browser, again, by, code, somebody

ALL = "/quan-tri/tai-khoan"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made = a_room(tmp_path_factory.mktemp("home"))
    made.follow()
    yield made
    made.archive.close()


@pytest.fixture
def desk(room: ARoom) -> Iterator[AccountDesk]:
    found: AccountDesk = room.app.extensions[ACCOUNTS]
    yield found
    with found.writing() as connection:
        for table in (
            tables.accounts,
            tables.sessions,
            tables.attempts,
            tables.passwords,
            tables.delegations,
            tables.units,
        ):
            connection.execute(table.delete())


@pytest.fixture
def administrator(room: ARoom, desk: AccountDesk) -> Browser:
    somebody(desk, "chi", "administrator", second=True, now=the_time())
    browser = Browser(room.app)
    assert browser.logs_in("chi", second=code()).status_code == 303
    return browser


@pytest.fixture
def lan(desk: AccountDesk) -> Account:
    return somebody(desk, "lan", "reader", now=the_time())


def test_an_administrator_is_led_to_what_opens_for_them(administrator: Browser) -> None:
    assert administrator.goes("/") == ALL


def test_a_new_account_sets_its_own_password_with_the_code(
    room: ARoom, desk: AccountDesk, administrator: Browser
) -> None:
    answer = administrator.sends(ALL, {"login": "hoa", "name": "Trần Thị Hoa", "role": ["reader", "scanner"]})
    found = re.search(r'class="secret">([\w-]{32})<', answer.get_data(as_text=True))
    assert found is not None
    assert "Trần Thị Hoa" in administrator.get(ALL)
    browser = Browser(room.app)
    assert browser.logs_in("hoa", "").status_code == 401
    values = {"login": "HOA", "code": found[1], "new": OTHER, "again": OTHER}
    place = "/dang-nhap/lap-mat-khau"
    assert browser.sends(place, values | {"code": "wrong"}).status_code == 401
    assert browser.sends(place, values | {"login": "nobody"}).status_code == 401
    assert browser.sends(place, values | {"again": "x"}).status_code == 400
    with desk.writing() as connection:
        connection.execute(tables.attempts.delete())
    assert browser.sends(place, values).headers["Location"] == "/dang-nhap"
    assert browser.sends(place, values).status_code == 401
    assert browser.logs_in("hoa", OTHER).status_code == 303
    browser.get("/thu-nhan")


def test_what_is_wrong_with_a_new_account_is_said(administrator: Browser, lan: Account) -> None:
    for login, told in (("lan", "đã có"), ("<b>x</b>", "&lt;b&gt;x")):
        answer = administrator.sends(ALL, {"login": login, "name": "x"})
        assert answer.status_code == 400
        assert told in answer.get_data(as_text=True)
    assert administrator.sends(ALL, {"login": "new", "name": "x", "role": "king"}).status_code == 400


def test_an_account_is_changed_locked_and_opened(
    room: ARoom, desk: AccountDesk, administrator: Browser, lan: Account
) -> None:
    reader, place = Browser(room.app), f"{ALL}/{lan.id}"
    reader.logs_in("lan")
    unit = agency.save_unit(desk, Unit(id="", code="SNV", name="Sở Nội vụ"), by=by())
    values = {"name": "Bà Lan", "role": ["reader", "scanner"], "unit": unit.id, "batch": "lô 7", "until": "31/12/2099"}
    assert administrator.sends(place, values).headers["Location"] == f"{place}?xong=1"
    changed = again(desk, lan)
    assert (changed.name, changed.unit, changed.batch) == ("Bà Lan", unit.id, "lô 7")
    assert "31/12/2099" in administrator.get(f"{place}?xong=1")
    reader.get("/thu-nhan")
    assert administrator.sends(place, values | {"until": "31/02/2027"}).status_code == 400
    assert administrator.sends(f"{place}/khoa", {}, seen_on=place).status_code == 303
    assert reader.goes("/").startswith("/dang-nhap")
    assert administrator.sends(f"{place}/mo", {}, seen_on=place).status_code == 303
    assert reader.logs_in("lan").status_code == 303
    assert administrator.sends(f"{place}/phien", {}, seen_on=place).status_code == 303
    assert reader.goes("/").startswith("/dang-nhap")
    assert administrator.sends(f"{place}/buoc-hai", {}, seen_on=place).status_code == 303
    assert "Mã đặt mật khẩu" in administrator.sends(f"{place}/ma", {}, seen_on=place).get_data(as_text=True)
    assert administrator.sends(f"{place}/xoa", {}, seen_on=place).status_code == 404
    administrator.get(f"{ALL}/nobody", 404)


def test_the_last_administrator_cannot_lock_themselves_out(desk: AccountDesk, administrator: Browser) -> None:
    own = f"{ALL}/{people.named(desk, 'chi').id}"
    answer = administrator.sends(f"{own}/khoa", {}, seen_on=own)
    assert answer.status_code == 400
    assert "người quản trị cuối cùng" in answer.get_data(as_text=True)
    administrator.get(ALL)


def test_nothing_of_this_is_for_readers(room: ARoom, desk: AccountDesk, lan: Account) -> None:
    browser = Browser(room.app)
    browser.logs_in("lan")
    for path in (ALL, f"{ALL}/{lan.id}", f"{ALL}/{lan.id}/mo", "/quan-tri/vai-tro", "/quan-tri/don-vi"):
        answer = browser.sends(path, {"role": "administrator", "name": "x", "login": "y"}, seen_on="/tai-khoan")
        assert answer.status_code == 403, path
    assert again(desk, lan).roles == ("reader",)


def test_what_matters_is_asked_again_of_administrators_too(
    desk: AccountDesk, administrator: Browser, lan: Account
) -> None:
    with desk.writing() as connection:
        old = (the_time() - timedelta(minutes=6)).isoformat(timespec="microseconds")
        connection.execute(tables.sessions.update().values(fresh_at=old))
    place = f"{ALL}/{lan.id}"
    for path in (place, f"{place}/khoa", "/quan-tri/vai-tro", "/quan-tri/don-vi", ALL):
        answer = administrator.sends(path, {}, seen_on=place, Referer=f"http://127.0.0.1:8080{place}")
        assert answer.headers["Location"] == f"/dang-nhap/xac-nhan?next={place}", path
    assert again(desk, lan).locked is False


def test_roles_and_units_are_edited(desk: AccountDesk, administrator: Browser) -> None:
    place = "/quan-tri/vai-tro"
    assert administrator.sends(place, {"name": "Văn thư", "permission": ["scan", "fly"]}).status_code == 303
    made = next(each for each in agency.all_roles(desk).values() if each.name == "Văn thư")
    assert made.permissions == {Permission.SCAN}
    administrator.sends(place, {"id": made.id, "name": "Văn thư Sở", "permission": ["scan", "read"]})
    assert agency.all_roles(desk)[made.id].permissions == {Permission.SCAN, Permission.READ}
    assert administrator.sends(place, {"name": ""}).status_code == 400
    place = "/quan-tri/don-vi"
    assert administrator.sends(place, {"code": "SNV", "name": "Sở Nội vụ"}).status_code == 303
    top = next(iter(agency.all_units(desk)))
    administrator.sends(place, {"code": "CCVT", "name": "<i>Chi cục</i>", "parent": top})
    assert "&lt;i&gt;Chi cục" in administrator.get(place)
    assert administrator.sends(place, {"code": "SNV", "name": "Khác"}).status_code == 400
    assert administrator.sends(place, {"id": top, "code": "SNV", "name": "Sở", "parent": top}).status_code == 400


def test_an_official_lends_and_takes_back(room: ARoom, desk: AccountDesk, lan: Account) -> None:
    chief = somebody(desk, "chief", "approver", second=True, now=the_time())
    browser = Browser(room.app)
    browser.logs_in("chief", second=code())
    today, tomorrow = ((the_time() + timedelta(days=each)).strftime("%d/%m/%Y") for each in (0, 1))
    wish: dict[str, object] = {
        "taker": lan.id,
        "permission": ["approve"],
        "from": today,
        "to": tomorrow,
        "reason": "Đi công tác <b>",
    }
    place = "/tai-khoan/uy-quyen"
    assert browser.sends(place, wish, seen_on="/tai-khoan").status_code == 303
    assert Permission.APPROVE in readers.known(desk, lan, now=the_time()).reader.permissions
    page = browser.get("/tai-khoan")
    assert "Ủy quyền cho Ông lan" in page
    assert "Đi công tác &lt;b&gt;" in page
    end = re.search(r"/tai-khoan/uy-quyen/[0-9a-f-]{36}/ket-thuc", page)
    assert end is not None
    assert browser.sends(end[0], {}, seen_on="/tai-khoan").status_code == 303
    assert Permission.APPROVE not in readers.known(desk, lan, now=the_time()).reader.permissions
    for wrong in ({"from": "x"}, {"to": "99/99/9999"}, {"to": "31/12/9999"}, {"permission": "administer"}, {"reason": ""},
                  {"taker": chief.id}, {"taker": "x" * 10_000}):  # fmt: skip
        assert browser.sends(place, wish | wrong, seen_on="/tai-khoan").status_code == 400, wrong


def test_no_bytes_in_a_form_break_a_page(room: ARoom, desk: AccountDesk, administrator: Browser, lan: Account) -> None:
    nasty = ["", "\x00", "\udcff", "<script>", "a" * 5_000, "' or 1=1 --", "\r\nX: 1", "٣", "𝟙𝟚", "%ff"]
    for text in nasty:
        given = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        everything = dict.fromkeys(
            ("login", "name", "password", "code", "new", "again", "id", "parent", "unit", "until", "batch", "email", "role",
             "permission", "taker", "from", "to", "reason", "session", "sealed", "next"), given)  # fmt: skip
        for path in (ALL, f"{ALL}/{lan.id}", "/quan-tri/vai-tro", "/quan-tri/don-vi", "/tai-khoan/uy-quyen"):
            assert administrator.sends(path, everything, seen_on="/tai-khoan").status_code < 500, (path, text)
        for path in ("/dang-nhap", "/dang-nhap/lap-mat-khau"):
            assert Browser(room.app).sends(path, everything).status_code < 500, (path, text)
    administrator.get(ALL)


def test_an_account_that_was_never_used_shows_no_day(administrator: Browser, desk: AccountDesk) -> None:
    people.add(desk, people.new_account("moi", "Người mới", now=the_time(), roles=("reader",)), by=by())
    row = re.search(r">moi</a>.*?</tr>", administrator.get(ALL), re.DOTALL)
    assert row
    assert '<td class="when">chưa dùng</td>' in row[0]
    used = re.search(r">chi</a>.*?</tr>", administrator.get(ALL), re.DOTALL)
    assert used
    assert "chưa dùng" not in used[0]
