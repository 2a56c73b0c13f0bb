"""The path of one document, read downwards: from received bytes to a finished package.

A document that stopped is started again from its untouched original; nothing here resumes half-done work. It never
opens the storage root: `ingest.submit` carries the package through the archive's door.
"""

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ingest.antivirus import scan_for_viruses
from ingest.assess import assess
from ingest.converting.convert_text import convert_text
from ingest.identify import Family, Nature, ReadLimits, identify, unopened
from ingest.intake import Received
from ingest.package import Made, build
from ingest.parsing import calls
from ingest.parsing.workshop import Workshop
from ingest.receive import check_whole
from ingest.routes import COPY, Copy, Tell, make_copy
from ingest.signatures import Signatures, find_signatures
from ingest.validate import Verdict
from schemas.description import Description, Method, Value
from schemas.errors import ProgramError, SubmissionError
from schemas.findings import FINDINGS, Finding, meaning
from schemas.jobs import Stage
from schemas.packages import CopyRole, Event, Kind, Package, Rendition

_AT_LEAST = {"2u": ("2u", "2a", "3u", "3a")}  # what keeps more than is asked is kept as it is
_NO_UNICODE = frozenset({"6.2.11.7.2-1", "6.2.11.7.2-2"})  # ISO 19005-2:2011: what level U asks for beyond level B
_LONG_PAGES = 300
_LONG_TEXT_BYTES = 1_000_000
_PROBE, _PROBE_COPY = Path("in/probe.txt"), Path("out/probe.pdf")
_FAULT_OF_THE_FILE = frozenset({"T101", "T102", "T103", "T105"})  # hung, died, wrote too much, lied: again and again


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A document that may not come in: it is kept apart, unindexed and unshown."""

    findings: tuple[Finding, ...]

    @property
    def reason(self) -> str:
        """Say why, for people."""
        return "; ".join(dict.fromkeys(meaning(f.code) for f in self.findings))


def digitise(received: Received, *, folder: Path, workshop: Workshop, tell: Tell, last: bool = True) -> Package | Held:
    """Carry one received document to a finished package in `folder/package`.

    Raises ProgramError when a program failed in a way that another attempt may mend. On the `last` attempt a document
    on which parser or judge hang or die, though they do other work, is kept for a person to look at (S021).
    """
    events: list[Event] = []
    tell(Stage.IDENTIFY)
    sources = _lay_out(received, folder, workshop)
    infected = scan_for_viruses(folder / "in", events=events)
    if infected is not None:
        return Held(findings=(infected,))
    nature = _nature(sources, workshop, tell, last=last)
    events.append(_event("format identification", "pygfried", nature.formats[0].name))
    if _is_long(nature, received):
        tell = _resting(tell, workshop)
    copy = make_copy(nature, sources, workshop=workshop, tell=tell)
    events.extend(_copy_events(copy))
    tell(Stage.VALIDATE)
    rendition, found, verdict = _validated(nature, copy, workshop, last=last)
    events.extend(_verdict_events(verdict))
    tell(Stage.DESCRIBE)
    description = _describe(received, copy, workshop)
    tell(Stage.ASSESS)
    findings = (*nature.findings, *copy.findings, *found)
    assessment = assess(
        kind=nature.kind, findings=findings, rendition=rendition, description=description, has_text=copy.has_text
    )
    if assessment.refused:
        return Held(findings=tuple(f for f in assessment.findings if FINDINGS[f.code].severity == "refuse"))
    tell(Stage.PACKAGE)
    made = Made(
        nature=nature,
        copy=copy,
        rendition=rendition,
        description=description,
        assessment=assessment,
        events=tuple(events),
        verdict=verdict,
    )
    return build(received, made, folder=folder, workshop=workshop)


def silent(_stage: Stage) -> None:
    """Tell nobody which step runs: what has no job has no book to write it in."""


def _lay_out(received: Received, folder: Path, workshop: Workshop) -> tuple[Path, ...]:
    """Put copies of the originals before the parsing process, under neutral names; check that they are whole."""
    workshop.clear()
    names = []
    for original in received.originals:
        name = Path("in") / Path(original.path).name
        check_whole(folder / name, original)
        shutil.copyfile(folder / name, workshop.folder / name)
        names.append(name)
    return tuple(names)


def _limits(workshop: Workshop) -> ReadLimits:
    settings = workshop.settings
    return ReadLimits(
        pages=settings.pages_limit, page_pixels=settings.page_pixels_limit, unpacked_bytes=settings.unpacked_limit_bytes
    )


def _nature(sources: tuple[Path, ...], workshop: Workshop, tell: Tell, *, last: bool) -> Nature:
    """Say what the document is, and whether it is signed."""
    try:
        nature = workshop.call(identify, paths=sources, limits=_limits(workshop))
        tell(Stage.SIGNATURES)
        return _with_signatures(nature, sources, workshop)
    except ProgramError as error:
        if not last or error.code not in _FAULT_OF_THE_FILE or not _works(workshop):
            raise
        return unopened(sources, Finding(code="S021", detail=error.code))


def _is_long(nature: Nature, received: Received) -> bool:
    size_bytes = sum(original.size_bytes for original in received.originals)
    return nature.pages > _LONG_PAGES or (nature.family is Family.TEXT and size_bytes > _LONG_TEXT_BYTES)


def _resting(tell: Tell, workshop: Workshop) -> Tell:
    """Let the kept processes end before each step, so that a very long document never fills more than one of them."""

    def told(stage: Stage) -> None:
        workshop.rest()
        tell(stage)

    return told


def _works(workshop: Workshop) -> bool:
    """Say whether parser and judge do their work on a text of our own: else not the document is at fault."""
    workshop.path(_PROBE).write_text("Văn bản thử\n", encoding="utf-8")
    try:
        workshop.call(convert_text, source=_PROBE, target=_PROBE_COPY, title="")
        return workshop.judge.judge(str(_PROBE_COPY)).compliant
    except ProgramError:
        return False


def _with_signatures(nature: Nature, sources: tuple[Path, ...], workshop: Workshop) -> Nature:
    """Make a file with any signature, living or dead, its own kind: it is never rewritten."""
    if nature.family is not Family.PDF or not nature.readable:
        return nature
    found: Signatures = workshop.call(find_signatures, path=sources[0])
    if not found.any:
        return nature
    code = "S003" if found.living else "S004"
    signed = Finding(code=code, detail=f"{found.living} / {found.dead}")
    return replace(nature, kind=Kind.SIGNED, findings=(*nature.findings, signed))


def _validated(
    nature: Nature, copy: Copy, workshop: Workshop, *, last: bool
) -> tuple[Rendition, tuple[Finding, ...], Verdict | None]:
    """Let both gates judge the copy; a copy that cannot be judged is none."""
    try:
        return _validate(nature, copy, workshop)
    except SubmissionError as error:
        code, reason = error.code, error.message
    except ProgramError as error:
        if not last or error.code not in _FAULT_OF_THE_FILE or not _works(workshop):
            raise
        code, reason = "S021", f"{error.code}: {error.message}"
    none = Rendition(part="0001", role=copy.role, path=None, reason=reason, method=copy.method)
    return none, (Finding(code=code, detail=reason),), None


def _validate(nature: Nature, copy: Copy, workshop: Workshop) -> tuple[Rendition, tuple[Finding, ...], Verdict | None]:
    """Let both gates judge the copy: veraPDF, and the letters before and after. Either may reject it."""
    none = Rendition(part="0001", role=copy.role, path=None, reason=copy.reason, method=copy.method)
    if copy.path is None:
        return none, (), None
    flavour = workshop.settings.flavour
    verdict, lower = _judged(workshop)
    if copy.gate_against is not None:
        kept = workshop.call(
            calls.gate_pages,
            before=copy.gate_against,
            after=COPY,
            page_kinds=tuple(facts.kind for facts in copy.facts),
            signed=nature.kind is Kind.SIGNED,
        )
        if not kept.passed:
            return replace(none, reason=kept.reason), (Finding(code="S002", detail=kept.reason or ""),), verdict
    found = (*(() if copy.role is CopyRole.PRESERVATION else (Finding(code="S007"),)), *lower)
    valid = verdict.compliant and (bool(lower) or verdict.flavour in _AT_LEAST.get(flavour, (flavour,)))
    reason = None if valid else "veraPDF: " + ", ".join(verdict.failed_rules[:5])
    folder = "preservation" if copy.role is CopyRole.PRESERVATION else "access"
    rendition = replace(
        none, path=f"{folder}/0001.pdf", flavour=verdict.flavour if valid else flavour, valid=valid, reason=reason
    )
    return rendition, found if valid else (*found, Finding(code="S001", detail=reason or "")), verdict


def _judged(workshop: Workshop) -> tuple[Verdict, tuple[Finding, ...]]:
    """Ask veraPDF; a copy that lacks nothing but the Unicode of some glyphs claims PDF/A-2b, and is asked again."""
    verdict = workshop.judge.judge(str(COPY))
    if verdict.flavour != "2u" or verdict.compliant or not _NO_UNICODE.issuperset(verdict.failed_rules):
        return verdict, ()
    workshop.call(calls.claim_less, path=COPY, flavour="2b")
    again = workshop.judge.judge(str(COPY))
    return again, (Finding(code="S026"),) if again.compliant else ()


def _describe(received: Received, copy: Copy, workshop: Workshop) -> Description:
    """Read the fields from the text; what a register says of the document wins."""
    description = Description()
    if copy.has_text:
        scanned = any(facts.kind == "scan" for facts in copy.facts)
        description = workshop.call(calls.describe_texts, born_digital=not scanned)
    said = {k: Value(value=v, raw=v, method=Method.REGISTER) for k, v in received.register.items()}
    return replace(description, fields={**description.fields, **said})


def _event(kind: str, agent: str, detail: str = "", *, outcome: str = "success") -> Event:
    return Event(type=kind, time=datetime.now(UTC).isoformat(), agent=agent, outcome=outcome, detail=detail)


def _copy_events(copy: Copy) -> list[Event]:
    events = (
        [_event("text recognition" if "tesseract" in copy.program else "text extraction", copy.program)]
        if copy.program
        else []
    )
    if copy.method or copy.reason:
        outcome = "success" if copy.path else "failure"
        detail = "; ".join(filter(None, (copy.reason, *copy.notes)))
        events.append(_event("normalization", copy.method or "luutru", detail, outcome=outcome))
    return events


def _verdict_events(verdict: Verdict | None) -> list[Event]:
    if verdict is None:
        return []
    outcome = "success" if verdict.compliant else "failure"
    return [
        _event(
            "validation", "veraPDF", f"{verdict.flavour} {' '.join(verdict.failed_rules[:20])}".strip(), outcome=outcome
        )
    ]
