"""Checks the JSON value of one OCFL inventory, and an earlier one against the newest. Pure: no file is looked at.

Source: OCFL 1.0 and 1.1, 3.5 (inventory), with the specification's own codes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_LENGTHS = {"sha512": 128, "sha256": 64, "sha1": 40, "md5": 32, "blake2b-512": 128, "blake2b-160": 40}
_LENGTHS |= {"blake2b-256": 64, "blake2b-384": 96, "sha512/256": 64}
_CONTENT_ALGORITHMS = ("sha512", "sha256")
_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_HEX = re.compile(r"[0-9a-fA-F]+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+")
_TYPE = re.compile(r"https://ocfl\.io/(1\.[01])/spec/#inventory")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: the specification's code, where, and a sentence. `missing`: what is named is not there."""

    code: str
    path: str
    message: str
    missing: bool = False

    @property
    def error(self) -> bool:
        """Say whether it is an error and not a warning."""
        return self.code.startswith("E")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What of an inventory could be read. `states`: version → logical path → digest and its content paths."""

    id: str | None = None
    specification: str = "1.1"
    algorithm: str = "sha512"
    content_directory: str = "content"
    head: str | None = None
    versions: tuple[str, ...] = ()  # in order; only those of a sound sequence
    manifest: Mapping[str, str] = field(default_factory=dict)  # content path → digest
    fixity: tuple[tuple[str, str, str], ...] = ()  # content path, algorithm, digest
    states: Mapping[str, Mapping[str, tuple[str, frozenset[str]]]] = field(default_factory=dict)
    notes: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)  # version → created, message, user


def check_inventory(value: dict[str, Any], *, specification: str) -> tuple[Facts, tuple[Problem, ...]]:
    """Check one inventory; `specification` is what its object declares."""
    problems: list[Problem] = []
    problems += _heading(value, specification)
    algorithm = value.get("digestAlgorithm")
    algorithm = algorithm if isinstance(algorithm, str) else "sha512"
    directory = value.get("contentDirectory", "content")
    sound_directory = isinstance(directory, str) and "/" not in directory and directory not in {"", ".", ".."}
    versions = value.get("versions")
    names = tuple(_sequence(versions, problems)) if isinstance(versions, dict) else ()
    if names and value.get("head") != names[-1]:
        problems.append(_wrong("E040", "The head is not the newest version."))
    manifest = _manifest(value.get("manifest"), algorithm, names, problems)
    blocks = {name: versions[name] for name in names} if isinstance(versions, dict) else {}
    states = {name: _state(block, algorithm, manifest, problems) for name, block in blocks.items()}
    for block in blocks.values():
        problems += _version(block)
    problems += _unused(manifest, states, value.get("manifest"))
    found = re.fullmatch(_TYPE, str(value.get("type")))
    facts = Facts(
        id=value.get("id") if isinstance(value.get("id"), str) else None,
        specification=found.group(1) if found else specification,
        algorithm=algorithm,
        content_directory=directory if sound_directory else "content",
        head=names[-1] if names else None,
        versions=names,
        manifest={path: digest for digest, paths in manifest.items() for path in paths},
        fixity=tuple(_fixity(value.get("fixity", {}), manifest, problems)),
        states=states,
        notes={
            name: tuple(_get(block, key) for key in ("created", "message", "user")) for name, block in blocks.items()
        },
    )
    return facts, tuple(problems)


def check_prior(root: Facts, prior: Facts) -> Iterator[Problem]:
    """Check that an earlier version's inventory tells the same history as the object's own."""
    if root.id != prior.id:
        yield _wrong("E037", "The version's inventory names another object.")
    if root.content_directory != prior.content_directory:
        yield _wrong("E020", "The version's inventory names another content folder.")
    if not prior.versions or not set(prior.versions) < set(root.versions):
        yield _wrong("E066", "The version's inventory names versions that the object does not.")
        return
    for version in prior.versions:
        before, now = prior.states[version], root.states[version]
        same = root.algorithm == prior.algorithm
        if set(before) != set(now) or any(
            not paths <= now[logical][1] or (same and digest != now[logical][0])
            for logical, (digest, paths) in before.items()
        ):
            yield _wrong("E066", f"The state of {version} is told differently.")
        if prior.notes[version] != root.notes[version]:
            yield _wrong("W011", f"The notes of {version} are told differently.")


def normal_digest(digest: str) -> str:
    """Give a digest as it is compared: hex digits in any case are the same."""
    return digest.lower()


def _wrong(code: str, message: str) -> Problem:
    return Problem(code, "", message)


def _get(block: Any, key: str) -> Any:
    return block.get(key) if isinstance(block, dict) else None


def _heading(value: dict[str, Any], specification: str) -> Iterator[Problem]:
    for key in ("id", "type", "digestAlgorithm", "head"):
        if key not in value:
            yield _wrong("E036", f"The inventory has no {key}.")
    for key in ("manifest", "versions"):
        if not isinstance(value.get(key), dict):
            yield _wrong("E044" if key == "versions" and key in value else "E041", f"The inventory has no {key}.")
    if "id" in value and not (isinstance(value["id"], str) and value["id"]):
        yield _wrong("E037", "The id is empty.")
    elif "id" in value and not _URI.fullmatch(value["id"]):
        yield _wrong("W005", "The id should be a URI.")
    kind = re.fullmatch(_TYPE, str(value.get("type")))
    if "type" in value and (kind is None or kind.group(1) > specification):
        yield _wrong("E038", "The type is not that of this specification.")
    yield from _choices(value)


def _choices(value: dict[str, Any]) -> Iterator[Problem]:
    algorithm = value.get("digestAlgorithm", "sha512")
    if algorithm not in _CONTENT_ALGORITHMS:
        yield _wrong("E025", "Content may only be named by sha512 or sha256.")
    elif algorithm == "sha256":
        yield _wrong("W004", "Content should be named by sha512.")
    directory = value.get("contentDirectory", "content")
    if not isinstance(directory, str) or "/" in directory:
        yield _wrong("E017", "The content folder's name may hold no slash.")
    elif directory in {"", ".", ".."}:
        yield _wrong("E018", "The content folder may not be the version folder or stand above it.")


def _sequence(versions: dict[str, Any], problems: list[Problem]) -> Iterator[str]:
    """Give v1, v2 … as far as they follow each other in one form."""
    width = next((w for w in (0, *range(2, 11)) if f"v{1:0{w}d}" in versions), None)
    if width is None:
        problems.append(
            _wrong("E009", "There is no version 1.") if versions else _wrong("E008", "There is no version.")
        )
        return
    if width:
        problems.append(_wrong("W001", "Version numbers should have no zeros in front."))
    names: list[str] = []
    while _padded(name := f"v{len(names) + 1:0{width}d}", width) and name in versions:
        names.append(name)
    others = sorted(set(versions) - set(names))
    if any(re.fullmatch(r"v\d+", other) and not _padded(other, width) for other in others):
        problems.append(_wrong("E011", "Padded version numbers must begin with a zero."))
        problems.append(_wrong("E013", "Version numbers differ in form."))
    elif others:
        problems.append(_wrong("E010", "Version numbers do not follow each other."))
    yield from names


def _padded(name: str, width: int) -> bool:
    """Say whether a version's name has the object's form: with a zero in front, or without any."""
    return (name[1] == "0") == bool(width) and (not width or len(name) == width + 1)


def _manifest(
    value: Any, algorithm: str, versions: tuple[str, ...], problems: list[Problem]
) -> dict[str, tuple[str, ...]]:
    """Read the manifest, digest → content paths."""
    read: dict[str, tuple[str, ...]] = {}
    for digest, paths in value.items() if isinstance(value, dict) else ():
        if not _is_digest(digest, algorithm):
            problems.append(_wrong("E025", "A digest is not of its algorithm."))
        if not _are_paths(paths):
            problems.append(_wrong("E092", "A digest has no list of paths."))
            continue
        if normal_digest(digest) in read:
            problems.append(_wrong("E096", "The manifest names a digest twice."))
        read[normal_digest(digest)] = (*read.get(normal_digest(digest), ()), *paths)
    every = [path for paths in read.values() for path in paths]
    problems += _paths(every, absolute="E100", parts="E099", conflict="E101")
    for path in every:
        if versions and path.split("/")[0] not in versions and not path.startswith("/"):
            problems.append(_wrong("E042", f"{path} stands outside the versions."))
    return read


def _state(
    block: Any, algorithm: str, manifest: Mapping[str, tuple[str, ...]], problems: list[Problem]
) -> dict[str, tuple[str, frozenset[str]]]:
    value = _get(block, "state")
    if not isinstance(value, dict):
        problems.append(_wrong("E048" if value is None else "E050", "A version has no state."))
        return {}
    read: dict[str, tuple[str, frozenset[str]]] = {}
    logical: list[str] = []
    for digest, paths in value.items():
        if not _is_digest(digest, algorithm) or not _are_paths(paths):
            problems.append(_wrong("E050", "A state is not of digests and lists of paths."))
            continue
        if normal_digest(digest) not in manifest:
            problems.append(_wrong("E050", "A state names a digest that the manifest does not."))
        logical += paths
        content = normal_digest(digest), frozenset(manifest.get(normal_digest(digest), ()))
        read.update(dict.fromkeys(paths, content))
    problems += _paths(logical, absolute="E053", parts="E052", conflict="E095")
    return read


def _paths(paths: Iterable[str], *, absolute: str, parts: str, conflict: str) -> Iterator[Problem]:
    """Check paths by themselves and among each other: none twice, none the folder of another."""
    seen: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        if path.startswith("/") or path.endswith("/"):
            yield _wrong(absolute, f"{path!r} begins or ends with a slash.")
        if {"", ".", ".."} & set(path.strip("/").split("/")):
            yield _wrong(parts, f"{path!r} has empty or dotted parts.")
        if path in seen:
            yield _wrong(conflict, f"{path!r} is named twice.")
        seen.add(path)
        pieces = path.split("/")
        folders.update("/".join(pieces[:n]) for n in range(1, len(pieces)))
    for path in sorted(seen & folders):
        yield _wrong(conflict, f"{path!r} is a file and a folder.")


def _version(block: Any) -> Iterator[Problem]:
    created, message, user = (_get(block, key) for key in ("created", "message", "user"))
    if created is None:
        yield _wrong("E048", "A version does not say when it was made.")
    elif not isinstance(created, str) or not _CREATED.fullmatch(created) or not _is_time(created):
        yield _wrong("E049", "A version's time is not to the second with its zone.")
    if message is None or user is None:
        yield _wrong("W007", "A version should say why and by whom.")
    if message is not None and not isinstance(message, str):
        yield _wrong("E094", "A version's message is not text.")
    if user is not None:
        yield from _user(user)


def _user(user: Any) -> Iterator[Problem]:
    name, address = _get(user, "name"), _get(user, "address")
    if not isinstance(name, str) or not name:
        yield _wrong("E054", "A version's user has no name.")
    elif address is None:
        yield _wrong("W008", "A version's user should have an address.")
    elif not isinstance(address, str):
        yield _wrong("E054", "A version's user has an address that is not text.")
    elif not _URI.fullmatch(address):
        yield _wrong("W009", "A version's user should have a URI as address.")


def _unused(manifest: Mapping[str, tuple[str, ...]], states: Mapping[str, Any], written: Any) -> Iterator[Problem]:
    used = {path for state in states.values() for _, paths in state.values() for path in paths}
    if isinstance(written, dict) and any(not set(paths) <= used for paths in manifest.values()):
        yield _wrong("E107", "The manifest names content that no version uses.")


def _fixity(
    value: Any, manifest: Mapping[str, tuple[str, ...]], problems: list[Problem]
) -> Iterator[tuple[str, str, str]]:
    known = {path for paths in manifest.values() for path in paths}
    if not isinstance(value, dict):
        problems.append(_wrong("E111", "The fixity block is not an object."))
        return
    for algorithm, block in value.items():
        if not isinstance(block, dict):
            problems.append(_wrong("E057", f"The fixity block of {algorithm} is not an object."))
            continue
        for path, digest in _fixity_block(algorithm, block, problems):
            if path not in known:
                problems.append(_wrong("E057", f"The fixity block names {path!r}, the manifest does not."))
            yield path, algorithm, digest


def _fixity_block(algorithm: str, block: dict[str, Any], problems: list[Problem]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for digest, paths in block.items():
        if not _are_paths(paths) or (algorithm in _LENGTHS and not _is_digest(digest, algorithm)):
            problems.append(_wrong("E057", f"The fixity block of {algorithm} is not of digests and paths."))
            continue
        if normal_digest(digest) in seen:
            problems.append(_wrong("E097", f"The fixity block of {algorithm} names a digest twice."))
        seen.add(normal_digest(digest))
        problems += _paths(paths, absolute="E100", parts="E099", conflict="E101")
        yield from ((path, normal_digest(digest)) for path in paths)


def _is_digest(digest: str, algorithm: str) -> bool:
    return bool(_HEX.fullmatch(digest)) and len(digest) == _LENGTHS.get(algorithm, len(digest))


def _are_paths(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(path, str) for path in value)


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
