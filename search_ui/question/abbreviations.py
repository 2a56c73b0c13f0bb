"""Abbreviations that officials write, both ways: `UBND` for *Ủy ban nhân dân* and the other way round.

The table is a dated list of `schemas.rules`; an archive may have its own beside it, `abbreviations.csv` in its home
with the columns `symbol` and `name`. It is used when a question is asked, so that a change needs no new index. What
has fewer than three letters is too ambiguous in free text and is left out.
"""

import csv
import logging
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from schemas import rules
from search_ui.question.query import Why, Wording
from search_ui.question.wording import Table, folded_words

OWN_FILE = "abbreviations.csv"  # in the home
_SHORTEST = 3
_LARGEST_BYTES = 1_000_000

log = logging.getLogger(__name__)


def abbreviations(home: Path) -> Table:
    """Give the table of an archive: the rules' and its own; a row of its own for a symbol replaces the rules' rows."""
    own = home / OWN_FILE
    try:
        state = own.stat()
    except OSError:
        return _table(None, 0, 0)
    return _table(own, state.st_mtime_ns, state.st_size)


def table_of(rows: Iterable[tuple[str, str]]) -> Table:
    """Give the table of (symbol, name) pairs, both ways."""
    table: dict[tuple[str, ...], tuple[Wording, ...]] = {}
    for symbol, name in rows:
        short, long = folded_words(symbol), folded_words(name)
        if sum(map(len, short)) < _SHORTEST or len(long) < 2 or short == long:
            continue
        for typed, other in ((short, long), (long, short)):
            table[typed] = tuple(dict.fromkeys((*table.get(typed, ()), Wording(other, Why.ABBREVIATION))))
    return table


@lru_cache(maxsize=8)
def _table(own: Path | None, _changed: int, size: int) -> Table:
    known = [(rule.symbol, rule.name) for rule in rules.abbreviations()]
    added = _own_rows(own) if own is not None and size <= _LARGEST_BYTES else []
    replaced = {symbol.casefold() for symbol, _ in added}
    return table_of([*(row for row in known if row[0].casefold() not in replaced), *added])


def _own_rows(path: Path) -> list[tuple[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return [(row.get("symbol") or "", row.get("name") or "") for row in csv.DictReader(lines)]
    except (OSError, ValueError, csv.Error) as error:
        log.warning("the archive's own abbreviations cannot be read: %s", type(error).__name__)
        return []
