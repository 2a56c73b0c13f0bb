"""Born-digital PDFs: real ones of Vietnamese offices keep every letter, and every way to fail has its code."""

import shutil
import time
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream

from ingest.converting import tounicode
from ingest.converting.convert_pdf import GHOSTSCRIPT, convert_pdf, finish_copy, look
from ingest.converting.convert_text import text_to_pdfa
from schemas.errors import ProgramError, SubmissionError
from schemas.settings import Settings
from tests.ingest.converting.made import COPY, PROGRAMS, judged, lay, open_workshop
from tests.sources import shared_data

REAL = (
    "an-le/(TAND281185)-AL_so_54_1666842914474.pdf",  # a map that Ghostscript spoils
    "an-le/(TAND165080)-42.2021.AL_1616660800438.pdf",  # names with blanks
    "congbao/thong-tu-so-01-2022-tt-bldtbxh-36838.pdf",  # Wingdings without Unicode, a dead signature
    "congbao/thong-tu-so-21-2026-tt-btc-469148.pdf",  # glyph 0, and a form
    "congbao/thong-tu-so-16-2023-tt-bkhdt-41231.pdf",  # quotes that are lost without the repair
)
MODULE = Path("ghostpdl/node_modules/@okathira/ghostpdl-wasm/dist/gs.js")


def _plain(path: Path, text: str = "Cộng hòa xã hội chủ nghĩa Việt Nam") -> Path:
    """Write a PDF that claims nothing."""
    path.write_bytes(text_to_pdfa(text, title="").pdf)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        del pdf.Root["/Metadata"], pdf.Root["/OutputIntents"]
        pdf.save(path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_a_real_document_becomes_a_valid_copy_with_every_letter(name: str, tmp_path: Path) -> None:
    with open_workshop(tmp_path) as workshop:
        source = lay(workshop, shared_data() / "vn-born-digital" / name)
        made = convert_pdf(source, COPY, workshop=workshop)
        verdict, kept = judged(workshop, source)
    assert made.method.startswith(GHOSTSCRIPT)
    assert verdict.is_valid("2u"), verdict
    assert kept.passed, kept


@pytest.mark.slow
def test_a_valid_pdfa_with_unicode_is_kept_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(text_to_pdfa("Việt Nam", title="").pdf)
    with open_workshop(tmp_path) as workshop:
        source = lay(workshop, tmp_path / "a.pdf")
        made = convert_pdf(source, COPY, workshop=workshop)
        assert made.method == "kept as it is"
        assert (workshop.folder / COPY).read_bytes() == (tmp_path / "a.pdf").read_bytes()


@pytest.mark.slow
def test_a_false_claim_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(text_to_pdfa("Việt Nam", title="").pdf)
    with pikepdf.open(tmp_path / "a.pdf", allow_overwriting_input=True) as pdf:
        del pdf.Root["/OutputIntents"]
        pdf.save(tmp_path / "a.pdf")
    with open_workshop(tmp_path) as workshop:
        source = lay(workshop, tmp_path / "a.pdf")
        assert look(workshop.folder / source).claims == "2u"
        assert convert_pdf(source, COPY, workshop=workshop).method == GHOSTSCRIPT
        verdict, kept = judged(workshop, source)
    assert verdict.is_valid("2u")
    assert kept.passed


@pytest.mark.slow
def test_scripts_and_attachments_do_not_come_along(tmp_path: Path) -> None:
    with pikepdf.open(_plain(tmp_path / "a.pdf"), allow_overwriting_input=True) as pdf:
        pdf.attachments["a.txt"] = b"attached"
        script = Dictionary(S=Name.JavaScript, JS=b"app.alert(1)")
        pdf.Root["/OpenAction"] = script
        pdf.Root.Names["/JavaScript"] = Dictionary(Names=Array([b"a", script]))
        pdf.pages[0].obj["/AA"] = Dictionary(O=Dictionary(S=Name.Launch, F=b"cmd"))
        pdf.save(tmp_path / "a.pdf")
    with open_workshop(tmp_path) as workshop:
        source = lay(workshop, tmp_path / "a.pdf")
        made = convert_pdf(source, COPY, workshop=workshop)
        verdict, kept = judged(workshop, source)
        with pikepdf.open(workshop.folder / COPY) as pdf:
            assert not {"/OpenAction", "/AA", "/AF"} & set(pdf.Root.keys())
            assert not pdf.attachments
            assert "/AA" not in pdf.pages[0].obj
    assert [finding.code for finding in made.findings] == ["S023"]
    assert verdict.is_valid("2u")
    assert kept.passed


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), [("hangs", "T101"), ("dies", "T102"), ("lies", "T105")])
def test_a_converter_that_hangs_dies_or_lies_ends_with_its_code(name: str, code: str, tmp_path: Path) -> None:
    module = tmp_path / "tools" / MODULE
    module.parent.mkdir(parents=True)
    shutil.copy(PROGRAMS / f"ghostscript-{name}.js", module)
    (module.parent / "package.json").write_text('{"type": "module"}')
    with open_workshop(tmp_path, tools=tmp_path / "tools", program_timeout_seconds=4) as workshop:
        source = lay(workshop, _plain(tmp_path / "a.pdf"))
        workshop.call(look, source=source, timeout_seconds=60)
        started = time.monotonic()
        with pytest.raises(ProgramError) as raised:
            convert_pdf(source, COPY, workshop=workshop)
        assert raised.value.code == code
        assert time.monotonic() - started < 20
        assert list((workshop.folder / "out").iterdir()) == []


@pytest.mark.slow
def test_without_ghostscript_that_is_what_is_said(tmp_path: Path) -> None:
    with open_workshop(tmp_path, tools=tmp_path) as workshop, pytest.raises(ProgramError) as raised:
        convert_pdf(lay(workshop, _plain(tmp_path / "a.pdf")), COPY, workshop=workshop)
    assert raised.value.code == "T104"


def test_what_is_locked_or_damaged_is_the_submitters(tmp_path: Path) -> None:
    (tmp_path / "cut.pdf").write_bytes(b"no PDF at all")
    with pytest.raises(SubmissionError) as raised:
        look(tmp_path / "cut.pdf")
    assert raised.value.code == "P021"
    with pikepdf.open(_plain(tmp_path / "a.pdf")) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(SubmissionError) as raised:
        look(tmp_path / "locked.pdf")
    assert raised.value.code == "P020"


def test_a_claim_is_read_however_it_is_written(tmp_path: Path) -> None:
    written = {
        "><p:part>2</p:part><p:conformance>U</p:conformance></r:Description>": "2u",
        " p:part='3' p:conformance='b'/>": "3b",
        "></r:Description>": None,
    }
    for inner, claims in written.items():
        packet = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f'<r:Description r:about="" xmlns:p="http://www.aiim.org/pdfa/ns/id/"{inner}</r:RDF></x:xmpmeta>'
        )
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            pdf.Root["/Metadata"] = Stream(pdf, packet.encode())
            pdf.save(tmp_path / "a.pdf", fix_metadata_version=False)
        assert look(tmp_path / "a.pdf").claims == claims


def test_the_copy_claims_its_flavour_and_the_original_stays_untouched(tmp_path: Path) -> None:
    source = _plain(tmp_path / "a.pdf")
    before = source.read_bytes()
    assert finish_copy(source, source, tmp_path / "b.pdf") == tounicode.Repaired(0, 0)
    assert source.read_bytes() == before
    assert look(tmp_path / "b.pdf").claims == Settings().flavour
