"""What the machine has, and whether its sandbox holds."""

import re
from pathlib import Path

from ingest import versions
from ingest.sandbox import confine as sandbox
from ingest.sandbox import processes
from schemas.settings import Settings


def test_the_sandbox_is_really_run_and_holds(tmp_path: Path) -> None:
    (tmp_path / "storage").mkdir()
    assert versions.check_sandbox(Settings(home=tmp_path)) is None


def test_a_program_that_could_look_at_the_archive_is_told(tmp_path: Path) -> None:
    inside = sandbox.PROJECT / "schemas"
    assert versions._secrets(Settings(home=tmp_path), readable=(inside,)).count(str(tmp_path / "storage")) == 1


def test_the_word_of_a_container_with_a_network_is_refused(tmp_path: Path) -> None:
    fault = versions.check_sandbox(Settings(home=tmp_path, sandbox="container"))
    assert (fault is not None) == processes.has_network_route()


def test_every_program_that_is_there_tells_its_version(tmp_path: Path) -> None:
    found = versions.program_versions(Settings(home=tmp_path))
    assert set(found) >= {"tesseract", "soffice", "java", "verapdf", "node", "ghostpdl", "clamscan"}
    assert re.fullmatch(r"\d+(\.\d+)+", found["tesseract"] or "")


def test_what_is_not_there_has_no_version(tmp_path: Path) -> None:
    found = versions.program_versions(Settings(home=tmp_path, tools=tmp_path))
    assert (found["verapdf"], found["ghostpdl"]) == (None, None)
