"""Every word that people read, in one tested list per room: `<room>.json` maps a key to its Vietnamese and English.

Vietnamese is the default; `LUUTRU_LANG=en` (or the switch on a page) chooses English.
"""

import json
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


def word(key: str, language: str = "vi", **values: object) -> str:
    """Give the words of `key` in a language, `{name}` replaced by the values. Raises KeyError for an unknown key."""
    return all_words()[key][language if language in LANGUAGES else "vi"].format(**values)
