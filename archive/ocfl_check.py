"""Checks an OCFL object of version 1.0 or 1.1, whoever wrote it: its folders, inventories, sidecars and every digest.

Written apart from the writer (`archive.ocfl`, `archive.store`) on purpose: a checker must not share its mistakes. Gives
problems under the specification's own codes, E for errors and W for warnings; repairs nothing, writes nothing.
Source: OCFL 1.0 and 1.1 and their validation codes, https://ocfl.io/1.1/spec/validation-codes.html.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from archive.keeping import Files
from archive.ocfl_inventory_check import Facts, Problem, check_inventory, check_prior, normal_digest

SPECIFICATIONS = ("1.0", "1.1")
_INVENTORY = "inventory.json"
_SIDECAR_LINE = re.compile(rb"([0-9a-fA-F]+)[ \t]+inventory\.json\s*")
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectReport:
    """What was found in one object; `bytes` counts the content that was read."""

    problems: tuple[Problem, ...]
    id: str | None = None
    head: str | None = None
    bytes: int = 0

    @property
    def valid(self) -> bool:
        """Say whether there is no error; warnings do not count."""
        return not any(problem.error for problem in self.problems)


def check_object(files: Files) -> ObjectReport:
    """Check one object, given a view of its folder."""
    problems: list[Problem] = []
    names = {entry.name: entry.kind for entry in files.entries("")}
    specification = _declaration(files, names, problems)
    if names.get(_INVENTORY) != "file":
        problems.append(Problem("E063", _INVENTORY, "The object has no inventory."))
        return ObjectReport(problems=tuple(problems))
    root = _inventory(files, _INVENTORY, specification, problems)
    if root is None:
        return ObjectReport(problems=tuple(problems))
    whole = not any(problem.error for problem in problems)
    _sidecar(files, "", root.algorithm, names=names, problems=problems)
    problems += _root_entries(files, names, root)
    earlier = _version_inventories(files, root, specification, problems)
    read = 0
    if whole:
        found = set(_content(files, root, problems))
        read = _digests(files, found, (root, *earlier), problems)
        problems += [
            Problem("E023", path, "No inventory names this file.") for path in sorted(found - set(root.manifest))
        ]
    return ObjectReport(problems=tuple(problems), id=root.id, head=root.head, bytes=read)


def check_storage_root(files: Files) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    """Check a storage root's own files and that every folder leads to objects; give the objects' places too.

    The objects themselves are not read.
    """
    problems: list[Problem] = []
    names = {entry.name: entry.kind for entry in files.entries("")}
    declared = [s for s in SPECIFICATIONS if names.get(f"0=ocfl_{s}") == "file"]
    if len(declared) != 1:
        problems.append(Problem("E069", "0=ocfl_…", "The storage root has no declaration, or several."))
    elif _read(files, f"0=ocfl_{declared[0]}").rstrip(b"\n") != f"ocfl_{declared[0]}".encode():
        problems.append(Problem("E080", f"0=ocfl_{declared[0]}", "The declaration does not say what its name says."))
    if names.get("ocfl_layout.json") == "file" and not _is_layout(_read(files, "ocfl_layout.json")):
        problems.append(Problem("E070", "ocfl_layout.json", "The layout has no extension or no description."))
    places: list[str] = []
    for name, kind in names.items():
        if kind == "folder" and name != "extensions":
            problems += _hierarchy(files, name, places)
        elif kind == "other":
            problems.append(Problem("E072", name, "A file outside any object."))
    return tuple(problems), tuple(places)


def _is_layout(data: bytes) -> bool:
    try:
        value = json.loads(data)
    except ValueError:
        return False
    return isinstance(value, dict) and {"extension", "description"} <= set(value)


def _hierarchy(files: Files, folder: str, places: list[str]) -> Iterator[Problem]:
    entries = _entries(files, folder)
    if any(entry.name.startswith("0=ocfl_object_") for entry in entries):
        places.append(folder)
        return
    if not entries:
        yield Problem("E073", folder, "An empty folder in the storage root.")
    for entry in entries:
        if entry.kind == "folder":
            yield from _hierarchy(files, f"{folder}/{entry.name}", places)
        else:
            yield Problem("E072", f"{folder}/{entry.name}", "A file outside any object.")


def _declaration(files: Files, names: dict[str, str], problems: list[Problem]) -> str:
    """Find the declared version of the specification; without one, go on as 1.1."""
    declared = sorted(name for name in names if name.startswith("0="))
    known = [s for s in SPECIFICATIONS if f"0=ocfl_object_{s}" in declared]
    if not declared or len(declared) > 1:
        problems.append(Problem("E003", "", "The object has no declaration, or several."))
    if len(known) < len(declared):
        problems.append(Problem("E006", declared[0], "The declaration's name is not one of this specification."))
    for specification in known:
        name = f"0=ocfl_object_{specification}"
        if _read(files, name).removesuffix(b"\n") != f"ocfl_object_{specification}".encode():
            problems.append(Problem("E007", name, "The declaration does not say what its name says."))
    return known[-1] if known else SPECIFICATIONS[-1]


def _inventory(files: Files, path: str, specification: str, problems: list[Problem]) -> Facts | None:
    try:
        value: Any = json.loads(_read(files, path))
    except (ValueError, RecursionError):
        problems.append(Problem("E033", path, "The inventory is not JSON."))
        return None
    if not isinstance(value, dict):
        problems.append(Problem("E033", path, "The inventory is not a JSON object."))
        return None
    facts, found = check_inventory(value, specification=specification)
    problems += [Problem(p.code, path, p.message) for p in found]
    return facts


def _sidecar(files: Files, folder: str, algorithm: str, *, names: dict[str, str], problems: list[Problem]) -> None:
    name = f"{_INVENTORY}.{algorithm}"
    if names.get(name) != "file":
        problems.append(Problem("E058", folder + name, "The inventory has no digest beside it."))
        return
    line = _SIDECAR_LINE.fullmatch(_read(files, folder + name))
    if line is None:
        problems.append(Problem("E061", folder + name, "The digest file is not of its form."))
    elif algorithm in hashlib.algorithms_available:
        actual = hashlib.new(algorithm, _read(files, folder + _INVENTORY)).hexdigest()
        if line.group(1).decode().lower() != actual:
            problems.append(Problem("E060", folder + _INVENTORY, "The inventory is not what its digest says."))


def _root_entries(files: Files, names: dict[str, str], root: Facts) -> Iterator[Problem]:
    known = {_INVENTORY, f"{_INVENTORY}.{root.algorithm}"}
    for name, kind in names.items():
        if kind == "folder" and name == "extensions":
            yield from _extensions(files)
        elif kind == "folder" and re.fullmatch(r"v\d+", name) and name not in root.versions:
            yield Problem("E046", name, "The inventory does not name this version folder.")
        elif kind == "folder" and name not in root.versions and name != "logs":
            yield Problem("E001", name, "The object holds a folder that no object has.")
        elif kind != "folder" and (kind == "other" or (name not in known and not name.startswith("0="))):
            yield Problem("E001", name, "The object holds a file that no object has.")
    for version in root.versions:
        if names.get(version) != "folder":
            yield Problem("E046", version, "The version has no folder.")
            yield Problem("E010", version, "The version folders do not follow each other.")


def _extensions(files: Files) -> Iterator[Problem]:
    for entry in files.entries("extensions"):
        if entry.kind != "folder":
            yield Problem("E067", f"extensions/{entry.name}", "Only folders may stand here.")
        else:
            yield Problem("W013", f"extensions/{entry.name}", "An extension that we do not know.")


def _version_inventories(files: Files, root: Facts, specification: str, problems: list[Problem]) -> tuple[Facts, ...]:
    """Check each version's own inventory; give those of the versions before the head."""
    earlier = []
    newest = SPECIFICATIONS[0]
    for version in root.versions:
        names = {entry.name: entry.kind for entry in _entries(files, version)}
        path = f"{version}/{_INVENTORY}"
        if names.get(_INVENTORY) != "file":
            problems.append(Problem("W010", version, "The version folder has no inventory."))
            continue
        if version == root.versions[-1]:
            if _read(files, path) != _read(files, _INVENTORY):
                problems.append(Problem("E064", path, "The head's inventory differs from the object's."))
            _sidecar(files, f"{version}/", root.algorithm, names=names, problems=problems)
            continue
        facts = _inventory(files, path, specification, problems)
        if facts is not None:
            _sidecar(files, f"{version}/", facts.algorithm, names=names, problems=problems)
            problems += [Problem(p.code, path, p.message) for p in check_prior(root, facts)]
            earlier.append(facts)
            newest = max(newest, facts.specification)
    if newest > max(root.specification, specification):
        problems.append(Problem("E103", _INVENTORY, "A later version says an earlier specification."))
    return tuple(earlier)


def _content(files: Files, root: Facts, problems: list[Problem]) -> Iterator[str]:
    """Give the paths of all content files; name what else stands in the version folders."""
    for version in root.versions:
        sidecars = {_INVENTORY, *(f"{_INVENTORY}.{algorithm}" for algorithm in ("sha512", "sha256"))}
        for entry in _entries(files, version):
            path = f"{version}/{entry.name}"
            if entry.name in sidecars:
                continue
            if entry.kind != "folder":
                problems.append(Problem("E015", path, "A version folder may hold no such file."))
            elif entry.name == root.content_directory:
                found = list(_walk(files, path, problems))
                if not found:
                    problems.append(Problem("W003", path, "The content folder is empty."))
                yield from found
            else:
                problems.append(Problem("W002", path, "A version folder should hold no such folder."))


def _walk(files: Files, folder: str, problems: list[Problem], *, top: bool = True) -> Iterator[str]:
    entries = _entries(files, folder)
    if not entries and not top:
        problems.append(Problem("E024", folder, "There is an empty folder in the content."))
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if entry.kind == "folder":
            yield from _walk(files, path, problems, top=False)
        elif entry.kind == "file":
            yield path
        else:
            problems.append(Problem("E090", path, "Only regular files may stand in the content."))


def _digests(files: Files, found: set[str], inventories: Iterable[Facts], problems: list[Problem]) -> int:
    """Read every content file once and compare it with every digest that any inventory states; give the bytes read."""
    stated: dict[str, set[tuple[str, str, str]]] = {}
    for facts in inventories:
        for path, digest in facts.manifest.items():
            stated.setdefault(path, set()).add((facts.algorithm, digest, "E092"))
        for path, algorithm, digest in facts.fixity:
            stated.setdefault(path, set()).add((algorithm, digest, "E093"))
    total = 0
    for path, digests in sorted(stated.items()):
        if path not in found:
            codes = sorted({code for _, _, code in digests})
            problems += [
                Problem(code, path, "The file that the inventory names is missing.", missing=True) for code in codes
            ]
            continue
        sums, length = _sums(files, path, {algorithm for algorithm, _, _ in digests})
        total += length
        wrong = {code for algorithm, digest, code in digests if algorithm in sums and sums[algorithm] != digest}
        problems += [Problem(code, path, "The file is not what the inventory says.") for code in sorted(wrong)]
    return total


def _sums(files: Files, path: str, algorithms: set[str]) -> tuple[dict[str, str], int]:
    running = {name: made for name in algorithms if (made := _sum_of(name)) is not None}
    length = 0
    with files.open(path) as stream:
        while data := stream.read(_CHUNK_BYTES):
            length += len(data)
            for each in running.values():
                each.update(data)
    return {name: normal_digest(each.hexdigest()) for name, each in running.items()}, length


def _sum_of(algorithm: str) -> Any:
    """Give a running digest; None for an algorithm that only an extension defines."""
    if algorithm.startswith("blake2b-"):
        return hashlib.blake2b(digest_size=int(algorithm.removeprefix("blake2b-")) // 8)
    name = algorithm.replace("/", "_")
    return hashlib.new(name, usedforsecurity=False) if name in hashlib.algorithms_available else None


def _entries(files: Files, folder: str) -> tuple[Any, ...]:
    try:
        return files.entries(folder)
    except OSError:
        return ()


def _read(files: Files, path: str) -> bytes:
    with files.open(path) as stream:
        return stream.read()
