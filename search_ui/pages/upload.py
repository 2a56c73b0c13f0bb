"""Handing documents in from a browser: in pieces that go on after a cut line or a reboot, or by one plain form.

Pieces travel by tus 1.0.0: the core protocol and its extensions creation, checksum (sha256) and termination.
The same announcement of a file (name, size, time) in a batch gives the same upload, so a lost answer makes no twin.
Sources: tus.io, resumable upload protocol 1.0.0; OWASP ASVS 5.0, 5.2.1, 5.2.4, 5.3.1, 5.3.2.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from archive import access
from schemas.access import Permission
from schemas.description import Level
from schemas.desk import Announced, DeliveryRow, DeliveryState, Piece, UploadRow, Wanted
from schemas.errors import LuutruError, NotFoundError
from schemas.words import word
from search_ui.accounts.door import needs
from search_ui.room import account, room

PIECE_BYTES = 16 << 20  # of one request, at most
PLAIN_BYTES = 300_000_000  # of one plain form
_PLAIN_FILES = 1000
_CODES_SHOWN = 1000
_OPEN_SHOWN = 20
_BLOCK = 1 << 20
_TUS = "1.0.0"
_STATUS = {"U080": 403, "U081": 409, "U082": 413, "U083": 460, "U084": 409, "P002": 413, "R020": 413, "T040": 423,
           "T012": 507, "N010": 404, "N011": 404}  # fmt: skip

pages = Blueprint("upload", __name__)


def allow_size() -> None:
    """Let larger requests through where files come; to be called before anything reads the form."""
    if request.endpoint == "upload.send_plain":
        request.max_content_length, request.max_form_parts = PLAIN_BYTES, _PLAIN_FILES
    elif request.endpoint == "upload.write":
        request.max_content_length = PIECE_BYTES


@pages.errorhandler(LuutruError)
def _tell(error: LuutruError) -> Response:
    """Answer a program with the sentence, a person with a page."""
    status = _STATUS.get(error.code, 400)
    if "Tus-Resumable" in request.headers:
        return _tus(jsonify(code=error.code, message=error.message), status)
    return make_response(_page(_still_open(), problem=error.message), status)


def _still_open() -> DeliveryRow | None:
    """Give the open batch that a request was about, if it was about one."""
    try:
        row = _mine((request.view_args or {}).get("batch", "") or request.form.get("lo", ""))
    except NotFoundError:
        return None
    return row if row.state is DeliveryState.OPEN else None


@pages.errorhandler(RequestEntityTooLarge)
def _tell_too_large(_error: RequestEntityTooLarge) -> Response:
    return make_response(_page(None, problem=word("upload-too-large-form")), 413)


@pages.get("/nop-tai-lieu")
@needs(Permission.SCAN)
def start() -> str:
    """Show where documents are handed in, and the batches that were not finished."""
    return _page(None)


@pages.get("/nop-tai-lieu/<batch>")
@needs(Permission.SCAN)
def go_on(batch: str) -> Response:
    """Show an open batch with the files that are here."""
    row = _mine(batch)
    if row.state is not DeliveryState.OPEN:
        return redirect(url_for("desk.batch", batch=row.id), 303)
    return make_response(_page(row))


def _page(batch: DeliveryRow | None, *, problem: str = "") -> str:
    units = access.arrangements(room().archive)
    return render_template(
        "upload.html",
        batch=batch,
        uploads=room().counter.uploads(batch.id) if batch else (),
        unfinished=room().counter.deliveries(Wanted(limit=_OPEN_SHOWN), account=account(), ended=False),
        fonds=[each for each in units if each.level is Level.FONDS][:_CODES_SHOWN],
        files=[each for each in units if each.level is Level.FILE][:_CODES_SHOWN],
        plain_bytes=PLAIN_BYTES,
        settings=room().settings,
        problem=problem,
    )


@pages.post("/nop-tai-lieu/lo")
@needs(Permission.SCAN)
def begin() -> Response:
    """Begin a batch."""
    row = room().counter.open(account(), now=datetime.now(UTC))
    answer: Response = make_response(jsonify(batch=row.id), 201)
    answer.headers["Location"] = url_for("upload.go_on", batch=row.id)
    return answer


@pages.post("/nop-tai-lieu/<batch>/nop")
@needs(Permission.SCAN)
def hand_in(batch: str) -> Response:
    """Hand a batch in."""
    row = _close(_mine(batch).id)
    return redirect(url_for("desk.batch", batch=row.id), 303)


def _close(batch: str) -> DeliveryRow:
    fonds, file = request.form.get("phong", ""), request.form.get("ho-so", "")
    return room().counter.close(batch, fonds=fonds, file=file, now=datetime.now(UTC))


@pages.route("/nop-tai-lieu/<batch>/bo", methods=["GET", "POST"])
@needs(Permission.SCAN)
def give_up(batch: str) -> Response:
    """Ask, then give an open batch up."""
    row = _mine(batch)
    if request.method == "GET":
        return make_response(render_template("upload_drop.html", batch=row))
    room().counter.drop(row.id, now=datetime.now(UTC))
    return redirect(url_for("upload.start", moi=1), 303)


@pages.post("/nop-tai-lieu/<batch>/bo-tep")
@needs(Permission.SCAN)
def take_back(batch: str) -> Response:
    """Take a file out of an open batch, by a plain form."""
    counter = room().counter
    counter.take_back(counter.upload(_mine(batch).id, request.form.get("tep", "")))
    return redirect(url_for("upload.go_on", batch=batch), 303)


@pages.post("/nop-tai-lieu")
@needs(Permission.SCAN)
def send_plain() -> Response:
    """Take files from a plain form and hand them in, unless more are to come."""
    counter = room().counter
    wanted = request.form.get("lo", "")
    sent = [each for each in request.files.getlist("tep") if each.filename]
    if not sent and not wanted:
        return make_response(_page(None, problem=word("upload-nothing")), 400)
    row = _mine(wanted) if wanted else counter.open(account(), now=datetime.now(UTC))
    for each in sent:
        _keep(row.id, each)
    if request.form.get("con"):
        return redirect(url_for("upload.go_on", batch=row.id), 303)
    return redirect(url_for("desk.batch", batch=_close(row.id).id), 303)


def _keep(batch: str, sent: FileStorage) -> None:
    """Put one file of a form at the counter. The same bytes sent again under the same name are the same file."""
    digest = hashlib.sha256()
    while block := sent.stream.read(_BLOCK):
        digest.update(block)
    size_bytes = sent.stream.tell()
    file = Announced(name=sent.filename or "", size_bytes=size_bytes, modified=digest.hexdigest())
    upload = room().counter.announce(batch, file, now=datetime.now(UTC))
    if upload.offset < size_bytes:
        sent.stream.seek(upload.offset)
        piece = Piece(
            offset=upload.offset, content=cast("BinaryIO", sent.stream), size_bytes=size_bytes - upload.offset
        )
        room().counter.write(upload, piece, now=datetime.now(UTC))


@pages.route("/nop-tai-lieu/<batch>/tep", methods=["OPTIONS"], provide_automatic_options=False)
@needs(Permission.SCAN)
def capabilities(batch: str) -> Response:
    """Say what of tus is spoken here."""
    _mine(batch)
    answer = _tus(make_response(""), 204)
    answer.headers["Tus-Version"] = _TUS
    answer.headers["Tus-Extension"] = "creation,checksum,termination"
    answer.headers["Tus-Checksum-Algorithm"] = "sha256"
    answer.headers["Tus-Max-Size"] = str(room().settings.size_limit_bytes)
    return answer


@pages.post("/nop-tai-lieu/<batch>/tep")
@needs(Permission.SCAN)
def announce(batch: str) -> Response:
    """Announce a file (tus creation): its length, and its name and time as metadata."""
    told = _metadata(request.headers.get("Upload-Metadata", ""))
    size_bytes = _number("Upload-Length")
    if size_bytes is None or not _speaks_tus():
        return _tus(make_response(""), 412 if not _speaks_tus() else 400)
    file = Announced(name=told.get("filename", ""), size_bytes=size_bytes, modified=told.get("modified", ""))
    upload = room().counter.announce(_mine(batch).id, file, now=datetime.now(UTC))
    answer = _tus(jsonify(source=upload.source), 201, upload)
    answer.headers["Location"] = url_for("upload.offset", batch=batch, upload=upload.id)
    return answer


@pages.route("/nop-tai-lieu/<batch>/tep/<upload>", methods=["HEAD"])
@needs(Permission.SCAN)
def offset(batch: str, upload: str) -> Response:
    """Say how many bytes of a file are safe here."""
    return _tus(make_response(""), 200, _upload(batch, upload))


@pages.patch("/nop-tai-lieu/<batch>/tep/<upload>")
@needs(Permission.SCAN)
def write(batch: str, upload: str) -> Response:
    """Take the next bytes of a file; the answer is given when they are safe on the disk."""
    start, length = _number("Upload-Offset"), request.content_length
    if not _speaks_tus():
        return _tus(make_response(""), 412)
    if request.mimetype != "application/offset+octet-stream":
        return _tus(make_response(""), 415)
    if start is None or length is None or length > PIECE_BYTES:
        return _tus(make_response(""), 413 if length else 400)
    piece = Piece(offset=start, content=cast("BinaryIO", request.stream), size_bytes=length, sha256=_checksum())
    return _tus(make_response(""), 204, room().counter.write(_upload(batch, upload), piece, now=datetime.now(UTC)))


@pages.delete("/nop-tai-lieu/<batch>/tep/<upload>")
@needs(Permission.SCAN)
def remove(batch: str, upload: str) -> Response:
    """Take a file out of an open batch (tus termination)."""
    room().counter.take_back(_upload(batch, upload))
    return _tus(make_response(""), 204)


def _mine(batch: str) -> DeliveryRow:
    """Give a batch of the account that asks. Raises NotFoundError for another's: whether it exists is not told."""
    row = room().counter.delivery(batch)
    if row.account != account() or row.command:
        raise NotFoundError("N010", word("delivery-missing"))
    return row


def _upload(batch: str, upload: str) -> UploadRow:
    return room().counter.upload(_mine(batch).id, upload)


def _speaks_tus() -> bool:
    return request.headers.get("Tus-Resumable") == _TUS


def _tus(answer: Any, status: int, upload: UploadRow | None = None) -> Response:
    told: Response = make_response(answer, status)
    told.headers["Tus-Resumable"] = _TUS
    told.headers["Cache-Control"] = "no-store"
    if status == 412:
        told.headers["Tus-Version"] = _TUS
    if upload is not None:
        told.headers["Upload-Offset"] = str(upload.offset)
        told.headers["Upload-Length"] = str(upload.size_bytes)
    return told


def _number(header: str) -> int | None:
    text = request.headers.get(header, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _metadata(header: str) -> dict[str, str]:
    """Read `key base64, key base64`; what cannot be read is left out."""
    return dict(_pairs(header))


def _pairs(header: str) -> Iterator[tuple[str, str]]:
    for pair in header.split(","):
        key, _, encoded = pair.strip().partition(" ")
        try:
            yield key, base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            continue


def _checksum() -> str:
    """Give the digest of the piece in hex, empty where none was sent; one that cannot be read matches nothing."""
    algorithm, _, encoded = request.headers.get("Upload-Checksum", "").partition(" ")
    if not algorithm:
        return ""
    try:
        return base64.b64decode(encoded, validate=True).hex() if algorithm == "sha256" else "unknown"
    except (binascii.Error, ValueError):
        return "unknown"
