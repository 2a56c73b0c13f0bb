"""Where the words of a question stand on a page: spans, snippets, boxes. Pure; the same analyser as the index.

Syllables are so common in Vietnamese that marking each word of a question would colour the whole page. So a word that
the record somewhere shows beside its neighbour of the question is marked only there; and a word typed with marks is
marked in its other forms only where the record has it in no exact form.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from schemas.description import Box
from schemas.texts import PageText, Word
from search_ui.analyser import Token, analyse, fold
from search_ui.question.query import Number, Query, Term, Words

SNIPPET_LENGTH = 220  # characters
_SAME_LINE_SHARE = 0.5  # of the lower word's height that two words of one line share
_SHORT_QUESTION = 3  # words
_GAP_SHARE = 1.5  # of the height: words further apart are not joined into one box

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Marked:
    """One page with the spans to be marked, in order, not overlapping, and how many words of the question it shows."""

    page: int
    text: PageText
    spans: tuple[Span, ...]
    words: int


@dataclass(frozen=True, slots=True)
class _Found:
    """Tokens that answer a part of the question. `alone`: a plain word without its neighbour of the question."""

    start: int
    end: int
    words: frozenset[str]
    exact: bool
    alone: bool


def marked_pages(pages: Sequence[tuple[int, PageText]], query: Query) -> tuple[Marked, ...]:
    """Give the pages that show words of the question, in page order. Pages come with their numbers."""
    likely = [(number, page, _on_page(page.text, query)) for number, page in pages if _may_show(page.text, query)]
    beside = {word for _, _, each in likely for found in each if not found.alone for word in found.words}
    likely = [
        (number, page, [one for one in each if not (one.alone and one.words <= beside)])
        for number, page, each in likely
    ]
    exact = {word for _, _, each in likely for found in each if found.exact for word in found.words}
    likely = [
        (number, page, [one for one in each if one.exact or not one.words <= exact]) for number, page, each in likely
    ]
    return tuple(
        Marked(number, page, _joined(each, page.text), len({word for one in each for word in one.words}))
        for number, page, each in likely
        if each
    )


def snippet(text: str, spans: Sequence[Span], *, length: int = SNIPPET_LENGTH) -> str:
    """Give the part of a text that shows the most marks, as escaped HTML with <mark> and no other tag."""
    start, end = _window(text, spans, length)
    pieces, at = [], start
    for first, last in spans:
        if first < start or last > end:
            continue
        pieces += [_escaped(text[at:first]), "<mark>", _escaped(text[first:last]), "</mark>"]
        at = last
    pieces.append(_escaped(text[at:end]))
    return f"{'… ' if start else ''}{''.join(pieces).strip()}{' …' if end < len(text) else ''}"


def boxes(page: PageText, spans: Sequence[Span]) -> tuple[Box, ...]:
    """Give the boxes of the spans as fractions of the page: one for each line a span touches."""
    return tuple(box for start, end in spans for box in _boxes_of(page, start, end))


def _may_show(text: str, query: Query) -> bool:
    """Say quickly whether a page can show anything: most pages of a long record do not, and analysing is slow."""
    plain = fold(text)
    words = {term.folded for term in query.terms}
    words |= {word for part in query.wanted if isinstance(part, Words) for each in part.instead for word in each.words}
    return any(stem in plain for word in words for stem in _stems(word))


def _stems(word: str) -> tuple[str, ...]:
    return (word, f"{word[:-1]}y") if word.endswith("i") else (word,)


def _on_page(text: str, query: Query) -> list[_Found]:
    tokens = analyse(text)
    words = [token for token in tokens if not token.number]
    numbers = {part.token for part in query.wanted if isinstance(part, Number)}
    found = [
        _Found(token.start, token.end, frozenset({token.exact}), exact=True, alone=False)
        for token in tokens
        if token.number and token.exact in numbers
    ]
    for part in query.wanted:
        if isinstance(part, Words) and len(part.terms) > 1:
            found += _rows(words, part.terms, strict=part.strict)
    for other in dict.fromkeys(each.words for part in query.wanted if isinstance(part, Words) for each in part.instead):
        found += _rows(words, tuple(Term(word, word) for word in other), strict=False)
    return found + _plain(words, query)


def _rows(words: list[Token], terms: tuple[Term, ...], *, strict: bool) -> list[_Found]:
    found = []
    size = len(terms)
    for at, token in enumerate(words):
        run = words[at : at + size]
        if token.folded != terms[0].folded or len(run) < size or not _answers(run, terms, strict=strict):
            continue
        exact = all(each.exact == term.exact for each, term in zip(run, terms, strict=True))
        names = frozenset(term.folded for term in terms)
        found.append(_Found(run[0].start, run[-1].end, names, exact, alone=False))
    return found


def _answers(run: list[Token], terms: tuple[Term, ...], *, strict: bool) -> bool:
    if strict:
        return all(token.exact == term.exact for token, term in zip(run, terms, strict=True))
    return all(token.folded == term.folded for token, term in zip(run, terms, strict=True))


def _plain(words: list[Token], query: Query) -> list[_Found]:
    """Find the plain words: side by side as in the question, and alone."""
    single = [part.terms[0] for part in query.wanted if isinstance(part, Words) and len(part.terms) == 1]
    by_folded: dict[str, list[Term]] = {}
    for term in single:
        by_folded.setdefault(term.folded, []).append(term)
    neighbours = {(first.folded, second.folded) for first, second in pairwise(single)}
    found = []
    for at, token in enumerate(words):
        terms = by_folded.get(token.folded)
        if terms is None:
            continue
        before = words[at - 1].folded if at else ""
        after = words[at + 1].folded if at + 1 < len(words) else ""
        beside = (before, token.folded) in neighbours or (token.folded, after) in neighbours
        exact = any(term.exact == token.exact or not term.marked for term in terms)
        found.append(_Found(token.start, token.end, frozenset({token.folded}), exact, alone=not beside))
    return found


def _joined(found: list[_Found], text: str) -> tuple[Span, ...]:
    """Join spans that overlap or are parted by blanks only."""
    spans: list[Span] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if spans and (each.start <= spans[-1][1] or not text[spans[-1][1] : each.start].strip()):
            spans[-1] = (spans[-1][0], max(spans[-1][1], each.end))
        else:
            spans.append((each.start, each.end))
    return tuple(spans)


def _window(text: str, spans: Sequence[Span], length: int) -> Span:
    """Give the window of about `length` characters that shows most different marks, cut between words."""
    if not spans:
        return 0, _word_end(text, min(len(text), length))
    folded = [fold(text[first:last]) for first, last in spans]
    best_start, best_shown = 0, (0, 0)
    for first, _ in spans:
        start = _word_start(text, max(0, first - length // 4))
        inside = [
            word for word, (one, other) in zip(folded, spans, strict=True) if start <= one <= other <= start + length
        ]
        shown = (len({part for word in inside for part in word.split()}), sum(map(len, inside)))
        if shown > best_shown:
            best_start, best_shown = start, shown
    last = next((other for one, other in spans if one >= best_start), 0)
    return best_start, _word_end(text, min(len(text), max(best_start + length, last)))


def _word_start(text: str, at: int) -> int:
    cut = text.rfind(" ", max(0, at - 30), at)
    return at if at == 0 or cut < 0 else cut + 1


def _word_end(text: str, at: int) -> int:
    cut = text.find(" ", at, at + 30)
    return at if cut < 0 else cut


def _escaped(text: str) -> str:
    """Escape for HTML; line ends and control characters become blanks."""
    return html.escape("".join(letter if letter.isprintable() else " " for letter in text))


def _boxes_of(page: PageText, start: int, end: int) -> list[Box]:
    joined: list[Box] = []
    for word in page.words_between(start, end):
        part = _cut(word, start, end)
        if joined and _one_line(joined[-1], part):
            joined[-1] = _around(joined[-1], part)
        else:
            joined.append(part)
    return [_inside(box) for box in joined]


def _cut(word: Word, start: int, end: int) -> Box:
    """Cut the box of a word in proportion where the span covers a part of it (`15/CT-TTg,` without the comma)."""
    x, y, width, height = word.box
    letters = max(1, word.end - word.start)
    first, last = max(0, start - word.start), min(letters, end - word.start)
    return (x + width * first / letters, y, width * (last - first) / letters, height)


def _one_line(left: Box, right: Box) -> bool:
    shared = min(left[1] + left[3], right[1] + right[3]) - max(left[1], right[1])
    gap = right[0] - (left[0] + left[2])
    height = max(left[3], right[3])
    return shared >= _SAME_LINE_SHARE * min(left[3], right[3]) and -height < gap < _GAP_SHARE * height


def _around(left: Box, right: Box) -> Box:
    x, y = min(left[0], right[0]), min(left[1], right[1])
    return (x, y, max(left[0] + left[2], right[0] + right[2]) - x, max(left[1] + left[3], right[1] + right[3]) - y)


def _inside(box: Box) -> Box:
    """Keep a box on the page: 0 ≤ x, y and x + width, y + height ≤ 1, four decimals."""
    x, y = (min(1.0, max(0.0, side)) for side in box[:2])
    width, height = max(0.0, min(1.0 - x, box[2])), max(0.0, min(1.0 - y, box[3]))
    return (round(x, 4), round(y, 4), round(min(width, 1 - round(x, 4)), 4), round(min(height, 1 - round(y, 4)), 4))


def marked_html(title: str, query: Query) -> str:
    """Give a title as escaped HTML with the words of the question in <mark>; of a long question only neighbours."""
    found = _on_page(title, query)
    kept = [one for one in found if not one.alone] or (found if len(query.terms) <= _SHORT_QUESTION else [])
    return full_html(title, _joined(kept, title))


def full_html(text: str, spans: Sequence[Span]) -> str:
    """Give a whole text as escaped HTML with <mark>; line ends stay."""
    pieces, at = [], 0
    for first, last in spans:
        pieces += [html.escape(_visible(text[at:first])), "<mark>", html.escape(_visible(text[first:last])), "</mark>"]
        at = last
    return "".join([*pieces, html.escape(_visible(text[at:]))])


def _visible(text: str) -> str:
    """Take out what is neither a visible letter, a blank nor a line end; lone surrogates could not even be sent."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
