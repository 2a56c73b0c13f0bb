"""Who signed: authority (KT., TM. …), title and name at the foot of the body, right column.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I mục II.7. A name list is a hint only: the name is the line below the title that is
shaped like a name. Seals and pen strokes lie over these lines, so much is read wrongly; what is doubtful says so.
"""

import re
from dataclasses import dataclass
from functools import cache

from ingest.describing.folding import fold, is_upper, letters, near
from ingest.describing.header import read_head
from ingest.describing.layout import Segment, rows
from ingest.describing.values import from_segments
from schemas import rules
from schemas.description import Method, Value

_AUTHORITY = re.compile(r"^\W{0,3}(K\.? ?T|T\.? ?M|T\.? ?L|T\.? ?U\.? ?Q|Q)(?:[.,:] ?| (?=\w))", re.IGNORECASE)
_RANK = re.compile(
    r"^(?:(?:GS|PGS|TS|THS|BS|DS|CN|KS|LS|CKI{1,2}|CK\d|BSCKI{1,2}|BSCK\d|TTND|TTƯT|NGND|NGƯT|ĐẠI TƯỚNG|THƯỢNG TƯỚNG"
    r"|TRUNG TƯỚNG|THIẾU TƯỚNG|ĐẠI TÁ|THƯỢNG TÁ|TRUNG TÁ|THIẾU TÁ|ĐẠI ÚY|THƯỢNG ÚY)\b[. ]{0,2})+",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"^\W*(?:da ky|ky ten|ky, ghi)")
_LEAST, _MOST = 2, 6  # words of a name
_SPACE_FOR_SIGNATURE = 0.26  # of the page's height, between title and name
_SIGNATURE_LINES = 12  # of a text without boxes
_BLOCK_GAP = 0.05  # of the page's height, between the lines of a title
_RIGHT = 0.5
_MOST_IN_FOOT = 300  # segments; a table reaches into it
_LONG = 7  # letters of a title that may be read with a letter in seven wrong
_PREFIX = 3
_RISE_OF_TWO = 0.3  # where several sign, the list of recipients stands below them
_BODY_TOP = 0.45  # of the first page: above, capitals name who decides, not who signs
_RISE = 0.06  # the signature may begin a little above Nơi nhận
_RISE_FROM_END = 0.25
_KEPT = re.compile(r"^\W{0,5}l[uư]+\W{1,4}(?:vt|van thu|v\.t|hs|hc)\b")
_ABOUT_RECIPIENTS = re.compile(r"^\W{0,4}(\S{1,5}?) ?nhan ?(:?)\W{0,6}(?=$|\S{1,2} |\S{1,2}$)")


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a signature block says, each part None when not read."""

    signer: Value | None
    title: Value | None
    authority: Value | None


@dataclass(frozen=True, kw_only=True)
class _Line:
    segment: Segment
    authority: str
    title: str
    exact: bool


def read_signature(pages: tuple[tuple[Segment, ...], ...]) -> Signature:
    """Read the signature beside Nơi nhận, on its page or the next; else the first block that has a title and a name."""
    at = next((i for i, page in enumerate(pages) if _end_line(page)), None)
    if at is None:
        return _read_foots([_foot(page, below=_BODY_TOP if i == 0 else 0.0) for i, page in enumerate(pages)])
    line = _end_line(pages[at])
    top = _BODY_TOP if at == 0 else 0.0
    higher = _foot(pages[at], below=max(top, line.y - _RISE_OF_TWO)) if line and line.box else ()
    following = [page for page in pages[at + 1 : at + 2] if read_head(page).marks == 0]
    found = _read_foots([_beside(pages[at]), higher])
    if found.signer:
        return found
    if at > 0:  # an annex may be a form with a Nơi nhận of its own: the whole signature of an earlier page is meant
        earlier = _read_foots([_foot(page, below=_BODY_TOP if i == 0 else 0.0) for i, page in enumerate(pages[:at])])
        if earlier.signer and earlier.title:
            return earlier
    return found if found.title else _read_foots([_foot(page) for page in following])


def _read_foots(foots: list[tuple[Segment, ...]]) -> Signature:
    for foot in foots:
        block = _block(foot)
        if block:
            return _signature(block, _name_below(foot, block[-1].segment))
    name = _lone_name(foots[0]) if foots else None
    signer = from_segments(_name(name) or "", [name], certainty=0.8) if name else None
    return Signature(signer=signer, title=None, authority=None)


def recipients_anchor(page: tuple[Segment, ...]) -> Segment | None:
    """Find the line `Nơi nhận:` of a page, the last one."""
    return next((s for s in reversed(page) if _is_recipients(s)), None)


def recipients_end(page: tuple[Segment, ...]) -> Segment | None:
    """Find the line `Lưu: VT …`, with which the list of recipients ends, the last of a page."""
    return next((s for s in reversed(page) if _KEPT.match(s.folded)), None)


def _end_line(page: tuple[Segment, ...]) -> Segment | None:
    return recipients_anchor(page) or recipients_end(page)


def _is_recipients(segment: Segment) -> bool:
    match = _ABOUT_RECIPIENTS.match(segment.folded[:24])
    if match is None or not (match.group(2) or segment.text.strip("*_.;:'\"“ ")[:1].isupper()):
        return False
    return bool(match.group(2)) or near(letters(match.group(1)), "noi", wrong=1)


def _beside(page: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Give the segments where the signature of a page with Nơi nhận can stand: right of the list and below."""
    anchor = recipients_anchor(page)
    line = anchor or recipients_end(page)
    if line is None or line.box is None:
        after = page[page.index(line) :] if line in page else page
        before = page[: page.index(line)] if line in page else ()
        return after if any(title_line(s) for s in after) else before[-_SIGNATURE_LINES:] + after
    rise = _RISE if anchor else _RISE_FROM_END
    return _foot(page, below=line.y - rise)


def _foot(page: tuple[Segment, ...], *, below: float = 0.0) -> tuple[Segment, ...]:
    """Give the segments where a signature can stand: right column, or anywhere without boxes."""
    foot = [s for s in page if s.letters and (s.box is None or (s.centre > _RIGHT and s.y > below))]
    return tuple(foot[-_MOST_IN_FOOT:])


def _block(foot: tuple[Segment, ...]) -> list[_Line]:
    """Find the first run of title lines that has a name below it, or the last run with a title at all."""
    fallback: list[_Line] = []
    ordered = sorted(foot, key=lambda s: s.y) if foot and all(s.box for s in foot) else list(foot)
    i = 0
    while i < len(ordered):
        run = _run(ordered, i)
        i += max(1, len(run))
        if not run or not any(line.title for line in run):
            continue
        if _name_below(foot, run[-1].segment) is not None:
            return run
        fallback = fallback or run
    return fallback


def _run(ordered: list[Segment], start: int) -> list[_Line]:
    found: list[_Line] = []
    for segment in ordered[start : start + 8]:
        line = title_line(segment)
        if line is None or (found and segment.box and segment.y - found[-1].segment.y > _BLOCK_GAP):
            break
        found.append(line)
    return found


def title_line(segment: Segment) -> _Line | None:
    """Recognise a line of titles in capitals: `KT. GIÁM ĐỐC`, `PHÓ CHỦ TỊCH`, also with one letter in seven wrong."""
    text = segment.text.strip(" *|_-–—“”\"'`.,:;")
    match = _AUTHORITY.match(text)
    authority = _authority(match.group(1)) if match else ""
    rest = text[match.end() :] if match else text
    if not is_upper(rest) or len(segment.tokens) > 12:
        return None
    title, exact = _title(rest)
    if title is None:
        return None
    return _Line(segment=segment, authority=authority, title=title, exact=exact)


def _authority(read: str) -> str:
    return re.sub(r"[^A-ZĐa-zđ]", "", read).upper() + "."


def _title(text: str) -> tuple[str | None, bool]:
    read = letters(text).rstrip("0123456789")  # the figure of a footnote
    titles = _titles()
    if read in titles:
        printed = text.upper().rstrip("0123456789 ").replace("UỶ", "ỦY")
        return printed if printed in _printed_titles() else titles[read], True
    for known in sorted(titles, key=len, reverse=True):
        if read.startswith(known) and len(known) > 5:
            return text, True
    for known in sorted(titles, key=len, reverse=True):
        if len(known) >= _LONG and near(read, known, wrong=len(known) // _LONG):
            return titles[known], False
        before = len(read) - len(known)  # letters of KT. or TL. that were read as something else
        if len(known) >= _LONG and 0 < before <= _PREFIX and near(read[before:], known, wrong=1):
            return titles[known], False
    return None, False


@cache
def _titles() -> dict[str, str]:
    """Titles by their letters; of two with the same letters (THỨ TRƯỞNG, THỦ TRƯỞNG) the first of the list."""
    return {letters(rule.name): rule.name for rule in reversed(rules.signer_titles())}


@cache
def _printed_titles() -> frozenset[str]:
    return frozenset(rule.name for rule in rules.signer_titles())


def _name_below(foot: tuple[Segment, ...], title: Segment) -> Segment | None:
    if title.box is None:
        after = foot[foot.index(title) + 1 :][:_SIGNATURE_LINES]
    else:
        after = tuple(
            sorted(
                (s for s in foot if title.y < s.y <= title.y + _SPACE_FOR_SIGNATURE and s.right > title.x),
                key=lambda s: s.y,
            )
        )
    for segment in _lines(after):
        if title_line(segment) is None and not _SIGNED.match(segment.folded) and _name(segment):
            return segment
    return None


def _lines(found: tuple[Segment, ...]) -> list[Segment]:
    """Put words of one line together again that a stroke of the pen drove apart."""
    return [
        Segment(row[0].page, tuple(token for segment in row for token in segment.tokens)) for row in rows(list(found))
    ]


def _lone_name(foot: tuple[Segment, ...]) -> Segment | None:
    """Beside Nơi nhận, a known surname and given names: the name whose title was not read."""
    for segment in _lines(foot):
        name = _name(segment)
        if segment.box is not None and name and name.split()[0] in _surnames():
            return segment
    return None


def _name(segment: Segment) -> str | None:
    """Give a person's name from a line shaped like one: 2–6 words, each with a capital first letter only."""
    text = _RANK.sub("", segment.text.strip(" *|_-–—“”\"'`.,:;…"))
    words = [word.strip(".,;:'\"“”`*|") for word in text.split()]
    words = [word for word in words if any(c.isalnum() for c in word)]
    if not _LEAST <= len(words) <= _MOST or not all(map(_is_name_word, words)):
        return None
    if all(word.isupper() for word in words) and fold(words[0]).capitalize() not in {
        fold(s).capitalize() for s in _surnames()
    }:
        return None
    return " ".join(word.capitalize() if word.isupper() and len(word) > 1 else word for word in words)


def _is_name_word(word: str) -> bool:
    return word.isalpha() and len(word) <= 9 and (word.istitle() or word.isupper())


@cache
def _surnames() -> frozenset[str]:
    return frozenset(rule.name for rule in rules.surnames())


def _signature(block: list[_Line], name: Segment | None) -> Signature:
    read = [line for line in block if line.title]
    segments = [line.segment for line in read]
    authority = [line.authority for line in read if line.authority]
    parts = [f"{line.authority} {line.title}".strip() for line in read]
    if len(read) > 1 and parts[-1] == parts[-2]:
        parts[-1] = f"PHÓ {parts[-1]}"  # nobody signs twice with one title: the first word was not read
    by_form = not authority and len(read) > 1 and is_deputy(parts[-1], of=parts[-2])
    if by_form:
        authority = ["KT."]
        parts[-2] = f"KT. {parts[-2]}"
    exact = all(line.exact for line in read)
    title = from_segments(" / ".join(parts), segments, certainty=0.97 if exact and not by_form else 0.8)
    signs = None
    if authority:
        value: str | list[str] = authority[0] if len(authority) == 1 else authority
        method = Method.INFERRED if by_form else Method.PRINTED
        signs = from_segments(value, segments, certainty=0.85 if by_form else 0.96, method=method)
    signer = None
    if name is not None:
        text = _name(name) or ""
        signer = from_segments(text, [name], certainty=0.97 if text.split()[0] in _surnames() else 0.8)
    return Signature(signer=signer, title=title, authority=signs)


def is_deputy(title: str, *, of: str) -> bool:
    """Say whether a title is the deputy of another: PHÓ GIÁM ĐỐC of GIÁM ĐỐC, THỨ TRƯỞNG of BỘ TRƯỞNG.

    Who signs below the head's title as a deputy signs for the head (KT.), also where KT. was added by pen and not read.
    """
    return letters(title) == "pho" + letters(of) or (title.startswith("THỨ TRƯỞNG") and of.startswith("BỘ TRƯỞNG"))
