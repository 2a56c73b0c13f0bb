"""The journal: the same tests for the file and for memory, then what only a file can suffer."""

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.journal import FileJournal, check, day_file, next_time
from archive.keeping import Head, Journal, JournalMovedError
from archive.memory import MemoryJournal
from archive.store import Disk
from schemas.errors import IntegrityError, TryLaterError
from schemas.journal import Line, leaf, read, write
from tests.archive.builders import naive_root

START = datetime(2026, 3, 2, tzinfo=UTC)


def a_file_journal(folder: Path, disk: Disk | None = None) -> FileJournal:
    journal = FileJournal(folder / "journal" / "journal.jsonl", disk=disk)
    journal.create()
    return journal


@pytest.fixture(params=["file", "memory"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Journal:
    return MemoryJournal() if request.param == "memory" else a_file_journal(tmp_path)


def a_line(head: Head, **changes: object) -> bytes:
    values = {
        "seq": head.size,
        "time": (START + timedelta(seconds=head.size)).isoformat(timespec="milliseconds"),
        "kind": "test",
        "actor": "system",
        "prev": head.leaf,
        "more": {"n": head.size},
    }
    return write(Line(**{**values, **changes}))  # type: ignore[arg-type]


def append(journal: Journal, count: int = 1, **changes: object) -> None:
    for _ in range(count):
        head = journal.head()
        journal.append(head.size, a_line(head, **changes))


def test_lines_come_back_in_order_from_any_position(journal: Journal) -> None:
    append(journal, 5)
    assert [line.seq for line in journal.lines()] == [0, 1, 2, 3, 4]
    assert [line.seq for line in journal.lines(3)] == [3, 4]
    assert list(journal.lines(5)) == []
    assert journal.head().size == 5
    assert journal.verify().ok


def test_an_empty_journal_is_whole(journal: Journal) -> None:
    assert journal.head() == Head()
    state = journal.verify()
    assert (state.size, state.ok, state.root) == (0, True, hashlib.sha256().hexdigest())


def test_a_line_is_not_appended_when_another_came_first(journal: Journal) -> None:
    before = journal.head()
    append(journal)
    with pytest.raises(JournalMovedError):
        journal.append(before.size, a_line(before))
    assert journal.head().size == 1


def test_a_line_that_does_not_chain_is_not_appended(journal: Journal) -> None:
    append(journal, 2)
    head = journal.head()
    for changes in ({"seq": 1}, {"seq": 3}, {"prev": "00" * 32}):
        with pytest.raises(IntegrityError):
            journal.append(2, a_line(head, **changes))
    with pytest.raises(IntegrityError):
        journal.append(2, b"{}\n")
    with pytest.raises(IntegrityError):
        journal.append(2, a_line(head).rstrip(b"\n"))
    assert journal.head() == head


def test_many_writers_make_one_chain(journal: Journal) -> None:
    def work() -> None:
        done = 0
        while done < 10:
            head = journal.head()
            try:
                journal.append(head.size, a_line(head))
                done += 1
            except JournalMovedError:
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.head().size == 40
    assert journal.verify().ok


@given(st.data())
@settings(max_examples=60)
def test_any_changed_bit_is_found(data: st.DataObject) -> None:
    lines: list[bytes] = []
    journal = MemoryJournal()
    for _ in range(4):
        lines.append(a_line(journal.head()))
        journal.append(len(lines) - 1, lines[-1])
    number = data.draw(st.integers(0, 2))  # a change of the last line alone is found by its root, kept elsewhere
    at = data.draw(st.integers(0, len(lines[number]) - 1))
    changed = bytearray(lines[number])
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    broken = b"".join([*lines[:number], bytes(changed), *lines[number + 1 :]]).splitlines(keepends=True)
    state = check(broken)
    assert not state.ok
    assert state.root != check(lines).root


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_line_taken_out_is_found(missing: int) -> None:
    journal = MemoryJournal()
    lines = []
    for _ in range(4):
        lines.append(a_line(journal.head()))
        journal.append(len(lines) - 1, lines[-1])
    assert not check([*lines[:missing], *lines[missing + 1 :]]).ok


# -- the clock --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "behind"), [(0, False), (5, False), (-0.001, True), (-60, True)])
def test_a_clock_up_to_a_minute_behind_gets_the_last_lines_time(seconds: float, behind: bool) -> None:  # noqa: FBT001
    head = Head(size=1, leaf="00", time=START.isoformat(timespec="milliseconds"))
    time, is_behind = next_time(head, START + timedelta(seconds=seconds))
    assert is_behind is behind
    assert time == max(head.time, (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds"))


def test_a_clock_further_behind_must_wait() -> None:
    head = Head(size=1, leaf="00", time=START.isoformat(timespec="milliseconds"))
    with pytest.raises(TryLaterError) as told:
        next_time(head, START - timedelta(seconds=60, milliseconds=1))
    assert told.value.code == "T010"


# -- only a file ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("torn", [b"{", b'{"v":1,"seq":3', b"\0" * 300, b'{"v":1}\n', b"\0\n", b"[]\n", b"\xff\xfe\n"])
def test_a_torn_last_line_is_ignored_then_moved_aside(tmp_path: Path, torn: bytes) -> None:
    journal = a_file_journal(tmp_path)
    append(journal, 3)
    with journal.path.open("ab") as stream:
        stream.write(torn)
    again = FileJournal(journal.path)
    assert again.head().size == 3
    assert [line.seq for line in again.lines()] == [0, 1, 2]
    assert again.verify().ok
    append(again)
    assert FileJournal(journal.path).verify().size == 4
    assert [path.read_bytes() for path in journal.path.parent.glob("torn-*.bin")] == [torn]


def test_a_line_torn_at_any_byte_is_not_counted(tmp_path: Path) -> None:
    journal = a_file_journal(tmp_path)
    append(journal, 2)
    whole = journal.path.read_bytes()
    first = whole.index(b"\n") + 1
    for length in range(first, len(whole)):
        journal.path.write_bytes(whole[:length])
        assert FileJournal(journal.path).head().size == 1
    journal.path.write_bytes(whole)
    assert FileJournal(journal.path).head().size == 2


def test_a_first_line_that_is_torn_leaves_an_empty_journal(tmp_path: Path) -> None:
    journal = a_file_journal(tmp_path)
    journal.path.write_bytes(b'{"v":1,')
    assert journal.head() == Head()
    append(journal)
    assert journal.verify().size == 1


def test_damage_before_the_end_is_never_cut_off(tmp_path: Path) -> None:
    journal = a_file_journal(tmp_path)
    append(journal, 4)
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(lines[0] + lines[1] + b"x" + lines[2][1:] + b"y" + lines[3][1:])
    with pytest.raises(IntegrityError) as told:
        FileJournal(journal.path).head()
    assert told.value.code == "F007"


def test_a_missing_journal_is_never_made_anew_by_reading(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "journal" / "journal.jsonl")
    with pytest.raises(IntegrityError) as told:
        journal.head()
    assert told.value.code == "F007"


def test_positions_are_found_in_a_long_journal(tmp_path: Path) -> None:
    journal = a_file_journal(tmp_path)
    head, raw = Head(), b""
    for number in range(2000):
        line = a_line(head, more={"n": "x" * (number % 300)})
        raw += line
        head = Head(size=number + 1, leaf=leaf(line).hex(), time=read(line).time)
    journal.path.write_bytes(raw)
    for position in (0, 1, 2, 777, 1000, 1998, 1999):
        assert next(iter(journal.lines(position))).seq == position
    assert journal.head() == head
    assert len(list(journal.lines(1500))) == 500


def test_a_line_longer_than_any_block_is_a_line(tmp_path: Path) -> None:
    journal = a_file_journal(tmp_path)
    append(journal, 2)
    append(journal, originals=tuple("ab" * 64 for _ in range(3000)))
    append(journal, 2)
    assert FileJournal(journal.path).head() == journal.head()
    assert [line.seq for line in FileJournal(journal.path).lines(2)] == [2, 3, 4]


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    class Full(Disk):
        def write(self, handle: int, path: Path, data: bytes) -> None:
            super().write(handle, path, data[: len(data) // 2])
            raise OSError(28, "No space left on device")

    append(a_file_journal(tmp_path), 2)
    path = tmp_path / "journal" / "journal.jsonl"
    before = path.read_bytes()
    with pytest.raises(TryLaterError) as told:
        append(FileJournal(path, disk=Full()))
    assert told.value.code == "T012"
    assert path.read_bytes() == before
    append(FileJournal(path))
    assert FileJournal(path).verify().size == 3


def test_a_day_of_a_log_keeps_its_lines_apart_after_a_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "2026-03-02.jsonl"
    with day_file(path) as day:
        day.append(b'{"a":1}\n')
    path.write_bytes(path.read_bytes() + b'{"b"')
    with day_file(path) as day:
        day.append(b'{"c":1}\n')
        entries, root = day.sealed()
    assert path.read_bytes() == b'{"a":1}\n{"b"\n{"c":1}\n'
    assert (entries, root) == (3, naive_root([leaf(line) for line in (b'{"a":1}', b'{"b"', b'{"c":1}')]).hex())
