"""Room on the disk: seen before work begins, and told as what it is when it runs out in the middle.

A full disk is nobody's document's fault: jobs wait, keep their attempts, and go on when there is room.
"""

import errno
import shutil
from pathlib import Path

from schemas.errors import TryLaterError
from schemas.words import word

NO_ROOM = "T012"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SPARE_BYTES = 64 << 20  # that must remain: the job book and the journal live on the same disk


def check_room(folder: Path, needed_bytes: int = 0) -> None:
    """See that `needed_bytes` fit on the disk of a folder and something remains. Raises TryLaterError T012."""
    if shutil.disk_usage(folder).free < needed_bytes + _SPARE_BYTES:
        raise no_room()


def is_full(error: OSError) -> bool:
    """Say whether an error of the system means that the disk, or our part of it, is full."""
    return error.errno in _FULL


def no_room() -> TryLaterError:
    """Give the error that says so. The parsing process is given this too, so no database may be reached from here."""
    return TryLaterError(NO_ROOM, word("no-room"))
