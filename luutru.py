"""The command `luutru`: gathers each room's commands, and composes what no room may do alone.

Only here do the workshop and the reading room meet: after work the index follows the journal, `serve` is given the
workshop's renderer and job book, `rebuild` goes from the storage root through the catalogue to the index. A room is
opened when one of its commands is asked for: all of them together cost two seconds of every start.
"""

import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from archive.console import HomeOption, JsonOption, existing_home, language, put_json, settings_for, tell, warn, word
from schemas.access import OPERATOR
from schemas.errors import ExitCode, LuutruError, UsageError
from schemas.words import speak

ROOMS = {
    "archive.cli": ("init", "show", "get", "review", "verify", "journal"),
    "ingest.cli": ("ingest", "watch", "jobs", "read", "reread", "doctor", "worker"),
    "search_ui.rights.cli": ("access",),
    "search_ui.cli": ("search", "serve"),
    "search_ui.accounts.cli": ("account",),
}


class Rooms(TyperGroup):
    """The commands of all rooms, each room loaded when it is needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name every command, room by room."""
        return [*(name for names in ROOMS.values() for name in names), *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Give a command, from its room."""
        for room, names in ROOMS.items():
            if cmd_name in names:
                opened: Any = typer.main.get_command(import_module(room).app)
                return opened.commands[cmd_name]
        return super().get_command(ctx, cmd_name)


def _later(module: str, name: str) -> Callable[..., Any]:
    """Give a function of a room that is opened when it is called."""

    def call(*arguments: Any) -> Any:
        return getattr(import_module(module), name)(*arguments)

    return call


app = typer.Typer(cls=Rooms, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
follow_index = _later("search_ui.follow", "follow_index")
desk = _later("ingest.cli", "desk")
renderer = _later("ingest.pages.render", "renderer")
search_checks = _later("search_ui.doctor", "examine")
start_standing = _later("ingest.workers.standing", "start_standing")


reader_of = _later("search_ui.accounts.cli", "reader_of")
NARROWED = frozenset({"search", "show", "get"})  # the commands that a reader may be given


@app.callback()
def luutru(
    context: typer.Context,
    home: HomeOption = None,
    as_: Annotated[str, typer.Option("--as", help="Search, show and get as this login may.")] = "",
) -> None:
    """Electronic records archive: from a box of paper to a search hit.

    Example: luutru --home /srv/archive ingest box-7
    """
    if as_ and context.invoked_subcommand not in NARROWED:
        raise UsageError("U071", word("as-narrows", commands=", ".join(sorted(NARROWED))))
    context.obj = {
        "home": home,
        "follow": follow_index,
        "desk": desk,
        "render": renderer,
        "search_checks": search_checks,
        "standing": start_standing,
        "reader": (lambda settings: reader_of(settings, as_)) if as_ else (lambda _settings: OPERATOR),
    }


class Derived(StrEnum):
    """What can be made anew from the storage root."""

    CATALOGUE = "catalogue"
    INDEX = "index"
    ALL = "all"


@app.command()
def rebuild(context: typer.Context, what: Derived, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Make catalogue, index or both anew from the storage root alone; answers stay the same.

    Example: luutru rebuild all
    """
    settings = existing_home(context, home)
    fixity, follow = import_module("archive.fixity"), import_module("search_ui.follow")
    with import_module("archive.home").open_archive(settings) as archive:
        if what is not Derived.INDEX:
            fixity.rebuild_catalogue(archive)
        if what is not Derived.CATALOGUE:
            follow.rebuild_index(settings, archive)
        position = archive.journal.head().size
    put_json({"rebuilt": str(what), "position": position}) if as_json else tell(word("rebuilt", position=position))


@app.command()
def demo(context: typer.Context, home: HomeOption = None) -> None:
    """Make a small archive from sample documents of our own, and say how to look at it.

    Example: luutru --home demo-home demo
    """
    settings = settings_for(context, home)
    import_module("archive.home").init(settings, now=datetime.now(UTC)).close()
    samples = settings.home / "samples"
    if not samples.is_dir():
        tell(word("demo-samples", folder=samples))
        import_module("ingest.samples.make").make_samples(samples)
    import_module("ingest.cli").ingest_paths(context, settings, [samples])
    tell(word("demo-look", home=settings.home))


@app.command()
def bench(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="path, colour, corpus, ocr, verapdf, describe, faults, relevance, leaks, search or syllables."
        ),
    ],
    folder: Annotated[Path | None, typer.Argument(help="Folder of files to measure on.")] = None,
    share: Annotated[int, typer.Option(help="Only so many files, pages, kills or records; 0: all.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Measure the project itself; CPU seconds of whole process trees, comparisons in the same run.

    Example: luutru bench path ../shared/data/vn-scans --share 8
    """
    room = import_module("search_ui.benches.menu")
    benches = room if name in room.NAMES else import_module("ingest.benches.menu")
    figures = benches.measure(name, folder=folder, share=share, settings=settings_for(context, None))
    put_json(figures) if as_json else _print(figures)


def _print(figures: dict[str, Any], indent: str = "") -> None:
    for name, value in figures.items():
        if isinstance(value, dict):
            tell(f"{indent}{name}:")
            _print(value, indent + "  ")
        else:
            tell(f"{indent}{name}: {value}")


def main() -> None:
    """Run the command; every error ends in one sentence and the exit code that says who must act."""
    speak(language())
    sys.exit(_guarded(app))


def _guarded(command: Callable[..., Any]) -> int:
    try:
        command(prog_name="luutru")
    except SystemExit as stop:
        if stop.code == ExitCode.INTERRUPTED:
            warn(word("interrupted"))
        return stop.code if isinstance(stop.code, int) else ExitCode.DONE
    except LuutruError as error:
        return _tell_error(error.code, error.message, error.exit_code)
    except Exception as error:  # the outermost line of a command: our fault, told as such
        traceback.print_exc()
        return _tell_error("B001", word("bug", error=f"{type(error).__name__}: {error}"), ExitCode.BUG)
    return ExitCode.DONE


def _tell_error(code: str, message: str, exit_code: ExitCode) -> int:
    warn(f"{code}: {message}")
    if "--json" in sys.argv and exit_code not in (ExitCode.BUG, ExitCode.USAGE, ExitCode.INTERRUPTED):
        put_json({"error": {"code": code, "message": message}})
    return exit_code


if __name__ == "__main__":
    main()
