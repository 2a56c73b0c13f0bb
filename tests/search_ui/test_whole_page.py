"""What the page of answers costs as a whole over a large index: the engine, the archive's word on each hit, the page.

`LUUTRU_TEST_PAGE_RECORDS=100000` measures at that size; the tests take a share. The records are made; those that the
questions find are real ones in a real home, for every hit is read from the archive.
"""

import os
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest

from schemas.identifiers import RecordId
from search_ui.answer.plan import plan
from search_ui.answer.rank import rank
from search_ui.benches.made_questions import Question, questions
from search_ui.benches.made_records import SEED, MadeRecords, text_of
from search_ui.question.understand import understood
from tests.search_ui.a_room import ARoom, a_room, add

pytestmark = pytest.mark.slow

RECORDS = int(os.environ.get("LUUTRU_TEST_PAGE_RECORDS", "10000"))
EACH = 8  # questions of a kind
BATCH = 10_000
CPU_SECONDS = 0.3  # of a page, by kind of question; the clock says little on a busy machine


def filled(room: ARoom, records: MadeRecords) -> None:
    with room.index.writing():
        room.index.clear()
        for done, batch in enumerate(records.batches(BATCH), 1):
            room.index.put(batch, gone=(), position=done * BATCH)
        room.index.finish()


def accepted(room: ARoom, records: MadeRecords, wanted: set[str]) -> None:
    """Let the archive have what the questions find, under the ids that the index knows."""
    for batch in records.batches(BATCH):
        for which, document in enumerate(batch):
            if document.id in wanted:
                fields = {"subject": document.subject_key, "date": f"{document.year}-01-01", "issuer": document.issuer}
                source = f"{document.id}.pdf"
                add(room, which, [text_of(document)], source=source, fields=fields, record=RecordId(document.id))


def found(room: ARoom, question: Question) -> list[str]:
    text, filters = question
    query = understood(text, room.settings.home).query
    return [each.id for each in rank(room.index.reader(), query, plan(query, filters), offset=0, limit=20).records]


def address(question: Question) -> str:
    text, filters = question
    named = {"q": text, "type": filters.types, "from": filters.date_from or "", "to": filters.date_to or ""}
    return f"/?{urlencode(named, doseq=True)}"


def test_a_page_of_answers_over_many_records_comes_soon(tmp_path: Path) -> None:
    room, records = a_room(tmp_path / "home"), MadeRecords(RECORDS)
    asked = questions(records, seed=SEED, each=EACH)
    filled(room, records)
    accepted(
        room, records, {each for several in asked.values() for question in several for each in found(room, question)}
    )
    with room.app.test_client() as client:
        for kind, several in asked.items():
            client.get(address(several[0]))
            took, cpu, hits = [], time.process_time(), 0
            for each in several:
                started = time.perf_counter()
                page = client.get(address(each))
                took.append(time.perf_counter() - started)
                hits += page.get_data(as_text=True).count('class="hit"')
                assert page.status_code == 200
            cpu = (time.process_time() - cpu) / len(several)
            p50, p95 = np.percentile(took, (50, 95))
            sys.stdout.write(
                f"{RECORDS} records, {kind}: p50 {1000 * p50:.0f} ms, p95 {1000 * p95:.0f} ms, CPU {1000 * cpu:.0f} ms, "
                f"{hits / len(several):.1f} hits\n"
            )
            assert hits
            assert cpu < CPU_SECONDS, kind
