"""What the reader of this request may be lent: every page asks here before it shows a record or a unit.

The decision is the archive's (`archive.lending`); this only knows who asks, and when.
"""

from datetime import UTC, datetime, timedelta

from flask import g

from archive.access import RecordRow
from archive.lending import Lender
from schemas.access import AccessLevel, Reader, Rung, rank
from schemas.description import Arrangement
from schemas.errors import NotFoundError
from schemas.identifiers import RecordId
from schemas.words import word
from search_ui import shown
from search_ui.answer.find import Asker, guarded
from search_ui.rights.guard import Guarded
from search_ui.room import room

_A_MOMENT = timedelta(seconds=1)

__all__ = [
    "Rung",
    "asker",
    "is_public",
    "known_records",
    "known_unit",
    "known_units",
    "lent",
    "level_of",
    "level_words",
    "narrower",
    "reader_id",
    "reading",
    "rung_of",
    "signs",
]


def asker() -> Asker:
    """Say who asks in this request, and when; who was not let in is a stranger."""
    return Asker(reader=g.get("reader", Reader()), now=datetime.now(UTC))


def reading() -> Guarded:
    """Open the index as the reader may see it. Close it after use."""
    return guarded(room().archive, room().index, asker())


def lent(wanted: RecordId, rung: Rung = Rung.READ) -> RecordRow:
    """Give the row of a record that the reader may use at that rung. Raises NotFoundError N001, RefusedError R030."""
    try:
        return _lender().lend(wanted, rung)
    except NotFoundError:
        g.hidden = True  # whether it is there or not: the log of visits looks
        raise


def rung_of(row: RecordRow) -> Rung:
    """Say how far the reader may go with a record."""
    return _lender().rung(row)


def known_records(file: RecordId) -> tuple[RecordRow, ...]:
    """Give the records of a file that the reader may know of, in order."""
    return _lender().records(file)


def known_units(parent: RecordId | None) -> tuple[Arrangement, ...]:
    """Give the units directly below `parent` (None: the fonds) that the reader may know of."""
    return _lender().units(parent)


def known_unit(wanted: RecordId) -> Arrangement:
    """Give a unit that the reader may know of. Raises NotFoundError N004."""
    lender = _lender()
    unit = lender.places.unit(wanted)
    if not lender.rung(unit):
        raise NotFoundError("N004", word("unit-missing", unit=wanted))
    return unit


def level_of(each: RecordRow | Arrangement) -> str:
    """Give the access level that holds today for a record or a unit, "" for one that cannot be read."""
    return _lender().level(each)


def level_words(each: RecordRow | Arrangement, language: str) -> str:
    """Write the access level of a record or a unit."""
    return word(f"level-{level_of(each) or 'unreadable'}", language)


def narrower(each: RecordRow, language: str) -> str:
    """Write the access level of a record where it is narrower than the agency's own, else nothing."""
    level = level_of(each)
    return level_words(each, language) if not level or rank(level) > rank(AccessLevel.AGENCY) else ""


def is_public(row: RecordRow) -> bool:
    """Say whether anybody at all may have the record's images: only those may stay in caches on the way."""
    return _lender().rung(row, reader=Reader()) >= Rung.DOWNLOAD


def signs() -> dict[str, str]:
    """Say what is written over the images of who may only read on the screen: the agency, the reader, the time."""
    asks = asker()
    moment = shown.moment(asks.now.isoformat())
    return {"agency": room().settings.agency, "reader": f"{asks.reader.name or asks.reader.login} · {moment}"}


def reader_id() -> str:
    """Give the account of the reader, "" for the operator of the home."""
    return asker().reader.account


def _lender() -> Lender:
    """Give what is lent now; a long answer asks anew after a second."""
    asks, kept = asker(), g.get("lender")
    if kept is None or kept[0] != asks.reader or asks.now - kept[1] > _A_MOMENT:
        kept = g.lender = (asks.reader, asks.now, Lender(room().archive, asks.reader, now=asks.now))
    lender: Lender = kept[2]
    return lender
