"""The head of a document: which page it is on, Quốc hiệu, the bodies that issue it, stamps of urgency and secrecy.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I mục II and IV: the bodies stand left, Quốc hiệu and date right, stamps below.
A secrecy stamp counts only when it stands alone in the head; the same words inside a sentence are no mark.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from ingest.describing.dating import is_date_line
from ingest.describing.folding import fold, is_upper, letters, near
from ingest.describing.layout import Segment, rows
from ingest.describing.number import is_number_line
from ingest.describing.types import TypeLine, type_line
from ingest.describing.values import from_closed_list, from_segments
from schemas import rules
from schemas.description import Value

_NATION = "conghoaxahoichunghiavietnam"
_MOTTO = "doclaptudohanhphuc"
_HEAD_HEIGHT = 0.55  # of the page; the head of a form with a long subject ends above
_MOST_IN_ZONE = 400  # segments; a table at the top of a page has many
_HEAD_SEGMENTS = 60  # of a page whose words have no boxes
_LEFT = 0.46  # the middle of a segment of the left column lies left of this
_BODY = re.compile(r"(?:kinh gui|can cu|dieu 1\b|chuong i\b|phan i\b|phan thu nhat)")
_RUNNING_HEAD = re.compile(r"^\W{0,3}(?:\d{1,4} )?cong bao ?/")
_SECRET = frozenset({"mật", "mât", "mạt", "mầt", "mẩt", "mẫt"})
_LABEL = re.compile(r"^(?:do mat|muc do mat|dau chi do mat)[:.]? ")
_MARK_WORDS = 8  # specks of the frame included
_LONGEST_MARK = 60
_AND = re.compile(r"(?:,|-|–|\bVÀ|\bCỦA|\bCÁC|\bVỀ)$")


@dataclass(frozen=True, kw_only=True)
class Head:
    """The head's segments and the lines found in it, as far as the page has them."""

    page: int
    segments: tuple[Segment, ...]  # of the head only
    below: tuple[Segment, ...]  # of the rest of the page
    nation: Segment | None
    motto: Segment | None
    number: Segment | None
    date: Segment | None
    title: TypeLine | None

    @property
    def has_boxes(self) -> bool:
        """Say whether columns can be told by place."""
        return bool(self.segments) and all(segment.box is not None for segment in self.segments)

    @property
    def marks(self) -> int:
        """Count the lines that only a head has."""
        return sum(line is not None for line in (self.nation or self.motto, self.number, self.date, self.title))

    def is_left(self, segment: Segment) -> bool:
        """Say whether a segment lies in the left column; without boxes every segment may."""
        return segment.box is None or (segment.centre < _LEFT and segment.right < self.gutter)

    @property
    def gutter(self) -> float:
        """Where the right column begins, a little allowed."""
        return self.nation.x + 0.06 if self.nation and self.nation.box else 0.55


def read_head(found: tuple[Segment, ...]) -> Head:
    """Find the lines of the head among a page's segments."""
    clean = [segment for segment in found if segment.letters and not _RUNNING_HEAD.match(segment.folded)]
    return head_of(*_zone(clean))


def head_of(zone: list[Segment], below: list[Segment]) -> Head:
    """Find the lines of a head among its segments; `below` is what follows on the page."""
    nation = _first(zone, lambda s: near(s.letters[: len(_NATION)], _NATION, wrong=5))
    motto = _first(zone, lambda s: near(s.letters, _MOTTO, wrong=4))
    opening = _before_body(zone)
    number = _first([*opening, *_joined(opening)], is_number_line)
    date = _first([*opening, *_joined(opening)], is_date_line)
    top = nation.y if nation is not None and nation.box else -1.0  # what stands above Quốc hiệu is a gazette's heading
    titled = (type_line(segment) for segment in _before_body(zone, letter=False) if segment.y > top)
    title = next((line for line in titled if line is not None), None)
    return Head(
        page=zone[0].page if zone else 1,
        segments=tuple(zone),
        below=tuple(below),
        nation=nation,
        motto=motto,
        number=number,
        date=date,
        title=title,
    )


def _joined(opening: list[Segment]) -> list[Segment]:
    """Give lines put together again where a gap for handwriting cut them: `ngày      tháng 11 năm 2017`."""
    if any(segment.box is None for segment in opening):
        return []
    sides = ([s for s in opening if s.centre < _LEFT], [s for s in opening if s.centre >= _LEFT])
    return [
        Segment(row[0].page, tuple(token for segment in row for token in segment.tokens))
        for side in sides
        for row in rows(side)
        if len(row) > 1
    ]


def _zone(found: list[Segment]) -> tuple[list[Segment], list[Segment]]:
    if found and all(segment.box is not None for segment in found):
        return [s for s in found if s.y < _HEAD_HEIGHT][:_MOST_IN_ZONE], [s for s in found if s.y >= _HEAD_HEIGHT]
    return found[:_HEAD_SEGMENTS], found[_HEAD_SEGMENTS:]


def _before_body(zone: list[Segment], *, letter: bool = True) -> list[Segment]:
    """Give the segments above the first that opens a body; `letter`: Kính gửi opens it too."""
    opening = [s for s in zone if _BODY.match(s.folded) and (letter or not s.folded.startswith("kinh gui"))]
    if not opening:
        return zone
    if opening[0].box is None:
        return zone[: zone.index(opening[0])]
    top = min(segment.y for segment in opening)
    return [segment for segment in zone if segment.y < top]


def _first(found: Iterable[Segment], wanted: Callable[[Segment], bool]) -> Segment | None:
    return next((segment for segment in found if wanted(segment)), None)


def read_issuers(head: Head, *, born_digital: bool) -> tuple[Value | None, Value | None]:
    """Read (issuer, its superior) from the lines above the number in the left column, in capitals as printed."""
    bodies = _bodies(_issuer_lines(head))
    values = [_body_value(lines, born_digital) for lines in bodies]
    names: list[tuple[str, Value]] = []
    for name, value in values:
        if name and (not names or letters(names[-1][0]) != letters(name)):
            names.append((name, value))
    if not names:
        return None, None
    return names[-1][1], names[-2][1] if len(names) > 1 else None


def _issuer_lines(head: Head) -> list[Segment]:
    limit = head.number or head.date or (head.title.segment if head.title else None)
    if limit is None or (head.nation is None and head.number is None):
        return []
    skipped = (head.nation, head.motto, head.number, head.date)
    above = [s for s in head.segments if _is_above(s, limit) and s not in skipped]
    lines = [trimmed for s in above if (trimmed := _trim(s)) is not None and head.is_left(trimmed)]
    return [s for s in lines if is_upper(s.text) and len(s.letters) > 2 and not mark_of(s, "urgency")]


def _is_above(segment: Segment, limit: Segment) -> bool:
    if segment.box is not None and limit.box is not None:
        return segment.y < limit.y - limit.box[3] / 4
    return segment.tokens[0].start < limit.tokens[0].start


def _trim(segment: Segment) -> Segment | None:
    """Drop specks at both ends: words without a letter, and single letters read without confidence."""
    good = [i for i, token in enumerate(segment.tokens) if _is_word(token.text, token.confidence)]
    return segment.part(good[0], good[-1] + 1) if good else None


def _is_word(text: str, confidence: float) -> bool:
    count = sum(letter.isalpha() for letter in text)
    return count > 1 or (count == 1 and confidence > 0.5)


def _bodies(lines: list[Segment]) -> list[list[Segment]]:
    """Join lines that continue a name: a new name begins with a word such as SỞ, BỘ, ỦY BAN."""
    bodies: list[list[Segment]] = []
    for line in lines:
        goes_on = bool(bodies) and (_AND.search(bodies[-1][-1].text) is not None or _completes(bodies[-1], line))
        if bodies and (goes_on or not _opens_body(line)):
            bodies[-1].append(line)
        else:
            bodies.append([line])
    return bodies


def _completes(lines: list[Segment], line: Segment) -> bool:
    """Say whether a line makes the lines before it the name of a known body: … VÀ MÔI / TRƯỜNG."""
    return "".join(each.letters for each in (*lines, line)) in _known_bodies()


def _opens_body(line: Segment) -> bool:
    return any(line.letters.startswith(opener) for opener in _openers())


@cache
def _openers() -> tuple[str, ...]:
    return tuple(letters(rule.name) for rule in rules.agency_openers())


def _body_value(lines: list[Segment], born_digital: bool) -> tuple[str, Value]:  # noqa: FBT001
    printed = " ".join(line.text.strip(" .,:;'\"`_*|") for line in lines).strip(" -–")
    name = printed if born_digital else known_body(printed)
    if letters(name) in _known_bodies():
        return name, from_closed_list(from_segments(name, lines, certainty=1.0), certainty=0.95)
    return name, from_segments(name, lines, certainty=0.97 if _opens_body(lines[0]) else 0.7)


def known_body(printed: str) -> str:
    """Give a body's name in capitals with its right marks where it is known, else as read."""
    shorter = re.sub(r" \S$", "", printed)  # a speck read as a letter
    return next(
        (_known_bodies()[name] for name in map(letters, (printed, shorter)) if name in _known_bodies()), printed
    )


@cache
def _known_bodies() -> dict[str, str]:
    names = [rule.name for rule in rules.agencies()]
    for province in rules.provinces():
        place = f"{province.kind} {province.name}"
        names += [f"{body} {place}" for body in ("Ủy ban nhân dân", "UBND", "Hội đồng nhân dân")]
        names += [f"{rule.name} {place}" for rule in rules.agencies() if rule.name.startswith("Sở ")]
    return {letters(name): name.upper() for name in names}


def read_mark(head: Head, kind: str) -> Value | None:
    """Read a stamp of urgency or secrecy that stands alone above the body; None when there is none."""
    for segment in _before_stamps(head):
        mark = mark_of(segment, kind)
        if mark:
            return from_segments(mark, [segment], certainty=0.97)
    return None


def _before_stamps(head: Head) -> list[Segment]:
    """Stamps stand beside or above Kính gửi, never below the first line of the body."""
    return _before_body([*head.segments], letter=False)


def mark_of(segment: Segment, kind: str) -> str | None:
    """Say which stamp a segment is, None when it is none or more than a stamp."""
    words = re.sub(r"[\W\d_]+", " ", segment.text[:_LONGEST_MARK]).split() if len(segment.tokens) <= _MARK_WORDS else []
    label = _LABEL.match(segment.folded[:_LONGEST_MARK]) if kind == "secrecy" else None
    if label:
        words = re.sub(r"[\W\d_]+", " ", segment.text[label.end() : _LONGEST_MARK]).upper().split()
    if not words or len(words) > 4 or not is_upper("".join(words), share=1.0):
        return None
    return _secrecy(words) if kind == "secrecy" else _urgency(words, kind)


def _urgency(words: list[str], kind: str) -> str | None:
    read = letters("".join(words))
    for rule in rules.marks(kind):
        name = letters(rule.name)
        if near(read, name, wrong=1 if len(name) > 5 else 0):
            return rule.name
    return None


def _secrecy(words: list[str]) -> str | None:
    """MẬT alone must show its circumflex or dot: MAT may be anything; the two-word stamps are like nothing else."""
    folded = fold(" ".join(words))
    for mark in ("TUYỆT MẬT", "TỐI MẬT"):
        if folded == fold(mark):
            return mark
    return "MẬT" if len(words) == 1 and words[0].lower() in _SECRET else None
