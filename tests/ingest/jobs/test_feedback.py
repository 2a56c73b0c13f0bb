"""Readers' reports are kept until a person has settled them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.jobs.feedback import FeedbackBox
from schemas.desk import Note, NoteKind, Wanted
from schemas.errors import NotFoundError

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FeedbackBox]:
    address = f"sqlite:///{tmp_path / 'desk.db'}"
    opened = FeedbackBox(request.getfixturevalue("postgresql_address") if request.param == "postgresql" else address)
    yield opened
    opened.close()


def test_a_report_is_kept_listed_and_settled(box: FeedbackBox) -> None:
    kept = box.tell(Note(kind=NoteKind.TEXT, text="Sai ngày\n<b>", page="/v/1?q=a", told_by="Lan"), now=NOW)
    second = box.tell(Note(kind=NoteKind.OTHER, text="Chữ nhỏ"), now=NOW)
    assert [note.number for note in box.notes(done=False, wanted=Wanted())] == [second.number, kept.number]
    box.settle(
        Note(number=kept.number, kind=NoteKind.OTHER, text="", done=True, answer="Đã sửa", done_by="minh"), now=NOW
    )
    (done,) = box.notes(done=True, wanted=Wanted())
    assert (done.text, done.answer, done.done_by, done.done_at) == ("Sai ngày\n<b>", "Đã sửa", "minh", NOW.isoformat())
    assert box.counts() == (1, 1)
    box.settle(Note(number=kept.number, kind=NoteKind.OTHER, text=""), now=NOW)
    assert box.counts() == (2, 0)


def test_a_report_that_is_not_there_cannot_be_settled(box: FeedbackBox) -> None:
    with pytest.raises(NotFoundError):
        box.settle(Note(number=9, kind=NoteKind.OTHER, text="", done=True), now=NOW)
