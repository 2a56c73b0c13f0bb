"""What a virus scanner says is written down; where there is none, nothing is called clean."""

from pathlib import Path

import pytest

from ingest.antivirus import scan_for_viruses
from schemas.packages import Event


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "0001.pdf").write_bytes(b"x")
    return tmp_path / "in"


def with_scanner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, exit_code: int) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    scanner = programs / "clamscan"
    scanner.write_text(f"#!/bin/sh\nexit {exit_code}\n", encoding="ascii")
    scanner.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))


def test_without_a_scanner_the_record_says_not_scanned(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    events: list[Event] = []
    assert scan_for_viruses(folder, events=events) is None
    assert (events[0].outcome, events[0].detail) == ("warning", "not scanned: no ClamAV")


@pytest.mark.parametrize(
    ("exit_code", "code", "outcome"), [(0, None, "success"), (1, "P009", "failure"), (2, None, "warning")]
)
def test_the_answer_of_the_scanner_is_written_down(  # noqa: PLR0913, PLR0917 - pytest gives them by name
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exit_code: int, code: str | None, outcome: str
) -> None:
    with_scanner(tmp_path, monkeypatch, exit_code=exit_code)
    events: list[Event] = []
    found = scan_for_viruses(folder, events=events)
    assert (found.code if found else None) == code
    assert [event.outcome for event in events] == [outcome]
