"""Two `ingest` of one folder at once: no document twice, and both commands list everything."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from archive import access
from archive.home import open_archive
from schemas.settings import load
from tests.path.bad_files import encoded, text
from tests.path.command import answer_of, luutru

pytestmark = pytest.mark.slow
DOCUMENTS = 12


def test_two_commands_on_one_folder_take_each_document_once(tmp_path: Path) -> None:
    files, home = tmp_path / "files", tmp_path / "home"
    files.mkdir()
    for number in range(DOCUMENTS - 1):
        text(number)(files / f"{number}.txt")
    (files / "quét.png").write_bytes(encoded("PNG"))
    luutru(home, "init")
    command = [sys.executable, "-m", "luutru", "--home", str(home), "ingest", str(files), "--json", "--quiet"]
    both = [subprocess.Popen([*command, "--workers", "1"], stdout=subprocess.PIPE) for _ in range(2)]
    outputs = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    lists = [[json.loads(line) for line in output.splitlines()][:-1] for output in outputs]
    for documents in lists:
        assert sorted(d["source"] for d in documents) == sorted(p.name for p in files.iterdir())
        assert {d["state"] for d in documents} <= {"archived", "duplicate"}
    states = [d["state"] for documents in lists for d in documents]
    assert states.count("archived") == states.count("duplicate") == DOCUMENTS
    by_source = [{d["source"]: d["record"] for d in documents} for documents in lists]
    assert by_source[0] == by_source[1]
    with open_archive(load(home)) as archive:
        assert len(access.list_records(archive)) == DOCUMENTS
    assert answer_of(home, "verify")["problems"] == []
