"""What every page of the reading room is given: the archive, the index, and what comes from outside as functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Semaphore
from typing import cast

from flask import current_app

from archive.home import Archive
from schemas.desk import JobRow
from schemas.settings import Settings
from search_ui.accounts.desk import AccountDesk
from search_ui.file_titles import FileTitles
from search_ui.index import Index
from search_ui.saved import SavedSearches

Render = Callable[[Path, int, int], bytes]  # PDF, page number in it, width in pixels → PNG, JPEG or WebP
Jobs = Callable[[], Sequence[JobRow]]
EXTENSION = "luutru-room"
ACCOUNTS = "luutru-accounts"
_RENDERERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One opened reading room. `render` opens untrusted files: whoever gives it confines it."""

    settings: Settings
    archive: Archive
    index: Index
    render: Render
    jobs: Jobs
    saved: SavedSearches
    files: FileTitles = field(default_factory=FileTitles)
    renderers: Semaphore = field(default_factory=lambda: Semaphore(_RENDERERS))


def room() -> Room:
    """Give the room of the running application."""
    return cast("Room", current_app.extensions[EXTENSION])


def account_desk() -> AccountDesk:
    """Give the accounts of the running application."""
    return cast("AccountDesk", current_app.extensions[ACCOUNTS])
