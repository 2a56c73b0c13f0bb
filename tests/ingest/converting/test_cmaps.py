"""ToUnicode maps: what is written is read back; what converters wrote is understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.converting import cmaps


@given(st.dictionaries(st.integers(0, 65535), st.text("aZ09Đạề–“😀", min_size=1, max_size=3)))
def test_what_is_written_is_read_back(characters: dict[int, str]) -> None:
    assert cmaps.read(cmaps.write(characters, code_bytes=2)) == characters


def test_one_block_holds_no_more_than_a_hundred_entries() -> None:
    text = cmaps.write(dict.fromkeys(range(250), "a"), code_bytes=2).decode()
    assert [line for line in text.splitlines() if "beginbfchar" in line] == [
        "100 beginbfchar",
        "100 beginbfchar",
        "50 beginbfchar",
    ]


def test_ranges_lists_and_sequences_are_read() -> None:
    cmap = (
        b"2 beginbfchar <0001> <0041> <0002><00EA 0300> endbfchar 3 beginbfrange <0010> <0012> <0061>"
        b"<0020><0021> [<0031> <00660069>] <0030><0030><D83DDE00> endbfrange"
    )
    assert cmaps.read(cmap) == {1: "A", 2: "ề", 16: "a", 17: "b", 18: "c", 32: "1", 33: "fi", 48: "😀"}


@pytest.mark.parametrize(
    "body",
    [
        b"1 beginbfchar <01> <0000> endbfchar",
        b"1 beginbfchar <01> <FEFF> endbfchar",
        b"1 beginbfchar <01> <FFFE> endbfchar",
        b"1 beginbfchar <01> <D800> endbfchar",
        b"1 beginbfchar <01> <4> endbfchar",
        b"1 beginbfchar <01> <> endbfchar",
        b"1 beginbfchar <> <0041> endbfchar",
        b"1 beginbfrange <05> <01> <0041> endbfrange",
        b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange",
        b"1 beginbfchar <01> endbfchar",
        b"beginbfrange [ ] ] [ < endbfrange",
    ],
)
def test_what_a_map_may_not_say_is_left_out(body: bytes) -> None:
    assert cmaps.read(body) == {}


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fall(body: bytes) -> None:
    cmaps.read(b"beginbfchar" + body + b"endbfchar beginbfrange" + body + b"endbfrange")


def test_the_length_of_codes_is_that_of_the_first_code_space() -> None:
    assert cmaps.code_bytes(b"1 begincodespacerange <00> <FF> endcodespacerange") == 1
    assert cmaps.code_bytes(cmaps.write({}, code_bytes=2)) == 2
    assert cmaps.code_bytes(b"nothing") is None
