"""Saved searches, kept in the desk database per account: a name, a question, the journal position last looked at.

They are no part of the archive: a rebuild of catalogue or index does not touch them, a backup of the desk holds them.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from threading import Lock

import sqlalchemy as sa

from archive.desk import Owner, open_desk, writing
from schemas.errors import NotFoundError, UsageError
from schemas.words import word

SEARCHES_MOST = 200  # of one account
NAME_LIMIT = 200
QUESTION_LIMIT = 20_000  # characters of the address
_OWNER = Owner(migrations=Path(__file__).parent / "migrations", lock=7253003)

_table = sa.Table(
    "saved_searches",
    sa.MetaData(),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("account", sa.String(200), nullable=False, index=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("question", sa.Text, nullable=False),  # as it stands in an address
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("saved_at", sa.String(40), nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """One saved search. What was accepted by journal lines numbered `position` and above is new."""

    id: str
    account: str
    name: str
    question: str
    position: int
    saved_at: str


class SavedSearches:
    """The saved searches of all accounts; the database is opened when the first is asked for."""

    def __init__(self, address: str) -> None:
        """Keep the SQLAlchemy URL of the desk."""
        self._address = address
        self._opening = Lock()

    def of(self, account: str) -> tuple[SavedSearch, ...]:
        """List the searches of an account, the last saved first."""
        query = sa.select(_table).where(_table.c.account == account).order_by(_table.c.saved_at.desc(), _table.c.id)
        with self._opened().connect() as connection:
            return tuple(SavedSearch(**row._mapping) for row in connection.execute(query))  # noqa: SLF001 - SQLAlchemy's public name

    def one(self, account: str, wanted: str) -> SavedSearch:
        """Give a search of an account. Raises NotFoundError N006."""
        found = next((each for each in self.of(account) if each.id == wanted), None)
        if found is None:
            raise NotFoundError("N006", word("saved-missing"))
        return found

    def save(self, account: str, *, name: str, question: str, position: int, now: datetime) -> SavedSearch:
        """Save a search. Raises UsageError U036 for one without a name, too long, or one too many."""
        name = " ".join(name.split())
        wrong = not name or len(name) > NAME_LIMIT or len(question) > QUESTION_LIMIT
        if wrong or len(self.of(account)) >= SEARCHES_MOST:
            raise UsageError("U036", word("saved-name", limit=NAME_LIMIT, most=SEARCHES_MOST))
        made = SavedSearch(
            id=str(uuid.uuid4()), account=account, name=name, question=question, position=position,
            saved_at=now.isoformat(timespec="seconds"),
        )  # fmt: skip
        values = {column.name: getattr(made, column.name) for column in _table.columns}
        with writing(self._opened(), _OWNER.lock) as connection:
            connection.execute(sa.insert(_table).values(**values))
        return made

    def looked_at(self, account: str, wanted: str, *, position: int) -> None:
        """Remember how far the reader has looked. Raises NotFoundError N006."""
        self.one(account, wanted)
        mine = (_table.c.account == account) & (_table.c.id == wanted)
        with writing(self._opened(), _OWNER.lock) as connection:
            connection.execute(sa.update(_table).where(mine).values(position=position))

    def forget(self, account: str, wanted: str) -> None:
        """Delete a search; one that is not there is none to delete."""
        mine = (_table.c.account == account) & (_table.c.id == wanted)
        with writing(self._opened(), _OWNER.lock) as connection:
            connection.execute(sa.delete(_table).where(mine))

    def close(self) -> None:
        """Give the connections back."""
        if "_engine" in self.__dict__:
            self._engine.dispose()

    def _opened(self) -> sa.Engine:
        with self._opening:
            return self._engine

    @cached_property
    def _engine(self) -> sa.Engine:
        return open_desk(self._address, _OWNER)
