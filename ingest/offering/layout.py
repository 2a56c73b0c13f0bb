"""How a folder tree is read as phông / mục lục / hộp / hồ sơ: a pattern over folder names, set once. Pure.

`{fonds}/{inventory}/{box}/{file}` (or in Vietnamese: `{phông}/{mục lục}/{hộp}/{hồ sơ}`) names one folder each;
`{document}` (`{văn bản}`) says that a folder of images is one document; `*` skips a folder.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from schemas.errors import UsageError
from schemas.words import word

_NAMES = {
    "fonds": "fonds",
    "phông": "fonds",
    "phong": "fonds",
    "inventory": "inventory",
    "mục lục": "inventory",
    "muc luc": "inventory",
    "box": "box",
    "hộp": "box",
    "hop": "box",
    "file": "file",
    "hồ sơ": "file",
    "ho so": "file",
    "document": "document",
    "văn bản": "document",
    "van ban": "document",
    "*": "",
}
IMAGE_SUFFIXES = frozenset({".tif", ".tiff", ".jpg", ".jpeg", ".png", ".jp2", ".j2k", ".jpx"})
_NUMBERED = re.compile(r"(?P<head>.+)-(?P<last>\d{1,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Codes of where a document belongs; empty: not said."""

    fonds: str = ""
    inventory: str = ""
    box: str = ""
    file: str = ""

    def codes(self) -> dict[str, str]:
        """Give the codes, outermost first."""
        return {"fonds": self.fonds, "inventory": self.inventory, "box": self.box, "file": self.file}


@dataclass(frozen=True, slots=True)
class Layout:
    """A parsed pattern: the meaning of each folder, outermost first."""

    levels: tuple[str, ...] = ()

    def place(self, folders: Sequence[str]) -> Place:
        """Read the folders above a file, outermost first."""
        found = {level: code for level, code in zip(self.levels, folders, strict=False) if level}
        return Place(**{k: v for k, v in found.items() if k != "document"})

    def one_document(self, folders: Sequence[str]) -> bool:
        """Say whether the images in this very folder are one document by the pattern."""
        return "document" in self.levels and self.levels.index("document") == len(folders) - 1


def parse_layout(pattern: str) -> Layout:
    """Read a pattern. Raises UsageError U020."""
    if not pattern.strip():
        return Layout()
    levels = []
    for piece in unicodedata.normalize("NFC", pattern).strip("/").split("/"):
        name = piece.strip().removeprefix("{").removesuffix("}").strip().lower()
        if name not in _NAMES:
            raise UsageError("U020", word("layout-level", piece=piece))
        levels.append(_NAMES[name])
    if len(set(filter(None, levels))) != len(list(filter(None, levels))):
        raise UsageError("U020", word("layout-twice", pattern=pattern))
    return Layout(tuple(levels))


def sequences(names: Iterable[str]) -> list[list[str]]:
    """Group the image names of one folder that are the pages of one document; every name is in exactly one group.

    Equal but for the last number, which runs without gaps from 1, and at least one more hyphen-separated number
    before it (`Q3-5-1-10-1-1.jpg`, HD 169/HD-VTLTNN 2010). In doubt each file is its own. Other names stay alone.
    """
    runs: dict[tuple[str, str], dict[int, list[str]]] = {}
    alone: list[list[str]] = []
    for name in sorted(names):
        path = PurePosixPath(name)
        match = _NUMBERED.fullmatch(path.name.removesuffix(path.suffix))
        if match is None or path.suffix.lower() not in IMAGE_SUFFIXES or not _has_number(match["head"]):
            alone.append([name])
        else:
            runs.setdefault((match["head"], path.suffix), {}).setdefault(int(match["last"]), []).append(name)
    grouped: list[list[str]] = []
    for run in runs.values():
        whole = sorted(run) == list(range(1, len(run) + 1)) and all(len(n) == 1 for n in run.values())
        pages = [name for number in sorted(run) for name in run[number]]
        grouped.extend([pages] if whole else [[name] for name in pages])
    return sorted(alone + grouped)


def _has_number(head: str) -> bool:
    return any(piece.isdecimal() for piece in head.split("-"))


def page_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key of file names as people count: 2 before 10."""
    pieces = re.split(r"(\d+)", name)
    return tuple((1, int(p[:18]), p) if p.isdecimal() else (0, 0, p.lower()) for p in pieces if p)
