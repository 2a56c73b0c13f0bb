"""Make the table of syllables (`search_ui/question/syllables.csv`) again from a folder of legal texts, and compare the two."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from search_ui.analyser import analyse
from search_ui.answer.relevance import short_form
from search_ui.question.syllables import STRETCHES, syllables

_STRETCH = 2_000  # characters
_RARE = 3  # stretches
_LONGEST = 7  # letters of a Vietnamese syllable without marks: nghieng
_FOREIGN = 50  # English articles in a text that is said to be Vietnamese


def measure(folder: Path) -> dict[str, Any]:
    """Write `syllables.csv` into the working folder, and say how far it differs from the one in use."""
    texts = list(_texts(folder))
    made = table(texts)
    with Path("syllables.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerows([("folded", "per_10000", "forms"), *made])
    return {
        "texts": len(texts),
        "syllables": len(made),
        "not in the one in use": len({row[0] for row in made} - set(syllables())),
    }


def table(texts: list[str]) -> list[tuple[str, int, str]]:
    """Count the syllables of texts as the table has them."""
    folded: Counter[str] = Counter()
    exact: dict[str, Counter[str]] = {}
    stretches = [text[at : at + _STRETCH] for text in texts for at in range(0, len(text), _STRETCH)]
    for stretch in stretches:
        words = {
            (token.folded, token.exact) for token in analyse(stretch) if not token.number and token.folded.isalpha()
        }
        folded.update({word for word, _ in words})
        for word, form in words:
            exact.setdefault(word, Counter())[form] += 1
    share = STRETCHES / max(1, len(stretches))
    return [
        (word, max(1, round(count * share)), _forms(word, exact[word], share))
        for word, count in sorted(folded.items())
        if count >= _RARE and len(word) <= _LONGEST and word.isascii()
    ]


def _forms(word: str, forms: Counter[str], share: float) -> str:
    often = sorted(((form, count) for form, count in forms.items() if count > 1), key=lambda each: (-each[1], each[0]))
    return " ".join(f"{short_form(form, word)}:{max(1, round(count * share))}" for form, count in often)


def _texts(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").split("\n"):
            row = json.loads(line) if line else {}
            text = row.get("text") or ""
            if row.get("lang") == "vi" and text.count(" the ") <= _FOREIGN:
                yield text
