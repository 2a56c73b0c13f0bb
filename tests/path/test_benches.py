"""The measurements run on a small share and give figures; their values are judged by people, not by these tests."""

from pathlib import Path

import pytest

from ingest.benches import corpus as bench_corpus
from ingest.benches import menu as benches
from ingest.benches import path as bench_path
from ingest.samples.letters import compose
from ingest.samples.make import make_samples, scanned_pages
from schemas.errors import UsageError
from schemas.settings import load

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("benches") / "files"
    make_samples(folder, count=4)
    return folder


def test_the_corpus_bench_finds_nothing_wrong_with_our_samples(files: Path) -> None:
    figures = bench_corpus.measure(files, workers=1)
    assert (
        figures["not_listed"] == figures["altered"] == figures["verify_problems"] == figures["changed_by_rebuild"] == []
    )
    assert figures["word_boxes"] > 100
    assert figures["word_boxes_outside"] == {}
    assert figures["pdfs"] == figures["pdfs_with_valid_copy"] > 0


def test_the_path_bench_counts_every_second_of_its_tree(tmp_path: Path) -> None:
    (page, *_) = scanned_pages(compose(2026, 1), seed=1, resolution_dpi=200)
    page.save(tmp_path / "page.jpg", dpi=(200, 200))
    figures = bench_path.measure(tmp_path, workers=(1,), compare=True)
    ours = figures["workers_1"]
    by_step = sum(ours["cpu_seconds_a_page_by_step"].values())
    assert by_step <= ours["cpu_seconds_a_page"], "the steps are part of the whole tree"
    assert figures["ratio_of_do_it_yourself"] > 1
    assert 0 < ours["busy_share"] <= 1
    assert ours["peak_megabytes_of_a_worker"] > 10


def test_an_unknown_measurement_is_refused(tmp_path: Path) -> None:
    for name, path in (("speed", None), ("path", None), ("corpus", tmp_path / "absent")):
        with pytest.raises(UsageError) as error:
            benches.measure(name, folder=path, share=0, settings=load(tmp_path))
        assert error.value.code == "U030"
