"""From a box of paper to a search hit: sample letters through the real programs, found, proven, made anew."""

import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ocfl.validator import Validator

from ingest.samples.letters import Letter, compose
from ingest.samples.make import file_name, make_samples
from tests.path.command import answer_of, lines_of, luutru

pytestmark = pytest.mark.slow


@dataclass(frozen=True, kw_only=True)
class Box:
    """One archive into which the samples were taken, with the lines that `ingest` printed."""

    home: Path
    files: Path
    documents: list[dict[str, Any]]
    summary: dict[str, Any]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    place = tmp_path_factory.mktemp("box")
    make_samples(place / "files", count=8)
    (place / "files" / "rỗng.pdf").touch()
    assert luutru(place / "home", "init").returncode == 0
    *documents, last = lines_of(place / "home", "ingest", str(place / "files"), "--quiet")
    yield Box(home=place / "home", files=place / "files", documents=documents, summary=last["summary"])
    shutil.rmtree(place)


def plain(text: str) -> str:
    stripped = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return stripped.replace("đ", "d").replace("Đ", "D")


def test_everything_offered_is_in_the_list_once(box: Box) -> None:
    listed = [s for d in box.documents for s in d.get("sources", [d["source"]])]
    offered = [str(p.relative_to(box.files)) for p in box.files.rglob("*") if p.is_file()]
    assert sorted(listed) == sorted(offered)
    assert box.summary["failed"] == 0
    assert box.summary["refused"] == 1
    assert {d["state"] for d in box.documents} <= {"archived", "review", "refused"}


def test_every_document_has_a_valid_copy(box: Box) -> None:
    for document in box.documents:
        if document["state"] != "refused":
            assert document["pdfa"]["valid"], document
            assert document["pdfa"]["flavour"] == "2u"


def test_every_letter_is_found_by_its_subject_without_marks(box: Box) -> None:
    for document in box.documents:
        if document["record"] is None:
            continue
        shown = answer_of(box.home, "show", document["record"])
        subject = plain(shown["description"]["fields"]["subject"]["value"])
        hits = answer_of(box.home, "search", " ".join(subject.split()[:8]))["hits"]
        assert document["record"] in [hit["record"] for hit in hits[:3]], subject
        assert all(0 <= side <= 1 for hit in hits for page in hit["pages"] for b in page["boxes"] for side in b)


def test_originals_come_back_byte_for_byte(box: Box, tmp_path: Path) -> None:
    for document in box.documents:
        if document["record"] is not None and "sources" not in document:
            target = tmp_path / "back"
            target.unlink(missing_ok=True)
            assert luutru(box.home, "get", document["record"], "--original", "-o", str(target)).returncode == 0
            assert target.read_bytes() == (box.files / document["source"]).read_bytes()


def test_a_second_run_takes_nothing_twice(box: Box) -> None:
    *documents, last = lines_of(box.home, "ingest", str(box.files), "--quiet")
    assert last["summary"]["duplicate"] == len(box.documents) - 1
    assert {d["record"] for d in documents} == {d["record"] for d in box.documents}


def test_the_archive_is_proven_and_made_anew_with_the_same_answers(box: Box) -> None:
    before = state(box)
    for path in box.home.glob("catalogue.db*"):
        path.unlink()
    shutil.rmtree(box.home / "index")
    assert luutru(box.home, "rebuild", "all").returncode == 0
    assert state(box) == before
    assert before["verify"]["problems"] == []


def state(box: Box) -> dict[str, Any]:
    verified = answer_of(box.home, "verify")
    verified.pop("seconds")
    answers = [answer_of(box.home, "search", question) for question in ("uy ban nhan dan", "kế hoạch", "can cu")]
    for answer in answers:
        answer.pop("took_ms")
    shown = [answer_of(box.home, "show", d["record"]) for d in box.documents if d["record"]]
    return {"verify": verified, "search": answers, "show": shown}


def test_another_program_validates_the_storage_root(box: Box) -> None:
    objects = [found.parent for found in (box.home / "storage" / "objects").rglob("0=ocfl_object_1.1")]
    assert len(objects) == answer_of(box.home, "verify")["objects"]
    for place in objects:
        judge = Validator()
        assert judge.validate_object(str(place)), judge.status_str()


def test_a_letter_of_ours_has_a_name_of_its_own() -> None:
    letters: list[Letter] = [compose(2026, index) for index in range(4)]
    assert len({file_name(letter, ".pdf") for letter in letters}) == 4
