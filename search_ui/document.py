"""A record as the index sees it. Pure: values in, values out; no index, no archive.

Title is what a reader remembers a record by: subject, number, type, and at a lower weight issuer, signer, day and the
words of the received file name. Each page of the body is a run of its own, so that no phrase is found across a page break.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from schemas.access import NOBODY, AccessLevel
from schemas.description import Description
from schemas.packages import Package
from schemas.texts import PageText
from search_ui.analyser import Token, analyse, key, subject_key
from search_ui.answer.relevance import tally

_TITLE_WEIGHT = 3
_NAME_WEIGHT = 1
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_NO_DAY = 0

# Abbreviations of document types: NĐ 30/2020/NĐ-CP, Phụ lục III; the last lines are laws and what officials write.
_ABBREVIATIONS = {
    "nghi quyet": "nq", "quyet dinh": "qd", "chi thi": "ct", "quy che": "qc", "quy dinh": "qyd", "thong cao": "tc",
    "thong bao": "tb", "huong dan": "hd", "chuong trinh": "ctr", "ke hoach": "kh", "phuong an": "pa", "de an": "da",
    "du an": "da", "bao cao": "bc", "bien ban": "bb", "to trinh": "ttr", "hop dong": "hd", "cong dien": "cd",
    "ban ghi nho": "bgn", "ban thoa thuan": "btt", "giay uy quyen": "guq", "giay moi": "gm", "giay gioi thieu": "ggt",
    "giay nghi phep": "gnp", "phieu gui": "pg", "phieu chuyen": "pc", "phieu bao": "pb", "nghi dinh": "nd",
    "thong tu": "tt", "thong tu lien tich": "ttlt", "phap lenh": "pl", "cong van": "cv",
}  # fmt: skip


NO_END = 99_991_231
DATED = "dated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Openness:
    """Where a record stands and how open it is by itself; without one, it is open to nobody. See `search_ui.rights.guard`."""

    nodes: tuple[str, ...] = ()  # ids from the fonds down to the record itself
    level: int = NOBODY  # rank of its level (`schemas.access.rank`) up to and with the day `until`
    until: int = NO_END  # yyyymmdd
    then: int = NOBODY  # rank afterwards


CLOSED = Openness()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexDocument:
    """What is indexed of one record. Runs are streams of words that phrases do not cross."""

    id: str
    order: str  # sorts the newest day first, then by id
    title_exact: tuple[str, ...]  # runs of words joined by spaces
    title_folded: tuple[str, ...]
    body_exact: tuple[str, ...]
    body_folded: tuple[str, ...]
    title_numbers: str  # document-number tokens joined by spaces
    body_numbers: str
    own: str  # its own number: token, parts, `=` before the leading digits; abbreviation and words of the type; year
    tally: str
    title_tally: str  # the same without the body, for who may see the list only
    length: int  # words of the body
    nodes: str = ""
    level: int = NOBODY
    until: int = NO_END
    then: int = NOBODY
    type: str = ""
    issuer: str = ""
    signer: str = ""
    subject_key: str = ""  # the whole subject as questions are compared with it
    issuer_words: tuple[str, ...] = ()  # folded, as a run
    signer_words: tuple[str, ...] = ()
    fonds: str = ""
    file: str = ""
    year: int = 0  # 0: unknown
    day: int = _NO_DAY  # yyyymmdd

    @property
    def any_exact(self) -> str:
        """The words of title and body, each once."""
        return _each_once((*self.title_exact, *self.body_exact))

    @property
    def any_folded(self) -> str:
        """The same, folded."""
        return _each_once((*self.title_folded, *self.body_folded))

    @property
    def open(self) -> str:
        """The ranks up to which a grant must reach, as words; `dated` where that changes with a day."""
        return " ".join(map(str, range(self.level, len(AccessLevel)))) if self.until == NO_END else DATED

    @property
    def type_key(self) -> str:
        """The type as filters compare it."""
        return key(self.type)

    @property
    def issuer_key(self) -> str:
        """The issuer as filters compare it."""
        return key(self.issuer)

    @property
    def signer_key(self) -> str:
        """The signer as filters compare it."""
        return key(self.signer)


@dataclass(frozen=True, slots=True)
class _Run:
    """One stream of words that phrases do not cross, and the document numbers in it."""

    words: list[Token]
    numbers: list[str]


def index_document(package: Package, pages: tuple[PageText, ...], openness: Openness = CLOSED) -> IndexDocument:
    """Make the index document of a record from what the archive says of it."""
    known = package.description
    subject = [_read(value(known, name)) for name in ("subject", "number", "type")]
    names = [_read(_SUFFIX.sub("", part)) for part in _names(package)]
    day = _day(value(known, "date"))
    issuer, signer = (_read(value(known, name)) for name in ("issuer", "signer"))
    around = [issuer, signer, _read(_typed(day)), *names]
    title, body = [*subject, *around], [_read(page.text) for page in pages]
    return IndexDocument(
        id=package.record,
        order=f"{99_999_999 - day:08d}{package.record}",
        title_exact=_runs(title, exact=True),
        title_folded=_runs(title, exact=False),
        body_exact=_runs(body, exact=True),
        body_folded=_runs(body, exact=False),
        title_numbers=_numbers(title),
        body_numbers=_numbers(body),
        own=" ".join(_own(known, year=day // 10_000)),
        tally=tally([*_weighted(subject, around), (_words(body), 1)]),
        title_tally=tally(_weighted(subject, around)),
        length=sum(len(run.words) for run in body),
        nodes=" ".join(openness.nodes),
        level=openness.level,
        until=openness.until,
        then=openness.then,
        type=shown_type(value(known, "type")),
        issuer=" ".join(value(known, "issuer").split()),
        signer=" ".join(value(known, "signer").split()),
        subject_key=subject_key(value(known, "subject")),
        issuer_words=_runs([issuer], exact=False),
        signer_words=_runs([signer], exact=False),
        fonds=package.fonds,
        file=package.file,
        year=day // 10_000,
        day=day,
    )


def year_of(order: str) -> int:
    """Give the year from what a record is sorted by; 0 for an unknown day."""
    return (99_999_999 - int(order[:8])) // 10_000


def value(description: Description, name: str) -> str:
    """Give a described value as one line, "" when the document does not show it."""
    found = description.fields.get(name)
    if found is None:
        return ""
    return found.value if isinstance(found.value, str) else "; ".join(found.value)


def shown_type(text: str) -> str:
    """Give a type as it is shown and counted: `QUYẾT  ĐỊNH` → `Quyết định`."""
    return " ".join(text.split()).capitalize()


def _each_once(runs: tuple[str, ...]) -> str:
    return " ".join(dict.fromkeys(chain.from_iterable(run.split(" ") for run in runs)))


def _names(package: Package) -> tuple[str, ...]:
    """Give the received names without folders, and the folders of the source: people search by both."""
    parts = (part for source in package.sources for part in source.split("/"))
    return tuple(dict.fromkeys(chain(parts, (original.name for original in package.originals))))


def _read(text: str) -> _Run:
    tokens = analyse(text)
    return _Run([token for token in tokens if not token.number], [token.exact for token in tokens if token.number])


def _words(runs: list[_Run]) -> Iterator[Token]:
    return chain.from_iterable(run.words for run in runs)


def _weighted(subject: list[_Run], around: list[_Run]) -> list[tuple[Iterator[Token], int]]:
    return [(_words(subject), _TITLE_WEIGHT), (_words(around), _NAME_WEIGHT)]


def _runs(runs: list[_Run], *, exact: bool) -> tuple[str, ...]:
    return tuple(" ".join([word.exact if exact else word.folded for word in run.words]) for run in runs if run.words)


def _numbers(runs: list[_Run]) -> str:
    return " ".join(dict.fromkeys(chain.from_iterable(run.numbers for run in runs)))


def _own(known: Description, *, year: int) -> list[str]:
    """Give the words by which officials call a record by its number; nothing when it has none."""
    tokens = analyse(value(known, "number"))
    parts = [token.folded for token in tokens]
    lead = next((part for part in parts if part[0].isdecimal()), None)
    if lead is None:
        return []
    kind = key(value(known, "type"))
    abbreviation = _ABBREVIATIONS.get(kind)
    words = [f"={lead}", *parts, *kind.split(), *([abbreviation] if abbreviation else []), "so", "nam"]
    return list(dict.fromkeys([*words, str(year)] if year else words))


def _typed(day: int) -> str:
    """Write a day as people type it; an unknown one is no words."""
    return f"{day % 100} {day // 100 % 100} {day // 10_000}" if day else ""


def _day(date: str) -> int:
    match = _DAY.fullmatch(date)
    return _NO_DAY if match is None else int("".join(match.groups()))
