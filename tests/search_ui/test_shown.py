import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.days import typed_day
from schemas.packages import CopyRole, Kind
from schemas.words import word
from search_ui import shown


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("5/3/2019", "2019-03-05"), ("05-03-2019", "2019-03-05"), (" 5 . 3 . 2019 ", "2019-03-05"), ("2019-3-5", "2019-03-05"),
        ("31/02/2019", None), ("2019", None), ("", None), ("5/3/0000", None), ("99/99/9999", None),
    ],
)  # fmt: skip
def test_days_are_read_as_people_type_them(typed: str, iso: str | None) -> None:
    assert typed_day(typed) == iso


@given(st.text(st.characters(codec=None), max_size=30))
def test_any_text_is_a_day_or_none(text: str) -> None:
    typed_day(text)
    shown.day(text)
    shown.moment(text)


def test_days_and_instants_are_written_for_vietnam() -> None:
    assert shown.day("2019-03-05") == "05/03/2019"
    assert shown.day("tháng 3") == "tháng 3"
    assert shown.day(None) == ""
    assert shown.moment("2026-03-02T20:30:00+00:00") == "03/03/2026 03:30"


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1_500, "1,5 kB"), (34_567, "35 kB"), (2_000_000_000, "2,0 GB")],
)
def test_sizes_are_short(size_bytes: int, text: str) -> None:
    assert shown.size(size_bytes, "vi") == text


def test_counts_have_their_thousands_parted_as_the_language_does() -> None:
    assert shown.count(1234567, "vi") == "1.234.567"
    assert shown.count(1234567, "en") == "1,234,567"


def test_only_a_signed_electronic_file_is_called_an_original() -> None:
    names = {kind: word(shown.original_name(kind)) for kind in Kind}
    assert [kind for kind, name in names.items() if "bản gốc" in name] == [Kind.SIGNED]
    assert all("gốc" not in word(shown.copy_name(role)) for role in CopyRole)
