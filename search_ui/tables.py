"""Results as tables that office programs open: CSV and XLSX. Pure but for the temporary file of a workbook.

Every value is text: a number such as 1/2 is no date, and what would begin a formula is made harmless by an apostrophe
(OWASP ASVS 5.0, 1.2.10). CSV is UTF-8 with a byte order mark, as Excel wants it.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

CELL_LIMIT = 32_000  # characters; Excel takes 32,767
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_ROWS_AT_ONCE = 200


def harmless(text: str) -> str:
    """Give a value as a cell may hold it: no control characters, no formula, not too long."""
    safe = f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
    clean = ILLEGAL_CHARACTERS_RE.sub("", safe).encode("utf-8", "replace").decode()
    return clean[:CELL_LIMIT]


def csv_chunks(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Write rows as CSV, some at a time."""
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    yield b"\xef\xbb\xbf"
    for number, row in enumerate(rows, 1):
        writer.writerow([harmless(value) for value in row])
        if number % _ROWS_AT_ONCE == 0:
            yield _taken(page)
    yield _taken(page)


def workbook(rows: Iterable[Sequence[str]], *, title: str) -> BinaryIO:
    """Write rows into a workbook of one sheet, the first row standing still, and give it open at its beginning."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=harmless(value))
            cell.data_type = "s"  # else a text that begins like a formula would become one
            cells.append(cell)
        sheet.append(cells)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    book.save(file)
    file.seek(0)
    return file


def _taken(page: io.StringIO) -> bytes:
    text = page.getvalue()
    page.seek(0)
    page.truncate()
    return text.encode()
