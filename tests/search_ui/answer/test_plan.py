from schemas.search import Filters, Tier
from search_ui.answer.plan import NOTHING, AnyOf, Between, Both, Everything, Has, Row, plan
from search_ui.question.query import parse


def test_the_tiers_stand_best_first() -> None:
    tiers = dict.fromkeys(tier for tier, _ in plan(parse("văn"), Filters()).full)
    assert list(tiers) == [tier for tier in Tier if tier is not Tier.SOME]


def test_a_marked_word_is_asked_in_both_forms_in_title_and_body() -> None:
    laid = dict(plan(parse("bán"), Filters()).full)
    assert "title_exact', word='ban_s'" in repr(laid[Tier.TITLE_EXACT])
    assert "any_folded', word='ban'" in repr(laid[Tier.ALL_FOLDED])
    assert "body" not in repr(laid[Tier.TITLE_FOLDED])


def test_a_strict_phrase_stays_exact_in_every_tier() -> None:
    laid = plan(parse('"bán nhà"'), Filters())
    assert all("folded" not in repr(condition) for _, condition in laid.full)
    assert laid.some == AnyOf(())


def test_words_tied_by_punctuation_stand_side_by_side() -> None:
    assert repr(Row("body_folded", ("covid", "19"))) in repr(plan(parse("covid-19"), Filters()))


def test_nothing_asked_is_everything_and_nothing_known_is_nothing() -> None:
    assert plan(parse(" "), Filters()).full == ((Tier.ALL_FOLDED, Everything()),)
    assert plan(parse("!!"), Filters()).full == ((Tier.ALL_FOLDED, NOTHING),)


def test_filters_are_laid_out_once_and_compare_without_marks() -> None:
    within = plan(parse(""), Filters(types=("QUYẾT ĐỊNH",), years=(2018,), date_to="2018-03-26")).within
    assert within == Both(
        (
            AnyOf((Has("type_key", "quyet dinh"),)),
            AnyOf((Between("year", 2018, 2018),)),
            Between("day", 1, 20180326),
        )
    )
