"""Every word that people read, in one tested list per room: `<room>.json` maps a key to its Vietnamese and English.

Vietnamese is the default; `LUUTRU_LANG=en` (or the switch on a page) chooses English.
"""

import json
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


_spoken: ContextVar[str] = ContextVar("language", default="vi")


def speak(language: str) -> None:
    """Choose the language of this process (or of one request); an unknown one is Vietnamese."""
    _spoken.set(language if language in LANGUAGES else "vi")


def word(key: str, language: str | None = None, **values: object) -> str:
    """Give the words of `key`, `{name}` replaced by the values; without a language, in the one that is spoken.

    Raises KeyError for an unknown key.
    """
    chosen = language if language in LANGUAGES else _spoken.get()
    return all_words()[key][chosen].format(**values)


def explain(code: str, message: str) -> str:
    """Give an error for people: what its code means in the language that is spoken, then what was said of this case."""
    key = f"code-{code}"
    if key not in all_words() or _spoken.get() == "en":
        return message
    return f"{word(key)} [{message}]"
