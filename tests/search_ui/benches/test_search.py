"""The measurement of searches asks made records, the same ones each time, as the reading room asks."""

from pathlib import Path

import pytest

from schemas.settings import Settings
from search_ui.benches import search
from search_ui.benches.made_questions import questions
from search_ui.benches.made_records import SEED, MadeRecords, is_as_read, text_of
from search_ui.question.syllables import STRETCHES, syllables

RECORDS = 400


@pytest.fixture(scope="module")
def records() -> MadeRecords:
    return MadeRecords(RECORDS)


def test_made_records_are_the_same_each_time(records: MadeRecords) -> None:
    assert records.first(20) == MadeRecords(RECORDS).first(20)


def test_a_made_document_is_what_the_analyser_reads_of_its_text(records: MadeRecords) -> None:
    made = records.first(20)
    assert all(is_as_read(each) for each in made)
    assert all(1_600 < len(text_of(each)) < 2_400 for each in made)


def test_as_many_made_records_hold_a_word_as_official_texts_do(records: MadeRecords) -> None:
    words = [set(document.body_folded[0].split(" ")) for document in next(records.batches(RECORDS))]
    for folded in ("van", "quyet", "dat"):
        share = sum(folded in each for each in words) / RECORDS
        assert share == pytest.approx(syllables()[folded].frequency / STRETCHES, abs=0.08)


def test_every_kind_of_question_is_asked_by_every_reader_and_by_eight_clients(tmp_path: Path) -> None:
    figures = search.measure(Settings(home=tmp_path), share=RECORDS, seconds=0.3, each=2)
    engine = figures["tantivy"]
    kinds = questions(MadeRecords(RECORDS), seed=SEED, each=2)
    assert all(set(engine[reader]) == set(kinds) for reader in ("operator", "reader", "reader who sees titles"))
    assert engine["8 clients without a pause"]["questions a second"] > 0
    assert engine["build"]["records a second"] > 0
    assert figures["seed"] == SEED
