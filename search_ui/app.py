"""The reading room as a web application: server-rendered pages that work without JavaScript.

It answers only under its own names, lets nobody in but by its door (`search_ui.accounts.door`), loads nothing from
elsewhere, and treats every word of a record, a file name or a query as hostile. It changes nothing in the archive: what is
handed in goes to the counter.
Sources: OWASP ASVS 5.0, 3.4 (headers), 5.4.1 (downloads), 13.4 (hosts).
"""

import hashlib
import logging
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from archive.home import Archive
from schemas import words
from schemas.desk import Counter, Feedback
from schemas.errors import IntegrityError, NotFoundError, RefusedError, UsageError
from schemas.settings import Settings
from search_ui import lending, shown
from search_ui.accounts import door
from search_ui.accounts.desk import open_accounts
from search_ui.index import Index
from search_ui.pages import (
    administer,
    administer_account,
    export,
    feedback,
    files,
    log_in,
    lookup,
    own_account,
    provider,
    query_help,
    record,
    rights,
    saved,
    search,
    units,
    upload,
    volume,
)
from search_ui.pages import desk as batches
from search_ui.pages import visits as inspection
from search_ui.pages.addresses import address
from search_ui.rights import visits
from search_ui.room import ACCOUNTS, EXTENSION, Render, Room, room
from search_ui.saved import SavedSearches

HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
_LANGUAGE_COOKIE = "lang"
_YEAR_SECONDS = 365 * 24 * 3600
_REQUEST_BYTES = 64 * 1024
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

log = logging.getLogger(__name__)


def create_app(
    settings: Settings, *, archive: Archive, index: Index, render: Render, desk: tuple[Counter, Feedback]
) -> Flask:
    """Make the application. `render` draws a page of a PDF, `desk` is the workshop's; both come from outside."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = _REQUEST_BYTES
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    counter, box = desk
    app.extensions[EXTENSION] = Room(
        settings=settings,
        archive=archive,
        index=index,
        render=render,
        counter=counter,
        feedback=box,
        saved=SavedSearches(settings.desk_address()),
    )
    app.extensions[ACCOUNTS] = open_accounts(settings)
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign] # ASVS 15.3.4
    for room_pages in (
        search,
        query_help,
        export,
        record,
        files,
        units,
        volume,
        lookup,
        saved,
        batches,
        upload,
        feedback,
    ):
        app.register_blueprint(room_pages.pages)
    for account_pages in (log_in, own_account, provider, administer, administer_account, rights, inspection):
        app.register_blueprint(account_pages.pages)
    app.before_request(upload.allow_size)
    app.before_request(_check_host)
    app.before_request(_choose_language)
    door.guard(app)
    app.after_request(_protect)
    visits.keep(app)
    app.teardown_request(lambda _error: words.hush())
    app.context_processor(_for_templates)
    app.register_error_handler(HTTPException, _tell_http)
    app.register_error_handler(NotFoundError, _tell_missing)
    app.register_error_handler(UsageError, _tell_missing)
    app.register_error_handler(RefusedError, _tell_refused)
    app.register_error_handler(IntegrityError, _tell_damaged)
    app.register_error_handler(Exception, _tell_bug)
    return app


def _check_host() -> tuple[str, int] | None:
    """Answer only under our own names: a page elsewhere must not read us by a name of its own (DNS rebinding).

    Behind a proxy only that proxy may ask, and only what came to it over TLS: anybody else could say whatever they
    like of where they come from.
    """
    settings = room().settings
    try:
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname
    except ValueError:
        host = None
    if host not in HOSTS | own_names(settings):
        return "This name is not served here.\n", 421
    peer = request.environ.get("werkzeug.proxy_fix.orig", {}).get("REMOTE_ADDR")
    if settings.behind_proxy and (peer != settings.proxy_address or not request.is_secure):
        return "Only the proxy may ask, with TLS.\n", 421
    return None


def own_names(settings: Settings) -> frozenset[str]:
    """Give the names under which the room answers besides those of this machine."""
    return frozenset(name.strip().lower() for name in settings.hosts.split(",") if name.strip())


def _choose_language() -> None:
    asked = request.args.get(_LANGUAGE_COOKIE) or request.cookies.get(_LANGUAGE_COOKIE)
    g.language = asked if asked in words.LANGUAGES else words.LANGUAGES[0]
    words.speak(g.language)


def _protect(response: Response) -> Response:
    for name, text in _HEADERS.items():
        response.headers.setdefault(name, text)
    if room().settings.behind_proxy:
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"  # ASVS 3.4.1
    if request.endpoint == "static":
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if request.args.get(_LANGUAGE_COOKIE) in words.LANGUAGES:
        response.set_cookie(
            _LANGUAGE_COOKIE, request.args[_LANGUAGE_COOKIE], max_age=_YEAR_SECONDS, httponly=True, samesite="Lax"
        )
    return response


def _for_templates() -> dict[str, Any]:
    language: str = g.get("language", words.LANGUAGES[0])
    return {
        "language": language,
        "agency": room().settings.agency,
        "t": lambda key, **values: words.word(key, language, **values),
        "count": lambda number: shown.count(number, language),
        "counted": lambda key, number: shown.counted(key, number, language),
        "size": lambda number: shown.size(number, language),
        "day": shown.day,
        "moment": shown.moment,
        "clock": shown.clock,
        "last_day": shown.last_day,
        "browser": shown.browser,
        "asset": _asset,
        "here": _here,
        "title_of": search.title_of,
        "level_words": lending.level_words,
        "narrower": lending.narrower,
    }


@cache
def _asset(name: str) -> str:
    """Give the address of a static file, with its digest, so that it may be kept for a year."""
    content = (Path(__file__).parent / "static" / name).read_bytes()
    return f"/static/{name}?{hashlib.sha256(content).hexdigest()[:12]}"


def _here(**changes: str) -> str:
    """Give the address of this page with other parameters; an empty one is left out."""
    return address(request.path, request.args, **changes)


def _tell(status: int, key: str) -> tuple[str, int]:
    return render_template("problem.html", status=status, key=key), status


def _tell_http(error: HTTPException) -> tuple[str, int] | HTTPException | Response:
    status = error.code or 500
    if status < 400:
        return error
    key = {404: "ui-404", 405: "ui-404"}.get(status, "ui-400" if status < 500 else "ui-500")
    return _tell(status, key)


def _tell_missing(_error: NotFoundError | UsageError) -> tuple[str, int]:
    return _tell(404, "ui-404")


def _tell_refused(error: RefusedError) -> tuple[str, int]:
    return render_template("problem.html", status=403, key="ui-refused", message=error.message), 403


def _tell_damaged(error: IntegrityError) -> tuple[str, int]:
    log.error("damaged: %s", error.code)
    return _tell(503, "ui-damaged")


def _tell_bug(error: Exception) -> tuple[str, int]:
    log.error("a request failed: %s", type(error).__name__, exc_info=error)
    return _tell(500, "ui-500")
