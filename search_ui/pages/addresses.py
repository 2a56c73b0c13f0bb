"""Addresses of lists and hits: all of a list's state stands in them, and a link to a hit carries its list along."""

from collections.abc import Iterable
from urllib.parse import quote, urlencode

from werkzeug.datastructures import MultiDict

from search_ui.answer.find import LIMIT

PAGE_MOST = 50_000
PER_PAGE = (LIMIT, 50, 100)
LISTS = ("type", "issuer", "signer", "fonds", "file", "year")
VALUES_MOST = 50  # of one filter
_OF_THE_PAGE = frozenset({"page", "lang", "at", "of", "h", "z", "l", "beside"})  # what does not belong to the list
HIT = "hit"  # the id of the marked place that is looked at
Trail = tuple[tuple[str, str], ...]
Arguments = MultiDict[str, str]


def state_of(arguments: Arguments) -> Trail:
    """Give what makes the list what it is: question, filters, order; without the page that is looked at."""
    pairs = {name: arguments.getlist(name)[:VALUES_MOST] for name in arguments if name not in _OF_THE_PAGE}
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
    """Give the address of a record, at a page, with its list carried along; of an answer, at the first marked place."""
    path = f"/v/{record}/tr/{page}" if page else f"/v/{record}"
    place = f"#{HIT}" if dict(trail).get("q") else ""
    return f"{path}?{urlencode(trail, errors='replace')}{place}" if trail else path
