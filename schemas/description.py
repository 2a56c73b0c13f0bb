"""How a record is described: fields with their origin, and the levels of arrangement (ISAD(G) 3)."""

from dataclasses import dataclass, field
from enum import StrEnum

from schemas.identifiers import RecordId


class Level(StrEnum):
    """Levels of arrangement: phông, mục lục, hồ sơ."""

    FONDS = "fonds"
    INVENTORY = "inventory"
    FILE = "file"


class Method(StrEnum):
    """How a value came to be known."""

    PRINTED = "printed"
    HANDWRITTEN = "handwritten"
    INFERRED = "inferred"
    REGISTER = "register"
    PERSON = "person"


Box = tuple[float, float, float, float]  # x, y, width, height as fractions of the page, 0 ≤ value ≤ 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One described value and where it came from. Confidence ≥ 0.90 means accepted without a look."""

    value: str | list[str]
    raw: str = ""
    page: int | None = None
    box: Box | None = None
    confidence: float = 1.0
    method: Method = Method.PRINTED


FIELDS = (
    "number",
    "type",
    "date",
    "place",
    "issuer",
    "issuer_superior",
    "subject",
    "signer",
    "signer_title",
    "signing_authority",
    "recipients",
    "addressees",
    "urgency",
    "secrecy",
    "legal_basis",
    "incoming_stamp",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Another document named in the text; `start` and `end` count characters of the page's text."""

    number: str
    date: str | None = None
    issuer: str | None = None
    page: int = 1
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is known of a record: a value for each known field of `FIELDS`, and the documents it cites."""

    fields: dict[str, Value] = field(default_factory=dict)
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """A fonds (phông), inventory (mục lục) or file (hồ sơ): an object with a stable id; codes are attributes.

    `parent` is the id of the fonds for an inventory, of the inventory or fonds for a file.
    """

    id: RecordId
    level: Level
    code: str
    title: str
    parent: RecordId | None = None
    box: str = ""  # hộp, the physical container
    default_access: str = "agency"  # the level written into each record's first version
    approved: bool = False  # records of a file that is not approved are provisional
