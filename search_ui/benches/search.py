"""What a search costs, by size of the collection, kind of question and reader, on each engine.

The collection is made (`made_records`); asked is what the page asks of the engine: the first twenty hits in order, the
counts and the facets, within the reader's rights. The operator asks without limits; an official may read what is open
to the agency, and sees what is used conditionally in the list only: the dearest case.
"""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from schemas.access import ACCOUNTS, OPERATOR, AccessLevel, Grant, Permission, Reader, Rights, Rung
from schemas.settings import Settings
from search_ui.answer.plan import plan
from search_ui.answer.rank import Ranking, rank
from search_ui.benches.made_index import Spent, made_index
from search_ui.benches.made_questions import OF_EACH_KIND, Question, questions
from search_ui.benches.made_records import SEED, MadeRecords
from search_ui.benches.records import engines
from search_ui.index import Index
from search_ui.question.understand import understood
from search_ui.rights.guard import Guarded, scope

RECORDS = 100_000
CLIENTS = 8
SECONDS = 20.0  # of each measurement with clients
_TODAY = "2026-03-02"
_NOWHERE = Path("no-home")
_READERS = {
    "operator": OPERATOR,
    "reader": Reader(account="a1", permissions=frozenset({Permission.READ})),
    "reader who sees titles": Reader(account="a2", permissions=frozenset({Permission.READ})),
}
_RIGHTS = Rights(
    grants=(
        Grant(subject=ACCOUNTS, rung=Rung.DOWNLOAD),
        Grant(subject="account:a2", rung=Rung.KNOW, up_to=AccessLevel.CONDITIONAL),
    )
)
_Ask = Callable[[Question], Ranking]


def measure(
    settings: Settings, *, share: int = 0, seconds: float = SECONDS, each: int = OF_EACH_KIND
) -> dict[str, Any]:
    """Measure on so many made records, on each engine that can be had; `each`: questions of one kind."""
    records = MadeRecords(share or RECORDS)
    asked = questions(records, seed=SEED, each=each)
    figures: dict[str, Any] = {"records": records.count, "seed": SEED}
    for engine in engines(settings):
        with made_index(settings, records, engine=engine) as (index, spent, built):
            figures[engine] = {
                "build": built,
                "median share of records a word hits": _median_share(index, asked["word"], records.count),
                **{name: _each_kind(_asking(index, reader), asked, spent) for name, reader in _READERS.items()},
                **_clients(_asking(index, _READERS["reader"]), asked, seconds=seconds),
            }
    return figures


def _asking(index: Index, reader: Reader) -> _Ask:
    def ask(question: Question) -> Ranking:
        text, filters = question
        query = understood(text, _NOWHERE).query
        inner = index.reader()
        allowed = scope(reader, _RIGHTS, today=_TODAY, position=inner.position)
        with closing(Guarded(inner, allowed)) as guarded:
            return rank(guarded, query, plan(query, filters), offset=0, limit=20)

    return ask


def _median_share(index: Index, asked: Sequence[Question], records: int) -> float:
    ask = _asking(index, OPERATOR)
    return round(float(np.median([ask(each).total for each in asked])) / records, 3)


def _each_kind(ask: _Ask, asked: dict[str, list[Question]], spent: Spent) -> dict[str, Any]:
    figures = {}
    for kind, several in asked.items():
        ask(several[0])
        before = spent.cpu_seconds()
        took = [_timed(ask, each) for each in several]
        cpu = (spent.cpu_seconds() - before) / len(several)
        figures[kind] = {**_spread(took), "cpu ms": round(1000 * cpu, 1)}
    return figures


def _clients(ask: _Ask, asked: dict[str, list[Question]], *, seconds: float) -> dict[str, Any]:
    """Let clients ask at once: each once a second, then each without a pause."""
    mixed = [each for several in asked.values() for each in several]
    with ThreadPoolExecutor(CLIENTS) as clients:
        calm = list(clients.map(lambda client: _client(ask, mixed, client, seconds=seconds, pause=1.0), range(CLIENTS)))
        busy = list(clients.map(lambda client: _client(ask, mixed, client, seconds=seconds, pause=0.0), range(CLIENTS)))
    answered = sum(map(len, busy))
    return {
        f"{CLIENTS} clients, each once a second": _spread([each for client in calm for each in client]),
        f"{CLIENTS} clients without a pause": {
            **_spread([each for client in busy for each in client]),
            "questions a second": round(answered / seconds, 1),
        },
    }


def _client(ask: _Ask, mixed: Sequence[Question], client: int, *, seconds: float, pause: float) -> list[float]:
    chance = random.Random(SEED + client)
    ends = time.perf_counter() + seconds
    due = time.perf_counter() + pause * chance.random()
    took: list[float] = []
    while (now := time.perf_counter()) < ends:
        if due > now:
            time.sleep(due - now)
        took.append(_timed(ask, chance.choice(mixed)))
        due += pause
    return took


def _timed(ask: _Ask, question: Question) -> float:
    started = time.perf_counter()
    ask(question)
    return time.perf_counter() - started


def _spread(took: Sequence[float]) -> dict[str, float]:
    """Give p50 and p95 in milliseconds."""
    return {f"p{share} ms": round(1000 * float(np.percentile(took, share)), 1) for share in (50, 95)} if took else {}
