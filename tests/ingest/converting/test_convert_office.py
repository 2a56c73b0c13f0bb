"""Office files through LibreOffice: valid, with their letters; what cannot be opened and what fails has its code."""

import time
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest

from ingest.converting import convert_office
from ingest.converting.convert_office import METHOD, libreoffice, office_to_pdfa
from ingest.converting.text_gate import letters, page_texts
from ingest.identify import Family
from ingest.sandbox.confine import Limits, Sandbox
from schemas.errors import ProgramError, SubmissionError
from tests.ingest.converting.made import COPY, PROGRAMS, lay, open_workshop
from tests.sources import shared_data

TEXT = "Cộng hòa xã hội chủ nghĩa Việt Nam: quyết định số 15/QĐ-UBND"
HTML = (
    '<html><body><h1>Xin chào</h1><img src="file:///etc/hostname"><iframe src="file:///job/profile/user/'
    'registrymodifications.xcu"></iframe><img src="http://127.0.0.1/x.png"><script>document.write("mã")</script></body>'
)


def _document(path: Path) -> Path:
    document = docx.Document()
    document.add_paragraph(TEXT)
    document.save(str(path))
    return path


def _workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.create_sheet("Danh mục", 0).append([15, TEXT])
    book.save(path)
    return path


def _written(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.slow
def test_each_family_becomes_a_valid_copy_with_its_letters(tmp_path: Path) -> None:
    rtf = "{\\rtf1\\ansi " + "".join(f"\\u{ord(letter)}?" for letter in TEXT) + "}"
    offered = [
        (_document(tmp_path / "a.docx"), Family.WRITER),
        (_workbook(tmp_path / "a.xlsx"), Family.CALC),
        (_written(tmp_path / "a.rtf", rtf), Family.WRITER),
        (_written(tmp_path / "a.html", f'<meta charset="utf-8"><h1>{TEXT}</h1>'), Family.HTML),
        (_written(tmp_path / "b.html", f"<title>a</title><p>{TEXT}</p>"), Family.HTML),
    ]
    with open_workshop(tmp_path) as workshop:
        for path, family in offered:
            made = office_to_pdfa(lay(workshop, path), COPY, family=family, workshop=workshop)
            assert made.method == METHOD
            assert workshop.judge.judge(str(COPY)).is_valid("2u"), path
            assert letters(TEXT) <= letters("".join(page_texts(workshop.folder / COPY))), path


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["office/test03.docx", "office/test01.doc", "vn-born-digital/vbpl/(32801)-Hien_phap_nam_2013.doc"]
)
def test_a_real_file_becomes_a_valid_copy(name: str, tmp_path: Path) -> None:
    with open_workshop(tmp_path) as workshop:
        office_to_pdfa(lay(workshop, shared_data() / name), COPY, family=Family.WRITER, workshop=workshop)
        assert workshop.judge.judge(str(COPY)).is_valid("2u")


@pytest.mark.slow
def test_html_brings_no_file_of_the_machine_in_and_runs_no_script(tmp_path: Path) -> None:
    with open_workshop(tmp_path) as workshop:
        office_to_pdfa(lay(workshop, _written(tmp_path / "a.html", HTML)), COPY, family=Family.HTML, workshop=workshop)
        shown = "".join(page_texts(workshop.folder / COPY))
    assert "Macro" not in shown
    assert letters(shown) - letters("Object 1") == letters("Xin chào")  # the name of the empty frame


@pytest.mark.slow
def test_what_cannot_be_opened_is_the_submitters(tmp_path: Path) -> None:
    whole = _document(tmp_path / "a.docx").read_bytes()
    (tmp_path / "cut.docx").write_bytes(whole[: len(whole) // 2])
    with open_workshop(tmp_path) as workshop, pytest.raises(SubmissionError) as raised:
        office_to_pdfa(lay(workshop, tmp_path / "cut.docx"), COPY, family=Family.WRITER, workshop=workshop)
    assert raised.value.code == "P021"


@pytest.mark.slow
def test_a_copy_without_the_letters_of_its_source_is_refused(tmp_path: Path) -> None:
    _document(tmp_path / "a.docx")
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>giấu đi</w:t></w:r></w:p>" * 3
    with zipfile.ZipFile(tmp_path / "a.docx") as package:
        parts = {name: package.read(name) for name in package.namelist()}
    body = parts["word/document.xml"].decode()
    parts["word/document.xml"] = body.replace("<w:body>", f"<w:body>{hidden}").encode()
    with zipfile.ZipFile(tmp_path / "b.docx", "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    with open_workshop(tmp_path) as workshop, pytest.raises(SubmissionError) as raised:
        office_to_pdfa(lay(workshop, tmp_path / "b.docx"), COPY, family=Family.WRITER, workshop=workshop)
    assert raised.value.code == "S002"


@pytest.mark.parametrize(("name", "code"), [("hangs", "T101"), ("dies", "T102"), ("does-nothing", "T105")])
def test_an_office_that_hangs_dies_or_does_nothing_ends_with_its_code(name: str, code: str, tmp_path: Path) -> None:
    place = tmp_path / "programs"
    place.mkdir()
    (place / "soffice").symlink_to(PROGRAMS / f"soffice-{name}")
    (tmp_path / "out").mkdir()
    sandbox = Sandbox(readable=(place, PROGRAMS), environment={"PATH": f"{place}:/usr/bin:/bin"})
    started = time.monotonic()
    with pytest.raises(ProgramError) as raised:
        libreoffice(
            _written(tmp_path / "a.txt", TEXT),
            tmp_path / "out" / "a.pdf",
            family=Family.WRITER,
            limits=Limits(wall_seconds=1),
            sandbox=sandbox,
        )
    assert raised.value.code == code
    assert time.monotonic() - started < 10
    assert list((tmp_path / "out").iterdir()) == []


def test_the_profile_forbids_macros_and_links(tmp_path: Path) -> None:
    convert_office._write_profile(tmp_path / "user")
    settings = (tmp_path / "user" / "registrymodifications.xcu").read_text(encoding="utf-8")
    assert '"DisableMacrosExecution" oor:op="fuse"><value>true</value>' in settings
    assert '"BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value>' in settings
