"""Office files of every kind that is taken in, saved by LibreOffice itself: archived, valid, found by their words."""

import subprocess
from pathlib import Path

import docx
import openpyxl
import pytest

from tests.path.command import answer_of, lines_of, luutru

pytestmark = pytest.mark.slow
SENTENCE = "Quyết định về việc số hóa tài liệu lưu trữ"
SLIDE = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.3"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
 office:mimetype="application/vnd.oasis.opendocument.presentation"><office:body><office:presentation>
<draw:page draw:name="1"><draw:frame svg:x="2cm" svg:y="2cm" svg:width="20cm" svg:height="3cm"><draw:text-box>
<text:p>{SENTENCE}</text:p></draw:text-box></draw:frame></draw:page></office:presentation></office:body></office:document>
"""
SAVED_AS = {
    "trình chiếu.fodp": ("odp", "ppt", "pptx"),
    "văn bản.docx": ("docx", "doc", "odt", "rtf"),
    "bảng.xlsx": ("xlsx", "xls", "ods"),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write one of each family, and let LibreOffice save it in the other formats of its family."""
    folder = tmp_path_factory.mktemp("office")
    (folder / "trình chiếu.fodp").write_text(SLIDE, encoding="utf-8")
    document = docx.Document()
    document.add_paragraph(SENTENCE)
    document.save(str(folder / "văn bản.docx"))
    book = openpyxl.Workbook()
    book.create_sheet("Danh mục", 0).append([SENTENCE, 15])
    book.save(folder / "bảng.xlsx")
    for name, suffixes in SAVED_AS.items():
        for suffix in suffixes:
            command = ["soffice", "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
            command += ["--convert-to", suffix, "--outdir", str(folder / "files"), str(folder / name)]
            subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / "files"


def test_every_kind_of_office_file_is_archived_and_found(files: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    luutru(home, "init")
    *documents, last = lines_of(home, "ingest", str(files), "--quiet")
    assert len(documents) == sum(map(len, SAVED_AS.values())) == last["summary"]["archived"]
    assert all(document["pdfa"]["valid"] and document["pdfa"]["flavour"] == "2u" for document in documents)
    hits = answer_of(home, "search", "so hoa tai lieu luu tru", "--limit", "20")["hits"]
    assert {hit["source"] for hit in hits} == {path.name for path in files.iterdir()}
