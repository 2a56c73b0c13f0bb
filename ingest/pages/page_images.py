"""The pixels of a PDF's pages as they are shown: the scanned image itself where a page is one image, else rendered.

Does not judge or change pixels (`ingest.prepare`) and keeps at most one page in memory. A page that is exactly one
upright image over the whole page is taken out undamaged (no resampling); any other is drawn by pdfium at the
resolution of its sharpest image. Sources: ISO 32000-1:2008, 8.9 (images), 14.11.2 (page boundaries).
"""

import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
import pikepdf
import pypdfium2
from numpy.typing import NDArray
from PIL import Image

from schemas.description import Box
from schemas.errors import SubmissionError
from schemas.words import word

cv2.setNumThreads(1)  # a worker is one process on one core; OpenCV's threads only cost CPU here

Pixels = NDArray[np.uint8]  # height × width (grey) or height × width × 3 (blue, green, red)

RENDER_DPI = 300.0  # of pages without an image
_DPI_RANGE = (100.0, 400.0)
_COMFORTABLE_PIXELS = 40_000_000  # more are drawn smaller: 40 million are A4 at 640 dpi
_TOLERANCE = 0.01  # of the page's side, by which an image may miss the page's edge
_MARKING = frozenset(["Do", "BT", "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "EI"]) | {"INLINE IMAGE"}
_WHOLE_PAGE: Box = (0.0, 0.0, 1.0, 1.0)

# a decoder that meets a broken stream raises one of these; the page is then drawn by pdfium, which repairs more
_UNDECODABLE = (pikepdf.PdfError, ValueError, KeyError, TypeError, AttributeError, NotImplementedError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """One page's pixels. They cover the media box as shown; `crop` is the visible part, in fractions of it."""

    pixels: Pixels
    points: tuple[float, float]  # width and height of the media box as shown
    bits: int  # per pixel: 1, 8, 24
    crop: Box = _WHOLE_PAGE
    extracted: bool = False  # the scanned image itself, not drawn

    @property
    def dpi(self) -> float:
        """Pixels per inch down the page."""
        return float(self.pixels.shape[0]) * 72.0 / self.points[1]


def shrunk(pixels: Pixels, times: int) -> Pixels:
    """Average blocks of whole pixels (a rest at the edges is left out): ten times faster than a scale that is not whole."""
    high, wide = pixels.shape[0] // times, pixels.shape[1] // times
    if times == 1 or not high or not wide:
        return pixels
    whole = pixels[: high * times, : wide * times]
    return cv2.resize(whole, (wide, high), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


class PageImages:
    """The pages of one open PDF. Raises SubmissionError P021 or P025 for what cannot be opened or is too large."""

    def __init__(self, path: Path, *, pixels_limit: int) -> None:
        """Open the PDF; pdfium opens it only when a page has to be drawn."""
        self._path = path
        self._limit = pixels_limit
        self._drawing: pypdfium2.PdfDocument | None = None
        try:
            self._pdf = pikepdf.open(path, suppress_warnings=True)
        except (pikepdf.PdfError, OSError) as error:
            raise SubmissionError("P021", word("pdf-unreadable", name=path.name)) from error
        self._pages: Sequence[pikepdf.Page] = list(self._pdf.pages)

    def __enter__(self) -> Self:
        """Give the open pages."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close both readers."""
        if self._drawing is not None:
            self._drawing.close()
        self._pdf.close()

    def __len__(self) -> int:
        """Count the pages."""
        return len(self._pages)

    def size(self, index: int) -> tuple[float, float]:
        """Give width and height in points of the page as shown (crop box, rotated)."""
        _, _, width, height = _visible(self._pages[index])
        return _turned(width, height, _rotation(self._pages[index]))

    def raster(self, index: int) -> Raster:
        """Give the pixels of a page (index from 0). Raises SubmissionError P021 or P025."""
        page = self._pages[index]
        image = _only_image(page)
        if image is not None:
            self._check_size(index, int(image.get("/Width", 0)) * int(image.get("/Height", 0)))
            taken = _extract(image)
            if taken is not None:
                pixels, bits = taken
                turns = _rotation(page) // 90
                upright = np.ascontiguousarray(np.rot90(pixels, -turns)) if turns else pixels
                return Raster(pixels=upright, points=_points(page), bits=bits, crop=_crop(page), extracted=True)
        return self._draw(index)

    def rotation(self, index: int) -> int:
        """Give the clockwise turn by which the stored image of a page is shown."""
        return _rotation(self._pages[index])

    def jpeg(self, index: int) -> bytes | None:
        """Give the JPEG stream of a page that is one upright image and nothing else, as it stands."""
        page = self._pages[index]
        image = _only_image(page) if not _rotation(page) else None
        if image is None or image.get("/Filter") != "/DCTDecode" or "/Decode" in image:
            return None
        return bytes(image.read_raw_bytes()) if image.get("/ColorSpace") in ("/DeviceRGB", "/DeviceGray") else None

    def image_bytes(self, index: int) -> int:
        """Give the stored size of a page's only image; 0 where the page is not one image."""
        image = _only_image(self._pages[index])
        return int(image.get("/Length", 0)) if image is not None else 0

    def _check_size(self, index: int, pixels: int) -> None:
        if pixels > self._limit:
            raise SubmissionError("P025", word("page-too-large", page=index + 1, pixels=pixels, limit=self._limit))

    def _draw(self, index: int) -> Raster:
        if self._drawing is None:
            self._drawing = pypdfium2.PdfDocument(self._path)
        try:
            page = self._drawing[index]
            points = _points(self._pages[index])
            dpi = min(_sharpest(page), 72.0 * (_COMFORTABLE_PIXELS / max(points[0] * points[1], 1.0)) ** 0.5)
            x, y, width, height = _media(self._pages[index])  # pdfium does not tell an inherited one
            page.set_cropbox(x, y, x + width, y + height)
            bitmap = page.render(scale=dpi / 72.0, may_draw_forms=False, rev_byteorder=False)
            pixels, bits = _reduced(np.ascontiguousarray(bitmap.to_numpy()[:, :, :3]))
            page.close()
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise SubmissionError("P021", word("page-undrawable", page=index + 1)) from error
        return Raster(pixels=pixels, points=points, bits=bits, crop=_crop(self._pages[index]))


def _reduced(pixels: Pixels) -> tuple[Pixels, int]:
    """Drop colour that is not there."""
    sample = pixels[::7, ::7].astype(np.int16)
    if int(np.ptp(sample, axis=2).max(initial=0)) <= 8:
        return np.ascontiguousarray(pixels[:, :, 1]), 8
    return pixels, 24


def _sharpest(page: Any) -> float:
    """Give the resolution of the sharpest image on the page, within reason; without one RENDER_DPI."""
    found = 0.0
    for thing in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = thing.get_bounds()
        with suppress(pypdfium2.PdfiumError):
            width, height = thing.get_px_size()
            found = max(found, 72.0 * max(width, height) / max(right - left, top - bottom, 1.0))
    return min(max(found, _DPI_RANGE[0]), _DPI_RANGE[1]) if found else RENDER_DPI


def _rotation(page: pikepdf.Page) -> int:
    return int(page.get("/Rotate", 0) or 0) // 90 * 90 % 360


def _turned(width: float, height: float, rotation: int) -> tuple[float, float]:
    return (height, width) if rotation in (90, 270) else (width, height)


def _media(page: pikepdf.Page) -> Box:
    left, bottom, right, top = (float(value) for value in page.mediabox)
    return min(left, right), min(bottom, top), abs(right - left), abs(top - bottom)


def _visible(page: pikepdf.Page) -> Box:
    """Give the crop box within the media box as left, bottom, width, height."""
    x, y, width, height = _media(page)
    left, bottom, right, top = (float(value) for value in page.cropbox)
    left, right = max(min(left, right), x), min(max(left, right), x + width)
    bottom, top = max(min(bottom, top), y), min(max(bottom, top), y + height)
    if right - left < 1 or top - bottom < 1:
        return x, y, width, height
    return left, bottom, right - left, top - bottom


def _points(page: pikepdf.Page) -> tuple[float, float]:
    _, _, width, height = _media(page)
    return _turned(width, height, _rotation(page))


def _crop(page: pikepdf.Page) -> Box:
    """Give the visible part as fractions of the media box as shown, from its top left."""
    x, y, width, height = _media(page)
    left, bottom, wide, high = _visible(page)
    box = ((left - x) / width, (y + height - bottom - high) / height, wide / width, high / height)
    for _ in range(_rotation(page) // 90):
        fx, fy, fw, fh = box
        box = (1.0 - fy - fh, fx, fh, fw)
    return box


def _only_image(page: pikepdf.Page) -> Any:
    """Give the image XObject when the page is that image, upright over the whole page, and nothing else."""
    try:
        matrix, name = _only_mark(page)
        image = page.resources["/XObject"][name] if name is not None else None
    except _UNDECODABLE:
        return None
    if image is None or image.get("/Subtype") != "/Image" or "/ImageMask" in image or "/SMask" in image:
        return None
    x, y, width, height = _media(page)
    a, b, c, d, e, f = matrix
    near_x, near_y = _TOLERANCE * width, _TOLERANCE * height
    fits = abs(e - x) < near_x and abs(f - y) < near_y and abs(a - width) < near_x and abs(d - height) < near_y
    return image if fits and abs(b) + abs(c) < 0.01 else None


def _only_mark(page: pikepdf.Page) -> tuple[tuple[float, ...], str | None]:
    """Give matrix and name of the page's one XObject; name None when it draws something else or more."""
    stack: list[pikepdf.Matrix] = []
    matrix = pikepdf.Matrix()
    found: list[tuple[tuple[float, ...], str]] = []
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        if operator == "q":
            stack.append(matrix)
        elif operator == "Q":
            matrix = stack.pop() if stack else matrix
        elif operator == "cm":
            matrix = pikepdf.Matrix(*(float(value) for value in instruction.operands)) @ matrix
        elif operator == "Do":
            found.append((tuple(matrix.shorthand), str(instruction.operands[0])))
        elif operator in _MARKING:
            return (), None
    return found[0] if len(found) == 1 else ((), None)


def _extract(image: Any) -> tuple[Pixels, int] | None:
    """Decode the image with its bits per pixel; None when only pdfium can say how it looks."""
    if int(image.get("/Width", 0)) * int(image.get("/Height", 0)) > _COMFORTABLE_PIXELS or "/Decode" in image:
        return None
    try:
        picture = pikepdf.PdfImage(image)
        filters = list(picture.filters)
        if filters == ["/DCTDecode"]:
            return _decode_jpeg(image.read_raw_bytes(), channels=len(picture.mode))
        if filters not in (["/CCITTFaxDecode"], ["/FlateDecode"], []) or picture.indexed:
            return None
        return _decode_plain(picture)
    except _UNDECODABLE:
        return None


def _decode_jpeg(data: bytes, *, channels: int) -> tuple[Pixels, int] | None:
    if channels not in (1, 3):
        return None
    flag = cv2.IMREAD_COLOR if channels == 3 else cv2.IMREAD_GRAYSCALE
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if pixels is None else (pixels.astype(np.uint8, copy=False), 24 if channels == 3 else 8)


def _decode_plain(picture: pikepdf.PdfImage) -> tuple[Pixels, int] | None:
    buffer = io.BytesIO()
    picture.extract_to(stream=buffer)
    with Image.open(buffer) as opened:
        if opened.mode == "1":
            return np.asarray(opened.convert("L"), dtype=np.uint8), 1
        if opened.mode == "L":
            return np.asarray(opened, dtype=np.uint8), 8
        if opened.mode == "RGB":
            return np.ascontiguousarray(np.asarray(opened, dtype=np.uint8)[:, :, ::-1]), 24
    return None
