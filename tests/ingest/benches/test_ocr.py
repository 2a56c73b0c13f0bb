"""The measurement of reading, on a fixed share."""

import pytest

from ingest.benches.ocr import measure, worn_page
from tests.sources import shared_data


@pytest.mark.slow
def test_worn_pages_are_read_where_plain_tesseract_fails() -> None:
    figures = measure(pages=6)["worn"]
    assert figures["cer"] <= 1.0
    assert figures["plain_cer"] > 10 * figures["cer"]


@pytest.mark.slow
def test_real_lines_are_read_no_worse_than_by_plain_tesseract() -> None:
    figures = measure(data=shared_data(), pages=0)["lines"]
    assert figures["pages"] == 23
    assert figures["cer"] <= figures["plain_cer"]
    assert figures["cer"] <= 0.80


def test_a_worn_page_is_the_same_every_time() -> None:
    first, second = worn_page(2), worn_page(2)
    assert first[0].tobytes() == second[0].tobytes()
    assert first[2] == second[2]
