"""What is taken home opens in office programs as text, whatever the values are."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from search_ui.tables import CELL_LIMIT, csv_chunks, harmless, workbook

EVIL = ["=1+1", "+84", "-15/QĐ", "@SUM(A1)", "\tx", "\rx", "\nx", "=cmd|' /C calc'!A0", "＝1+1"]


@pytest.mark.parametrize("text", EVIL)
def test_what_begins_a_formula_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["15/CT-TTg", "1/2", "0123", "Về việc = 1", ""])
def test_all_else_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_csv_begins_with_its_mark_and_comes_back_as_written() -> None:
    rows = [("Số", "Trích yếu"), ("01/2", 'dấu "phẩy", và\ndòng mới'), ("=1", "x")]
    content = b"".join(csv_chunks(rows))
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert read == [list(rows[0]), list(rows[1]), ["'=1", "x"]]


def test_a_workbook_holds_texts_only() -> None:
    with workbook([("Số", "Ngày"), ("=1+1", "01/02/2018"), ("00123", "a\x00b\x0b")], title="Kết quả") as file:
        sheet = load_workbook(file).active
    assert sheet is not None
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert values == [["Số", "Ngày"], ["'=1+1", "01/02/2018"], ["00123", "ab"]]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec=None), max_size=60), min_size=1, max_size=4))
def test_any_text_makes_a_table(values: list[str]) -> None:
    assert b"".join(csv_chunks([values]))
    workbook([values], title="x").close()
    assert all(len(harmless(value)) <= CELL_LIMIT for value in values)
