"""Đọc hồ sơ: all pages of all records of a hồ sơ, leafed through in order as one volume, and searched as one.

Pages that the reader may not see keep their number in the volume and say so; nothing of them is read or searched.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from archive import access
from schemas.description import Box, Level
from schemas.identifiers import RecordId
from schemas.search import Filters
from search_ui import lending
from search_ui.answer.find import stored_pages
from search_ui.answer.marks import Marked, boxes, full_html, marked_pages, snippet
from search_ui.answer.plan import AnyOf, Both, OneOf, plan
from search_ui.pages.addresses import address
from search_ui.pages.seen import Shown, current_hit, moved, shape_of, text_start
from search_ui.pages.units import Bound, bound, known
from search_ui.question.query import TEXT_LIMIT, Query
from search_ui.question.understand import understood
from search_ui.room import room

LOOKED_INTO = 60  # records of a volume whose text is read for one question
HITS_LISTED = 200
_THUMBNAILS = 30  # pages before and after the one that is looked at
_ZOOMS = ("1", "2", "3")

pages = Blueprint("volume", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The pages of one record of the volume that show words of the question."""

    bound: Bound
    marked: tuple[Marked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """The page that is looked at: its record, its number there, its marks and its text."""

    bound: Bound
    page: int
    hits: tuple[Shown, ...]
    text: Markup
    text_start: Box | None
    shape: tuple[int, int]


@pages.get("/ho-so/<wanted>/doc")
def begin(wanted: str) -> Response:
    """Open the volume at its beginning."""
    return redirect(_link(known(wanted, Level.FILE).id, 1))


@pages.get("/ho-so/<wanted>/doc/<int:page>")
def leaf_through(wanted: str, page: int) -> Response | str:
    """Show one page of the volume, its mục lục, and where the words asked for stand."""
    unit = known(wanted, Level.FILE)
    whole = bound(unit.id)
    start = next((each for each in whole if each.row.id == request.args.get("tl") and each.pages), None)
    if start is not None:
        return redirect(_link(unit.id, start.first, tl=""))
    at = next((each for each in whole if each.pages and each.first <= page <= each.last), None)
    if at is None:
        abort(404)
    query = understood(request.args.get("q", "")[:TEXT_LIMIT], room().settings.home).query
    found = _find(whole, query) if query.alternatives else ()
    hits = tuple(chain.from_iterable(_hits(each) for each in found))
    current, zoom = current_hit(hits, page), request.args.get("z", "1")
    return render_template(
        "volume.html",
        unit=unit,
        whole=whole,
        total=sum(each.pages for each in whole),
        page=page,
        leaf=_leaf(at, page, query),
        text=query.text,
        zoom=zoom if zoom in _ZOOMS else "1",
        zooms=_ZOOMS,
        counts={each.bound.place: sum(len(one.spans) for one in each.marked) for each in found},
        on_pages={each.bound.first + one.page - 1: len(one.spans) for each in found for one in each.marked},
        **_found(unit.id, found, hits, current=current, page=page),
        thumbnails=_thumbnails(whole, page),
        link=lambda number: _link(unit.id, number),
    )


def _found(unit: RecordId, found: tuple[Found, ...], hits: tuple[Shown, ...], *, current: int | None, page: int) -> Any:
    """Give what the page says of the matches: how many, the current one, those beside it, a list of them."""
    here = current if current is not None else sum(hit.page < page for hit in hits) + 0.5
    beside = {
        "previous": max((number for number in range(1, len(hits) + 1) if number < here), default=None),
        "next": min((number for number in range(1, len(hits) + 1) if number > here), default=None),
    }
    listed = [
        (each.bound.first + one.page - 1, each.bound, Markup(snippet(one.text.text, one.spans)))  # noqa: S704 - escaped
        for each in found
        for one in each.marked
    ]
    return {
        "current": current,
        "first_shown": next((number for number, hit in enumerate(hits, 1) if hit.page == page), 1),
        "hits_total": len(hits),
        "hit_links": {
            name: f"{_link(unit, hits[number - 1].page, h=str(number))}#h{number}"
            for name, number in beside.items()
            if number is not None
        },
        "listed": listed[:HITS_LISTED],
        "cut": len(found) == LOOKED_INTO,
    }


def _find(whole: tuple[Bound, ...], query: Query) -> tuple[Found, ...]:
    """Ask the index which records of the volume answer, all words before some, and mark their pages."""
    readable = {each.row.id: each for each in whole if each.readable and each.pages}
    planned = plan(query, Filters())
    among = OneOf(tuple(readable))
    with closing(lending.reading()) as reader:
        condition = Both((AnyOf(tuple(each for _, each in planned.full)), among))
        if not reader.count(condition):
            condition = Both((planned.loose, among))
        answering = set(reader.newest(condition, offset=0, limit=len(readable)))
    wanted = [each for each in readable.values() if each.row.id in answering][:LOOKED_INTO]
    return tuple(Found(bound=each, marked=_marked(each, query, boxed=False)) for each in wanted)


def _marked(each: Bound, query: Query, *, boxed: bool) -> tuple[Marked, ...]:
    pages_read = stored_pages(room().archive, each.row, boxed=boxed)[: each.pages]
    return marked_pages(list(enumerate(pages_read, 1)), query)


def _hits(found: Found) -> list[Shown]:
    return [Shown(found.bound.first + each.page - 1, ()) for each in found.marked for _ in each.spans]


def _leaf(at: Bound, page: int, query: Query) -> Leaf | None:
    """Gather the page that is looked at; None when the reader may not see it."""
    if not at.readable:
        return None
    number = page - at.first + 1
    texts = stored_pages(room().archive, at.row)
    marked = marked_pages(list(enumerate(texts, 1)), query) if query.alternatives else ()
    one = next((each for each in marked if each.page == number), None)
    spans: Sequence[tuple[int, int]] = one.spans if one else ()
    text = texts[number - 1].text if number <= len(texts) else ""
    return Leaf(
        bound=at,
        page=number,
        hits=tuple(Shown(page, boxes(one.text, [span])) for span in spans) if one else (),
        text=Markup(full_html(text.strip("\n"), moved(text, spans))),  # noqa: S704 - escaped
        text_start=text_start(texts, number),
        shape=shape_of(access.package(room().archive, at.row.id), number),
    )


def _thumbnails(whole: tuple[Bound, ...], page: int) -> list[tuple[int, Bound, int]]:
    """Give the pages about the one that is looked at: number in the volume, record, number there."""
    around = range(page - _THUMBNAILS, page + _THUMBNAILS + 1)
    return [
        (each.first + number, each, number + 1)
        for each in whole
        for number in range(each.pages)
        if each.first + number in around
    ]


def _link(unit: RecordId, page: int, **changes: str) -> str:
    return address(f"/ho-so/{unit}/doc/{page}", request.args, **{"h": "", "lang": "", **changes})
