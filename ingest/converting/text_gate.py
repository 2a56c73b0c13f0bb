"""The text gate: a copy must carry, page by page, every letter of what it was made from, and no others.

Compared are the visible characters of each page (NFC; blanks and controls aside), however they are ordered. A copy
may have more only where the added letters stand in an annotation's appearance (a visible signature), which converters
draw into the page. It does not judge validity: veraPDF passes copies that have lost letters.
Source: measured in this project's notes on converters; Unicode 15, normalisation form C.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from schemas.errors import SubmissionError
from schemas.findings import meaning
from schemas.words import word

_SHOWN = 10
_SEPARATED = {0x02: "-", 0xFFFE: "-"}  # what pdfium puts for a hyphen at the end of a line
_UNSEEN = ("Cc", "Cf", "Cn", "Zs", "Zl", "Zp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Whether a copy keeps the text. `lost` and `added` count characters; the reason names code points, not text."""

    passed: bool
    lost: int = 0
    added: int = 0
    allowed: int = 0  # letters added from appearances of annotations
    reason: str | None = None


def gate(before: Path, after: Path, *, signed: bool = False) -> Gate:
    """Compare the texts of two PDFs. Appearances are only looked at when the copy has letters more.

    `signed` changes nothing that is allowed; it says that such letters are expected. Raises SubmissionError P020,
    P021 when either cannot be opened.
    """
    old, new = page_texts(before), page_texts(after)
    first = compare(old, new)
    if first.passed or (first.lost and not signed) or not first.added:
        return first
    return compare(old, new, allowed_added=appearance_texts(before))


def compare(before: Sequence[str], after: Sequence[str], *, allowed_added: Sequence[str] = ()) -> Gate:
    """Compare texts page by page; `allowed_added` are letters that may come to each page."""
    if len(before) != len(after):
        return Gate(passed=False, reason=word("gate-pages", before=len(before), after=len(after)))
    faults, lost, added, allowed = [], 0, 0, 0
    extra = [*allowed_added, *[""] * (len(before) - len(allowed_added))]
    for number, (old, new, more) in enumerate(zip(before, after, extra, strict=True), start=1):
        gone, drawn = letters(old) - letters(new), letters(more)
        come = _said(letters(new) - letters(old))
        lost, added = lost + gone.total(), added + (come - drawn).total()
        allowed += (come & drawn).total()
        if gone or come - drawn:
            faults.append(_fault(number, gone, come - drawn))
    reason = "; ".join(faults[:_SHOWN]) or None
    return Gate(passed=not faults, lost=lost, added=added, allowed=allowed, reason=reason)


def letters(text: str) -> Counter[str]:
    """Count the visible characters of a text (NFC)."""
    whole = unicodedata.normalize("NFC", text.translate(_SEPARATED))
    return Counter(letter for letter in whole if unicodedata.category(letter) not in _UNSEEN)


def page_texts(path: Path) -> tuple[str, ...]:
    """Give the text of each page as pdfium reads it. Raises SubmissionError P020 locked, P021 damaged."""
    return tuple(_texts(path, flattened=False))


def appearance_texts(path: Path) -> tuple[str, ...]:
    """Give the letters that the annotations of each page show: those that flattening adds."""
    plain, flat = _texts(path, flattened=False), _texts(path, flattened=True)
    return tuple("".join((letters(new) - letters(old)).elements()) for old, new in zip(plain, flat, strict=True))


def _texts(path: Path, *, flattened: bool) -> Iterator[str]:
    try:
        with closing(pypdfium2.PdfDocument(path)) as pdf:
            for index in range(len(pdf)):
                with closing(pdf[index]) as page:
                    if flattened:
                        pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
                    yield _text(pdf, index, page=None if flattened else page)
    except pypdfium2.PdfiumError as error:
        code = "P020" if error.err_code == pdfium.FPDF_ERR_PASSWORD else "P021"
        raise SubmissionError(code, meaning(code)) from error


def _text(pdf: pypdfium2.PdfDocument, index: int, *, page: pypdfium2.PdfPage | None) -> str:
    """Read a page's text; a flattened page has to be loaded anew to show what came to it."""
    if page is None:
        with closing(pdf[index]) as loaded:
            return _text(pdf, index, page=loaded)
    with closing(page.get_textpage()) as text:
        return str(text.get_text_range())


def _said(come: Counter[str]) -> Counter[str]:
    """Leave out private characters: a bullet of a symbol font that had no Unicode says nothing new with one."""
    return Counter({letter: n for letter, n in come.items() if unicodedata.category(letter) != "Co"})


def _fault(number: int, gone: Counter[str], come: Counter[str]) -> str:
    kinds = (("gate-lost", gone), ("gate-added", come))
    said = [word(key, count=count.total(), letters=_named(count)) for key, count in kinds if count]
    return word("gate-page", page=number, said=", ".join(said))


def _named(count: Counter[str]) -> str:
    names = [f"U+{ord(letter):04X}" for letter, _ in count.most_common(_SHOWN)]
    return " ".join(names) + (" …" if len(count) > _SHOWN else "")
