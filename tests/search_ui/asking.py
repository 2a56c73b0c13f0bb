"""Short ways to fill an index with made records and to ask it."""

import uuid
from collections.abc import Sequence
from contextlib import closing

from schemas.packages import Package
from schemas.search import Filters
from search_ui.answer.plan import plan
from search_ui.answer.rank import Ranking, rank
from search_ui.document import index_document
from search_ui.index import Index
from search_ui.question.query import parse
from tests.builders import a_page_text


def put(index: Index, records: Sequence[tuple[Package, Sequence[str]]], *, position: int = 1) -> None:
    """Index records given as (package, texts of their pages)."""
    documents = [index_document(package, tuple(a_page_text(text) for text in texts)) for package, texts in records]
    with index.writing():
        index.put(documents, gone=(), position=position)


def ask(index: Index, text: str, *, filters: Filters | None = None, offset: int = 0, limit: int = 10) -> Ranking:
    query = parse(text)
    with closing(index.reader()) as reader:
        return rank(reader, query, plan(query, filters or Filters()), offset=offset, limit=limit)


def found(index: Index, text: str, *, filters: Filters | None = None, limit: int = 10) -> list[int]:
    """Give the numbers of the records found, best first."""
    return [uuid.UUID(each.id).int & 0xFFFF for each in ask(index, text, filters=filters, limit=limit).records]
