"""Fonds, inventory, file: made once, found again, by any number of processes."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archive import access, arrangement, fixity, home
from archive.arrangement import Home, Place, clean_code
from archive.home import Archive
from archive.store import Disk
from schemas.description import Level
from schemas.errors import NotFoundError, TryLaterError, UsageError
from schemas.identifiers import new_record_id
from schemas.settings import Settings
from tests.archive.builders import NOW, a_home, an_archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with an_archive(tmp_path / "home") as made:
        yield made


def test_a_new_home_has_the_fonds_and_file_for_what_is_not_sorted(archive: Archive) -> None:
    fonds, file = access.arrangements(archive)
    assert (fonds.level, fonds.code, fonds.parent) == (Level.FONDS, "CHUA-XEP", None)
    assert (file.level, file.code, file.parent) == (Level.FILE, "CHUA-XEP", fonds.id)
    assert a_home(archive) == Home(fonds=fonds.id, file=file.id)


def test_codes_lead_to_the_same_units_again(archive: Archive) -> None:
    place = a_home(archive, fonds="SYT", inventory="ML1", file="01", box="7")
    assert a_home(archive, fonds=" SYT ", inventory="ML1", file="01", box="8") == place
    file = access.arrangement(archive, place.file)
    inventory = access.arrangement(archive, file.parent or place.file)
    assert (file.code, file.box, inventory.code, inventory.level) == ("01", "7", "ML1", Level.INVENTORY)
    assert inventory.parent == place.fonds
    assert access.arrangement(archive, place.fonds).code == "SYT"


def test_the_same_code_elsewhere_is_another_unit(archive: Archive) -> None:
    homes = [a_home(archive, fonds=fonds, file="01") for fonds in ("A", "B")]
    homes.append(a_home(archive, fonds="A", inventory="01", file="01"))
    assert len({place.file for place in homes}) == 3


def test_every_fonds_has_its_own_file_for_what_is_not_sorted(archive: Archive) -> None:
    place = a_home(archive, fonds="SYT")
    assert access.arrangement(archive, place.file).title == "Hồ sơ chưa xếp"
    assert place.file != a_home(archive).file


def test_without_a_file_inventory_and_box_are_kept(archive: Archive) -> None:
    seventh, eighth = (a_home(archive, fonds="SYT", inventory="ML1", box=box) for box in ("7", "8"))
    assert seventh == a_home(archive, fonds="SYT", inventory="ML1", box="7") != eighth
    file = access.arrangement(archive, eighth.file)
    assert (file.box, file.code) == ("8", "CHUA-XEP 8")
    assert access.arrangement(archive, file.parent or eighth.file).code == "ML1"


@pytest.mark.parametrize("code", ["a\x00b", "x" * 201, "\n", "\u202egnp"])
def test_what_cannot_be_a_code_is_told(archive: Archive, code: str) -> None:
    with pytest.raises(UsageError):
        clean_code(code)


def test_equal_looking_codes_are_one(archive: Archive) -> None:
    assert a_home(archive, fonds="Sở Y tế") == a_home(archive, fonds="So\u031b\u0309  Y  te\u0302\u0301")


def test_a_unit_that_is_not_there_is_told(archive: Archive) -> None:
    with pytest.raises(NotFoundError):
        access.arrangement(archive, new_record_id())


def test_a_wrong_clock_leaves_no_unit_behind(archive: Archive) -> None:
    with pytest.raises(TryLaterError):
        arrangement.ensure(archive, Place(fonds="SYT"), actor="system", now=NOW - timedelta(hours=1))
    assert fixity.verify(archive).problems == ()
    assert archive.store.unfinished() == ()


def _work(settings: Settings, start: int, results: "multiprocessing.Queue[dict[str, str]]") -> None:
    with home.open_archive(settings) as archive:
        codes = [f"{(start + n) % 6}" for n in range(6)]
        results.put({code: a_home(archive, fonds="SYT", file=code).file for code in codes})


@pytest.mark.slow
def test_two_processes_make_each_unit_once(archive: Archive) -> None:
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[dict[str, str]] = context.Queue()
    workers = [context.Process(target=_work, args=(archive.settings, start, results)) for start in (0, 0)]
    for worker in workers:
        worker.start()
    one, other = (results.get(timeout=60) for _ in workers)
    for worker in workers:
        worker.join()
    assert one == other
    assert fixity.verify(archive).problems == ()


class _Dying(Disk):
    """Ends the process as kill -9 does, before the nth write or rename."""

    def __init__(self, when: int) -> None:
        self._left = when

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self, handle: int, path: Path, data: bytes) -> None:
        self._count()
        super().write(handle, path, data)

    def rename(self, old: Path, new: Path) -> None:
        self._count()
        super().rename(old, new)


def _die(settings: Settings, when: int) -> None:
    with home.open_archive(settings, disk=_Dying(when)) as archive:
        a_home(archive, fonds="SYT")


@pytest.mark.slow
@pytest.mark.parametrize("when", range(20))
def test_a_killed_process_leaves_no_unit_that_nobody_knows(archive: Archive, when: int) -> None:
    worker = multiprocessing.get_context("spawn").Process(target=_die, args=(archive.settings, when))
    worker.start()
    worker.join()
    assert worker.exitcode in {0, -signal.SIGKILL}
    with home.open_archive(archive.settings) as again:
        a_home(again, fonds="SYT")
        assert fixity.verify(again).problems == ()
        assert len(access.arrangements(again)) == 4
