"""The search engine of a large archive: an OpenSearch 3 cluster, fed with the same words as the embedded one.

Readers ask the alias `<name>-read`, writers the alias `<name>-write`; both point to one index that carries the version
of schema and analyser in its name. A rebuild fills another index and moves both aliases at once, so searches go on.
A document's version is the journal position it was made from (`external_gte`): what is delivered twice or late does
no harm. It stores no text of any record, and never ranks by a score of its own.

Source: OpenSearch 3 documentation: index aliases, bulk, point in time, index versions. Trap: a time-out of a write
says nothing of whether it happened; it is written again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from opensearchpy import OpenSearch, helpers
from opensearchpy.exceptions import ConnectionError as EngineConnectionError
from opensearchpy.exceptions import NotFoundError as EngineNotFoundError
from opensearchpy.exceptions import OpenSearchException, TransportError

from schemas.errors import TryLaterError
from schemas.words import word
from search_ui.analyser import ANALYSER_VERSION
from search_ui.document import IndexDocument
from search_ui.index import FACETS, Counted, Proposal, Weighing
from search_ui.index.fields import (
    COMPARED,
    LISTS,
    NAMES,
    POSITION_ID,
    RUNS,
    SHOWN_MOST,
    TALLIES,
    VALUES,
    WHOLE,
    counted,
)
from search_ui.plan import EVERYTHING, AnyOf, Between, Both, Condition, Everything, Has, OneOf, Row, narrowing
from search_ui.query import Term
from search_ui.relevance import Statistics

SCHEMA_VERSION = 4
_VERSION = f"v{SCHEMA_VERSION}-a{ANALYSER_VERSION}"
_MAJOR = 3  # of OpenSearch
_STORED = ["id", "order", *TALLIES, "length", "position"]
_RUN_GAP = 100  # positions between two runs, which no phrase crosses
_WINDOW = 1_002_000  # hits that may be paged through
_BULK_BYTES = 8_000_000
_BULK_RECORDS = 500
_KEEP_ALIVE = "1m"


class OpenSearchIndex:
    """The index of one archive in a cluster."""

    def __init__(self, client: OpenSearch, *, name: str = "luutru", shards: int = 1, replicas: int = 0) -> None:
        """Use this client; the index is made at the first write."""
        self._client = client
        self.name = name
        self._shards, self._replicas = shards, replicas
        self._target = f"{name}-write"

    @property
    def position(self) -> int:
        """How many journal lines are in the index now."""
        with _told():
            self._make()
            return _position(self._client, f"{self.name}-read")

    def reader(self) -> "OpenSearchReader":
        """Give the index as it is now; close it after use."""
        with _told():
            self._make()
            opened = self._client.create_pit(index=f"{self.name}-read", params={"keep_alive": _KEEP_ALIVE})
        return OpenSearchReader(self._client, point_in_time=opened["pit_id"])

    @contextmanager
    def writing(self, *, seconds: float = 0.0) -> Iterator[None]:  # noqa: ARG002 - any number may write
        """Write; two writers at once do the same work twice and no harm."""
        with _told():
            self._make()
        yield

    def put(self, documents: Sequence[IndexDocument], *, gone: Sequence[str], position: int) -> None:
        """Replace the documents, remove those gone, and store the position when all of that is acknowledged."""
        actions: list[dict[str, Any]] = [
            *({"_op_type": "delete", "_id": record} for record in gone),
            *({"_op_type": "index", "_id": document.id, "_source": _entry(document)} for document in documents),
        ]
        common = {"_index": self._target, "version": position, "version_type": "external_gte"}
        with _told():
            for done, answer in helpers.streaming_bulk(
                self._client,
                ({**common, **action} for action in actions),
                chunk_size=_BULK_RECORDS,
                max_chunk_bytes=_BULK_BYTES,
                max_retries=8,  # a cluster that pushes back (429) is given time
                initial_backoff=1,
                max_backoff=30,
                raise_on_error=False,
            ):
                if not done and not _is_harmless(answer):
                    raise TryLaterError("T022", word("cluster-refused", reason=_reason(answer)))
            self._client.indices.refresh(index=self._target)
            self._store_position(position)

    def clear(self) -> None:
        """Fill another index from now on; `finish` moves both aliases to it."""
        with _told():
            self._target = self._new_index()

    def finish(self) -> None:
        """Let readers and writers see the index that was filled since `clear`, at once; remove the older ones."""
        with _told():
            older = [name for name in self._client.indices.get(index=f"{self.name}-v*") if name != self._target]
            actions: list[dict[str, Any]] = [
                *({"remove_index": {"index": name}} for name in older),
                {"add": {"index": self._target, "alias": f"{self.name}-read"}},
                {"add": {"index": self._target, "alias": f"{self.name}-write", "is_write_index": True}},
            ]
            self._client.indices.update_aliases(body={"actions": actions})
            self._target = f"{self.name}-write"

    def drop(self) -> None:
        """Remove the index and its template: for measurements, which bring their own."""
        with _told():
            self._client.indices.delete(index=f"{self.name}-v*")
            self._client.indices.delete_index_template(name=f"{self.name}-records")

    def _store_position(self, position: int) -> None:
        entry = {"id": POSITION_ID, "position": position}
        try:
            self._client.index(
                index=self._target,
                id=POSITION_ID,
                body=entry,
                params={"version": position, "version_type": "external_gte", "refresh": "true"},
            )
        except TransportError as error:
            if error.status_code != 409:  # another writer has come further
                raise

    def _make(self) -> None:
        """Make the index where there is none of this schema and analyser: what others made is derived and thrown away."""
        if self._is_made():
            return
        self._client.indices.put_index_template(
            name=f"{self.name}-records",
            body={
                "index_patterns": [f"{self.name}-v*"],
                "template": {"settings": self._settings(), "mappings": _mappings()},
            },
        )
        self._target = self._new_index()
        self.finish()

    def _is_made(self) -> bool:
        try:
            names = list(self._client.indices.get_alias(name=f"{self.name}-read"))
        except EngineNotFoundError:
            return False
        return all(name.startswith(f"{self.name}-{_VERSION}-") for name in names)

    def _new_index(self) -> str:
        known = self._client.indices.get(index=f"{self.name}-v*", params={"allow_no_indices": "true"})
        numbers = [int(name.rpartition("-")[2]) for name in known]
        name = f"{self.name}-{_VERSION}-{max(numbers, default=0) + 1:06d}"
        self._client.indices.create(index=name)
        return name

    def _settings(self) -> dict[str, Any]:
        return {
            "number_of_shards": self._shards,
            "number_of_replicas": self._replicas,
            "refresh_interval": "-1",  # each `put` refreshes when it is whole
            "max_result_window": _WINDOW,
        }


class OpenSearchReader:
    """The index as it was at one moment (a point in time of the cluster)."""

    def __init__(self, client: OpenSearch, *, point_in_time: str) -> None:
        """Read at this point in time; `close` gives it back."""
        self._client = client
        self._moment = point_in_time

    def close(self) -> None:
        """Give the point in time back; the cluster forgets it by itself after a minute."""
        with suppress(OpenSearchException):
            self._client.delete_pit(body={"pit_id": [self._moment]})

    @property
    def position(self) -> int:
        """How many journal lines are in the index."""
        hits = self._search({"term": {"id": POSITION_ID}}, size=1)["hits"]["hits"]
        return int(hits[0]["_source"]["position"]) if hits else 0

    def count(self, condition: Condition) -> int:
        """Count the records that answer."""
        return int(self._search(_filter(condition), size=0)["hits"]["total"]["value"])

    def best(self, condition: Condition, weighing: Weighing, *, limit: int, described: bool = True) -> list[Proposal]:
        """Give the heaviest records that answer; the order among equals is not defined."""
        tier = {"dis_max": {"queries": [_weighed(*each) for each in weighing.tiers]}}
        should = [tier, *(_weighed(*each) for each in weighing.extras)]
        query = {"bool": {"filter": [_compiled(condition)], "should": should, "minimum_should_match": 0}}
        more = {"track_total_hits": False, "_source": described}
        hits = self._search(query, size=max(1, limit), **more)["hits"]["hits"]
        if not described:
            return [Proposal(id=str(hit["_id"]), weight=round(hit["_score"])) for hit in hits]
        return [_proposal(hit["_source"], round(hit["_score"])) for hit in hits]

    def newest(self, condition: Condition, *, offset: int, limit: int, reverse: bool = False) -> list[str]:
        """Give the ids of the records that answer by their `order`, or by its reverse; no stored record is read."""
        if limit <= 0:
            return []
        by_order = [{"order": "desc" if reverse else "asc"}]
        more = {"from": offset, "sort": by_order, "track_total_hits": False, "_source": False}
        hits = self._search(_filter(condition), size=limit, **more)["hits"]["hits"]
        return [str(hit["_id"]) for hit in hits]

    def statistics(self, terms: Sequence[Term], *, within: Condition = EVERYTHING) -> Statistics:
        """Count the living records within a condition that hold each term in title or body."""
        exact = {term.exact: _holding(term.exact, exact=True) for term in terms if term.marked}
        folded = {term.folded: _holding(term.folded, exact=False) for term in terms}
        wanted = {f"e {name}": {"filter": query} for name, query in exact.items()}
        wanted |= {f"f {name}": {"filter": query} for name, query in folded.items()}
        answer = self._search(_filter(within), size=0, aggs={**wanted, "length": {"avg": {"field": "length"}}})
        counts = answer["aggregations"]
        return Statistics(
            records=int(answer["hits"]["total"]["value"]),
            mean_length=float(counts["length"]["value"] or 0.0),
            exact={name: int(counts[f"e {name}"]["doc_count"]) for name in exact},
            folded={name: int(counts[f"f {name}"]["doc_count"]) for name in folded},
        )

    def facets(self, condition: Condition) -> Counted:
        """Count the records that answer and the values of each facet, in one pass over them."""
        answer = self._search(_filter(condition), size=0, aggs={name: _facet(name) for name in FACETS})
        values = {name: counted(name, answer["aggregations"][name]["buckets"]) for name in FACETS}
        return Counted(int(answer["hits"]["total"]["value"]), values)

    def _search(self, query: dict[str, Any], *, size: int, **more: Any) -> dict[str, Any]:
        moment = {"id": self._moment, "keep_alive": _KEEP_ALIVE}
        body = {"query": query, "size": size, "pit": moment, "track_total_hits": True, **more}
        with _told():
            answer: dict[str, Any] = self._client.search(body=body)
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise TryLaterError("T023", word("cluster-part"))  # a part of an answer is never given as the whole
        return answer


def check_cluster(client: OpenSearch) -> None:
    """See that the cluster is one we know and can answer. Raises TryLaterError T022 (another version), T023 (red, away)."""
    with _told():
        said = client.info()["version"]
        if said.get("distribution") != "opensearch" or not str(said["number"]).startswith(f"{_MAJOR}."):
            raise TryLaterError("T022", word("cluster-version", found=said["number"], wanted=_MAJOR))
        if client.cluster.health()["status"] == "red":
            raise TryLaterError("T023", word("cluster-red"))


@contextmanager
def _told() -> Iterator[None]:
    """Tell what the cluster says as an error of ours. Raises TryLaterError T023."""
    try:
        yield
    except EngineConnectionError as error:
        raise TryLaterError("T023", word("cluster-away")) from error
    except OpenSearchException as error:
        raise TryLaterError("T022", word("cluster-refused", reason=type(error).__name__)) from error


def _position(client: OpenSearch, alias: str) -> int:
    try:
        return int(client.get(index=alias, id=POSITION_ID)["_source"]["position"])
    except EngineNotFoundError:
        return 0


def _is_harmless(answer: dict[str, Any]) -> bool:
    """Say whether a refused action needs nothing: a newer version is there, or what was to go is gone."""
    (operation, result), *_ = answer.items()
    return result["status"] == 409 or (operation == "delete" and result["status"] == 404)


def _reason(answer: dict[str, Any]) -> str:
    (_, result), *_ = answer.items()
    return str(result.get("error", {}).get("type", result["status"]))


def _mappings() -> dict[str, Any]:
    """Give the fields; an unknown one is refused."""
    runs = {"type": "text", "analyzer": "whitespace", "norms": False, "position_increment_gap": _RUN_GAP}
    lists = {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "docs"}
    properties: dict[str, Any] = {
        **dict.fromkeys(RUNS, runs),
        **dict.fromkeys(LISTS, lists),
        **{name: {"type": "keyword"} for name in ("id", "order", "record", *NAMES)},
        **{name: {"type": "integer"} for name in WHOLE},
        "position": {"type": "long", "index": False},
        **{name: {"type": "keyword", "index": False, "doc_values": False} for name in TALLIES},
    }
    return {"dynamic": "strict", "_source": {"includes": _STORED}, "properties": properties}


def _entry(document: IndexDocument) -> dict[str, Any]:
    fields: dict[str, Any] = {name: list(getattr(document, name)) for name in RUNS}
    fields |= {name: getattr(document, name) for name in (*LISTS, *WHOLE)}
    fields |= {name: text for name in NAMES if (text := getattr(document, name))}
    fields |= {name: getattr(document, name) for name in TALLIES}
    return fields | {"id": document.id, "order": document.order, "record": "yes"}


def _proposal(stored: dict[str, Any], weight: int) -> Proposal:
    return Proposal(
        id=stored["id"],
        weight=weight,
        order=stored["order"],
        tally=stored["tally"],
        title_tally=stored["title_tally"],
        length=stored["length"],
    )


def _holding(word_: str, *, exact: bool) -> dict[str, Any]:
    return _compiled(Has("any_exact" if exact else "any_folded", word_))


def _facet(name: str) -> dict[str, Any]:
    """Count every value; where the cluster orders them as we do, it gives only those that are shown."""
    if name not in COMPARED:
        ordered = [{"_count": "desc"}, {"_key": "asc"}]
        return {"terms": {"field": name, "size": SHOWN_MOST, "shard_size": VALUES, "order": ordered}}
    return {"terms": {"field": name, "size": VALUES}}


def _weighed(condition: Condition, points: int) -> dict[str, Any]:
    return {"constant_score": {"filter": _compiled(condition), "boost": float(points)}}


def _filter(condition: Condition) -> dict[str, Any]:
    return {"bool": {"filter": [_compiled(condition)]}}


def _compiled(condition: Condition) -> dict[str, Any]:
    """Translate a condition; nothing is added and nothing left out."""
    match condition:
        case Both(conditions, without):
            wanted, unwanted = (
                [_compiled(each) for each in narrowing(conditions)],
                [_compiled(each) for each in without],
            )
            return {"bool": {"filter": wanted, "must_not": unwanted}}
        case AnyOf((only,), 1):
            return _compiled(only)
        case AnyOf(conditions, at_least) if conditions:
            should = _joined(conditions) if at_least == 1 else [_compiled(each) for each in conditions]
            return {"bool": {"should": should, "minimum_should_match": at_least}}
        case Has(field, word_):
            return {"term": {field: word_}}
        case Everything():
            return {"term": {"record": "yes"}}
    return _rarer(condition)


def _joined(conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    """Ask for the words of one field together: a cluster bounds how many clauses a question may have."""
    words: dict[str, list[str]] = {}
    for each in conditions:
        if isinstance(each, Has):
            words.setdefault(each.field, []).append(each.word)
    others = [_compiled(each) for each in conditions if not isinstance(each, Has)]
    return others + [{"terms": {field: each}} for field, each in words.items()]


def _rarer(condition: Condition) -> dict[str, Any]:
    match condition:
        case Row(field, words):
            return {"match_phrase": {field: " ".join(words)}}
        case OneOf(ids, field) if ids:
            return {"terms": {field: list(ids)}}
        case Between(field, low, high):
            return {"range": {field: {"gte": low, "lte": high}}}
    return {"match_none": {}}
