"""The counter: only what is safe on the disk is promised, and every limit is told with a sentence."""

import fcntl
import hashlib
import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.deliveries.counter import UploadCounter, upload_path
from schemas.desk import Announced, DeliveryRow, DeliveryState, Piece, UploadRow, Wanted
from schemas.errors import LuutruError
from schemas.settings import Settings

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    limits = {"size_limit_bytes": 1000, "upload_files_limit": 3, "upload_bytes_limit": 2000}
    address = request.getfixturevalue("postgresql_address") if request.param == "postgresql" else ""
    return Settings(home=home, desk_url=address, upload_account_bytes=3000, **limits)  # type: ignore[arg-type]


@pytest.fixture
def counter(settings: Settings) -> Iterator[UploadCounter]:
    opened = UploadCounter(settings)
    yield opened
    opened.close_desk()


@pytest.fixture
def batch(counter: UploadCounter) -> DeliveryRow:
    return counter.open("lan", now=NOW)


def announce(counter: UploadCounter, batch: DeliveryRow, name: str = "a.pdf", size: int = 10) -> UploadRow:
    return counter.announce(batch.id, Announced(name=name, size_bytes=size), now=NOW)


def write(counter: UploadCounter, upload: UploadRow, content: bytes, *, at: int = 0, sha256: str = "") -> UploadRow:
    piece = Piece(offset=at, content=io.BytesIO(content), size_bytes=len(content), sha256=sha256)
    return counter.write(upload, piece, now=NOW)


def code(act: object, *arguments: object, **named: object) -> str:
    with pytest.raises(LuutruError) as raised:
        act(*arguments, **named)  # type: ignore[operator]
    assert raised.value.message
    return raised.value.code


def test_pieces_make_the_file_and_nothing_stands_under_a_name_of_strangers(
    settings: Settings, counter: UploadCounter, batch: DeliveryRow
) -> None:
    upload = announce(counter, batch, "../../tờ trình.pdf")
    assert upload.source == "tờ trình.pdf"
    assert write(counter, upload, b"01234").offset == 5
    assert write(counter, upload, b"56789", at=5).whole
    assert upload_path(settings, upload).read_bytes() == b"0123456789"
    assert [path.name for path in settings.uploads.rglob("*")] == [batch.id, upload.id]
    assert upload_path(settings, upload).stat().st_mode & 0o777 == 0o600


def test_the_same_announcement_is_the_same_file(counter: UploadCounter, batch: DeliveryRow) -> None:
    first = announce(counter, batch)
    write(counter, first, b"01234")
    again = announce(counter, batch)
    assert (again.id, again.offset) == (first.id, 5)
    other = announce(counter, batch, size=11)
    assert (other.id != first.id, other.source) == (True, "a (2).pdf")


def test_what_was_never_promised_is_cut_off(settings: Settings, counter: UploadCounter, batch: DeliveryRow) -> None:
    upload = announce(counter, batch)
    write(counter, upload, b"01234")
    with upload_path(settings, upload).open("ab") as file:
        file.write(b"\0\0\0")  # a piece that a power cut left half written
    assert write(counter, upload, b"56789", at=5).whole
    assert upload_path(settings, upload).read_bytes() == b"0123456789"


def test_a_file_that_was_taken_away_begins_anew(settings: Settings, counter: UploadCounter, batch: DeliveryRow) -> None:
    upload = announce(counter, batch)
    write(counter, upload, b"01234")
    os.truncate(upload_path(settings, upload), 2)
    assert code(write, counter, upload, b"56789", at=5) == "U081"
    assert counter.upload(batch.id, upload.id).offset == 0


def test_pieces_that_do_not_fit_change_nothing(settings: Settings, counter: UploadCounter, batch: DeliveryRow) -> None:
    upload = announce(counter, batch)
    write(counter, upload, b"01234")
    right = hashlib.sha256(b"56789").hexdigest()
    assert code(write, counter, upload, b"x", at=4) == "U081"
    assert code(write, counter, upload, b"x", at=6) == "U081"
    assert code(write, counter, upload, b"567890", at=5) == "U082"
    assert code(write, counter, upload, b"5678x", at=5, sha256=right) == "U083"
    assert write(counter, upload, b"56789", at=5, sha256=right).whole
    assert upload_path(settings, upload).read_bytes() == b"0123456789"


def test_two_who_send_one_file_do_not_mix(settings: Settings, counter: UploadCounter, batch: DeliveryRow) -> None:
    upload = announce(counter, batch)
    with upload_path(settings, upload).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert code(write, counter, upload, b"01234") == "T040"
    assert write(counter, upload, b"01234").offset == 5


def test_limits_are_told(counter: UploadCounter, batch: DeliveryRow) -> None:
    assert code(announce, counter, batch, size=1001) == "P002"
    announce(counter, batch, "1", 1000)
    announce(counter, batch, "2", 999)
    assert code(announce, counter, batch, "3", 2) == "R020"
    announce(counter, batch, "3", 1)
    assert code(announce, counter, batch, "4", 0) == "R020"
    assert announce(counter, batch, "3", 1).source == "3"  # what is there already can go on
    second = counter.open("lan", now=NOW)
    announce(counter, second, "5", 1000)
    assert code(announce, counter, second, "6", 1) == "R020"
    announce(counter, counter.open("minh", now=NOW), "6", 1)


def test_a_batch_is_handed_in_whole_and_once(counter: UploadCounter, batch: DeliveryRow) -> None:
    assert code(counter.close, batch.id, fonds="", file="", now=NOW) == "U084"
    upload = announce(counter, batch, size=2)
    assert code(counter.close, batch.id, fonds="", file="", now=NOW) == "U084"
    write(counter, upload, b"01")
    assert code(counter.close, batch.id, fonds="a\0b", file="", now=NOW) == "U010"
    closed = counter.close(batch.id, fonds=" UBND  tỉnh ", file="", now=NOW)
    assert (closed.state, closed.fonds, closed.closed_at) == (DeliveryState.CLOSED, "UBND tỉnh", NOW.isoformat())
    again = counter.close(batch.id, fonds="khác", file="", now=NOW + timedelta(days=1))
    assert (again.fonds, again.closed_at) == ("UBND tỉnh", NOW.isoformat())
    assert code(announce, counter, batch, "b.pdf") == "U080"
    assert code(write, counter, upload, b"") == "U080"
    assert code(counter.take_back, upload) == "U080"
    assert code(counter.drop, batch.id, now=NOW) == "U080"


def test_a_batch_that_is_given_up_leaves_nothing(
    settings: Settings, counter: UploadCounter, batch: DeliveryRow
) -> None:
    counter.take_back(announce(counter, batch, "b"))
    assert [each.source for each in counter.uploads(batch.id)] == []
    announce(counter, batch)
    assert [row.id for row in counter.deliveries(Wanted(), account="lan", ended=False)] == [batch.id]
    counter.drop(batch.id, now=NOW)
    assert list(settings.uploads.iterdir()) == []
    assert counter.deliveries(Wanted(), account="lan", ended=False) == ()
    assert code(counter.close, batch.id, fonds="", file="", now=NOW) == "U080"


@pytest.mark.parametrize("wanted", ["", "x", "../..", "\0", "00000000-0000-4000-8000-000000000000"])
def test_what_is_not_there_is_told(counter: UploadCounter, batch: DeliveryRow, wanted: str) -> None:
    assert code(counter.delivery, wanted) == "N010"
    assert code(counter.upload, batch.id, wanted) == "N011"


def test_an_empty_file_is_whole_at_once(settings: Settings, counter: UploadCounter, batch: DeliveryRow) -> None:
    upload = announce(counter, batch, size=0)
    assert upload.whole
    assert upload_path(settings, upload).is_file()


def test_nobody_is_on_duty_until_somebody_is(counter: UploadCounter) -> None:
    assert not counter.staffed(now=NOW)
