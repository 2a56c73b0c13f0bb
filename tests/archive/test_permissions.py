"""The decision is a ladder: each case is a reader, a record, what is registered, and the rung that follows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.permissions import limited_above, may, narrowness, rung
from schemas.access import (
    HOME,
    NOBODY,
    OPERATOR,
    AccessLevel,
    Grant,
    Limit,
    Permission,
    Reader,
    Rights,
    Rung,
    Target,
    rank,
)

TODAY = "2026-03-02"
RECORD = Target(above=("fonds", "inventory", "file"), id="record", level="agency")
LAN = Reader(account="lan", units=("office", "agency"), roles=("reader",), permissions=frozenset({Permission.READ}))
ALL = Grant(subject="accounts", rung=Rung.DOWNLOAD)


def _rung(*grants: Grant, reader: Reader = LAN, target: Target = RECORD, limits: tuple[Limit, ...] = ()) -> Rung:
    rights = Rights(grants=grants, limits={limit.node: limit for limit in limits})
    return rung(reader, target, rights, today=TODAY)


def test_without_a_grant_nobody_knows_of_a_record() -> None:
    assert _rung() is Rung.NONE


def test_the_first_grant_of_a_home_lets_every_account_download_what_is_open_to_the_agency() -> None:
    assert _rung(ALL) is Rung.DOWNLOAD
    assert _rung(ALL, target=replace(RECORD, level="public")) is Rung.DOWNLOAD
    assert _rung(ALL, target=replace(RECORD, level="conditional")) is Rung.NONE


@pytest.mark.parametrize("subject", ["anyone", "accounts", "account:lan", "unit:office", "unit:agency", "role:reader"])
@pytest.mark.parametrize("node", [HOME, "fonds", "inventory", "file", "record"])
def test_a_grant_reaches_all_below_its_node_for_those_it_names(subject: str, node: str) -> None:
    assert _rung(Grant(subject=subject, node=node, rung=Rung.READ)) is Rung.READ


@pytest.mark.parametrize("subject", ["account:hoa", "unit:other", "role:inspector", "account:", "lan", ""])
def test_a_grant_for_others_gives_nothing(subject: str) -> None:
    assert _rung(Grant(subject=subject, rung=Rung.DOWNLOAD)) is Rung.NONE


def test_a_grant_elsewhere_gives_nothing() -> None:
    assert _rung(Grant(subject="accounts", node="another-file", rung=Rung.DOWNLOAD)) is Rung.NONE


def test_the_highest_rung_of_all_grants_holds() -> None:
    assert _rung(Grant(subject="accounts", rung=Rung.KNOW), Grant(subject="role:reader", rung=Rung.READ)) is Rung.READ


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("", "", Rung.READ),
        (TODAY, TODAY, Rung.READ),
        ("2026-03-03", "", Rung.NONE),
        ("", "2026-03-01", Rung.NONE),
    ],
)
def test_a_grant_holds_from_its_first_to_its_last_day(first: str, last: str, expected: Rung) -> None:
    assert _rung(Grant(subject="accounts", rung=Rung.READ, first_day=first, last_day=last)) is expected


def test_a_limit_on_a_unit_narrows_all_below_it_and_opens_nothing() -> None:
    closed = Limit(node="file", level="unpublished")
    assert _rung(ALL, limits=(closed,)) is Rung.NONE
    secret = replace(RECORD, level="conditional")
    assert _rung(ALL, target=secret, limits=(Limit(node="file", level="public"),)) is Rung.NONE


def test_a_limit_on_a_record_stands_in_the_place_of_its_own_level() -> None:
    secret = replace(RECORD, level="unpublished")
    assert _rung(ALL, target=secret, limits=(Limit(node="record", level="public"),)) is Rung.DOWNLOAD
    assert _rung(ALL, limits=(Limit(node="record", level="conditional"),)) is Rung.NONE


def test_a_limit_ends_with_its_day_and_gives_way_to_the_level_after_it() -> None:
    until = Limit(node="record", level="unpublished", until="2026-03-02", then="public")
    assert _rung(ALL, limits=(until,)) is Rung.NONE
    assert _rung(ALL, limits=(replace(until, until="2026-03-01"),)) is Rung.DOWNLOAD


def test_a_level_that_cannot_be_read_is_open_to_nobody() -> None:
    everything = Grant(subject="accounts", rung=Rung.DOWNLOAD, up_to=AccessLevel.UNPUBLISHED)
    assert _rung(everything, target=replace(RECORD, level="seal of 1987")) is Rung.NONE
    assert _rung(everything, limits=(Limit(node="fonds", level=""),)) is Rung.NONE
    assert rank("seal of 1987") == NOBODY


def test_a_contractor_and_who_may_not_read_have_only_what_is_given_to_their_own_account() -> None:
    own = Grant(subject="account:lan", node="record", rung=Rung.READ)
    for reader in (replace(LAN, batch="box-7"), replace(LAN, permissions=frozenset({Permission.SCAN}))):
        assert _rung(ALL, reader=reader) is Rung.NONE
        assert _rung(ALL, own, reader=reader) is Rung.READ


def test_who_has_no_account_has_what_is_given_to_anyone() -> None:
    stranger = Reader()
    assert _rung(ALL, reader=stranger) is Rung.NONE
    anyone = Grant(subject="anyone", rung=Rung.READ, up_to=AccessLevel.PUBLIC)
    assert _rung(anyone, reader=stranger) is Rung.NONE
    assert _rung(anyone, reader=stranger, target=replace(RECORD, level="public")) is Rung.READ


def test_the_operator_of_the_home_has_full_rights() -> None:
    assert _rung(reader=OPERATOR, limits=(Limit(node="fonds", level=""),)) is Rung.DOWNLOAD


def test_nobody_checks_or_approves_what_they_scanned_or_described() -> None:
    lan = replace(LAN, permissions=frozenset(Permission))
    for permission in (Permission.CHECK, Permission.APPROVE):
        assert not may(lan, permission, done_by=["lan"])
        assert may(lan, permission, done_by=["hoa"])
        assert may(OPERATOR, permission, done_by=[""])
    assert may(lan, Permission.DESCRIBE, done_by=["lan"])
    assert not may(LAN, Permission.CHECK)


_LEVELS = st.sampled_from([*AccessLevel, "broken"])
_LIMITS = st.builds(
    Limit,
    node=st.sampled_from([HOME, "fonds", "inventory", "file", "other"]),
    level=_LEVELS,
    until=st.sampled_from(["", "2026-03-01", TODAY]),
    then=_LEVELS,
)


@given(st.lists(_LIMITS, max_size=4), _LEVELS)
def test_one_more_limit_on_a_unit_never_opens_anything(limits: list[Limit], level: str) -> None:
    target = replace(RECORD, level=level)
    by_node = {limit.node: limit for limit in limits}
    for node in by_node:
        fewer = {each: limit for each, limit in by_node.items() if each != node}
        less = narrowness(target, Rights(limits=fewer), today=TODAY)
        assert narrowness(target, Rights(limits=by_node), today=TODAY) >= less


@given(st.lists(_LIMITS, max_size=4))
def test_the_nodes_above_a_level_are_just_those_that_close_what_is_below_them(limits: list[Limit]) -> None:
    rights = Rights(limits={limit.node: limit for limit in limits})
    for level in AccessLevel:
        above = limited_above(rights, level, today=TODAY)
        closed = narrowness(replace(RECORD, level="public"), rights, today=TODAY) > rank(level)
        assert closed == bool(set(above) & {HOME, *RECORD.above})
