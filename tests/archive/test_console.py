"""What the commands of all rooms share."""

from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand

from archive import console
from schemas.errors import TryLaterError


def a_context(**values: object) -> typer.Context:
    return typer.Context(TyperCommand("luutru"), obj=values)


def test_the_home_named_with_the_command_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUUTRU_HOME", str(tmp_path / "c"))
    assert console.settings_for(a_context(home=tmp_path / "b"), tmp_path / "a").home == tmp_path / "a"
    assert console.settings_for(a_context(home=tmp_path / "b"), None).home == tmp_path / "b"
    assert console.settings_for(a_context(), None).home == tmp_path / "c"


def test_a_home_that_was_not_made_is_told_in_the_operators_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TryLaterError, match="Chưa có kho"):
        console.existing_home(a_context(), tmp_path)
    monkeypatch.setenv("LUUTRU_LANG", "en")
    with pytest.raises(TryLaterError, match="no archive"):
        console.existing_home(a_context(), tmp_path)


def test_json_is_one_line_of_utf8(capsys: pytest.CaptureFixture[str]) -> None:
    console.put_json({"a": "Quyết định"})
    console.tell("xong")
    assert capsys.readouterr().out == '{"a": "Quyết định"}\nxong\n'
