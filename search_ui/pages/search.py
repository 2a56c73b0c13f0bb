"""The search page: a question, its filters, one page of hits, and the links that narrow, widen, sort and leaf.

All of its state stands in the address. A link to a hit carries the list along (its trail), so that the page of a
record leads back to the list and on to the next record of it.
"""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from archive.access import RecordRow
from schemas.days import typed_day
from schemas.identifiers import RecordId
from schemas.search import Filters, Hit, Sort, Tier
from schemas.words import word
from search_ui import lending, shown
from search_ui.analyser import analyse
from search_ui.answer.find import OFFSET_MOST, Asked, Found, find
from search_ui.answer.marks import marked_html
from search_ui.pages.addresses import (
    LISTS,
    PAGE_MOST,
    PER_PAGE,
    VALUES_MOST,
    Arguments,
    address,
    page_number,
    per_page,
    record_link,
    state_of,
    trail_of,
)
from search_ui.pages.facets import chips, facets
from search_ui.question.query import LEAF_LIMIT, TEXT_LIMIT
from search_ui.reference.units import File, file_of, find_files
from search_ui.room import room

ROWS_MOST = 100_000  # of an answer that is taken home as CSV
SHEET_ROWS_MOST = 20_000  # as a workbook, which is whole before it is sent, so that the reader waits for it
FILES_SHOWN = 3  # hồ sơ above the hits

pages = Blueprint("search", __name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """One hit as the list shows it; `title` is escaped HTML. `first_partial` is the hit at which the partial ones begin."""

    hit: Hit
    readable: bool
    file: File | None
    title: str
    link: str
    page_links: tuple[tuple[int, str], ...]
    first_partial: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Hits under one heading: their hồ sơ, or what the heading says; "" for none."""

    file: File | None
    name: str
    hits: tuple[Listed, ...]


@pages.get("/")
def search() -> Response | str:
    """Show the search page; a question longer than is read is cut first, for every link of the page carries it on."""
    arguments = request.args
    if len(arguments.get("q", "")) > TEXT_LIMIT:
        return redirect(address("/", arguments, q=arguments["q"][:TEXT_LIMIT]))
    limit = per_page(arguments)
    pages_most = min(PAGE_MOST, OFFSET_MOST // limit)
    number = min(pages_most, page_number(arguments))
    asked, wrong = read_question(arguments)
    asked = replace(asked, offset=(number - 1) * limit, limit=limit)
    text = asked.text
    found = find(room().archive, room().index, asked, asker=lending.asker())
    answer = found.answer
    hits = _listed(found, asked, arguments)
    return render_template(
        "search.html",
        text=text,
        asked=bool(text.strip()),
        found=found,
        answer=answer,
        groups=_groups(hits, arguments),
        grouped=arguments.get("group") == "file",
        files=find_files(text, limit=FILES_SHOWN) if text.strip() and number == 1 else None,
        sort=asked.sort,
        sorts=tuple(Sort),
        per=limit,
        pers=PER_PAGE,
        state=state_of(arguments),
        list_query=urlencode(state_of(arguments), errors="replace"),
        rows_most=ROWS_MOST,
        sheet_rows_most=SHEET_ROWS_MOST,
        facets=facets(answer, arguments),
        chips=chips(arguments),
        names_off=not asked.names,
        wrong_dates=wrong,
        words_used=LEAF_LIMIT if sum(not token.number for token in analyse(text)) > LEAF_LIMIT else 0,
        date_from=arguments.get("from", ""),
        date_to=arguments.get("to", ""),
        kept=[(name, each) for name in LISTS for each in arguments.getlist(name)[:VALUES_MOST]],
        page=number,
        pages_total=min(pages_most, -(-answer.total // limit)),
    )


@pages.get("/ket-qua/<int:place>")
def step(place: int) -> Response:
    """Lead to the record at this place of the answer, to its first or last match; beyond the ends, to the list."""
    arguments, limit = request.args, per_page(request.args)
    back = arguments.get("h") == "last"
    start = max(0, place - limit) if back else place - 1
    asked = replace(read_question(arguments)[0], offset=start, limit=place - start if back else limit)
    answer = find(room().archive, room().index, asked, asker=lending.asker()).answer
    hits = list(enumerate(answer.hits, asked.offset + 1))
    if place < 1 or not hits:
        last = str(max(1, -(-answer.total // limit)))
        return redirect(address("/", MultiDict(state_of(arguments)), page=last))
    at, hit = hits[-1 if back else 0]
    trail = (*trail_of(arguments, at=at, total=answer.total), ("h", "last" if back else "first"))
    return redirect(record_link(hit.record, trail=trail))


def read_question(arguments: Arguments) -> tuple[Asked, tuple[str, ...]]:
    """Read the question of a list from an address, and the dates in it that could not be understood."""
    filters, wrong = read_filters(arguments)
    text = arguments.get("l", arguments.get("q", ""))[:TEXT_LIMIT]
    name = arguments.get("sort", "")
    sort = Sort(name) if name in set(Sort) else Sort.RELEVANCE
    names = arguments.get("names") != "off"
    return Asked(text=text, filters=filters, sort=sort, names=names, boxes=False), wrong


def read_filters(arguments: Arguments) -> tuple[Filters, tuple[str, ...]]:
    """Read the filters, and the dates that could not be understood."""
    typed = [arguments.get(name, "").strip()[:40] for name in ("from", "to")]
    days = [typed_day(text) for text in typed]
    wrong = tuple(text for text, day in zip(typed, days, strict=True) if text and day is None)
    lists = {name: tuple(arguments.getlist(name)[:VALUES_MOST]) for name in LISTS}
    years = tuple(
        int(year) for year in lists["year"] if year.isascii() and year.isdecimal() and len(year) <= len("2026")
    )
    return (
        Filters(
            types=lists["type"],
            issuers=lists["issuer"],
            signers=lists["signer"],
            fonds=lists["fonds"],
            files=lists["file"],
            years=years,
            date_from=days[0],
            date_to=days[1],
        ),
        wrong,
    )


def _listed(found: Found, asked: Asked, arguments: Arguments) -> list[Listed]:
    query, listed = found.query, list[Listed]()
    files: dict[RecordId, File | None] = {}
    for place, hit in enumerate(found.answer.hits, asked.offset):
        trail = trail_of(arguments, at=place + 1, total=found.answer.total)
        row = found.rows[hit.record]
        readable = lending.rung_of(row) >= lending.Rung.READ
        pages = hit.pages if readable else ()
        if row.file not in files:
            files[row.file] = file_of(row.file)
        listed.append(
            Listed(
                hit=hit if readable else replace(hit, pages=(), source=""),
                readable=readable,
                file=files[row.file],
                title=marked_html(title_of(row), query),
                link=record_link(hit.record, page=pages[0].page if pages else None, trail=trail),
                page_links=tuple((page.page, record_link(hit.record, page=page.page, trail=trail)) for page in pages),
                first_partial=hit.tier is Tier.SOME and found.full > 0 and place == found.full,
            )
        )
    return listed


def _groups(hits: list[Listed], arguments: Arguments) -> list[Group]:
    """Put the hits of one page under their hồ sơ where that is asked, and the bearers of a number under their offices.

    Groups come in the order of the best hit of each.
    """
    groups: dict[tuple[File | None, str], list[Listed]] = {}
    by_file = arguments.get("group") == "file"
    by_office = len({each.hit.issuer for each in hits if each.hit.tier is Tier.NUMBER}) > 1
    for each in hits:
        if by_file:
            groups.setdefault((each.file, ""), []).append(replace(each, first_partial=False))
        elif by_office and each.hit.tier is Tier.NUMBER:
            groups.setdefault((None, each.hit.issuer or word("ui-office-none", language())), []).append(each)
        else:
            groups.setdefault((None, word("ui-office-others", language()) if by_office else ""), []).append(each)
    return [Group(file, name, tuple(listed)) for (file, name), listed in groups.items()]


def title_of(row: RecordRow) -> str:
    """Give what a record is called in lists: its subject, to who may read it else its file name."""
    known = row.subject or (shown.file_name(row.source) if lending.rung_of(row) >= lending.Rung.READ else "")
    return known or word("ui-untitled", language())


def language() -> str:
    """Give the language of this request."""
    return str(g.language)
