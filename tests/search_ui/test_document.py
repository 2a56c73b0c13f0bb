import pytest

from schemas.texts import PageText
from search_ui.document import index_document
from tests.builders import FILE, a_package, a_record_id


def test_title_holds_subject_number_type_and_the_received_names() -> None:
    package = a_package(1, source="Hộp 7/1695 qd syt.pdf", subject="Khen thưởng", number="12/QĐ-SYT", type="QUYẾT ĐỊNH")
    made = index_document(package, ())
    assert made.title_folded == ("khen thuong", "12 qd syt", "quyet dinh", "hop 7", "1695 qd syt")
    assert made.type == "Quyết định"
    assert made.type_key == "quyet dinh"


def test_each_page_is_a_run_of_its_own() -> None:
    made = index_document(a_package(1), (PageText("văn bản"), PageText(""), PageText("điện tử")))
    assert made.body_folded == ("van ban", "dien tu")
    assert made.length == 4


def test_its_own_number_is_known_by_its_parts_its_type_and_its_year() -> None:
    made = index_document(a_package(1, number="1950/SYT-NVY", type="Công văn", date="2013-06-01"), ())
    assert {"#1950-syt-nvy", "=1950", "1950", "syt", "nvy", "cv", "cong", "van", "2013"} <= set(made.own.split())


@pytest.mark.parametrize("number", ["", "/QĐ-SYT", "không số", "QĐ-TTg"])
def test_without_digits_there_is_no_own_number(number: str) -> None:
    assert index_document(a_package(1, number=number), ()).own == ""


@pytest.mark.parametrize(("date", "year"), [("2013-06-01", 2013), ("", 0), ("06/2013", 0), ("x", 0)])
def test_an_unknown_day_is_the_oldest(date: str, year: int) -> None:
    made = index_document(a_package(1, date=date), ())
    assert made.year == year
    assert made.order.endswith(a_record_id(1))
    assert (made.order < "99999999") == bool(year)


def test_newer_days_come_first_in_order() -> None:
    orders = [
        index_document(a_package(n, date=day), ()).order for n, day in ((1, "2020-01-02"), (2, "2019-12-31"), (3, ""))
    ]
    assert orders == sorted(orders)


def test_title_also_holds_who_issued_and_signed_and_the_day_as_people_type_it() -> None:
    made = index_document(a_package(1, issuer="Sở Y tế", signer="Hà Văn Phúc", date="2018-03-26"), ())
    assert {"so y te", "ha van phuc", "26 3 2018"} <= {each.replace("i te", "y te") for each in made.title_folded}
    assert made.signer_words == ("ha van phuc",)
    assert (made.signer, made.signer_key, made.file) == ("Hà Văn Phúc", "ha van phuc", FILE)


@pytest.mark.parametrize("subject", ["V/v nghỉ lễ", "Về việc nghỉ lễ", "NGHỈ LỄ", "nghi le"])
def test_a_whole_subject_is_compared_without_its_opening_words(subject: str) -> None:
    assert index_document(a_package(1, subject=subject), ()).subject_key == "nghi le"
