"""The administrator's pages of accounts: all of them, a new one, one of them. An administrator sets no password for anybody.

Source: OWASP ASVS 5.0, 6.4.6, 7.4.5.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, g, redirect, render_template, request

from schemas.access import Permission
from schemas.errors import LuutruError
from search_ui import shown
from search_ui.accounts import credentials, door, people, readers, sessions
from search_ui.accounts.agency import all_roles, all_units, tree
from search_ui.accounts.desk import AccountDesk, By, events
from search_ui.accounts.door import needs, require_fresh
from search_ui.accounts.people import one_line
from search_ui.accounts.values import Account
from search_ui.pages.own_account import day_start
from search_ui.room import account_desk

ALL = "/quan-tri/tai-khoan"

pages = Blueprint("administer_account", __name__)

Page = Response | tuple[str, int]


def _go(address: str) -> Response:
    return redirect(address, 303)  # type: ignore[return-value]


@pages.get("/quan-tri/tai-khoan")
@needs(Permission.ADMINISTER)
def everyone() -> Page:
    """List every account, and offer to make one."""
    return _listed("")


def _listed(message: str) -> Page:
    desk = account_desk()
    rows = [(each, people.closed(each, desk.settings, now=g.now)) for each in people.everybody(desk)]
    wanted = people.login_key(request.args.get("q", ""))
    found = [(each, why) for each, why in rows if wanted in people.login_key(each.login)]
    page = render_template(
        "accounts.html", rows=found, total=len(rows), message=message, roles=all_roles(desk), units=all_units(desk)
    )
    return page, 400 if message else 200


@pages.post("/quan-tri/tai-khoan")
@needs(Permission.ADMINISTER)
def make() -> Page:
    """Make an account, and show the one-time code with which its owner sets the password."""
    require_fresh()
    desk, form = account_desk(), request.form
    try:
        account = people.new_account(
            form.get("login", ""), form.get("name", ""), now=g.now, roles=tuple(form.getlist("role"))
        )
        people.add(desk, account, by=door.by())
    except LuutruError as error:
        return _listed(error.message)
    return _coded(desk, account)


def _coded(desk: AccountDesk, account: Account) -> Page:
    code = people.make_setup_code(desk, account, by=door.by())
    return render_template("setup_code.html", account=account, code=code, days=people.SETUP_LIFE.days), 200


@pages.get("/quan-tri/tai-khoan/<wanted>")
@needs(Permission.ADMINISTER)
def one(wanted: str) -> Page:
    """Show one account."""
    return _one(_account(wanted), "")


def _one(account: Account, message: str) -> Page:
    desk = account_desk()
    page = render_template(
        "account.html",
        account=account,
        message=message,
        done=request.args.get("xong") == "1",
        why=people.closed(account, desk.settings, now=g.now),
        known=readers.known(desk, account, now=g.now),
        last_day=shown.last_day(account.valid_until),
        roles=all_roles(desk),
        units=tree(all_units(desk)),
        sessions=sessions.of_account(desk, account.id, now=g.now),
        codes_left=credentials.recovery_codes_left(desk, account),
        events=[(each, _name(desk, each.actor)) for each in events(desk, account.id)],
    )
    return page, 400 if message else 200


def _name(desk: AccountDesk, actor: str) -> str:
    """Give the login of who did something; the command line and the operator have none."""
    account = people.by_id(desk, actor) if actor else None
    return account.login if account else actor


def _account(wanted: str) -> Account:
    found = people.by_id(account_desk(), wanted)
    if found is None:
        abort(404)
    return found


@pages.post("/quan-tri/tai-khoan/<wanted>")
@needs(Permission.ADMINISTER)
def change(wanted: str) -> Page:
    """Change name, unit, roles, last day and batch of an account; holds from its next request on."""
    require_fresh()
    account, form = _account(wanted), request.form
    try:
        changed = replace(
            account,
            name=one_line(form.get("name", "")) or account.login,
            email=one_line(form.get("email", ""), 254),
            unit=_unit(form.get("unit", "")),
            roles=tuple(form.getlist("role")),
            batch=one_line(form.get("batch", "")),
            valid_until=_last_moment(form.get("until", "")),
        )
        people.change(account_desk(), changed, by=door.by())
    except LuutruError as error:
        return _one(account, error.message)
    return _go(f"{ALL}/{account.id}?xong=1")


def _unit(wanted: str) -> str:
    return wanted if wanted in all_units(account_desk()) else ""


def _last_moment(text: str) -> datetime | None:
    return day_start(text) + timedelta(days=1) if text.strip() else None


def _end_sessions(desk: AccountDesk, account: Account, *, by: By) -> None:
    sessions.end_own(desk, account.id, by=by)


ACTS: dict[str, Callable[..., None]] = {
    "khoa": people.lock,
    "mo": people.unlock,
    "phien": _end_sessions,
    "buoc-hai": credentials.reset_second_factor,
}


@pages.post("/quan-tri/tai-khoan/<wanted>/<act>")
@needs(Permission.ADMINISTER)
def act(wanted: str, act: str) -> Page:
    """Lock or open an account, end its sessions, take away its second factor, or make a code for a new password."""
    require_fresh()
    account, desk = _account(wanted), account_desk()
    if act not in ACTS and act != "ma":
        abort(404)
    try:
        if act == "ma":
            return _coded(desk, account)
        ACTS[act](desk, account, by=door.by())
    except LuutruError as error:
        return _one(account, error.message)
    return _go(f"{ALL}/{account.id}?xong=1")
