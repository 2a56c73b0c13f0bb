"""Our own writer: every letter is on the page and in the text, what cannot be shown is said."""

import unicodedata
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.converting.convert_text import convert_text, text_to_pdfa
from ingest.converting.fonts import cut, mono_faces
from ingest.converting.pdfa_parts import claim, declare
from ingest.converting.text_gate import compare, letters, page_texts
from ingest.validate import Judge
from schemas.errors import SubmissionError
from schemas.settings import Settings

VOWELS, TONES = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY", ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
VIETNAMESE = "đĐ₫“”‘’–…" + "".join(unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONES)


def _texts(pdf: bytes, folder: Path) -> tuple[str, ...]:
    (folder / "out.pdf").write_bytes(pdf)
    return page_texts(folder / "out.pdf")


def test_every_vietnamese_letter_comes_through(tmp_path: Path) -> None:
    drawn = text_to_pdfa(VIETNAMESE, title="Chữ")
    assert (drawn.missing, drawn.unseen) == ((), ())
    assert letters("".join(_texts(drawn.pdf, tmp_path))) == letters(VIETNAMESE)


def test_the_same_text_gives_the_same_bytes() -> None:
    assert text_to_pdfa("Việt Nam", title="a").pdf == text_to_pdfa("Việt Nam", title="a").pdf


def test_what_has_no_glyph_is_named_and_never_drawn_as_something_else(tmp_path: Path) -> None:
    drawn = text_to_pdfa("Tên 漢字 \U00012000", title="")
    assert drawn.missing == ("字", "漢", "\U00012000")
    assert compare(["Tên"], _texts(drawn.pdf, tmp_path)).passed


def test_controls_have_no_form_and_are_named(tmp_path: Path) -> None:
    drawn = text_to_pdfa("a\x00b\x1ac\u200bd\ufeff", title="")
    assert drawn.unseen == ("\x00", "\x1a", "\u200b", "\ufeff")
    assert _texts(drawn.pdf, tmp_path) == ("abcd",)


def test_lines_and_pages_are_kept(tmp_path: Path) -> None:
    drawn = text_to_pdfa("một\n\n  hai\tba\fbốn\n", title="")
    first, second = _texts(drawn.pdf, tmp_path)
    assert first.split() == ["một", "hai", "ba"]
    assert second.split() == ["bốn"]
    assert drawn.pages == 2


@pytest.mark.parametrize("text", ["", "\f", "\n" * 500, "x" * 5_000, "một hai " * 2_000, "\t" * 300 + "a", " " * 9_000])
def test_any_shape_of_text_stays_inside_its_pages(text: str, tmp_path: Path) -> None:
    drawn = text_to_pdfa(text, title="")
    texts = _texts(drawn.pdf, tmp_path)
    assert len(texts) == drawn.pages >= 1
    assert letters("".join(texts)) == letters(text)
    assert all(50 < left <= right < 545 and 50 < bottom <= top < 800 for left, bottom, right, top in _boxes(drawn.pdf))


def _boxes(pdf: bytes) -> list[tuple[float, float, float, float]]:
    """Give the boxes of the visible characters."""
    boxes = []
    with pypdfium2.PdfDocument(pdf) as opened:
        for page in opened:
            text = page.get_textpage()
            shown = text.get_text_range()
            boxes += [text.get_charbox(index) for index in range(text.count_chars()) if shown[index].strip()]
    return boxes


@settings(max_examples=25, deadline=None)
@given(st.text(st.sampled_from(VIETNAMESE + "abc 0123456789.,;:-/()\n\t"), max_size=400))
def test_no_letter_of_any_text_is_lost(text: str) -> None:
    with pypdfium2.PdfDocument(text_to_pdfa(text, title="").pdf) as pdf:
        shown = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert letters(shown) == letters(text)


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(SubmissionError) as raised:
        text_to_pdfa("a\f" * 50, title="", pages_limit=10)
    assert raised.value.code == "P027"


def test_a_file_is_converted_with_its_encoding_told(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes("Việt Nam ☃ 漢".encode("utf-16"))
    copy = convert_text(tmp_path / "in.txt", tmp_path / "out.pdf", title="a")
    assert (copy.encoding, copy.certain, copy.pages, copy.missing[-1]) == ("utf-16", True, 1, "U+6F22")


def test_a_subset_holds_only_what_is_used() -> None:
    face = mono_faces()[0]
    small, large = cut(face, frozenset(map(ord, "ab"))), cut(face, frozenset(map(ord, VIETNAMESE[2:3] + "abcdefgh")))
    assert set(small.glyphs) == {97, 98}
    assert len(small.program) < len(large.program) < 10_000


def test_the_title_is_told_whatever_it_holds(tmp_path: Path) -> None:
    drawn = text_to_pdfa("a", title='<&>"\x00\n Việt')
    (tmp_path / "out.pdf").write_bytes(drawn.pdf)
    with pikepdf.open(tmp_path / "out.pdf") as pdf, pdf.open_metadata() as metadata:
        assert metadata["dc:title"] == '<&>"   Việt'
        assert metadata.pdfa_status == "2U"


def test_a_claim_can_be_raised() -> None:
    with pikepdf.new() as pdf:
        declare(pdf, title="", flavour="2b")
        claim(pdf, flavour="2u")
        with pdf.open_metadata() as metadata:
            assert metadata.pdfa_status == "2U"


@pytest.mark.slow
def test_what_we_write_is_valid(tmp_path: Path) -> None:
    texts = ["", "Việt Nam", VIETNAMESE, "☐☑✓ 😀 漢 \x00\x1a", "một hai " * 5_000, "\f\f", "│─┌ ½ ≤ → ° ²"]
    with Judge(folder=tmp_path, tools=Settings().tools) as judge:
        for text in texts:
            (tmp_path / "in.pdf").write_bytes(text_to_pdfa(text, title=text[:50]).pdf)
            verdict = judge.judge("in.pdf")
            assert verdict.is_valid("2u"), (text[:50], verdict)
