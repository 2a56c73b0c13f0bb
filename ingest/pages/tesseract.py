"""Tesseract on one prepared image: once, and a second time only where the first result looks wrong.

The image goes over as a plain PBM or PGM file (no compression to pay for) and comes back as hOCR; text, boxes and
confidences are all made of that one run. Tesseract runs with one thread: more threads cost 2.4 times the CPU and
read no faster. Source: Tesseract 5 manual, page segmentation modes 3 (automatic) and 6 (one uniform block).
"""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytesseract

from ingest.pages.hocr import ReadLine, read_hocr
from ingest.pages.page_images import Raster
from ingest.prepare import Prepared, Step, prepare
from schemas.errors import ProgramError
from schemas.words import word

_FEW_FOR_THE_INK = 0.35  # letters read for each letter-like shape seen; good pages have 0.8 and more
_FEW_SURE = 0.22  # letters of sure words for each such shape
_SURE_WORD, _SURE_LENGTH = 0.80, 2
_SURE_TURN = 1.0  # Tesseract's own measure of orientation confidence
_RELIABLE_WORD = 0.5
_ORIENTATION_ONLY = 0  # page segmentation mode
_OPTIONS = {  # trying every doubtful line in white on black as well costs 2 % and found nothing; the second try does
    3: "-c tessedit_create_hocr=1 -c tessedit_do_invert=0",
    6: "-c tessedit_create_hocr=1",
}
_ROTATE = re.compile(r"Rotate: (\d+)")
_SURE = re.compile(r"Orientation confidence: ([\d.]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read: Tesseract's model, limits, and the mean confidence under which a person must look."""

    language: str = "vie"
    page_timeout_seconds: float = 120.0
    pixels_limit: int = 200_000_000
    review_confidence: float = 0.60


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """What was read of one image; `lines` are in pixels of `prepared`."""

    prepared: Prepared
    lines: tuple[ReadLine, ...]
    mode: int = 3  # of page segmentation
    tries: int = 1
    first: bool = True  # the first try was the best

    @property
    def characters(self) -> int:
        """Count the letters read."""
        return sum(len(word.text) for line in self.lines for word in line.words)

    @property
    def confidence(self) -> float:
        """Mean confidence of the words, 0..1, weighted by their length."""
        weights = [(len(word.text), word.confidence) for line in self.lines for word in line.words]
        return sum(n * c for n, c in weights) / max(sum(n for n, _ in weights), 1)

    @property
    def sure(self) -> int:
        """Count the letters of words that were read with certainty; a single letter proves nothing."""
        words = (word for line in self.lines for word in line.words)
        return sum(len(w.text) for w in words if w.confidence >= _SURE_WORD and len(w.text) >= _SURE_LENGTH)

    @property
    def worth(self) -> float:
        """How much was read reliably: the measure by which two readings are compared."""
        words = (word for line in self.lines for word in line.words)
        return sum(len(word.text) * (word.confidence - _RELIABLE_WORD) for word in words)


def version() -> str:
    """Give Tesseract's version."""
    return str(pytesseract.get_tesseract_version())


def models() -> tuple[str, ...]:
    """Name the models that are installed."""
    return tuple(pytesseract.get_languages(config=""))


def read_page(raster: Raster, *, folder: Path, reading: Reading) -> ReadPage:
    """Prepare and read one page image that is not known to be upright. A blank page is not read at all.

    Raises ProgramError T101 when Tesseract hangs and T102 when it dies.
    """
    prepared = prepare(raster)
    if prepared.look.blank:
        return ReadPage(prepared=prepared, lines=(), tries=0)
    if prepared.look.sideways:
        prepared = prepare(raster, rotation=_orientation(prepared, folder=folder, reading=reading) or 90)
    best = _read(prepared, mode=3, folder=folder, reading=reading)
    if not looks_wrong(best):
        return best
    rotation = (prepared.rotation + _orientation(prepared, folder=folder, reading=reading)) % 360
    if rotation != prepared.rotation:
        turned = prepare(raster, rotation=rotation)
        best = _again(best, turned, mode=3, folder=folder, reading=reading)
    return _second(best, raster, folder=folder, reading=reading) if looks_wrong(best) else best


def _second(first: ReadPage, raster: Raster, *, folder: Path, reading: Reading) -> ReadPage:
    """Try what helps a page whose layout was not understood: straighten it; then take it for one block of text."""
    best, prepared = first, first.prepared
    if Step.DESKEW not in prepared.steps:
        straight = prepare(raster, rotation=prepared.rotation, again=True)
        if Step.DESKEW in straight.steps:
            prepared, best = straight, _again(best, straight, mode=3, folder=folder, reading=reading)
    return _again(best, prepared, mode=6, folder=folder, reading=reading) if looks_wrong(best) else best


def _again(first: ReadPage, prepared: Prepared, *, mode: int, folder: Path, reading: Reading) -> ReadPage:
    """Read once more and give the better of both; a second try that fails takes nothing away."""
    try:
        second = _read(prepared, mode=mode, folder=folder, reading=reading)
    except ProgramError:
        return replace(first, tries=first.tries + 1)
    tries = first.tries + second.tries
    if second.worth > first.worth * 1.02 + 1:
        return replace(second, tries=tries, first=False)
    return replace(first, tries=tries)


def looks_wrong(page: ReadPage) -> bool:
    """Say whether the result does not fit the page: far fewer letters than shapes, or hardly any that are sure.

    Measured: upright pages of print have 0.7 sure letters and more for each shape seen, lists filled in by hand 0.33
    and more (a second try does not help them), upside-down pages 0.15 at most.
    """
    shapes = page.prepared.look.letters
    return page.characters < _FEW_FOR_THE_INK * shapes or page.sure < _FEW_SURE * shapes


def _read(prepared: Prepared, *, mode: int, folder: Path, reading: Reading) -> ReadPage:
    data = _tesseract(prepared, mode=mode, folder=folder, reading=reading)
    try:
        return ReadPage(prepared=prepared, lines=read_hocr(data), mode=mode)
    except ValueError as error:
        raise ProgramError("T102", word("program-unreadable", program="tesseract")) from error


def _orientation(prepared: Prepared, *, folder: Path, reading: Reading) -> int:
    """Ask Tesseract by how many degrees clockwise the image must be turned; 0 when it is not sure."""
    try:
        answer = _tesseract(prepared, mode=_ORIENTATION_ONLY, folder=folder, reading=reading).decode()
    except ProgramError:
        return 0  # too few letters: it ends with an error
    turn, sure = _ROTATE.search(answer), _SURE.search(answer)
    return int(turn.group(1)) % 360 if turn and sure and float(sure.group(1)) >= _SURE_TURN else 0


def _tesseract(prepared: Prepared, *, mode: int, folder: Path, reading: Reading) -> bytes:
    """Run Tesseract once: its hOCR, or with mode 0 its opinion of the orientation."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    image = folder / "page.pnm"
    image.write_bytes(pnm(prepared))
    options = f"--psm {mode} --dpi {round(prepared.dpi)}"
    try:
        answer = pytesseract.pytesseract.run_and_get_output(
            str(image),
            extension="osd" if mode == _ORIENTATION_ONLY else "hocr",
            lang="osd" if mode == _ORIENTATION_ONLY else reading.language,
            config=f"{options} {_OPTIONS.get(mode, '')}",
            timeout=reading.page_timeout_seconds,
            return_bytes=True,
        )
    except pytesseract.TesseractError as error:
        raise ProgramError("T102", word("program-died", program="tesseract", code=error.status)) from error
    except RuntimeError as error:
        raise ProgramError("T101", word("program-hung", program="tesseract")) from error
    finally:
        image.unlink(missing_ok=True)
    return bytes(answer)


def pnm(prepared: Prepared) -> bytes:
    """Write the image as PBM (black and white) or PGM (grey)."""
    high, wide = prepared.pixels.shape
    if prepared.bilevel:
        return b"P4\n%d %d\n" % (wide, high) + np.packbits(prepared.pixels < 128, axis=1).tobytes()
    return b"P5\n%d %d\n255\n" % (wide, high) + prepared.pixels.tobytes()
