"""What readers type finds what they mean, best first."""

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.search import Filters, Tier
from search_ui.answer.candidates import CANDIDATES
from search_ui.index.tantivy import TantivyIndex
from tests.builders import a_package
from tests.search_ui.asking import ask, found, put

RECORDS = [
    (a_package(1, subject="Tăng cường sử dụng văn bản điện tử", number="15/CT-TTg", type="Chỉ thị", date="2012-05-22",
               issuer="Thủ tướng Chính phủ", source="chi thi 15.pdf"), ["Thủ tướng yêu cầu các cơ quan dùng văn bản điện tử."]),
    (a_package(2, subject="Khen thưởng", number="115/QĐ-UBND", type="Quyết định", date="2013-01-02",
               issuer="UBND tỉnh"), ["Căn cứ Chỉ thị số 15/CT-TTg ngày 22/5/2012 về văn bản điện tử", "Điều 1. Thưởng"]),
    (a_package(3, subject="Bán nhà thuộc sở hữu nhà nước", number="1950/SYT-NVY", type="Công văn", date="2013-06-01",
               issuer="Sở Y tế"), ["Về việc bán nhà"]),
    (a_package(4, subject="Bản sao giấy tờ", number="1695/QĐ-SYT", type="Quyết định", date="2018-03-26",
               issuer="Sở Y tế"), ["Bản sao phải được chứng thực"]),
    (a_package(5, subject="Ban chỉ đạo hoà giải", type="Kế hoạch", date="2016-01-01", issuer="Sở Tư pháp"),
     ["Uỷ ban đôn đốc việc hòa giải ở cơ sở"]),
    (a_package(6, source="2281_TB-SYT.pdf"), ["Truờng họp tỷ lệ thấp"]),
    (a_package(7, subject="Thông báo nghỉ lễ", type="Thông báo", number="7/TB-VP", date="2020-12-30",
               issuer="Văn phòng"), ["Các phòng trực. Tăng cường", "sử dụng lịch điện tử"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> TantivyIndex:
    made = TantivyIndex(tmp_path_factory.mktemp("index"))
    put(made, RECORDS)
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tăng cường sử dụng văn bản điện tử", [1]),
        ("tang cuong su dung van ban dien tu", [1]),
        ("TĂNG CƯỜNG sử dụng văn bản", [1]),
        ("15/CT-TTg", [1, 2]),
        ("15-ct/ttg", [1, 2]),
        ("15 / ct-ttg", [1, 2]),
        ("115/qd-ubnd", [2]),
        ("qd 1695", [4]),
        ("1695 QĐ SYT", [4]),
        ("cv 1950 2013", [3]),
        ("công văn 1950", [3]),
        ("2281 tb syt", [6]),
        ("2281/TB-SYT", [6]),
        ("truong hop", [6]),
        ("tỉ lệ", [6]),
        ("hòa giải", [5]),
        ("ủy ban", [5]),
        ('"bán nhà"', [3]),
        ("đôn đốc OR khen thưởng", [5, 2]),
        ('"văn bản điện tử" -thưởng', [1]),
    ],
)
def test_the_record_meant_is_found(index: TantivyIndex, text: str, expected: list[int]) -> None:
    answer = found(index, text)
    assert answer[: len(expected)] == expected or (set(answer[: len(expected)]) == set(expected) and " OR " in text)


def test_a_marked_word_puts_its_exact_form_first_and_loses_no_other(index: TantivyIndex) -> None:
    assert found(index, "bán")[0] == 3
    assert found(index, "bản")[0] == 4
    assert set(found(index, "bán")) == set(found(index, "bản")) == set(found(index, "ban"))


def test_not_is_strict_about_marks(index: TantivyIndex) -> None:
    assert 4 in found(index, "bản -bán")
    assert 3 not in found(index, "ban -bán")


def test_115_is_not_found_by_15(index: TantivyIndex) -> None:
    assert found(index, "115/CT-TTg")[:1] != [1]


def test_a_phrase_is_not_found_across_a_page_break(index: TantivyIndex) -> None:
    assert found(index, '"tăng cường sử dụng"') == [1]


def test_the_best_partial_matches_follow_and_a_long_question_is_never_answered_with_nothing(
    index: TantivyIndex,
) -> None:
    answer = ask(index, "xin hỏi thủ tướng đã chỉ thị tăng cường dùng văn bản điện tử từ bao giờ vậy ạ")
    assert answer.full == 0
    assert answer.total > 0
    assert answer.records[0].tier is Tier.SOME
    assert found(index, "xin hỏi thủ tướng đã chỉ thị tăng cường dùng văn bản điện tử từ bao giờ vậy ạ")[0] == 1


def test_one_known_word_among_many_unknown_still_finds(index: TantivyIndex) -> None:
    assert found(index, "xyzzy plugh abracadabra hoà giải qwerty foo bar") == [5]


def test_a_quoted_phrase_that_stands_nowhere_falls_back_to_its_words(index: TantivyIndex) -> None:
    assert found(index, '"giải hòa"') == [5]


def test_the_tier_says_how_well_a_record_answers(index: TantivyIndex) -> None:
    tiers = {
        text: ask(index, text).records[0].tier
        for text in ("15/CT-TTg", "bản sao", "ban sao", "chứng thực", "chung thuc")
    }
    assert list(tiers.values()) == [
        Tier.NUMBER, Tier.TITLE_EXACT, Tier.TITLE_FOLDED, Tier.ALL_EXACT, Tier.ALL_FOLDED,
    ]  # fmt: skip


def test_nothing_asked_shows_every_record_the_newest_first(index: TantivyIndex) -> None:
    assert found(index, "") == [7, 4, 5, 3, 2, 1, 6]


BEARERS = [
    (a_package(11, subject="Phòng cháy, chữa cháy rừng", number="9/CT-UBND", type="Chỉ thị", date="2012-02-01",
               issuer="UBND huyện Hòn Đất"), ["Kế hoạch năm 2013 của Rạch Giá"]),
    (a_package(12, subject="Tuyển quân", number="9/CT-UBND", type="Chỉ thị", date="2013-06-03",
               issuer="UBND huyện Châu Thành"), ["Ngày 3 tháng 6 năm 2013"]),
    (a_package(13, subject="Chăm lo Tết", number="9/CT-UBND", type="Chỉ thị", date="2014-01-05",
               issuer="UBND huyện Kiên Lương"), ["Tổng kết năm 2013"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("9/CT-UBND", 13), ("9/CT-UBND 2013", 12), ("9/CT-UBND năm 2013", 12), ("số 9/ct-ubnd ngày 3/6/2013", 12),
        ("9/ct-ubnd phong chay", 11), ("9/CT-UBND Rạch Giá", 11), ("9/CT-UBND 2099", 13), ("ct9 2012", 11),
        ("9ct-ubnd 2013", 12), ("CT9", 13), ("chỉ thị 9 2012", 11),
    ],
)  # fmt: skip
def test_of_those_that_bear_a_number_the_words_beside_it_say_which(tmp_path: Path, text: str, first: int) -> None:
    index = TantivyIndex(tmp_path)
    put(index, BEARERS)
    assert found(index, text)[0] == first


@pytest.mark.parametrize("text", ["!!!", '""', "^$", "xyzzy"])
def test_what_holds_no_known_word_finds_nothing(index: TantivyIndex, text: str) -> None:
    assert ask(index, text).total == 0


def test_filters_narrow_hits_counts_and_facets_alike(index: TantivyIndex) -> None:
    answer = ask(index, "", filters=Filters(types=("quyet dinh",)))
    assert answer.total == 2
    assert answer.facets["type"] == (("Quyết định", 2),)
    assert answer.facets["year"] == (("2013", 1), ("2018", 1))
    assert found(index, "", filters=Filters(issuers=("SỞ Y TẾ",), years=(2013,))) == [3]
    assert found(index, "", filters=Filters(date_from="2013-01-02", date_to="2016-01-01")) == [5, 3, 2]
    assert found(index, "", filters=Filters(fonds=("no-such",))) == []


def test_one_name_written_in_two_ways_is_one_facet(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    names = ["SỞ Y TẾ", "SỞ Y TẾ", "Sở Y tế", "Sở y tê", "SỞ TƯ PHÁP"]
    put(
        index,
        [(a_package(n, issuer=name, type="Quyết định" if n % 2 else "QUYẾT ĐỊNH"), []) for n, name in enumerate(names)],
    )
    answer = ask(index, "", filters=Filters(types=("Quyết định",)))
    assert answer.facets["issuer"] == (("Sở Y tế", 4), ("SỞ TƯ PHÁP", 1))
    assert answer.facets["type"] == (("Quyết định", 5),)
    assert ask(index, "", filters=Filters(issuers=("Sở Y tế",))).total == 4


@pytest.mark.parametrize("date", ["", "x", "2013-02-31", "9999-99-99", "٢٠١٣-٠١-٠١"])
def test_an_impossible_date_narrows_to_something_or_nothing_but_never_fails(index: TantivyIndex, date: str) -> None:
    ask(index, "", filters=Filters(date_from=date, date_to=date))


def test_paging_shows_each_record_once_in_one_order(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    many = [
        (a_package(n, subject="Quyết định chung", date=f"20{n % 20:02d}-01-01"), [f"văn bản {n % 7}"])
        for n in range(1, 451)
    ]
    put(index, many)
    whole = [each.id for each in ask(index, "văn bản", limit=1_000).records]
    assert len(whole) == len(set(whole)) == 450 > CANDIDATES
    pages = [[each.id for each in ask(index, "văn bản", offset=at, limit=33).records] for at in range(0, 480, 33)]
    assert list(itertools.chain(*pages)) == whole


def test_the_order_does_not_depend_on_how_the_index_came_to_be(tmp_path: Path) -> None:
    one, other = TantivyIndex(tmp_path / "one"), TantivyIndex(tmp_path / "other")
    put(one, RECORDS)
    for each in reversed(RECORDS):
        put(other, [each])
        put(other, [each])
    for text in ("", "văn bản", "bán OR hoà giải", "thủ tướng nghỉ lễ điện tử sở y tế", "15/ct-ttg"):
        assert found(one, text) == found(other, text)
        assert ask(one, text).total == ask(other, text).total


WORDS = [
    "bán",
    "bản",
    "ban",
    "nhà",
    "hoà",
    "hòa",
    "giải",
    "văn",
    "điện",
    "tử",
    "15/CT-TTg",
    "2013",
    "OR",
    "NOT",
    "-",
    '"',
    "xyz",
]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), st.integers(0, 9), st.integers(0, 9))
def test_tiers_only_get_worse_down_the_list(index: TantivyIndex, text: str, offset: int, limit: int) -> None:
    places = list(Tier)
    whole = ask(index, text, limit=100).records
    assert [places.index(each.tier) for each in whole] == sorted(places.index(each.tier) for each in whole)
    assert ask(index, text, offset=offset, limit=limit).records == whole[offset : offset + limit]
    assert len(whole) == ask(index, text).total
    assert len({each.id for each in whole}) == len(whole)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.text(st.characters(codec=None), max_size=100))
def test_any_text_is_answered(index: TantivyIndex, text: str) -> None:
    ask(index, text)
