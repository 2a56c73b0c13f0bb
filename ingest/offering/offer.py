"""What is offered: walks files and folders and says which paths are one document, and what cannot be taken.

Nothing offered is ever missing from what this yields. It opens no file's content and follows no link out of the
folder given. Names are bytes to us: they are shown with U+FFFD where they are not UTF-8.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
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
    names: tuple[str, ...] = ()  # received names of the files, where their paths are ours

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A file that came without a folder tree: where it lies, its shown name with folders, and how it was called.

    `root` is the given folder, the first of `source`: folders below it have the meaning of the layout.
    """

    path: Path
    source: str
    root: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """One file of one folder."""

    path: Path
    source: str
    title: str  # what it is grouped by: its file name
    name: str = ""

    @property
    def image(self) -> bool:
        return PurePosixPath(self.title).suffix.lower() in IMAGE_SUFFIXES


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
    files: list[_File] = []
    for entry in entries:
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _folder(path, root=root, folders=(*folders, shown(entry.name)), layout=layout)
            continue
        code = _refusal(path, root=root)
        source = shown(path.relative_to(root))
        if code is not None:
            yield NotTaken(source=source, finding=Finding(code=code))
        else:
            files.append(_File(path=path, source=source, title=path.name))
    yield from _documents(files, folders=folders, layout=layout)


def arrived_offers(files: Iterable[Arrived], *, layout: Layout) -> Iterator[Offered]:
    """Give the documents that files are which came one by one, as if their folders had been given. Stable order."""
    folders: dict[tuple[str, ...], list[_File]] = {}
    for file in files:
        inside = file.source.removeprefix(file.root).strip("/").split("/")[:-1]
        parts = (file.root, *inside)
        title = PurePosixPath(file.source).name
        folders.setdefault(parts, []).append(_File(path=file.path, source=file.source, title=title, name=file.name))
    for (_, *inside), members in sorted(folders.items(), key=lambda each: [page_order(part) for part in each[0]]):
        yield from _documents(members, folders=tuple(inside), layout=layout)


def _documents(files: list[_File], *, folders: tuple[str, ...], layout: Layout) -> Iterator[Offered]:
    """Group the files of one folder into documents."""
    images = [each for each in files if each.image]
    others = [each for each in files if not each.image]
    if images and layout.one_document(folders):
        groups = [sorted(images, key=lambda each: page_order(each.title))]
    else:
        by_name = {each.title: each for each in images}
        groups = [[by_name[name] for name in group] for group in sequences(by_name)]
    place = layout.place(folders)
    for group in sorted([*groups, *([each] for each in others)], key=lambda g: page_order(g[0].title)):
        yield Offered(
            paths=tuple(each.path for each in group),
            sources=tuple(each.source for each in group),
            place=place,
            names=tuple(each.name for each in group if each.name),
        )


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
