"""Values to JSON and back, journal lines, texts, keys: what is written today must be read the same for ever."""

import hashlib
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import journal
from schemas.errors import IntegrityError, UsageError
from schemas.findings import FINDINGS, Finding
from schemas.identifiers import RecordId, Sha512, from_urn, new_record_id, record_id, sha512, urn
from schemas.packages import Event, accession_key
from schemas.texts import PageText, Word, read_pages, text_file, words_file
from schemas.values import canonical, from_json, to_json
from schemas.words import all_words


def test_a_value_comes_back_as_it_was() -> None:
    event = Event(type="validation", time="2026-11-23T08:00:00+00:00", agent="veraPDF", outcome="failure")
    assert from_json(Event, json.loads(json.dumps(to_json(event)))) == event


def test_a_broken_value_is_told() -> None:
    with pytest.raises(IntegrityError) as error:
        from_json(Event, {"type": 1})
    assert error.value.code == "F020"


def test_ids_are_read_as_people_paste_them() -> None:
    record = new_record_id()
    assert record_id(f" {record.upper()} ") == from_urn(urn(record)) == record
    with pytest.raises(UsageError):
        record_id("../../etc/passwd")
    with pytest.raises(UsageError):
        sha512("x" * 128)


def test_the_accession_key_depends_on_bytes_order_extent_and_home() -> None:
    one, other = Sha512("a" * 128), Sha512("b" * 128)
    fonds, file = RecordId("f"), RecordId("h")
    keys = {
        accession_key((one, other), extent=None, fonds=fonds, file=file),
        accession_key((other, one), extent=None, fonds=fonds, file=file),
        accession_key((one, other), extent=((1, 2),), fonds=fonds, file=file),
        accession_key((one, other), extent=None, fonds=file, file=fonds),
    }
    assert len(keys) == 4
    expected = hashlib.sha256(canonical([["a" * 128], None, "f", "h"])).hexdigest()
    assert accession_key((one,), extent=None, fonds=fonds, file=file) == expected


def test_a_journal_line_is_final() -> None:
    line = journal.Line(seq=3, time="2026-11-23T08:00:00+00:00", kind="record-accepted", actor="system", prev="ab")
    written = (
        b'{"actor":"system","kind":"record-accepted","prev":"ab","seq":3,"time":"2026-11-23T08:00:00+00:00","v":1}\n'
    )
    assert journal.write(line) == written
    assert journal.read(written) == line
    assert journal.leaf(written) == hashlib.sha256(b"\x00" + written[:-1]).digest()


@given(st.binary(max_size=80))
def test_any_bytes_are_a_journal_line_or_an_integrity_error(content: bytes) -> None:
    with suppress(IntegrityError):
        assert journal.read(journal.write(journal.read(content))) == journal.read(content)


@given(st.lists(st.text(alphabet="ăâđêôơưáà \n", max_size=30), min_size=1, max_size=5))
def test_texts_come_back_page_by_page(texts: list[str]) -> None:
    pages = tuple(PageText(text) for text in texts)
    assert read_pages(text_file(pages), words_file(pages, run={})) == pages


def test_words_keep_their_boxes_and_are_found_by_their_span() -> None:
    words = (Word(0, 4, (0.1, 0.2, 0.05, 0.01), 0.93), Word(5, 8, (0.2, 0.2, 0.05, 0.01), 0.5))
    page = PageText("kính gửi", words)
    (back,) = read_pages(text_file((page,)), words_file((page,), run={"program": "tesseract"}))
    assert back == page
    assert page.words_between(4, 5) == ()
    assert page.words_between(3, 6) == words


def test_every_finding_says_what_it_is_in_both_languages() -> None:
    for code, meaning in FINDINGS.items():
        assert code[0] in "PSF"
        assert len(code) == 4
        assert meaning.vi
        assert meaning.en
        assert Finding(code=code).severity is meaning.severity


def test_every_word_on_screen_is_there_in_both_languages() -> None:
    for key, languages in all_words().items():
        assert set(languages) == {"vi", "en"}, key
        assert languages["vi"].count("{") == languages["en"].count("{"), key
