"""Answers a question: asks the index for records, then the archive about each of them before it is shown.

The index only knows ids; every word, snippet and box that is shown comes from the archive, read now. A hit that the
archive no longer gives is left out.
"""

import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from archive import access, lending
from archive.home import Archive
from schemas.access import OPERATOR, Reader, Rung
from schemas.errors import IntegrityError, NotFoundError
from schemas.identifiers import RecordId
from schemas.search import Answer, Filters, Hit, PageHit, Sort, Tier
from schemas.texts import PageText
from search_ui.answer.candidates import Ranked
from search_ui.answer.marks import boxes, marked_pages, snippet
from search_ui.answer.plan import Both, OneOf, plan
from search_ui.answer.rank import Ranking, rank, rank_by_day
from search_ui.document import shown_type
from search_ui.index import FACETS, Index
from search_ui.question.codes import file_path, filters_by_id, fonds_code, query_by_id
from search_ui.question.query import Part, Query, Why, Words
from search_ui.question.spelling import FEW, mended, suggestion
from search_ui.question.understand import understood
from search_ui.rights.guard import Guarded, scope

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
    names: bool = True  # whether former and later names of agencies and places are searched for too
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
    """An answer, how many of its total answer in full (partial matches follow those), and the question as understood.

    `rows` are the catalogue's, of the hits, as they were read for this answer.
    """

    answer: Answer
    full: int
    query: Query
    rows: Mapping[RecordId, access.RecordRow]


def find(archive: Archive, index: Index, asked: Asked, *, asker: Asker) -> Found:
    """Answer a question as far as the asker may know. Any text is one; what is out of bounds is brought into them."""
    started = time.perf_counter()
    read = understood(asked.text, archive.settings.home, names=asked.names)
    query = query_by_id(archive, read.query)
    filters = filters_by_id(archive, asked.filters)
    with closing(guarded(archive, index, asker)) as reader:
        query, ranking = _ranked(reader, query, filters, replace(asked, limit=min(asked.limit, LIMIT_MOST)))
        few = ranking.full <= FEW and not asked.offset
        other = suggestion(read.plain, reader, plan(query, filters).within) if few else None
        names = _by_name(reader, query_by_id(archive, read.plain), query, filters, ranking) if read.names else {}
    lender = lending.Lender(archive, asker.reader, now=asker.now)
    rows = access.records(archive, [RecordId(ranked.id) for ranked in ranking.records])
    wanted = _Wanted(query=query, lender=lender, boxed=asked.boxes, names=names, rows=rows)
    shown = (_hit(archive, ranked, wanted) for ranked in ranking.records)
    hits = tuple(hit for hit in shown if hit is not None)
    answer = _answer(lender.places, asked, ranking, hits=hits)
    took = round((time.perf_counter() - started) * 1000, 1)
    answer = replace(answer, names=read.names, suggestion=other, took_ms=took)
    return Found(answer=answer, full=ranking.full, query=query, rows=rows)


def guarded(archive: Archive, index: Index, asker: Asker) -> Guarded:
    """Open the index as the asker may see it. Close it after use."""
    inner = index.reader()
    rights, today = lending.rights(archive), lending.vietnamese_day(asker.now)
    return Guarded(
        inner,
        scope(asker.reader, rights, today=today, position=inner.position, common_level=archive.settings.access_level),
    )


def ranked_page(archive: Archive, reader: Guarded, asked: Asked) -> Ranking:
    """Give one page of an answer as ids only: for exports and counts, which show no words."""
    read = understood(asked.text, archive.settings.home, names=asked.names)
    return _ranked(reader, query_by_id(archive, read.query), filters_by_id(archive, asked.filters), asked)[1]


def _ranked(reader: Guarded, query: Query, filters: Filters, asked: Asked) -> tuple[Query, Ranking]:
    """Answer the question; where nothing answers in full, with words that may have been typed wrongly."""
    within = plan(query, filters).within
    query = mended(query, reader, within, all_words=False)
    ranking = _sorted(reader, query, filters, asked)
    if ranking.full or not query.terms:
        return query, ranking
    other = mended(query, reader, within, all_words=True)
    return (query, ranking) if other == query else (other, _sorted(reader, other, filters, asked))


def _sorted(reader: Guarded, query: Query, filters: Filters, asked: Asked) -> Ranking:
    offset, limit = min(max(asked.offset, 0), OFFSET_MOST), min(max(asked.limit, 0), RANKED_MOST)
    planned = plan(query, filters)
    if asked.sort is Sort.RELEVANCE:
        return rank(reader, query, planned, offset=offset, limit=limit)
    return rank_by_day(reader, planned, offset=offset, limit=limit, oldest=asked.sort is Sort.OLDEST)


def _by_name(reader: Guarded, plain: Query, query: Query, filters: Filters, ranking: Ranking) -> dict[str, str]:
    """Say which records answer only by a former or a later name, and by which."""
    ids = tuple(each.id for each in ranking.records if each.tier is not Tier.SOME)
    found: dict[str, str] = {}
    for why, asked in ((Why.NEW, query), (Why.OLD, query.changed(partial(_only, Why.OLD))), (None, plain)):
        laid = plan(asked, filters)
        condition = Both((OneOf(ids), laid.whole, laid.within))
        for record in reader.newest(condition, offset=0, limit=len(ids)):
            found[record] = why or ""
    return {record: why for record, why in found.items() if why}


def _only(why: Why, part: Part) -> Part:
    """Take the other names out of a part, but those of one kind."""
    if not isinstance(part, Words):
        return part
    kept = tuple(each for each in part.instead if each.why is why or each.why not in (Why.OLD, Why.NEW))
    return replace(part, instead=kept)


def _answer(places: lending.Places, asked: Asked, ranking: Ranking, *, hits: tuple[Hit, ...]) -> Answer:
    facets = {name: ranking.facets.get(name, ()) for name in FACETS}
    places.gather([RecordId(unit) for name in ("fonds", "file") for unit, _ in facets[name]])
    facets["fonds"] = tuple((fonds_code(places, fonds), count) for fonds, count in facets["fonds"])
    facets["file"] = tuple((file_path(places, file), count) for file, count in facets["file"])
    return Answer(
        query=asked.text,
        total=ranking.total,
        took_ms=0.0,
        hits=hits,
        facets=facets,
        partial=ranking.total > 0 and ranking.full == 0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What hits are made for."""

    query: Query
    lender: lending.Lender
    boxed: bool
    names: dict[str, str]
    rows: Mapping[RecordId, access.RecordRow]


def _hit(archive: Archive, ranked: Ranked, wanted: _Wanted) -> Hit | None:
    """Give a hit as far as the asker may know of it now; None when it is gone, or when rights were taken meanwhile."""
    row = wanted.rows.get(RecordId(ranked.id))
    if row is None:
        return None
    rung = wanted.lender.rung(row)
    if row.state not in _SHOWN or rung is Rung.NONE:
        return None
    read = wanted.query.terms and rung >= Rung.READ
    return Hit(
        record=row.id,
        source=row.source,
        tier=ranked.tier,
        number=row.number,
        type=shown_type(row.type) if row.type else None,
        date=row.date,
        issuer=row.issuer,
        subject=row.subject,
        fonds=fonds_code(wanted.lender.places, row.fonds),
        name=wanted.names.get(ranked.id),
        pages=_page_hits(stored_pages(archive, row, boxed=wanted.boxed), wanted.query) if read else (),
    )


def stored_pages(archive: Archive, row: access.RecordRow, *, boxed: bool = True) -> tuple[PageText, ...]:
    """Give the pages of a record; none when its stored text is damaged, which `verify` tells.

    Without boxes only the text is read: a list of hits needs no more, and the words are ten times the size.
    """
    try:
        return access.pages(archive, row.id) if boxed else access.texts(archive, row)
    except (NotFoundError, IntegrityError):
        return ()


def _page_hits(pages: Iterable[PageText], query: Query) -> tuple[PageHit, ...]:
    numbered = [(number, page) for number, page in enumerate(pages, 1) if number <= _PAGES_READ]
    marked = sorted(marked_pages(numbered, query), key=lambda each: (-each.words, each.page))[:PAGES_SHOWN]
    return tuple(
        PageHit(page=each.page, snippet=snippet(each.text.text, each.spans), boxes=boxes(each.text, each.spans))
        for each in sorted(marked, key=lambda each: each.page)
    )
