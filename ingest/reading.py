"""`luutru read`: the same path for one file, with nothing kept."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from ingest.intake import Received
from ingest.parsing.workshop import Workshop
from ingest.pipeline import Held, digitise, silent
from ingest.receive import Limits, receive
from schemas.description import FIELDS, Value
from schemas.errors import SubmissionError
from schemas.identifiers import new_record_id
from schemas.packages import Package, accession_key
from schemas.settings import Settings
from schemas.texts import read_pages
from schemas.values import to_json


def read_file(path: Path, settings: Settings) -> dict[str, Any]:
    """Read and describe one file; the answer has the keys of `luutru read --json`. Raises SubmissionError."""
    with tempfile.TemporaryDirectory(prefix="luutru-") as name:
        folder = Path(name)
        workshop = Workshop(settings, folder=folder / "exchange")
        try:
            received = _received(path, folder=folder, settings=settings)
            package = digitise(received, folder=folder, workshop=workshop, tell=silent)
        finally:
            workshop.close()
        if isinstance(package, Held):
            raise SubmissionError(package.findings[0].code, package.reason)
        return answer(package, folder / "package")


def _received(path: Path, *, folder: Path, settings: Settings) -> Received:
    originals = receive((path,), folder=folder / "in", limits=Limits(size_bytes=settings.size_limit_bytes))
    home = new_record_id()
    return Received(
        record=new_record_id(),
        key=accession_key(tuple(o.sha512 for o in originals), extent=None, fonds=home, file=home),
        fonds=home,
        file=home,
        received_at=datetime.now(UTC).isoformat(),
        sources=(originals[0].name,),
        originals=originals,
    )


def answer(package: Package, folder: Path) -> dict[str, Any]:
    """Give the JSON of commands.md for a package that lies in `folder`."""
    characters = 0
    if package.text_run is not None:
        run = folder / "text" / package.text_run
        pages = read_pages((run / "text.txt").read_bytes(), json.loads((run / "words.json").read_bytes()))
        characters = sum(len(page.text) for page in pages)
    confidences = [facts.confidence for facts in package.pages if facts.confidence is not None]
    fields = package.description.fields
    return {
        "pages": sum(part.pages for part in package.parts),
        "kind": str(package.kind),
        "text_chars": characters,
        "mean_confidence": round(fmean(confidences), 4) if confidences else None,
        "language": "vi",
        "fields": {name: _field(fields.get(name)) for name in FIELDS},
        "citations": [to_json(citation) for citation in package.description.citations],
        "findings": list(dict.fromkeys(f.code for f in package.findings)),
    }


def _field(value: Value | None) -> dict[str, Any] | None:
    return None if value is None else to_json(value)
