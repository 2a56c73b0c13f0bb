"""Sheets keep the margins and the order that NĐ 30/2020 prescribes."""

from pathlib import Path

import pytest

from ingest.samples import typeset as module
from ingest.samples.letters import OFFICIAL_LETTER, compose
from ingest.samples.typeset import LEFT_MM, PAGE_HEIGHT_MM, PAGE_WIDTH_MM, RIGHT_MM, font_path, lay_out, typeset


@pytest.mark.parametrize("index", range(12))
def test_nothing_stands_in_the_margins(index: int) -> None:
    for sheet in lay_out(compose(2026, index, paragraph_count=9)):
        for line in sheet.lines:
            assert line.x_mm >= LEFT_MM - 0.01
            assert line.x_mm + line.width_mm <= PAGE_WIDTH_MM - RIGHT_MM + 0.01
            assert line.baseline_mm < PAGE_HEIGHT_MM - 18


def test_a_long_letter_goes_on_to_a_numbered_second_page() -> None:
    sheets = lay_out(compose(2026, 0, paragraph_count=12))
    assert len(sheets) > 1
    assert sheets[1].text.splitlines()[0] == "2"
    assert sheets[0].signature_mm is None
    assert sheets[-1].signature_mm is not None


def test_the_text_reads_across_the_two_columns_of_the_head() -> None:
    letter = compose(2026, 1, type_name=OFFICIAL_LETTER)
    first = lay_out(letter)[0].text.splitlines()[0]
    assert first.endswith("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    assert first.startswith(letter.issuer_superior.split(" TỈNH ")[0])


def test_the_body_holds_every_word_of_the_paragraphs() -> None:
    letter = compose(2026, 2, paragraph_count=12)
    body = " ".join(sheet.body.replace("\n", " ") for sheet in lay_out(letter))
    assert all(paragraph in body for paragraph in letter.paragraphs)


def test_pages_are_a4_at_the_asked_resolution() -> None:
    made = typeset(compose(2026, 1), resolution_dpi=100)
    assert {page.size for page in made.pages} == {(827, 1169)}
    assert len(made.pages) == len(made.texts) == len(made.sheets)


def test_fonts_without_vietnamese_letters_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "FONT_FOLDERS", (tmp_path,))
    with pytest.raises(FileNotFoundError, match="fonts-liberation2"):
        font_path("Regular")
