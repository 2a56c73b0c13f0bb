"""What the reading room shows of the workshop's desk. The workshop fills these rows; neither room imports the other."""

from dataclasses import dataclass

from schemas.identifiers import JobId
from schemas.jobs import JobState, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job as the jobs page lists it. Times are ISO 8601 UTC with offset."""

    id: JobId
    source: str
    state: JobState
    stage: Stage
    created_at: str
    ended_at: str | None = None
    attempts: int = 0
    pages: int | None = None
    record: str | None = None  # the record it became, or the one that was there already
    code: str | None = None  # of the finding or error that ended it
    message: str | None = None  # one sentence: what happened and what to do
