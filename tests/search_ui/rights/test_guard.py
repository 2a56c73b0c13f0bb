"""Nobody learns of what is not for them: the guarded index against a naive oracle, and each channel that could leak."""

import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from schemas.access import ACCOUNTS, OPERATOR, AccessLevel, Grant, Limit, Permission, Reader, Rights, Rung, rank
from schemas.search import Filters
from search_ui.answer.plan import Everything, Has, plan
from search_ui.answer.rank import Ranking
from search_ui.answer.rank import rank as ranked
from search_ui.benches import leaks
from search_ui.document import Openness, index_document
from search_ui.index import Index
from search_ui.index.opensearch import OpenSearchIndex
from search_ui.index.tantivy import TantivyIndex
from search_ui.question.query import Query, parse
from search_ui.question.understand import understood
from search_ui.rights.guard import Guarded, scope
from tests.builders import a_package, a_page_text, a_record_id
from tests.search_ui.index.test_same_answers import WORST

TODAY = "2026-03-02"
LAN = Reader(account="lan", permissions=frozenset({Permission.READ}))
EVERYBODY = Grant(subject=ACCOUNTS, rung=Rung.DOWNLOAD, up_to=AccessLevel.AGENCY)
LIST_ONLY = Grant(subject=ACCOUNTS, rung=Rung.KNOW, up_to=AccessLevel.CONDITIONAL)
RIGHTS = Rights(grants=(EVERYBODY, LIST_ONLY))


@pytest.fixture
def index(tmp_path: Path) -> TantivyIndex:
    """Give an index with open, conditional and unpublished records (3, 2 and 2 of them)."""
    made = TantivyIndex(tmp_path / "index")
    levels = ["agency"] * 3 + ["conditional"] * 2 + ["unpublished"] * 2
    kinds = ["Công văn"] * 3 + ["Quyết định"] * 2 + ["Tuyệt mật"] * 2
    put(made, [(n, level, kind) for n, (level, kind) in enumerate(zip(levels, kinds, strict=True), 1)])
    return made


def put(index: Index, records: Sequence[tuple[int, str, str]], *, position: int = 1) -> None:
    documents = [
        index_document(
            a_package(n, subject="Kế hoạch đất đai", type=kind),
            (a_page_text("điều khoản bímật" if level != "agency" else "điều khoản chung"),),
            Openness(nodes=("fonds", "file", a_record_id(n)), level=rank(level), then=rank(level)),
        )
        for n, level, kind in records
    ]
    with index.writing():
        index.put(documents, gone=(), position=position)


def ask(
    index: Index, text: str | Query, *, reader: Reader = LAN, rights: Rights = RIGHTS, today: str = TODAY
) -> Ranking:
    inner, query = index.reader(), parse(text) if isinstance(text, str) else text
    with closing(Guarded(inner, scope(reader, rights, today=today, position=inner.position))) as guarded:
        return ranked(guarded, query, plan(query, Filters()), offset=0, limit=100)


def test_what_may_not_be_known_is_in_no_hit_no_count_and_no_facet(index: TantivyIndex) -> None:
    answer = ask(index, "kế hoạch")
    assert len(answer.records) == answer.total == answer.full == 5
    assert answer.facets["type"] == (("Công văn", 3), ("Quyết định", 2))
    assert sum(count for _, count in ask(index, "kế hoạch", reader=OPERATOR).facets["type"]) == 7


def test_a_word_of_a_text_that_may_not_be_read_finds_nothing(index: TantivyIndex) -> None:
    assert ask(index, "bímật").total == 0
    assert ask(index, "bímật", reader=OPERATOR).total == 4


def test_not_tells_nothing_of_a_text_that_may_not_be_read(index: TantivyIndex) -> None:
    assert ask(index, "kế hoạch -bímật").full == 5
    assert ask(index, "kế hoạch -bímật", reader=OPERATOR).full == 3


def test_an_empty_question_lists_what_may_be_known(index: TantivyIndex) -> None:
    assert ask(index, "").total == 5


def test_without_a_right_there_is_nothing(index: TantivyIndex) -> None:
    assert ask(index, "kế hoạch", reader=Reader()).total == 0
    assert ask(index, "kế hoạch", rights=Rights()).total == 0


def test_statistics_are_the_same_for_everybody_and_count_nothing_narrower_than_the_agency(index: TantivyIndex) -> None:
    terms = parse("bímật chung kế").terms
    found = []
    for reader in (LAN, OPERATOR, Reader()):
        inner = index.reader()
        guarded = Guarded(inner, scope(reader, RIGHTS, today=TODAY, position=inner.position))
        found.append(guarded.statistics(terms))
    assert found[0] == found[1] == found[2]
    assert found[0].records == 3
    assert found[0].folded["bimat"] == 0


def test_of_a_record_in_the_list_only_its_title_is_weighed(index: TantivyIndex) -> None:
    inner = index.reader()
    guarded = Guarded(inner, scope(LAN, RIGHTS, today=TODAY, position=inner.position))
    proposed = guarded.best(Everything(), ((Everything(), 1), (Has("body_folded", "bimat"), 7)), limit=10)
    assert {each.weight for each in proposed} == {1}
    listed = [each for each in proposed if each.id in {a_record_id(4), a_record_id(5)}]
    assert [(each.length, "bimat" in each.tally) for each in listed] == [(0, False)] * 2


def test_what_hidden_records_say_moves_no_answer(tmp_path: Path) -> None:
    answers = []
    for hidden in ("kế hoạch đất đai " * 30, "chẳng liên quan"):
        made = TantivyIndex(tmp_path / hidden[:3])
        documents = [
            index_document(
                a_package(n, subject=f"Kế hoạch {n}" if n < 6 else hidden),
                (a_page_text(f"kế hoạch {'đất ' * n}" if n < 6 else hidden),),
                Openness(nodes=("fonds", "file", a_record_id(n)), level=rank("agency" if n < 6 else "unpublished")),
            )
            for n in range(1, 10)
        ]
        with made.writing():
            made.put(documents, gone=(), position=1)
        answers.append([ask(made, text) for text in ("kế hoạch đất", "dat", "ke hoach", "", "đất -liên")])
    assert answers[0] == answers[1]


def test_a_limit_on_a_unit_holds_before_the_index_follows(index: TantivyIndex) -> None:
    closed = Rights(
        grants=RIGHTS.grants, limits={"file": Limit(node="file", level="unpublished")}, units=frozenset({"file"})
    )
    assert ask(index, "kế hoạch", rights=closed).total == 0


def test_a_record_whose_limit_the_index_has_not_followed_is_left_out(index: TantivyIndex) -> None:
    first = a_record_id(1)
    closed = replace(RIGHTS, limits={first: Limit(node=first, level="unpublished")}, changed={first: 1})
    assert first not in {each.id for each in ask(index, "kế hoạch", rights=closed).records}
    assert ask(index, "kế hoạch", rights=closed).total == 4


def test_a_level_that_cannot_be_read_is_found_by_nobody_but_the_operator(index: TantivyIndex) -> None:
    put(index, [(1, "dấu năm 1987", "Công văn")], position=2)
    everything = Rights(grants=(Grant(subject=ACCOUNTS, rung=Rung.DOWNLOAD, up_to=AccessLevel.UNPUBLISHED),))
    assert ask(index, "kế hoạch", rights=everything).total == 6
    assert ask(index, "kế hoạch", rights=everything, reader=OPERATOR).total == 7


def test_a_share_of_the_bench_finds_no_difference(tmp_path: Path) -> None:
    found = leaks.measure(TantivyIndex(tmp_path / "index"), pairs=240)
    assert (found["pairs"], found["by channel"]) == (240, {})


@pytest.mark.slow
def test_a_larger_share_finds_none_either(tmp_path: Path) -> None:
    assert leaks.measure(TantivyIndex(tmp_path / "index"), pairs=4_000, seed=7)["by channel"] == {}


@pytest.mark.slow
def test_the_engine_of_a_large_archive_keeps_the_same_silence(opensearch_address: str) -> None:
    with closing(OpenSearch(opensearch_address, timeout=60)) as client:
        index = OpenSearchIndex(client, name=f"t{uuid.uuid4().hex}")
        assert leaks.measure(index, pairs=360)["by channel"] == {}


def a_long_question(words: int) -> str:
    return " ".join(["kế hoạch đất đai", *(f"điều{n} khoản" for n in range(words // 2 - 2)), '"bản sao" OR -bán'])


@pytest.mark.slow
def test_long_questions_within_many_grants_are_not_too_much_for_a_cluster(
    opensearch_address: str, tmp_path: Path
) -> None:
    levels = list(AccessLevel)
    grants = tuple(
        Grant(subject=ACCOUNTS, rung=Rung.READ if n % 2 else Rung.KNOW, up_to=levels[n // 2 % 4], node=f"node-{n}")
        for n in range(500)
    )
    limits = {f"unit-{n}": Limit(node=f"unit-{n}", level=levels[n % 4]) for n in range(500)}
    changed = {f"record-{n}": 9 for n in range(500)}
    rights = Rights(grants=(*grants, *RIGHTS.grants), limits=limits, units=frozenset(limits), changed=changed)
    names = "ủy ban nhân dân Bộ Nông nghiệp và Môi trường Sở Y tế tỉnh Kiên Giang ubnd hđnd pccc về việc tăng cường"
    with closing(OpenSearch(opensearch_address, timeout=60)) as client:
        engines = OpenSearchIndex(client, name=f"t{uuid.uuid4().hex}"), TantivyIndex(tmp_path / "index")
        for engine in engines:
            put(engine, [(n, "agency" if n % 2 else "conditional", "Công văn") for n in range(1, 9)])
        for question in (*map(a_long_question, (6, 24, 40, 400)), f"{names} kế hoạch", names, *WORST):
            query = understood(question, tmp_path).query
            one, other = (ask(engine, query, rights=rights) for engine in engines)
            assert one == other
