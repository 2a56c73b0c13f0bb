"""Describe a document from its words: the values that the NĐ 30/2020 layout prints, each with place and confidence.

Pure: text and word boxes in, a `Description` out; no file, no clock. It reads what is printed; what only follows from
the form is marked `inferred`, what is handwritten is marked so, and what is not there is left out.
Sources: NĐ 30/2020/NĐ-CP, Phụ lục I and III; TT 01/2011/TT-BNV for older documents; lists in `schemas/rules`.
"""

from collections.abc import Iterator

from ingest.describing.citations import read_citations
from ingest.describing.consolidated import find_consolidation
from ingest.describing.dating import read_date, read_place
from ingest.describing.header import Head, read_head, read_issuers, read_mark
from ingest.describing.layout import Segment, segments
from ingest.describing.number import Heading, issuer_of_symbol, read_number
from ingest.describing.recipients import read_addressees, read_legal_basis, read_recipients
from ingest.describing.signer import read_signature
from ingest.describing.stamp import read_incoming_stamp
from ingest.describing.subject import is_about, read_subject
from ingest.describing.types import read_type
from ingest.describing.values import inferred
from schemas.description import FIELDS, Description, Value
from schemas.texts import PageText

_HEAD_PAGES = 3  # a cover sheet or a blank page may lie before the head
_BODY_PAGES = 400  # where signature and recipients are looked for
_CITING_PAGES = 2_000


def describe(pages: tuple[PageText, ...], *, born_digital: bool) -> Description:
    """Read the fields and the citations of one document. `born_digital`: its letters are text, not read by OCR."""
    cut = tuple(segments(page, number) for number, page in enumerate(pages[:_BODY_PAGES], start=1))
    head = _head(cut)
    found: dict[str, Value | None] = {}
    if head is not None:
        found = _head_fields(head, born_digital=born_digital)
        found |= _body_fields(head, cut[head.page - 1 :])
        found |= _consolidated_fields(cut, born_digital=born_digital)
        found["secrecy"] = next((mark for mark in map(_secrecy, _heads_of_all(cut, head)) if mark), None)
    number = found.get("number")
    own = number.value if number is not None and isinstance(number.value, str) else None
    return Description(
        fields={name: value for name in FIELDS if (value := found.get(name)) is not None},
        citations=read_citations(pages[:_CITING_PAGES], own=own),
    )


def _head(cut: tuple[tuple[Segment, ...], ...]) -> Head | None:
    """Choose the page with the head: the first of the opening pages on which most of a head is found."""
    heads = [read_head(page) for page in cut[:_HEAD_PAGES] if page]
    return max(heads, key=lambda head: (min(head.marks, 2), -head.page), default=None)


def _head_fields(head: Head, *, born_digital: bool) -> dict[str, Value | None]:
    heading = read_number(head.number, born_digital=born_digital) if head.number else None
    symbol = heading.symbol if heading else ""
    addressees = read_addressees(head)
    issuer, superior = read_issuers(head, born_digital=born_digital)
    is_letter = addressees is not None and (bool(symbol) or any(map(is_about, head.segments)))
    return {
        "number": heading.value if heading else None,
        "type": read_type(head.title, symbol=symbol, is_letter=is_letter, page=head.page),
        "date": read_date(head.date, born_digital=born_digital) if head.date else None,
        "place": read_place(head.date, born_digital=born_digital) if head.date else None,
        "issuer": issuer or _issuer_by_symbol(heading),
        "issuer_superior": superior,
        "subject": read_subject(head),
        "addressees": addressees,
        "urgency": read_mark(head, "urgency"),
    }


def _secrecy(head: Head) -> Value | None:
    return read_mark(head, "secrecy")


def _heads_of_all(cut: tuple[tuple[Segment, ...], ...], head: Head) -> Iterator[Head]:
    """Give every page that opens a document: a secrecy stamp may stand on an annexed one."""
    yield head
    for page in cut:
        if page and page[0].page != head.page:
            other = read_head(page)
            if page[0].page == 1 or other.nation is not None:
                yield other


def _consolidated_fields(cut: tuple[tuple[Segment, ...], ...], *, born_digital: bool) -> dict[str, Value | None]:
    found = find_consolidation(cut)
    if found is None:
        return {}
    kind, tail = found
    fields = {"type": kind, "issuer": read_issuers(tail, born_digital=born_digital)[0]}
    if tail.number is not None:
        fields["number"] = read_number(tail.number, born_digital=born_digital).value
    if tail.date is not None:
        fields["date"] = read_date(tail.date, born_digital=born_digital)
        fields["place"] = read_place(tail.date, born_digital=born_digital)
    return {name: value for name, value in fields.items() if value is not None}


def _issuer_by_symbol(heading: Heading | None) -> Value | None:
    name = issuer_of_symbol(heading.symbol) if heading and heading.symbol else None
    return inferred(name, page=heading.segment.page, certainty=0.75, raw=heading.symbol) if name and heading else None


def _body_fields(head: Head, cut: tuple[tuple[Segment, ...], ...]) -> dict[str, Value | None]:
    signature = read_signature(cut)
    return {
        "signer": signature.signer,
        "signer_title": signature.title,
        "signing_authority": signature.authority,
        "recipients": read_recipients(cut),
        "legal_basis": read_legal_basis(cut[:_HEAD_PAGES]),
        "incoming_stamp": read_incoming_stamp(cut[:1], own=head.number),
    }
