"""What every command of every room shares: options, settings, words, JSON lines on stdout, progress on stderr."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from schemas import words
from schemas.access import OPERATOR, Reader
from schemas.errors import TryLaterError
from schemas.settings import Settings, load

HomeOption = Annotated[Path | None, typer.Option("--home", help="Folder of the archive.", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Only JSON on stdout.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]

errors = Console(stderr=True, highlight=False, soft_wrap=True)


def settings_for(context: typer.Context, home: Path | None) -> Settings:
    """Read the settings of the home named with the command, before it, in LUUTRU_HOME, or ./luutru-home."""
    named = home if home is not None else (context.obj or {}).get("home")
    return load(named)


def existing_home(context: typer.Context, home: Path | None) -> Settings:
    """Like `settings_for`, but the home must have been made. Raises TryLaterError T001."""
    settings = settings_for(context, home)
    if not settings.storage.is_dir():
        raise TryLaterError("T001", word("no-home", home=settings.home))
    return settings


def reader(context: typer.Context, settings: Settings) -> Reader:
    """Give who the command acts for: the operator of the home, or the login named with --as."""
    found: Reader = (context.find_root().obj or {"reader": lambda _settings: OPERATOR})["reader"](settings)
    return found


def language() -> str:
    """Give the language of messages: LUUTRU_LANG, else Vietnamese."""
    return os.environ.get("LUUTRU_LANG", "vi")


def word(key: str, **values: object) -> str:
    """Give the words of a key in the operator's language."""
    return words.word(key, language(), **values)


def put_json(value: Any) -> None:
    """Write one JSON line to stdout and flush it."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """Write one line for people to stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def warn(text: str) -> None:
    """Write one line for people to stderr."""
    errors.print(text, markup=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that `doctor` looked at."""

    name: str
    ok: bool
    detail: str
    how: str = ""
    optional: bool = False
    works: bool = False  # it does, though not as it should

    def as_json(self) -> dict[str, Any]:
        """Give the JSON form."""
        return {"name": self.name, "ok": self.ok, "detail": self.detail, "how": self.how, "optional": self.optional}

    def text(self) -> str:
        """Give one line for people."""
        lacking = "doctor-works" if self.works else "doctor-optional" if self.optional else "doctor-missing"
        state = word("doctor-ok" if self.ok else lacking)
        return f"{self.name:14} {state}: {self.detail}" + (f"  → {self.how}" if self.how and not self.ok else "")
