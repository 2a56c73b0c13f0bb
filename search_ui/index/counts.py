"""Numbers that were counted of one state of an index, kept until it changes: everybody's statistics are the same."""

import threading
from collections.abc import Hashable

from search_ui.answer.plan import Condition

_MOST = 50_000
Counts = dict[tuple[str, str, Condition], float]  # what was counted, the word, within which records


class KeptCounts:
    """The counts of the newest state that was asked for."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._lock = threading.Lock()
        self._state: Hashable = None
        self._counts: Counts = {}

    def of(self, state: Hashable) -> Counts:
        """Give the counts of a state, to read and to add to; of another one than before there are none yet."""
        with self._lock:
            if self._state != state or len(self._counts) > _MOST:
                self._state, self._counts = state, {}
            return self._counts
