"""Codes of fonds and files as the ids that the index knows, and back. Asks the archive's arrangement.

A code that is no unit's stays and matches nothing.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from archive import access
from archive.home import Archive
from archive.lending import Places
from schemas.description import Arrangement, Level
from schemas.errors import NotFoundError
from schemas.identifiers import RecordId
from schemas.search import Filters
from search_ui.question.named import Field, Named
from search_ui.question.query import Not, Part, Query

_LEVELS = {Field.FONDS: Level.FONDS, Field.FILE: Level.FILE}


def filters_by_id(archive: Archive, filters: Filters) -> Filters:
    """Put ids in the place of codes of fonds and of files; a file may be named by the codes from its fonds down."""
    if not filters.fonds and not filters.files:
        return filters
    units = access.arrangements(archive)
    return replace(
        filters,
        fonds=tuple(each for code in filters.fonds for each in _ids(units, Level.FONDS, code) or (code,)),
        files=tuple(each for code in filters.files for each in _ids(units, Level.FILE, code) or (code,)),
    )


def query_by_id(archive: Archive, query: Query) -> Query:
    """Give the question with the ids of the fonds and files it names."""
    named = [part for each in query.alternatives for part in (*each.limits, *each.unwanted)]
    if not any(isinstance(part, Named) and part.field in _LEVELS for part in named):
        return query
    return query.changed(partial(_looked_up, access.arrangements(archive)))


def fonds_code(places: Places, fonds: str) -> str:
    """Give the code of a fonds; its id where the arrangement does not know it."""
    try:
        return places.unit(RecordId(fonds)).code
    except NotFoundError:
        return fonds


def file_path(places: Places, file: str) -> str:
    """Give the codes from the fonds down to a file, `/` between; the id where the arrangement does not know it."""
    codes: list[str] = []
    unit: RecordId | None = RecordId(file)
    try:
        while unit is not None:
            found = places.unit(unit)
            codes, unit = [found.code, *codes], found.parent
    except NotFoundError:
        return file
    return "/".join(codes)


def _looked_up(units: tuple[Arrangement, ...], part: Part) -> Part:
    if isinstance(part, Not):
        inner = _looked_up(units, part.part)
        return part if isinstance(inner, Not) else Not(inner)
    if not isinstance(part, Named) or part.field not in _LEVELS:
        return part
    return replace(part, ids=_ids(units, _LEVELS[part.field], part.text))


def _ids(units: Iterable[Arrangement], level: Level, code: str) -> tuple[str, ...]:
    by_id = {unit.id: unit for unit in units}
    wanted = code.casefold()
    return tuple(
        unit.id
        for unit in by_id.values()
        if unit.level is level and wanted in (unit.code.casefold(), unit.id, _path(by_id, unit))
    )


def _path(by_id: dict[RecordId, Arrangement], unit: Arrangement) -> str:
    codes = [unit.code]
    while unit.parent is not None and unit.parent in by_id:
        unit = by_id[unit.parent]
        codes = [unit.code, *codes]
    return "/".join(codes).casefold()
