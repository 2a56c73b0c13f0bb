"""Documents that a text names by number: `Quyết định số 28/2018/QĐ-TTg ngày 12/7/2018 của Thủ tướng Chính phủ`.

A citation spans from the word for its type to the end of its date. Forms: vietnam-rules of NĐ 30/2020/NĐ-CP, Điều 15;
laws `24/2018/QH14`; Party documents `21-NQ/TW`; standards `TCVN 6909:2001`. Every pattern is bounded, so that a
hostile page costs no more than its length.
"""

import re
from functools import cache

from ingest.describing.dating import iso_date
from ingest.describing.folding import fold
from ingest.describing.number import canonical_symbol, issuer_of_symbol
from schemas import rules
from schemas.description import Citation
from schemas.texts import PageText

_CAP = "A-ZĐ"
_PART = rf"[{_CAP}][A-Za-zĐđƯư&]{{0,14}}\d{{0,2}}"
_GAP = r"\s{0,4}"
_NUMBER = re.compile(
    rf"(?<![\w/.-])(?:(?P<law>\d{{1,3}}{_GAP}/{_GAP}(?:19|20)\d\d{_GAP}/{_GAP}(?:QH|UBTVQH)\d{{1,2}})(?!\w)"
    rf"|(?P<party>\d{{1,5}}{_GAP}-{_GAP}[{_CAP}][A-Za-zĐđ]{{1,5}}/[{_CAP}][A-Za-zĐđ]{{1,10}}(?:-[{_CAP}][A-Za-zĐđ]{{1,8}})?)"
    rf"|(?P<plain>\d{{1,5}}[a-z]?{_GAP}/{_GAP}(?:(?:19|20)\d\d{_GAP}/{_GAP})?{_PART}(?:{_GAP}[-–—]{_GAP}{_PART}){{1,4}})"
    rf"|(?P<standard>(?:TCVN|QCVN|TCN)\s{{1,4}}\d{{1,5}}(?:[:-]\d{{1,4}}){{1,2}}))"
)
_DATE = re.compile(
    r"\s{0,4},?\s{0,4}(?:ban hanh\s{1,4})?ngay\s{1,4}(?:(?P<d>\d{1,2})\s{1,4}thang\s{1,4}(?P<m>\d{1,2})\s{1,4}nam\s{1,4}(?P<y>(?:19|20)\d\d)"
    r"|(?P<ds>\d{1,2})\s?[/.-]\s?(?P<ms>\d{1,2})\s?[/.-]\s?(?P<ys>(?:19|20)\d\d))"
)
_DATED_BEFORE = re.compile(
    r"ngay\s{1,4}(\d{1,2})\s{1,4}thang\s{1,4}(\d{1,2})\s{1,4}nam\s{1,4}((?:19|20)\d\d),[^.;]{1,80}?ban hanh\s{1,4}$"
)
_BY = re.compile(r"[ ,]{0,3}cua ([^\d,;.:()\"“”]{3,90})")
_BY_ENDS = re.compile(
    r" (?:ve|quy dinh|ban hanh|huong dan|phe duyet|va|sua doi|thong qua|co hieu luc|da|duoc|tai|thi|nham|cho|do|de|"
    r"trong|giao|yeu cau|de nghi|nay|chi tiet|cong bo|kien toan)(?: .*)?$"
)
_HEADS = re.compile(r"(?:bo truong|chu tich|tong giam doc|giam doc|cuc truong|chanh an|vien truong|chu nhiem) ")
_BEFORE = 60  # characters looked at before a number
_AFTER = 60
_MOST = 2_000  # citations of one record


def read_citations(pages: tuple[PageText, ...], *, own: str | None) -> tuple[Citation, ...]:
    """Find the documents cited on all pages; `own` is the document's own number, no citation."""
    found: list[Citation] = []
    for number, page in enumerate(pages, start=1):
        folded = fold(page.text)
        for match in _NUMBER.finditer(page.text):
            citation = _citation(page.text, folded, match, page=number)
            if citation is not None and not (number == 1 and citation.number == own):
                found.append(citation)
            if len(found) >= _MOST:
                return _with_known_dates(found)
    return _with_known_dates(found)


def _citation(text: str, folded: str, match: "re.Match[str]", *, page: int) -> Citation | None:
    start, named = _start(folded, match.start())
    if not named and match.lastgroup == "plain" and not _is_plausible(match.group()):
        return None
    date, end = _date_after(folded, match.end())
    if date is None:
        date = _date_before(folded, start)
    number = _canonical(match)
    return Citation(
        number=number,
        date=date,
        issuer=_issuer(text, end) or issuer_of_symbol(number.partition("/")[2]),
        page=page,
        start=start,
        end=end,
    )


def _start(folded: str, at: int) -> tuple[int, bool]:
    """Walk back over `số` and the word for the type; say whether either stood there."""
    before = folded[max(0, at - _BEFORE) : at]
    match = _lead().search(before)
    if match is None:
        return at, False
    return at - len(before) + match.start(), True


@cache
def _lead() -> "re.Pattern[str]":
    names = sorted({fold(rule.name) for rule in rules.document_types()}, key=len, reverse=True)
    types = "|".join(re.escape(name).replace(r"\ ", r"\s{1,4}") for name in names)
    return re.compile(rf"(?:\b(?:{types})\s{{1,4}}(?:so\s{{0,4}}:?\s{{0,4}})?|\bso\s{{0,4}}:?\s{{0,4}})$")


def _is_plausible(read: str) -> bool:
    """Without `số` or a type before it, only a number with a year, or with a known type in its symbol, is one."""
    number = re.sub(r"\s", "", read)
    symbols = {rule.symbol for rule in rules.document_types() if rule.symbol}
    return bool(re.search(r"/(?:19|20)\d\d/", number)) or number.partition("/")[2].split("-")[0] in symbols


def _canonical(match: "re.Match[str]") -> str:
    if match.lastgroup == "standard":
        return re.sub(r"\s+", " ", match.group())
    number = re.sub(r"\s", "", match.group())
    if match.lastgroup != "plain":
        return number
    head, _, symbol = number.rpartition("/")
    return f"{head}/{canonical_symbol(symbol)}"


def _date_after(folded: str, end: int) -> tuple[str | None, int]:
    match = _DATE.match(folded, end, end + _AFTER)
    if match is None:
        return None, end
    parts = [part for part in match.groups() if part]
    when = iso_date(*map(int, parts))
    return (when, match.end()) if when else (None, end)


def _date_before(folded: str, start: int) -> str | None:
    match = _DATED_BEFORE.search(folded[max(0, start - 130) : start])
    return iso_date(*map(int, match.groups())) if match else None


def _issuer(text: str, end: int) -> str | None:
    """Give the body behind `của`: a known one as far as its name goes, else up to a word that ends a name."""
    window = " ".join(text[end : end + 160].split())
    plain = fold(window)
    match = _BY.match(plain)
    if match is None:
        return None
    name = match.group(1)
    head = _HEADS.match(name)
    rest = name[head.end() :] if head else name
    known = next((body for body in _bodies() if rest.startswith(body) and not rest[len(body) :][:1].isalpha()), None)
    length = len(name) - len(rest) + len(known) if known else len(_BY_ENDS.sub("", name))
    found = window[match.start(1) : match.start(1) + length].strip(" -–")
    return found if found[:1].isupper() else None


@cache
def _bodies() -> tuple[str, ...]:
    """Known bodies, folded, the longest first; UBND and Ủy ban nhân dân go on with a place, so they are not among them."""
    names = {fold(rule.name) for rule in rules.agencies() if rule.symbol not in {"UBND", "HĐND", "TW"}}
    return tuple(sorted((name for name in names if not name.startswith("so ")), key=len, reverse=True))


def _with_known_dates(found: list[Citation]) -> tuple[Citation, ...]:
    """Give a number cited again without its date the date it has elsewhere, when all its dates agree."""
    dates: dict[str, set[str]] = {}
    for citation in found:
        if citation.date:
            dates.setdefault(citation.number, set()).add(citation.date)
    return tuple(_dated(citation, dates.get(citation.number, set())) for citation in found)


def _dated(citation: Citation, known: set[str]) -> Citation:
    if citation.date or len(known) != 1:
        return citation
    return Citation(
        number=citation.number,
        date=next(iter(known)),
        issuer=citation.issuer,
        page=citation.page,
        start=citation.start,
        end=citation.end,
    )
