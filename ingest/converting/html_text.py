"""What a page of HTML shows as text, and HTML without a declared encoding as UTF-8. It loads nothing and runs nothing.

Pure. Sources: HTML Living Standard, 13.2.3.2 (encoding sniffing) and 15.3 (what is not rendered).
"""

import codecs
import re
from html.parser import HTMLParser

from ingest.converting.encodings import decode

_SNIFFED_BYTES = 4_096
_DECLARED = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)
_UNSEEN = frozenset(
    {"head", "script", "style", "template", "noscript", "iframe", "object", "select", "textarea", "svg"}
)
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def declared_encoding(content: bytes) -> str | None:
    """Give the encoding that a page declares, if Python knows it; a byte order mark needs no declaration."""
    found = _DECLARED.search(content[:_SNIFFED_BYTES])
    try:
        return codecs.lookup(found[1].decode("ascii")).name if found else None
    except LookupError:
        return None


def with_encoding(content: bytes) -> bytes:
    """Give the page as it is where it says its encoding, else as UTF-8 with the mark that says so."""
    if content.startswith(_MARKS) or declared_encoding(content):
        return content
    return codecs.BOM_UTF8 + decode(content).text.encode()


def shown_text(content: bytes) -> str:
    """Give the text of a page as far as its elements are shown; style sheets may hide more."""
    encoding = None if content.startswith(_MARKS) else declared_encoding(content)
    text = decode(content).text if encoding is None else content.decode(encoding, errors="replace")
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return "".join(reader.pieces)


class _Reader(HTMLParser):
    """Collects text outside elements that are not shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as the base says
        if tag == "body":
            self._hidden.clear()  # a head that nobody closed
        if tag in _UNSEEN:
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)
