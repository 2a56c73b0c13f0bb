"""What a reader may do with a record: a ladder, each rung holding the ones below."""

from enum import IntEnum


class Rung(IntEnum):
    """How far a reader may go: not know of it, see it in the mục lục, read it on screen, take it home."""

    NONE = 0
    KNOW = 1
    READ = 2
    DOWNLOAD = 3
