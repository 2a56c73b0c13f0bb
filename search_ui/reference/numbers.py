"""Which records bear the numbers of a list: each line is a number in any spelling, with a day where one is known.

Asks the index for the number tier alone, never for words, and the archive about every record.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from archive.access import RecordRow
from schemas.days import typed_day
from schemas.errors import NotFoundError, RefusedError
from schemas.identifiers import RecordId
from schemas.search import Filters
from search_ui import lending
from search_ui.answer.plan import NOTHING, plan
from search_ui.index import Reader
from search_ui.question.query import YEAR, Query, parse

LINES_MOST = 5_000
LINE_LIMIT = 300  # characters
_SAME_NUMBER = 20  # records of one number that are listed
_DAY = re.compile(r"(?<![0-9/])[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-][0-9]{4}(?![0-9])")
_LEAD = re.compile(r"\b(?:ngày|ngay|dated)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One line of the list and the records that bear its number. `readable`: whether the line holds a number at all."""

    line: str
    records: tuple[RecordRow, ...]
    readable: bool = True

    @property
    def state(self) -> str:
        """Say in one word how it went."""
        if not self.readable:
            return "unreadable"
        return ("none", "one")[len(self.records)] if len(self.records) < 2 else "several"


def lines_of(text: str) -> tuple[str, ...]:
    """Give the lines of a list that hold something; of a table with columns, the first cell with a digit in it."""
    found = (_first_number(line) for line in text.lstrip("\ufeff").splitlines())
    return tuple(line[:LINE_LIMIT] for line in found if line)


def decoded(content: bytes) -> str:
    """Read an uploaded list as office programs write it: UTF-8, UTF-16 with its mark, else Windows-1258."""
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1258")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")


def look_up(lines: Iterable[str]) -> Iterator[Looked]:
    """Look each line up, in order."""
    with closing(lending.reading()) as reader:
        for line in lines:
            yield _looked(reader, line)


def _looked(reader: Reader, line: str) -> Looked:
    match = _DAY.search(line)
    day = typed_day(match.group()) if match else None
    number = f"{_LEAD.sub('', line[: match.start()])} {line[match.end() :]}" if match and day else line
    query = parse(number)
    condition = plan(query, Filters()).full[0][1]
    if condition == NOTHING:
        return Looked(line=line, records=(), readable=False)
    proposed = reader.newest(condition, offset=0, limit=_SAME_NUMBER)
    rows = tuple(row for each in proposed if (row := _known(RecordId(each))) is not None)
    wanted = day or _year(query)
    return Looked(line=line, records=tuple(row for row in rows if row.date is None or row.date.startswith(wanted)))


def _year(query: Query) -> str:
    """Give the year typed beside a whole number, "" without one: others of that number are not meant."""
    words = (term.folded for term in query.beside_number)
    return next((word for word in words if YEAR.fullmatch(word)), "")


def _known(record: RecordId) -> RecordRow | None:
    try:
        return lending.lent(record, lending.Rung.KNOW)
    except (NotFoundError, RefusedError):
        return None


def _first_number(line: str) -> str:
    for mark in ("\t", ";", ","):
        if mark in line:
            cells = next(csv.reader(io.StringIO(line), delimiter=mark), [])
            return next((cell.strip() for cell in cells if any(letter.isdecimal() for letter in cell)), "")
    return line.strip()
