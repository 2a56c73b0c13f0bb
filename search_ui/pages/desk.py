"""The pages of those who feed the archive: what was handed in, and what waits for a person."""

from collections import Counter

from flask import Blueprint, render_template, request

from archive import access
from schemas.access import Permission
from schemas.findings import FINDINGS, Finding, Severity, meaning
from schemas.jobs import JobState
from search_ui.accounts.door import needs
from search_ui.pages.search import language
from search_ui.room import room

REVIEW_SHOWN = 500

pages = Blueprint("desk", __name__)


@pages.get("/thu-nhan")
@needs(Permission.SCAN, Permission.CHECK, Permission.ADMINISTER)
def jobs() -> str:
    """Show the jobs of the workshop, the newest first, with the reason where one ended badly."""
    rows = sorted(room().jobs(), key=lambda row: row.created_at, reverse=True)
    counts = Counter(row.state for row in rows)
    wanted = request.args.get("tinh-trang", "")
    state = JobState(wanted) if wanted in set(JobState) else None
    return render_template(
        "jobs.html",
        rows=[row for row in rows if state is None or row.state is state],
        state=state,
        counts=[(each, counts[each]) for each in JobState if counts[each]],
        total=len(rows),
    )


@pages.get("/kiem-tra")
@needs(Permission.CHECK, Permission.DESCRIBE)
def review() -> str:
    """Show the records at which a person must look, and why."""
    waiting = access.list_review(room().archive)
    rows = [(row, _reasons(row.findings)) for row in waiting[:REVIEW_SHOWN]]
    return render_template("review.html", rows=rows, total=len(waiting))


def _reasons(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Give the findings for which a person must look; notes are left out."""
    known = [code for code in dict.fromkeys(codes) if code in FINDINGS]
    serious = [code for code in known if Finding(code=code).severity is not Severity.NOTE]
    return [(code, meaning(code, language())) for code in serious]
