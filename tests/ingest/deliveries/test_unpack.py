"""ZIPs of every sort: what is good comes out under names of ours, what is bad is told with a code."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from ingest.deliveries.unpack import Most, unpack
from schemas.errors import SubmissionError

MOST = Most(files=100, bytes=300_000_000, file_bytes=200_000_000, ratio=200)


def a_zip(path: Path, entries: dict[str, bytes], *, packed: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packed) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return path


def unpacked(source: Path, most: Most = MOST) -> dict[str, bytes]:
    folder = source.parent / "out"
    folder.mkdir()
    entries = unpack(source, folder, most=most)
    assert {each.path for each in entries if each.path} == {path.name for path in folder.iterdir()}
    return {each.name: (folder / each.path).read_bytes() if each.path else each.code.encode() for each in entries}


def refusal(source: Path, most: Most = MOST) -> str:
    with pytest.raises(SubmissionError) as raised:
        unpacked(source, most)
    return raised.value.code


def test_files_come_out_whole(tmp_path: Path) -> None:
    entries = {"hộp 7/hs 1/a.pdf": b"%PDF", "hộp 7/b.txt": b"", "trong.zip": b"PK"}
    assert unpacked(a_zip(tmp_path / "a.zip", {**entries, "hộp 7/": b""})) == entries


def test_names_that_lead_elsewhere_lead_nowhere(tmp_path: Path) -> None:
    source = a_zip(tmp_path / "a.zip", {"../../up.txt": b"1", "/etc/cron.d/x": b"2", "C:\\x": b"3", "a\0.txt": b"4"})
    assert sorted(unpacked(source).values()) == [b"1", b"2", b"3", b"4"]
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip", "out"}


def test_links_and_devices_are_no_files(tmp_path: Path) -> None:
    source = tmp_path / "a.zip"
    with zipfile.ZipFile(source, "w") as made:
        for name, kind in (("link", stat.S_IFLNK), ("pipe", stat.S_IFIFO), ("good", stat.S_IFREG)):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (kind | 0o777) << 16
            made.writestr(entry, b"/etc/passwd")
    assert unpacked(source) == {"link": b"P003", "pipe": b"P003", "good": b"/etc/passwd"}


def test_a_password_is_told(tmp_path: Path) -> None:
    content = bytearray(a_zip(tmp_path / "a.zip", {"a.txt": b"x"}).read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    assert refusal(tmp_path / "a.zip") == "P011"


def test_bombs_are_refused_before_they_fill_anything(tmp_path: Path) -> None:
    bomb = a_zip(tmp_path / "a.zip", {"0": bytes(100_000_000)})
    assert refusal(bomb) == "P012"
    assert not list((tmp_path / "out").iterdir())


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    bomb = a_zip(tmp_path / "a.zip", {"0": bytes(100_000_000)})
    content = bomb.read_bytes().replace(struct.pack("<L", 100_000_000), struct.pack("<L", 1000))
    bomb.write_bytes(content)
    assert refusal(bomb) in {"P012", "P013"}
    assert sum(path.stat().st_size for path in (tmp_path / "out").iterdir()) <= 1 << 21


def test_one_stream_named_a_thousand_times_is_refused(tmp_path: Path) -> None:
    source = a_zip(tmp_path / "a.zip", {str(number): b"" for number in range(101)})
    assert refusal(source) == "P012"


def test_a_file_over_the_limit_is_named_alone(tmp_path: Path) -> None:
    most = Most(files=9, bytes=1000, file_bytes=3, ratio=200)
    assert unpacked(a_zip(tmp_path / "a.zip", {"a": b"123", "b": b"1234"}), most) == {"a": b"123", "b": b"P002"}


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all", b"PK\x05\x06" + bytes(18)[:10]])
def test_what_is_no_zip_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    assert refusal(tmp_path / "a.zip") == "P013"


def test_a_damaged_zip_is_told(tmp_path: Path) -> None:
    source = a_zip(tmp_path / "a.zip", {"a.txt": bytes(range(256)) * 50}, packed=zipfile.ZIP_STORED)
    content = bytearray(source.read_bytes())
    content[100] ^= 0xFF
    source.write_bytes(content)
    assert refusal(source) == "P013"


def test_a_table_of_entries_that_would_fill_the_memory_is_not_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    end = bytearray(buffer.getvalue())
    end[12:16] = struct.pack("<L", 1 << 30)
    (tmp_path / "a.zip").write_bytes(bytes(end))
    assert refusal(tmp_path / "a.zip") in {"P012", "P013"}
