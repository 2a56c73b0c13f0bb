"""Says how the search index is: its engine and version, its health, and whether it is of this program's schema. Makes nothing."""

from importlib import import_module

from archive.console import Check, word
from schemas.errors import LuutruError, TryLaterError
from schemas.settings import Settings
from search_ui.analyser import ANALYSER_VERSION
from search_ui.index.tantivy import SCHEMA_VERSION, TantivyIndex, is_made

_NAME = "search"


def examine(settings: Settings) -> list[Check]:
    """Look at the index that the settings name."""
    try:
        return [_cluster(settings) if settings.search_url else _embedded(settings)]
    except LuutruError as error:
        how = word("doctor-search-cluster" if settings.search_url else "doctor-search-rebuild")
        return [Check(name=_NAME, ok=False, detail=f"{error.code} {error.message}", how=how)]


def _embedded(settings: Settings) -> Check:
    position = TantivyIndex(settings.index).position if is_made(settings.index) else None
    return Check(name=_NAME, ok=True, detail=_said("tantivy", position))


def _cluster(settings: Settings) -> Check:
    cluster = import_module("search_ui.index.cluster")  # only here: its client costs half a second of every start
    client = cluster.client_of(settings)
    state = cluster.state_of(client, settings.search_name)
    if state.colour == "red":
        raise TryLaterError("T023", word("cluster-red"))
    said = _said(f"OpenSearch {state.version} ({state.nodes})", cluster.index_in(client, settings).look())
    if state.colour == "green":
        return Check(name=_NAME, ok=True, detail=said)
    detail, how = word("doctor-search-yellow", said=said), word("doctor-search-how")
    return Check(name=_NAME, ok=False, detail=detail, how=how, optional=True, works=True)


def _said(engine: str, position: int | None) -> str:
    if position is None:
        return word("doctor-search-none", engine=engine)
    return word("doctor-search", engine=engine, schema=SCHEMA_VERSION, analyser=ANALYSER_VERSION, position=position)
