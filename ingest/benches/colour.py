"""What colour pages cost and how true their lighter copies are: `luutru bench colour`.

Pages of our own: A4, 24 bit, 200 dpi, with paper tone, grain, show-through, seal and pen, stored in turn as JPEG
quality 90 and as lossless TIFF. They go the whole way into a new archive; then each copy is laid beside its source.
Source of the form: TT 05/2025/TT-BNV, Điều 8.
"""

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray

from archive import access
from archive.home import open_archive
from ingest.benches.ocr import Errors, cpu_of_children, page_errors, plain_reading
from ingest.benches.path import take_in
from ingest.pages.page_images import Pixels
from ingest.samples.letters import compose
from ingest.samples.scanner import ColourPage, colour_page
from schemas.identifiers import RecordId
from schemas.settings import load

SEED = 2026
DPI = 200
_QUALITY = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """One copy beside its source."""

    seal: float  # ΔE of the mean colour
    pen: float
    source: Errors
    copy: Errors
    plain_cpu_seconds: float  # of Tesseract alone on the source


def measure(*, pages: int = 100, seed: int = SEED) -> dict[str, Any]:
    """Make the pages, take them in with one worker, and compare. CPU in seconds, sizes in bytes, ΔE in CIE Lab 1976."""
    with tempfile.TemporaryDirectory(prefix="luutru-colour-") as name:
        files = Path(name) / "files"
        files.mkdir()
        sizes = [_write(files, number, seed=seed).stat().st_size for number in range(pages)]
        cost = take_in(files, home=Path(name) / "home", workers=1)
        copies, compared = [], []
        for number, copy in _copies(Path(name) / "home"):
            copies.append(copy.stat().st_size)
            compared.append(_compare(_page(number, seed=seed), copy, files / _name(number), folder=Path(name)))
    return {"seed": seed, **cost, **_sizes(sizes, copies), **_truth(compared)}


def _page(number: int, *, seed: int) -> ColourPage:
    letter = compose(seed, number, paragraph_count=3 + number % 8)
    return colour_page(letter, seed=seed * 10_000 + number, resolution_dpi=DPI)


def _name(number: int) -> str:
    return f"trang {number:03}.{'jpg' if number % 2 else 'tif'}"


def _write(folder: Path, number: int, *, seed: int) -> Path:
    path = folder / _name(number)
    options: dict[str, Any] = {"quality": _QUALITY} if number % 2 else {"compression": "tiff_lzw"}
    _page(number, seed=seed).image.save(path, dpi=(DPI, DPI), **options)
    return path


def _copies(home: Path) -> list[tuple[int, Path]]:
    """Give each page's number and a file with its copy."""
    found = []
    with open_archive(load(home)) as archive:
        for row in access.list_records(archive):
            package = access.package(archive, RecordId(row.id))
            _, stream = access.open_rendition(archive, RecordId(row.id))
            path = home / f"{row.id}.pdf"
            with stream:
                path.write_bytes(stream.read())
            found.append((int(package.sources[0][6:9]), path))
    return found


def _compare(page: ColourPage, copy: Path, source: Path, *, folder: Path) -> _Compared:
    decoded = cv2.imread(str(source), cv2.IMREAD_COLOR)
    assert decoded is not None
    original = decoded.astype(np.uint8, copy=False)
    pixels = _image_of(copy)
    lines = page.text.splitlines()
    before = cpu_of_children()
    text = plain_reading(original, folder=folder, dpi=DPI)
    return _Compared(
        plain_cpu_seconds=cpu_of_children() - before,
        seal=moved(original, pixels, page.seal),
        pen=moved(original, pixels, page.pen),
        source=page_errors(lines, text),
        copy=page_errors(lines, plain_reading(pixels, folder=folder, dpi=DPI)),
    )


def _image_of(copy: Path) -> Pixels:
    """Take the one image out of a copy."""
    with pikepdf.open(copy) as pdf:
        (image,) = pdf.pages[0].images.values()
        rgb = np.asarray(pikepdf.PdfImage(cast("pikepdf.Stream", image)).as_pil_image().convert("RGB"))
    return np.ascontiguousarray(rgb[:, :, ::-1])


def moved(before: Pixels, after: Pixels, mask: NDArray[np.bool_]) -> float:
    """Say by how much the mean colour of the masked pixels moved (ΔE, CIE Lab 1976)."""
    return float(np.linalg.norm(_lab(before, mask) - _lab(after, mask)))


def _lab(pixels: Pixels, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    mean = (pixels[mask].mean(axis=0) / 255).astype(np.float32)
    lab: NDArray[np.float32] = cv2.cvtColor(mean.reshape(1, 1, 3), cv2.COLOR_BGR2LAB).ravel().astype(np.float32)
    return lab


def _sizes(sources: list[int], copies: list[int]) -> dict[str, Any]:
    return {
        "median_source_bytes": round(statistics.median(sources)),
        "median_copy_bytes": round(statistics.median(copies)),
        "largest_copy_bytes": max(copies),
    }


def _truth(compared: list[_Compared]) -> dict[str, Any]:
    source, copy = Errors(), Errors()
    for each in compared:
        source, copy = source + each.source, copy + each.copy
    return {
        "compared": len(compared),
        "seal_moved_most": round(max(each.seal for each in compared), 2),
        "pen_moved_most": round(max(each.pen for each in compared), 2),
        "plain_cer_of_sources": source.percent,
        "plain_cer_of_copies": copy.percent,
        "plain_tesseract_cpu_seconds_a_page": round(statistics.fmean(each.plain_cpu_seconds for each in compared), 3),
    }
