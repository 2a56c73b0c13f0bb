"""The catalogue: the same tests on SQLite and on PostgreSQL; it may be deleted any day."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive import access, accession, fixity
from archive.catalogue import Catalogue, Followed
from archive.databases import open_catalogue, open_for_reading
from archive.home import Archive, open_archive
from archive.rows import UNREADABLE, RecordRow
from archive.strongroom import follow
from schemas.description import Level
from schemas.errors import IntegrityError, TryLaterError
from schemas.identifiers import AccessionKey, RecordId, Sha512, new_record_id, urn
from schemas.journal import Line, leaf, write
from tests.archive.builders import NOW, a_home, a_package, an_archive, an_original


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalogue.db'}"
    address: str = request.getfixturevalue("postgresql_address")
    return address.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def catalogue(url: str) -> Iterator[Catalogue]:
    made = open_catalogue(url)
    yield made
    made.close()


def a_row(which: int = 0, /, **changes: Any) -> RecordRow:
    record = RecordId(f"00000000-0000-4000-8000-{which:012d}")
    values: dict[str, Any] = {
        "id": record,
        "accession_key": AccessionKey(f"{which:064x}"),
        "fonds": RecordId("f"),
        "file": RecordId("g"),
        "state": "archived",
        "kind": "scan",
        "source": "hộp 7/tệp.pdf",
        "access": "agency",
        "received_at": NOW.isoformat(),
        "findings": ("S014", "S016"),
        "originals": (an_original(b"x"),),
        "accepted": which,
        "changed": which,
    }
    return RecordRow(**{**values, **changes})


def lines_of(*rows: RecordRow, after: str = "", start: int = 0) -> list[Followed]:
    followed = []
    for seq, row in enumerate(rows, start=start):
        line = Line(seq=seq, time=NOW.isoformat(), kind="record-accepted", actor="system", prev=after)
        after = leaf(write(line)).hex()
        followed.append(Followed(line=line, leaf=after, row=row))
    return followed


def test_a_row_comes_back_as_it_was_put(catalogue: Catalogue) -> None:
    row = a_row(subject="Về việc \U0001f4dc", number=None, pages=3)
    catalogue.apply(lines_of(row))
    assert catalogue.record(row.id) == replace(row, originals=())
    assert catalogue.by_accession_key(row.accession_key) == catalogue.record(row.id)
    assert catalogue.with_original(row.originals[0].sha512) == (row.id,)
    assert catalogue.with_original(Sha512("00")) == ()
    assert catalogue.position() == 1


def test_the_same_lines_applied_again_change_nothing(catalogue: Catalogue) -> None:
    lines = lines_of(a_row(0), a_row(1))
    catalogue.apply(lines)
    catalogue.apply(lines)
    catalogue.apply([])
    assert catalogue.position() == 2
    assert len(catalogue.records()) == 2


def test_a_line_left_out_or_of_another_journal_is_refused(catalogue: Catalogue) -> None:
    catalogue.apply(lines_of(a_row(0)))
    for wrong in (lines_of(a_row(1), start=2), lines_of(a_row(1), after="00" * 32, start=1)):
        with pytest.raises(IntegrityError):
            catalogue.apply(wrong)
    assert catalogue.position() == 1
    assert len(catalogue.records()) == 1


def test_a_later_version_keeps_the_place_of_the_first(catalogue: Catalogue) -> None:
    first = lines_of(a_row(0), a_row(1))
    catalogue.apply(first)
    later = a_row(0, version="v2", accepted=2, changed=2, number="2/QĐ")
    catalogue.apply(lines_of(later, after=first[-1].leaf, start=2))
    rows = catalogue.records()
    assert [(row.version, row.accepted, row.changed) for row in rows] == [("v2", 0, 2), ("v1", 1, 1)]


def test_lists_are_narrowed_and_go_on(catalogue: Catalogue) -> None:
    rows = [a_row(n, state="review" if n % 2 else "archived", file=RecordId(f"g{n % 3}")) for n in range(9)]
    catalogue.apply(lines_of(*rows))
    assert [row.accepted for row in catalogue.records(state="review")] == [1, 3, 5, 7]
    assert [row.accepted for row in catalogue.records(file="g1", after=1)] == [4, 7]
    assert [row.accepted for row in catalogue.records(limit=2, after=3)] == [4, 5]
    assert catalogue.records(fonds="none") == ()
    assert catalogue.counts() == {"archived": 5, "review": 4}
    assert set(catalogue.starting_with("00000000")) == {row.id for row in rows}
    assert catalogue.starting_with("0%") == ()


def test_several_followers_apply_each_line_once(url: str) -> None:
    lines = lines_of(*(a_row(n) for n in range(30)))
    failures: list[BaseException] = []

    def work() -> None:
        try:
            own = open_catalogue(url)
            for count in range(0, 30, 3):
                own.apply(lines[own.position() : count + 3])
            own.close()
        except (IntegrityError, TryLaterError, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    catalogue = open_catalogue(url)
    assert [row.accepted for row in catalogue.records()] == list(range(30))
    catalogue.close()


def test_clearing_forgets_everything(catalogue: Catalogue) -> None:
    catalogue.apply(lines_of(a_row(0)))
    catalogue.clear()
    assert (catalogue.position(), catalogue.records(), catalogue.counts()) == (0, (), {})
    catalogue.apply(lines_of(a_row(0)))
    assert catalogue.position() == 1


def test_an_archive_works_on_it(url: str, tmp_path: Path) -> None:
    with an_archive(tmp_path / "home", catalogue_url=url) as archive:
        place = a_home(archive, fonds="SYT", file="01")
        package = a_package(tmp_path / "p", place)
        accession.accept(tmp_path / "p", archive, actor="system", now=NOW)
        assert accession.accept(tmp_path / "p", archive, actor="system", now=NOW).record == package.record
        found = archive.catalogue.arrangement_by_code(place.fonds, Level.FILE, "01")
        assert found is not None
        assert found.arrangement.id == place.file
        assert fixity.verify(archive).problems == ()
        before = _answers(archive)
        fixity.rebuild_catalogue(archive)
        assert _answers(archive) == before
    with open_archive(archive.settings, writable=False) as reading:
        assert _answers(reading) == before


def _answers(archive: Archive) -> tuple[object, ...]:
    state = archive.journal.verify()
    rows = access.list_records(archive)
    packages = [access.package(archive, row.id) for row in rows]
    return rows, packages, access.arrangements(archive), state.size, state.root


# -- SQLite only ------------------------------------------------------------------------------------------------


def test_a_deleted_catalogue_is_made_again_at_the_next_start(tmp_path: Path) -> None:
    with an_archive(tmp_path / "home") as archive:
        a_package(tmp_path / "p", a_home(archive))
        accession.accept(tmp_path / "p", archive, actor="system", now=NOW)
        before = _answers(archive)
    for path in (tmp_path / "home").glob("catalogue.db*"):
        path.unlink()
    with open_archive(archive.settings) as again:
        assert _answers(again) == before


def test_a_damaged_catalogue_is_told(tmp_path: Path) -> None:
    (tmp_path / "catalogue.db").write_bytes(b"not a database" * 1000)
    for opened in (open_catalogue, open_for_reading):
        with pytest.raises(IntegrityError) as told:
            opened(f"sqlite:///{tmp_path / 'catalogue.db'}")
        assert told.value.code == "F008"


def test_a_catalogue_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalogue.db'}"
    open_catalogue(url).close()
    reading = open_for_reading(url)
    with pytest.raises(TryLaterError) as told:
        reading.apply(lines_of(a_row()))
    assert told.value.code == "T013"
    reading.close()


def test_a_database_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    with pytest.raises(TryLaterError):
        open_catalogue(f"sqlite:///{tmp_path / 'none' / 'catalogue.db'}")


def test_a_record_whose_metadata_cannot_be_read_is_listed_as_that(tmp_path: Path) -> None:
    with an_archive(tmp_path / "home") as archive:
        package = a_package(tmp_path / "p", a_home(archive))
        accession.accept(tmp_path / "p", archive, actor="system", now=NOW)
        (path,) = archive.settings.storage.glob("objects/*/*/*/*/v1/content/metadata/record.json")
        path.write_bytes(b"{}")
        fixity.rebuild_catalogue(archive)
        row = access.record(archive, package.record)
        assert (row.state, row.accession_key, row.file) == (UNREADABLE, package.accession_key, package.file)
        assert {p.code for p in fixity.verify(archive).problems} == {"F003"}


def test_the_catalogue_goes_on_after_a_line_of_an_unknown_kind(tmp_path: Path) -> None:
    with an_archive(tmp_path / "home") as archive:
        head = archive.journal.head()
        line = Line(seq=head.size, time=head.time, kind="from-the-future", actor="system", prev=head.leaf)
        archive.journal.append(head.size, write(line))
        assert follow(archive) == head.size + 1
        assert fixity.verify(archive).problems == ()


def test_a_catalogue_that_is_ahead_of_the_journal_stops_everything(tmp_path: Path) -> None:
    with an_archive(tmp_path / "home") as archive:
        a_package(tmp_path / "p", a_home(archive))
        path = archive.settings.storage / "journal/journal.jsonl"
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(IntegrityError) as told:
        open_archive(archive.settings)
    assert told.value.code == "F008"
    with open_archive(archive.settings, writable=False) as reading:
        assert {p.code for p in fixity.verify(reading).problems} == {"F005", "F008"}


def test_an_unknown_record_is_none(catalogue: Catalogue) -> None:
    assert catalogue.record(new_record_id()) is None
    assert catalogue.arrangement(new_record_id()) is None
    assert catalogue.by_accession_key(AccessionKey(urn(new_record_id()))) is None
