"""An answer as a table to take home: CSV or XLSX, all hits in their order, up to a limit that is told in words."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from flask import Blueprint, Response, request, stream_with_context

from archive.access import RecordRow
from schemas.errors import NotFoundError, RefusedError
from schemas.identifiers import RecordId
from schemas.words import word
from search_ui import lending, shown
from search_ui.answer.find import LIMIT_MOST, RANKED_MOST, ranked_page
from search_ui.document import shown_type
from search_ui.pages.files import disposition, send
from search_ui.pages.search import ROWS_MOST, SHEET_ROWS_MOST, language, read_question
from search_ui.reference.units import File, file_of
from search_ui.room import room
from search_ui.tables import csv_chunks, workbook

_COLUMNS = (
    "ui-place", "field-number", "field-type", "field-date", "field-issuer", "field-subject", "level-fonds",
    "level-inventory", "level-box", "level-file", "ui-file-title", "ui-sheets", "ui-source", "ui-state", "ui-record-id",
    "ui-address",
)  # fmt: skip

pages = Blueprint("export", __name__)


@pages.get("/ket-qua.csv")
def as_csv() -> Response:
    """Give the answer as CSV, written while it is sent."""
    chunks = stream_with_context(csv_chunks(table(ROWS_MOST)))
    answer = Response(chunks, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = disposition(f"{word('ui-export-name', language())}.csv")
    return answer


@pages.get("/ket-qua.xlsx")
def as_workbook() -> Response:
    """Give the answer as a workbook."""
    book = workbook(table(SHEET_ROWS_MOST), title=word("ui-export-sheet", language()))
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return send(book, name=f"{word('ui-export-name', language())}.xlsx", media_type=media_type)


def table(most: int) -> Iterator[tuple[str, ...]]:
    """Give the rows of the answer, the names of the columns first; a last one says where it was cut."""
    spoken, origin = language(), request.host_url
    yield tuple(word(key, spoken) for key in _COLUMNS)
    asked, files = read_question(request.args)[0], dict[RecordId, File | None]()
    place = total = 0
    with closing(lending.reading()) as reader:
        while place < most:
            limit = RANKED_MOST if place else LIMIT_MOST  # the first rows leave soon
            ranking = ranked_page(room().archive, reader, replace(asked, offset=place, limit=min(limit, most - place)))
            total = ranking.total
            for ranked in ranking.records:
                place += 1
                row = _known(RecordId(ranked.id))
                if row is not None:
                    if row.file not in files:
                        files[row.file] = file_of(row.file)
                    yield _values(row, files[row.file], place=place, address=f"{origin}v/{row.id}", spoken=spoken)
            if not ranking.records:
                break
    if total > most:
        yield (word("ui-export-cut", spoken, most=shown.count(most, spoken), total=shown.count(total, spoken)),)


def _known(record: RecordId) -> RecordRow | None:
    try:
        return lending.lent(record, lending.Rung.KNOW)
    except (NotFoundError, RefusedError):
        return None


def _values(row: RecordRow, file: File | None, *, place: int, address: str, spoken: str) -> tuple[str, ...]:
    """Give one row. Of a record that the reader may only know of, its entry in the mục lục alone."""
    readable = lending.rung_of(row) >= lending.Rung.READ
    state = word(f"ui-state-{row.state}", spoken) if row.state in ("archived", "review") else row.state
    where = (file.fonds, file.inventory, file.box, file.code, file.title) if file else ("", "", "", "", "")
    return (
        str(place),
        row.number or "",
        shown_type(row.type) if row.type else "",
        shown.day(row.date),
        row.issuer or "",
        row.subject or "",
        *where,
        str(row.pages),
        row.source if readable else "",
        state,
        row.id,
        address,
    )
