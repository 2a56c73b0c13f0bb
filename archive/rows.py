"""What the catalogue says of a record, made from its journal line and its package. Pure.

The follower writes these rows and `verify` makes them again to compare, so both must come from here.
"""

from dataclasses import dataclass, replace

from schemas.description import Arrangement
from schemas.identifiers import AccessionKey, RecordId, from_urn
from schemas.journal import Line
from schemas.packages import Original, Package

RECORD_JSON = "metadata/record.json"
ARRANGEMENT_JSON = "metadata/arrangement.json"
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


def _field(package: Package, name: str) -> str | None:
    value = package.description.fields.get(name)
    if value is None:
        return None
    return _clean(value.value if isinstance(value.value, str) else "; ".join(value.value))


def _clean(text: str) -> str:
    return text.replace("\0", "\ufffd")  # PostgreSQL keeps no NUL
