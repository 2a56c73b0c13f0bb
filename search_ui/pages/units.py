"""The pages of the arrangement: phông with its mục lục and hồ sơ, a hồ sơ with its mục lục văn bản.

A hồ sơ has its page whether or not anything in it was scanned: it says on which shelf the paper stands.
"""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from archive.access import RecordRow
from archive.arrangement import is_unsorted
from schemas.description import Arrangement, Level
from schemas.errors import NotFoundError
from schemas.identifiers import RecordId, record_id
from schemas.words import word
from search_ui import lending
from search_ui.pages.addresses import page_number
from search_ui.question.query import TEXT_LIMIT
from search_ui.reference.units import file_of, find_files

FILES_A_PAGE = 100
RECORDS_A_PAGE = 200
_HITS_A_PAGE = 50

pages = Blueprint("units", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A record as it lies in its hồ sơ: its place, and its pages in the whole volume. `first` is 0 without pages."""

    place: int
    row: RecordRow
    first: int
    pages: int

    @property
    def last(self) -> int:
        """Give its last page in the volume."""
        return self.first + self.pages - 1

    @property
    def readable(self) -> bool:
        """Say whether the reader may see its pages."""
        return lending.rung_of(self.row) >= lending.Rung.READ


@pages.get("/ho-so")
def files() -> str:
    """Show the hồ sơ that answer a question; without one, the phông."""
    text, page = request.args.get("q", "")[:TEXT_LIMIT], page_number(request.args)
    found = find_files(text, offset=(page - 1) * _HITS_A_PAGE, limit=_HITS_A_PAGE) if text.strip() else None
    every = () if found else tuple(unit for unit in lending.known_units(None) if unit.level is Level.FONDS)
    return render_template("files.html", text=text, files=found, every=every, page=page)


@pages.get("/phong/<wanted>")
def fonds(wanted: str) -> str:
    """Show a phông: its mục lục, and the hồ sơ of one of them or those that stand in none."""
    unit = known(wanted, Level.FONDS)
    below = lending.known_units(unit.id)
    inventories = [each for each in below if each.level is Level.INVENTORY]
    chosen = next((each for each in inventories if each.id == request.args.get("muc-luc")), None)
    held = lending.known_units(chosen.id) if chosen else below
    listed = [each for each in held if each.level is Level.FILE]
    page = min(page_number(request.args), max(1, -(-len(listed) // FILES_A_PAGE)))
    return render_template(
        "fonds.html",
        unit=unit,
        inventories=inventories,
        chosen=chosen,
        listed=listed[(page - 1) * FILES_A_PAGE : page * FILES_A_PAGE],
        total=len(listed),
        page=page,
        pages_total=-(-len(listed) // FILES_A_PAGE),
    )


@pages.get("/ho-so/<wanted>")
def file(wanted: str) -> str:
    """Show a hồ sơ: where it stands, and its mục lục văn bản."""
    unit = known(wanted, Level.FILE)
    whole = bound(unit.id)
    page = min(page_number(request.args), max(1, -(-len(whole) // RECORDS_A_PAGE)))
    return render_template(
        "file.html",
        unit=unit,
        file=file_of(unit.id),
        unsorted=is_unsorted(unit.code),
        whole=whole[(page - 1) * RECORDS_A_PAGE : page * RECORDS_A_PAGE],
        total=len(whole),
        sheets=sum(each.pages for each in whole),
        page=page,
        pages_total=-(-len(whole) // RECORDS_A_PAGE),
    )


def known(wanted: str, level: Level) -> Arrangement:
    """Give the unit of an address. Raises NotFoundError N004, UsageError U002."""
    unit = lending.known_unit(record_id(wanted))
    if wanted != unit.id or unit.level is not level:
        raise NotFoundError("N004", word("unit-missing", unit=wanted[:40]))
    return unit


def bound(wanted: RecordId) -> tuple[Bound, ...]:
    """Give the records of a hồ sơ that the reader may know of, in order, their pages numbered through."""
    found, first = [], 1
    for place, row in enumerate(lending.known_records(wanted), 1):
        found.append(Bound(place=place, row=row, first=first if row.pages else 0, pages=row.pages))
        first += row.pages
    return tuple(found)
