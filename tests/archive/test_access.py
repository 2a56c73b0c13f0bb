"""The way out, and the log of who went that way."""

import json
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archive import access, access_log, accession, fixity
from archive.access_log import Access, Entry
from archive.home import Archive, open_archive
from schemas.errors import NotFoundError, UsageError
from schemas.identifiers import new_record_id, urn
from schemas.packages import CopyRole, Rendition
from tests.archive.builders import NOW, a_home, a_package, an_archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with an_archive(tmp_path / "home") as made:
        yield made


def _accept(archive: Archive, folder: Path, **changes: object) -> accession.Accepted:
    a_package(folder, a_home(archive), **changes)  # type: ignore[arg-type]
    return accession.accept(folder, archive, actor="system", now=NOW)


def test_changes_are_followed_from_any_position(archive: Archive, tmp_path: Path) -> None:
    start = access.position(archive)
    first = _accept(archive, tmp_path / "a").record
    second = _accept(archive, tmp_path / "b", content=b"b").record
    changes = list(access.changes(archive, start))
    assert [(c.object, c.record, c.position) for c in changes] == [(first, True, start + 1), (second, True, start + 2)]
    assert [c.object for c in access.changes(archive, changes[0].position)] == [second]
    assert list(access.changes(archive, start + 2)) == []
    assert [c.record for c in access.changes(archive)][:start] == [False] * start


def test_an_id_may_be_cut_short(archive: Archive, tmp_path: Path) -> None:
    record = _accept(archive, tmp_path / "a").record
    for text in (record, record[:8], record.upper(), f"urn:uuid:{record}", f" {record[:13]} "):
        assert access.resolve(archive, text) == record


def test_an_id_that_is_none_or_of_no_record_is_told(archive: Archive, tmp_path: Path) -> None:
    record = _accept(archive, tmp_path / "a").record
    with pytest.raises(UsageError):
        access.resolve(archive, record[:7])
    with pytest.raises(UsageError):
        access.resolve(archive, "%" * 9)
    for ask in (access.record, access.package, access.pages, access.open_original, access.open_rendition):
        with pytest.raises(NotFoundError):
            ask(archive, new_record_id())
    for unknown in (new_record_id(), "ffffffff"):
        with pytest.raises(NotFoundError):
            access.resolve(archive, unknown)


def test_pages_come_with_their_words(archive: Archive, tmp_path: Path) -> None:
    record = _accept(archive, tmp_path / "a").record
    pages = access.pages(archive, record)
    assert [page.text for page in pages] == ["Quyết định", "trang hai"]
    assert pages[0].words[0].box == (0.1, 0.1, 0.2, 0.05)


def test_a_record_without_text_has_no_pages(archive: Archive, tmp_path: Path) -> None:
    assert access.pages(archive, _accept(archive, tmp_path / "a", text_run=None).record) == ()


def test_the_copy_is_opened_or_its_absence_explained(archive: Archive, tmp_path: Path) -> None:
    record = _accept(archive, tmp_path / "a").record
    rendition, stream = access.open_rendition(archive, record)
    with stream:
        assert (rendition.flavour, stream.read()) == ("2u", b"%PDF/A of %PDF-1.7 one\n")
    with pytest.raises(NotFoundError):
        access.open_rendition(archive, record, "0002")
    none = Rendition(part="0001", role=CopyRole.PRESERVATION, path=None, reason="Encrypted.")
    folder = tmp_path / "b"
    a_package(folder, a_home(archive), content=b"b", renditions=(none,))
    (folder / "preservation/0001.pdf").unlink()
    other = accession.accept(folder, archive, actor="system", now=NOW).record
    with pytest.raises(NotFoundError, match="Encrypted"):
        access.open_rendition(archive, other)


def test_other_files_are_opened_by_their_path(archive: Archive, tmp_path: Path) -> None:
    record = _accept(archive, tmp_path / "a").record
    with access.open_file(archive, record, "validation/0001.json") as stream:
        assert json.load(stream) == {"valid": True}
    with pytest.raises(NotFoundError):
        access.open_file(archive, record, "../../../inventory.json")
    with pytest.raises(NotFoundError):
        access.open_original(archive, record, "original/0009.pdf")


def test_what_waits_for_a_person_is_listed(archive: Archive, tmp_path: Path) -> None:
    _accept(archive, tmp_path / "a")
    waiting = _accept(archive, tmp_path / "b", content=b"b", state="review").record
    assert [row.id for row in access.list_review(archive)] == [waiting]
    assert access.counts(archive) == {"archived": 1, "review": 1}
    first = access.list_records(archive, limit=1)
    assert [row.id for row in access.list_records(archive, after=first[0].accepted)] == [waiting]


# -- the access log ---------------------------------------------------------------------------------------------


def _log(archive: Archive) -> dict[str, list[dict[str, str]]]:
    folder = access_log.folder(archive.settings)
    return {
        path.stem: [json.loads(line) for line in path.read_text().splitlines()] for path in sorted(folder.iterdir())
    }


def test_an_access_is_noted_under_its_vietnamese_day(archive: Archive) -> None:
    late = NOW.replace(hour=17, minute=30)  # half past midnight in Vietnam
    access_log.note(archive, Entry(access=Access.VIEWED, actor="system", record="r"), now=late)
    assert _log(archive) == {
        "2026-03-03": [{"time": "2026-03-02T17:30:00.000+00:00", "access": "viewed", "actor": "system", "record": "r"}]
    }


def test_a_query_stands_in_the_log_only_as_a_keyed_digest(archive: Archive, tmp_path: Path) -> None:
    for query in ("Nguyễn Văn A", "Nguyê\u0303n Va\u0306n A", "khác"):
        access_log.note(archive, Entry(access=Access.SEARCHED, actor="system", query=query), now=NOW)
    digests = [entry["query"] for entry in _log(archive)["2026-03-02"]]
    assert digests[0] == digests[1] != digests[2]
    key = tmp_path / "home/keys/access-log.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "Nguy" not in str(_log(archive))


def test_the_root_of_a_closed_day_becomes_a_line_once(archive: Archive) -> None:
    entry = Entry(access=Access.DOWNLOADED, actor="system", record="r", path="original/0001.pdf")
    size = access.position(archive)
    for days in (0, 0, 2, 3):
        access_log.note(archive, entry, now=NOW + timedelta(days=days))
    lines = list(archive.journal.lines(size))
    assert [(line.kind, line.more["day"], line.more["entries"]) for line in lines] == [
        ("access-log-closed", "2026-03-02", 2),
        ("access-log-closed", "2026-03-04", 1),
    ]
    with open_archive(archive.settings) as again:
        access_log.note(again, entry, now=NOW + timedelta(days=3))
        fixity.rebuild_catalogue(again)
        access_log.note(again, entry, now=NOW + timedelta(days=4))
    assert [line.more["day"] for line in archive.journal.lines(size)] == ["2026-03-02", "2026-03-04", "2026-03-05"]
    assert archive.journal.verify().ok


def test_a_note_for_a_day_that_is_closed_goes_to_the_next_open_one(archive: Archive) -> None:
    entry = Entry(access=Access.VIEWED, actor="system", record=urn(new_record_id()))
    for days in (0, 1, 0):
        access_log.note(archive, entry, now=NOW + timedelta(days=days))
    assert {day: len(entries) for day, entries in _log(archive).items()} == {"2026-03-02": 1, "2026-03-03": 2}


def test_a_day_of_the_log_is_read_out_newest_first_and_by_person(archive: Archive) -> None:
    lan, minh = str(new_record_id()), str(new_record_id())
    for number, actor in enumerate((lan, minh, lan, "")):
        entry = Entry(access=Access.VIEWED, actor=actor, record=f"r{number}", path=f"/v/r{number}")
        access_log.note(archive, entry, now=NOW + timedelta(seconds=number))
    day = NOW.date()
    every = access_log.entries(archive, day)
    assert [visit.record for visit in every.shown if visit] == ["r3", "r2", "r1", "r0"]
    assert every.shown[0] is not None
    assert every.shown[0].time == NOW + timedelta(seconds=3)
    of_lan = access_log.entries(archive, day, actor=lan)
    assert (of_lan.total, [visit.record for visit in of_lan.shown if visit]) == (2, ["r2", "r0"])
    strangers = access_log.entries(archive, day, actor="")
    assert [visit.record for visit in strangers.shown if visit] == ["r3"]
    part = access_log.entries(archive, day, offset=1, limit=2)
    assert (part.total, [visit.record for visit in part.shown if visit]) == (4, ["r2", "r1"])
    assert access_log.entries(archive, day + timedelta(days=1)) == access_log.Visits(total=0, shown=())


def test_a_line_of_the_log_that_cannot_be_read_is_told_and_a_torn_one_is_not(archive: Archive) -> None:
    access_log.note(archive, Entry(access=Access.VIEWED, actor="system"), now=NOW)
    path = access_log.folder(archive.settings) / "2026-03-02.jsonl"
    path.write_bytes(path.read_bytes() + b'{"access":"danced","time":"2026-03-02T08:30:00+00:00"}\n[]\n\xff\n{"acc')
    told = access_log.entries(archive, NOW.date())
    assert told.total == 4
    assert told.shown[:3] == (None, None, None)


def test_reading_goes_on_while_the_clock_is_wrong(archive: Archive, tmp_path: Path) -> None:
    entry = Entry(access=Access.VIEWED, actor="system", record="r")
    access_log.note(archive, entry, now=NOW - timedelta(days=400))
    access_log.note(archive, entry, now=NOW - timedelta(days=300))
    size = access.position(archive)
    access_log.note(archive, entry, now=NOW + timedelta(days=1))
    assert len(list(archive.journal.lines(size))) == 2


def test_a_record_tells_its_versions_with_when_and_by_whom(archive: Archive, tmp_path: Path) -> None:
    record = _accept(archive, tmp_path / "a").record
    assert [(each.version, each.actor, each.act) for each in access.history(archive, record)] == [
        ("v1", "system", "accession")
    ]
    with pytest.raises(NotFoundError):
        access.history(archive, new_record_id())


def test_units_made_since_a_line_are_told(archive: Archive) -> None:
    every = access.changed_units(archive)
    assert {unit.id for _, unit in every} == {unit.id for unit in access.arrangements(archive)}
    last = max(line for line, _ in every)
    assert access.changed_units(archive, after=last) == ()
    a_home(archive)
    assert all(line > last for line, _ in access.changed_units(archive, after=last))
