"""The administrator's pages of roles and of the agency's tree of units."""

from flask import Blueprint, Response, redirect, render_template, request

from schemas.access import Permission
from schemas.errors import LuutruError
from search_ui.accounts import agency, door
from search_ui.accounts.door import needs, require_fresh
from search_ui.accounts.values import Role, Unit
from search_ui.room import account_desk

ROLES, UNITS = "/quan-tri/vai-tro", "/quan-tri/don-vi"

pages = Blueprint("administer", __name__)

Page = Response | tuple[str, int]


@pages.get("/quan-tri/vai-tro")
@needs(Permission.ADMINISTER)
def roles() -> Page:
    """Show every role with what it allows."""
    return _roles("")


def _roles(message: str) -> Page:
    page = render_template(
        "roles.html",
        roles=agency.all_roles(account_desk()),
        every=list(Permission),
        message=message,
        done=request.args.get("xong") == "1",
    )
    return page, 400 if message else 200


@pages.post("/quan-tri/vai-tro")
@needs(Permission.ADMINISTER)
def save_role() -> Page:
    """Change a role, or make one."""
    require_fresh()
    chosen, wanted = set(request.form.getlist("permission")), request.form.get("id", "")
    known = wanted if wanted in agency.all_roles(account_desk()) else ""
    allowed = frozenset(each for each in Permission if each.value in chosen)
    try:
        role = Role(id=known, name=request.form.get("name", ""), permissions=allowed)
        agency.save_role(account_desk(), role, by=door.by())
    except LuutruError as error:
        return _roles(error.message)
    return redirect(f"{ROLES}?xong=1", 303)  # type: ignore[return-value]


@pages.get("/quan-tri/don-vi")
@needs(Permission.ADMINISTER)
def units() -> Page:
    """Show the tree of units."""
    return _units("")


def _units(message: str) -> Page:
    page = render_template(
        "units.html",
        tree=agency.tree(agency.all_units(account_desk())),
        message=message,
        done=request.args.get("xong") == "1",
    )
    return page, 400 if message else 200


@pages.post("/quan-tri/don-vi")
@needs(Permission.ADMINISTER)
def save_unit() -> Page:
    """Change a unit, or make one."""
    require_fresh()
    form = request.form
    known = agency.all_units(account_desk())
    unit = Unit(
        id=wanted if (wanted := form.get("id", "")) in known else "",
        code=form.get("code", ""),
        name=form.get("name", ""),
        parent=form.get("parent", ""),
    )
    try:
        agency.save_unit(account_desk(), unit, by=door.by())
    except LuutruError as error:
        return _units(error.message)
    return redirect(f"{UNITS}?xong=1", 303)  # type: ignore[return-value]
