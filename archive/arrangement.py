"""Makes and finds the units of the arrangement: fonds (phông), inventory (mục lục), file (hồ sơ).

Each is an object with a stable id and a journal line; its code is an attribute, unique among its siblings of the same
level. Two processes that want the same unit get the same one: the journal decides. Moves and renames nothing yet.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime

from archive.keeping import About, Piece
from archive.rows import ARRANGEMENT_JSON
from archive.strongroom import Act, Archive, commit, follow
from schemas.description import Arrangement, Level
from schemas.errors import TryLaterError, UsageError
from schemas.identifiers import RecordId, from_urn, new_record_id, urn
from schemas.journal import Line, LineKind
from schemas.values import canonical, to_json
from schemas.words import word

UNSORTED = "CHUA-XEP"  # code of the fonds used when none is given, and of each fonds' file "chưa xếp"
UNSORTED_FONDS_TITLE = "Phông chưa xếp"
UNSORTED_FILE_TITLE = "Hồ sơ chưa xếp"
CODE_LIMIT = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record belongs, by codes; empty means not given. `box` (hộp) is an attribute of the file."""

    fonds: str = ""
    inventory: str = ""
    box: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The same by ids: what a package names."""

    fonds: RecordId
    file: RecordId


def ensure(archive: Archive, place: Place, *, actor: str, now: datetime) -> Home:
    """Find the units of `place`, making those that are missing, down to a file.

    Without a fonds it is `CHUA-XEP`; without a file it is the fonds' file "chưa xếp", or one of that sort in the
    inventory and box that are named. Raises UsageError U010 for a code that cannot be one, TryLaterError T010 and T012.
    """
    fonds = _unit(archive, _named(Level.FONDS, place.fonds, None), actor=actor, now=now)
    unsorted = _unit(archive, _named(Level.FILE, "", fonds), actor=actor, now=now)
    if not (place.file or place.inventory or place.box):
        return Home(fonds=fonds, file=unsorted)
    parent = fonds
    if place.inventory:
        parent = _unit(archive, _named(Level.INVENTORY, place.inventory, fonds), actor=actor, now=now)
    code = place.file or " ".join(filter(None, (UNSORTED, place.box)))
    file = _unit(archive, _named(Level.FILE, code, parent, box=place.box), actor=actor, now=now)
    return Home(fonds=fonds, file=file)


def is_unsorted(code: str) -> bool:
    """Say whether the file of this code only holds a place for what is not filed yet, in its fonds or in one box."""
    return code == UNSORTED or code.startswith(f"{UNSORTED} ")


def settle(archive: Archive) -> None:
    """Remove the units and register entries that a crash left without a journal line; nobody knows their ids any more."""
    for object_id in archive.store.unfinished():
        with archive.store.alone(object_id):
            follow(archive)
            made = from_urn(object_id)
            if archive.catalogue.arrangement(made) is None and not archive.catalogue.registered(entry=made):
                archive.store.remove(object_id)
            archive.store.finished(object_id)


def clean_code(code: str) -> str:
    """Give a code as it is kept: NFC, single spaces, no control characters. Raises UsageError U010."""
    cleaned = " ".join(unicodedata.normalize("NFC", code).split())
    if not cleaned or len(cleaned) > CODE_LIMIT or not cleaned.isprintable():
        raise UsageError("U010", word("unit-code", code=code[:40], limit=CODE_LIMIT))
    return cleaned


def _named(level: Level, code: str, parent: RecordId | None, *, box: str = "") -> Arrangement:
    if code and clean_code(code) != UNSORTED:
        code = title = clean_code(code)
    else:
        code, title = UNSORTED, UNSORTED_FONDS_TITLE if level is Level.FONDS else UNSORTED_FILE_TITLE
    return Arrangement(id=new_record_id(), level=level, code=code, title=title, parent=parent, box=box)


def _unit(archive: Archive, unit: Arrangement, *, actor: str, now: datetime) -> RecordId:
    """Give the id of the unit with that parent, level and code; make it where there is none."""

    def known() -> RecordId | None:
        row = archive.catalogue.arrangement_by_code(unit.parent, unit.level, unit.code)
        return None if row is None else row.arrangement.id

    follow(archive)
    found = known()
    if found is not None:
        return found
    unit = replace(unit, default_access=archive.settings.access_level.value)
    object_id = urn(unit.id)
    with archive.store.alone(object_id):
        archive.store.begin(object_id)
        pieces = {ARRANGEMENT_JSON: Piece(source=canonical(to_json(unit)))}
        about = About(version=1, created=now.isoformat(timespec="seconds"), message="arrangement", actor=actor)
        stored = archive.store.put(object_id, pieces, about)
        act = Act(
            kind=LineKind.ARRANGEMENT_MADE.value,
            actor=actor,
            object=object_id,
            version=stored.version,
            inventory=stored.inventory,
            more={"level": unit.level.value, **({"parent": unit.parent} if unit.parent else {})},
        )
        try:
            done = commit(archive, act, now=now, settled=known)
        except TryLaterError:
            archive.store.remove(object_id)
            archive.store.finished(object_id)
            raise
        if not isinstance(done, Line):
            archive.store.remove(object_id)  # another process made the same unit first
        archive.store.finished(object_id)
    return unit.id if isinstance(done, Line) else done
