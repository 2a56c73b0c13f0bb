"""Marks a page image with the agency, the reader and the time, for those who may read on the screen only.

The words lie over the whole page and only darken it, so that it stays readable and a photograph of the screen says where
it came from; the agency stands in the middle of the lower margin too. Pure: an image in, an image out.
Source: TT 05/2025/TT-BNV, Điều 37 (tên cơ quan ở lề dưới chính giữa các trang, không tải).
"""

import io
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFont

_FONTS = ("LiberationSans-Regular.ttf", "DejaVuSans.ttf")  # either holds every Vietnamese letter
_GREY = 205  # of 255: what lies under it is darkened by a fifth
_DARK = 90
_SLANT_DEGREES = 28
_LETTER_SHARE = 48  # of the page's width
_QUALITY = 72
MEDIA_TYPE = "image/webp"

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def marked(image: bytes, *, agency: str, reader: str) -> bytes:
    """Give the image of a page with the marks, as WebP. `reader` is the whole line: who reads it, and when."""
    with Image.open(io.BytesIO(image)) as page:
        shown = page.convert("RGB")
    font = _font(max(10, shown.width // _LETTER_SHARE))
    over = _tiled(_slanted(" · ".join(filter(None, (agency, reader))), font), shown.size)
    _in_lower_margin(over, agency, font)
    written = io.BytesIO()
    ImageChops.multiply(shown, over.convert("RGB")).save(written, "WEBP", quality=_QUALITY, method=2)
    return written.getvalue()


def _slanted(words: str, font: _Font) -> Image.Image:
    left, top, right, bottom = font.getbbox(words)
    gap = int(bottom - top) * 2
    line = Image.new("L", (int(right - left) + gap * 3, int(bottom - top) + gap), 255)
    ImageDraw.Draw(line).text((gap - left, gap // 2 - top), words, font=font, fill=_GREY)
    return line.rotate(_SLANT_DEGREES, expand=True, fillcolor=255, resample=Image.Resampling.BILINEAR)


def _tiled(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    over = Image.new("L", size, 255)
    for row, y in enumerate(range(-tile.height // 3, size[1], tile.height * 3 // 4)):
        shift = tile.width // 2 if row % 2 else 0
        for x in range(-shift - tile.width // 4, size[0], tile.width * 3 // 4):
            box = (x, y, x + tile.width, y + tile.height)
            over.paste(ImageChops.darker(over.crop(box), tile), box)
    return over


def _in_lower_margin(over: Image.Image, agency: str, font: _Font) -> None:
    if agency:
        middle = (over.width / 2, over.height - over.width / _LETTER_SHARE)
        ImageDraw.Draw(over).text(middle, agency, font=font, fill=_DARK, anchor="mm")


@lru_cache(maxsize=16)
def _font(size: int) -> _Font:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
