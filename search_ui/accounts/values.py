"""What the desk keeps of people: accounts, roles, units, sessions, delegations. Times are UTC."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.access import Permission


class Source(StrEnum):
    """Who vouches for an account."""

    LOCAL = "local"
    LDAP = "ldap"
    OPENID = "openid"


class Stage(StrEnum):
    """How far a session has come."""

    PASSWORD = "password"  # noqa: S105 - the name of a step: it was right, and the second factor is still asked
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One person. `secret` is the sealed seed of the second factor, "" while there is none."""

    id: str
    login: str
    name: str
    email: str = ""
    unit: str = ""
    roles: tuple[str, ...] = ()
    batch: str = ""  # a contractor sees only this batch
    valid_until: datetime | None = None
    locked: bool = False
    source: Source = Source.LOCAL
    password_hash: str = ""  # "" while none was set
    password_at: datetime | None = None
    secret: str = ""
    secret_step: int = 0  # the last time step whose code was taken
    created_at: datetime
    used_at: datetime  # last use, or the day it was opened or unlocked

    @property
    def used(self) -> bool:
        """Say whether anybody has used it; one of a directory is made by its first use."""
        return self.source is not Source.LOCAL or (bool(self.password_hash) and self.used_at > self.created_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A name for a set of permissions, which an agency may change."""

    id: str
    name: str
    permissions: frozenset[Permission] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One node of the agency's tree; the root has no parent."""

    id: str
    code: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """Ủy quyền: one account lends some of its permissions to another for a time, with a reason."""

    id: str
    giver: str
    taker: str
    permissions: frozenset[Permission]
    starts_at: datetime
    ends_at: datetime
    reason: str
    ended_at: datetime | None = None  # ended before its time

    def in_force(self, now: datetime) -> bool:
        """Say whether it holds now."""
        return self.ended_at is None and self.starts_at <= now < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that is logged in. `id` is the SHA-256 of its cookie; the cookie itself is kept nowhere."""

    id: str
    account: str
    stage: Stage
    address: str
    browser: str
    made_at: datetime
    used_at: datetime
    fresh_at: datetime  # when password and second factor were last given
    tries: int = 0  # wrong codes in the stage PASSWORD
    second_factor: bool = False  # it was opened with one, here or by the agency's own directory
