"""Names as people and programs send them become names that can be shown. Pure; no name here is ever a path on our disk.

Sources: APPNOTE.TXT 6.3.10, 4.4.4 (bit 11) and 4.6.9 (Unicode path) for names in a ZIP; Windows code page 1258.
"""

import re
import struct
import unicodedata
import zlib

PIECE_LETTERS = 200  # of one folder or file name as shown
DEPTH = 30  # folders above a file that are told apart
NAMELESS = "tep"
_SUFFIX_LETTERS = 12
_DRIVE = re.compile(r"[A-Za-z]:")
_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075
_VIETNAMESE = frozenset(
    "".join(
        unicodedata.normalize("NFC", vowel + mark)
        for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
        for mark in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    )
    + "đĐ–—‘’“”…"
)


def clean(name: str) -> str:
    """Give a received name with its folders as it is shown: NFC, `/` between folders, nothing that leads upwards."""
    pieces = [_piece(each) for each in _split(name)]
    kept = [each for each in pieces if each]
    if not kept:
        return NAMELESS
    *folders, last = kept
    return "/".join([*folders[:DEPTH], last])


def last_piece(name: str) -> str:
    """Give the file name of a received name, as it was received."""
    return next((each for each in reversed(_split(name)) if each), NAMELESS)


def another(source: str, number: int) -> str:
    """Tell a second file of the same name apart: `a/b.pdf` → `a/b (2).pdf`."""
    folder, slash, name = source.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    return f"{folder}{slash}{stem} ({number}){dot}{suffix}"


def _split(name: str) -> list[str]:
    return [each for each in name.replace("\\", "/").split("/") if each.strip() not in ("", ".", "..")]


def _piece(piece: str) -> str:
    """Clean one folder or file name."""
    text = unicodedata.normalize("NFC", piece.encode("utf-8", "replace").decode("utf-8"))
    text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text).strip()
    if _DRIVE.fullmatch(text):
        return ""
    if len(text) <= PIECE_LETTERS:
        return text
    stem, dot, suffix = text.rpartition(".")
    if not stem or len(suffix) > _SUFFIX_LETTERS:
        return text[:PIECE_LETTERS]
    return f"{stem[: PIECE_LETTERS - len(suffix) - 1]}{dot}{suffix}"


def name_in_zip(raw: bytes, *, flags: int, extra: bytes) -> str:
    """Read the name of a ZIP entry: UTF-8 where it says so or is so, else Windows-1258 where that gives Vietnamese."""
    said = _unicode_path(raw, extra)
    if said is not None:
        return said
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        if flags & _UTF8_FLAG:
            return raw.decode("utf-8", "replace")
    vietnamese = unicodedata.normalize("NFC", raw.decode("cp1258", "replace"))
    foreign = {letter for letter in vietnamese if not letter.isascii()} - _VIETNAMESE
    return raw.decode("cp437") if foreign else vietnamese


def _unicode_path(raw: bytes, extra: bytes) -> str | None:
    """Give the Unicode path of the extra fields, if it belongs to this very name."""
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        content, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == _UNICODE_PATH and len(content) > 5 and content[0] == 1:
            if struct.unpack("<L", content[1:5])[0] == zlib.crc32(raw):
                return content[5:].decode("utf-8", "replace")
            return None
    return None
