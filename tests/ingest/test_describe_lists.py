"""Subjects, lists and values of describing, on short pages of their own."""

import pytest

from ingest.describing.header import read_head
from ingest.describing.layout import segments
from ingest.describing.recipients import read_addressees, read_legal_basis, read_recipients
from ingest.describing.subject import is_about, read_subject
from ingest.describing.values import from_segments, inferred, lowered
from schemas.description import Method
from schemas.texts import PageText
from tests.ingest.describing_pages import HEAD, page


def subject_of(text: PageText) -> object:
    found = read_subject(read_head(segments(text, 1)))
    return None if found is None else found.value


def test_a_wide_gap_ends_the_subject() -> None:
    text = page(
        *HEAD,
        (0.45, 0.160, "KẾ HOẠCH"),
        (0.25, 0.180, "Phòng chống tai nạn thương tích"),
        (0.30, 0.200, "giai đoạn đến năm 2020"),
        (0.20, 0.250, "Sở Y tế lập kế hoạch này để các đơn vị thực hiện."),
    )
    assert subject_of(text) == "Phòng chống tai nạn thương tích giai đoạn đến năm 2020"


def test_a_stamp_beside_the_subject_is_no_part_of_it() -> None:
    text = page(*HEAD, (0.45, 0.16, "GIẤY MỜI"), (0.07, 0.18, "HỎA TỐC"), (0.30, 0.182, "Hội nghị tổng kết năm"))
    assert subject_of(text) == "Hội nghị tổng kết năm"


def test_without_boxes_an_empty_line_and_a_new_beginning_end_the_subject() -> None:
    text = PageText("CHỈ THỊ\nVề việc tăng cường\n\ntại Bộ Nội vụ\n\nThực hiện Quyết định số 28/2018/QĐ-TTg\n")
    assert subject_of(text) == "Về việc tăng cường tại Bộ Nội vụ"


def test_about_alone_is_no_subject() -> None:
    assert subject_of(page(*HEAD, (0.16, 0.12, "Số: 1/SYT-VP"), (0.16, 0.14, "V/v"), (0.2, 0.2, "Kính gửi: A"))) is None


@pytest.mark.parametrize("printed", ["V/v báo cáo", "'V/V cung cấp", "V/ phân công", "Về việc thành lập"])
def test_about_is_known_as_ocr_reads_it(printed: str) -> None:
    assert is_about(segments(PageText(printed), 1)[0])


def test_recipients_end_with_the_line_of_the_copy_kept() -> None:
    text = PageText(
        "Nơi nhận:\n- Như trên;\n- VPCP: BTCN, các PCN; các\nVụ: TH, HC;\n- Lưu: VT, NVY (3b).\n\nGIÁM ĐỐC\n\nLê Văn An"
    )
    found = read_recipients((segments(text, 1),))
    assert found is not None
    assert found.value == ["Như trên", "VPCP: BTCN, các PCN; các Vụ: TH, HC", "Lưu: VT, NVY (3b)"]


def test_recipients_are_found_by_their_last_line_when_their_heading_was_not_read() -> None:
    text = page((0.14, 0.70, "T đếc qđẻ"), (0.14, 0.72, "- Sở Tư pháp;"), (0.14, 0.735, "- Lưu: VT, NVY."))
    found = read_recipients((segments(text, 1),))
    assert found is not None
    assert found.value == ["Sở Tư pháp", "Lưu: VT, NVY"]


def test_addressees_are_a_list() -> None:
    text = PageText(
        "Kính gửi: - Các Bộ, cơ quan ngang Bộ;\n- Ủy ban nhân dân các tỉnh.\n\nNgày 22 tháng 5 năm 2012, Thủ tướng"
    )
    found = read_addressees(read_head(segments(text, 1)))
    assert found is not None
    assert found.value == ["Các Bộ, cơ quan ngang Bộ", "Ủy ban nhân dân các tỉnh"]


def test_each_basis_is_one_item_and_the_proposal_is_none() -> None:
    text = PageText(
        "Căn cứ Luật Dược ngày 06 tháng 4\nnăm 2016;\nCăn cứ Nghị định số 54/2017/NĐ-CP;\nTheo đề nghị của Chánh Văn phòng;\n"
    )
    found = read_legal_basis((segments(text, 1),))
    assert found is not None
    assert found.value == ["Căn cứ Luật Dược ngày 06 tháng 4 năm 2016", "Căn cứ Nghị định số 54/2017/NĐ-CP"]


def test_a_value_is_no_surer_than_its_words() -> None:
    (segment,) = segments(page((0.1, 0.1, "HỎA TỐC"), confidence=0.5), 1)
    value = from_segments("HỎA TỐC", [segment], certainty=0.9)
    assert value.confidence == 0.45
    assert value.box == pytest.approx((0.1, 0.1, 0.07, 0.012))
    assert lowered(value, certainty=0.2).confidence == 0.2
    assert inferred("Công văn", page=1, certainty=0.9).method is Method.INFERRED
