"""The naive oracle of rights: everything written out again from the words of the rules, slowly, with nothing of ours.

A small world of records in the files of a fonds, each with a level and perhaps a limit; readers with grants; questions of one
or two words. The oracle looks at every record, one after the other, and says who may have what of it.
"""

import random
import uuid
from dataclasses import dataclass, field

from schemas.access import AccessLevel, Grant, Limit, Permission, Reader, Rights, Rung, rank
from schemas.description import Description, Value
from schemas.identifiers import AccessionKey, RecordId
from schemas.packages import Kind, Package
from schemas.texts import PageText
from search_ui.analyser import analyse
from search_ui.document import IndexDocument, Openness, index_document

TODAY = "2026-03-02"
DAYS = ("", "2025-12-31", "2026-03-01", "2026-03-02", "2026-03-03", "2027-01-01")
LEVELS = (*(level.value for level in AccessLevel), "hỏng")
WORDS = ("đất", "dat", "rừng", "rung", "biển", "bien", "thuế", "thue", "mật", "khai")
FONDS, INVENTORY = "fonds-1", "inventory-1"
FILES = ("file-1", "file-2", "file-3")
UNITS = ("", FONDS, INVENTORY, *FILES)
_ON_UNITS = 0.6  # share of grants that are given for many records at once
SUBJECTS = ("anyone", "accounts", "account:a1", "account:a2", "unit:u1", "unit:u2", "role:r1", "role:r2")


@dataclass(frozen=True, slots=True)
class Piece:
    """One record of the world."""

    id: str
    file: str
    level: str
    title: str
    body: str
    type: str
    day: str


@dataclass(frozen=True, slots=True)
class World:
    """Records, what is registered, and who asks."""

    pieces: tuple[Piece, ...]
    rights: Rights
    readers: tuple[Reader, ...]
    limits: dict[str, Limit] = field(default_factory=dict)


def a_world(seed: int, *, records: int = 40, readers: int = 12) -> World:
    """Make a world; the same seed makes the same."""
    chance = random.Random(seed)
    pieces = tuple(_piece(chance, number) for number in range(1, records + 1))
    nodes = [*UNITS, *(piece.id for piece in pieces)]
    limited = chance.sample(nodes[1:], k=chance.randint(0, 16))
    limits = {node: _limit(chance, node) for node in limited}
    grants = tuple(
        _grant(chance, chance.choice(nodes[: len(UNITS)] if chance.random() < _ON_UNITS else nodes))
        for _ in range(chance.randint(1, 14))
    )
    units = frozenset(UNITS)
    rights = Rights(grants=grants, limits=limits, units=units)
    return World(pieces, rights, tuple(_reader(chance) for _ in range(readers)), limits)


def _piece(chance: random.Random, number: int) -> Piece:
    return Piece(
        id=str(uuid.UUID(int=(4 << 76) | (2 << 62) | number)),
        file=chance.choice(FILES),
        level=chance.choices(LEVELS, (3, 6, 3, 3, 1))[0],
        title=" ".join(chance.choices(WORDS, k=chance.randint(0, 2))),
        body=" ".join(chance.choices(WORDS, k=chance.randint(0, 5))),
        type=chance.choice(("Quyết định", "Công văn", "Tờ trình")),
        day=f"20{chance.randint(10, 24)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
    )


def _limit(chance: random.Random, node: str) -> Limit:
    return Limit(node=node, level=chance.choice(LEVELS), until=chance.choice(DAYS), then=chance.choice(LEVELS))


def _grant(chance: random.Random, node: str) -> Grant:
    return Grant(
        subject=chance.choice(SUBJECTS),
        node=node,
        rung=chance.choice((Rung.KNOW, Rung.READ, Rung.DOWNLOAD)),
        up_to=chance.choice(tuple(AccessLevel)),
        first_day=chance.choice(DAYS),
        last_day=chance.choice(DAYS),
    )


def _reader(chance: random.Random) -> Reader:
    if chance.random() < 0.1:
        return Reader()
    return Reader(
        account=chance.choice(("a1", "a2", "a3")),
        units=tuple(chance.sample(("u1", "u2", "u3"), k=chance.randint(0, 2))),
        roles=tuple(chance.sample(("r1", "r2"), k=chance.randint(0, 2))),
        permissions=frozenset({Permission.READ} if chance.random() < 0.85 else ()),
        batch="box" if chance.random() < 0.1 else "",
    )


def documents(world: World) -> list[IndexDocument]:
    """Give the world as an index holds it."""
    return [index_document(_package(piece), (PageText(piece.body),), _openness(world, piece)) for piece in world.pieces]


def _package(piece: Piece) -> Package:
    described = {"subject": Value(value=piece.title), "type": Value(value=piece.type), "date": Value(value=piece.day)}
    return Package(
        record=RecordId(piece.id),
        accession_key=AccessionKey(piece.id),
        fonds=RecordId(FONDS),
        file=RecordId(piece.file),
        received_at="2026-03-01T08:00:00+07:00",
        sources=("scan.pdf",),
        kind=Kind.SCAN,
        state="archived",
        originals=(),
        parts=(),
        description=Description(fields=described),
    )


def _openness(world: World, piece: Piece) -> Openness:
    limit = world.limits.get(piece.id)
    nodes = (FONDS, INVENTORY, piece.file, piece.id)
    if limit is None:
        return Openness(nodes=nodes, level=rank(piece.level), then=rank(piece.level))
    until = int(limit.until.replace("-", "")) if limit.until else 99_991_231
    return Openness(
        nodes=nodes, level=rank(limit.level), until=until, then=rank(limit.then if limit.until else limit.level)
    )


# -- the rules once more ----------------------------------------------------------------------------------------------


def may(world: World, reader: Reader, piece: Piece) -> int:
    """Say how far a reader may go with a record: 0 nothing, 1 the list, 2 the text, 3 the file."""
    order = ["public", "agency", "conditional", "unpublished"]
    chain = ["", FONDS, INVENTORY, piece.file]
    said = [piece.level]
    if piece.id in world.limits:
        said = [_today(world.limits[piece.id])]
    said += [_today(world.limits[node]) for node in chain if node in world.limits]
    if any(level not in order for level in said):
        return 0
    narrowest = max(order.index(level) for level in said)
    best = 0
    for grant in world.rights.grants:
        if grant.node not in [*chain, piece.id] or not _meant(grant.subject, reader):
            continue
        if (grant.first_day and grant.first_day > TODAY) or (grant.last_day and grant.last_day < TODAY):
            continue
        if order.index(grant.up_to.value) >= narrowest:
            best = max(best, int(grant.rung))
    return best


def _today(limit: Limit) -> str:
    if not limit.until:
        return limit.level
    return limit.level if limit.until >= TODAY else limit.then


def _meant(subject: str, reader: Reader) -> bool:
    if subject == "anyone":
        return True
    if not reader.account:
        return False
    if subject == f"account:{reader.account}":
        return True
    if reader.batch or Permission.READ not in reader.permissions:
        return False
    return subject == "accounts" or subject in [f"unit:{u}" for u in reader.units] + [f"role:{r}" for r in reader.roles]


def answering(world: World, reader: Reader, words: tuple[str, ...]) -> set[str]:
    """Give the records that answer in full, as far as the reader may know: by the title, by the text if readable."""
    found = set()
    for piece in world.pieces:
        rung = may(world, reader, piece)
        day = " ".join(str(int(part)) for part in piece.day.split("-"))
        seen = f"{piece.title} {piece.type} {day} scan" if rung >= 1 else ""
        text = piece.body if rung >= 2 else ""
        folded = {token.folded for token in analyse(f"{seen} {text}")}
        if rung and all(analyse(each)[0].folded in folded for each in words):
            found.add(piece.id)
    return found
