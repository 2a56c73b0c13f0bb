"""A question as the reading room understands it: read, with abbreviations, and with former and later names."""

from dataclasses import dataclass
from pathlib import Path

from schemas.search import OtherName
from search_ui.question.abbreviations import abbreviations
from search_ui.question.names import renamed
from search_ui.question.query import Query, parse
from search_ui.question.wording import worded


@dataclass(frozen=True, slots=True)
class Understood:
    """What was asked, what is searched for, and the names that were added to it."""

    plain: Query  # without the other names
    query: Query
    names: tuple[OtherName, ...] = ()


def understood(text: str, home: Path, *, names: bool = True) -> Understood:
    """Read a question with the tables of the rules and of the archive in `home`. Any text is a question."""
    plain = worded(parse(text), abbreviations(home))
    if not names:
        return Understood(plain, plain)
    query, added = renamed(plain)
    return Understood(plain, query, added)
