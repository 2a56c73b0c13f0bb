import itertools
import json
import random
import time
import unicodedata
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_ui.analyser import ANALYSER_VERSION, TOKEN_LIMIT, analyse, canonical_number, fold, key

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
GOLDEN = Path(__file__).with_name("golden_tokens.json")
SYLLABLES = [
    "hoà",
    "hòa",
    "quý",
    "thuý",
    "tỷ",
    "kỹ",
    "đường",
    "Đắk",
    "Lắk",
    "nghiêng",
    "khuỷu",
    "quyển",
    "gì",
    "giữ",
    "ươm",
    "uyên",
    "TTg",
    "UBND",
    "15/CT-TTg",
    "2013",
]


def exact(text: str) -> list[str]:
    return [token.exact for token in analyse(text)]


def folded(text: str) -> list[str]:
    return [token.folded for token in analyse(text) if not token.number]


def numbers(text: str) -> list[str]:
    return [token.exact for token in analyse(text) if token.number]


def test_the_golden_file_holds_the_tokens_of_this_version() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert golden["analyser_version"] == ANALYSER_VERSION, (
        "tokens changed: raise ANALYSER_VERSION, write a new golden file"
    )
    assert len(golden["cases"]) > 40
    for text, tokens in golden["cases"]:
        assert [list(token) for token in analyse(text)] == tokens, text


@pytest.mark.parametrize(("one", "other"), [("hoà", "hòa"), ("uỷ", "ủy"), ("thuý", "thúy"), ("khoẻ", "khỏe")])
def test_where_the_tone_mark_stands_does_not_matter(one: str, other: str) -> None:
    assert exact(one) == exact(other)


def test_hoan_with_a_tone_stays_what_it_is() -> None:
    assert exact("hoàn") != exact("hoan")
    assert exact("hoàn") == exact("hòan")


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("word", SYLLABLES)
def test_every_unicode_form_is_the_same_word(word: str, form: Form) -> None:
    changed = unicodedata.normalize(form, word)
    assert exact(changed) == exact(word)
    assert folded(changed) == folded(word)


def test_d_with_stroke_folds_to_d_but_stays_another_letter() -> None:
    assert folded("Đường đi") == ["duong", "di"]
    assert exact("đi") != exact("di")


@pytest.mark.parametrize(("one", "other"), [("tỷ lệ", "tỉ lệ"), ("kỹ thuật", "kĩ thuật"), ("quý", "quí"), ("Lý", "lí")])
def test_i_and_y_are_one_letter_at_the_end_of_a_syllable(one: str, other: str) -> None:
    assert exact(one) == exact(other)


def test_uy_and_ui_are_two_words() -> None:
    assert exact("thúy") != exact("thúi")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("15/CT-TTg", "#15-ct-ttg"),
        ("15-CT/TTg", "#15-ct-ttg"),
        ("15-ct/ttg", "#15-ct-ttg"),
        ("15 / CT-TTg", "#15-ct-ttg"),
        ("015/CT–TTg,", "#15-ct-ttg"),
        ("115/CT-TTg", "#115-ct-ttg"),
        ("28/2018/QĐ-TTg", "#28-2018-qd-ttg"),
        ("1695/QĐ - SYT", "#1695-qd-syt"),
        ("1155a/CĐE-BYT", "#1155a-cde-byt"),
        ("51/2024/QH15", "#51-2024-qh15"),
        ("12-NQ/TW", "#12-nq-tw"),
        ("02/GM-SYT", "#2-gm-syt"),
    ],
)
def test_a_document_number_is_one_token_however_it_is_spelled(text: str, number: str) -> None:
    assert numbers(f"Số: {text} ngày") == [number]
    assert canonical_number(text.rstrip(",")) == number


@pytest.mark.parametrize(
    "text", ["12/7/2018", "2013-2015", "ngày 5/3", "tháng 5/2018 - Hà Nội", "1 - Tên đơn vị", "10.000"]
)
def test_dates_ranges_and_lists_are_no_document_numbers(text: str) -> None:
    assert numbers(text) == []


def test_the_parts_of_a_number_stay_words_of_the_text() -> None:
    assert folded("15/CT-TTg") == ["15", "ct", "ttg"]


def test_leading_zeros_say_nothing() -> None:
    assert exact("ngày 05/03/2019") == exact("ngày 5/3/2019")


def test_zero_width_letters_are_not_there() -> None:
    assert exact("v\u00adăn\ufeff b\u200dản") == exact("văn bản")


def test_names_are_compared_without_marks_case_and_blanks() -> None:
    assert key("  QUYẾT   định ") == "quyet dinh"


def test_an_overlong_word_is_cut_the_same_way_everywhere() -> None:
    assert exact("ă" * 10_000) == exact("ă" * 20_000)
    assert all(len(token.exact) <= TOKEN_LIMIT for token in analyse("ă" * 10_000 + " 1/" + "x" * 9_000))


ANYTHING = st.text(st.characters(codec=None), max_size=200)  # lone surrogates too
VIETNAMESE = st.text("aăâeêioôơuưyđàảãáạằẳẵắặhoànkltqmsĐÀ0159/-– .,\u0300\u0301\u0323\u00ad\u200b", max_size=60)


@given(st.one_of(ANYTHING, VIETNAMESE))
def test_any_string_gives_tokens_that_lie_in_the_text_in_order(text: str) -> None:
    tokens = analyse(text)
    for token in tokens:
        assert 0 <= token.start < token.end <= len(text)
        assert token.exact
        assert token.folded
        assert token.folded.isascii() or not any(letter in "ăâđêôơư" for letter in token.folded)
        assert not any(letter.isspace() for letter in token.exact + token.folded)
        token.exact.encode()
        token.folded.encode()
    words = [token for token in tokens if not token.number]
    assert [token.position for token in words] == list(range(len(words)))
    assert all(one.end <= other.start for one, other in itertools.pairwise(words))


@given(VIETNAMESE)
def test_the_unicode_form_of_a_text_does_not_change_its_words(text: str) -> None:
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
    assert exact(forms[0]) == exact(forms[1])


@given(VIETNAMESE)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(VIETNAMESE)
def test_equal_exact_words_fold_to_equal_words(text: str) -> None:
    seen: dict[str, str] = {}
    for token in analyse(text):
        assert seen.setdefault(token.exact, token.folded) == token.folded


def test_hostile_texts_take_time_in_proportion_to_their_length() -> None:
    random.seed(3)
    pieces = ["1" * 50, "/a" * 40, "1/2024", "-–/ ", "ă\u0301" * 20, "\u00ad" * 30, "1 / a - B", "9/" * 30, " - AA"]
    for piece in [*pieces, "".join(random.choices("1/-–a A\u0301", k=400))]:
        short, long = (min(_seconds(piece * (size // len(piece))) for _ in range(3)) for size in (20_000, 200_000))
        assert long < 60 * max(short, 0.01), piece


def _seconds(text: str) -> float:
    start = time.process_time()
    analyse(text)
    return time.process_time() - start
