"""Step last: hand a finished package through the archive's one door in, and find the place a document belongs to.

The only module of the workshop that reaches into the archive. It runs where the storage root may be opened: in the
`ingest` command itself, or in a process of another user.
"""

from datetime import datetime
from pathlib import Path

from archive import accession, arrangement
from archive.arrangement import Home
from archive.home import SYSTEM, Archive
from ingest.offering.layout import Place
from schemas.identifiers import AccessionKey, RecordId


def place(archive: Archive, codes: Place, *, now: datetime) -> Home:
    """Find or make the fonds, inventory and file that the codes name; no codes: the fonds and file "chưa xếp"."""
    wanted = arrangement.Place(fonds=codes.fonds, inventory=codes.inventory, box=codes.box, file=codes.file)
    return arrangement.ensure(archive, wanted, actor=SYSTEM, now=now)


def known(archive: Archive, key: AccessionKey) -> RecordId | None:
    """Give the living record that was accepted under this key."""
    found = archive.catalogue.by_accession_key(key)
    return None if found is None else found.id


def submit(folder: Path, archive: Archive, *, now: datetime) -> accession.Accepted:
    """Hand a package in. Raises what `archive.accession.accept` raises."""
    return accession.accept(folder, archive, actor=SYSTEM, now=now)


def submit_again(folder: Path, archive: Archive, *, now: datetime) -> accession.Accepted:
    """Hand in a package as the next version of its record. Raises what `archive.accession.accept_version` raises."""
    return accession.accept_version(folder, archive, actor=SYSTEM, now=now)
