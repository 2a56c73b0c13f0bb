"""An index of made records in an engine: how fast it is built, how large it is, and what the engine's own process spends."""

import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opensearchpy import OpenSearch

from schemas.settings import Settings
from search_ui.benches.made_records import MadeRecords
from search_ui.follow import BATCH_RECORDS
from search_ui.index import Index
from search_ui.index.cluster import client_of
from search_ui.index.opening import open_index
from search_ui.index.opensearch import OpenSearchIndex

_PREPARED = 20_000  # documents that stand ready before they are put, so that making them is not measured


@dataclass(frozen=True, slots=True)
class Spent:
    """Looks at the clocks: of this process, and of the cluster's nodes where there is one."""

    cluster: OpenSearch | None = None

    def cpu_seconds(self) -> float:
        """Give what was spent so far."""
        if self.cluster is None:
            return time.process_time()
        nodes = self.cluster.nodes.stats(metric="process")["nodes"].values()
        millis = sum(int(node["process"]["cpu"]["total_in_millis"]) for node in nodes)
        return time.process_time() + millis / 1000


@contextmanager
def made_index(
    settings: Settings, records: MadeRecords, *, engine: str
) -> Iterator[tuple[Index, Spent, dict[str, Any]]]:
    """Build the index; give it with a look at the clocks and the figures of the building."""
    with tempfile.TemporaryDirectory(prefix="luutru-bench-") as folder:
        name, address = f"bench-{uuid.uuid4().hex[:8]}", settings.search_url if engine == "opensearch" else ""
        own = settings.model_copy(update={"home": Path(folder), "search_url": address, "search_name": name})
        index, spent = open_index(own), Spent(client_of(own) if address else None)
        try:
            figures = _build(index, records, spent)
            figures["bytes"] = _size(own, spent.cluster)
            yield index, spent, figures
        finally:
            if isinstance(index, OpenSearchIndex):
                index.drop()


def _build(index: Index, records: MadeRecords, spent: Spent) -> dict[str, Any]:
    wall = cpu = 0.0
    done = 0
    with index.writing():
        index.clear()
        for ready in records.batches(_PREPARED):
            started, before = time.perf_counter(), spent.cpu_seconds()
            for at in range(0, len(ready), BATCH_RECORDS):
                done += len(ready[at : at + BATCH_RECORDS])
                index.put(ready[at : at + BATCH_RECORDS], gone=(), position=done)
            wall, cpu = wall + time.perf_counter() - started, cpu + spent.cpu_seconds() - before
        started, before = time.perf_counter(), spent.cpu_seconds()
        index.finish()
    wall, cpu = wall + time.perf_counter() - started, cpu + spent.cpu_seconds() - before
    return {"records a second": round(done / wall), "cpu seconds": round(cpu, 1)}


def _size(own: Settings, cluster: OpenSearch | None) -> int:
    if cluster is None:
        return sum(path.stat().st_size for path in own.index.rglob("*") if path.is_file())
    stats = cluster.indices.stats(index=f"{own.search_name}-read", metric="store")
    return int(stats["_all"]["primaries"]["store"]["size_in_bytes"])
