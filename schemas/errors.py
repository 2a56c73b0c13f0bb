"""Errors that say who must act, with stable codes, and the exit codes of the command.

A message is a sentence with the thing's identifier and the next thing to do. "A person must look at this" is a
returned finding (`schemas.findings`), not an error.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command `luutru` returns to the shell."""

    DONE = 0
    BUG = 1
    USAGE = 2
    PARTLY = 3
    NOT_FOUND = 4
    TRY_LATER = 5
    INTEGRITY = 6
    REFUSED = 7
    INTERRUPTED = 130


class LuutruError(Exception):
    """Base of all errors that are told to people. `code` is stable; the message says what to do."""

    exit_code = ExitCode.BUG

    def __init__(self, code: str, message: str) -> None:
        """Keep the stable code beside the sentence."""
        super().__init__(message)
        self.code = code
        self.message = message


class UsageError(LuutruError):
    """The caller must change what was asked (codes U…)."""

    exit_code = ExitCode.USAGE


class SubmissionError(LuutruError):
    """The submitter must act: what was offered cannot be taken (codes P…, see `schemas.findings`)."""

    exit_code = ExitCode.PARTLY


class NotFoundError(LuutruError):
    """Nothing matched (codes N…)."""

    exit_code = ExitCode.NOT_FOUND


class TryLaterError(LuutruError):
    """Nobody: try again, bounded; or something needed is missing (codes T…)."""

    exit_code = ExitCode.TRY_LATER


class ProgramError(TryLaterError):
    """An outside program hung, died or lied (codes T1…)."""


class IntegrityError(LuutruError):
    """The archivist, today: something stored is not what was stored (codes F…). Never retried, never repaired silently."""

    exit_code = ExitCode.INTEGRITY


class RefusedError(LuutruError):
    """A manager: hold, restriction, second approver (codes R…)."""

    exit_code = ExitCode.REFUSED
