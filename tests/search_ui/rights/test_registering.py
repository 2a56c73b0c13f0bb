"""The forms in which rights, limits and holds are written: nothing that was typed is lost, nobody is given a right by default."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from archive.arrangement import Place
from search_ui.accounts import tables
from search_ui.accounts.desk import AccountDesk
from search_ui.room import ACCOUNTS
from tests.search_ui.a_room import ARoom, a_room, add
from tests.search_ui.accounts.people_of_the_agency import PASSWORD, Browser, code, somebody, token

RIGHTS = "/quan-tri/quyen"
GRANT = {"register": "grant", "node": "UBND/HS-01", "rung": "download", "level": "conditional", "first_day": "01/02/2027",
         "last_day": "31/12/2027", "reason": "Phiếu 7, ngày 3/1"}  # fmt: skip


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made = a_room(tmp_path_factory.mktemp("home"))
    add(made, 1, ["điều khoản"], place=Place(fonds="UBND", file="HS-01"))
    desk: AccountDesk = made.app.extensions[ACCOUNTS]
    somebody(desk, "chi", "access-officer", "reader", second=True, now=datetime.now(UTC))
    made.follow()
    yield made
    made.archive.close()


@pytest.fixture
def officer(room: ARoom) -> Browser:
    browser, desk = Browser(room.app), room.app.extensions[ACCOUNTS]
    with desk.writing() as connection:
        connection.execute(tables.accounts.update().values(secret_step=0))
    browser.logs_in("chi", second=code())
    return browser


def sent(officer: Browser, status: int, **values: str) -> str:
    answer = officer.sends(RIGHTS, {**GRANT, **values})
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


def form_of(page: str, register: str) -> str:
    """Give the part of the page that is folded around the form of a register."""
    parts: list[str] = re.findall(r"<details.*?</details>", page, re.DOTALL)
    return next(part for part in parts if f'name="register" value="{register}"' in part)


def chosen(form: str) -> list[str]:
    return re.findall(r'<option value="([^"]*)" selected', form)


def test_what_was_typed_stays_where_a_right_was_refused(officer: Browser) -> None:
    form = form_of(sent(officer, 400, node="UBND/HS-99", subject="role:reader"), "grant")
    assert form.startswith("<details open>")
    assert re.search(r'role="alert"[^>]*autofocus>Không có phông.*UBND/HS-99.*<form', form, re.DOTALL), "above its form"
    for kept in ("UBND/HS-99", "01/02/2027", "31/12/2027", "Phiếu 7, ngày 3/1"):
        assert f'value="{kept}"' in form
    assert chosen(form) == ["role:reader", "download", "conditional"]


def test_what_was_typed_goes_into_no_other_form(officer: Browser) -> None:
    page = sent(officer, 400, node="UBND/HS-99", register="limit", then="public")
    assert chosen(form_of(page, "limit")) == ["conditional", "public"]
    for other in ("grant", "hold"):
        form = form_of(page, other)
        assert form.startswith("<details>")
        assert "HS-99" not in form
        assert "Phiếu 7" not in form
        assert "alert" not in form


def test_nobody_is_given_a_right_by_default(officer: Browser) -> None:
    form = form_of(officer.get(RIGHTS), "grant")
    assert re.search(r'name="subject" required>\s*<option value="" selected>Chọn…</option>', form)
    assert "Để trống: toàn kho" in form
    assert "Chưa chọn cho ai" in sent(officer, 400)
    assert "Chưa chọn cho ai" in sent(officer, 400, subject=" ")


def test_a_node_that_is_asked_about_stands_in_each_form(officer: Browser) -> None:
    page = officer.get(f"{RIGHTS}?node=UBND/HS-01")
    assert page.count('name="node" value="UBND/HS-01"') == 3


def test_what_was_typed_is_kept_while_the_password_is_asked_again(room: ARoom, officer: Browser) -> None:
    mark, desk = token(officer.get(RIGHTS)), room.app.extensions[ACCOUNTS]
    with desk.writing() as connection:
        connection.execute(tables.sessions.update().values(fresh_at="2026-01-01T00:00:00.000000+00:00"))
        connection.execute(tables.accounts.update().values(secret_step=0))
    again = officer.posts(RIGHTS, {**GRANT, "subject": "accounts", "csrf": mark}).headers["Location"]
    goal = parse_qs(urlsplit(again).query)["next"][0]
    assert mark not in goal
    answer = officer.sends("/dang-nhap/xac-nhan", {"password": PASSWORD, "code": code(), "next": goal}, seen_on=again)
    form = form_of(officer.get(answer.headers["Location"]), "grant")
    assert "chưa ghi vào sổ" in form
    assert chosen(form) == ["accounts", "download", "conditional"]
    assert 'value="Phiếu 7, ngày 3/1"' in form
    assert "Phiếu 7" not in officer.get(RIGHTS), "nothing is registered yet"


def test_a_right_that_is_written_well_is_registered(officer: Browser) -> None:
    assert officer.sends(RIGHTS, {**GRANT, "subject": "role:reader"}).headers["Location"] == f"{RIGHTS}?xong=1"
    assert "Phiếu 7, ngày 3/1" in officer.get(RIGHTS)
