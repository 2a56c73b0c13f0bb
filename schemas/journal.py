"""A journal line: RFC 8785 JSON, UTF-8, one LF; final from the first day. Holds no content and no personal data.

The leaf is SHA-256(0x00 ‖ line without its LF) (RFC 6962, 2.1); `prev` is the leaf of the line before; the root is
the RFC 6962 tree hash over all leaves. Unknown kinds are kept and counted.
"""

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from schemas.errors import IntegrityError
from schemas.values import canonical
from schemas.words import word


class LineKind(StrEnum):
    """Kinds of journal line known today."""

    RECORD_ACCEPTED = "record-accepted"
    VERSION_ADDED = "version-added"
    ARRANGEMENT_MADE = "arrangement-made"
    ARRANGEMENT_CHANGED = "arrangement-changed"
    REGISTERED = "registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One act. Empty values are left out of the written line."""

    seq: int  # from 0
    time: str  # ISO 8601 UTC with offset
    kind: str
    actor: str
    object: str = ""  # urn:uuid:…
    version: str = ""  # v1 …
    inventory: str = ""  # SHA-512 of that version's inventory.json
    originals: tuple[str, ...] = ()  # their SHA-512
    prev: str = ""  # leaf hash of line seq-1, hex; absent in line 0
    more: dict[str, Any] = field(default_factory=dict)
    v: int = 1


def write(line: Line) -> bytes:
    """Give the bytes of a line, its LF included."""
    names = ("v", "seq", "time", "kind", "object", "version", "inventory", "originals", "actor", "prev", "more")
    values = {name: getattr(line, name) for name in names}
    values["originals"] = list(line.originals)
    return canonical({k: v for k, v in values.items() if v not in ("", [], {})}) + b"\n"


def read(line: bytes) -> Line:
    """Read one line (its LF optional). Raises IntegrityError F007."""
    try:
        value = json.loads(line)
        return Line(**{**value, "originals": tuple(value.get("originals", ()))})
    except (ValueError, TypeError, KeyError) as error:
        raise IntegrityError("F007", word("journal-line-unreadable")) from error


def leaf(line: bytes) -> bytes:
    """Give the RFC 6962 leaf hash of a written line."""
    return hashlib.sha256(b"\x00" + line.rstrip(b"\n")).digest()
