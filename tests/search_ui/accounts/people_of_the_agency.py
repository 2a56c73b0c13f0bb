"""People for tests of accounts: a desk in a home, a few accounts, an authenticator app, a browser."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from schemas.settings import Settings
from search_ui.accounts import credentials, people
from search_ui.accounts.desk import AccountDesk, By, open_accounts
from search_ui.accounts.values import Account

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
PASSWORD = "Mùa-thu-Hà-Giang-26"
OTHER = "Cầu-Thê-Húc-1865!"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def a_desk(home: Path, **settings: object) -> AccountDesk:
    return open_accounts(Settings(home=home, **settings))  # type: ignore[arg-type]


def by(account: Account | None = None, now: datetime = NOW) -> By:
    return By(actor=account.id if account else "test", now=now, address="127.0.0.1")


def somebody(
    desk: AccountDesk, login: str, *roles: str, password: str = PASSWORD, second: bool = False, now: datetime = NOW
) -> Account:
    """Make an account with a password and, where wanted, the second factor of SECRET."""
    account = people.add(desk, people.new_account(login, f"Ông {login}", now=now, roles=roles), by=by(now=now))
    credentials.set_password(desk, account, password, by=by(account, now))
    if second:
        earlier = now - timedelta(minutes=5)
        credentials.set_second_factor(desk, account, SECRET, code(earlier), by=by(account, earlier))
    return again(desk, account)


def again(desk: AccountDesk, account: Account) -> Account:
    """Read an account anew."""
    found = people.by_id(desk, account.id)
    assert found is not None
    return found


def code(now: datetime | None = None, secret: str = SECRET) -> str:
    """Give what the authenticator app shows."""
    return pyotp.TOTP(secret).at(now or datetime.now(UTC))


class Browser:
    """A browser that keeps cookies, follows no redirect, and sends forms as their pages made them."""

    def __init__(self, app: Flask, *, address: str = "127.0.0.1", host: str = "127.0.0.1:8080") -> None:
        self.client = FlaskClient(app, app.response_class)  # not the one that sends tokens by itself
        self.base = f"http://{host}"
        self.environment = {"REMOTE_ADDR": address}

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path, base_url=self.base, environ_base=self.environment)
        assert answer.status_code == status, (path, answer.status_code, answer.headers.get("Location"))
        return answer.get_data(as_text=True)

    def sends(self, path: str, values: Mapping[str, object], *, seen_on: str = "", **headers: str) -> TestResponse:
        """Send a form, with the token of the page on which it stands."""
        page = self.client.get(seen_on or path, base_url=self.base, environ_base=self.environment)
        return self.client.post(
            path,
            data={"csrf": token(page.get_data(as_text=True)), **values},
            base_url=self.base,
            environ_base=self.environment,
            headers=headers,
        )

    def posts(self, path: str, values: Mapping[str, object]) -> TestResponse:
        """Send a form as it is."""
        return self.client.post(path, data=values, base_url=self.base, environ_base=self.environment)

    def goes(self, path: str) -> str:
        """Say where a page leads to."""
        answer = self.client.get(path, base_url=self.base, environ_base=self.environment)
        assert answer.status_code == 303, answer.status_code
        return answer.headers["Location"]

    def logs_in(self, login: str, password: str = PASSWORD, *, second: str = "", goal: str = "/") -> TestResponse:
        answer = self.sends("/dang-nhap", {"login": login, "password": password, "next": goal})
        if answer.status_code == 303 and "/buoc-hai" in answer.headers["Location"] and second:
            answer = self.sends("/dang-nhap/buoc-hai", {"code": second, "next": goal})
        return answer


def token(page: str) -> str:
    """Give the token of the forms on a page."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    return found[1] if found else ""


def hidden(page: str, name: str) -> str:
    """Give a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


@contextmanager
def opened(desk: AccountDesk) -> Iterator[AccountDesk]:
    """Close a desk at the end."""
    try:
        yield desk
    finally:
        desk.close()
