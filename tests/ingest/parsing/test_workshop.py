"""The kept parsing process: functions by name, our errors told, everything else a program that died."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from ingest.identify import Family, ReadLimits, identify
from ingest.pages.drawing import draw
from ingest.pages.images_to_pdf import images_to_pdf
from ingest.pages.render import renderer
from ingest.parsing import calls
from ingest.parsing.parser import answer
from ingest.parsing.workshop import Workshop
from schemas.errors import ProgramError, SubmissionError
from schemas.settings import load
from schemas.words import word

LIMITS = ReadLimits(pages=50, page_pixels=10_000_000, unpacked_bytes=5_000_000)


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    opened = Workshop(load(tmp_path / "home"), folder=tmp_path / "exchange")
    opened.clear()
    yield opened
    opened.close()


def test_a_call_gives_the_value_of_the_function(workshop: Workshop) -> None:
    (workshop.folder / "in" / "0001.txt").write_bytes(b"x")
    nature = workshop.call(identify, paths=(Path("in/0001.txt"),), limits=LIMITS)
    assert nature.family is Family.TEXT
    assert workshop.cpu_seconds > 0


def test_our_errors_come_back_as_they_were_raised(workshop: Workshop) -> None:
    (workshop.folder / "in" / "0001.pdf").write_bytes(b"no pdf")
    with pytest.raises(SubmissionError) as error:
        workshop.call(calls.read_text_pdf, source=Path("in/0001.pdf"))
    assert error.value.code == "P021"


def test_the_parsing_process_speaks_the_language_of_who_asks(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workshop.folder / "in" / "0001.pdf").write_bytes(b"no pdf")
    told = []
    for language in ("vi", "en"):
        monkeypatch.setenv("LUUTRU_LANG", language)
        with pytest.raises(SubmissionError) as error:
            workshop.call(calls.read_text_pdf, source=Path("in/0001.pdf"))
        told.append(error.value.message)
    assert told == [word("pdf-unreadable", language, name="0001.pdf") for language in ("vi", "en")]


def test_an_error_of_a_parser_is_no_error_of_the_worker(workshop: Workshop) -> None:
    with pytest.raises(ProgramError):
        workshop.call(identify, paths=(Path("in/absent.txt"),), limits=LIMITS)
    (workshop.folder / "in" / "0001.txt").write_bytes(b"x")
    assert workshop.call(identify, paths=(Path("in/0001.txt"),), limits=LIMITS).family is Family.TEXT


def test_a_path_out_of_the_exchange_folder_is_refused(workshop: Workshop) -> None:
    (workshop.folder / "out" / "copy.pdf").symlink_to("/etc/passwd")
    for name in ("out/copy.pdf", "../other"):
        with pytest.raises(ProgramError):
            workshop.path(Path(name))


def test_only_what_is_listed_can_be_called() -> None:
    assert "error" in answer({"call": "os.system", "arguments": {"command": "true"}})
    json.dumps(answer({"call": "os.system", "arguments": {}}))


@pytest.mark.slow
def test_pages_are_drawn_in_a_process_of_their_own(tmp_path: Path) -> None:
    Image.new("RGB", (200, 300), "white").save(tmp_path / "a.png", dpi=(100, 100))
    images_to_pdf((tmp_path / "a.png",), tmp_path / "a.pdf", pixels_limit=10**6)
    render, close = renderer(load(tmp_path / "home"))
    try:
        assert render(tmp_path / "a.pdf", 1, 160).startswith(b"\xff\xd8\xff")
    finally:
        close()
    with pytest.raises(SubmissionError):
        draw(tmp_path / "a.pdf", page_number=2, width=100)
    assert str(os.getpid()) not in {p.name for p in (tmp_path / "home").rglob("*")}
