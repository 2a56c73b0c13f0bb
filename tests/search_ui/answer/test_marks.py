import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.texts import PageText, Word
from search_ui.answer.marks import boxes, full_html, marked_html, marked_pages, snippet
from search_ui.question.query import parse
from tests.builders import LINE_LETTERS, a_page_text


def marked(text: str, query: str) -> list[str]:
    """Give the marked pieces of a text."""
    pages = marked_pages([(1, PageText(text))], parse(query))
    return [text[start:end] for page in pages for start, end in page.spans]


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Tăng cường văn bản điện tử", "van ban dien tu", ["văn bản điện tử"]),
        ("Chỉ thị số 15/CT-TTg, ngày", "15-ct/ttg", ["15/CT-TTg"]),
        ("văn phòng, bản sao, văn bản", "văn bản", ["văn bản"]),  # alone they are not marked once they stand together
        ("văn phòng và bản sao", "văn bản", ["văn", "bản"]),
        ("bán nhà, bản sao", "bán", ["bán"]),  # the exact form is there, so only that
        ("ban chỉ đạo, bản sao", "bán", ["ban", "bản"]),
        ("hoà giải ở cơ sở", "hòa giải", ["hoà giải"]),
        ("mua bán nhà", '"bán mua"', []),
        ("tỷ lệ", "tỉ lệ", ["tỷ lệ"]),
        ("không có gì", "văn bản", []),
        ("văn\nbản", "văn bản", ["văn\nbản"]),
        ("bán", "-bán bản", ["bán"]),  # the unmarked kin of a wanted word, not the unwanted one
    ],
)
def test_what_answers_the_question_is_marked(text: str, query: str, expected: list[str]) -> None:
    assert marked(text, query) == expected


def test_a_word_is_marked_alone_only_where_no_page_shows_it_beside_its_neighbour() -> None:
    pages = [(1, PageText("bản sao")), (2, PageText("văn bản"))]
    assert [page.page for page in marked_pages(pages, parse("văn bản"))] == [2]


def test_a_phrase_over_a_line_break_has_two_boxes_on_two_lines() -> None:
    text = "x" * (LINE_LETTERS - 4) + " văn bản"
    page = a_page_text(text)
    found = marked_pages([(1, page)], parse('"văn bản"'))[0]
    first, second = boxes(page, found.spans)
    assert first[1] < second[1]
    assert first[0] > second[0]


def test_words_of_one_line_share_one_box() -> None:
    page = a_page_text("một văn bản điện tử mới")
    found = marked_pages([(1, page)], parse("văn bản điện tử"))[0]
    assert len(boxes(page, found.spans)) == 1


def test_a_box_is_cut_where_the_span_covers_a_part_of_the_word() -> None:
    page = PageText("15/CT-TTg,", (Word(0, 10, (0.1, 0.1, 0.5, 0.02), 0.9),))
    found = marked_pages([(1, page)], parse("15/CT-TTg"))[0]
    assert boxes(page, found.spans) == ((0.1, 0.1, 0.45, 0.02),)


def test_a_snippet_is_escaped_html_with_mark_only() -> None:
    text = "<b>văn bản</b> & <script>"
    spans = marked_pages([(1, PageText(text))], parse("văn bản"))[0].spans
    assert snippet(text, spans) == "&lt;b&gt;<mark>văn bản</mark>&lt;/b&gt; &amp; &lt;script&gt;"


def test_a_snippet_shows_where_most_different_words_stand() -> None:
    text = "văn bản " * 20 + "và " * 100 + "chỉ thị về văn bản điện tử"
    spans = marked_pages([(1, PageText(text))], parse("chỉ thị văn bản điện tử"))[0].spans
    assert "<mark>chỉ thị</mark>" in snippet(text, spans)
    assert snippet(text, spans).startswith("… ")


def test_of_a_long_question_a_title_shows_neighbours_only() -> None:
    assert marked_html("Thông báo nghỉ lễ", parse("hội nghị văn bản thông báo")) == "<mark>Thông báo</mark> nghỉ lễ"


WORDS = st.lists(
    st.sampled_from(["văn", "bản", "bán", "<b>", "&amp;", "15/CT-TTg", "\n", "\ud800", "điện", '"', "x" * 40]),
    max_size=60,
)


@given(WORDS.map(" ".join), WORDS.map(" ".join))
def test_marks_lie_in_order_inside_the_text_and_what_is_shown_is_harmless(text: str, query: str) -> None:
    page = a_page_text(text)
    for found in marked_pages([(1, page)], parse(query)):
        ends = [0, *(end for _, end in found.spans)]
        assert all(before <= start < end <= len(text) for before, (start, end) in zip(ends, found.spans, strict=False))
        for shown in (snippet(text, found.spans), full_html(text, found.spans), marked_html(text, parse(query))):
            bare = re.sub(r"</?mark>", "", shown)
            assert "<" not in bare
            assert html.escape(html.unescape(bare)) == bare
            shown.encode()
        for x, y, width, height in boxes(page, found.spans):
            assert 0 <= x <= x + width <= 1.0000001
            assert 0 <= y <= y + height <= 1.0000001


@given(
    st.lists(st.tuples(st.floats(-2, 3), st.floats(-2, 3), st.floats(-1, 3), st.floats(-1, 3)), min_size=1, max_size=8)
)
def test_boxes_never_leave_the_page(sides: list[tuple[float, float, float, float]]) -> None:
    text = " ".join(["văn"] * len(sides))
    page = PageText(text, tuple(Word(4 * at, 4 * at + 3, box, 0.9) for at, box in enumerate(sides)))
    for x, y, width, height in boxes(page, [(0, len(text))]):
        assert min(x, y, width, height) >= 0
        assert max(x + width, y + height) <= 1.0000001
