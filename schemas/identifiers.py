"""Identifiers and the only functions that make them from text.

Ids are random UUIDs made at receive and never reused; an OCFL object id is `urn:uuid:<id>`.
"""

import re
import uuid
from typing import NewType

from schemas.errors import UsageError
from schemas.words import word

RecordId = NewType("RecordId", str)  # also ids of fonds, inventories, files and registers
JobId = NewType("JobId", str)
Sha256 = NewType("Sha256", str)  # 64 lower-case hex digits
Sha512 = NewType("Sha512", str)  # 128 lower-case hex digits
AccessionKey = NewType("AccessionKey", str)  # 64 lower-case hex digits, see `schemas.packages.accession_key`

_UUID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
_HEX = re.compile(r"[0-9a-f]+")


def new_record_id() -> RecordId:
    """Make the id of a new record (or arrangement object)."""
    return RecordId(str(uuid.uuid4()))


def new_job_id() -> JobId:
    """Make the id of a new job."""
    return JobId(str(uuid.uuid4()))


def record_id(text: str) -> RecordId:
    """Read a record id as people paste it: bare or as `urn:uuid:…`, in any case. Raises UsageError."""
    match = _UUID.fullmatch(text.strip().lower())
    if match is None:
        raise UsageError("U002", word("record-id", text=text))
    return RecordId(match.group(1))


def urn(record: RecordId) -> str:
    """Give the OCFL object id of a record."""
    return f"urn:uuid:{record}"


def from_urn(text: str) -> RecordId:
    """Give the record id behind an OCFL object id. Raises UsageError."""
    return record_id(text)


def sha512(text: str) -> Sha512:
    """Check a SHA-512 in hex. Raises UsageError."""
    return Sha512(_digest(text, length=128))


def sha256(text: str) -> Sha256:
    """Check a SHA-256 in hex. Raises UsageError."""
    return Sha256(_digest(text, length=64))


def _digest(text: str, *, length: int) -> str:
    if len(text) != length or _HEX.fullmatch(text) is None:
        raise UsageError("U003", word("digest", text=text[:20], length=length))
    return text
