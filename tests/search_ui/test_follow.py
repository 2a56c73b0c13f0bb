"""The index follows the archive: in order, from where it stood, safe to repeat, with one writer."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import access
from schemas.errors import IntegrityError, TryLaterError
from search_ui.answer.find import Asked, find, operator
from search_ui.cli import keep_following
from search_ui.follow import catch_up, follow_index, rebuild_index, wait_until
from search_ui.index.tantivy import TantivyIndex
from tests.builders import a_record_id
from tests.search_ui.a_room import ARoom, a_room, add


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ARoom]:
    made = a_room(tmp_path)
    yield made
    made.archive.close()


def answer(room: ARoom, index: TantivyIndex, text: str) -> list[tuple[str, str]]:
    found = find(room.archive, index, Asked(text=text), asker=operator()).answer
    return [(hit.record, hit.tier) for hit in found.hits]


def test_what_is_accepted_is_found_after_following(room: ARoom) -> None:
    add(room, 1, ["văn bản điện tử"])
    assert answer(room, room.index, "văn bản") == []
    assert catch_up(room.archive, room.index) == access.position(room.archive) == room.index.position
    assert answer(room, room.index, "văn bản") == [(a_record_id(1), "all_exact")]


def test_following_twice_changes_nothing(room: ARoom) -> None:
    for number in range(1, 4):
        add(room, number, [f"văn bản {number}"], source=f"{number}.pdf")
    room.follow()
    before = answer(room, room.index, "văn")
    room.follow()
    with room.index.writing():
        room.index.put([], gone=(), position=0)  # as if the position had been lost
    room.follow()
    assert answer(room, room.index, "văn") == before
    assert len(before) == 3


def test_an_index_made_anew_answers_the_same(room: ARoom) -> None:
    for number in range(1, 8):
        add(
            room,
            number,
            [f"văn bản {number} " * number],
            source=f"{number}.pdf",
            fields={"date": f"2018-01-0{number % 3 + 1}"},
        )
        if number % 2:
            room.follow()
    room.follow()
    questions = ["", "văn bản", "bản 3", "van", "so 5 hay gì"]
    before = [answer(room, room.index, text) for text in questions]
    assert rebuild_index(room.settings, room.archive) == access.position(room.archive)
    again = TantivyIndex(room.settings.index)
    assert [answer(room, again, text) for text in questions] == before


def test_a_deleted_index_comes_back(room: ARoom, tmp_path: Path) -> None:
    add(room, 1, ["văn bản"])
    settings = room.settings.model_copy(update={"home": tmp_path / "elsewhere"})
    assert follow_index(settings, room.archive) == access.position(room.archive)
    assert len(answer(room, TantivyIndex(settings.index), "văn")) == 1


def test_a_damaged_index_is_told_and_can_be_rebuilt(room: ARoom) -> None:
    add(room, 1, ["văn bản"])
    room.follow()
    (room.settings.index / "meta.json").write_text("{", encoding="utf-8")
    with pytest.raises(IntegrityError) as told:
        TantivyIndex(room.settings.index)
    assert told.value.code == "F030"
    rebuild_index(room.settings, room.archive)
    assert len(answer(room, TantivyIndex(room.settings.index), "văn")) == 1


def test_an_index_of_another_version_is_made_anew(room: ARoom) -> None:
    add(room, 1, ["văn bản"])
    room.follow()
    (room.settings.index / "made-by.json").write_text('{"analyser": 0}', encoding="utf-8")
    assert TantivyIndex(room.settings.index).position == 0


def test_an_index_ahead_of_the_journal_is_made_anew(room: ARoom) -> None:
    add(room, 1, ["văn bản"])
    with room.index.writing():
        room.index.put([], gone=(), position=10_000)
    room.follow()
    assert room.index.position == access.position(room.archive)
    assert len(answer(room, room.index, "văn")) == 1


def test_a_record_whose_text_is_damaged_is_found_by_its_title_and_the_rest_goes_on(room: ARoom) -> None:
    add(room, 1, ["văn bản"], fields={"subject": "Khen thưởng"})
    add(room, 2, ["văn bản"], source="hai.pdf")
    text = next(room.settings.storage.rglob(f"*{a_record_id(1)}*/v1/content/text/run-1/text.txt"), None) or next(
        path for path in room.settings.storage.rglob("text.txt")
    )
    text.chmod(0o644)
    text.write_text("khác", encoding="utf-8")
    room.follow()
    assert room.index.position == access.position(room.archive)
    assert len(answer(room, room.index, "văn")) == 1


WRITER = """
import sys, time
from pathlib import Path
from search_ui.index.tantivy import TantivyIndex
index = TantivyIndex(Path(sys.argv[1]))
with index.writing(seconds=5):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
    index.put([], gone=(), position=int(sys.argv[3]))
"""


def another_process(room: ARoom, *, seconds: float, position: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(room.settings.index), str(seconds), str(position)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_who_finds_the_writer_busy_waits_until_the_other_has_followed(room: ARoom) -> None:
    add(room, 1, ["văn bản"])
    target = access.position(room.archive)
    process = another_process(room, seconds=0.5, position=target)
    try:
        assert catch_up(room.archive, room.index) == target
    finally:
        process.communicate()


def test_who_waits_in_vain_says_so(room: ARoom) -> None:
    add(room, 1, ["văn bản"])
    process = another_process(room, seconds=2.0, position=0)
    try:
        with pytest.raises(TryLaterError) as told:
            catch_up(room.archive, room.index, patience_seconds=0.2)
    finally:
        process.kill()
        process.communicate()
    assert told.value.code == "T020"
    assert catch_up(room.archive, room.index) == access.position(room.archive)  # a dead writer holds no lock


def test_waiting_for_a_position_is_bounded(room: ARoom) -> None:
    started = time.monotonic()
    assert not wait_until(room.index, 10, seconds=0.2)
    assert time.monotonic() - started < 5


def test_the_room_follows_by_itself_until_it_is_closed(room: ARoom) -> None:
    stop = threading.Event()
    follower = threading.Thread(target=keep_following, args=(room.archive, room.index, stop))
    follower.start()
    try:
        add(room, 1, ["văn bản"])
        assert wait_until(room.index, access.position(room.archive), seconds=20)
    finally:
        stop.set()
        follower.join(timeout=20)
    assert not follower.is_alive()
