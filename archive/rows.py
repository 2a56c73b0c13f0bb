"""What the catalogue says of a record, made from its journal line and its package. Pure.

The follower writes these rows and `verify` makes them again to compare, so both must come from here.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from schemas.access import Entry, Grant, Hold, Limit, Register, Registered
from schemas.description import Arrangement
from schemas.errors import IntegrityError
from schemas.identifiers import AccessionKey, RecordId, from_urn
from schemas.journal import Line
from schemas.packages import Original, Package
from schemas.values import from_json, to_json

ENTRIES: dict[Register, type[Entry]] = {Register.GRANT: Grant, Register.LIMIT: Limit, Register.HOLD: Hold}
RECORD_JSON = "metadata/record.json"
ARRANGEMENT_JSON = "metadata/arrangement.json"
REGISTER_JSON = "metadata/register.json"
UNREADABLE = "unreadable"  # the journal names it, but its metadata is missing or damaged: shown to no reader


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One record as lists show it. `accepted` is the number of its first line, `changed` of its last."""

    id: RecordId
    accession_key: AccessionKey
    fonds: RecordId
    file: RecordId
    state: str
    kind: str = ""
    source: str = ""
    access: str = ""
    received_at: str = ""
    number: str | None = None
    type: str | None = None
    date: str | None = None
    issuer: str | None = None
    subject: str | None = None
    pages: int = 0
    findings: tuple[str, ...] = ()  # their codes
    originals: tuple[Original, ...] = ()  # only filled by `record_row`; lists leave it empty
    version: str = "v1"
    accepted: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrangementRow:
    """One fonds, inventory or file, with its version and the number of its last line."""

    arrangement: Arrangement
    version: str = "v1"
    changed: int = 0


def record_row(line: Line, package: Package) -> RecordRow:
    """Say what the catalogue says after `line`."""
    return RecordRow(
        id=package.record,
        accession_key=package.accession_key,
        fonds=package.fonds,
        file=package.file,
        state=package.state,
        kind=package.kind.value,
        source=_clean(package.source),
        access=package.access,
        received_at=package.received_at,
        number=_field(package, "number"),
        type=_field(package, "type"),
        date=_field(package, "date"),
        issuer=_field(package, "issuer"),
        subject=_field(package, "subject"),
        pages=sum(part.pages for part in package.parts),
        findings=tuple(sorted({finding.code for finding in package.findings})),
        originals=tuple(replace(o, name=_clean(o.name)) for o in package.originals),
        version=line.version,
        accepted=line.seq,
        changed=line.seq,
    )


def unreadable_row(line: Line) -> RecordRow:
    """Say what is known of a record from its line alone; the accession line carries key, fonds and file."""
    return RecordRow(
        id=from_urn(line.object),
        accession_key=AccessionKey(str(line.more.get("key", line.object))),
        fonds=RecordId(str(line.more.get("fonds", ""))),
        file=RecordId(str(line.more.get("file", ""))),
        state=UNREADABLE,
        version=line.version,
        accepted=line.seq,
        changed=line.seq,
    )


def register_of(entry: Entry) -> Register:
    """Give the register in which an entry stands."""
    return next(register for register, kind in ENTRIES.items() if type(entry) is kind)


def register_content(entry: Entry, *, ended: bool) -> dict[str, Any]:
    """Give the JSON of a register object."""
    return {"v": 1, "register": register_of(entry).value, "ended": ended, "entry": to_json(entry)}


def register_row(line: Line, content: Any) -> Registered:
    """Say what a register says after `line`; an entry that cannot be read (`content` None or of another shape) is None.

    Which register and node it is about stands in the line, so that a damaged limit still closes its node.
    """
    register, node = Register(str(line.more["register"])), str(line.more.get("node", ""))
    entry, ended = None, bool(line.more.get("ended", False))
    if isinstance(content, dict):
        with suppress(IntegrityError):
            entry = from_json(ENTRIES[register], content.get("entry"))
    return Registered(
        id=from_urn(line.object),
        register=register,
        node=node,
        entry=entry,
        ended=ended,
        version=line.version,
        changed=line.seq,
    )


def _field(package: Package, name: str) -> str | None:
    value = package.description.fields.get(name)
    if value is None:
        return None
    return _clean(value.value if isinstance(value.value, str) else "; ".join(value.value))


def _clean(text: str) -> str:
    return text.replace("\0", "\ufffd")  # PostgreSQL keeps no NUL
