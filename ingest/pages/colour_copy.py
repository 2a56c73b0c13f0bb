"""A lighter JPEG of a colour page for the digitised copy: the paper is smoothed, ink and its colours stay.

Scanner noise is most of a colour page's bytes and none of its content. Outside ink the brightness is blurred; outside
coloured ink (seals, pens, stamps) the tint becomes that of the paper around, so that full-resolution colour (4:4:4)
costs almost nothing and the thin lines of a seal keep their hue: chroma at half resolution would move it by ΔE 13,
measured on the project's own colour pages, this moves it by 3. The original is never changed.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ingest.pages.page_images import Pixels, shrunk

TARGET_BYTES = 325_000  # of an A4 page at 200 dpi; larger images in proportion
_A4_PIXELS = 1654 * 2339
_QUALITIES = (80, 65, 52, 42)  # tried from the first until the target is met
_WORTH = 0.85  # of the source's bytes; a copy that saves less is not made
_INK = 0.85  # of the paper's brightness
_TINT = 10  # difference from the paper's tint from which ink is coloured
_PICTURE_INK = 0.5  # share of ink from which a page is a picture and is not smoothed
_PICTURE_TINT = 0.25
_SMALL, _SMALLER = np.ones((5, 5), np.uint8), np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A JPEG, and in words how it was made."""

    data: bytes
    method: str


def colour_copy(pixels: Pixels, *, source_bytes: int) -> Copy | None:
    """Encode a colour image (blue, green, red) lighter; None when it is light enough or nothing is won."""
    target = TARGET_BYTES * pixels.shape[0] * pixels.shape[1] / _A4_PIXELS
    if source_bytes <= target:
        return None
    smoothed = _smoothed(pixels)
    image = pixels if smoothed is None else smoothed
    data = b""
    for quality in _QUALITIES:
        data = _jpeg(image, quality)
        if len(data) <= target:
            break
    if len(data) > _WORTH * source_bytes:
        return None
    paper = "" if smoothed is None else "paper smoothed 9×9 outside ink, tint of the paper outside coloured ink, "
    return Copy(data=data, method=f"{paper}JPEG 4:4:4 quality {quality} (OpenCV {cv2.__version__})")


def _jpeg(pixels: Pixels, quality: int) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return cv2.imencode(".jpg", pixels, options)[1].tobytes()


def _smoothed(pixels: Pixels) -> Pixels | None:
    """Smooth the paper; None for a picture, which has no paper. Where ink is, is seen at half the resolution."""
    light, red, blue = (
        plane.astype(np.uint8, copy=False) for plane in cv2.split(cv2.cvtColor(pixels, cv2.COLOR_BGR2YCrCb))
    )
    half_light, half_red, half_blue = shrunk(light, 2), shrunk(red, 2), shrunk(blue, 2)
    paper = cv2.medianBlur(cv2.dilate(shrunk(half_light, 4), _SMALL), 9)
    paper_red, paper_blue = (_like(cv2.medianBlur(shrunk(half, 4), 9), half) for half in (half_red, half_blue))
    tint = cv2.max(cv2.absdiff(half_red, paper_red), cv2.absdiff(half_blue, paper_blue))
    tinted = cv2.dilate(cv2.threshold(cv2.blur(tint, (3, 3)), _TINT, 255, cv2.THRESH_BINARY)[1], _SMALL)
    dark = cv2.convertScaleAbs(_like(paper, half_light), alpha=_INK)
    ink = cv2.dilate(cv2.compare(half_light, dark, cv2.CMP_LT), _SMALLER)
    if np.count_nonzero(ink) > _PICTURE_INK * ink.size or np.count_nonzero(tinted) > _PICTURE_TINT * tinted.size:
        return None
    planes = (cv2.blur(light, (9, 9)), _whole(paper_red, light), _whole(paper_blue, light))
    masks = (_whole(ink, light), *[_whole(tinted, light)] * 2)
    for source, mask, plane in zip((light, red, blue), masks, planes, strict=True):
        cv2.copyTo(source, mask, plane)
    return cv2.cvtColor(cv2.merge(planes), cv2.COLOR_YCrCb2BGR).astype(np.uint8, copy=False)


def _whole(half: cv2.typing.MatLike, whole: Pixels) -> cv2.typing.MatLike:
    """Spread a plane of half the resolution over the whole, each pixel four times."""
    return cv2.resize(half, (whole.shape[1], whole.shape[0]), interpolation=cv2.INTER_NEAREST)


def _like(plane: cv2.typing.MatLike, other: Pixels) -> cv2.typing.MatLike:
    """Spread a small plane over the size of another."""
    return cv2.resize(plane, (other.shape[1], other.shape[0]), interpolation=cv2.INTER_LINEAR)
