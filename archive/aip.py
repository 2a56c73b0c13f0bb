"""Which logical files a record's object has: the package's own files, its metadata and its PREMIS. Pure.

Also says which paths a package may have at all; what is not of that form never reaches a path in the store.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from archive import premis
from archive.keeping import Piece
from archive.rows import RECORD_JSON
from schemas.identifiers import Sha512
from schemas.packages import Event, Package
from schemas.values import canonical, to_json

PREMIS_XML = "metadata/premis.xml"
PACKAGE_JSON = "package.json"
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_PATHS = re.compile(
    rf"original/\d{{4,6}}(?:\.[a-z0-9]{{1,16}})?|(?:preservation|access)/\d{{4}}\.pdf|validation/{_NAME}"
    rf"|text/{_NAME}/{_NAME}|evidence/{_NAME}(?:/{_NAME}){{0,4}}"
)


def allowed(path: str) -> bool:
    """Say whether a package may hold a file of that path."""
    return _PATHS.fullmatch(path) is not None


def manifest(package: Package) -> dict[str, Sha512]:
    """Give the digests that the package itself states: of every original, and of renditions where stated."""
    stated = {original.path: original.sha512 for original in package.originals}
    stated.update({r.path: r.sha512 for r in package.renditions if r.path is not None and r.sha512 is not None})
    return stated


def contents(package: Package, files: Mapping[str, tuple[Path, Sha512]], *, accession: Event) -> dict[str, Piece]:
    """Give the object's logical files from the package's files (path → place and digest) and the accession event."""
    pieces = {path: Piece(source=place, sha512=sha512) for path, (place, sha512) in files.items()}
    return {**pieces, **metadata(package, accession)}


def metadata(package: Package, accession: Event) -> dict[str, Piece]:
    """Give record.json (RFC 8785) and premis.xml."""
    return {
        RECORD_JSON: Piece(source=canonical(to_json(package))),
        PREMIS_XML: Piece(source=premis.write(package, accession)),
    }
