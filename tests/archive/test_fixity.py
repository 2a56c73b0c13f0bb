"""Whatever is changed in the storage root, `verify` names it; what is whole, it leaves alone."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive import access, accession, fixity
from archive.home import Archive, open_archive
from archive.ocfl import ROOT_FILES
from archive.store import Disk
from archive.strongroom import follow
from schemas.errors import NotFoundError
from schemas.identifiers import RecordId, new_record_id
from tests.archive.builders import NOW, a_home, a_package, an_archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with an_archive(tmp_path / "home") as made:
        yield made


@pytest.fixture
def record(archive: Archive, tmp_path: Path) -> RecordId:
    a_package(tmp_path / "p", a_home(archive))
    return accession.accept(tmp_path / "p", archive, actor="system", now=NOW).record


def _object(archive: Archive, record: RecordId) -> Path:
    (found,) = (archive.settings.storage / "objects").glob(f"*/*/*/*{record}")
    return found


def test_what_is_whole_has_no_problem(archive: Archive, record: RecordId) -> None:
    seen: list[tuple[int, int]] = []
    report = fixity.verify(archive, progress=lambda done, every: seen.append((done, every)))
    assert report.problems == ()
    assert (report.objects, report.journal.ok, report.journal.size) == (6, True, 6)
    assert report.bytes > 1000
    assert seen[0] == (0, 6)
    assert seen[-1] == (6, 6)


def test_checking_writes_nothing(archive: Archive, record: RecordId) -> None:
    archive.close()
    before = _listing(archive.settings.home)
    with open_archive(archive.settings, writable=False) as reading:
        assert fixity.verify(reading).problems == ()
    assert _listing(archive.settings.home) == before


def _listing(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_checking_needs_no_right_to_write(archive: Archive, record: RecordId, tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can become somebody without rights")
    archive.close()
    for folder in (tmp_path, *tmp_path.parents):
        if folder != Path("/tmp") and folder.is_relative_to("/tmp"):  # what pytest made for us alone
            folder.chmod(folder.stat().st_mode | 0o055)
    for path in (tmp_path / "home", *(tmp_path / "home").rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    code = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[2])!r})
from pathlib import Path
from archive import fixity
from archive.home import open_archive
from schemas.settings import Settings
os.setgid(65534); os.setuid(65534)
with open_archive(Settings(home=Path({str(tmp_path / "home")!r})), writable=False) as archive:
    report = fixity.verify(archive)
    assert archive.catalogue.position() == 6
print(report.problems, report.objects)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd="/")
    assert done.stdout.strip() == "() 6", done.stderr


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def _grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


DAMAGE: list[tuple[str, Callable[[Path], None], set[str]]] = [
    ("v1/content/original/0001.pdf", _flip, {"F003"}),
    ("v1/content/original/0001.pdf", _grow, {"F003"}),
    ("v1/content/original/0001.pdf", Path.unlink, {"F001", "F004"}),
    ("v1/content/metadata/premis.xml", _flip, {"F003"}),
    ("v1/content/metadata/record.json", _flip, {"F003"}),
    ("v1/content/original/0002.pdf", Path.touch, {"F002"}),
    ("v1/content/original/0003.pdf", lambda p: p.symlink_to("0001.pdf"), {"F004"}),
    ("v1/other", Path.touch, {"F002"}),
    ("stray", Path.touch, {"F002"}),
    ("v2", Path.mkdir, {"F005"}),
    ("inventory.json.sha512", Path.unlink, {"F004"}),
    ("inventory.json", Path.unlink, {"F004", "F003"}),
]


@pytest.mark.parametrize(
    ("path", "damage", "codes"),
    DAMAGE,
    ids=[f"{path}-{sorted(codes)[0]}-{n}" for n, (path, _, codes) in enumerate(DAMAGE)],
)
def test_damage_is_named_with_its_record_and_path(
    archive: Archive, record: RecordId, path: str, damage: Callable[[Path], None], codes: set[str]
) -> None:
    damage(_object(archive, record) / path)
    problems = fixity.verify(archive).problems
    assert problems
    assert {p.code for p in problems} <= codes
    assert {p.record for p in problems} == {record}
    assert fixity.verify(archive, [record]).problems == problems


@pytest.mark.parametrize("renamed", [1, 2])
def test_a_version_cut_short_is_named_as_that_alone(archive: Archive, record: RecordId, renamed: int) -> None:
    class Stopping(Disk):
        left = renamed

        def rename(self, old: Path, new: Path) -> None:
            if self.left == 0:
                raise KeyboardInterrupt
            self.left -= 1
            super().rename(old, new)

    package = access.package(archive, record)
    with open_archive(archive.settings, disk=Stopping()) as stopping, pytest.raises(KeyboardInterrupt):
        accession.add_version(stopping, package, {}, actor="system", now=NOW)
    assert {(p.record, p.code) for p in fixity.verify(archive).problems} == {(record, "F005")}
    accession.add_version(archive, package, {}, actor="system", now=NOW)
    assert fixity.verify(archive).problems == ()


def test_every_flipped_bit_of_an_inventory_is_found(archive: Archive, record: RecordId) -> None:
    for name in ("inventory.json", "v1/inventory.json"):
        path = _object(archive, record) / name
        whole = path.read_bytes()
        for at in range(0, len(whole), 97):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
            assert fixity.verify(archive, [record]).problems, at
        path.write_bytes(whole)
    assert fixity.verify(archive).problems == ()


def test_a_lost_object_is_named(archive: Archive, record: RecordId) -> None:
    shutil.rmtree(_object(archive, record))
    assert [(p.record, p.code) for p in fixity.verify(archive).problems] == [(record, "F006")]
    assert [(p.record, p.code) for p in fixity.verify(archive, [record]).problems] == [(record, "F006")]
    assert fixity.rebuild_catalogue(archive) == 6


def test_an_object_swapped_whole_for_another_version_of_itself_is_named(
    archive: Archive, record: RecordId, tmp_path: Path
) -> None:
    with an_archive(tmp_path / "other") as other:
        a_package(tmp_path / "q", a_home(other), record=record, content=b"forged")
        accession.accept(tmp_path / "q", other, actor="system", now=NOW)
        forged = _object(other, record)
        shutil.rmtree(_object(archive, record))
        shutil.copytree(
            forged, archive.settings.storage / "objects" / forged.relative_to(other.settings.storage / "objects")
        )
    assert {p.code for p in fixity.verify(archive).problems} == {"F008", "F009"}


def test_an_object_in_the_wrong_place_is_named(archive: Archive, record: RecordId) -> None:
    place = _object(archive, record)
    shutil.copytree(place, archive.settings.storage / "objects/aaa/bbb/ccc" / place.name)
    found = [(p.record, p.code, p.path) for p in fixity.verify(archive).problems]
    assert found == [(None, "F002", f"aaa/bbb/ccc/{place.name}")]


def test_an_object_without_its_declaration_is_named(archive: Archive, record: RecordId) -> None:
    (_object(archive, record) / "0=ocfl_object_1.1").unlink()
    problems = fixity.verify(archive).problems
    assert (record, "F004") in {(p.record, p.code) for p in problems}


@pytest.mark.parametrize("damage", [_flip, Path.unlink])
@pytest.mark.parametrize("path", sorted(ROOT_FILES))
def test_damage_to_the_storage_root_itself_is_named(
    archive: Archive, path: str, damage: Callable[[Path], None]
) -> None:
    damage(archive.settings.storage / "objects" / path)
    problems = fixity.verify(archive).problems
    assert (None, "F004", path) in {(p.record, p.code, p.path) for p in problems}


def test_a_stray_file_in_the_storage_root_is_named(archive: Archive, record: RecordId) -> None:
    (archive.settings.storage / "objects/abc").mkdir()
    (archive.settings.storage / "objects/abc/note.txt").touch()
    assert [(p.code, p.path) for p in fixity.verify(archive).problems] == [("F002", "abc/note.txt")]
    assert fixity.verify(archive, [record]).problems == ()


def test_a_changed_journal_is_named_line_by_line(archive: Archive, record: RecordId) -> None:
    path = archive.settings.storage / "journal/journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"actor":"system"', b'"actor":"sistem"', 1))
    report = fixity.verify(archive)
    assert not report.journal.ok
    assert {p.code for p in report.problems} == {"F007"}


def test_a_catalogue_that_says_something_else_is_named_and_rebuilt(archive: Archive, record: RecordId) -> None:
    with archive.catalogue._engine.connect() as connection:
        connection.exec_driver_sql("UPDATE records SET subject = 'forged'")
        connection.commit()
    assert [(p.record, p.code) for p in fixity.verify(archive).problems] == [(record, "F008")]
    fixity.rebuild_catalogue(archive)
    assert fixity.verify(archive).problems == ()
    with archive.catalogue._engine.connect() as connection:
        connection.exec_driver_sql(f"UPDATE records SET id = '{new_record_id()}'")
        connection.commit()
    assert [p.code for p in fixity.verify(archive).problems] == ["F008", "F008"]


def test_a_catalogue_that_is_missing_or_behind_is_no_problem(archive: Archive, record: RecordId) -> None:
    archive.close()
    for path in archive.settings.home.glob("catalogue.db*"):
        path.unlink()
    with open_archive(archive.settings, writable=False) as reading:
        assert fixity.verify(reading).problems == ()
        assert reading.catalogue.position() == 0
        assert follow(reading) == 6
    assert not list(archive.settings.home.glob("catalogue.db*"))


def test_a_record_that_nobody_knows_is_told(archive: Archive) -> None:
    with pytest.raises(NotFoundError):
        fixity.verify(archive, [new_record_id()])
