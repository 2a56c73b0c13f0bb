"""What a password must be like, how it is kept, and that the law's limits can be made stricter, never laxer."""

import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.errors import UsageError
from schemas.rules import account_limits
from schemas.settings import Settings
from search_ui.accounts import credentials, passwords, sessions
from search_ui.accounts.desk import AccountDesk
from search_ui.accounts.passwords import Wanted, faults
from search_ui.accounts.values import Stage
from tests.search_ui.accounts.people_of_the_agency import NOW, OTHER, PASSWORD, a_desk, again, by, somebody


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[AccountDesk]:
    made = a_desk(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("name", sorted(account_limits()))
def test_a_limit_of_the_law_is_the_default_and_cannot_be_loosened(name: str) -> None:
    limit = account_limits()[name]
    assert Settings.model_fields[name].default == limit
    laxer = limit - 1 if name.startswith("password") else limit + 1
    with pytest.raises(ValidationError):
        Settings(**{name: laxer})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("Aa1!aaa", {"account-password-length"}),
        ("mua-thu-ha-giang-26", {"account-password-classes"}),
        ("MUATHU26-", {"account-password-classes"}),
        ("Mùa thu Hà Giang", {"account-password-classes"}),
        ("P@ssword1", {"account-password-known"}),
        ("P@ssw0rd!", {"account-password-known"}),
        ("Abc@123456", {"account-password-known"}),
        ("Aa@123456", {"account-password-known"}),
        ("1qaz@WSX", {"account-password-known"}),
        ("K7$2-9q!4#x1", set()),
        ("Hà-Nội-2026", {"account-password-known"}),
        ("Password1!", {"account-password-known"}),
        ("Mật-khẩu-1", {"account-password-known"}),
        ("Luutru@2026", {"account-password-known"}),
        ("NguyenVanAn-1945", {"account-password-known"}),
        (PASSWORD, set()),
        ("Aa1!" * 33, {"account-password-length"}),
        ("Aa1!" * 32, set()),
    ],
)
def test_what_is_wrong_with_a_password_is_said(password: str, expected: set[str]) -> None:
    assert set(faults(password, Wanted(), about=("nguyenvanan", "Nguyễn Văn An"))) == expected


@pytest.mark.real_hashes
def test_a_password_is_the_same_however_its_marks_were_typed() -> None:
    kept = passwords.keep(unicodedata.normalize("NFC", PASSWORD))
    assert passwords.is_right(unicodedata.normalize("NFD", PASSWORD), kept)
    assert not passwords.is_right(PASSWORD + "x", kept)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@settings(max_examples=8, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_comparison(text: str) -> None:
    assert not passwords.is_right(text, "")
    assert not passwords.is_right(text, "no hash")


@pytest.mark.real_hashes
def test_a_very_long_password_costs_no_more_than_a_short_one() -> None:
    assert not passwords.is_right("Aa1!" * 10_000_000, passwords.keep(PASSWORD))


def test_the_last_ten_passwords_are_not_taken_again(desk: AccountDesk) -> None:
    account = somebody(desk, "an", "reader")
    for number in range(9):
        credentials.set_password(desk, account, f"Sông-Hương-{number}{number}", by=by(account))
    with pytest.raises(UsageError) as refused:
        credentials.set_password(desk, account, PASSWORD, by=by(account))
    assert refused.value.code == "U049"
    credentials.set_password(desk, account, OTHER, by=by(account))
    credentials.set_password(desk, account, PASSWORD, by=by(account))


def test_a_weak_password_is_refused_with_every_reason(desk: AccountDesk) -> None:
    with pytest.raises(UsageError) as refused:
        credentials.set_password(desk, somebody(desk, "an"), "admin", by=by())
    assert refused.value.code == "U048"
    assert "8" in refused.value.message
    assert "4" in refused.value.message


def test_a_hash_with_weaker_parameters_is_made_anew_at_the_log_in(desk: AccountDesk) -> None:
    account = somebody(desk, "an", "reader")
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with desk.writing() as connection:
        credentials._write(connection, account, {"password_hash": weak})
    account = again(desk, account)
    assert not credentials.is_password(desk, account, OTHER)
    assert again(desk, account).password_hash == weak
    assert credentials.is_password(desk, account, PASSWORD)
    assert again(desk, account).password_hash != weak
    assert credentials.is_password(desk, again(desk, account), PASSWORD)


def test_a_new_password_ends_the_other_sessions(desk: AccountDesk) -> None:
    account = somebody(desk, "an", "reader")
    kept, other = (
        sessions.start(desk, account, sessions.Proof(stage=Stage.OPEN, at=NOW), by=by(account), browser="x")
        for _ in range(2)
    )
    credentials.set_password(desk, account, OTHER, by=by(account), kept_session=kept.session.id)
    assert sessions.find(desk, kept.token, now=NOW) is not None
    assert sessions.find(desk, other.token, now=NOW) is None


def test_an_administrators_password_grows_old_after_two_months(desk: AccountDesk) -> None:
    account = somebody(desk, "an", "administrator")
    assert not credentials.is_old(desk, account, now=NOW + timedelta(days=59))
    assert credentials.is_old(desk, account, now=NOW + timedelta(days=60))
