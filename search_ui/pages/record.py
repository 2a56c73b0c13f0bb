"""The page of one record: page images with the words found marked, its text, its description, its versions, its files.

A reader who may only know of it sees its entry in the mục lục: no text, no image, no file.
"""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from markupsafe import Markup

from archive import access
from archive.access import RecordRow
from schemas.description import FIELDS, Method
from schemas.findings import FINDINGS, Finding, meaning
from schemas.packages import Package
from schemas.words import all_words, word
from search_ui import lending, shown
from search_ui.accounts import people
from search_ui.answer.marks import full_html, snippet
from search_ui.pages import seen as sight
from search_ui.pages.addresses import state_of
from search_ui.pages.search import language
from search_ui.pages.seen import Seen, look, own_link
from search_ui.reference.citations import cited_by, citing
from search_ui.reference.citing import citation_line
from search_ui.reference.units import file_of
from search_ui.room import Room, account_desk, room

ACCEPTED_CONFIDENCE = 0.90  # from here on a value counts as accepted without a look
HITS_LISTED = 200  # pages with hits listed beside the image
TEXT_PAGES = 30  # pages of text shown at once
_ZOOMS = ("1", "2", "3")
_DATES = frozenset({"date"})

pages = Blueprint("record", __name__)


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
def image(wanted: str, page: int | None = None) -> str:
    """Show a page image with the hits marked; to who may only know of the record, its entry."""
    row = lending.lent(sight.known_id(wanted), lending.Rung.KNOW)
    if lending.rung_of(row) < lending.Rung.READ:
        return entry(row)
    seen = look(wanted, 1 if page is None else page)
    seen = sight.at_its_end(seen) if page is None else seen
    found = seen.hits
    current = sight.current_hit(found, seen.page)
    zoom = request.args.get("z", "1")
    return render_template(
        "record_image.html",
        seen=seen,
        view="image",
        zoom=zoom if zoom in _ZOOMS else "1",
        zooms=_ZOOMS,
        text_beside=request.args.get("beside") == "text",
        shown=[(place, hit) for place, hit in enumerate(found, 1) if hit.page == seen.page],
        current=current,
        hit_links=sight.hit_links(seen, found, current),
        ways_on=sight.ways_on(),
        on_pages={each.page: len(each.spans) for each in seen.marked},
        snippets=[(each.page, Markup(snippet(each.text.text, each.spans))) for each in seen.marked[:HITS_LISTED]],  # noqa: S704 - escaped
        shape=sight.shape_of(seen.package, seen.page),
        text_start=sight.text_start(seen.pages, seen.page),
        page_text=sight.page_text(seen),
        **_beside(seen),
    )


def entry(row: RecordRow) -> str:
    """Show a record's entry in the mục lục, all that a reader learns who may only know of it."""
    return render_template(
        "record_entry.html",
        row=row,
        file=file_of(row.file),
        back=sight.back_link(),
        place=sight.place_in_list(),
        ways_on=sight.ways_on(),
    )


@pages.get("/v/<wanted>/van-ban")
def text(wanted: str) -> str:
    """Show the text that was read, some pages at a time."""
    seen = look(wanted, max(1, sight.whole_number(request.args.get("tu", "1"))))
    spans = {each.page: each.spans for each in seen.marked}
    start = max(1, seen.page)
    part = [
        (number, Markup(full_html(page.text.strip("\n"), sight.moved(page.text, spans.get(number, ())))))  # noqa: S704 - escaped
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
    seen = look(wanted, 1)
    return render_template(
        "record_about.html",
        seen=seen,
        view="about",
        rows=_rows(seen, every=True),
        level=lending.level_words(seen.row, language()),
        **_beside(seen),
    )


@pages.get("/v/<wanted>/lich-su")
def history(wanted: str) -> str:
    """Show the versions of the record and what was done to it: who, when, what, and how it ended."""
    seen = look(wanted, 1)
    versions = access.history(room().archive, seen.record)
    return render_template(
        "record_history.html",
        seen=seen,
        view="history",
        versions=versions,
        act=lambda name: _named("ui-act", name),
        actor=lambda name: people.called(account_desk(), name) or _named("ui-actor", name),
        detail=lambda text: _named("ui-detail", text),
        outcome=lambda name: _named("ui-outcome", name),
        **_beside(seen),
    )


@pages.get("/v/<wanted>/lien-quan")
def relations(wanted: str) -> str:
    """Show the documents that the record cites, and the records that cite it."""
    seen = look(wanted, 1)
    return render_template(
        "record_relations.html",
        seen=seen,
        view="relations",
        cited=cited_by(seen.package),
        citing=citing(seen.row),
        cited_link=lambda page, number: own_link(f"/v/{seen.record}/tr/{page}", q=number),
        **_beside(seen),
    )


def _named(kind: str, name: str) -> str:
    """Give the words for a name of the metadata; one we have no words for stays as it is."""
    key = f"{kind}-{name.replace(' ', '-')}"
    return word(key, language()) if key in all_words() else name


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
        "file": file_of(seen.package.file),
        "downloads": _downloads(seen) if seen.takeable else [],
        "citation": citation_line(
            seen.row,
            places=access.places(here.archive, seen.package),
            agency=here.settings.agency,
            address=f"{request.host_url}v/{seen.record}",
            language=language(),
        ),
        "back": sight.back_link(),
        "place": sight.place_in_list(),
        "neighbours": sight.neighbour_links(),
        "list_state": [(name, each) for name, each in state_of(request.args) if name != "q"],
        "list_text": request.args.get("l", seen.text),
        "link": lambda page: own_link(f"/v/{seen.record}/tr/{page}"),
        "view_link": lambda view: own_link(f"/v/{seen.record}{view}"),
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
        link = own_link(f"/v/{seen.record}/tr/{found.page}") if found.page else ""
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
