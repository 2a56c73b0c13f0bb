"""Describing whole documents: letters of our own set with boxes, real texts, hostile pages."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.benches.describe import agrees
from ingest.describe import describe
from ingest.samples.letters import OFFICIAL_LETTER, compose
from schemas.description import FIELDS, Description, Method, Value
from schemas.texts import PageText, Word
from tests.ingest.describing_pages import HEAD, letter_page, page, set_letter
from tests.sources import shared_data


def value(known: Description, name: str) -> object:
    found = known.fields.get(name)
    return None if found is None else found.value


@pytest.mark.parametrize("index", range(0, 24, 2))
def test_a_letter_gives_back_what_was_written_into_it(index: int) -> None:
    letter = compose(11, index, paragraph_count=3 + index % 7)
    known = describe(set_letter(letter), born_digital=True)
    assert value(known, "number") == letter.number
    assert value(known, "type") == letter.type
    assert value(known, "date") == letter.date.isoformat()
    assert value(known, "place") == letter.place
    assert value(known, "issuer") == letter.issuer
    assert value(known, "issuer_superior") == letter.issuer_superior
    assert value(known, "signer") == letter.signer
    assert str(value(known, "signer_title")).endswith(letter.signer_title)
    assert agrees(known.fields["recipients"].value, list(letter.recipients))


@pytest.mark.parametrize("index", range(1, 12))
def test_subject_ends_where_the_body_begins(index: int) -> None:
    letter = compose(12, index, type_name="Quyết định" if index % 2 else OFFICIAL_LETTER)
    known = describe(set_letter(letter), born_digital=True)
    words = " ".join(str(value(known, "subject")).split())
    assert words.removeprefix("V/v ") == " ".join(letter.subject.split()).removeprefix("V/v ")


def test_the_head_is_read_by_columns_although_text_runs_across() -> None:
    known = describe((letter_page(),), born_digital=False)
    assert value(known, "issuer") == "SỞ Y TẾ"
    assert value(known, "issuer_superior") == "UBND TỈNH AN SƠN"
    assert value(known, "subject") == "V/v báo cáo hoạt động ngành Y tế năm 2017"
    assert value(known, "addressees") == ["Phòng Y tế các huyện, thành phố"]
    assert value(known, "place") == "An Sơn"


def test_a_letter_without_a_type_name_is_inferred_to_be_one() -> None:
    kind = describe((letter_page(),), born_digital=False).fields["type"]
    assert (kind.value, kind.method) == ("Công văn", Method.INFERRED)


def test_clean_print_is_accepted_without_a_look() -> None:
    known = describe((letter_page(confidence=1.0),), born_digital=True)
    for name in ("number", "date", "place", "issuer", "subject"):
        assert known.fields[name].confidence >= 0.90


def test_a_weakly_read_number_is_handwriting_and_never_accepted() -> None:
    known = describe((letter_page_with_weak_number("Số: 125/SYT-NVY", 0.55),), born_digital=False)
    number = known.fields["number"]
    assert (number.value, number.method) == ("125/SYT-NVY", Method.HANDWRITTEN)
    assert number.confidence < 0.5


def test_a_number_that_is_no_number_is_not_given() -> None:
    known = describe((letter_page(number="Số: 2}Ù2/SYT-NVY"),), born_digital=False)
    assert value(known, "number") is None
    assert value(known, "type") == "Công văn"


def letter_page_with_weak_number(number: str, confidence: float) -> PageText:
    made = letter_page(number=number)
    at = made.text.index(number)
    words = tuple(
        Word(word.start, word.end, word.box, confidence if at <= word.start < at + len(number) else word.confidence)
        for word in made.words
    )
    return PageText(made.text, words)


def test_a_day_left_open_for_the_pen_gives_no_date() -> None:
    known = describe((letter_page(day="ngày      tháng 01 năm 2018"),), born_digital=False)
    assert value(known, "date") is None
    assert value(known, "place") == "An Sơn"


@pytest.mark.parametrize("stamp", ["MẬT", "TỐI MẬT", "TUYỆT MẬT", "| MẬT |", "TOI MAT"])
def test_a_secrecy_stamp_alone_in_the_head_is_seen(stamp: str) -> None:
    known = describe((letter_page((0.16, 0.19, stamp)),), born_digital=False)
    assert str(value(known, "secrecy")).endswith("MẬT")


def test_a_secrecy_stamp_on_an_annexed_document_is_seen() -> None:
    annex = page(*HEAD, (0.16, 0.12, "Số: 9/QĐ-SYT"), (0.16, 0.14, "TỐI MẬT"), (0.45, 0.18, "QUYẾT ĐỊNH"))
    assert value(describe((letter_page(), annex), born_digital=False), "secrecy") == "TỐI MẬT"


@pytest.mark.parametrize(
    "sentence",
    [
        "Ban hành Quy chế bảo vệ bí mật nhà nước, độ mật và bảo mật thông tin",
        "BẢO VỆ BÍ MẬT NHÀ NƯỚC",
        "MAT",
        "tài liệu MẬT không gửi qua mạng",
        "MẬT ONG RỪNG VÀ SẢN PHẨM",
    ],
)
def test_words_about_secrecy_are_no_mark(sentence: str) -> None:
    known = describe((letter_page((0.20, 0.30, sentence), (0.16, 0.19, sentence)),), born_digital=False)
    assert value(known, "secrecy") is None


def test_urgency_is_read_from_its_stamp() -> None:
    assert value(describe((letter_page((0.16, 0.19, "HOẢ TỐC")),), born_digital=False), "urgency") == "HỎA TỐC"


def test_a_deputy_below_the_heads_title_signs_for_the_head() -> None:
    foot = (
        (0.14, 0.70, "Nơi nhận:"), (0.62, 0.70, "GIÁM ĐỐC"), (0.14, 0.72, "- Như trên;"),
        (0.60, 0.72, "PHÓ GIÁM ĐỐC"), (0.14, 0.74, "- Lưu: VT, NVY."), (0.61, 0.84, "Nguyễn Văn An"),
    )  # fmt: skip
    known = describe((letter_page(*foot),), born_digital=False)
    assert value(known, "signer_title") == "KT. GIÁM ĐỐC / PHÓ GIÁM ĐỐC"
    assert known.fields["signing_authority"] == Value(
        value="KT.",
        raw="GIÁM ĐỐC PHÓ GIÁM ĐỐC",
        page=1,
        box=known.fields["signing_authority"].box,
        confidence=known.fields["signing_authority"].confidence,
        method=Method.INFERRED,
    )
    assert value(known, "signer") == "Nguyễn Văn An"
    assert value(known, "recipients") == ["Như trên", "Lưu: VT, NVY"]


def test_who_decides_is_not_taken_for_who_signs() -> None:
    known = describe(
        (page(*HEAD, (0.45, 0.2, "QUYẾT ĐỊNH"), (0.40, 0.27, "GIÁM ĐỐC SỞ Y TẾ"), (0.2, 0.3, "Căn cứ Luật Dược;")),),
        born_digital=False,
    )
    assert value(known, "signer_title") is None
    assert value(known, "type") == "Quyết định"


def test_an_empty_document_has_no_description() -> None:
    assert describe((), born_digital=False) == Description()
    assert describe((PageText(""), PageText(" \n ")), born_digital=True) == Description()


def test_the_seeds_give_their_values_at_their_places() -> None:
    text = (shared_data() / "seeds" / "003_017250578a76107e.txt").read_bytes().decode()
    known = describe((PageText(text),), born_digital=True)
    assert value(known, "number") == "3526/VPCP-KGVX"
    assert value(known, "signer") == "Nguyễn Khắc Định"
    assert value(known, "incoming_stamp") == "Số 3526, ngày 04/5/13"
    first = known.citations[0]
    assert text[first.start : first.end] == "Tờ trình số 11/TTr-BTTTT ngày 19 tháng 3 năm 2013"
    assert first.date == "2013-03-19"


LETTERS = "QUYẾT ĐỊNH Số:125/QĐ-SYT ngày tháng năm 2017 KT.GIÁMĐỐC Nơi nhận: Lưu VT Kính gửi Căn cứ V/v MẬT -;.,/\n\t\f"
fractions = st.floats(min_value=-0.5, max_value=1.5, allow_nan=False)


@st.composite
def hostile_pages(draw: st.DrawFn) -> PageText:
    words = draw(st.lists(st.one_of(st.text(max_size=8), st.sampled_from(LETTERS.split())), max_size=40))
    text, read = "", []
    for word in words:
        text += draw(st.sampled_from([" ", "\n", "\n\n", "\t"]))
        box = (draw(fractions), draw(fractions), draw(fractions), draw(fractions))
        if word and draw(st.booleans()):
            read.append(Word(len(text), len(text) + len(word), box, draw(fractions)))
        text += word
    return PageText(text, tuple(read))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pages=st.lists(hostile_pages(), max_size=3), born_digital=st.booleans())
def test_whatever_stands_on_a_page_it_is_described_within_bounds(*, pages: list[PageText], born_digital: bool) -> None:
    known = describe(tuple(pages), born_digital=born_digital)
    assert set(known.fields) <= set(FIELDS)
    for found in known.fields.values():
        assert 0.0 <= found.confidence <= 1.0
        assert found.value
        if found.box is not None:
            x, y, width, height = found.box
            assert all(0.0 <= side <= 1.0 for side in found.box)
            assert x + width <= 1.0 + 1e-9
            assert y + height <= 1.0 + 1e-9
    for citation in known.citations:
        assert 0 <= citation.start < citation.end <= len(pages[citation.page - 1].text)


HOSTILE = [
    "1/",
    "1/A-",
    "ngày 1 tháng ",
    "số ",
    "Nơi nhận:\n- a\n",
    "GS.TS.",
    "A",
    "KT. GIÁM ĐÓC\n",
    "Căn cứ\n",
    " \n",
    "V/v\n",
]


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    """Sixteen times the text costs about sixteen times as much; what grows with the square would cost 256 times."""
    assert _seconds(piece, 320_000) <= 80 * max(_seconds(piece, 20_000), 0.01)


def _seconds(piece: str, size: int) -> float:
    """Give the best of three, since other programs of the machine can only make a run slower."""
    pages = (PageText(piece * (size // len(piece))),)
    spent = []
    for _ in range(3):
        started = time.process_time()
        describe(pages, born_digital=True)
        spent.append(time.process_time() - started)
    return min(spent)
