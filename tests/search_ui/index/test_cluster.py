"""A cluster of three nodes loses one: nothing acknowledged is lost, searches go on, and what is wrong is said."""

import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from opensearchpy import OpenSearch
from opensearchpy.exceptions import TransportError

from archive import access
from schemas.errors import TryLaterError
from schemas.settings import Settings
from search_ui.answer.plan import Everything, Has
from search_ui.doctor import examine
from search_ui.document import IndexDocument, index_document
from search_ui.follow import catch_up
from search_ui.index import Index
from search_ui.index.opening import open_index
from tests.builders import a_package, a_page_text
from tests.search_ui.a_room import a_room, add
from tests.search_ui.asking import ask, put
from tests.services import Node, opensearch_cluster

pytestmark = pytest.mark.slow
BATCH = 50
WRITE_GAP_SECONDS = SEARCH_GAP_SECONDS = 30.0  # on two busy cores; a few seconds at rest


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Node]]:
    with opensearch_cluster(3) as started:
        yield started


@pytest.fixture
def settings(nodes: list[Node], tmp_path: Path) -> Settings:
    """Give the settings of an archive in the cluster, whole and green."""
    addresses = ", ".join(node.address for node in nodes)
    made = Settings(home=tmp_path, search_url=addresses, search_name=f"t{uuid.uuid4().hex[:12]}", search_replicas=1)
    for node in nodes:
        node.start_again()
    wait_for_colour(nodes[0], "green", nodes=3)
    return made


def wait_for_colour(node: Node, colour: str, *, nodes: int, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    with closing(OpenSearch(node.address, timeout=60)) as client:
        while time.monotonic() < deadline:
            with suppress(TransportError):
                health = client.cluster.health()
                if (health["status"], health["number_of_nodes"]) == (colour, nodes):
                    return
            time.sleep(0.2)
    raise AssertionError(f"the cluster did not become {colour} with {nodes} nodes")


def batch(number: int) -> list[IndexDocument]:
    """Make the records of journal lines [number * BATCH, …): one line each."""
    first = number * BATCH + 1
    return [
        index_document(a_package(n, subject=f"Văn bản {n}"), (a_page_text("chung"),))
        for n in range(first, first + BATCH)
    ]


def holder(nodes: Sequence[Node], settings: Settings) -> Node:
    """Give the node that has the primary copy."""
    with closing(OpenSearch(nodes[0].address, timeout=60)) as client:
        rows = client.cat.shards(index=f"{settings.search_name}-read", params={"format": "json", "h": "prirep,node"})
    name = next(row["node"] for row in rows if row["prirep"] == "p")
    return nodes[int(name.removeprefix("n"))]


@dataclass
class Watch:
    """What a reader met who asked again and again."""

    answers: int = 0
    codes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    longest_gap: float = 0.0


def watch(index: Index, stop: threading.Event) -> Watch:
    """Ask until told to stop: an answer never holds less than its position says, nor less than an earlier one."""
    seen, last, before = Watch(), time.monotonic(), 0
    while not stop.is_set():
        try:
            with closing(index.reader()) as reader:
                position, count = reader.position, reader.count(Everything())
                total = reader.count(Has("body_folded", "chung"))
        except TryLaterError as error:
            seen.codes.append(error.code)
            continue
        if count < position or count < before or total != count:
            seen.wrong.append(f"position {position}, {count} records after {before}, {total} found")
        now = time.monotonic()
        seen.answers, seen.longest_gap, last, before = seen.answers + 1, max(seen.longest_gap, now - last), now, count
    return seen


def write(index: Index, number: int, *, seconds: float = 120) -> float:
    """Write a batch as a follower does, again until it is acknowledged; says how long that took."""
    started = time.monotonic()
    while True:
        try:
            with index.writing():
                index.put(batch(number), gone=(), position=(number + 1) * BATCH)
        except TryLaterError as error:
            if error.code != "T023" or time.monotonic() - started > seconds:
                raise
            time.sleep(0.2)
        else:
            return time.monotonic() - started


def test_a_node_is_killed_while_records_are_indexed_and_searched(nodes: list[Node], settings: Settings) -> None:
    index = open_index(settings)
    write(index, 0)
    wait_for_colour(nodes[0], "green", nodes=3)
    victim, stop, watched = holder(nodes, settings), threading.Event(), list[Watch]()
    reading = threading.Thread(target=lambda: watched.append(watch(open_index(settings), stop)))
    reading.start()
    killer = threading.Timer(2.0, victim.kill)
    killer.start()
    took = []
    number, until = 0, time.monotonic() + 12
    while time.monotonic() < until:
        number += 1
        took.append(write(index, number))
    stop.set()
    reading.join()
    seen = watched[0]
    sys.stdout.write(
        f"node killed: {number} batches, slowest {max(took):.1f} s, median {sorted(took)[len(took) // 2]:.2f} s; "
        f"{seen.answers} answers, longest gap {seen.longest_gap:.1f} s, errors {sorted(set(seen.codes))} {len(seen.codes)}\n"
    )
    assert killer.finished.is_set()
    assert seen.wrong == []
    assert set(seen.codes) <= {"T023"}
    assert seen.answers
    assert max(took) < WRITE_GAP_SECONDS
    assert seen.longest_gap < SEARCH_GAP_SECONDS
    with closing(index.reader()) as reader:
        assert reader.position == reader.count(Everything()) == (number + 1) * BATCH


def test_with_a_node_less_all_works_and_the_doctor_says_so(nodes: list[Node], settings: Settings) -> None:
    index = open_index(settings)
    write(index, 0)
    wait_for_colour(nodes[0], "green", nodes=3)  # a copy that is still on its way is yellow too
    assert [check.ok for check in examine(settings)] == [True]
    holder(nodes, settings).kill()
    index = open_index(settings)
    write(index, 1)
    check = examine(settings)[0]
    assert (check.ok, check.optional, ask(index, "văn bản").total) == (False, True, 2 * BATCH)
    assert "vàng" in check.detail


def test_the_real_follower_brings_everything_after_a_kill(nodes: list[Node], settings: Settings) -> None:
    room = a_room(settings.home)
    for number in range(1, 31):
        add(room, number, [f"văn bản {number}"], source=f"{number}.pdf")
    index = open_index(settings)
    catch_up(room.archive, index)
    victim = holder(nodes, settings)
    for number in range(31, 41):
        add(room, number, [f"văn bản {number}"], source=f"{number}.pdf")
    threading.Timer(0.05, victim.kill).start()
    deadline = time.monotonic() + 120
    while True:
        try:
            catch_up(room.archive, index, patience_seconds=1)
        except TryLaterError:
            assert time.monotonic() < deadline
        else:
            break
    with closing(index.reader()) as reader:
        assert (reader.position, reader.count(Everything())) == (access.position(room.archive), 40)
    room.archive.close()


def test_a_cluster_that_has_lost_its_only_copy_is_red_and_made_anew_from_the_archive(
    nodes: list[Node], settings: Settings
) -> None:
    alone = settings.model_copy(update={"search_replicas": 0})
    index = open_index(alone)
    put(index, [(a_package(1, subject="Một"), ["x"])])
    survivor = next(node for node in nodes if node is not holder(nodes, alone))
    holder(nodes, alone).kill()
    wait_for_colour(survivor, "red", nodes=2)
    with pytest.raises(TryLaterError) as raised:
        ask(index, "x")
    assert raised.value.code == "T023"
    with pytest.raises(TryLaterError) as raised:
        open_index(alone)
    assert (raised.value.code, "đỏ" in raised.value.message) == ("T023", True)
    check = examine(alone)[0]
    assert (check.ok, check.optional, "đỏ" in check.detail) == (False, False, True)
    again = open_index(alone, repaired=True)
    with again.writing():
        again.clear()
        again.put(batch(0), gone=(), position=BATCH)
        again.finish()
    assert ask(open_index(alone), "văn bản").total == BATCH
