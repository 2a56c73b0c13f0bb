"""An LDAP directory that vouches for people: found by a search, proven by a bind with their own password.

python-ldap is needed only where a directory is set, so it is opened only then. Sources: RFC 4511, RFC 4513 (5.1.2: a
bind without a password proves nothing), RFC 4515 (filters), RFC 4514 (names); OWASP ASVS 5.0, 1.2.6 (LDAP injection),
12.3.1 and 12.3.2 (TLS, certificates are checked).
"""

from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from schemas.errors import TryLaterError, UsageError
from schemas.settings import Settings
from schemas.words import word
from search_ui.accounts.people import Vouched
from search_ui.accounts.readers import is_this_machine
from search_ui.accounts.values import Source

_SECONDS = 5
_ATTRIBUTES = ["uid", "cn", "displayName", "mail", "memberOf", "entryUUID", "objectGUID"]
_GROUPS = (
    "(&(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)(objectClass=group))"
    "(|(member={dn})(uniqueMember={dn})(memberUid={login})))"
)


def check(settings: Settings) -> None:
    """See that the directory is spoken to under TLS, or on this machine. Raises UsageError U060, U061."""
    address = urlsplit(settings.ldap_url)
    safe = address.scheme in {"ldaps", "ldapi"} or (address.scheme == "ldap" and settings.ldap_start_tls)
    near = address.hostname == "localhost" or is_this_machine(address.hostname or "")
    if not safe and not (address.scheme == "ldap" and near):
        raise UsageError("U060", word("directory-open", address=settings.ldap_url))
    if "{login}" not in settings.ldap_filter or not settings.ldap_base:
        raise UsageError("U061", word("directory-setting", name="ldap_filter, ldap_base"))


def vouch(settings: Settings, login: str, password: str) -> Vouched | None:
    """Ask the directory whether this is somebody's password; None when it is not. Raises TryLaterError T031."""
    check(settings)
    if not password:
        return None
    library = _library()
    connection = None
    try:
        connection = _connect(library, settings)
        found = _find(library, connection, settings, login)
        if found is None:
            return None
        dn, values = found
        groups = _groups(library, connection, settings, dn, login)
        connection.simple_bind_s(dn, password)
        return _vouched(dn, values, login, groups)
    except library.INVALID_CREDENTIALS:
        return None
    except library.LDAPError as error:
        raise TryLaterError("T031", word("directory-away", name="LDAP")) from error
    finally:
        if connection is not None:
            connection.unbind_ext_s()


def _library() -> ModuleType:
    try:
        import_module("ldap.filter")
        return import_module("ldap")
    except ImportError as error:
        raise UsageError("U062", word("directory-library")) from error


def _connect(library: Any, settings: Settings) -> Any:
    """Connect, under TLS where it is spoken, and bind as who may look for people."""
    connection = library.initialize(settings.ldap_url)
    options = {
        library.OPT_PROTOCOL_VERSION: 3,
        library.OPT_REFERRALS: 0,
        library.OPT_NETWORK_TIMEOUT: _SECONDS,
        library.OPT_TIMEOUT: _SECONDS,
        library.OPT_X_TLS_REQUIRE_CERT: library.OPT_X_TLS_DEMAND,
    }
    for option, value in options.items():
        connection.set_option(option, value)
    if settings.ldap_ca_file is not None:
        connection.set_option(library.OPT_X_TLS_CACERTFILE, str(settings.ldap_ca_file))
    connection.set_option(library.OPT_X_TLS_NEWCTX, 0)
    if settings.ldap_start_tls:
        connection.start_tls_s()
    _bind(library, connection, settings)
    return connection


def _bind(library: Any, connection: Any, settings: Settings) -> None:
    password = _secret(settings)
    try:
        connection.simple_bind_s(settings.ldap_user, password)
    except library.INVALID_CREDENTIALS as error:
        raise TryLaterError("T031", word("directory-away", name="LDAP")) from error


def _secret(settings: Settings) -> str:
    if settings.ldap_password_file is None:
        return ""
    try:
        return settings.ldap_password_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("U061", word("directory-setting", name="ldap_password_file")) from error


def _find(library: Any, connection: Any, settings: Settings, login: str) -> tuple[str, dict[str, list[bytes]]] | None:
    """Find the one person of a login; nobody, or two, is nobody."""
    wanted = settings.ldap_filter.replace("{login}", library.filter.escape_filter_chars(login))
    found = _search(library, connection, settings, wanted, _ATTRIBUTES)
    return found[0] if len(found) == 1 else None


def _groups(library: Any, connection: Any, settings: Settings, dn: str, login: str) -> tuple[str, ...]:
    """Give the groups that name this person, each by its DN and by its name."""
    escape = library.filter.escape_filter_chars
    found = _search(library, connection, settings, _GROUPS.format(dn=escape(dn), login=escape(login)), ["cn"])
    return tuple(each for group, values in found for each in (group, _first(values, "cn")) if each)


def _search(
    library: Any, connection: Any, settings: Settings, wanted: str, attributes: list[str]
) -> list[tuple[str, dict[str, list[bytes]]]]:
    try:
        found = connection.search_s(settings.ldap_base, library.SCOPE_SUBTREE, wanted, attributes)
    except (library.NO_SUCH_OBJECT, library.INVALID_DN_SYNTAX, library.FILTER_ERROR) as error:
        raise UsageError("U061", word("directory-setting", name="ldap_base, ldap_filter")) from error
    return [(dn, values) for dn, values in found if dn]


def _vouched(dn: str, values: dict[str, list[bytes]], login: str, groups: tuple[str, ...]) -> Vouched:
    lasting = (values.get("entryUUID") or values.get("objectGUID") or [dn.lower().encode()])[0]
    member_of = tuple(each.decode(errors="replace") for each in values.get("memberOf", []))
    return Vouched(
        source=Source.LDAP,
        subject=f"ldap {lasting.decode() if lasting.isascii() else lasting.hex()}",
        login=_first(values, "uid") or login,
        name=_first(values, "displayName") or _first(values, "cn"),
        email=_first(values, "mail"),
        groups=groups + member_of,
    )


def _first(values: dict[str, list[bytes]], name: str) -> str:
    return values[name][0].decode(errors="replace") if values.get(name) else ""
