"""Tìm đã lưu: the reader's saved searches, each with how many records are new since it was last looked at."""

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from flask import Blueprint, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from archive import access
from archive.access import RecordRow
from schemas.errors import NotFoundError, RefusedError, UsageError
from schemas.identifiers import RecordId
from schemas.words import word
from search_ui import lending
from search_ui.answer.find import LIMIT_MOST, ranked_page
from search_ui.pages.addresses import address, state_of
from search_ui.pages.search import language, read_question
from search_ui.room import room
from search_ui.saved import NAME_LIMIT, SEARCHES_MOST, SavedSearch

NEW_MOST = 20_000  # records accepted since that are compared; beyond, only "more than" could be said
_PARTS_MOST = 500  # parameters of a question
_LOOKED_AT = LIMIT_MOST  # hits that are looked through for new ones

pages = Blueprint("saved", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One saved search as the list shows it. `at_least`: not all hits could be looked through."""

    search: SavedSearch
    link: str
    new: tuple[RecordRow, ...]
    at_least: bool


@pages.get("/tim-da-luu")
def every(wrong: str = "") -> str:
    """List the reader's saved searches with what is new in each."""
    found = [_listed(each) for each in room().saved.of(lending.reader_id())]
    return render_template("saved.html", found=found, wrong=wrong)


@pages.post("/tim-da-luu")
def save() -> Response | tuple[str, int]:
    """Save the search of an address under a name."""
    try:
        room().saved.save(
            lending.reader_id(),
            name=request.form.get("name", ""),
            question=address("", MultiDict(state_of(_arguments(request.form.get("question", ""))))).removeprefix("?"),
            position=access.position(room().archive),
            now=datetime.now(UTC),
        )
    except UsageError:
        return every(word("saved-name", language(), limit=NAME_LIMIT, most=SEARCHES_MOST)), 400
    return redirect("/tim-da-luu", 303)


@pages.get("/tim-da-luu/<wanted>")
def one(wanted: str) -> str:
    """Show what is new in a saved search."""
    listed = _listed(room().saved.one(lending.reader_id(), wanted))
    return render_template("saved_new.html", each=listed, position=access.position(room().archive))


@pages.post("/tim-da-luu/<wanted>/da-xem")
def looked_at(wanted: str) -> Response:
    """Count from now on what comes after the position that the reader has seen."""
    asked, here = request.form.get("position", ""), access.position(room().archive)
    position = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < len("10000000000") else here
    room().saved.looked_at(lending.reader_id(), wanted, position=min(position, here))
    return redirect("/tim-da-luu", 303)


@pages.post("/tim-da-luu/<wanted>/xoa")
def forget(wanted: str) -> Response:
    """Delete a saved search."""
    room().saved.forget(lending.reader_id(), wanted)
    return redirect("/tim-da-luu", 303)


def _listed(search: SavedSearch) -> Listed:
    new, at_least = _new(search)
    return Listed(search=search, link=f"/?{search.question}" if search.question else "/", new=new, at_least=at_least)


def _new(search: SavedSearch) -> tuple[tuple[RecordRow, ...], bool]:
    """Give the records accepted since that answer in full, in the order of the answer."""
    accepted = _accepted_since(search.position)
    if not accepted:
        return (), False
    asked = replace(read_question(_arguments(search.question))[0], limit=_LOOKED_AT)
    with closing(lending.reading()) as reader:
        ranking = ranked_page(room().archive, reader, asked)
    answering = [RecordId(each.id) for each in ranking.records[: ranking.full]]
    rows = (_known(record) for record in answering if record in accepted)
    return tuple(row for row in rows if row is not None), ranking.full > _LOOKED_AT or len(accepted) >= NEW_MOST


def _arguments(question: str) -> MultiDict[str, str]:
    """Read the question of an address; one of too many parts is none."""
    try:
        return MultiDict(parse_qsl(question, errors="replace", max_num_fields=_PARTS_MOST))
    except ValueError:
        return MultiDict()


def _accepted_since(position: int) -> frozenset[RecordId]:
    found: list[RecordId] = []
    after = position - 1
    while len(found) < NEW_MOST and (rows := access.list_records(room().archive, after=after)):
        found += [row.id for row in rows]
        after = rows[-1].accepted
    return frozenset(found)


def _known(record: RecordId) -> RecordRow | None:
    try:
        return lending.lent(record, lending.Rung.KNOW)
    except (NotFoundError, RefusedError):
        return None
