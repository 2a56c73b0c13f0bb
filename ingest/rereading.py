"""`luutru reread`: read a kept record again, as a new version; its originals stay, and so does what people said.

The path is the same as for a new document, from the originals as they are kept. The new text stands beside the old one
(`text/run-2/` …), and record.json names the one that counts.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from archive import access
from archive.home import Archive
from ingest import submit
from ingest.intake import Received
from ingest.package import TEXT_RUN, write
from ingest.pages.tesseract import models
from ingest.parsing.workshop import Workshop
from ingest.pipeline import Held, digitise, silent
from schemas.description import Description, Method
from schemas.errors import SubmissionError, UsageError
from schemas.identifiers import RecordId
from schemas.packages import Package
from schemas.settings import Settings
from schemas.words import word

_SAID_BY_PEOPLE = frozenset({Method.PERSON, Method.REGISTER})
Reread = Callable[[RecordId, datetime], Package]


@contextmanager
def rereader(archive: Archive, settings: Settings, *, model: str = "") -> Iterator[Reread]:
    """Give a function that reads one record again and gives what is now said of it.

    `model`: Tesseract's, such as `vie` or `script/Vietnamese`. Raises UsageError U031 for one that is not installed.
    """
    settings = settings.model_copy(update={"language": model}) if model else settings
    settings.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="reread-", dir=settings.work) as name:
        workshop = Workshop(settings, folder=Path(name) / "exchange")
        try:
            installed = workshop.call(models)
            if missing := set(settings.language.split("+")) - set(installed):
                raise UsageError("U031", word("no-model", model=", ".join(missing), installed=", ".join(installed)))
            yield lambda record, now: _reread(record, archive, workshop=workshop, folder=Path(name) / "job", now=now)
        finally:
            workshop.close()


def _reread(record: RecordId, archive: Archive, *, workshop: Workshop, folder: Path, now: datetime) -> Package:
    before = access.package(archive, record)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "in").mkdir(parents=True)
    for original in before.originals:
        _, stream = access.open_original(archive, record, original.path)
        with stream, (folder / "in" / Path(original.path).name).open("wb") as copy:
            shutil.copyfileobj(stream, copy)
    made = digitise(_received(before), folder=folder, workshop=workshop, tell=silent)
    if isinstance(made, Held):
        raise SubmissionError(made.findings[0].code, made.reason)
    after = _joined(before, made)
    if after.text_run:
        (folder / "package/text" / TEXT_RUN).rename(folder / "package/text" / after.text_run)
    write(after, folder / "package")
    submit.submit_again(folder / "package", archive, now=now)
    return after


def _received(package: Package) -> Received:
    return Received(
        record=package.record,
        key=package.accession_key,
        fonds=package.fonds,
        file=package.file,
        received_at=package.received_at,
        sources=package.sources,
        originals=package.originals,
    )


def _joined(before: Package, made: Package) -> Package:
    """Give what is said of the record now: the new reading, and of the old one what people and registers said."""
    kept = {name: value for name, value in before.description.fields.items() if value.method in _SAID_BY_PEOPLE}
    return replace(
        made,
        text_run=_next_run(before.text_run) if made.text_run else None,
        description=Description(fields={**made.description.fields, **kept}, citations=made.description.citations),
        events=(*before.events, *made.events),
        extent=before.extent,
        access=before.access,
    )


def _next_run(run: str | None) -> str:
    return f"run-{int(run.removeprefix('run-')) + 1}" if run else "run-1"
