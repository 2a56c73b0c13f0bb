"""The number and symbol of a document: `Số: 15/CT-TTg`, `Số: 05/BNV-VP`, `Luật số: 33/2024/QH15`, `Số 40-HD/VPTW`.

Source: NĐ 30/2020/NĐ-CP, Điều 15 and Phụ lục I mục II.3. The number is often filled in by hand: what OCR makes of
handwriting is marked as handwritten and never trusted, and what is no number is not given at all.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from ingest.describing.folding import fold
from ingest.describing.layout import Segment, Token
from ingest.describing.values import from_segments, from_tokens
from schemas import rules
from schemas.description import Method, Value

_OPENS = re.compile(r"^\W{0,3}(?:luat|phap lenh|nghi quyet|bo luat|lenh)?\s{0,2}s[oa0](?![a-z])\s?([:;.,]?)\s?")
_LETTER = "A-ZĐ"
_PART = rf"[{_LETTER}][\w&.]{{0,14}}"
_SYMBOL = re.compile(rf"(?:((?:19|20)\d\d) ?/ ?)?({_PART}(?: ?[-–—] ?{_PART}){{0,4}})")
_PARTY = re.compile(rf"(\d{{1,5}}) ?- ?([{_LETTER}][A-Za-zĐđ]{{1,5}}) ?/ ?({_PART}(?:-{_PART})?)")
_DIGITS = re.compile(r"^(\d{1,5})([a-zđ]?)$")
_PRINTED = 0.85  # a clean number read with less than this may be handwriting
_MANY = frozenset({"UBND", "HĐND"})  # every province, district and commune has one
_UNREAD = 0.4  # below this it is a guess, and no number is better


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The number line of a document: its segment, its symbol as far as read, and the number as a value when read."""

    segment: Segment
    symbol: str
    value: Value | None


def is_number_line(segment: Segment) -> bool:
    """Say whether a segment of the head is the number line: it opens with `Số`, and a symbol follows."""
    head = segment.text[:80]
    opens = _OPENS.match(segment.folded[:80])
    if not opens:
        return bool(_PARTY.match(head))
    capital = any(letter.isupper() for letter in head[: opens.end()])
    marked = "/" in head or (":" in opens.group(1) and any(mark in head for mark in "-#"))
    return (capital or bool(opens.group(1))) and marked and _has_symbol(head)


def _has_symbol(head: str) -> bool:
    return len(re.findall(rf"[{_LETTER}]", head.replace("Ð", "Đ"))) >= 2


def read_number(segment: Segment, *, born_digital: bool) -> Heading:
    """Read the number line: canonical `1695/QĐ-SYT`, or no value when the number itself was not read."""
    text = _clean(segment.text)
    opens = _OPENS.match(fold(text))
    rest = text[opens.end() :] if opens else text
    party = _PARTY.match(rest)
    if party:
        number, symbol = party.group(1), f"{_type_symbol(party.group(2))}/{party.group(3)}"
        return Heading(segment=segment, symbol=symbol, value=_value(segment, f"{number}-{symbol}", born_digital))
    number, slash, after = rest.partition("/")
    match = _SYMBOL.match(after.strip()) if slash else None
    if match is None:
        return Heading(segment=segment, symbol="", value=None)
    symbol = canonical_symbol(match.group(2))
    if match.group(1):
        symbol = f"{match.group(1)}/{symbol}"
    digits = _DIGITS.match(re.sub(r"[\s.,:;_]", "", number))
    value = _value(segment, f"{digits.group(1)}{digits.group(2)}/{symbol}", born_digital) if digits else None
    return Heading(segment=segment, symbol=symbol, value=value)


def _clean(text: str) -> str:
    """Read Icelandic Ð as Đ, and the pair that OCR makes of one Đ as one."""
    return text[:120].replace("ĐÐ", "Đ").replace("ÐĐ", "Đ").replace("Ð", "Đ").replace("//", "/")


def _value(segment: Segment, number: str, born_digital: bool) -> Value | None:  # noqa: FBT001
    """Give the number as printed where its words were read surely, else as handwriting, or not at all."""
    tokens = _tokens_of_number(segment)
    if born_digital:
        return from_segments(number, [segment], certainty=0.98)
    worst = min((token.confidence for token in tokens), default=0.0)
    if worst >= _PRINTED:
        return from_tokens(number, tokens, page=segment.page, certainty=0.96)
    if worst < _UNREAD:
        return None
    return from_tokens(number, tokens, page=segment.page, certainty=0.6, method=Method.HANDWRITTEN)


def _tokens_of_number(segment: Segment) -> list[Token]:
    """Give the words from `Số:` to the end of the symbol."""
    tokens = []
    for token in segment.tokens:
        tokens.append(token)
        if "/" in token.text and not token.text.endswith("/"):
            break
    return tokens


def canonical_symbol(symbol: str) -> str:
    """Give a symbol without spaces, its Đ restored where only one known type or body fits (`QD-SYT` → `QĐ-SYT`)."""
    parts = [part.strip().strip(".") for part in re.split(r"[-–—]", _clean(symbol))]
    if len(parts) > 1:
        parts[0] = _type_symbol(parts[0])
    return "-".join(
        part if part in _known_symbols() else _known_symbols_folded().get(fold(part), part) for part in parts
    )


@cache
def _types() -> dict[str, str]:
    """Symbols of types; where two types share one, the first of the list, which is in force, is meant."""
    return {rule.symbol: rule.name for rule in reversed(rules.document_types()) if rule.symbol}


@cache
def _issuers() -> dict[str, str]:
    return {rule.symbol: rule.name for rule in rules.agencies() if rule.symbol and rule.symbol not in _MANY}


def type_of_symbol(symbol: str) -> str | None:
    """Give the type that a symbol names (`CT-TTg` → Chỉ thị), None for the symbol of an official letter."""
    year = re.match(r"(?:19|20)\d\d/", symbol)
    named = symbol[year.end() :] if year else symbol.replace("/", "-", 1)
    first, dash, _ = named.partition("-")
    if first.startswith("QH") and first[2:].isdigit():
        return "Luật"
    return _types().get(first) if dash else None


def issuer_of_symbol(symbol: str) -> str | None:
    """Give the body that a symbol names (`CT-TTg` → Thủ tướng Chính phủ), None when it is not known or not one body."""
    parts = symbol.rpartition("/")[2].split("-")
    position = 1 if len(parts) > 1 and type_of_symbol(symbol) else 0
    return _issuers().get(parts[position])


@lru_cache(maxsize=10_000)
def _type_symbol(part: str) -> str:
    if part in _types():
        return part
    like = [symbol for symbol in _types() if fold(symbol) == fold(part)]
    return like[0] if len(like) == 1 else part


@cache
def _known_symbols() -> frozenset[str]:
    return frozenset(rule.symbol for rule in (*rules.agencies(), *rules.document_types()) if rule.symbol)


@cache
def _known_symbols_folded() -> dict[str, str]:
    """Bodies whose symbol has a Đ that OCR loses; short ones are too easily another word."""
    return {fold(s): s for s in _known_symbols() if "Đ" in s and len(s) > 3}
