"""A register that comes with the files (CSV or XLSX): what belongs together, where, and what is known of it.

Columns may have Vietnamese or ASCII names; `path` is needed. Rows with equal `document` are one document of images, in
the order of the rows. Values become description with the method `register`; nothing is taken from a formula.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from ingest.offering.layout import IMAGE_SUFFIXES, Place
from ingest.offering.offer import NotTaken, Offer, Offered
from schemas.days import typed_day
from schemas.errors import UsageError
from schemas.findings import Finding
from schemas.words import word

_COLUMNS = {
    "path": ("path", "duong dan", "tep", "ten tep"),
    "document": ("document", "van ban", "ma van ban"),
    "fonds": ("fonds", "phong"),
    "inventory": ("inventory", "muc luc"),
    "box": ("box", "hop"),
    "file": ("file", "ho so"),
    "number": ("number", "so, ky hieu", "so ky hieu"),
    "date": ("date", "ngay", "ngay thang", "ngay van ban"),
    "subject": ("subject", "trich yeu", "noi dung"),
    "type": ("type", "loai", "ten loai", "loai van ban"),
    "issuer": ("issuer", "co quan", "co quan ban hanh", "tac gia"),
    "signer": ("signer", "nguoi ky"),
}
_BY_NAME = {name: column for column, names in _COLUMNS.items() for name in names}
_VALUES = ("number", "date", "subject", "type", "issuer", "signer")
_PART_OF_A_DAY = re.compile(r"(?:[0-9]{1,2}[/.-])?[0-9]{4}|[0-9]{4}-[0-9]{2}")
_ENCODINGS = ("utf-8-sig", "utf-16", "windows-1258")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The rows by the path they name."""

    rows: dict[str, dict[str, str]] = field(default_factory=dict)

    def apply(self, offers: Iterator[Offer], *, base: Path) -> Iterator[Offer]:
        """Give the offers with what the rows say; images of one `document` come as one, in the order of the rows."""
        grouped: dict[str, list[tuple[int, Offered]]] = {}
        order = {path: index for index, path in enumerate(self.rows)}
        for offer in offers:
            if isinstance(offer, NotTaken):
                yield offer
                continue
            for single in _singles(offer) if any(s in self.rows for s in offer.sources) else (offer,):
                row = self.rows.get(single.sources[0], {})
                document = row.get("document", "")
                image = single.paths[0].suffix.lower() in IMAGE_SUFFIXES
                if document and image and len(single.paths) == 1:
                    grouped.setdefault(document, []).append((order[single.sources[0]], self._described(single, row)))
                else:
                    yield self._described(single, row)
        for members in grouped.values():
            yield _joined([offer for _, offer in sorted(members, key=lambda m: m[0])])
        yield from self._missing(base)

    def _described(self, offer: Offered, row: dict[str, str]) -> Offered:
        place = {k: row.get(k) or v for k, v in offer.place.codes().items()}
        known = {k: row[k] for k in _VALUES if row.get(k)}
        return replace(offer, place=Place(**place), register=known)

    def _missing(self, base: Path) -> Iterator[NotTaken]:
        """Name the rows whose file is not there; nothing in a register may go unsaid."""
        folder = base if base.is_dir() else base.parent
        for path in self.rows:
            if not (folder / path).exists():
                yield NotTaken(source=path, finding=Finding(code="P004", detail=word("manifest-absent")))


def _singles(offer: Offered) -> Iterator[Offered]:
    for path, source in zip(offer.paths, offer.sources, strict=True):
        yield replace(offer, paths=(path,), sources=(source,))


def _joined(members: list[Offered]) -> Offered:
    paths = tuple(m.paths[0] for m in members)
    sources = tuple(m.sources[0] for m in members)
    return replace(members[0], paths=paths, sources=sources)


def read_manifest(path: Path) -> Manifest:
    """Read a register. Raises UsageError U023 when it has no column of paths or cannot be read."""
    try:
        table = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path.read_bytes())
    except (OSError, ValueError, KeyError, csv.Error, zipfile.BadZipFile, InvalidFileException) as error:
        raise UsageError("U023", word("manifest-unreadable", path=path)) from error
    header = [_BY_NAME.get(_plain(name), "") for name in (table[0] if table else [])]
    if "path" not in header:
        raise UsageError("U023", word("manifest-no-path", path=path))
    rows: dict[str, dict[str, str]] = {}
    for number, line in enumerate(table[1:], start=2):
        row = {column: cell.strip() for column, cell in zip(header, line, strict=False) if column and cell.strip()}
        if "date" in row:
            row["date"] = _day(row["date"], path=path, number=number)
        if "path" in row:
            rows[row["path"].replace("\\", "/")] = row
    return Manifest(rows)


def _day(text: str, *, path: Path, number: int) -> str:
    """Give a day in ISO; a year, or a month and year, stay as they are. Raises UsageError U023 for what is no day."""
    if _PART_OF_A_DAY.fullmatch(text):
        return text
    day = typed_day(text)
    if day is None:
        raise UsageError("U023", word("manifest-date", path=path, number=number, text=text[:40]))
    return day


def _plain(name: str) -> str:
    stripped = "".join(c for c in unicodedata.normalize("NFD", name.strip().lower()) if not unicodedata.combining(c))
    return stripped.replace("đ", "d")


def _csv(content: bytes) -> list[list[str]]:
    text = None
    for encoding in _ENCODINGS:
        if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None:
        raise ValueError("unknown encoding")
    text = unicodedata.normalize("NFC", text)
    delimiter = max(",;\t", key=text.splitlines()[0].count) if text.strip() else ","
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def _xlsx(path: Path) -> list[list[str]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        rows: list[list[Any]] = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value.date().isoformat() if hasattr(value, "date") else value)
