"""The measurements that `luutru bench NAME` can run, each in a module of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.benches import colour, corpus, describe, faults, ocr, path, verapdf
from schemas.errors import UsageError
from schemas.settings import Settings
from schemas.words import word


def measure(name: str, *, folder: Path | None, share: int, settings: Settings) -> dict[str, Any]:
    """Run one measurement. Raises UsageError U030 for an unknown name or a folder that is needed."""
    if name not in _BENCHES:
        raise UsageError("U030", word("bench-unknown", name=name, names=", ".join(NAMES)))
    return _BENCHES[name](folder, share, settings)


def _demanded(folder: Path | None, name: str) -> Path:
    if folder is None or not folder.is_dir():
        raise UsageError("U030", word("bench-folder", name=name))
    return folder


def _path(folder: Path | None, share: int, _settings: Settings) -> dict[str, Any]:
    return path.measure(_demanded(folder, "path"), share=share)


def _corpus(folder: Path | None, share: int, settings: Settings) -> dict[str, Any]:
    return corpus.measure(_demanded(folder, "corpus"), share=share, workers=settings.workers)


def _describe(folder: Path | None, share: int, _settings: Settings) -> dict[str, Any]:
    return describe.measure(_demanded(folder, "describe"), share=share)


def _faults(folder: Path | None, share: int, _settings: Settings) -> dict[str, Any]:
    return faults.measure(kills=share or 200, files=folder)


def _ocr(folder: Path | None, share: int, _settings: Settings) -> dict[str, Any]:
    return ocr.measure(data=folder, pages=share or 30)


def _verapdf(_folder: Path | None, share: int, settings: Settings) -> dict[str, Any]:
    return verapdf.measure(settings, files=share or 1000)


def _colour(_folder: Path | None, share: int, _settings: Settings) -> dict[str, Any]:
    return colour.measure(pages=share or 100)


_BENCHES: dict[str, Callable[[Path | None, int, Settings], dict[str, Any]]] = {
    "path": _path,
    "colour": _colour,
    "corpus": _corpus,
    "ocr": _ocr,
    "verapdf": _verapdf,
    "faults": _faults,
    "describe": _describe,
}
NAMES = tuple(_BENCHES)
