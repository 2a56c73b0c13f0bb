"""Step last: hand a finished package through the archive's one door in, and find the place a document belongs to.

The only module of the workshop that reaches into the archive. It runs where the storage root may be opened: in the
`ingest` command itself, or in a process of another user.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive import accession, arrangement
from archive.home import Archive
from ingest.layout import Place
from schemas.identifiers import AccessionKey, RecordId


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Ids of where a record belongs."""

    fonds: RecordId
    file: RecordId
    access: str


def place(archive: Archive, codes: Place, *, now: datetime) -> Home:
    """Find or make the fonds, inventory and file that the codes name; no codes: the fonds and file "chưa xếp"."""
    home = arrangement.ensure(
        archive, fonds=codes.fonds, inventory=codes.inventory, box=codes.box, file=codes.file, now=now, actor="system"
    )
    return Home(fonds=home.fonds, file=home.file, access=home.access)


def known(archive: Archive, key: AccessionKey) -> RecordId | None:
    """Give the living record that was accepted under this key."""
    found = archive.catalogue.by_accession_key(key)
    return None if found is None else found.id


def submit(folder: Path, archive: Archive, *, now: datetime) -> accession.Accepted:
    """Hand a package in. Raises what `archive.accession.accept` raises."""
    return accession.accept(folder, archive, actor="system", now=now)
