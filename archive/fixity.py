"""Checks that everything is still what was stored: objects, digests, journal, and the catalogue against both.

`verify` reads every byte and writes nothing, not even a journal line; it needs no right to write. It tells, it does
not repair. `rebuild_catalogue` makes the register again from the storage root alone.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from archive import ocfl
from archive.keeping import Files, JournalState
from archive.ocfl_check import check_object, check_storage_root
from archive.ocfl_inventory_check import Problem as OcflProblem
from archive.rows import UNREADABLE, ArrangementRow, RecordRow
from archive.strongroom import Archive, follow, row_of
from schemas.access import Registered
from schemas.errors import IntegrityError, NotFoundError
from schemas.findings import meaning
from schemas.identifiers import RecordId, from_urn, urn
from schemas.journal import Line, LineKind
from schemas.words import fault, word

_MISSING, _FOREIGN, _CHANGED, _STRUCTURE = "F001", "F002", "F003", "F004"
_FOREIGN_CODES = frozenset({"E001", "E015", "E023"})
_RESIDUE_CODE = "E046"  # a version folder that the object's inventory does not name: a crash came between
_SIDECAR_CODE = "E060"
_CHANGED_CODES = frozenset({"E092", "E093", "E060", "E064"})
_EMPTY_FOLDER = "E073"  # in the storage root: what a crash or a removal leaves; harmless, and the next object fills it

Progress = Callable[[int, int], None]  # objects checked, objects in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is not as it was stored. `record` is None where it concerns the storage root or the journal."""

    record: RecordId | None
    code: str
    path: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What `verify` found."""

    objects: int
    bytes: int
    seconds: float
    problems: tuple[Problem, ...]
    journal: JournalState


@dataclass(slots=True)
class _Lines:
    """The journal's lines by the object they name, first to last, read on as the journal grows."""

    archive: Archive
    size: int = 0
    by_object: dict[str, list[Line]] = field(default_factory=dict)

    def read_on(self) -> None:
        """Take in the lines that came since."""
        for line in self.archive.journal.lines(self.size):
            self.size += 1
            if line.object:
                more = line.more if line.kind == LineKind.REGISTERED.value else {}  # a register's row needs it
                self.by_object.setdefault(line.object, []).append(replace(line, originals=(), more=more))


def verify(
    archive: Archive, records: Sequence[RecordId] | None = None, *, progress: Progress = lambda _done, _all: None
) -> VerifyReport:
    """Check the given records, or (None) every object, and always the whole journal. Raises NotFoundError N001."""
    started = time.monotonic()
    state = archive.journal.verify()
    if not state.ok:  # lines cannot be trusted to name objects: only the journal and the bytes are checked
        problems = [Problem(record=None, code="F007", path=f"line {n}", message=text) for n, text in state.problems]
        lines = None
    else:
        problems, lines = [], _Lines(archive)
        lines.read_on()
    wanted = _wanted(archive, lines, records)
    if records is None:
        problems += _storage_root(archive)
    total = 0
    for done, object_id in enumerate(wanted):
        progress(done, len(wanted))
        found, read = _check(archive, lines, object_id)
        problems += found
        total += read
    progress(len(wanted), len(wanted))
    if records is None and lines is not None:
        problems += _foreign_rows(archive, lines)
    return VerifyReport(
        objects=sum(archive.store.holds(object_id) for object_id in wanted),
        bytes=total,
        seconds=time.monotonic() - started,
        problems=tuple(problems),
        journal=state,
    )


def rebuild_catalogue(archive: Archive) -> int:
    """Forget the catalogue and make it again from the storage root alone; give the number of lines followed."""
    archive.catalogue.clear()
    return follow(archive)


def _wanted(archive: Archive, lines: _Lines | None, records: Sequence[RecordId] | None) -> tuple[str, ...]:
    named = {} if lines is None else lines.by_object
    if records is None:
        return tuple(sorted({*archive.store.objects(), *named}))
    for record in records:
        if urn(record) not in named and not archive.store.holds(urn(record)):
            raise NotFoundError("N001", word("record-missing", record=record))
    return tuple(urn(record) for record in records)


def _check(archive: Archive, lines: _Lines | None, object_id: str) -> tuple[list[Problem], int]:
    """Check one object: its bytes first, then what journal and catalogue say of it."""
    record = from_urn(object_id)
    with archive.store.quiet(object_id):
        if not archive.store.holds(object_id):
            return [_problem(record, "F006")], 0
        try:
            report = check_object(archive.store.files(object_id))
        except (OSError, IntegrityError) as error:
            return [_problem(record, _CHANGED, message=_unreadable(error))], 0
        cut_short = _cut_short(archive, object_id, report.problems)
        errors = [each for each in report.problems if each.error and each not in cut_short]
        problems = list(dict.fromkeys(_translated(record, each) for each in errors))
        if report.id != object_id:
            message = word("object-inventory-other")
            problems.append(_problem(record, _STRUCTURE, path=ocfl.INVENTORY, message=message))
        if lines is None:
            return problems, report.bytes
        told = list(_against_lines(archive, lines, object_id, head=report.head))
        if told:  # perhaps the journal has grown since it was read
            lines.read_on()
            told = list(_against_lines(archive, lines, object_id, head=report.head))
    return problems + told, report.bytes


def _cut_short(archive: Archive, object_id: str, found: Sequence[OcflProblem]) -> Sequence[OcflProblem]:
    """Give what a crash between the sidecar and the inventory of a new version explains; the version itself is F005."""
    wrong = [each for each in found if each.code == _SIDECAR_CODE and each.path == ocfl.INVENTORY]
    versions = [each.path for each in found if each.code == _RESIDUE_CODE]
    if not wrong or not versions:
        return ()
    try:
        with archive.store.files(object_id).open(ocfl.SIDECAR) as stream:
            digest = ocfl.read_sidecar(stream.read())
        archive.store.inventory(object_id)  # readable by the sidecar in its head's own folder
        return wrong if digest in {archive.store.inventory_digest(object_id, v) for v in versions} else ()
    except (IntegrityError, NotFoundError):
        return ()


def _against_lines(archive: Archive, lines: _Lines, object_id: str, *, head: str | None) -> Iterator[Problem]:
    record = from_urn(object_id)
    named = lines.by_object.get(object_id, [])
    versions = {line.version: line for line in named if line.version}
    if not versions or (head is not None and head not in versions):
        yield _problem(record, "F005", path="" if not versions else str(head))
    for version, line in versions.items():
        try:
            if archive.store.inventory_digest(object_id, version) != line.inventory:
                yield _problem(record, "F009", path=f"{version}/{ocfl.INVENTORY}")
        except NotFoundError:
            yield _problem(record, "F006", path=version)
    if named and named[-1].seq < archive.catalogue.position() and not _as_catalogued(archive, named):
        yield _problem(record, "F008")


def _as_catalogued(archive: Archive, named: list[Line]) -> bool:
    """Compare the catalogue's row with the one that the object's last line makes now."""
    row = row_of(archive.store, named[-1])
    if isinstance(row, RecordRow) and row.state != UNREADABLE:  # what cannot be read is told by its digest
        return archive.catalogue.record(row.id) == replace(row, accepted=named[0].seq, originals=())
    if isinstance(row, ArrangementRow):
        return archive.catalogue.arrangement(row.arrangement.id) == row
    if isinstance(row, Registered):
        return archive.catalogue.registered(entry=row.id) == (row,)
    return True


def _foreign_rows(archive: Archive, lines: _Lines) -> Iterator[Problem]:
    """Name what the catalogue knows and the journal does not."""
    position = archive.catalogue.position()
    if position > archive.journal.head().size:
        message = word("catalogue-ahead", known=position, size=lines.size)
        yield _problem(None, "F008", message=message)
    after = -1
    while rows := archive.catalogue.records(after=after):
        after = rows[-1].accepted
        unknown = [row.id for row in rows if urn(row.id) not in lines.by_object]
        if unknown:
            lines.read_on()
        yield from (_problem(record, "F008") for record in unknown if urn(record) not in lines.by_object)


def _storage_root(archive: Archive) -> Iterator[Problem]:
    files = archive.store.root_files()
    if files is None:
        return
    problems, places = check_storage_root(files)
    for each in problems:
        if each.code != _EMPTY_FOLDER:
            code = _FOREIGN if each.code == "E072" else _STRUCTURE
            yield _problem(None, code, path=each.path, message=each.message)
    for path, content in ocfl.ROOT_FILES.items():
        if not _holds(files, path, content):
            yield _problem(None, _STRUCTURE, path=path, message=word("root-file-changed"))
    for place in places:
        if ocfl.object_id_at(place) is None:
            yield _problem(None, _FOREIGN, path=place, message=word("object-misplaced"))


def _holds(files: Files, path: str, content: bytes) -> bool:
    try:
        with files.open(path) as stream:
            return stream.read() == content
    except (OSError, IntegrityError):
        return False


def _unreadable(error: OSError | IntegrityError) -> str:
    return word("object-unreadable", fault=fault(error) if isinstance(error, OSError) else error.message)


def _translated(record: RecordId, found: OcflProblem) -> Problem:
    code = _STRUCTURE
    if found.missing:
        code = _MISSING
    elif found.code == _RESIDUE_CODE:
        code = "F005"
    elif found.code in _FOREIGN_CODES:
        code = _FOREIGN
    elif found.code in _CHANGED_CODES:
        code = _CHANGED
    return _problem(record, code, path=found.path, message=found.message)


def _problem(record: RecordId | None, code: str, *, path: str = "", message: str = "") -> Problem:
    return Problem(record=record, code=code, path=path, message=message or meaning(code))


def problem_words(problems: Iterable[Problem], language: str) -> Iterator[str]:
    """Give one line for people for each problem."""
    for each in problems:
        where = " ".join(part for part in (each.record or "", each.path) if part)
        yield f"{each.code} {where}: {meaning(each.code, language)}"
