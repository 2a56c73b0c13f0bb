"""Opens an archive home, or makes one: settings file, storage root, journal, catalogue, the fonds CHUA-XEP."""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from archive import access_log, arrangement, registers
from archive.databases import open_catalogue, open_for_reading
from archive.journal import FileJournal
from archive.store import Disk, FolderStore
from archive.strongroom import Archive, follow
from schemas.errors import IntegrityError, TryLaterError
from schemas.settings import SETTINGS_NAME, Settings
from schemas.words import word

__all__ = ["SYSTEM", "Archive", "example_settings", "init", "journal_path", "open_archive"]

SYSTEM = "system"  # the account of the operator of the home


def open_archive(
    settings: Settings, *, create: bool = False, writable: bool = True, disk: Disk | None = None
) -> Archive:
    """Open the archive of a home and let its catalogue follow the journal; `create` makes what is missing first.

    Not `writable`: nothing is written or followed; a catalogue that is missing opens as an empty one in memory.
    `disk` is how everything is written; tests record it. Raises TryLaterError T001 where there is no archive.
    """
    if create:
        _make_folders(settings, disk or Disk())
    elif not settings.storage.is_dir():
        raise TryLaterError("T001", word("no-home", home=settings.home))
    address = settings.catalogue_address()
    store = FolderStore(settings.storage, disk=disk)
    if writable:
        store.sweep()
    archive = Archive(
        store=store,
        journal=FileJournal(journal_path(settings), disk=disk),
        catalogue=open_catalogue(address) if writable else open_for_reading(address),
        settings=settings,
    )
    if writable:
        follow(archive)
        arrangement.settle(archive)
    return archive


def init(settings: Settings, *, now: datetime, disk: Disk | None = None) -> Archive:
    """Make the home, as far as it is not made yet, and open it. Safe to run again and at the same time."""
    archive = open_archive(settings, create=True, disk=disk)
    arrangement.ensure(archive, arrangement.Place(), actor=SYSTEM, now=now)
    registers.ensure_first(archive, actor=SYSTEM, now=now)
    return archive


def journal_path(settings: Settings) -> Path:
    """Give the place of the journal."""
    return settings.storage / "journal" / "journal.jsonl"


def example_settings() -> str:
    """Give the text of a settings file with every setting, its meaning and its default, all as comments."""
    lines = ["# Settings of this archive. Take away the # of a line to change it."]
    for name, field in Settings.model_fields.items():
        if name != "home":
            lines += ["", f"# {field.description}", f"# {name} = {_toml(field.default)}"]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if value is None:
        return '"…"'
    return json.dumps(value if isinstance(value, int | float) else str(value), ensure_ascii=False)


def _make_folders(settings: Settings, disk: Disk) -> None:
    """Make what is missing; the store comes last, since it fsyncs the folders that name all the others."""
    settings.home.parent.mkdir(parents=True, exist_ok=True)
    for folder in (settings.home, settings.storage, access_log.folder(settings)):
        disk.make_folder(folder)
    disk.fsync_folder(settings.home.parent)
    (settings.home / "keys").mkdir(mode=0o700, exist_ok=True)
    with suppress(FileExistsError):
        disk.create(settings.home / SETTINGS_NAME, [example_settings().encode()])
    store = FolderStore(settings.storage, disk=disk)
    journal = FileJournal(journal_path(settings), disk=disk)
    if not journal.path.exists() and next(store.objects(), None) is not None:
        raise IntegrityError("F007", word("journal-none"))
    journal.create()
    store.create()
