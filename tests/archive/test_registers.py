"""What is granted, limited or held stands in the storage root and comes back from it."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archive import access, accession, fixity, lending, registers
from archive.arrangement import Home
from archive.home import Archive, init, open_archive
from schemas.access import Grant, Hold, Limit, Permission, Reader, Rung
from schemas.errors import NotFoundError, RefusedError
from schemas.identifiers import RecordId, new_record_id, urn
from tests.archive.builders import NOW, a_home, a_package, an_archive

LAN = Reader(account="lan", permissions=frozenset({Permission.READ}))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return an_archive(tmp_path)


@pytest.fixture
def place(archive: Archive) -> Home:
    return a_home(archive)


@pytest.fixture
def record(archive: Archive, place: Home, tmp_path: Path) -> RecordId:
    a_package(tmp_path / "p", place)
    return accession.accept(tmp_path / "p", archive, actor="system", now=NOW).record


def _rung(archive: Archive, record: RecordId, reader: Reader = LAN) -> Rung:
    return lending.Lender(archive, reader, now=NOW).rung(access.record(archive, record))


def test_a_new_home_lets_every_account_read_and_download(archive: Archive, record: RecordId) -> None:
    assert _rung(archive, record) is Rung.DOWNLOAD
    assert _rung(archive, record, Reader()) is Rung.NONE


def test_first_rights_that_were_ended_do_not_come_back(archive: Archive, record: RecordId) -> None:
    for each in archive.catalogue.registered():
        registers.end(archive, each.id, actor="lan", now=NOW)
    init(archive.settings, now=NOW).close()
    assert _rung(archive, record) is Rung.NONE


def test_a_limit_closes_at_once_and_opens_when_it_ends(archive: Archive, record: RecordId, place: Home) -> None:
    limit = registers.put(archive, Limit(node=place.file, level="unpublished"), actor="lan", now=NOW)
    assert _rung(archive, record) is Rung.NONE
    registers.end(archive, limit, actor="lan", now=NOW)
    assert _rung(archive, record) is Rung.DOWNLOAD


def test_a_second_limit_on_a_node_takes_the_place_of_the_first(archive: Archive, record: RecordId) -> None:
    first = registers.put(archive, Limit(node=record, level="unpublished"), actor="lan", now=NOW)
    assert registers.put(archive, Limit(node=record, level="public"), actor="lan", now=NOW) == first
    assert archive.catalogue.registered(entry=first)[0].version == "v2"
    assert _rung(archive, record, Reader(account="x")) is Rung.NONE
    assert _rung(archive, record) is Rung.DOWNLOAD


def test_the_same_grant_twice_is_one(archive: Archive) -> None:
    grant = Grant(subject="account:hoa", rung=Rung.READ, reason="thanh tra")
    made = registers.put(archive, grant, actor="lan", now=NOW)
    assert registers.put(archive, grant, actor="hoa", now=NOW) == made


def test_an_entry_that_is_not_there_cannot_be_ended(archive: Archive) -> None:
    with pytest.raises(NotFoundError, match="luutru access list"):
        registers.end(archive, new_record_id(), actor="lan", now=NOW)


def test_registers_come_back_from_the_storage_root_alone(archive: Archive, record: RecordId, place: Home) -> None:
    registers.put(archive, Grant(subject="account:hoa", node=record, rung=Rung.KNOW), actor="lan", now=NOW)
    registers.put(archive, Hold(node=place.fonds, reason="thanh tra"), actor="lan", now=NOW)
    ended = registers.put(archive, Limit(node=record, level="conditional"), actor="lan", now=NOW)
    registers.end(archive, ended, actor="lan", now=NOW)
    before = archive.catalogue.registered()
    fixity.rebuild_catalogue(archive)
    assert archive.catalogue.registered() == before
    assert len(before) == 6
    assert fixity.verify(archive).problems == ()


def test_a_journal_line_names_the_register_and_the_node_and_nobody(archive: Archive, record: RecordId) -> None:
    registers.put(
        archive, Grant(subject="account:hoa", node=record, rung=Rung.READ, reason="đơn"), actor="lan", now=NOW
    )
    line = json.loads(tuple(archive.journal.raw_lines())[-1])
    assert line["more"] == {"register": "grant", "node": record}


def test_a_damaged_limit_closes_its_node_to_everybody(archive: Archive, record: RecordId) -> None:
    made = registers.put(archive, Limit(node=record, level="public"), actor="lan", now=NOW)
    for path in (archive.settings.storage / "objects").rglob("register.json"):
        if '"limit"' in path.read_text():
            path.write_text("{}")
    fixity.rebuild_catalogue(archive)
    assert archive.catalogue.registered(entry=made)[0].entry is None
    assert _rung(archive, record) is Rung.NONE
    assert [each.code for each in fixity.verify(archive).problems] == ["F003"]


def test_a_crash_between_object_and_line_leaves_nothing(archive: Archive, record: RecordId) -> None:
    limit = registers.put(archive, Limit(node=record, level="public"), actor="lan", now=NOW)
    late = NOW - timedelta(days=400)  # the clock is far behind: the line is refused after the object was put
    with pytest.raises(Exception, match=r"\w"):
        registers.put(archive, Limit(node=record, level="unpublished"), actor="lan", now=late)
    with pytest.raises(Exception, match=r"\w"):
        registers.put(archive, Hold(node=record), actor="lan", now=late)
    archive.close()
    with open_archive(archive.settings) as again:
        assert fixity.verify(again).problems == ()
        assert again.catalogue.registered(entry=limit)[0].version == "v1"
        registers.put(again, Limit(node=record, level="unpublished"), actor="lan", now=NOW)
        assert fixity.verify(again).problems == ()


def test_an_entry_whose_line_never_came_goes_at_the_next_start(archive: Archive) -> None:
    made = urn(new_record_id())
    archive.store.begin(made)
    archive.close()
    with open_archive(archive.settings) as again:
        assert again.store.unfinished() == ()
        assert fixity.verify(again).problems == ()


def test_what_a_reader_may_not_know_of_is_as_if_it_were_not_there(archive: Archive, record: RecordId) -> None:
    registers.put(archive, Limit(node=record, level="unpublished"), actor="lan", now=NOW)
    missing = new_record_id()
    told = []
    for wanted in (record, missing):
        with pytest.raises(NotFoundError) as error:
            lending.Lender(archive, LAN, now=NOW).lend(wanted, Rung.KNOW)
        told.append((error.value.code, error.value.message.replace(wanted, "…")))
    assert told[0] == told[1]


def test_who_may_only_see_the_list_is_told_so(archive: Archive, record: RecordId) -> None:
    hoa = replace(LAN, account="hoa", permissions=frozenset())
    registers.put(archive, Grant(subject="account:hoa", node=record, rung=Rung.KNOW), actor="lan", now=NOW)
    assert lending.Lender(archive, hoa, now=NOW).lend(record, Rung.KNOW).id == record
    with pytest.raises(RefusedError, match="thấy trong mục lục"):
        lending.Lender(archive, hoa, now=NOW).lend(record, Rung.READ)


def test_units_and_records_are_listed_as_far_as_the_reader_may_know(
    archive: Archive, record: RecordId, place: Home
) -> None:
    assert [each.id for each in lending.Lender(archive, LAN, now=NOW).units(None)] == [place.fonds]
    assert [row.id for row in lending.Lender(archive, LAN, now=NOW).records(place.file)] == [record]
    registers.put(archive, Limit(node=place.file, level="unpublished"), actor="lan", now=NOW)
    assert place.file not in {each.id for each in lending.Lender(archive, LAN, now=NOW).units(place.fonds)}
    assert lending.Lender(archive, LAN, now=NOW).records(place.file) == ()


def test_units_are_made_with_the_level_of_the_home(tmp_path: Path) -> None:
    with an_archive(tmp_path, access_level="conditional") as closed:
        fonds = a_home(closed, fonds="SYT").fonds
        assert access.arrangement(closed, fonds).default_access == "conditional"
        assert lending.Lender(closed, LAN, now=NOW).units(None) == ()
