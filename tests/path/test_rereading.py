"""A record that is read again: a new version, the same originals, what people said stays, the old text beside the new."""

from pathlib import Path

import pytest

from tests.path.bad_files import encoded
from tests.path.command import answer_of, lines_of, luutru

pytestmark = pytest.mark.slow
SAID = "Về việc do văn thư ghi"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make an archive with one scan, whose subject a register gave."""
    files, home = tmp_path / "files", tmp_path / "home"
    files.mkdir()
    (files / "quét.png").write_bytes(encoded("PNG"))
    (tmp_path / "register.csv").write_text(f"path,subject\nquét.png,{SAID}\n", encoding="utf-8")
    luutru(home, "init")
    lines_of(home, "ingest", str(files), "--manifest", str(tmp_path / "register.csv"), "--quiet")
    return home


def test_a_new_reading_is_a_new_version_and_changes_no_original(home: Path, tmp_path: Path) -> None:
    (hit,) = answer_of(home, "search", SAID)["hits"]
    record = hit["record"]
    luutru(home, "get", record, "--original", "-o", str(tmp_path / "before.png"))
    answer = answer_of(home, "reread", record[:8], "--model", "eng")
    assert (answer["record"], answer["version"], answer["run"]) == (record, "v2", "run-2")
    luutru(home, "get", record, "--original", "-o", str(tmp_path / "after.png"))
    assert (tmp_path / "before.png").read_bytes() == (tmp_path / "after.png").read_bytes()
    subject = answer_of(home, "show", record)["description"]["fields"]["subject"]
    assert (subject["value"], subject["method"]) == (SAID, "register")
    assert answer_of(home, "verify")["problems"] == []
    assert [hit["record"] for hit in answer_of(home, "search", SAID)["hits"]] == [record]
    kept = {path.parent.name for path in (home / "storage").rglob("text.txt")}
    assert kept <= {"run-1", "run-2"}
    assert "run-1" in kept


def test_a_model_that_is_not_installed_is_told_with_those_that_are(home: Path) -> None:
    record = answer_of(home, "search", SAID)["hits"][0]["record"]
    done = luutru(home, "reread", record, "--model", "klingon")
    assert done.returncode == 2
    assert "U031" in done.stderr
    assert "vie" in done.stderr
    assert answer_of(home, "show", record)["version"] == "v1"
