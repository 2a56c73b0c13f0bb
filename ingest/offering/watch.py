"""The drop folder of a scanner or a colleague: files are offered once they have rested and nobody writes to them.

Nothing is removed from the folder. It may not overlap the archive's own folders, and links are not followed.
"""

from collections.abc import Iterator
from pathlib import Path

from watchfiles import watch

from ingest.offering.layout import parse_layout
from ingest.offering.offer import Offer, offers
from schemas.errors import UsageError
from schemas.settings import Settings
from schemas.words import word

_LOOK_MILLISECONDS = 1000


def refuse_overlap(folder: Path, settings: Settings) -> None:
    """Refuse a folder that is missing, or in, or around, the archive or this program. Raises UsageError U024."""
    place = folder.resolve()
    if not place.is_dir():
        raise UsageError("U024", word("watch-no-folder", folder=folder))
    for own in (settings.home.resolve(), Path(__file__).resolve().parents[2]):
        if place.is_relative_to(own) or own.is_relative_to(place):
            raise UsageError("U024", word("watch-overlap", folder=folder))


def dropped(folder: Path, settings: Settings) -> Iterator[list[Offer]]:
    """Give what came or changed since the last look, each time the folder has rested."""
    seen: dict[Path, tuple[int, int]] = {}
    pattern = parse_layout(settings.layout)
    delay = round(settings.copy_delay_seconds * 1000)
    for _changes in _ticks(folder, delay):
        state = {path: _state(path) for path in folder.rglob("*") if path.is_file()}
        fresh = {path for path, now in state.items() if seen.get(path) != now}
        if fresh and all(_state(path) == state[path] for path in fresh):
            found = [o for o in offers(folder, layout=pattern) if not hasattr(o, "paths") or fresh & set(o.paths)]
            seen.update({path: state[path] for path in fresh})
            yield found


def _ticks(folder: Path, delay: int) -> Iterator[object]:
    """Give one tick at once, then one whenever changes have stopped for `delay` milliseconds."""
    yield None
    yield from watch(
        folder, debounce=max(delay, _LOOK_MILLISECONDS), step=delay, rust_timeout=delay, yield_on_timeout=True
    )


def _state(path: Path) -> tuple[int, int]:
    try:
        found = path.lstat()
    except OSError:
        return (-1, -1)
    return (found.st_size, found.st_mtime_ns)
