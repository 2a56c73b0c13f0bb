"""The sample letters say plausible things in the prescribed form."""

import re
from dataclasses import replace
from datetime import date

import pytest

from ingest.samples.letters import DECISION, OFFICIAL_LETTER, TYPE_SYMBOLS, compose


def test_the_same_seed_and_index_give_the_same_letter() -> None:
    assert compose(1, 2) == compose(1, 2)
    assert compose(1, 2) != compose(1, 3)
    assert compose(1, 2) != compose(2, 2)


def test_fifty_letters_are_fifty_different_ones() -> None:
    assert len({compose(2026, index).paragraphs for index in range(50)}) == 50


@pytest.mark.parametrize("type_name", [OFFICIAL_LETTER, *TYPE_SYMBOLS])
def test_number_and_symbol_follow_the_type(type_name: str) -> None:
    letter = compose(2026, 1, type_name=type_name)
    symbol = TYPE_SYMBOLS.get(type_name)
    assert re.fullmatch(r"\d{2,4}/[A-ZĐT][\w]*-[A-ZĐ]+", letter.number)
    assert symbol is None or letter.number.split("/")[1].startswith(f"{symbol}-")


@pytest.mark.parametrize("type_name", [OFFICIAL_LETTER, *TYPE_SYMBOLS])
def test_the_text_ends_with_the_prescribed_mark(type_name: str) -> None:
    assert compose(2026, 1, type_name=type_name).paragraphs[-1].endswith("./.")


def test_only_a_decision_cites_its_basis_and_has_articles() -> None:
    decision = compose(2026, 1, type_name=DECISION)
    assert decision.legal_basis
    assert decision.paragraphs[0].startswith("Điều 1. ")
    assert not compose(2026, 1, type_name="Báo cáo").legal_basis


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2024, 2, 3), "ngày 03 tháng 02 năm 2024"),
        (date(2024, 3, 3), "ngày 03 tháng 3 năm 2024"),
        (date(2024, 12, 31), "ngày 31 tháng 12 năm 2024"),
    ],
)
def test_days_below_ten_and_the_first_two_months_have_a_leading_zero(day: date, shown: str) -> None:
    letter = replace(compose(2026, 1), date=day)
    assert letter.long_date == f"{letter.place}, {shown}"
