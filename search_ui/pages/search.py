"""The search page: a question, its filters, one page of hits, and the links that narrow, widen, sort and leaf.

All of its state stands in the address. A link to a hit carries the list along (its trail), so that the page of a
record leads back to the list and on to the next record of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from archive.access import RecordRow
from schemas.days import typed_day
from schemas.identifiers import RecordId
from schemas.search import Answer, Filters, Hit, Sort, Tier
from schemas.words import word
from search_ui import lending, shown
from search_ui.answer.find import LIMIT, OFFSET_MOST, Asked, Found, find
from search_ui.answer.marks import marked_html
from search_ui.document import shown_type
from search_ui.question.query import TEXT_LIMIT
from search_ui.reference.units import File, file_of, find_files
from search_ui.room import room

PAGE_MOST = 50_000
_VALUES_MOST = 50  # of one filter
_LISTS = ("type", "issuer", "signer", "fonds", "file", "year")
PER_PAGE = (LIMIT, 50, 100)
ROWS_MOST = 100_000  # of an answer that is taken home as CSV
SHEET_ROWS_MOST = 20_000  # as a workbook, which is whole before it is sent, so that the reader waits for it
FILES_SHOWN = 3  # hồ sơ above the hits
_OF_THE_PAGE = frozenset({"page", "lang", "at", "of", "h", "z", "l", "beside"})  # what does not belong to the list
Trail = tuple[tuple[str, str], ...]

pages = Blueprint("search", __name__)
Arguments = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, its count, the link that sets or takes it away."""

    value: str
    count: int
    chosen: bool
    link: str


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


@pages.get("/")
def search() -> str:
    """Show the search page."""
    arguments = request.args
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
        groups=_grouped(hits) if arguments.get("group") == "file" else [(None, hits)],
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
        facets=_facets(answer, arguments),
        chips=_chips(arguments),
        names_off=not asked.names,
        wrong_dates=wrong,
        date_from=arguments.get("from", ""),
        date_to=arguments.get("to", ""),
        kept=[(name, each) for name in _LISTS for each in arguments.getlist(name)[:_VALUES_MOST]],
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


def state_of(arguments: Arguments) -> Trail:
    """Give what makes the list what it is: question, filters, order; without the page that is looked at."""
    pairs = {name: arguments.getlist(name)[:_VALUES_MOST] for name in arguments if name not in _OF_THE_PAGE}
    if "l" in arguments:
        pairs["q"] = [arguments["l"]]
    first = [("q", each) for each in pairs.pop("q", [])]
    return (*first, *((name, each) for name, values in pairs.items() for each in values if each))


def trail_of(arguments: Arguments, *, at: int, total: int) -> Trail:
    """Give what a link to a hit carries of its list: the list, the hit's place in it, how long it is."""
    return (*state_of(arguments), ("at", str(at)), ("of", str(total)))


def per_page(arguments: Arguments) -> int:
    """Read how many hits a page shows."""
    return next((each for each in PER_PAGE if str(each) == arguments.get("per")), LIMIT)


def page_number(arguments: Arguments) -> int:
    """Read the number of the page of results; what is none is 1."""
    text = arguments.get("page", "1")
    return min(PAGE_MOST, max(1, int(text))) if text.isascii() and text.isdecimal() and len(text) <= len("50000") else 1


def read_filters(arguments: Arguments) -> tuple[Filters, tuple[str, ...]]:
    """Read the filters, and the dates that could not be understood."""
    typed = [arguments.get(name, "").strip()[:40] for name in ("from", "to")]
    days = [typed_day(text) for text in typed]
    wrong = tuple(text for text, day in zip(typed, days, strict=True) if text and day is None)
    lists = {name: tuple(arguments.getlist(name)[:_VALUES_MOST]) for name in _LISTS}
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


def address(path: str, arguments: Arguments, **changes: str | Iterable[str]) -> str:
    """Give an address with some parameters changed; empty ones are left out, lone surrogates replaced."""
    pairs: list[tuple[str, str]] = []
    for name in dict.fromkeys([*arguments, *changes]):
        values = changes.get(name, arguments.getlist(name))
        pairs += [(name, each) for each in ([values] if isinstance(values, str) else values) if each]
    query = urlencode(pairs, errors="replace")
    path = quote(path, errors="replace")
    return f"{path}?{query}" if query else path


def record_link(record: str, *, page: int | None = None, trail: Trail = ()) -> str:
    """Give the address of a record, at a page, with its list carried along."""
    path = f"/v/{record}/tr/{page}" if page else f"/v/{record}"
    return f"{path}?{urlencode(trail, errors='replace')}" if trail else path


def _listed(found: Found, asked: Asked, arguments: Arguments) -> list[Listed]:
    query, listed = found.query, list[Listed]()
    files: dict[RecordId, File | None] = {}
    for place, hit in enumerate(found.answer.hits, asked.offset):
        trail = trail_of(arguments, at=place + 1, total=found.answer.total)
        row = lending.lent(hit.record, lending.Rung.KNOW)
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


def _grouped(hits: list[Listed]) -> list[tuple[File | None, list[Listed]]]:
    """Put the hits of one page under their hồ sơ, in the order of the best hit of each."""
    groups: dict[File | None, list[Listed]] = {}
    for each in hits:
        groups.setdefault(each.file, []).append(each)
    return [(file, [replace(each, first_partial=False) for each in listed]) for file, listed in groups.items()]


def _facets(answer: Answer, arguments: Arguments) -> list[tuple[str, list[Choice]]]:
    return [(name, _choices(name, answer.facets.get(name, ()), arguments)) for name in _LISTS]


def _choices(name: str, counted: Iterable[tuple[str, int]], arguments: Arguments) -> list[Choice]:
    chosen = {_compared(name, each) for each in arguments.getlist(name)}
    if name == "year":
        counted = sorted(counted, reverse=True)
    return [
        Choice(value, count, _compared(name, value) in chosen, _toggled(name, value, arguments))
        for value, count in counted
    ]


def _chips(arguments: Arguments) -> list[tuple[str, str, str]]:
    """Give the filters in force: name, value, the link that takes it away."""
    lists = [(name, each) for name in _LISTS for each in dict.fromkeys(arguments.getlist(name)[:_VALUES_MOST]) if each]
    chips = [(name, each, _toggled(name, each, arguments)) for name, each in lists]
    dates = [(name, arguments.get(name, "").strip()) for name in ("from", "to")]
    return chips + [(name, each, address("/", arguments, **{name: "", "page": ""})) for name, each in dates if each]


def _toggled(name: str, value: str, arguments: Arguments) -> str:
    now = arguments.getlist(name)
    others = [each for each in now if _compared(name, each) != _compared(name, value)]
    changes: dict[str, str | list[str]] = {name: others if len(others) < len(now) else [*now, value], "page": ""}
    return address("/", arguments, **changes)


def _compared(name: str, value: str) -> str:
    return shown_type(value) if name == "type" else value


def title_of(row: RecordRow) -> str:
    """Give what a record is called in lists: its subject, to who may read it else its file name."""
    known = row.subject or (shown.file_name(row.source) if lending.rung_of(row) >= lending.Rung.READ else "")
    return known or word("ui-untitled", language())


def language() -> str:
    """Give the language of this request."""
    return str(g.language)
