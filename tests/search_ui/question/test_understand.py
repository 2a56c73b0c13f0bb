"""Abbreviations, former and later names, words typed wrongly: as a question is asked of a whole reading room."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.search import Answer, Filters, Tier
from search_ui.answer.find import Asked, find, operator
from search_ui.answer.plan import Between, Everything
from search_ui.answer.relevance import Statistics
from search_ui.question.abbreviations import OWN_FILE, table_of
from search_ui.question.names import renamed
from search_ui.question.query import Why, Words, parse
from search_ui.question.spelling import mended, suggestion, written
from search_ui.question.syllables import near, settled, syllables
from search_ui.question.understand import understood
from search_ui.question.wording import VARIANTS, worded
from tests.builders import a_record_id
from tests.search_ui.a_room import ARoom, a_room, add
from tests.search_ui.expected import NO_HOME


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made = a_room(tmp_path_factory.mktemp("home"))
    add(made, 1, ["Ủy ban nhân dân tỉnh Kiên Giang quyết định"], source="a.pdf",
        fields={"subject": "Giao đất", "type": "Quyết định", "signer": "Lê Văn Thi", "date": "2013-05-06"})  # fmt: skip
    add(
        made,
        2,
        ["UBND tỉnh An Giang báo cáo"],
        source="b.pdf",
        fields={"subject": "Thu ngân sách", "date": "2024-01-02"},
    )
    add(made, 3, ["Nghiệm thu công trình"], source="c.pdf", fields={"subject": "Thuỷ lợi"})
    made.follow()
    yield made
    made.archive.close()


def ask(room: ARoom, text: str, *, names: bool = True) -> Answer:
    return find(room.archive, room.index, Asked(text=text, names=names), asker=operator()).answer


def ids(answer: Answer) -> set[str]:
    """Give the records that answer in full."""
    return {hit.record for hit in answer.hits if hit.tier is not Tier.SOME}


@pytest.mark.parametrize("text", ["ubnd", "UBND tỉnh", "uy ban nhan dan", "ủy ban nhân dân tỉnh"])
def test_an_abbreviation_and_its_words_find_each_other_and_are_marked(room: ARoom, text: str) -> None:
    answer = ask(room, text)
    assert ids(answer) == {a_record_id(1), a_record_id(2)}
    snippets = " ".join(page.snippet for hit in answer.hits for page in hit.pages)
    assert "<mark>UBND" in snippets
    assert "<mark>Ủy ban nhân dân" in snippets


def test_an_archive_adds_abbreviations_of_its_own_without_a_new_index(room: ARoom) -> None:
    own = room.settings.home / OWN_FILE
    assert not ask(room, "ntct").hits
    own.write_text("symbol,name\nNTCT,Nghiệm thu công trình\n", encoding="utf-8")
    assert ids(ask(room, "ntct")) == {a_record_id(3)}
    own.write_bytes(b"\xff\xfe\x00symbol")
    assert ask(room, "ubnd").hits
    own.unlink()


def test_an_abbreviation_of_two_letters_is_too_ambiguous() -> None:
    assert not table_of([("QĐ", "Quyết định"), ("BHX", "một")])


def test_a_record_found_by_a_later_name_only_says_so(room: ARoom) -> None:
    names = {hit.record: hit.name for hit in ask(room, "Kiên Giang").hits}
    assert names == {a_record_id(1): None, a_record_id(2): "new"}
    names = {hit.record: hit.name for hit in ask(room, "An Giang").hits}
    assert names == {a_record_id(2): None, a_record_id(1): "old"}
    (note,) = ask(room, "an giang").names
    assert (note.typed, note.other, note.relation, note.since) == ("An Giang", "Kiên Giang", "old", "2025-07-01")


def test_other_names_can_be_left_out(room: ARoom) -> None:
    answer = ask(room, "Kiên Giang", names=False)
    assert ids(answer) == {a_record_id(1)}
    assert not answer.names


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("Bộ Bưu chính, Viễn thông", {"Bộ Thông tin và Truyền thông", "Bộ Khoa học và Công nghệ"}),
        ("Bưu chính", set()),
        ("hòa bình", set()),
        ("tỉnh Hòa Bình", {"Phú Thọ"}),
        ("phường Đội Cấn", set()),  # two provinces had one
        ("phường Đội Cấn Tuyên Quang", {"Hà Giang"}),
        ("hợp tác xã", set()),
        ("Nam Định", {"Ninh Bình"}),
    ],
)
def test_only_whole_names_are_known_and_a_commune_needs_its_kind_and_province(text: str, others: set[str]) -> None:
    assert {note.other for note in renamed(parse(text))[1]} >= others
    assert bool(renamed(parse(text))[1]) == bool(others)


def test_a_long_word_that_stands_nowhere_is_mended_and_a_spelling_is_offered(room: ARoom) -> None:
    answer = ask(room, "nghieem thu")
    assert ids(answer) == {a_record_id(3)}
    assert answer.suggestion == "nghiem thu"
    assert ask(room, "nghiệem thu công trình").suggestion == "nghiệm thu công trình"


def test_a_short_word_is_never_mended_but_offered(room: ARoom) -> None:
    answer = ask(room, "thuy loii")
    assert answer.suggestion == "thuy loi"


def test_what_the_reader_may_not_see_is_neither_used_nor_offered(room: ARoom) -> None:
    only_newer = Between("year", 2024, 2024)  # the record with `nghiệm` has no day
    query = parse("nghieem thu")
    with closing(room.index.reader()) as reader:
        assert suggestion(query, reader, only_newer) is None
        assert mended(query, reader, only_newer, all_words=True) == query
        assert suggestion(query, reader, Everything()) == "nghiem thu"


def test_fields_name_fonds_and_file_by_code_and_facets_count_them(room: ARoom) -> None:
    answer = ask(room, "phông:CHUA-XEP loại:qd")
    assert ids(answer) == {a_record_id(1)}
    (file,) = answer.facets["file"]
    assert file[0].startswith("CHUA-XEP/")
    assert answer.facets["signer"] == (("Lê Văn Thi", 1),)
    code = file[0].rpartition("/")[2]
    assert len(ask(room, f'hồ sơ:"{code}"').hits) == 3
    assert not ask(room, "phông:KHONG-CO").hits
    assert (
        len(
            find(
                room.archive, room.index, Asked(text="", filters=Filters(files=(file[0],))), asker=operator()
            ).answer.hits
        )
        == 3
    )
    assert (
        len(
            find(
                room.archive, room.index, Asked(text="", filters=Filters(signers=("le van thi",))), asker=operator()
            ).answer.hits
        )
        == 1
    )


def test_the_page_offers_the_spelling_the_names_and_their_switch(room: ARoom) -> None:
    client = room.app.test_client()
    page = client.get("/?q=nghieem+thu").text
    assert "Có phải bạn muốn tìm" in page
    assert "q=nghiem+thu" in page
    page = client.get("/?q=Kiên+Giang").text
    assert "tên mới: An Giang (từ 01/07/2025)" in page
    assert "names=off" in page
    assert "Tìm cả tên cũ và tên mới" in client.get("/?q=Kiên+Giang&names=off").text


def test_the_help_page_shows_examples_that_can_be_tried(room: ARoom) -> None:
    page = room.app.test_client().get("/huong-dan")
    assert page.status_code == 200
    assert "Cú pháp tìm kiếm" in page.text
    assert "năm:2015..2018" in page.text


@pytest.mark.parametrize(
    ("exact", "shown"),
    [
        ("quyêt_s", "quyết"),
        ("hoa_f", "hòa"),
        ("ban", "ban"),
        ("giêng_s", "giếng"),
        ("mua_f", "mùa"),
        ("toan_s", "toán"),
    ],
)
def test_an_exact_form_is_written_as_people_write_it(exact: str, shown: str) -> None:
    assert written(exact) == shown


def test_the_table_of_syllables_knows_neighbours_and_stands_in_for_a_small_archive() -> None:
    assert "nghiep" in syllables()
    assert next(each.folded for each in near(parse("quyett").terms[0])) == "quyet"
    (term,) = parse("quyết").terms
    with_few = settled(_statistics(records=3))
    assert with_few.records == 10_000
    assert with_few.folded[term.folded] == syllables()["quyet"].frequency
    assert settled(_statistics(records=5_000)).records == 5_000


def _statistics(*, records: int) -> Statistics:
    return Statistics(records=records, mean_length=10.0, exact={"quyêt_s": 1}, folded={"quyet": 1, "xyzzy": 1})


@given(st.one_of(st.text(st.characters(codec=None), max_size=200), st.lists(st.sampled_from(
    ["ubnd", "ủy ban nhân dân", '"', "phường", "Đội Cấn", "Kiên Giang", "OR", "-", "cơ quan:", "~", "xã", "1"]), max_size=30).map(" ".join)))  # fmt: skip
def test_any_text_is_understood(text: str) -> None:
    read = understood(text, NO_HOME)
    assert read.query.text == text
    for part in read.query.wanted:
        assert len(getattr(part, "instead", ())) <= 400


def test_a_phrase_is_replaced_in_few_ways_however_much_it_holds() -> None:
    table = table_of([(f"A{letter}{letter}", name) for letter in "BCDEFGH" for name in ("một hai", "ba bốn")])
    (part,) = worded(parse('"' + "abb acc add aee aff agg ahh" + '"'), table).wanted
    assert isinstance(part, Words)
    assert len(part.instead) == VARIANTS
    assert all(each.why is Why.ABBREVIATION for each in part.instead)
