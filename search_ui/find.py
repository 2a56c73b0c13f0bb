"""Answers a question: asks the index for records, then the archive about each of them before it is shown.

The index only knows ids; every word, snippet and box that is shown comes from the archive, read now. A hit that the
archive no longer gives is left out.
"""

import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from archive import access, lending
from archive.home import Archive
from schemas.access import OPERATOR, Reader, Rung
from schemas.errors import IntegrityError, NotFoundError
from schemas.identifiers import RecordId
from schemas.search import Answer, Filters, Hit, PageHit, Sort
from schemas.texts import PageText, read_pages
from search_ui.codes import file_path, filters_by_id, fonds_code, query_by_id
from search_ui.document import shown_type
from search_ui.index import FACETS, Index
from search_ui.marks import boxes, marked_pages, snippet
from search_ui.plan import plan
from search_ui.query import Query, parse
from search_ui.rank import Ranked, Ranking, rank, rank_by_day
from search_ui.rights.guard import Guarded, scope

LIMIT = 20
LIMIT_MOST = 1_000
OFFSET_MOST = 1_000_000
PAGES_SHOWN = 5  # pages of one record shown in a list, those with most words of the question
_SHOWN = frozenset({"archived", "review"})  # a record whose metadata cannot be read is shown to nobody
_PAGES_READ = 400  # pages of one record looked through for a list; its own page looks through all


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it comes from a page or a command. Fonds are named by code."""

    text: str
    filters: Filters = field(default_factory=Filters)
    offset: int = 0
    limit: int = LIMIT
    sort: Sort = Sort.RELEVANCE
    boxes: bool = True  # whether hits say where on the page their words stand; without, they come sooner


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and when: rights begin and end with the Vietnamese day."""

    reader: Reader
    now: datetime


def operator() -> Asker:
    """Give the operator of the home, who asks now."""
    return Asker(reader=OPERATOR, now=datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An answer, and how many of its total answer in full; partial matches follow those."""

    answer: Answer
    full: int


def find(archive: Archive, index: Index, asked: Asked, *, asker: Asker) -> Found:
    """Answer a question as far as the asker may know. Any text is one; what is out of bounds is brought into them."""
    started = time.perf_counter()
    query = query_by_id(archive, parse(asked.text))
    with closing(guarded(archive, index, asker)) as reader:
        ranking = ranked_page(archive, reader, asked)
    shown = (_hit(archive, ranked, query, asker, boxed=asked.boxes) for ranked in ranking.records)
    hits = tuple(hit for hit in shown if hit is not None)
    return Found(answer=_answer(archive, asked, ranking, hits=hits, started=started), full=ranking.full)


def guarded(archive: Archive, index: Index, asker: Asker) -> Guarded:
    """Open the index as the asker may see it. Close it after use."""
    inner = index.reader()
    rights, today = lending.rights(archive), lending.vietnamese_day(asker.now)
    return Guarded(inner, scope(asker.reader, rights, today=today, position=inner.position))


def ranked_page(archive: Archive, reader: Guarded, asked: Asked) -> Ranking:
    """Give one page of an answer as ids only: for exports and counts, which show no words."""
    query = query_by_id(archive, parse(asked.text))
    planned = plan(query, filters_by_id(archive, asked.filters))
    offset, limit = min(max(asked.offset, 0), OFFSET_MOST), min(max(asked.limit, 0), LIMIT_MOST)
    if asked.sort is Sort.RELEVANCE:
        return rank(reader, query, planned, offset=offset, limit=limit)
    return rank_by_day(reader, planned, offset=offset, limit=limit, oldest=asked.sort is Sort.OLDEST)


def _answer(archive: Archive, asked: Asked, ranking: Ranking, *, hits: tuple[Hit, ...], started: float) -> Answer:
    facets = {name: ranking.facets.get(name, ()) for name in FACETS}
    facets["fonds"] = tuple((fonds_code(archive, fonds), count) for fonds, count in facets["fonds"])
    facets["file"] = tuple((file_path(archive, file), count) for file, count in facets["file"])
    return Answer(
        query=asked.text,
        total=ranking.total,
        took_ms=round((time.perf_counter() - started) * 1000, 1),
        hits=hits,
        facets=facets,
        partial=ranking.total > 0 and ranking.full == 0,
    )


def _hit(archive: Archive, ranked: Ranked, query: Query, asker: Asker, *, boxed: bool) -> Hit | None:
    """Give a hit as far as the asker may know of it now; None when it is gone, or when rights were taken meanwhile."""
    try:
        row = access.record(archive, RecordId(ranked.id))
    except NotFoundError:
        return None
    rung = lending.rung_of_record(archive, asker.reader, row, now=asker.now)
    if row.state not in _SHOWN or rung is Rung.NONE:
        return None
    wanted = query.terms and rung >= Rung.READ
    return Hit(
        record=row.id,
        source=row.source,
        tier=ranked.tier,
        number=row.number,
        type=shown_type(row.type) if row.type else None,
        date=row.date,
        issuer=row.issuer,
        subject=row.subject,
        fonds=fonds_code(archive, row.fonds),
        pages=_page_hits(stored_pages(archive, row.id, boxed=boxed), query) if wanted else (),
    )


def stored_pages(archive: Archive, record: RecordId, *, boxed: bool = True) -> tuple[PageText, ...]:
    """Give the pages of a record; none when its stored text is damaged, which `verify` tells.

    Without boxes only the text is read: a list of hits needs no more, and the words are ten times the size.
    """
    try:
        return access.pages(archive, record) if boxed else _texts(archive, record)
    except (NotFoundError, IntegrityError):
        return ()


def _texts(archive: Archive, record: RecordId) -> tuple[PageText, ...]:
    run = access.package(archive, record).text_run
    if run is None:
        return ()
    with access.open_file(archive, record, f"text/{run}/text.txt") as stream:
        return read_pages(stream.read(), None)


def _page_hits(pages: Iterable[PageText], query: Query) -> tuple[PageHit, ...]:
    numbered = [(number, page) for number, page in enumerate(pages, 1) if number <= _PAGES_READ]
    marked = sorted(marked_pages(numbered, query), key=lambda each: (-each.words, each.page))[:PAGES_SHOWN]
    return tuple(
        PageHit(page=each.page, snippet=snippet(each.text.text, each.spans), boxes=boxes(each.text, each.spans))
        for each in sorted(marked, key=lambda each: each.page)
    )
