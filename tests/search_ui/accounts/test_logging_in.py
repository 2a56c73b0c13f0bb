"""Log-ins: throttled before any work, the same for a wrong name and a wrong password, never a lock-out by a stranger."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from search_ui.accounts import logging_in, passwords, people, sessions, tables, throttle
from search_ui.accounts.desk import AccountDesk
from search_ui.accounts.logging_in import Answer, Given, Shut, Wait, Wrong
from search_ui.accounts.people import Closed
from search_ui.accounts.sessions import Opened
from search_ui.accounts.throttle import Attempts, Counted
from search_ui.accounts.values import Stage
from tests.search_ui.accounts.people_of_the_agency import NOW, OTHER, PASSWORD, a_desk, by, code, somebody

SECOND = timedelta(seconds=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[AccountDesk]:
    made = a_desk(tmp_path)
    yield made
    made.close()


def attempt(desk: AccountDesk, login: str, password: str, *, address: str = "10.0.0.1", now: datetime = NOW) -> Answer:
    return logging_in.log_in(desk, Given(login=login, password=password, address=address), now=now)


def test_the_right_password_opens(desk: AccountDesk) -> None:
    somebody(desk, "lan", "reader")
    answer = attempt(desk, " LAN ", PASSWORD)
    assert isinstance(answer, Opened)
    assert answer.session.stage is Stage.OPEN


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(desk: AccountDesk) -> None:
    somebody(desk, "lan", "reader")
    people.lock(desk, somebody(desk, "locked", "reader"), by=by())
    people.add(desk, people.new_account("fresh", "No password yet", now=NOW), by=by())
    for login, password in (
        ("lan", OTHER),
        ("nobody", OTHER),
        ("locked", OTHER),
        ("fresh", ""),
        ("", ""),
        ("a\nb", "x"),
    ):
        assert attempt(desk, login, password, address=f"10.0.0.{len(login)}") == Wrong(), login


def test_only_who_knows_the_password_hears_that_the_account_is_closed(desk: AccountDesk) -> None:
    people.lock(desk, somebody(desk, "locked", "reader"), by=by())
    somebody(desk, "idle", "reader", now=NOW - timedelta(days=50))
    assert attempt(desk, "locked", PASSWORD) == Shut(Closed.LOCKED)
    assert attempt(desk, "idle", PASSWORD) == Shut(Closed.IDLE)


@pytest.mark.real_hashes
def test_a_wrong_name_takes_as_long_as_a_wrong_password(desk: AccountDesk) -> None:
    somebody(desk, "lan", "reader")

    def fastest(login: str) -> float:
        times = []
        for number in range(4):
            start = time.process_time()
            attempt(desk, login, OTHER, address=f"10.0.{len(login)}.{number}")
            times.append(time.process_time() - start)
        return min(times)

    known, unknown = fastest("lan"), fastest("nobody")
    assert 0.5 < known / unknown < 2


def test_waits_grow_and_nothing_is_looked_at_meanwhile(desk: AccountDesk) -> None:
    somebody(desk, "lan", "reader")
    waits, now = [], NOW
    for _ in range(8):
        while isinstance(answer := attempt(desk, "lan", OTHER, now=now), Wait):
            waits.append(answer.seconds)
            assert attempt(desk, "lan", PASSWORD, now=now) == answer
            now += timedelta(seconds=answer.seconds)
    assert waits == [1, 2, 4, 8, 16]


def test_the_right_password_after_the_wait_opens_and_forgets(desk: AccountDesk) -> None:
    somebody(desk, "lan", "reader")
    for _ in range(3):
        assert attempt(desk, "lan", OTHER) == Wrong()
    assert attempt(desk, "lan", PASSWORD) == Wait(1)
    assert isinstance(attempt(desk, "lan", PASSWORD, now=NOW + SECOND), Opened)
    assert attempt(desk, "lan", OTHER, now=NOW + SECOND) == Wrong()


def test_a_stranger_cannot_shut_an_official_out(desk: AccountDesk) -> None:
    somebody(desk, "lan", "reader")
    assert isinstance(attempt(desk, "lan", PASSWORD, address="10.0.0.1"), Opened)
    now = NOW + timedelta(hours=1)
    for number in range(200):
        attempt(desk, "lan", OTHER, address=f"203.0.{number // 250}.{number % 250}", now=now + number * SECOND)
    now += 200 * SECOND
    assert isinstance(attempt(desk, "lan", PASSWORD, address="10.0.0.1", now=now), Opened)
    elsewhere = attempt(desk, "lan", PASSWORD, address="10.0.0.77", now=now)
    assert isinstance(elsewhere, Opened) or (isinstance(elsewhere, Wait) and elsewhere.seconds <= 30)


def test_one_address_cannot_try_everybody(desk: AccountDesk) -> None:
    answers = [attempt(desk, f"person{number}", OTHER) for number in range(40)]
    assert sum(isinstance(each, Wrong) for each in answers) == 20


def test_a_hundred_at_once_are_a_hundred(desk: AccountDesk) -> None:
    somebody(desk, "lan", "reader")
    looked_at: list[Answer] = []
    start = threading.Barrier(12)

    def go() -> None:
        start.wait()
        looked_at.append(attempt(desk, "lan", OTHER))

    threads = [threading.Thread(target=go) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(isinstance(each, Wrong) for each in looked_at) == Counted.PLACE.value.free


def test_codes_are_throttled_too(desk: AccountDesk) -> None:
    account = somebody(desk, "lan", "archivist", second=True)
    wrong = 0
    for _ in range(6):
        opened = attempt(desk, "lan", PASSWORD)
        if not isinstance(opened, Opened):
            break
        while logging_in.give_code(desk, opened.session, account, "000000", by=by(account)) == Wrong():
            wrong += 1
    assert wrong <= Counted.PLACE.value.free


def test_the_second_factor_opens_under_a_new_token(desk: AccountDesk) -> None:
    account = somebody(desk, "lan", "archivist", second=True)
    waiting = attempt(desk, "lan", PASSWORD)
    assert isinstance(waiting, Opened)
    assert waiting.session.stage is Stage.PASSWORD
    opened = logging_in.give_code(desk, waiting.session, account, code(NOW), by=by(account))
    assert isinstance(opened, Opened)
    assert opened.token != waiting.token
    assert sessions.find(desk, waiting.token, now=NOW) is None
    found = sessions.find(desk, opened.token, now=NOW)
    assert found is not None
    assert found.second_factor


def test_a_log_in_that_stops_half_way_ends_after_ten_minutes(desk: AccountDesk) -> None:
    somebody(desk, "lan", "archivist", second=True)
    waiting = attempt(desk, "lan", PASSWORD)
    assert isinstance(waiting, Opened)
    assert sessions.find(desk, waiting.token, now=NOW + timedelta(minutes=9)) is not None
    assert sessions.find(desk, waiting.token, now=NOW + timedelta(minutes=10)) is None


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 200_000))
def test_no_wait_is_longer_than_a_quarter_of_an_hour(place: int, address: int, account: int, later: int) -> None:
    known = dict(
        zip(Counted, (Attempts(failures=each, last_at=NOW) for each in (place, address, account)), strict=True)
    )
    now = NOW + timedelta(seconds=later)
    assert timedelta(0) <= throttle.wait(known, now=now) <= timedelta(seconds=900)
    familiar = known | {Counted.PLACE: Attempts(last_at=NOW, succeeded_at=NOW)}
    assert throttle.wait(familiar | {Counted.ADDRESS: Attempts()}, now=now) == timedelta(0)


def test_passwords_and_codes_stand_in_no_line_of_the_book(desk: AccountDesk) -> None:
    account = somebody(desk, "lan", "archivist", second=True)
    attempt(desk, "lan", OTHER)
    attempt(desk, "my-password-by-mistake", OTHER)
    waiting = attempt(desk, "lan", PASSWORD)
    assert isinstance(waiting, Opened)
    logging_in.give_code(desk, waiting.session, account, "123456", by=by(account))
    with desk.reading() as connection:
        rows = connection.execute(sa.select(tables.account_events)).all()
    text = " ".join(map(str, rows))
    assert len(rows) >= 5
    for secret in (OTHER, PASSWORD, "123456", "by-mistake"):
        assert secret not in text


def test_long_ago_is_forgotten() -> None:
    known = {Counted.PLACE: Attempts(failures=50, last_at=NOW)}
    assert throttle.wait(known, now=NOW + throttle.FORGOTTEN + SECOND) == timedelta(0)
    assert throttle.after_one_more(known[Counted.PLACE], now=NOW + 2 * throttle.FORGOTTEN).failures == 1
    assert passwords.LENGTH_MOST >= 64
