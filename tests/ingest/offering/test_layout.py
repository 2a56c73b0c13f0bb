"""Which folders are phông, mục lục, hộp, hồ sơ; which images are one document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.offering.layout import Layout, Place, page_order, parse_layout, sequences
from schemas.errors import UsageError


def test_a_pattern_names_one_folder_after_the_other() -> None:
    layout = parse_layout("{phông}/{mục lục}/{hộp}/{hồ sơ}")
    assert layout.place(("H49", "1", "07", "123")) == Place(fonds="H49", inventory="1", box="07", file="123")
    assert layout.place(("H49",)) == Place(fonds="H49")
    assert parse_layout("*/{file}").place(("2018", "12")) == Place(file="12")


def test_no_pattern_says_nothing() -> None:
    assert parse_layout("") == Layout()
    assert parse_layout("").place(("a", "b")) == Place()


@pytest.mark.parametrize("pattern", ["{shelf}", "{file}/{file}", "a/b"])
def test_a_wrong_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_layout(pattern)
    assert error.value.code == "U020"


def test_a_folder_of_images_is_one_document_where_the_layout_says_so() -> None:
    layout = parse_layout("{hồ sơ}/{văn bản}")
    assert layout.one_document(("12", "3"))
    assert not layout.one_document(("12",))
    assert not layout.one_document(("12", "3", "4"))


def test_numbered_images_of_the_2010_guideline_are_one_document() -> None:
    names = [f"Q3-5-1-10-1-{n}.jpg" for n in range(1, 12)]
    assert sequences(reversed(names)) == [names]


@pytest.mark.parametrize(
    "names",
    [
        ["scan-1.jpg", "scan-2.jpg"],  # no number before the last one
        ["Q3-5-1-2.jpg", "Q3-5-1-3.jpg"],  # does not begin with 1
        ["Q3-5-1-1.jpg", "Q3-5-1-3.jpg"],  # a gap
        ["Q3-5-1-1.jpg", "Q3-5-1-01.jpg"],  # one number twice
        ["Q3-5-1-1.jpg", "Q3-5-1-2.png"],  # other suffix
        ["Q3-5-1-1.pdf", "Q3-5-1-2.pdf"],  # never PDF
        ["1.jpg", "2.jpg"],
    ],
)
def test_in_doubt_each_file_is_its_own(names: list[str]) -> None:
    assert sorted(sequences(names)) == sorted([name] for name in names)


@given(st.lists(st.from_regex(r"[a-z]{0,2}(-?[0-9]{1,2}){0,4}\.(jpg|tif|pdf)", fullmatch=True), unique=True))
def test_every_name_is_in_exactly_one_group(names: list[str]) -> None:
    assert sorted(name for group in sequences(names) for name in group) == sorted(names)


def test_pages_are_ordered_as_people_count() -> None:
    assert sorted(["10.jpg", "2.jpg", "1.jpg"], key=page_order) == ["1.jpg", "2.jpg", "10.jpg"]
