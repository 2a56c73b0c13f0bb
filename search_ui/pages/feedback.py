"""A reader's report that something is wrong or could be better, and the list in which it is settled."""

import re
from datetime import UTC, datetime

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from schemas.access import Permission
from schemas.desk import Note, NoteKind, Wanted
from schemas.words import word
from search_ui.accounts.door import any_account, needs
from search_ui.pages.desk import page_number
from search_ui.room import account, room

TEXT_LETTERS = 4000
_NAME_LETTERS = 200
_PAGE_LETTERS = 2000
_SHOWN = 50
_RECORD = re.compile(r"/v/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[/?]|$)")

pages = Blueprint("feedback", __name__)


@pages.get("/gop-y/moi")
@any_account
def ask() -> str:
    """Show the form, about the page from which it was opened."""
    page = _page(request.args.get("trang", ""))
    kind = NoteKind.OTHER
    if _RECORD.match(page):
        kind = NoteKind.TEXT
    elif page.startswith("/?"):
        kind = NoteKind.SEARCH
    return render_template("feedback_new.html", note=Note(kind=kind, text="", page=page), kinds=list(NoteKind))


@pages.post("/gop-y")
@any_account
def tell() -> Response:
    """Keep a report."""
    page = _page(request.form.get("trang", ""))
    kind = request.form.get("loai", "")
    found = _RECORD.match(page)
    note = Note(
        kind=NoteKind(kind) if kind in set(NoteKind) else NoteKind.OTHER,
        text=request.form.get("noi-dung", "").strip(),
        page=page,
        record=found.group(1) if found else "",
        account=account(),
        told_by=" ".join(request.form.get("ten", "").split())[:_NAME_LETTERS],
    )
    if not note.text or len(note.text) > TEXT_LETTERS:
        problem = word("ui-feedback-long", limit=TEXT_LETTERS) if note.text else word("ui-feedback-missing")
        form = render_template("feedback_new.html", note=note, kinds=list(NoteKind), problem=problem)
        return make_response(form, 400)
    kept = room().feedback.tell(note, now=datetime.now(UTC))
    return redirect(url_for("feedback.thanks", number=kept.number, trang=page), 303)


@pages.get("/gop-y/cam-on/<int:number>")
@any_account
def thanks(number: int) -> str:
    """Say that the report was kept."""
    return render_template("feedback_thanks.html", number=number, page=_page(request.args.get("trang", "")))


@pages.get("/gop-y")
@any_account
def notes() -> str:
    """List the reports, open ones first, to those who may check records; to anybody else their own with the answers."""
    done, page = request.args.get("xong") == "1", page_number()
    wanted = Wanted(limit=_SHOWN + 1, skip=_SHOWN * (page - 1))
    if Permission.CHECK not in g.reader.permissions:
        own = room().feedback.told_by(account(), wanted=wanted)
        return render_template("feedback_own.html", notes=own[:_SHOWN], page=page, more=len(own) > _SHOWN)
    found = room().feedback.notes(done=done, wanted=wanted)
    return render_template(
        "feedback.html",
        notes=found[:_SHOWN],
        done=done,
        counts=room().feedback.counts(),
        page=page,
        more=len(found) > _SHOWN,
    )


@pages.post("/gop-y/<int:number>")
@needs(Permission.CHECK)
def settle(number: int) -> Response:
    """Settle a report with a note of what was done, or open it again. For those who may check records."""
    done = request.form.get("xong") == "1"
    answer = request.form.get("tra-loi", "").strip()[:TEXT_LETTERS]
    settled = Note(number=number, kind=NoteKind.OTHER, text="", done=done, answer=answer, done_by=account())
    room().feedback.settle(settled, now=datetime.now(UTC))
    return redirect(url_for("feedback.notes"), 303)


def _page(address: str) -> str:
    """Give the path of a page of ours; nothing that leads elsewhere."""
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address[:_PAGE_LETTERS] if ours else ""
