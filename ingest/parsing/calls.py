"""What the kept parsing process can be asked to do: the steps that open untrusted bytes, with texts kept in files.

Texts and word boxes stay in the exchange folder (`out/text.txt`, `out/words.json`), so that they cross the border
once. Everything here runs inside the sandbox; see `ingest.parsing.parser` and `ingest.parsing.workshop`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pikepdf

from ingest.converting.cell_text import hidden_cells
from ingest.converting.convert_office import finish_office
from ingest.converting.convert_pdf import finish_copy, look, mend
from ingest.converting.convert_text import convert_text
from ingest.converting.pdfa_parts import claim
from ingest.converting.text_gate import Gate, appearance_texts, compare, gate, page_texts
from ingest.deliveries.unpack import unpack
from ingest.describe import describe
from ingest.identify import identify
from ingest.identifying.legacy_letters import looks_legacy
from ingest.pages.drawing import draw
from ingest.pages.images_to_pdf import images_to_pdf
from ingest.pages.pdf_text import PdfText
from ingest.pages.tesseract import Reading, models
from ingest.pages.text_files import TextFiles, described_pages
from ingest.recognise import recognise
from ingest.signatures import find_signatures
from schemas.description import Description
from schemas.findings import Finding
from schemas.packages import PageFacts
from schemas.texts import PageText

_A4 = (595.276, 841.89)
_LOOKED_AT = 20  # pages, whose letters say what those of all are


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What reading a document gave, beside the text files."""

    facts: tuple[PageFacts, ...]
    findings: tuple[Finding, ...] = ()
    method: str = ""  # how the copy was made; empty: no copy
    reason: str | None = None
    program: str = ""
    notes: tuple[str, ...] = ()


def read_scan(source: Path, copy: Path, *, page_kinds: tuple[str, ...], reading: Reading) -> Read:
    """Recognise the pages of a PDF and write its copy with a text layer."""
    done = recognise(source, copy, page_kinds=page_kinds, reading=reading)
    with TextFiles(run={"program": done.program}) as files:
        for page in done.pages:
            files.add(page)
    return Read(
        facts=done.facts,
        findings=done.findings,
        method=done.method,
        reason=done.reason,
        program=done.program,
        notes=done.notes,
    )


def read_text_pdf(source: Path, *, cells: Path | None = None) -> Read:
    """Take the text of a PDF that carries it.

    `cells`: a folder with the cells of the spreadsheet it was made of; those that print hides follow the last page.
    """
    facts = []
    with PdfText(source) as texts, TextFiles(run={"program": "pdfium"}) as files:
        hidden = _hidden(cells, texts)
        for number, size in enumerate(_sizes(source, pages=len(texts)), start=1):
            page = texts.page(number - 1)
            if hidden and number == len(texts):
                page = replace(page, text="\n".join([page.text, *hidden]))
            files.add(page)
            facts.append(_facts(number, page, size))
        legacy = looks_legacy(texts.page(index).text for index in range(min(len(texts), _LOOKED_AT)))
    found = (("S025", bool(hidden)), ("S027", legacy))
    return Read(
        facts=tuple(facts), findings=tuple(Finding(code=code) for code, is_so in found if is_so), program="pdfium"
    )


def _hidden(cells: Path | None, texts: PdfText) -> tuple[str, ...]:
    if cells is None:
        return ()
    sheets = (path.read_text(encoding="utf-8", errors="replace") for path in sorted(cells.glob("*.csv")))
    return hidden_cells(sheets, (texts.page(index).text for index in range(len(texts))))


def _facts(number: int, page: PageText, size: tuple[float, float]) -> PageFacts:
    return PageFacts(
        page=number,
        kind="text" if page.text.strip() else "blank",
        width_points=size[0],
        height_points=size[1],
        characters=sum(not c.isspace() for c in page.text),
    )


def _sizes(source: Path, *, pages: int) -> list[tuple[float, float]]:
    """Give the sizes of pages as shown; of those that pdfium counts and pikepdf does not, A4."""
    sideways = 90  # degrees
    with pikepdf.open(source, suppress_warnings=True) as pdf:
        sizes = []
        for page in pdf.pages:
            left, bottom, right, top = (float(side) for side in page.cropbox)
            turned = int(page.obj.get("/Rotate", 0)) % 180 == sideways
            size = (abs(right - left), abs(top - bottom))
            sizes.append((size[1], size[0]) if turned else size)
    return [*sizes, *[_A4] * pages][:pages]


def gate_pages(before: Path, after: Path, *, page_kinds: tuple[str, ...], signed: bool) -> Gate:
    """Pass the text gate with the pages that carry text; pages read by OCR have letters where there were none."""
    if set(page_kinds) <= {"text", "blank"}:
        return gate(before, after, signed=signed)
    texts = (page_texts(before), page_texts(after), appearance_texts(before))
    old, new, drawn = ([t for t, kind in zip(pages, page_kinds, strict=False) if kind == "text"] for pages in texts)
    return compare(old, new, allowed_added=drawn)


def unlock(source: Path, target: Path) -> None:
    """Write a copy of a PDF that only an owner password locks, without the lock; for reading copies only."""
    with pikepdf.open(source, suppress_warnings=True) as pdf:
        pdf.save(target)


def claim_less(path: Path, flavour: str) -> None:
    """Let a copy claim a lower level of conformance than it was made for."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        claim(pdf, flavour=flavour)
        pdf.save(object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)


def describe_texts(*, born_digital: bool) -> Description:
    """Describe the document whose texts are in the exchange folder."""
    return describe(described_pages(), born_digital=born_digital)


CALLS: tuple[Callable[..., Any], ...] = (
    identify,
    find_signatures,
    images_to_pdf,
    read_scan,
    read_text_pdf,
    unlock,
    describe_texts,
    convert_text,
    look,
    finish_copy,
    mend,
    finish_office,
    gate_pages,
    claim_less,
    models,
    draw,
    unpack,
)
