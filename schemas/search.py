"""What is asked of the reading room and what it answers; the JSON of `luutru search --json` follows these shapes."""

from dataclasses import dataclass, field
from enum import StrEnum

from schemas.description import Box
from schemas.identifiers import RecordId


class Tier(StrEnum):
    """How well a record answers; earlier is better and always comes first."""

    NUMBER = "number"
    TITLE_EXACT = "title_exact"
    TITLE_FOLDED = "title_folded"
    ALL_EXACT = "all_exact"
    ALL_FOLDED = "all_folded"
    SOME = "some"


class Sort(StrEnum):
    """In which order an answer stands."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows a search; empty means any. Dates are ISO, both ends included."""

    types: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    fonds: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    date_from: str | None = None
    date_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHit:
    """Where on a page the words stand. `snippet` is escaped HTML with <mark> only."""

    page: int
    snippet: str
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One record that answers."""

    record: RecordId
    source: str
    tier: Tier
    number: str | None = None
    type: str | None = None
    date: str | None = None
    issuer: str | None = None
    subject: str | None = None
    fonds: str = ""
    pages: tuple[PageHit, ...] = ()
    name: str | None = None  # "old" or "new": found only by a former or later name of what was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherName:
    """A former or later name of an agency or place in the question, which was searched for too."""

    typed: str
    other: str
    relation: str  # "old": what it was before; "new": what it has become
    since: str = ""  # ISO day of the change; "" is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One page of hits, the total, and facets as (value, count) pairs, most frequent first."""

    query: str
    total: int
    took_ms: float
    hits: tuple[Hit, ...] = ()
    facets: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    names: tuple[OtherName, ...] = ()
    suggestion: str | None = None  # a question spelt as records that may be seen are
    partial: bool = False  # not all words were found together: these are the best partial matches
