"""The power fails at every point of accession and journal: what was promised is there, and work goes on by itself.

Every fsync that has anything to keep is then left out, one by one: without it some failure must lose something.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archive import access, accession, arrangement, fixity, home
from archive.arrangement import Place
from archive.keeping import Piece
from archive.store import Disk
from schemas.errors import LuutruError
from schemas.packages import Package
from schemas.settings import Settings
from tests.archive.builders import NOW, a_home, a_package
from tests.faults.disk_recorder import Act, Model, RecordingDisk, Variant

VARIANTS = tuple(Variant)


@dataclass(frozen=True)
class Story:
    """What was done: the acts of the disk, the packages, and where the home stood."""

    acts: list[Act]
    packages: dict[str, tuple[Path, Package]]
    second: Package
    top: Path


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Make an archive, three records in two files, and a second version of one, all on a recording disk."""
    folder = tmp_path_factory.mktemp("story")
    top = folder / "top"
    top.mkdir()
    disk = RecordingDisk()
    packages: dict[str, tuple[Path, Package]] = {}
    home.open_archive(Settings(home=top / "home"), create=True, disk=disk).close()
    disk.mark("made")
    with home.init(Settings(home=top / "home"), now=NOW, disk=disk) as archive:
        disk.mark("init")
        for name, codes in (("a", {}), ("b", {"fonds": "SYT", "file": "01"}), ("c", {"fonds": "SYT", "file": "01"})):
            place = a_home(archive, **codes)
            disk.mark(f"home {name}")
            package = a_package(folder / name, place, content=b"%PDF-1.7 " + name.encode() * 50)
            accession.accept(folder / name, archive, actor="system", now=NOW)
            packages[name] = (folder / name, package)
            disk.mark(name)
        second = replace(packages["a"][1], text_run="run-2")
        pieces = {"text/run-2/text.txt": Piece(source=b"second reading")}
        accession.add_version(archive, second, pieces, actor="system", now=NOW)
        disk.mark("second")
    return Story(disk.acts, packages, second, top)


class HastyDisk(Disk):
    """Waits for no disk: after the failure only what was written before it is judged."""

    def fsync(self, handle: int, path: Path) -> None:
        """Do nothing."""

    def fsync_folder(self, folder: Path) -> None:
        """Do nothing."""


def check(story: Story, done: int, place: Path) -> None:
    """Open what a failure after `done` acts left: all that was promised is there; do the rest; nothing is amiss."""
    promised = [act.name for act in story.acts[:done] if act.kind == "mark"]
    settings = Settings(home=place / "home", catalogue_url="sqlite://")
    disk = HastyDisk()
    if "made" in promised:
        assert (place / "home/luutru.toml").read_text() == home.example_settings()
        with home.open_archive(settings, disk=disk) as archive:
            assert {p.code for p in fixity.verify(archive).problems} <= {"F005"}
    with home.init(settings, now=NOW, disk=disk) as archive:
        for name in promised:
            if name in story.packages:
                _is_whole(archive, story.packages[name][1])
        if "second" in promised:
            assert access.pages(archive, story.second.record)[0].text == "second reading"
        assert {p.code for p in fixity.verify(archive).problems} <= {"F005"}
        _do_the_rest(archive, story, promised)
        report = fixity.verify(archive)
        assert not report.problems
        assert {row.id for row in access.list_records(archive)} == {p.record for _, p in story.packages.values()}
        codes = [(unit.parent, unit.level, unit.code) for unit in access.arrangements(archive)]
        assert len(codes) == len(set(codes)) == 5


def _is_whole(archive: home.Archive, package: Package) -> None:
    assert access.record(archive, package.record).accession_key == package.accession_key
    with access.open_original(archive, package.record)[1] as stream:
        assert len(stream.read()) == package.originals[0].size_bytes


def _do_the_rest(archive: home.Archive, story: Story, promised: list[str]) -> None:
    arrangement.ensure(archive, Place(), actor="system", now=NOW)
    for folder, package in story.packages.values():
        units = {unit.id for unit in access.arrangements(archive)}
        if package.file in units:
            accession.accept(folder, archive, actor="system", now=NOW)
        else:  # the failure came before its file was promised: the workshop asks for its home again
            place = a_home(archive, **({} if package.record == story.second.record else {"fonds": "SYT", "file": "01"}))
            again = folder.parent / f"{folder.name}-again"
            shutil.rmtree(again, ignore_errors=True)
            content = (folder / "original/0001.pdf").read_bytes()
            a_package(again, place, content=content, record=package.record)
            accession.accept(again, archive, actor="system", now=NOW)
    if "second" not in promised:
        now = access.package(archive, story.second.record)
        pieces = {"text/run-2/text.txt": Piece(source=b"second reading")}
        accession.add_version(archive, replace(now, text_run="run-2"), pieces, actor="system", now=NOW)
    assert access.pages(archive, story.second.record)[0].text == "second reading"


def _after(story: Story, done: int, *, without: int | None = None) -> Model:
    model = Model(story.top)
    for number, act in enumerate(story.acts[:done]):
        if number != without:
            model.apply(act)
    return model


def _fails_somewhere(story: Story, without: int, tmp_path: Path) -> bool:
    """Leave one fsync out and let the power fail, first where the next things are promised, then in between."""
    marks = [n + 1 for n, act in enumerate(story.acts) if act.kind == "mark" and n >= without]
    before_lines = [n for n, act in enumerate(story.acts) if without < n < marks[0] and _is_line(act)]
    for done in dict.fromkeys([*marks[:2], *before_lines, *range(without + 1, marks[0] + 1), marks[-1]]):
        for variant in VARIANTS:
            place = tmp_path / f"{without}-{done}-{variant}"
            _after(story, done, without=without).leave(place, variant)
            try:
                check(story, done, place)
            except (AssertionError, LuutruError, OSError):
                return True
            finally:
                shutil.rmtree(place)
    return False


def _is_line(act: Act) -> bool:
    return act.kind == "write" and act.path.name == "journal.jsonl"


def _fsyncs_with_something_to_keep(story: Story) -> Iterator[int]:
    model = Model(story.top)
    for number, act in enumerate(story.acts):
        if model.apply(act):
            yield number


def test_the_story_is_whole_when_nothing_fails(story: Story, tmp_path: Path) -> None:
    for variant in VARIANTS:
        _after(story, len(story.acts)).leave(tmp_path / variant, variant)
        check(story, len(story.acts), tmp_path / variant)


@pytest.mark.parametrize("share", range(8))
def test_a_power_failure_at_any_moment_loses_nothing_promised(story: Story, tmp_path: Path, share: int) -> None:
    points = [n for n in range(len(story.acts) + 1) if n % 40 == share * 5]
    for done in points:
        variant = VARIANTS[(done // 5) % len(VARIANTS)]
        _after(story, done).leave(tmp_path / str(done), variant)
        check(story, done, tmp_path / str(done))


@pytest.mark.slow
@pytest.mark.parametrize("pair", [VARIANTS[:2], VARIANTS[2:]], ids=" or ".join)
def test_a_power_failure_after_every_single_act_loses_nothing_promised(
    story: Story, tmp_path: Path, pair: tuple[Variant, Variant]
) -> None:
    assert len(story.acts) >= 200
    for done in range(len(story.acts) + 1):
        place = tmp_path / str(done)
        _after(story, done).leave(place, pair[done % 2])
        check(story, done, place)
        shutil.rmtree(place)


@pytest.mark.slow
def test_no_fsync_can_be_left_out(story: Story, tmp_path: Path) -> None:
    needed = list(_fsyncs_with_something_to_keep(story))
    assert len(needed) >= 100
    spared = [story.acts[number] for number in needed if not _fails_somewhere(story, number, tmp_path)]
    assert not [f"{act.kind} {act.path.relative_to(story.top)}" for act in spared]
