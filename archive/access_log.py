"""Who viewed, downloaded, searched or was refused: an append-only file for each Vietnamese calendar day.

Holds account ids and record ids, never words: a query stands in it as a keyed digest only, so that equal questions can
be counted and a suspicion checked, but nothing read back. The key is a file outside the storage root. The root of each
closed day becomes one journal line at the first note of a later day.
"""

import hashlib
import hmac
import json
import os
import secrets
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from archive.journal import day_file
from archive.strongroom import ACCESS_LOG_CLOSED, Act, Archive, commit
from schemas.days import VIETNAM
from schemas.errors import TryLaterError
from schemas.settings import Settings
from schemas.values import canonical
from schemas.words import word

_KEY_BYTES = 32
_ACTOR = "system"


class Access(StrEnum):
    """What was done."""

    VIEWED = "viewed"
    DOWNLOADED = "downloaded"
    SEARCHED = "searched"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One access. `path` is the logical file that was opened; `query` is kept as a keyed digest only."""

    access: Access
    actor: str
    record: str = ""
    path: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One access as it was noted, for whoever inspects. What was searched for is not told."""

    time: datetime
    access: Access
    actor: str
    record: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Some entries of a day, None for one that cannot be read, and how many there are in all."""

    total: int
    shown: tuple[Visit | None, ...]


def note(archive: Archive, entry: Entry, *, now: datetime) -> None:
    """Append one entry to its day's file; close the days before when it is the first of a new one."""
    today = now.astimezone(VIETNAM).date()
    value = {
        "time": now.astimezone(UTC).isoformat(timespec="milliseconds"),
        "access": entry.access.value,
        "actor": entry.actor,
        "record": entry.record,
        "path": entry.path,
        "query": _digest(archive.settings, entry.query) if entry.query else "",
    }
    folder(archive.settings).mkdir(exist_ok=True)
    line = canonical({name: text for name, text in value.items() if text}) + b"\n"
    if not _path(archive.settings, today).exists():
        close_days(archive, before=today, now=now)
    while not _append(archive, today, line):
        today += timedelta(days=1)  # this day was closed already, by a clock ahead of ours


def close_days(archive: Archive, *, before: date, now: datetime) -> None:
    """Write the root of every day before `before` that has none yet as a journal line.

    Where the journal cannot be written now (clock, room), the next first note of a day tries again.
    """
    with suppress(TryLaterError):
        for path in sorted(folder(archive.settings).glob("????-??-??.jsonl")):
            if path.stem < before.isoformat() and not _closed(archive, path.stem):
                _close(archive, path, now=now)


def entries(archive: Archive, day: date, *, actor: str | None = None, offset: int = 0, limit: int = 100) -> Visits:
    """Read a day's entries, the newest first; with an actor ("" for who was not logged in) only that one's.

    A line that cannot be read is given as None: whoever inspects must see that there is one.
    """
    path = _path(archive.settings, day)
    lines = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
    told = [line for line in lines if line.endswith(b"\n") and _is_by(line, actor)]
    told.reverse()
    return Visits(total=len(told), shown=tuple(map(_read, told[offset : offset + limit])))


def _is_by(line: bytes, actor: str | None) -> bool:
    """Say whether a line names the actor, without reading the whole of it: a day may hold many thousands."""
    return actor is None or (canonical({"actor": actor})[1:-1] in line if actor else b'"actor":' not in line)


def _read(line: bytes) -> Visit | None:
    try:
        value = json.loads(line)
        return Visit(
            time=datetime.fromisoformat(value["time"]),
            access=Access(value["access"]),
            actor=str(value.get("actor", "")),
            record=str(value.get("record", "")),
            path=str(value.get("path", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def folder(settings: Settings) -> Path:
    """Give the folder of the access log, in the storage root."""
    return settings.storage / "access-log"


def _close(archive: Archive, path: Path, *, now: datetime) -> None:
    with day_file(path) as day:
        entries, root = day.sealed()
        more = {"day": path.stem, "entries": entries, "root": root}
        act = Act(kind=ACCESS_LOG_CLOSED, actor=_ACTOR, more=more)
        commit(archive, act, now=now, settled=lambda: _closed(archive, path.stem) or None)


def _append(archive: Archive, day: date, line: bytes) -> bool:
    """Append to a day that is still open; False when it is closed. Its lock keeps anybody from closing it meanwhile."""
    with day_file(_path(archive.settings, day)) as file:
        if _closed(archive, day.isoformat()):
            return False
        file.append(line)
        return True


def _closed(archive: Archive, day: str) -> bool:
    return day <= (archive.catalogue.note(ACCESS_LOG_CLOSED) or "")


def _path(settings: Settings, day: date) -> Path:
    return folder(settings) / f"{day.isoformat()}.jsonl"


def _digest(settings: Settings, query: str) -> str:
    text = unicodedata.normalize("NFC", query).encode(errors="replace")
    return hmac.new(_key(settings), text, hashlib.sha256).hexdigest()


def _key(settings: Settings) -> bytes:
    """Read the key of the log, made at its first use."""
    path = settings.home / "keys" / "access-log.key"
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(_KEY_BYTES))
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise TryLaterError("T014", word("access-key", name=path.name))
    return key
