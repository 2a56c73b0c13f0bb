"""Vietnamese text to search tokens: the one definition that every index, query and highlight shares.

Pure. A token has an exact form (lower case, tone mark moved behind the syllable, so that `hoà`, `hòa` and any
Unicode form of them are one token) and a folded form (no marks, đ as d). A document number such as `15/CT-TTg` is one
more token stacked on its first part. It does not segment words: Vietnamese words are found as phrases of syllables,
which works for text without marks and for misread text, where segmenters fail.

Change anything that changes tokens, and `ANALYSER_VERSION` must grow: an index made by another version is rebuilt.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

ANALYSER_VERSION = 1
TOKEN_LIMIT = 64  # characters; what is longer is no word of any language and would only swell the index

KEY_LIMIT = 2_000  # characters of a subject that are compared
_OPENERS = ("v v ", "ve viec ")

_TONES = {"\u0300": "_f", "\u0301": "_s", "\u0309": "_r", "\u0303": "_x", "\u0323": "_j"}  # as Telex writes them
_JOINERS = "\u00ad\u200c\u200d\u2060\ufeff"  # soft hyphen and zero-width joiners: inside a word, never seen
_MARKS = "\u0300-\u036f" + _JOINERS

_WORD = rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*"
_PART = rf"[^\W_{_MARKS}]*[^\W\d_](?:[^\W_]|[{_MARKS}])*"  # a part of a symbol holds at least one letter
_YEAR = r"\s?/\s?\d{4}(?=\s?[/\-–])"
_SPACED = r"(?-i:\s?[\-–]\s?[A-ZĐ]{2,10}(?![^\W_]))"  # 1695/QĐ - SYT; `5/kg - bán` is no number
_NUMBER = rf"\d+[a-zđ]?(?:{_YEAR})?(?:\s?/\s?{_PART}|[\-–]{_PART})(?:\s?/\s?{_PART}|[\-–]{_PART}|{_SPACED})*(?![^\W_])"
_TOKEN = re.compile(rf"({_NUMBER})|{_WORD}", re.IGNORECASE)
_WORDS = re.compile(_WORD)
_SEPARATORS = re.compile(r"[\s/\-–]+")
_Y_AS_I = re.compile(r"(h|k|l|m|s|t|qu)y(_[fsrxj])?")  # tỷ lệ = tỉ lệ, kỹ = kĩ, quý = quí
_COMBINING = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]+")
_UNSEEN = dict.fromkeys(map(ord, _JOINERS))


class Token(NamedTuple):
    """One word, or a document number (`number`) stacked on its first word. [start, end) counts code points.

    A named tuple, not a dataclass: a record has thousands, and these are made twice as fast.
    """

    start: int
    end: int
    position: int
    exact: str
    folded: str
    number: bool = False

    @property
    def marked(self) -> bool:
        """Say whether the word carries any mark."""
        return self.exact != self.folded


def analyse(text: str) -> list[Token]:
    """Give the tokens of a text in order; any string is accepted, an empty one has none."""
    tokens: list[Token] = []
    position = 0
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if match[1] is None:
            tokens.append(Token(start, end, position, *_pair(match[0])))
            position += 1
            continue
        canonical = canonical_number(match[1])
        tokens.append(Token(start, end, position, canonical, canonical, number=True))
        for word in _WORDS.finditer(match[1]):
            tokens.append(Token(start + word.start(), start + word.end(), position, *_pair(word[0])))
            position += 1
    return tokens


def canonical_number(text: str) -> str:
    """Give a document number as its token: `28/2018/QĐ-TTg`, `28-2018 /qd-ttg` → `#28-2018-qd-ttg`."""
    parts = [part for part in _SEPARATORS.split(fold(text)) if part]
    return ("#" + "-".join(parts).lstrip("0"))[:TOKEN_LIMIT]


def fold(text: str) -> str:
    """Take all marks off and write small letters; đ is d. Numbers keep their digits."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).translate(_UNSEEN).lower())
    return _COMBINING.sub("", plain).replace("đ", "d")


def key(text: str) -> str:
    """Give the form under which names (types, issuers) are compared: folded words joined by one space."""
    return " ".join(token.folded for token in analyse(text) if not token.number)


def subject_key(text: str) -> str:
    """Give the form under which whole subjects are compared: as `key`, without the leading V/v or Về việc."""
    folded = key(text)
    return next((folded.removeprefix(opener) for opener in _OPENERS if folded.startswith(opener)), folded)[:KEY_LIMIT]


@lru_cache(maxsize=200_000)
def _pair(word: str) -> tuple[str, str]:
    """Give the exact and the folded form of one word."""
    if word.isdecimal():
        digits = unicodedata.normalize("NFKC", word).lstrip("0")[:TOKEN_LIMIT] or "0"
        return digits, digits  # 05 = 5, as in dates and file names
    exact, folded = _exact(word)[:TOKEN_LIMIT], fold(word)[:TOKEN_LIMIT]
    return _y_as_i(exact) or folded, _y_as_i(folded)


def _exact(word: str) -> str:
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", word).translate(_UNSEEN).lower())
    tone = "".join(_TONES[letter] for letter in plain if letter in _TONES)[-2:]
    return unicodedata.normalize("NFC", "".join(letter for letter in plain if letter not in _TONES)) + tone


def _y_as_i(form: str) -> str:
    match = _Y_AS_I.fullmatch(form)
    return form if match is None else f"{match.group(1)}i{match.group(2) or ''}"
