"""Answers a question: asks the index for records, then the archive about each of them before it is shown.

The index only knows ids; every word, snippet and box that is shown comes from the archive, read now. A hit that the
archive no longer gives is left out.
"""

import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace

from archive import access
from archive.home import Archive
from schemas.description import Level
from schemas.errors import IntegrityError, NotFoundError
from schemas.identifiers import RecordId
from schemas.search import Answer, Filters, Hit, PageHit, Sort
from schemas.texts import PageText, read_pages
from search_ui.document import shown_type
from search_ui.index import FACETS, Index, Reader
from search_ui.marks import boxes, marked_pages, snippet
from search_ui.plan import plan
from search_ui.query import Query, parse
from search_ui.rank import Ranked, Ranking, rank, rank_by_day

LIMIT = 20
LIMIT_MOST = 1_000
RANKED_MOST = 20_000  # of a page of ids: leafing a long answer in small pages costs the square of its length
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
class Found:
    """An answer, and how many of its total answer in full; partial matches follow those."""

    answer: Answer
    full: int


def find(archive: Archive, index: Index, asked: Asked) -> Found:
    """Answer a question. Any text is a question; what is out of bounds is brought into them."""
    started = time.perf_counter()
    query = parse(asked.text)
    with closing(index.reader()) as reader:
        ranking = ranked_page(archive, reader, replace(asked, limit=min(asked.limit, LIMIT_MOST)))
    shown = (_hit(archive, ranked, query, boxed=asked.boxes) for ranked in ranking.records)
    hits = tuple(hit for hit in shown if hit is not None)
    return Found(answer=_answer(archive, asked, ranking, hits=hits, started=started), full=ranking.full)


def ranked_page(archive: Archive, reader: Reader, asked: Asked) -> Ranking:
    """Give one page of an answer as ids only: for exports and counts, which show no words."""
    query = parse(asked.text)
    planned = plan(query, _by_id(archive, asked.filters))
    offset, limit = min(max(asked.offset, 0), OFFSET_MOST), min(max(asked.limit, 0), RANKED_MOST)
    if asked.sort is Sort.RELEVANCE:
        return rank(reader, query, planned, offset=offset, limit=limit)
    return rank_by_day(reader, planned, offset=offset, limit=limit, oldest=asked.sort is Sort.OLDEST)


def fonds_code(archive: Archive, fonds: RecordId) -> str:
    """Give the code of a fonds; its id where the arrangement does not know it."""
    try:
        return access.arrangement(archive, fonds).code
    except NotFoundError:
        return fonds


def _answer(archive: Archive, asked: Asked, ranking: Ranking, *, hits: tuple[Hit, ...], started: float) -> Answer:
    facets = {name: ranking.facets.get(name, ()) for name in FACETS}
    facets["fonds"] = tuple((fonds_code(archive, RecordId(fonds)), count) for fonds, count in facets["fonds"])
    return Answer(
        query=asked.text,
        total=ranking.total,
        took_ms=round((time.perf_counter() - started) * 1000, 1),
        hits=hits,
        facets=facets,
        partial=ranking.total > 0 and ranking.full == 0,
    )


def _by_id(archive: Archive, filters: Filters) -> Filters:
    """Put ids in the place of fonds codes; an unknown code stays and matches nothing."""
    if not filters.fonds:
        return filters
    units = [unit for unit in access.arrangements(archive) if unit.level is Level.FONDS]
    ids = {unit.code.casefold(): unit.id for unit in units}
    return replace(filters, fonds=tuple(ids.get(code.casefold(), code) for code in filters.fonds))


def _hit(archive: Archive, ranked: Ranked, query: Query, *, boxed: bool) -> Hit | None:
    try:
        row = access.record(archive, RecordId(ranked.id))
    except NotFoundError:
        return None
    if row.state not in _SHOWN:
        return None
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
        pages=_page_hits(stored_pages(archive, row.id, boxed=boxed), query) if query.terms else (),
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
