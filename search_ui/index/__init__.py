"""What the reading room asks of any search engine. An engine proposes; order and relevance are ours.

An engine stores index documents and the journal position they were made from, in one commit. It translates the
conditions of `search_ui.answer.plan` and adds whole-number weights; it never ranks by a score of its own.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from search_ui.answer.plan import EVERYTHING, Condition
from search_ui.answer.relevance import Statistics
from search_ui.document import IndexDocument
from search_ui.question.query import Term

FACETS = ("type", "issuer", "signer", "year", "fonds", "file")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A record proposed by an engine, with the weight it got and the facts that order it."""

    id: str
    weight: int
    order: str = ""
    tally: str = ""
    title_tally: str = ""
    length: int = 0


Weighed = tuple[tuple[Condition, int], ...]  # conditions with whole numbers; their sum stays below 2^24


@dataclass(frozen=True, slots=True)
class Counted:
    """How many records answer, and the values of each of `FACETS` over them, most frequent first, then by value."""

    total: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]


class Reader(Protocol):
    """The index as it was at one moment: one question is answered from one reader."""

    def close(self) -> None:
        """Give back what holds this moment."""
        ...

    @property
    def position(self) -> int:
        """How many journal lines are in the index."""
        ...

    def count(self, condition: Condition) -> int:
        """Count the records that answer."""
        ...

    def best(self, condition: Condition, weights: Weighed, *, limit: int, described: bool = True) -> list[Proposal]:
        """Give the records that answer for which most weights hold, by their sum; the order among equals is not defined.

        Not `described`: their ids and weights only, which are sooner there.
        """
        ...

    def newest(self, condition: Condition, *, offset: int, limit: int, reverse: bool = False) -> list[str]:
        """Give the ids of the records that answer by their `order`, or by its reverse."""
        ...

    def statistics(self, terms: Sequence[Term], *, within: Condition = EVERYTHING) -> Statistics:
        """Count the living records within a condition that hold each term."""
        ...

    def facets(self, condition: Condition) -> Counted:
        """Count the records that answer and the values of each facet, in one pass over them."""
        ...


class Index(Protocol):
    """A search engine, as it is followed and opened for reading."""

    @property
    def position(self) -> int:
        """How many journal lines are in the index now."""
        ...

    def reader(self) -> Reader:
        """Give the index as it is now."""
        ...

    def writing(self, *, seconds: float = 0.0) -> AbstractContextManager[None]:
        """Hold the one writer, waiting for another process up to so long. Raises TryLaterError T020."""
        ...

    def put(self, documents: Sequence[IndexDocument], *, gone: Sequence[str], position: int) -> None:
        """Replace the documents, remove those gone and store the position, in one commit. Only inside `writing`."""
        ...

    def clear(self) -> None:
        """Begin anew with nothing; readers may see the old index until `finish`. Only inside `writing`."""
        ...

    def finish(self) -> None:
        """Let readers see what was put since `clear`. Only inside `writing`."""
        ...
