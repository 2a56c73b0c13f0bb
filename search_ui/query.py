"""What a reader types, as a tree that every engine can compile; any string gives one, never an error.

Pure. The language is the one people know: words (all are wanted), "phrases", OR (binds weakest: `a b OR c d` is
(a b) or (c d)), NOT or - before a word or phrase. A document number is recognised in its usual spellings. It does not
look into any index; how well a record answers is `search_ui.plan`'s matter.
"""

import re
from dataclasses import dataclass

from search_ui.analyser import Token, analyse, canonical_number

TEXT_LIMIT = 10_000  # characters of a question that are read
LEAF_LIMIT = 64  # words, phrases and numbers of a question that are used; what follows is left out
SHORTHAND_LIMIT = 8  # words of a question that may be a document number in an official's shorthand

_PIECE = re.compile(r'(?P<not>(?<!\S)(?:-|NOT\s+))?(?:"(?P<phrase>[^"]*)"?|(?P<or>(?<!\S)OR(?!\S))|(?P<words>[^\s"]+))')
_CURLY = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "−": "-", "\x00": " "}
)  # as phones and Word type them


@dataclass(frozen=True, slots=True)
class Term:
    """One syllable in both its forms."""

    exact: str
    folded: str

    @property
    def marked(self) -> bool:
        """Say whether it was typed with marks."""
        return self.exact != self.folded


@dataclass(frozen=True, slots=True)
class Words:
    """Syllables that belong side by side, or one alone. `quoted`: the reader asked for exactly this order."""

    terms: tuple[Term, ...]
    quoted: bool = False

    @property
    def strict(self) -> bool:
        """Say whether only the marked form answers: in quotes and with marks."""
        return self.quoted and any(term.marked for term in self.terms)


@dataclass(frozen=True, slots=True)
class Number:
    """A document number: its token, and the words it is made of."""

    token: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What must not occur."""

    part: "Words | Number"


@dataclass(frozen=True, slots=True)
class All:
    """Every part is wanted."""

    parts: tuple["Words | Number | Not", ...]


@dataclass(frozen=True, slots=True)
class Query:
    """The whole question: alternatives (OR) of parts that are wanted together. No alternative: nothing was asked."""

    text: str
    alternatives: tuple[All, ...] = ()

    @property
    def wanted(self) -> tuple[Words | Number, ...]:
        """Give what should occur, in the order typed, each once."""
        parts = (part for alternative in self.alternatives for part in alternative.parts)
        return tuple(dict.fromkeys(part for part in parts if not isinstance(part, Not)))

    @property
    def unwanted(self) -> tuple[Words | Number, ...]:
        """Give what must not occur in any alternative."""
        return tuple(
            dict.fromkeys(part.part for each in self.alternatives for part in each.parts if isinstance(part, Not))
        )

    @property
    def terms(self) -> tuple[Term, ...]:
        """Give the wanted syllables, in the order typed, each once."""
        return tuple(dict.fromkeys(term for part in self.wanted for term in part.terms))

    @property
    def shorthand(self) -> tuple[str, ...]:
        """Give the folded words if the question may be a number in shorthand (`qd 1695`, `cv 1950 2013`), else none."""
        if len(self.alternatives) != 1 or any(isinstance(part, Not) for part in self.alternatives[0].parts):
            return ()
        words = tuple(term.folded for part in self.wanted for term in part.terms)
        return words if len(words) <= SHORTHAND_LIMIT and any(word[0].isdecimal() for word in words) else ()


def parse(text: str) -> Query:
    """Read a question. Never raises; its tree has at most `LEAF_LIMIT` leaves."""
    plain = text[:TEXT_LIMIT].translate(_CURLY)
    alternatives: list[list[Words | Number | Not]] = [[]]
    leaves = 0
    for match in _PIECE.finditer(plain):
        if match["or"] is not None and match["not"] is None:
            alternatives.append([])
            continue
        found = _phrase(match["phrase"]) if match["phrase"] is not None else _plain(match["words"] or match["or"])
        found = found[: LEAF_LIMIT - leaves]
        leaves += len(found)
        alternatives[-1].extend(Not(part) if match["not"] else part for part in found)
    joined = tuple(All(_with_spaced_numbers(tuple(dict.fromkeys(parts)), plain)) for parts in alternatives if parts)
    return Query(text, joined)


def _phrase(text: str) -> list[Words | Number]:
    terms = tuple(_term(token) for token in analyse(text) if not token.number)
    return [Words(terms[:LEAF_LIMIT], quoted=True)] if terms else []


def _plain(piece: str) -> list[Words | Number]:
    """Read one piece without spaces: a number, a word, or words tied by punctuation, which belong side by side."""
    tokens = analyse(piece)
    terms = tuple(_term(token) for token in tokens if not token.number)[:LEAF_LIMIT]
    number = next((token for token in tokens if token.number), None)
    if number is not None:
        inside = tuple(_term(token) for token in tokens if not token.number and _within(token, number))
        outside = tuple(_term(token) for token in tokens if not token.number and not _within(token, number))
        return [Number(number.exact, inside[:LEAF_LIMIT]), *([Words(outside[:LEAF_LIMIT])] if outside else [])]
    return [Words(terms)] if terms else []


def _with_spaced_numbers(parts: tuple[Words | Number | Not, ...], text: str) -> tuple[Words | Number | Not, ...]:
    """Put a number typed with spaces (`15 / CT-TTg`) in the place of the words it was read as."""
    for token in analyse(text):
        if not token.number or not any(letter.isspace() for letter in text[token.start : token.end]):
            continue
        terms = tuple(_term(each) for each in analyse(text[token.start : token.end]) if not each.number)
        parts = _replaced(parts, Number(canonical_number(text[token.start : token.end]), terms))
    return parts


def _replaced(parts: tuple[Words | Number | Not, ...], number: Number) -> tuple[Words | Number | Not, ...]:
    for first in range(len(parts)):
        for last in range(first + 2, min(len(parts), first + len(number.terms)) + 1):
            run = parts[first:last]
            read = tuple(term for part in run if not isinstance(part, Not) for term in part.terms)
            if read == number.terms and not any(isinstance(part, Not) for part in run):
                return (*parts[:first], number, *parts[last:])
    return parts


def _within(token: Token, number: Token) -> bool:
    return number.start <= token.start and token.end <= number.end


def _term(token: Token) -> Term:
    return Term(token.exact, token.folded)
