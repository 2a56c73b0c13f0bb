"""What an OCFL 1.1 inventory, storage root and object path look like in our store. Pure: makes and reads values only.

The checker (`archive.ocfl_check`) shares nothing with this module, so that it cannot share its mistakes.
Sources: OCFL 1.1, https://ocfl.io/1.1/spec/; extension 0003-hash-and-id-n-tuple-storage-layout.
"""

import hashlib
import json
import string
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from schemas.errors import IntegrityError
from schemas.identifiers import Sha256, Sha512
from schemas.words import word

DECLARATION = "0=ocfl_object_1.1"
INVENTORY = "inventory.json"
SIDECAR = "inventory.json.sha512"
LAYOUT = "0003-hash-and-id-n-tuple-storage-layout"
CONFIG = f"extensions/{LAYOUT}/config.json"
TUPLES, TUPLE_SIZE = 3, 3
_FOLDER_NAME_LIMIT = 100
_SAFE = frozenset(string.ascii_letters + string.digits + "-_")

ROOT_FILES: dict[str, bytes] = {
    "0=ocfl_1.1": b"ocfl_1.1\n",
    "ocfl_layout.json": json.dumps(
        {
            "extension": LAYOUT,
            "description": "Hashed Truncated N-tuple Trees with Object ID Encapsulating Directory",
        },
        indent=2,
    ).encode()
    + b"\n",
    CONFIG: json.dumps(
        {
            "extensionName": LAYOUT,
            "digestAlgorithm": "sha256",
            "tupleSize": TUPLE_SIZE,
            "numberOfTuples": TUPLES,
        },
        indent=2,
    ).encode()
    + b"\n",
}


@dataclass(frozen=True, slots=True)
class Digests:
    """Both digests of one stored file."""

    sha512: Sha512
    sha256: Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version: `state` maps each logical path to the SHA-512 of its content."""

    created: str
    state: Mapping[str, Sha512]
    message: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """An object's inventory: each content path once, by SHA-512 (`manifest`) and by SHA-256 (`fixity`)."""

    id: str
    head: str
    manifest: Mapping[Sha512, str] = field(default_factory=dict)  # digest → content path
    fixity: Mapping[str, Sha256] = field(default_factory=dict)  # content path → digest
    versions: Mapping[str, Version] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """Give the number of the head version."""
        return int(self.head[1:])

    def state(self, version: str = "") -> Mapping[str, Sha512]:
        """Give logical path → digest of a version (of the head). Raises KeyError for an unknown version."""
        return self.versions[version or self.head].state


def object_path(object_id: str) -> str:
    """Give the object's place below the storage root (extension 0003)."""
    digest = hashlib.sha256(object_id.encode()).hexdigest()
    tuples = [digest[i * TUPLE_SIZE : (i + 1) * TUPLE_SIZE] for i in range(TUPLES)]
    folder = "".join(chr(b) if chr(b) in _SAFE else f"%{b:02x}" for b in object_id.encode())
    return "/".join(
        [*tuples, folder if len(folder) <= _FOLDER_NAME_LIMIT else f"{folder[:_FOLDER_NAME_LIMIT]}-{digest}"]
    )


def object_id_at(path: str) -> str | None:
    """Give the id of the object whose place is `path`; None where no object may stand."""
    object_id = unquote(path.rpartition("/")[2], errors="replace")
    return object_id if object_path(object_id) == path else None


def new_version(
    previous: Inventory | None, contents: Mapping[str, Digests | Sha512], *, object_id: str, version: Version
) -> Inventory:
    """Add a version whose logical files are `contents`; content already in the manifest is not stored again.

    A `Sha512` in `contents` must be in the manifest of `previous`; raises IntegrityError F003 otherwise.
    """
    name = f"v{1 if previous is None else previous.number + 1}"
    manifest = {} if previous is None else dict(previous.manifest)
    fixity = {} if previous is None else dict(previous.fixity)
    for path, digests in sorted(contents.items()):
        if isinstance(digests, Digests) and digests.sha512 not in manifest:
            manifest[digests.sha512] = f"{name}/content/{path}"
            fixity[f"{name}/content/{path}"] = digests.sha256
        elif not isinstance(digests, Digests) and digests not in manifest:
            raise IntegrityError("F003", word("content-not-held", object=object_id, path=path))
    return Inventory(
        id=object_id,
        head=name,
        manifest=manifest,
        fixity=fixity,
        versions={**({} if previous is None else previous.versions), name: version},
    )


def write_inventory(inventory: Inventory) -> bytes:
    """Give the bytes of inventory.json, the same for the same values."""
    value = {
        "id": inventory.id,
        "type": "https://ocfl.io/1.1/spec/#inventory",
        "digestAlgorithm": "sha512",
        "head": inventory.head,
        "manifest": {digest: [path] for digest, path in inventory.manifest.items()},
        "versions": {name: _version_value(version) for name, version in inventory.versions.items()},
        "fixity": {"sha256": _turned(inventory.fixity)},
    }
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def write_sidecar(inventory: bytes) -> bytes:
    """Give the bytes of inventory.json.sha512."""
    return f"{hashlib.sha512(inventory).hexdigest()} {INVENTORY}\n".encode()


def read_sidecar(sidecar: bytes) -> str:
    """Give the digest in a sidecar; an unreadable sidecar gives a text that equals no digest."""
    return sidecar.decode("ascii", errors="replace").split(" ")[0].strip()


def read_inventory(data: bytes) -> Inventory:
    """Read an inventory that we wrote. Raises IntegrityError F004."""
    try:
        value = json.loads(data)
        return Inventory(
            id=value["id"],
            head=value["head"],
            manifest={digest: paths[0] for digest, paths in value["manifest"].items()},
            fixity={path: Sha256(d) for d, paths in value["fixity"]["sha256"].items() for path in paths},
            versions={name: _read_version(version) for name, version in value["versions"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise IntegrityError("F004", word("object-inventory-unreadable")) from error


def _version_value(version: Version) -> dict[str, Any]:
    return {
        "created": version.created,
        "message": version.message,
        "user": {"name": version.actor, "address": _address(version.actor)},
        "state": _turned(version.state),
    }


def _read_version(value: dict[str, Any]) -> Version:
    return Version(
        created=value["created"],
        message=value["message"],
        actor=value["user"]["name"],
        state={path: Sha512(digest) for digest, paths in value["state"].items() for path in paths},
    )


def _address(actor: str) -> str:
    try:
        return uuid.UUID(actor).urn
    except ValueError:
        return f"urn:luutru:actor:{actor}"


def _turned(by_path: Mapping[str, str]) -> dict[str, list[str]]:
    by_digest: dict[str, list[str]] = {}
    for path, digest in sorted(by_path.items()):
        by_digest.setdefault(digest, []).append(path)
    return by_digest
