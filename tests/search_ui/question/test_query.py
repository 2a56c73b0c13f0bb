import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_ui.question.named import Named, Spanned
from search_ui.question.query import LEAF_LIMIT, Not, Number, Part, Query, Words, parse


def shape(query: Query) -> list[list[str]]:
    """Write a tree shortly: `van ban` one leaf, `"…"` quoted, `-` not, `#…` a number."""
    return [[_leaf(part) for part in each.parts] for each in query.alternatives]


def _leaf(part: Part) -> str:
    if isinstance(part, Not):
        return f"-{_leaf(part.part)}"
    if isinstance(part, Spanned):
        return f"{part.field}:{part.low}..{part.high}"
    if isinstance(part, Named):
        return f"{part.field}:{'|'.join(' '.join(each) for each in part.spellings)}"
    if isinstance(part, Number):
        return part.token
    words = " ".join(term.folded for term in part.terms)
    return f'"{words}"' if part.quoted else words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("văn bản", [["van", "ban"]]),
        ('"văn bản" điện', [['"van ban"', "dien"]]),
        ("“văn bản”", [['"van ban"']]),
        ('"văn bản', [['"van ban"']]),
        ("đôn đốc OR hoà giải", [["don", "doc"], ["hoa", "giai"]]),
        ("OR văn OR OR", [["van"]]),
        ("bản -bán", [["ban", "-ban"]]),
        ('bản NOT "mua bán"', [["ban", '-"mua ban"']]),
        ("NOT", [["not"]]),
        ("- bán", [["ban"]]),
        ("covid-19", [["covid 19"]]),
        ("15-ct/ttg", [["#15-ct-ttg"]]),
        ("số 15 / CT-TTg", [["so", "#15-ct-ttg"]]),
        ("-15/CT-TTg", [["-#15-ct-ttg"]]),
        ("nor or", [["nor", "or"]]),
        ("văn văn văn", [["van"]]),
        ("số:15/CT-TTg", [["number:15 ct ttg|#15-ct-ttg"]]),
        ("so:1695", [["number:1695"]]),
        ('loại:"Quyết định" khen', [["type:quyet dinh", "khen"]]),
        ("loại:quyết định khen", [["type:quyet dinh", "khen"]]),
        ("loai:QĐ", [["type:qd|quyet dinh"]]),
        ('cơ quan:"Sở Y tế"', [["issuer:so y te"]]),
        ("coquan:SYT OR co-quan:UBND", [["issuer:syt"], ["issuer:ubnd"]]),
        ('người ký:"Hà Văn Phúc"', [["signer:ha van phuc"]]),
        ("-nguoiky:Phuc ban", [["-signer:phuc", "ban"]]),
        ("NOT loại:qd ban", [["-type:qd|quyet dinh", "ban"]]),
        ("phông:SYT hồ sơ:12", [["fonds:syt", "file:12"]]),
        ("từ:26/3/2018 đến:2019", [["day:20180326..99991231", "day:1..20191231"]]),
        ("tu:2018-03-26 den:2/2020", [["day:20180326..99991231", "day:1..20200229"]]),
        ("năm:2018..2015", [["year:2015..2018"]]),
        ("nam:2015-2018 year:2016", [["year:2015..2018", "year:2016..2016"]]),
        ("năm:nay", [["nam nay"]]),
        ("từ:31/2/2018", [["tu 31 2 2018"]]),
        ("số:abc", [["so abc"]]),
        ("số: 15/CT-TTg", [["so", "#15-ct-ttg"]]),
        ('"từ:2018 a"', [['"tu 2018 a"']]),
        ("V/v: nghỉ lễ", [["nghi", "le"]]),
        ("1965 -1975", [["1965", "1975"]]),
        ("năm 1965 -bán", [["nam", "1965", "-ban"]]),
        ("", []),
        ("!!! ... --- ()", []),
    ],
)
def test_a_question_is_read_as_people_write_it(text: str, expected: list[list[str]]) -> None:
    assert shape(parse(text)) == expected


def test_a_quoted_phrase_with_marks_is_strict_and_one_without_is_not() -> None:
    marked, plain = parse('"văn bản"').wanted[0], parse('"van ban"').wanted[0]
    assert isinstance(marked, Words)
    assert isinstance(plain, Words)
    assert marked.strict
    assert not plain.strict


@pytest.mark.parametrize(("text", "words"), [("qd 1695", ("qd", "1695")), ("cv 1950 2013", ("cv", "1950", "2013"))])
def test_a_number_in_shorthand_is_seen(text: str, words: tuple[str, ...]) -> None:
    assert parse(text).shorthand == words


@pytest.mark.parametrize("text", ["văn bản", "15 -qd", "a OR 15", "một hai ba bốn năm sáu bảy tám chín 10"])
def test_what_cannot_be_a_number_is_no_shorthand(text: str) -> None:
    assert parse(text).shorthand == ()


ANYTHING = st.text(st.characters(codec=None), max_size=300)
PIECES = st.lists(
    st.sampled_from(
        [
            '"',
            "-",
            "NOT ",
            "OR",
            " ",
            "văn",
            "bản",
            "15/CT-TTg",
            "1 / A",
            "(",
            ")",
            "~",
            "*",
            ":",
            "\x00",
            "\ud800",
            "số:",
            "năm:",
            "loại:",
            "từ:",
            "hồ sơ:",
            "2015",
            "..",
        ]
    ),
    max_size=60,
).map("".join)


@given(st.one_of(ANYTHING, PIECES))
def test_any_string_gives_a_bounded_tree(text: str) -> None:
    query = parse(text)
    assert query.text == text
    leaves = [part for each in query.alternatives for part in each.parts]
    assert len(leaves) <= LEAF_LIMIT
    assert all(each.parts for each in query.alternatives)
    assert len(query.terms) <= LEAF_LIMIT * LEAF_LIMIT
    assert all(word for word in query.shorthand)


def test_ten_thousand_words_are_a_question_too() -> None:
    query = parse(" ".join(f"tu{number}" for number in range(10_000)))
    assert len(query.wanted) == LEAF_LIMIT


def test_deep_nesting_is_no_nesting() -> None:
    assert shape(parse("(" * 400 + "văn" + ")" * 400)) == [["van"]]
