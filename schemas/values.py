"""Frozen values to JSON and back, and the canonical JSON (RFC 8785) that digests are taken over."""

from typing import Any, TypeVar

import rfc8785
from pydantic import TypeAdapter, ValidationError

from schemas.errors import IntegrityError
from schemas.words import word

T = TypeVar("T")


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def to_json(value: Any) -> Any:
    """Give the JSON form (dicts, lists, strings, numbers) of a frozen dataclass or a tuple of them."""
    return _adapter(type(value)).dump_python(value, mode="json")


def from_json(kind: type[T], value: Any) -> T:
    """Read a frozen dataclass from its JSON form. Raises IntegrityError F020 when it does not have that shape."""
    try:
        result: T = _adapter(kind).validate_python(value)
    except ValidationError as error:
        raise IntegrityError("F020", word("stored-not-whole", kind=kind.__name__)) from error
    return result


def canonical(value: Any) -> bytes:
    """Serialise plain JSON by RFC 8785 (UTF-8, no newline)."""
    return rfc8785.dumps(value)
