"""The search page: a question, its filters, one page of hits, and the links that narrow, widen and leaf."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Blueprint, g, render_template, request
from werkzeug.datastructures import MultiDict

from schemas.days import typed_day
from schemas.search import Answer, Filters, Hit, Tier
from search_ui.document import shown_type
from search_ui.find import LIMIT, Asked, Found, find
from search_ui.marks import marked_html
from search_ui.query import TEXT_LIMIT
from search_ui.room import room

FACET_SHOWN = 8  # values of a facet before "more"
PAGE_MOST = 50_000
_VALUES_MOST = 50  # of one filter
_LISTS = ("type", "issuer", "signer", "fonds", "file", "year")

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
    title: str
    link: str
    page_links: tuple[tuple[int, str], ...]
    first_partial: bool


@pages.get("/")
def search() -> str:
    """Show the search page."""
    arguments = request.args
    text = arguments.get("q", "")[:TEXT_LIMIT]
    number = page_number(arguments)
    filters, wrong = read_filters(arguments)
    here = room()
    names = arguments.get("names") != "off"
    asked = Asked(text=text, filters=filters, offset=(number - 1) * LIMIT, names=names, boxes=False)
    found = find(here.archive, here.index, asked)
    answer = found.answer
    return render_template(
        "search.html",
        text=text,
        asked=bool(text.strip()),
        found=found,
        answer=answer,
        hits=_listed(found, text, offset=(number - 1) * LIMIT),
        facets=_facets(answer, arguments),
        chips=_chips(arguments),
        names_off=not names,
        wrong_dates=wrong,
        date_from=arguments.get("from", ""),
        date_to=arguments.get("to", ""),
        kept=[(name, each) for name in _LISTS for each in arguments.getlist(name)[:_VALUES_MOST]],
        page=number,
        pages_total=min(PAGE_MOST, -(-answer.total // LIMIT)),
    )


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


def record_link(record: str, *, page: int | None = None, text: str = "") -> str:
    """Give the address of a record, at a page, with the question carried along."""
    path = f"/v/{record}/tr/{page}" if page else f"/v/{record}"
    return f"{path}?{urlencode({'q': text}, errors='replace')}" if text else path


def _listed(found: Found, text: str, *, offset: int) -> list[Listed]:
    return [
        Listed(
            hit=hit,
            title=marked_html(hit.subject or hit.source or "", found.query),
            link=record_link(hit.record, page=hit.pages[0].page if hit.pages else None, text=text),
            page_links=tuple((page.page, record_link(hit.record, page=page.page, text=text)) for page in hit.pages),
            first_partial=hit.tier is Tier.SOME and found.full > 0 and offset + place == found.full,
        )
        for place, hit in enumerate(found.answer.hits)
    ]


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


def language() -> str:
    """Give the language of this request."""
    return str(g.language)
