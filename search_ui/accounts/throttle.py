"""How long a log-in must wait after wrong ones: pure.

Waits grow and are short enough that nobody can shut an official out. Wrong log-ins to one account from many addresses
make strangers wait, at most half a minute; an address from which the account has logged in before is not touched by them.
Source: OWASP ASVS 5.0, 6.1.1, 6.3.1 (brute force without malicious lock-out).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

FORGOTTEN = timedelta(hours=24)
KNOWN_PLACE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Patience:
    """So many wrong ones are free; then the wait doubles from one second up to the most."""

    free: int
    most_seconds: int


class Counted(Enum):
    """By what wrong log-ins are counted."""

    PLACE = Patience(3, 900)  # this account from this address
    ADDRESS = Patience(20, 900)
    ACCOUNT = Patience(10, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """What is known of one account, address or both."""

    failures: int = 0
    last_at: datetime | None = None
    succeeded_at: datetime | None = None


def after_one_more(known: Attempts, *, now: datetime) -> Attempts:
    """Count one that was not right, or not yet known to be."""
    forgotten = known.last_at is None or now - known.last_at > FORGOTTEN
    return Attempts(failures=1 if forgotten else known.failures + 1, last_at=now, succeeded_at=known.succeeded_at)


def wait(known: dict[Counted, Attempts], *, now: datetime) -> timedelta:
    """Say how long the next log-in must wait."""
    place = known.get(Counted.PLACE, Attempts())
    familiar = place.succeeded_at is not None and now - place.succeeded_at < KNOWN_PLACE
    counted = [each for each in Counted if not (familiar and each is Counted.ACCOUNT)]
    return max(_wait(each.value, known.get(each, Attempts()), now) for each in counted)


def _wait(patience: Patience, known: Attempts, now: datetime) -> timedelta:
    over = known.failures - patience.free
    if known.last_at is None or over < 0 or now - known.last_at > FORGOTTEN:
        return timedelta(0)
    delay = timedelta(seconds=min(patience.most_seconds, 2 ** min(over, 20)))
    return max(timedelta(0), known.last_at + delay - now)
