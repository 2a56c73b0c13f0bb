"""hOCR becomes lines and words; what is not whole is refused."""

import pytest

from ingest.pages.hocr import read_hocr

HEAD = b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><div class="ocr_page" title="bbox 0 0 100 100">'
TAIL = b"</div></body></html>"


def page(inner: str) -> bytes:
    return HEAD + inner.encode() + TAIL


def line(words: str, title: str = "bbox 10 20 90 30; baseline 0.01 -3; x_size 12.5") -> str:
    return f'<p class="ocr_par"><span class="ocr_line" title="{title}">{words}</span></p>'


def word(text: str, title: str = "bbox 10 20 40 30; x_wconf 91") -> str:
    return f'<span class="ocrx_word" title="{title}">{text}</span>'


def test_words_are_nfc_without_blanks_and_keep_box_and_confidence() -> None:
    (found,) = read_hocr(page(line(word("<strong>Ho\u0323\u0302p\u00a0</strong>"))))
    (read,) = found.words
    assert (read.text, read.left, read.bottom, read.confidence) == ("Hộp", 10, 30, 0.91)
    assert (found.slope, found.baseline, found.size) == (0.01, 27, 12.5)


def test_empty_words_and_lines_are_left_out_and_paragraphs_counted() -> None:
    lines = read_hocr(page(line(word(" ")) + line(word("a")) + line(word("b"))))
    assert [(one.words[0].text, one.paragraph) for one in lines] == [("a", 1), ("b", 2)]


def test_a_page_without_text_has_no_lines() -> None:
    assert read_hocr(page("")) == ()


@pytest.mark.parametrize("data", [b"", b"<html>", HEAD, b"\x00\xff"])
def test_what_is_not_whole_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="hOCR"):
        read_hocr(data)


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + page(line(word("x&a;y")))[21:]
    assert "root" not in "".join(w.text for one in read_hocr(bomb) for w in one.words)
