"""The engine of a large archive answers as the embedded one does, and is rebuilt while it is read."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opensearchpy import OpenSearch

from schemas.errors import TryLaterError
from schemas.search import Filters
from search_ui.answer.candidates import CANDIDATES
from search_ui.answer.plan import Everything
from search_ui.document import index_document
from search_ui.index.opensearch import OpenSearchIndex
from search_ui.index.tantivy import TantivyIndex
from tests.builders import a_package, a_page_text, a_record_id
from tests.search_ui.answer.test_rank import RECORDS
from tests.search_ui.asking import ask, found, put
from tests.services import free_port

pytestmark = pytest.mark.slow
SYLLABLES = [
    "bán",
    "bản",
    "ban",
    "quyết",
    "quyet",
    "định",
    "dinh",
    "số",
    "15/CT-TTg",
    "nhà",
    "năm",
    "2012",
    "văn",
    "thư",
    "xã",
    "xa",
]


@pytest.fixture(scope="module")
def client(opensearch_address: str) -> Iterator[OpenSearch]:
    with closing(OpenSearch(opensearch_address, timeout=60)) as opened:
        yield opened


@pytest.fixture
def index(client: OpenSearch) -> OpenSearchIndex:
    """Give an index of its own."""
    return OpenSearchIndex(client, name=f"t{uuid.uuid4().hex}")


@pytest.fixture(scope="module")
def both(client: OpenSearch, tmp_path_factory: pytest.TempPathFactory) -> tuple[OpenSearchIndex, TantivyIndex]:
    """Give both engines with the same records, more of them than candidates."""
    records = [*RECORDS, *((a_package(n, subject=f"Kế hoạch {n % 7}", date=f"2014-01-{n % 28 + 1:02}"), ["kế hoạch năm"])
                           for n in range(100, 120 + CANDIDATES))]  # fmt: skip
    engines = OpenSearchIndex(client, name=f"t{uuid.uuid4().hex}"), TantivyIndex(tmp_path_factory.mktemp("index"))
    for engine in engines:
        put(engine, records)
    return engines


@pytest.mark.parametrize(
    "text",
    [
        "tăng cường sử dụng văn bản điện tử", "tang cuong su dung van ban dien tu", "15-ct/ttg", "qd 1695", "cv 1950 2013",
        "truong hop", "tỉ lệ", '"bán nhà"', "đôn đốc OR khen thưởng", '"văn bản điện tử" -thưởng', "bán", "", "ke hoach nam",
        "kế hoạch 3", "không có chữ nào như vậy",
    ],
)  # fmt: skip
def test_both_engines_give_the_same_answer(both: tuple[OpenSearchIndex, TantivyIndex], text: str) -> None:
    one, other = (ask(engine, text, limit=300) for engine in both)
    assert one == other


def test_both_engines_page_filter_and_count_alike(both: tuple[OpenSearchIndex, TantivyIndex]) -> None:
    narrow = Filters(types=("Quyết định", "Công văn"), date_from="2013-01-01", date_to="2018-12-31")
    one, other = (ask(engine, "nha OR sao OR thuong", filters=narrow) for engine in both)
    assert one == other
    assert one.total == 3
    for offset in (0, 10, CANDIDATES - 5, CANDIDATES + 5, 1_000):
        one, other = (ask(engine, "ke hoach", offset=offset) for engine in both)
        assert one == other


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_records_and_questions_are_answered_alike(
    client: OpenSearch, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    texts = st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=6).map(" ".join)
    made = data.draw(st.lists(st.tuples(texts, texts), min_size=1, max_size=12))
    records = [(a_package(n, subject=title), [body]) for n, (title, body) in enumerate(made, start=1)]
    engines = OpenSearchIndex(client, name=f"t{uuid.uuid4().hex}"), TantivyIndex(tmp_path_factory.mktemp("index"))
    for engine in engines:
        put(engine, records)
    for _ in range(5):
        question = data.draw(texts) + data.draw(st.sampled_from(["", " -bán", ' "quyết định"', " OR nha"]))
        assert ask(engines[0], question) == ask(engines[1], question)
    client.indices.delete(index=f"{engines[0].name}-v*")


def test_what_is_delivered_late_or_twice_does_no_harm(index: OpenSearchIndex) -> None:
    put(index, [(a_package(1, subject="Mới"), ["một"])], position=9)
    put(index, [(a_package(1, subject="Cũ"), ["một"])], position=4)
    put(index, [(a_package(1, subject="Mới"), ["một"])], position=9)
    with closing(index.reader()) as reader:
        assert (index.position, reader.position, reader.count(Everything())) == (9, 9, 1)
    assert found(index, "moi") == [1]
    assert found(index, "cu") == []


def test_what_is_gone_is_gone(index: OpenSearchIndex) -> None:
    put(index, [(a_package(n, subject=f"Văn bản {n}"), ["chung"]) for n in (1, 2)], position=2)
    with index.writing():
        index.put([], gone=[a_record_id(2), a_record_id(3)], position=3)
    assert found(index, "chung") == [1]


def test_readers_see_the_old_index_until_the_new_one_is_whole(index: OpenSearchIndex) -> None:
    put(index, [(a_package(1, subject="Cũ"), ["x"])], position=1)
    document = index_document(a_package(2, subject="Mới"), (a_page_text("x"),))
    with index.writing():
        index.clear()
        index.put([document], gone=(), position=5)
        assert found(OpenSearchIndex(index._client, name=index.name), "x") == [1]
        index.finish()
    assert (found(index, "x"), index.position) == ([2], 5)
    assert len(index._client.indices.get(index=f"{index.name}-v*")) == 1


def test_a_reader_is_one_moment(index: OpenSearchIndex) -> None:
    put(index, [(a_package(1, subject="Một"), ["x"])], position=1)
    with closing(index.reader()) as reader:
        put(index, [(a_package(2, subject="Hai"), ["x"])], position=2)
        assert reader.count(Everything()) == 1


def test_an_unknown_field_is_refused(index: OpenSearchIndex) -> None:
    put(index, [(a_package(1, subject="Một"), ["x"])])
    answer = index._client.index(index=f"{index.name}-write", body={"secret": 1}, params={"ignore": 400})
    assert answer["error"]["type"] == "strict_dynamic_mapping_exception"


def test_a_cluster_that_is_away_is_told(tmp_path: Path) -> None:
    away = OpenSearchIndex(OpenSearch(f"http://127.0.0.1:{free_port()}", max_retries=0))
    with pytest.raises(TryLaterError) as raised:
        away.reader()
    assert raised.value.code == "T023"
