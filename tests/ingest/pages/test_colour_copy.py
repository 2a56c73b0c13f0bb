"""A lighter copy of a colour page keeps its inks."""

import cv2
import numpy as np
import pytest

from ingest.benches.colour import moved
from ingest.pages.colour_copy import TARGET_BYTES, colour_copy
from ingest.pages.page_images import Pixels
from ingest.samples.letters import compose
from ingest.samples.scanner import ColourPage, colour_page


def pixels_of(page: ColourPage) -> Pixels:
    return np.ascontiguousarray(np.asarray(page.image, dtype=np.uint8)[:, :, ::-1])


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("paragraphs", [3, 11])
def test_seal_and_pen_keep_their_colour_and_the_page_its_limit(seed: int, paragraphs: int) -> None:
    page = colour_page(compose(seed, seed, paragraph_count=paragraphs), seed=seed)
    source = pixels_of(page)
    copy = colour_copy(source, source_bytes=900_000)
    assert copy is not None
    assert len(copy.data) <= TARGET_BYTES
    decoded = cv2.imdecode(np.frombuffer(copy.data, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    for mask in (page.seal, page.pen):
        assert moved(source, decoded.astype(np.uint8), mask) < 5


def test_a_light_page_stays_as_it_is() -> None:
    assert colour_copy(pixels_of(colour_page(compose(1, 1), seed=1)), source_bytes=200_000) is None


def test_a_picture_is_not_smoothed() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (292, 207, 3), dtype=np.uint8)
    picture = cv2.resize(noise, (1654, 2339), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    copy = colour_copy(picture, source_bytes=5_000_000)
    assert copy is not None
    assert copy.method.startswith("JPEG")
