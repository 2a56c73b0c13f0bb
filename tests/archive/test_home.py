"""A home is made once, by anybody, at any time."""

import multiprocessing
import shutil
from pathlib import Path

import pytest

from archive import access, access_log, fixity, home
from schemas.errors import IntegrityError, TryLaterError
from schemas.settings import Settings
from tests.archive.builders import NOW, a_home


def _init(folder: Path) -> None:
    home.init(Settings(home=folder), now=NOW).close()


@pytest.mark.slow
def test_several_processes_may_make_a_home_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_init, args=(tmp_path / "home",)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    with home.open_archive(Settings(home=tmp_path / "home")) as archive:
        assert len(access.arrangements(archive)) == 2
        assert fixity.verify(archive).problems == ()


def test_a_folder_that_is_no_home_is_told(tmp_path: Path) -> None:
    with pytest.raises(TryLaterError) as told:
        home.open_archive(Settings(home=tmp_path))
    assert told.value.code == "T001"


def test_a_lost_journal_is_not_made_anew(tmp_path: Path) -> None:
    _init(tmp_path / "home")
    (tmp_path / "home/storage/journal/journal.jsonl").unlink()
    for opened in (lambda: _init(tmp_path / "home"), lambda: home.open_archive(Settings(home=tmp_path / "home"))):
        with pytest.raises(IntegrityError) as told:
            opened()
        assert told.value.code == "F007"


def test_settings_that_were_changed_stay(tmp_path: Path) -> None:
    (tmp_path / "luutru.toml").write_text("workers = 3\n")
    _init(tmp_path)
    assert (tmp_path / "luutru.toml").read_text() == "workers = 3\n"


def test_folders_that_a_restore_left_out_are_made_again(tmp_path: Path) -> None:
    _init(tmp_path / "home")
    for name in ("staging", "trash", "unfinished", "locks", "access-log"):
        shutil.rmtree(tmp_path / "home/storage" / name)
    with home.open_archive(Settings(home=tmp_path / "home")) as archive:
        a_home(archive, fonds="SYT")
        access_log.note(archive, access_log.Entry(access=access_log.Access.VIEWED, actor="system"), now=NOW)
        assert fixity.verify(archive).problems == ()
