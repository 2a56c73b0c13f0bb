"""Plain values with defaults for the tests: a package, a page of text with a box for each word."""

import hashlib
import uuid

from schemas.description import Description, Value
from schemas.identifiers import AccessionKey, RecordId, Sha256, Sha512
from schemas.packages import Format, Kind, Original, Package, PageFacts, Part, Role
from schemas.texts import PageText, Word

FONDS = RecordId("00000000-0000-4000-8000-0000000000f0")
FILE = RecordId("00000000-0000-4000-8000-0000000000f1")
LINE_LETTERS = 60  # letters of one line of a made page
_LINE_HEIGHT = 0.02


def a_record_id(number: int) -> RecordId:
    return RecordId(str(uuid.UUID(int=(4 << 76) | (2 << 62) | number)))


def a_package(which: int = 1, /, *, source: str = "tep.pdf", pages: int = 1, **fields: str) -> Package:
    """Make the package of one record; `fields` are described values such as subject, number, type, date, issuer."""
    name = source.rpartition("/")[2]
    content = f"{which} {source}".encode()
    original = Original(
        path="original/0001.pdf",
        name=name,
        name_raw="",
        sha256=Sha256(hashlib.sha256(content).hexdigest()),
        sha512=Sha512(hashlib.sha512(content).hexdigest()),
        size_bytes=len(content),
        format=Format(puid="fmt/95", name="PDF/A", version="2u", mime="application/pdf"),
    )
    return Package(
        record=a_record_id(which),
        accession_key=AccessionKey(hashlib.sha256(content).hexdigest()),
        fonds=FONDS,
        file=FILE,
        received_at="2026-11-22T08:00:00+00:00",
        sources=(source,),
        kind=Kind.SCAN,
        state="archived",
        originals=(original,),
        parts=(Part(part="0001", role=Role.BODY, originals=(original.path,), first_page=1, pages=pages),),
        pages=tuple(PageFacts(page=n, kind="scan", width_points=595, height_points=842) for n in range(1, pages + 1)),
        text_run="run-1",
        description=Description(fields={key: Value(value=text, page=1) for key, text in fields.items()}),
    )


def a_page_text(text: str) -> PageText:
    """Lay a text out on a page, line by line, with a box for each word, as OCR would."""
    words: list[Word] = []
    at, column, line = 0, 0, 0
    for piece in text.split(" "):
        if piece.strip():
            if column + len(piece) > LINE_LETTERS:
                column, line = 0, line + 1
            letter = 0.8 / LINE_LETTERS
            box = (0.1 + column * letter, 0.1 + line * _LINE_HEIGHT, len(piece) * letter, _LINE_HEIGHT * 0.7)
            words.append(Word(at, at + len(piece), box, 0.95))
            column += len(piece) + 1
        at += len(piece) + 1
    return PageText(text, tuple(words))
