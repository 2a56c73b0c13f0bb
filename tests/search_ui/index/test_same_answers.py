"""Two engines, one answer: our expectations and random questions, on a real OpenSearch node and the embedded index."""

import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opensearchpy import OpenSearch

from search_ui.index.opensearch import OpenSearchIndex
from search_ui.index.tantivy import TantivyIndex
from tests.builders import a_package
from tests.search_ui.asking import put
from tests.search_ui.expected import answer, expectations, faults, fill

pytestmark = pytest.mark.slow
Engines = tuple[OpenSearchIndex, TantivyIndex]
WORDS = [
    "bán", "bản", "ban", "quyết", "định", "quyet dinh", "số", "15/CT-TTg", "1695", "nhà", "năm", "2012", "xã", "hợp tác xã",
    "UBND", "ủy ban nhân dân", "Kiên Giang", "An Giang", "Sở Y tế",
]  # fmt: skip
FIELDS = [
    "số:15", "so:1695", 'loại:"Quyết định"', "loai:ct", 'cơ quan:"Sở Y tế"', "coquan:ubnd", "nguoiky:an", "năm:2012", "nam:2010..2013",
    "từ:2011", "đến:3/2012", "-năm:2012", "NOT loại:qd", "bann~", "khongcotu",
]  # fmt: skip


@pytest.fixture(scope="module")
def client(opensearch_address: str) -> Iterator[OpenSearch]:
    with closing(OpenSearch(opensearch_address, timeout=60)) as opened:
        yield opened


@pytest.fixture(scope="module")
def both(client: OpenSearch, tmp_path_factory: pytest.TempPathFactory) -> Engines:
    engines = OpenSearchIndex(client, name=f"t{uuid.uuid4().hex}"), TantivyIndex(tmp_path_factory.mktemp("index"))
    for engine in engines:
        fill(engine)
    return engines


def test_every_expectation_holds_on_both_engines_with_the_same_answer(both: Engines) -> None:
    wrong = []
    for each in expectations():
        one, other = (answer(engine, each.question) for engine in both)
        if one != other or faults(each, one):
            wrong.append((each.question, faults(each, one), one == other))
    assert not wrong


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_random_records_and_questions_with_fields_are_answered_alike(
    client: OpenSearch, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
    day = st.sampled_from(["", "2010-05-06", "2011-01-01", "2012-03-31", "2012-12-31"])
    kind = st.sampled_from(["", "Quyết định", "QUYẾT ĐỊNH", "Chỉ thị"])
    number = st.sampled_from(["", "15/CT-TTg", "1695/QĐ-SYT", "1695/QĐ-UBND"])
    office = st.sampled_from(["", "Sở Y tế", "UBND tỉnh Kiên Giang", "Ủy ban nhân dân tỉnh An Giang"])
    records = [
        (
            a_package(n, subject=title, date=date, type=type_, number=mark, issuer=issuer, signer="Nguyễn An"),
            [body],
        )
        for n, (title, body, date, type_, mark, issuer) in enumerate(
            data.draw(st.lists(st.tuples(texts, texts, day, kind, number, office), min_size=1, max_size=12)), start=1
        )
    ]
    engines = OpenSearchIndex(client, name=f"t{uuid.uuid4().hex}"), TantivyIndex(tmp_path_factory.mktemp("index"))
    for engine in engines:
        put(engine, records)
    pieces = st.lists(st.sampled_from([*WORDS, *FIELDS, "OR", "-bán", '"quyết định"']), min_size=1, max_size=6)
    for question in data.draw(st.lists(pieces.map(" ".join), min_size=6, max_size=6)):
        assert answer(engines[0], question) == answer(engines[1], question)
    client.indices.delete(index=f"{engines[0].name}-v*")


WORST = [
    " ".join(f"tu{number}" for number in range(10_000)),
    " ".join(
        ["ủy ban nhân dân", "Bộ Nông nghiệp và Môi trường", "Bộ Văn hóa, Thể thao và Du lịch", "ubnd", "hđnd", "pccc"]
        * 20
    ),
    '"' + "tăng cường sử dụng văn bản " * 200 + '"',
    " OR ".join(f"bán {number}" for number in range(500)),
    " ".join(f"-bán{number}" for number in range(500)),
    " ".join(f"năm:{number} loại:qd" for number in range(1000, 2000)),
    " ".join(f"{number}/QĐ-UBND" for number in range(500)),
    "-".join(["15", *("QĐ" for _ in range(3_000))]),
    "nghieem~ quyettt~ truongg~ phuongg~ " * 50,
    "* ? ~ ^ ( ) [ ] { } \\ / : && || ! " * 300,
    "(" * 5_000 + "văn" + ")" * 5_000,
]


@pytest.mark.parametrize("text", WORST, ids=range(len(WORST)))
def test_no_question_is_too_much_for_either_engine(both: Engines, text: str) -> None:
    assert answer(both[0], text) == answer(both[1], text)


def test_an_index_of_an_older_schema_is_made_anew(client: OpenSearch) -> None:
    name = f"t{uuid.uuid4().hex}"
    client.indices.create(index=f"{name}-v1-a1-000001", body={"aliases": {f"{name}-read": {}, f"{name}-write": {}}})
    index = OpenSearchIndex(client, name=name)
    assert index.position == 0
    fill(index)
    assert answer(index, "15/CT-TTg").total
    assert len(client.indices.get(index=f"{name}-v*")) == 1
