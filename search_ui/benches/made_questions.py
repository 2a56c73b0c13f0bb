"""Questions about made records, by kind, drawn by a fixed seed: words by how common they are, numbers that are there."""

from collections.abc import Callable

import numpy as np

from schemas.search import Filters
from search_ui.analyser import fold
from search_ui.benches.made_records import MadeRecords, words
from search_ui.question.spelling import written

OF_EACH_KIND = 40
Question = tuple[str, Filters]
_LONG = 18  # words of a long question


def questions(records: MadeRecords, *, seed: int, each: int = OF_EACH_KIND) -> dict[str, list[Question]]:
    """Draw so many questions of each kind."""
    chance = np.random.default_rng(seed)
    texts = [document.body_exact[0] for document in records.first(each)]
    kinds: dict[str, Callable[[int], Question]] = {
        "word": lambda _: (words(chance, 1)[0], Filters()),
        "words without marks": lambda _: (fold(" ".join(words(chance, 3))), Filters()),
        "phrase": lambda at: (f'"{_beside(texts[at], chance)}"', Filters()),
        "filters and facets": lambda _: (words(chance, 1)[0], _filters(records, chance)),
        "no word, newest": lambda _: ("", Filters()),
        "number": lambda at: (_number(records, chance, spelt=at % 2 == 0), Filters()),
        "long question": lambda _: (" ".join(words(chance, _LONG)), Filters()),
    }
    return {kind: [make(at) for at in range(each)] for kind, make in kinds.items()}


def _beside(text: str, chance: np.random.Generator) -> str:
    """Give two words that stand side by side in a text."""
    known = text.split(" ")
    at = int(chance.integers(len(known) - 1))
    return " ".join(written(word) for word in known[at : at + 2])


def _filters(records: MadeRecords, chance: np.random.Generator) -> Filters:
    title = records.titles[chance.integers(len(records.titles))]
    return Filters(types=(title.type,), date_from=f"{title.year - 3}-01-01", date_to=f"{title.year + 3}-12-31")


def _number(records: MadeRecords, chance: np.random.Generator, *, spelt: bool) -> str:
    """Give a number that some records bear, as printed or as type and number: `qd 1695`."""
    own = records.titles[chance.integers(len(records.titles))].own.split(" ")
    token = next(word for word in own if word[0] == "#")
    return token[1:].replace("-", "/", 1) if spelt else f"{own[3]} {own[2]}"
