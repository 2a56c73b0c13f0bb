"""The embedded search engine: tantivy, fed with the words of our own analyser.

It stores no text of any record: only ids, tallies and the postings. One process writes at a time (`writing`), any
number read. Traps, all tested: deleting by an unsigned field silently deletes nothing, so ids are raw text; a
document frequency counts deleted documents until a merge, so records are counted by a search instead.
"""

import json
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur
from tantivy import Query as EngineQuery

from schemas.errors import IntegrityError, TryLaterError
from schemas.words import word
from search_ui.analyser import ANALYSER_VERSION
from search_ui.answer.plan import (
    EVERYTHING,
    Among,
    AnyOf,
    Between,
    Both,
    Condition,
    Everything,
    Has,
    OneOf,
    Row,
    narrowing,
)
from search_ui.answer.relevance import Statistics
from search_ui.document import IndexDocument
from search_ui.index import FACETS, Counted, Proposal, Weighed
from search_ui.index.counts import Counts, KeptCounts
from search_ui.index.fields import (
    COMPARED,
    DAY_DIGITS,
    FEW,
    GIVEN,
    LISTS,
    NAMES,
    OF_FEW,
    POSITION_ID,
    RUNS,
    TALLIES,
    VALUES,
    WHOLE,
    counted,
    place,
)
from search_ui.question.query import Term

SCHEMA_VERSION = 5
_NOTE, _MADE_BY = "made-by.json", {"schema": SCHEMA_VERSION, "analyser": ANALYSER_VERSION}
_HEAP_BYTES = 128_000_000
_BUSY = "LockBusy"
_RETRY_SECONDS = 0.1
_COUNTED_AT_ONCE = 2  # words, each in a thread: a long question has many that were not counted yet
_TERMS = 1_000  # words that are looked up one by one; a set of them is sought through the whole dictionary


class TantivyIndex:
    """An index folder. Reading needs no lock; `writing` holds the one writer."""

    def __init__(self, folder: Path) -> None:
        """Open the folder's index, or make an empty one; one made by another version is made anew."""
        self.folder = folder
        self._lock = threading.Lock()
        self._writer: tantivy.IndexWriter | None = None
        self._anew: set[str] | None = None  # ids put since `clear`, while the index is filled anew
        self._reached = 0  # the position of what was put since then
        self._counts = KeptCounts()
        self._index = _opened(folder)
        self._index.config_reader("manual")

    @classmethod
    def repaired(cls, folder: Path) -> "TantivyIndex":
        """Open the folder's index; one that cannot be opened is thrown away first. For rebuilding only."""
        try:
            return cls(folder)
        except IntegrityError:
            shutil.rmtree(folder, ignore_errors=True)
            return cls(folder)

    @property
    def position(self) -> int:
        """How many journal lines are in the index now."""
        return self.reader().position

    def reader(self) -> "TantivyReader":
        """Give the index as it is now."""
        before = self._state()
        self._index.reload()
        return TantivyReader(self._index.searcher(), self._index.schema, self._counts_now(before))

    def _state(self) -> bytes:
        """Give what tantivy writes at each commit: which segments there are, by random names, and what is deleted."""
        with suppress(OSError):
            return (self.folder / "meta.json").read_bytes()
        return b""

    def _counts_now(self, before: bytes) -> Counts:
        """Give the counts known of this state; none where a commit may have come between."""
        after = self._state()
        return self._counts.of(after) if after and before == after else {}

    @contextmanager
    def writing(self, *, seconds: float = 0.0) -> Iterator[None]:
        """Hold the writer, waiting for another process up to so long. Raises TryLaterError T020."""
        with self._lock:
            self._writer = self._locked_writer(seconds)
            try:
                yield
            finally:
                self._writer.wait_merging_threads()  # this gives the folder's lock back; what is not committed is dropped
                self._writer = self._anew = None

    def _locked_writer(self, seconds: float) -> tantivy.IndexWriter:
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self._index.writer(_HEAP_BYTES, 1)
            except ValueError as error:
                if _BUSY not in str(error):
                    raise
                if time.monotonic() >= deadline:
                    raise TryLaterError("T020", word("index-busy", folder=self.folder)) from error
            time.sleep(_RETRY_SECONDS)

    def put(self, documents: Sequence[IndexDocument], *, gone: Sequence[str], position: int) -> None:
        """Replace the documents, remove those gone and store the position, in one commit. Only inside `writing`."""
        writer, made = self._held(), [document.id for document in documents]
        for record in (*gone, *made):
            if self._anew is None or record in self._anew:
                writer.delete_documents_by_term("id", record)
        for document in documents:
            writer.add_document(_entry(document))
        if self._anew is None:
            self._commit(position)
        else:
            self._anew.update(made)
            self._reached = position

    def clear(self) -> None:
        """Forget everything, the position too; readers see the old index until `finish`. Only inside `writing`."""
        self._held().delete_all_documents()
        self._anew, self._reached = set(), 0

    def finish(self) -> None:
        """Let readers see what was put since `clear`, in one commit. Only inside `writing`."""
        self._anew = None
        self._commit(self._reached)

    def _commit(self, position: int) -> None:
        writer = self._held()
        writer.delete_documents_by_term("id", POSITION_ID)
        writer.add_document(tantivy.Document(id=[POSITION_ID], position=[position]))
        writer.commit()

    def _held(self) -> tantivy.IndexWriter:
        if self._writer is None:
            raise RuntimeError("the index is written outside of `writing`")
        return self._writer


class TantivyReader:
    """The index as it was at one moment."""

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema, counts: Counts) -> None:
        """Read with this searcher; a later commit does not change what it finds, nor the counts kept of it."""
        self._counts = counts
        self._searcher = searcher
        self._schema = schema
        self._read: dict[tuple[int, int], Proposal] = {}

    def close(self) -> None:
        """Do nothing: the moment goes with this object."""

    @property
    def position(self) -> int:
        """How many journal lines are in the index."""
        hits = self._searcher.search(self._term("id", POSITION_ID), 1, count=False).hits
        return int(self._searcher.doc(hits[0][1])["position"][0]) if hits else 0

    def count(self, condition: Condition) -> int:
        """Count the records that answer."""
        return int(self._searcher.search(self._compiled(condition), 1, count=True).count)  # type: ignore[attr-defined]  # tantivy's stub forgets it

    def best(self, condition: Condition, weights: Weighed, *, limit: int, described: bool = True) -> list[Proposal]:
        """Give the records that answer for which most weights hold, by their sum; the order among equals is not defined."""
        should = [(Occur.Should, self._weighed(_among(condition, each), points)) for each, points in weights]
        must = (Occur.Must, EngineQuery.const_score_query(self._compiled(condition), 0.0))
        hits = self._searcher.search(EngineQuery.boolean_query([must, *should]), max(1, limit), count=False).hits
        del described  # a record that was read once is known
        return [replace(self._known(address), weight=round(score)) for score, address in hits]

    def newest(self, condition: Condition, *, offset: int, limit: int, reverse: bool = False) -> list[str]:
        """Give the ids of the records that answer by their `order`, or by its reverse.

        Sorted by `place`, which is `order` cut short: a number is compared at once where each segment would look up
        `limit` words. Where records of one place stand at a border of the page, the whole word decides.
        """
        if limit <= 0:
            return []
        first = max(0, offset - 1)
        hits = self._sorted(condition, "place", first, offset - first + limit + 1, reverse=reverse)
        places = [sorted_by for sorted_by, _ in hits]
        borders = [at for at in (offset - first, offset - first + limit) if 0 < at < len(places)]
        if any(places[at - 1] == places[at] for at in borders):
            hits = self._sorted(condition, "order", offset, limit, reverse=reverse)
            return [str(order)[DAY_DIGITS:] for order, _ in hits]
        found = (self._known(address) for _, address in hits[offset - first :][:limit])
        return [order[DAY_DIGITS:] for order in sorted((each.order for each in found), reverse=reverse)]

    def _known(self, address: tantivy.DocAddress) -> Proposal:
        where = (address.segment_ord, address.doc)
        known = self._read.get(where)
        if known is None:
            known = self._read[where] = _proposal(self._searcher.doc(address))
        return known

    def _sorted(
        self, condition: Condition, field: str, offset: int, limit: int, *, reverse: bool
    ) -> list[tuple[Any, tantivy.DocAddress]]:
        order = tantivy.Order.Desc if reverse else tantivy.Order.Asc
        query = self._compiled(condition)
        return self._searcher.search(query, limit, count=False, order_by_field=field, offset=offset, order=order).hits

    def statistics(self, terms: Sequence[Term], *, within: Condition = EVERYTHING) -> Statistics:
        """Count the living records within a condition that hold each term in title or body; each once in every state."""
        exact = {("any_exact", term.exact, within) for term in terms if term.marked}
        folded = {("any_folded", term.folded, within) for term in terms}
        kept, whole = self._counts, (("", "", within), ("length", "", within))
        wanted = [each for each in (*whole, *exact, *folded) if each not in kept]
        with ThreadPoolExecutor(_COUNTED_AT_ONCE) as beside:
            kept |= zip(wanted, beside.map(self._looked_up, wanted), strict=True)
        return Statistics(
            records=int(kept["", "", within]),
            mean_length=kept["length", "", within],
            exact={text: int(kept[field, text, within]) for field, text, _ in exact},
            folded={text: int(kept[field, text, within]) for field, text, _ in folded},
        )

    def facets(self, condition: Condition) -> Counted:
        """Count the records that answer and the values of each facet, in one pass over them; of few also their hồ sơ."""
        query = self._compiled(condition)
        wanted = {name: _facet(name) for name in FACETS if name not in OF_FEW}
        answer = self._searcher.aggregate(query, wanted | {"records": {"value_count": {"field": "length"}}})
        total = int(answer["records"]["value"])
        if total <= FEW:
            answer |= self._searcher.aggregate(query, {name: _facet(name) for name in OF_FEW})
        values = {name: counted(name, answer[name]["buckets"]) for name in FACETS if name in answer}
        return Counted(total, values)

    def _looked_up(self, wanted: tuple[str, str, Condition]) -> float:
        field, text, within = wanted
        if field == "length":
            answer = self._searcher.aggregate(self._compiled(within), {field: {"avg": {"field": field}}})
            return float(answer[field]["value"] or 0.0)
        return self.count(Both((Has(field, text), within)) if field else within)

    def _weighed(self, condition: Condition, points: int) -> EngineQuery:
        return EngineQuery.const_score_query(self._compiled(condition), float(points))

    def _term(self, field: str, word: str | int) -> EngineQuery:
        return EngineQuery.term_query(self._schema, field, word, "basic")

    def _compiled(self, condition: Condition) -> EngineQuery:
        """Translate a condition; nothing is added and nothing left out."""
        match condition:
            case Both(conditions, without):
                wanted = [(Occur.Must, self._compiled(each)) for each in narrowing(conditions)]
                return EngineQuery.boolean_query(wanted + [(Occur.MustNot, self._compiled(each)) for each in without])
            case AnyOf((only,), 1):
                return self._compiled(only)
            case AnyOf(conditions, at_least) if conditions:
                should = [(Occur.Should, self._compiled(each)) for each in conditions]
                return EngineQuery.boolean_query(should, at_least)
            case Has(field, word):
                return self._term(field, word)
            case Everything():
                return self._term("record", "yes")
        return self._rarer(condition)

    def _rarer(self, condition: Condition) -> EngineQuery:
        schema = self._schema
        match condition:
            case Row(field, words):
                return EngineQuery.phrase_query(schema, field, list(words))
            case OneOf(ids, field) if 0 < len(ids) <= _TERMS:
                terms = (EngineQuery.const_score_query(self._term(field, each), 0.0) for each in ids)
                return EngineQuery.boolean_query([(Occur.Should, each) for each in terms])
            case OneOf(ids, field) if ids:
                return EngineQuery.term_set_query(schema, field, list(ids))
            case Among(ids, wanted):
                return self._compiled(Both((OneOf(ids), wanted)))
            case Between(field, low, high):
                return EngineQuery.range_query(schema, field, tantivy.FieldType.Integer, low, high)
        return EngineQuery.empty_query()


def _among(condition: Condition, weighed: Condition) -> Condition:
    """Look for rows only where the condition holds: to look through all that hold their words is dear."""
    match weighed:
        case Row():
            return Both((condition, weighed))
        case AnyOf(either, 1):
            return AnyOf(tuple(_among(condition, each) for each in either))
    return weighed


def is_made(folder: Path) -> bool:
    """Say whether the folder holds an index of this schema and analyser."""
    return _same(folder / _NOTE, _MADE_BY)


def _opened(folder: Path) -> tantivy.Index:
    """Open the index of this version; another version's is thrown away: it is derived."""
    if not is_made(folder):
        if folder.is_dir() and any(folder.iterdir()):
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _NOTE).write_text(json.dumps(_MADE_BY), encoding="utf-8")
    try:
        return tantivy.Index(_schema(), path=str(folder))
    except (ValueError, OSError) as error:
        raise IntegrityError("F030", word("index-damaged", folder=folder)) from error


def _same(note: Path, made_by: dict[str, int]) -> bool:
    try:
        return bool(json.loads(note.read_text(encoding="utf-8")) == made_by)
    except (OSError, ValueError):
        return False


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("order", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("place", fast=True)
    builder.add_text_field("record", tokenizer_name="raw", index_option="basic")
    for name in RUNS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in LISTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    for name in NAMES:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in WHOLE:
        builder.add_integer_field(name, indexed=True, fast=True, stored=True)
    builder.add_integer_field("position", stored=True)
    for name in TALLIES:
        builder.add_bytes_field(name, stored=True)
    return builder.build()


def _entry(document: IndexDocument) -> tantivy.Document:
    fields: dict[str, list[Any]] = {name: list(getattr(document, name)) for name in RUNS}
    fields |= {name: [getattr(document, name)] for name in (*LISTS, *WHOLE)}
    fields |= {name: [text] for name in NAMES if (text := getattr(document, name))}
    fields |= {"id": [document.id], "order": [document.order], "record": ["yes"]}
    fields["place"] = [place(document.order)]
    entry = tantivy.Document(**fields)
    for name in TALLIES:
        entry.add_bytes(name, getattr(document, name).encode())
    return entry


def _proposal(stored: tantivy.Document) -> Proposal:
    return Proposal(
        id=stored["id"][0],
        weight=0,
        order=stored["order"][0],
        tally=bytes(stored["tally"][0]).decode(),
        title_tally=bytes(stored["title_tally"][0]).decode(),
        length=stored["length"][0],
    )


def _facet(name: str) -> dict[str, Any]:
    given = VALUES if name in COMPARED else GIVEN
    return {"terms": {"field": name, "size": given, "segment_size": VALUES}}
