"""Tra số: a pasted or uploaded list of numbers, and for each whether the archive holds it. Nothing is kept of it."""

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request

from schemas.words import word
from search_ui import shown
from search_ui.document import shown_type
from search_ui.pages.files import disposition
from search_ui.pages.search import language
from search_ui.reference.numbers import LINES_MOST, Looked, decoded, lines_of, look_up
from search_ui.tables import csv_chunks

REQUEST_BYTES = 2 * 1024 * 1024
_COLUMNS = (
    "ui-lookup-line", "ui-lookup-state", "field-number", "field-type", "field-date", "field-issuer", "field-subject",
    "ui-address",
)  # fmt: skip
_STATES = ("one", "several", "none", "unreadable")

pages = Blueprint("lookup", __name__)


@pages.url_value_preprocessor
def _allow_long_lists(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Take in more than other pages do, before anything looks into the form."""
    request.max_content_length = request.max_form_memory_size = REQUEST_BYTES


@pages.get("/tra-so")
def form() -> str:
    """Show the page into which a list is pasted."""
    return render_template("lookup.html", text="", found=None, most=LINES_MOST)


@pages.post("/tra-so")
def answer() -> Response | str:
    """Look the list up and show how each line went, or give it as CSV."""
    upload = request.files.get("tep")
    text = request.form.get("so", "") + ("\n" + decoded(upload.read()) if upload else "")
    lines = lines_of(text)
    found = list(look_up(lines[:LINES_MOST]))
    if request.form.get("dang") == "csv":
        sent = Response(csv_chunks(_rows(found)), content_type="text/csv; charset=utf-8")
        sent.headers["Content-Disposition"] = disposition(f"{word('ui-lookup-name', language())}.csv")
        return sent
    counts = [(state, sum(each.state == state for each in found)) for state in _STATES]
    return render_template(
        "lookup.html",
        text="\n".join(lines[:LINES_MOST]),
        found=found,
        counts=[each for each in counts if each[1]],
        left_out=max(0, len(lines) - LINES_MOST),
        most=LINES_MOST,
    )


def _rows(found: list[Looked]) -> Iterator[tuple[str, ...]]:
    """Give the table of the answer, made before it is sent: a record a row, and a row for a line without any."""
    spoken, origin, rows = language(), request.host_url, []
    for each in found:
        state = word(f"ui-lookup-{each.state}", spoken)
        known = [
            (
                row.number,
                row.type and shown_type(row.type),
                shown.day(row.date),
                row.issuer,
                row.subject,
                f"{origin}v/{row.id}",
            )
            for row in each.records
        ]
        rows += [(each.line, state, *(value or "" for value in values)) for values in known or [("",) * 6]]
    return iter([tuple(word(key, spoken) for key in _COLUMNS), *rows])
