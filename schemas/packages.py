"""The package that the workshop hands to the strongroom, which is also the record's own metadata (`record.json`).

One folder: `package.json` (a `Package`) beside `original/0001.<ext>` …, `preservation/<part>.pdf` or
`access/<part>.pdf`, `text/<run>/text.txt` and `words.json`, `validation/<part>.json`, `evidence/<part>/…`.
Paths inside a package are relative, `/`-separated, made by us; received names are values, never paths.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from schemas.description import Description
from schemas.findings import Finding
from schemas.identifiers import AccessionKey, RecordId, Sha256, Sha512
from schemas.values import canonical


class Kind(StrEnum):
    """What a document is, as found by looking into it."""

    SCAN = "scan"  # page images only (PDF without text, TIFF, JPEG, PNG, JPEG 2000)
    BORN_DIGITAL = "born_digital"
    MIXED = "mixed"  # a PDF with pages of both sorts
    SIGNED = "signed"  # a PDF with any signature, living or dead
    ENCRYPTED = "encrypted"
    FORM = "form"
    OFFICE = "office"
    TEXT = "text"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """What a part of a record is."""

    BODY = "body"
    ANNEX = "annex"
    ATTACHMENT = "attachment"
    CONTAINER = "container"


class CopyRole(StrEnum):
    """Why a copy was made: to preserve the content, or only to read a file that must not be rewritten."""

    PRESERVATION = "preservation"
    ACCESS = "access"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """The format found (PRONOM) and the media type we serve it with."""

    puid: str | None  # fmt/95 …; None: unknown to PRONOM
    name: str
    version: str = ""
    mime: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One received file, byte for byte. Digests were taken before any program opened it."""

    path: str  # original/0001.pdf
    name: str  # as shown: bytes that are not UTF-8 as U+FFFD, control characters as U+FFFD
    name_raw: str  # base64 of the received name's bytes
    sha256: Sha256
    sha512: Sha512
    size_bytes: int
    format: Format | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Body, annex, attachment or container; pages are numbered through the whole record."""

    part: str  # "0001"
    role: Role
    originals: tuple[str, ...]  # their paths
    first_page: int  # 1 for the first part
    pages: int  # 0: pages could not be counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """A PDF made of one part, or the reason why there is none (`path` is None)."""

    part: str
    role: CopyRole
    path: str | None  # preservation/0001.pdf | access/0001.pdf
    flavour: str | None = None  # "2u"
    valid: bool = False
    reason: str | None = None  # why none, or why not valid: one sentence
    method: str = ""  # "ocrmypdf internal", "libreoffice", "ghostscript 10.06 + ToUnicode repair", "text"
    sha512: Sha512 | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What was found of one page (page number in the record)."""

    page: int
    kind: str  # "scan" | "text" | "blank"
    width_points: float  # as shown, rotation applied
    height_points: float
    resolution_dpi: int | None = None  # of the page image
    bits: int | None = None  # of the page image, per pixel: 1, 8, 24
    rotation: int = 0  # clockwise degrees to be applied to read it: 0, 90, 180, 270
    skew_degrees: float = 0.0
    confidence: float | None = None  # mean word confidence, 0..1; None: not read by OCR
    characters: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One PREMIS event: who did what to the record, with which program, and how it ended (failures too)."""

    type: str  # PREMIS eventType: "message digest calculation", "format identification", "normalization", …
    time: str  # ISO 8601 with offset, our clock
    agent: str  # program and version, or the account id
    outcome: str = "success"  # "success" | "failure" | "warning"
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Everything said of one record: written by the workshop as package.json, kept as metadata/record.json."""

    record: RecordId
    accession_key: AccessionKey
    fonds: RecordId
    file: RecordId
    received_at: str  # ISO 8601 with offset
    sources: tuple[str, ...]  # of the originals, relative to the path given, "/"-separated, as shown
    kind: Kind
    state: str  # "archived" | "review"
    originals: tuple[Original, ...]
    parts: tuple[Part, ...]
    renditions: tuple[Rendition, ...] = ()
    pages: tuple[PageFacts, ...] = ()
    text_run: str | None = None  # folder under text/
    findings: tuple[Finding, ...] = ()
    description: Description = field(default_factory=Description)
    events: tuple[Event, ...] = ()
    extent: tuple[tuple[int, int], ...] | None = None  # None: the whole of its originals
    access: str = "agency"  # access level; inherited default of its home, written into the first version
    v: int = 1

    @property
    def source(self) -> str:
        """The first file's name, under which the document is listed."""
        return self.sources[0]


def accession_key(
    originals: tuple[Sha512, ...], *, extent: tuple[tuple[int, int], ...] | None, fonds: RecordId, file: RecordId
) -> AccessionKey:
    """Give the key under which a delivery is known: SHA-256 over RFC 8785 JSON of [digests, extent, fonds, file]."""
    pages: Any = None if extent is None else [list(pair) for pair in extent]
    return AccessionKey(hashlib.sha256(canonical([list(originals), pages, fonds, file])).hexdigest())
