"""Gives the converted PDF back the Unicode of letters whose fonts lost it.

Ghostscript turns simple TrueType fonts without a ToUnicode map into Type 0 fonts with the same one-byte codes, again
without a map; readers then guess, and “ ” – are lost. What the codes mean still stands in the original's encoding.
Only values of pikepdf; the text gate proves the result. Sources: ISO 32000-1:2008, 9.6.6 and Annex D; Adobe Glyph List.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf
from fontTools import agl
from pikepdf import Array, Dictionary, Name, Object, Stream

from ingest.pdfa_parts import to_unicode

_TAG_LENGTH = 7  # "ABCDEF+"
_BASES = {"/WinAnsiEncoding": "cp1252", "/MacRomanEncoding": "mac_roman"}
_LAST_CODE = 255


@dataclass(frozen=True, slots=True)
class Repaired:
    """How many fonts got their map back, and how many remain without one."""

    fonts: int
    without: int


def repair(original: pikepdf.Pdf, converted: pikepdf.Pdf) -> Repaired:
    """Give every Type 0 font of `converted` that has no ToUnicode map one made from the original's font of its name."""
    known: dict[str, dict[int, str] | None] = {}
    for font in fonts(original):
        if (meaning := encoding(font)) is not None:
            name = base_name(font)
            known[name] = _merged(known[name], meaning) if name in known else meaning
    repaired = without = 0
    for font in fonts(converted):
        if font.get("/Subtype") != Name.Type0 or "/ToUnicode" in font:
            continue
        found = known.get(base_name(font))
        if found:
            font["/ToUnicode"] = Stream(converted, to_unicode(found, code_bytes=1))
            repaired += 1
        else:
            without += 1
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
    """Give the name of a font without the tag of its subset."""
    name = str(font.get("/BaseFont", "/"))[1:]
    tagged = len(name) > _TAG_LENGTH and name[_TAG_LENGTH - 1] == "+" and name[: _TAG_LENGTH - 1].isupper()
    return name[_TAG_LENGTH:] if tagged else name


def encoding(font: Object) -> dict[int, str] | None:
    """Give what the codes of a simple font mean, where its encoding says so; None for other fonts."""
    if font.get("/Subtype") not in (Name.TrueType, Name.Type1):
        return None
    said = font.get("/Encoding")
    if isinstance(said, Name):
        return _base(str(said))
    if not isinstance(said, Dictionary):
        return None
    meaning = _base(str(said.get("/BaseEncoding", ""))) or {}
    return {**meaning, **_differences(said.get("/Differences"))} or None


def _base(name: str) -> dict[int, str] | None:
    codec = _BASES.get(name)
    if codec is None:
        return None
    pairs = ((code, bytes((code,)).decode(codec, errors="ignore")) for code in range(32, _LAST_CODE + 1))
    return {code: letter for code, letter in pairs if letter.isprintable() and letter}


def _differences(entries: Object | None) -> dict[int, str]:
    meaning: dict[int, str] = {}
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


def _merged(one: dict[int, str] | None, other: dict[int, str]) -> dict[int, str] | None:
    """Join what two fonts of one name say; None when they contradict each other."""
    if one is None or any(other.get(code, letter) != letter for code, letter in one.items()):
        return None
    return {**one, **other}
