"""The repair of ToUnicode maps, on fonts made here; the real ones stand in test_convert_pdf."""

from collections.abc import Iterator

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Object, Stream

from ingest.converting import cmaps
from ingest.converting.pdf_mend import free_zero
from ingest.converting.tounicode import Repaired, base_name, encoding, fonts, repair


@pytest.fixture
def original() -> Iterator[pikepdf.Pdf]:
    with pikepdf.new() as pdf:
        yield pdf


@pytest.fixture
def converted() -> Iterator[pikepdf.Pdf]:
    with pikepdf.new() as pdf:
        yield pdf


def _add(pdf: pikepdf.Pdf, **entries: object) -> Object:
    font = pdf.make_indirect(Dictionary({"/Type": Name.Font, **{f"/{key}": value for key, value in entries.items()}}))
    pdf.add_blank_page()
    pdf.pages[-1].obj["/Resources"] = Dictionary(Font=Dictionary(F1=font))
    return font


def _simple(pdf: pikepdf.Pdf, name: str, said: Object) -> Object:
    return _add(pdf, Subtype=Name.TrueType, BaseFont=Name("/" + name), Encoding=said)


def _composite(pdf: pikepdf.Pdf, name: str, said: Object, **more: object) -> Object:
    descendant = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, W=Array([0, Array([500]), 3, Array([1, 2]), 9, 11, 5])
    )
    return _add(
        pdf, Subtype=Name.Type0, BaseFont=Name("/" + name), Encoding=said, DescendantFonts=Array([descendant]), **more
    )


def _one_byte(pdf: pikepdf.Pdf) -> Stream:
    return Stream(pdf, b"1 begincodespacerange <00> <FF> endcodespacerange")


def _meaning(font: Object) -> dict[int, str]:
    return cmaps.read(font["/ToUnicode"].read_bytes())


def test_a_font_gets_back_what_the_originals_encoding_says(original: pikepdf.Pdf, converted: pikepdf.Pdf) -> None:
    _simple(original, "ABCDEF+TimesNewRoman", Name.WinAnsiEncoding)
    font = _composite(converted, "GHIJKL+TimesNewRoman", _one_byte(converted))
    assert repair(original, converted) == Repaired(1, 0)
    assert {0x93: "“", 0x94: "”", 0x96: "–", 0x41: "A"}.items() <= _meaning(font).items()


def test_differences_win_over_the_base(original: pikepdf.Pdf, converted: pikepdf.Pdf) -> None:
    said = Dictionary(
        BaseEncoding=Name.WinAnsiEncoding,
        Differences=Array([65, Name("/uni1EA1"), Name.B, 200, Name.quotedblleft, Name("/g17")]),
    )
    _simple(original, "Arial", said)
    font = _composite(converted, "GHIJKL+Arial", _one_byte(converted))
    repair(original, converted)
    assert {65: "ạ", 66: "B", 200: "“", 0xC9: "É"}.items() <= _meaning(font).items()


def test_a_symbolic_simple_font_without_encoding_is_repaired_too(original: pikepdf.Pdf, converted: pikepdf.Pdf) -> None:
    _simple(original, "Times New Roman", Name.WinAnsiEncoding)
    font = _add(converted, Subtype=Name.TrueType, BaseFont=Name("/GHIJKL+TimesNewRoman"))
    assert repair(original, converted) == Repaired(1, 0)
    assert _meaning(font)[0xE0] == "à"


def test_a_font_of_another_name_is_left_alone(original: pikepdf.Pdf, converted: pikepdf.Pdf) -> None:
    _simple(original, "Arial", Name.WinAnsiEncoding)
    font = _composite(converted, "GHIJKL+Times", _one_byte(converted))
    assert repair(original, converted) == Repaired(0, 1)
    assert "/ToUnicode" not in font


def test_fonts_of_one_name_that_contradict_each_other_prove_nothing(
    original: pikepdf.Pdf, converted: pikepdf.Pdf
) -> None:
    _simple(original, "AAAAAA+Arial", Name.WinAnsiEncoding)
    _simple(original, "BBBBBB+Arial", Name.MacRomanEncoding)
    _simple(original, "CCCCCC+Arial", Name.WinAnsiEncoding)
    _composite(converted, "GHIJKL+Arial", _one_byte(converted))
    assert repair(original, converted) == Repaired(0, 1)


def test_a_spoiled_map_is_written_anew_from_the_originals(original: pikepdf.Pdf, converted: pikepdf.Pdf) -> None:
    given = cmaps.write({0x4C5: "e\u0302\u0300"}, code_bytes=2)
    _composite(original, "Times,Bold", Name("/Identity-H"), ToUnicode=Stream(original, given))
    spoiled = b"begincodespacerange <0000><ffff> 2 beginbfrange <00ff><01ff><0111><04c5><04c5><00ea0300> endbfrange"
    font = _composite(converted, "GHIJKL+Times,Bold", Name("/Identity-H"), ToUnicode=Stream(converted, spoiled))
    assert repair(original, converted) == Repaired(0, 0)
    assert b"<04C5> <1EC1>" in font["/ToUnicode"].read_bytes()
    assert b"bfrange" not in font["/ToUnicode"].read_bytes()


def test_symbols_get_private_characters_and_letters_never_do(original: pikepdf.Pdf, converted: pikepdf.Pdf) -> None:
    symbols = _composite(converted, "GHIJKL+Wingdings-Regular", Name("/Identity-H"))
    _composite(converted, "GHIJKL+Arial", Name("/Identity-H"))
    assert repair(original, converted) == Repaired(1, 1)
    assert _meaning(symbols) == {code: chr(0xE000 + code) for code in (0, 3, 4, 9, 10, 11)}


def test_a_list_of_glyphs_is_dropped(original: pikepdf.Pdf, converted: pikepdf.Pdf) -> None:
    font = _add(converted, Subtype=Name.CIDFontType2, FontDescriptor=Dictionary(CIDSet=Stream(converted, b"\xff")))
    repair(original, converted)
    assert "/CIDSet" not in font.FontDescriptor


def test_fonts_are_found_wherever_they_stand(original: pikepdf.Pdf) -> None:
    form = Stream(original, b"")
    form["/Resources"] = Dictionary(Font=Dictionary(F2=Dictionary(Type=Name.Font, BaseFont=Name.InForm)))
    original.make_indirect(form)
    original.add_blank_page()
    direct = Dictionary(Type=Name.Font, BaseFont=Name.Direct)
    original.pages[0].obj["/Resources"] = Dictionary(Font=Dictionary(F1=direct))
    assert {base_name(font) for font in fonts(original)} == {"InForm", "Direct"}


def test_an_encoding_that_is_not_known_says_nothing(original: pikepdf.Pdf) -> None:
    assert encoding(_simple(original, "A", Name.StandardEncoding)) == {}
    assert encoding(_add(original, Subtype=Name.TrueType)) == {}


def test_only_fonts_that_show_glyph_zero_are_mended(original: pikepdf.Pdf) -> None:
    _composite(original, "Calibri", Name("/Identity-H"))
    assert free_zero(original) == 0
