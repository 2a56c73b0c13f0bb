"""Small packages and archives for the tests of the strongroom: plain functions with defaults."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive import arrangement, home
from archive.arrangement import Home, Place
from archive.home import Archive
from schemas.description import Description, Value
from schemas.findings import Finding
from schemas.identifiers import RecordId, Sha256, Sha512, new_record_id
from schemas.packages import CopyRole, Event, Format, Kind, Original, Package, Part, Rendition, Role, accession_key
from schemas.settings import Settings
from schemas.texts import PageText, Word, text_file, words_file
from schemas.values import to_json

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def an_archive(folder: Path, **settings: Any) -> Archive:
    return home.init(Settings(home=folder, **settings), now=NOW)


def a_home(archive: Archive, **codes: str) -> Home:
    return arrangement.ensure(archive, Place(**codes), actor="system", now=NOW)


def a_package(
    folder: Path, place: Home, *, content: bytes = b"%PDF-1.7 one\n", record: RecordId | None = None, **changes: Any
) -> Package:
    """Write a whole package folder and give what it says; `changes` replace fields of the package."""
    files = {
        "original/0001.pdf": content,
        "preservation/0001.pdf": b"%PDF/A of " + content,
        "text/run-1/text.txt": text_file(_PAGES),
        "text/run-1/words.json": json.dumps(words_file(_PAGES, run={"program": "tesseract 5"})).encode(),
        "validation/0001.json": b'{"valid": true}',
    }
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    sha512 = Sha512(hashlib.sha512(content).hexdigest())
    package = Package(
        record=record or new_record_id(),
        accession_key=accession_key((sha512,), extent=None, fonds=place.fonds, file=place.file),
        fonds=place.fonds,
        file=place.file,
        received_at=NOW.isoformat(),
        sources=("hộp 7/1695 qđ syt.pdf",),
        kind=Kind.SCAN,
        state="archived",
        originals=(an_original(content),),
        parts=(Part(part="0001", role=Role.BODY, originals=("original/0001.pdf",), first_page=1, pages=2),),
        renditions=(
            Rendition(
                part="0001",
                role=CopyRole.PRESERVATION,
                path="preservation/0001.pdf",
                flavour="2u",
                valid=True,
                method="ocrmypdf internal",
                sha512=Sha512(hashlib.sha512(files["preservation/0001.pdf"]).hexdigest()),
            ),
        ),
        text_run="run-1",
        findings=(Finding(code="S014"),),
        description=Description(fields={"number": Value(value="1695/QĐ-SYT"), "subject": Value(value="Về việc <b>")}),
        events=(Event(type="message digest calculation", time=NOW.isoformat(), agent="luutru 0.1.0"),),
    )
    package = replace(package, **changes)
    write_package(folder, package)
    return package


def an_original(content: bytes, path: str = "original/0001.pdf") -> Original:
    return Original(
        path=path,
        name="1695 qđ syt.pdf",
        name_raw=base64.b64encode("1695 qđ syt.pdf".encode()).decode(),
        sha256=Sha256(hashlib.sha256(content).hexdigest()),
        sha512=Sha512(hashlib.sha512(content).hexdigest()),
        size_bytes=len(content),
        format=Format(puid="fmt/276", name="Acrobat PDF 1.7", version="1.7", mime="application/pdf"),
    )


def write_package(folder: Path, package: Package) -> None:
    (folder / "package.json").write_text(json.dumps(to_json(package)), encoding="utf-8")


_PAGES = (
    PageText("Quyết định", (Word(0, 5, (0.1, 0.1, 0.2, 0.05), 0.9), Word(6, 10, (0.35, 0.1, 0.2, 0.05), 0.8))),
    PageText("trang hai", ()),
)


def naive_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()
