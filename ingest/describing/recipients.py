"""Lists of a document: Nơi nhận, Kính gửi, and the Căn cứ paragraphs it is based on.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I mục II.9 (boxes 9a, 9b): items begin with a dash and end with a semicolon, the
last begins with Lưu; one addressee stands on the line of Kính gửi itself.
"""

import re

from ingest.describing.folding import is_upper
from ingest.describing.header import Head
from ingest.describing.layout import Segment, rows
from ingest.describing.signer import recipients_anchor, recipients_end, title_line
from ingest.describing.types import type_line
from ingest.describing.values import from_segments
from schemas.description import Value

_TO = re.compile(r"^\W{0,3}[ck]i?nh g[uiư]{1,2}[ij]?\b\W{0,4}")
_DASH = re.compile(r"^[^\w(“\"]{0,3}[-–—~−+•*]\W{0,3}")
_LAST = re.compile(r"^\W{0,6}luu\b")
_END = re.compile(r"[^\w)”\"’]+$")
_ASIDE = re.compile(r"^\W{0,2}\(? ?(?:sau day )?goi (?:chung|tat)|^\W{0,2}\(sau day")
_BASED_ON = re.compile(r"^\W{0,3}can c[uư]\b")
_AFTER_BASE = re.compile(
    r"^\W{0,3}(?:xet |theo de nghi|thuc hien|quyet dinh ?:?$|dieu \d|chuong |[ivx]+\.|\d{1,2}\.|- )"
)
_HARD_END = re.compile(r"^\W{0,3}(?:quyet dinh|quyet nghi|nghi dinh|chi thi|thong tu|luat)\W{0,3}$")
_MOST_LINES_OF_ONE = 12
_BESIDE = re.compile(r"[;.] +([^\d;.]{6,40})$")
_MOST_ITEMS = 80
_MOST_LINES = 120
_LEFT = 0.5
_SAME_EDGE = 0.02
_ROW_GAP = 0.045  # of the page's height; wider ends a list


def read_recipients(pages: tuple[tuple[Segment, ...], ...]) -> Value | None:
    """Read Nơi nhận of the first page that has it, down to the line of Lưu."""
    for page in pages:
        anchor = recipients_anchor(page)
        if anchor is not None:
            return _items(_below_recipients(page, page.index(anchor)), anchor=anchor, ends_with_last=True)
        last = recipients_end(page)
        if last is not None:
            return _upwards(page, last)
    return None


def _upwards(page: tuple[Segment, ...], last: Segment) -> Value | None:
    """Read the dashed lines above `Lưu: VT` where the words Nơi nhận themselves were not read."""
    if last.box is None:
        return None
    left = [s for s in page if s.box and s.centre < _LEFT and s.y <= last.y and abs(s.x - last.x) < _SAME_EDGE]
    taken: list[Segment] = []
    y = last.y
    for row in reversed(rows(left)):
        if y - row[0].y > _ROW_GAP / 2 or not _DASH.match(row[0].text):
            break
        y = row[0].y
        taken[:0] = row
    return _items(taken, anchor=last, ends_with_last=True) if taken else None


def _below_recipients(page: tuple[Segment, ...], at: int) -> list[Segment]:
    anchor = page[at]
    if anchor.box is None:
        return list(page[at + 1 : at + 1 + _MOST_LINES])
    left = [s for s in page if s.box and s.y > anchor.y and s.x < max(_LEFT, anchor.right) and s.centre < _LEFT]
    taken: list[Segment] = []
    y = anchor.y
    for row in rows(left):
        if row[0].y - y > _ROW_GAP:
            break
        y = row[0].y
        taken.extend(row)
    return taken


def read_addressees(head: Head) -> Value | None:
    """Read Kính gửi: what follows on its line, and the dashed lines below it."""
    found = [*head.segments, *head.below]
    at = next((i for i, segment in enumerate(found) if _TO.match(segment.folded)), None)
    if at is None:
        return None
    anchor = found[at]
    rest = _after(anchor)
    lines = [rest] if rest is not None else []
    first_is_dashed = bool(rest and _DASH.match(rest.text))
    y, lines_below = anchor.y, found[at + 1 : at + 1 + _MOST_LINES]
    for segment in lines_below:
        if _ends_addressees(segment, anchor, y, lines):
            break
        if not _ASIDE.match(segment.folded):
            lines.append(segment)
        y = segment.y
        if rest is not None and not first_is_dashed and _END_OF_ONE.search(lines[-1].text):
            break
    return _items(lines, anchor=anchor, ends_with_last=False)


_END_OF_ONE = re.compile(r"\.\s*$")


def _after(anchor: Segment) -> Segment | None:
    """Give what stands behind `Kính gửi:` on its line."""
    end = _TO.match(anchor.folded)
    at, count = 0, 0
    for token in anchor.tokens:
        if end is None or at >= end.end():
            break
        at += len(token.text) + 1
        count += 1
    dash = count and anchor.tokens[count - 1].text in ("-", "–")
    rest = anchor.part(count - 1 if dash else count)
    return rest if rest is not None and rest.letters else None


def _ends_addressees(segment: Segment, anchor: Segment, y: float, lines: list[Segment]) -> bool:
    if _BASED_ON.match(segment.folded) or type_line(segment) is not None or len(lines) >= _MOST_ITEMS:
        return True
    dashed = _DASH.match(segment.text) is not None
    if segment.box is not None and anchor.box is not None:
        ended = bool(lines) and not dashed and _END_OF_ONE.search(lines[-1].text) is not None
        return ended or segment.y - y > _ROW_GAP or segment.x < anchor.x - 0.01
    if not lines:
        return False
    begins_anew = segment.blank_before or (len(lines) == 1 and segment.text[:1].isupper())
    return not dashed and (begins_anew or bool(re.search(r"[.;]$", lines[-1].text)))


def _items(lines: list[Segment], *, anchor: Segment, ends_with_last: bool) -> Value | None:
    """Join lines to items: a dash opens one, a line without goes on."""
    items: list[list[Segment]] = []
    dashed = any(_DASH.match(line.text) for line in lines)
    for line in lines:
        if ends_with_last and _ends_recipients(line, items):
            break
        if not line.letters or (ends_with_last and not items and title_line(line) is not None):
            continue
        if not items or _DASH.match(line.text) or (not dashed and re.search(r"[;.]$", items[-1][-1].text)):
            if ends_with_last and items and _LAST.match(_strip(items[-1][0].text, fold=True)):
                break
            items.append([line])
        else:
            items[-1].append(line)
    texts = [text for item in items[:_MOST_ITEMS] if (text := _item(item))]
    if not texts:
        return None
    used = [anchor, *(line for item in items[:_MOST_ITEMS] for line in item)]
    return from_segments(texts, used, certainty=0.95)


def _strip(text: str, *, fold: bool = False) -> str:
    bare = _DASH.sub("", text, count=1)
    return bare.lower().replace("ư", "u") if fold else bare


def _ends_recipients(line: Segment, items: list[list[Segment]]) -> bool:
    if line.box is None and not _DASH.match(line.text):
        whole = not items or re.search(r"[;.)]\W*$", items[-1][-1].text) is not None
        if title_line(line) is not None:
            return bool(items)  # beside the words Nơi nhận it belongs to the other column
        if items and (whole and is_upper(line.text) and len(line.letters) > 5):
            return True
    last = bool(items) and _LAST.match(_strip(items[-1][0].text, fold=True)) is not None
    ended = last and re.search(r"[.)]\W*$", items[-1][-1].text) is not None
    return ended or (last and line.blank_before)


def _item(lines: list[Segment]) -> str:
    text = _END.sub("", _strip(" ".join(line.text for line in lines)))
    beside = _BESIDE.search(text)
    if beside is not None and is_upper(beside.group(1), share=1.0):
        text = text[: beside.start()]  # a title of the other column, read across
    return text if text.startswith(("(", "“", '"')) else re.sub(r"^[\W_]+(?=\w)", "", text)


def read_legal_basis(pages: tuple[tuple[Segment, ...], ...]) -> Value | None:
    """Read the Căn cứ paragraphs at the opening of the body, each as one item; from the first page that has them."""
    for page in pages:
        first = next((i for i, segment in enumerate(page) if _BASED_ON.match(segment.folded)), None)
        if first is not None:
            return _paragraphs(page[first : first + _MOST_LINES])
    return None


def _paragraphs(lines: tuple[Segment, ...]) -> Value | None:
    items: list[list[Segment]] = []
    last = max(i for i, line in enumerate(lines) if _BASED_ON.match(line.folded))
    for i, line in enumerate(lines):
        if _BASED_ON.match(line.folded):
            items.append([line])
            continue
        ended = re.search(r"[;,.:]\W*$", items[-1][-1].text) is not None and line.text[:1].isupper()
        if _AFTER_BASE.match(line.folded) or (ended and i > last) or _HARD_END.match(line.folded):
            break
        if len(items[-1]) < _MOST_LINES_OF_ONE:
            items[-1].append(line)
    texts = [_END.sub("", re.sub(r"^\W+", "", " ".join(line.text for line in item))) for item in items]
    return from_segments(texts[:_MOST_ITEMS], [line for item in items for line in item], certainty=0.93)
