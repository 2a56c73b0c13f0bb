"""The words by which hồ sơ are found: of code, title and box, whether or not they hold a record.

The words come from the same analyser as the index. They are kept in the process and follow the catalogue: only units
that changed since the last question are read. What a reader may know of is not its matter: `search_ui.reference.units`.
"""

import threading
from dataclasses import dataclass, field
from heapq import nsmallest

from archive import access
from archive.home import Archive
from schemas.description import Arrangement, Level
from schemas.identifiers import RecordId
from search_ui.analyser import analyse
from search_ui.question.query import Number, Query, Words

MATCHES_MOST = 1_000  # hồ sơ of one answer, those with the fewest other words


@dataclass(slots=True)
class FileTitles:
    """The words of all hồ sơ, as far as the catalogue has come."""

    line: int = -1  # of the journal, up to which units were read
    words: dict[RecordId, frozenset[str]] = field(default_factory=dict)
    order: dict[RecordId, tuple[int, str]] = field(default_factory=dict)
    holders: dict[str, set[RecordId]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def matching(self, archive: Archive, query: Query) -> list[RecordId]:
        """Give the hồ sơ that hold all words of an alternative of the question, those with fewest others first."""
        with self.lock:
            self._follow(archive)
            found: set[RecordId] = set()
            for alternative in query.alternatives:
                wanted = {t.folded for part in alternative.wanted for t in part.terms}
                without = {
                    t.folded for part in alternative.unwanted if isinstance(part, Words | Number) for t in part.terms
                }
                sets = sorted((self.holders.get(word, set()) for word in wanted), key=len)
                if sets:
                    held = sets[0].intersection(*sets[1:]) if sets[1:] else sets[0]
                    held = {each for each in held if not without & self.words[each]} if without else held
                    found = found | held if found else held
            return nsmallest(MATCHES_MOST, found, key=self.order.__getitem__)

    def follow(self, archive: Archive) -> None:
        """Come as far as the catalogue, before a reader has to wait for it."""
        with self.lock:
            self._follow(archive)

    def _follow(self, archive: Archive) -> None:
        for line, unit in access.changed_units(archive, after=self.line):
            self.line = max(self.line, line)
            if unit.level is Level.FILE:
                self._put(unit)

    def _put(self, unit: Arrangement) -> None:
        for word in self.words.get(unit.id, ()):
            self.holders[word].discard(unit.id)
        text = f"{unit.code} . {unit.title} . {unit.box}"
        self.words[unit.id] = frozenset(token.folded for token in analyse(text) if not token.number)
        self.order[unit.id] = (len(self.words[unit.id]), unit.id)
        for word in self.words[unit.id]:
            self.holders.setdefault(word, set()).add(unit.id)
