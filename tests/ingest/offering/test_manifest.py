"""A register is read as people write it; what cannot be right is told by its row, before anything is taken."""

from pathlib import Path

import openpyxl
import pytest

from ingest.offering.manifest import read_manifest
from schemas.errors import UsageError


def written(folder: Path, *rows: str) -> Path:
    path = folder / "bảng kê.csv"
    path.write_text("\n".join(("Đường dẫn;Ngày", *rows)) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("26/03/2018", "2018-03-26"), ("26.3.2018", "2018-03-26"), ("2018-03-26", "2018-03-26"), ("2018", "2018"),
     ("3/2018", "3/2018"), ("", "")],
)  # fmt: skip
def test_days_are_kept_in_one_form(tmp_path: Path, typed: str, kept: str) -> None:
    assert read_manifest(written(tmp_path, f"a.pdf;{typed}")).rows["a.pdf"].get("date", "") == kept


def test_a_day_that_is_none_is_told_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        read_manifest(written(tmp_path, "a.pdf;1/2/2018", "b.pdf;31/02/2024"))
    assert raised.value.code == "U023"
    assert "31/02/2024" in raised.value.message
    assert "3" in raised.value.message


def test_a_day_in_a_workbook_is_a_day(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Bảng kê", 0)
    sheet.append(["path", "date"])
    sheet.append(["a.pdf", "5/3/2019"])
    book.save(tmp_path / "a.xlsx")
    assert read_manifest(tmp_path / "a.xlsx").rows["a.pdf"]["date"] == "2019-03-05"


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"path,date\n", b"", b"PK\x03\x04 cut"])
def test_a_workbook_that_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read_manifest(tmp_path / "a.xlsx")
    assert raised.value.code == "U023"
