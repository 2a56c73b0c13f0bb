"""Bytes of a plain text file to Unicode (NFC), with the encoding that was found and whether it is sure.

Known: UTF-8, UTF-16 and UTF-32 with or without their mark, windows-1258 (Vietnamese Windows), else windows-1252.
The Vietnamese font encodings TCVN3 and VNI are not recognised here: they look like windows-1252 and are not sure.
Sources: Unicode 15, 23.8 (byte order mark); the code pages of windows-1258 and windows-1252 (WHATWG Encoding).
"""

import codecs
import re
import unicodedata
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 4_096
_ZERO_SHARE = 0.2  # zeros in UTF-16 of Latin letters: up to half of all bytes, fewer where many are Vietnamese
_STRAY_SHARE = 0.02
_TONES_SHARE = 0.9
_TONE_ON_VOWEL = re.compile("[aăâeêioôơuưy][\u0300\u0301\u0303\u0309\u0323]", re.IGNORECASE)
_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The text (NFC, lines ended by LF) and how it was read. `certain` is false where another reading is possible."""

    text: str
    encoding: str
    certain: bool


def decode(content: bytes) -> Decoded:
    """Read the bytes of a plain text file. Never fails: what no encoding explains is read as windows-1252."""
    for mark, encoding in _MARKS:
        if content.startswith(mark) and (text := _try(content, encoding)) is not None:
            return _decoded(text, encoding=encoding.removesuffix("-sig"), certain=True)
    wide = _wide(content[:_SAMPLE_BYTES])
    for encoding in (wide,) if wide else ("utf-8",):
        if (text := _try(content, encoding)) is not None:
            return _decoded(text, encoding=encoding, certain=True)
    vietnamese = _try(content, "cp1258")
    if vietnamese is not None and _is_vietnamese(vietnamese):
        return _decoded(vietnamese, encoding="windows-1258", certain=False)
    western = "".join(_western(byte) for byte in content)
    return _decoded(western, encoding="windows-1252", certain=False)


def _wide(sample: bytes) -> str | None:
    """Recognise UTF-16 without its mark: every second byte of Latin text is zero, of one parity."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) <= len(sample) * _ZERO_SHARE or min(even, odd) > len(sample) * _STRAY_SHARE:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_vietnamese(text: str) -> bool:
    """Say whether nearly every tone mark stands on a vowel, as they do in no other language's bytes."""
    tones = len(_TONE.findall(text))
    return tones > 0 and len(_TONE_ON_VOWEL.findall(text)) >= _TONES_SHARE * tones


def _western(byte: int) -> str:
    try:
        return bytes((byte,)).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)  # the five bytes that windows-1252 leaves open are C1 controls


def _try(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _decoded(text: str, *, encoding: str, certain: bool) -> Decoded:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return Decoded(text=unicodedata.normalize("NFC", lines), encoding=encoding, certain=certain)
