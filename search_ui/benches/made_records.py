"""Records made from the table of syllables, for measuring at sizes that no collection at hand has.

A record's text has about 2,000 characters; each syllable is drawn so that as many records hold it as stretches of
official texts do (`syllables.csv`). Titles, numbers, issuers, signers and hồ sơ are drawn from lists of our own. The same
seed makes the same records. Nothing is read again by the analyser: the forms are known, and a test compares them.
"""

import math
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from schemas.access import AccessLevel, rank
from schemas.description import Description, Value
from schemas.identifiers import AccessionKey, RecordId
from schemas.packages import Kind, Package
from search_ui.analyser import Token, analyse
from search_ui.answer.relevance import tally
from search_ui.document import IndexDocument, Openness, index_document
from search_ui.question.spelling import written
from search_ui.question.syllables import STRETCHES, syllables

SEED = 20261127
WORDS = 450  # of a text: 2,000 characters
TITLES = 20_000  # at most; more records share them, as offices share numbers
_KEPT = 1.1  # one in ten of what is drawn for a text does not come to stand in it
_FILE_RECORDS = 20
_FONDS = 20
_LEVELS = (AccessLevel.PUBLIC, AccessLevel.AGENCY, AccessLevel.CONDITIONAL, AccessLevel.UNPUBLISHED)
_LEVEL_SHARES = (0.2, 0.65, 0.1, 0.05)
_TYPES = {"Công văn": "", "Quyết định": "QĐ", "Báo cáo": "BC", "Kế hoạch": "KH", "Tờ trình": "TTr", "Thông báo": "TB",
          "Chỉ thị": "CT", "Nghị quyết": "NQ", "Biên bản": "BB", "Giấy mời": "GM"}  # fmt: skip
_BODIES = ("Sở Y tế", "Sở Nội vụ", "Sở Tài chính", "Sở Xây dựng", "Ủy ban nhân dân tỉnh", "Hội đồng nhân dân tỉnh",
           "Văn phòng", "Thanh tra tỉnh", "Ủy ban nhân dân huyện", "Ủy ban nhân dân xã")  # fmt: skip
_PLACES = ("An Giang", "Bạc Liêu", "Bến Tre", "Cà Mau", "Đồng Tháp", "Hậu Giang", "Kiên Giang", "Long An", "Sóc Trăng",
           "Tiền Giang", "Trà Vinh", "Vĩnh Long")  # fmt: skip
_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng")
_GIVEN = ("Văn An", "Thị Bình", "Văn Cường", "Thị Dung", "Minh Đức", "Thị Hà", "Quang Hải", "Thị Lan", "Văn Minh",
          "Thị Nga", "Hữu Phước", "Thị Quyên", "Văn Sơn", "Thị Thu", "Anh Tuấn", "Thị Yến")  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Table:
    """The forms that are drawn, and how likely each is."""

    forms: tuple[Token, ...]
    shares: np.ndarray
    drawings: int  # for one text; its words repeat these, as texts do


@cache
def _table() -> _Table:
    forms: list[Token] = []
    weights: list[float] = []
    for syllable in syllables().values():
        whole = -math.log(1 - min(syllable.frequency, STRETCHES - 1) / STRETCHES)  # drawings by which so many hold it
        counted = sum(count for _, count in syllable.forms)
        forms += [Token(0, 0, 0, form, syllable.folded) for form, _ in syllable.forms]
        weights += [whole * count / counted for _, count in syllable.forms]
    return _Table(tuple(forms), np.array(weights) / sum(weights), round(sum(weights) * _KEPT))


class MadeRecords:
    """A made collection of so many records; each iteration makes the same ones."""

    def __init__(self, count: int, *, seed: int = SEED) -> None:
        """Draw the titles, which records share."""
        self.count = count
        self._seed = seed
        chance = np.random.default_rng(seed)
        self.titles = tuple(_title(chance) for _ in range(min(count, TITLES)))

    def batches(self, size: int) -> Iterator[list[IndexDocument]]:
        """Make the documents, in batches."""
        chance, table = np.random.default_rng(self._seed + 1), _table()
        for first in range(0, self.count, size):
            several = min(size, self.count - first)
            known = chance.choice(len(table.forms), size=(several, table.drawings), p=table.shares)
            drawn = np.take_along_axis(known, chance.integers(table.drawings, size=(several, WORDS)), axis=1)
            levels = chance.choice(len(_LEVELS), size=several, p=_LEVEL_SHARES)
            titles = chance.integers(len(self.titles), size=several)
            yield [
                _document(first + at, self.titles[titles[at]], drawn[at], rank(_LEVELS[levels[at]]))
                for at in range(several)
            ]

    def first(self, several: int) -> list[IndexDocument]:
        """Make the first documents again."""
        return next(MadeRecords(min(several, self.count), seed=self._seed).batches(several))


def words(chance: np.random.Generator, count: int) -> list[str]:
    """Draw words as people write them."""
    table = _table()
    return [written(table.forms[at].exact) for at in chance.choice(len(table.forms), size=count, p=table.shares)]


def record_id(number: int) -> RecordId:
    """Give the id of the n-th record or unit, spread over all ids as real ones are."""
    spread = number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128)  # odd: no two numbers meet
    return RecordId(str(uuid.UUID(int=spread)))


def text_of(document: IndexDocument) -> str:
    """Write the text that a made document stands for."""
    return " ".join(written(word) for run in document.body_exact for word in run.split(" "))


def _title(chance: np.random.Generator) -> IndexDocument:
    """Make the index document of a description, without a text."""

    def one(of: Sequence[str]) -> str:
        return of[int(chance.integers(len(of)))]

    kind = one(tuple(_TYPES))
    issuer = f"{one(_BODIES)} {one(_PLACES)}"
    symbol = "-".join(part for part in (_TYPES[kind], "".join(each[0] for each in issuer.split()).upper()) if part)
    year, month, day = chance.integers(1990, 2026), chance.integers(1, 13), chance.integers(1, 29)
    fields = {
        "subject": " ".join(["Về việc", *words(chance, int(chance.integers(6, 20)))]),
        "number": f"{chance.integers(1, 3_000)}/{symbol}",
        "type": kind,
        "date": f"{year}-{month:02d}-{day:02d}",
        "issuer": issuer,
        "signer": f"{one(_SURNAMES)} {one(_GIVEN)}",
    }
    package = Package(
        record=record_id(1),
        accession_key=AccessionKey("0" * 64),
        fonds=record_id(1),
        file=record_id(1),
        received_at="2026-01-01T00:00:00+07:00",
        sources=("van-ban.pdf",),
        kind=Kind.SCAN,
        state="archived",
        originals=(),
        parts=(),
        description=Description(fields={name: Value(value=text) for name, text in fields.items()}),
    )
    return index_document(package, ())


def _document(number: int, title: IndexDocument, drawn: np.ndarray, level: int) -> IndexDocument:
    table = _table()
    body = [table.forms[at] for at in drawn]
    record, file = record_id(number + 1), record_id((1 << 40) + number // _FILE_RECORDS)
    fonds = record_id((1 << 41) + number // _FILE_RECORDS % _FONDS)
    openness = Openness(nodes=(fonds, file, record), level=level, then=level)
    return replace(
        title,
        id=record,
        order=f"{title.order[:8]}{record}",
        body_exact=(" ".join([word.exact for word in body]),),
        body_folded=(" ".join([word.folded for word in body]),),
        tally=tally([(_titled(title), 1), (body, 1)]),
        length=len(body),
        nodes=" ".join(openness.nodes),
        level=level,
        then=level,
        fonds=fonds,
        file=file,
    )


def _titled(title: IndexDocument) -> Iterator[Token]:
    for exact, folded in zip(title.title_exact, title.title_folded, strict=True):
        yield from (Token(0, 0, 0, *pair) for pair in zip(exact.split(" "), folded.split(" "), strict=True))


def is_as_read(document: IndexDocument) -> bool:
    """Say whether the analyser gives the same words of the document's text."""
    read = analyse(text_of(document))
    same = " ".join(word.exact for word in read) == document.body_exact[0]
    return same and " ".join(word.folded for word in read) == document.body_folded[0]
