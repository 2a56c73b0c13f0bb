"""Describing measured against what people read by eye."""

from pathlib import Path

import pytest

from ingest.benches.describe import agrees, measure, table
from schemas.texts import PageText
from tests.sources import shared_data


def unread(_path: Path) -> tuple[PageText, ...]:
    return (PageText(""),)


def test_the_seeds_are_described_as_people_read_them() -> None:
    measured = measure(shared_data(), share=1, read_scan=unread, read_born_digital=unread)
    seeds = measured["seeds"]
    assert seeds["documents"] == 5
    assert not any(count["wrong"] or count["false_alarm"] for count in seeds["fields"].values())
    assert seeds["fields"]["subject"]["right"] == 5
    assert seeds["extra"]["found"] == seeds["extra"]["citations in truth"]
    assert seeds["extra"]["spans overlapping"] == seeds["extra"]["spans"]


def test_what_was_not_read_counts_as_missing() -> None:
    measured = measure(shared_data(), share=2, read_scan=unread, read_born_digital=unread)
    assert measured["vn-scans"]["documents"] == 2
    assert measured["vn-scans"]["fields"]["subject"]["missing"] == 2
    assert "subject" in table(measured)


@pytest.mark.slow
def test_gazettes_carry_their_number_type_and_date() -> None:
    measured = measure(shared_data(), share=9, read_scan=unread)["congbao"]
    for name in ("number", "type", "date"):
        assert measured["fields"][name]["wrong"] == 0
        assert measured["fields"][name]["accepted_wrong"] == 0
    assert measured["fields"]["type"]["right"] == measured["documents"]


@pytest.mark.slow
def test_scans_show_their_subject_and_no_false_secrecy() -> None:
    fields = measure(shared_data(), share=4, read_born_digital=unread)["vn-scans"]["fields"]
    assert fields["subject"]["right"] >= 3
    assert fields["type"]["right"] == 4
    assert fields["secrecy"]["false_alarm"] == 0
    assert not any(count["accepted_wrong"] for count in fields.values())


@pytest.mark.parametrize(
    ("value", "truth", "same"),
    [
        ("SỞ Y TÉ", "Sở Y tế", True),
        ("SỞ NỘI VỤ", "SỞ Y TẾ", False),
        ("V/v báo cáo", "Báo cáo", True),
        ("tổ chức hội nghị tổng kết năm 2017 tại", "tổ chức hội nghị tổng kết năm 2017", True),
        ("tổ chức hội nghị", "tổ chức hội nghị tổng kết công tác năm 2017", False),
    ],
)
def test_values_agree_loosely(value: str, truth: str, *, same: bool) -> None:
    assert agrees(value, truth) is same
