"""The house style, as far as a program can see it."""

import ast
import re
from pathlib import Path

import pytest

from tests.sources import (
    PACKAGES,
    ROOT,
    imported_modules,
    module_name,
    python_files,
    shown,
    source_files,
    tracked,
    tree,
)

FUNCTION_LINES, SOURCE_LINES, TEST_LINES, PARAMETERS = 60, 400, 500, 5
ALL_PYTHON = [*source_files(), *python_files("tests")]
BANNED_WORDS = re.compile("|".join((r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bXX" + r"X\b", r"\bHA" + r"CK\b")))
BANNED_NAMES = {"helper", "helpers", "util", "utils", "manager", "misc", "stuff"}
MACHINE_PATHS = re.compile(r"/wo" + r"rk/|/ro" + r"ot/|/ho" + r"me/[a-z]")
REGISTRIES = re.compile(
    "|".join(
        ("pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(org|com)", r"repo1?\.maven", "deb" + r"\.debian")
    ),
)
BINARY = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pdf", ".icc", ".zip", ".docx", ".woff2", ".ico", ".p12", ".der"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _text_files() -> list[Path]:
    return [path for path in tracked() if path.suffix not in BINARY]


def _functions(path: Path) -> list[Function]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, Function)]


@pytest.mark.parametrize("path", ALL_PYTHON, ids=shown)
def test_functions_fit_on_a_screen(path: Path) -> None:
    long = [f"{each.name} has {_length(each)} lines" for each in _functions(path) if _length(each) > FUNCTION_LINES]
    assert not long


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize("path", ALL_PYTHON, ids=shown)
def test_files_stay_short(path: Path) -> None:
    limit = TEST_LINES if path.is_relative_to(ROOT / "tests") else SOURCE_LINES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= limit


@pytest.mark.parametrize("path", source_files(), ids=shown)
def test_functions_take_few_parameters(path: Path) -> None:
    many = [each.name for each in _functions(path) if _parameter_count(each) > PARAMETERS and not _is_command(each)]
    assert not many


def _parameter_count(function: Function) -> int:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return sum(argument.arg not in {"self", "cls"} for argument in named)


def _is_command(function: Function) -> bool:
    """Tell whether the parameters are the options of a command line, or the hook of another program."""
    names = {
        decorator.func.attr if isinstance(decorator.func, ast.Attribute) else getattr(decorator.func, "id", "")
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
    }
    names |= {each.id for each in function.decorator_list if isinstance(each, ast.Name)}
    names |= {each.attr for each in function.decorator_list if isinstance(each, ast.Attribute)}
    return bool(names & {"command", "callback", "hookimpl"})


@pytest.mark.parametrize("path", ALL_PYTHON, ids=shown)
def test_no_import_hides_in_a_function(path: Path) -> None:
    hidden = [
        f"{function.name}, line {node.lineno}"
        for function in _functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not hidden


@pytest.mark.parametrize("path", ALL_PYTHON, ids=shown)
def test_names_say_what_a_thing_is(path: Path) -> None:
    defined = [
        *path.stem.split("_"),
        *(
            word.lower()
            for node in ast.walk(tree(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            for word in re.findall(r"[A-Z]?[a-z]+", node.name)
        ),
    ]
    assert not BANNED_NAMES.intersection(defined)


def test_what_is_left_to_do_stands_in_an_issue_not_in_a_file() -> None:
    assert not [shown(path) for path in _text_files() if BANNED_WORDS.search(_read(path))]


def test_no_file_names_a_place_of_one_machine_or_a_registry() -> None:
    offences = [
        f"{shown(path)}: {found.group()}"
        for path in _text_files()
        for pattern in (MACHINE_PATHS, REGISTRIES)
        if (found := pattern.search(_read(path)))
    ]
    assert not offences


def test_text_files_are_utf8_and_end_with_one_line_feed() -> None:
    wrong = [shown(path) for path in _text_files() if (text := _read(path)) and not text.endswith("\n")]
    assert not wrong


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_its_one_job(package: str) -> None:
    assert (ROOT / package / "README.md").is_file()


@pytest.mark.parametrize("path", source_files(), ids=shown)
def test_every_module_begins_with_a_sentence(path: Path) -> None:
    assert ast.get_docstring(tree(path)) or not path.read_text(encoding="utf-8").strip()


def test_every_module_is_reached_from_a_test() -> None:
    """A module stands in a test, or is a part of one that does; what nothing reaches is dead or untried."""
    sources = {module_name(path): path for path in source_files()}
    waiting = [name for path in python_files("tests") for name in imported_modules(path) if name in sources]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(found for found in imported_modules(sources[name]) if found in sources)
    unreached = [name for name in sources if name not in reached and "migrations" not in name.split(".")]
    assert not [name for name in unreached if not sources[name].name.startswith("__init__")]
