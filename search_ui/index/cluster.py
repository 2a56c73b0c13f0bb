"""The way to an OpenSearch cluster: only where it keeps secrets, only to a version we know.

Off this machine that means https with an account. Loaded only where a cluster is set: the client costs half a second.
"""

import ipaddress
from urllib.parse import urlsplit

from opensearchpy import OpenSearch

from schemas.errors import UsageError
from schemas.settings import Settings
from schemas.words import fault, word
from search_ui.index.opensearch import OpenSearchIndex, check_cluster

_TIMEOUT_SECONDS = 30
_RETRIES = 3


def open_cluster(settings: Settings) -> OpenSearchIndex:
    """Open the archive's index in the cluster. Raises UsageError U032, U033, TryLaterError T022, T023."""
    client = client_of(settings)
    check_cluster(client)
    return OpenSearchIndex(
        client, name=settings.search_name, shards=settings.search_shards, replicas=settings.search_replicas
    )


def client_of(settings: Settings) -> OpenSearch:
    """Give the client of the cluster. Raises UsageError U032, U033."""
    address = urlsplit(settings.search_url)
    if not address.hostname or address.scheme not in ("http", "https") or address.username:
        raise UsageError("U033", word("cluster-address", address=settings.search_url.rpartition("@")[2]))
    safe = address.scheme == "https" and bool(settings.search_user) and settings.search_password_file is not None
    if not safe and not _is_this_machine(address.hostname):
        raise UsageError("U032", word("cluster-open", address=settings.search_url))
    return OpenSearch(
        settings.search_url,
        http_auth=(settings.search_user, _password(settings)) if settings.search_user else None,
        verify_certs=True,
        ca_certs=str(settings.search_ca_file) if settings.search_ca_file else None,
        timeout=_TIMEOUT_SECONDS,
        max_retries=_RETRIES,
        retry_on_timeout=True,
        http_compress=not _is_this_machine(address.hostname),
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _password(settings: Settings) -> str:
    if settings.search_password_file is None:
        return ""
    try:
        return settings.search_password_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError("U033", word("cluster-password", why=fault(error))) from error
