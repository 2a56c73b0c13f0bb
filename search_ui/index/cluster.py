"""The way to an OpenSearch cluster: only where it keeps secrets, only to a version we know, by any of its nodes.

Off this machine that means https with an account. Loaded only where a cluster is set: the client costs half a second.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from opensearchpy import OpenSearch

from schemas.errors import TryLaterError, UsageError
from schemas.settings import Settings
from schemas.words import fault, word
from search_ui.index.opensearch import OpenSearchIndex
from search_ui.index.opensearch_faults import told

_MAJOR = 3  # of OpenSearch
_TIMEOUT_SECONDS = 20
_CONNECTIONS = 16  # of each node; more are opened and not kept
_RETRIES = 2  # at least; as many as there are nodes, so that each of them is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterState:
    """How a cluster is: its version, how many nodes it has, and the colour of this archive's indices in it."""

    version: str
    nodes: int
    colour: str


def open_cluster(settings: Settings, *, repaired: bool = False) -> OpenSearchIndex:
    """Open the archive's index in the cluster; `repaired`: even a red one, since it is to be made anew.

    Raises UsageError U032, U033, TryLaterError T022 (another version), T023 (away, red).
    """
    client = client_of(settings)
    state = state_of(client, settings.search_name)
    if state.colour == "red" and not repaired:
        raise TryLaterError("T023", word("cluster-red"))
    return index_in(client, settings)


def index_in(client: OpenSearch, settings: Settings) -> OpenSearchIndex:
    """Give the archive's index in a cluster without asking how the cluster is."""
    return OpenSearchIndex(
        client, name=settings.search_name, shards=settings.search_shards, replicas=settings.search_replicas
    )


def client_of(settings: Settings) -> OpenSearch:
    """Give the client of the cluster. Raises UsageError U032, U033."""
    addresses = [each.strip() for each in settings.search_url.split(",") if each.strip()]
    for address in addresses or [settings.search_url]:
        _check_address(address, settings)
    return OpenSearch(
        addresses,
        http_auth=(settings.search_user, _password(settings)) if settings.search_user else None,
        verify_certs=True,
        ca_certs=str(settings.search_ca_file) if settings.search_ca_file else None,
        timeout=_TIMEOUT_SECONDS,
        max_retries=max(_RETRIES, len(addresses)),
        retry_on_timeout=True,
        http_compress=not all(_is_this_machine(urlsplit(each).hostname or "") for each in addresses),
        pool_maxsize=_CONNECTIONS,
    )


def state_of(client: OpenSearch, name: str) -> ClusterState:
    """Ask how the cluster is. Raises TryLaterError T022 (another version), T023 (away)."""
    with told():
        said = client.info()["version"]
        if said.get("distribution") != "opensearch" or not str(said["number"]).startswith(f"{_MAJOR}."):
            raise TryLaterError("T022", word("cluster-version", found=said["number"], wanted=_MAJOR))
        health = client.cluster.health(index=f"{name}-v*", params={"cluster_manager_timeout": "5s"})
    return ClusterState(version=said["number"], nodes=health["number_of_nodes"], colour=health["status"])


def _check_address(written: str, settings: Settings) -> None:
    address = urlsplit(written)
    if not address.hostname or address.scheme not in ("http", "https") or address.username:
        raise UsageError("U033", word("cluster-address", address=written.rpartition("@")[2]))
    safe = address.scheme == "https" and bool(settings.search_user) and settings.search_password_file is not None
    if not safe and not _is_this_machine(address.hostname):
        raise UsageError("U032", word("cluster-open", address=written))


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
