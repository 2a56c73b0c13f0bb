"""A storage root can be read from any folder, by whoever may only read it."""

import shutil
from pathlib import Path

import pytest

from archive.folder_reader import FolderReader
from archive.keeping import About, Piece
from archive.store import FolderStore
from schemas.errors import NotFoundError

ONE = "urn:uuid:00000000-0000-4000-8000-000000000001"


@pytest.fixture
def copied(tmp_path: Path) -> FolderReader:
    store = FolderStore(tmp_path / "storage")
    store.create()
    about = About(version=1, created="2026-03-02T08:30:00+00:00", message="test", actor="system")
    store.put(ONE, {"original/0001.txt": Piece(source=b"one")}, about)
    return FolderReader(Path(shutil.copytree(store.root, tmp_path / "second copy")))


def test_a_second_copy_reads_like_the_first(copied: FolderReader) -> None:
    assert list(copied.objects()) == [ONE]
    assert copied.read(ONE, "original/0001.txt") == b"one"
    assert [entry.name for entry in copied.files(ONE).entries("v1")] == [
        "content",
        "inventory.json",
        "inventory.json.sha512",
    ]


def test_a_file_that_no_version_names_is_not_found(copied: FolderReader) -> None:
    for path in ("original/0002.txt", "../v1/inventory.json", "/etc/passwd", ""):
        with pytest.raises(NotFoundError):
            copied.read(ONE, path)
