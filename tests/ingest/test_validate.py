"""The judge: real veraPDF on its own corpus, saved reports cut and bent, and programs that hang, die or lie."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.benches import verapdf as bench_verapdf
from ingest.converting.convert_text import text_to_pdfa
from ingest.sandbox import processes
from ingest.validate import Judge, read_report
from schemas.errors import ProgramError
from schemas.settings import Settings
from tests.sources import shared_data

PROGRAMS = Path(__file__).resolve().parent.parent / "programs"
REPORT = (PROGRAMS / "report.json").read_bytes()
NAME, SIZE = "/exchange/in.pdf", json.loads(REPORT)["report"]["jobs"][0]["itemDetails"]["size"]
TOOLS = Settings().tools


@pytest.fixture(autouse=True)
def no_process_remains() -> Iterator[None]:
    before = processes.tree(os.getpid())
    yield
    assert [pid for pid in processes.tree(os.getpid()) if pid not in before] == []


def _bent(**changes: Any) -> bytes:
    """Give the saved report with values at dotted places changed."""
    report = json.loads(REPORT)
    for place, value in changes.items():
        at: Any = report["report"]
        *way, last = place.split("__")
        for step in way:
            at = at[int(step) if isinstance(at, list) else step]
        at[int(last) if isinstance(at, list) else last] = value
    return json.dumps(report).encode()


def test_a_whole_report_is_a_verdict() -> None:
    verdict = read_report(REPORT, name=NAME, size_bytes=SIZE)
    assert (verdict.compliant, verdict.flavour, verdict.failed_rules) == (True, "2u", ())
    assert verdict.is_valid("2u")
    assert not verdict.is_valid("2b")


def test_a_report_cut_anywhere_is_no_verdict() -> None:
    whole = REPORT.rstrip()
    for end in range(len(whole)):
        with pytest.raises(ProgramError) as raised:
            read_report(whole[:end], name=NAME, size_bytes=SIZE)
        assert raised.value.code == "T105"


@pytest.mark.parametrize(
    "changes",
    [
        {"jobs__0__itemDetails__name": "/exchange/other.pdf"},
        {"jobs__0__itemDetails__size": SIZE + 1},
        {"jobs": []},
        {"jobs__0__validationResult": []},
        {"jobs__0__validationResult__0__compliant": "true"},
        {"jobs__0__validationResult__0__compliant": False},
        {"jobs__0__validationResult__0__jobEndStatus": "cancelled"},
        {"jobs__0__validationResult__0__profileName": "PDF/UA-1 validation profile"},
        {"jobs__0__validationResult__0__details__failedChecks": 1},
        {"jobs__0__validationResult__0__details__failedRules": 1},
        {"jobs__0__validationResult__0__details__passedChecks": 0},
        {"jobs__0__validationResult__0__details__ruleSummaries": [{"clause": "6.1.2", "testNumber": 1}]},
        {"batchSummary__outOfMemory": 1},
        {"batchSummary__veraExceptions": 1},
        {"batchSummary__totalJobs": 2},
        {"batchSummary__validationSummary__compliantPdfaCount": 0},
        {"batchSummary__validationSummary__failedJobCount": 1},
        {"batchSummary": None},
    ],
)
def test_a_report_that_contradicts_itself_is_no_verdict(changes: dict[str, Any]) -> None:
    with pytest.raises(ProgramError) as raised:
        read_report(_bent(**changes), name=NAME, size_bytes=SIZE)
    assert raised.value.code == "T105"


def test_a_report_of_another_shape_is_no_verdict() -> None:
    for report in (b"", b"null", b"[]", b"{}", b"[" * 100_000, b"\xff", b'{"report": 1}', b'{"report": {"jobs": [1]}}'):
        with pytest.raises(ProgramError):
            read_report(report, name=NAME, size_bytes=SIZE)


def test_a_file_that_cannot_be_parsed_is_not_compliant() -> None:
    report = _bent(jobs__0__taskException={"type": "PARSE"}, batchSummary__failedParsingJobs=1)
    verdict = read_report(report, name=NAME, size_bytes=SIZE)
    assert (verdict.compliant, verdict.flavour, verdict.failed_rules) == (False, None, ("PARSE",))


def _fake(name: str, folder: Path) -> Judge:
    tools = folder / "tools"
    place = tools / "verapdf"
    place.mkdir(parents=True)
    way = name.removeprefix("verapdf-lies")
    shutil.copy(PROGRAMS / ("verapdf-lies" if way != name else name), place / name)
    shutil.copy(PROGRAMS / "report.json", place)
    (folder / "exchange").mkdir()
    (folder / "exchange" / "in.pdf").write_bytes(b"%PDF")
    judge = Judge(folder=folder / "exchange", tools=tools, java=str(place / name))
    judge.seconds = 1.0
    return judge


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("verapdf-hangs", "T101"),
        ("verapdf-dies", "T102"),
        ("verapdf-lies-cut", "T105"),
        ("verapdf-lies-name", "T105"),
        ("verapdf-lies-nothing", "T105"),
        ("verapdf-lies-outside", "T105"),
        ("verapdf-lies-noise", "T105"),
    ],
)
def test_a_judge_that_hangs_dies_or_lies_gives_no_verdict(name: str, code: str, tmp_path: Path) -> None:
    started = time.monotonic()
    with _fake(name, tmp_path) as judge:
        with pytest.raises(ProgramError) as raised:
            judge.judge("in.pdf")
        assert raised.value.code == code
        assert judge.starts == 2
    assert time.monotonic() - started < 20
    assert [path.name for path in (tmp_path / "exchange").iterdir()] == ["in.pdf"]


def test_the_stand_in_is_believed_where_it_tells_all(tmp_path: Path) -> None:
    with _fake("verapdf-lies-not", tmp_path) as judge:
        assert judge.judge("in.pdf").compliant


def test_without_verapdf_there_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "in.pdf").write_bytes(b"%PDF")
    with Judge(folder=tmp_path, tools=tmp_path, java="no-such-java") as judge, pytest.raises(ProgramError) as raised:
        judge.judge("in.pdf")
    assert raised.value.code == "T104"


def _corpus(flavour: str, *, every: int) -> list[Path]:
    return sorted((shared_data() / "pdfa" / "verapdf" / f"PDF_A-{flavour}").glob("*.pdf"))[::every]


@pytest.mark.slow
@pytest.mark.parametrize("flavour", ["1b", "2b", "2u", "3b", "4"])
def test_the_corpus_of_verapdf_gets_its_verdicts(flavour: str, tmp_path: Path) -> None:
    wrong = []
    with Judge(folder=tmp_path, tools=TOOLS, flavour=flavour) as judge:
        for path in _corpus(flavour, every=2):
            shutil.copyfile(path, tmp_path / "in.pdf")
            verdict = judge.judge("in.pdf")
            if verdict.compliant != ("pass" in path.name) or verdict.flavour != flavour:
                wrong.append((path.name, verdict))
        assert judge.starts == 1
    assert wrong == []


@pytest.mark.slow
def test_a_file_is_judged_as_what_it_claims_and_what_is_none_is_not_compliant(tmp_path: Path) -> None:
    (tmp_path / "text.pdf").write_bytes(text_to_pdfa("Việt Nam", title="").pdf)
    (tmp_path / "cut.pdf").write_bytes(text_to_pdfa("Việt Nam", title="").pdf[:2000])
    (tmp_path / "none.pdf").write_bytes(b"no PDF at all")
    (tmp_path / "empty.pdf").write_bytes(b"")
    with Judge(folder=tmp_path, tools=TOOLS) as judge:
        assert judge.judge("text.pdf").is_valid("2u")
        for name in ("cut.pdf", "none.pdf", "empty.pdf"):
            assert not judge.judge(name).compliant
        assert judge.judge("text.pdf").is_valid("2u")
        assert judge.starts == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.pdf", "empty.pdf", "none.pdf", "text.pdf"]


@pytest.mark.slow
def test_the_measurement_says_what_a_verdict_costs() -> None:
    figures = bench_verapdf.measure(Settings(), files=20)
    assert figures["valid_2u"] == figures["files"] == 20
    assert figures["verdict_cpu_ms"] > figures["text_to_pdfa_cpu_ms"] > 0
