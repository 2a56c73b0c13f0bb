"""The pages of those who feed the archive: the batches that were handed in, and what waits for a person."""

from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from archive import access
from schemas.access import Permission, Reader
from schemas.desk import DeliveryRow, DeliveryState, ItemRow, Wanted
from schemas.errors import NotFoundError
from schemas.findings import FINDINGS, Finding, Severity, meaning
from schemas.identifiers import RecordId
from schemas.jobs import ENDED, JobState
from schemas.words import word
from search_ui import lending
from search_ui.accounts.door import needs
from search_ui.pages.search import language
from search_ui.room import account, room

REVIEW_SHOWN = 500
BATCHES_SHOWN = 25
ITEMS_SHOWN = 200
IN_LINE = "in-line"
_PAGE_DIGITS = 6
_GOING = frozenset({DeliveryState.CLOSED, DeliveryState.SORTED})

FEEDERS = (Permission.SCAN, Permission.CHECK, Permission.ADMINISTER)  # who may see what was handed in

pages = Blueprint("desk", __name__)


@pages.get("/thu-nhan")
@needs(*FEEDERS)
def batches() -> str:
    """List the batches, the newest first, with how many documents stand where."""
    page = page_number()
    wanted = Wanted(limit=BATCHES_SHOWN + 1, skip=BATCHES_SHOWN * (page - 1))
    rows = room().counter.deliveries(wanted, account=None if _sees_all() else account())
    return render_template(
        "batches.html",
        rows=[(row, _states(row)) for row in rows[:BATCHES_SHOWN]],
        page=page,
        more=len(rows) > BATCHES_SHOWN,
        unstaffed=any(_going(row) for row in rows) and not _staffed(),
    )


@pages.get("/thu-nhan/<batch>")
@needs(*FEEDERS)
def batch(batch: str) -> str:
    """Show one batch: every document, where it stands, why, and what to do."""
    return render_template("batch.html", retried=request.args.get("da", type=int), **_shown(batch))


@pages.get("/thu-nhan/<batch>/bang")
@needs(*FEEDERS)
def batch_table(batch: str) -> str:
    """Give the part of the page that changes while work goes on."""
    return render_template("batch_table.html", **_shown(batch))


@pages.post("/thu-nhan/<batch>/thu-lai")
@needs(*FEEDERS)
def retry(batch: str) -> Response:
    """Put one failed document, or all of the batch, back to work."""
    row = _seen(batch)
    numbers = [int(each) for each in request.form.getlist("so") if each.isdecimal() and len(each) < _PAGE_DIGITS]
    count = room().counter.retry(row.id, numbers)
    return redirect(url_for("desk.batch", batch=row.id, da=count), 303)


def _sees_all() -> bool:
    """Say whether the reader oversees every batch; a scanner and a contractor see what they handed in themselves."""
    reader: Reader = g.reader
    return not reader.batch and bool({Permission.CHECK, Permission.ADMINISTER} & reader.permissions)


def _seen(batch: str) -> DeliveryRow:
    """Give a batch that the reader may see. Raises NotFoundError N010, also for another's."""
    row = room().counter.delivery(batch)
    if not _sees_all() and row.id != g.reader.batch and (not row.account or row.account != account()):
        raise NotFoundError("N010", word("delivery-missing"))
    return row


def _shown(batch: str) -> dict[str, object]:
    row = _seen(batch)
    state = request.args.get("tinh-trang", "")
    page = page_number()
    known = {*map(str, JobState), IN_LINE}
    wanted = Wanted(state=state if state in known else "", limit=ITEMS_SHOWN + 1, skip=ITEMS_SHOWN * (page - 1))
    items = room().counter.items(row.id, wanted)
    return {
        "batch": row,
        "states": _states(row),
        "state": wanted.state,
        "done": sum(number for each, number in row.counts.items() if each in ENDED),
        "failed": row.counts.get(JobState.FAILED, 0),
        "items": [(_as_known(item, row), _why(item)) for item in items[:ITEMS_SHOWN]],
        "page": page,
        "more": len(items) > ITEMS_SHOWN,
        "going": _going(row),
        "unstaffed": _going(row) and not _staffed(),
    }


def _states(row: DeliveryRow) -> list[tuple[str, int]]:
    """Give how many documents of a batch stand where, in the order of a document's life."""
    counts = [(IN_LINE, row.in_line), *((str(each), row.counts.get(each, 0)) for each in JobState)]
    return [(name, number) for name, number in counts if number]


def _going(row: DeliveryRow) -> bool:
    """Say whether work on a batch is to be expected."""
    ended = sum(number for each, number in row.counts.items() if each in ENDED)
    return row.state in _GOING and (row.state is DeliveryState.CLOSED or ended < row.documents)


def _staffed() -> bool:
    return room().counter.staffed(now=datetime.now(UTC))


def _as_known(item: ItemRow, batch: DeliveryRow) -> ItemRow:
    """Give a document of a batch as far as the reader may know of its record; who handed it in knows its name."""
    if item.record is None:
        return item
    try:
        rung = lending.rung_of(access.record(room().archive, RecordId(item.record)))
    except NotFoundError:
        rung = lending.Rung.NONE
    if rung:
        return item
    own = bool(batch.account) and batch.account == account()
    return replace(item, record=None, source=item.source if own else word("ui-batch-hidden", language()))


def _why(item: ItemRow) -> list[tuple[str, str]]:
    """Say in the reader's language why a document stands where it does: by the codes, else by what was noted."""
    if item.codes:
        said = [(code, meaning(code, language())) for code in item.codes if code in FINDINGS]
        if said:
            return said
    return [(item.codes[0] if item.codes else "", item.message)] if item.message else []


def page_number() -> int:
    """Give the page of a long list that is asked for."""
    text = request.args.get("trang", "")
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) < _PAGE_DIGITS else 1


@pages.get("/kiem-tra")
@needs(Permission.CHECK, Permission.DESCRIBE)
def review() -> str:
    """Show the records at which a person must look, and why."""
    waiting = [row for row in access.list_review(room().archive) if lending.rung_of(row)]
    rows = [(row, _reasons(row.findings)) for row in waiting[:REVIEW_SHOWN]]
    return render_template("review.html", rows=rows, total=len(waiting), reports=room().feedback.counts()[0])


def _reasons(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Give the findings for which a person must look; notes are left out."""
    known = [code for code in dict.fromkeys(codes) if code in FINDINGS]
    serious = [code for code in known if Finding(code=code).severity is not Severity.NOTE]
    return [(code, meaning(code, language())) for code in serious]
