"""Other words that answer a question too: given a table of wordings, put them into its tree. Pure.

A table gives, for folded words side by side, the words that may stand in their place. The longest entry wins. A plain
word that is a part of an entry is answered by the whole other wording as well; in a phrase the entry is replaced. A
phrase in quotes with marks is taken at its word.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice, product

from search_ui.analyser import analyse
from search_ui.question.named import Field, Named
from search_ui.question.query import All, Part, Query, Wording, Words

Table = Mapping[tuple[str, ...], tuple[Wording, ...]]
VARIANTS = 8  # of one phrase
BUDGET = 40  # words that are added to one question
LONGEST = 12  # words of an entry that are looked up

_Found = list[tuple[int, int, tuple[Wording, ...]]]  # first word, word after the last, what may stand there


def folded_words(text: str) -> tuple[str, ...]:
    """Give the folded words of a text."""
    return tuple(token.folded for token in analyse(text) if not token.number)


def worded(query: Query, table: Table) -> Query:
    """Give the question with the wordings of the table; its own words stay and come first."""
    return replace(query, alternatives=tuple(_worded(each, table) for each in query.alternatives)) if table else query


def entries(query: Query, table: Table) -> list[tuple[str, ...]]:
    """Give the entries of the table that the question names, each once."""
    return list(
        dict.fromkeys(words[first:last] for words in sequences(query) for first, last, _ in _found(words, table))
    )


def sequences(query: Query) -> Iterable[tuple[str, ...]]:
    """Give the words that were typed one after the other, folded."""
    return (words for each in query.alternatives for words in _sequences(each))


def _sequences(alternative: All) -> Iterable[tuple[str, ...]]:
    for run in alternative.runs:
        yield tuple(term.folded for term in run)
    for part in alternative.wanted:
        if isinstance(part, Words) and not part.strict:
            yield tuple(term.folded for term in part.terms)
    for limit in alternative.limits:
        if isinstance(limit, Named) and limit.field is Field.ISSUER:
            yield from limit.spellings


def _worded(alternative: All, table: Table) -> All:
    by_word: dict[str, list[Wording]] = {}
    left = BUDGET
    for words in dict.fromkeys(_sequences(alternative)):
        for first, last, others in _found(words, table):
            kept = [each for each in others if (left := left - len(each.words)) >= 0]
            for word in words[first:last]:
                by_word.setdefault(word, []).extend(kept)
    return replace(alternative, parts=tuple(_part(part, by_word, table) for part in alternative.parts))


def _part(part: Part, by_word: Mapping[str, list[Wording]], table: Table) -> Part:
    if isinstance(part, Named) and part.field is Field.ISSUER:
        rows = (other.words for words in part.spellings for other in _replaced(words, table))
        return replace(part, spellings=tuple(dict.fromkeys((*part.spellings, *rows))))
    if not isinstance(part, Words) or part.strict:
        return part
    words = tuple(term.folded for term in part.terms)
    others = by_word.get(words[0], ()) if len(words) == 1 and not part.quoted else _replaced(words, table)
    return replace(part, instead=tuple(dict.fromkeys((*part.instead, *others)))) if others else part


def _found(words: tuple[str, ...], table: Table) -> _Found:
    found: _Found = []
    at = 0
    while at < len(words):
        size = next((n for n in range(min(LONGEST, len(words) - at), 0, -1) if words[at : at + n] in table), 0)
        if size:
            found.append((at, at + size, table[words[at : at + size]]))
        at += max(1, size)
    return found


def _replaced(words: tuple[str, ...], table: Table) -> list[Wording]:
    """Give the phrase with each entry in it as it stands or replaced, but not as it was typed."""
    found = _found(words, table)
    variants: list[Wording] = []
    for chosen in islice(product(*((None, *others) for _, _, others in found)), 1, VARIANTS + 1):
        pieces, at = list[str](), 0
        for (first, last, _), other in zip(found, chosen, strict=True):
            pieces += words[at:first] + (words[first:last] if other is None else other.words)
            at = last
        why = next(other.why for other in chosen if other is not None)
        variants.append(Wording((*pieces, *words[at:]), why))
    return variants
