"""Measures that a search tells nobody of what is not for them: random readers and questions against a naive oracle.

Each pair asks the guarded index for the answer, its count, its facets and its order, and the one decision for every
record; the oracle goes through all records by the words of the rules. Any difference is a leak or a loss.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from archive.permissions import rung
from schemas.access import Reader, Target
from schemas.search import Filters
from search_ui.answer.plan import plan
from search_ui.answer.rank import rank, rank_by_day
from search_ui.benches.leak_world import FONDS, INVENTORY, TODAY, WORDS, World, a_world, answering, documents, may
from search_ui.index import Index
from search_ui.question.query import parse
from search_ui.rights.guard import Guarded, scope

SEED = 20261126
PAIRS = 100_000
_QUESTIONS = 10  # of each reader
_MOST = 1_000


def measure(index: Index, *, pairs: int, seed: int = SEED) -> dict[str, Any]:
    """Ask so many pairs of reader and question on this index; give how many differ from the oracle, by channel."""
    started, done, wrong = time.process_time(), 0, Counter[str]()
    world_seed = seed
    while done < pairs:
        world = a_world(world_seed)
        _fill(index, world)
        for reader, question in _asked(world, random.Random(world_seed)):
            wrong.update(differences(index, world, reader, question))
            done += 1
            if done == pairs:
                break
        world_seed += 1
    return {
        "seed": seed,
        "pairs": done,
        "worlds": world_seed - seed,
        "differences": sum(wrong.values()),
        "by channel": dict(wrong),
        "cpu seconds": round(time.process_time() - started, 1),
    }


def differences(index: Index, world: World, reader: Reader, question: tuple[str, ...]) -> Iterator[str]:
    """Name the channels in which an answer differs from the oracle's."""
    wanted = answering(world, reader, question)
    query = parse(" ".join(question))
    planned = plan(query, Filters())
    inner = index.reader()
    with closing(Guarded(inner, scope(reader, world.rights, today=TODAY, position=inner.position))) as guarded:
        best = rank(guarded, query, planned, offset=0, limit=_MOST)
        newest = rank_by_day(guarded, planned, offset=0, limit=_MOST, oldest=False)
    full = {each.id for each in best.records[: best.full]}
    yield from _named("hits", full != wanted or best.full != len(wanted))
    yield from _named("newest", {each.id for each in newest.records[: newest.full]} != wanted)
    known = {piece.id: piece for piece in world.pieces if may(world, reader, piece)}
    shown = [each.id for each in best.records]
    yield from _named("partial hits", not set(shown) <= set(known))
    yield from _named("total", best.total != len(shown))
    types = Counter(known[each].type for each in shown if each in known)
    yield from _named("facets", dict(best.facets.get("type", ())) != types)
    for piece in world.pieces:
        target = Target(above=(FONDS, INVENTORY, piece.file), id=piece.id, level=piece.level)
        decided = rung(reader, target, world.rights, today=TODAY)
        yield from _named("the decision", int(decided) != may(world, reader, piece))


def _asked(world: World, chance: random.Random) -> Iterator[tuple[Reader, tuple[str, ...]]]:
    for reader in world.readers:
        for _ in range(_QUESTIONS):
            yield reader, tuple(chance.choices(WORDS, k=chance.randint(1, 2)))


def _fill(index: Index, world: World) -> None:
    with index.writing(seconds=60):
        index.clear()
        index.put(documents(world), gone=(), position=1)
        index.finish()


def _named(channel: str, differs: bool) -> Iterator[str]:  # noqa: FBT001 - reads as a sentence
    if differs:
        yield channel
