"""The fonts that our own writer of PDF embeds: which letters they hold, and a subset with just those that are used.

It looks at no font of a stranger. Liberation 2 holds every Vietnamese letter (Liberation 1, which Debian also has
under the same names, lacks most of them). Sources: OpenType 1.9; fontTools 4.
"""

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from schemas.errors import ProgramError
from schemas.words import word

_FOLDER = Path("/usr/share/fonts/truetype")
_MONO = (
    _FOLDER / "liberation2" / "LiberationMono-Regular.ttf",
    _FOLDER / "dejavu" / "DejaVuSansMono.ttf",  # symbols that the first lacks, where it is installed
    _FOLDER / "dejavu" / "DejaVuSans.ttf",
)
_VIETNAMESE = "ỮđƠ₫"
_LAYOUT = {"GSUB", "GPOS", "GDEF", "kern", "FFTM", "OS/2"}


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One font of the machine and the advance of every character it holds (1/1000 em)."""

    name: str
    path: Path
    advances: dict[int, int]
    ascent: int
    descent: int
    box: tuple[int, ...]  # left, bottom, right, top


@dataclass(frozen=True, slots=True)
class Subset:
    """A font program with the used glyphs only, and the glyph of every used character."""

    program: bytes
    glyphs: dict[int, int]


@cache
def mono_faces() -> tuple[Face, ...]:
    """Give the faces of plain text, the first with every Vietnamese letter. Raises ProgramError T104 without it."""
    faces = tuple(_load(path) for path in _MONO if path.is_file())
    if not faces or any(ord(letter) not in faces[0].advances for letter in _VIETNAMESE):
        raise ProgramError("T104", word("font-missing"))
    return faces


def cut(face: Face, characters: frozenset[int]) -> Subset:
    """Give the subset of `face` for the characters (code points it holds)."""
    with TTFont(face.path, lazy=True) as font, io.BytesIO() as stream:
        for table in _LAYOUT & set(font.keys()):
            del font[table]  # one code, one glyph: nothing is laid out, and reading them costs most
        options = subset.Options(hinting=False, name_IDs=[], notdef_outline=True, glyph_names=False)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=characters)
        subsetter.subset(font)
        glyphs = {code: font.getGlyphID(name) for code, name in font.getBestCmap().items() if code in characters}
        del font["cmap"]  # the codes are ours (CIDToGIDMap)
        font.save(stream)
        return Subset(stream.getvalue(), glyphs)


@cache
def _load(path: Path) -> Face:
    with TTFont(path, lazy=True) as font:
        metrics, head, line = font["hmtx"], font["head"], font["hhea"]
        scale = 1000 / head.unitsPerEm
        return Face(
            name=str(font["name"].getDebugName(6)),
            path=path,
            advances={code: round(metrics[name][0] * scale) for code, name in font.getBestCmap().items()},
            ascent=round(line.ascent * scale),
            descent=round(line.descent * scale),
            box=tuple(round(edge * scale) for edge in (head.xMin, head.yMin, head.xMax, head.yMax)),
        )
