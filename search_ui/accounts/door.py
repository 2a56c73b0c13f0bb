"""The door of the reading room: who asks, is it their own request, may they. One hook for every page, closed by default.

A page says whom it lets in by `needs`, `any_account` or `everybody`; one that says nothing needs the permission to read.
Sources: OWASP ASVS 5.0, 3.3 (cookies), 3.5.1 and 3.5.3 (requests forged elsewhere), 7.2 (sessions), 8.2.1 and 8.3.1
(permissions are asked at the server, at each request), 14.3.2 (nothing stays in the browser).
"""

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, render_template, request
from markupsafe import Markup

from schemas.access import Permission, Reader
from schemas.words import word
from search_ui.accounts import people, readers, sessions
from search_ui.accounts.desk import By, Kind, note
from search_ui.accounts.readers import NOBODY, OPERATOR, Due
from search_ui.accounts.values import Stage
from search_ui.room import account_desk, room

SESSION_COOKIE, FORM_COOKIE = "session", "form"
CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"
LOG_IN = "/dang-nhap"
AGAIN = "/dang-nhap/xac-nhan"
DUTIES = {Due.PASSWORD: "/tai-khoan/mat-khau", Due.SECOND_FACTOR: "/tai-khoan/buoc-hai"}
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_GOAL_MOST = 4_000

View = TypeVar("View", bound=Callable[..., Any])


def needs(*permissions: Permission) -> Callable[[View], View]:
    """Say that a page wants one of these permissions."""
    return _marked(needed=frozenset(permissions))


def any_account(view: View) -> View:
    """Say that a page is for everyone who is logged in."""
    return _marked(needed=frozenset())(view)


def everybody(view: View) -> View:
    """Say that a page is for those too who are not logged in."""
    return _marked(needed=None)(view)


def although_due(view: View) -> View:
    """Say that a page is where somebody does what they must do before anything else."""
    return _marked(although_due=True)(view)


def _marked(**marks: object) -> Callable[[View], View]:
    def mark(view: View) -> View:
        for name, value in marks.items():
            setattr(view, name, value)
        return view

    return mark


def guard(app: Flask) -> None:
    """Set the door into the application."""
    app.before_request(_know)
    app.before_request(_check_own_request)
    app.before_request(_check_needs)
    app.after_request(_keep_nothing)
    app.context_processor(_for_templates)


def now() -> datetime:
    """Give the time of this request."""
    return datetime.now(UTC)


def by() -> By:
    """Give who asks, from where, now."""
    return By(actor=g.reader.account, now=g.now, address=address())


def by_account(account: str) -> By:
    """Give an account that proves itself just now, from where, now."""
    return By(actor=account, now=g.now, address=address())


def acting_for() -> tuple[str, ...]:
    """Give the accounts whose lent permissions this reader uses now, for whoever writes down who did what."""
    return tuple(each.giver for each in g.known.lent) if g.known else ()


def goal_query(goal: str) -> str:
    """Give the part of an address that says where to go on to."""
    return f"next={quote(goal[:_GOAL_MOST])}"


def address() -> str:
    """Give the address of the browser; behind a proxy the one that the proxy tells."""
    return request.remote_addr or ""


def _know() -> None:
    g.now, g.reader, g.known, g.session, g.due, g.seed = now(), NOBODY, None, None, None, None
    if request.endpoint == "static":
        return
    token = cookie(SESSION_COOKIE)
    if token:
        _know_session(token)
    elif _is_operator():
        g.reader = OPERATOR


def _know_session(token: str) -> None:
    desk = account_desk()
    session = sessions.find(desk, token, now=g.now)
    account = people.by_id(desk, session.account) if session else None
    if session is None or account is None or people.closed(account, desk.settings, now=g.now):
        return
    g.session, g.seed = session, token
    if session.stage is Stage.OPEN:
        g.known = readers.known(desk, account, now=g.now)
        g.due = readers.due(desk, g.known, session, address=address(), now=g.now)
        g.reader = replace(g.known.reader, permissions=frozenset()) if g.due else g.known.reader


def _is_operator() -> bool:
    """Say whether it is the operator at this machine, in a home that has no account yet."""
    settings = room().settings
    alone = settings.local_operator and not settings.behind_proxy and readers.is_this_machine(address())
    return alone and not people.is_anybody(account_desk())


def _check_own_request() -> None:
    """Refuse what another site made this browser send (ASVS 3.5.1, 3.5.3): its origin, and a token it cannot know."""
    if request.method not in _CHANGING or request.routing_exception is not None:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(_refusal("account-forged"))
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        abort(_refusal("account-forged"))
    given = request.headers.get(CSRF_HEADER, "")
    if not given and request.mimetype in _FORMS:
        given = request.form.get(CSRF_FIELD, "")
    seed = _seed()
    if not seed or not hmac.compare_digest(given.encode(), csrf_token(seed).encode()):
        abort(_refusal("account-forged"))


def _seed() -> str:
    """Give what the token of this browser is made of: its session, or a cookie for forms before there is one."""
    if g.seed:
        return str(g.seed)
    seed = cookie(FORM_COOKIE)
    return seed if _TOKEN.fullmatch(seed) else ""


def csrf_token(seed: str) -> str:
    """Make the token that proves that a form came from us."""
    return hmac.digest(seed.encode(), b"csrf", "sha256").hex()


def _own_token() -> str:
    """Give the token for the forms of this page; a browser without any cookie of ours gets one."""
    seed = _seed() or g.get("new_seed") or secrets.token_urlsafe(sessions.TOKEN_BYTES)
    if not _seed():
        g.new_seed = seed
    return csrf_token(seed)


def _check_needs() -> Response | None:
    view = current_app.view_functions.get(request.endpoint or "")
    needed = getattr(view, "needed", frozenset({Permission.READ}))
    if view is None or needed is None or request.endpoint == "static":
        return None
    if not g.reader.account and not g.reader.local:
        return log_in_first()
    if g.due and not getattr(view, "although_due", False):
        return redirect(DUTIES[g.due], 303)  # type: ignore[return-value]
    if needed and not needed & g.reader.permissions:
        if request.path == "/":
            return redirect(_first_page(g.reader), 303)  # type: ignore[return-value]
        _note_refusal()
        return _refusal("account-needs", needed=needed)
    return None


def _first_page(reader: Reader) -> str:
    """Give the page that opens for who may not search."""
    return "/quan-tri/tai-khoan" if Permission.ADMINISTER in reader.permissions else "/tai-khoan"


def log_in_first() -> Response:
    """Lead to the log-in and back; what was sent is not kept."""
    if request.method in {"GET", "HEAD"}:
        goal = request.full_path.rstrip("?")
        return redirect(f"{LOG_IN}?{goal_query(goal)}", 303)  # type: ignore[return-value]
    return Response(render_template("account_refused.html", key="account-first", needed=()), 401)


def _note_refusal() -> None:
    with account_desk().writing() as connection:
        note(connection, Kind.REFUSED, g.reader.account, by(), path=request.path[:200])


def _refusal(key: str, needed: frozenset[Permission] = frozenset()) -> Response:
    wanted = [each for each in Permission if each in needed]
    return Response(render_template("account_refused.html", key=key, needed=wanted), 403)


def require_fresh(minutes: int = 5, *, goal: str = "") -> None:
    """Ask password and second factor again when they were given longer ago (ASVS 7.5.1, 7.5.3).

    Then lead to the goal, without one back to the page; what was sent is kept only where the goal carries it.
    """
    if g.reader.local or (g.session and g.now - g.session.fresh_at < timedelta(minutes=minutes)):
        return
    goal = goal or (request.full_path.rstrip("?") if request.method == "GET" else back())
    abort(redirect(f"{AGAIN}?{goal_query(goal)}", 303))


def back() -> str:
    """Give the page of ours from which a form was sent."""
    parts = urlsplit(request.headers.get("Referer", ""))
    return safe_goal(parts.path + (f"?{parts.query}" if parts.query else ""))


def safe_goal(text: str) -> str:
    """Give an address of ours to go on to; anything else becomes the first page (no open redirect, no header of theirs)."""
    steers = any(ord(letter) < 0x21 or letter in "\\\x7f" for letter in text)
    if steers or not text.startswith("/") or text.startswith("//") or len(text) > _GOAL_MOST:
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else text


def _name(cookie: str) -> str:
    """Give the name of a cookie: behind TLS one that no other host and no plain http can set (ASVS 3.3.1, 3.3.3)."""
    return f"__Host-{cookie}" if room().settings.behind_proxy else cookie


def set_session(response: Response, token: str) -> Response:
    """Give the browser the token of its session."""
    return set_cookie(response, SESSION_COOKIE, token)


def cookie(name: str) -> str:
    """Read a cookie of ours."""
    return request.cookies.get(_name(name), "")


def set_cookie(response: Response, name: str, value: str) -> Response:
    """Give the browser a cookie until it is closed: for us alone, out of reach of scripts and of other sites."""
    secure = room().settings.behind_proxy
    response.set_cookie(_name(name), value, httponly=True, secure=secure, samesite="Lax", path="/")
    return response


def forget_cookie(response: Response, name: str) -> Response:
    """Take a cookie out of the browser."""
    secure = room().settings.behind_proxy
    response.delete_cookie(_name(name), path="/", secure=secure, httponly=True, samesite="Lax")
    return response


def forget_session(response: Response) -> Response:
    """Take everything of ours out of the browser at the log-out (ASVS 14.3.1)."""
    for name in (SESSION_COOKIE, FORM_COOKIE):
        forget_cookie(response, name)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _keep_nothing(response: Response) -> Response:
    """Let no page of somebody who is logged in stay in the browser: after the log-out, Back shows nothing."""
    if (
        request.endpoint != "static"
        and not g.get("cacheable")
        and (g.get("session") or request.path.startswith(LOG_IN))
    ):
        response.headers["Cache-Control"] = "no-store"
    if g.get("new_seed"):
        set_cookie(response, FORM_COOKIE, g.new_seed)
    return response


def _for_templates() -> dict[str, Any]:
    reader: Reader = g.get("reader", NOBODY)
    return {
        "reader": reader,
        "may": lambda *names: any(Permission(name) in reader.permissions for name in names),
        "csrf": lambda: Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, _own_token()),
        "csrf_token": _own_token,
        "person": lambda account: people.called(account_desk(), account) or account,
        "permission": lambda each: word(f"permission-{each}", g.get("language")),
    }
