"""A page image gets only what it needs, and every point of the derived image leads back to the page."""

import cv2
import numpy as np
import pytest
from PIL import Image

from ingest.pages.page_images import Pixels, Raster
from ingest.prepare import Step, glance, moved, prepare
from ingest.samples.letters import compose
from ingest.samples.scanner import Wear, degrade
from ingest.samples.typeset import typeset

DPI = 200


def letter() -> Image.Image:
    return typeset(compose(3, 1), resolution_dpi=DPI).pages[0]


def raster(image: Image.Image, bits: int = 24) -> Raster:
    pixels: Pixels = np.asarray(image.convert("RGB" if bits == 24 else "L"), dtype=np.uint8)
    pixels = np.ascontiguousarray(pixels[:, :, ::-1]) if bits == 24 else pixels
    if bits == 1:
        pixels = np.where(pixels < 128, 0, 255).astype(np.uint8)
    high, wide = pixels.shape[:2]
    return Raster(pixels=pixels, points=(wide * 72 / DPI, high * 72 / DPI), bits=bits)


def worn(**wear: float) -> Image.Image:
    return degrade(letter(), seed=1, wear=Wear(**wear))  # type: ignore[arg-type]


def test_a_clean_bilevel_page_is_left_as_it_is() -> None:
    page = raster(letter(), bits=1)
    prepared = prepare(page)
    assert prepared.steps == ()
    assert prepared.bilevel
    assert np.array_equal(prepared.pixels, page.pixels)


@pytest.mark.parametrize("degrees", [-3.0, -1.7, 2.2, 3.0])
def test_a_skewed_noisy_page_is_straightened(degrees: float) -> None:
    prepared = prepare(raster(worn(skew_degrees=degrees, noise=10.0)))
    assert Step.DESKEW in prepared.steps
    assert prepared.look.skew_degrees == pytest.approx(-degrees, abs=0.3)
    straight = Raster(pixels=prepared.pixels, points=(595, 842), bits=8)
    assert abs(glance(straight).skew_degrees) <= 0.2


def test_a_seal_vanishes_and_letters_stay() -> None:
    sealed = degrade(letter(), seed=1, wear=Wear(seal_mm=(105, 150)))
    prepared = prepare(raster(sealed))
    assert Step.RED in prepared.steps
    clean = np.asarray(letter().convert("L"))
    faint = prepared.pixels[clean > 250]
    assert np.percentile(faint, 2) > 170
    assert np.median(prepared.pixels[clean < 60]) < 90


def test_grain_is_taken_out_only_where_there_is_grain() -> None:
    assert Step.MEDIAN in prepare(raster(worn(noise=10.0))).steps
    assert Step.MEDIAN not in prepare(raster(letter())).steps


@pytest.mark.parametrize("noise", [0.0, 6.0, 12.0])
@pytest.mark.parametrize("bleed", [0.0, 0.15])
def test_a_blank_page_is_seen_as_blank(noise: float, bleed: float) -> None:
    back = np.asarray(letter().convert("L"), dtype=np.float32)[:, ::-1]
    shown = 245 - bleed * (255 - cv2.GaussianBlur(back, (0, 0), 3))
    grain = np.random.default_rng(1).normal(0, noise, back.shape)
    page = np.clip(shown + grain, 0, 255).astype(np.uint8)
    page[:, :12] = 40  # the shadow at the edge
    assert glance(raster(Image.fromarray(page))).blank
    assert glance(raster(Image.fromarray(page), bits=1)).blank


def test_a_page_with_one_short_line_is_not_blank() -> None:
    page = np.full((2339, 1654), 255, np.uint8)
    cv2.putText(page, "Phu luc", (700, 1100), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3)
    assert not glance(raster(Image.fromarray(page), bits=1)).blank


@pytest.mark.parametrize("turn", [90, 270])
def test_a_page_lying_on_its_side_is_noticed(turn: int) -> None:
    assert glance(raster(letter().rotate(turn, expand=True), bits=1)).sideways
    assert not glance(raster(letter(), bits=1)).sideways


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_points_of_the_derived_image_lead_back_to_the_page(rotation: int) -> None:
    image = worn(skew_degrees=2.5, noise=8.0).rotate(rotation, expand=True)
    marked = np.asarray(image).copy()
    cv2.circle(marked, (300, 500), 12, (0, 0, 0), -1)
    before, after = (prepare(raster(Image.fromarray(p)), rotation=rotation) for p in (np.asarray(image), marked))
    assert after.rotation == rotation
    changed = np.argwhere(np.abs(after.pixels.astype(int) - before.pixels.astype(int)) > 120)
    y, x = changed.mean(axis=0)
    assert moved(after.back, x, y) == pytest.approx((300, 500), abs=3)
