"""OpenID Connect: the agency's provider vouches for people (Authlib; code flow with PKCE).

What must come back is kept in the browser, sealed; nothing is kept here. Sources: OpenID Connect Core 1.0, 3.1.2 and
3.1.3.7 (checks of the ID token); RFC 7636 (PKCE); RFC 9207 (issuer in the answer); RFC 9700; OWASP ASVS 5.0, 10.1, 10.2,
10.5, 12.3.
"""

import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from schemas.errors import RefusedError, TryLaterError, UsageError
from schemas.settings import Settings
from schemas.words import word
from search_ui.accounts.keys import DeskKey
from search_ui.accounts.people import Vouched
from search_ui.accounts.readers import is_this_machine
from search_ui.accounts.values import Source

LIFE = timedelta(minutes=10)
FRESH = timedelta(minutes=5)
SCOPE = "openid profile email"
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
STRONG = frozenset({"mfa", "otp", "hwk", "sc", "swk"})  # RFC 8176
_SECONDS = 5
_LEEWAY_SECONDS = 60
_BYTES_MOST = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of a log-in: our address for the way back, where to go on to, whether to prove oneself anew."""

    redirect: str
    goal: str
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A log-in on its way: where the browser goes, and the sealed note that it keeps."""

    address: str
    sealed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Who came back, how, and where they wanted to go."""

    vouched: Vouched
    goal: str
    proved_at: datetime
    second_factor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What the browser brought back: the address it came to, its note, and our own address that was given."""

    answer: dict[str, str]
    sealed: str
    redirect: str


def start(settings: Settings, key: DeskKey, wish: Wish, *, now: datetime) -> Start:
    """Begin a log-in."""
    provider = discover(settings)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    more = {"prompt": "login", "max_age": "0"} if wish.again else {}
    with _session(settings, wish.redirect) as session:
        address, _ = session.create_authorization_url(
            provider["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier, **more
        )
    kept = {
        "state": state,
        "nonce": nonce,
        "verifier": verifier,
        "goal": wish.goal,
        "again": wish.again,
        "at": now.isoformat(),
    }
    return Start(address=address, sealed=key.seal(json.dumps(kept)))


def finish(settings: Settings, key: DeskKey, back: Back, *, now: datetime) -> Finish:
    """End a log-in. Raises RefusedError R014 for whatever is wrong with what came back, TryLaterError T031."""
    kept = _kept(key.open(back.sealed), now)
    if kept is None or not hmac.compare_digest(back.answer.get("state", "").encode(), kept["state"].encode()):
        raise _refused()
    provider = discover(settings)
    if back.answer.get("iss", provider["issuer"]) != provider["issuer"]:
        raise _refused()
    claims = _claims(settings, provider, _id_token(settings, provider, back, kept["verifier"]), kept["nonce"], now)
    proved_at = _proved_at(claims)
    if kept["again"] and now - proved_at > FRESH:
        raise _refused()
    ways = claims.get("amr")
    return Finish(
        vouched=_vouched(settings, claims),
        goal=kept["goal"],
        proved_at=proved_at,
        second_factor=isinstance(ways, list) and bool(STRONG.intersection(map(str, ways))),
    )


def _kept(text: str, now: datetime) -> dict[str, Any] | None:
    kept: dict[str, Any] | None = json.loads(text) if text else None
    return kept if kept and now - datetime.fromisoformat(kept["at"]) < LIFE else None


def _refused() -> RefusedError:
    return RefusedError("R014", word("directory-refused"))


def check(settings: Settings) -> None:
    """See that the provider is spoken to under TLS, or on this machine. Raises UsageError U060, U061."""
    _check_safe(settings.openid_issuer)
    if not settings.openid_client:
        raise UsageError("U061", word("directory-setting", name="openid_client"))


def _check_safe(address: str) -> str:
    parts = urlsplit(address)
    near = parts.hostname == "localhost" or is_this_machine(parts.hostname or "")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and near)):
        raise UsageError("U060", word("directory-open", address=address[:200]))
    return address


def discover(settings: Settings) -> dict[str, str]:
    """Ask the provider for its addresses; each must be as safe as its own, and its name must be the one we know."""
    check(settings)
    issuer = settings.openid_issuer
    told = _get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if told.get("issuer") != issuer or not all(isinstance(told.get(each), str) for each in names):
        raise TryLaterError("T031", word("directory-away", name="OpenID Connect"))
    return {"issuer": issuer} | {each: _check_safe(str(told[each])) for each in names}


def _get(address: str) -> dict[str, Any]:
    """Fetch a JSON object, bounded in time and size, without following anybody elsewhere."""
    try:
        with requests.get(address, timeout=_SECONDS, allow_redirects=False, stream=True) as answer:
            answer.raise_for_status()
            content = answer.raw.read(_BYTES_MOST, decode_content=True)
        value = json.loads(content)
    except (requests.RequestException, ValueError) as error:
        raise TryLaterError("T031", word("directory-away", name="OpenID Connect")) from error
    return value if isinstance(value, dict) else {}


def _session(settings: Settings, redirect: str) -> OAuth2Session:
    secret = None
    if settings.openid_secret_file is not None:
        try:
            secret = settings.openid_secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError("U061", word("directory-setting", name="openid_secret_file")) from error
    return OAuth2Session(
        settings.openid_client,
        secret,
        scope=SCOPE,
        redirect_uri=redirect,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
        default_timeout=_SECONDS,
    )


def _id_token(settings: Settings, provider: dict[str, str], back: Back, verifier: str) -> str:
    code = back.answer.get("code", "")
    if not code:
        raise _refused()
    try:
        with _session(settings, back.redirect) as session:
            token = session.fetch_token(
                provider["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier,
                timeout=_SECONDS,
            )  # fmt: skip
    except requests.RequestException as error:
        raise TryLaterError("T031", word("directory-away", name="OpenID Connect")) from error
    except (AuthlibBaseError, ValueError) as error:
        raise _refused() from error
    return str(token.get("id_token", ""))


def _claims(settings: Settings, provider: dict[str, str], token: str, nonce: str, now: datetime) -> dict[str, Any]:
    """Check signature, issuer, audience, time and nonce of an ID token (OpenID Connect Core 1.0, 3.1.3.7)."""
    wanted = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": provider["issuer"]},
        aud={"essential": True, "value": settings.openid_client},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        keys = KeySet.import_key_set(_get(provider["jwks_uri"]))  # type: ignore[arg-type]
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        wanted.validate(claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _refused() from error
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else settings.openid_client) != settings.openid_client:
        raise _refused()
    return dict(claims)


def _proved_at(claims: dict[str, Any]) -> datetime:
    """Say when the person proved who they are; long ago when the provider does not say."""
    at = claims.get("auth_time")
    sound = isinstance(at, int) and 0 <= at <= claims["iat"] + _LEEWAY_SECONDS
    return datetime.fromtimestamp(at if sound else 0, UTC)  # type: ignore[arg-type]


def _vouched(settings: Settings, claims: dict[str, Any]) -> Vouched:
    groups = claims.get(settings.openid_groups, [])
    email = claims.get("email", "") if claims.get("email_verified") else ""
    return Vouched(
        source=Source.OPENID,
        subject=f"{claims['iss']} {claims['sub']}"[:500],
        login=str(claims.get("preferred_username") or claims["sub"]),
        name=str(claims.get("name", "")),
        email=str(email),
        groups=tuple(map(str, groups)) if isinstance(groups, list) else (),
    )
