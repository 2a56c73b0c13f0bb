"""Log-ins by an OpenID Connect provider that really runs: a process of its own, real HTTP, real signatures."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from werkzeug.test import TestResponse

from schemas.errors import LuutruError, TryLaterError, UsageError
from schemas.settings import Settings
from search_ui.accounts import openid, people, sessions, tables
from search_ui.accounts.desk import AccountDesk
from search_ui.accounts.door import now as the_time
from search_ui.accounts.values import Source
from search_ui.app import create_app
from search_ui.room import ACCOUNTS
from tests.search_ui.a_room import ARoom, a_desk, a_room, draw
from tests.search_ui.accounts.a_provider import CLIENT, SECRET
from tests.search_ui.accounts.people_of_the_agency import Browser, code, somebody
from tests.services import free_port

LAN = {
    "sub": "7", "preferred_username": "lan", "name": "Nguyễn Thị Lan", "email": "lan@so.example",
    "email_verified": True, "groups": ["readers"],
}  # fmt: skip

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    issuer: str
    folder: Path

    def says(self, claims: dict[str, Any], **wrong: Any) -> None:
        text = json.dumps({"claims": claims, **wrong})
        (self.folder / "people.json").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    folder, port = tmp_path_factory.mktemp("provider"), free_port()
    running = Provider(issuer=f"http://127.0.0.1:{port}", folder=folder)
    running.says(LAN)
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "tests.search_ui.accounts.a_provider", str(port), str(folder)]
    with subprocess.Popen(command, cwd=root, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                requests.get(f"{running.issuer}/keys", timeout=1).close()
                break
            except requests.RequestException:
                time.sleep(0.1)
        yield running
        process.terminate()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made = a_room(tmp_path_factory.mktemp("home"))
    made.follow()
    yield made
    made.archive.close()


@pytest.fixture
def app(room: ARoom, provider: Provider, tmp_path: Path) -> Iterator[Flask]:
    provider.says(LAN)
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    changes = {
        "openid_issuer": provider.issuer, "openid_client": CLIENT, "openid_secret_file": secret,
        "directory_roles": "readers=reader; archivists = archivist ;admins=administrator",
        "desk_url": f"sqlite:///{tmp_path / 'desk.db'}",
    }  # fmt: skip
    settings = room.settings.model_copy(update=changes)
    made = create_app(settings, archive=room.archive, index=room.index, render=draw, desk=a_desk(settings))
    somebody(made.extensions[ACCOUNTS], "chi", "administrator", now=the_time())
    yield made
    made.extensions[ACCOUNTS].close()


def there_and_back(browser: Browser, goal: str = "/tai-khoan", more: str = "") -> TestResponse:
    """Go to the provider as a browser does, and come back with what it says."""
    there = browser.goes(f"/dang-nhap/co-quan?next={goal}{more}")
    with requests.get(there, allow_redirects=False, timeout=10) as answer:
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
    assert back.path == "/dang-nhap/co-quan/xong"
    return browser.client.get(f"{back.path}?{back.query}", base_url=browser.base, environ_base=browser.environment)


def desk_of(app: Flask) -> AccountDesk:
    found: AccountDesk = app.extensions[ACCOUNTS]
    return found


def test_whom_the_provider_vouches_for_gets_an_account_with_roles_by_group(app: Flask) -> None:
    browser = Browser(app)
    assert "/dang-nhap/co-quan?next=" in browser.get("/dang-nhap")
    answer = there_and_back(browser)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/tai-khoan")
    assert "Nguyễn Thị Lan" in browser.get("/tai-khoan")
    browser.get("/")
    account = people.named(desk_of(app), "lan")
    assert (account.source, account.roles, account.email) == (Source.OPENID, ("reader",), "lan@so.example")


def test_the_second_time_it_is_the_same_account_whatever_its_name(app: Flask, provider: Provider) -> None:
    there_and_back(Browser(app))
    provider.says(LAN | {"preferred_username": "other", "name": "Bà Lan", "groups": ["archivists", "unknown"]})
    there_and_back(Browser(app))
    account = people.named(desk_of(app), "lan")
    assert (account.name, account.roles) == ("Bà Lan", ("archivist",))
    assert len(people.everybody(desk_of(app))) == 2


def test_who_has_no_role_gets_no_account_and_who_lost_it_no_session(app: Flask, provider: Provider) -> None:
    provider.says(LAN | {"groups": []})
    assert there_and_back(Browser(app)).status_code == 403
    assert len(people.everybody(desk_of(app))) == 1
    provider.says(LAN)
    there_and_back(Browser(app))
    provider.says(LAN | {"groups": ["unknown"]})
    assert there_and_back(Browser(app)).status_code == 403
    assert people.named(desk_of(app), "lan").roles == ()


def test_a_local_account_of_the_same_name_is_not_taken_over(app: Flask, provider: Provider) -> None:
    provider.says(LAN | {"preferred_username": "chi"})
    browser = Browser(app)
    assert there_and_back(browser).status_code == 503
    assert browser.goes("/").startswith("/dang-nhap")
    assert people.named(desk_of(app), "chi").source is Source.LOCAL


def test_a_locked_account_stays_outside(app: Flask) -> None:
    there_and_back(Browser(app))
    desk = desk_of(app)
    account = people.named(desk, "lan")
    with desk.writing() as connection:
        connection.execute(tables.accounts.update().where(tables.accounts.c.id == account.id).values(locked=True))
    assert there_and_back(Browser(app)).status_code == 403


def test_strong_roles_need_a_second_factor_there_or_here(app: Flask, provider: Provider) -> None:
    provider.says(LAN | {"groups": ["archivists"]})
    browser = Browser(app)
    there_and_back(browser)
    assert browser.goes("/kiem-tra") == "/tai-khoan/buoc-hai"
    provider.says(LAN | {"groups": ["archivists"], "amr": ["pwd", "otp"]})
    there_and_back(browser)
    browser.get("/kiem-tra")


def test_where_a_second_factor_is_set_here_it_is_asked(app: Flask, provider: Provider) -> None:
    there_and_back(Browser(app))
    desk = desk_of(app)
    secret = desk.key.seal("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    with desk.writing() as connection:
        connection.execute(tables.accounts.update().where(tables.accounts.c.login == "lan").values(secret=secret))
    browser = Browser(app)
    assert there_and_back(browser).headers["Location"] == "/dang-nhap/buoc-hai?next=/tai-khoan"
    assert browser.goes("/").startswith("/dang-nhap")
    assert browser.sends("/dang-nhap/buoc-hai", {"code": code(), "next": "/"}).status_code == 303
    browser.get("/")


def test_proving_again_means_at_the_provider_and_now(app: Flask, provider: Provider) -> None:
    browser = Browser(app)
    there_and_back(browser)
    answer = browser.sends("/tai-khoan/uy-quyen", {}, seen_on="/tai-khoan")
    assert answer.headers["Location"].startswith("/dang-nhap/xac-nhan")
    assert "again=1" in browser.get("/dang-nhap/xac-nhan?next=/tai-khoan")
    there_and_back(browser, more="&again=1")
    assert browser.sends("/tai-khoan/uy-quyen", {}, seen_on="/tai-khoan").status_code == 400
    provider.says(LAN | {"auth_time": int(time.time()) - 3600})
    assert there_and_back(browser, more="&again=1").status_code == 403


@pytest.mark.parametrize("wrong", [
    {"claims": {"iss": "http://127.0.0.1:1"}}, {"claims": {"aud": "another"}}, {"claims": {"aud": [CLIENT, "another"]}},
    {"claims": {"azp": "another"}}, {"claims": {"nonce": "another"}}, {"claims": {"exp": 1}}, {"claims": {"nonce": None}},
    {"stranger": True}, {"alg": "RS512"}, {"state": "another"}, {"answer_iss": "http://evil.example"},
], ids=str)  # fmt: skip
def test_whatever_is_wrong_with_the_answer_nobody_gets_in(
    app: Flask, provider: Provider, wrong: dict[str, Any]
) -> None:
    claims = LAN | wrong.get("claims", {})
    provider.says(claims, **{key: value for key, value in wrong.items() if key != "claims"})
    browser = Browser(app)
    assert there_and_back(browser).status_code == 403
    assert browser.goes("/").startswith("/dang-nhap")
    assert len(people.everybody(desk_of(app))) == 1


def test_an_answer_opens_only_the_browser_that_asked_and_only_once(app: Flask) -> None:
    asking, other = Browser(app), Browser(app)
    there = asking.goes("/dang-nhap/co-quan?next=/")
    with requests.get(there, allow_redirects=False, timeout=10) as answer:
        back = urlsplit(answer.headers["Location"])
    path = f"{back.path}?{back.query}"
    other.get(path, 403)
    asking.get(path, 303)
    asking.get(path, 403)


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?error=access_denied&state=x", "?code=%00&state=%ff"])
def test_who_comes_from_nowhere_gets_nowhere(app: Flask, query: str) -> None:
    browser = Browser(app)
    browser.client.set_cookie("openid", "forged", domain="127.0.0.1")
    browser.get(f"/dang-nhap/co-quan/xong{query}", 403)


def test_it_leads_to_no_other_site_afterwards(app: Flask) -> None:
    assert there_and_back(Browser(app), goal="//evil.example").headers["Location"] == "/"


def test_a_note_that_is_too_old_is_worth_nothing(app: Flask) -> None:
    desk = desk_of(app)
    begun = openid.start(
        desk.settings, desk.key, openid.Wish(redirect="http://127.0.0.1/x", goal="/"), now=the_time() - openid.LIFE
    )
    with pytest.raises(LuutruError):
        openid.finish(
            desk.settings, desk.key, openid.Back(answer={}, sealed=begun.sealed, redirect="x"), now=the_time()
        )


@pytest.mark.parametrize(
    "issuer", ["http://id.example", "ftp://127.0.0.1", "//id.example", "id.example", "http://192.0.2.1"]
)
def test_a_provider_in_the_open_is_not_spoken_to(issuer: str) -> None:
    with pytest.raises(UsageError) as refused:
        openid.check(Settings(openid_issuer=issuer, openid_client="x"))
    assert refused.value.code == "U060"


def test_a_provider_that_names_another_or_an_open_address_is_not_believed(app: Flask, provider: Provider) -> None:
    for wrong in ({"issuer": "http://127.0.0.1:1"}, {"token_endpoint": "http://evil.example/t"}, {"jwks_uri": None}):
        provider.says(LAN, configuration=wrong)
        with pytest.raises((TryLaterError, UsageError)):
            openid.discover(desk_of(app).settings)
        Browser(app).get("/dang-nhap/co-quan", 503)


def test_a_provider_that_is_away_leaves_the_local_accounts_working(app: Flask, room: ARoom) -> None:
    settings = desk_of(app).settings.model_copy(update={"openid_issuer": f"http://127.0.0.1:{free_port()}"})
    away = create_app(settings, archive=room.archive, index=room.index, render=draw, desk=a_desk(settings))
    Browser(away).get("/dang-nhap/co-quan", 503)
    assert Browser(away).logs_in("chi").status_code == 303
    away.extensions[ACCOUNTS].close()


def test_without_a_provider_its_addresses_are_not_there(room: ARoom) -> None:
    for path in ("/dang-nhap/co-quan", "/dang-nhap/co-quan/xong"):
        Browser(room.app).get(path, 404)
    assert sessions.TRIES == 5
    assert timedelta(minutes=5) == openid.FRESH
