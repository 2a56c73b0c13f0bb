"""THE WAY IN: takes a finished package through the archive's door and makes it a record, exactly once.

Order: the package is checked against its own manifest → the object is renamed into place → the journal line is
appended (from here on the record exists) → the catalogue follows. Accepting the same package again at any time, by
any number of processes, is harmless. Looks at nothing but digests and paths: what a file is, the workshop has said.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive import aip
from archive.journal import next_time
from archive.keeping import About, ObjectExistsError, Piece, Stored
from archive.rows import RECORD_JSON, UNREADABLE
from archive.streams import open_regular, pieces_of
from archive.strongroom import Act, Archive, commit, follow, read_package
from schemas.description import Level
from schemas.errors import IntegrityError, LuutruError, NotFoundError
from schemas.identifiers import RecordId, Sha512, urn
from schemas.journal import Line, LineKind
from schemas.packages import Event, Package, accession_key
from schemas.values import canonical, from_json, to_json
from schemas.words import word

PACKAGE_JSON_LIMIT_BYTES = 256 * 1024 * 1024
_DEPTH_LIMIT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The record that now stands for the package. `duplicate`: another delivery made it before."""

    record: RecordId
    duplicate: bool
    version: str
    state: str  # "archived" | "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """A checked package: what it says, its files (path → place and digest), who brings it and when."""

    package: Package
    files: Mapping[str, tuple[Path, Sha512]]
    actor: str
    now: datetime

    @property
    def object(self) -> str:
        return urn(self.package.record)

    def accession(self) -> Event:
        """Give the PREMIS event of this accession."""
        return Event(type="accession", time=self.now.isoformat(), agent=self.actor)


def accept(folder: Path, archive: Archive, *, actor: str, now: datetime) -> Accepted:
    """Make the package in `folder` a record, or give the living record with its accession key.

    The folder stays as it is; its owner removes it afterwards. Raises IntegrityError F003 when a file is not what the
    package says, F020 or F021 when the package has another shape; TryLaterError T010 (our clock), T012 (no room).
    """
    offer = read_offer(folder, actor=actor, now=now)
    with archive.store.alone(offer.object):
        follow(archive)
        known = _known(archive, offer)
        if known is not None:
            return known
        _check_home(archive, offer.package)
        next_time(archive.journal.head(), now)  # a wrong clock is told before anything is written
        stored = _keep(archive, offer)
        act = Act(
            kind=LineKind.RECORD_ACCEPTED.value,
            actor=actor,
            object=offer.object,
            version=stored.version,
            inventory=stored.inventory,
            originals=tuple(original.sha512 for original in offer.package.originals),
            more=_more(offer.package),
        )
        done = commit(archive, act, now=now, settled=lambda: _known(archive, offer))
    if isinstance(done, Line):
        return Accepted(record=offer.package.record, duplicate=False, version="v1", state=offer.package.state)
    return done


def accept_version(folder: Path, archive: Archive, *, actor: str, now: datetime) -> Accepted:
    """Make the package in `folder` the next version of its record; its originals must be those that are kept.

    Raises what `accept` raises, and NotFoundError N001 where there is no such record.
    """
    offer = read_offer(folder, actor=actor, now=now)
    pieces = {path: Piece(source=place, sha512=sha512) for path, (place, sha512) in offer.files.items()}
    return add_version(archive, offer.package, pieces, actor=actor, now=now)


def add_version(
    archive: Archive, package: Package, pieces: Mapping[str, Piece], *, actor: str, now: datetime
) -> Accepted:
    """Give a record its next version: `pieces` (logical path → piece) replace or join the files of the head.

    The package states the whole new record.json; originals stay as they are. Raises NotFoundError N001, IntegrityError
    F003 when a file that the package names is not there with that digest, or an original would change.
    """
    object_id = urn(package.record)
    with archive.store.alone(object_id):
        follow(archive)
        row = archive.catalogue.record(package.record)
        if row is None:
            raise NotFoundError("N001", word("object-missing", object=object_id))
        before = archive.store.inventory(object_id)
        if before.number > int(row.version[1:]):
            archive.store.back_to(object_id, row.version)  # residue: a version without a line
        kept = {path: Piece(source=None, sha512=digest) for path, digest in before.state(row.version).items()}
        accession = Event(type="new version", time=now.isoformat(), agent=actor)
        whole = {**kept, **pieces, **aip.metadata(package, accession)}
        _check_originals(package, kept, whole)
        stored = _put_next(
            archive, object_id, whole, _about(int(row.version[1:]) + 1, "new version", actor=actor, now=now)
        )
        act = Act(
            kind=LineKind.VERSION_ADDED.value,
            actor=actor,
            object=object_id,
            version=stored.version,
            inventory=stored.inventory,
            originals=tuple(original.sha512 for original in package.originals),
            more=_more(package),
        )
        commit(archive, act, now=now, settled=lambda: None)
    return Accepted(record=package.record, duplicate=False, version=stored.version, state=package.state)


# -- reading the package ----------------------------------------------------------------------------------------


def read_offer(folder: Path, *, actor: str, now: datetime) -> _Offer:
    """Read and check a package folder: shape, paths, every digest, the accession key. Nothing is trusted."""
    with open_regular(folder / aip.PACKAGE_JSON) as stream:
        data = stream.read(PACKAGE_JSON_LIMIT_BYTES + 1)
    if len(data) > PACKAGE_JSON_LIMIT_BYTES:
        raise IntegrityError("F021", word("package-too-large", name=aip.PACKAGE_JSON))
    try:
        package = from_json(Package, json.loads(data))
        canonical(to_json(package))  # what RFC 8785 has no form for cannot be kept
    except (ValueError, RecursionError) as error:
        raise IntegrityError("F020", word("package-unreadable", name=aip.PACKAGE_JSON)) from error
    files = {path: (place, _digest(place)) for path, place in _walk(folder)}
    _check_manifest(package, files)
    _check_key(package)
    return _Offer(package=package, files=files, actor=actor, now=now)


def _walk(folder: Path, top: str = "") -> Iterator[tuple[str, Path]]:
    """Give the files of a package, path → place. Links, special files and foreign names raise IntegrityError F021."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            path = f"{top}{entry.name}"
            if entry.is_dir(follow_symlinks=False) and path.count("/") < _DEPTH_LIMIT:
                yield from _walk(Path(entry.path), f"{path}/")
            elif path != aip.PACKAGE_JSON:
                if not (entry.is_file(follow_symlinks=False) and aip.allowed(path)):
                    raise IntegrityError("F021", word("package-foreign", path=path))
                yield path, Path(entry.path)


def _digest(place: Path) -> Sha512:
    total = hashlib.sha512()
    for data in pieces_of(place):
        total.update(data)
    return Sha512(total.hexdigest())


def _check_manifest(package: Package, files: Mapping[str, tuple[Path, Sha512]]) -> None:
    stated = aip.manifest(package)
    for path, sha512 in stated.items():
        if path not in files:
            raise IntegrityError("F003", word("package-file-missing", path=path))
        if files[path][1] != sha512:
            raise IntegrityError("F003", word("package-file-changed", path=path))
    named = {*stated, *(r.path for r in package.renditions)}
    foreign = [p for p in files if p.split("/")[0] in {"original", "preservation", "access"} and p not in named]
    if foreign:
        raise IntegrityError("F021", word("package-file-unnamed", path=foreign[0]))
    paths = [original.path for original in package.originals]
    if not paths or not package.sources or len(paths) != len(set(paths)):
        raise IntegrityError("F021", word("package-originals"))
    if not all(path.startswith("original/") for path in paths):
        raise IntegrityError("F021", word("package-original-outside"))
    if package.text_run is not None and f"text/{package.text_run}/text.txt" not in files:
        raise IntegrityError("F003", word("package-no-text", run=package.text_run))


def _check_key(package: Package) -> None:
    digests = tuple(original.sha512 for original in package.originals)
    key = accession_key(digests, extent=package.extent, fonds=package.fonds, file=package.file)
    if key != package.accession_key:
        raise IntegrityError("F021", word("package-key"))


def _check_home(archive: Archive, package: Package) -> None:
    for unit, level in ((package.fonds, Level.FONDS), (package.file, Level.FILE)):
        row = archive.catalogue.arrangement(unit)
        if row is None or row.arrangement.level is not level:
            raise NotFoundError("N004", word(f"unit-missing-{level}", unit=unit))
    above: RecordId | None = package.file
    while above is not None and above != package.fonds:
        row = archive.catalogue.arrangement(above)
        above = None if row is None else row.arrangement.parent
    if above is None:
        raise IntegrityError("F021", word("package-home", file=package.file, fonds=package.fonds))


# -- keeping ----------------------------------------------------------------------------------------------------


def _known(archive: Archive, offer: _Offer) -> Accepted | None:
    """Give the record that stands for the offer already; our own object, if left without a line, is removed."""
    package = offer.package
    row = archive.catalogue.by_accession_key(package.accession_key)
    own = archive.catalogue.record(package.record)
    if row is None and own is not None:
        raise IntegrityError("F021", word("record-taken", record=package.record))
    if row is None:
        return None
    if row.state == UNREADABLE:
        raise IntegrityError("F003", word("record-damaged", record=row.id))
    if own is None:
        archive.store.remove(offer.object)
    return Accepted(record=row.id, duplicate=row.id != package.record, version=row.version, state=row.state)


def _keep(archive: Archive, offer: _Offer) -> Stored:
    """Put the object; adopt an equal one that a crash left without a line, remove an unequal one first."""
    pieces = aip.contents(offer.package, offer.files, accession=offer.accession())
    about = _about(1, "accession", actor=offer.actor, now=offer.now)
    if archive.store.holds(offer.object):
        if _equal_residue(archive, offer):
            return Stored(version="v1", inventory=archive.store.inventory_digest(offer.object, "v1"))
        archive.store.remove(offer.object)
    return archive.store.put(offer.object, pieces, about)


def _equal_residue(archive: Archive, offer: _Offer) -> bool:
    """Say whether the object holds, whole, just what is offered; its PREMIS tells of the earlier attempt."""
    try:
        inventory = archive.store.inventory(offer.object)
        state = dict(inventory.state())
        wanted = {path: sha512 for path, (_, sha512) in offer.files.items()}
        own = {path: state.pop(path, None) for path in (RECORD_JSON, aip.PREMIS_XML)}
        if inventory.head != "v1" or state != wanted or None in own.values():
            return False
        for path in (*wanted, aip.PREMIS_XML):
            with archive.store.open(offer.object, path) as stream:
                while stream.read(1024 * 1024):
                    pass
        return read_package(archive.store, offer.object) == offer.package
    except LuutruError:
        return False


def _put_next(archive: Archive, object_id: str, pieces: Mapping[str, Piece], about: About) -> Stored:
    try:
        return archive.store.put(object_id, pieces, about)
    except ObjectExistsError:  # a folder of that version was left by a crash before its inventory
        archive.store.back_to(object_id, f"v{about.version - 1}")
        return archive.store.put(object_id, pieces, about)


def _check_originals(package: Package, kept: Mapping[str, Piece], whole: Mapping[str, Piece]) -> None:
    for path, piece in kept.items():
        if path.startswith("original/") and whole[path].sha512 != piece.sha512:
            raise IntegrityError("F003", word("version-original", path=path))
    for path, sha512 in aip.manifest(package).items():
        if path not in whole or whole[path].sha512 != sha512:
            raise IntegrityError("F003", word("version-file-missing", path=path))


def _about(version: int, message: str, *, actor: str, now: datetime) -> About:
    return About(version=version, created=now.isoformat(timespec="seconds"), message=message, actor=actor)


def _more(package: Package) -> dict[str, str]:
    return {"key": package.accession_key, "fonds": package.fonds, "file": package.file}
