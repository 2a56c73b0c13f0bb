"""The index of a cluster is made anew while people search and others write: nothing wrong is answered, nothing is lost."""

import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from archive import access, home
from schemas.errors import TryLaterError
from schemas.settings import Settings
from search_ui.answer.plan import Everything
from search_ui.follow import catch_up, rebuild_index
from search_ui.index.opensearch import OpenSearchIndex
from tests.builders import a_package
from tests.search_ui.a_room import ARoom, a_room, add
from tests.search_ui.asking import ask, found, put

pytestmark = pytest.mark.slow
QUESTIONS = ("văn bản", "van 3", '"văn bản" -7', "", "so 15 hay gì")
RECORDS = 40


@pytest.fixture(scope="module")
def client(opensearch_address: str) -> Iterator[OpenSearch]:
    with closing(OpenSearch(opensearch_address, timeout=60)) as opened:
        yield opened


@pytest.fixture
def room(tmp_path: Path, opensearch_address: str) -> Iterator[ARoom]:
    """Give a real archive whose index lies in the cluster."""
    made = a_room(tmp_path)
    for number in range(1, RECORDS + 1):
        add(made, number, [f"văn bản {number} " * (number % 5 + 1)], source=f"{number}.pdf")
    settings = made.settings.model_copy(
        update={"search_url": opensearch_address, "search_name": f"t{uuid.uuid4().hex[:12]}"}
    )
    yield replace(made, settings=settings)
    made.archive.close()


def index_of(room: ARoom, client: OpenSearch) -> OpenSearchIndex:
    return OpenSearchIndex(client, name=room.settings.search_name)


@contextmanager
def meanwhile(*works: Callable[[], object]) -> Iterator[list[BaseException]]:
    """Do these again and again until the block ends; gives what went wrong."""
    stop, faults = threading.Event(), list[BaseException]()

    def again(work: Callable[[], object]) -> None:
        while not stop.is_set():
            try:
                work()
            except BaseException as error:
                faults.append(error)
            time.sleep(0.01)

    threads = [threading.Thread(target=again, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield faults
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def cut_short(index: OpenSearchIndex) -> None:
    with index.writing():
        index.clear()
        raise KeyboardInterrupt


def in_another_process(settings: Settings) -> None:
    """Make the index anew with an archive opened for itself, as another process does."""
    with home.open_archive(settings) as archive:
        rebuild_index(settings, archive)


def test_no_answer_is_wrong_while_the_index_is_made_anew_and_followed(room: ARoom, client: OpenSearch) -> None:
    index = index_of(room, client)
    catch_up(room.archive, index)
    right = [ask(index, text, limit=50) for text in QUESTIONS]
    wrong, asked = [], 0

    def search() -> None:
        nonlocal asked
        for text, expected in zip(QUESTIONS, right, strict=True):
            asked += 1
            wrong.extend([text] if ask(index, text, limit=50) != expected else [])

    def follow() -> None:
        with home.open_archive(room.settings) as archive:
            catch_up(archive, index_of(room, client), patience_seconds=5)

    with meanwhile(search, follow) as faults:
        for _ in range(5):
            in_another_process(room.settings)
    sys.stdout.write(f"{asked} answers while the index was made anew 5 times\n")
    assert (wrong, faults) == ([], [])
    assert asked > 2 * len(QUESTIONS)


def test_what_is_accepted_while_the_index_is_made_anew_is_found(room: ARoom, client: OpenSearch) -> None:
    index = index_of(room, client)

    def follow() -> None:
        with home.open_archive(room.settings) as archive:
            catch_up(archive, index_of(room, client), patience_seconds=5)

    with meanwhile(follow, lambda: in_another_process(room.settings)) as faults:
        for number in range(RECORDS + 1, RECORDS + 16):
            add(room, number, [f"văn bản {number}"], source=f"{number}.pdf")
    assert [fault for fault in faults if not (isinstance(fault, TryLaterError) and fault.code == "T020")] == []
    catch_up(room.archive, index)
    with closing(index.reader()) as reader:
        assert (reader.position, reader.count(Everything())) == (access.position(room.archive), RECORDS + 15)
    assert [ask(index, f"văn bản {number}").full for number in range(1, RECORDS + 16)] == [1] * (RECORDS + 15)


def test_two_who_make_it_anew_at_once_end_well(room: ARoom, client: OpenSearch) -> None:
    faults: list[BaseException] = []

    def make() -> None:
        try:
            in_another_process(room.settings)
        except BaseException as error:
            faults.append(error)

    for _ in range(3):
        threads = [threading.Thread(target=make) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert faults == []
    index = index_of(room, client)
    assert (index.position, ask(index, "văn bản").full) == (access.position(room.archive), RECORDS)
    assert len(client.indices.get(index=f"{index.name}-v*")) == 1


def test_who_wrote_a_replaced_index_is_told_and_loses_nothing(client: OpenSearch) -> None:
    name = f"t{uuid.uuid4().hex}"
    one, other = OpenSearchIndex(client, name=name), OpenSearchIndex(client, name=name)
    put(one, [(a_package(1, subject="Một"), ["x"])], position=1)
    with one.writing():
        with other.writing():
            other.clear()
            other.put([], gone=(), position=1)
            other.finish()
        with pytest.raises(TryLaterError) as raised:
            one.put([], gone=(), position=9)
    assert raised.value.code == "T020"
    assert one.position == 1
    assert len(client.indices.get(index=f"{name}-v*")) == 1


def test_of_two_rebuilds_the_later_stays(client: OpenSearch) -> None:
    name = f"t{uuid.uuid4().hex}"
    first, second = OpenSearchIndex(client, name=name), OpenSearchIndex(client, name=name)
    with first.writing(), second.writing():
        first.clear()
        second.clear()
        second.put([], gone=(), position=2)
        second.finish()
        with pytest.raises(TryLaterError) as raised:
            first.finish()
    assert raised.value.code == "T020"
    assert (first.position, second.position) == (2, 2)


def test_what_was_left_unfinished_is_removed(client: OpenSearch) -> None:
    index = OpenSearchIndex(client, name=f"t{uuid.uuid4().hex}")
    put(index, [(a_package(1, subject="Một"), ["x"])])
    with pytest.raises(KeyboardInterrupt):
        cut_short(index)
    assert found(index, "x") == [1]
    assert len(client.indices.get(index=f"{index.name}-v*")) == 1


def test_a_question_that_began_before_the_swap_is_answered_to_its_end(client: OpenSearch) -> None:
    index = OpenSearchIndex(client, name=f"t{uuid.uuid4().hex}")
    put(index, [(a_package(1, subject="Một"), ["x"])])
    reader = index.reader()
    ended = threading.Event()

    def make() -> None:
        with index.writing():
            index.clear()
            index.put([], gone=(), position=2)
            index.finish()
        ended.set()

    thread = threading.Thread(target=make)
    thread.start()
    while index.position != 2:
        time.sleep(0.05)
    assert reader.count(Everything()) == 1
    assert not ended.is_set()
    reader.close()
    thread.join()
    assert len(client.indices.get(index=f"{index.name}-v*")) == 1


def test_an_index_of_a_newer_program_is_left_alone(client: OpenSearch) -> None:
    name = f"t{uuid.uuid4().hex}"
    client.indices.create(index=f"{name}-v99-a1-000001", body={"aliases": {f"{name}-read": {}, f"{name}-write": {}}})
    with pytest.raises(TryLaterError) as raised:
        _ = OpenSearchIndex(client, name=name).position
    assert raised.value.code == "T022"
    assert list(client.indices.get(index=f"{name}-v*")) == [f"{name}-v99-a1-000001"]
