"""Gives the fonts of a converted PDF back the Unicode that conversion lost or spoiled.

Ghostscript turns simple TrueType fonts without a ToUnicode map into fonts with the same one-byte codes, again without
a map; readers then guess, and “ ” – are lost. What the codes mean still stands in the original's encoding. Maps that
it did write hold ranges that veraPDF misreads; they are written anew, completed from the original's. Glyphs of symbol
fonts (bullets, ticks) that never had a Unicode get a private one, which says no more than "a symbol".
Only values of pikepdf; the text gate proves the result. Sources: ISO 32000-1:2008, 9.6.6, 9.7 and Annex D; Adobe
Glyph List.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf
from fontTools import agl
from pikepdf import Array, Dictionary, Name, Object, Stream

from ingest.converting import cmaps

Meaning = dict[int, str]

_TAG = re.compile(r"[A-Z]{6}\+")
_BASES = {"/WinAnsiEncoding": "cp1252", "/MacRomanEncoding": "mac_roman"}
_LAST_CODE = 255
_SYMBOLS = re.compile(r"dings|symbol|marlett|mtextra", re.IGNORECASE)
_PRIVATE = 0xE000
_PRIVATE_SIZE = 6_400
_LONG = 2


@dataclass(frozen=True, slots=True)
class Repaired:
    """How many fonts got a map they had not, and how many remain without one."""

    fonts: int
    without: int


def repair(original: pikepdf.Pdf, converted: pikepdf.Pdf) -> Repaired:
    """Give every font of `converted` a whole ToUnicode map, as far as the original's font of its name tells one."""
    known = _known(original)
    repaired = without = 0
    for font in list(fonts(converted)):
        _drop_set(font)
        size = _code_bytes(font)
        if size is None:
            continue
        had = unicode_map(font)
        meaning = {**had, **(known.get((base_name(font), size)) or {})} or _symbols(font)
        if meaning:
            font["/ToUnicode"] = Stream(converted, cmaps.write(meaning, code_bytes=size))
        repaired += bool(meaning and not had)
        without += not meaning
    return Repaired(repaired, without)


def fonts(pdf: pikepdf.Pdf) -> Iterator[Object]:
    """Give every font dictionary, also those that stand directly in the resources of pages and forms."""
    for thing in pdf.objects:
        if not isinstance(thing, (Dictionary, Stream)):
            continue
        if thing.get("/Type") == Name.Font:
            yield thing
        resources = thing.get("/Resources", thing)
        named = resources.get("/Font") if isinstance(resources, Dictionary) else None
        if isinstance(named, Dictionary):
            for font in named.values():
                if isinstance(font, Dictionary) and not font.is_indirect:
                    yield font


def base_name(font: Object) -> str:
    """Give the name of a font without the tag of its subset and without blanks, which converters drop."""
    return _TAG.sub("", str(font.get("/BaseFont", "/"))[1:], count=1).replace(" ", "")


def encoding(font: Object) -> Meaning:
    """Give what the codes of a simple font mean, as far as its encoding says so."""
    said = font.get("/Encoding")
    if isinstance(said, Name):
        return _base(str(said))
    if isinstance(said, Dictionary):
        return {**_base(str(said.get("/BaseEncoding", ""))), **_differences(said.get("/Differences"))}
    return {}


def _known(pdf: pikepdf.Pdf) -> dict[tuple[str, int], Meaning | None]:
    """Give the meanings of the original's fonts by name and length of code; None where two contradict each other."""
    known: dict[tuple[str, int], Meaning | None] = {}
    for font in fonts(pdf):
        composite = font.get("/Subtype") == Name.Type0
        if not composite and font.get("/Subtype") not in (Name.TrueType, Name.Type1):
            continue
        key = (base_name(font), _LONG if composite else 1)
        meaning = unicode_map(font) if composite else {**encoding(font), **unicode_map(font)}
        if meaning:
            known[key] = _merged(known[key], meaning) if key in known else meaning
    return known


def _code_bytes(font: Object) -> int | None:
    """Give the length of the codes of a font that needs a map; None for one that needs none, or is no font of text."""
    said = font.get("/Encoding")
    if font.get("/Subtype") == Name.Type0:
        return cmaps.code_bytes(said.read_bytes()) if isinstance(said, Stream) else _LONG
    simple = font.get("/Subtype") in (Name.TrueType, Name.Type1, Name.Type3)
    return 1 if simple and ("/ToUnicode" in font or said is None) else None


def unicode_map(font: Object) -> Meaning:
    """Give what the ToUnicode map of a font says; empty without one."""
    stream = font.get("/ToUnicode")
    return cmaps.read(stream.read_bytes()) if isinstance(stream, Stream) else {}


def _symbols(font: Object) -> Meaning:
    if not _SYMBOLS.search(base_name(font)) or font.get("/Encoding") != Name("/Identity-H"):
        return {}
    return {code: chr(_PRIVATE + code) for code in _coded_widths(font)}


def _coded_widths(font: Object) -> Iterator[int]:
    """Give the codes of a Type 0 font that have a width of their own (ISO 32000-1, 9.7.4.3): those that are used."""
    listed: list[Object | int] = list(font["/DescendantFonts"][0].get("/W", Array()))
    while listed:
        first, entry = int(listed.pop(0)), listed.pop(0) if listed else 0
        if isinstance(entry, Array):
            yield from range(first, min(first + len(entry), _PRIVATE_SIZE))
        else:
            yield from range(first, min(int(entry) + 1, _PRIVATE_SIZE))
            listed = listed[1:]  # their common width


def _drop_set(font: Object) -> None:
    """Drop the list of the glyphs in a font: it may be left out, and a wrong one is a fault (6.2.11.4.2)."""
    descriptor = font.get("/FontDescriptor")
    if isinstance(descriptor, Dictionary) and "/CIDSet" in descriptor:
        del descriptor["/CIDSet"]


def _base(name: str) -> Meaning:
    codec = _BASES.get(name)
    if codec is None:
        return {}
    pairs = ((code, bytes((code,)).decode(codec, errors="ignore")) for code in range(32, _LAST_CODE + 1))
    return {code: letter for code, letter in pairs if letter.isprintable() and letter}


def _differences(entries: Object | None) -> Meaning:
    meaning: Meaning = {}
    code = 0
    listed: list[Object | int] = list(entries) if isinstance(entries, Array) else []
    for entry in listed:
        if isinstance(entry, Name):
            letters = agl.toUnicode(str(entry)[1:])
            if letters and 0 <= code <= _LAST_CODE:
                meaning[code] = letters
            code += 1
        elif isinstance(entry, int):
            code = entry
    return meaning


def _merged(one: Meaning | None, other: Meaning) -> Meaning | None:
    """Join what two fonts of one name say; None when they contradict each other."""
    if one is None or any(other.get(code, letter) != letter for code, letter in one.items()):
        return None
    return {**one, **other}
