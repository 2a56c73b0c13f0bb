"""The measurements of the reading room that `luutru bench NAME` can run."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from schemas.errors import UsageError
from schemas.settings import Settings
from schemas.words import word
from search_ui.benches import leaks, legal_questions, official_texts, search, syllables
from search_ui.index.opening import open_index
from search_ui.index.tantivy import TantivyIndex


def measure(name: str, *, folder: Path | None, share: int, settings: Settings) -> dict[str, Any]:
    """Run one measurement. Raises UsageError U030 for a folder that is needed."""
    if name in _ALONE:
        return _ALONE[name](share, settings)
    if folder is None or not folder.is_dir():
        raise UsageError("U030", word("bench-folder", name=name))
    return _BENCHES[name](folder, share, settings)


def _relevance(folder: Path, share: int, settings: Settings) -> dict[str, Any]:
    """Measure on a folder with `search`, `vn-texts` and `vn-scans`, as far as they are there."""
    figures: dict[str, Any] = {}
    if (folder / "search").is_dir():
        figures["ALQAC 2022"] = legal_questions.measure(folder / "search", settings)
    if (folder / "vn-texts").is_dir():
        figures["official texts"] = official_texts.measure(folder, settings, share=share)
    return figures


def _leaks(share: int, settings: Settings) -> dict[str, Any]:
    """Measure on the embedded engine, and on the cluster where one is set."""
    with tempfile.TemporaryDirectory() as place:
        figures = {"embedded": leaks.measure(TantivyIndex(Path(place) / "index"), pairs=share or leaks.PAIRS)}
    if settings.search_url:
        own = settings.model_copy(update={"search_name": f"{settings.search_name}_bench"})
        figures["cluster"] = leaks.measure(open_index(own), pairs=share or leaks.PAIRS)
    return figures


def _search(share: int, settings: Settings) -> dict[str, Any]:
    return search.measure(settings, share=share)


def _syllables(folder: Path, _share: int, _settings: Settings) -> dict[str, Any]:
    return syllables.measure(folder)


_BENCHES: dict[str, Callable[[Path, int, Settings], dict[str, Any]]] = {
    "relevance": _relevance,
    "syllables": _syllables,
}
_ALONE: dict[str, Callable[[int, Settings], dict[str, Any]]] = {
    "leaks": _leaks,
    "search": _search,
}  # these need no folder
OF_FOLDERS = tuple(_BENCHES)
NAMES = (*_ALONE, *_BENCHES)
