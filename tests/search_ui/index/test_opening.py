"""Which index is opened, and what is refused before a word is sent."""

from pathlib import Path
from typing import Any

import pytest

from schemas.errors import TryLaterError, UsageError
from schemas.settings import Settings
from search_ui.index.cluster import open_cluster
from search_ui.index.opening import open_index
from search_ui.index.opensearch import OpenSearchIndex
from search_ui.index.tantivy import TantivyIndex
from tests.search_ui.answer.test_rank import RECORDS
from tests.search_ui.asking import found, put
from tests.services import free_port


def test_without_an_address_the_index_lies_in_the_home(tmp_path: Path) -> None:
    assert isinstance(open_index(Settings(home=tmp_path)), TantivyIndex)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"search_url": "http://search.example:9200"}, "U032"),
        ({"search_url": "http://10.0.0.7:9200", "search_user": "luutru"}, "U032"),
        ({"search_url": "https://search.example:9200"}, "U032"),
        ({"search_url": "https://search.example:9200", "search_user": "luutru"}, "U032"),
        ({"search_url": "https://luutru:secret@search.example:9200"}, "U033"),
        ({"search_url": "search.example:9200"}, "U033"),
        ({"search_url": ","}, "U033"),
        ({"search_url": "http://127.0.0.1:9200, http://search.example:9200"}, "U032"),
        ({"search_url": "http://127.0.0.1:9200,https://luutru:secret@search.example"}, "U033"),
    ],
)
def test_a_cluster_that_would_be_spoken_to_in_the_open_is_refused(
    tmp_path: Path, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(UsageError) as raised:
        open_cluster(Settings(home=tmp_path, **given))
    assert raised.value.code == code
    assert "secret" not in raised.value.message


def test_a_password_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    given: dict[str, Any] = {"search_url": "https://search.example:9200", "search_user": "a"}
    with pytest.raises(UsageError) as raised:
        open_cluster(Settings(home=tmp_path, search_password_file=tmp_path / "none", **given))
    assert raised.value.code == "U033"


def test_a_cluster_that_is_away_is_told(tmp_path: Path) -> None:
    with pytest.raises(TryLaterError) as raised:
        open_index(Settings(home=tmp_path, search_url=f"http://127.0.0.1:{free_port()}"))
    assert raised.value.code == "T023"


@pytest.mark.slow
def test_the_index_of_a_cluster_is_opened_and_answers(tmp_path: Path, opensearch_address: str) -> None:
    index = open_index(Settings(home=tmp_path, search_url=opensearch_address, search_name="opened"))
    assert isinstance(index, OpenSearchIndex)
    put(index, RECORDS)
    assert found(index, "qd 1695") == [4]
