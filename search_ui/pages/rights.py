"""The page of those who approve access: who was given what, what is limited, what is held; and the forms to change it."""

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, render_template, request

from archive import registers
from archive.lending import Places
from schemas.access import ACCOUNTS, ANYONE, HOME, AccessLevel, Permission, Register, Rung
from schemas.description import Level
from schemas.errors import LuutruError, NotFoundError
from schemas.identifiers import RecordId, record_id
from search_ui import lending
from search_ui.accounts import door
from search_ui.accounts.agency import all_roles, all_units
from search_ui.accounts.door import needs, require_fresh
from search_ui.accounts.people import everybody
from search_ui.pages.addresses import Arguments, address
from search_ui.pages.search import language, title_of
from search_ui.rights import granting
from search_ui.rights.granting import Written
from search_ui.room import account_desk, room

RIGHTS = "/quan-tri/quyen"

pages = Blueprint("rights", __name__)

Page = Response | tuple[str, int]


@pages.get("/quan-tri/quyen")
@needs(Permission.APPROVE_ACCESS, Permission.INSPECT)
def every() -> Page:
    """Show all rights, limits and holds that stand, or those on one node."""
    return _page("")


@pages.post("/quan-tri/quyen")
@needs(Permission.APPROVE_ACCESS)
def put() -> Page:
    """Register a grant, a limit or a hold."""
    require_fresh(goal=address(RIGHTS, request.form, **{door.CSRF_FIELD: ""}))
    try:
        kind = Register(request.form.get("register", ""))
        entry = granting.read_entry(room().archive, account_desk(), kind, _written(request.form))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """The record or unit that was asked about: its name, its level today, the nodes whose entries hold there."""

    name: str
    link: str
    level: str
    nodes: frozenset[str]


def _one(asked: str) -> One | None:
    """Give the node that was asked about; None for none, for all, and for one that the reader may not know of."""
    try:
        node = RecordId(granting.node_of(room().archive, asked))
        if node == HOME:
            return None
        try:
            row = lending.lent(node, lending.Rung.KNOW)
            above, name, link = Places(room().archive).target(row).above, title_of(row), f"/v/{node}"
            level = lending.level_words(row, language())
        except NotFoundError:
            unit = lending.known_unit(node)
            above, name = Places(room().archive).target(unit).above, f"{unit.code} {unit.title}"
            link, level = f"/ho-so/{node}" if unit.level is Level.FILE else "", lending.level_words(unit, language())
    except LuutruError:
        return None
    return One(name=name, link=link, level=level, nodes=frozenset({HOME, node, *above}))


def _written(typed: Arguments) -> Written:
    return Written(**{name: typed[name] for name in Written.__dataclass_fields__ if name in typed})


def _forms(typed: Arguments, sent: str) -> dict[str, Written]:
    """Give what stands in each form: in the one that was sent all that was typed; in each where a node is asked about, the node."""
    node = "" if sent else typed.get("node", "")[:200]
    empty = {each.value: Written(node=node) for each in Register}
    empty[Register.LIMIT] = Written(node=node, level=AccessLevel.CONDITIONAL)
    return {name: _written(typed) if name == sent else form for name, form in empty.items()}


def _page(message: str) -> Page:
    desk, asked = account_desk(), request.values.get("node", "")[:200]
    typed = request.form if request.method == "POST" else request.args
    sent = typed.get("register", "")
    one = _one(asked) if request.method == "GET" else None
    shown, ended = (
        granting.all_shown(room().archive, desk, language(), nodes=one.nodes if one else None, ended=over)
        for over in (False, True)
    )
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
        forms=_forms(typed, sent),
        sent=sent,
        one=one,
        ended=ended,
        message=message,
        done=request.args.get("xong") == "1",
    )
    return page, 400 if message or request.method == "POST" else 200
