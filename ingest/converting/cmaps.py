"""ToUnicode maps: read leniently from what converters wrote, written strictly, one entry a code.

Ghostscript joins ranges over the border of a byte and writes sequences of letters as ranges; veraPDF refuses both.
Pure. Sources: ISO 32000-1:2008, 9.7.5 and 9.10.3; Adobe Technical Note 5411 (ToUnicode mapping file tutorial).
"""

import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice

_BLOCK = 100  # most entries of one bfchar block
_CODES = 0x10000
_SURROGATES = 0xD800
_SECTION = re.compile(rb"begin(bfchar|bfrange)(.*?)end(?:bfchar|bfrange)", re.DOTALL)
_TOKEN = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")
_CODESPACE = re.compile(rb"begincodespacerange\s*<([0-9A-Fa-f]+)>")
_FORBIDDEN = frozenset("\0\ufeff\ufffe")  # ISO 19005-2:2011, 6.2.11.7.2

_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<{first}> <{last}>
endcodespacerange
{blocks}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def write(characters: Mapping[int, str], *, code_bytes: int) -> bytes:
    """Give a ToUnicode CMap from codes of that many bytes to characters."""
    digits = 2 * code_bytes
    entries = (f"<{code:0{digits}X}> <{_utf16(text)}>" for code, text in sorted(characters.items()))
    blocks = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in _blocks(entries))
    return _CMAP.format(first="0" * digits, last="F" * digits, blocks=blocks).encode("ascii")


def read(cmap: bytes) -> dict[int, str]:
    """Give what a ToUnicode CMap says, in NFC; what it may not say (U+0000, U+FEFF, U+FFFE) and nonsense left out."""
    found: dict[int, str] = {}
    for kind, body in _SECTION.findall(cmap):
        rows = _rows(body, size=2 if kind == b"bfchar" else 3)
        for row in rows:
            found.update(_entries(row))
    return {code: text for code, text in found.items() if text and not _FORBIDDEN & set(text)}


def code_bytes(cmap: bytes) -> int | None:
    """Give the length of the codes of a CMap by its first code space; None when it names none."""
    first = _CODESPACE.search(cmap)
    return None if first is None else (len(first[1]) + 1) // 2


def _rows(body: bytes, *, size: int) -> Iterator[list[bytes | list[bytes]]]:
    """Give the entries of a section: its codes and, last, the target or the list of targets."""
    row: list[bytes | list[bytes]] = []
    listed: list[bytes] | None = None
    for token in _TOKEN.finditer(body):
        if token[2]:
            listed = []
            continue
        if token[3]:
            row.append(listed or [])
            listed = None
        elif listed is not None:
            listed.append(token[1])
        else:
            row.append(token[1])
        if len(row) == size:
            yield row
            row = []


def _entries(row: list[bytes | list[bytes]]) -> dict[int, str]:
    *codes, target = row
    numbers = [int(b"".join(code.split()), 16) for code in codes if isinstance(code, bytes) and code.strip()]
    if len(numbers) != len(codes) or not 0 <= numbers[0] <= numbers[-1] < _CODES:
        return {}
    span = range(numbers[0], numbers[-1] + 1)
    if isinstance(target, list):
        return {code: _text(entry) for code, entry in zip(span, target, strict=False)}
    text = _text(target)
    if len(text) != 1:
        return {numbers[0]: text}
    room = range(ord(text), min(ord(text) + len(span), _SURROGATES if ord(text) < _SURROGATES else sys.maxunicode + 1))
    return {code: chr(number) for code, number in zip(span, room, strict=False)}


def _text(target: bytes) -> str:
    digits = b"".join(target.split()).decode("ascii")
    try:
        return unicodedata.normalize("NFC", bytes.fromhex(digits).decode("utf-16-be"))
    except ValueError:  # odd digits, half a surrogate pair
        return ""


def _blocks(entries: Iterator[str]) -> Iterator[list[str]]:
    while block := list(islice(entries, _BLOCK)):
        yield block


def _utf16(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()
