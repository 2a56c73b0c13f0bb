"""The parts of describing, each on lines of its own."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.describing.citations import read_citations
from ingest.describing.consolidated import find_consolidation
from ingest.describing.dating import date_in, iso_date, read_date, read_place
from ingest.describing.folding import fold, letters, near
from ingest.describing.header import known_body, mark_of
from ingest.describing.layout import Segment, segments
from ingest.describing.number import canonical_symbol, is_number_line, issuer_of_symbol, read_number, type_of_symbol
from ingest.describing.signer import title_line
from ingest.describing.stamp import read_incoming_stamp
from ingest.describing.types import type_line
from schemas.description import Citation
from schemas.texts import PageText


def line(text: str) -> Segment:
    return segments(PageText(text), 1)[0]


def cited(text: str, *, own: str | None = None) -> list[Citation]:
    return list(read_citations((PageText(text),), own=own))


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("Số: 15/CT-TTg", "15/CT-TTg"),
        ("Số: 1695 /QĐ-SYT", "1695/QĐ-SYT"),
        ("Só: 05/BNV - VP", "05/BNV-VP"),
        ("Số: 1695/QD-SYT", "1695/QĐ-SYT"),
        ("Số: 28/2018/QĐ-TTg", "28/2018/QĐ-TTg"),
        ("Luật số: 33/2024/QH15", "33/2024/QH15"),
        ("Số: 32/2021/TT-BLDTBXH", "32/2021/TT-BLĐTBXH"),
        ("Số: 2004/KH-SYT-CĐN", "2004/KH-SYT-CĐN"),
        ("Số 40-HD/VPTW", "40-HD/VPTW"),
        ("Số: 662/SNNMT-ĐĐ", "662/SNNMT-ĐĐ"),
        ("số: 12a/QÐ-UBND", "12a/QĐ-UBND"),
    ],
)
def test_every_form_of_number_is_read(printed: str, number: str) -> None:
    assert is_number_line(line(printed))
    read = read_number(line(printed), born_digital=True)
    assert read.value is not None
    assert read.value.value == number


@pytest.mark.parametrize(
    "text", ["SỞ Y TẾ -CÔNG ĐOÀN NGÀNH", "Sở Y tế tổ chức Hội nghị", "số lượng hồ sơ", "Số lượng: 5"]
)
def test_other_lines_are_no_number_line(text: str) -> None:
    assert not is_number_line(line(text))


@pytest.mark.parametrize(
    ("symbol", "kind", "issuer"),
    [
        ("CT-TTg", "Chỉ thị", "Thủ tướng Chính phủ"),
        ("2018/QĐ-TTg", "Quyết định", "Thủ tướng Chính phủ"),
        ("VPCP-KGVX", None, "Văn phòng Chính phủ"),
        ("2024/QH15", "Luật", None),
        ("QĐ-UBND", "Quyết định", None),
        ("2022/TT-BNV", "Thông tư", "Bộ Nội vụ"),
        ("SYT-NVY", None, None),
    ],
)
def test_a_symbol_names_type_and_issuer(symbol: str, kind: str | None, issuer: str | None) -> None:
    assert type_of_symbol(symbol) == kind
    assert issuer_of_symbol(symbol) == issuer


def test_de_an_and_du_an_keep_apart() -> None:
    assert canonical_symbol("ĐA-SYT") == "ĐA-SYT"
    assert canonical_symbol("DA-SYT") == "DA-SYT"
    assert type_of_symbol("ĐA-SYT") == "Đề án"
    assert type_of_symbol("DA-SYT") == "Dự án"


@pytest.mark.parametrize("printed", ["Hà Nội, ngày 04 tháng 5 năm 2013", "Ha Noi. ngày 04 thắng 5 nãm 2013"])
def test_place_and_date_are_read(printed: str) -> None:
    day, place = read_date(line(printed), born_digital=False), read_place(line(printed), born_digital=False)
    assert day is not None
    assert place is not None
    assert (day.value, place.value) == ("2013-05-04", "Hà Nội")


@given(st.dates(min_value=date(1945, 1, 1), max_value=date(2099, 12, 31)))
def test_every_day_written_out_is_read_back(day: date) -> None:
    printed = f"Hà Nội, ngày {day.day:02} tháng {day.month:02} năm {day.year}"
    read = read_date(line(printed), born_digital=True)
    assert read is not None
    assert read.value == day.isoformat()
    assert date_in(fold(f"{day.day}/{day.month}/{day.year}")) == (
        day.isoformat(),
        0,
        len(f"{day.day}/{day.month}/{day.year}"),
    )


def test_a_day_that_does_not_exist_is_no_date() -> None:
    assert iso_date(31, 2, 2018) is None
    assert iso_date(1, 1, 1204) is None


@given(st.text(), st.text(max_size=12))
def test_folding_keeps_places(text: str, other: str) -> None:
    assert len(fold(text)) == len(text)
    assert near(text[:12], text[:12], wrong=0)
    assert near(text[:12], other, wrong=2) == near(other, text[:12], wrong=2)


@pytest.mark.parametrize(("one", "other", "wrong", "is_near"), [
    ("giamdoc", "giamdcc", 1, True), ("giamdoc", "gimdoc", 1, True), ("giamdoc", "giamdooc", 1, True),
    ("giamdoc", "chutich", 2, False), ("ab", "ba", 1, False), ("a" * 90, "a" * 89 + "b", 1, False),
])  # fmt: skip
def test_nearness_counts_wrong_letters(one: str, other: str, wrong: int, *, is_near: bool) -> None:
    assert near(one, other, wrong=wrong) is is_near


def test_a_citation_spans_from_its_type_to_its_date() -> None:
    text = "theo Nghị định số 43/2011/NĐ-\nCP ngày 13 tháng 6 năm 2011 của Chính phủ quy định về việc"
    (found,) = cited(text)
    assert text[found.start : found.end] == "Nghị định số 43/2011/NĐ-\nCP ngày 13 tháng 6 năm 2011"
    assert (found.number, found.date, found.issuer) == ("43/2011/NĐ-CP", "2011-06-13", "Chính phủ")


@pytest.mark.parametrize(
    ("text", "number", "day", "issuer"),
    [
        ("Luật Đấu thầu số 43/2013/QH13 ngày 26/11/2013;", "43/2013/QH13", "2013-11-26", None),
        ("Nghị quyết số 21-NQ/TW, ngày 25-10-2017 của Ban Chấp hành Trung ương", "21-NQ/TW", "2017-10-25", "Ban Chấp hành Trung ương"),
        ("công văn số: 3526/VPCP-KGVX ngày 04 tháng 5 năm \n\n2013", "3526/VPCP-KGVX", "2013-05-04", "Văn phòng Chính phủ"),
        ("Quyết định số 939/QĐ-BTTTT ngày 30/6/2010 của Bộ trưởng Bộ Thông tin và \nTruyền thông cho", "939/QĐ-BTTTT", "2010-06-30",
         "Bộ trưởng Bộ Thông tin và Truyền thông"),
        ("tiêu chuẩn TCVN \n\n6909:2001 về", "TCVN 6909:2001", None, None),
    ],
)  # fmt: skip
def test_citations_of_every_kind_are_read(text: str, number: str, day: str | None, issuer: str | None) -> None:
    (found,) = cited(text)
    assert (found.number, found.date, found.issuer) == (number, day, issuer)


def test_a_date_given_once_holds_for_the_number_everywhere() -> None:
    text = "Ngày 22 tháng 5 năm 2012, Thủ tướng Chính phủ ban hành Chỉ thị số 15/CT-TTg. Theo Chỉ thị số 15/CT-TTg,"
    assert [c.date for c in cited(text)] == ["2012-05-22", "2012-05-22"]


@pytest.mark.parametrize("text", ["tỷ lệ 3/4 và 12/KB-x", "ngày 12/7/2018", "50km/giờ", "Trang 1/2-A", "tel 029/ABC"])
def test_fractions_and_dates_are_no_citations(text: str) -> None:
    assert cited(text) == []


def test_its_own_number_is_no_citation() -> None:
    assert cited("Số: 15/QĐ-BNV", own="15/QĐ-BNV") == []


@pytest.mark.parametrize(("printed", "authority", "title"), [
    ("KT. BỘ TRƯỞNG", "KT.", "BỘ TRƯỞNG"), ("KT.BỘ TRƯỞNG", "KT.", "BỘ TRƯỞNG"), ("K.T THỐNG ĐỐC", "KT.", "THỐNG ĐỐC"),
    ("THỨ TRƯỞNG", "", "THỨ TRƯỞNG"), ("TM. UỶ BAN NHÂN DÂN", "TM.", "ỦY BAN NHÂN DÂN"), ("GIÁM ĐÓC", "", "GIÁM ĐỐC"),
    ("TUQ. CHỦ TỊCH", "TUQ.", "CHỦ TỊCH"), ("“T. GIÁM ĐÓC", "", "GIÁM ĐỐC"), ("CHỦ TỊCH9", "", "CHỦ TỊCH"),
])  # fmt: skip
def test_titles_are_read_through_ocr_slips(printed: str, authority: str, title: str) -> None:
    read = title_line(line(printed))
    assert read is not None
    assert (read.authority, read.title) == (authority, title)


@pytest.mark.parametrize("text", ["Giám đốc các bệnh viện", "BÁO CÁO", "Nơi nhận:", "1. MỤC ĐÍCH", "UBND"])
def test_other_lines_are_no_titles(text: str) -> None:
    assert title_line(line(text)) is None


@pytest.mark.parametrize(("printed", "name"), [
    ("QUYÉT ĐỊNH", "Quyết định"), ("KÉ HOẠCH", "Kế hoạch"), ("THÔNG BÁO.", "Thông báo"), ("BẢO CÁO", "Báo cáo"),
    ("THÔNG TƯ LIÊN TỊCH", "Thông tư liên tịch"), ("NGHỊ QUYẾT", "Nghị quyết"), ("TỜ TRÌNH Về việc bổ sung", "Tờ trình"),
])  # fmt: skip
def test_the_type_is_read_from_its_line(printed: str, name: str) -> None:
    found = type_line(line(printed))
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("text", ["Quyết định này có hiệu lực", "SỞ Y TẾ", "QUYẾT ĐỊNH THÀNH LẬP TỔ CÔNG TÁC", "12"])
def test_other_lines_name_no_type(text: str) -> None:
    assert type_line(line(text)) is None


def test_known_bodies_get_their_marks_back() -> None:
    assert known_body("SỞ Y TÉ") == "SỞ Y TẾ"
    assert known_body("UBND TĨNH KIÊN, GIANG:") == "UBND TỈNH KIÊN GIANG"
    assert known_body("SỞ VŨ TRỤ") == "SỞ VŨ TRỤ"


def test_a_stamp_is_only_a_stamp_when_it_stands_alone() -> None:
    assert mark_of(line("HỎA TỐC |"), "urgency") == "HỎA TỐC"
    assert mark_of(line("Độ mật: Tối mật"), "secrecy") == "TỐI MẬT"
    assert mark_of(line("BÍ MẬT"), "secrecy") is None
    assert mark_of(line("KHẨN TRƯƠNG"), "urgency") is None


def test_a_receiving_stamp_that_nobody_filled_in_says_nothing() -> None:
    empty = segments(PageText("ĐẾN\nSố: ........\nNgày: ......"), 1)
    assert read_incoming_stamp((empty,), own=None) is None


def test_a_consolidated_text_has_its_number_at_the_end() -> None:
    page = segments(
        PageText("BỘ Y TẾ\nSố: 13/VBHN-BYT\nXÁC THỰC VĂN BẢN HỢP NHẤT\nHà Nội, ngày 02 tháng 4 năm 2024\nBỘ TRƯỞNG"), 7
    )
    found = find_consolidation(((), page))
    assert found is not None
    kind, tail = found
    assert (kind.value, kind.page) == ("Văn bản hợp nhất", 7)
    assert tail.number is not None
    assert tail.number.text == "Số: 13/VBHN-BYT"


def test_letters_ignore_marks_spaces_and_case() -> None:
    assert letters("Đ Ố-C 1") == "doc1"
