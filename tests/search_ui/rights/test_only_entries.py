"""A reader who goes from hit to hit is not stopped by a record of which they may see the entry only."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from archive import registers
from archive.arrangement import Place
from schemas.access import AccessLevel, Grant, Limit, Rung
from search_ui.accounts.desk import AccountDesk
from search_ui.room import ACCOUNTS
from tests.builders import a_record_id
from tests.search_ui.a_room import ARoom, a_room, add
from tests.search_ui.accounts.people_of_the_agency import Browser, somebody

SUBJECTS = {1: "Kế hoạch một", 2: "Kế hoạch hai", 3: "Kế hoạch ba"}
CLOSED = 2


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made, now = a_room(tmp_path_factory.mktemp("home")), datetime.now(UTC)
    for number, subject in SUBJECTS.items():
        fields = {"subject": subject, "date": f"2020-01-0{number}"}
        add(made, number, [f"kế hoạch, điều khoản {number}"], source=f"{number}.pdf", fields=fields, place=Place(fonds="UBND"))  # fmt: skip
    somebody(made.app.extensions[ACCOUNTS], "lan", "reader", now=now)
    registers.put(made.archive, Limit(node=a_record_id(CLOSED), level="conditional", reason="x"), actor="x", now=now)
    listed = Grant(subject="role:reader", rung=Rung.KNOW, up_to=AccessLevel.CONDITIONAL, reason="x")
    registers.put(made.archive, listed, actor="x", now=now)
    made.follow()
    yield made
    made.archive.close()


@pytest.fixture
def lan(room: ARoom) -> Browser:
    desk: AccountDesk = room.app.extensions[ACCOUNTS]
    assert desk
    browser = Browser(room.app)
    browser.logs_in("lan")
    return browser


def link(page: str, name: str) -> str:
    found = re.search(rf'id="{name}"[^>]* href="([^"]+)"', page)
    return html.unescape(found[1]) if found else ""


def stepped(browser: Browser, step: str) -> str:
    """Follow a step of the list to the page of its record."""
    answer = browser.client.get(step, base_url=browser.base, environ_base=browser.environment)
    assert answer.status_code == 302
    return str(answer.headers["Location"]).partition("#")[0]


def test_an_entry_leads_on_to_the_next_hit_and_back(lan: Browser) -> None:
    list_of_all = "/?q=ke+hoach+dieu+khoan&sort=oldest"
    first = re.search(r'<h2><a href="([^"]+)">', lan.get(list_of_all))
    assert first
    page = lan.get(html.unescape(first[1]).partition("#")[0])
    while nearer := link(page, "next-hit"):
        address = stepped(lan, nearer) if nearer.startswith("/ket-qua/") else nearer.partition("#")[0]
        page = lan.get(address)
        if a_record_id(CLOSED) in address:
            break
    assert "Bạn được biết tài liệu này có trong mục lục" in page
    place = re.search(r"[?&]at=(\d)", address)
    assert place
    at = int(place[1])
    around = {"previous-hit": at - 1, "next-hit": at + 1}
    for name, number in around.items():
        known = 1 <= number <= 3
        assert bool(link(page, name)) is known
        assert (f"Tài liệu {number}/3" in page) is known
        if known:
            assert a_record_id(CLOSED) not in stepped(lan, link(page, name))


def test_an_entry_shows_nothing_more_of_the_hidden_text(lan: Browser) -> None:
    page = lan.get(f"/v/{a_record_id(CLOSED)}?q=ke+hoach+dieu+khoan&at=2&of=3&h=first")
    assert "điều khoản 2" not in page
    assert "/anh/" not in page
    assert "Tài liệu 1/3" in page
    assert "Tài liệu 3/3" in page


def test_an_entry_that_was_opened_from_no_list_leads_nowhere(lan: Browser) -> None:
    page = lan.get(f"/v/{a_record_id(CLOSED)}")
    assert not link(page, "next-hit")
    assert not link(page, "previous-hit")
