"""The doctor says how the search index is, and makes none."""

from pathlib import Path

from archive.console import word
from schemas.settings import Settings
from search_ui.doctor import examine
from search_ui.index.tantivy import TantivyIndex
from tests.search_ui.answer.test_rank import RECORDS
from tests.search_ui.asking import put


def test_where_there_is_no_index_none_is_made(tmp_path: Path) -> None:
    (check,) = examine(Settings(home=tmp_path))
    assert (check.ok, check.detail) == (True, word("doctor-search-none", engine="tantivy"))
    assert list(tmp_path.iterdir()) == []


def test_the_embedded_index_is_named_with_its_versions_and_its_place_in_the_journal(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    put(TantivyIndex(settings.index), RECORDS, position=7)
    (check,) = examine(settings)
    assert check.ok
    assert check.detail.startswith("tantivy; ")
    assert check.detail.endswith(" 7")


def test_an_index_of_another_version_is_left_alone_and_one_that_is_damaged_is_told(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    put(TantivyIndex(settings.index), RECORDS)
    (settings.index / "meta.json").write_text("{", encoding="utf-8")
    (check,) = examine(settings)
    assert (check.ok, check.detail.startswith("F030"), "luutru rebuild index" in check.how) == (False, True, True)
    (settings.index / "made-by.json").write_text("{}", encoding="utf-8")
    (check,) = examine(settings)
    assert check.ok
    assert (settings.index / "meta.json").read_text(encoding="utf-8") == "{"
