"""Page images for the reading room, drawn by pdfium in a sandboxed process of their own: the PDFs were strangers' once."""

import base64
import itertools
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ingest.pages.drawing import draw, ready
from ingest.parsing.workshop import Workshop
from schemas.errors import LuutruError
from schemas.settings import Settings

Render = Callable[[Path, int, int], bytes]


def renderer(settings: Settings) -> tuple[Render, Callable[[], None]]:
    """Give a function (PDF, page from 1, width in pixels) → JPEG for many threads, and one that ends its process."""
    workshop = Workshop(settings, folder=settings.work / "exchange" / f"render-{os.getpid()}")
    lock, numbers = threading.Lock(), itertools.count()

    def render(pdf: Path, page_number: int, width: int) -> bytes:
        with lock:
            name = Path(f"{next(numbers)}.pdf")
            shutil.copyfile(pdf, workshop.folder / name)
            try:
                return base64.b64decode(workshop.call(draw, pdf=name, page_number=page_number, width=width))
            finally:
                (workshop.folder / name).unlink(missing_ok=True)

    ended = threading.Event()

    def start() -> None:
        """Start the process, so that the first reader does not wait for it, and stay: it dies with the thread that made it."""
        with lock, suppress(LuutruError):  # who asks for a page is told what is wrong
            workshop.call(ready)
        ended.wait()

    def close() -> None:
        ended.set()
        with lock:
            workshop.close()

    threading.Thread(target=start, name="renderer", daemon=True).start()
    return render, close
