"""The cluster's index as it was at one moment: a point in time of OpenSearch, given back after each question."""

from collections.abc import Hashable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, OpenSearchException

from schemas.errors import TryLaterError
from schemas.words import word
from search_ui.answer.plan import EVERYTHING, Condition, Has
from search_ui.answer.relevance import Statistics
from search_ui.index import FACETS, Counted, Proposal, Weighed
from search_ui.index.counts import Counts, KeptCounts
from search_ui.index.fields import DAY_DIGITS, FEW, OF_FEW, POSITION_ID, counted
from search_ui.index.opensearch_faults import told
from search_ui.index.opensearch_queries import DESCRIBED, compiled, facet, filtered, proposal, weighed
from search_ui.question.query import Term

_KEEP_ALIVE = "1m"
_WHOLE_MOMENT = {"keep_alive": _KEEP_ALIVE, "allow_partial_pit_creation": "false"}  # else it lacks what is away
_ATTEMPTS = 3


def open_reader(client: OpenSearch, alias: str, counts: KeptCounts) -> "OpenSearchReader":
    """Give the index behind an alias as it is now; close it after use."""
    for attempt in range(_ATTEMPTS):
        try:
            with told():
                opened = client.create_pit(index=alias, params=_WHOLE_MOMENT)
            break
        except TryLaterError as error:
            if error.code != "T020" or attempt == _ATTEMPTS - 1:  # T020: replaced between looking up and opening
                raise
    return OpenSearchReader(client, point_in_time=opened["pit_id"], counts=counts)


class OpenSearchReader:
    """The index as it was at one moment (a point in time of the cluster)."""

    def __init__(self, client: OpenSearch, *, point_in_time: str, counts: KeptCounts) -> None:
        """Read at this point in time; `close` gives it back."""
        self._client = client
        self._moment = point_in_time
        self._counts = counts

    def close(self) -> None:
        """Give the point in time back; the cluster forgets it by itself after a minute."""
        with suppress(OpenSearchException):
            self._client.delete_pit(body={"pit_id": [self._moment]})

    @property
    def position(self) -> int:
        """How many journal lines are in the index."""
        return self._mark[0]

    @cached_property
    def _mark(self) -> tuple[int, Hashable]:
        """The position, and what tells this state from others: each `put` ends with writing the position anew."""
        wanted = {"stored_fields": "_none_", "docvalue_fields": ["position"], "seq_no_primary_term": True}
        hits = self._search({"term": {"id": POSITION_ID}}, size=1, **wanted)["hits"]["hits"]
        if not hits:
            return 0, None
        return int(hits[0]["fields"]["position"][0]), (hits[0]["_index"], hits[0]["_primary_term"], hits[0]["_seq_no"])

    def count(self, condition: Condition) -> int:
        """Count the records that answer."""
        return int(self._search(filtered(condition), size=0)["hits"]["total"]["value"])

    def best(self, condition: Condition, weights: Weighed, *, limit: int, described: bool = True) -> list[Proposal]:
        """Give the records that answer for which most weights hold, by their sum; the order among equals is not defined."""
        should = [weighed(*each) for each in weights]
        query = {"bool": {"filter": [compiled(condition)], "should": should, "minimum_should_match": 0}}
        wanted = {"stored_fields": "_none_", "docvalue_fields": DESCRIBED if described else ["id"]}
        hits = self._search(query, size=max(1, limit), track_total_hits=False, **wanted)["hits"]["hits"]
        if not described:
            return [Proposal(id=hit["fields"]["id"][0], weight=round(hit["_score"])) for hit in hits]
        return [proposal(hit["fields"], round(hit["_score"])) for hit in hits]

    def newest(self, condition: Condition, *, offset: int, limit: int, reverse: bool = False) -> list[str]:
        """Give the ids of the records that answer by their `order`, or by its reverse; no stored record is read."""
        if limit <= 0:
            return []
        by_order = [{name: "desc" if reverse else "asc"} for name in ("place", "order")]  # a number is compared sooner
        more = {"from": offset, "sort": by_order, "track_total_hits": False, "stored_fields": "_none_"}
        hits = self._search(filtered(condition), size=limit, **more)["hits"]["hits"]
        return [str(hit["sort"][1])[DAY_DIGITS:] for hit in hits]

    def statistics(self, terms: Sequence[Term], *, within: Condition = EVERYTHING) -> Statistics:
        """Count the living records within a condition that hold each term in title or body; each once in every state."""
        kept = self._counts.of(self._mark[1]) if self._mark[1] else {}
        exact = {("any_exact", term.exact, within) for term in terms if term.marked}
        folded = {("any_folded", term.folded, within) for term in terms}
        wanted = [each for each in (("", "", within), *exact, *folded) if each not in kept]
        if wanted:
            kept |= self._counted(wanted, within)
        return Statistics(
            records=int(kept["", "", within]),
            mean_length=kept["length", "", within],
            exact={word_: int(kept[field, word_, within]) for field, word_, _ in exact},
            folded={word_: int(kept[field, word_, within]) for field, word_, _ in folded},
        )

    def _counted(self, wanted: Sequence[tuple[str, str, Condition]], within: Condition) -> Counts:
        asked = {str(at): each for at, each in enumerate(wanted) if each[0]}
        each_word = {name: {"filter": compiled(Has(field, word_))} for name, (field, word_, _) in asked.items()}
        answer = self._search(filtered(within), size=0, aggs={**each_word, "length": {"avg": {"field": "length"}}})
        found = answer["aggregations"]
        counts: Counts = {each: int(found[name]["doc_count"]) for name, each in asked.items()}
        counts["", "", within] = int(answer["hits"]["total"]["value"])
        counts["length", "", within] = float(found["length"]["value"] or 0.0)
        return counts

    def facets(self, condition: Condition) -> Counted:
        """Count the records that answer and the values of each facet, in one pass over them; of few also their hồ sơ."""
        wanted = {name: facet(name) for name in FACETS if name not in OF_FEW}
        answer = self._search(filtered(condition), size=0, aggs=wanted)
        total, found = int(answer["hits"]["total"]["value"]), answer["aggregations"]
        if total <= FEW:
            more = {name: facet(name) for name in OF_FEW}
            found |= self._search(filtered(condition), size=0, aggs=more)["aggregations"]
        return Counted(total, {name: counted(name, found[name]["buckets"]) for name in FACETS if name in found})

    def _search(self, query: dict[str, Any], *, size: int, **more: Any) -> dict[str, Any]:
        moment = {"id": self._moment, "keep_alive": _KEEP_ALIVE}
        body = {"query": query, "size": size, "pit": moment, "track_total_hits": True, **more}
        with told():
            try:
                answer: dict[str, Any] = self._client.search(body=body)
            except NotFoundError as error:  # the node that held this moment is gone; the next question opens another
                raise TryLaterError("T023", word("cluster-part")) from error
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise TryLaterError("T023", word("cluster-part"))  # a part of an answer is never given as the whole
        return answer
