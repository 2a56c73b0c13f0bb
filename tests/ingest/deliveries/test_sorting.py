"""From a closed batch to documents: the same as `luutru ingest` makes of the same folders, whatever comes in between."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.home import Archive, init
from ingest.deliveries.counter import UploadCounter
from ingest.deliveries.sorting import Sorter
from ingest.intake import Intake
from ingest.jobs.book import JobBook, this_process
from ingest.offering.layout import Place, parse_layout
from ingest.offering.offer import Offered, offers
from ingest.parsing.workshop import Workshop
from ingest.room import no_room
from ingest.workers.standing import Standing
from schemas.desk import Announced, DeliveryState, Piece, Wanted
from schemas.jobs import JobState
from schemas.settings import Settings

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
LAYOUT = "{fonds}/{box}/{file}"
TREE = {
    "hộp 7/UBND/7/hs 1/Q3-5-1-10-1-1.jpg": b"1",
    "hộp 7/UBND/7/hs 1/Q3-5-1-10-1-2.jpg": b"2",
    "hộp 7/UBND/7/hs 1/10.pdf": b"3",
    "hộp 7/UBND/7/hs 1/2.pdf": b"4",
    "hộp 7/UBND/8/hs 2/a.pdf": b"5",
    "hộp 7/lẻ.pdf": b"6",
}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    address = request.getfixturevalue("postgresql_address") if request.param == "postgresql" else ""
    return Settings(home=tmp_path / "home", layout=LAYOUT, workers=1, desk_url=address)


@pytest.fixture
def archive(settings: Settings) -> Iterator[Archive]:
    with init(settings, now=NOW) as opened:
        yield opened


@pytest.fixture
def counter(settings: Settings, archive: Archive) -> Iterator[UploadCounter]:
    opened = UploadCounter(settings)
    yield opened
    opened.close_desk()


@pytest.fixture
def sorter(settings: Settings, archive: Archive) -> Iterator[Sorter]:
    benches: list[Workshop] = []

    def bench() -> Workshop:
        benches.append(Workshop(settings, folder=settings.work / "exchange" / "counter"))
        return benches[-1]

    opened = Sorter(settings, bench)
    yield opened
    opened.close()
    for each in benches:
        each.close()


def handed_in(counter: UploadCounter, files: dict[str, bytes], *, fonds: str = "", file: str = "") -> str:
    batch = counter.open("lan", now=NOW).id
    for name, content in files.items():
        upload = counter.announce(batch, Announced(name=name, size_bytes=len(content)), now=NOW)
        counter.write(upload, Piece(offset=0, content=io.BytesIO(content), size_bytes=len(content)), now=NOW)
    counter.close(batch, fonds=fonds, file=file, now=NOW)
    return batch


def documents(sorter: Sorter, batch: str) -> list[tuple[tuple[str, ...], Place, list[bytes]]]:
    """Take all lines of a batch in its order; gives sources, place and contents of each."""
    found = []
    while (item := sorter.items.next_untaken(batch)) is not None:
        offer = sorter.offer(item)
        assert isinstance(offer, Offered)
        found.append((offer.sources, offer.place, [path.read_bytes() for path in offer.paths]))
        sorter.items.took(batch, item.number, job=item.job, joined=False)
    return found


def test_a_folder_from_a_browser_is_what_the_command_makes_of_it(
    counter: UploadCounter, sorter: Sorter, tmp_path: Path
) -> None:
    for name, content in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    batch = handed_in(counter, TREE)
    sorter.sort_closed(now=NOW)
    expected = {
        (tuple(f"hộp 7/{source}" for source in offer.sources), offer.place)
        for offer in offers(tmp_path / "hộp 7", layout=parse_layout(LAYOUT))
        if isinstance(offer, Offered)
    }
    found = documents(sorter, batch)
    assert {(sources, place) for sources, place, _ in found} == expected
    assert all(contents == [TREE[source] for source in sources] for sources, _, contents in found)


def test_the_place_that_was_chosen_wins(counter: UploadCounter, sorter: Sorter) -> None:
    batch = handed_in(counter, {"a.pdf": b"1"}, fonds="HDND", file="hs 9")
    sorter.sort_closed(now=NOW)
    ((_, place, _),) = documents(sorter, batch)
    assert place == Place(fonds="HDND", file="hs 9")


def test_sorting_twice_makes_nothing_twice(counter: UploadCounter, sorter: Sorter) -> None:
    batch = handed_in(counter, TREE)
    sorter.sort_closed(now=NOW)
    jobs = [item.job for item in counter.items(batch, Wanted())]
    sorter.sort_closed(now=NOW)
    assert [item.job for item in counter.items(batch, Wanted())] == jobs
    assert counter.delivery(batch).in_line == len(TREE) - 1  # two images are one document


def test_a_crash_after_the_job_was_written_takes_nothing_twice(
    settings: Settings, archive: Archive, counter: UploadCounter, sorter: Sorter
) -> None:
    batch = handed_in(counter, {"a.pdf": b"1", "b.pdf": b"1", "c.pdf": b""})
    sorter.sort_closed(now=NOW)
    book = JobBook(settings.desk_address())
    item = sorter.items.next_untaken(batch)
    assert item is not None
    Intake(settings, archive, book, batch=f"{this_process()}:gone").take(sorter.offer(item), now=NOW, job=item.job)
    standing = Standing(settings, archive, _Nobody())
    while standing.look():
        pass
    rows = counter.items(batch, Wanted())
    assert [row.state for row in rows] == [JobState.WAITING, JobState.WAITING, JobState.REFUSED]
    assert rows[0].job == rows[1].job  # the same bytes wait for one record
    assert len(book.jobs()) == 2
    assert counter.staffed(now=datetime.now(UTC))
    assert not counter.staffed(now=datetime.now(UTC) + timedelta(hours=1))
    standing.close()
    book.close()


class _Nobody:
    def call(self, jobs: object) -> None:
        """Take no notice."""

    def mend(self) -> int:
        """Replace nobody."""
        return 0

    def close(self) -> None:
        """Stop nobody."""


def test_one_process_is_on_duty(sorter: Sorter) -> None:
    now = datetime.now(UTC)
    assert sorter.items.take_duty(this_process(), now=now)
    assert not sorter.items.take_duty("elsewhere:1:1", now=now + timedelta(seconds=30))
    assert sorter.items.take_duty("elsewhere:1:1", now=now + timedelta(seconds=90))


def test_what_was_left_unfinished_is_removed_after_days_and_told(
    settings: Settings, counter: UploadCounter, sorter: Sorter
) -> None:
    batch = counter.open("lan", now=NOW).id
    counter.announce(batch, Announced(name="a", size_bytes=5), now=NOW)
    waiting = handed_in(counter, {"b.pdf": b"1"})
    sorter.sort_closed(now=NOW)
    sorter.expire(now=NOW + timedelta(days=6))
    assert counter.delivery(batch).state is DeliveryState.OPEN
    sorter.expire(now=NOW + timedelta(days=8))
    assert counter.delivery(batch).state is DeliveryState.EXPIRED
    assert not (settings.uploads / batch).exists()
    assert batch in {row.id for row in counter.deliveries(Wanted())}
    assert documents(sorter, waiting)[0][2] == [b"1"]  # what was handed in is never removed before it is taken


def test_a_batch_that_cannot_be_sorted_now_says_why_and_holds_nobody_up(
    settings: Settings, counter: UploadCounter, sorter: Sorter
) -> None:
    def full() -> Workshop:
        raise no_room()

    stuck, other = handed_in(counter, {"hộp.zip": b"PK"}), handed_in(counter, {"a.pdf": b"1"})
    cramped = Sorter(settings, full)
    cramped.sort_closed(now=NOW)
    cramped.close()
    assert counter.delivery(stuck).state is DeliveryState.CLOSED
    assert counter.delivery(stuck).trouble == no_room().message
    assert counter.delivery(other).state is DeliveryState.SORTED


@pytest.mark.slow
def test_a_zip_is_unpacked_as_if_its_folder_had_been_given(
    settings: Settings, counter: UploadCounter, sorter: Sorter
) -> None:
    good, locked = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(good, "w") as made:
        for name, content in TREE.items():
            made.writestr(name, content)
        made.writestr("hộp 7/trong.zip", b"PK nested")
    with zipfile.ZipFile(locked, "w") as made:
        made.writestr("a", b"1")
    packed = bytearray(locked.getvalue())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(mark) + place] |= 1
    batch = handed_in(counter, {"hộp 7.zip": good.getvalue(), "khóa.zip": bytes(packed), "hỏng.ZIP": b"x"})
    sorter.sort_closed(now=NOW)
    rows = {row.source for row in counter.items(batch, Wanted())}
    assert rows == {"khóa.zip", "hỏng.ZIP", "hộp 7/trong.zip", *TREE} - {"hộp 7/UBND/7/hs 1/Q3-5-1-10-1-2.jpg"}
    refused = {}
    while (item := sorter.items.next_untaken(batch)) is not None:
        if item.line.refusal:
            refused[item.line.source] = item.line.refusal
        elif item.line.source.endswith("hs 1/2.pdf"):
            offer = sorter.offer(item)
            assert isinstance(offer, Offered)
            assert (offer.paths[0].read_bytes(), offer.names, offer.place.fonds) == (b"4", ("2.pdf",), "UBND")
        sorter.items.took(batch, item.number, job=item.job, joined=False)
    assert refused == {"khóa.zip": "P011", "hỏng.ZIP": "P013"}
