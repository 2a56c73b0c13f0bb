"""The project's own files as the tests of style, contracts and documents see them."""

import ast
import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("LUUTRU_TEST_DATA", ROOT.parent / "shared" / "data"))  # real files that nobody here wrote
PACKAGES = ("schemas", "archive", "ingest", "search_ui")


@cache
def tracked() -> tuple[Path, ...]:
    """Give every file that git knows or would add, as paths in the project."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return tuple(sorted(path for name in listed.split("\0") if name and (path := ROOT / name).is_file()))


def python_files(*folders: str) -> list[Path]:
    """Give the Python files of these folders; `luutru.py` is a name of its own."""
    wanted = [ROOT / folder for folder in folders]
    return [path for path in tracked() if path.suffix == ".py" and any(path.is_relative_to(each) for each in wanted)]


def source_files() -> list[Path]:
    """Give the product's own Python files."""
    return python_files(*PACKAGES, "luutru.py")


@cache
def tree(path: Path) -> ast.Module:
    """Parse a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path: Path) -> str:
    """Name a file as people do."""
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    """Give the dotted name of a Python file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path: Path) -> set[str]:
    """Give the dotted names that a file imports, with `from a import b` as both a and a.b."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def shared_data() -> Path:
    """Find the real documents; the test is skipped where they are absent."""
    if not DATA.is_dir():
        pytest.skip("the real documents are not on this machine")
    return DATA
