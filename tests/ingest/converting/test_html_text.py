"""What a page of HTML shows."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.converting.html_text import declared_encoding, shown_text, with_encoding


def test_text_is_what_elements_show() -> None:
    page = (
        "<html><head><title>tên</title><style>p{}</style></head><body><h1>Xin ch&agrave;o</h1><script>mã()</script>"
        "<p>một<!-- ẩn --><br>hai</p><iframe>khung</iframe><p>ba"
    )
    assert shown_text(page.encode()).split() == ["Xin", "chàomộthaiba"]


def test_a_head_that_nobody_closed_hides_nothing() -> None:
    assert shown_text(b"<head><title>a</title><body>b") == "b"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b'<meta charset="utf-8">', "utf-8"),
        (b'<META http-equiv="Content-Type" content="text/html; charset=windows-1258">', "cp1258"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?>', "iso8859-1"),
        (b"<meta charset=no-such>", None),
        (b"<p>charset=utf-8</p>", None),
    ],
)
def test_the_declared_encoding_is_found(content: bytes, encoding: str | None) -> None:
    assert declared_encoding(content) == encoding


def test_only_a_page_that_says_nothing_is_written_anew() -> None:
    said = b"<meta charset=windows-1252>\xe0"
    assert with_encoding(said) == said
    assert with_encoding("<p>Việt".encode()) == codecs.BOM_UTF8 + "<p>Việt".encode()
    assert with_encoding("<p>Việt".encode("utf-8-sig")) == "<p>Việt".encode("utf-8-sig")


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fall(content: bytes) -> None:
    shown_text(content)
    with_encoding(content)
