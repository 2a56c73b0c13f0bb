"""The benches of the reading room measure what they say, on a folder of small texts."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import UsageError
from schemas.settings import Settings
from search_ui.benches.legal_questions import PlainBm25
from search_ui.benches.menu import NAMES, measure
from search_ui.benches.syllables import table


def write(path: Path, rows: list[dict[str, Any]], *, lines: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(json.dumps(row) for row in rows) + "\n" if lines else json.dumps(rows)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    articles = [
        {"id": "1", "text": "Tài sản\n\nTài sản là vật, tiền."},
        {"id": "2", "text": "Hợp đồng\n\nHợp đồng là sự thỏa thuận."},
    ]
    write(tmp_path / "search/alqac2022-law.json", [{"id": "91", "articles": articles}])
    questions = [{"text": "Hợp đồng là gì?", "relevant_articles": [{"law_id": "91", "article_id": "2"}]}] * 2
    write(tmp_path / "search/alqac2022-questions.json", questions)
    law = {
        "id": "a", "so_ky_hieu": "15/CT-TTg", "loai": "Chỉ thị", "ngay_ban_hanh": "2012-05-22", "ngay_header_regex": None, "lang": "vi",
        "co_quan_ban_hanh": "Thủ tướng Chính phủ", "trich_yeu": "Tăng cường sử dụng văn bản điện tử ở cơ quan", "nguoi_ky": "Nguyễn Văn An",
        "text": "Thủ tướng yêu cầu ông Trần Văn Bình báo cáo.",
    }  # fmt: skip
    for name in ("vbpl", "congbao", "vbpl-metadata-only"):
        write(tmp_path / f"vn-texts/{name}.jsonl", [law] if name == "vbpl" else [], lines=True)
    write(tmp_path / "vn-scans/truth-by-eye.json", [])
    return tmp_path


def test_relevance_stands_beside_plain_bm25_and_says_what_went_wrong(folder: Path) -> None:
    figures = measure("relevance", folder=folder, share=0, settings=Settings(home=folder))
    assert (
        figures["ALQAC 2022"]["tantivy"]["all"]
        == figures["ALQAC 2022"]["BM25 exact"]["all"]
        == {"recall@10": 1.0, "MRR@10": 1.0}
    )
    texts = figures["official texts"]["tantivy"]
    assert texts["subject"] == texts["subject unmarked"] == "1 of 1"
    assert texts["wrong"] == []
    assert texts["shorthand, unique ones first"].endswith("= 1.0000")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("leaks", "search")])
def test_a_folder_is_needed(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        measure(name, folder=tmp_path / "none", share=0, settings=Settings(home=tmp_path))


def test_syllables_are_counted_by_stretches_of_text() -> None:
    rows = {row[0]: row for row in table(["bán bản bán"] * 4)}
    assert rows["ban"] == ("ban", 10_000, "_r:10000 _s:10000")


def test_plain_bm25_prefers_the_rare_word() -> None:
    assert PlainBm25({"a": ["x", "y"], "b": ["x", "z"], "c": ["x"]}).best(["x", "z"])[0] == "b"
