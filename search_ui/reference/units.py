"""The units of the arrangement as pages show them: hồ sơ as hits of their own, with their place in the store.

Every unit is asked of `search_ui.lending` before it is given.
"""

from dataclasses import dataclass
from itertools import islice

from archive.arrangement import is_unsorted
from schemas.description import Level
from schemas.errors import NotFoundError
from schemas.identifiers import RecordId
from search_ui import lending
from search_ui.question.understand import understood
from search_ui.room import room


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One hồ sơ as lists show it, with the codes of what stands above it."""

    id: RecordId
    code: str
    title: str
    box: str
    inventory: str
    fonds: str
    fonds_id: RecordId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Some of the hồ sơ that answer, and whether more follow."""

    shown: tuple[File, ...]
    more: bool


def find_files(text: str, *, offset: int = 0, limit: int) -> Files:
    """Give the hồ sơ whose code, title or box hold the words asked for and that the reader may know of.

    What only holds a place for what is not filed yet is left out while it is empty.
    """
    here = room()
    matching = here.files.matching(here.archive, understood(text, here.settings.home).plain)
    known = (file for each in matching if (file := file_of(each)) is not None and not _is_empty_placeholder(file))
    found = tuple(islice(known, offset, offset + limit + 1))
    return Files(shown=found[:limit], more=len(found) > limit)


def _is_empty_placeholder(file: File) -> bool:
    return is_unsorted(file.code) and not lending.known_records(file.id)


def file_of(wanted: RecordId) -> File | None:
    """Give a hồ sơ as it is listed; None when the reader may not know of it."""
    try:
        unit = lending.known_unit(wanted)
        above = [unit]
        while above[-1].parent is not None:
            above.append(lending.known_unit(above[-1].parent))
    except NotFoundError:
        return None
    codes = {each.level: each.code for each in above}
    return File(
        id=unit.id,
        code=unit.code,
        title=unit.title,
        box=unit.box,
        inventory=codes.get(Level.INVENTORY, ""),
        fonds=codes.get(Level.FONDS, ""),
        fonds_id=above[-1].id if above[-1].level is Level.FONDS else None,
    )
