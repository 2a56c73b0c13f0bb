"""What may lean on what, and which few modules may touch the dangerous calls."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import PACKAGES, ROOT, imported_modules, python_files, shown, source_files, tree

MAY_RENAME = {"archive/store.py", "archive/journal.py"}
MAY_START_PROGRAMS = {"ingest/sandbox/programs.py"}
MOVING_CALLS = {"rename", "renames", "link", "symlink", "fsync", "fdatasync", "flock", "lockf", "move"}
STARTING_CALLS = {"system", "popen", "posix_spawn", "posix_spawnp", "execv", "execve", "execvp", "execvpe", "spawnv"}


def test_the_rooms_keep_their_order() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("path", python_files("archive"), ids=shown)
def test_only_store_and_journal_rename_lock_or_sync_in_the_storage_root(path: Path) -> None:
    assert shown(path) in MAY_RENAME or not list(_moving_calls(path))


def _moving_calls(path: Path) -> Iterator[str]:
    for call in _calls(path):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        # Path.replace takes one path; str.replace takes two strings, dataclasses.replace takes names.
        moves = name == "replace" and len(call.args) == 1 and not call.keywords
        if moves or _is_os_replace(call) or name in MOVING_CALLS:
            yield f"{name}, line {call.lineno}"


def _is_os_replace(call: ast.Call) -> bool:
    return ast.unparse(call.func) in {"os.replace", "os.rename", "shutil.move"}


def _calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def test_the_contract_sees_a_rename(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("import os\nos.replace('a', 'b')\npath.replace(other)\n'x'.replace('a', 'b')\n")
    assert len(list(_moving_calls(planted))) == 2


@pytest.mark.parametrize("path", source_files(), ids=shown)
def test_programs_are_started_in_one_module_only(path: Path) -> None:
    if shown(path) in MAY_START_PROGRAMS or path.is_relative_to(ROOT / "ingest" / "benches"):
        return
    assert not {"subprocess", "pty", "asyncio.subprocess"} & imported_modules(path)
    started = [call for call in _calls(path) if ast.unparse(call.func) in {f"os.{name}" for name in STARTING_CALLS}]
    assert not started


@pytest.mark.parametrize("package", PACKAGES)
def test_no_room_imports_the_composition_or_the_tests(package: str) -> None:
    wrong = {shown(path): found for path in python_files(package) if (found := _outside(imported_modules(path)))}
    assert not wrong


def _outside(names: set[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] in {"luutru", "tests"}}
