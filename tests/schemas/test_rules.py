"""The lists that rules fix: sources, times in force, and the traps among their symbols."""

from datetime import date
from pathlib import Path

import pytest

from schemas import rules

FILES = sorted(path.stem for path in Path(rules.__file__).parent.glob("*.csv"))


@pytest.mark.parametrize("name", FILES)
def test_every_row_says_where_it_comes_from_and_whether_it_was_verified(name: str) -> None:
    for row in rules.rows(name):
        assert row["source"]
        assert row["verified"] in {"yes", "no"}
        for bound in ("effective_from", "effective_to"):
            if row.get(bound):
                date.fromisoformat(row[bound])


def test_there_are_the_29_types_of_the_decree_and_27_have_a_symbol() -> None:
    kinds = [rule for rule in rules.document_types() if rule.kind == "administrative"]
    assert len(kinds) == 29
    assert {rule.name for rule in kinds if not rule.symbol} == {"Công văn", "Thư công"}
    assert all(rule.verified for rule in kinds)


def test_symbols_that_are_easily_confused_keep_apart() -> None:
    symbols = {rule.name: rule.symbol for rule in rules.document_types()}
    assert (symbols["Đề án"], symbols["Dự án"]) == ("ĐA", "DA")
    assert (symbols["Quy định"], symbols["Quyết định"]) == ("QyĐ", "QĐ")
    assert (symbols["Hợp đồng"], symbols["Hướng dẫn"], symbols["Công điện"]) == ("HĐ", "HD", "CĐ")


def test_there_are_three_stamps_of_secrecy() -> None:
    assert [rule.name for rule in rules.marks("secrecy")] == ["TUYỆT MẬT", "TỐI MẬT", "MẬT"]


def test_a_rule_holds_within_its_time() -> None:
    rule = rules.Rule(name="x", effective_from="2011-04-06", effective_to="2020-03-05")
    assert [rule.in_force(day) for day in ("2011-04-05", "2011-04-06", "2020-03-05", "2020-03-06")] == [
        False, True, True, False,
    ]  # fmt: skip
    assert rules.Rule(name="x").in_force("1950-01-01")


def test_bodies_that_were_closed_say_until_when() -> None:
    ministry = next(rule for rule in rules.agencies() if rule.name == "Bộ Thông tin và Truyền thông")
    assert ministry.in_force("2024-01-01")
    assert not ministry.in_force("2026-01-01")


def test_the_provinces_of_both_times_are_there() -> None:
    assert len(rules.provinces()) == 63
    assert {"Kiên Giang", "Gia Lai", "Hà Nội"} <= {rule.name for rule in rules.provinces()}


@pytest.mark.parametrize(
    "rows", [rules.signing_authorities(), rules.signer_titles(), rules.surnames(), rules.agency_openers()]
)
def test_lists_are_not_empty_and_hold_no_name_twice(rows: tuple[rules.Rule, ...]) -> None:
    names = [rule.name for rule in rows]
    assert names
    assert len(names) == len(set(names))
