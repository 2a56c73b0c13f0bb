"""OCRmyPDF's plugin: hands it the text layers that were read already, so that it grafts them and declares the PDF/A.

OCRmyPDF would draw every page as PNG (76 % of its CPU on noisy scans) and start Tesseract on that; here nothing is
drawn and nothing is read. Loaded by name through OCRmyPDF's own plugin mechanism; the layers of a run are known by
its output file. Source: OCRmyPDF 17 manual, "Plugins" (rasterize_pdf_page, get_ocr_engine).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ocrmypdf import OcrEngine, OrientationConfidence, hookimpl
from PIL import Image

from ingest import tesseract

_layers: dict[str, tuple[bytes, ...]] = {}  # output file → text page of each page; b"" for none


def lay(output: Path, layers: tuple[bytes, ...]) -> None:
    """Keep the layers of a run until `lift`."""
    _layers[str(output)] = layers


def lift(output: Path) -> None:
    """Forget the layers of a run."""
    _layers.pop(str(output), None)


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
        """Say that the asked language is there; a missing model fails when it is read."""
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
        """Write the text page of the page that OCRmyPDF names in its file name (000001_…)."""
        output_pdf.write_bytes(_layers[str(options.output_file)][int(input_file.name[:6]) - 1])
        output_text.write_text("", encoding="utf-8")


@hookimpl
def get_ocr_engine(options: Any) -> OcrEngine:
    """Offer the engine that has read everything."""
    return LayerEngine()


@hookimpl
def rasterize_pdf_page(output_file: Path) -> Path:
    """Give a dot in place of the page: nobody looks at it."""
    Image.new("1", (8, 8), 1).save(output_file, "PNG", dpi=(72, 72))
    return output_file
