"""Names as people, browsers and ZIPs send them: shown whole, leading nowhere."""

import struct
import unicodedata
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.deliveries.names import DEPTH, PIECE_LETTERS, another, clean, last_piece, name_in_zip

VIETNAMESE = "Quyết định khen thưởng năm 2019.pdf"


@pytest.mark.parametrize(
    ("received", "shown"),
    [
        (unicodedata.normalize("NFD", VIETNAMESE), VIETNAMESE),
        ("../../../etc/passwd", "etc/passwd"),
        ("..\\..\\windows\\system32\\a.dll", "windows/system32/a.dll"),
        ("C:\\Users\\lan\\hộp 7\\a.pdf", "Users/lan/hộp 7/a.pdf"),
        ("/etc/shadow", "etc/shadow"),
        ("a\0b.pdf", "a\ufffdb.pdf"),
        ("a\u202efdp.exe", "a\ufffdfdp.exe"),
        ("hộp 7/./../hồ sơ//a.pdf", "hộp 7/hồ sơ/a.pdf"),
        ("CON.pdf", "CON.pdf"),
        ("NUL", "NUL"),
        ("..", "tep"),
        ("", "tep"),
        ("   ", "tep"),
        ("a\ud800.pdf", "a?.pdf"),
    ],
)
def test_a_name_is_shown_and_leads_nowhere(received: str, shown: str) -> None:
    assert clean(received) == shown


def test_a_name_of_three_hundred_letters_keeps_its_ending() -> None:
    shown = clean("ă" * 300 + ".pdf")
    assert len(shown) == PIECE_LETTERS
    assert shown.endswith("ă.pdf")
    assert last_piece("x/" + "ă" * 300 + ".pdf") == "ă" * 300 + ".pdf"
    assert clean("/".join(["d"] * 500) + "/a.pdf") == "d/" * DEPTH + "a.pdf"


def test_a_second_file_of_a_name_is_told_apart() -> None:
    assert another("hộp/a.pdf", 2) == "hộp/a (2).pdf"
    assert another("hộp/.ẩn", 2) == "hộp/.ẩn (2)"
    assert another("README", 3) == "README (3)"


@given(st.text(max_size=400))
def test_no_name_leads_upwards(received: str) -> None:
    pieces = clean(received).split("/")
    assert all(each and each not in {".", ".."} for each in pieces)
    assert clean(received).isprintable()
    assert clean(clean(received)) == clean(received)


def test_names_in_a_zip_are_read_as_who_packed_it_wrote_them() -> None:
    composed = "Báo cáo tháng 3 – Sở Y tế.pdf"
    decomposed_1258 = "B\u00e1o c\u00e1o ti\u0301nh.pdf"
    assert name_in_zip(composed.encode(), flags=0x800, extra=b"") == composed
    assert name_in_zip(composed.encode(), flags=0, extra=b"") == composed
    assert name_in_zip(decomposed_1258.encode("cp1258"), flags=0, extra=b"") == unicodedata.normalize(
        "NFC", decomposed_1258
    )
    assert name_in_zip("Übersicht ░.pdf".encode("cp437"), flags=0, extra=b"") == "Übersicht ░.pdf"
    raw = b"B?o c?o.pdf"
    field = struct.pack("<BL", 1, zlib.crc32(raw)) + "Báo cáo.pdf".encode()
    extra = struct.pack("<HH", 0x7075, len(field)) + field
    assert name_in_zip(raw, flags=0, extra=extra) == "Báo cáo.pdf"
    assert name_in_zip(b"other.pdf", flags=0, extra=extra) == "other.pdf"
