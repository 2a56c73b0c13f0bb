"""What is offered is never missing from the list: documents, and what cannot be taken with its code."""

import os
from pathlib import Path

import pytest

from ingest.offering.layout import Layout, Place, parse_layout
from ingest.offering.manifest import read_manifest
from ingest.offering.offer import NotTaken, Offered, offers, shown
from schemas.errors import UsageError


def listed(path: Path, layout: Layout | None = None) -> dict[str, str]:
    """Give source → code or "" for everything offered."""
    codes: dict[str, str] = {}
    for offer in offers(path, layout=layout or Layout()):
        if isinstance(offer, NotTaken):
            codes[offer.source] = offer.finding.code
        else:
            codes["|".join(offer.sources)] = ""
    return codes


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_a_tree_is_walked_and_named_from_its_top(tmp_path: Path) -> None:
    touch(tmp_path / "b.pdf", tmp_path / "a" / "2.pdf", tmp_path / "a" / "10.pdf")
    assert list(listed(tmp_path)) == ["a/2.pdf", "a/10.pdf", "b.pdf"]


def test_a_single_file_is_named_by_its_name(tmp_path: Path) -> None:
    touch(tmp_path / "x.pdf")
    assert listed(tmp_path / "x.pdf") == {"x.pdf": ""}


def test_what_cannot_be_taken_is_listed_with_its_code(tmp_path: Path) -> None:
    outside = tmp_path / "outside.pdf"
    touch(outside, tmp_path / "box" / "real.pdf")
    box = tmp_path / "box"
    (box / "leads-out.pdf").symlink_to(outside)
    (box / "leads-nowhere.pdf").symlink_to(box / "absent")
    (box / "loop").symlink_to(box)
    (box / "inside.pdf").symlink_to(box / "real.pdf")
    os.mkfifo(box / "pipe")
    assert listed(box) == {
        "inside.pdf": "",
        "leads-nowhere.pdf": "P004",
        "leads-out.pdf": "P005",
        "loop": "P003",
        "pipe": "P003",
        "real.pdf": "",
    }


def test_an_unreadable_folder_is_listed(tmp_path: Path) -> None:
    touch(tmp_path / "box" / "a.pdf")
    (tmp_path / "box" / "closed").mkdir(mode=0o000)
    if os.access(tmp_path / "box" / "closed", os.R_OK):
        pytest.skip("this user can read every folder")
    assert listed(tmp_path / "box") == {"a.pdf": "", "closed": "P010"}


@pytest.mark.parametrize("name", [b"a\nb.pdf", b"\xff\xfe.pdf", b"-rf.pdf", b"x\x1b[31m.pdf"])
def test_hostile_names_are_shown_harmlessly(tmp_path: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"x")
    (source,) = listed(tmp_path)
    assert source.isprintable()
    source.encode("utf-8")


def test_names_that_are_not_utf8_are_shown_with_replacement_characters() -> None:
    assert shown(b"c\xf4ng v\xe3n.pdf".decode("utf-8", "surrogateescape")) == "c\ufffdng v\ufffdn.pdf"


def test_numbered_images_come_as_one_document_and_pdf_never(tmp_path: Path) -> None:
    touch(*(tmp_path / f"Q3-5-1-10-1-{n}.jpg" for n in (1, 2, 10, 3, 4, 5, 6, 7, 8, 9)))
    touch(*(tmp_path / f"Q3-5-1-10-2-{n}.pdf" for n in (1, 2)))
    sources = list(listed(tmp_path))
    assert sources[0] == "|".join(f"Q3-5-1-10-1-{n}.jpg" for n in range(1, 11))
    assert sources[1:] == ["Q3-5-1-10-2-1.pdf", "Q3-5-1-10-2-2.pdf"]


def test_a_layout_gives_the_place_and_joins_images(tmp_path: Path) -> None:
    touch(tmp_path / "H49" / "12" / "vb1" / "b.jpg", tmp_path / "H49" / "12" / "vb1" / "a.jpg")
    (found,) = offers(tmp_path, layout=parse_layout("{fonds}/{file}/{document}"))
    assert isinstance(found, Offered)
    assert found.sources == ("H49/12/vb1/a.jpg", "H49/12/vb1/b.jpg")
    assert found.place == Place(fonds="H49", file="12")


MANIFESTS = {
    "utf-8-sig": "đường dẫn,phông,số ký hiệu,trích yếu\na.pdf,H49,5/QĐ-SYT,Về việc khen thưởng\nmất.pdf,H49,,\n",
    "utf-16": "path\tfonds\tnumber\tsubject\na.pdf\tH49\t5/QĐ-SYT\tVề việc khen thưởng\nmất.pdf\tH49\t\t\n",
}


@pytest.mark.parametrize("encoding", MANIFESTS)
def test_a_register_says_place_and_values_and_missing_files_are_told(tmp_path: Path, encoding: str) -> None:
    touch(tmp_path / "box" / "a.pdf")
    path = tmp_path / "register.csv"
    path.write_text(MANIFESTS[encoding], encoding=encoding)
    found = list(read_manifest(path).apply(offers(tmp_path / "box", layout=Layout()), base=tmp_path / "box"))
    first, missing = found
    assert isinstance(first, Offered)
    assert (first.place.fonds, first.register) == ("H49", {"number": "5/QĐ-SYT", "subject": "Về việc khen thưởng"})
    assert isinstance(missing, NotTaken)
    assert (missing.source, missing.finding.code) == ("mất.pdf", "P004")


def test_a_register_joins_images_in_the_order_of_its_rows(tmp_path: Path) -> None:
    touch(tmp_path / "box" / "1.jpg", tmp_path / "box" / "2.jpg")
    path = tmp_path / "r.csv"
    path.write_text("path,document\n2.jpg,x\n1.jpg,x\n", encoding="utf-8")
    (found,) = read_manifest(path).apply(offers(tmp_path / "box", layout=Layout()), base=tmp_path / "box")
    assert isinstance(found, Offered)
    assert found.sources == ("2.jpg", "1.jpg")


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\x81\x8d\x8f\x90\x9d"])
def test_a_register_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError) as error:
        read_manifest(path)
    assert error.value.code == "U023"
