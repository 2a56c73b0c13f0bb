"""Words typed wrongly: other words that answer for them, and a question to try instead.

Only for `word~`, or a word of five letters and more that no record holds; folded Vietnamese syllables are so short that
anything freer would find everything. What is tried comes from our own table of syllables, never from the index's words,
and counts only if a record that the reader may see holds it: so neither an answer nor a suggestion tells of others.
"""

import unicodedata
from functools import partial

from search_ui.analyser import analyse
from search_ui.answer.plan import Both, Condition, Has, word_anywhere
from search_ui.index import Reader
from search_ui.question.query import Part, Query, Term, Why, Wording, Words
from search_ui.question.syllables import near, syllables

VARIANTS = 20  # of one word
WORDS = 4  # of one question that are looked into
SHORTEST = 5  # letters of a word that is mended by itself
FEW = 2  # records: an answer with no more of them is offered another spelling
_TONE_MARKS = {"f": "\u0300", "s": "\u0301", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_MARKABLE = "aăâeêioôơuưy"


def mended(query: Query, reader: Reader, within: Condition, *, all_words: bool) -> Query:
    """Give the question with near words where one was typed as `word~` or, with `all_words`, stands in no record."""
    wrong = [
        part.terms[0]
        for part in query.wanted
        if isinstance(part, Words) and len(part.terms) == 1 and not part.quoted
        if part.nearly or (all_words and len(part.terms[0].folded) >= SHORTEST and not part.instead)
    ]
    near_words: dict[str, tuple[Wording, ...]] = {}
    for term in wrong[: WORDS if not all_words else None]:
        if len(near_words) == WORDS:
            break
        if _is_nearly(query, term) or not _is_seen(reader, within, term):
            near_words[term.folded] = tuple(Wording((word,), Why.TYPING) for word in _seen_near(term, reader, within))
    return query.changed(partial(_with_near, near_words)) if any(near_words.values()) else query


def suggestion(query: Query, reader: Reader, within: Condition) -> str | None:
    """Give the question with each word that no record holds put right, as the records the reader may see spell it."""
    changes: dict[str, str] = {}
    for term in query.terms[: 4 * WORDS]:
        if len(changes) == WORDS or len(term.folded) < 2 or not term.folded.isalpha() or _is_seen(reader, within, term):
            continue
        words = _seen_near(term, reader, within, most=VARIANTS // 2)
        if not words:
            return None
        changes[term.folded] = _spelt(words[0], reader, within) if term.marked else words[0]
    return _rewritten(query.text, changes) if changes else None


def _with_near(near_words: dict[str, tuple[Wording, ...]], part: Part) -> Part:
    if not isinstance(part, Words) or len(part.terms) != 1 or part.quoted:
        return part
    more = near_words.get(part.terms[0].folded, ())
    return Words(part.terms, part.quoted, part.nearly, (*part.instead, *more)) if more else part


def _is_nearly(query: Query, term: Term) -> bool:
    return any(isinstance(part, Words) and part.nearly and part.terms == (term,) for part in query.wanted)


def _is_seen(reader: Reader, within: Condition, term: Term) -> bool:
    return reader.count(Both((word_anywhere(term), within))) > 0


def _seen_near(term: Term, reader: Reader, within: Condition, *, most: int = VARIANTS) -> list[str]:
    tried = [each.folded for each in near(term)[:most]]
    return [word for word in tried if _is_seen(reader, within, Term(word, word))]


def _spelt(folded: str, reader: Reader, within: Condition) -> str:
    """Give the most frequent marked form that a visible record holds, as it is written."""
    for form, _ in syllables()[folded].forms[:VARIANTS]:
        held = Has("any_exact", form)
        if reader.count(Both((held, within))):
            return written(form)
    return folded


def written(exact: str) -> str:
    """Write an exact form with its tone on the vowel that bears it: `quyêt_s` → `quyết`, `hoa_f` → `hòa`."""
    plain, _, tone = exact.partition("_")
    places = [at for at, letter in enumerate(plain) if letter in _MARKABLE]
    if not tone or not places:
        return plain
    if len(places) > 1 and (plain[:2] == "qu" or plain[:2] == "gi"):
        places = places[1:]
    strong = [at for at in places if plain[at] in "ăâêôơ"] or [at for at in places if plain[at] == "ư"]
    closed = places[-1] < len(plain) - 1
    at = strong[-1] if strong else places[-1] if closed or len(places) == 1 else places[-2]
    return unicodedata.normalize("NFC", f"{plain[: at + 1]}{_TONE_MARKS[tone[0]]}{plain[at + 1 :]}")


def _rewritten(text: str, changes: dict[str, str]) -> str:
    pieces, at = [], 0
    for token in analyse(text):
        if not token.number and token.folded in changes:
            pieces += [text[at : token.start], changes[token.folded]]
            at = token.end
    return "".join([*pieces, text[at:]])
