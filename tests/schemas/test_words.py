"""What people read: complete in both languages, in the language that was asked for, and never written in the code."""

import ast
import errno
import string
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from schemas.errors import UsageError
from schemas.findings import meaning
from schemas.identifiers import record_id
from schemas.settings import load
from schemas.words import all_words, fault, speak, spoken, word
from tests.sources import shown, source_files, tree

BASE = "LuutruError"
FROM_THE_LISTS = {"word", "meaning"}
SAID_ELSEWHERE = {
    ("ingest/reading.py", "package.reason"),
    ("ingest/rereading.py", "made.reason"),
}  # sentences of findings, joined by `ingest.pipeline.Held`
OURS_ALONE = "ingest/benches/"  # our own measurements tell their programs' last words to us


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


@cache
def _error_classes() -> dict[str, ast.ClassDef]:
    """Find the classes of our errors, by name: the base and all that lean on it."""
    classes = [node for path in source_files() for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    known = {each.name: each for each in classes if each.name == BASE}
    while more := [c for c in classes if c.name not in known and any(_name(base) in known for base in c.bases)]:
        known.update((each.name, each) for each in more)
    return known


def _makes_its_own(node: ast.ClassDef) -> bool:
    return any(isinstance(each, ast.FunctionDef) and each.name == "__init__" for each in node.body)


def _messages(path: Path, errors: dict[str, ast.ClassDef]) -> Iterator[ast.expr]:
    """Give the message of every error that is made in a file; an error with words of its own says them to its base."""
    plain = {name for name, node in errors.items() if name == BASE or not _makes_its_own(node)}
    own = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef) and node.name in errors]
    inside = [call for node in own if node.name != BASE for call in ast.walk(node) if isinstance(call, ast.Call)]
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and _name(node.func) in plain]
    for call in (*calls, *(each for each in inside if _name(each.func) == "__init__")):
        yield call.args[1]


def _of_the_lists(message: ast.expr) -> bool:
    return isinstance(message, ast.Call) and _name(message.func) in FROM_THE_LISTS


@pytest.mark.parametrize("path", [each for each in source_files() if OURS_ALONE not in shown(each)], ids=shown)
def test_no_error_says_words_that_stand_in_the_code(path: Path) -> None:
    wrong = [
        f"line {message.lineno}: {ast.unparse(message)}"
        for message in _messages(path, _error_classes())
        if not _of_the_lists(message) and (shown(path), ast.unparse(message)) not in SAID_ELSEWHERE
    ]
    assert not wrong


def test_all_errors_are_looked_at() -> None:
    errors = _error_classes()
    assert {"UsageError", "ProgramError", "JournalMovedError"} <= set(errors)
    assert sum(len(list(_messages(path, errors))) for path in source_files()) > 100


@pytest.mark.parametrize("path", source_files(), ids=shown)
def test_every_word_that_is_asked_for_is_there_with_its_values(path: Path) -> None:
    wrong = []
    for node in ast.walk(tree(path)):
        if not (isinstance(node, ast.Call) and _name(node.func) == "word" and node.args):
            continue
        key = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
        given = {each.arg for each in node.keywords}
        if (
            isinstance(key, str)
            and not _fields(all_words().get(key, {"vi": "{}"})["vi"]) <= given
            and None not in given
        ):
            wrong.append(f"line {node.lineno}: {key}")
    assert not wrong


def test_both_languages_say_the_same_values() -> None:
    for key, languages in all_words().items():
        assert _fields(languages["vi"]) == _fields(languages["en"]), key


def test_an_error_is_told_in_the_language_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> str:
        with pytest.raises(UsageError) as error:
            record_id("x")
        return error.value.message

    monkeypatch.delenv("LUUTRU_LANG", raising=False)
    assert told() == "'x' không phải là mã tài liệu. Hãy chép mã từ kết quả của `luutru search` hoặc `luutru ingest`."
    monkeypatch.setenv("LUUTRU_LANG", "en")
    assert told() == "'x' is not a record id. Copy it from `luutru search` or `luutru ingest`."
    assert meaning("S012") == "Blank page."


def test_a_thread_speaks_the_language_of_its_process_unless_it_chose_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUUTRU_LANG", "en")
    heard: list[str] = []

    def listen() -> None:
        heard.append(spoken())
        speak("vi")
        heard.append(spoken())

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert (heard, spoken()) == (["en", "vi"], "en")


def test_what_the_system_says_of_a_file_is_told_in_words() -> None:
    assert fault(PermissionError(errno.EACCES, "Permission denied")) == word("os-EACCES")
    assert "9999" in fault(OSError(9999, "Unknown"))


@pytest.mark.parametrize(("given", "told"), [("x", "số nguyên"), ("0", "từ 1"), ("999", "quá 256")])
def test_a_wrong_setting_is_named_with_what_is_wrong(monkeypatch: pytest.MonkeyPatch, given: str, told: str) -> None:
    monkeypatch.setenv("LUUTRU_WORKERS", given)
    with pytest.raises(UsageError, match=f"workers.*{told}"):
        load()


@pytest.mark.parametrize("written", [b"workers = = 2\n", b'layout = "\xff"\n'])
def test_a_settings_file_that_is_no_toml_is_the_administrators_to_mend(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "luutru.toml").write_bytes(written)
    with pytest.raises(UsageError) as raised:
        load(tmp_path)
    assert raised.value.code == "U001"
    assert "luutru.toml" in raised.value.message
