"""What a PDF would unpack to, counted a block at a time without holding it; and what its coded images really measure.

Looks at the streams alone: at those a parser must unpack before it can say anything (object and cross-reference
streams) in the raw bytes, at all others through the opened file. Only Flate is counted: of the filters of a PDF it
alone turns a little into very much. Sources: ISO 32000-1:2008, 7.4 and 7.5.7; ISO/IEC 14492, 7.4.8 (JBIG2);
ISO/IEC 15444-1, A.5.1 (JPEG 2000); ISO/IEC 10918-1, B.2.2 (JPEG).
"""

import mmap
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

_BLOCK = 1 << 20
_FLATE_RATIO = 1032  # deflate cannot unpack a byte to more
_DICTIONARY_BYTES = 4096  # looked at before the word "stream"
_STREAM = re.compile(rb"stream\r?\n")
_STRUCTURE = re.compile(rb"/(?:ObjStm|XRef)\b")
_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_FLATE = ("/FlateDecode", "/Fl")
_FLATE_NAME = re.compile(rb"/Fl(?:ateDecode)?\b")
_LAYERS = 4  # more filters before one stream are not followed
_HEAD_BYTES = 1 << 20  # in which the code of an image says its size
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_JBIG2_PAGE = 48


def structure_is_bomb(path: Path, *, limit: int) -> bool:
    """Say whether an object stream or cross-reference stream of a PDF unpacks to more than `limit` bytes."""
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(
            count(_blocks(content, at), layers=layers, limit=limit) > limit
            for at, most in _structures(content)
            for layers in range(1, most + 1)
        )


def _structures(content: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Give where the data of each such stream begins, and how many Flate filters are named before it, at most."""
    if all(content.find(word) < 0 for word in (b"ObjStm", b"XRef", b"#")):
        return
    for match in _STREAM.finditer(content):
        before = content[max(match.start() - _DICTIONARY_BYTES, 0) : match.start()]
        said = _NAME_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), before)
        if _STRUCTURE.search(said):
            yield match.end(), min(len(_FLATE_NAME.findall(said)), _LAYERS)


def _blocks(content: mmap.mmap | memoryview, start: int = 0) -> Iterator[bytes]:
    for at in range(start, len(content), _BLOCK):
        yield bytes(content[at : at + _BLOCK])


def count(blocks: Iterator[bytes], *, layers: int, limit: int) -> int:
    """Count what data unpacks to through so many Flate filters, stopping beyond `limit`; faulty data ends early."""
    if not layers:
        return 0
    for _ in range(layers):
        blocks = _inflated(blocks)
    size_bytes = 0
    for block in blocks:
        size_bytes += len(block)
        if size_bytes > limit:
            break
    return size_bytes


def _inflated(blocks: Iterator[bytes]) -> Iterator[bytes]:
    unpacking = zlib.decompressobj()
    try:
        for block in blocks:
            left = block
            while left and not unpacking.eof:
                yield unpacking.decompress(left, _BLOCK)
                left = unpacking.unconsumed_tail
            if unpacking.eof:
                return
    except zlib.error:
        return


def unpacked_bytes(stream: Any, *, limit: int) -> int:
    """Count what a stream unpacks to, stopping beyond `limit`; 0 for one that cannot become large."""
    layers = _layers(stream)
    if not layers:
        return 0
    view = memoryview(stream.get_raw_stream_buffer())
    if layers == 1 and len(view) * _FLATE_RATIO <= _BLOCK:
        return 0
    return count(_blocks(view), layers=layers, limit=limit)


def _layers(stream: Any) -> int:
    """Count the Flate filters that stand before any other."""
    layers = 0
    for name in _filters(stream):
        if name not in _FLATE:
            break
        layers += 1
    return layers


def _filters(stream: Any) -> list[str]:
    said = stream.get("/Filter")
    if isinstance(said, pikepdf.Name):
        return [str(said)]
    return [str(name) for name in said] if isinstance(said, pikepdf.Array) else []


def pixels(stream: Any) -> int:
    """Give the pixels that an image has, by its dictionary or by its code, whichever says more; 0 for no image."""
    said = 0
    if stream.get("/Subtype") == "/Image":
        said = _number(stream, "/Width") * _number(stream, "/Height")
    measure = next((_CODED[name] for name in _filters(stream) if name in _CODED), None)
    return (
        said if measure is None else max(said, measure(bytes(memoryview(stream.get_raw_stream_buffer())[:_HEAD_BYTES])))
    )


def _number(stream: Any, key: str) -> int:
    try:
        return max(int(stream.get(key, 0)), 0)
    except (TypeError, ValueError):
        return 0


def _jbig2(data: bytes) -> int:
    """Read the page information segment, wherever it stands among the first."""
    for match in re.finditer(bytes([_JBIG2_PAGE]), data[:_DICTIONARY_BYTES]):
        at = match.start() - 4
        if at >= 0 and data[at + 5 : at + 7] in (b"\0\1", b"\0\0") and data[at + 7 : at + 11] == b"\0\0\0\x13":
            wide, high = data[at + 11 : at + 15], data[at + 15 : at + 19]
            return int.from_bytes(wide, "big") * (0 if high == b"\xff" * 4 else int.from_bytes(high, "big"))
    return 0


def _jpeg2000(data: bytes) -> int:
    at = data.find(b"\xff\x4f\xff\x51")
    if at < 0:
        return 0
    wide, high, left, top = (int.from_bytes(data[at + n : at + n + 4], "big") for n in (8, 12, 16, 20))
    return max(wide - left, 0) * max(high - top, 0)


def _jpeg(data: bytes) -> int:
    at = data.find(b"\xff\xd8") + 2
    while 2 <= at < len(data) - 9 and data[at] == 0xFF:
        if data[at + 1] in _JPEG_FRAMES:
            return int.from_bytes(data[at + 5 : at + 7], "big") * int.from_bytes(data[at + 7 : at + 9], "big")
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return 0


_CODED = {"/JBIG2Decode": _jbig2, "/JPXDecode": _jpeg2000, "/DCTDecode": _jpeg, "/DCT": _jpeg}
