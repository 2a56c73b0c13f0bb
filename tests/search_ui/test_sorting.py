"""An answer stands by day when that is asked, on either engine, and may be leafed through to its end."""

import uuid
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from schemas.search import Filters, Tier
from search_ui.answer.plan import plan
from search_ui.answer.rank import Ranking, rank_by_day
from search_ui.document import index_document
from search_ui.index import Index
from search_ui.index.opensearch import OpenSearchIndex
from search_ui.index.tantivy import TantivyIndex
from search_ui.question.query import parse
from tests.builders import a_package, a_page_text, a_record_id
from tests.search_ui.answer.test_rank import RECORDS
from tests.search_ui.asking import ask, put

MANY = 10_450


def by_day(index: Index, text: str, *, oldest: bool, offset: int = 0, limit: int = 10) -> Ranking:
    with closing(index.reader()) as reader:
        planned = plan(parse(text), Filters())
        return rank_by_day(reader, planned, offset=offset, limit=limit, oldest=oldest)


def numbers(ranking: Ranking) -> list[int]:
    return [uuid.UUID(each.id).int & 0xFFFF for each in ranking.records]


def look_at(index: Index) -> None:
    assert numbers(by_day(index, "", oldest=False)) == [7, 4, 5, 3, 2, 1, 6]
    assert numbers(by_day(index, "", oldest=True)) == [1, 2, 3, 5, 4, 7, 6], "what has no day stands last"
    assert numbers(by_day(index, "van ban dien tu", oldest=False))[:2] == [2, 1]
    pages = [numbers(by_day(index, "dien tu so y te", oldest=True, offset=at, limit=2)) for at in range(0, 8, 2)]
    whole = by_day(index, "dien tu so y te", oldest=True)
    assert list(chain(*pages)) == numbers(whole)
    tiers = {each.id: each.tier for each in ask(index, "van ban dien tu").records}
    assert {each.id: each.tier for each in by_day(index, "van ban dien tu", oldest=True).records} == tiers
    assert Tier.TITLE_FOLDED in tiers.values() or Tier.TITLE_EXACT in tiers.values()


def leaf_to_the_end(index: Index) -> None:
    for oldest in (False, True):
        last = by_day(index, "bao cao", oldest=oldest, offset=MANY - 5, limit=20)
        assert (len(last.records), last.total) == (5, MANY)
    beyond = ask(index, "bao cao", offset=MANY - 5, limit=20)
    assert len(beyond.records) == 5


def fill(index: Index) -> None:
    made = index_document(a_package(1, subject="Báo cáo", date="2018-01-01"), (a_page_text("báo cáo"),))
    with index.writing():
        for start in range(0, MANY, 2_000):
            some = range(start + 1, min(MANY, start + 2_000) + 1)
            index.put(
                [replace(made, id=a_record_id(n), order=f"{n:08d}{a_record_id(n)}") for n in some],
                gone=(),
                position=start + 1,
            )


def test_by_day_on_the_embedded_engine(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    put(index, RECORDS)
    look_at(index)


def test_paging_goes_past_ten_thousand(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    fill(index)
    leaf_to_the_end(index)


@pytest.mark.slow
def test_a_cluster_does_the_same(opensearch_address: str) -> None:
    with closing(OpenSearch(opensearch_address, timeout=60)) as client:
        index = OpenSearchIndex(client, name="sorted")
        put(index, RECORDS)
        look_at(index)
        many = OpenSearchIndex(client, name="many")
        fill(many)
        leaf_to_the_end(many)
