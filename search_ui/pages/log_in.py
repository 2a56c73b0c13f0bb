"""The pages of logging in and out: password, second factor, first password, asking again. They work without JavaScript."""

import logging

from flask import Blueprint, Response, g, redirect, render_template, request

from schemas.errors import LuutruError, UsageError
from schemas.words import word
from search_ui.accounts import credentials, directories, door, logging_in, people, sessions
from search_ui.accounts.door import any_account, everybody, safe_goal
from search_ui.accounts.logging_in import Answer, Given, Shut, Wait, Wrong
from search_ui.accounts.sessions import Opened
from search_ui.accounts.values import Source, Stage
from search_ui.room import account_desk, room

log = logging.getLogger(__name__)
pages = Blueprint("log_in", __name__)

Page = Response | tuple[str, int]


@pages.get("/dang-nhap")
@everybody
def ask() -> Page:
    """Ask for login and password, or for the second factor of a log-in that has begun."""
    goal = safe_goal(request.args.get("next", "/"))
    if g.reader.account:
        return _go(goal)
    if _waits_for_code():
        return _go_to_code(goal)
    return _asked("", goal)


@pages.post("/dang-nhap")
@everybody
def log_in() -> Page:
    """Take login and password."""
    goal = safe_goal(request.form.get("next", "/"))
    given = _given(request.form.get("login", ""))
    try:
        answer = logging_in.log_in(account_desk(), given, now=g.now, directory=directories.directory(room().settings))
    except LuutruError as error:
        log.warning("the directory: %s", error.code)
        return _asked("", goal, status=503, message=error.message)
    return _answered(answer, goal)


def _answered(answer: Answer, goal: str) -> Page:
    match answer:
        case Opened(token=token, session=session):
            if g.session:
                sessions.end(account_desk(), g.session.id)  # ASVS 7.2.4
            going = _go_to_code(goal) if session.stage is Stage.PASSWORD else _go(goal)
            return door.set_session(going, token)
        case Wait(seconds=seconds):
            return _asked("account-wait", goal, status=429, seconds=seconds)
        case Shut(why=why):
            return _asked(f"account-closed-{why}", goal, status=403)
        case Wrong():
            return _asked("account-wrong", goal, status=401)


def _given(login: str) -> Given:
    browser = request.headers.get("User-Agent", "")
    password, code = request.form.get("password", ""), request.form.get("code", "")
    return Given(login=login, password=password, address=door.address(), browser=browser, code=code)


def _asked(key: str, goal: str, status: int = 200, **values: object) -> tuple[str, int]:
    login = request.form.get("login", "")[: people.LOGIN_MOST]
    provider = bool(room().settings.openid_issuer)
    page = render_template("log_in.html", key=key, goal=goal, login=login, provider=provider, **values)
    return page, status


def _go(goal: str) -> Response:
    return redirect(goal, 303)  # type: ignore[return-value]


def _go_to_code(goal: str) -> Response:
    return _go(f"/dang-nhap/buoc-hai?{door.goal_query(goal)}")


def _waits_for_code() -> bool:
    return g.session is not None and g.session.stage is Stage.PASSWORD


@pages.route("/dang-nhap/buoc-hai", methods=["GET", "POST"])
@everybody
def code() -> Page:
    """Ask for the second factor, and take it."""
    goal = safe_goal(request.values.get("next", "/"))
    if not _waits_for_code():
        return _go(goal if g.reader.account else f"{door.LOG_IN}?{door.goal_query(goal)}")
    desk, key, seconds = account_desk(), "", 0
    if request.method == "POST":
        account = people.by_id(desk, g.session.account)
        if account is None:
            return _go(door.LOG_IN)
        answer = logging_in.give_code(
            desk, g.session, account, request.form.get("code", ""), by=door.by_account(account.id)
        )
        if isinstance(answer, Opened):
            return door.set_session(_go(goal), answer.token)
        key, seconds = ("account-wait", answer.seconds) if isinstance(answer, Wait) else ("account-code-wrong", 0)
    status = 429 if seconds else 401 if key else 200
    return render_template("log_in_code.html", key=key, goal=goal, seconds=seconds), status


@pages.route("/dang-nhap/lap-mat-khau", methods=["GET", "POST"])
@everybody
def first_password() -> Page:
    """Set the first password, or a forgotten one, with the one-time code that the administrator gave."""
    login, message = request.values.get("login", "")[: people.LOGIN_MOST], ""
    if request.method == "POST":
        desk = account_desk()
        seconds = logging_in.count(desk, login, door.address(), g.now)
        account = people.by_login(desk, login)
        code = request.form.get("code", "")
        if seconds:
            return render_template(
                "first_password.html",
                least=room().settings.password_length,
                login=login,
                key="account-wait",
                seconds=seconds,
            ), 429
        if account is None or not people.is_setup_code(desk, account, code, now=g.now):
            return render_template(
                "first_password.html",
                least=room().settings.password_length,
                login=login,
                key="account-setup-wrong",
                seconds=0,
            ), 401
        try:
            new = new_password()
            credentials.set_password(desk, account, new, by=door.by_account(account.id))
        except UsageError as error:
            message = error.message
        else:
            logging_in.forget_attempts(desk, login, door.address(), now=g.now)
            return _go(door.LOG_IN)
    page = render_template(
        "first_password.html", least=room().settings.password_length, login=login, key="", seconds=0, message=message
    )
    return page, 400 if message else 200


def new_password() -> str:
    """Read a new password that was typed twice. Raises UsageError U051."""
    new, again = request.form.get("new", ""), request.form.get("again", "")
    if new != again:
        raise UsageError("U051", word("account-password-differs"))
    return new


@pages.route("/dang-nhap/xac-nhan", methods=["GET", "POST"])
@any_account
def confirm() -> Page:
    """Ask password and second factor again before something that matters."""
    goal, key, seconds = safe_goal(request.values.get("next", "/")), "", 0
    if g.known is None:
        return _go(goal)
    account = g.known.account
    if request.method == "POST":
        desk = account_desk()
        ask = directories.directory(desk.settings)
        answer = logging_in.proves_again(desk, account, _given(account.login), now=g.now, directory=ask)
        if answer is True:
            return door.set_session(_go(goal), sessions.renew(desk, g.session, by=door.by()).token)
        key, seconds = ("account-wait", answer.seconds) if isinstance(answer, Wait) else ("account-again-wrong", 0)
    local = account.source is not Source.OPENID
    page = render_template("log_in_again.html", key=key, goal=goal, seconds=seconds, account=account, local=local)
    return page, 429 if seconds else 401 if key else 200


@pages.post("/dang-xuat")
@everybody
def log_out() -> Response:
    """End the session, here and in the browser (ASVS 7.4.1)."""
    if g.session:
        sessions.log_out(account_desk(), g.session, by=door.by())
    return door.forget_session(_go(door.LOG_IN))
