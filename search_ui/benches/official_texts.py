"""Known documents and the questions officials ask for them: by subject line, and in shorthand.

Data: a folder with `vn-texts` (legal texts with number, type, date, subject, signer from their database) and
`vn-scans` (truths read by eye). Questions are drawn by a fixed seed. A question counts as *unique* when by the truth
exactly one document answers it; then that one must be first. Where several bear a number, they must be the first ones.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from schemas import rules
from schemas.settings import Settings
from search_ui.analyser import analyse, fold
from search_ui.analyser import key as name_key
from search_ui.benches.records import Source, ask, engines, indexed
from search_ui.index import Index

SEED = 20260301
OF_EACH_KIND = 60
_NAMES_TRIED = 4
_SURNAMES = "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Ngô|Dương|Đinh|Trương"
key = cache(name_key)  # the same subjects are compared with each other again and again
_LEAD = re.compile(r"\d+")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the kind it is of, and the keys of the documents that answer it."""

    kind: str
    text: str
    right: frozenset[str]


def measure(folder: Path, settings: Settings, *, share: int = 0) -> dict[str, Any]:
    """Give the shares of questions answered right, by kind, for each engine; `share`: every so many-th question only."""
    sources = list(_sources(folder))
    asked = [*_subjects(sources), *shorthand(sources)][:: max(1, share)]
    figures: dict[str, Any] = {"documents": len(sources), "questions": len(asked), "seed": SEED}
    for engine in engines(settings):
        with indexed(settings, sources, engine=engine) as index:
            figures[engine] = _answered(index, sources, asked)
    return figures


def shorthand(sources: Sequence[Source]) -> list[Asked]:
    """Draw the questions in officials' shorthand, `OF_EACH_KIND` of each kind as far as there are so many."""
    chance = random.Random(SEED)
    asked: list[Asked] = []
    for kind, make in _KINDS.items():
        drawn: dict[str, frozenset[str]] = {}
        for source in chance.sample(list(sources), len(sources)):
            drawn |= dict(make(source, sources, chance)) if len(drawn) < OF_EACH_KIND else {}
        asked += [Asked(kind, text, right) for text, right in drawn.items()]
    return asked


def _answered(index: Index, sources: Sequence[Source], asked: Sequence[Asked]) -> dict[str, Any]:
    keys = {str(source.record): source.key for source in sources}
    counts: dict[str, list[int]] = {}
    wrong: list[str] = []
    for each in asked:
        found = [keys[one.id] for one in ask(index, each.text, limit=max(1, len(each.right))).records]
        right = (
            bool(found)
            and set(found) <= each.right
            and (each.kind.startswith("subject") or len(found) == len(each.right))
        )
        kind = each.kind if len(each.right) == 1 or each.kind.startswith("subject") else f"{each.kind}, shared"
        counts.setdefault(kind, []).append(right)
        wrong += [] if right else [f"{kind}: {each.text}"]
    shares: dict[str, Any] = {kind: f"{sum(each)} of {len(each)}" for kind, each in counts.items()}
    unique = [
        right
        for kind, each in counts.items()
        if not kind.startswith("subject") and not kind.endswith("shared")
        for right in each
    ]
    shares["shorthand, unique ones first"] = f"{sum(unique)} of {len(unique)} = {sum(unique) / max(1, len(unique)):.4f}"
    return {**shares, "wrong": wrong}


def _subjects(sources: Sequence[Source]) -> list[Asked]:
    by_subject: dict[str, set[str]] = {}
    for source in sources:
        if subject := source.fields.get("subject", ""):
            by_subject.setdefault(key(subject), set()).add(source.key)
    asked = []
    for source in sources:
        subject = source.fields.get("subject", "")
        right = frozenset(by_subject.get(key(subject), ()))
        asked += [Asked("subject", subject, right), Asked("subject unmarked", fold(subject), right)] if subject else []
    return asked


def _sources(folder: Path) -> Iterator[Source]:
    for name in ("vbpl", "congbao", "vbpl-metadata-only"):
        for line in (folder / "vn-texts" / f"{name}.jsonl").read_text(encoding="utf-8").split("\n"):
            if not line:
                continue
            yield _legal(json.loads(line))
    for row in json.loads((folder / "vn-scans" / "truth-by-eye.json").read_text(encoding="utf-8")):
        yield Source(
            key=row["file"],
            name=row["file"],
            text="\n".join([row["body_first_sentence"] or "", *(each["text"] for each in row.get("lines") or ())]),
            fields={name: row[name] or "" for name in ("number", "type", "date", "issuer", "subject", "signer")},
        )


def _legal(row: dict[str, Any]) -> Source:
    known = {
        "number": row["so_ky_hieu"],
        "type": row["loai"],
        "date": row["ngay_ban_hanh"] or row["ngay_header_regex"],
        "issuer": row["co_quan_ban_hanh"],
        "subject": row["trich_yeu"],
        "signer": row.get("nguoi_ky"),
    }
    fields = {name: text for name, text in known.items() if text and text != "--"}
    text = re.sub(r"[^\S\n]+", " ", row.get("text") or "")
    return Source(key=row["id"], name=f"{row['id']}.html", text=text, fields=fields)


_Made = Iterator[tuple[str, frozenset[str]]]
_Kind = Callable[[Source, Sequence[Source], random.Random], _Made]


def _lead(source: Source) -> str:
    match = _LEAD.match(source.fields.get("number", ""))
    return match[0].lstrip("0") if match else ""


def _year(source: Source) -> str:
    date = source.fields.get("date", "")
    return date[:4] if _ISO.fullmatch(date) else ""


def _where(sources: Sequence[Source], holds: Callable[[Source], bool]) -> frozenset[str]:
    return frozenset(each.key for each in sources if holds(each))


def _bare(source: Source, sources: Sequence[Source], _chance: random.Random) -> _Made:
    if lead := _lead(source):
        yield lead, _where(sources, lambda each: _lead(each) == lead)


def _with_year(source: Source, sources: Sequence[Source], _chance: random.Random) -> _Made:
    lead, year = _lead(source), _year(source)
    if lead and year:
        of_year = re.compile(rf"\d+/{year}/")
        yield (
            f"{lead} {year}",
            _where(
                sources,
                lambda each: (
                    _lead(each) == lead and (_year(each) == year or bool(of_year.match(each.fields.get("number", ""))))
                ),
            ),
        )


def _with_type(source: Source, sources: Sequence[Source], _chance: random.Random) -> _Made:
    kind = source.fields.get("type", "")
    short = next((rule.symbol for rule in rules.document_types() if rule.symbol and key(rule.name) == key(kind)), "")
    lead = _lead(source)
    if lead and kind and (short or key(kind) == "cong van"):
        typed = fold(short) if short else "cv"
        yield (
            f"{typed} {lead}",
            _where(
                sources,
                lambda each: (
                    _lead(each) == lead and (key(each.fields.get("type", "")) == key(kind) or typed in _parts(each))
                ),
            ),
        )


def _misordered(source: Source, sources: Sequence[Source], chance: random.Random) -> _Made:
    parts = _parts(source)
    if len(parts) > 2:
        order = chance.sample(parts, len(parts))
        yield (
            chance.choice((" ", "-")).join(order),
            _where(sources, lambda each: set(parts) <= {*_parts(each), _year(each)} and _lead(each) in parts),
        )


def _parts(source: Source) -> list[str]:
    return [token.folded for token in analyse(source.fields.get("number", "")) if not token.number]


def _fragment(source: Source, sources: Sequence[Source], chance: random.Random) -> _Made:
    words = key(re.sub(r"^(V/v|Về việc)\s*", "", source.fields.get("subject", ""))).split()
    if len(words) > 6:
        at = chance.randrange(max(1, len(words) - 8))
        part = " ".join(words[at : at + chance.randint(6, 8)])
        yield f"V/v {part}", _titled(sources, part)


def _signed(source: Source, sources: Sequence[Source], _chance: random.Random) -> _Made:
    signer, year = source.fields.get("signer", ""), _year(source)
    if signer and year:
        yield (
            f"{signer} {year}",
            _where(sources, lambda each: key(each.fields.get("signer", "")) == key(signer) and _year(each) == year),
        )


def _named(source: Source, sources: Sequence[Source], chance: random.Random) -> _Made:
    """Ask by a person's name that stands in one text only."""
    names = re.findall(rf"\b(?:{_SURNAMES})(?: [A-ZĐÀ-Ỹ][a-zđà-ỹ]+){{2,3}}\b", source.text)
    for name in chance.sample(names, min(len(names), _NAMES_TRIED)):
        right = frozenset(
            each.key for each in sources if fold(name) in _folded(each.text) or name in each.fields.get("signer", "")
        )
        if len(right) == 1:
            yield name, right
            return


@cache
def _folded(text: str) -> str:
    return fold(text)


def _renamed(source: Source, sources: Sequence[Source], _chance: random.Random) -> _Made:
    """Ask by the new name of a place or body whose old name stands in the subject or issuer, and a piece of the subject."""
    subject = source.fields.get("subject", "")
    title = f" {key(subject)} | {key(source.fields.get('issuer', ''))} "
    for row in rules.rows("successors"):
        old = key(row["name"])
        if f" {old} " in title.replace("thai binh duong", ""):
            words = key(subject).partition(old)[0].split()[:8]
            part = " ".join(words)
            if len(words) > 4:
                yield f"{row['successor']} {part}", _titled(sources, part)


def _titled(sources: Sequence[Source], part: str) -> frozenset[str]:
    return _where(sources, lambda each: f" {part} " in f" {key(each.fields.get('subject', ''))} ")


_KINDS: dict[str, _Kind] = {
    "bare number": _bare,
    "number and year": _with_year,
    "type and number": _with_type,
    "misordered symbol": _misordered,
    "V/v fragment": _fragment,
    "signer and year": _signed,
    "name in the text": _named,
    "old and new names": _renamed,
}
