"""Step: put the finished package together in the job's folder, every digest taken of what really lies there.

Order: files → package.json, written to a temporary name and renamed last. A folder without package.json is no package.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.assess import Assessment
from ingest.identify import Nature
from ingest.intake import Received
from ingest.pages.text_files import TEXT, WORDS, check
from ingest.parsing.workshop import Workshop
from ingest.receive import fsync_folder
from ingest.routes import COPY, Copy
from ingest.validate import Verdict
from schemas.description import Description
from schemas.identifiers import Sha512
from schemas.packages import Event, Original, Package, Part, Rendition, Role
from schemas.values import to_json

TEXT_RUN = "run-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """All that the steps found out about one document."""

    nature: Nature
    copy: Copy
    rendition: Rendition
    description: Description
    assessment: Assessment
    events: tuple[Event, ...]
    verdict: Verdict | None


def build(received: Received, made: Made, *, folder: Path, workshop: Workshop) -> Package:
    """Write `folder/package` and give what its package.json says. An earlier attempt's package is thrown away."""
    place = folder / "package"
    shutil.rmtree(place, ignore_errors=True)
    (place / "original").mkdir(parents=True)
    for original in received.originals:
        name = Path(original.path).name
        (place / "original" / name).hardlink_to(folder / "in" / name)
    rendition = _take_copy(made.rendition, place, workshop)
    run = _take_texts(made.copy, place, workshop)
    if made.verdict is not None:
        (place / "validation").mkdir()
        (place / "validation" / "0001.json").write_bytes(made.verdict.report)
    package = _package(received, made, rendition=rendition, run=run)
    package = replace(package, access=workshop.settings.access_level.value)
    write(package, place)
    return package


def write(package: Package, place: Path) -> None:
    """Write package.json, whole or not at all."""
    temporary = place / "package.json.part"
    temporary.write_text(json.dumps(to_json(package), ensure_ascii=False), encoding="utf-8")
    temporary.rename(place / "package.json")
    fsync_folder(place)


def _package(received: Received, made: Made, *, rendition: Rendition, run: str | None) -> Package:
    nature, pages = made.nature, len(made.copy.facts) or made.nature.pages
    originals = _with_formats(received.originals, nature)
    part = Part(part="0001", role=Role.BODY, originals=tuple(o.path for o in originals), first_page=1, pages=pages)
    return Package(
        record=received.record,
        accession_key=received.key,
        fonds=received.fonds,
        file=received.file,
        received_at=received.received_at,
        sources=received.sources,
        kind=nature.kind,
        state=str(made.assessment.state),
        originals=originals,
        parts=(part,),
        renditions=(rendition,) if rendition.path or rendition.reason else (),
        pages=made.copy.facts,
        text_run=run,
        findings=made.assessment.findings,
        description=made.description,
        events=made.events,
    )


def _with_formats(originals: tuple[Original, ...], nature: Nature) -> tuple[Original, ...]:
    return tuple(replace(o, format=f) for o, f in zip(originals, nature.formats, strict=True))


def _take_copy(rendition: Rendition, place: Path, workshop: Workshop) -> Rendition:
    """Move the copy in and take its digest."""
    if rendition.path is None:
        return rendition
    target = place / rendition.path
    target.parent.mkdir()
    shutil.move(workshop.path(COPY), target)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").hexdigest()
    return replace(rendition, sha512=Sha512(digest))


def _take_texts(copy: Copy, place: Path, workshop: Workshop) -> str | None:
    """Move text and word boxes in, after a look that they are of one run."""
    if not copy.has_text:
        return None
    folder = place / "text" / TEXT_RUN
    folder.mkdir(parents=True)
    shutil.copyfile(workshop.path(TEXT), folder / "text.txt")
    shutil.copyfile(workshop.path(WORDS), folder / "words.json")
    check(folder / "text.txt", folder / "words.json")
    return TEXT_RUN
