"""One record as its pages see it: what was asked, what is shown of it, where the words stand, and the way on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import abort, request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from archive import access
from archive.access import RecordRow
from schemas.description import Box
from schemas.errors import NotFoundError
from schemas.identifiers import RecordId, record_id
from schemas.packages import Package
from schemas.texts import PageText
from schemas.words import word
from search_ui import lending, shown
from search_ui.answer.find import stored_pages
from search_ui.answer.marks import Marked, boxes, full_html, marked_pages
from search_ui.pages.addresses import address, per_page, state_of
from search_ui.pages.search import language
from search_ui.question.query import TEXT_LIMIT
from search_ui.question.understand import understood
from search_ui.room import room

_ENDS = {"first": 0, "last": -1}  # of the matches, as a link from another record asks for them


@dataclass(frozen=True, slots=True)
class Shown:
    """One hit: its page and its boxes there; none where the page's words have no boxes."""

    page: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What all views of one record share."""

    record: RecordId
    row: RecordRow
    package: Package
    text: str
    title: str
    pages: tuple[PageText, ...]
    marked: tuple[Marked, ...]
    page: int
    page_count: int

    @property
    def version(self) -> str:
        """Give the version that is shown."""
        return self.row.version

    @property
    def takeable(self) -> bool:
        """Say whether the reader may download and print it."""
        return lending.rung_of(self.row) >= lending.Rung.DOWNLOAD

    @property
    def hits(self) -> tuple[Shown, ...]:
        """Give every hit in reading order; one over a line break has several boxes."""
        return tuple(Shown(each.page, boxes(each.text, [span])) for each in self.marked for span in each.spans)


def known_id(wanted: str) -> RecordId:
    """Read the id in an address, which is written in one way only. Raises NotFoundError N001, UsageError U002."""
    record = record_id(wanted)
    if wanted != record:
        raise NotFoundError("N001", word("record-address", record=record))
    return record


def look(wanted: str, page: int) -> Seen:
    """Gather what the views of a record share. Raises NotFoundError N001, or refuses a reader who may not read it."""
    record = known_id(wanted)
    row = lending.lent(record)
    archive = room().archive
    package = access.package(archive, record)
    text = request.args.get("q", "")[:TEXT_LIMIT]
    whole = stored_pages(archive, row)
    count = sum(part.pages for part in package.parts)
    if page > max(1, count) or page < 1:
        abort(404)
    return Seen(
        record=record,
        row=row,
        package=package,
        text=text,
        title=shown.title(package, language()),
        pages=whole,
        marked=marked_pages(list(enumerate(whole, 1)), understood(text, room().settings.home).query)
        if text.strip()
        else (),
        page=page,
        page_count=count,
    )


def at_its_end(seen: Seen) -> Seen:
    """Open a record at its first or last match, where a link from another record asks for that."""
    wanted = _ENDS.get(request.args.get("h", ""))
    return seen if wanted is None or not seen.marked else replace(seen, page=seen.marked[wanted].page)


def own_link(path: str, **changes: str) -> str:
    """Give an address of the same record with question and list carried along."""
    return address(path, request.args, **{"h": "", "z": "", "lang": "", "tu": "", **changes})


def back_link() -> str:
    """Give the way back to the page of the list from which the record was opened."""
    at, _ = place_in_list()
    page = str((at - 1) // per_page(request.args) + 1) if at else ""
    return address("/", MultiDict(state_of(request.args)), page="" if page == "1" else page)


def place_in_list() -> tuple[int, int]:
    """Give the place of the record in the list it was opened from, and the list's length; 0 when it was in none."""
    at, of = (whole_number(request.args.get(name, "")) for name in ("at", "of"))
    return (at, of) if 1 <= at <= of else (0, 0)


def neighbour_links() -> dict[str, str]:
    """Give the addresses of the records before and after this one in the list."""
    at, of = place_in_list()
    places = {"previous": at - 1 if at > 1 else 0, "next": at + 1 if 0 < at < of else 0}
    return {name: _step(place) for name, place in places.items() if place}


def _step(place: int, **changes: str) -> str:
    return address(f"/ket-qua/{place}", MultiDict(state_of(request.args)), **changes)


def whole_number(text: str) -> int:
    """Read a number of an address; what is none is 0."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len("100000000") else 0


def current_hit(found: Sequence[Shown], page: int) -> int | None:
    """Give the number of the hit that is looked at: the one asked for, else the first on this page."""
    asked = request.args.get("h", "")
    number = len(found) if asked == "last" else whole_number(asked)
    if 1 <= number <= len(found) and found[number - 1].page == page:
        return number
    return next((place for place, hit in enumerate(found, 1) if hit.page == page), None)


def hit_links(seen: Seen, found: Sequence[Shown], current: int | None) -> dict[str, str]:
    """Give the addresses of the hits before and after; at the ends, those of the records beside it in the list."""
    here = current if current is not None else sum(hit.page < seen.page for hit in found) + 0.5
    before = max((number for number in range(1, len(found) + 1) if number < here), default=None)
    after = min((number for number in range(1, len(found) + 1) if number > here), default=None)
    inside = {"previous": before, "next": after}
    own = {name: _hit_link(seen, found, number) for name, number in inside.items() if number is not None}
    return ways_on() | own


def ways_on() -> dict[str, str]:
    """Give the addresses of the last hit of the record before in the list, and of the first hit of the one after."""
    at, of = place_in_list()
    links = {}
    if at > 1:
        links["previous"] = _step(at - 1, h="last")
    if 0 < at < of:
        links["next"] = _step(at + 1, h="first")
    return links


def _hit_link(seen: Seen, found: Sequence[Shown], number: int) -> str:
    path = f"/v/{seen.record}/tr/{found[number - 1].page}"
    return f"{address(path, request.args, q=seen.text, h=str(number), lang='')}#h{number}"


def text_start(pages: Sequence[PageText], page: int) -> Box | None:
    """Give the place where the text of a page begins; None where no word of it has one."""
    words = pages[page - 1].words if page <= len(pages) else ()
    return words[0].box if words else None


def shape_of(package: Package, page: int) -> tuple[int, int]:
    """Give the proportions of the page so that nothing jumps while its image loads."""
    facts = next((facts for facts in package.pages if facts.page == page), None)
    if facts is None or facts.width_points <= 0 or facts.height_points <= 0:
        return 1000, 1414
    return 1000, max(1, round(1000 * facts.height_points / facts.width_points))


def page_text(seen: Seen) -> Markup:
    """Give the text of the page that is looked at, with the words marked."""
    spans = next((each.spans for each in seen.marked if each.page == seen.page), ())
    text = seen.pages[seen.page - 1].text if seen.page <= len(seen.pages) else ""
    return Markup(full_html(text.strip("\n"), moved(text, spans)))  # noqa: S704 - escaped by full_html


def moved(text: str, spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Move spans by the line ends taken off the front of a text."""
    cut = len(text) - len(text.lstrip("\n"))
    return tuple((first - cut, last - cut) for first, last in spans)
