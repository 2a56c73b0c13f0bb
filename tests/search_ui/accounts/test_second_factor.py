"""The second factor: codes of an app, each once; codes on paper; the seed sealed in the database."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from schemas.errors import TryLaterError, UsageError
from search_ui.accounts import credentials, second_factor, tables
from search_ui.accounts.desk import AccountDesk
from search_ui.accounts.keys import DeskKey
from tests.search_ui.accounts.people_of_the_agency import NOW, SECRET, a_desk, again, by, code, somebody


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[AccountDesk]:
    made = a_desk(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("seconds", "expected"), [(59, "94287082"), (1111111109, "07081804"), (20000000000, "65353130")]
)
def test_the_codes_are_those_of_rfc_6238(seconds: int, expected: str) -> None:
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", Appendix B
    now = datetime.fromtimestamp(seconds, UTC)
    assert second_factor.step_of(expected[2:], seed, after=0, now=now) == seconds // 30


def test_a_phone_may_be_half_a_minute_off_but_not_more(desk: AccountDesk) -> None:
    for seconds, taken in ((-30, True), (0, True), (30, True), (-90, False), (90, False)):
        given = code(NOW + timedelta(seconds=seconds))
        assert (second_factor.step_of(given, SECRET, after=0, now=NOW) is not None) is taken, seconds


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３", "💣" * 6, "0" * 10_000])
def test_what_is_no_code_is_wrong(typed: str) -> None:
    assert second_factor.step_of(typed, SECRET, after=0, now=NOW) is None


def test_a_code_opens_once(desk: AccountDesk) -> None:
    account = somebody(desk, "an", "archivist", second=True)
    assert credentials.take_code(desk, account, f" {code(NOW)[:3]} {code(NOW)[3:]} ", by=by(account))
    assert not credentials.take_code(desk, again(desk, account), code(NOW), by=by(account))


def test_a_code_given_twice_at_the_same_time_opens_once(desk: AccountDesk) -> None:
    account = somebody(desk, "an", "archivist", second=True)
    taken: list[bool] = []
    start = threading.Barrier(6)

    def give() -> None:
        start.wait()
        taken.append(credentials.take_code(desk, account, code(NOW), by=by(account)))

    threads = [threading.Thread(target=give) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(taken) == [False] * 5 + [True]


def test_a_recovery_code_opens_once_however_it_is_typed(desk: AccountDesk) -> None:
    account = somebody(desk, "an", "archivist", second=True)
    codes = credentials.renew_recovery_codes(desk, account, by=by(account))
    assert len(set(codes)) == 10
    assert credentials.take_code(desk, account, f" {codes[0].upper()} ", by=by(account))
    assert not credentials.take_code(desk, account, codes[0], by=by(account))
    assert credentials.take_code(desk, account, codes[1].replace("-", ""), by=by(account))
    assert credentials.recovery_codes_left(desk, account) == 8
    renewed = credentials.renew_recovery_codes(desk, account, by=by(account))
    assert not credentials.take_code(desk, account, codes[2], by=by(account))
    assert credentials.take_code(desk, account, renewed[2], by=by(account))


def test_a_recovery_code_is_worth_nothing_to_somebody_else(desk: AccountDesk) -> None:
    one, other = (somebody(desk, login, "archivist", second=True) for login in ("an", "binh"))
    codes = credentials.renew_recovery_codes(desk, one, by=by(one))
    assert not credentials.take_code(desk, other, codes[0], by=by(other))


def test_a_second_factor_is_set_only_when_its_app_works(desk: AccountDesk) -> None:
    account = somebody(desk, "an", "archivist")
    with pytest.raises(UsageError) as refused:
        credentials.set_second_factor(desk, account, SECRET, "000000", by=by(account))
    assert refused.value.code == "U050"
    assert again(desk, account).secret == ""


def test_the_database_alone_gives_no_second_factor_away(desk: AccountDesk) -> None:
    account = somebody(desk, "an", "archivist", second=True)
    codes = credentials.renew_recovery_codes(desk, account, by=by(account))
    with desk.reading() as connection:
        stored = " ".join(
            str(row)
            for table in (tables.accounts, tables.recovery_codes)
            for row in connection.execute(sa.select(table))
        )
    assert SECRET not in stored
    assert not [each for each in codes if each in stored or second_factor.recovery_form(each) in stored]


def test_the_key_is_for_its_owner_alone_and_another_opens_nothing(tmp_path: Path) -> None:
    key = DeskKey(tmp_path / "keys" / "desk.key")
    assert (tmp_path / "keys" / "desk.key").stat().st_mode & 0o077 == 0
    assert key.open(key.seal("bí mật")) == "bí mật"
    assert DeskKey(tmp_path / "other.key").open(key.seal("bí mật")) == ""
    assert DeskKey(tmp_path / "keys" / "desk.key").open(key.seal("x")) == "x"


def test_a_broken_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "desk.key").write_bytes(b"short")
    with pytest.raises(TryLaterError) as told:
        DeskKey(tmp_path / "desk.key")
    assert told.value.code == "T030"


def test_the_picture_holds_no_style_and_no_script() -> None:
    drawn = second_factor.picture(second_factor.address(SECRET, login="an", issuer="Sở Nội vụ"))
    assert drawn.startswith("<svg")
    assert "style" not in drawn
    assert "script" not in drawn
