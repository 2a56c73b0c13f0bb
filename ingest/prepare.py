"""What one page image needs before it is read, and no more: a derived grey image; the scan itself is never changed.

Decides blank or not, sideways or not, skew, noise and red ink on a copy of about 100 dpi (a few milliseconds), then
filters only what the page needs. Measured: red channel, median, flattening and deskewing bring a page with seal,
noise and skew from 29 % to 0.7 % character errors, yet the same filters harm a clean bilevel page, which is left as
it is. Does not read text (`ingest.pages.tesseract`).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.pages.page_images import Pixels, Raster, shrunk

Affine = tuple[float, float, float, float, float, float]  # x' = a·x + b·y + c, y' = d·x + e·y + f

_LOOK_DPI = 100.0
_MARGIN = 0.03  # of each side, not looked at when blankness is judged: shadows and punch holes
_INK = 0.72  # of the paper's brightness; darker is ink
_RED_STEP = 40  # by which red exceeds green and blue in a pixel of red ink
_RED_SHARE = 0.0004  # of the page, from which red ink is worth taking out
_NOISY = 3.0  # standard deviation in grey levels from which a page is noisy
_BLUR = 0.7  # standard deviation in pixels; on real colour scans 20 errors become 17, at no cost
_STRAIGHTEN_CLEAN = 1.5  # degrees; a clean page reads no worse below, and resampling costs a little
_STRAIGHTEN_NOISY = 0.7
_STRAIGHTEN_AGAIN = 0.3  # when the first reading looked wrong
_STEEPEST = 6.0  # degrees looked for
_BLANK_LETTERS = 4  # a page with fewer letter-like shapes, and little ink, is blank
_BLANK_INK = 0.002
_WORKING_DPI = 400.0  # finer images are read at this resolution: nothing is gained above


class Step(StrEnum):
    """What was done to the derived image."""

    RED = "red channel"
    GREY = "grey"
    MEDIAN = "median 3"
    BLUR = "slight blur"
    FLATTEN = "flattened background"
    DESKEW = "deskewed"
    SMALLER = "made smaller"
    TURN = "turned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a glance at a page told."""

    letters: int  # letter-like shapes
    ink: float  # share of the page inside the margins
    skew_degrees: float  # counter-clockwise turn that straightens the lines
    noise: float  # standard deviation, grey levels
    red: float  # share of the page that is red ink
    sideways: bool

    @property
    def blank(self) -> bool:
        """Whether there is nothing to read."""
        return self.letters < _BLANK_LETTERS and self.ink < _BLANK_INK


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The derived grey (or black and white) image and how its pixels map back into the page image as shown."""

    pixels: Pixels
    back: Affine
    dpi: float
    bilevel: bool
    look: Look
    steps: tuple[Step, ...] = ()
    rotation: int = 0  # clockwise degrees by which the page image was turned to be read


def prepare(raster: Raster, *, rotation: int = 0, again: bool = False) -> Prepared:
    """Make the image to be read of a page image; `rotation` is the clockwise turn to be applied first.

    `again` says that a first reading looked wrong: then a slight skew is taken out as well.
    """
    raster, back = _turn(raster, rotation)
    look = glance(raster)
    pixels, steps = _grey(raster.pixels, look)
    pixels, back, dpi = _smaller(pixels, back, raster.dpi)
    steps += ((Step.TURN,) if rotation else ()) + ((Step.SMALLER,) if dpi < raster.dpi else ())
    pixels, cleaned = _cleaned(pixels, look, bits=raster.bits)
    steps += cleaned
    noisy = Step.FLATTEN in cleaned
    bearable = _STRAIGHTEN_AGAIN if again else _STRAIGHTEN_NOISY if noisy else _STRAIGHTEN_CLEAN
    if abs(look.skew_degrees) >= bearable and not look.sideways:
        pixels, back = _straighten(pixels, back, look.skew_degrees)
        steps += (Step.DESKEW,)
    bilevel = raster.bits == 1 and not {Step.DESKEW, Step.SMALLER} & set(steps)
    return Prepared(pixels=pixels, back=back, dpi=dpi, bilevel=bilevel, look=look, steps=steps, rotation=rotation)


def glance(raster: Raster) -> Look:
    """Look at a page on a copy of about 100 dpi."""
    small = shrunk(raster.pixels, max(round(raster.dpi / _LOOK_DPI), 1))
    red = 0.0
    if small.ndim == 3:
        blue, green, ruddy = cv2.split(small)
        red = float(np.count_nonzero(cv2.subtract(ruddy, cv2.max(blue, green)) > _RED_STEP)) / blue.size
        small = ruddy.astype(np.uint8, copy=False)
    inked = _ink(small)
    letters, points = _letters(inked)
    high, wide = inked.shape
    inner = inked[int(high * _MARGIN) : int(high * (1 - _MARGIN)), int(wide * _MARGIN) : int(wide * (1 - _MARGIN))]
    return Look(
        letters=letters,
        ink=float(np.count_nonzero(inner)) / max(inner.size, 1),
        skew_degrees=_skew(points),
        noise=_noise(raster.pixels) if raster.bits > 1 else 0.0,
        red=red,
        sideways=_sideways(points, letters),
    )


def _ink(small: Pixels) -> Pixels:
    """Mark what is darker than the paper around it (255 = ink)."""
    paper = _paper(small)
    return cv2.compare(small, cv2.convertScaleAbs(paper, alpha=_INK), cv2.CMP_LT).astype(np.uint8, copy=False)


def _paper(grey: Pixels) -> Pixels:
    """Give the paper's brightness at each pixel: the brightest nearby, smoothed."""
    high, wide = grey.shape
    tiny = cv2.resize(grey, (max(wide // 8, 8), max(high // 8, 8)), interpolation=cv2.INTER_AREA)
    tiny = cv2.medianBlur(cv2.dilate(tiny, np.ones((5, 5), np.uint8)), 9)
    return cv2.resize(tiny, (wide, high), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _letters(inked: Pixels) -> tuple[int, NDArray[np.float32]]:
    """Count shapes of the size of letters, and give the feet of each (x, y): they stand on the baselines."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(inked, connectivity=8)
    high, wide = inked.shape
    x, y, w, h, area = (stats[1:, column] for column in range(5))
    inside = (
        (x > wide * _MARGIN) & (x + w < wide * (1 - _MARGIN)) & (y > high * _MARGIN) & (y + h < high * (1 - _MARGIN))
    )
    fits = inside & (h >= 4) & (h <= 40) & (w >= 2) & (w <= 80) & (area >= 6)
    return int(np.count_nonzero(fits)), np.column_stack([(x + w / 2)[fits], (y + h)[fits]]).astype(np.float32)


def _sharpness(points: NDArray[np.float32], degrees: float) -> float:
    """Say how sharply the feet fall into lines when the page is turned by `degrees`."""
    angle = np.deg2rad(degrees)
    lines = points[:, 1] * np.cos(angle) - points[:, 0] * np.sin(angle)
    counts = np.bincount((lines - lines.min()).astype(np.int64)).astype(np.float64)
    return float(np.sum(counts[1:] * counts[:-1]) + np.sum(counts**2))


def _skew(points: NDArray[np.float32]) -> float:
    if len(points) < 40:
        return 0.0
    coarse = max(np.arange(-_STEEPEST, _STEEPEST + 0.01, 0.5), key=lambda angle: _sharpness(points, float(angle)))
    fine = max(np.arange(coarse - 0.5, coarse + 0.51, 0.1), key=lambda angle: _sharpness(points, float(angle)))
    return 0.0 if abs(fine) < 0.05 else round(float(fine), 1)


def _sideways(points: NDArray[np.float32], letters: int) -> bool:
    """Say whether the letters fall into columns rather than lines."""
    if letters < 80:
        return False
    upright = max(_sharpness(points, angle) for angle in (-2.0, -1.0, 0.0, 1.0, 2.0))
    flipped = points[:, ::-1]
    across = max(_sharpness(flipped, angle) for angle in (-2.0, -1.0, 0.0, 1.0, 2.0))
    return across > 1.5 * upright


def _noise(pixels: Pixels) -> float:
    """Estimate the noise of the paper from a strip pattern of the page: the median step between neighbours."""
    grey = pixels[:, :, 2] if pixels.ndim == 3 else pixels
    sample = grey[:: max(grey.shape[0] // 200, 1)].astype(np.int16)
    bright = sample[:, 1:] > np.median(sample) * 0.8
    steps = np.abs(np.diff(sample, axis=1))[bright]
    return float(np.mean(np.minimum(steps, 40))) * 0.886 if steps.size else 0.0


def _grey(pixels: Pixels, look: Look) -> tuple[Pixels, tuple[Step, ...]]:
    if pixels.ndim == 2:
        return pixels, ()
    if look.red >= _RED_SHARE:
        return np.ascontiguousarray(pixels[:, :, 2]), (Step.RED,)
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False), (Step.GREY,)


def _cleaned(pixels: Pixels, look: Look, *, bits: int) -> tuple[Pixels, tuple[Step, ...]]:
    """Take grain, show-through and shadows out of a grey image, as far as there are any; leave a bilevel one alone."""
    if bits == 1:
        return pixels, ()
    if look.noise >= _NOISY:
        return _flatten(cv2.medianBlur(pixels, 3).astype(np.uint8, copy=False)), (Step.MEDIAN, Step.FLATTEN)
    blurred = cv2.GaussianBlur(pixels, (3, 3), _BLUR).astype(np.uint8, copy=False)
    return (_flatten(blurred), (Step.BLUR, Step.FLATTEN)) if look.red >= _RED_SHARE else (blurred, (Step.BLUR,))


def _turn(raster: Raster, rotation: int) -> tuple[Raster, Affine]:
    """Turn clockwise by quarters, and give the map from the turned pixels back to the page image."""
    if rotation == 0:
        return raster, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    high, wide = (float(side) for side in raster.pixels.shape[:2])
    back: dict[int, Affine] = {
        90: (0.0, 1.0, 0.0, -1.0, 0.0, high),
        180: (-1.0, 0.0, wide, 0.0, -1.0, high),
        270: (0.0, -1.0, wide, 1.0, 0.0, 0.0),
    }
    pixels = np.ascontiguousarray(np.rot90(raster.pixels, -rotation // 90))
    points = raster.points if rotation == 180 else raster.points[::-1]
    return replace(raster, pixels=pixels, points=points), back[rotation]


def _smaller(pixels: Pixels, back: Affine, dpi: float) -> tuple[Pixels, Affine, float]:
    if dpi <= _WORKING_DPI * 1.05:
        return pixels, back, dpi
    scale = _WORKING_DPI / dpi
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return small, after(back, (1 / scale, 0.0, 0.0, 0.0, 1 / scale, 0.0)), _WORKING_DPI


def _flatten(grey: Pixels) -> Pixels:
    """Make the paper evenly white: shadows, show-through and tone go."""
    return cv2.divide(grey, _paper(grey), scale=250).astype(np.uint8, copy=False)


def _straighten(pixels: Pixels, back: Affine, degrees: float) -> tuple[Pixels, Affine]:
    high, wide = pixels.shape
    forward = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
    paper = int(np.median(pixels[::16, ::16]))
    turned = cv2.warpAffine(pixels, forward, (wide, high), flags=cv2.INTER_LINEAR, borderValue=(paper,))
    a, b, c, d, e, f = (float(value) for value in cv2.invertAffineTransform(forward).ravel())
    return turned.astype(np.uint8, copy=False), after(back, (a, b, c, d, e, f))


def after(outer: Affine, inner: Affine) -> Affine:
    """Join two maps: first `inner`, then `outer`."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return (a * g + b * j, a * h + b * k, a * i + b * m + c, d * g + e * j, d * h + e * k, d * i + e * m + f)


def moved(by: Affine, x: float, y: float) -> tuple[float, float]:
    """Map a point."""
    a, b, c, d, e, f = by
    return a * x + b * y + c, d * x + e * y + f
