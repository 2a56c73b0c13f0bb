"""What the sample letters say: official letters of our own wording, composed at random but repeatably.

Every agency, place and person here is invented. This module knows nothing of paper: `ingest.samples.typeset` lays the letters
out and `ingest.samples.scanner` wears them. Source of the form: NĐ 30/2020/NĐ-CP, Điều 8 and Phụ lục I.
"""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from random import Random

OFFICIAL_LETTER = "Công văn"
"""The one type of document that does not print its name (NĐ 30/2020, Phụ lục I, II.5)."""

DECISION = "Quyết định"
FIRST_DAY, DAYS = date(2009, 1, 5), 5600
DUTY = (
    "Chánh Văn phòng, trưởng các phòng chuyên môn và các tổ chức, cá nhân có liên quan "
    "chịu trách nhiệm thi hành Quyết định này./."
)
TYPE_SYMBOLS = {DECISION: "QĐ", "Báo cáo": "BC", "Kế hoạch": "KH", "Thông báo": "TB", "Tờ trình": "TTr"}
MARCH = 3
OPENINGS = {"Báo cáo": "Kết quả {}", "Kế hoạch": "Thực hiện {}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One official letter, as its words stand on the paper."""

    number: str
    type: str
    date: date
    place: str
    issuer_superior: str
    issuer: str
    subject: str
    addressees: tuple[str, ...]
    legal_basis: tuple[str, ...]
    paragraphs: tuple[str, ...]
    recipients: tuple[str, ...]
    signing_authority: str
    signer_title: str
    signer: str

    @property
    def long_date(self) -> str:
        """Give place and date in the prescribed form: days under 10, January and February with a leading 0."""
        day, month, year = _short_date(self.date).split("/")
        return f"{self.place}, ngày {day} tháng {month} năm {year}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An invented agency: how it heads its letters, and how it signs."""

    superior: str
    name: str
    symbol: str
    unit: str
    title: str
    place: str


PLACES = ("An Sơn", "Bình Lạc", "Thanh Giang", "Phú Lâm Đông", "Hòa Trạch", "Đông Khê")
DISTRICTS = ("Tân Hội", "Mỹ Trung", "Xuân Lộc Hạ", "Yên Thượng", "Vĩnh Hậu", "Cẩm Bình Tây", "Đức Lương")
DEPARTMENTS = (
    ("Sở Nội vụ", "SNV", "CCHC"),
    ("Sở Y tế", "SYT", "NVY"),
    ("Sở Giáo dục và Đào tạo", "SGDĐT", "VP"),
    ("Sở Tài chính", "STC", "QLNS"),
    ("Sở Xây dựng", "SXD", "QLHT"),
    ("Sở Nông nghiệp và Môi trường", "SNNMT", "ĐĐ"),
)
SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương", "Lý")
MIDDLE_NAMES = ("Văn", "Thị", "Hữu", "Đức", "Quốc", "Ngọc", "Minh", "Thanh", "Xuân", "Kim")
GIVEN_NAMES = ("Thảo", "Bình", "Cường", "Dũng", "Giang", "Hạnh", "Khuê", "Lượng", "Mẫn", "Phượng", "Quý", "Tuyết", "Vỹ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A matter that letters are written about, with its sentences."""

    subject: str
    clauses: tuple[str, ...]
    sentences: tuple[str, ...]


def read_topics() -> tuple[Topic, ...]:
    """Read the sentences; they are data, one a row, so that a translator can correct them."""
    subjects: dict[str, list[tuple[str, str]]] = {}
    text = files("ingest.samples").joinpath("letters.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        subjects.setdefault(row["subject"], []).append((row["kind"], row["text"]))
    return tuple(
        Topic(
            subject=subject,
            clauses=tuple(text for kind, text in rows if kind == "basis"),
            sentences=tuple(text for kind, text in rows if kind == "sentence"),
        )
        for subject, rows in subjects.items()
    )


def compose(seed: int, index: int, *, type_name: str | None = None, paragraph_count: int = 6) -> Letter:
    """Compose letter `index` of `seed`; the same two always give the same letter."""
    random = Random(f"{seed}/{index}")  # noqa: S311 (repeatable on purpose)
    chosen = type_name or random.choice((OFFICIAL_LETTER, *TYPE_SYMBOLS))
    office = _office(random)
    topic = random.choice(read_topics())
    written = FIRST_DAY + timedelta(days=random.randrange(DAYS))
    deputy = random.choice((True, False))
    return Letter(
        number=_number(random, office, chosen),
        type=chosen,
        date=written,
        place=office.place,
        issuer_superior=office.superior,
        issuer=office.name,
        subject=_subject(topic, chosen),
        addressees=_addressees(random, office) if chosen in {OFFICIAL_LETTER, "Tờ trình"} else (),
        legal_basis=tuple(_filled(random, clause, written) for clause in topic.clauses) if chosen == DECISION else (),
        paragraphs=_paragraphs(_sentences(random, topic, written, paragraph_count * 2), chosen),
        recipients=_recipients(random, office, chosen, paragraph_count),
        signing_authority=f"KT. {office.title}" if deputy else "",
        signer_title=f"PHÓ {office.title}" if deputy else office.title,
        signer=" ".join(map(random.choice, (SURNAMES, MIDDLE_NAMES, GIVEN_NAMES))),
    )


def _office(random: Random) -> Office:
    place = random.choice(PLACES)
    if random.random() < 0.25:
        return Office(
            superior=f"SỞ NỘI VỤ TỈNH {place.upper()}",
            name="CHI CỤC VĂN THƯ - LƯU TRỮ",
            symbol="CCVTLT",
            unit="NV",
            title="CHI CỤC TRƯỞNG",
            place=place,
        )
    name, symbol, unit = random.choice(DEPARTMENTS)
    return Office(
        superior=f"ỦY BAN NHÂN DÂN TỈNH {place.upper()}",
        name=name.upper(),
        symbol=symbol,
        unit=unit,
        title="GIÁM ĐỐC",
        place=place,
    )


def _number(random: Random, office: Office, type_name: str) -> str:
    number = f"{random.randint(1, 2400):02}"
    if type_name == OFFICIAL_LETTER:
        return f"{number}/{office.symbol}-{office.unit}"
    return f"{number}/{TYPE_SYMBOLS[type_name]}-{office.symbol}"


def _subject(topic: Topic, type_name: str) -> str:
    if type_name == OFFICIAL_LETTER:
        return topic.subject
    opening = OPENINGS.get(type_name, "Về việc {}")
    return opening.format(topic.subject)


def _addressees(random: Random, office: Office) -> tuple[str, ...]:
    return random.choice((
        (f"Ủy ban nhân dân tỉnh {office.place}",),
        (f"Ủy ban nhân dân huyện {random.choice(DISTRICTS)}",),
        ("Các sở, ban, ngành cấp tỉnh", "Ủy ban nhân dân các huyện, thị xã, thành phố"),
    ))  # fmt: skip


def _recipients(random: Random, office: Office, type_name: str, paragraph_count: int) -> tuple[str, ...]:
    first = {
        OFFICIAL_LETTER: "Như trên",
        "Tờ trình": "Như trên",
        DECISION: f"Như Điều {paragraph_count + 1}",
    }.get(type_name, f"UBND tỉnh {office.place} (báo cáo)")
    return (first, "Lãnh đạo cơ quan", f"Lưu: VT, {office.unit} ({random.randint(3, 12):02} bản)")


def _sentences(random: Random, topic: Topic, written: date, count: int) -> list[str]:
    """Take the topic's own sentences first, then general ones, then both again with other figures."""
    general = next(each for each in read_topics() if not each.clauses)
    pool = random.sample(topic.sentences, len(topic.sentences)) + random.sample(general.sentences, 6)
    return [_filled(random, pool[position % len(pool)], written) for position in range(count)]


def _paragraphs(sentences: list[str], type_name: str) -> tuple[str, ...]:
    pairs = [" ".join(sentences[start : start + 2]) for start in range(0, len(sentences), 2)]
    if type_name == DECISION:
        articles = [f"Điều {number}. {pair}" for number, pair in enumerate(pairs, 1)]
        return (*articles, f"Điều {len(pairs) + 1}. {DUTY}")
    return (*pairs[:-1], pairs[-1].removesuffix(".") + "./.")


def _filled(random: Random, sentence: str, written: date) -> str:
    past = written - timedelta(days=random.randrange(3, 300))
    due = written + timedelta(days=random.randrange(10, 120))
    values = {
        "n": random.randint(12, 980),
        "m": random.randint(2, 45),
        "percent": f"{random.randint(60, 98)},{random.randint(1, 9)}%",
        "day": _short_date(past),
        "due": _short_date(due),
        "year": past.year,
        "district": random.choice(DISTRICTS),
        "money": f"{random.randint(12, 990)}.{random.randint(100, 999)}.000 đồng",
    }
    return sentence.format(**values)


def _short_date(day: date) -> str:
    month = f"{day.month:02}" if day.month < MARCH else str(day.month)
    return f"{day.day:02}/{month}/{day.year}"
