"""A fixed share of each set of real files goes the whole way; `luutru bench corpus FOLDER` takes a whole set.

Nothing offered is missing, what is kept is the source, every word lies on its page, nothing fails on our side, and
the archive is made anew from the storage root. What no copy can be made of has its reason.
"""

import shutil
from typing import Any

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


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Take the share in, evenly chosen from each sorted set, as one folder tree."""
    data, folder = shared_data(), tmp_path_factory.mktemp("real") / "files"
    for name, count in SHARES.items():
        found = sorted(path for path in (data / name).rglob("*") if path.is_file() and path.suffix != ".json")
        for path in (found[index * len(found) // count] for index in range(min(count, len(found)))):
            target = folder / path.relative_to(data)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return corpus.measure(folder)


def test_nothing_is_missing_altered_or_failed(figures: dict[str, Any]) -> None:
    assert figures["not_listed"] == figures["altered"] == figures["verify_problems"] == []
    assert figures["summary"]["failed"] == 0
    assert figures["summary"]["documents"] >= sum(SHARES.values()) - 4, "images of one document count as one"


def test_every_word_lies_on_its_page(figures: dict[str, Any]) -> None:
    assert figures["word_boxes"] > 1000
    assert figures["word_boxes_outside"] == {}


def test_vietnamese_scans_and_electronic_documents_have_a_valid_copy(figures: dict[str, Any]) -> None:
    without = [name for name in figures["pdfs_without"] if name.startswith(("vn-scans/", "vn-born-digital/"))]
    assert without == []


def test_every_document_without_a_copy_has_its_reason(figures: dict[str, Any]) -> None:
    assert all(figures["pdfs_without"].values())


def test_catalogue_and_index_are_made_anew(figures: dict[str, Any]) -> None:
    assert figures["changed_by_rebuild"] == []
