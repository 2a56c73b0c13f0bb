"""Bad input: each piece ends in a state with a code and a sentence that says what to do, and the batch goes on."""

import base64
import http.server
import os
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archive import access
from archive.home import Archive, open_archive
from ingest.sandbox import processes
from schemas.findings import FINDINGS
from schemas.identifiers import record_id
from schemas.settings import load
from tests.path.bad_files import CASES, Case, linked, text, what_is_no_file
from tests.path.command import answer_of, lines_of, luutru

pytestmark = pytest.mark.slow
SECRET = "KHONGDUOCDOC"
WORDS_OF_ADVICE = ("Hãy", "hãy", "giữ nguyên", "giữ bản gốc")


@contextmanager
def being_copied(path: Path) -> Iterator[None]:
    """Let another process write to a file all the while."""
    script = "import sys, time\nwith open(sys.argv[1], 'ab', 0) as f:\n while True: f.write(b'x'); time.sleep(.02)"
    with subprocess.Popen([sys.executable, "-c", script, str(path)]) as writer:
        try:
            yield
        finally:
            writer.kill()


def without_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands be run without the right of root to read everything."""
    if os.getuid() == 0:
        drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--"]
        monkeypatch.setattr("tests.path.command.BEFORE", drop)


def fill(folder: Path) -> None:
    folder.mkdir()
    for case in CASES:
        case.make(folder / os.fsdecode(case.name))


def by_source(documents: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {document["source"]: document for document in documents}


def faults(case: Case, document: dict[str, Any] | None) -> list[str]:
    """Say what is wrong with how one bad file ended."""
    name = case.source
    if document is None:
        return [f"{name} is not in the list"]
    wrong = []
    if document["state"] != case.state:
        wrong.append(f"{name} ended as {document}, not {case.state}")
    if missing := case.codes - set(document["findings"]):
        wrong.append(f"{name} lacks {missing}: {document}")
    looked_at = [code for code in document["findings"] if FINDINGS[code].severity != "note"]
    if document["state"] in ("review", "refused") and not looked_at:
        wrong.append(f"{name} has no code that says why: {document}")
    if document["state"] != "archived" and not any(words in (document["reason"] or "") for words in WORDS_OF_ADVICE):
        wrong.append(f"{name} does not say what to do: {document}")
    return wrong


def kept_otherwise(archive: Archive, case: Case, document: dict[str, Any], path: Path) -> list[str]:
    """Compare what is kept of one file, and the name it is kept under, with what was offered."""
    if document["record"] is None:
        return []
    record = record_id(document["record"])
    (original,) = access.package(archive, record).originals
    _, stream = access.open_original(archive, record)
    with stream:
        same = stream.read() == path.read_bytes()
    named = base64.b64decode(original.name_raw) == case.name
    return [f"{case.source}: same bytes {same}, same name {named}"] if not (same and named) else []


def test_bad_files_end_in_their_states_and_the_batch_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_rights(monkeypatch)
    monkeypatch.setenv("LUUTRU_PROGRAM_TIMEOUT_SECONDS", "60")
    files, home = tmp_path / "files", tmp_path / "home"
    fill(files)
    processes.adopt_orphans()
    running = processes.tree(os.getpid())
    assert luutru(home, "init").returncode == 0
    *documents, last = lines_of(home, "ingest", str(files), "--quiet")
    ended = by_source(documents)
    wrong = [fault for case in CASES for fault in faults(case, ended.get(case.source))]
    with open_archive(load(home)) as archive:
        for case in CASES:
            document = ended.get(case.source, {"record": None})
            wrong += kept_otherwise(archive, case, document, files / os.fsdecode(case.name))
    assert not wrong, "\n".join(wrong)
    assert len(documents) == last["summary"]["documents"] == len(CASES)
    assert last["summary"]["failed"] == 0
    assert answer_of(home, "verify")["problems"] == []
    assert processes.tree(os.getpid()) == running, "a process was left behind"
    assert not list(tmp_path.rglob("bi-lua")), "a name was run as a command"
    shutil.rmtree(tmp_path / "home")


def test_what_is_no_readable_file_is_listed_and_the_others_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_rights(monkeypatch)
    files, home, outside = tmp_path / "files", tmp_path / "home", tmp_path / "ngoài.pdf"
    files.mkdir()
    outside.write_bytes(b"%PDF-1.7 outside")
    codes = what_is_no_file(files, outside)
    for number, name in enumerate(("một.txt", "hai.txt", "con/ba.txt")):
        (files / name).parent.mkdir(exist_ok=True)
        text(number // 2)(files / name)  # the first two are equal
    growing = files / "đang chép.txt"
    text(77)(growing)
    luutru(home, "init")
    with being_copied(growing):
        *documents, last = lines_of(home, "ingest", str(files), "--quiet")
    (files / "thư mục đóng").chmod(0o700)
    ended = by_source(documents)
    assert {name: ended[name]["findings"] for name in codes} == {name: [code] for name, code in codes.items()}
    assert ended["đang chép.txt"]["findings"] == ["P006"]
    assert all(ended[name]["state"] == "refused" for name in (*codes, "đang chép.txt"))
    assert sorted(ended[name]["state"] for name in ("một.txt", "hai.txt")) == ["archived", "duplicate"]
    assert ended["một.txt"]["record"] == ended["hai.txt"]["record"]
    assert ended["con/ba.txt"]["state"] == "archived"
    assert last["summary"]["documents"] == len(codes) + 4
    assert answer_of(home, "verify")["problems"] == []
    (again,) = [d for d in lines_of(home, "ingest", str(growing), "--quiet") if "source" in d]
    assert again["state"] == "archived", "a file that was copied to its end is taken"


@contextmanager
def a_server() -> Iterator[tuple[str, list[str]]]:
    """Serve pages on this machine; gives the address and the list of what was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
            asked.append(self.requestline)  # also what is no GET
            super().send_error(code, message, explain)

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def test_documents_fetch_nothing_and_read_no_other_file(tmp_path: Path) -> None:
    files, home, secret = tmp_path / "files", tmp_path / "home", tmp_path / "bí mật.txt"
    files.mkdir()
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    with a_server() as (address, asked):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{address}/seen")
        assert len(asked) == 1, "the server sees what is asked of it"
        asked.clear()
        names = linked(files, address=address, secret=secret)
        luutru(home, "init")
        *documents, _ = lines_of(home, "ingest", str(files), "--quiet")
    assert asked == []
    ended = by_source(documents)
    for name in names:
        document = ended[name]
        assert document["state"] == "archived", document
        assert document["pdfa"]["valid"], document
        said = luutru(home, "get", document["record"], "--text").stdout
        assert "khác" in said or "khac" in said
        assert SECRET not in said
    assert answer_of(home, "search", SECRET)["hits"] == []
