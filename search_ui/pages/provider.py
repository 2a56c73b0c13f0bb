"""The two addresses of a log-in by the agency's OpenID Connect provider: on the way there, and back."""

import logging
from importlib import import_module
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request

from schemas.errors import LuutruError, RefusedError
from search_ui.accounts import directories, door, logging_in, sessions
from search_ui.accounts.door import everybody, safe_goal
from search_ui.accounts.logging_in import Shut
from search_ui.accounts.sessions import Proof
from search_ui.accounts.values import Stage
from search_ui.room import account_desk

COOKIE = "openid"
BACK = "/dang-nhap/co-quan/xong"

log = logging.getLogger(__name__)
pages = Blueprint("provider", __name__)

Page = Response | tuple[str, int]


def _openid() -> Any:
    """Open the module that speaks with the provider: its libraries cost half a second of every start."""
    return import_module("search_ui.accounts.openid")


def _own_address() -> str:
    """Give our own address for the way back; the name in it was checked against those we answer to."""
    return f"{request.scheme}://{request.host}{BACK}"


@pages.get("/dang-nhap/co-quan")
@everybody
def go() -> Page:
    """Send the browser to the provider; here nothing is kept or changed."""
    desk, goal = account_desk(), safe_goal(request.args.get("next", "/"))
    if not desk.settings.openid_issuer:
        abort(404)
    openid = _openid()
    wish = openid.Wish(redirect=_own_address(), goal=goal, again=request.args.get("again") == "1")
    try:
        started = openid.start(desk.settings, desk.key, wish, now=g.now)
    except LuutruError as error:
        log.warning("the provider: %s", error.code)
        return _refused("directory-refused", 503)
    return door.set_cookie(redirect(started.address, 303), COOKIE, started.sealed)  # type: ignore[arg-type]


@pages.get(BACK)
@everybody
def back() -> Page:
    """Take who comes back from the provider (OpenID Connect Core 1.0, 3.1.2.5)."""
    desk = account_desk()
    if not desk.settings.openid_issuer:
        abort(404)
    openid = _openid()
    brought = openid.Back(answer=request.args.to_dict(), sealed=door.cookie(COOKIE), redirect=_own_address())
    try:
        finished = openid.finish(desk.settings, desk.key, brought, now=g.now)
        account = directories.match(desk, finished.vouched, by=door.by())
    except RefusedError:
        return _refused("directory-refused", 403)
    except LuutruError as error:
        log.warning("the provider: %s", error.code)
        return _refused("directory-refused", 503)
    if account is None:
        return _refused("directory-nobody", 403)
    proof = Proof(stage=Stage.OPEN, at=finished.proved_at, second_factor=finished.second_factor)
    by, browser = door.by_account(account.id), request.headers.get("User-Agent", "")
    opened = logging_in.log_in_vouched(desk, account, proof, by=by, browser=browser)
    if isinstance(opened, Shut):
        return _refused(f"account-closed-{opened.why}", 403)
    if g.session:
        sessions.end(desk, g.session.id)
    waits = opened.session.stage is Stage.PASSWORD
    goal = safe_goal(finished.goal)
    going = f"/dang-nhap/buoc-hai?{door.goal_query(goal)}" if waits else goal
    return door.set_session(_without_note(redirect(going, 303)), opened.token)  # type: ignore[arg-type]


def _refused(key: str, status: int) -> Response:
    return _without_note(Response(render_template("account_refused.html", key=key, needed=()), status))


def _without_note(response: Response) -> Response:
    return door.forget_cookie(response, COOKIE)
