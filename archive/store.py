"""Keeps every object as an OCFL 1.1 object in a folder: the only code that writes preserved bytes.

Order of writes: everything is built and fsynced in `staging`, renamed into place, and the folders above are fsynced;
only then may a journal line name it. A new version of an object goes the same way in three renames: its folder `vN`,
the root sidecar, the root inventory. A crash between leaves a whole older version: readers take the root inventory
whose digest stands in the root sidecar or in the sidecar of its own head folder; `back_to` takes the rest away.
Deletion is the opposite order: out of the tree by one rename, then the bytes. Does not know records or the journal.

Sources: OCFL 1.1, 3 (objects) and 4 (storage root); POSIX rename, fsync.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, unquote

from archive import ocfl
from archive.folder_reader import FolderReader
from archive.keeping import About, ObjectExistsError, Piece, Stored
from archive.ocfl import Digests, Inventory
from archive.streams import counted, pieces_of, size
from schemas.errors import IntegrityError, TryLaterError
from schemas.identifiers import Sha256, Sha512
from schemas.words import word

RESERVE_BYTES = 16 * 1024 * 1024  # left free for the journal, the catalogue and the index
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_LOCKS = 256
_OWN_FOLDERS = ("staging", "trash", "locks", "unfinished")


class Disk:
    """Every act on the disk that power loss can undo, a small method each, so that a test can record and replay it."""

    def create(self, path: Path, chunks: Iterable[bytes]) -> None:
        """Write a new file and fsync it. The folder that names it is the caller's to fsync."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
        try:
            for chunk in chunks:
                self.write(handle, path, chunk)
            self.fsync(handle, path)
        finally:
            os.close(handle)

    def write(self, handle: int, path: Path, data: bytes) -> None:  # noqa: ARG002 - the path is for the recorder
        """Write all of `data` at the handle's position."""
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]

    def truncate(self, handle: int, path: Path, size_bytes: int) -> None:  # noqa: ARG002
        """Cut a file off."""
        os.ftruncate(handle, size_bytes)

    def fsync(self, handle: int, path: Path) -> None:  # noqa: ARG002
        """Make a file's content last."""
        os.fsync(handle)

    def fsync_folder(self, folder: Path) -> None:
        """Make the names in a folder last."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def make_folder(self, folder: Path) -> None:
        """Make one folder; one that is there already stays."""
        with suppress(FileExistsError):
            folder.mkdir(mode=0o750)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file or folder its new name in one step."""
        old.rename(new)

    def remove_file(self, path: Path) -> None:
        """Remove one file."""
        path.unlink(missing_ok=True)

    def remove_folder(self, folder: Path) -> None:
        """Remove one empty folder."""
        folder.rmdir()

    def remove_tree(self, folder: Path) -> None:
        """Remove a folder and all below it; what another remover took already is no error."""
        with suppress(FileNotFoundError):
            for entry in sorted(folder.iterdir()):
                if entry.is_dir() and not entry.is_symlink():
                    self.remove_tree(entry)
                else:
                    self.remove_file(entry)
            self.remove_folder(folder)

    @contextmanager
    def locked(self, path: Path, *, how: int = fcntl.LOCK_EX) -> Iterator[int]:
        """Hold an advisory lock on a file or folder; gives the open handle. Ends with the process at the latest."""
        handle = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(handle, how)
            yield handle
        finally:
            os.close(handle)


class FolderStore(FolderReader):
    """The store in a folder: `objects` (an OCFL storage root), `staging`, `trash` and `locks` on one file system."""

    def __init__(self, folder: Path, *, disk: Disk | None = None, reserve_bytes: int = RESERVE_BYTES) -> None:
        """Use the storage root `folder`; nothing is made or read yet."""
        super().__init__(folder / "objects")
        self.folder = folder
        self._disk = disk or Disk()
        self._reserve_bytes = reserve_bytes

    def create(self) -> None:
        """Make the folders and the storage root's own files, as far as they are missing."""
        for folder in (self.folder, self.root, *(self.folder / name for name in _OWN_FOLDERS)):
            self._disk.make_folder(folder)
        for path, content in ocfl.ROOT_FILES.items():
            if not (self.root / path).is_file():
                self._folders_down_to((self.root / path).parent)
                with self._stage() as stage:
                    self._disk.create(stage / "file", [content])
                    self._disk.rename(stage / "file", self.root / path)
        self._fsync_up((self.root / ocfl.CONFIG).parent)
        self._disk.fsync_folder(self.folder)
        self._disk.fsync_folder(self.folder.parent)

    def sweep(self) -> None:
        """Remove what crashed writers and removers left in `staging` and `trash`; living ones hold a lock.

        The store's own folders are made again where a restore left them out because they were empty.
        """
        for name in _OWN_FOLDERS:
            self._disk.make_folder(self.folder / name)
        for folder in (*(self.folder / "staging").iterdir(), *(self.folder / "trash").iterdir()):
            with (
                suppress(BlockingIOError, FileNotFoundError),
                self._disk.locked(folder, how=fcntl.LOCK_EX | fcntl.LOCK_NB),
            ):
                self._disk.remove_tree(folder)

    # -- writing ------------------------------------------------------------------------------------------------

    def put(self, object_id: str, pieces: Mapping[str, Piece], about: About) -> Stored:
        """Store one whole version; see `Store.put` and the module's order of writes."""
        previous = None if about.version == 1 else self.inventory(object_id)
        if (about.version == 1 and self.holds(object_id)) or (previous and previous.number != about.version - 1):
            raise ObjectExistsError(object_id)
        self._need_room(pieces)
        try:
            with self._stage() as stage:
                inventory = self._build(stage, previous, pieces, object_id=object_id, about=about)
                self._move_in(stage, inventory)
        except OSError as error:
            if error.errno in _FULL:
                raise _no_room() from error
            raise
        data = ocfl.write_inventory(inventory)
        return Stored(version=inventory.head, inventory=Sha512(hashlib.sha512(data).hexdigest()))

    def back_to(self, object_id: str, version: str) -> None:
        """Make `version` the head again: root inventory first, then its sidecar, then the later folders go."""
        place = self._place(object_id)
        data = (place / version / ocfl.INVENTORY).read_bytes()
        with self._stage() as stage:
            for name, content in ((ocfl.INVENTORY, data), (ocfl.SIDECAR, ocfl.write_sidecar(data))):
                self._disk.create(stage / name, [content])
                self._disk.rename(stage / name, place / name)
            self._disk.fsync_folder(place)
        later = [f for f in place.glob("v[0-9]*") if int(f.name[1:]) > int(version[1:])]
        for folder in sorted(later, key=lambda f: -int(f.name[1:])):
            self._discard(folder)

    def remove(self, object_id: str) -> None:
        """Take the object out of the tree in one step, then remove its bytes."""
        place = self._place(object_id)
        if not place.exists():
            return
        self._discard(place)
        with suppress(OSError):  # another object may stand beside it, or be about to
            for folder in list(place.parents)[: ocfl.TUPLES]:
                self._disk.remove_folder(folder)

    def _build(
        self, stage: Path, previous: Inventory | None, pieces: Mapping[str, Piece], *, object_id: str, about: About
    ) -> Inventory:
        """Write the version's folder below `stage`, with the object's own files beside it, all fsynced."""
        folder = stage / f"v{about.version}"
        contents = {p: self._copy(piece, folder / "content" / p, previous) for p, piece in sorted(pieces.items())}
        state = {p: d.sha512 if isinstance(d, Digests) else d for p, d in contents.items()}
        version = ocfl.Version(created=about.created, message=about.message, actor=about.actor, state=state)
        inventory = ocfl.new_version(previous, contents, object_id=object_id, version=version)
        for path, digests in contents.items():
            if isinstance(digests, Digests) and inventory.manifest[digests.sha512] != f"{folder.name}/content/{path}":
                self._disk.remove_file(folder / "content" / path)  # the same content stands under another name
        _remove_empty_folders(folder, self._disk)
        self._disk.make_folder(folder)
        data = ocfl.write_inventory(inventory)
        for place in (folder, stage):
            self._disk.create(place / ocfl.INVENTORY, [data])
            self._disk.create(place / ocfl.SIDECAR, [ocfl.write_sidecar(data)])
        if previous is None:
            self._disk.create(stage / ocfl.DECLARATION, [b"ocfl_object_1.1\n"])
        for place in (*_folders_below(folder), folder):
            self._disk.fsync_folder(place)
        return inventory

    def _copy(self, piece: Piece, target: Path, previous: Inventory | None) -> Digests | Sha512:
        """Copy one piece to its place while both digests are taken; content that is kept is only named."""
        if piece.source is None or (previous and piece.sha512 in previous.manifest):
            if piece.sha512 is None:
                raise IntegrityError("F003", word("content-unnamed", name=target.name))
            return piece.sha512
        sums = (hashlib.sha512(), hashlib.sha256())
        self._folders_down_to(target.parent)
        self._disk.create(target, counted(pieces_of(piece.source), sums))
        digests = Digests(Sha512(sums[0].hexdigest()), Sha256(sums[1].hexdigest()))
        if piece.sha512 is not None and digests.sha512 != piece.sha512:
            raise IntegrityError("F003", word("content-changed", name=target.name))
        return digests

    def _move_in(self, stage: Path, inventory: Inventory) -> None:
        """Rename what was built into place: a whole object for version 1, else folder, sidecar, inventory."""
        place = self._place(inventory.id)
        if inventory.number == 1:
            self._disk.fsync_folder(stage)
            self._rename_object(stage, place)
            self._fsync_up(place.parent)
            return
        self._rename_new(stage / inventory.head, place / inventory.head)
        self._disk.fsync_folder(place)
        for name in (ocfl.SIDECAR, ocfl.INVENTORY):
            self._disk.rename(stage / name, place / name)
        self._disk.fsync_folder(place)

    def _rename_object(self, stage: Path, place: Path) -> None:
        while stage.exists():
            with suppress(FileNotFoundError):  # a remover took an empty folder above: make it again
                self._folders_down_to(place.parent)
                self._rename_new(stage, place)

    def _rename_new(self, old: Path, new: Path) -> None:
        try:
            self._disk.rename(old, new)
        except OSError as error:
            if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
                raise ObjectExistsError(new.name) from error
            raise

    def _discard(self, folder: Path) -> None:
        """Rename a folder out of the tree, make that last, then remove its bytes."""
        grave = self.folder / "trash" / uuid.uuid4().hex
        with suppress(FileNotFoundError):
            self._disk.rename(folder, grave)
            self._disk.fsync_folder(folder.parent)
            self._disk.remove_tree(grave)

    @contextmanager
    def _stage(self) -> Iterator[Path]:
        """Make a folder for one writer; locked, so that `sweep` leaves it alone, and gone at the end."""
        with ExitStack() as stack:
            stage, handle = self._new_stage(stack)
            try:
                yield stage
            finally:
                if stage.exists() and os.fstat(handle).st_ino == stage.stat().st_ino:
                    self._disk.remove_tree(stage)

    def _new_stage(self, stack: ExitStack) -> tuple[Path, int]:
        while True:
            stage = self.folder / "staging" / uuid.uuid4().hex
            self._disk.make_folder(stage)
            with suppress(FileNotFoundError):
                handle = stack.enter_context(self._disk.locked(stage))
                if stage.exists():  # else it was swept between the two lines above
                    return stage, handle

    def _folders_down_to(self, folder: Path) -> None:
        missing = [f for f in (folder, *folder.parents) if not f.is_dir()]
        for parent in reversed(missing):
            self._disk.make_folder(parent)

    def _fsync_up(self, folder: Path) -> None:
        """Make the names of `folder` and of all folders above it, down from the storage root, last."""
        while folder != self.root:
            self._disk.fsync_folder(folder)
            folder = folder.parent
        self._disk.fsync_folder(folder)

    def _need_room(self, pieces: Mapping[str, Piece]) -> None:
        needed = sum(size(piece.source) for piece in pieces.values())
        if shutil.disk_usage(self.folder).free < needed + self._reserve_bytes:
            raise _no_room()

    # -- holding ------------------------------------------------------------------------------------------------

    @contextmanager
    def alone(self, object_id: str) -> Iterator[None]:
        """Hold the object against other writers."""
        with self._locked(object_id):
            yield

    def begin(self, object_id: str) -> None:
        """Write down that the object is being made."""
        note = self._note(object_id)
        self._disk.create(note, [])
        self._disk.fsync_folder(note.parent)

    def finished(self, object_id: str) -> None:
        """Take the note of `begin` away; if a crash brings it back, it only says what is settled anyway."""
        self._disk.remove_file(self._note(object_id))

    def unfinished(self) -> tuple[str, ...]:
        """Give the objects that were begun and whose lock nobody holds."""
        found = []
        for note in sorted((self.folder / "unfinished").iterdir()):
            object_id = unquote(note.name)
            with suppress(BlockingIOError), self._locked(object_id, how=fcntl.LOCK_EX | fcntl.LOCK_NB):
                found.append(object_id)
        return tuple(found)

    @contextmanager
    def quiet(self, object_id: str) -> Iterator[None]:
        """Wait until nobody writes the object; where no lock was ever made, nobody does."""
        with ExitStack() as stack:
            with suppress(FileNotFoundError):
                stack.enter_context(self._disk.locked(self._lock(object_id), how=fcntl.LOCK_SH))
            yield

    @contextmanager
    def _locked(self, object_id: str, *, how: int = fcntl.LOCK_EX) -> Iterator[None]:
        lock = self._lock(object_id)
        lock.touch(mode=0o640)
        with self._disk.locked(lock, how=how):
            yield

    def _note(self, object_id: str) -> Path:
        return self.folder / "unfinished" / quote(object_id, safe="")

    def _lock(self, object_id: str) -> Path:
        return self.folder / "locks" / f"{hashlib.sha256(object_id.encode()).digest()[0] % _LOCKS:02x}"


def _no_room() -> TryLaterError:
    return TryLaterError("T012", word("storage-full"))


def _folders_below(folder: Path) -> list[Path]:
    """Give the folders below a folder, deepest first."""
    return sorted((f for f in folder.rglob("*") if f.is_dir()), key=lambda f: -len(f.parts))


def _remove_empty_folders(folder: Path, disk: Disk) -> None:
    for place in _folders_below(folder):
        if not any(place.iterdir()):
            disk.remove_folder(place)
