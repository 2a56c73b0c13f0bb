"""Conditions, records and fields in the language of OpenSearch, word by word. Pure."""

from base64 import b64encode, urlsafe_b64decode
from collections.abc import Sequence
from typing import Any

from search_ui.answer.plan import Among, AnyOf, Between, Both, Condition, Everything, Has, OneOf, Row, narrowing
from search_ui.document import IndexDocument
from search_ui.index import Proposal
from search_ui.index.fields import COMPARED, GIVEN, LISTS, NAMES, RUNS, TALLIES, VALUES, WHOLE, place

DESCRIBED = ["id", "order", "length", *TALLIES]  # of a record, beside what is only searched
_ANYWHERE = ("title_exact", "title_folded", "body_exact", "body_folded")  # copied by the cluster to the next
_SENT = tuple(name for name in LISTS if name not in ("any_exact", "any_folded"))
_RUN_GAP = 100  # positions between two runs, which no phrase crosses


def mappings() -> dict[str, Any]:
    """Give the fields; an unknown one is refused."""
    runs = {"type": "text", "analyzer": "whitespace", "norms": False, "position_increment_gap": _RUN_GAP}
    lists = {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "docs"}
    anywhere = {name: {**runs, "copy_to": f"any_{name.partition('_')[2]}"} for name in _ANYWHERE}
    properties: dict[str, Any] = {
        **dict.fromkeys(RUNS, runs),
        **anywhere,
        **dict.fromkeys(LISTS, lists),
        **{name: {"type": "keyword"} for name in ("id", "order", "record", *NAMES)},
        **{name: {"type": "integer"} for name in WHOLE},
        "place": {"type": "long"},
        "position": {"type": "long", "index": False},
        **{name: {"type": "binary", "doc_values": True} for name in TALLIES},
    }
    return {"dynamic": "strict", "_source": {"enabled": False}, "properties": properties}


def entry(document: IndexDocument) -> dict[str, Any]:
    """Give what is stored of a record."""
    fields: dict[str, Any] = {name: list(getattr(document, name)) for name in RUNS}
    fields |= {name: getattr(document, name) for name in (*_SENT, *WHOLE)}
    fields |= {name: text for name in NAMES if (text := getattr(document, name))}
    fields |= {name: b64encode(getattr(document, name).encode()).decode() for name in TALLIES}
    return fields | {"id": document.id, "order": document.order, "place": place(document.order), "record": "yes"}


def proposal(stored: dict[str, list[Any]], weight: int) -> Proposal:
    """Give a proposal from what a hit has stored."""
    tally, title_tally = (urlsafe_b64decode(stored[name][0] + "==").decode() for name in TALLIES)
    return Proposal(
        id=stored["id"][0],
        weight=weight,
        order=stored["order"][0],
        tally=tally,
        title_tally=title_tally,
        length=stored["length"][0],
    )


def facet(name: str) -> dict[str, Any]:
    """Count every value; give all of those that are counted by how they compare, else the most frequent."""
    if name in COMPARED:
        return {"terms": {"field": name, "size": VALUES}}
    return {"terms": {"field": name, "size": GIVEN, "shard_size": VALUES}}


def weighed(condition: Condition, points: int) -> dict[str, Any]:
    """Let a condition weigh so many points where it holds."""
    return {"constant_score": {"filter": compiled(condition), "boost": float(points)}}


def filtered(condition: Condition) -> dict[str, Any]:
    """Ask for the records for which a condition holds, without weighing them."""
    return {"bool": {"filter": [compiled(condition)]}}


def compiled(condition: Condition) -> dict[str, Any]:
    """Translate a condition; nothing is added and nothing left out."""
    match condition:
        case Both(conditions, without):
            wanted = [compiled(each) for each in narrowing(conditions)]
            unwanted = [compiled(each) for each in without]
            return {"bool": {"filter": wanted, "must_not": unwanted}}
        case AnyOf((only,), 1):
            return compiled(only)
        case AnyOf(conditions, at_least) if conditions:
            should = _joined(conditions) if at_least == 1 else [compiled(each) for each in conditions]
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
    others = [compiled(each) for each in conditions if not isinstance(each, Has)]
    return others + [{"terms": {field: each}} for field, each in words.items()]


def _rarer(condition: Condition) -> dict[str, Any]:
    match condition:
        case Among(_, wanted):
            return compiled(wanted)  # the cluster looks at what the whole question leaves
        case Row(field, words):
            return {"match_phrase": {field: " ".join(words)}}
        case OneOf(ids, field) if ids:
            return {"terms": {field: list(ids)}}
        case Between(field, low, high):
            return {"range": {field: {"gte": low, "lte": high}}}
    return {"match_none": {}}
