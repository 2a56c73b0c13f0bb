"""The box of readers' reports ("Báo sai / Góp ý"): kept beside the job book, settled by a person."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ingest.jobs.desk import notes_table, open_desk, writing
from schemas.desk import Note, NoteKind, Wanted
from schemas.errors import NotFoundError
from schemas.words import word


class FeedbackBox:
    """The box itself; offers `schemas.desk.Feedback`."""

    def __init__(self, address: str) -> None:
        """Open the desk database at an SQLAlchemy URL."""
        self._engine = open_desk(address)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def tell(self, note: Note, *, now: datetime) -> Note:
        """Keep a report."""
        values = {
            "kind": note.kind,
            "text": note.text,
            "page": note.page,
            "record": note.record,
            "account": note.account,
            "told_by": note.told_by,
            "told_at": now.isoformat(),
        }
        with writing(self._engine) as connection:
            result = connection.execute(
                notes_table.insert().values(**values, done=False, answer="", done_by="", done_at=None)
            )
            number = result.inserted_primary_key
        return replace(note, number=int(number[0]) if number else 0, told_at=now.isoformat())

    def notes(self, *, done: bool, wanted: Wanted) -> tuple[Note, ...]:
        """List open or finished reports, the newest first."""
        return self._listed(notes_table.c.done == sa.literal(done), wanted)

    def told_by(self, account: str, *, wanted: Wanted) -> tuple[Note, ...]:
        """List the reports of an account with what became of them, the newest first."""
        return self._listed(notes_table.c.account == account, wanted)

    def _listed(self, which: sa.ColumnElement[bool], wanted: Wanted) -> tuple[Note, ...]:
        query = sa.select(notes_table).where(which).order_by(notes_table.c.number.desc())
        with self._engine.connect() as connection:
            rows = connection.execute(query.limit(wanted.limit).offset(wanted.skip)).mappings()
            return tuple(_note(row) for row in rows)

    def counts(self) -> tuple[int, int]:
        """Count open and finished reports."""
        query = sa.select(notes_table.c.done, sa.func.count()).group_by(notes_table.c.done)
        with self._engine.connect() as connection:
            found = {bool(done): int(number) for done, number in connection.execute(query)}
        return found.get(False, 0), found.get(True, 0)

    def settle(self, note: Note, *, now: datetime) -> None:
        """Keep the answer to a report. Raises NotFoundError N012."""
        values = {"done": note.done, "answer": note.answer, "done_by": note.done_by}
        at = now.isoformat() if note.done else None
        with writing(self._engine) as connection:
            result = connection.execute(
                notes_table.update().where(notes_table.c.number == note.number).values(**values, done_at=at)
            )
        if not result.rowcount:
            raise NotFoundError("N012", word("note-missing", number=note.number))


def _note(row: sa.RowMapping) -> Note:
    values: dict[str, Any] = {**row, "kind": NoteKind(row["kind"])}
    return Note(**values)
