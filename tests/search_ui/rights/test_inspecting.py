"""What an inspector sees: who was given what and why, and the log of a day; and what nobody else sees of it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from archive import access_log, registers
from archive.access_log import Access, Entry
from archive.arrangement import Place
from schemas.access import AccessLevel, Grant, Limit, Rung
from schemas.values import canonical
from search_ui.accounts import people, tables
from search_ui.accounts.desk import AccountDesk
from search_ui.room import ACCOUNTS
from tests.builders import a_record_id
from tests.search_ui.a_room import ARoom, a_room, add
from tests.search_ui.accounts.people_of_the_agency import Browser, code, somebody

ONE, TWO = str(a_record_id(1)), str(a_record_id(2))


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made, now = a_room(tmp_path_factory.mktemp("home")), datetime.now(UTC)
    for number, subject in ((1, "Kế hoạch đất đai"), (2, "Kế hoạch nhân sự")):
        add(made, number, ["điều khoản"], source=f"{number}.pdf", fields={"subject": subject}, place=Place(fonds="UBND", file="HS-01"))  # fmt: skip
    desk: AccountDesk = made.app.extensions[ACCOUNTS]
    officer = somebody(desk, "chi", "access-officer", "reader", second=True, now=now)
    somebody(desk, "thanh", "inspector", second=True, now=now)
    lan = somebody(desk, "lan", "reader", now=now)
    limit = Limit(node=ONE, level="conditional", until="2090-12-31", reason="QĐ 12/QĐ-SNV")
    registers.put(made.archive, limit, actor=officer.id, now=now)
    grant = Grant(
        subject=f"account:{lan.id}", node=ONE, rung=Rung.READ, up_to=AccessLevel.CONDITIONAL, reason="Phiếu 5"
    )
    given = registers.put(made.archive, grant, actor=officer.id, now=now)
    registers.put(made.archive, Limit(node=TWO, level="public", reason="QĐ 13"), actor=officer.id, now=now)
    registers.end(made.archive, given, actor=officer.id, now=now)
    made.follow()
    yield made
    made.archive.close()


@pytest.fixture
def inspector(room: ARoom) -> Browser:
    return entered(room, "thanh")


def entered(room: ARoom, login: str) -> Browser:
    """Let somebody in; a code may be used again, for tests are faster than half a minute."""
    browser, desk = Browser(room.app), room.app.extensions[ACCOUNTS]
    with desk.writing() as connection:
        connection.execute(tables.accounts.update().values(secret_step=0))
    browser.logs_in(login, second=code())
    return browser


def test_the_inspector_reads_who_was_given_what_why_and_by_whom_and_changes_nothing(inspector: Browser) -> None:
    page = inspector.get("/quan-tri/quyen")
    assert "QĐ 12/QĐ-SNV" in page
    assert "Ông chi (chi) ghi ngày" in page
    assert "Đã kết thúc" in page
    assert "Phiếu 5" in page
    assert "/ket-thuc" not in page
    assert 'name="register"' not in page
    assert (
        inspector.sends("/quan-tri/quyen", {"register": "hold", "reason": "x"}, seen_on="/tai-khoan").status_code == 403
    )


def test_the_rights_of_one_record_are_told_with_its_level(inspector: Browser) -> None:
    page = inspector.get(f"/quan-tri/quyen?node={ONE}")
    assert "Sử dụng có điều kiện" in page
    assert "QĐ 12/QĐ-SNV" in page
    assert "QĐ 13" not in page
    assert "Mọi tài khoản của cơ quan" in page, "what was set for everything holds here too"


def test_a_record_and_its_file_tell_the_level_and_lead_to_the_rights(inspector: Browser) -> None:
    about = inspector.get(f"/v/{ONE}/thuoc-tinh")
    assert "Sử dụng có điều kiện" in about
    assert f"/quan-tri/quyen?node={ONE}" in about


def test_who_only_reads_sees_the_level_but_no_way_to_the_rights(room: ARoom) -> None:
    lan = entered(room, "lan")
    about = lan.get(f"/v/{TWO}/thuoc-tinh")
    assert "Công khai" in about
    assert "/quan-tri/quyen" not in about
    lan.get("/quan-tri/nhat-ky", 403)
    lan.get("/quan-tri/quyen", 403)


def test_a_file_marks_what_is_narrower_than_the_agency(room: ARoom, inspector: Browser) -> None:
    file = room.archive.catalogue.record(a_record_id(1)).file  # type: ignore[union-attr]
    page = inspector.get(f"/ho-so/{file}")
    assert page.count('class="level"') == 1


def test_the_log_of_a_day_tells_who_saw_what(room: ARoom, inspector: Browser) -> None:
    lan = entered(room, "lan")
    lan.get(f"/v/{TWO}")
    lan.get("/?q=dieu+khoan")
    lan.get("/quan-tri/quyen", 403)
    page = inspector.get("/quan-tri/nhat-ky")
    assert "Ông lan (lan)" in page
    assert f'<a href="/v/{TWO}" lang="vi">Kế hoạch nhân sự</a>' in page
    assert "bị từ chối" in page
    assert "dieu khoan" not in page, "what was typed is kept nowhere"


def test_the_log_is_read_by_person_by_day_and_page_by_page(room: ARoom, inspector: Browser) -> None:
    desk: AccountDesk = room.app.extensions[ACCOUNTS]
    lan = people.named(desk, "lan").id
    then = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    for number in range(102):
        entry = Entry(access=Access.VIEWED, actor=lan if number else "", record=ONE, path=f"/v/{ONE}/tr/{number}")
        _write(room, entry, then)
    page = inspector.get("/quan-tri/nhat-ky?ngay=2/3/2026")
    assert "102 lượt ngày 02/03/2026" in page
    assert f"/v/{ONE}/tr/101<" in page
    assert f"/v/{ONE}/tr/1<" not in page
    assert f"/v/{ONE}/tr/1<" in inspector.get("/quan-tri/nhat-ky?ngay=2/3/2026&page=2")
    assert "101 lượt" in inspector.get(f"/quan-tri/nhat-ky?ngay=2/3/2026&ai={lan}")
    assert "1 lượt ngày" in inspector.get("/quan-tri/nhat-ky?ngay=2/3/2026&ai=-")


def _write(room: ARoom, entry: Entry, when: datetime) -> None:
    """Write into a day that is over, as if it had been then."""
    line = {"time": when.isoformat(), "access": entry.access.value, "actor": entry.actor, "record": entry.record, "path": entry.path}  # fmt: skip
    with (access_log.folder(room.settings) / "2026-03-02.jsonl").open("ab") as day:
        day.write(canonical({name: text for name, text in line.items() if text}) + b"\n")


@pytest.mark.parametrize("day", ["31/02/2026", "hôm qua", "%00", "9" * 200])
def test_a_day_that_cannot_be_read_is_told(inspector: Browser, day: str) -> None:
    assert "Không đọc được ngày" in inspector.get(f"/quan-tri/nhat-ky?ngay={day}")


def test_a_day_without_anything_says_so(inspector: Browser) -> None:
    assert "Không có lượt truy cập nào ngày 01/01/1990" in inspector.get(
        "/quan-tri/nhat-ky?ngay=1/1/1990&page=7&ai=nobody"
    )
