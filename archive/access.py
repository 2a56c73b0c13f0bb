"""THE WAY OUT: what the reading room, the command line and other programs may ask of the archive.

Everything read is checked against its digest on the way. Only what has a journal line is given. Writes nothing.
"""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from archive.merkle import audit_path, tree_of
from archive.rows import UNREADABLE, RecordRow
from archive.strongroom import Archive, follow, read_package
from schemas.access import Register
from schemas.description import Arrangement
from schemas.errors import IntegrityError, NotFoundError, UsageError
from schemas.identifiers import RecordId, from_urn, record_id, urn
from schemas.journal import Line, LineKind, leaf, read
from schemas.packages import Original, Package, Rendition, Role
from schemas.texts import PageText, read_pages
from schemas.words import word

__all__ = [
    "UNREADABLE",
    "Archive",
    "Change",
    "Proof",
    "RecordRow",
    "Version",
    "arrangement",
    "arrangements",
    "body",
    "changed_units",
    "changes",
    "counts",
    "history",
    "list_records",
    "list_review",
    "open_file",
    "open_original",
    "open_rendition",
    "package",
    "pages",
    "places",
    "position",
    "prove",
    "record",
    "resolve",
    "root_at",
]

_RECORD_KINDS = frozenset({LineKind.RECORD_ACCEPTED.value, LineKind.VERSION_ADDED.value})
_SHORT_ID = 8  # characters of an id that are enough where they are unique


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One journal line as a follower sees it. Save `position` once the change is dealt with, and ask on from there."""

    position: int  # lines followed when this one is dealt with
    kind: str
    object: RecordId | None  # the record or unit of arrangement, if the line names one
    record: bool  # whether `object` is a record


def changes(archive: Archive, after: int = 0) -> Iterator[Change]:
    """Give what changed since `after` lines, in order, up to now. The catalogue has followed at least as far.

    Safe to follow again from any earlier position, 0 included: every change names the thing, not the difference.
    """
    size = follow(archive)
    for line in islice(archive.journal.lines(after), max(0, size - after)):
        limited = _limited_record(archive, line)
        yield Change(
            position=line.seq + 1,
            kind=line.kind,
            object=limited or (from_urn(line.object) if line.object else None),
            record=limited is not None or line.kind in _RECORD_KINDS,
        )


def _limited_record(archive: Archive, line: Line) -> RecordId | None:
    """Give the record whose access limit a line is about: it is the record that has changed for a follower."""
    if line.kind != LineKind.REGISTERED.value or line.more.get("register") != Register.LIMIT.value:
        return None
    row = archive.catalogue.record(RecordId(str(line.more.get("node", ""))))
    return None if row is None else row.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That one line stands in the journal whose tree of `size` leaves has `root` (RFC 6962, 2.1.1). Hashes in hex."""

    line: str  # as written, without its LF; leaf = SHA-256(0x00 ‖ line)
    index: int
    path: tuple[str, ...]
    size: int
    root: str


def prove(archive: Archive, wanted: RecordId) -> tuple[Proof, ...]:
    """Prove every line that names a record. Raises NotFoundError N001."""
    record(archive, wanted)
    lines = tuple(archive.journal.raw_lines())
    leaves = [leaf(line) for line in lines]
    tree, named = tree_of(leaves), urn(wanted)
    root = tree.root().hex()
    return tuple(
        Proof(
            line=line.decode().rstrip("\n"),
            index=index,
            path=tuple(each.hex() for each in audit_path(leaves, index)),
            size=tree.size,
            root=root,
        )
        for index, line in enumerate(lines)
        if read(line).object == named
    )


def root_at(archive: Archive, size: int) -> str | None:
    """Give the root (hex) over the first `size` lines of the journal; None where it holds fewer."""
    tree = tree_of(map(leaf, islice(archive.journal.raw_lines(), size)))
    return tree.root().hex() if tree.size == size else None


def position(archive: Archive) -> int:
    """Say how many lines the journal holds."""
    return archive.journal.head().size


def resolve(archive: Archive, text: str, *, known: Callable[[RecordId], bool] = lambda _: True) -> RecordId:
    """Give the record meant by an id, whole or its first eight characters or more where they are unique.

    `known`: which records the asker may know of; the others are as if they were not there.

    Raises NotFoundError N001, UsageError U002.
    """
    short = text.strip().lower().removeprefix("urn:uuid:")
    if len(short) >= _SHORT_ID and set(short) <= set("0123456789abcdef-"):
        found = tuple(filter(known, archive.catalogue.starting_with(short)))
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError("U002", word("record-ambiguous", text=text))
        raise NotFoundError("N001", word("record-missing", record=short))
    raise NotFoundError("N001", word("record-missing", record=record_id(text)))


def record(archive: Archive, wanted: RecordId) -> RecordRow:
    """Give the catalogue's row of a record. Raises NotFoundError N001."""
    row = archive.catalogue.record(wanted)
    if row is None:
        raise NotFoundError("N001", word("record-missing", record=wanted))
    return row


def records(archive: Archive, wanted: Collection[RecordId]) -> dict[RecordId, RecordRow]:
    """Give the catalogue's rows of records, of those that are there."""
    return {row.id: row for row in archive.catalogue.records_of(wanted)}


def package(archive: Archive, wanted: RecordId) -> Package:
    """Give all that is said of a record, as of its newest version. Raises NotFoundError N001, IntegrityError."""
    return read_package(archive.store, urn(wanted), record(archive, wanted).version)


def pages(archive: Archive, wanted: RecordId) -> tuple[PageText, ...]:
    """Give the text and words of all pages of the current run; none where nothing was read."""
    version = record(archive, wanted).version
    run = read_package(archive.store, urn(wanted), version).text_run
    if run is None:
        return ()
    text = archive.store.read(urn(wanted), f"text/{run}/text.txt", version)
    try:
        words = json.loads(archive.store.read(urn(wanted), f"text/{run}/words.json", version))
        return read_pages(text, words)
    except NotFoundError:
        return read_pages(text, None)
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError("F020", word("record-words-unreadable", record=wanted)) from error


def texts(archive: Archive, row: RecordRow) -> tuple[PageText, ...]:
    """Give the text of all pages of the current run, without the places of the words; none where nothing was read."""
    run = read_package(archive.store, urn(row.id), row.version).text_run
    if run is None:
        return ()
    return read_pages(archive.store.read(urn(row.id), f"text/{run}/text.txt", row.version), None)


def open_original(archive: Archive, wanted: RecordId, path: str = "") -> tuple[Original, BinaryIO]:
    """Open an original by its path; without one, the first original of the body. The end of the stream is checked."""
    version = record(archive, wanted).version
    known = read_package(archive.store, urn(wanted), version)
    chosen = path or _body_paths(known)[0]
    for original in known.originals:
        if original.path == chosen:
            return original, archive.store.open(urn(wanted), chosen, version)
    raise NotFoundError("N002", word("record-no-path", record=wanted, path=chosen))


def open_rendition(archive: Archive, wanted: RecordId, part: str = "") -> tuple[Rendition, BinaryIO]:
    """Open the PDF/A or access copy of a part; without one, of the body. Raises NotFoundError N002 with the reason."""
    version = record(archive, wanted).version
    known = read_package(archive.store, urn(wanted), version)
    chosen = part or body(known)
    reasons = []
    for rendition in known.renditions:
        if rendition.part == chosen and rendition.path is not None:
            return rendition, archive.store.open(urn(wanted), rendition.path, version)
        if rendition.part == chosen and rendition.reason:
            reasons.append(rendition.reason)
    key = "record-no-copy-because" if reasons else "record-no-copy"
    raise NotFoundError("N002", word(key, record=wanted, part=chosen, reasons="; ".join(reasons)))


def open_file(archive: Archive, wanted: RecordId, path: str) -> BinaryIO:
    """Open any logical file of the record's newest version, for example a validation report."""
    return archive.store.open(urn(wanted), path, record(archive, wanted).version)


def body(known: Package) -> str:
    """Give the number of the part that is the body; without one, of the first part."""
    return next((p.part for p in known.parts if p.role is Role.BODY), known.parts[0].part if known.parts else "0001")


def arrangement(archive: Archive, unit: RecordId) -> Arrangement:
    """Give a fonds, inventory or file. Raises NotFoundError N004."""
    row = archive.catalogue.arrangement(unit)
    if row is None:
        raise NotFoundError("N004", word("unit-missing", unit=unit))
    return row.arrangement


def places(archive: Archive, known: Package) -> tuple[tuple[str, str], ...]:
    """Say where a record stands, from the fonds down to its file: (fonds | inventory | box | file, code) each.

    A unit that cannot be found is named by its id.
    """
    try:
        file = arrangement(archive, known.file)
        above = arrangement(archive, file.parent) if file.parent not in (None, known.fonds) else None
        fonds = arrangement(archive, known.fonds)
    except NotFoundError:
        return (("fonds", known.fonds), ("file", known.file))
    found = (("fonds", fonds.code), ("inventory", above.code if above else ""), ("box", file.box), ("file", file.code))
    return tuple((level, code) for level, code in found if code)


def arrangements(archive: Archive, parent: RecordId | None = None) -> tuple[Arrangement, ...]:
    """List the units directly below `parent`; None: all, in the order they were made in."""
    return tuple(row.arrangement for row in archive.catalogue.arrangements(parent))


def changed_units(archive: Archive, *, after: int = -1) -> tuple[tuple[int, Arrangement], ...]:
    """Give the units made or changed by journal lines after number `after`, each with that line's number."""
    return tuple((row.changed, row.arrangement) for row in archive.catalogue.arrangements_changed(after))


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a record: when, by whom, and by which act."""

    version: str
    time: str  # ISO 8601 with offset
    actor: str
    act: str


def history(archive: Archive, wanted: RecordId) -> tuple[Version, ...]:
    """List the versions of a record that have a journal line, the oldest first. Raises NotFoundError N001."""
    newest = int(record(archive, wanted).version.removeprefix("v"))
    known = archive.store.inventory(urn(wanted)).versions
    return tuple(
        Version(version=name, time=each.created, actor=each.actor, act=each.message)
        for name, each in sorted(known.items(), key=lambda pair: int(pair[0].removeprefix("v")))
        if int(name.removeprefix("v")) <= newest
    )


def list_review(archive: Archive) -> tuple[RecordRow, ...]:
    """List all records at which a person must look."""
    return tuple(_all(archive, state="review"))


def list_records(
    archive: Archive, *, fonds: str = "", file: str = "", after: int = -1, limit: int = 1000
) -> tuple[RecordRow, ...]:
    """List records in the order of accession; go on with `after=rows[-1].accepted`."""
    return archive.catalogue.records(fonds=fonds, file=file, after=after, limit=limit)


def counts(archive: Archive) -> dict[str, int]:
    """Count records by state."""
    return archive.catalogue.counts()


def _all(archive: Archive, *, state: str = "") -> Iterator[RecordRow]:
    after = -1
    while rows := archive.catalogue.records(state=state, after=after):
        yield from rows
        after = rows[-1].accepted


def _body_paths(known: Package) -> tuple[str, ...]:
    chosen = body(known)
    paths = next((p.originals for p in known.parts if p.part == chosen), ())
    return paths or (known.originals[0].path,)
