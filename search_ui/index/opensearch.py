"""The search engine of a large archive: an OpenSearch 3 cluster, fed with the same words as the embedded one.

Readers ask the alias `<name>-read`, writers look up the alias `<name>-write`; both point to one index that carries the
version of schema and analyser in its name, and a number. A rebuild fills another index with a higher number and moves
both aliases at once, so searches go on; of two rebuilds the one with the higher number stays. Who writes holds to the
index it began with (by an alias of that index alone, which goes with it): a position is never stored in an index that
lacks what came before it. A document's version is the journal position it was made from (`external_gte`): what is
delivered twice or late does no harm. It stores no text of any record, and never ranks by a score of its own.

Source: OpenSearch 3 documentation: index aliases, bulk, point in time, index versions. Trap: a time-out of a write
says nothing of whether it happened; it is written again.
"""

import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from opensearchpy import OpenSearch, helpers
from opensearchpy.exceptions import ConnectionError as EngineConnectionError
from opensearchpy.exceptions import NotFoundError, RequestError, TransportError

from schemas.errors import LuutruError, TryLaterError
from schemas.words import word
from search_ui.analyser import ANALYSER_VERSION
from search_ui.document import IndexDocument
from search_ui.index.counts import KeptCounts
from search_ui.index.fields import POSITION_ID
from search_ui.index.opensearch_faults import check_refused, overtaken, told
from search_ui.index.opensearch_queries import entry, mappings
from search_ui.index.opensearch_reader import OpenSearchReader, open_reader

SCHEMA_VERSION = 5
_VERSIONS = (SCHEMA_VERSION, ANALYSER_VERSION)
_WINDOW = 1_002_000  # hits that may be paged through
_BULK_BYTES = 8_000_000
_SENDERS = 2  # at once: while the cluster works on one part the next is prepared
_BULK_RECORDS = 500
_WRITE_SECONDS = 60
_READERS_SECONDS = 60.0  # how long a replaced index is kept for the questions that still read it
_ATTEMPTS = 5
_CONFLICT = 409
_MOVED = (400, 404, 500)  # said when aliases were moved meanwhile: look again


class OpenSearchIndex:
    """The index of one archive in a cluster."""

    def __init__(self, client: OpenSearch, *, name: str = "luutru", shards: int = 1, replicas: int = 0) -> None:
        """Use this client; the index is made at the first use."""
        self._client = client
        self.name = name
        self._shards, self._replicas = shards, replicas
        self._lock = threading.Lock()
        self._counts = KeptCounts()
        self._target = ""  # the index that is written, while it is
        self._unfinished = ""  # the one that is filled since `clear`, and the position it has come to
        self._reached = 0

    @property
    def position(self) -> int:
        """How many journal lines are in the index now."""
        with told():
            self._make()
            return self._position()

    def look(self) -> int | None:
        """Give the position, and None where no index of this schema and analyser was made yet; makes none."""
        with told():
            return self._position() if self._is_made() else None

    def reader(self) -> OpenSearchReader:
        """Give the index as it is now; close it after use."""
        with told():
            self._make()
        return open_reader(self._client, f"{self.name}-read", self._counts)

    @contextmanager
    def writing(self, *, seconds: float = 0.0) -> Iterator[None]:  # noqa: ARG002 - other processes may write too
        """Write; two processes at once do the same work twice and no harm. An index that is not finished is removed."""
        with self._lock:
            with told():
                self._make()
                self._target = self._behind("write")[0]
            try:
                yield
            finally:
                if self._unfinished:
                    with suppress(LuutruError), told():
                        self._remove([self._unfinished])
                self._target = self._unfinished = ""

    def put(self, documents: Sequence[IndexDocument], *, gone: Sequence[str], position: int) -> None:
        """Replace the documents, remove those gone, and store the position when all of that is acknowledged.

        An index that is filled since `clear` gets its position in `finish`: nobody reads it before.
        """
        share = -(-len(documents) // _SENDERS) or 1
        parts = [documents[at : at + share] for at in range(0, len(documents), share)]
        with told(), ThreadPoolExecutor(_SENDERS) as senders:
            self._send(({"_op_type": "delete", "_id": record} for record in gone), position)
            list(senders.map(lambda part: self._send(map(_indexing, part), position), parts))
            self._reached = position
            if not self._unfinished:
                self._store_position(position)

    def _send(self, actions: Iterable[dict[str, Any]], position: int) -> None:
        common = {"_index": self._own_alias(), "version": position, "version_type": "external_gte"}
        for done, answer in helpers.streaming_bulk(
            self._client,
            ({**common, **action} for action in actions),
            chunk_size=_BULK_RECORDS,
            max_chunk_bytes=_BULK_BYTES,
            max_retries=8,  # a cluster that pushes back (429) is given time
            initial_backoff=1,
            max_backoff=30,
            raise_on_error=False,
            require_alias=True,  # else a removed index would be made again, without a schema
            request_timeout=_WRITE_SECONDS,
            filter_path="items.*.status,items.*.error",
        ):
            if not done:
                check_refused(answer)

    def clear(self) -> None:
        """Fill another index from now on; `finish` moves both aliases to it."""
        with told():
            self._target = self._unfinished = self._new_index()
            self._reached = 0

    def finish(self) -> None:
        """Let readers and writers see the index that was filled since `clear`, at once; remove the older ones."""
        with told():
            if self._unfinished:
                self._store_position(self._reached)
            self._take_over(self._target)
            self._unfinished = ""
            older = [name for name in self._indices() if _number(name) < _number(self._target)]
            self._wait_for_readers(older)
            self._remove(older)

    def drop(self) -> None:
        """Remove the index and its template: for measurements, which bring their own."""
        with told():
            self._remove(self._indices())
            self._client.indices.delete_index_template(name=f"{self.name}-records")

    def _store_position(self, position: int) -> None:
        """Store the position once what was written is seen; written anew also where another writer has come further."""
        self._client.indices.refresh(index=self._own_alias(), params={"request_timeout": _WRITE_SECONDS})
        for _ in range(_ATTEMPTS):
            try:
                self._client.index(
                    index=self._own_alias(),
                    id=POSITION_ID,
                    body={"id": POSITION_ID, "position": position},
                    params={
                        "version": position,
                        "version_type": "external_gte",
                        "refresh": "true",
                        "require_alias": "true",
                        "request_timeout": _WRITE_SECONDS,
                    },
                )
            except TransportError as error:
                if error.status_code != _CONFLICT:
                    raise
                position = max(position, self._position(self._own_alias()))
            else:
                return

    def _position(self, alias: str = "") -> int:
        try:
            found = self._client.get(index=alias or f"{self.name}-read", id=POSITION_ID)
        except NotFoundError:
            return 0
        return int(found["_version"])

    def _is_made(self) -> bool:
        behind = self._behind("read")
        if any(_versions(name) > _VERSIONS for name in behind):
            raise TryLaterError("T022", word("cluster-newer", index=behind[0]))
        return bool(behind) and all(_versions(name) == _VERSIONS for name in behind)

    def _make(self) -> None:
        """Make the index where there is none of this schema and analyser: what others made is derived and thrown away."""
        if self._is_made():
            return
        made = self._new_index()
        if not self._is_made():
            with suppress(TryLaterError):
                self._take_over(made)
        if self._behind("read") != [made]:  # another process was quicker
            self._remove([made])
            return
        self._remove([name for name in self._indices() if _number(name) < _number(made)])

    def _new_index(self) -> str:
        """Make an index with the next number, which two processes never share."""
        self._client.indices.put_index_template(
            name=f"{self.name}-records",
            body={
                "index_patterns": [f"{self.name}-v*"],
                "template": {"settings": self._settings(), "mappings": mappings()},
            },
            params={"request_timeout": _WRITE_SECONDS},
        )
        for _ in range(_ATTEMPTS):
            number = max(map(_number, self._indices()), default=0) + 1
            made = f"{self.name}-v{SCHEMA_VERSION}-a{ANALYSER_VERSION}-{number:06d}"
            try:
                self._client.indices.create(
                    index=made,
                    body={"aliases": {f"{self.name}-into-{number:06d}": {}}},
                    params={"request_timeout": _WRITE_SECONDS},
                )
            except RequestError:  # another process took the number
                continue
            return made
        raise overtaken()

    def _take_over(self, made: str) -> None:
        """Move both aliases at once, unless an index with a higher number has them. Raises TryLaterError T020."""
        aliases: dict[str, dict[str, Any]] = {f"{self.name}-read": {}, f"{self.name}-write": {"is_write_index": True}}
        for _ in range(_ATTEMPTS):
            before = self._behind("read")
            if before == [made]:  # by an answer that was lost
                return
            if any(_number(name) > _number(made) for name in before):
                raise overtaken()
            actions: list[dict[str, Any]] = [
                {"remove": {"index": name, "alias": alias, "must_exist": True}} for name in before for alias in aliases
            ]
            actions += [{"add": {"index": made, "alias": alias, **more}} for alias, more in aliases.items()]
            try:
                self._client.indices.update_aliases(
                    body={"actions": actions}, params={"request_timeout": _WRITE_SECONDS}
                )
            except TransportError as error:
                if error.status_code not in _MOVED:
                    raise
                continue
            return
        raise overtaken()

    def _wait_for_readers(self, names: Sequence[str]) -> None:
        """Wait until no question reads these indices any more, bounded: a question may outlive its asker."""
        deadline = time.monotonic() + _READERS_SECONDS
        while names and time.monotonic() < deadline:
            try:
                found = self._client.indices.stats(index=",".join(names), metric="search")
            except (NotFoundError, EngineConnectionError):
                return
            if not found["_all"]["total"].get("search", {}).get("point_in_time_current"):
                return
            time.sleep(0.2)

    def _remove(self, names: Sequence[str]) -> None:
        for name in names:
            with suppress(NotFoundError):  # another process was quicker
                self._client.indices.delete(index=name, params={"request_timeout": _WRITE_SECONDS})

    def _behind(self, alias: str) -> list[str]:
        """Give the indices behind an alias: one, or none yet."""
        try:
            return sorted(self._client.indices.get_alias(name=f"{self.name}-{alias}"))
        except NotFoundError:
            return []

    def _indices(self) -> list[str]:
        return list(self._client.indices.get_alias(index=f"{self.name}-v*"))

    def _own_alias(self) -> str:
        if not self._target:
            raise RuntimeError("the index is written outside of `writing`")
        return f"{self.name}-into-{_number(self._target):06d}"

    def _settings(self) -> dict[str, Any]:
        return {
            "number_of_shards": self._shards,
            "number_of_replicas": self._replicas,
            "refresh_interval": "-1",  # each `put` refreshes when it is whole
            "max_result_window": _WINDOW,
            "gc_deletes": "1h",  # so long a writer that was held up cannot bring back what was removed
            "unassigned.node_left.delayed_timeout": "10s",  # a lost copy is made again soon: the index is small
        }


def _indexing(document: IndexDocument) -> dict[str, Any]:
    return {"_op_type": "index", "_id": document.id, "_source": entry(document)}


def _number(index: str) -> int:
    return int(index.rpartition("-")[2])


def _versions(index: str) -> tuple[int, int]:
    """Give the versions of schema and analyser that an index was made by."""
    found = re.search(r"-v(\d+)-a(\d+)-\d+$", index)
    return (int(found[1]), int(found[2])) if found else (0, 0)
