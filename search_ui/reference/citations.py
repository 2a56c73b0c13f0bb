"""What a record cites and what cites it: numbers of its text resolved to records that the reader may know of.

A citation means a record of that number and, where both days are known, of that day; the issuer decides between
several. The index proposes, the archive is asked about each. Nothing is guessed: what is not found is told as such.
"""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

from archive import access
from archive.access import RecordRow
from schemas.description import Citation
from schemas.errors import IntegrityError, NotFoundError, RefusedError
from schemas.identifiers import RecordId
from schemas.packages import Package
from search_ui import lending
from search_ui.analyser import canonical_number, key
from search_ui.answer.plan import Has
from search_ui.index import Reader
from search_ui.room import room

CITED_MOST = 200  # different documents cited by one record that are looked for
CITING_MOST = 200  # records that name a number and are looked into
_SAME_NUMBER = 20  # records of one number that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """One document that is cited: on which pages, and the records it may be; none where it is not in the archive."""

    citation: Citation
    pages: tuple[int, ...]
    records: tuple[RecordRow, ...]


def cited_by(package: Package) -> tuple[Cited, ...]:
    """Give the documents that a record cites, each once, in the order of the text."""
    places: dict[tuple[str, str | None], list[Citation]] = {}
    for each in package.description.citations:
        places.setdefault((canonical_number(each.number), each.date), []).append(each)
    with closing(lending.reading()) as reader:
        return tuple(
            Cited(
                citation=found[0],
                pages=tuple(dict.fromkeys(each.page for each in found)),
                records=_resolved(reader, found[0], itself=package.record),
            )
            for found in list(places.values())[:CITED_MOST]
        )


def citing(row: RecordRow) -> tuple[RecordRow, ...]:
    """Give the records whose text cites this one and that the reader may read, the newest first."""
    token = canonical_number(row.number or "")
    if len(token) <= 1:
        return ()
    with closing(lending.reading()) as reader:
        proposed = reader.newest(Has("body_numbers", token), offset=0, limit=CITING_MOST)
    found = _lent((RecordId(each) for each in proposed if each != row.id), lending.Rung.READ)
    return tuple(each for each in found if _names(each, token, day=row.date))


def _resolved(reader: Reader, citation: Citation, *, itself: RecordId) -> tuple[RecordRow, ...]:
    token = canonical_number(citation.number)
    proposed = reader.newest(Has("own", token), offset=0, limit=_SAME_NUMBER)
    rows = _lent((RecordId(each) for each in proposed if each != itself), lending.Rung.KNOW)
    same = [row for row in rows if canonical_number(row.number or "") == token and _same_day(row.date, citation.date)]
    issued = [row for row in same if citation.issuer and key(row.issuer or "") == key(citation.issuer)]
    return tuple(issued or same)


def _lent(records: Iterable[RecordId], rung: lending.Rung) -> list[RecordRow]:
    found = []
    for record in records:
        try:
            found.append(lending.lent(record, rung))
        except (NotFoundError, RefusedError):
            continue
    return found


def _names(row: RecordRow, token: str, *, day: str | None) -> bool:
    """Say whether a record's own citations name that number, and no other day."""
    try:
        known = access.package(room().archive, row.id).description.citations
    except (NotFoundError, IntegrityError):
        return False
    return any(canonical_number(each.number) == token and _same_day(each.date, day) for each in known)


def _same_day(one: str | None, other: str | None) -> bool:
    return not one or not other or one == other
