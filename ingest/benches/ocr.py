"""How well pages are read, measured beside plain Tesseract on the same pixels.

Two parts: pages that the project makes and degrades itself (all the wear at once, the same for the same seed), and
the lines of real scans that people transcribed by eye. Character errors are counted after NFC with quotes, dashes and
blanks folded; each true line is laid where it fits best in the text of its page, so that the reading order of
columns does not count, and letters read beyond the true ones count as errors.
"""

import json
import os
import resource
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
import pytesseract
from PIL import Image

from archive.console import warn
from ingest.pages.page_images import PageImages, Pixels, Raster
from ingest.pages.tesseract import Reading, read_page
from ingest.samples.letters import compose
from ingest.samples.scanner import Wear, degrade
from ingest.samples.typeset import Sheet, typeset

SEED = 2026
DPI = 300
_FOLDED = str.maketrans(
    {**dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("–—―−‐‑", "-")}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Character errors and characters, of one or many pages."""

    wrong: int = 0
    of: int = 0

    def __add__(self, other: "Errors") -> "Errors":
        """Join two counts."""
        return Errors(wrong=self.wrong + other.wrong, of=self.of + other.of)

    @property
    def percent(self) -> float:
        """Character error rate in per cent."""
        return round(100 * self.wrong / max(self.of, 1), 2)


def folded(text: str) -> str:
    """Fold what two careful people may write differently: forms of quotes and dashes, blanks, composition."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_FOLDED).split())


def line_errors(line: str, page: str) -> int:
    """Count the errors of a line laid where it fits best in the page's text (edit distance, free ends)."""
    truth, read = folded(line), np.array([ord(c) for c in folded(page)], dtype=np.int32)
    places = np.arange(len(read) + 1)
    row = np.zeros(len(read) + 1, dtype=np.int64)
    for letter in truth:
        best = row + 1
        best[1:] = np.minimum(best[1:], row[:-1] + (read != ord(letter)))
        row = np.minimum.accumulate(best - places) + places
    return int(row.min())


def page_errors(lines: Sequence[str], page: str) -> Errors:
    """Count the errors of a whole page: its lines wherever they stand, and letters read beyond the true ones."""
    letters = sum(len(folded(line).replace(" ", "")) for line in lines)
    surplus = max(len(folded(page).replace(" ", "")) - letters, 0)
    return Errors(
        wrong=sum(line_errors(line, page) for line in lines) + surplus, of=sum(len(folded(line)) for line in lines)
    )


def worn_page(index: int, *, seed: int = SEED) -> tuple[Image.Image, Sheet, Wear]:
    """Make the page of that index: seal over body text, skew, show-through, noise, specks and JPEG at once."""
    random = Random(seed * 10_000 + index)  # noqa: S311 (repeatable on purpose)
    made = typeset(compose(seed, index, paragraph_count=8), resolution_dpi=DPI)
    wear = Wear(
        skew_degrees=(1 if index % 3 == 1 else -1) * random.uniform(2.6, 3.0),  # a feeder leans one way mostly
        seal_mm=(random.uniform(80, 140), random.uniform(110, 180)),
        bleed=random.uniform(0.20, 0.30),
        blur_px=0.8,
        noise=random.uniform(8, 12),
        specks=random.randint(60, 160),
        jpeg_quality=50,
    )
    return degrade(made.pages[0], seed=seed * 10_000 + index, wear=wear), made.sheets[0], wear


def measure(*, data: Path | None = None, pages: int = 30, seed: int = SEED) -> dict[str, Any]:
    """Measure both parts, telling each page on stderr; without `data` (a folder with vn-scans) only the first."""
    with tempfile.TemporaryDirectory() as folder:
        figures: dict[str, Any] = {"worn": _measure_worn(pages, seed=seed, folder=Path(folder))}
        if data is not None and (data / "vn-scans" / "truth-by-eye.json").is_file():
            figures["lines"] = _measure_lines(data / "vn-scans", folder=Path(folder))
    return figures


def _measure_worn(pages: int, *, seed: int, folder: Path) -> dict[str, Any]:
    ours = plain = Errors()
    spent = [0.0, 0.0]
    rows = []
    for index in range(pages):
        image, sheet, wear = worn_page(index, seed=seed)
        pixels = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
        lines = [line.text for line in sheet.lines]
        before = _cpu()
        read = page_errors(lines, _read(pixels, folder=folder))
        between = _cpu()
        raw = page_errors(lines, plain_reading(pixels, folder=folder))
        spent = [spent[0] + between - before, spent[1] + _cpu() - between]
        ours, plain = ours + read, plain + raw
        rows.append(
            {"page": index, "skew_degrees": round(wear.skew_degrees, 2), "cer": read.percent, "plain_cer": raw.percent}
        )
        warn(
            f"{index:3} {wear.skew_degrees:6.2f}° bleed {wear.bleed:.2f} noise {wear.noise:4.1f}   {read.percent:6.2f} %   plain {raw.percent:6.2f} %"
        )
    warn(f"{pages} worn pages, seed {seed}: {ours.percent} %, plain Tesseract {plain.percent} %")
    return {
        "pages": pages,
        "seed": seed,
        "dpi": DPI,
        "levels": {"seal_mm": 36, "skew_degrees": 3.0, "bleed": [0.2, 0.3], "noise": [8, 12], "jpeg_quality": 50},
        "characters": ours.of,
        "cer": ours.percent,
        "plain_cer": plain.percent,
        "cpu_seconds_a_page": round(spent[0] / max(pages, 1), 3),
        "plain_cpu_seconds_a_page": round(spent[1] / max(pages, 1), 3),
        "rows": rows,
    }


def _read(pixels: Pixels, *, folder: Path) -> str:
    high, wide = pixels.shape[:2]
    raster = Raster(pixels=pixels, points=(wide * 72 / DPI, high * 72 / DPI), bits=24)
    read = read_page(raster, folder=folder, reading=Reading())
    return "\n".join(" ".join(word.text for word in line.words) for line in read.lines)


def plain_reading(pixels: Pixels, *, folder: Path, dpi: int = DPI) -> str:
    """Read pixels as they are with Tesseract's defaults."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    image = folder / "plain.png"
    cv2.imwrite(str(image), pixels, [cv2.IMWRITE_PNG_COMPRESSION, 0])
    return str(pytesseract.image_to_string(str(image), lang="vie", config=f"--dpi {dpi}"))


def _cpu() -> float:
    parts = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in parts)


def cpu_of_children() -> float:
    """Give the CPU seconds of all processes that were started and have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def _measure_lines(scans: Path, *, folder: Path) -> dict[str, Any]:
    ours = plain = Errors()
    pages = 0
    for document in json.loads((scans / "truth-by-eye.json").read_text(encoding="utf-8")):
        lines = document.get("lines") or ()
        numbers = sorted({line["page"] for line in lines})
        if not numbers:
            continue
        with PageImages(scans / document["file"], pixels_limit=Reading().pixels_limit) as images:
            for number in numbers:
                truth = [line["text"] for line in lines if line["page"] == number]
                ours += _of_lines(truth, _read_raster(images.raster(number - 1), folder=folder))
                plain += _of_lines(truth, plain_reading(images.raster(number - 1).pixels, folder=folder, dpi=200))
                pages += 1
    warn(f"{pages} real pages, {ours.of} characters: {ours.percent} %, plain Tesseract {plain.percent} %")
    return {"pages": pages, "characters": ours.of, "cer": ours.percent, "plain_cer": plain.percent}


def _of_lines(lines: Sequence[str], page: str) -> Errors:
    return Errors(wrong=sum(line_errors(line, page) for line in lines), of=sum(len(folded(line)) for line in lines))


def _read_raster(raster: Raster, *, folder: Path) -> str:
    read = read_page(raster, folder=folder, reading=Reading())
    return "\n".join(" ".join(word.text for word in line.words) for line in read.lines)
