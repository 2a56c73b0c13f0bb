"""A question as conditions any engine understands, tier by tier. Pure.

A tier says how well a record answers (`schemas.search.Tier`); each later tier holds the earlier ones, but for the own
number. Fields are those of `IndexDocument`. Engines translate the conditions word by word and nothing else, so that
two engines find the same records.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.search import Filters, Tier
from search_ui.analyser import key
from search_ui.query import All, Not, Number, Query, Term, Words


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
    """The record's id is one of these."""

    ids: tuple[str, ...]


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
class Everything:
    """Every record."""


Condition = Has | Row | OneOf | Between | Both | AnyOf | Everything
NOTHING = AnyOf(())

_Fields = dict[bool, tuple[str, ...]]  # by whether the exact form is asked
_TITLE: _Fields = {True: ("title_exact",), False: ("title_folded",)}
_ANYWHERE: _Fields = {True: ("title_exact", "body_exact"), False: ("title_folded", "body_folded")}
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_EARLIEST, _LATEST = 1, 99_991_231  # days; 0 is an unknown day and answers no date filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that is asked of an engine for one question."""

    full: tuple[tuple[Tier, Condition], ...]  # best tier first
    some: Condition  # what is shown when too few answer in full
    loose: Condition  # what is shown when even `some` finds nothing
    within: Condition  # filters; holds for every tier


def plan(query: Query, filters: Filters) -> Plan:
    """Lay out a question. A question without words asks for every record; one that holds no word we know for none."""
    within = _filters(filters)
    if not query.alternatives:
        everything = NOTHING if query.text.strip() else Everything()
        return Plan(full=((Tier.ALL_FOLDED, everything),), some=NOTHING, loose=NOTHING, within=within)
    return Plan(full=_tiers(query), some=_some(query), loose=_loose(query), within=within)


def _tiers(query: Query) -> tuple[tuple[Tier, Condition], ...]:
    return (
        (Tier.NUMBER, _own_number(query)),
        (Tier.TITLE_EXACT, _whole(query, exact=True, fields=_TITLE)),
        (Tier.TITLE_FOLDED, _whole(query, exact=False, fields=_TITLE)),
        (Tier.ALL_EXACT, _whole(query, exact=True, fields=_ANYWHERE)),
        (Tier.ALL_FOLDED, _whole(query, exact=False, fields=_ANYWHERE)),
    )


def _own_number(query: Query) -> Condition:
    """Say when the record is the one whose number was typed, as printed or in shorthand."""
    numbers = tuple(Has("own", part.token) for part in query.wanted if isinstance(part, Number))
    shorthand = query.shorthand
    words = tuple(Has("own", word) for word in shorthand)
    leads = tuple(Has("own", f"={word}") for word in shorthand if word[0].isdecimal())
    found = (*numbers, *((Both((*words, AnyOf(leads))),) if leads else ()))
    without = tuple(_part(part, exact=False, fields=_ANYWHERE) for part in query.unwanted)
    return Both((AnyOf(found),), without) if found else NOTHING


def _whole(query: Query, *, exact: bool, fields: _Fields) -> Condition:
    return AnyOf(tuple(_alternative(each, exact=exact, fields=fields) for each in query.alternatives))


def _alternative(alternative: All, *, exact: bool, fields: _Fields) -> Condition:
    wanted = tuple(_part(part, exact=exact, fields=fields) for part in alternative.parts if not isinstance(part, Not))
    return Both(wanted or (Everything(),), _without(alternative))


def _without(alternative: All) -> tuple[Condition, ...]:
    """Give what must not occur: a marked word only in its marked form, else -bán would lose bản and ban."""
    return tuple(
        _part(part.part, exact=any(term.marked for term in part.part.terms), fields=_ANYWHERE)
        for part in alternative.parts
        if isinstance(part, Not)
    )


def _part(part: Words | Number, *, exact: bool, fields: _Fields) -> Condition:
    if isinstance(part, Number):
        places = ("title_numbers",) if fields is _TITLE else ("title_numbers", "body_numbers")
        named = Row("title_folded", tuple(term.folded for term in part.terms))  # as file names write it: 1695 qd syt
        return AnyOf((*(Has(field, part.token) for field in places), *((named,) if len(part.terms) > 1 else ())))
    exact = exact or part.strict
    words = tuple(term.exact if exact else term.folded for term in part.terms)
    return AnyOf(tuple(Row(field, words) if len(words) > 1 else Has(field, words[0]) for field in fields[exact]))


def _some(query: Query) -> Condition:
    return AnyOf(tuple(found for each in query.alternatives if (found := _half(each)) is not None))


def _half(alternative: All) -> Condition | None:
    """Half of the plain words, and all that was quoted; nothing when all was quoted."""
    wanted = [part for part in alternative.parts if not isinstance(part, Not)]
    quoted = tuple(_part(part, exact=False, fields=_ANYWHERE) for part in wanted if _quoted(part))
    plain = tuple(_part(part, exact=False, fields=_ANYWHERE) for part in wanted if not _quoted(part))
    if not plain:
        return None
    return Both((*quoted, AnyOf(plain, at_least=(len(plain) + 1) // 2)), _without(alternative))


def _quoted(part: Words | Number) -> bool:
    return isinstance(part, Words) and part.quoted


def _loose(query: Query) -> Condition:
    found = (
        Both((AnyOf(tuple(word_anywhere(term) for term in query.terms)),), _without(each))
        for each in query.alternatives
        if query.terms
    )
    return AnyOf(tuple(found))


def word_anywhere(term: Term) -> Condition:
    """Say that a record holds the word in any form, in title or body."""
    return AnyOf(tuple(Has(field, term.folded) for field in _ANYWHERE[False]))


def pair_anywhere(first: Term, second: Term) -> Condition:
    """Say that a record holds two words side by side."""
    return AnyOf(tuple(Row(field, (first.folded, second.folded)) for field in _ANYWHERE[False]))


def _filters(filters: Filters) -> Condition:
    conditions: list[Condition] = []
    conditions += _one_of("type_key", (key(each) for each in filters.types))
    conditions += _one_of("issuer_key", (key(each) for each in filters.issuers))
    conditions += _one_of("fonds", filters.fonds)
    if filters.years:
        conditions.append(AnyOf(tuple(Between("year", year, year) for year in filters.years)))
    if filters.date_from or filters.date_to:
        conditions.append(Between("day", _day(filters.date_from, _EARLIEST), _day(filters.date_to, _LATEST)))
    return Both(tuple(conditions)) if conditions else Everything()


def _one_of(field: str, values: Iterable[str]) -> list[Condition]:
    names = tuple(dict.fromkeys(values))
    return [AnyOf(tuple(Has(field, name) for name in names))] if names else []


def _day(date: str | None, default: int) -> int:
    match = _DATE.fullmatch(date or "")
    return default if match is None else int("".join(match.groups()))
