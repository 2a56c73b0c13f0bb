"""Image files become one PDF whose pages hold the same pixels."""

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageDraw

from ingest.pages.images_to_pdf import images_to_pdf
from ingest.pages.page_images import PageImages
from ingest.samples.letters import compose
from ingest.samples.scanner import colour_page
from schemas.errors import SubmissionError

LIMIT = 50_000_000
COMPRESSIONS = ("raw", "group3", "group4", "tiff_lzw", "tiff_deflate", "packbits")


def drawing(mode: str, size: tuple[int, int] = (416, 585)) -> Image.Image:
    image = Image.new("L", size, 255)
    draw = ImageDraw.Draw(image)
    draw.text((40, 60), "An official letter", fill=0, font_size=30)
    draw.rectangle((40, 200, 300, 240), fill=0)
    return image.convert(mode)


def shown(pdf: Path, index: int = 0) -> np.ndarray:
    with PageImages(pdf, pixels_limit=LIMIT) as pages:
        return pages.raster(index).pixels


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_bilevel_tiff_keeps_every_pixel_as_ccitt(tmp_path: Path, compression: str) -> None:
    source, output = tmp_path / "a.tif", tmp_path / "a.pdf"
    image = drawing("1")
    image.save(source, compression=compression, dpi=(200, 200))
    made = images_to_pdf((source,), output, pixels_limit=LIMIT)
    assert (made.pages, made.findings, made.notes) == (1, (), ())
    assert np.array_equal(shown(output), np.asarray(image.convert("L")))
    with pikepdf.open(output) as pdf:
        assert pdf.pages[0].resources["/XObject"]["/Im0"].Filter == "/CCITTFaxDecode"
        assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [150, 211]


def test_one_strip_of_ccitt_goes_over_bit_for_bit(tmp_path: Path) -> None:
    source, output = tmp_path / "a.tif", tmp_path / "a.pdf"
    drawing("1").save(source, compression="group4", dpi=(200, 200), tiffinfo={278: 585})
    with Image.open(source) as image:
        offset, length = image.tag_v2[273][0], image.tag_v2[279][0]  # type: ignore[attr-defined]
    images_to_pdf((source,), output, pixels_limit=LIMIT)
    with pikepdf.open(output) as pdf:
        stream = pdf.pages[0].resources["/XObject"]["/Im0"].read_raw_bytes()
    assert stream == source.read_bytes()[offset : offset + length]


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "RGBA", "LA", "CMYK", "1"])
@pytest.mark.parametrize("suffix", ["tif", "png", "jp2"])
def test_other_images_keep_what_is_seen(tmp_path: Path, mode: str, suffix: str) -> None:
    if (suffix, mode) in {("png", "CMYK"), ("jp2", "CMYK"), ("jp2", "P"), ("jp2", "1")}:
        pytest.skip("the format has no such images")
    source, output = tmp_path / f"a.{suffix}", tmp_path / "a.pdf"
    image = drawing(mode)
    image.save(source, dpi=(200, 200))
    images_to_pdf((source,), output, pixels_limit=LIMIT)
    pixels = shown(output)
    grey = pixels if pixels.ndim == 2 else pixels[:, :, 1]
    assert np.abs(grey.astype(int) - np.asarray(image.convert("L")).astype(int)).max() <= 2


def test_all_pages_of_a_tiff_and_of_all_files_stand_in_order(tmp_path: Path) -> None:
    first, second, output = tmp_path / "a.tif", tmp_path / "b.png", tmp_path / "a.pdf"
    frames = [drawing("1"), drawing("L", (300, 400)), drawing("RGB", (200, 500))]
    frames[0].save(first, save_all=True, append_images=frames[1:], dpi=(200, 200))
    drawing("L", (111, 222)).save(second, dpi=(200, 200))
    assert images_to_pdf((first, second), output, pixels_limit=LIMIT).pages == 4
    sizes = [shown(output, index).shape[1::-1] for index in range(4)]
    assert sizes == [(416, 585), (300, 400), (200, 500), (111, 222)]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["tif", "jpg", "png"])
def test_an_image_is_shown_as_its_orientation_says(tmp_path: Path, orientation: int, suffix: str) -> None:
    source, output = tmp_path / f"a.{suffix}", tmp_path / "a.pdf"
    upright = np.asarray(drawing("L"))
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(stored)).save(source, exif=exif, dpi=(200, 200), quality=95)
    images_to_pdf((source,), output, pixels_limit=LIMIT)
    assert shown(output).shape == upright.shape
    assert np.abs(shown(output).astype(int) - upright.astype(int)).mean() < 2


def test_a_light_jpeg_keeps_its_stream(tmp_path: Path) -> None:
    source, output = tmp_path / "a.jpg", tmp_path / "a.pdf"
    drawing("RGB").save(source, quality=80, dpi=(200, 200))
    made = images_to_pdf((source,), output, pixels_limit=LIMIT)
    with pikepdf.open(output) as pdf:
        assert pdf.pages[0].resources["/XObject"]["/Im0"].read_raw_bytes() == source.read_bytes()
    assert not made.findings


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_a_heavy_colour_page_becomes_lighter_and_says_how(tmp_path: Path, suffix: str) -> None:
    source, output = tmp_path / f"a.{suffix}", tmp_path / "a.pdf"
    colour_page(compose(3, 1), seed=1).image.save(source, quality=90, dpi=(200, 200))
    made = images_to_pdf((source,), output, pixels_limit=LIMIT)
    assert source.stat().st_size > 700_000
    assert output.stat().st_size < 350_000
    assert [finding.code for finding in made.findings] == ["S018"]
    assert "JPEG 4:4:4 quality" in made.notes[0]
    assert made.notes[0].endswith("pages 1")


def test_a_missing_resolution_is_taken_from_a4_and_said(tmp_path: Path) -> None:
    source, output = tmp_path / "a.png", tmp_path / "a.pdf"
    drawing("L", (1654, 2339)).save(source)
    made = images_to_pdf((source,), output, pixels_limit=LIMIT)
    assert made.notes == ("no usable resolution in the image, A4 assumed (200 dpi): pages 1",)
    with PageImages(output, pixels_limit=LIMIT) as pages:
        assert [round(side) for side in pages.size(0)] == [595, 842]


def test_a_fax_with_two_resolutions_keeps_its_proportions(tmp_path: Path) -> None:
    source, output = tmp_path / "a.tif", tmp_path / "a.pdf"
    drawing("1", (1728, 1146)).save(source, compression="group3", dpi=(204, 98))
    images_to_pdf((source,), output, pixels_limit=LIMIT)
    with PageImages(output, pixels_limit=LIMIT) as pages:
        assert [round(side) for side in pages.size(0)] == [610, 842]


@pytest.mark.parametrize("suffix", ["jpg", "tif", "png", "jp2"])
def test_a_cut_off_image_is_p021(tmp_path: Path, suffix: str) -> None:
    whole = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (300, 300), np.uint8)
    Image.fromarray(noise).save(whole, {"jpg": "JPEG", "tif": "TIFF", "png": "PNG", "jp2": "JPEG2000"}[suffix])
    source = tmp_path / f"a.{suffix}"
    source.write_bytes(whole.getvalue()[: len(whole.getvalue()) * 2 // 3])
    with pytest.raises(SubmissionError) as caught:
        images_to_pdf((source,), tmp_path / "a.pdf", pixels_limit=LIMIT)
    assert caught.value.code == "P021"


def test_too_many_pixels_are_p025_and_are_not_decoded(tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    Image.new("1", (9000, 9000)).save(source)
    with pytest.raises(SubmissionError) as caught:
        images_to_pdf((source,), tmp_path / "a.pdf", pixels_limit=LIMIT)
    assert caught.value.code == "P025"
