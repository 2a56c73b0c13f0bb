"""The OCFL fixtures: the folder's name is the verdict that our checker must give; ocfl-py is the second judge."""

import re
from pathlib import Path

import pytest
from ocfl.validator import Validator

from archive.ocfl_check import check_object
from archive.streams import FolderFiles
from tests.sources import DATA

FIXTURES = DATA / "ocfl"


def _folders(kind: str) -> list[Path]:
    return sorted(folder for folder in FIXTURES.glob(f"1.*/{kind}-objects/*") if folder.is_dir())


def _name(folder: Path) -> str:
    return f"{folder.parent.parent.name}-{folder.name}"


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the OCFL fixtures are not on this machine")
def test_the_fixtures_are_all_there() -> None:
    assert [len(_folders(kind)) for kind in ("good", "warn", "bad")] == [11, 14, 54]


@pytest.mark.parametrize("folder", _folders("good"), ids=_name)
def test_a_good_object_has_no_error(folder: Path) -> None:
    assert not [p for p in check_object(FolderFiles(folder)).problems if p.error]


@pytest.mark.parametrize("folder", _folders("warn"), ids=_name)
def test_an_object_with_a_warning_is_valid_and_its_warning_is_named(folder: Path) -> None:
    report = check_object(FolderFiles(folder))
    assert not [p for p in report.problems if p.error]
    assert _codes(folder) <= {p.code for p in report.problems}


@pytest.mark.parametrize("folder", _folders("bad"), ids=_name)
def test_a_bad_object_is_invalid_and_its_errors_are_named(folder: Path) -> None:
    report = check_object(FolderFiles(folder))
    assert not report.valid
    assert _codes(folder) <= {p.code for p in report.problems}


@pytest.mark.parametrize("folder", [*_folders("good"), *_folders("warn"), *_folders("bad")], ids=_name)
def test_ocfl_py_gives_the_same_verdict(folder: Path) -> None:
    assert Validator(log_errors=False).validate_object(str(folder)) == check_object(FolderFiles(folder)).valid


def _codes(folder: Path) -> set[str]:
    return set(re.findall(r"[EW]\d{3}", folder.name))
