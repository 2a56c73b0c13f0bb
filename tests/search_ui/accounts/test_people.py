"""Accounts, units and delegations in the desk: on SQLite, and the same on PostgreSQL."""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from schemas.access import Permission
from schemas.errors import NotFoundError, RefusedError, UsageError
from schemas.settings import Settings
from search_ui.accounts import agency, delegations, people, readers, sessions, tables
from search_ui.accounts.desk import AccountDesk, events
from search_ui.accounts.people import Closed, login_key, one_line
from search_ui.accounts.values import Account, Delegation, Role, Stage, Unit
from tests.search_ui.accounts.people_of_the_agency import NOW, a_desk, again, by, somebody

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AccountDesk]:
    address = request.getfixturevalue("postgresql_address") if request.param == "postgresql" else ""
    made = a_desk(tmp_path, desk_url=address)
    yield made
    made.close()


def test_the_tables_are_those_of_the_migrations(desk: AccountDesk) -> None:
    made = sa.inspect(desk.engine)
    for table in tables._metadata.tables.values():
        assert [each.name for each in table.columns] == [each["name"] for each in made.get_columns(table.name)]


def test_an_account_comes_back_as_it_was(desk: AccountDesk) -> None:
    account = somebody(desk, "Lan.Nguyễn@so", "reader", "scanner")
    changed = replace(account, name="Bà Lan", email="lan@so.example", batch="lô 7", valid_until=NOW + DAY)
    people.change(desk, changed, by=by())
    assert again(desk, account) == changed
    assert people.by_login(desk, "LAN.NGUYỄN@SO") == changed
    assert people.by_login(desk, unicodedata.normalize("NFD", " lan.nguyễn@so ")) == changed
    assert [each.kind for each in events(desk, account.id)] == ["changed", "password-set", "made"]


@pytest.mark.parametrize(
    "login", ["", " ", "a b", "a\nb", "a\r\nX: 1", "../x", "a" * 101, "lаn", "a\u202eb", "a\x00", "<b>", "😀"]
)
def test_what_cannot_be_a_login(login: str) -> None:
    with pytest.raises(UsageError) as refused:
        people.new_account(login, "x", now=NOW)
    assert refused.value.code == "U040"


@given(st.text(max_size=300))
def test_a_login_key_is_stable_and_harmless(text: str) -> None:
    key = login_key(text)
    assert login_key(key) == key
    assert not any(letter.isspace() or ord(letter) < 0x21 for letter in key)


@given(st.text(max_size=500))
def test_a_name_is_one_line(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert len(line) <= 200


def test_an_account_closes_by_lock_by_day_and_by_idleness(desk: AccountDesk) -> None:
    account = somebody(desk, "lan", "reader")
    assert people.closed(account, desk.settings, now=NOW + 45 * DAY) is None
    assert people.closed(account, desk.settings, now=NOW + 45 * DAY + timedelta(seconds=1)) is Closed.IDLE
    contractor = replace(account, valid_until=NOW + DAY)
    assert people.closed(contractor, desk.settings, now=NOW + DAY - timedelta(seconds=1)) is None
    assert people.closed(contractor, desk.settings, now=NOW + DAY) is Closed.ENDED
    people.lock(desk, account, by=by())
    assert people.closed(again(desk, account), desk.settings, now=NOW) is Closed.LOCKED
    later = NOW + 100 * DAY
    people.unlock(desk, again(desk, account), by=by(now=later))
    assert people.closed(again(desk, account), desk.settings, now=later + DAY) is None


def test_a_lock_ends_the_sessions(desk: AccountDesk) -> None:
    account = somebody(desk, "lan", "reader")
    opened = sessions.start(desk, account, sessions.Proof(stage=Stage.OPEN, at=NOW), by=by(account), browser="x\r\ny")
    assert opened.session.browser == "x y"
    people.lock(desk, account, by=by())
    assert sessions.find(desk, opened.token, now=NOW) is None


def test_the_last_administrator_stays_by_whatever_way(desk: AccountDesk) -> None:
    account = somebody(desk, "lan", "administrator")
    role = agency.all_roles(desk)["administrator"]
    for attempt in (
        lambda: people.lock(desk, account, by=by()),
        lambda: people.change(desk, replace(account, roles=()), by=by()),
        lambda: people.change(desk, replace(account, valid_until=NOW), by=by()),
        lambda: agency.save_role(desk, replace(role, permissions=frozenset()), by=by()),
    ):
        with pytest.raises(RefusedError) as refused:
            attempt()
        assert refused.value.code == "R010"
    assert again(desk, account) == account
    assert agency.all_roles(desk)["administrator"] == role


def test_an_account_that_is_not_there_cannot_be_changed(desk: AccountDesk) -> None:
    with pytest.raises(NotFoundError):
        people.change(desk, people.new_account("lan", "Lan", now=NOW), by=by())


@pytest.mark.parametrize("text", ["", "\x00", "nobody", "x" * 10_000, "'; --", "\ud7ff\U0001f600"])
def test_what_is_no_id_is_nobodys(desk: AccountDesk, text: str) -> None:
    account = somebody(desk, "lan", "approver")
    opened = sessions.start(desk, account, sessions.Proof(stage=Stage.OPEN, at=NOW), by=by(account), browser=text)
    assert people.by_id(desk, text) is None
    assert people.by_subject(desk, text) is None
    assert sessions.find(desk, text, now=NOW) is None
    sessions.end_own(desk, account.id, by=by(account), which=text or "x")
    assert sessions.find(desk, opened.token, now=NOW) is not None
    with pytest.raises(NotFoundError):
        delegations.end(desk, text, account=account.id, by=by(account))
    with pytest.raises(UsageError):
        lend(desk, account, replace(account, id=text), Permission.APPROVE)


def test_an_agency_makes_roles_of_its_own(desk: AccountDesk) -> None:
    with pytest.raises(UsageError):
        agency.save_role(desk, Role(id="", name=" \n "), by=by())
    allowed = frozenset({Permission.SIGN, Permission.READ})
    made = agency.save_role(desk, Role(id="", name="Văn thư\nSở", permissions=allowed), by=by())
    assert made.name == "Văn thư Sở"
    account = somebody(desk, "lan", made.id)
    assert readers.known(desk, account, now=NOW).reader.permissions == allowed


def test_units_are_a_tree_and_a_reader_belongs_to_those_above(desk: AccountDesk) -> None:
    top = agency.save_unit(desk, Unit(id="", code="SNV", name="Sở Nội vụ"), by=by())
    middle = agency.save_unit(desk, Unit(id="", code="CCVT", name="Chi cục Văn thư", parent=top.id), by=by())
    low = agency.save_unit(desk, Unit(id="", code="P.LT", name="Phòng Lưu trữ", parent=middle.id), by=by())
    account = replace(somebody(desk, "lan", "reader"), unit=low.id)
    assert readers.known(desk, account, now=NOW).reader.units == (low.id, middle.id, top.id)
    assert [(depth, unit.code) for depth, unit in agency.tree(agency.all_units(desk))] == [
        (0, "SNV"), (1, "CCVT"), (2, "P.LT"),
    ]  # fmt: skip
    for wrong, code in (
        (replace(top, parent=low.id), "R011"),
        (replace(top, parent=top.id), "R011"),
        (Unit(id="", code="X", name="X", parent="nowhere"), "R011"),
        (Unit(id="", code="SNV", name="Khác"), "U046"),
        (Unit(id="", code="a b", name="Khác"), "U045"),
        (Unit(id="", code="X", name=""), "U045"),
    ):
        with pytest.raises((UsageError, RefusedError)) as refused:
            agency.save_unit(desk, wrong, by=by())
        assert refused.value.code == code


def test_a_tree_that_loops_in_the_database_ends_all_the_same() -> None:
    known = {name: Unit(id=name, code=name, name=name, parent=other) for name, other in (("a", "b"), ("b", "a"))}
    assert agency.line_up("a", known) == ("a", "b")
    assert agency.tree(known) == []


def lend(desk: AccountDesk, giver: Account, to: Account, *permissions: Permission, **changes: object) -> Delegation:
    wish = Delegation(
        id="", giver=giver.id, taker=to.id, permissions=frozenset(permissions), starts_at=NOW,
        ends_at=NOW + 10 * DAY, reason="Nghỉ phép năm",
    )  # fmt: skip
    return delegations.delegate(desk, replace(wish, **changes), giver=giver, by=by(giver))  # type: ignore[arg-type]


def allowed(desk: AccountDesk, account: Account, days: float = 1) -> frozenset[Permission]:
    return readers.known(desk, again(desk, account), now=NOW + days * DAY).reader.permissions


def test_a_delegation_holds_from_to_and_no_longer(desk: AccountDesk) -> None:
    chief, deputy = somebody(desk, "chief", "approver"), somebody(desk, "deputy", "reader")
    lent = lend(desk, chief, deputy, Permission.APPROVE, starts_at=NOW + DAY)
    assert allowed(desk, deputy, 0.9) == {Permission.READ}
    assert allowed(desk, deputy, 1) == {Permission.READ, Permission.APPROVE}
    assert readers.known(desk, deputy, now=NOW + DAY).lent == (lent,)
    assert allowed(desk, deputy, 10) == {Permission.READ}


def test_a_delegation_can_be_ended_by_both_and_by_nobody_else(desk: AccountDesk) -> None:
    chief, deputy, other = (somebody(desk, login, "approver") for login in ("chief", "deputy", "other"))
    for who in (chief, deputy):
        lent = lend(desk, chief, deputy, Permission.SIGN)
        with pytest.raises(NotFoundError):
            delegations.end(desk, lent.id, account=other.id, by=by(other))
        delegations.end(desk, lent.id, account=who.id, by=by(who))
        assert readers.known(desk, deputy, now=NOW + DAY).lent == ()
        with pytest.raises(NotFoundError):
            delegations.end(desk, lent.id, account=who.id, by=by(who))


def test_what_is_lent_ends_with_the_givers_rights(desk: AccountDesk) -> None:
    chief, deputy = somebody(desk, "chief", "approver"), somebody(desk, "deputy", "reader")
    lend(desk, chief, deputy, Permission.APPROVE)
    people.change(desk, replace(chief, roles=("reader",)), by=by())
    assert allowed(desk, deputy) == {Permission.READ}
    people.change(desk, chief, by=by())
    assert Permission.APPROVE in allowed(desk, deputy)
    people.lock(desk, chief, by=by())
    assert allowed(desk, deputy) == {Permission.READ}


def test_nobody_lends_what_they_do_not_have_nor_what_was_lent_to_them(desk: AccountDesk) -> None:
    chief, deputy, third = (
        somebody(desk, login, role)
        for login, role in (("chief", "approver"), ("deputy", "reader"), ("third", "reader"))
    )
    lend(desk, chief, deputy, Permission.APPROVE)
    contractor = replace(chief, batch="lô 7")
    for giver, permission in (
        (deputy, Permission.APPROVE), (chief, Permission.ADMINISTER), (contractor, Permission.APPROVE),
    ):  # fmt: skip
        with pytest.raises(RefusedError) as refused:
            lend(desk, giver, third, permission)
        assert refused.value.code == "R012"


@pytest.mark.parametrize(
    "changes",
    [{"reason": " "}, {"permissions": frozenset()}, {"taker": "nobody"}, {"ends_at": NOW}, {"ends_at": NOW - DAY},
     {"ends_at": NOW + 91 * DAY}, {"starts_at": NOW - 3 * DAY, "ends_at": NOW - DAY}],
)  # fmt: skip
def test_a_delegation_says_to_whom_what_when_and_why(desk: AccountDesk, changes: dict[str, object]) -> None:
    chief, deputy = somebody(desk, "chief", "approver"), somebody(desk, "deputy", "reader")
    with pytest.raises(UsageError) as refused:
        lend(desk, chief, deputy, Permission.APPROVE, **changes)
    assert refused.value.code == "U047"


@pytest.mark.parametrize(
    ("address", "near"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("10.1.2.3", True), ("192.168.1.1", False), ("", False),
     ("nonsense", False), ("::ffff:10.1.2.3", False)],
)  # fmt: skip
def test_networks_that_count_as_near_are_a_setting(address: str, *, near: bool) -> None:
    settings = Settings(local_networks="127.0.0.0/8, ::1/128, 10.0.0.0/8, wrong")
    assert readers.is_near(settings, address) is near
