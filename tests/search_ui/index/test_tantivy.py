"""The traps of the embedded engine, each as a test."""

import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import TryLaterError
from schemas.identifiers import RecordId
from search_ui.answer.plan import Everything, Has
from search_ui.document import IndexDocument, index_document
from search_ui.index.fields import FACET_LIMIT, GIVEN, counted
from search_ui.index.tantivy import TantivyIndex
from search_ui.question.query import parse
from tests.builders import a_package, a_page_text, a_record_id
from tests.search_ui.asking import ask, found, put


@pytest.fixture
def index(tmp_path: Path) -> TantivyIndex:
    made = TantivyIndex(tmp_path / "index")
    put(made, [(a_package(n, subject=f"Văn bản {n}"), ["nội dung chung"]) for n in range(1, 6)], position=5)
    return made


def test_replacing_a_record_leaves_one_of_it(index: TantivyIndex) -> None:
    put(index, [(a_package(2, subject="Khác hẳn"), ["mới"])], position=6)
    assert index.reader().count(Everything()) == 5
    assert found(index, "khác hẳn") == [2]
    assert 2 not in found(index, "van ban")


def test_what_is_gone_is_gone_with_its_words(index: TantivyIndex) -> None:
    with index.writing():
        index.put([], gone=[a_record_id(3)], position=6)
    assert index.reader().count(Everything()) == 4
    assert 3 not in found(index, "noi dung")


def test_the_position_lives_in_the_commit_and_is_no_record(index: TantivyIndex) -> None:
    assert index.position == 5
    assert TantivyIndex(index.folder).position == 5
    assert index.reader().count(Everything()) == 5
    assert ask(index, "").total == 5
    assert index.reader().count(Has("id", "#position")) == 1


def test_statistics_count_living_records_only(index: TantivyIndex) -> None:
    before = index.reader().statistics(parse("noi bản").terms)
    assert (before.records, before.folded["noi"], before.exact["ban_r"]) == (5, 5, 5)
    for _ in range(3):
        put(index, [(a_package(1, subject="Không"), ["gì cả"])], position=6)
    after = index.reader().statistics(parse("noi bản").terms)
    assert (after.records, after.folded["noi"], after.exact["ban_r"]) == (5, 4, 4)
    assert after.mean_length == pytest.approx((4 * 3 + 2) / 5)


def test_an_act_that_fails_leaves_the_last_commit(index: TantivyIndex) -> None:
    document = index_document(a_package(9, subject="Dở dang"), (a_page_text("dở"),))
    unwritable = replace(document, id=a_record_id(10), tally="\ud800")
    with pytest.raises(UnicodeEncodeError), index.writing():
        index.put([document, unwritable], gone=[a_record_id(1)], position=6)
    assert index.position == 5
    with index.writing():
        index.put([], gone=(), position=6)
    assert found(index, "dở dang") == []
    assert index.reader().count(Everything()) == 5


def test_one_writes_the_other_waits_and_is_told(index: TantivyIndex) -> None:
    other = TantivyIndex(index.folder)
    with index.writing(), pytest.raises(TryLaterError), other.writing(seconds=0.3):
        pass
    with other.writing():
        pass


def test_a_reader_sees_what_another_has_written(index: TantivyIndex) -> None:
    other = TantivyIndex(index.folder)
    put(index, [(a_package(7, subject="Vừa tới"), [])], position=7)
    assert found(other, "vừa tới") == [7]
    assert other.position == 7


def test_what_is_made_anew_is_seen_at_once_and_holds_each_record_once(index: TantivyIndex) -> None:
    written = [index_document(a_package(n, subject=f"Mới {n}"), ()) for n in (1, 2, 2, 9)]
    with index.writing():
        index.clear()
        index.put(written[:2], gone=(), position=6)
        index.put(written[2:], gone=[a_record_id(1)], position=7)
        assert (index.reader().count(Everything()), index.position) == (5, 5)
        index.finish()
    assert sorted(found(index, "mới")) == [2, 9]
    assert (index.reader().count(Everything()), index.position) == (2, 7)


def test_an_index_made_anew_that_breaks_off_leaves_the_old_one(index: TantivyIndex) -> None:
    unwritable = replace(index_document(a_package(9, subject="Khẩn cấp"), ()), tally="\ud800")
    with pytest.raises(UnicodeEncodeError), index.writing():
        _clear_and_put(index, [index_document(a_package(8, subject="Khẩn cấp"), ())], [unwritable])
    assert (index.reader().count(Everything()), index.position) == (5, 5)
    put(index, [(a_package(7, subject="Sau đó"), [])], position=7)
    assert sorted(found(index, "văn bản")) == [1, 2, 3, 4, 5]
    assert (found(index, "khẩn cấp"), found(index, "sau đó")) == ([], [7])


def _clear_and_put(index: TantivyIndex, *several: list[IndexDocument]) -> None:
    index.clear()
    for documents in several:
        index.put(documents, gone=(), position=6)


@given(
    records=st.lists(
        st.tuples(st.sampled_from(["2012-01-02", "2012-01-03", ""]), st.sampled_from("0f"), st.uuids(version=4)),
        min_size=1,
        max_size=30,
        unique_by=lambda each: each[2],
    ),
    offset=st.integers(0, 10),
    limit=st.integers(1, 10),
    oldest=st.booleans(),
)
def test_the_newest_come_in_their_order_page_by_page(
    tmp_path_factory: pytest.TempPathFactory,
    *,
    records: list[tuple[str, str, uuid.UUID]],
    offset: int,
    limit: int,
    oldest: bool,
) -> None:
    """Ids that differ only behind the digits by which an engine sorts first are drawn too."""
    made = TantivyIndex(tmp_path_factory.mktemp("index"))
    documents = []
    for day, head, drawn in records:
        record = RecordId(head * 8 + "-" + head * 4 + str(drawn)[13:])
        documents.append(index_document(replace(a_package(1, date=day), record=record), ()))
    with made.writing():
        made.put(documents[:5], gone=(), position=1)
        made.put(documents[5:], gone=(), position=2)
    expected = sorted({each.order: each.id for each in documents}.items(), reverse=oldest)
    newest = made.reader().newest(Everything(), offset=offset, limit=limit, reverse=oldest)
    assert newest == [record for _, record in expected][offset : offset + limit]


def test_values_of_a_facet_that_are_as_frequent_as_one_left_out_are_not_shown() -> None:
    buckets = [{"key": f"{n:03}", "doc_count": 9 if n < 3 else 2} for n in range(GIVEN)]
    assert counted("file", buckets) == (("000", 9), ("001", 9), ("002", 9))
    assert len(counted("file", buckets[:-1])) == FACET_LIMIT


def test_writing_outside_of_writing_is_a_bug(index: TantivyIndex) -> None:
    with pytest.raises(RuntimeError):
        index.put([], gone=(), position=1)


def test_a_very_long_record_and_a_very_long_question_are_answered(index: TantivyIndex) -> None:
    put(index, [(a_package(8, subject="Dài"), ["từ ngữ dài " * 50_000, "x" * 100_000])], position=8)
    assert found(index, "từ ngữ dài")[0] == 8
    ask(index, " ".join(f"tu{n} ngữ" for n in range(5_000)))
