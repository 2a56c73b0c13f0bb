"""Unpacks a ZIP into files with names of ours. Runs in the sandbox; what it says is checked again outside.

The directory is believed in nothing: entries, bytes and the ratio are counted while they are unpacked. Folders, links
and devices in it are no files. Sources: APPNOTE.TXT 6.3.10; OWASP ASVS 5.0, 5.2.3, 5.2.5, 5.3.3.
"""

import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from ingest.deliveries.names import name_in_zip
from schemas.errors import SubmissionError
from schemas.findings import meaning

_BLOCK = 1 << 20
_ENCRYPTED = 0x1
_UTF8_FLAG = 0x800
_SMALL_BYTES = 64 << 20  # up to which nothing is a bomb: a blank page packs a thousandfold
_DIRECTORY_BYTES = 64 << 20  # of a ZIP's table of entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """What a ZIP may unpack to."""

    files: int
    bytes: int
    file_bytes: int
    ratio: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry: its name as received, and the file it became; no file: with the code of why."""

    name: str
    path: str = ""
    size_bytes: int = 0
    code: str = ""


def unpack(source: Path, folder: Path, *, most: Most) -> list[Entry]:
    """Unpack all files. Raises SubmissionError P011 (password), P012 (too much), P013 (damaged, or no ZIP)."""
    try:
        _check_directory(source)
        with zipfile.ZipFile(source) as opened:
            return _entries(opened, folder, most=most, packed_bytes=source.stat().st_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        raise SubmissionError("P013", meaning("P013")) from error


def _check_directory(source: Path) -> None:
    """Refuse a table of entries that would fill the memory before it is read."""
    with source.open("rb") as file:
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # noqa: SLF001 - the only reader of it there is
    if end is None:
        raise SubmissionError("P013", meaning("P013"))
    if int(end[5]) > _DIRECTORY_BYTES:
        raise SubmissionError("P012", meaning("P012"))


def _entries(opened: zipfile.ZipFile, folder: Path, *, most: Most, packed_bytes: int) -> list[Entry]:
    listed = [each for each in opened.infolist() if not each.is_dir()]
    if any(each.flag_bits & _ENCRYPTED for each in listed):
        raise SubmissionError("P011", meaning("P011"))
    total_most = min(most.bytes, max(packed_bytes * most.ratio, _SMALL_BYTES))
    if len(listed) > most.files or sum(each.file_size for each in listed) > total_most:
        raise SubmissionError("P012", meaning("P012"))
    entries: list[Entry] = []
    left = total_most
    for number, each in enumerate(listed, start=1):
        name = _name(each)
        if not _is_file(each):
            entries.append(Entry(name=name, code="P003"))
        elif each.file_size > most.file_bytes:
            entries.append(Entry(name=name, code="P002"))
        else:
            path = folder / f"{number:06d}"
            size_bytes = _write(opened, each, path, most_bytes=left)
            left -= size_bytes
            entries.append(Entry(name=name, path=path.name, size_bytes=size_bytes))
    return entries


def _name(entry: zipfile.ZipInfo) -> str:
    """Give the name; Python has read it as UTF-8 or as code page 437, of which the bytes can be had back."""
    told = entry.orig_filename
    raw = told.encode("utf-8" if entry.flag_bits & _UTF8_FLAG else "cp437", "replace")
    return name_in_zip(raw, flags=entry.flag_bits, extra=entry.extra)


def _is_file(entry: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return kind in (0, stat.S_IFREG)


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, *, most_bytes: int) -> int:
    """Unpack one file, counting; CRC and size are checked by the reader."""
    size_bytes = 0
    with opened.open(entry) as content, path.open("xb") as file:
        while block := content.read(_BLOCK):
            size_bytes += len(block)
            if size_bytes > most_bytes:
                raise SubmissionError("P012", meaning("P012"))
            file.write(block)
    return size_bytes
