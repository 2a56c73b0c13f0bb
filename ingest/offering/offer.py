"""What is offered: walks files and folders and says which paths are one document, and what cannot be taken.

Nothing offered is ever missing from what this yields. It opens no file's content and follows no link out of the
folder given. Names are bytes to us: they are shown with U+FFFD where they are not UTF-8.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest.offering.layout import IMAGE_SUFFIXES, Layout, Place, page_order, sequences
from schemas.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One document: its files in order, its shown name(s), its place, and values from a register."""

    paths: tuple[Path, ...]
    sources: tuple[str, ...]
    place: Place = field(default_factory=Place)
    register: dict[str, Any] = field(default_factory=dict)

    def at(self, *, fonds: str, file: str) -> "Offered":
        """Give the same document with the fonds and file said on the command line, where they are said."""
        place = replace(self.place, fonds=fonds or self.place.fonds, file=file or self.place.file)
        return replace(self, place=place)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """Something offered that is no readable regular file; `finding` says why."""

    source: str
    finding: Finding


Offer = Offered | NotTaken


def shown(path: str | os.PathLike[str]) -> str:
    """Give a name as shown: bytes that are not UTF-8 and control characters as U+FFFD."""
    text = os.fsencode(path).decode("utf-8", errors="replace")
    return "".join(
        "\ufffd"
        if (not c.isprintable() and not c.isspace()) or c in "\n\r\t\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029"
        else c
        for c in text
    )


def offers(path: Path, *, layout: Layout) -> Iterator[Offer]:
    """Walk one PATH given to `luutru ingest`, in a stable order."""
    if path.is_dir() and not path.is_symlink():
        yield from _folder(path, root=path, folders=(), layout=layout)
    elif path.is_dir():
        yield from _folder(path.resolve(), root=path.resolve(), folders=(), layout=layout)
    else:
        yield _alone(path, shown(path.name))


def _alone(path: Path, source: str) -> Offer:
    code = _refusal(path, root=None)
    if code is not None:
        return NotTaken(source=source, finding=Finding(code=code))
    return Offered(paths=(path,), sources=(source,))


def _folder(folder: Path, *, root: Path, folders: tuple[str, ...], layout: Layout) -> Iterator[Offer]:
    try:
        entries = sorted(os.scandir(folder), key=lambda e: page_order(os.fsdecode(os.fsencode(e.name))))
    except OSError:
        yield NotTaken(source=shown(folder.relative_to(root)), finding=Finding(code="P010"))
        return
    files: list[Path] = []
    for entry in entries:
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _folder(path, root=root, folders=(*folders, shown(entry.name)), layout=layout)
            continue
        code = _refusal(path, root=root)
        if code is not None:
            yield NotTaken(source=shown(path.relative_to(root)), finding=Finding(code=code))
        else:
            files.append(path)
    yield from _documents(files, root=root, folders=folders, layout=layout)


def _documents(files: list[Path], *, root: Path, folders: tuple[str, ...], layout: Layout) -> Iterator[Offered]:
    """Group the files of one folder into documents."""
    images = [p for p in files if p.suffix.lower() in IMAGE_SUFFIXES]
    others = [p for p in files if p.suffix.lower() not in IMAGE_SUFFIXES]
    if images and layout.one_document(folders):
        groups = [sorted(images, key=lambda p: page_order(p.name))]
    else:
        by_name = {p.name: p for p in images}
        groups = [[by_name[name] for name in group] for group in sequences(by_name)]
    place = layout.place(folders)
    for group in sorted([*groups, *([p] for p in others)], key=lambda g: page_order(g[0].name)):
        sources = tuple(shown(p.relative_to(root)) for p in group)
        yield Offered(paths=tuple(group), sources=sources, place=place)


def _refusal(path: Path, *, root: Path | None) -> str | None:
    """Give the code for what is no regular file inside the root, None when it may be read."""
    try:
        if path.is_symlink() and root is not None:
            target = path.resolve(strict=True)
            if not target.is_relative_to(root.resolve()):
                return "P005"
            if target.is_dir():
                return "P003"  # its files are offered where they really are
        return None if stat.S_ISREG(path.stat().st_mode) else "P003"
    except (OSError, RuntimeError):
        return "P004"
