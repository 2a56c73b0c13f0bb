"""What officials type finds what they mean: our own suite, on the embedded engine; the other engine has it too."""

from pathlib import Path

import pytest

from search_ui.index.tantivy import TantivyIndex
from tests.search_ui.expected import Expectation, answer, expectations, faults, fill

SUITE = expectations()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> TantivyIndex:
    made = TantivyIndex(tmp_path_factory.mktemp("index"))
    fill(made)
    return made


def test_there_are_at_least_300_expectations_over_60_records() -> None:
    assert len({each.question for each in SUITE}) >= 300
    corpus = (Path(__file__).parent / "corpus.csv").read_text(encoding="utf-8")
    assert len(corpus.splitlines()) > 60


@pytest.mark.parametrize("expected", SUITE, ids=[f"{each.group}: {each.question}" for each in SUITE])
def test_the_question_finds_what_it_means(index: TantivyIndex, expected: Expectation) -> None:
    assert not faults(expected, answer(index, expected.question))
