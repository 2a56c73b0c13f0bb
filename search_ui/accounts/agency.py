"""The agency's own roles and its tree of units. What a role allows holds from the next request on."""

import re
import uuid

import sqlalchemy as sa

from schemas.access import Permission
from schemas.errors import RefusedError, UsageError
from schemas.words import word
from search_ui.accounts import tables
from search_ui.accounts.desk import AccountDesk, By, Kind, note
from search_ui.accounts.people import one_line, still_administered
from search_ui.accounts.values import Role, Unit

_CODE = re.compile(r"[\w.\-/]{1,60}")
_DEPTH_MOST = 12


def all_roles(desk: AccountDesk) -> dict[str, Role]:
    """Give every role by its id."""
    with desk.reading() as connection:
        rows = connection.execute(sa.select(tables.roles).order_by(tables.roles.c.name)).all()
    return {row.id: tables.role_of(row) for row in rows}


def permissions_of(roles: tuple[str, ...], known: dict[str, Role]) -> frozenset[Permission]:
    """Give everything that these roles allow."""
    return frozenset(each for name in roles if name in known for each in known[name].permissions)


def save_role(desk: AccountDesk, role: Role, *, by: By) -> Role:
    """Write a role; one without an id is new. Raises UsageError U044, RefusedError R010."""
    name = one_line(role.name)
    if not name:
        raise UsageError("U044", word("account-role-name"))
    allowed = tables.written_permissions(role.permissions)
    saved = Role(id=role.id or str(uuid.uuid4()), name=name, permissions=role.permissions)
    table = tables.roles
    with desk.writing() as connection, still_administered(connection, now=by.now):
        update = table.update().where(table.c.id == saved.id).values(name=name, permissions=allowed)
        if not connection.execute(update).rowcount:
            connection.execute(table.insert().values(id=saved.id, name=name, permissions=allowed))
        note(connection, Kind.ROLE_CHANGED, "", by, role=saved.id, permissions=sorted(role.permissions))
    return saved


def all_units(desk: AccountDesk) -> dict[str, Unit]:
    """Give every unit by its id."""
    with desk.reading() as connection:
        rows = connection.execute(sa.select(tables.units).order_by(tables.units.c.code)).all()
    return {row.id: tables.unit_of(row) for row in rows}


def line_up(unit: str, known: dict[str, Unit]) -> tuple[str, ...]:
    """Give a unit and those above it, from the nearest up."""
    found: list[str] = []
    while unit in known and unit not in found and len(found) < _DEPTH_MOST:
        found.append(unit)
        unit = known[unit].parent
    return tuple(found)


def tree(known: dict[str, Unit]) -> list[tuple[int, Unit]]:
    """Give the units in the order of the tree, each with its depth."""
    listed: list[tuple[int, Unit]] = []

    def walk(parent: str, depth: int) -> None:
        for unit in known.values():
            if unit.parent == parent and depth < _DEPTH_MOST:
                listed.append((depth, unit))
                walk(unit.id, depth + 1)

    walk("", 0)
    return listed


def save_unit(desk: AccountDesk, unit: Unit, *, by: By) -> Unit:
    """Write a unit; one without an id is new. Raises UsageError U045, U046 and RefusedError R011."""
    name = one_line(unit.name, 300)
    code = one_line(unit.code, 60)
    if not name or not _CODE.fullmatch(code):
        raise UsageError("U045", word("account-unit-form"))
    saved = Unit(id=unit.id or str(uuid.uuid4()), code=code, name=name, parent=unit.parent)
    table = tables.units
    with desk.writing() as connection:
        known = {row.id: tables.unit_of(row) for row in connection.execute(sa.select(table)).all()}
        _check_place(saved, known)
        values = {"code": code, "name": name, "parent": saved.parent}
        if not connection.execute(table.update().where(table.c.id == saved.id).values(**values)).rowcount:
            connection.execute(table.insert().values(id=saved.id, **values))
        note(connection, Kind.UNIT_CHANGED, "", by, unit=saved.id, code=code)
    return saved


def _check_place(unit: Unit, known: dict[str, Unit]) -> None:
    if any(each.code == unit.code and each.id != unit.id for each in known.values()):
        raise UsageError("U046", word("account-unit-taken", code=unit.code))
    above = line_up(unit.parent, known)
    if (unit.parent and not above) or unit.id in above or len(above) >= _DEPTH_MOST - 1:
        raise RefusedError("R011", word("account-unit-place", code=unit.code))
