"""Make a clean page look as if it had been signed, sealed, kept for years and scanned.

Every mark is drawn by this module; nothing is taken from a real document. What it makes is repeatable: the same page,
seed and wear give the same pixels. It reads and writes no files.
"""

import io
import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ingest.samples.letters import Letter
from ingest.samples.typeset import PAGE_WIDTH_MM, Sheet, font_path, lay_out, typeset

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Strength = npt.NDArray[np.float32]

SEAL_DIAMETER_MM = 36.0
SEAL_COLOUR = (208, 32, 40)
PEN_COLOUR = (34, 52, 150)
PAPER_TONE = (250, 247, 238)
INKED = 0.5
"""From this strength on a pixel counts as covered by ink."""
MIDDLE_MM = (105.0, 150.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """What paper, hands and scanner did to a page."""

    skew_degrees: float = 0.0
    seal_mm: tuple[float, float] | None = None
    """The centre of a red seal of 36 mm, or None for a page without one."""
    bleed: float = 0.0
    """How much of the back shows through: 0 nothing, 1 all of it."""
    blur_px: float = 0.6
    noise: float = 0.0
    """The standard deviation of the grain, in levels of 255."""
    specks: int = 0
    jpeg_quality: int = 85


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourPage:
    """A colour scan with the places of its inks, to measure how true a copy stays."""

    image: Image.Image
    seal: Mask
    pen: Mask
    text: str


def degrade(page: Image.Image, *, seed: int, wear: Wear, seal_text: str = "SỞ NỘI VỤ TỈNH AN SƠN") -> Image.Image:
    """Wear a page: seal, show-through, skew, blur, grain, specks, and at last the JPEG of the scanner."""
    random = np.random.default_rng(seed)
    pixels = np.asarray(page.convert("RGB"))
    back = pixels[:, ::-1]
    if wear.seal_mm is not None:
        seal = seal_strength(page.size, centre_mm=wear.seal_mm, text=seal_text, random=random)
        pixels = inked(pixels, seal, SEAL_COLOUR)
    pixels = _shown_through(pixels, back, wear.bleed)
    pixels = _skewed(pixels, wear.skew_degrees)
    if wear.blur_px > 0:
        pixels = _as_pixels(cv2.GaussianBlur(pixels, (0, 0), wear.blur_px))
    pixels = _specked(_grainy(pixels, wear.noise, random), wear.specks, random)
    return _as_jpeg(Image.fromarray(pixels), wear.jpeg_quality)


def sign_and_seal(page: Image.Image, sheet: Sheet, *, seed: int, seal_text: str) -> Image.Image:
    """Put a blue signature and a seal over its left third where the sheet has room for them; else change nothing."""
    if sheet.signature_mm is None:
        return page
    random = np.random.default_rng(seed)
    pen, seal = _signature_inks(page.size, sheet.signature_mm, seal_text, random)
    return Image.fromarray(inked(inked(np.asarray(page), pen, PEN_COLOUR), seal, SEAL_COLOUR))


def colour_page(letter: Letter, *, seed: int, resolution_dpi: int = 200) -> ColourPage:
    """Make the last page of a letter as a 24 bit colour scan: paper tone, grain, show-through, seal and signature.

    The masks mark pixels under seal or pen where no black letter stands.
    """
    made = typeset(letter, resolution_dpi=resolution_dpi)
    page, sheet = made.pages[-1], made.sheets[-1]
    random = np.random.default_rng(seed)
    pen, seal = _signature_inks(page.size, sheet.signature_mm or MIDDLE_MM, letter.issuer, random)
    letters = np.asarray(page)
    free = letters.min(axis=2) > 250
    pixels = _toned(letters, random)
    pixels = _shown_through(pixels, np.asarray(made.pages[0])[:, ::-1], 0.10)
    pixels = inked(inked(pixels, pen, PEN_COLOUR), seal, SEAL_COLOUR)
    pixels = _grainy(_as_pixels(cv2.GaussianBlur(pixels, (0, 0), 0.6)), 4.5, random)
    seal_mask, pen_mask = (seal > INKED) & free & (pen <= INKED / 5), (pen > INKED) & free & (seal <= INKED / 5)
    return ColourPage(image=Image.fromarray(pixels), seal=seal_mask, pen=pen_mask, text=made.texts[-1])


def seal_position(letter: Letter) -> tuple[float, float]:
    """Say where the seal goes on the last page: over the left third of the signature."""
    centre = lay_out(letter)[-1].signature_mm or MIDDLE_MM
    return centre[0] - 15.0, centre[1]


def inked(pixels: Pixels, strength: Strength, colour: tuple[int, int, int]) -> Pixels:
    """Lay transparent ink over pixels: what is dark below stays dark."""
    if not strength.any():
        return pixels
    ink = 1.0 - strength[..., None] * (1.0 - np.array(colour, np.float32) / 255)
    return _as_pixels(pixels * ink)


def seal_strength(
    size: tuple[int, int], *, centre_mm: tuple[float, float], text: str, random: np.random.Generator
) -> Strength:
    """Draw an agency's round seal of 36 mm: two rings, the name around, a star; the ink is uneven, as of a stamp."""
    scale = size[0] / PAGE_WIDTH_MM
    drawing = _seal_drawing(round(SEAL_DIAMETER_MM * scale), text)
    stamp = drawing.rotate(float(random.uniform(-14, 14)), Image.Resampling.BICUBIC)
    blotches = cv2.resize(random.random((14, 14), dtype=np.float32), stamp.size)
    grain = 1 + 0.08 * random.standard_normal((stamp.height, stamp.width), dtype=np.float32)
    ink = _as_pixels(np.asarray(stamp) * np.clip(0.62 + 0.5 * blotches, 0, 1) * grain)
    canvas = Image.new("L", size, 0)
    x, y = (round(value * scale) - stamp.width // 2 for value in centre_mm)
    canvas.paste(Image.fromarray(ink), (x, y))
    return np.asarray(canvas, np.float32) / np.float32(255)


def pen_strength(size: tuple[int, int], *, centre_mm: tuple[float, float], random: np.random.Generator) -> Strength:
    """Draw a signature: one stroke of a pen, 45 mm wide, that nobody could read."""
    scale = size[0] / PAGE_WIDTH_MM
    turns = np.linspace(0, 1, 500)
    phases = random.uniform(0, 2 * math.pi, 4)
    across = (turns - 0.5) * 38 + 6 * np.sin(2 * math.pi * 4.5 * turns + phases[0])
    height = 9 * (1 - turns) ** 0.7
    down = height * np.sin(2 * math.pi * 6 * turns + phases[1]) + 3 * np.sin(2 * math.pi * turns + phases[2])
    points = np.stack([(centre_mm[0] + across) * scale, (centre_mm[1] + down) * scale], axis=1)
    canvas = np.zeros((size[1], size[0]), np.uint8)
    cv2.polylines(canvas, [np.round(points * 8).astype(np.int32)], isClosed=False, color=255,
                  thickness=max(2, round(0.55 * scale)), lineType=cv2.LINE_AA, shift=3)  # fmt: skip
    return canvas.astype(np.float32) * np.float32(0.9 / 255)


def _signature_inks(
    size: tuple[int, int], centre_mm: tuple[float, float], seal_text: str, random: np.random.Generator
) -> tuple[Strength, Strength]:
    pen = pen_strength(size, centre_mm=centre_mm, random=random)
    beside = centre_mm[0] - 15.0, centre_mm[1]
    return pen, seal_strength(size, centre_mm=beside, text=seal_text, random=random)


def _seal_drawing(diameter: int, text: str) -> Image.Image:
    """Draw the stamp at four times its size, so that its edges come out smooth."""
    side = diameter * 4
    stamp = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(stamp)
    for inset, width in ((0.01, 0.022), (0.045, 0.008), (0.19, 0.008)):
        edge = inset * side
        pen.ellipse((edge, edge, side - edge, side - edge), outline=255, width=round(width * side))
    arms = [(side / 2 + side * radius * math.sin(math.pi * k / 5), side / 2 - side * radius * math.cos(math.pi * k / 5))
            for k in range(10) for radius in (0.085 if k % 2 == 0 else 0.034,)]  # fmt: skip
    pen.polygon(arms, fill=255)
    _around(stamp, "C.H.X.H.C.N VIỆT NAM", first_degrees=-75.0, last_degrees=75.0)
    middle = ImageFont.truetype(str(font_path("Bold")), round(side * 0.062))
    for offset, line in zip((0.17, -0.17), _two_lines(text), strict=False):
        pen.text((side / 2, side / 2 - offset * side), line, fill=255, font=middle, anchor="mm")
    return stamp.resize((diameter, diameter), Image.Resampling.LANCZOS)


def _two_lines(text: str) -> tuple[str, str]:
    words = text.split()
    half = (len(words) + 1) // 2
    return " ".join(words[:half]), " ".join(words[half:])


def _around(stamp: Image.Image, text: str, *, first_degrees: float, last_degrees: float) -> None:
    """Write letters along the ring, upright seen from the middle."""
    side = stamp.width
    font = ImageFont.truetype(str(font_path("Bold")), round(side * 0.085))
    for place, letter in enumerate(text):
        angle = first_degrees + (last_degrees - first_degrees) * place / max(1, len(text) - 1)
        layer = Image.new("L", stamp.size, 0)
        ImageDraw.Draw(layer).text((side / 2, side * 0.118), letter, fill=255, font=font, anchor="mm")
        stamp.paste(255, mask=layer.rotate(-angle))


def _toned(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Give the paper its yellowish tone, uneven over the page."""
    height, width = pixels.shape[:2]
    clouds = cv2.resize(random.random((7, 5), dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    tone = np.array(PAPER_TONE, np.float32) / 255 * (0.965 + 0.035 * clouds[..., None])
    return _as_pixels(pixels * tone)


def _shown_through(pixels: Pixels, back: Pixels, amount: float) -> Pixels:
    if amount <= 0:
        return pixels
    softened = cv2.GaussianBlur(back, (0, 0), 2.2).astype(np.float32) / 255
    return _as_pixels(pixels * (1 - amount * (1 - softened)))


def _skewed(pixels: Pixels, degrees: float) -> Pixels:
    if degrees == 0:
        return pixels
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return _as_pixels(cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_CUBIC,
                                     borderMode=cv2.BORDER_REPLICATE))  # fmt: skip


def _grainy(pixels: Pixels, deviation: float, random: np.random.Generator) -> Pixels:
    if deviation <= 0:
        return pixels
    return _as_pixels(pixels + deviation * random.standard_normal(pixels.shape, dtype=np.float32))


def _specked(pixels: Pixels, count: int, random: np.random.Generator) -> Pixels:
    marked = pixels.copy()
    height, width = pixels.shape[:2]
    for x, y, radius, level in zip(random.integers(0, width, count), random.integers(0, height, count),
                                   random.integers(0, 3, count), random.integers(20, 160, count),
                                   strict=True):  # fmt: skip
        cv2.circle(marked, (int(x), int(y)), int(radius), (int(level),) * 3, thickness=-1)
    return marked


def _as_jpeg(page: Image.Image, quality: int) -> Image.Image:
    stored = io.BytesIO()
    page.save(stored, "JPEG", quality=quality)
    return Image.open(stored).convert("RGB")


def _as_pixels(values: npt.ArrayLike) -> Pixels:
    return np.clip(np.rint(np.asarray(values, np.float32)), 0, 255).astype(np.uint8)
