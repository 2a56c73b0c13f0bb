"""What stands in a spreadsheet's cells and not on its printed pages: a cell narrower than its text is cut in print.

Pure. The copy shows what print shows; the words that print hides are added to the text that is searched.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator

MOST_CHARACTERS = 2_000_000  # of hidden cells; the original keeps all
_WORD = re.compile(r"\w+")


def hidden_cells(sheets: Iterable[str], shown: Iterable[str]) -> tuple[str, ...]:
    """Give the cells (of CSV texts, one a sheet) with a word that no page shows, each once, in order."""
    seen = {word for page in shown for word in _words(page)}
    found: dict[str, None] = {}
    size = 0
    for cell in _cells(sheets):
        if cell not in found and not seen.issuperset(_words(cell)):
            size += len(cell)
            if size > MOST_CHARACTERS:
                break
            found[cell] = None
    return tuple(found)


def _cells(sheets: Iterable[str]) -> Iterator[str]:
    for sheet in sheets:
        rows = csv.reader(sheet.replace("\0", "").splitlines(keepends=True))
        yield from (" ".join(cell.split()) for row in rows for cell in row if cell.strip())


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())
