"""Who reported something reads what became of it, and nobody else's report."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from search_ui.room import ACCOUNTS
from tests.search_ui.a_room import ARoom, a_room
from tests.search_ui.accounts.people_of_the_agency import Browser, code, somebody


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made, now = a_room(tmp_path_factory.mktemp("home")), datetime.now(UTC)
    for login in ("lan", "nam"):
        somebody(made.app.extensions[ACCOUNTS], login, "reader", now=now)
    somebody(made.app.extensions[ACCOUNTS], "minh", "archivist", second=True, now=now)
    made.follow()
    yield made
    made.archive.close()


def entered(room: ARoom, login: str) -> Browser:
    browser = Browser(room.app)
    assert browser.logs_in(login, second=code()).status_code == 303
    return browser


def test_the_sender_reads_the_answer_and_nobody_elses_report(room: ARoom) -> None:
    lan, nam, minh = (entered(room, login) for login in ("lan", "nam", "minh"))
    told = {"loai": "text", "noi-dung": "Sai ngày ở trang 2"}
    thanks = lan.get(lan.sends("/gop-y", told, seen_on="/gop-y/moi").headers["Location"])
    assert 'href="/gop-y">Góp ý của tôi và câu trả lời' in thanks
    nam.sends("/gop-y", {"loai": "other", "noi-dung": "Chữ nhỏ quá"}, seen_on="/gop-y/moi")
    own = lan.get("/gop-y")
    assert "Sai ngày ở trang 2" in own
    assert "Chưa xử lý" in own
    assert "Chữ nhỏ quá" not in own
    assert minh.sends("/gop-y/1", {"xong": "1", "tra-loi": "Đã đọc lại trang này"}, seen_on="/gop-y").status_code == 303
    own = lan.get("/gop-y")
    assert "Đã đọc lại trang này" in own
    assert "Ông minh" not in own, "the archive answers, not a person"
    assert "Đã đọc lại" not in nam.get("/gop-y")


def test_who_may_not_check_settles_nothing(room: ARoom) -> None:
    lan = entered(room, "lan")
    page = lan.get("/gop-y")
    assert 'name="tra-loi"' not in page
    assert lan.sends("/gop-y/1", {"xong": "1"}, seen_on="/gop-y").status_code == 403
