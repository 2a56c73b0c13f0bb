"""Log-ins by an LDAP directory that really runs: Debian's slapd, its own TLS, its own groups."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from schemas.errors import TryLaterError, UsageError
from schemas.settings import Settings
from search_ui.accounts import directories, ldap_directory, logging_in, people
from search_ui.accounts.desk import AccountDesk
from search_ui.accounts.logging_in import Answer, Given, Wrong
from search_ui.accounts.sessions import Opened
from search_ui.accounts.values import Source, Stage
from tests.search_ui.accounts import people_of_the_agency as agency
from tests.search_ui.accounts.a_directory import BASE, PASSWORD, SLAPD, Directory, slapd
from tests.search_ui.accounts.people_of_the_agency import NOW, a_desk, somebody
from tests.services import free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(SLAPD).exists() or find_spec("ldap") is None, reason="slapd or python-ldap is missing"),
]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    with slapd(tmp_path_factory.mktemp("directory")) as running:
        yield running


@pytest.fixture
def settings(directory: Directory, tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        ldap_url=directory.safe_address,
        ldap_ca_file=directory.ca_file,
        ldap_base=BASE,
        ldap_user=f"uid=finder,ou=people,{BASE}",
        ldap_password_file=directory.password_file,
        directory_roles=f"cn=archivists,ou=groups,{BASE}=archivist; Readers=reader",
    )


@pytest.fixture
def desk(settings: Settings, tmp_path: Path) -> Iterator[AccountDesk]:
    made = a_desk(tmp_path, **settings.model_dump(exclude={"home"}))
    yield made
    made.close()


def attempt(desk: AccountDesk, login: str, password: str, address: str = "10.0.0.1") -> Answer:
    given = Given(login=login, password=password, address=address)
    return logging_in.log_in(desk, given, now=NOW, directory=directories.directory(desk.settings))


def test_whom_the_directory_vouches_for_gets_an_account_with_roles_by_group(desk: AccountDesk) -> None:
    opened = attempt(desk, "LAN", PASSWORD)
    assert isinstance(opened, Opened)
    assert opened.session.stage is Stage.OPEN
    account = people.named(desk, "lan")
    assert (account.source, account.name, account.email) == (Source.LDAP, "Nguyễn Thị Lan", "lan@so.example")
    assert account.roles == ("archivist", "reader")
    assert account.password_hash == ""
    assert isinstance(attempt(desk, "lan", PASSWORD), Opened)
    assert len(people.everybody(desk)) == 1


@pytest.mark.parametrize(
    "login", ["*", "l*", "lan)(uid=*", "lan\x00", "(|(uid=*))", "\\6c\\61\\6e", "nobody", "star", "", "uid=lan"]
)
def test_nobody_gets_in_by_a_pattern(desk: AccountDesk, login: str) -> None:
    assert attempt(desk, login, PASSWORD) == Wrong()
    assert ldap_directory.vouch(desk.settings, login, PASSWORD) is None
    assert people.everybody(desk) == []


def test_a_login_that_looks_like_a_pattern_is_one_person(desk: AccountDesk) -> None:
    vouched = ldap_directory.vouch(desk.settings, "star*", PASSWORD)
    assert vouched is not None
    assert "readers" in vouched.groups


@pytest.mark.parametrize("password", ["", " ", "wrong", PASSWORD + "x", "x" * 5_000])
def test_an_empty_or_wrong_password_proves_nothing(desk: AccountDesk, password: str) -> None:
    assert attempt(desk, "lan", password) == Wrong()
    assert ldap_directory.vouch(desk.settings, "lan", password) is None


def test_who_is_in_no_group_of_ours_has_no_account(desk: AccountDesk) -> None:
    assert attempt(desk, "outside", PASSWORD) == Wrong()
    assert people.everybody(desk) == []


def test_a_local_account_is_ours_to_judge(desk: AccountDesk) -> None:
    somebody(desk, "lan", "reader")
    assert attempt(desk, "lan", PASSWORD) == Wrong()
    assert isinstance(attempt(desk, "lan", agency.PASSWORD), Opened)


def test_the_directory_proves_again_what_it_proved(desk: AccountDesk) -> None:
    attempt(desk, "lan", PASSWORD)
    account = people.named(desk, "lan")
    ask = directories.directory(desk.settings)
    for password, right in ((PASSWORD, True), ("wrong", False)):
        given = Given(login="lan", password=password, address="10.0.0.1")
        assert logging_in.proves_again(desk, account, given, now=NOW, directory=ask) is right


def test_start_tls_is_spoken_and_a_strange_certificate_is_not_believed(
    settings: Settings, directory: Directory, tmp_path: Path
) -> None:
    started = settings.model_copy(update={"ldap_url": directory.open_address, "ldap_start_tls": True})
    assert ldap_directory.vouch(started, "lan", PASSWORD) is not None
    for wrong in (settings, started):
        with pytest.raises(TryLaterError) as told:
            ldap_directory.vouch(wrong.model_copy(update={"ldap_ca_file": None}), "lan", PASSWORD)
        assert told.value.code == "T031"


def test_a_directory_that_is_away_or_refuses_us_is_told(settings: Settings, tmp_path: Path) -> None:
    wrong_password = tmp_path / "wrong"
    wrong_password.write_text("wrong")
    for changes in ({"ldap_url": f"ldaps://127.0.0.1:{free_port()}"}, {"ldap_password_file": wrong_password}):
        with pytest.raises(TryLaterError):
            ldap_directory.vouch(settings.model_copy(update=changes), "lan", PASSWORD)


@pytest.mark.parametrize("changes", [
    {"ldap_url": "ldap://ldap.example"}, {"ldap_url": "http://ldap.example"}, {"ldap_url": "ldap://192.0.2.1"},
    {"ldap_filter": "(uid=lan)"}, {"ldap_filter": "((uid={login}"}, {"ldap_base": ""}, {"ldap_base": "nonsense"},
    {"ldap_password_file": Path("/nowhere")},
], ids=str)  # fmt: skip
def test_settings_that_cannot_be_are_named(settings: Settings, changes: dict[str, object]) -> None:
    with pytest.raises(UsageError) as told:
        ldap_directory.vouch(settings.model_copy(update=changes), "lan", PASSWORD)
    assert told.value.code in {"U060", "U061"}
