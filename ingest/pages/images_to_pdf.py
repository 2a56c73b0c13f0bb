"""Image files (TIFF of many pages, JPEG, PNG, JPEG 2000) as one PDF with a page for each image, in the order given.

What PDF can carry goes over bit for bit: the JPEG's own stream, one-strip CCITT G4; other bilevel images become CCITT
G4 and grey ones Flate, both without loss. A heavy colour page becomes a lighter JPEG (`ingest.pages.colour_copy`); the
original file is kept beside it in the archive. Turned images keep their stream and get a page rotation.
Sources: ISO 32000-1:2008, 7.4, 8.9; TIFF 6.0; CIPA DC-008 (Exif), orientation.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import img2pdf
import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from ingest.pages.colour_copy import colour_copy
from ingest.pages.page_images import Pixels
from schemas.errors import SubmissionError
from schemas.findings import Finding
from schemas.words import word

_A4_LONG_INCHES = 297 / 25.4
_DPI = (50.0, 4_800.0)  # what a scanner can have meant
_LONGEST_INCHES = 50.0  # A0; a longer page means that the resolution is a default, not a fact
_TURNS = {1: 0, 3: 180, 6: 90, 8: 270}  # Exif orientations that a page rotation can express
_PART_BYTES = 64_000_000  # of pages kept in memory before they go to a file of their own
_CUT_OFF = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    UnidentifiedImageError,
    Image.DecompressionBombError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesPdf:
    """How many pages were made, and what to say about them (page numbers from 1 in this PDF)."""

    pages: int
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()  # one sentence for each method used or assumption made, for the events


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One image as PDF will hold it."""

    data: bytes
    filter: str
    size: tuple[int, int]
    bits: int = 8
    channels: int = 1
    rotation: int = 0
    dpi: tuple[float, float] = (0.0, 0.0)
    parameters: dict[str, int] | None = None
    profile: bytes = b""
    note: str = ""
    recompressed: bool = False


def images_to_pdf(files: tuple[Path, ...], output: Path, *, pixels_limit: int) -> ImagesPdf:
    """Write `output` from the image files. Raises SubmissionError P021 (cut off) or P025 (too many pixels)."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked for every image before its pixels are decoded
    book = Book(output)
    notes: dict[str, list[int]] = {}
    findings: list[Finding] = []
    for file in files:
        for picture in _pictures(file, pixels_limit=pixels_limit):
            number = book.add(picture)
            for note in picture.note.split("\n") if picture.note else ():
                notes.setdefault(note, []).append(number)
            if picture.recompressed:
                findings.append(Finding(code="S018", page=number))
    book.close()
    sentences = tuple(f"{note}: pages {', '.join(map(str, numbers))}" for note, numbers in notes.items())
    return ImagesPdf(pages=book.pages, findings=tuple(findings), notes=sentences)


def _pictures(file: Path, *, pixels_limit: int) -> Iterator[Picture]:
    """Encode the images of one file, one after the other."""
    try:
        # opened here, not by Pillow: of a path it maps uncompressed TIFFs and then turns them wrongly (Pillow 13)
        with warnings.catch_warnings(), file.open("rb") as source, Image.open(source) as image:
            warnings.simplefilter("ignore")  # Pillow warns of damaged metadata that we do not use
            frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            for index in range(frames):
                image.seek(index)
                if image.width * image.height > pixels_limit:
                    raise SubmissionError("P025", word("image-too-large", width=image.width, height=image.height))
                yield _picture(image, file)
    except _CUT_OFF as error:
        raise SubmissionError("P021", word("image-damaged", name=file.name)) from error


def _picture(image: Image.Image, file: Path) -> Picture:
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    rotation = _TURNS.get(orientation) if image.format == "JPEG" else 0
    dpi, note = _resolution(image)
    passed = _passed_on(image, file, plain=orientation == 1)
    image.load()  # raises OSError when the file is cut off
    if rotation is None or (image.format not in ("TIFF", "JPEG") and orientation != 1):
        passed, rotation = None, 0
        image = ImageOps.exif_transpose(image)
    facts: dict[str, Any] = {"rotation": rotation, "dpi": dpi, "profile": _profile(image)}
    if image.mode == "1":
        made = passed or {"data": img2pdf.transcode_monochrome(image)}
        group4 = {"K": -1, "Columns": image.width, "Rows": image.height, "BlackIs1": True}
        made = {"filter": "CCITTFaxDecode", "bits": 1, "parameters": group4, **made}
        return Picture(size=image.size, note=note, **{**facts, "profile": b""}, **made)
    pixels, said = _pixels(image)
    notes = [line for line in (note, said) if line]
    if pixels.ndim == 3:
        copy = colour_copy(pixels, source_bytes=len(passed["data"]) if passed else _flate_bytes(pixels))
        if copy is not None:
            notes.append(f"colour image compressed again: {copy.method}")
            passed, facts["recompressed"] = {"data": copy.data, "filter": "DCTDecode"}, True
    made = passed or _flate(pixels)
    channels = 3 if pixels.ndim == 3 else 1
    return Picture(size=image.size, channels=channels, note="\n".join(notes), **facts, **made)


def _passed_on(image: Image.Image, file: Path, *, plain: bool) -> dict[str, Any] | None:
    """Give the stream that PDF can hold as it is, or None."""
    if image.format == "JPEG" and image.mode in ("L", "RGB"):
        return {"data": file.read_bytes(), "filter": "DCTDecode"}
    if image.format != "TIFF" or image.mode != "1" or not plain or image.info.get("compression") != "group4":
        return None
    tags = image.tag_v2  # type: ignore[attr-defined]  # only TIFF images have it
    offsets, lengths = tags.get(273, ()), tags.get(279, ())
    if len(offsets) != 1 or len(lengths) != 1 or tags.get(266, 1) != 1:
        return None
    with file.open("rb") as source:
        source.seek(offsets[0])
        data = source.read(lengths[0])
    white_is_zero = tags.get(262, 0) == 0
    group4 = {"K": -1, "Columns": image.width, "Rows": image.height, "BlackIs1": not white_is_zero}
    return {"data": data, "parameters": group4}


def _resolution(image: Image.Image) -> tuple[tuple[float, float], str]:
    """Give dots per inch across and down; a missing or senseless value is taken from the size of A4, and said."""
    wide, high = image.size
    given = image.info.get("dpi")
    if image.format == "JPEG" and image.info.get("jfif_unit") == 0 and "exif" not in image.info:
        given = None  # JFIF gives an aspect ratio only
    if given is not None:
        across, down = (float(value) for value in given)
        sensible = all(_DPI[0] <= value <= _DPI[1] for value in (across, down))
        if sensible and max(wide / across, high / down) <= _LONGEST_INCHES:
            return (across, down), ""
    assumed = max(wide, high) / _A4_LONG_INCHES
    return (assumed, assumed), f"no usable resolution in the image, A4 assumed ({assumed:.0f} dpi)"


def _profile(image: Image.Image) -> bytes:
    """Give the colour profile when PDF/A may hold it: an RGB profile of a scanner or screen."""
    profile = image.info.get("icc_profile") or b""
    fits = profile[12:16] in (b"scnr", b"mntr") and profile[16:20] == b"RGB " and profile[36:40] == b"acsp"
    return profile if fits and profile[8] <= 4 and b"sRGB" not in profile else b""


def _pixels(image: Image.Image) -> tuple[Pixels, str]:
    """Give grey or blue-green-red pixels of 8 bits, and what was lost on the way."""
    said = ""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float64)
        top = 65_535.0 if image.mode != "F" and values.max(initial=0) > 255 else max(float(values.max(initial=0)), 1.0)
        return (values * (255.0 / top)).clip(0, 255).astype(np.uint8), "more than 8 bits a colour reduced to 8"
    if image.has_transparency_data:
        background = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(background, image.convert("RGBA")).convert("RGB")
        said = "transparent image laid on white"
    elif image.mode not in ("L", "RGB", "P", "LA"):
        said = f"colours converted from {image.mode} to RGB"
    if image.mode == "L":
        return np.asarray(image, dtype=np.uint8), said
    pixels = np.asarray(image if image.mode == "RGB" else image.convert("RGB"), dtype=np.uint8)
    if image.mode == "P" and not np.any(np.ptp(pixels, axis=2)):
        return np.ascontiguousarray(pixels[:, :, 0]), said
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False), said


def picture_of(pixels: Pixels, *, bits: int, points: tuple[float, float], jpeg: bytes | None = None) -> Picture:
    """Make a page of pixels for a page of that size, without loss; a JPEG stream is taken as it is."""
    high, wide = pixels.shape[:2]
    facts: dict[str, Any] = {"size": (wide, high), "dpi": (72.0 * wide / points[0], 72.0 * high / points[1])}
    facts["channels"] = 3 if pixels.ndim == 3 else 1
    if jpeg is not None:
        return Picture(data=jpeg, filter="DCTDecode", **facts)
    if bits > 1:
        return Picture(**facts, **_flate(pixels))
    data = img2pdf.transcode_monochrome(Image.fromarray(pixels).convert("1", dither=Image.Dither.NONE))
    group4 = {"K": -1, "Columns": wide, "Rows": high, "BlackIs1": True}
    return Picture(data=data, filter="CCITTFaxDecode", bits=1, parameters=group4, **facts)


def _flate_bytes(pixels: Pixels) -> int:
    """Guess how many bytes the image would take without loss, from eight bands that are a 32nd of its rows."""
    high = pixels.shape[0]
    rows = max(high // 256, 1)
    bands = [pixels[top : top + rows] for top in range(0, high, max(high // 8, 1))]
    sample = np.ascontiguousarray(np.concatenate(bands))
    return int(len(zlib.compress(sample.tobytes(), 1)) * high // sample.shape[0])


def _flate(pixels: Pixels) -> dict[str, Any]:
    """Compress without loss by PNG's filters, whose data PDF takes as they are (ISO 32000-1, 7.4.4.4)."""
    png = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 3])[1].tobytes()
    data, at = bytearray(), 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    colours = 3 if pixels.ndim == 3 else 1
    predictor = {"Predictor": 15, "Colors": colours, "BitsPerComponent": 8, "Columns": pixels.shape[1]}
    return {"data": bytes(data), "filter": "FlateDecode", "parameters": predictor}


class Book:
    """The PDF being made; pages beyond some size wait in files of their own beside it, not in memory."""

    def __init__(self, output: Path) -> None:
        """Begin the PDF that `close` will write to `output`."""
        self._output = output
        self._parts: list[Path] = []
        self._waiting = 0
        self.pages = 0
        self._begin()

    def _begin(self) -> None:
        self._pdf = pikepdf.Pdf.new()
        self._profiles: dict[bytes, pikepdf.Object] = {}

    def add(self, picture: Picture) -> int:
        """Add a page and give its number."""
        if self._waiting > _PART_BYTES:
            self._put_aside()
        width, height = (72.0 * side / dpi for side, dpi in zip(picture.size, picture.dpi, strict=True))
        page = self._pdf.add_blank_page(page_size=(max(width, 3.0), max(height, 3.0)))
        page.obj.Resources = Dictionary(XObject=Dictionary(Im0=self._image(picture)))
        page.obj.Contents = self._pdf.make_stream(
            b"q %.4f 0 0 %.4f 0 0 cm /Im0 Do Q" % (max(width, 3.0), max(height, 3.0))
        )
        if picture.rotation:
            page.obj.Rotate = picture.rotation
        self._waiting += len(picture.data)
        self.pages += 1
        return self.pages

    def _image(self, picture: Picture) -> pikepdf.Object:
        image = self._pdf.make_stream(picture.data)
        image.Type, image.Subtype = Name.XObject, Name.Image
        image.Width, image.Height = picture.size
        image.BitsPerComponent = picture.bits
        image.Filter = Name(f"/{picture.filter}")
        image.ColorSpace = self._colours(picture)
        if picture.parameters is not None:
            image.DecodeParms = Dictionary({f"/{key}": value for key, value in picture.parameters.items()})
        return image

    def _colours(self, picture: Picture) -> pikepdf.Object:
        if picture.channels == 1:
            return Name.DeviceGray
        if not picture.profile:
            return Name.DeviceRGB
        if picture.profile not in self._profiles:
            self._profiles[picture.profile] = self._pdf.make_stream(picture.profile, N=3, Alternate=Name.DeviceRGB)
        return Array([Name.ICCBased, self._profiles[picture.profile]])

    def _put_aside(self) -> None:
        part = self._output.with_name(f"{self._output.stem}.part{len(self._parts)}")
        self._pdf.save(part)
        self._parts.append(part)
        self._waiting = 0
        self._begin()

    def close(self) -> None:
        """Write the PDF."""
        if self._parts:
            self._put_aside()
            opened = [pikepdf.open(part) for part in self._parts]
            for part in opened:
                self._pdf.pages.extend(part.pages)
            self._pdf.save(self._output)
            for part, path in zip(opened, self._parts, strict=True):
                part.close()
                path.unlink()
        else:
            self._pdf.save(self._output)
