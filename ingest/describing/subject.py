"""The subject (trích yếu): the lines below the type, or the `V/v …` of an official letter below its number.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I mục II.5 (boxes 5a, 5b). Where it ends is told by place (a gap wider than between
its own lines) and by the words that open a body; both are needed, since OCR loses either.
"""

import re
from dataclasses import dataclass, field

from ingest.describing.folding import fold, is_upper, letters
from ingest.describing.header import Head, mark_of
from ingest.describing.layout import Segment, rows
from ingest.describing.types import type_line
from ingest.describing.values import from_segments
from schemas import rules
from schemas.description import Value

_ABOUT = re.compile(r"^\W{0,3}(?:v ?[/|\\⁄lj1] ?[vy]\b|v/ |vv |w/v|ve viec\b)")
_STOPS = re.compile(
    r"^\W{0,3}(?:kinh gui|can cu |dieu \d|chuong [ivx\d]|phan [ivx\d]|phan thu |muc [ivx\d]|noi nhan|hoi \d"
    r"|(?:luat|nghi dinh|thong tu|quyet dinh|phap lenh) (?:so |\d))"
)
_OPENERS = re.compile(
    r"^\W{0,3}(?:thuc hien |xet |theo |de |nham |ngay |trong |hien nay|vua qua|thoi gian |tren co so|sau khi|duoc "
    r"|tiep theo|nham |quoc hoi |chinh phu |thu tuong |bo truong |so [a-z]|uy ban |ubnd |[ivx]{1,4}\.|\d{1,2}\.|[a-z]\)|[-+*] )"
)
_MOST_ROWS = 14
_MOST_CHARACTERS = 900
_WIDER = 1.6  # a gap so many times the subject's own line pitch ends it
_DOUBTFUL = 0.7  # a first word below the number read so badly, and beginning with V, is V/v
_WIDE = 1.25
_AND = re.compile(r"(?:[,;–-]| và| của| về| các| cho| tại| với)$")
_RULE = re.compile(r"^[\W_]{3,}$")


@dataclass
class _Run:
    """Rows taken so far, while reading downwards."""

    rows: list[list[Segment]] = field(default_factory=list)
    pitch: float = 0.0
    y: float = 0.0

    @property
    def size(self) -> int:
        return sum(len(segment.text) for row in self.rows for segment in row)


def is_about(segment: Segment) -> bool:
    """Say whether a segment opens with `V/v` or `Về việc`, as OCR reads them."""
    return _ABOUT.match(segment.folded[:20]) is not None


def read_subject(head: Head) -> Value | None:
    """Read the subject: below the type, else `V/v …`, else what stands below the number in the left column."""
    if head.title is not None:
        return _below_title(head)
    return _letter_subject(head)


def _below_title(head: Head) -> Value | None:
    title = head.title
    if title is None:
        return None
    run = _Run(y=title.segment.y)
    if title.rest is not None:
        run.rows.append([title.rest])
    for row in _rows_after(head, title.segment):
        if _ends(run, row, head):
            break
        run.pitch = min(run.pitch or 1.0, row[0].y - run.y) if row[0].box else 0.0
        run.y = row[0].y
        run.rows.append(row)
    return _value(run.rows, certainty=0.98)


def _rows_after(head: Head, title: Segment) -> list[list[Segment]]:
    if not head.has_boxes:
        after = [*head.segments, *head.below]
        found = after[_index(after, title) + 1 :]
        return [[segment] for segment in found[:_MOST_ROWS]]
    below = [s for s in head.segments if s.y > title.y + (title.box[3] / 2 if title.box else 0)]
    centred = [s for s in below if _belongs(s, title)]
    return [row for row in rows(centred) if row][:_MOST_ROWS]


def _index(found: list[Segment], wanted: Segment) -> int:
    """Give the place of the segment that holds the wanted one's first word."""
    return next(i for i, s in enumerate(found) if s.tokens[-1].start >= wanted.tokens[0].start)


def _belongs(segment: Segment, title: Segment) -> bool:
    """Leave out specks, and stamps at the side that do not reach under the title."""
    if not segment.letters or segment.confidence < 0.3:
        return False
    words = [token for token in segment.tokens if sum(c.isalpha() for c in token.text) > 1]
    aside = segment.right < title.x - 0.1 or segment.x > title.right + 0.3
    return bool(words) and not (aside and len(words) < 3)


def _ends(run: _Run, row: list[Segment], head: Head) -> bool:
    first = row[0]
    if run.size > _MOST_CHARACTERS or _STOPS.match(first.folded) or _is_stamp(first) or first is head.date:
        return True
    if not run.rows:
        return type_line(first) is not None
    if run.pitch and first.y - run.y > _WIDER * run.pitch:
        return True
    if _names_authority(first) and not is_upper(run.rows[-1][-1].text):
        return True
    return first.box is None and _ends_plain(run, first)


def _is_stamp(segment: Segment) -> bool:
    return bool(mark_of(segment, "urgency") or mark_of(segment, "secrecy") or _RULE.match(segment.text))


def _ends_plain(run: _Run, line: Segment) -> bool:
    """Without boxes: after an empty line only a line that plainly goes on belongs to the subject."""
    opens = _OPENERS.match(line.folded) is not None
    if not line.blank_before:
        capital = line.text[:1].isupper() and not is_upper(line.text)
        return capital and ((opens and len(run.rows) > 1) or _is_body_wide(run, line))
    goes_on = line.text[:1].islower() or (is_upper(line.text) and is_upper(run.rows[0][0].text))
    return opens or not goes_on


def _is_body_wide(run: _Run, line: Segment) -> bool:
    """Say whether a line begins anew and is much longer than the subject's own lines: then it opens the body."""
    longest = max(len(segment.text) for row in run.rows for segment in row)
    whole = _AND.search(run.rows[-1][-1].text) is None
    return whole and len(line.text) > _WIDE * longest


def _names_authority(line: Segment) -> bool:
    """`GIÁM ĐỐC SỞ Y TẾ`, `BỘ TRƯỞNG BỘ …`, `CHÍNH PHỦ` in capitals: who decides, the first line of the body."""
    if not is_upper(line.text, share=0.9):
        return False
    names = (*rules.signer_titles(), *rules.agency_openers())
    return any(line.letters.startswith(letters(rule.name)) for rule in names)


def _letter_subject(head: Head) -> Value | None:
    below = _left_below_number(head)
    about = next((i for i, row in enumerate(below) if is_about(row[0])), None)
    if about is None:
        if not head.has_boxes or head.number is None:
            return None
        return _value(_letter_run(below, head).rows, certainty=0.8, about=True)
    return _value(_letter_run(below[about:], head).rows, certainty=0.98)


def _left_below_number(head: Head) -> list[list[Segment]]:
    """Give the rows of the left column below the number, or every row where columns cannot be told."""
    if not head.has_boxes:
        return [[segment] for segment in head.segments]
    top = head.number or head.motto or head.nation
    if top is None:
        return []
    letter = [s for s in head.segments if s.folded.startswith("kinh gui")]
    bottom = min((s.y for s in letter), default=0.4)
    left = [s for s in head.segments if top.y + 0.004 < s.y < bottom and head.is_left(s)]
    return rows([s for s in left if s.letters and s is not head.date])


def _letter_run(below: list[list[Segment]], head: Head) -> _Run:
    run = _Run()
    for row in below[:_MOST_ROWS]:
        if run.rows and _ends_letter(run, row[0], head):
            break
        if not run.rows and _is_stamp(row[0]):
            continue
        if run.rows and row[0].box:
            run.pitch = min(run.pitch or 1.0, row[0].y - run.y)
        run.y = row[0].y
        run.rows.append(row)
    return run


def _ends_letter(run: _Run, line: Segment, head: Head) -> bool:
    if _STOPS.match(line.folded) or _is_stamp(line) or line in (head.date, head.nation, head.motto):
        return True
    if run.size > _MOST_CHARACTERS // 2:
        return True
    if line.box is None:
        return line.blank_before and not line.text[:1].islower()
    return bool(run.pitch) and line.y - run.y > (_WIDER + 0.4) * run.pitch


def _value(taken: list[list[Segment]], *, certainty: float, about: bool = False) -> Value | None:
    kept = [part for row in taken for segment in row if (part := _without_specks(segment)) is not None]
    if not kept:
        return None
    text = " ".join(segment.text for segment in kept)
    text = re.sub(r"^\W*(?=\w)", "", _restore_about(text))
    if about and kept[0].tokens[0].confidence < _DOUBTFUL:
        text = re.sub(r"^V\S{1,2}(?= )", "V/v", text)
    return from_segments(text, kept, certainty=certainty) if letters(_ABOUT.sub("", fold(text))) else None


def _restore_about(text: str) -> str:
    """Write `V/v` for what OCR makes of it."""
    return re.sub(r"^\W{0,3}(?:V ?[/|\\⁄] ?[vVyY]\b|V/(?= ))", "V/v", text)


def _without_specks(segment: Segment) -> Segment | None:
    """Drop marks at both ends that are no punctuation of a sentence, and words hardly read at all."""
    good = [i for i, token in enumerate(segment.tokens) if _is_text(token.text, token.confidence)]
    return segment.part(good[0], good[-1] + 1) if good else None


def _is_text(text: str, confidence: float) -> bool:
    count = sum(letter.isalnum() for letter in text)
    return count > 1 or (count == 1 and confidence > 0.4)
