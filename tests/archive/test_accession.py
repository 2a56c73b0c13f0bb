"""The way in: a package becomes a record once, whatever happens on the way; a package that lies becomes nothing."""

import json
import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from ocfl.validator import Validator

from archive import access, accession, fixity, home
from archive.arrangement import Home
from archive.home import Archive
from archive.keeping import Piece
from archive.store import Disk
from schemas.description import Description, Value
from schemas.errors import IntegrityError, LuutruError, NotFoundError, TryLaterError
from schemas.identifiers import RecordId, Sha512, new_record_id, urn
from schemas.packages import Original, Package, Part, Role, accession_key
from schemas.settings import Settings
from tests.archive.builders import NOW, a_home, a_package, an_archive, an_original, write_package


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with an_archive(tmp_path / "home") as made:
        yield made


@pytest.fixture
def place(archive: Archive) -> Home:
    return a_home(archive, fonds="SYT", file="01")


def accept(archive: Archive, folder: Path) -> accession.Accepted:
    return accession.accept(folder, archive, actor="system", now=NOW)


def test_an_accepted_package_is_a_record_byte_for_byte(archive: Archive, place: Home, tmp_path: Path) -> None:
    package = a_package(tmp_path / "p", place, content=b"\x00\xff bytes")
    accepted = accept(archive, tmp_path / "p")
    assert accepted == accession.Accepted(record=package.record, duplicate=False, version="v1", state="archived")
    assert access.package(archive, package.record) == package
    original, stream = access.open_original(archive, package.record)
    assert (original.name, stream.read()) == ("1695 qđ syt.pdf", b"\x00\xff bytes")
    line = list(archive.journal.lines())[-1]
    assert (line.kind, line.object, line.originals) == (
        "record-accepted",
        urn(package.record),
        (package.originals[0].sha512,),
    )
    assert line.inventory == archive.store.inventory_digest(urn(package.record), "v1")


def test_no_content_stands_in_the_journal(archive: Archive, place: Home, tmp_path: Path) -> None:
    a_package(tmp_path / "p", place)
    accept(archive, tmp_path / "p")
    journal = (archive.settings.storage / "journal/journal.jsonl").read_text()
    assert "1695" not in journal
    assert "SYT" not in journal


def test_ocfl_py_judges_every_object_valid(archive: Archive, place: Home, tmp_path: Path) -> None:
    a_package(tmp_path / "p", place)
    accept(archive, tmp_path / "p")
    objects = list((archive.settings.storage / "objects").glob("*/*/*/*"))
    assert len(objects) == 9
    for folder in objects:
        judge = Validator(log_warnings=True)
        assert judge.validate_object(str(folder)), judge.status_str()


def test_the_same_package_twice_is_one_record(archive: Archive, place: Home, tmp_path: Path) -> None:
    a_package(tmp_path / "p", place)
    size = (accept(archive, tmp_path / "p"), archive.journal.head().size)[1]
    again = accept(archive, tmp_path / "p")
    assert not again.duplicate
    assert archive.journal.head().size == size


def test_the_same_originals_under_another_id_are_the_record_that_is_there(
    archive: Archive, place: Home, tmp_path: Path
) -> None:
    first = a_package(tmp_path / "a", place)
    second = a_package(tmp_path / "b", place)
    (tmp_path / "b/validation/0001.json").write_bytes(b"another run")
    accept(archive, tmp_path / "a")
    assert accept(archive, tmp_path / "b") == accession.Accepted(
        record=first.record, duplicate=True, version="v1", state="archived"
    )
    assert not archive.store.holds(urn(second.record))


def test_the_same_originals_in_another_file_are_another_record(archive: Archive, place: Home, tmp_path: Path) -> None:
    a_package(tmp_path / "a", place)
    a_package(tmp_path / "b", a_home(archive, fonds="SYT", file="02"))
    assert not accept(archive, tmp_path / "a").duplicate
    assert not accept(archive, tmp_path / "b").duplicate
    assert len(access.list_records(archive)) == 2


def _work(settings: Settings, folders: list[Path], results: "multiprocessing.Queue[list[tuple[str, bool]]]") -> None:
    with home.open_archive(settings) as archive:
        accepted = [accession.accept(folder, archive, actor="system", now=NOW) for folder in folders]
    results.put([(each.record, each.duplicate) for each in accepted])


@pytest.mark.slow
@pytest.mark.parametrize("own_ids", [True, False], ids=["another id", "the same id"])
def test_two_processes_with_the_same_originals_make_one_record(
    archive: Archive, place: Home, tmp_path: Path, *, own_ids: bool
) -> None:
    folders: list[list[Path]] = [[], []]
    for number in range(6):
        record = new_record_id()
        for side in (0, 1):
            folder = tmp_path / f"{number}-{side}"
            a_package(folder, place, content=b"%d" % number, record=None if own_ids else record)
            folders[side].append(folder)
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[list[tuple[str, bool]]] = context.Queue()
    workers = [context.Process(target=_work, args=(archive.settings, each, results)) for each in folders]
    for worker in workers:
        worker.start()
    answers = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    for one, other in zip(*answers, strict=True):
        assert one[0] == other[0]
        assert [one[1], other[1]].count(True) == (1 if own_ids else 0)
    assert len([line for line in archive.journal.lines() if line.kind == "record-accepted"]) == 6
    assert fixity.verify(archive).problems == ()


# -- what a crash leaves ----------------------------------------------------------------------------------------


class _Stopped(BaseException):
    """Stands for the end of the process."""


def _stop_before_the_line(archive: Archive, folder: Path) -> None:
    class Stopping(Disk):
        def write(self, handle: int, path: Path, data: bytes) -> None:
            if path.name == "journal.jsonl":
                raise _Stopped
            super().write(handle, path, data)

    with home.open_archive(archive.settings, disk=Stopping()) as stopping, pytest.raises(_Stopped):
        accept(stopping, folder)


def test_an_object_without_a_line_is_named_and_adopted(archive: Archive, place: Home, tmp_path: Path) -> None:
    package = a_package(tmp_path / "p", place)
    _stop_before_the_line(archive, tmp_path / "p")
    assert archive.store.holds(urn(package.record))
    assert [(p.record, p.code) for p in fixity.verify(archive).problems] == [(package.record, "F005")]
    before = archive.store.inventory_digest(urn(package.record), "v1")
    accession.accept(tmp_path / "p", archive, actor="system", now=NOW + timedelta(hours=1))
    assert archive.store.inventory_digest(urn(package.record), "v1") == before
    assert fixity.verify(archive).problems == ()


def _change_text(folder: Path, _object: Path) -> None:
    (folder / "validation/0001.json").write_bytes(b"made again")


def _damage_object(_folder: Path, place: Path) -> None:
    (place / "v1/content/original/0001.pdf").write_bytes(b"damaged")


def _damage_metadata(_folder: Path, place: Path) -> None:
    (place / "v1/content/metadata/record.json").write_bytes(b"{}")


@pytest.mark.parametrize("change", [_change_text, _damage_object, _damage_metadata])
def test_an_object_without_a_line_that_is_not_equal_is_replaced(
    archive: Archive, place: Home, tmp_path: Path, change: Callable[[Path, Path], None]
) -> None:
    package = a_package(tmp_path / "p", place)
    _stop_before_the_line(archive, tmp_path / "p")
    (found,) = (archive.settings.storage / "objects").glob(f"*/*/*/*{package.record}")
    change(tmp_path / "p", found)
    accept(archive, tmp_path / "p")
    assert archive.store.read(urn(package.record), "validation/0001.json") in {b'{"valid": true}', b"made again"}
    assert fixity.verify(archive).problems == ()


def test_residue_goes_when_another_delivery_became_the_record(archive: Archive, place: Home, tmp_path: Path) -> None:
    late = a_package(tmp_path / "late", place)
    _stop_before_the_line(archive, tmp_path / "late")
    a_package(tmp_path / "first", place)
    accept(archive, tmp_path / "first")
    assert accept(archive, tmp_path / "late").duplicate
    assert not archive.store.holds(urn(late.record))
    assert fixity.verify(archive).problems == ()


def test_a_clock_far_behind_waits_and_writes_nothing(archive: Archive, place: Home, tmp_path: Path) -> None:
    package = a_package(tmp_path / "p", place)
    with pytest.raises(TryLaterError) as told:
        accession.accept(tmp_path / "p", archive, actor="system", now=NOW - timedelta(minutes=2))
    assert told.value.code == "T010"
    assert not archive.store.holds(urn(package.record))


def test_a_clock_a_little_behind_is_said_in_the_line(archive: Archive, place: Home, tmp_path: Path) -> None:
    a_package(tmp_path / "p", place)
    accession.accept(tmp_path / "p", archive, actor="system", now=NOW - timedelta(seconds=30))
    line = list(archive.journal.lines())[-1]
    assert (line.time, line.more["clock"]) == (NOW.isoformat(timespec="milliseconds"), "behind")


# -- packages that lie ------------------------------------------------------------------------------------------


def _rewrite(folder: Path, package: Package) -> None:
    write_package(folder, package)


def _lie_about_original(folder: Path, package: Package) -> None:
    (folder / "original/0001.pdf").write_bytes(b"other bytes")


def _lie_about_rendition(folder: Path, package: Package) -> None:
    (folder / "preservation/0001.pdf").write_bytes(b"other bytes")


def _original_missing(folder: Path, package: Package) -> None:
    (folder / "original/0001.pdf").unlink()


def _foreign_original(folder: Path, package: Package) -> None:
    (folder / "original/0002.pdf").write_bytes(b"x")


def _foreign_name(folder: Path, package: Package) -> None:
    (folder / "original" / "a\nb.pdf").write_bytes(b"x")


def _foreign_folder(folder: Path, package: Package) -> None:
    (folder / "metadata").mkdir()
    (folder / "metadata/premis.xml").write_bytes(b"x")


def _link_to_file(folder: Path, package: Package) -> None:
    (folder / "validation/0001.json").unlink()
    (folder / "validation/0001.json").symlink_to("/etc/passwd")


def _link_to_folder(folder: Path, package: Package) -> None:
    shutil.move(folder / "text", folder.parent / "elsewhere")
    (folder / "text").symlink_to(folder.parent / "elsewhere")


def _path_out(folder: Path, package: Package) -> None:
    (folder.parent / "outside").write_bytes(b"%PDF-1.7 one\n")
    original = replace(package.originals[0], path="original/../../outside")
    _rewrite(folder, replace(package, originals=(original,)))


def _no_originals(folder: Path, package: Package) -> None:
    key = accession_key((), extent=None, fonds=package.fonds, file=package.file)
    _rewrite(folder, replace(package, originals=(), accession_key=key))


def _wrong_key(folder: Path, package: Package) -> None:
    _rewrite(
        folder, replace(package, accession_key=accession_key((), extent=None, fonds=package.fonds, file=package.file))
    )


def _no_json(folder: Path, package: Package) -> None:
    (folder / "package.json").write_bytes(b"[" * 100_000)


def _other_json(folder: Path, package: Package) -> None:
    (folder / "package.json").write_bytes(b'{"record": 1}')


def _text_run_missing(folder: Path, package: Package) -> None:
    shutil.rmtree(folder / "text")


def _no_package(folder: Path, package: Package) -> None:
    (folder / "package.json").unlink()


def _not_a_number(folder: Path, package: Package) -> None:
    text = (folder / "package.json").read_text()
    (folder / "package.json").write_text(text.replace('"size_bytes": 13', '"size_bytes": 1e400'))


def _huge_number(folder: Path, package: Package) -> None:
    text = (folder / "package.json").read_text()
    (folder / "package.json").write_text(text.replace('"size_bytes": 13', f'"size_bytes": {2**60}'))


def _half_a_letter(folder: Path, package: Package) -> None:
    text = (folder / "package.json").read_text()
    (folder / "package.json").write_text(text.replace('"access": "agency"', '"access": "\\ud800"'))


LIES = [
    (_not_a_number, "F020"),
    (_huge_number, "F020"),
    (_half_a_letter, "F020"),
    (_lie_about_original, "F003"),
    (_lie_about_rendition, "F003"),
    (_original_missing, "F003"),
    (_text_run_missing, "F003"),
    (_foreign_original, "F021"),
    (_foreign_name, "F021"),
    (_foreign_folder, "F021"),
    (_link_to_file, "F021"),
    (_link_to_folder, "F021"),
    (_path_out, "F003"),
    (_no_originals, "F021"),
    (_wrong_key, "F021"),
    (_no_json, "F020"),
    (_other_json, "F020"),
    (_no_package, "F021"),
]


@pytest.mark.parametrize(("lie", "code"), LIES, ids=[lie.__name__.strip("_") for lie, _ in LIES])
def test_a_package_that_lies_is_not_taken_in(
    archive: Archive, place: Home, tmp_path: Path, lie: Callable[[Path, Package], None], code: str
) -> None:
    package = a_package(tmp_path / "p", place)
    lie(tmp_path / "p", package)
    size = archive.journal.head().size
    with pytest.raises(LuutruError) as told:
        accept(archive, tmp_path / "p")
    assert told.value.code == code
    assert archive.journal.head().size == size
    assert not archive.store.holds(urn(package.record))


def test_a_home_that_is_not_there_is_told(archive: Archive, place: Home, tmp_path: Path) -> None:
    for wrong in (Home(fonds=new_record_id(), file=place.file), Home(fonds=place.fonds, file=place.fonds)):
        a_package(tmp_path / wrong.fonds / wrong.file, wrong)
        with pytest.raises(NotFoundError) as told:
            accept(archive, tmp_path / wrong.fonds / wrong.file)
        assert told.value.code == "N004"


def test_a_file_of_another_fonds_is_refused(archive: Archive, place: Home, tmp_path: Path) -> None:
    other = a_home(archive, fonds="UBND", file="01")
    a_package(tmp_path / "p", Home(fonds=other.fonds, file=place.file))
    with pytest.raises(IntegrityError) as told:
        accept(archive, tmp_path / "p")
    assert told.value.code == "F021"
    a_package(tmp_path / "q", a_home(archive, fonds="UBND", inventory="1", file="01"))
    assert not accept(archive, tmp_path / "q").duplicate


def test_the_id_of_another_record_is_refused(archive: Archive, place: Home, tmp_path: Path) -> None:
    package = a_package(tmp_path / "a", place)
    a_package(tmp_path / "b", place, content=b"other", record=package.record)
    accept(archive, tmp_path / "a")
    with pytest.raises(IntegrityError):
        accept(archive, tmp_path / "b")
    assert access.package(archive, package.record) == package


def test_a_record_of_many_originals_keeps_their_order(archive: Archive, place: Home, tmp_path: Path) -> None:
    contents = [b"page %d" % n for n in range(3)]
    originals: tuple[Original, ...] = ()
    for number, content in enumerate(contents, start=1):
        originals += (an_original(content, f"original/{number:04d}.jpg"),)
        (tmp_path / "p/original").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"p/original/{number:04d}.jpg").write_bytes(content)
    digests = tuple(Sha512(o.sha512) for o in originals)
    package = a_package(
        tmp_path / "p",
        place,
        originals=originals,
        parts=(Part(part="0001", role=Role.BODY, originals=tuple(o.path for o in originals), first_page=1, pages=3),),
        accession_key=accession_key(digests, extent=None, fonds=place.fonds, file=place.file),
    )
    (tmp_path / "p/original/0001.pdf").unlink()
    accept(archive, tmp_path / "p")
    read = [access.open_original(archive, package.record, o.path)[1].read() for o in package.originals]
    assert read == contents


# -- later versions ---------------------------------------------------------------------------------------------


def _second(archive: Archive, package: Package) -> Package:
    described = Description(fields={"number": Value(value="1696/QĐ-SYT")})
    second = replace(package, text_run="run-2", description=described)
    pieces = {"text/run-2/text.txt": Piece(source=b"read again")}
    accession.add_version(archive, second, pieces, actor="system", now=NOW)
    return second


def test_a_new_version_keeps_the_originals_and_the_history(archive: Archive, place: Home, tmp_path: Path) -> None:
    package = a_package(tmp_path / "p", place)
    accept(archive, tmp_path / "p")
    second = _second(archive, package)
    row = access.record(archive, package.record)
    assert (row.version, row.number) == ("v2", "1696/QĐ-SYT")
    assert access.package(archive, package.record) == second
    assert [page.text for page in access.pages(archive, package.record)] == ["read again"]
    assert access.open_original(archive, package.record)[1].read() == b"%PDF-1.7 one\n"
    assert fixity.verify(archive).problems == ()
    assert accept(archive, tmp_path / "p").version == "v2"


def test_a_new_version_may_not_change_an_original(archive: Archive, place: Home, tmp_path: Path) -> None:
    package = a_package(tmp_path / "p", place)
    accept(archive, tmp_path / "p")
    pieces = {"original/0001.pdf": Piece(source=b"x")}
    with pytest.raises(IntegrityError):
        accession.add_version(archive, package, pieces, actor="system", now=NOW)
    other = replace(package, record=RecordId(new_record_id()))
    with pytest.raises(NotFoundError):
        accession.add_version(archive, other, {}, actor="system", now=NOW)
    assert access.record(archive, package.record).version == "v1"


def test_a_version_without_a_line_gives_way_to_the_next(archive: Archive, place: Home, tmp_path: Path) -> None:
    package = a_package(tmp_path / "p", place)
    accept(archive, tmp_path / "p")

    class Stopping(Disk):
        def write(self, handle: int, path: Path, data: bytes) -> None:
            if path.name == "journal.jsonl":
                raise _Stopped
            super().write(handle, path, data)

    with home.open_archive(archive.settings, disk=Stopping()) as stopping, pytest.raises(_Stopped):
        _second(stopping, package)
    assert access.package(archive, package.record) == package
    assert [p.code for p in fixity.verify(archive).problems] == ["F005"]
    second = _second(archive, package)
    assert access.package(archive, package.record) == second
    assert fixity.verify(archive).problems == ()


def test_the_package_is_kept_as_it_was_said(archive: Archive, place: Home, tmp_path: Path) -> None:
    package = a_package(tmp_path / "p", place)
    accept(archive, tmp_path / "p")
    kept = json.loads(archive.store.read(urn(package.record), "metadata/record.json"))
    assert kept == json.loads((tmp_path / "p/package.json").read_text())
