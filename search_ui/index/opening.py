"""Open the index that the settings name: the embedded one in the home, or the one in an OpenSearch cluster."""

from importlib import import_module

from schemas.settings import Settings
from search_ui.index import Index
from search_ui.index.tantivy import TantivyIndex


def open_index(settings: Settings, *, repaired: bool = False) -> Index:
    """Open the archive's index. `repaired`: one that cannot be opened is thrown away first; for rebuilding only.

    Raises what `search_ui.index.cluster.open_cluster` raises where a cluster is set.
    """
    if settings.search_url:
        cluster = import_module("search_ui.index.cluster")  # only here: its client costs half a second of every start
        opened: Index = cluster.open_cluster(settings, repaired=repaired)
        return opened
    return TantivyIndex.repaired(settings.index) if repaired else TantivyIndex(settings.index)
