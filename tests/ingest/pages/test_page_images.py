"""Pages as they are shown: the scanned image itself where a page is one image, drawn where it is more."""

from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from ingest.pages.images_to_pdf import images_to_pdf
from ingest.pages.page_images import PageImages
from schemas.errors import SubmissionError

LIMIT = 50_000_000


def scan(folder: Path, mode: str = "L", size: tuple[int, int] = (827, 1170)) -> Path:
    values = np.random.default_rng(1).integers(0, 255, (size[1] // 10, size[0] // 10), dtype=np.uint8)
    Image.fromarray(values).resize(size, Image.Resampling.NEAREST).convert(mode).save(folder / "a.png", dpi=(100, 100))
    images_to_pdf((folder / "a.png",), folder / "a.pdf", pixels_limit=LIMIT)
    return folder / "a.pdf"


def change(pdf: Path, content: bytes) -> None:
    with pikepdf.open(pdf, allow_overwriting_input=True) as opened:
        opened.pages[0].Contents = opened.make_stream(content)
        opened.save(pdf)


@pytest.mark.parametrize(("mode", "bits"), [("1", 1), ("L", 8), ("RGB", 24)])
def test_a_page_that_is_one_image_is_taken_out_as_it_is(tmp_path: Path, mode: str, bits: int) -> None:
    with PageImages(scan(tmp_path, mode), pixels_limit=LIMIT) as pages:
        raster = pages.raster(0)
    assert raster.extracted
    assert raster.bits == bits
    assert raster.dpi == pytest.approx(100, abs=0.1)
    shown = raster.pixels if raster.pixels.ndim == 2 else raster.pixels[:, :, 1]
    stored = np.asarray(Image.open(tmp_path / "a.png").convert("L"))
    assert np.abs(shown.astype(int) - stored.astype(int)).max() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"q 595 0 0 842 0 0 cm /Im0 Do Q 10 10 50 50 re f",
        b"q 595 0 0 842 0 0 cm /Im0 Do Q q 50 0 0 50 0 0 cm /Im0 Do Q",
        b"q 300 0 0 400 100 100 cm /Im0 Do Q",
        b"q 595 0 0 -842 0 842 cm /Im0 Do Q",
    ],
)
def test_a_page_that_is_more_or_other_than_its_image_is_drawn(tmp_path: Path, content: bytes) -> None:
    pdf = scan(tmp_path)
    change(pdf, content)
    with PageImages(pdf, pixels_limit=LIMIT) as pages:
        raster = pages.raster(0)
    assert not raster.extracted
    assert raster.pixels.shape[0] > 1000


def test_a_drawn_page_has_the_size_it_inherits(tmp_path: Path) -> None:
    pdf = scan(tmp_path)
    change(pdf, b"q 595 0 0 842 0 0 cm /Im0 Do Q 0 0 10 10 re f")
    with pikepdf.open(pdf, allow_overwriting_input=True) as opened:
        opened.Root.Pages.MediaBox = opened.pages[0].obj.MediaBox
        del opened.pages[0].obj.MediaBox
        opened.save(tmp_path / "b.pdf")
    with PageImages(tmp_path / "b.pdf", pixels_limit=LIMIT) as pages:
        raster = pages.raster(0)
    assert [round(side) for side in raster.points] == [595, 842]
    assert raster.pixels.shape[1] / raster.pixels.shape[0] == pytest.approx(595 / 842, abs=0.003)
    assert raster.pixels[-5, 5] < 60


def test_a_page_without_anything_is_drawn_white(tmp_path: Path) -> None:
    pdf = scan(tmp_path)
    change(pdf, b"")
    with PageImages(pdf, pixels_limit=LIMIT) as pages:
        assert pages.raster(0).pixels.min() == 255


def test_too_many_pixels_are_p025_before_anything_is_decoded(tmp_path: Path) -> None:
    with PageImages(scan(tmp_path), pixels_limit=500_000) as pages, pytest.raises(SubmissionError) as caught:
        pages.raster(0)
    assert caught.value.code == "P025"


def test_a_huge_page_is_drawn_small(tmp_path: Path) -> None:
    pdf = scan(tmp_path)
    with pikepdf.open(pdf, allow_overwriting_input=True) as opened:
        opened.pages[0].mediabox = pikepdf.Array([0, 0, 14400, 14400])
        opened.save(pdf)
    with PageImages(pdf, pixels_limit=LIMIT) as pages:
        assert pages.raster(0).pixels.size < 45_000_000


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"\x00" * 100])
def test_what_is_no_pdf_is_p021(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(data)
    with pytest.raises(SubmissionError) as caught:
        PageImages(tmp_path / "a.pdf", pixels_limit=LIMIT)
    assert caught.value.code == "P021"
