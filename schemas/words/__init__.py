"""Every word that people read, in one tested list per room: `<room>.json` maps a key to its Vietnamese and English.

Vietnamese is the default; `LUUTRU_LANG=en` (or the switch on a page) chooses English.
"""

import errno
import json
import os
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("vi", "en")


@cache
def all_words() -> dict[str, dict[str, str]]:
    """Give the whole list: key → {"vi": …, "en": …}. Keys are unique over all rooms."""
    words: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.json")):
        words.update(json.loads(path.read_text(encoding="utf-8")))
    return words


_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def speak(language: str) -> None:
    """Choose the language of this thread (or of one request); an unknown one is Vietnamese."""
    _chosen.set(_known(language))


def hush() -> None:
    """Forget the choice: a request has ended, and the next one of this thread chooses its own."""
    _chosen.set(None)


def spoken() -> str:
    """Give the language that is spoken: the one chosen, else that of LUUTRU_LANG, which threads and workers share."""
    return _chosen.get() or _known(os.environ.get("LUUTRU_LANG", ""))


def _known(language: str) -> str:
    return language if language in LANGUAGES else LANGUAGES[0]


def word(key: str, language: str | None = None, **values: object) -> str:
    """Give the words of `key`, `{name}` replaced by the values; without a language, in the one that is spoken.

    Raises KeyError for an unknown key.
    """
    chosen = language if language in LANGUAGES else spoken()
    return all_words()[key][chosen].format(**values)


def fault(error: OSError) -> str:
    """Give the words for what the system says of a file; its own are English only."""
    key = f"os-{errno.errorcode.get(error.errno or 0, '')}"
    return word(key if key in all_words() else "os-other", number=error.errno)
