"""A fixed share of each set of real files goes the whole way; `luutru bench corpus FOLDER` takes a whole set.

Nothing offered is missing, what is kept is the source, every word lies on its page, nothing fails on our side, and
the archive is made anew from the storage root. What no copy can be made of has its reason.
"""

import shutil
from pathlib import Path

import pytest

from ingest.benches import corpus
from tests.sources import shared_data

pytestmark = pytest.mark.slow
SHARES = {
    "pdf": 14,
    "pdfa": 8,
    "hostile": 2,
    "images": 6,
    "office": 4,
    "email": 5,
    "vn-scans": 3,
    "vn-born-digital": 8,
    "vn-legacy": 8,
    "vn-images": 1,
}


def test_the_archive_keeps_its_promises_on_real_files(tmp_path: Path) -> None:
    """One test, since taking the files in is what costs time."""
    figures = corpus.measure(_share(shared_data(), tmp_path / "files"))
    assert figures["not_listed"] == figures["altered"] == figures["verify_problems"] == []
    assert figures["summary"]["failed"] == 0
    assert figures["summary"]["documents"] >= sum(SHARES.values()) - 4, "images of one document count as one"
    assert figures["word_boxes"] > 1000
    assert figures["word_boxes_outside"] == {}
    without: dict[str, str] = figures["pdfs_without"]
    assert [name for name in without if name.startswith(("vn-scans/", "vn-born-digital/"))] == []
    assert all(without.values()), "every document without a copy has its reason"
    assert figures["changed_by_rebuild"] == []


def _share(data: Path, folder: Path) -> Path:
    """Copy the share, evenly chosen from each sorted set, as one folder tree."""
    for name, count in SHARES.items():
        found = sorted(path for path in (data / name).rglob("*") if path.is_file() and path.suffix != ".json")
        for path in (found[index * len(found) // count] for index in range(min(count, len(found)))):
            target = folder / path.relative_to(data)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return folder
