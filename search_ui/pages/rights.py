"""The page of those who approve access: who was given what, what is limited, what is held; and the forms to change it."""

from flask import Blueprint, Response, redirect, render_template, request

from archive import registers
from schemas.access import ACCOUNTS, ANYONE, AccessLevel, Permission, Register, Rung
from schemas.errors import LuutruError
from schemas.identifiers import record_id
from search_ui.accounts import door
from search_ui.accounts.agency import all_roles, all_units
from search_ui.accounts.door import needs, require_fresh
from search_ui.accounts.people import everybody
from search_ui.pages.search import language
from search_ui.rights import granting
from search_ui.rights.granting import Written
from search_ui.room import account_desk, room

RIGHTS = "/quan-tri/quyen"

pages = Blueprint("rights", __name__)

Page = Response | tuple[str, int]


@pages.get("/quan-tri/quyen")
@needs(Permission.APPROVE_ACCESS)
def every() -> Page:
    """Show all rights, limits and holds that stand, or those on one node."""
    return _page("")


@pages.post("/quan-tri/quyen")
@needs(Permission.APPROVE_ACCESS)
def put() -> Page:
    """Register a grant, a limit or a hold."""
    require_fresh()
    fields = {name: request.form.get(name, "") for name in Written.__dataclass_fields__ if name in request.form}
    try:
        kind = Register(request.form.get("register", ""))
        entry = granting.read_entry(room().archive, account_desk(), kind, Written(**fields))
        granting.register(room().archive, entry, by=door.by())
    except (LuutruError, ValueError) as error:
        return _page(error.message if isinstance(error, LuutruError) else "")
    return redirect(f"{RIGHTS}?xong=1", 303)  # type: ignore[return-value]


@pages.post("/quan-tri/quyen/<wanted>/ket-thuc")
@needs(Permission.APPROVE_ACCESS)
def end(wanted: str) -> Response:
    """End one entry; it stays in the history."""
    require_fresh()
    by = door.by()
    registers.end(room().archive, record_id(wanted), actor=by.actor or "system", now=by.now)
    return redirect(f"{RIGHTS}?xong=1", 303)  # type: ignore[return-value]


def _page(message: str) -> Page:
    desk, asked = account_desk(), request.values.get("node", "")
    shown = granting.all_shown(room().archive, desk, language())
    subjects = [(ACCOUNTS, "right-accounts"), (ANYONE, "right-anyone")]
    page = render_template(
        "rights.html",
        entries=[(each, [one for one in shown if one.register is each]) for each in Register],
        subjects=subjects,
        roles=all_roles(desk),
        units=all_units(desk),
        accounts=everybody(desk),
        levels=list(AccessLevel),
        rungs=[rung for rung in Rung if rung is not Rung.NONE],
        node=asked,
        message=message,
        done=request.args.get("xong") == "1",
    )
    return page, 400 if message or request.method == "POST" else 200
