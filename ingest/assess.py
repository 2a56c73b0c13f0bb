"""Decide how a document ends from all that was found: archived, a person must look (at what, why), or refused.

Pure. Any doubt of secrecy refuses; any finding that asks for a look, or the lack of the valid PDF/A that its kind
should have, is a review. Weakly read values alone are not: they are kept as such and shown as unchecked.
Sources: `schemas.findings` (severities); Luật 117/2025/QH15 (no state secret in a networked archive).
"""

from dataclasses import dataclass

from schemas.description import Description
from schemas.findings import Finding, Severity
from schemas.jobs import JobState
from schemas.packages import CopyRole, Kind, Rendition

_WITH_PRESERVATION = frozenset({Kind.SCAN, Kind.BORN_DIGITAL, Kind.MIXED, Kind.OFFICE, Kind.TEXT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The end state, and every finding that led to it, those added here included."""

    state: JobState
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Say whether the document may not come in."""
        return self.state is JobState.REFUSED


def assess(
    *,
    kind: Kind,
    findings: tuple[Finding, ...],
    rendition: Rendition | None,
    description: Description,
    has_text: bool,
) -> Assessment:
    """Give the end state. A refusal always wins, then a review; the order of findings is kept."""
    known = (*findings, *_of_description(description, has_text=has_text))
    known = (*known, *_of_copy(kind, known, rendition))
    known = (*known, *_of_text(kind, known, has_text=has_text))
    return Assessment(state=_state(known), findings=_once(known))


def _state(findings: tuple[Finding, ...]) -> JobState:
    severities = {finding.severity for finding in findings}
    if Severity.REFUSE in severities:
        return JobState.REFUSED
    return JobState.REVIEW if Severity.REVIEW in severities else JobState.ARCHIVED


def _of_description(description: Description, *, has_text: bool) -> tuple[Finding, ...]:
    """Refuse for a mark of secrecy, whoever or whatever saw it, however weakly; note a missing number."""
    found: list[Finding] = []
    secrecy = description.fields.get("secrecy")
    if secrecy is not None and secrecy.value:
        found.append(Finding(code="P007", page=secrecy.page))
    if has_text and "number" not in description.fields:
        found.append(Finding(code="S020"))
    return tuple(found)


def _of_copy(kind: Kind, known: tuple[Finding, ...], rendition: Rendition | None) -> tuple[Finding, ...]:
    """Ask for a look where a valid preservation PDF/A is due and missing; signed, locked and form files owe none."""
    if kind not in _WITH_PRESERVATION or _asks_for_a_look(known):
        return ()
    made = rendition is not None and rendition.path is not None and rendition.valid
    if made and rendition is not None and rendition.role is CopyRole.PRESERVATION:
        return ()
    return (Finding(code="S001", detail=rendition.reason or "" if rendition is not None else ""),)


def _of_text(kind: Kind, known: tuple[Finding, ...], *, has_text: bool) -> tuple[Finding, ...]:
    """Ask for a look where nothing could be read and nothing explains it."""
    if _asks_for_a_look(known) or any(finding.severity is Severity.REFUSE for finding in known):
        return ()
    if kind in (Kind.UNKNOWN, Kind.ENCRYPTED):
        return (Finding(code="P023" if kind is Kind.UNKNOWN else "P020"),) if not has_text else ()
    return () if has_text else (Finding(code="S019"),)


def _asks_for_a_look(findings: tuple[Finding, ...]) -> bool:
    return any(finding.severity is Severity.REVIEW for finding in findings)


def _once(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(dict.fromkeys(findings))
