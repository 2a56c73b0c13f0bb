"""A whole reading room for tests: a real home with records whose PDFs show their words where their boxes say."""

import hashlib
import io
import json
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
from flask import Flask
from flask.testing import FlaskClient
from fpdf import FPDF

from archive import accession, arrangement, home
from archive.arrangement import Place
from archive.home import Archive
from ingest.deliveries.counter import UploadCounter
from ingest.deliveries.items import Items
from ingest.deliveries.register import Register
from ingest.jobs.book import Ending, Job, JobBook
from ingest.jobs.feedback import FeedbackBox
from schemas.description import Citation, Description, Value
from schemas.findings import Finding
from schemas.identifiers import RecordId, Sha256, Sha512, new_job_id
from schemas.jobs import JobState, Stage
from schemas.packages import CopyRole, Package, Rendition, accession_key
from schemas.settings import Settings
from schemas.texts import PageText, text_file, words_file
from schemas.values import to_json
from search_ui.app import create_app
from search_ui.follow import catch_up
from search_ui.index.tantivy import TantivyIndex
from search_ui.room import EXTENSION, Room
from tests.builders import a_package, a_page_text

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")
A4 = (595.0, 842.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ARoom:
    """What a test of the pages needs."""

    settings: Settings
    archive: Archive
    index: TantivyIndex
    app: Flask
    counter: UploadCounter

    @property
    def room(self) -> Room:
        opened: Room = self.app.extensions[EXTENSION]
        return opened

    def follow(self) -> None:
        catch_up(self.archive, self.index)


class OwnForms(FlaskClient):
    """A browser that sends our forms as our scripts send them: with their token."""

    def open(self, *place: Any, **more: Any) -> Any:
        headers = dict(more.pop("headers", None) or {})
        if more.get("method", "GET") not in {"GET", "HEAD", "OPTIONS"}:
            page = super().open("/tra-so", method="GET", base_url=more.get("base_url")).get_data(as_text=True)
            found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
            headers.setdefault("X-CSRF-Token", found[1] if found else "")
        return super().open(*place, headers=headers, **more)


def a_room(folder: Path) -> ARoom:
    settings = Settings(home=folder, agency="Sở Nội vụ tỉnh Kiên Giang")
    archive = home.init(settings, now=NOW)
    index = TantivyIndex(settings.index)
    desk = a_desk(settings)
    app = create_app(settings, archive=archive, index=index, render=draw, desk=desk)
    app.test_client_class = OwnForms
    return ARoom(settings=settings, archive=archive, index=index, app=app, counter=desk[0])


def a_desk(settings: Settings) -> tuple[UploadCounter, FeedbackBox]:
    """Give the counter and the box for reports of a home."""
    return UploadCounter(settings), FeedbackBox(settings.desk_address())


def draw(path: Path, page_number: int, width: int) -> bytes:
    """Draw a page in this process: what the tests make is trusted."""
    pdf = pypdfium2.PdfDocument(path)
    try:
        page = pdf[page_number - 1]
        image = page.render(scale=width / page.get_width()).to_pil().convert("RGB")
    finally:
        pdf.close()
    content = io.BytesIO()
    image.save(content, "JPEG", quality=80)
    return content.getvalue()


def add(  # noqa: PLR0913 - each has a default
    room: ARoom,
    which: int,
    texts: Sequence[str],
    *,
    source: str = "tep.pdf",
    findings: Sequence[str] = (),
    fields: dict[str, str] | None = None,
    confidence: float = 0.95,
    place: Place = Place(),  # noqa: B008 - it is frozen
    citations: Sequence[Citation] = (),
    record: RecordId | None = None,
) -> RecordId:
    """Accept a record with these page texts through the archive's own door; `record`: under this id."""
    pages = tuple(a_page_text(text) for text in texts)
    content = a_pdf(pages)
    at = arrangement.ensure(room.archive, place, actor=home.SYSTEM, now=NOW)
    package = a_package(which, source=source, pages=len(texts))
    sha512 = Sha512(hashlib.sha512(content + source.encode()).hexdigest())
    original = content + source.encode()
    described = {key: Value(value=text, page=1, confidence=confidence) for key, text in (fields or {}).items()}
    package = replace(
        package,
        record=record or package.record,
        fonds=at.fonds,
        file=at.file,
        accession_key=accession_key((sha512,), extent=None, fonds=at.fonds, file=at.file),
        originals=(
            replace(
                package.originals[0],
                sha256=Sha256(hashlib.sha256(original).hexdigest()),
                sha512=sha512,
                size_bytes=len(original),
            ),
        ),
        renditions=(
            Rendition(
                part="0001", role=CopyRole.PRESERVATION, path="preservation/0001.pdf", flavour="2u", valid=True,
                sha512=Sha512(hashlib.sha512(content).hexdigest()),
            ),
        ),
        description=Description(fields=described, citations=tuple(citations)),
        findings=tuple(Finding(code=code, page=1) for code in findings),
        state="review" if any(code in {"S010", "S001", "P021"} for code in findings) else "archived",
    )  # fmt: skip
    folder = room.settings.home / "offers" / package.record
    _write(folder, package, pages, {"original/0001.pdf": original, "preservation/0001.pdf": content})
    return accession.accept(folder, room.archive, actor=home.SYSTEM, now=NOW).record


def a_pdf(pages: Sequence[PageText]) -> bytes:
    """Typeset pages with every word in its box."""
    pdf = FPDF(unit="pt", format=A4)
    pdf.set_auto_page_break(auto=False)
    pdf.add_font("serif", fname=str(FONT))
    for page in pages:
        pdf.add_page()
        for word in page.words:
            x, y, width, height = word.box
            pdf.set_font("serif", size=height * A4[1] * 0.95)
            text = page.text[word.start : word.end]
            natural = pdf.get_string_width(text)
            pdf.set_stretching(100 * width * A4[0] / natural if natural else 100)
            pdf.text(x * A4[0], (y + height * 0.8) * A4[1], text)
    return bytes(pdf.output())


def a_batch(room: ARoom, endings: dict[str, Ending | None], *, attempts: int = 1) -> str:
    """Write a batch of a command down whose documents ended so; None: it is being worked on. Gives its id."""
    address = room.settings.desk_address()
    with closing(Register(address)) as register, closing(Items(address)) as items, closing(JobBook(address)) as book:
        batch = register.open("", command=True, now=NOW).id
        for source, ending in endings.items():
            job = Job(id=new_job_id(), batch="a:1:1", state=JobState.WAITING, stage=Stage.RECOGNISE, source=source,
                      received={}, attempts=attempts)  # fmt: skip
            items.note(batch, source, job.id)
            if ending is None:
                book.add(job, key=job.id, now=NOW)
                book.lease(JobState.WAITING, holder="a:1:1", now=NOW, seconds=1e6, job=job.id)
            else:
                book.add_ended(job, ending, now=NOW)
    return batch


def _write(folder: Path, package: Package, pages: tuple[PageText, ...], files: dict[str, bytes]) -> None:
    words = json.dumps(words_file(pages, run={"program": "a test"})).encode()
    texts = {"text/run-1/text.txt": text_file(pages), "text/run-1/words.json": words}
    for path, data in {**files, **texts, "package.json": json.dumps(to_json(package)).encode()}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
