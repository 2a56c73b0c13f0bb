"""What a PDF is: scan, born-digital, mixed, form or locked; and whether it is safe to open further.

Reads with pikepdf (structure) and pypdfium2 (text). Loops, bombs and gigapixel pages are found by what the file
declares and by counting unpacked bytes up to a limit (`ingest.identifying.bombs`), before anything is rendered. ISO 32000-1:2008.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2

from ingest.identifying import bombs
from schemas.findings import Finding
from schemas.packages import Kind
from schemas.words import word

# what pikepdf and pypdfium2 raise on broken structures; each is the file's fault, not ours
_BROKEN = (
    pikepdf.PdfError,
    pypdfium2.PdfiumError,
    RecursionError,
    ValueError,
    OSError,
    RuntimeError,
    TypeError,
    KeyError,
    AttributeError,
)
_FEW_LETTERS = 25  # a page with fewer visible letters than this and a large image is a scan
_LARGE_SHARE = 0.4  # of the page area, for an image to be "the page"
_FIELDS_LIMIT = 10_000
_STREAM_SHARE = 4  # one stream may unpack to this part of what a whole file may
_POINTS_LIMIT = 14_400 * 8  # page sides beyond this (with UserUnit) are taken for an attack


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfFacts:
    """What was found in one PDF."""

    kind: Kind
    pages: int = 0
    page_kinds: tuple[str, ...] = ()
    readable: bool = True
    owner_locked: bool = False
    findings: tuple[Finding, ...] = ()


def look_into_pdf(path: Path, *, limits_pages: int, limits_pixels: int, limits_bytes: int) -> PdfFacts:
    """Look into one PDF; every fault is a finding, never an exception."""
    if bombs.structure_is_bomb(path, limit=limits_bytes // _STREAM_SHARE):
        return PdfFacts(
            kind=Kind.UNKNOWN, readable=False, findings=(Finding(code="P026", detail=word("pdf-object-stream")),)
        )
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            return _look(path, pdf, limits=(limits_pages, limits_pixels, limits_bytes))
    except pikepdf.PasswordError:
        return PdfFacts(kind=Kind.ENCRYPTED, readable=False, findings=(Finding(code="P020"),))
    except MemoryError:
        return PdfFacts(kind=Kind.UNKNOWN, readable=False, findings=(Finding(code="P026", detail=word("pdf-memory")),))
    except _BROKEN as error:
        found = (
            Finding(code="P027") if "loop" in str(error).lower() else Finding(code="P021", detail=word("pdf-broken"))
        )
        return PdfFacts(kind=Kind.UNKNOWN, readable=False, findings=(found,))


def _look(path: Path, pdf: pikepdf.Pdf, *, limits: tuple[int, int, int]) -> PdfFacts:
    pages_limit, pixels_limit, bytes_limit = limits
    count = _count_pages(pdf, limit=pages_limit)
    if count is None:
        return PdfFacts(kind=Kind.UNKNOWN, readable=False, findings=(Finding(code="P027"),))
    findings = [Finding(code="P021", detail=word("pdf-mended"))] if _damaged(pdf) else []
    if count == 0:
        return PdfFacts(kind=Kind.UNKNOWN, readable=False, findings=(Finding(code="P021", detail=word("pdf-no-page")),))
    too_much = _too_much(pdf, pixels_limit=pixels_limit, bytes_limit=bytes_limit)
    if too_much is not None:
        return PdfFacts(kind=Kind.UNKNOWN, pages=count, readable=False, findings=(*findings, too_much))
    form = _form(pdf)
    if form == "xfa":
        return PdfFacts(kind=Kind.FORM, pages=count, readable=False, findings=(*findings, Finding(code="P024")))
    if _carries_more(pdf):
        findings.append(Finding(code="S023"))
    page_kinds = _page_kinds(path, pdf)
    kind = _kind(page_kinds)
    if form == "form":
        kind, findings = Kind.FORM, [*findings, Finding(code="S005")]
    if pdf.is_encrypted:
        kind, findings = Kind.ENCRYPTED, [*findings, Finding(code="S006")]
    return PdfFacts(
        kind=kind,
        pages=count,
        page_kinds=page_kinds,
        owner_locked=bool(pdf.is_encrypted),
        findings=tuple(findings),
    )


def _kind(page_kinds: tuple[str, ...]) -> Kind:
    seen = set(page_kinds) - {"blank"}
    if seen == {"scan"}:
        return Kind.SCAN
    return Kind.MIXED if "scan" in seen else Kind.BORN_DIGITAL


def _count_pages(pdf: pikepdf.Pdf, *, limit: int) -> int | None:
    """Count the leaves of the page tree ourselves, each node once; None for a loop or too many."""
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [pdf.Root.get("/Pages")]
    count = 0
    while waiting:
        node = waiting.pop()
        if not isinstance(node, pikepdf.Dictionary):
            continue
        if node.is_indirect:
            if node.objgen in seen:
                return None
            seen.add(node.objgen)
        kids = node.get("/Kids")
        if isinstance(kids, pikepdf.Array):
            waiting.extend(kids)
        else:
            count += 1
        if count > limit or len(waiting) > 4 * limit:
            return None
    return min(count, len(pdf.pages)) if count else len(pdf.pages)


def _damaged(pdf: pikepdf.Pdf) -> bool:
    return any("damaged" in str(w) or "reconstruct" in str(w) for w in pdf.get_warnings())


def _too_much(pdf: pikepdf.Pdf, *, pixels_limit: int, bytes_limit: int) -> Finding | None:
    """Look for pages, images and streams that declare or unpack to more than a page can need."""
    for number, page in enumerate(pdf.pages, start=1):
        box = [float(x) for x in page.mediabox]
        unit = float(page.obj.get("/UserUnit", 1))
        if max(abs(box[2] - box[0]), abs(box[3] - box[1])) * unit > _POINTS_LIMIT:
            return Finding(code="P025", page=number, detail=word("pdf-page-size"))
    left = bytes_limit
    for thing in pdf.objects:
        if not isinstance(thing, pikepdf.Stream):
            continue
        if bombs.pixels(thing) > pixels_limit:
            return Finding(code="P025", detail=word("pdf-image-size"))
        size_bytes = bombs.unpacked_bytes(thing, limit=bytes_limit // _STREAM_SHARE)
        left -= 0 if thing.get("/Subtype") == "/Image" else size_bytes
        if left <= 0 or size_bytes > bytes_limit // _STREAM_SHARE:
            return Finding(code="P026")
    return None


def _form(pdf: pikepdf.Pdf) -> str:
    """Give "xfa" for a form that only XFA software can show, "form" for fields to fill in, else ""."""
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return ""
    if "/XFA" in form and bool(pdf.Root.get("/NeedsRendering", False)):
        return "xfa"
    waiting, seen = _listed(form.get("/Fields")), 0
    while waiting and seen < _FIELDS_LIMIT:
        field, seen = waiting.pop(), seen + 1
        if not isinstance(field, pikepdf.Dictionary):
            continue
        if field.get("/FT") in ("/Tx", "/Btn", "/Ch"):
            return "form"
        waiting.extend(_listed(field.get("/Kids")))
    return "form" if "/XFA" in form else ""


def _listed(thing: Any) -> list[Any]:
    """Give the members of an array; anything else in its place has none."""
    return list(thing) if isinstance(thing, pikepdf.Array) else []


def _carries_more(pdf: pikepdf.Pdf) -> bool:
    """Say whether the file carries attachments or scripts, which no copy of ours carries on."""
    names: Any = pdf.Root.get("/Names")
    scripts = (
        "/OpenAction" in pdf.Root
        and isinstance(pdf.Root.OpenAction, pikepdf.Dictionary)
        and "/JS" in pdf.Root.OpenAction
    )
    return bool(len(pdf.attachments)) or (isinstance(names, pikepdf.Dictionary) and "/JavaScript" in names) or scripts


def _page_kinds(path: Path, pdf: pikepdf.Pdf) -> tuple[str, ...]:
    """Tell text pages from scanned ones: letters that can be read, or a large image."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return tuple("scan" if page.images else "text" for page in pdf.pages)
    try:
        return tuple(_page_kind(document, index) for index in range(len(document)))
    finally:
        document.close()


def _page_kind(document: Any, index: int) -> str:
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        return "blank"
    text = page.get_textpage()
    letters = sum(not c.isspace() for c in text.get_text_bounded())
    area = max(page.get_width() * page.get_height(), 1.0)
    large = drawn = False
    for thing in page.get_objects(max_depth=3):
        drawn = True
        if thing.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = thing.get_bounds()
            large = large or (right - left) * (top - bottom) > _LARGE_SHARE * area
    text.close()
    page.close()
    if letters >= _FEW_LETTERS or (letters and not large):
        return "text"
    return "scan" if drawn else "blank"
