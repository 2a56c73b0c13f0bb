"""Making one described value out of the words it was read from, with an honest confidence."""

from collections.abc import Sequence
from dataclasses import replace

from ingest.describing.layout import Segment, Token, union
from schemas.description import Method, Value

_MOST_CHARACTERS = 4_000


def from_segments(
    value: str | list[str], found: Sequence[Segment], *, certainty: float, method: Method = Method.PRINTED
) -> Value:
    """Make a value read from segments of one page; `certainty` says how sure the pattern is, words say the rest."""
    tokens = [token for segment in found for token in segment.tokens]
    return from_tokens(value, tokens, page=found[0].page, certainty=certainty, method=method)


def from_tokens(
    value: str | list[str],
    tokens: Sequence[Token],
    *,
    page: int,
    certainty: float,
    method: Method = Method.PRINTED,
) -> Value:
    """Make a value read from words of one page; its box is around them."""
    sure = sum(token.confidence for token in tokens) / len(tokens)
    return Value(
        value=value,
        raw=" ".join(token.text for token in tokens)[:_MOST_CHARACTERS],
        page=page,
        box=union([token.box for token in tokens]),
        confidence=round(min(1.0, certainty * sure), 3),
        method=method,
    )


def inferred(value: str, *, page: int, certainty: float, raw: str = "") -> Value:
    """Make a value that follows from the form but is not printed."""
    return Value(value=value, raw=raw, page=page, confidence=certainty, method=Method.INFERRED)


def from_closed_list(value: Value, *, certainty: float) -> Value:
    """Give the value with the confidence of having matched a closed list: surer than its letters taken one by one."""
    return replace(value, confidence=certainty)


def lowered(value: Value, *, certainty: float) -> Value:
    """Give the value with a lower confidence, at most `certainty`."""
    return replace(value, confidence=min(value.confidence, certainty))
