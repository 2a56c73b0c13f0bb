"""The sample documents: ours, repeatable, and of every kind that a records office meets."""

import zipfile
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageSequence

from ingest.samples.letters import compose
from ingest.samples.make import IMAGE_GROUP, file_name, make_samples, plain_lines


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_samples(tmp_path_factory.mktemp("samples"), count=7)


def _one(samples: list[Path], suffix: str) -> Path:
    return next(path for path in samples if path.suffix == suffix)


def test_every_kind_is_there(samples: list[Path]) -> None:
    kinds = [path.suffix for path in samples]
    assert kinds == [".pdf", ".jpg", ".jpg", ".tif", ".pdf", ".docx", ".txt", ".pdf"]
    assert all(path.stat().st_size for path in samples)


def test_the_images_of_one_letter_are_named_as_hd_169_wants(samples: list[Path]) -> None:
    images = [path for path in samples if path.suffix == ".jpg"]
    assert [path.name for path in images] == [f"{IMAGE_GROUP}-1.jpg", f"{IMAGE_GROUP}-2.jpg"]
    assert {path.parent.name for path in images} == {IMAGE_GROUP}


def test_a_scanned_pdf_holds_one_image_a_page_and_no_letters(samples: list[Path]) -> None:
    with pikepdf.open(samples[0]) as pdf:
        assert [len(page.get_images()) for page in pdf.pages] == [1] * len(pdf.pages)
        assert len(pdf.pages) > 1
    document = pypdfium2.PdfDocument(samples[0])
    assert document[0].get_textpage().get_text_bounded() == ""
    document.close()


def test_the_tiff_is_bilevel_and_has_several_pages(samples: list[Path]) -> None:
    with Image.open(_one(samples, ".tif")) as image:
        assert image.mode == "1"
        assert ImageSequence.all_frames(image)[1:]
        assert image.info["compression"] == "group4"


def test_the_born_digital_pdf_says_what_the_letter_says(samples: list[Path]) -> None:
    document = pypdfium2.PdfDocument(samples[4])
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    letter = compose(2026, 3, paragraph_count=5)
    assert samples[4].name == file_name(letter, ".pdf")
    assert letter.long_date in text
    assert f"Số: {letter.number}" in text


def test_the_word_file_holds_the_letter(samples: list[Path]) -> None:
    with zipfile.ZipFile(_one(samples, ".docx")) as package:
        body = package.read("word/document.xml").decode()
    assert all(line.replace("&", "&amp;") in body for line in plain_lines(compose(2026, 4, paragraph_count=11)))


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(samples: list[Path], tmp_path: Path) -> None:
    again = make_samples(tmp_path / "again", count=7)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in samples]
    other = make_samples(tmp_path / "other", seed=7, count=1)
    assert other[0].read_bytes() != samples[0].read_bytes()
