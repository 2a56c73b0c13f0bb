"""ALQAC 2022: questions about law articles, the relevance of our order beside plain BM25 over the same words.

Data: `alqac2022-law.json`, `alqac2022-questions.json`. Settings of the order were chosen by every second question
("chosen"), but both halves were seen meanwhile, so the "other half" is no clean held-out test.
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.identifiers import RecordId
from schemas.settings import Settings
from search_ui.analyser import analyse
from search_ui.benches.records import Source, ask, engines, indexed

TOP = 10
_K1, _B = 1.2, 0.75  # as Lucene has them


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the keys of the articles that answer it."""

    text: str
    relevant: frozenset[str]


def measure(folder: Path, settings: Settings) -> dict[str, Any]:
    """Give recall@10 and MRR@10 of each engine and of plain BM25 over marked and folded syllables."""
    sources, questions = _articles(folder), _questions(folder)
    figures: dict[str, Any] = {"articles": len(sources), "questions": len(questions)}
    for form in ("exact", "folded"):
        plain = PlainBm25({source.key: _words(source.text, form) for source in sources})
        found = [plain.best(_words(each.text, form)) for each in questions]
        figures[f"BM25 {form}"] = _scored(questions, found)
    keys = {source.record: source.key for source in sources}
    for engine in engines(settings):
        with indexed(settings, sources, engine=engine) as index:
            answers = [ask(index, each.text, limit=TOP).records for each in questions]
        found = [[keys[RecordId(each.id)] for each in answer] for answer in answers]
        figures[engine] = _scored(questions, found)
    return figures


@dataclass(slots=True)
class PlainBm25:
    """BM25 over lists of words, nothing else: what ours is compared with."""

    texts: dict[str, list[str]]
    postings: dict[str, list[tuple[str, int]]] = field(init=False, default_factory=lambda: defaultdict(list))
    mean: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        for name, words in self.texts.items():
            for word, count in Counter(words).items():
                self.postings[word].append((name, count))
        self.mean = sum(map(len, self.texts.values())) / max(1, len(self.texts))

    def best(self, words: Iterable[str]) -> list[str]:
        """Give the names of the best texts, best first."""
        scores: dict[str, float] = defaultdict(float)
        for word in dict.fromkeys(words):
            found = self.postings.get(word, [])
            rarity = math.log(1 + (len(self.texts) - len(found) + 0.5) / (len(found) + 0.5))
            for name, count in found:
                norm = _K1 * (1 - _B + _B * len(self.texts[name]) / self.mean)
                scores[name] += rarity * count * (_K1 + 1) / (count + norm)
        return sorted(scores, key=lambda name: (-scores[name], name))[:TOP]


def _scored(questions: Sequence[Question], answers: Sequence[Sequence[str]]) -> dict[str, Any]:
    each = [_one(question, found) for question, found in zip(questions, answers, strict=True)]
    return {"all": _mean(each), "chosen": _mean(each[0::2]), "other half": _mean(each[1::2])}


def _one(question: Question, found: Sequence[str]) -> tuple[float, float]:
    places = [place for place, key in enumerate(found[:TOP], 1) if key in question.relevant]
    return len(places) / len(question.relevant), 1 / places[0] if places else 0.0


def _mean(scores: Sequence[tuple[float, float]]) -> dict[str, float]:
    recall, rank = (sum(column) / max(1, len(scores)) for column in zip(*scores, strict=True))
    return {"recall@10": round(recall, 4), "MRR@10": round(rank, 4)}


def _words(text: str, form: str) -> list[str]:
    return [token.exact if form == "exact" else token.folded for token in analyse(text) if not token.number]


def _articles(folder: Path) -> list[Source]:
    laws = json.loads((folder / "alqac2022-law.json").read_text(encoding="utf-8"))
    return [
        Source(
            key=f"{law['id']} {article['id']}",
            text=article["text"],
            fields={"subject": article["text"].partition("\n")[0]},
        )
        for law in laws
        for article in law["articles"]
    ]


def _questions(folder: Path) -> list[Question]:
    read = json.loads((folder / "alqac2022-questions.json").read_text(encoding="utf-8"))
    return [
        Question(
            each["text"],
            frozenset(f"{answer['law_id']} {answer['article_id']}" for answer in each["relevant_articles"]),
        )
        for each in read
    ]
