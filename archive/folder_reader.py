"""Reads the objects of a storage root in a folder: the half of `archive.store` that changes nothing."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archive import ocfl
from archive.keeping import Files
from archive.ocfl import Inventory
from archive.streams import FolderFiles, checked, locate, open_regular, sidecar_digest
from schemas.errors import IntegrityError, NotFoundError
from schemas.identifiers import Sha512
from schemas.words import word


class FolderReader:
    """An OCFL storage root `root` whose objects stand where extension 0003 puts them."""

    def __init__(self, root: Path) -> None:
        """Use a storage root; nothing is read yet."""
        self.root = root

    def inventory(self, object_id: str) -> Inventory:
        """Give the inventory of the head, checked against the sidecars."""
        place = self._place(object_id)
        try:
            data = (place / ocfl.INVENTORY).read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            if place.exists():
                raise IntegrityError("F004", word("object-no-inventory", object=object_id)) from error
            raise NotFoundError("N001", word("object-missing", object=object_id)) from error
        inventory = ocfl.read_inventory(data)
        digest = hashlib.sha512(data).hexdigest()
        sidecars = (place / ocfl.SIDECAR, place / inventory.head / ocfl.SIDECAR)
        if inventory.id != object_id or digest not in {sidecar_digest(path) for path in sidecars}:
            raise IntegrityError("F004", word("object-inventory-changed", object=object_id))
        return inventory

    def inventory_digest(self, object_id: str, version: str) -> Sha512:
        """Give the SHA-512 of that version's inventory.json."""
        try:
            data = (self._place(object_id) / version / ocfl.INVENTORY).read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFoundError("N001", word("object-no-version", object=object_id, version=version)) from error
        return Sha512(hashlib.sha512(data).hexdigest())

    def holds(self, object_id: str) -> bool:
        """Say whether anything stands at the object's place."""
        return self._place(object_id).exists()

    def open(self, object_id: str, path: str, version: str = "") -> BinaryIO:
        """Open a logical file; reading it to its end checks it."""
        digest, content = locate(self.inventory(object_id), path, version)
        try:
            stream = open_regular(self._place(object_id) / content)
        except IntegrityError as error:
            raise IntegrityError("F001", word("object-file-missing", path=path, object=object_id)) from error
        return checked(stream, digest, name=f"{path} ({object_id})")

    def read(self, object_id: str, path: str, version: str = "") -> bytes:
        """Read a logical file, checked."""
        with self.open(object_id, path, version) as stream:
            return stream.read()

    def objects(self) -> Iterator[str]:
        """Give the ids of all objects."""
        for place in self.root.glob("/".join([f"{'[0-9a-f]' * ocfl.TUPLE_SIZE}"] * ocfl.TUPLES + ["*"])):
            object_id = ocfl.object_id_at(place.relative_to(self.root).as_posix())
            if object_id is not None:
                yield object_id

    def files(self, object_id: str) -> Files:
        """View the object's own tree."""
        return FolderFiles(self._place(object_id))

    def root_files(self) -> Files:
        """View the whole storage root."""
        return FolderFiles(self.root)

    def _place(self, object_id: str) -> Path:
        return self.root / ocfl.object_path(object_id)
