"""The page of those who inspect: the access log of one day, who searched, saw, took or was refused what. Only reads."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, g, render_template, request

from archive import access_log
from archive.access_log import Visit, Visits
from archive.lending import vietnamese_day
from schemas.access import Permission
from schemas.days import typed_day
from schemas.errors import LuutruError
from schemas.identifiers import record_id
from schemas.words import word
from search_ui import lending, shown
from search_ui.accounts.door import needs
from search_ui.accounts.people import everybody
from search_ui.pages.addresses import page_number
from search_ui.pages.search import language, title_of
from search_ui.room import account_desk, room

VISITS_A_PAGE = 100
EVERYBODY, STRANGERS, OPERATOR = "", "-", "operator"
_FILES = "/ho-so/"

pages = Blueprint("visits", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry as it is read out: by whom, and what was seen where that may be known."""

    visit: Visit
    who: str
    title: str
    link: str


@pages.get("/quan-tri/nhat-ky")
@needs(Permission.INSPECT)
def of_a_day() -> str:
    """Show the log of a day, today's without one."""
    asked, who, page = request.args.get("ngay", "").strip()[:40], request.args.get("ai", EVERYBODY), _page()
    today = date.fromisoformat(vietnamese_day(g.now))
    read = typed_day(asked) if asked else None
    day = date.fromisoformat(read) if read else today
    names = _names()
    visits = _visits(day, who if who in names else EVERYBODY, page)
    return render_template(
        "visits.html",
        day=day,
        unread=asked if asked and not read else "",
        earlier=_written(day - timedelta(days=1)) if day > date.min else "",
        later=_written(day + timedelta(days=1)) if day < today else "",
        who=who,
        names=names,
        total=visits.total,
        told=[_told(each, names) if each else None for each in visits.shown],
        page=page,
        pages_total=-(-visits.total // VISITS_A_PAGE),
    )


def _page() -> int:
    return page_number(request.args)


def _written(day: date) -> str:
    return shown.day(day.isoformat())


def _visits(day: date, who: str, page: int) -> Visits:
    actor = None if who == EVERYBODY else "" if who == STRANGERS else who
    offset = (page - 1) * VISITS_A_PAGE
    return access_log.entries(room().archive, day, actor=actor, offset=offset, limit=VISITS_A_PAGE)


def _names() -> dict[str, str]:
    """Name everybody who may stand in the log, by what stands there."""
    people = {each.id: f"{each.name} ({each.login})" for each in everybody(account_desk())}
    others = {OPERATOR: word("visits-operator", language()), STRANGERS: word("visits-stranger", language())}
    return people | others


def _told(visit: Visit, names: dict[str, str]) -> Told:
    title, link = _seen(visit)
    return Told(visit=visit, who=names.get(visit.actor or STRANGERS, visit.actor), title=title, link=link)


def _seen(visit: Visit) -> tuple[str, str]:
    """Give title and address of what was seen; of what the inspector may not know of, its id only."""
    if not visit.record:
        return "", ""
    try:
        wanted = record_id(visit.record)
        if visit.path.startswith(_FILES):
            unit = lending.known_unit(wanted)
            return word("ui-file-named", language(), code=unit.code), f"{_FILES}{wanted}"
        return title_of(lending.lent(wanted, lending.Rung.KNOW)), f"/v/{wanted}"
    except LuutruError:
        return visit.record, ""
