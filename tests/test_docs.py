"""What the READMEs promise exists, and what exists stands in them."""

import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

import luutru
from schemas.errors import ExitCode
from schemas.findings import FINDINGS
from schemas.settings import Settings
from tests.sources import ROOT, shown, tracked

DOCUMENTS = [path for path in tracked() if path.suffix == ".md"]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SPANS = re.compile(r"`[^`\n]+`")
LINKS = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
COMMAND_LINE = re.compile(
    r"(?:^|[`\s])(?:\./run )?luutru +(?:--home \S+ +)?([a-z][a-z-]*)(?: +([a-z][a-z-]*))?", re.MULTILINE
)
SCRIPT_LINE = re.compile(r"\./run +([a-z]+)")
WITHOUT_HOME = {"home"}
"""Settings that cannot stand in the file that is found through them."""


Command = TyperCommand | TyperGroup


def _commands(group: object, prefix: str = "luutru") -> dict[str, Command]:
    assert isinstance(group, TyperGroup)
    found: dict[str, Command] = {}
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert isinstance(command, Command)
        found[f"{prefix} {name}"] = command
        if isinstance(command, TyperGroup):
            found |= _commands(command, f"{prefix} {name}")
    return found


def test_every_command_of_a_room_can_be_reached() -> None:
    for room, names in luutru.ROOMS.items():
        commands = typer.main.get_command(import_module(room).app)
        assert isinstance(commands, TyperGroup)
        assert set(commands.commands) == set(names)


COMMANDS = _commands(typer.main.get_command(luutru.app))


def _code(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return "\n".join([*FENCED.findall(text), *SPANS.findall(FENCED.sub("", text))])


@pytest.mark.parametrize("path", DOCUMENTS, ids=shown)
def test_every_command_of_a_document_exists(path: Path) -> None:
    for name, second in COMMAND_LINE.findall(_code(path)):
        command = COMMANDS.get(f"luutru {name}")
        assert command is not None, f"luutru {name}"
        needs_second = isinstance(command, TyperGroup) and not command.invoke_without_command
        assert not needs_second or f"luutru {name} {second}" in COMMANDS, f"luutru {name} {second}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=shown)
def test_every_sub_command_of_the_script_exists(path: Path) -> None:
    script = (ROOT / "run").read_text(encoding="utf-8")
    for name in SCRIPT_LINE.findall(_code(path)):
        assert re.search(rf"^  {name}\b", script, re.MULTILINE), f"./run {name}"


def _shows(text: str, name: str) -> bool:
    """Tell whether a text shows a command being called, with or without the home before its name."""
    plain = re.sub(r"luutru --home \S+", "luutru", " ".join(text.split()))
    return re.search(rf"{re.escape(name)}\b", plain) is not None


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(name: str) -> None:
    command = COMMANDS[name]
    only_gathers = isinstance(command, TyperGroup) and not command.invoke_without_command
    assert command.help
    assert only_gathers or _shows(command.help, name), command.help


def test_every_command_stands_in_a_document() -> None:
    told = " ".join(_code(path) for path in DOCUMENTS)
    missing = [name for name in COMMANDS if not _shows(told, name)]
    assert not missing


def test_the_example_file_holds_every_setting_and_no_other() -> None:
    text = (ROOT / "deploy" / "luutru.example.toml").read_text(encoding="utf-8")
    # Settings that are off stand there as comments; both kinds must be known.
    told = set(tomllib.loads(text)) | set(re.findall(r"^# ?([a-z_]+) = ", text, re.MULTILINE))
    assert told == set(Settings.model_fields) - WITHOUT_HOME


def test_the_example_file_gives_the_defaults() -> None:
    values = tomllib.loads((ROOT / "deploy" / "luutru.example.toml").read_text(encoding="utf-8"))
    defaults = {name: Settings.model_fields[name].default for name in values}
    assert values == defaults


def _all_documents() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)


def test_every_finding_is_explained_in_a_document() -> None:
    documents = _all_documents()
    missing = [code for code in sorted(FINDINGS) if code not in documents]
    assert not missing


def test_every_exit_code_is_explained_in_a_document() -> None:
    documents = _all_documents()
    missing = [each for each in ExitCode if not re.search(rf"^\| {each.value} \|", documents, re.MULTILINE)]
    assert not missing


@pytest.mark.parametrize("path", DOCUMENTS, ids=shown)
def test_every_link_resolves(path: Path) -> None:
    targets = LINKS.findall(FENCED.sub("", path.read_text(encoding="utf-8")))
    broken = [each for each in targets if "://" not in each and not (path.parent / each).exists()]
    assert not broken
