"""A question as conditions any engine understands, tier by tier. Pure.

A tier says how well a record answers (`schemas.search.Tier`); each later tier holds the earlier ones, but for the own
number. Inside a tier those come first that hold the words side by side as typed. Fields are those of `IndexDocument`. Engines translate the conditions word by word and nothing else, so that
two engines find the same records.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from schemas.search import Filters, Tier
from search_ui.analyser import key, subject_key
from search_ui.question.named import EARLIEST, LATEST, Field, Limit, Spanned
from search_ui.question.query import TEXT_LIMIT, All, Number, Query, Term, Why, Wording, Words
from search_ui.question.syllables import syllables


@dataclass(frozen=True, slots=True)
class Has:
    """The field holds this word."""

    field: str
    word: str


@dataclass(frozen=True, slots=True)
class Row:
    """The field holds these words side by side."""

    field: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """The record's id, or a word of the field, is one of these."""

    ids: tuple[str, ...]
    field: str = "id"


@dataclass(frozen=True, slots=True)
class Between:
    """The whole number of the field lies in [low, high]."""

    field: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Both:
    """Every condition holds, and none of `without`."""

    conditions: tuple["Condition", ...]
    without: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least so many of the conditions hold."""

    conditions: tuple["Condition", ...]
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Among:
    """The condition, which is known to hold in none but these records: an engine may look at them alone."""

    ids: tuple[str, ...]
    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Everything:
    """Every record."""


Condition = Has | Row | OneOf | Between | Both | AnyOf | Among | Everything
NOTHING = AnyOf(())
EVERYTHING = Everything()

_Fields = dict[bool, tuple[str, ...]]  # by whether the exact form is asked
_TITLE: _Fields = {True: ("title_exact",), False: ("title_folded",)}
_ANYWHERE: _Fields = {True: ("title_exact", "body_exact"), False: ("title_folded", "body_folded")}
_ONE_WORD: _Fields = {True: ("any_exact",), False: ("any_folded",)}  # of title and body; twice as fast as asking both
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_LETTERS_OR_FIGURES = re.compile(r"[0-9]+|[^0-9]+")
_RAREST = 6  # words of a question, of which a record that answers in part holds
_HELD = 2
IN_ROWS = 24  # words of a question that are also looked for in a row; a cluster allows 1,024 clauses in all
_AS_TYPED = (
    Why.ABBREVIATION,
    Why.TYPING,
)  # what is the same word; who asks only for a name has it first, another name later


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that is asked of an engine for one question."""

    full: tuple[tuple[Tier, Condition], ...]  # best tier first; a tier stands twice where words may stand side by side
    whole: Condition  # all that answers in full
    some: Condition  # what is shown when too few answer in full
    loose: Condition  # what is shown when even `some` finds nothing
    within: Condition  # filters; holds for every tier


def narrowing(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Leave out of conditions that all hold what every record fulfils, which costs an engine a look at each; not the last."""
    return tuple(each for each in conditions if each != EVERYTHING) or conditions


def plan(query: Query, filters: Filters) -> Plan:
    """Lay out a question. A question without words asks for every record; one that holds no word we know for none."""
    within = _filters(filters)
    if not query.alternatives:
        everything = NOTHING if query.text.strip() else Everything()
        full = ((Tier.ALL_FOLDED, everything),)
        return Plan(full=full, whole=everything, some=NOTHING, loose=NOTHING, within=within)
    number, all_folded = _own_number(query), _whole(query, exact=False, fields=_ANYWHERE)
    return Plan(
        full=((Tier.NUMBER, number), *_tiers(query), (Tier.ALL_FOLDED, all_folded)),
        whole=AnyOf((number, all_folded)),
        some=_some(query),
        loose=_loose(query),
        within=within,
    )


def _tiers(query: Query) -> list[tuple[Tier, Condition]]:
    """Give the tiers between the own number and all words anywhere, each after its whole subjects and its words in a row."""
    kinds: tuple[tuple[Tier, bool, _Fields], ...] = (
        (Tier.TITLE_EXACT, True, _TITLE),
        (Tier.TITLE_FOLDED, False, _TITLE),
        (Tier.ALL_EXACT, True, _ANYWHERE),
        (Tier.ALL_FOLDED, False, _ANYWHERE),
    )
    tiers: list[tuple[Tier, Condition]] = []
    for tier, exact, fields in kinds:
        if fields is _TITLE:
            tiers += [(tier, _as_subject(query, exact=exact))]
        rows = _in_rows(query, exact=exact, fields=fields)
        tiers += [(tier, rows)] if rows != NOTHING else []
        tiers += [(tier, _whole(query, exact=exact, fields=fields))] if tier is not Tier.ALL_FOLDED else []
    return tiers


def _as_subject(query: Query, *, exact: bool) -> Condition:
    """Say that the question is the record's whole subject: others may quote it."""
    return Both((Has("subject_key", subject_key(query.text[:TEXT_LIMIT])), _whole(query, exact=exact, fields=_TITLE)))


def _in_rows(query: Query, *, exact: bool, fields: _Fields) -> Condition:
    """Say that a record answers with the words that were typed one after the other side by side."""
    if len(query.terms) > IN_ROWS:
        return NOTHING
    return AnyOf(tuple(_in_row(each, exact=exact, fields=fields) for each in query.alternatives if each.runs))


def _in_row(alternative: All, *, exact: bool, fields: _Fields) -> Condition:
    """Ask for the rows, and for what they do not imply."""
    said = {term for run in alternative.runs for term in run}
    rest = tuple(
        part
        for part in alternative.parts
        if not (isinstance(part, Words) and not part.quoted and said.issuperset(part.terms))
    )
    rows = tuple(_row(run, exact=exact, fields=fields) for run in alternative.runs)
    limits = tuple(map(_limit, alternative.limits))
    others = tuple(_part(part, exact=exact, fields=fields) for part in rest if isinstance(part, Words | Number))
    return Both((*rows, *others, *limits), _without(alternative))


def _row(run: tuple[Term, ...], *, exact: bool, fields: _Fields) -> Condition:
    words = tuple(term.exact if exact else term.folded for term in run)
    return AnyOf(tuple(Row(field, words) for field in fields[exact]))


def _own_number(query: Query) -> Condition:
    """Say when the record is the one whose number was typed, as printed or in shorthand."""
    return AnyOf(tuple(found for each in query.alternatives if (found := _own(each, query.shorthand)) is not None))


def _own(alternative: All, shorthand: tuple[str, ...]) -> Condition | None:
    numbers = tuple(Has("own", part.token) for part in alternative.wanted if isinstance(part, Number))
    spellings = {shorthand, _apart(shorthand)} if shorthand else ()
    found: tuple[Condition, ...] = (*numbers, *map(_called, sorted(spellings)))
    if not alternative.wanted and any(limit.field is Field.NUMBER for limit in alternative.limits):
        found = (Everything(),)
    return (
        Both((AnyOf(found), *map(_limit, alternative.limits)), _without(alternative, strict=False)) if found else None
    )


def _apart(words: tuple[str, ...]) -> tuple[str, ...]:
    """Part letters and figures that were typed without a space: `qd2416`, `15ct`."""
    return tuple(piece for word in words for piece in _LETTERS_OR_FIGURES.findall(word))


def _called(words: tuple[str, ...]) -> Condition:
    """Say that a record's own number, type and year hold all these words, one of them at the head of the number."""
    leads = tuple(Has("own", f"={word}") for word in words if word[0].isdecimal())
    return Both((*(Has("own", word) for word in words), AnyOf(leads)))


def _whole(query: Query, *, exact: bool, fields: _Fields) -> Condition:
    return AnyOf(tuple(_alternative(each, exact=exact, fields=fields) for each in query.alternatives))


def _alternative(alternative: All, *, exact: bool, fields: _Fields) -> Condition:
    wanted = _all_wanted(alternative, exact=exact, fields=fields)
    if not wanted and (exact or fields is _TITLE):
        return NOTHING  # nothing was typed that could stand in a title or carry marks
    limits = tuple(map(_limit, alternative.limits))
    return Both((*wanted, *limits) or (Everything(),), _without(alternative))


def _all_wanted(alternative: All, *, exact: bool, fields: _Fields) -> tuple[Condition, ...]:
    """Ask for each part, or for other words in the place of all the parts they stand for: (a or x) and (b or x)."""
    titled = any(not isinstance(part, Words) or not part.instead for part in alternative.wanted)
    found: list[Condition] = []
    for instead, group in groupby(alternative.wanted, key=_instead):
        parts = tuple(_part(part, exact=exact, fields=fields) for part in group)
        others = () if exact else _others(instead, fields, titled=titled)
        found += (AnyOf((Both(parts), *others)),) if others else parts
    return tuple(found)


def _instead(part: Words | Number) -> tuple[Wording, ...]:
    return part.instead if isinstance(part, Words) and not part.strict else ()


def _others(instead: tuple[Wording, ...], fields: _Fields, *, titled: bool) -> tuple[Condition, ...]:
    """Ask for other words. `titled`: another name of what was asked for may stand for it in a title."""
    chosen = (each.words for each in instead if titled or fields is not _TITLE or each.why in _AS_TYPED)
    return tuple(_said(words, fields[False], one_word=_one_word(fields)[False]) for words in chosen)


def _without(alternative: All, *, strict: bool = True) -> tuple[Condition, ...]:
    """Give what must not occur: a marked word only in its marked form, else -bán would lose bản and ban."""
    return tuple(
        _part(part, exact=strict and any(term.marked for term in part.terms), fields=_ANYWHERE)
        if isinstance(part, Words | Number)
        else _limit(part)
        for part in alternative.unwanted
    )


def _limit(limit: Limit) -> Condition:
    """Say that a field holds its value."""
    if isinstance(limit, Spanned):
        return Between(limit.field, limit.low, limit.high)
    match limit.field:
        case Field.NUMBER:
            return AnyOf(tuple(_called(each) if each[0][0] != "#" else Has("own", each[0]) for each in limit.spellings))
        case Field.TYPE:
            return AnyOf(tuple(Has("type_key", " ".join(each)) for each in limit.spellings))
        case Field.ISSUER | Field.SIGNER:
            return AnyOf(tuple(_words(f"{limit.field}_words", each) for each in limit.spellings))
    return AnyOf(tuple(Has(limit.field, each) for each in limit.ids or ()))


def _one_word(fields: _Fields) -> _Fields:
    return _ONE_WORD if fields is _ANYWHERE else fields


def _said(words: tuple[str, ...], fields: tuple[str, ...], *, one_word: tuple[str, ...]) -> Condition:
    """Say that words stand in one of the fields, several of them side by side."""
    return AnyOf(tuple(_words(field, words) for field in (fields if len(words) > 1 else one_word)))


def _words(field: str, words: tuple[str, ...]) -> Condition:
    return Row(field, words) if len(words) > 1 else Has(field, words[0])


def _part(part: Words | Number, *, exact: bool, fields: _Fields) -> Condition:
    if isinstance(part, Number):
        places = ("title_numbers",) if fields is _TITLE else ("title_numbers", "body_numbers")
        named = Row("title_folded", tuple(term.folded for term in part.terms))  # as file names write it: 1695 qd syt
        return AnyOf((*(Has(field, part.token) for field in places), *((named,) if len(part.terms) > 1 else ())))
    exact = exact or part.strict
    words = tuple(term.exact if exact else term.folded for term in part.terms)
    return _said(words, fields[exact], one_word=_one_word(fields)[exact])


def _some(query: Query) -> Condition:
    return AnyOf(tuple(found for each in query.alternatives if (found := _partly(each)) is not None))


def _partly(alternative: All) -> Condition | None:
    """Two of the six rarest plain words, and all that was quoted or named by field; nothing without plain words.

    Rare are those that few texts of the language hold: an engine looks through little to find them.
    """
    quoted = tuple(_part(part, exact=False, fields=_ANYWHERE) for part in alternative.wanted if _quoted(part))
    plain = sorted((part for part in alternative.wanted if not _quoted(part)), key=_commonness)[:_RAREST]
    if not plain:
        return None
    words = tuple(_part(part, exact=False, fields=_ANYWHERE) for part in plain)
    enough = AnyOf(words, at_least=min(_HELD, (len(words) + 1) // 2))
    return Both((*quoted, *map(_limit, alternative.limits), enough), _without(alternative))


def _commonness(part: Words | Number) -> int:
    """Say how many of 10,000 texts hold the rarest word of a part."""
    known = (syllables().get(term.folded) for term in part.terms)
    return min((syllable.frequency if syllable else 0 for syllable in known), default=0)


def _quoted(part: Words | Number) -> bool:
    return isinstance(part, Words) and part.quoted


def _loose(query: Query) -> Condition:
    words = AnyOf(tuple(word_anywhere(term) for term in query.terms))
    found = (Both((words, *map(_limit, each.limits)), _without(each)) for each in query.alternatives if query.terms)
    return AnyOf(tuple(found))


def word_anywhere(term: Term) -> Condition:
    """Say that a record holds the word in any form, in title or body."""
    return Has("any_folded", term.folded)


def beside(first: Term, second: Term, *, title: bool) -> Condition:
    """Say that the title, or the body, holds two words side by side."""
    return Row("title_folded" if title else "body_folded", (first.folded, second.folded))


def _filters(filters: Filters) -> Condition:
    conditions: list[Condition] = []
    conditions += _one_of("type_key", (key(each) for each in filters.types))
    conditions += _one_of("issuer_key", (key(each) for each in filters.issuers))
    conditions += _one_of("signer_key", (key(each) for each in filters.signers))
    conditions += _one_of("fonds", filters.fonds)
    conditions += _one_of("file", filters.files)
    if filters.years:
        conditions.append(AnyOf(tuple(Between("year", year, year) for year in filters.years)))
    if filters.date_from or filters.date_to:
        conditions.append(Between("day", _day(filters.date_from, EARLIEST), _day(filters.date_to, LATEST)))
    return Both(tuple(conditions)) if conditions else Everything()


def _one_of(field: str, values: Iterable[str]) -> list[Condition]:
    names = tuple(dict.fromkeys(values))
    return [AnyOf(tuple(Has(field, name) for name in names))] if names else []


def _day(date: str | None, default: int) -> int:
    match = _DATE.fullmatch(date or "")
    return default if match is None else int("".join(match.groups()))
