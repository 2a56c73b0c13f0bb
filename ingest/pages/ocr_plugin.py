"""OCRmyPDF's plugin: hands it the text layers that were read already, so that it only has to graft them.

OCRmyPDF would draw every page as PNG (76 % of its CPU on noisy scans) and start Tesseract on that; here nothing is
drawn and nothing is read. Loaded by name through OCRmyPDF's own plugin mechanism; the layers of a run are known by
its output file. Source: OCRmyPDF 17 manual, "Plugins" (rasterize_pdf_page, get_ocr_engine).
"""

# ruff: noqa: ARG001, ARG004 (OCRmyPDF names the parameters, and calls by name)

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ocrmypdf import OcrEngine, OrientationConfidence, hookimpl
from PIL import Image

from ingest.pages import tesseract

_PAGE_DIGITS = 6  # OCRmyPDF names a page's files 000001_…
_folders: dict[str, Path] = {}  # output file → folder of the text pages, named by page: 000001.pdf


@contextmanager
def layers_of(output: Path, folder: Path) -> Iterator[None]:
    """Let the run that writes `output` take its text pages from `folder`."""
    _folders[str(output)] = folder
    try:
        yield
    finally:
        del _folders[str(output)]


class LayerEngine(OcrEngine):
    """An OCR engine that has read everything before it is asked."""

    @staticmethod
    def version() -> str:
        """Give Tesseract's version: it did the reading."""
        return tesseract.version()

    @staticmethod
    def creator_tag(options: Any) -> str:
        """Name the program that read the pages, for the PDF's metadata."""
        return f"Tesseract OCR {tesseract.version()}"

    def __str__(self) -> str:
        """Name the engine."""
        return f"Tesseract {tesseract.version()} (read before)"

    @staticmethod
    def languages(options: Any) -> set[str]:
        """Agree with whatever language is asked for: nothing is read any more."""
        return set(options.languages)

    @staticmethod
    def get_orientation(input_file: Path, options: Any) -> OrientationConfidence:
        """Never turn a page: what was turned for reading is mapped back already."""
        return OrientationConfidence(angle=0, confidence=0.0)

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: Any) -> None:
        """Refuse: only the grafting of text pages is used."""
        raise NotImplementedError("luutru lays text pages, not hOCR")

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: Any) -> None:
        """Give the text page of the page that OCRmyPDF names in its file name; an empty file where there is none."""
        layer = _folders[str(options.output_file)] / f"{input_file.name[:_PAGE_DIGITS]}.pdf"
        if layer.is_file():
            shutil.copyfile(layer, output_pdf)
        else:
            output_pdf.touch()
        output_text.touch()


@hookimpl
def get_ocr_engine(options: Any) -> OcrEngine:
    """Offer the engine that has read everything."""
    return LayerEngine()


@hookimpl
def rasterize_pdf_page(output_file: Path) -> Path:
    """Give a dot in place of the page: nobody looks at it."""
    Image.new("1", (8, 8), 1).save(output_file, "PNG", dpi=(72, 72))
    return output_file
