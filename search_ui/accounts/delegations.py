"""Ủy quyền: one official lends permissions to another, from a day to a day, with a reason; never further than they reach.

Who lends must have the permission by a role of their own, at every request: a delegation is never passed on, and ends
with the giver's account. Asked at each request, so that its end needs nobody.
"""

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa

from schemas.access import Permission
from schemas.errors import NotFoundError, RefusedError, UsageError
from schemas.words import word
from search_ui.accounts import people, tables
from search_ui.accounts.agency import all_roles, permissions_of
from search_ui.accounts.desk import AccountDesk, By, Kind, note
from search_ui.accounts.people import one_line
from search_ui.accounts.values import Account, Delegation

_REASON_MOST = 500


def delegate(desk: AccountDesk, wish: Delegation, *, giver: Account, by: By) -> Delegation:
    """Write down a delegation. Raises UsageError U047 and RefusedError R012."""
    reason = one_line(wish.reason, _REASON_MOST)
    if not reason or not wish.permissions or wish.taker == giver.id or people.by_id(desk, wish.taker) is None:
        raise UsageError("U047", word("account-delegation-form"))
    longest = timedelta(days=desk.settings.delegation_days)
    if not wish.starts_at < wish.ends_at or wish.ends_at <= by.now or wish.ends_at - wish.starts_at > longest:
        raise UsageError("U047", word("account-delegation-time", days=longest.days))
    if giver.batch or not wish.permissions <= permissions_of(giver.roles, all_roles(desk)):
        raise RefusedError("R012", word("account-delegation-beyond"))
    kept = {
        "id": str(uuid.uuid4()),
        "giver": giver.id,
        "taker": wish.taker,
        "permissions": tables.written_permissions(wish.permissions),
        "starts_at": tables.stamp(wish.starts_at),
        "ends_at": tables.stamp(wish.ends_at),
        "reason": reason,
    }
    with desk.writing() as connection:
        connection.execute(tables.delegations.insert().values(**kept))
        note(connection, Kind.DELEGATED, giver.id, by, taker=wish.taker, permissions=sorted(wish.permissions))
        row = connection.execute(sa.select(tables.delegations).where(tables.delegations.c.id == kept["id"])).one()
    return tables.delegation_of(row)


def end(desk: AccountDesk, delegation: str, *, account: str, by: By) -> None:
    """End a delegation before its time; giver and taker may. Raises NotFoundError N041."""
    table = tables.delegations
    own = sa.or_(table.c.giver == account, table.c.taker == account)
    if not people.is_id(delegation):
        raise NotFoundError("N041", word("account-delegation-none"))
    with desk.writing() as connection:
        update = table.update().where(table.c.id == delegation, own, table.c.ended_at.is_(None))
        if not connection.execute(update.values(ended_at=tables.stamp(by.now))).rowcount:
            raise NotFoundError("N041", word("account-delegation-none"))
        note(connection, Kind.DELEGATION_ENDED, account, by, delegation=delegation)


def of_account(desk: AccountDesk, account: str) -> list[Delegation]:
    """Give the delegations that an account gave or took, the newest first."""
    table = tables.delegations
    query = sa.select(table).where(sa.or_(table.c.giver == account, table.c.taker == account))
    with desk.reading() as connection:
        rows = connection.execute(query.order_by(table.c.starts_at.desc()).limit(100)).all()
    return [tables.delegation_of(row) for row in rows]


def lent_to(desk: AccountDesk, taker: str, *, now: datetime) -> list[tuple[Delegation, frozenset[Permission]]]:
    """Give what is lent to an account now, with the permissions that its giver really has."""
    table, givers = tables.delegations, tables.accounts
    time = tables.stamp(now)
    query = (
        sa.select(table, givers.c.roles, givers.c.locked, givers.c.valid_until)
        .join(givers, givers.c.id == table.c.giver)
        .where(table.c.taker == taker, table.c.ended_at.is_(None), table.c.starts_at <= time, table.c.ends_at > time)
    )
    with desk.reading() as connection:
        rows = connection.execute(query).all()
    roles = all_roles(desk) if rows else {}
    lent = []
    for row in rows:
        valid = row.valid_until is None or row.valid_until > time
        if not row.locked and valid:
            kept = tables.lent_of(row)
            lent.append((kept, kept.permissions & permissions_of(tables.role_ids(row.roles), roles)))
    return lent
