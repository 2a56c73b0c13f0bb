"""kill -9 at every border of the path and at random moments: documents in = documents out, each once, verify clean.

A fixed share here; `luutru bench faults` does 200 random moments.
"""

import random
from pathlib import Path

import pytest

from ingest.benches import faults as bench_faults

pytestmark = pytest.mark.slow
BORDERS = (
    "received",
    "before identify",
    "after recognise",
    "before validate",
    "after package",
    "before submit",
    "after submit",
    "before removal",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bench_faults.sample_files(tmp_path_factory.mktemp("faults") / "files")


@pytest.mark.parametrize("border", BORDERS)
def test_a_kill_at_a_border_loses_and_doubles_nothing(border: str, files: Path, tmp_path: Path) -> None:
    assert bench_faults.killed_at(border, tmp_path / "home", files) == []
    assert (tmp_path / "home" / "killed").exists(), "the border was never passed"


def test_the_borders_are_those_of_a_run(files: Path, tmp_path: Path) -> None:
    assert set(BORDERS) <= set(bench_faults.borders_of_a_run(tmp_path / "home", files))


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_at_a_random_moment_loses_and_doubles_nothing(seed: int, files: Path, tmp_path: Path) -> None:
    moment = random.Random(seed).uniform(0.5, 8.0)
    assert bench_faults.killed_after(moment, tmp_path / "home", files) == []
