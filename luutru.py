"""The command `luutru`: gathers each room's commands, and composes what no room may do alone.

Only here do the workshop and the reading room meet: after work the index follows the journal, `serve` is given the
workshop's renderer and job book, `rebuild` goes from the storage root through the catalogue to the index.
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

from archive import cli as archive_cli
from archive.console import HomeOption, JsonOption, existing_home, language, put_json, settings_for, tell, warn, word
from archive.fixity import rebuild_catalogue
from archive.home import init, open_archive
from ingest import cli as ingest_cli
from ingest.pages.render import renderer
from ingest.samples.make import make_samples
from schemas.errors import ExitCode, LuutruError
from schemas.words import speak
from search_ui import cli as search_cli
from search_ui.follow import follow_index, rebuild_index

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for room in (archive_cli.app, ingest_cli.app, search_cli.app):
    app.add_typer(room)


@app.callback()
def luutru(context: typer.Context, home: HomeOption = None) -> None:
    """Electronic records archive: from a box of paper to a search hit.

    Example: luutru --home /srv/archive ingest box-7
    """
    context.obj = {"home": home, "follow": follow_index, "jobs": ingest_cli.job_rows, "render": renderer}


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
    with open_archive(settings) as archive:
        if what is not Derived.INDEX:
            rebuild_catalogue(archive)
        if what is not Derived.CATALOGUE:
            rebuild_index(settings, archive)
        position = archive.journal.head().size
    put_json({"rebuilt": str(what), "position": position}) if as_json else tell(word("rebuilt", position=position))


@app.command()
def demo(context: typer.Context, home: HomeOption = None) -> None:
    """Make a small archive from sample documents of our own, and say how to look at it.

    Example: luutru --home demo-home demo
    """
    settings = settings_for(context, home)
    init(settings, now=datetime.now(UTC)).close()
    samples = settings.home / "samples"
    if not samples.is_dir():
        tell(word("demo-samples", folder=samples))
        make_samples(samples)
    ingest_cli.ingest_paths(context, settings, [samples])
    tell(word("demo-look", home=settings.home))


@app.command()
def bench(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="path, colour, corpus, ocr, verapdf, describe or faults.")],
    folder: Annotated[Path | None, typer.Argument(help="Folder of files to measure on.")] = None,
    share: Annotated[int, typer.Option(help="Only so many files, pages or kills; 0: all.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Measure the project itself; CPU seconds of whole process trees, comparisons in the same run.

    Example: luutru bench path ../shared/data/vn-scans --share 8
    """
    benches = import_module("ingest.benches.menu")  # only here: every other command would pay a second for them
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
