"""The text a PDF carries, with every word in its place, however the page is turned."""

import unicodedata
from pathlib import Path

import pikepdf
import pytest
from fpdf import FPDF

from ingest.pages.pdf_text import pages_of_text_pdf
from ingest.samples.typeset import font_path

TEXT = "Ủy ban nhân dân tỉnh\nĐộc lập – Tự do – Hạnh phúc"


def written(folder: Path, text: str = TEXT) -> Path:
    pdf = FPDF(unit="pt", format=(400, 600))
    pdf.add_page()
    pdf.add_font("serif", fname=font_path("Regular"))
    pdf.set_font("serif", size=12)
    for number, line in enumerate(text.split("\n")):
        pdf.text(40, 100 + 16 * number, line)
    pdf.output(str(folder / "a.pdf"))
    return folder / "a.pdf"


def test_text_is_nfc_in_lines_and_words_have_their_boxes(tmp_path: Path) -> None:
    (page,) = pages_of_text_pdf(written(tmp_path))
    assert page.text == TEXT
    assert unicodedata.is_normalized("NFC", page.text)
    assert [page.text[w.start : w.end] for w in page.words] == TEXT.split()
    first = page.words[0].box
    assert first[0] == pytest.approx(0.1, abs=0.005)
    assert first[1] + first[3] == pytest.approx(100 / 600, abs=0.01)


@pytest.mark.parametrize(
    ("turn", "corner"), [(90, (1 - 100 / 600, 0.1)), (180, (0.9, 1 - 100 / 600)), (270, (100 / 600, 0.9))]
)
def test_boxes_lie_on_the_page_as_shown(tmp_path: Path, turn: int, corner: tuple[float, float]) -> None:
    path = written(tmp_path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].obj.Rotate = turn
        pdf.save(path)
    (page,) = pages_of_text_pdf(path)
    x, y, width, height = page.words[0].box
    assert min(abs(x - corner[0]), abs(x + width - corner[0])) < 0.015
    assert min(abs(y - corner[1]), abs(y + height - corner[1])) < 0.015


def test_a_wide_gap_parts_paragraphs(tmp_path: Path) -> None:
    (page,) = pages_of_text_pdf(written(tmp_path, "một\nhai\n\n\nba"))
    assert page.text == "một\nhai\n\nba"


def test_words_beyond_the_page_are_drawn_to_its_edge(tmp_path: Path) -> None:
    path = written(tmp_path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].cropbox = pikepdf.Array([80, 0, 400, 490])
        pdf.save(path)
    for word in pages_of_text_pdf(path)[0].words:
        x, y, width, height = word.box
        assert min(x, y) >= 0
        assert max(x + width, y + height) <= 1 + 1e-9
        assert min(width, height) > 0
