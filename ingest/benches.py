"""The measurements that `luutru bench NAME` can run, each in a module of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest import bench_corpus, bench_describe, bench_faults, bench_ocr, bench_path, bench_verapdf
from schemas.errors import UsageError
from schemas.settings import Settings


def measure(name: str, *, path: Path | None, share: int, settings: Settings) -> dict[str, Any]:
    """Run one measurement. Raises UsageError U030 for an unknown name or a folder that is needed."""
    if name not in _BENCHES:
        raise UsageError("U030", f"There is no measurement {name!r}; there are {', '.join(NAMES)}.")
    return _BENCHES[name](path, share, settings)


def _path(path: Path | None, share: int, _settings: Settings) -> dict[str, Any]:
    if path is None or not path.is_dir():
        raise UsageError("U030", "Name a folder of scans: luutru bench path DIR.")
    return bench_path.measure(path, share=share)


def _corpus(path: Path | None, share: int, settings: Settings) -> dict[str, Any]:
    if path is None or not path.is_dir():
        raise UsageError("U030", "Name a folder: luutru bench corpus DIR.")
    return bench_corpus.measure(path, share=share, workers=settings.workers)


def _describe(path: Path | None, share: int, _settings: Settings) -> dict[str, Any]:
    if path is None or not path.is_dir():
        raise UsageError("U030", "Name the folder of the truth sets: luutru bench describe DIR.")
    return bench_describe.measure(path, share=share)


def _faults(path: Path | None, share: int, _settings: Settings) -> dict[str, Any]:
    return bench_faults.measure(kills=share or 200, files=path)


def _ocr(path: Path | None, share: int, _settings: Settings) -> dict[str, Any]:
    return bench_ocr.measure(data=path, pages=share or 30)


def _verapdf(_path: Path | None, share: int, settings: Settings) -> dict[str, Any]:
    return bench_verapdf.measure(settings, files=share or 1000)


_BENCHES: dict[str, Callable[[Path | None, int, Settings], dict[str, Any]]] = {
    "path": _path,
    "corpus": _corpus,
    "ocr": _ocr,
    "verapdf": _verapdf,
    "faults": _faults,
    "describe": _describe,
}
NAMES = tuple(_BENCHES)
