from hypothesis import given
from hypothesis import strategies as st

from search_ui.analyser import analyse
from search_ui.answer.relevance import Statistics, counts_of, reading, relevance, tally, weight
from search_ui.question.query import Term, parse


def term(text: str) -> Term:
    return parse(text).terms[0]


STATISTICS = Statistics(
    records=100, mean_length=50, exact={"ban_s": 3, "hiêm_s": 1}, folded={"ban": 60, "hiem": 2, "va": 99}
)


def test_a_tally_counts_exact_and_folded_forms() -> None:
    text = reading(["ban", "an"])(tally([(analyse("bán bản bản ban bận"), 1), (analyse("bán"), 3)]))
    assert counts_of(text, term("bán")) == (4, 8)
    assert counts_of(text, term("bản")) == (2, 8)
    assert counts_of(text, term("ban")) == (1, 8)
    assert counts_of(text, term("bàn")) == (0, 8)
    assert counts_of(text, term("an")) == (0, 0)


@given(st.text("abănđư ̣́/15-=:,_", max_size=80))
def test_every_word_of_a_text_is_counted(text: str) -> None:
    tokens = [token for token in analyse(text) if not token.number]
    written = reading(token.folded for token in tokens)(tally([(tokens, 1)]))
    for token in tokens:
        exact = sum(each.exact == token.exact for each in tokens)
        folded = sum(each.folded == token.folded for each in tokens)
        assert counts_of(written, Term(token.exact, token.folded)) == (exact, folded)


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    assert weight(term("hiếm"), STATISTICS) > weight(term("bán"), STATISTICS) > weight(term("và"), STATISTICS) >= 1


def test_the_marked_form_that_was_typed_is_worth_more() -> None:
    exact, other = (
        relevance(reading(["ban"])(tally([(analyse(word), 1)])), length=50, terms=[term("bán")], statistics=STATISTICS)
        for word in ("bán", "bạn")
    )
    assert exact > other > 0


def test_nothing_known_gives_nothing_and_never_fails() -> None:
    empty = Statistics(records=0, mean_length=0.0)
    assert relevance(reading(["ban"])("  "), length=0, terms=[term("bán")], statistics=empty) == 0
    assert weight(term("bán"), empty) >= 1
