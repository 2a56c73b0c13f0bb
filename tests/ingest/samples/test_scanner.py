"""The pretended scanner wears pages repeatably and says where it put its inks."""

import io

import numpy as np
import pytest
from PIL import Image

from ingest.samples.letters import compose
from ingest.samples.scanner import Wear, colour_page, degrade, seal_position, sign_and_seal
from ingest.samples.typeset import typeset


@pytest.fixture(scope="module")
def page() -> Image.Image:
    return typeset(compose(2026, 1), resolution_dpi=100).pages[0]


def test_a_page_without_wear_stays_nearly_as_it_was(page: Image.Image) -> None:
    kept = degrade(page, seed=1, wear=Wear(blur_px=0, jpeg_quality=95))
    assert np.abs(np.asarray(kept, int) - np.asarray(page, int)).mean() < 1.5


def test_the_same_seed_wears_a_page_the_same_way(page: Image.Image) -> None:
    wear = Wear(skew_degrees=2, seal_mm=(100, 140), bleed=0.1, noise=6, specks=40)
    first, second, other = (degrade(page, seed=seed, wear=wear) for seed in (1, 1, 2))
    assert first.tobytes() == second.tobytes()
    assert first.tobytes() != other.tobytes()


def test_the_seal_is_red_and_36_mm_wide(page: Image.Image) -> None:
    sealed = np.asarray(degrade(page, seed=1, wear=Wear(seal_mm=(100, 140), jpeg_quality=95)), int)
    red = np.argwhere(sealed[..., 0] - sealed[..., 1] > 60)
    width_mm = (red[:, 1].max() - red[:, 1].min()) / 100 * 25.4
    assert width_mm == pytest.approx(36, abs=1)


def test_the_back_shows_through_mirrored(page: Image.Image) -> None:
    plain, shown = (np.asarray(degrade(page, seed=1, wear=Wear(bleed=bleed)), int) for bleed in (0.0, 0.3))
    assert (plain - shown).mean() > 0.5


def test_a_sheet_that_nobody_signs_stays_unsigned() -> None:
    made = typeset(compose(2026, 0, paragraph_count=12), resolution_dpi=60)
    assert sign_and_seal(made.pages[0], made.sheets[0], seed=1, seal_text="SỞ") is made.pages[0]


def test_the_seal_stands_left_of_the_signature() -> None:
    letter = compose(2026, 1)
    signature = typeset(letter, resolution_dpi=50).sheets[-1].signature_mm
    assert signature is not None
    assert seal_position(letter)[0] == signature[0] - 15


def test_a_colour_page_is_as_large_as_a_real_scan_and_its_masks_lie_on_its_inks() -> None:
    made = colour_page(compose(2026, 3), seed=4)
    stored = io.BytesIO()
    made.image.save(stored, "JPEG", quality=90)
    pixels = np.asarray(made.image, int)
    seal, pen, paper = pixels[made.seal].mean(axis=0), pixels[made.pen].mean(axis=0), pixels.mean(axis=(0, 1))
    assert stored.tell() > 700_000
    assert seal[0] - seal[2] > 80
    assert pen[2] - pen[0] > 60
    assert paper[0] > 225
    assert not (made.seal & made.pen).any()
