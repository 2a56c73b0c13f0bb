"""The page of one record: page images with the words found marked, its text, its description, its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request
from markupsafe import Markup

from archive import access
from schemas.description import FIELDS, Box, Method
from schemas.errors import NotFoundError
from schemas.findings import FINDINGS, Finding, meaning
from schemas.identifiers import RecordId, record_id
from schemas.packages import Package
from schemas.texts import PageText
from schemas.words import word
from search_ui import shown
from search_ui.find import stored_pages
from search_ui.marks import Marked, boxes, full_html, marked_pages, snippet
from search_ui.pages.search import address, language, record_link
from search_ui.query import TEXT_LIMIT
from search_ui.room import Room, room
from search_ui.understand import understood

ACCEPTED_CONFIDENCE = 0.90  # from here on a value counts as accepted without a look
HITS_LISTED = 200  # pages with hits listed beside the image
TEXT_PAGES = 30  # pages of text shown at once
_ZOOMS = ("1", "2", "3")
_DATES = frozenset({"date"})

pages = Blueprint("record", __name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """One hit: its page and its boxes there; none where the page's words have no boxes."""

    page: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What all views of one record share."""

    record: RecordId
    package: Package
    version: str
    text: str
    title: str
    pages: tuple[PageText, ...]
    marked: tuple[Marked, ...]
    page: int
    page_count: int

    @property
    def hits(self) -> tuple[Shown, ...]:
        """Give every hit in reading order; one over a line break has several boxes."""
        return tuple(Shown(each.page, boxes(each.text, [span])) for each in self.marked for span in each.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One described value: shown text, where it stands, and how it came to be known."""

    name: str
    text: str
    origin: str
    page: int | None
    link: str


@pages.get("/v/<wanted>")
@pages.get("/v/<wanted>/tr/<int:page>")
def image(wanted: str, page: int = 1) -> str:
    """Show a page image with the hits marked."""
    seen = _seen(wanted, page)
    found = seen.hits
    current = _current(found, seen.page)
    zoom = request.args.get("z", "1")
    return render_template(
        "record_image.html",
        seen=seen,
        view="image",
        zoom=zoom if zoom in _ZOOMS else "1",
        zooms=_ZOOMS,
        shown=[(place, hit) for place, hit in enumerate(found, 1) if hit.page == seen.page],
        current=current,
        hit_links=_hit_links(seen, found, current),
        on_pages={each.page: len(each.spans) for each in seen.marked},
        snippets=[(each.page, Markup(snippet(each.text.text, each.spans))) for each in seen.marked[:HITS_LISTED]],  # noqa: S704 - escaped
        shape=_shape(seen),
        page_text=_page_text(seen),
        **_beside(seen),
    )


@pages.get("/v/<wanted>/van-ban")
def text(wanted: str) -> str:
    """Show the text that was read, some pages at a time."""
    first = request.args.get("tu", "1")
    seen = _seen(wanted, int(first) if first.isascii() and first.isdecimal() and len(first) < len("100000") else 1)
    spans = {each.page: each.spans for each in seen.marked}
    start = max(1, seen.page)
    part = [
        (number, Markup(full_html(page.text.strip("\n"), _moved(page.text, spans.get(number, ())))))  # noqa: S704 - escaped
        for number, page in enumerate(seen.pages, 1)
        if start <= number < start + TEXT_PAGES
    ]
    return render_template(
        "record_text.html",
        seen=seen,
        view="text",
        part=part,
        earlier=max(1, start - TEXT_PAGES) if start > 1 else None,
        later=start + TEXT_PAGES if start + TEXT_PAGES <= len(seen.pages) else None,
        **_beside(seen),
    )


@pages.get("/v/<wanted>/thuoc-tinh")
def about(wanted: str) -> str:
    """Show the description with the origin of each value, the findings and the files."""
    seen = _seen(wanted, 1)
    return render_template("record_about.html", seen=seen, view="about", rows=_rows(seen, every=True), **_beside(seen))


def _seen(wanted: str, page: int) -> Seen:
    record = record_id(wanted)
    if wanted != record:
        raise NotFoundError("N001", word("record-address", record=record))
    here = room()
    package = access.package(here.archive, record)
    text = request.args.get("q", "")[:TEXT_LIMIT]
    whole = stored_pages(here.archive, record)
    count = sum(part.pages for part in package.parts)
    if page > max(1, count) or page < 1:
        abort(404)
    return Seen(
        record=record,
        package=package,
        version=access.record(here.archive, record).version,
        text=text,
        title=shown.title(package, language()),
        pages=whole,
        marked=marked_pages(list(enumerate(whole, 1)), understood(text, here.settings.home).query)
        if text.strip()
        else (),
        page=page,
        page_count=count,
    )


def _beside(seen: Seen) -> dict[str, object]:
    """Give what stands beside every view."""
    here = room()
    rows = _rows(seen, every=False)
    origins = {row.origin for row in rows}
    return {
        "summary": rows,
        "common_origin": origins.pop() if len(origins) == 1 else "",
        "findings": [(finding, _meaning(finding)) for finding in seen.package.findings],
        "places": _places(here, seen.package),
        "downloads": _downloads(seen),
        "back": f"/?{urlencode({'q': seen.text}, errors='replace')}" if seen.text else "/",
        "link": lambda page: record_link(seen.record, page=page, text=seen.text),
        "view_link": lambda view: record_link(f"{seen.record}{view}", text=seen.text),
    }


def _meaning(finding: Finding) -> str:
    return meaning(finding.code, language()) if finding.code in FINDINGS else ""


def _places(here: Room, package: Package) -> list[tuple[str, str]]:
    return [(f"level-{level}", code) for level, code in access.places(here.archive, package)]


def _downloads(seen: Seen) -> list[tuple[str, str, str, int | None]]:
    """Give what can be downloaded: address, words, name, size where it is known."""
    kind = seen.package.kind
    found: list[tuple[str, str, str, int | None]] = [
        (f"/v/{seen.record}/goc/{place}", shown.original_name(kind), original.name, original.size_bytes)
        for place, original in enumerate(seen.package.originals, 1)
    ]
    found += [
        (f"/v/{seen.record}/pdf/{each.part}", shown.copy_name(each.role), _part_name(seen, each.part), None)
        for each in seen.package.renditions
        if each.path is not None
    ]
    if seen.package.text_run is not None:
        found.append((f"/v/{seen.record}/van-ban.txt", "ui-download-text", "", None))
    return found


def _part_name(seen: Seen, part: str) -> str:
    return part if len(seen.package.parts) > 1 else ""


def _rows(seen: Seen, *, every: bool) -> list[Row]:
    known = seen.package.description.fields
    rows = []
    for name in FIELDS:
        found = known.get(name)
        if found is None:
            if every:
                rows.append(Row(name=name, text="", origin="", page=None, link=""))
            continue
        text = found.value if isinstance(found.value, str) else "\n".join(found.value)
        link = record_link(seen.record, page=found.page, text=seen.text) if found.page else ""
        shown_text = shown.day(text) if name in _DATES else text
        origin = _origin(found.method, found.confidence)
        rows.append(Row(name=name, text=shown_text, origin=origin, page=found.page, link=link))
    return rows


def _origin(method: Method, confidence: float) -> str:
    """Say where a value comes from; what no person has looked at says so."""
    keys = {
        Method.PERSON: "ui-method-person",
        Method.REGISTER: "ui-method-register",
        Method.INFERRED: "ui-method-inferred",
        Method.HANDWRITTEN: "ui-method-handwritten",
    }
    said = word(keys.get(method, "ui-machine-read"), language())
    if method in (Method.PERSON, Method.REGISTER) or confidence >= ACCEPTED_CONFIDENCE:
        return said
    return f"{said}, {word('ui-confidence', language(), percent=round(confidence * 100))}"


def _current(found: Sequence[Shown], page: int) -> int | None:
    """Give the number of the hit that is looked at: the one asked for, else the first on this page."""
    asked = request.args.get("h", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < len("100000") else 0
    if 1 <= number <= len(found) and found[number - 1].page == page:
        return number
    return next((place for place, hit in enumerate(found, 1) if hit.page == page), None)


def _hit_links(seen: Seen, found: Sequence[Shown], current: int | None) -> dict[str, str]:
    """Give the addresses of the hit before and after the current one, or around this page when it has none."""
    here = current if current is not None else sum(hit.page < seen.page for hit in found) + 0.5
    before = max((number for number in range(1, len(found) + 1) if number < here), default=None)
    after = min((number for number in range(1, len(found) + 1) if number > here), default=None)
    links = {"previous": before, "next": after}
    return {name: _hit_link(seen, found, number) for name, number in links.items() if number is not None}


def _hit_link(seen: Seen, found: Sequence[Shown], number: int) -> str:
    path = f"/v/{seen.record}/tr/{found[number - 1].page}"
    return f"{address(path, request.args, q=seen.text, h=str(number), lang='')}#h{number}"


def _shape(seen: Seen) -> tuple[int, int]:
    """Give the proportions of the page so that nothing jumps while its image loads."""
    facts = next((facts for facts in seen.package.pages if facts.page == seen.page), None)
    if facts is None or facts.width_points <= 0 or facts.height_points <= 0:
        return 1000, 1414
    return 1000, max(1, round(1000 * facts.height_points / facts.width_points))


def _page_text(seen: Seen) -> Markup:
    spans = next((each.spans for each in seen.marked if each.page == seen.page), ())
    text = seen.pages[seen.page - 1].text if seen.page <= len(seen.pages) else ""
    return Markup(full_html(text.strip("\n"), _moved(text, spans)))  # noqa: S704 - escaped by full_html


def _moved(text: str, spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Move spans by the line ends taken off the front of a text."""
    cut = len(text) - len(text.lstrip("\n"))
    return tuple((first - cut, last - cut) for first, last in spans)
