"""The text gate: no letter lost, none added but those of appearances."""

from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, Stream

from ingest.converting.convert_text import text_to_pdfa
from ingest.converting.text_gate import appearance_texts, compare, gate, letters, page_texts
from schemas.errors import SubmissionError


def test_the_same_letters_pass_however_they_are_broken_ordered_or_composed() -> None:
    before = ["Cộng hòa\nxã hội", "Độc lập"]
    after = ["xã hội Co\u0323\u0302ng ho\u0300a", " Đ ộ c\u00a0lập\u200b"]
    assert compare(before, after).passed


def test_one_lost_mark_is_a_lost_letter() -> None:
    verdict = compare(["Việt Nam"], ["Viêt Nam"])
    assert (verdict.passed, verdict.lost, verdict.added) == (False, 1, 1)
    assert verdict.reason == "trang 1: mất 1 (U+1EC7), thừa 1 (U+00EA)"


def test_a_letter_that_went_to_another_page_is_lost() -> None:
    assert not compare(["ab", "c"], ["a", "bc"]).passed


def test_pages_must_be_as_many() -> None:
    verdict = compare(["a"], ["a", ""])
    assert (verdict.passed, verdict.reason) == (False, "Bản chuyển đổi có 2 trang, bản gốc có 1 trang")


def test_letters_of_appearances_may_be_added_but_none_may_be_lost_for_them() -> None:
    added = compare(["a", "b"], ["a Ký bởi", "b"], allowed_added=["Ký bởi: B", ""])
    assert (added.passed, added.allowed, added.added) == (True, 5, 0)
    assert not compare(["a", "b"], ["a", "b Ký bởi"], allowed_added=["Ký bởi", ""]).passed
    assert not compare(["ab"], ["b Ký"], allowed_added=["Ký"]).passed


def test_a_symbol_that_gets_a_private_character_says_nothing_new_but_a_private_character_can_be_lost() -> None:
    assert compare(["a"], ["\ue071 a"]).passed
    assert not compare(["\ue071 a"], ["a"]).passed


def test_a_reason_never_repeats_the_text() -> None:
    reason = compare(["bí mật " * 50], [""]).reason or ""
    assert "mật" not in reason
    assert len(reason) < 200


@given(st.lists(st.text(), max_size=4))
def test_a_text_passes_against_itself(pages: list[str]) -> None:
    assert compare(pages, pages).passed


@given(st.text(), st.characters(categories=("Lu", "Ll", "Nd")))
def test_any_letter_more_or_fewer_is_seen(text: str, letter: str) -> None:
    if letters(text + " " + letter) != letters(text):
        assert compare([text + " " + letter], [text]).lost >= 1
        assert compare([text], [text + " " + letter]).added >= 1


def _with_stamp(path: Path, text: str, *, stamp: str) -> None:
    """Write a page with a text, and a widget whose appearance says more."""
    path.write_bytes(text_to_pdfa(text + "\f" + stamp, title="").pdf)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        stamped = pdf.pages[1]
        form = Stream(pdf, stamped.obj.Contents.read_bytes(), Type=Name.XObject, Subtype=Name.Form)
        form["/BBox"], form["/Resources"] = Array([0, 0, 596, 842]), stamped.obj.Resources
        widget = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Stamp,
            Rect=Array([0, 0, 596, 842]),
            F=4,
            AP=Dictionary(N=pdf.make_indirect(form)),
        )
        pdf.pages[0].obj["/Annots"] = Array([pdf.make_indirect(widget)])
        del pdf.pages[1]
        pdf.save(path)


def test_the_letters_of_an_appearance_are_found(tmp_path: Path) -> None:
    _with_stamp(tmp_path / "signed.pdf", "Quyết định", stamp="Ký bởi")
    assert [letters(text) for text in appearance_texts(tmp_path / "signed.pdf")] == [letters("Ký bởi")]
    (tmp_path / "drawn.pdf").write_bytes(text_to_pdfa("Quyết định\nKý bởi", title="").pdf)
    verdict = gate(tmp_path / "signed.pdf", tmp_path / "drawn.pdf", signed=True)
    assert (verdict.passed, verdict.allowed) == (True, 5)
    (tmp_path / "other.pdf").write_bytes(text_to_pdfa("Quyết định\nHủy bỏ", title="").pdf)
    assert not gate(tmp_path / "signed.pdf", tmp_path / "other.pdf", signed=True).passed


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "none.pdf").write_bytes(b"no PDF")
    with pytest.raises(SubmissionError) as raised:
        page_texts(tmp_path / "none.pdf")
    assert raised.value.code == "P021"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(SubmissionError) as raised:
        page_texts(tmp_path / "locked.pdf")
    assert raised.value.code == "P020"
