"""Page images for the screen, made from the record's PDF by the renderer given from outside, and kept in the cache.

The cache is derived and may be deleted at any time. Names in it are made of the record's id, version, page and width
only; nothing a user sends becomes a path.
"""

import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from archive import access
from schemas.errors import NotFoundError
from schemas.identifiers import RecordId
from schemas.packages import Package, Part
from schemas.words import word
from search_ui.room import Room

WIDTHS = (160, 600, 1000, 1600, 2200)  # pixels
_SIGNATURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
_PDF = "application/pdf"
_COPY_BYTES = 1024 * 1024


def page_image(room: Room, record: RecordId, *, page: int, width: int) -> tuple[bytes, str]:
    """Give the image of a page of the record and its media type. Raises NotFoundError N001, N002."""
    row = access.record(room.archive, record)
    place = room.settings.cache / "pages" / record[:2] / record / f"{row.version}-{page}-{width}"
    try:
        image = place.read_bytes()
    except OSError:  # not drawn yet, or the cache is damaged
        with room.renderers:
            image = _rendered(room, record, page=page, width=width)
        media_type(image)  # only an image is kept
        _keep(place, image)
    return image, media_type(image)


def media_type(image: bytes) -> str:
    """Say what an image is by its first bytes; what is no image is not shown. Raises NotFoundError N002."""
    for signature, name in _SIGNATURES.items():
        if image.startswith(signature):
            return name
    raise NotFoundError("N002", word("page-image-none"))


def part_of(package: Package, page: int) -> tuple[Part, int] | None:
    """Give the part that holds a page of the record, and the page's number in it."""
    for part in package.parts:
        if part.first_page <= page < part.first_page + part.pages:
            return part, page - part.first_page + 1
    return None


def _rendered(room: Room, record: RecordId, *, page: int, width: int) -> bytes:
    package = access.package(room.archive, record)
    found = part_of(package, page)
    if found is None:
        raise NotFoundError("N002", word("page-missing", record=record, page=page))
    part, number = found
    room.settings.cache.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=room.settings.cache) as folder,
        _pdf(room, package, part) as stream,
    ):
        path = Path(folder) / "page.pdf"
        with path.open("wb") as copy:
            shutil.copyfileobj(stream, copy, _COPY_BYTES)
        return room.render(path, number, width)


def _pdf(room: Room, package: Package, part: Part) -> BinaryIO:
    """Open the PDF made of the part; where there is none, the received file if it is a PDF."""
    try:
        return access.open_rendition(room.archive, package.record, part.part)[1]
    except NotFoundError:
        for original in package.originals:
            if original.path in part.originals and original.format is not None and original.format.mime == _PDF:
                return access.open_original(room.archive, package.record, original.path)[1]
        raise


def _keep(place: Path, image: bytes) -> None:
    """Keep an image whole or not at all; a full disk only costs the next reader a moment."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
            file.write(image)
        Path(file.name).replace(place)
    except OSError:
        return
