"""What a reader types, as a tree that every engine can compile; any string gives one, never an error.

Pure. The language is the one people know: words (all are wanted), "phrases", OR (binds weakest: `a b OR c d` is
(a b) or (c d)), NOT or - before a word, phrase or field, `word~` for words spelt nearly so, and fields such as
`loại:"Quyết định"` (`search_ui.question.named`). A document number is recognised in its usual spellings. It does not look into
any index; how well a record answers is `search_ui.answer.plan`'s matter.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby, pairwise

from search_ui.analyser import Token, analyse, canonical_number
from search_ui.question.named import NAME_PATTERN, Limit, Named, Spanned, longest_type, read_limit, same_length_fold

_DIGIT = re.compile(r"[0-9]")
YEAR = re.compile(r"(?:19|20)[0-9]{2}")
TEXT_LIMIT = 1_000  # characters of a question that are read, and that links carry on
LEAF_LIMIT = 40  # words, also those in phrases and numbers, that are used; what follows is left out
SHORTHAND_LIMIT = 8  # words of a question that may be a document number in an official's shorthand

_PIECE = re.compile(
    r"(?P<not>(?<!\S)(?:(?<![0-9]\s)-|-(?![0-9])|NOT\s+))?"  # 1965 -1975 is a span of years
    r'(?:"(?P<phrase>[^"]*)"?|(?P<or>(?<!\S)OR(?!\S))|(?P<words>[^\s"]+))'
)
_FIELD = re.compile(
    rf"""(?<!\S)(?P<not>(?:-|not\s+))?(?P<name>{NAME_PATTERN}):(?:"(?P<phrase>[^"]*)"?|(?P<plain>[^\s"]+))"""
)  # in the folded question
_OPENER = re.compile(r"v/v:?", re.IGNORECASE)
_NEARLY = re.compile(r"[^\W\d_]+~\d?")
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


class Why(StrEnum):
    """Why other words answer too."""

    ABBREVIATION = "abbreviation"
    OLD = "old"  # what the named agency or place was before
    NEW = "new"  # what it has become
    TYPING = "typing"


@dataclass(frozen=True, slots=True)
class Wording:
    """Folded words, side by side, that answer in the place of what was typed."""

    words: tuple[str, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class Words:
    """Syllables that belong side by side, or one alone. `quoted`: the reader asked for exactly this order."""

    terms: tuple[Term, ...]
    quoted: bool = False
    nearly: bool = False  # typed as word~
    instead: tuple[Wording, ...] = ()

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

    part: "Words | Number | Limit"


Part = Words | Number | Not | Named | Spanned


@dataclass(frozen=True, slots=True)
class All:
    """Every part is wanted. `runs`: the plain words that were typed one after the other, two or more, as typed."""

    parts: tuple[Part, ...]
    runs: tuple[tuple[Term, ...], ...] = ()

    @property
    def wanted(self) -> tuple[Words | Number, ...]:
        """Give the words and numbers that should occur."""
        return tuple(part for part in self.parts if isinstance(part, Words | Number))

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Give the fields that must hold their value."""
        return tuple(part for part in self.parts if isinstance(part, Named | Spanned))

    @property
    def unwanted(self) -> tuple[Words | Number | Limit, ...]:
        """Give what must not occur."""
        return tuple(part.part for part in self.parts if isinstance(part, Not))


@dataclass(frozen=True, slots=True)
class Query:
    """The whole question: alternatives (OR) of parts that are wanted together. No alternative: nothing was asked."""

    text: str
    alternatives: tuple[All, ...] = ()

    @property
    def wanted(self) -> tuple[Words | Number, ...]:
        """Give what should occur, in the order typed, each once."""
        return tuple(dict.fromkeys(part for each in self.alternatives for part in each.wanted))

    @property
    def terms(self) -> tuple[Term, ...]:
        """Give the wanted syllables, in the order typed, each once."""
        return tuple(dict.fromkeys(term for part in self.wanted for term in part.terms))

    def changed(self, change: Callable[[Part], Part]) -> "Query":
        """Give the question with each part changed."""
        return Query(
            self.text, tuple(replace(each, parts=tuple(map(change, each.parts))) for each in self.alternatives)
        )

    @property
    def pairs(self) -> tuple[tuple[Term, Term], ...]:
        """Give the neighbours among the plain words, in the order typed, each pair once."""
        runs = (run for each in self.alternatives for run in each.runs)
        return tuple(dict.fromkeys(pair for run in runs for pair in pairwise(run)))

    @property
    def instead(self) -> dict[str, tuple[Wording, ...]]:
        """Give what answers in the place of each wanted word, by its folded form."""
        found: dict[str, tuple[Wording, ...]] = {}
        for part in self.wanted:
            if isinstance(part, Words) and part.instead:
                for term in part.terms:
                    found[term.folded] = tuple(dict.fromkeys((*found.get(term.folded, ()), *part.instead)))
        return found

    @property
    def beside_number(self) -> tuple[Term, ...]:
        """Give the words typed beside a whole number: they say which of its bearers is meant."""
        if not any(isinstance(part, Number) for part in self.wanted):
            return ()
        return tuple(term for part in self.wanted if isinstance(part, Words) for term in part.terms)

    @property
    def shorthand(self) -> tuple[str, ...]:
        """Give the folded words if the question may be a number in shorthand (`qd 1695`, `cv 1950 2013`), else none."""
        if len(self.alternatives) != 1 or self.alternatives[0].unwanted:
            return ()
        words = tuple(term.folded for part in self.wanted for term in part.terms)
        return words if len(words) <= SHORTHAND_LIMIT and any(map(_DIGIT.search, words)) else ()


def parse(text: str) -> Query:
    """Read a question. Never raises; its tree has at most `LEAF_LIMIT` leaves."""
    plain = unicodedata.normalize("NFC", text[:TEXT_LIMIT]).translate(_CURLY)
    alternatives: list[list[Part]] = [[]]
    leaves = 0
    for stretch, limit in _stretches(plain):
        if limit is not None:
            alternatives[-1] += [limit] if leaves < LEAF_LIMIT else []
            leaves += 1
            continue
        for match in _PIECE.finditer(stretch):
            if match["or"] is not None and match["not"] is None:
                alternatives.append([])
                continue
            found = _phrase(match["phrase"]) if match["phrase"] is not None else _plain(match["words"] or match["or"])
            found = _within_limit(found, LEAF_LIMIT - leaves)
            leaves += sum(len(part.terms) for part in found)
            alternatives[-1].extend(Not(part) if match["not"] else part for part in found)
    return Query(text, tuple(_joined(parts, plain) for parts in alternatives if parts))


def _within_limit(parts: list[Words | Number], room: int) -> list[Words | Number]:
    """Keep so many words."""
    kept: list[Words | Number] = []
    for part in parts:
        if room > 0:
            kept.append(replace(part, terms=part.terms[:room]))
            room -= len(part.terms)
    return kept


def _joined(parts: list[Part], plain: str) -> All:
    stretches = groupby(
        parts, key=lambda part: isinstance(part, Number) or (isinstance(part, Words) and not part.quoted)
    )
    rows = [[part for part in stretch if isinstance(part, Words | Number)] for running, stretch in stretches if running]
    runs = tuple(tuple(term for part in row for term in part.terms)[:LEAF_LIMIT] for row in rows if len(row) > 1)
    return All(_with_spaced_numbers(tuple(dict.fromkeys(parts)), plain), runs)


def _stretches(plain: str) -> list[tuple[str, Limit | Not | None]]:
    """Cut a question into stretches of words, and the fields between them."""
    stretches: list[tuple[str, Limit | Not | None]] = []
    folded = same_length_fold(plain)
    at = 0
    for match in _FIELD.finditer(folded):
        if match.start() < at or plain.count('"', 0, match.start()) % 2:
            continue  # inside a phrase
        unwanted = match["not"] is not None and plain[match.start()] in "-N"
        if match["not"] is not None and not unwanted:
            continue
        kind = "phrase" if match["phrase"] is not None else "plain"
        end = match.end()
        if kind == "plain":
            end = _type_end(match, plain)
        limit = read_limit(match["name"], plain[match.start(kind) : match.end(kind) if kind == "phrase" else end])
        if limit is not None:
            stretches += [(plain[at : match.start()], None), ("", Not(limit) if unwanted else limit)]
            at = end
    return [*stretches, (plain[at:], None)]


def _type_end(match: re.Match[str], plain: str) -> int:
    """Give where the value of `loại:quyết định …` ends: after the longest name of a type."""
    if match["name"] not in ("loai", "type"):
        return match.end("plain")
    words = [each for each in analyse(plain[match.start("plain") : match.end("plain") + 40]) if not each.number]
    size = longest_type([word.folded for word in words])
    return match.start("plain") + words[size - 1].end if size > 1 else match.end("plain")


def _phrase(text: str) -> list[Words | Number]:
    terms = tuple(_term(token) for token in analyse(text) if not token.number)
    return [Words(terms[:LEAF_LIMIT], quoted=True)] if terms else []


def _plain(piece: str) -> list[Words | Number]:
    """Read one piece without spaces: a number, a word, or words tied by punctuation, which belong side by side."""
    if _OPENER.fullmatch(piece):
        return []  # a form of words, which many records leave out
    tokens = analyse(piece)
    terms = tuple(_term(token) for token in tokens if not token.number)[:LEAF_LIMIT]
    number = next((token for token in tokens if token.number), None)
    if number is not None:
        inside = tuple(_term(token) for token in tokens if not token.number and _within(token, number))
        outside = tuple(_term(token) for token in tokens if not token.number and not _within(token, number))
        return [Number(number.exact, inside[:LEAF_LIMIT]), *([Words(outside[:LEAF_LIMIT])] if outside else [])]
    return [Words(terms, nearly=_NEARLY.fullmatch(piece) is not None)] if terms else []


def _with_spaced_numbers(parts: tuple[Part, ...], text: str) -> tuple[Part, ...]:
    """Put a number typed with spaces (`15 / CT-TTg`) in the place of the words it was read as."""
    for token in analyse(text):
        if not token.number or not any(letter.isspace() for letter in text[token.start : token.end]):
            continue
        terms = tuple(_term(each) for each in analyse(text[token.start : token.end]) if not each.number)
        parts = _replaced(parts, Number(canonical_number(text[token.start : token.end]), terms))
    return parts


def _replaced(parts: tuple[Part, ...], number: Number) -> tuple[Part, ...]:
    for first in range(len(parts)):
        for last in range(first + 2, min(len(parts), first + len(number.terms)) + 1):
            run = parts[first:last]
            read = tuple(term for part in run if isinstance(part, Words | Number) for term in part.terms)
            if read == number.terms and all(isinstance(part, Words | Number) for part in run):
                return (*parts[:first], number, *parts[last:])
    return parts


def _within(token: Token, number: Token) -> bool:
    return number.start <= token.start and token.end <= number.end


def _term(token: Token) -> Term:
    return Term(token.exact, token.folded)
