"""The life of one job: its stages, its states and the table of allowed moves."""

from enum import StrEnum


class Stage(StrEnum):
    """The steps of one document's path, in order; a job row names the step that runs."""

    RECEIVE = "receive"
    IDENTIFY = "identify"
    SIGNATURES = "signatures"
    PREPARE = "prepare"
    RECOGNISE = "recognise"
    CONVERT = "convert"
    VALIDATE = "validate"
    DESCRIBE = "describe"
    ASSESS = "assess"
    PACKAGE = "package"
    SUBMIT = "submit"


class JobState(StrEnum):
    """Where a job stands. The last five are ends; `failed` alone can be tried again."""

    WAITING = "waiting"  # received, bytes and row are safe
    WORKING = "working"  # leased by a worker that makes the package
    PACKAGED = "packaged"  # the finished package waits for the archive's door
    SUBMITTING = "submitting"  # leased by whoever may open the storage root
    ARCHIVED = "archived"
    REVIEW = "review"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    FAILED = "failed"


ENDED = frozenset({JobState.ARCHIVED, JobState.REVIEW, JobState.DUPLICATE, JobState.REFUSED, JobState.FAILED})

ALLOWED: dict[JobState, frozenset[JobState]] = {
    JobState.WAITING: frozenset({JobState.WORKING}),
    JobState.WORKING: frozenset({JobState.WAITING, JobState.PACKAGED, JobState.REFUSED, JobState.FAILED}),
    JobState.PACKAGED: frozenset({JobState.SUBMITTING}),
    JobState.SUBMITTING: frozenset(
        {
            JobState.PACKAGED,
            JobState.ARCHIVED,
            JobState.REVIEW,
            JobState.DUPLICATE,
            JobState.REFUSED,
            JobState.FAILED,
        }
    ),
    JobState.FAILED: frozenset({JobState.WAITING}),
    JobState.ARCHIVED: frozenset(),
    JobState.REVIEW: frozenset(),
    JobState.DUPLICATE: frozenset(),
    JobState.REFUSED: frozenset(),
}


def may_move(old: JobState, new: JobState) -> bool:
    """Say whether a job may go from `old` to `new`."""
    return new in ALLOWED[old]
