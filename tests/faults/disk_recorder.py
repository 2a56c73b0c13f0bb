"""A disk that writes down every act, and a model of what of it survives when the power fails.

The model is harsher than any file system: a file keeps only what was fsynced, a folder only the names it had when it
was fsynced. Milder outcomes, which real disks also show, are variants: names that got through without their content,
half of the last write, or only the last of several changes of a folder.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from archive.store import Disk


@dataclass(frozen=True, slots=True)
class Act:
    """One recorded act; `data` for writes, `target` for renames, `size` for truncations, `name` for marks."""

    kind: str
    path: Path = Path()
    data: bytes = b""
    target: Path = Path()
    size: int = 0
    name: str = ""


class RecordingDisk(Disk):
    """Does everything, and writes it down in `acts`."""

    def __init__(self) -> None:
        self.acts: list[Act] = []

    def mark(self, name: str) -> None:
        """Write down that something was promised to the outside at this point."""
        self.acts.append(Act("mark", name=name))

    def create(self, path: Path, chunks: Iterable[bytes]) -> None:
        def first_the_name() -> Iterator[bytes]:
            self.acts.append(Act("create", path))
            yield from chunks

        super().create(path, first_the_name())

    def write(self, handle: int, path: Path, data: bytes) -> None:
        super().write(handle, path, data)
        self.acts.append(Act("write", path, data=bytes(data)))

    def truncate(self, handle: int, path: Path, size_bytes: int) -> None:
        super().truncate(handle, path, size_bytes)
        self.acts.append(Act("truncate", path, size=size_bytes))

    def fsync(self, handle: int, path: Path) -> None:
        super().fsync(handle, path)
        self.acts.append(Act("fsync", path))

    def fsync_folder(self, folder: Path) -> None:
        super().fsync_folder(folder)
        self.acts.append(Act("fsync_folder", folder))

    def make_folder(self, folder: Path) -> None:
        made = not folder.exists()
        super().make_folder(folder)
        if made:
            self.acts.append(Act("make_folder", folder))

    def rename(self, old: Path, new: Path) -> None:
        super().rename(old, new)
        self.acts.append(Act("rename", old, target=new))

    def remove_file(self, path: Path) -> None:
        super().remove_file(path)
        self.acts.append(Act("remove", path))

    def remove_folder(self, folder: Path) -> None:
        super().remove_folder(folder)
        self.acts.append(Act("remove", folder))


class Variant(StrEnum):
    """What the power failure leaves of the acts that were not fsynced."""

    NOTHING = "nothing"  # neither names nor content
    NAMES = "names"  # every name, no content
    TORN = "torn"  # every name, and half of the content that was not fsynced
    LAST = "last"  # of each folder only the last change, of each file no content


@dataclass(slots=True)
class File:
    """A file: what programs see, and what is fsynced."""

    data: bytearray = field(default_factory=bytearray)
    kept: bytes = b""

    @property
    def dirty(self) -> bool:
        return bytes(self.data) != self.kept


@dataclass(slots=True)
class Folder:
    """A folder: the names programs see, the names that are fsynced, and the changes since."""

    names: dict[str, "File | Folder"] = field(default_factory=dict)
    kept: dict[str, "File | Folder"] = field(default_factory=dict)
    changes: list[tuple[str, "File | Folder | None"]] = field(default_factory=list)

    @property
    def dirty(self) -> bool:
        return {n: id(v) for n, v in self.names.items()} != {n: id(v) for n, v in self.kept.items()}

    def change(self, name: str, node: "File | Folder | None") -> None:
        if node is None:
            self.names.pop(name, None)
        else:
            self.names[name] = node
        self.changes.append((name, node))


class Model:
    """The tree below `top` as a disk without power would keep it."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._root = Folder()

    def apply(self, act: Act) -> bool:
        """Carry out one act; say whether it was an fsync that had something to keep."""
        if act.kind == "mark":
            return False
        if act.kind == "fsync_folder":
            folder = self._node(act.path)
            assert isinstance(folder, Folder)
            dirty = folder.dirty
            folder.kept, folder.changes = dict(folder.names), []
            return dirty
        if act.kind in {"fsync", "write", "truncate"}:
            return self._on_file(act)
        parent = self._node(act.path.parent)
        assert isinstance(parent, Folder)
        if act.kind in {"create", "make_folder"}:
            parent.change(act.path.name, File() if act.kind == "create" else Folder())
        elif act.kind == "remove":
            parent.change(act.path.name, None)
        else:
            moved = parent.names[act.path.name]
            parent.change(act.path.name, None)
            target = self._node(act.target.parent)
            assert isinstance(target, Folder)
            target.change(act.target.name, moved)
        return False

    def _on_file(self, act: Act) -> bool:
        file = self._node(act.path)
        assert isinstance(file, File)
        if act.kind == "write":
            file.data += act.data
            return False
        if act.kind == "truncate":
            del file.data[act.size :]
            return False
        dirty = file.dirty
        file.kept = bytes(file.data)
        return dirty

    def leave(self, place: Path, variant: Variant) -> None:
        """Write to `place` what the failure leaves."""
        _leave(self._root, place, variant)

    def _node(self, path: Path) -> "File | Folder":
        node: File | Folder = self._root
        for name in path.relative_to(self._top).parts:
            assert isinstance(node, Folder)
            node = node.names[name]
        return node


def _leave(folder: Folder, place: Path, variant: Variant) -> None:
    place.mkdir(exist_ok=True)
    for name, node in _surviving(folder, variant).items():
        if isinstance(node, Folder):
            _leave(node, place / name, variant)
        else:
            (place / name).write_bytes(_content(node, variant))


def _surviving(folder: Folder, variant: Variant) -> dict[str, "File | Folder"]:
    if variant in {Variant.NAMES, Variant.TORN}:
        return folder.names
    kept = dict(folder.kept)
    if variant is Variant.LAST and folder.changes:
        name, node = folder.changes[-1]
        if node is None:
            kept.pop(name, None)
        else:
            kept[name] = node
    return kept


def _content(file: File, variant: Variant) -> bytes:
    if variant is not Variant.TORN or not file.dirty:
        return file.kept
    if file.data.startswith(file.kept):
        new = file.data[len(file.kept) :]
        return file.kept + bytes(new[: (len(new) + 1) // 2])
    return bytes(file.data)
