"""Plain text of any encoding comes out as NFC."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.converting.encodings import decode

TEXT = "Cộng hòa xã hội chủ nghĩa Việt Nam\nĐộc lập - Tự do - Hạnh phúc\n"


@pytest.mark.parametrize(
    ("encoding", "found", "certain"),
    [
        ("utf-8", "utf-8", True),
        ("utf-8-sig", "utf-8", True),
        ("utf-16", "utf-16", True),
        ("utf-32", "utf-32", True),
        ("utf-16-le", "utf-16-le", True),
        ("utf-16-be", "utf-16-be", True),
    ],
)
def test_vietnamese_is_read_whatever_the_encoding(encoding: str, found: str, certain: bool) -> None:  # noqa: FBT001
    decoded = decode(TEXT.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.certain) == (TEXT, found, certain)


def test_vietnamese_windows_is_recognised_by_its_tone_marks() -> None:
    tones = "\u0300\u0301\u0303\u0309\u0323"
    letters = []
    for letter in TEXT:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(part for part in parts if part in tones)
        letters.append(unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones)) + tone)
    decoded = decode("".join(letters).encode("cp1258"))
    assert (decoded.text, decoded.encoding, decoded.certain) == (TEXT, "windows-1258", False)


def test_what_nothing_explains_is_read_and_said_to_be_unsure() -> None:
    decoded = decode("café\x81".encode("latin-1"))
    assert (decoded.text, decoded.encoding, decoded.certain) == ("café\x81", "windows-1252", False)


def test_lines_end_with_one_line_feed() -> None:
    assert decode(b"a\r\nb\rc\n").text == "a\nb\nc\n"


def test_letters_that_were_taken_apart_are_put_together() -> None:
    assert decode("Viê\u0323t".encode()).text == "Việt"


@given(st.binary(max_size=200))
def test_any_bytes_are_read(content: bytes) -> None:
    assert unicodedata.is_normalized("NFC", decode(content).text)
