"""Who asks, as the decisions about access see them: a `Reader` made anew from the desk at each request."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address, ip_network

from schemas.access import Permission, Reader
from schemas.errors import RefusedError
from schemas.settings import Settings
from schemas.words import word
from search_ui.accounts import credentials, delegations, people
from search_ui.accounts.agency import all_roles, all_units, line_up, permissions_of
from search_ui.accounts.desk import AccountDesk
from search_ui.accounts.values import Account, Delegation, Session, Source

EVERYTHING = frozenset(Permission)
STRONG = frozenset(Permission) - {Permission.READ, Permission.SCAN}
"""Who has one of these needs a second factor from everywhere. Source: QCVN 12:2026/BCA; OWASP ASVS 5.0, 6.3.3."""
NOBODY = Reader(account="")
OPERATOR = Reader(account="", name="", permissions=EVERYTHING, local=True)


class Due(StrEnum):
    """What an account must do before it may do anything else."""

    PASSWORD = "password"  # noqa: S105 - the name of a duty
    SECOND_FACTOR = "second-factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A reader with what only the pages of accounts ask for."""

    reader: Reader
    account: Account
    lent: tuple[Delegation, ...] = ()  # in force: for whom this reader acts


def known(desk: AccountDesk, account: Account, *, now: datetime) -> Known:
    """Make the reader of an account: own permissions and what others lent, as they are at this moment."""
    lent = delegations.lent_to(desk, account.id, now=now)
    own = permissions_of(account.roles, all_roles(desk))
    reader = Reader(
        account=account.id,
        login=account.login,
        name=account.name,
        units=line_up(account.unit, all_units(desk)) if account.unit else (),
        roles=account.roles,
        permissions=own.union(*(permissions for _, permissions in lent)),
        batch=account.batch,
    )
    return Known(reader=reader, account=account, lent=tuple(delegation for delegation, _ in lent))


def due(desk: AccountDesk, who: Known, session: Session, *, address: str, now: datetime) -> Due | None:
    """Say what the law still asks of who has just logged in. Source: QCVN 12:2026/BCA."""
    account, allowed = who.account, who.reader.permissions
    local = account.source is Source.LOCAL
    if local and Permission.ADMINISTER in allowed and credentials.is_old(desk, account, now=now):
        return Due.PASSWORD
    wanted = bool(allowed & STRONG) or not is_near(desk.settings, address)
    return Due.SECOND_FACTOR if wanted and not (account.secret or session.second_factor) else None


def is_near(settings: Settings, address: str) -> bool:
    """Say whether an address lies in the networks from which readers need no second factor."""
    return any(_inside(address, network.strip()) for network in settings.local_networks.split(",") if network.strip())


def is_this_machine(address: str) -> bool:
    """Say whether an address is one of this machine's own."""
    return _inside(address, "127.0.0.0/8") or _inside(address, "::1/128")


def _inside(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False


def reader_of(desk: AccountDesk, login: str, *, now: datetime) -> Reader:
    """Give the reader of a login, for the command line: `luutru --as LOGIN`. Raises NotFoundError N040, RefusedError R013."""
    account = people.named(desk, login)
    why = people.closed(account, desk.settings, now=now)
    if why is not None:
        raise RefusedError("R013", word(f"account-closed-{why}"))
    return known(desk, account, now=now).reader
