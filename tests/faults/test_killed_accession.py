"""A process that takes packages in is killed before each of its acts on the disk: nothing is lost, nothing is double."""

import multiprocessing
import os
import signal
from collections.abc import Iterable
from pathlib import Path

import pytest

from archive import access, accession, fixity, home
from archive.store import Disk
from schemas.settings import Settings
from tests.archive.builders import NOW, a_home, a_package, an_archive

ACTS = 90  # more than two accessions have
_FORK = multiprocessing.get_context("fork")  # a fresh interpreter for each kill would take most of the time


class DyingDisk(Disk):
    """Kills its own process, as kill -9 does, before act number `when`."""

    def __init__(self, when: int) -> None:
        self._left = when

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def create(self, path: Path, chunks: Iterable[bytes]) -> None:
        self._count()
        super().create(path, chunks)

    def write(self, handle: int, path: Path, data: bytes) -> None:
        self._count()
        super().write(handle, path, data[: len(data) // 2])
        self._count()
        super().write(handle, path, data[len(data) // 2 :])

    def rename(self, old: Path, new: Path) -> None:
        self._count()
        super().rename(old, new)

    def fsync_folder(self, folder: Path) -> None:
        self._count()
        super().fsync_folder(folder)

    def remove_file(self, path: Path) -> None:
        self._count()
        super().remove_file(path)


def _take_in(settings: Settings, folders: list[Path], when: int) -> None:
    with home.open_archive(settings, disk=DyingDisk(when)) as archive:
        for folder in folders:
            accession.accept(folder, archive, actor="system", now=NOW)


@pytest.mark.slow
@pytest.mark.parametrize("share", range(3))
def test_killed_at_any_act_every_package_is_one_record(tmp_path: Path, share: int) -> None:
    with an_archive(tmp_path / "home") as archive:
        place = a_home(archive, fonds="SYT", file="01")
        start = access.position(archive)
    killed = 0
    expected: list[str] = []
    for when in range(share, ACTS, 3):
        folders = [tmp_path / f"{when}-{n}" for n in range(2)]
        packages = [a_package(folder, place, content=folder.name.encode()) for folder in folders]
        expected += [package.record for package in packages]
        worker = _FORK.Process(target=_take_in, args=(archive.settings, folders, when))
        worker.start()
        worker.join()
        assert worker.exitcode in {0, -signal.SIGKILL}
        killed += worker.exitcode != 0
        with home.open_archive(archive.settings) as again:
            assert {p.code for p in fixity.verify(again).problems} <= {"F005"}
            for folder, package in zip(folders, packages, strict=True):
                taken = accession.accept(folder, again, actor="system", now=NOW)
                assert (taken.record, taken.duplicate) == (package.record, False)
            assert fixity.verify(again).problems == ()
            assert not list((again.settings.storage / "staging").iterdir())
            assert access.position(again) == start + len(expected)
            assert [row.id for row in access.list_records(again)] == expected
    assert killed >= 8
