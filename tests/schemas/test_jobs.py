"""The table of allowed moves, walked pair by pair."""

import itertools

from schemas.jobs import ALLOWED, ENDED, JobState, may_move


def test_every_state_has_its_row() -> None:
    assert set(ALLOWED) == set(JobState)


def test_every_pair_is_allowed_or_refused_by_the_table() -> None:
    allowed = {(old, new) for old, new in itertools.product(JobState, JobState) if may_move(old, new)}
    assert len(allowed) == sum(len(row) for row in ALLOWED.values())
    assert not any(old is new for old, new in allowed)


def test_an_end_is_an_end_but_a_failed_job_may_be_tried_again() -> None:
    assert {old for old in ENDED if ALLOWED[old]} == {JobState.FAILED}


def test_every_end_can_be_reached_from_the_beginning() -> None:
    reached, waiting = set[JobState](), [JobState.WAITING]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting.extend(ALLOWED[state])
    assert reached == set(JobState)
