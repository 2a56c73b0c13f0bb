"""Step 2: what is it really? Looks into the bytes; the name is only a hint that may be wrong.

Runs inside the sandboxed parsing process. Rewrites nothing, renders nothing. Formats are named by PRONOM (pygfried).
"""

import mmap
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import NamedTemporaryFile

import pygfried
from PIL import Image, UnidentifiedImageError

from ingest.identifying.pdf import PdfFacts, look_into_pdf
from schemas.findings import Finding
from schemas.packages import Format, Kind
from schemas.words import word


class Family(StrEnum):
    """Which way of conversion a file can go."""

    PDF = "pdf"
    IMAGE = "image"
    WRITER = "writer"
    CALC = "calc"
    IMPRESS = "impress"
    HTML = "html"
    TEXT = "text"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """What is too much to open."""

    pages: int
    page_pixels: int
    unpacked_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """What one document is. `readable` is False when no step should open it again."""

    kind: Kind
    family: Family
    formats: tuple[Format, ...]
    pages: int = 0
    page_kinds: tuple[str, ...] = ()  # for PDF: "text" | "scan" | "blank"
    readable: bool = True
    owner_locked: bool = False
    findings: tuple[Finding, ...] = ()


SUFFIXES: dict[str, Family] = {
    ".pdf": Family.PDF,
    **dict.fromkeys((".tif", ".tiff", ".jpg", ".jpeg", ".png", ".jp2", ".j2k", ".jpx", ".jpf"), Family.IMAGE),
    **dict.fromkeys((".doc", ".docx", ".docm", ".dot", ".dotx", ".odt", ".rtf"), Family.WRITER),
    **dict.fromkeys((".xls", ".xlsx", ".xlsm", ".ods"), Family.CALC),
    **dict.fromkeys((".ppt", ".pptx", ".pptm", ".pps", ".ppsx", ".odp"), Family.IMPRESS),
    **dict.fromkeys((".html", ".htm", ".xhtml"), Family.HTML),
    **dict.fromkeys((".txt", ".text", ".csv", ".md", ".log"), Family.TEXT),
}
_OLE_STREAMS = (
    ("WordDocument", Family.WRITER),
    ("Workbook", Family.CALC),
    ("Book", Family.CALC),
    ("PowerPoint Document", Family.IMPRESS),
)
_ENCRYPTED = "EncryptedPackage"
_ZIP_MEMBERS = (("word/", Family.WRITER), ("xl/", Family.CALC), ("ppt/", Family.IMPRESS))
_ODF = {"text": Family.WRITER, "spreadsheet": Family.CALC, "presentation": Family.IMPRESS}
_RATIO_LIMIT = 1000  # a member that unpacks to more than this times its size, and to over 10 MB, is a bomb
_LARGE_MEMBER_BYTES = 10_000_000
_TEXT_PAGE_BYTES = 20_000  # of plain text on one page: more than 58 lines of 80 characters can take
_END_BYTES = 1 << 18
_TAB, _CARRIAGE_RETURN, _SPACE = 9, 13, 32
_KINDS = {Family.TEXT: Kind.TEXT, Family.IMAGE: Kind.SCAN, Family.UNKNOWN: Kind.UNKNOWN}


def identify(paths: tuple[Path, ...], *, limits: ReadLimits) -> Nature:
    """Say what a document of one or more files is. Several files are always images, one page or more each."""
    natures = [_identify(path, limits=limits) for path in paths]
    if len(natures) == 1:
        return natures[0]
    findings = tuple(f for nature in natures for f in nature.findings)
    images = all(nature.family is Family.IMAGE for nature in natures)
    return Nature(
        kind=Kind.SCAN if images else Kind.UNKNOWN,
        family=Family.IMAGE if images else Family.UNKNOWN,
        formats=tuple(f for nature in natures for f in nature.formats),
        pages=sum(nature.pages for nature in natures),
        readable=images and all(nature.readable for nature in natures),
        findings=findings if images else (*findings, Finding(code="P022")),
    )


def unopened(paths: tuple[Path, ...], why: Finding) -> Nature:
    """Give the nature of a document that no program of ours can open."""
    none = Format(puid=None, name="unknown")
    return Nature(
        kind=Kind.UNKNOWN, family=Family.UNKNOWN, formats=(none,) * len(paths), readable=False, findings=(why,)
    )


def _identify(path: Path, *, limits: ReadLimits) -> Nature:
    head = path.read_bytes()[:4096] if path.stat().st_size < (1 << 20) else _head(path)
    format_found = format_of(path)
    family = _family(path, head)
    named = SUFFIXES.get(path.suffix.lower())
    liar = named is not None and family is not named and not (named is Family.HTML and family is Family.TEXT)
    findings = (Finding(code="P022", detail=f"{path.suffix} → {family}"),) if liar else ()
    if family is Family.PDF:
        nature = _of_pdf(
            look_into_pdf(
                path, limits_pages=limits.pages, limits_pixels=limits.page_pixels, limits_bytes=limits.unpacked_bytes
            ),
            format_found,
        )
    elif family is Family.IMAGE:
        nature = _of_image(path, format_found, limits=limits)
    elif family in (Family.WRITER, Family.CALC, Family.IMPRESS):
        nature = _of_office(path, head, family, format_found, limits=limits)
    else:
        fault = _plain_fault(path, family, format_found, limits=limits)
        kind = _KINDS.get(family, Kind.OFFICE)
        nature = Nature(kind=kind, family=family, formats=(format_found,), findings=fault, readable=not fault)
    return _with(nature, findings)


def _plain_fault(path: Path, family: Family, format_found: Format, *, limits: ReadLimits) -> tuple[Finding, ...]:
    """Say why a file without a structure of its own is not opened further: unknown, or too long a text."""
    if family is Family.UNKNOWN:
        return (Finding(code="P023", detail=format_found.name),)
    too_long = path.stat().st_size > limits.pages * _TEXT_PAGE_BYTES
    return (Finding(code="P027", detail=f"{path.stat().st_size} bytes"),) if too_long else ()


def _with(nature: Nature, findings: tuple[Finding, ...]) -> Nature:
    if not findings:
        return nature
    return Nature(
        kind=nature.kind,
        family=nature.family,
        formats=nature.formats,
        pages=nature.pages,
        page_kinds=nature.page_kinds,
        readable=nature.readable,
        owner_locked=nature.owner_locked,
        findings=(*findings, *(f for f in nature.findings if f.code != "P023" or findings[0].code != "P022")),
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


@contextmanager
def _excerpt(path: Path) -> Iterator[Path]:
    """Give a large image's two ends as a file: what tells formats of images apart stands there, and pixels cost time."""
    size = path.stat().st_size
    if size <= 4 * _END_BYTES or _family(path, _head(path)) is not Family.IMAGE:
        yield path
        return
    with path.open("rb") as whole, NamedTemporaryFile(suffix=path.suffix) as ends:
        ends.write(whole.read(_END_BYTES))
        whole.seek(size - _END_BYTES)
        ends.write(whole.read())
        ends.flush()
        yield Path(ends.name)


def format_of(path: Path) -> Format:
    """Name a file's format by PRONOM; unknown to PRONOM gives puid None."""
    try:
        with _excerpt(path) as looked_at:
            match = pygfried.identify(str(looked_at), detailed=True)["files"][0]["matches"][0]
    except (pygfried.GoError, KeyError, IndexError):
        return Format(puid=None, name="unknown")
    if match["id"] == "UNKNOWN":
        return Format(puid=None, name="unknown")
    return Format(
        puid=match["id"],
        name=match["format"],
        version=match.get("version", ""),
        mime=(match.get("mime") or "application/octet-stream").split(",")[0].strip(),
    )


_STARTS: tuple[tuple[bytes, Family], ...] = (
    (b"II*\0", Family.IMAGE),
    (b"MM\0*", Family.IMAGE),
    (b"II+\0", Family.IMAGE),
    (b"MM\0+", Family.IMAGE),
    (b"\xff\xd8\xff", Family.IMAGE),
    (b"\x89PNG\r\n\x1a\n", Family.IMAGE),
    (b"\0\0\0\x0cjP  \r\n\x87\n", Family.IMAGE),
    (b"\xff\x4f\xff\x51", Family.IMAGE),
    (b"{\\rtf", Family.WRITER),
)


def _family(path: Path, head: bytes) -> Family:
    """Decide by content; only plain text and HTML also need the name to say so."""
    if b"%PDF-" in head[:1024]:
        return Family.PDF
    if head.startswith(b"PK\x03\x04"):
        return _zip_family(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_family(path)
    family = next((family for start, family in _STARTS if head.startswith(start)), None)
    return family or _text_family(path, head)


def _text_family(path: Path, head: bytes) -> Family:
    named = SUFFIXES.get(path.suffix.lower())
    if named not in (Family.HTML, Family.TEXT) or not _looks_like_text(head):
        return Family.UNKNOWN
    return Family.HTML if named is Family.HTML and head.lstrip().startswith(b"<") else Family.TEXT


def _zip_family(path: Path) -> Family:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:5000]
            for prefix, family in _ZIP_MEMBERS:
                if any(name.startswith(prefix) for name in names):
                    return family
            kind = archive.read("mimetype")[:100].decode("ascii", "replace") if "mimetype" in names else ""
            return next((f for word, f in _ODF.items() if f"opendocument.{word}" in kind), Family.UNKNOWN)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError):
        return SUFFIXES.get(path.suffix.lower(), Family.UNKNOWN)  # a broken package is judged as what it says it is


def _ole_family(path: Path) -> Family:
    for stream, family in _OLE_STREAMS:
        if _holds(path, stream):
            return family
    named = SUFFIXES.get(path.suffix.lower(), Family.UNKNOWN)
    return (
        named if _holds(path, _ENCRYPTED) and named in (Family.WRITER, Family.CALC, Family.IMPRESS) else Family.UNKNOWN
    )


def _holds(path: Path, stream: str) -> bool:
    """Say whether a compound file names a stream so (MS-CFB, 2.6.1)."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(stream.encode("utf-16-le") + b"\0\0") >= 0


def _looks_like_text(head: bytes) -> bool:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    controls = sum(byte < _TAB or _CARRIAGE_RETURN < byte < _SPACE for byte in head)
    return bool(head) and b"\0" not in head and controls <= len(head) // 100


def _of_pdf(facts: PdfFacts, format_found: Format) -> Nature:
    return Nature(
        kind=facts.kind,
        family=Family.PDF,
        formats=(format_found,),
        pages=facts.pages,
        page_kinds=facts.page_kinds,
        readable=facts.readable,
        owner_locked=facts.owner_locked,
        findings=facts.findings,
    )


def _of_image(path: Path, format_found: Format, *, limits: ReadLimits) -> Nature:
    """Count the pages of an image file and refuse what is too large to decode; pixels are not read yet."""
    findings: list[Finding] = []
    frames = 0
    try:
        Image.MAX_IMAGE_PIXELS = None  # our own limit is checked below, before any pixel is decoded
        with Image.open(path) as image:
            frames = getattr(image, "n_frames", 1) if image.format in ("TIFF", "PNG", "MPO") else 1
            frames = 1 if image.format in ("PNG", "MPO") else frames
            for index in range(min(frames, limits.pages)):
                if frames > 1:
                    image.seek(index)
                if image.width * image.height > limits.page_pixels:
                    findings.append(Finding(code="P025", page=index + 1, detail=f"{image.width} × {image.height}"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        findings.append(Finding(code="P021", detail=word("image-broken")))
    if frames > limits.pages:
        findings.append(Finding(code="P027", detail=str(frames)))
    return Nature(
        kind=Kind.SCAN,
        family=Family.IMAGE,
        formats=(format_found,),
        pages=frames,
        readable=not findings,
        findings=tuple(findings),
    )


def _of_office(path: Path, head: bytes, family: Family, format_found: Format, *, limits: ReadLimits) -> Nature:
    """Check the package around an office document: locked, cut off, or a bomb."""
    code = None
    if head[:2] == b"PK":
        code = _zip_fault(path, limits=limits)
    elif head[:4] == b"\xd0\xcf\x11\xe0" and _holds(path, _ENCRYPTED):
        code = "P020"
    kind = Kind.ENCRYPTED if code == "P020" else Kind.OFFICE
    findings = () if code is None else (Finding(code=code),)
    return Nature(kind=kind, family=family, formats=(format_found,), readable=code is None, findings=findings)


def _zip_fault(path: Path, *, limits: ReadLimits) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(m.file_size for m in members) > limits.unpacked_bytes:
                return "P026"
            if any(
                m.file_size > _LARGE_MEMBER_BYTES and m.file_size > _RATIO_LIMIT * max(m.compress_size, 1)
                for m in members
            ):
                return "P026"
            if any(m.flag_bits & 1 for m in members):
                return "P020"
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return "P021"
    return None
