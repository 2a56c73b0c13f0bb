"""The reading room's commands: `search` and `serve`."""

import logging
import signal
import threading
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from types import FrameType
from typing import Annotated, Any

import typer
from waitress.server import create_server  # type: ignore[import-untyped]

from archive.console import HomeOption, JsonOption, existing_home, put_json, reader, settings_for, tell, warn, word
from archive.home import Archive, open_archive
from schemas.days import typed_day
from schemas.errors import ExitCode, LuutruError, RefusedError, TryLaterError, UsageError
from schemas.search import Answer, Filters, Hit
from schemas.settings import Settings
from search_ui import shown
from search_ui.accounts import people
from search_ui.accounts.desk import open_accounts
from search_ui.answer.find import LIMIT_MOST, Asked, Asker, find
from search_ui.app import HOSTS, create_app, own_names
from search_ui.follow import catch_up
from search_ui.index import Index
from search_ui.index.opening import open_index
from search_ui.room import EXTENSION

FOLLOW_SECONDS = 1.0
THREADS = 8
_PLAIN_SNIPPET = str.maketrans({"\n": " "})

app = typer.Typer()
log = logging.getLogger(__name__)

TypeOption = Annotated[list[str] | None, typer.Option("--type", help="Type of document; may be repeated.")]
IssuerOption = Annotated[list[str] | None, typer.Option("--issuer", help="Issuing body; may be repeated.")]
FondsOption = Annotated[list[str] | None, typer.Option("--fonds", help="Code of the fonds; may be repeated.")]


@app.command(context_settings={"ignore_unknown_options": True})  # -word is a word that must be absent
def search(
    context: typer.Context,
    query: Annotated[list[str], typer.Argument(help='Words, "phrases", a number; OR, -word.')],
    home: HomeOption = None,
    type_: TypeOption = None,
    issuer: IssuerOption = None,
    fonds: FondsOption = None,
    from_: Annotated[str, typer.Option("--from", help="First day: 26/3/2018 or 2018-03-26.")] = "",
    to: Annotated[str, typer.Option("--to", help="Last day, likewise.")] = "",
    names: Annotated[bool, typer.Option(help="Search for former and later names of agencies and places too.")] = True,
    limit: Annotated[int, typer.Option(min=0, max=LIMIT_MOST, help="Most hits shown.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Find records by words of their text, title, number or file name; with or without tone marks.

    Example: luutru search "chi thi tang cuong su dung van ban dien tu" --from 2012-01-01
    """
    settings = existing_home(context, home)
    filters = Filters(
        types=tuple(type_ or ()),
        issuers=tuple(issuer or ()),
        fonds=tuple(fonds or ()),
        date_from=_day(from_),
        date_to=_day(to),
    )
    asks = reader(context, settings)
    with open_archive(settings) as archive:
        index = open_index(settings)
        catch_up(archive, index)
        asked = Asked(text=" ".join(query), filters=filters, limit=limit, names=names)
        answer = find(archive, index, asked, asker=Asker(reader=asks, now=datetime.now(UTC))).answer
    put_json(as_value(answer)) if as_json else _print(answer)
    if not answer.total:
        raise typer.Exit(ExitCode.NOT_FOUND)


def as_value(answer: Answer) -> dict[str, Any]:
    """Give the JSON value of an answer."""
    return asdict(answer)


def _day(text: str) -> str | None:
    if not text:
        return None
    day = typed_day(text)
    if day is None:
        raise UsageError("U030", word("search-date", date=text))
    return day


def _print(answer: Answer) -> None:
    if answer.suggestion:
        warn(word("ask-cli-suggestion", query=answer.suggestion))
    if not answer.total:
        warn(word("search-none"))
        return
    if answer.names:
        warn(word("ask-cli-names", names="; ".join(dict.fromkeys(each.other for each in answer.names))))
    if answer.partial:
        warn(word("search-partial"))
    for place, hit in enumerate(answer.hits, 1):
        _print_hit(place, hit)
    warn(word("search-total", total=answer.total, ms=round(answer.took_ms)))


def _print_hit(place: int, hit: Hit) -> None:
    about = " · ".join(each for each in (hit.type, hit.number, shown.day(hit.date), hit.issuer) if each)
    tell(f"{place:3}. {hit.subject or hit.source}")
    tell(f"     {about or hit.source}")
    pages = ", ".join(str(page.page) for page in hit.pages)
    tell(f"     {hit.record}{f'  [{pages}]' if pages else ''}")


@app.command()
def serve(
    context: typer.Context,
    home: HomeOption = None,
    host: Annotated[
        str, typer.Option(help="Address; others than this machine's need accounts and a TLS proxy.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0: a free one.")] = 8080,
    workers: Annotated[
        int, typer.Option(min=0, max=64, help="Processes that take in what is handed in; 0: `luutru worker` does it.")
    ] = 1,
) -> None:
    """Open the reading room, keep its index up to date, take in what is handed in; Ctrl+C ends it.

    Example: luutru serve --port 8080
    """
    if host not in HOSTS:
        _check_outside(settings_for(context, home), host)
    settings = existing_home(context, home)
    given: dict[str, Any] = context.find_root().obj or {}
    with ExitStack() as opened:
        opened.callback(given["standing"](settings, workers))  # forks first
        render, close = given["render"](settings)
        opened.callback(close)
        archive = opened.enter_context(open_archive(settings))
        index = open_index(settings)
        room = create_app(settings, archive=archive, index=index, render=render, desk=given["desk"](settings))
        _serve(room, archive, index, host=host, port=port)


def _check_outside(settings: Settings, host: str) -> None:
    """See that everything is there to open on another address. Raises RefusedError R001, UsageError U056 and U057."""
    if not settings.storage.is_dir() or not _is_anybody(settings):
        raise RefusedError("R001", word("serve-accounts", host=host))
    if not settings.behind_proxy:
        raise UsageError("U056", word("serve-tls", host=host))
    if not own_names(settings):
        raise UsageError("U057", word("serve-hosts"))


def _is_anybody(settings: Settings) -> bool:
    desk = open_accounts(settings)
    try:
        return people.is_anybody(desk)
    finally:
        desk.close()


def _serve(room: Any, archive: Archive, index: Index, *, host: str, port: int) -> None:
    try:
        # What a proxy says of the reader is looked at by the application, which knows whether there is one.
        server = create_server(
            room, host=host, port=port, threads=THREADS, ident=None, clear_untrusted_proxy_headers=False
        )
    except OSError as error:
        raise TryLaterError("T021", word("serve-port", port=port)) from error
    stop = threading.Event()
    signal.signal(signal.SIGTERM, _end)
    follower = threading.Thread(target=_follow, args=(room, archive, index, stop), name="follow", daemon=True)
    follower.start()
    shown_host = f"[{host}]" if ":" in host else host
    warn(word("serve-open", url=f"http://{shown_host}:{server.effective_port}/"))
    try:
        server.run()
    finally:
        stop.set()
        follower.join(timeout=10)
        server.close()


def _end(_number: int, _frame: FrameType | None) -> None:
    """End as Ctrl+C does: the server stops, the sandbox and the archive are closed."""
    raise SystemExit(0)


def _follow(room: Any, archive: Archive, index: Index, stop: threading.Event) -> None:
    try:
        room.extensions[EXTENSION].files.follow(archive)  # else the first reader would wait for it
    except LuutruError as error:
        log.warning("the titles of hồ sơ could not be read: %s %s", error.code, error.message)
    keep_following(archive, index, stop)


def keep_following(archive: Archive, index: Index, stop: threading.Event) -> None:
    """Bring the index up to the journal again and again until `stop`; trouble is logged and tried again.

    The writer is held only while something is written, so that another command can write in between.
    """
    while not stop.is_set():
        try:
            catch_up(archive, index)
        except LuutruError as error:
            log.warning("the index could not follow: %s %s", error.code, error.message)
        stop.wait(FOLLOW_SECONDS)
