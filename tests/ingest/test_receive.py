"""Bytes come in unchanged, hashed before anything opens them, or not at all, with the code that says why."""

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.receive import Limits, receive
from schemas.errors import SubmissionError

LIMITS = Limits(size_bytes=1000, settle_seconds=0.01)


def refusal(path: Path, folder: Path) -> str:
    with pytest.raises(SubmissionError) as error:
        receive((path,), folder=folder, limits=LIMITS)
    assert error.value.message
    return error.value.code


def test_the_bytes_are_copied_and_both_digests_taken(tmp_path: Path) -> None:
    source = tmp_path / "Công văn số 5.PDF"
    source.write_bytes(b"%PDF-1.4 x")
    (original,) = receive((source,), folder=tmp_path / "job" / "in", limits=LIMITS)
    assert (tmp_path / "job" / "in" / "0001.pdf").read_bytes() == b"%PDF-1.4 x"
    assert original.sha512 == hashlib.sha512(b"%PDF-1.4 x").hexdigest()
    assert original.sha256 == hashlib.sha256(b"%PDF-1.4 x").hexdigest()
    assert (original.path, original.name, original.size_bytes) == ("original/0001.pdf", "Công văn số 5.PDF", 10)
    assert source.read_bytes() == b"%PDF-1.4 x"


def test_several_files_keep_their_order(tmp_path: Path) -> None:
    paths = tuple(tmp_path / f"{name}.jpg" for name in "ba")
    for path in paths:
        path.write_bytes(path.name.encode())
    assert [o.name for o in receive(paths, folder=tmp_path / "in", limits=LIMITS)] == ["b.jpg", "a.jpg"]
    assert (tmp_path / "in" / "0002.jpg").read_bytes() == b"a.jpg"


@pytest.mark.parametrize("name", [b"a\nb.pdf", b"..\xff.pdf", b"x.p/df"[:2] + b"\x07.exe;rm", "Thông báo.pdf".encode()])
def test_a_hostile_name_is_a_value_and_never_a_path(tmp_path: Path, name: bytes) -> None:
    source = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    source.write_bytes(b"x")
    (original,) = receive((source,), folder=tmp_path / "in", limits=LIMITS)
    assert base64.b64decode(original.name_raw) == name
    assert "\n" not in original.name
    assert original.path in ("original/0001.pdf", "original/0001.bin")


def test_what_cannot_be_taken_says_why(tmp_path: Path) -> None:
    empty, large, pipe = tmp_path / "empty", tmp_path / "large", tmp_path / "pipe"
    empty.touch()
    large.write_bytes(b"x" * 1001)
    os.mkfifo(pipe)
    assert refusal(empty, tmp_path / "1") == "P001"
    assert refusal(large, tmp_path / "2") == "P002"
    assert refusal(pipe, tmp_path / "3") == "P003"
    assert refusal(tmp_path / "absent", tmp_path / "4") == "P004"


def test_a_file_that_is_still_being_written_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "growing.pdf"
    path.write_bytes(b"%PDF")
    script = "import sys; f = open(sys.argv[1], 'ab'); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdin=-1, stdout=-1) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        assert refusal(path, tmp_path / "in") == "P006"
        writer.communicate(b"")
    assert receive((path,), folder=tmp_path / "again", limits=LIMITS)
