"""What a file really is: by its bytes, never by its name alone."""

import zipfile
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from ingest.identify import Family, Nature, ReadLimits, format_of, identify
from ingest.identifying.pdf import look_into_pdf
from ingest.signatures import find_signatures
from schemas.packages import Kind

LIMITS = ReadLimits(pages=50, page_pixels=10_000_000, unpacked_bytes=5_000_000)


def codes(nature: Nature) -> list[str]:
    return [finding.code for finding in nature.findings]


def of(path: Path) -> Nature:
    return identify((path,), limits=LIMITS)


def a_pdf(path: Path, *, pages: int = 1) -> pikepdf.Pdf:
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page()
    pdf.save(path)
    return pikepdf.open(path, allow_overwriting_input=True)


@pytest.mark.parametrize(
    ("name", "content", "family", "expected"),
    [
        ("a.txt", "Kính gửi".encode(), Family.TEXT, []),
        ("a.json", b"{}", Family.UNKNOWN, ["P023"]),
        ("a.pdf", b"\x89PNG\r\n\x1a\n broken", Family.IMAGE, ["P022", "P021"]),
        ("a.pdf", b"MZ\x90\0 a program", Family.UNKNOWN, ["P022"]),
        ("a.html", b" <html></html>", Family.HTML, []),
        ("a.doc", b"{\\rtf1 x}", Family.WRITER, []),
        ("a.docx", b"PK\x03\x04 cut off", Family.WRITER, ["P021"]),
        ("a.txt", b"\0\1\2\3", Family.UNKNOWN, ["P022"]),
    ],
)
def test_content_decides(tmp_path: Path, name: str, content: bytes, family: Family, expected: list[str]) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    nature = of(path)
    assert (nature.family, codes(nature)) == (family, expected)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.pdf", b"%PDF-1.7\nrubbish", "không mở được PDF: cấu trúc bên trong hỏng"),
        ("a.png", b"\x89PNG\r\n\x1a\n broken", "không giải mã được ảnh"),
    ],
)
def test_what_is_broken_is_told_in_plain_words(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert [each.detail for each in of(tmp_path / name).findings] == [told]


def test_an_image_of_too_many_pixels_is_not_opened(tmp_path: Path) -> None:
    Image.new("1", (4000, 4000)).save(tmp_path / "a.png")
    nature = of(tmp_path / "a.png")
    assert (codes(nature), nature.readable) == (["P025"], False)


def test_several_files_are_one_document_only_as_images(tmp_path: Path) -> None:
    for name in ("1.png", "2.png"):
        Image.new("1", (10, 10)).save(tmp_path / name)
    (tmp_path / "3.txt").write_bytes(b"x")
    assert identify((tmp_path / "1.png", tmp_path / "2.png"), limits=LIMITS).pages == 2
    assert codes(identify((tmp_path / "1.png", tmp_path / "3.txt"), limits=LIMITS)) == ["P022"]


def test_a_packed_bomb_is_not_opened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 6_000_000)
    assert codes(of(tmp_path / "a.docx")) == ["P026"]


def test_a_loop_in_the_page_tree_ends(tmp_path: Path) -> None:
    pdf = a_pdf(tmp_path / "a.pdf", pages=2)
    pdf.Root.Pages.Kids.append(pdf.Root.Pages)
    pdf.save(tmp_path / "b.pdf")
    nature = of(tmp_path / "b.pdf")
    assert not nature.readable
    assert codes(nature) in (["P027"], ["P021"])


def test_too_many_pages_are_told(tmp_path: Path) -> None:
    a_pdf(tmp_path / "a.pdf", pages=51).close()
    assert codes(of(tmp_path / "a.pdf")) == ["P027"]


def test_locked_files_are_told_apart(tmp_path: Path) -> None:
    pdf = a_pdf(tmp_path / "a.pdf")
    pdf.save(tmp_path / "user.pdf", encryption=pikepdf.Encryption(user="x", owner="y"))
    pdf.save(tmp_path / "owner.pdf", encryption=pikepdf.Encryption(user="", owner="y"))
    assert (of(tmp_path / "user.pdf").kind, codes(of(tmp_path / "user.pdf"))) == (Kind.ENCRYPTED, ["P020"])
    owner = of(tmp_path / "owner.pdf")
    assert (owner.kind, owner.owner_locked, owner.readable, codes(owner)) == (Kind.ENCRYPTED, True, True, ["S006"])


def test_forms_are_told_from_plain_files(tmp_path: Path) -> None:
    pdf = a_pdf(tmp_path / "a.pdf")
    field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx, T=b"name"))
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field])
    pdf.save(tmp_path / "form.pdf")
    facts = look_into_pdf(tmp_path / "form.pdf", limits_pages=9, limits_pixels=10**9, limits_bytes=10**9)
    assert (facts.kind, [f.code for f in facts.findings]) == (Kind.FORM, ["S005"])
    pdf.Root.AcroForm.XFA = pdf.make_stream(b"<xdp/>")
    pdf.Root.NeedsRendering = True
    pdf.save(tmp_path / "xfa.pdf")
    assert codes(of(tmp_path / "xfa.pdf")) == ["P024"]


def test_a_living_signature_is_held_by_a_field_and_a_dead_one_by_nothing(tmp_path: Path) -> None:
    pdf = a_pdf(tmp_path / "a.pdf")
    assert not find_signatures(tmp_path / "a.pdf").any
    signature = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 1, 2, 3], Contents=b"x"))
    field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T=b"s", V=signature))
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field])
    pdf.save(tmp_path / "living.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    living = find_signatures(tmp_path / "living.pdf")
    assert (living.living, living.dead) == (1, 0)
    del pdf.Root.AcroForm
    pdf.Root.Left = signature
    pdf.save(tmp_path / "dead.pdf")
    dead = find_signatures(tmp_path / "dead.pdf")
    assert (dead.living, dead.dead) == (0, 1)


@pytest.mark.parametrize(("name", "puid"), [("a.tif", "fmt/353"), ("a.jpg", "fmt/43"), ("a.png", "fmt/11")])
def test_a_large_image_is_named_by_its_two_ends(tmp_path: Path, name: str, puid: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1400, 1400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / name, dpi=(200, 200))
    assert (tmp_path / name).stat().st_size > 1_100_000
    assert format_of(tmp_path / name).puid == puid
