"""Draw one page of a PDF as a JPEG; runs inside the sandboxed parsing process."""

import base64
import io
from pathlib import Path

import pypdfium2

from schemas.errors import SubmissionError
from schemas.words import word

_QUALITY = 72
_WIDEST = 4000  # pixels


def draw(pdf: Path, *, page_number: int, width: int) -> str:
    """Draw one page (from 1) as a JPEG so many pixels wide; base64. Raises SubmissionError P021. Runs in the sandbox."""
    try:
        document = pypdfium2.PdfDocument(pdf)
        page = document[page_number - 1]
        image = page.render(scale=min(width, _WIDEST) / page.get_width()).to_pil()
        content = io.BytesIO()
        image.convert("RGB").save(content, "JPEG", quality=_QUALITY, optimize=True)
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise SubmissionError("P021", word("page-undrawable", page=page_number)) from error
    return base64.b64encode(content.getvalue()).decode("ascii")


def ready() -> bool:
    """Say that pages can be drawn here: the process is there and has what it needs."""
    return True
