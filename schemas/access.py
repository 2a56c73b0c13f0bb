"""Who may see what: access levels, the ladder of rights, permissions, and the register entries that say so. Only values.

What follows from them is decided in `archive.permissions`. Levels are the classes of the law with the agency's own
inside them; `code` is the value of the field `mode` (TT 05/2025/TT-BNV, Phụ lục I–V), "" where the law has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from schemas.identifiers import RecordId

HOME = ""  # the node above all fonds
ANYONE = "anyone"  # also who has no account
ACCOUNTS = "accounts"  # every account of the agency; a contractor's is none
NOBODY = 9  # the rank of a level that cannot be read: no grant reaches it


class AccessLevel(StrEnum):
    """How open a record or a unit is; each is narrower than the one before."""

    PUBLIC = "public"  # công khai
    AGENCY = "agency"  # nội bộ cơ quan
    CONDITIONAL = "conditional"  # sử dụng có điều kiện
    UNPUBLISHED = "unpublished"  # chưa công bố

    @property
    def code(self) -> str:
        """The law's code of the class. Source: TT 05/2025/TT-BNV, Phụ lục I–V, field `mode`."""
        return {AccessLevel.PUBLIC: "01", AccessLevel.CONDITIONAL: "02"}.get(self, "")


_RANKS = {level.value: rank for rank, level in enumerate(AccessLevel)}


def rank(level: str) -> int:
    """Give the place of a level, 0 the most open; `NOBODY` for one that is not known."""
    return _RANKS.get(level, NOBODY)


class Rung(IntEnum):
    """What a reader may do at a node; each rung holds those below."""

    NONE = 0  # not even know that it is there
    KNOW = 1  # see it in the mục lục
    READ = 2  # read it on the screen, each image marked
    DOWNLOAD = 3  # take it away and print it


class Permission(StrEnum):
    """What an account may do as its work."""

    SCAN = "scan"
    CHECK = "check"
    DESCRIBE = "describe"
    SIGN = "sign"
    APPROVE = "approve"
    APPROVE_ACCESS = "approve-access"
    INSPECT = "inspect"
    ADMINISTER = "administer"
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks. Without an account it is anyone from the street; `local` is the operator of the home, with full rights."""

    account: str = ""
    login: str = ""
    name: str = ""
    units: tuple[str, ...] = ()  # its own unit and those above it
    roles: tuple[str, ...] = ()
    permissions: frozenset[Permission] = frozenset()
    batch: str = ""  # a contractor: only what was handed in with this batch
    local: bool = False


OPERATOR = Reader(local=True, permissions=frozenset(Permission))


class Register(StrEnum):
    """The registers kept as objects in the storage root."""

    GRANT = "grant"
    LIMIT = "limit"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A right given: whoever `subject` names may go up to `rung` at a node and all below, where it is `up_to` or more open.

    Days are ISO, both included; "" has no end. A subject is `anyone`, `accounts`, `account:…`, `unit:…` or `role:…`.
    """

    subject: str
    rung: Rung
    node: str = HOME
    up_to: AccessLevel = AccessLevel.AGENCY
    first_day: str = ""
    last_day: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How open a node is, until a day (ISO, included; "": without end), and afterwards.

    On a record it stands in the place of the record's own level; on a unit it narrows all that is below it.
    """

    node: str
    level: str
    until: str = ""
    then: str = AccessLevel.AGENCY.value
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A node and all below it may not be disposed of while this stands."""

    node: str
    reason: str = ""


Entry = Grant | Limit | Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One register entry as it stands now: its id, what it says (None: it cannot be read), and since which journal line."""

    id: RecordId
    register: Register
    node: str
    entry: Entry | None
    ended: bool = False
    version: str = "v1"
    changed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """All that is registered and has not ended, as of one moment.

    `units` are the limited nodes that are no records; `changed` gives the newest journal line about a limit of a node.
    """

    grants: tuple[Grant, ...] = ()
    limits: Mapping[str, Limit] = field(default_factory=dict)  # by node
    units: frozenset[str] = frozenset()
    changed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is asked for: a record or a unit by the ids of those above it, from the fonds down, and its own level."""

    above: tuple[str, ...]
    id: str
    level: str
    record: bool = True
