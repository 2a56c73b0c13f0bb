"""How a document ends, from what was found."""

import pytest

from ingest.assess import assess
from schemas.description import Description, Method, Value
from schemas.findings import FINDINGS, Finding, Severity
from schemas.jobs import JobState
from schemas.packages import CopyRole, Kind, Rendition

GOOD = Rendition(part="0001", role=CopyRole.PRESERVATION, path="preservation/0001.pdf", flavour="2u", valid=True)
NUMBERED = Description(fields={"number": Value(value="15/CT-TTg")})


def state(kind: Kind = Kind.SCAN, *codes: str, rendition: Rendition | None = GOOD, has_text: bool = True) -> JobState:
    found = tuple(Finding(code=code) for code in codes)
    return assess(kind=kind, findings=found, rendition=rendition, description=NUMBERED, has_text=has_text).state


def test_a_good_scan_is_archived_without_a_finding() -> None:
    done = assess(kind=Kind.SCAN, findings=(), rendition=GOOD, description=NUMBERED, has_text=True)
    assert (done.state, done.findings, done.refused) == (JobState.ARCHIVED, (), False)


@pytest.mark.parametrize("code", FINDINGS)
def test_a_finding_alone_decides_by_its_severity(code: str) -> None:
    wanted = {
        Severity.NOTE: JobState.ARCHIVED,
        Severity.REVIEW: JobState.REVIEW,
        Severity.REFUSE: JobState.REFUSED,
    }
    assert state(Kind.SCAN, code) is wanted[FINDINGS[code].severity]


def test_a_refusal_wins_over_a_review() -> None:
    assert state(Kind.SCAN, "S010", "P009", "S012") is JobState.REFUSED


@pytest.mark.parametrize("method", list(Method))
def test_any_doubt_of_secrecy_refuses(method: Method) -> None:
    marked = Description(fields={"secrecy": Value(value="MẬT", page=1, confidence=0.1, method=method)})
    done = assess(kind=Kind.SCAN, findings=(), rendition=GOOD, description=marked, has_text=True)
    assert done.refused
    assert Finding(code="P007", page=1) in done.findings


@pytest.mark.parametrize("kind", [Kind.SCAN, Kind.BORN_DIGITAL, Kind.MIXED, Kind.OFFICE, Kind.TEXT])
@pytest.mark.parametrize(
    "rendition",
    [
        None,
        Rendition(part="0001", role=CopyRole.PRESERVATION, path=None, reason="no fonts"),
        Rendition(part="0001", role=CopyRole.PRESERVATION, path="preservation/0001.pdf", valid=False),
        Rendition(part="0001", role=CopyRole.ACCESS, path="access/0001.pdf", valid=True),
    ],
)
def test_what_should_have_a_valid_pdfa_and_has_none_needs_a_look(kind: Kind, rendition: Rendition | None) -> None:
    assert state(kind, rendition=rendition) is JobState.REVIEW


@pytest.mark.parametrize("kind", [Kind.SIGNED, Kind.FORM])
def test_what_must_not_be_rewritten_owes_no_copy(kind: Kind) -> None:
    assert state(kind, "S003", rendition=None) is JobState.ARCHIVED


def test_the_reason_for_a_missing_copy_is_told_once() -> None:
    missing = Rendition(part="0001", role=CopyRole.PRESERVATION, path=None, reason="no fonts")
    done = assess(kind=Kind.SCAN, findings=(), rendition=missing, description=NUMBERED, has_text=True)
    assert done.findings == (Finding(code="S001", detail="no fonts"),)
    told = (Finding(code="S002", detail="7 letters lost"),)
    assert (
        assess(kind=Kind.SCAN, findings=told, rendition=missing, description=NUMBERED, has_text=True).findings == told
    )


@pytest.mark.parametrize("kind", list(Kind))
def test_what_nobody_could_read_needs_a_look(kind: Kind) -> None:
    assert state(kind, has_text=False) is JobState.REVIEW


def test_a_missing_number_is_only_noted() -> None:
    done = assess(kind=Kind.SCAN, findings=(), rendition=GOOD, description=Description(), has_text=True)
    assert done.findings == (Finding(code="S020"),)
    assert done.state is JobState.ARCHIVED


def test_weakly_read_values_alone_ask_for_no_look() -> None:
    weak = Description(
        fields={"number": Value(value="1/QĐ-A", confidence=0.2), "subject": Value(value="x", confidence=0.3)}
    )
    assert (
        assess(kind=Kind.SCAN, findings=(), rendition=GOOD, description=weak, has_text=True).state is JobState.ARCHIVED
    )
