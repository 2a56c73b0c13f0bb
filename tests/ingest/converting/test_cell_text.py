"""Cells whose words no printed page shows are found again, each once."""

from ingest.converting.cell_text import MOST_CHARACTERS, hidden_cells


def test_a_cell_that_print_cuts_is_hidden() -> None:
    sheet = '"Quyết định về việc số hóa tài liệu",15\nTổng,15\n'
    assert hidden_cells([sheet], ["Quyết định  15\nTổng 15"]) == ("Quyết định về việc số hóa tài liệu",)


def test_what_print_shows_is_not_repeated_however_it_is_spaced_or_composed() -> None:
    assert hidden_cells(['"số\nhóa"\n'], ["SÔ\u0301 hóa"]) == ()


def test_the_same_cell_on_many_sheets_counts_once() -> None:
    assert hidden_cells(["mật\n", "mật\nkhác\n"], []) == ("mật", "khác")


def test_a_sheet_too_large_to_search_is_cut() -> None:
    rows = "".join(f"{number:06}{'x' * 994}\n" for number in range(3_000))
    assert sum(map(len, hidden_cells([rows], []))) <= MOST_CHARACTERS
