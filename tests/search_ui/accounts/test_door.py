"""The door of the reading room: who gets in, how far, and what a forged or late request gets."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from search_ui.accounts import agency, credentials, people, tables
from search_ui.accounts.desk import AccountDesk, events
from search_ui.accounts.door import now as the_time
from search_ui.accounts.door import safe_goal
from search_ui.accounts.values import Account
from search_ui.app import create_app
from search_ui.room import ACCOUNTS
from tests.builders import a_record_id
from tests.search_ui.a_room import ARoom, a_desk, a_room, add, draw
from tests.search_ui.accounts.people_of_the_agency import (
    OTHER,
    PASSWORD,
    Browser,
    again,
    by,
    code,
    hidden,
    somebody,
    token,
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made = a_room(tmp_path_factory.mktemp("home"))
    add(made, 1, ["Tăng cường văn bản điện tử"], source="chỉ thị 15.pdf", findings=["S010"])
    made.follow()
    yield made
    made.archive.close()


@pytest.fixture
def desk(room: ARoom) -> Iterator[AccountDesk]:
    """Give the accounts of the room, with none in them."""
    found: AccountDesk = room.app.extensions[ACCOUNTS]
    yield found
    with found.writing() as connection:
        for table in (tables.accounts, tables.sessions, tables.attempts, tables.passwords, tables.recovery_codes):
            connection.execute(table.delete())


@pytest.fixture
def reader(desk: AccountDesk) -> Account:
    return somebody(desk, "lan", "reader", now=the_time())


@pytest.fixture
def archivist(desk: AccountDesk) -> Account:
    return somebody(desk, "minh", "archivist", second=True, now=the_time())


def test_without_any_account_the_operator_at_the_machine_may_do_everything(room: ARoom, desk: AccountDesk) -> None:
    browser = Browser(room.app)
    for path in ("/", "/thu-nhan", "/kiem-tra", f"/v/{a_record_id(1)}"):
        browser.get(path)
    assert Browser(room.app, address="192.168.1.9").goes("/") == "/dang-nhap?next=/"


def test_the_first_account_closes_the_room_to_all_others(room: ARoom, reader: Account) -> None:
    browser = Browser(room.app)
    assert browser.goes("/?q=van+ban") == "/dang-nhap?next=/%3Fq%3Dvan%2Bban"
    for path in (f"/v/{a_record_id(1)}", f"/v/{a_record_id(1)}/anh/1/800", f"/v/{a_record_id(1)}/goc/1", "/thu-nhan"):
        assert browser.goes(path).startswith("/dang-nhap?next=/")
    assert browser.goes("/tai-khoan") == "/dang-nhap?next=/tai-khoan"


def test_a_log_in_leads_to_where_one_wanted_to_go(room: ARoom, reader: Account) -> None:
    browser = Browser(room.app)
    answer = browser.logs_in("Lan", goal="/?q=van+ban")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?q=van+ban")
    assert "Ông lan" in browser.get("/")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(room: ARoom, reader: Account) -> None:
    answer = Browser(room.app).logs_in("lan")
    cookie = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith("session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" not in cookie
    assert len(cookie.split("=")[1].split(";")[0]) == 43


def test_the_database_does_not_hold_the_cookie(room: ARoom, desk: AccountDesk, reader: Account) -> None:
    browser = Browser(room.app)
    browser.logs_in("lan")
    cookie = browser.client.get_cookie("session", domain="127.0.0.1")
    assert cookie is not None
    with desk.reading() as connection:
        assert cookie.value not in str(connection.execute(sa.select(tables.sessions)).all())


def test_who_may_only_read_is_told_what_is_missing(room: ARoom, desk: AccountDesk, reader: Account) -> None:
    browser = Browser(room.app)
    browser.logs_in("lan")
    page = browser.get("/kiem-tra", 403)
    assert "Kiểm tra kết quả số hóa" in page
    assert "Biên mục, mô tả" in page
    assert "Chờ kiểm tra" not in browser.get("/")
    browser.get("/thu-nhan", 403)
    browser.get("/quan-tri/tai-khoan", 403)
    assert _refused_paths(desk)[-3:] == ["/kiem-tra", "/thu-nhan", "/quan-tri/tai-khoan"]


def _refused_paths(desk: AccountDesk) -> list[str]:
    table = tables.account_events
    query = sa.select(table).where(table.c.kind == "refused").order_by(table.c.id)
    with desk.reading() as connection:
        rows = connection.execute(query).all()
    assert all(row.actor for row in rows)
    return [json.loads(row.more)["path"] for row in rows]


def test_rights_that_are_taken_away_are_gone_at_the_next_click(
    room: ARoom, desk: AccountDesk, archivist: Account
) -> None:
    browser = Browser(room.app)
    browser.logs_in("minh", second=code())
    browser.get("/kiem-tra")
    people.change(desk, replace(again(desk, archivist), roles=("reader",)), by=by())
    browser.get("/kiem-tra", 403)
    browser.get("/")
    people.change(desk, replace(again(desk, archivist), roles=()), by=by())
    assert browser.goes("/") == "/tai-khoan"
    people.lock(desk, again(desk, archivist), by=by())
    assert browser.goes("/").startswith("/dang-nhap")


def test_a_role_that_changes_changes_everybody_who_has_it(room: ARoom, desk: AccountDesk, reader: Account) -> None:
    browser = Browser(room.app)
    browser.logs_in("lan")
    role = agency.all_roles(desk)["scanner"]
    people.change(desk, replace(reader, roles=("scanner",)), by=by())
    browser.get("/thu-nhan")
    agency.save_role(desk, replace(role, permissions=frozenset()), by=by())
    browser.get("/thu-nhan", 403)
    agency.save_role(desk, role, by=by())
    browser.get("/thu-nhan")


def test_after_the_log_out_the_cookie_opens_nothing(room: ARoom, reader: Account) -> None:
    browser, thief = Browser(room.app), Browser(room.app)
    browser.logs_in("lan")
    cookie = browser.client.get_cookie("session", domain="127.0.0.1")
    assert cookie is not None
    answer = browser.sends("/dang-xuat", {}, seen_on="/")
    assert answer.headers["Location"] == "/dang-nhap"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.client.get_cookie("session", domain="127.0.0.1") is None
    thief.client.set_cookie("session", cookie.value, domain="127.0.0.1")
    assert thief.goes("/").startswith("/dang-nhap")


def test_nothing_of_a_logged_in_reader_stays_in_the_browser(room: ARoom, reader: Account) -> None:
    browser = Browser(room.app)
    browser.logs_in("lan")
    for path in ("/", f"/v/{a_record_id(1)}", f"/v/{a_record_id(1)}/anh/1/800", "/tai-khoan", "/nowhere"):
        answer = browser.client.get(path, base_url=browser.base)
        assert answer.headers["Cache-Control"] == "no-store", path
    with browser.client.get("/static/room.css", base_url=browser.base) as style:
        assert "immutable" in style.headers["Cache-Control"]


@pytest.mark.parametrize("cookie", ["", "x", "a" * 43, "A" * 4_000, "%00%ff", "'; drop table sessions; --", "Ω" * 43])
def test_a_forged_session_is_nobody(room: ARoom, reader: Account, cookie: str) -> None:
    browser = Browser(room.app)
    browser.client.set_cookie("session", cookie, domain="127.0.0.1")
    assert browser.goes("/").startswith("/dang-nhap")
    assert browser.logs_in("lan").status_code == 303


def test_a_log_in_gives_a_new_token_and_ends_the_old_session(room: ARoom, reader: Account) -> None:
    browser = Browser(room.app)
    seen = set()
    for _ in range(2):
        browser.logs_in("lan")
        cookie = browser.client.get_cookie("session", domain="127.0.0.1")
        assert cookie is not None
        seen.add(cookie.value)
        browser.sends("/dang-xuat", {}, seen_on="/")
    assert len(seen) == 2


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:9999"},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
])  # fmt: skip
def test_a_form_from_elsewhere_is_refused_even_with_the_token(
    room: ARoom, reader: Account, headers: dict[str, str]
) -> None:
    browser = Browser(room.app)
    browser.logs_in("lan")
    assert browser.sends("/dang-xuat", {}, seen_on="/", **headers).status_code == 403
    browser.get("/")
    fine = {"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-origin"}
    assert browser.sends("/dang-xuat", {}, seen_on="/", **fine).status_code == 303


@pytest.mark.parametrize("given", ["", "0" * 64, "Ω", "x" * 30_000])
def test_a_form_without_the_right_token_changes_nothing(room: ARoom, reader: Account, given: str) -> None:
    browser = Browser(room.app)
    browser.logs_in("lan")
    for path in ("/dang-xuat", "/tai-khoan/phien", "/tai-khoan/mat-khau", "/dang-nhap"):
        answer = browser.client.post(path, data={"csrf": given}, base_url=browser.base)
        assert answer.status_code == 403, path
        assert "Biểu mẫu đã cũ" in answer.get_data(as_text=True)
    browser.get("/")


def test_the_token_of_another_session_is_worth_nothing(room: ARoom, desk: AccountDesk, reader: Account) -> None:
    somebody(desk, "hoa", "reader", now=the_time())
    one, other = Browser(room.app), Browser(room.app)
    one.logs_in("lan")
    other.logs_in("hoa")
    stolen = token(one.get("/"))
    assert other.client.post("/dang-xuat", data={"csrf": stolen}, base_url=other.base).status_code == 403
    own = token(other.get("/"))
    answer = other.client.post("/dang-xuat", headers={"X-CSRF-Token": own}, base_url=other.base)
    assert answer.status_code == 303


def test_nothing_changes_by_looking(room: ARoom, reader: Account) -> None:
    browser = Browser(room.app)
    browser.logs_in("lan")
    for path in ("/dang-xuat", "/tai-khoan/phien", "/tai-khoan/uy-quyen", "/tai-khoan/ma-du-phong"):
        browser.get(path, 405)
    browser.get("/")


def test_a_form_that_comes_after_the_session_ended_is_told(room: ARoom, desk: AccountDesk, reader: Account) -> None:
    browser = Browser(room.app)
    browser.logs_in("lan")
    page = browser.get("/tai-khoan")
    _end_all(desk)
    answer = browser.client.post("/tai-khoan/phien", data={"csrf": token(page)}, base_url=browser.base)
    assert answer.status_code in {401, 403}


def _end_all(desk: AccountDesk) -> None:
    with desk.writing() as connection:
        connection.execute(tables.sessions.delete())


@pytest.mark.parametrize("goal", [
    "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "evil.example",
    "/%0d%0aX-Evil:1\r\nX-Evil: 1", "/a\nb", "/\tb", " /", "", "/" + "a" * 5_000, "http:/evil.example", "///evil.example",
])  # fmt: skip
def test_a_log_in_leads_nowhere_else(room: ARoom, reader: Account, goal: str) -> None:
    assert safe_goal(goal) == "/"
    answer = Browser(room.app).logs_in("lan", goal=goal)
    assert answer.headers["Location"] == "/"
    assert "X-Evil" not in answer.headers


def test_who_is_logged_in_elsewhere_must_show_a_second_factor(room: ARoom, desk: AccountDesk, reader: Account) -> None:
    browser = Browser(room.app, address="10.1.2.3")
    browser.logs_in("lan")
    assert browser.goes("/") == "/tai-khoan/buoc-hai"
    assert browser.goes(f"/v/{a_record_id(1)}/goc/1") == "/tai-khoan/buoc-hai"
    page = browser.get("/tai-khoan/buoc-hai")
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page)
    assert secret is not None
    values = {"csrf": token(page), "sealed": hidden(page, "sealed"), "code": code(secret=secret[1].replace(" ", ""))}
    answer = browser.client.post(
        "/tai-khoan/buoc-hai", data=values, base_url=browser.base, environ_base=browser.environment
    )
    assert len(re.findall(r"<li>[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}</li>", answer.get_data(as_text=True))) == 10
    browser.get("/")
    assert again(desk, reader).secret


def test_a_second_factor_that_another_account_was_offered_is_not_taken(
    room: ARoom, desk: AccountDesk, reader: Account
) -> None:
    browser = Browser(room.app)
    browser.logs_in("lan")
    foreign = desk.key.seal("somebody JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    answer = browser.sends("/tai-khoan/buoc-hai", {"sealed": foreign, "code": code()})
    assert answer.status_code == 400
    assert not again(desk, reader).secret


def test_an_archivist_needs_the_second_factor_even_at_the_machine(room: ARoom, desk: AccountDesk) -> None:
    somebody(desk, "tuan", "archivist", now=the_time())
    browser = Browser(room.app)
    browser.logs_in("tuan")
    assert browser.goes("/") == "/tai-khoan/buoc-hai"
    assert "Chờ kiểm tra" not in browser.get("/tai-khoan/buoc-hai")


def test_the_password_alone_opens_nothing_where_there_is_a_second_factor(room: ARoom, archivist: Account) -> None:
    browser = Browser(room.app)
    assert browser.logs_in("minh").headers["Location"] == "/dang-nhap/buoc-hai?next=/"
    assert browser.goes("/") == "/dang-nhap?next=/"
    assert browser.goes("/dang-nhap").startswith("/dang-nhap/buoc-hai")
    assert browser.sends("/dang-nhap/buoc-hai", {"code": "000000"}).status_code == 401
    assert browser.goes("/kiem-tra").startswith("/dang-nhap")
    assert browser.sends("/dang-nhap/buoc-hai", {"code": code()}).status_code == 303
    browser.get("/kiem-tra")


def test_the_password_alone_does_not_reach_own_account_pages(
    room: ARoom, desk: AccountDesk, archivist: Account
) -> None:
    browser = Browser(room.app)
    browser.logs_in("minh")
    for path in ("/tai-khoan", "/tai-khoan/mat-khau", "/tai-khoan/buoc-hai", "/dang-nhap/xac-nhan"):
        assert browser.goes(path).startswith("/dang-nhap?")


def test_after_five_wrong_codes_the_password_is_asked_again(room: ARoom, desk: AccountDesk, archivist: Account) -> None:
    browser = Browser(room.app)
    browser.logs_in("minh")
    for _ in range(5):
        browser.sends("/dang-nhap/buoc-hai", {"code": "000000"})
        with desk.writing() as connection:
            connection.execute(tables.attempts.delete())
    assert browser.goes("/dang-nhap/buoc-hai").startswith("/dang-nhap?")


def test_what_matters_asks_again(room: ARoom, desk: AccountDesk, archivist: Account) -> None:
    browser = Browser(room.app)
    browser.logs_in("minh", second=code())
    with desk.writing() as connection:
        connection.execute(tables.sessions.update().values(fresh_at="2026-01-01T00:00:00.000000+00:00"))
    answer = browser.sends(
        "/tai-khoan/ma-du-phong", {}, seen_on="/tai-khoan", Referer="http://127.0.0.1:8080/tai-khoan"
    )
    assert answer.headers["Location"] == "/dang-nhap/xac-nhan?next=/tai-khoan"
    assert browser.sends("/dang-nhap/xac-nhan", {"password": PASSWORD, "code": "000000"}).status_code == 401
    with desk.writing() as connection:
        connection.execute(tables.accounts.update().values(secret_step=0))
    assert browser.sends("/dang-nhap/xac-nhan", {"password": OTHER, "code": code()}).status_code == 401
    right = {"password": PASSWORD, "code": code(), "next": "/tai-khoan"}
    before = browser.client.get_cookie("session", domain="127.0.0.1")
    assert browser.sends("/dang-nhap/xac-nhan", right).headers["Location"] == "/tai-khoan"
    after = browser.client.get_cookie("session", domain="127.0.0.1")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert "Mã dự phòng" in browser.sends("/tai-khoan/ma-du-phong", {}, seen_on="/tai-khoan").get_data(as_text=True)


def test_sessions_end_by_idleness_and_by_age(room: ARoom, desk: AccountDesk, reader: Account) -> None:
    for column in ("used_at", "made_at"):
        browser = Browser(room.app)
        browser.logs_in("lan")
        browser.get("/")
        with desk.writing() as connection:
            connection.execute(tables.sessions.update().values(**{column: "2026-01-01T00:00:00.000000+00:00"}))
        assert browser.goes("/").startswith("/dang-nhap")


def test_the_owner_sees_and_ends_sessions(room: ARoom, reader: Account) -> None:
    one, other = Browser(room.app), Browser(room.app, address="127.0.0.2")
    one.logs_in("lan")
    other.logs_in("lan")
    page = one.get("/tai-khoan")
    assert "127.0.0.2" in page
    which = hidden(page, "session")
    one.sends("/tai-khoan/phien", {"session": which}, seen_on="/tai-khoan")
    assert other.goes("/").startswith("/dang-nhap")
    one.get("/")


def test_nobody_ends_the_session_of_somebody_else(room: ARoom, desk: AccountDesk, reader: Account) -> None:
    somebody(desk, "hoa", "reader", now=the_time())
    one, other = Browser(room.app), Browser(room.app)
    one.logs_in("lan")
    other.logs_in("hoa")
    with desk.reading() as connection:
        table = tables.sessions
        foreign = connection.execute(sa.select(table.c.id).where(table.c.account != reader.id)).scalars().one()
    one.sends("/tai-khoan/phien", {"session": foreign}, seen_on="/tai-khoan")
    other.get("/")


def test_an_administrator_whose_password_is_old_changes_it_first(room: ARoom, desk: AccountDesk) -> None:
    account = somebody(desk, "chi", "administrator", second=True, now=the_time())
    with desk.writing() as connection:
        connection.execute(tables.accounts.update().values(password_at="2026-01-01T00:00:00.000000+00:00"))
    browser = Browser(room.app)
    browser.logs_in("chi", second=code())
    assert browser.goes("/quan-tri/tai-khoan") == "/tai-khoan/mat-khau"
    values = {"password": PASSWORD, "new": OTHER, "again": OTHER}
    assert browser.sends("/tai-khoan/mat-khau", values | {"password": "wrong"}).status_code == 400
    assert browser.sends("/tai-khoan/mat-khau", values | {"again": "other"}).status_code == 400
    assert browser.sends("/tai-khoan/mat-khau", values).headers["Location"] == "/tai-khoan?xong=password"
    browser.get("/quan-tri/tai-khoan")
    assert credentials.is_password(desk, again(desk, account), OTHER)
    assert "password-set" in {each.kind for each in events(desk, account.id)}


def test_behind_a_proxy_cookies_are_of_this_host_and_tls_only(room: ARoom, desk: AccountDesk, reader: Account) -> None:
    settings = room.settings.model_copy(update={"behind_proxy": True, "hosts": "luutru.tinh.example, other.example"})
    app = create_app(settings, archive=room.archive, index=room.index, render=draw, desk=a_desk(settings))
    client = app.test_client()
    through = {
        "base_url": "http://luutru.tinh.example",
        "headers": {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.9.8.7"},
    }
    page = client.get("/dang-nhap", **through)
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-form=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    assert client.get("/", **{**through, "base_url": "http://evil.example"}).status_code == 421
    assert client.get("/", base_url="http://luutru.tinh.example").status_code == 421
    assert client.get("/", environ_base={"REMOTE_ADDR": "10.9.8.7"}, **through).status_code == 421
    values = {"csrf": token(page.get_data(as_text=True)), "login": "lan", "password": PASSWORD}
    answer = client.post("/dang-nhap", data=values, **through)
    assert any(each.startswith("__Host-session=") for each in answer.headers.getlist("Set-Cookie"))
    # The reader came from elsewhere, as the proxy says, so a second factor is due.
    assert client.get("/", **through).headers["Location"] == "/tai-khoan/buoc-hai"
    app.extensions[ACCOUNTS].close()


def test_how_a_question_is_written_may_be_read_by_every_account(room: ARoom, desk: AccountDesk) -> None:
    somebody(desk, "chi", "administrator", second=True)
    browser = Browser(room.app)
    browser.logs_in("chi", second=code())
    assert "Cú pháp tìm kiếm" in browser.get("/huong-dan")
    assert browser.goes("/?q=ke+hoach") == "/quan-tri/tai-khoan"
