"""Who asks, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """One thing that a role may allow."""

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
    """Who asks, with everything that a decision about access needs to know of them."""

    account: str  # "" = nobody logged in
    login: str = ""
    name: str = ""
    units: tuple[str, ...] = ()  # own unit and those above it
    roles: tuple[str, ...] = ()
    permissions: frozenset[Permission] = frozenset()
    batch: str = ""  # contractor: only this batch
    local: bool = False  # the operator at this machine: full rights
