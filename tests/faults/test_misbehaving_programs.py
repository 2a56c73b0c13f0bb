"""A program that hangs, dies or lies on the whole path: nothing is lost, and it goes on by itself when it is mended."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ingest.sandbox import processes
from schemas.settings import Settings
from tests.faults.places import PROGRAMS, a_program, instead_of
from tests.path import command
from tests.path.bad_files import a_docx, encoded, text, write
from tests.path.bad_pdfs import font_not_embedded
from tests.path.command import answer_of, lines_of, luutru

pytestmark = pytest.mark.slow
GHOSTSCRIPT = Settings().tools / "ghostpdl/node_modules/@okathira/ghostpdl-wasm/dist/gs.js"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What takes the place of which program, the document that needs it, and the code it must then have."""

    program: str
    stand_in: str
    source: str
    code: str


FAULTS = (
    Fault(program="tesseract", stand_in="tesseract-hangs", source="quét.png", code="S024"),
    Fault(program="tesseract", stand_in="tesseract-dies", source="quét.png", code="S024"),
    Fault(program="tesseract", stand_in="tesseract-lies", source="quét.png", code="S024"),
    Fault(program="soffice", stand_in="soffice-hangs", source="soạn.docx", code="S021"),
    Fault(program="soffice", stand_in="soffice-dies", source="soạn.docx", code="S021"),
    Fault(program="soffice", stand_in="soffice-does-nothing", source="soạn.docx", code="S021"),
    Fault(program="gs.js", stand_in="ghostscript-hangs.js", source="in.pdf", code="S001"),
    Fault(program="gs.js", stand_in="ghostscript-dies.js", source="in.pdf", code="S001"),
    Fault(program="gs.js", stand_in="ghostscript-lies.js", source="in.pdf", code="S001"),
)
MAKERS = {
    "quét.png": write(encoded("PNG")),
    "soạn.docx": write(a_docx("Số: 5/UBND-VP")),
    "in.pdf": font_not_embedded,
    "chữ.txt": text(6),
}


def made(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        MAKERS[name](folder / name)
    return folder


def taken(home: Path, files: Path) -> dict[str, dict[str, Any]]:
    """Take the folder in; everything must be listed, and no process may be left."""
    processes.adopt_orphans()
    before = processes.tree(os.getpid())
    *documents, _ = lines_of(home, "ingest", str(files), "--quiet", "--workers", "1")
    assert set(processes.tree(os.getpid())) <= set(before)  # one of an earlier test may have ended meanwhile
    assert {document["source"] for document in documents} == {path.name for path in files.iterdir()}
    return {document["source"]: document for document in documents}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.stand_in)
def test_a_document_whose_program_fails_is_kept_for_a_person_and_the_others_go_on(
    fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUUTRU_PROGRAM_TIMEOUT_SECONDS", "15")
    monkeypatch.setenv("LUUTRU_PAGE_TIMEOUT_SECONDS", "3")
    files, home = made(tmp_path / "files", fault.source, "chữ.txt"), tmp_path / "home"
    place = GHOSTSCRIPT if fault.program == "gs.js" else a_program(fault.program)
    luutru(home, "init")
    monkeypatch.setattr(command, "BEFORE", instead_of(place, PROGRAMS / fault.stand_in))
    ended = taken(home, files)
    document = ended[fault.source]
    assert document["state"] == "review", document
    assert fault.code in document["findings"], document
    assert ended["chữ.txt"]["state"] == "archived", ended
    assert answer_of(home, "verify")["problems"] == []


@pytest.mark.parametrize("stand_in", ["verapdf-hangs", "verapdf-dies", "soffice-does-nothing"])
def test_without_a_judge_documents_fail_and_are_taken_when_it_works_again(
    stand_in: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUUTRU_PROGRAM_TIMEOUT_SECONDS", "5")
    monkeypatch.setenv("LUUTRU_ATTEMPTS", "2")
    files, home = made(tmp_path / "files", "chữ.txt"), tmp_path / "home"
    luutru(home, "init")
    with monkeypatch.context() as patch:
        patch.setattr(command, "BEFORE", instead_of(a_program("java"), PROGRAMS / stand_in))
        (failed,) = taken(home, files).values()
    assert (failed["state"], failed["record"]) == ("failed", None)
    assert "java" in failed["reason"] or "veraPDF" in failed["reason"]
    monkeypatch.setenv("LUUTRU_PROGRAM_TIMEOUT_SECONDS", "300")
    (document,) = taken(home, files).values()
    assert document["state"] == "archived", document
    assert answer_of(home, "verify")["problems"] == []
