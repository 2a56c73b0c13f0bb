"""What leaves the reading room as a file: originals, PDF copies, text, page images.

Received files are never shown in the browser: they go as attachments, under a policy that lets nothing in them run.
Sources: RFC 6266 and RFC 8187 (names of attachments); OWASP ASVS 5.0, 3.2.1, 5.4.1.
"""

from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from flask import Blueprint, Response, abort, g

from archive import access
from schemas.errors import NotFoundError
from schemas.identifiers import RecordId
from schemas.texts import text_file
from schemas.words import word
from search_ui import lending
from search_ui.page_images import WIDTHS, page_image
from search_ui.pages.seen import known_id
from search_ui.rights import page_marks
from search_ui.room import room

NAME_LIMIT = 150  # characters of a file name
_CHUNK_BYTES = 64 * 1024
_CONFINED = "default-src 'none'; sandbox"
_WEEK_SECONDS = 7 * 24 * 3600
_PDF = "application/pdf"
_UNKNOWN = "application/octet-stream"

pages = Blueprint("files", __name__)


@pages.get("/v/<wanted>/goc/<int:place>")
def original(wanted: str, place: int) -> Response:
    """Give a received file, byte for byte, as an attachment."""
    record = _taken(wanted)
    known = access.package(room().archive, record).originals
    if not 1 <= place <= len(known):
        abort(404)
    chosen, stream = access.open_original(room().archive, record, known[place - 1].path)
    return send(stream, name=chosen.name, size_bytes=chosen.size_bytes)


@pages.get("/v/<wanted>/pdf/<part>")
def copy(wanted: str, part: str) -> Response:
    """Give the PDF/A or reading copy of a part as an attachment."""
    record = _taken(wanted)
    known = access.package(room().archive, record)
    chosen = next((each for each in known.parts if each.part == part), None)
    if chosen is None:
        abort(404)
    rendition, stream = access.open_rendition(room().archive, record, part)
    first = next((each.name for each in known.originals if each.path in chosen.originals), known.source)
    return send(stream, name=f"{_stem(first)}.{rendition.role.value}.pdf", media_type=_PDF)


@pages.get("/v/<wanted>/van-ban.txt")
def text(wanted: str) -> Response:
    """Give the text that was read, UTF-8, pages parted by a form feed, as an attachment."""
    record = _taken(wanted)
    known = access.package(room().archive, record)
    if known.text_run is None:
        raise NotFoundError("N002", word("get-no-text", record=record))
    answer = Response(text_file(access.pages(room().archive, record)), content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = disposition(f"{_stem(known.source.rpartition('/')[2])}.txt")
    answer.headers["Content-Security-Policy"] = _CONFINED
    return answer


@pages.get("/v/<wanted>/anh/<int:page>/<int:width>")
def image(wanted: str, page: int, width: int) -> Response:
    """Give the image of a page in one of the widths."""
    if width not in WIDTHS:
        abort(404)
    row = lending.lent(known_id(wanted))
    content, media_type = page_image(room(), row.id, page=page, width=width)
    may_keep = lending.rung_of(row) >= lending.Rung.DOWNLOAD
    if not may_keep:
        content, media_type = page_marks.marked(content, **lending.signs()), page_marks.MEDIA_TYPE
    answer = Response(content, content_type=media_type)
    cached = may_keep and lending.is_public(row)
    answer.headers["Cache-Control"] = f"public, max-age={_WEEK_SECONDS}" if cached else "no-store"
    g.cacheable = cached
    answer.headers["Content-Security-Policy"] = _CONFINED
    return answer


def disposition(name: str) -> str:
    """Give the header that names an attachment: an ASCII name for old programs, the true one for all others."""
    shown = "".join(letter if letter.isprintable() and letter not in '/\\:*?"<>|' else "_" for letter in name)
    shown = shown.strip(". ")
    if len(shown) > NAME_LIMIT:
        stem, dot, suffix = shown.rpartition(".")
        shown = (
            f"{stem[: NAME_LIMIT - len(suffix) - 1]}{dot}{suffix}"
            if len(suffix) < len("markdown")
            else shown[:NAME_LIMIT]
        )
    shown = shown or "tep"
    plain = "".join(letter if letter.isascii() and letter not in "%;" else "_" for letter in shown)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='', errors='replace')}"


def send(stream: BinaryIO, *, name: str, media_type: str = _UNKNOWN, size_bytes: int | None = None) -> Response:
    """Send a stream as an attachment. The media type of a received file is told to nobody: it must be saved, not opened."""
    answer = Response(_chunks(stream), content_type=media_type)
    answer.call_on_close(stream.close)
    if size_bytes is not None:
        answer.headers["Content-Length"] = str(size_bytes)
    answer.headers["Content-Disposition"] = disposition(name)
    answer.headers["Content-Security-Policy"] = _CONFINED
    return answer


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _taken(wanted: str) -> RecordId:
    """Give the id of a record that the reader may take home."""
    return lending.lent(known_id(wanted), lending.Rung.DOWNLOAD).id
