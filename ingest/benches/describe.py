"""Measure describing against truths that people read by eye: `luutru bench describe`.

It counts, for each field, what is right, wrong, missing or a false alarm, and how many of the values that claim to
need no look (confidence ≥ 0.90) are right. Scans are read by `ingest.recognise` unless another reader is given, so that
the same figures can be had from any way of reading. Truths: `vn-scans/truth-by-eye.json`, `congbao/truth.json`, `seeds/truth.json`.
"""

import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pikepdf

from ingest.describe import describe
from ingest.describing.folding import fold, letters
from ingest.pages.pdf_text import pages_of_text_pdf
from ingest.pages.tesseract import Reading
from ingest.recognise import recognise
from schemas.description import Description, Method, Value
from schemas.texts import PageText

Reader = Callable[[Path], tuple[PageText, ...]]
_ACCEPTED = 0.90
_ENOUGH = 0.8  # of the truth's words in order, or of its items
_SCAN_FIELDS = (
    "number", "type", "date", "place", "issuer", "issuer_superior", "subject", "signer", "signer_title",
    "addressees", "recipients", "urgency", "secrecy",
)  # fmt: skip
_SEED_FIELDS = {
    "number": "so_ky_hieu", "type": "ten_loai", "date": "ngay_ban_hanh", "place": "dia_danh",
    "issuer": "co_quan_ban_hanh", "subject": "trich_yeu", "signer": "nguoi_ky", "signer_title": "chuc_vu",
    "addressees": "kinh_gui", "recipients": "noi_nhan",
}  # fmt: skip


@dataclass(kw_only=True)
class Count:
    """Counts of one field over one set."""

    exact: int = 0  # letter for letter
    right: int = 0  # marks, case and specks aside; for long values 80 % of the words in order
    wrong: int = 0
    missing: int = 0
    false_alarm: int = 0  # given where the page has none
    none: int = 0  # rightly not given
    accepted: int = 0  # confidence ≥ 0.90
    accepted_wrong: int = 0


@dataclass(kw_only=True)
class _Set:
    documents: int = 0
    fields: dict[str, Count] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: Value | None, truth: str | list[str] | None) -> None:
        """Judge one value; what is only inferred is no reading, so it is neither right nor a false alarm of reading."""
        count = self.fields.setdefault(name, Count())
        if value is not None and value.method is Method.INFERRED and truth is None:
            value = None
        verdict = _verdict(value, truth)
        setattr(count, verdict, getattr(count, verdict) + 1)
        if verdict == "right" and value is not None and value.value == truth:
            count.exact += 1
        if value is not None and value.confidence >= _ACCEPTED:
            count.accepted += 1
            count.accepted_wrong += verdict in ("wrong", "false_alarm")


def recognised(path: Path) -> tuple[PageText, ...]:
    """Read the pages of a scanned PDF, in this process: for documents that are known to be harmless."""
    with tempfile.TemporaryDirectory(prefix="luutru-") as folder, pikepdf.open(path) as pdf:
        kinds = ("scan",) * len(pdf.pages)
        return recognise(path, Path(folder) / "copy.pdf", page_kinds=kinds, reading=Reading()).pages


def measure(
    data: Path, *, share: int = 0, read_scan: Reader = recognised, read_born_digital: Reader = pages_of_text_pdf
) -> dict[str, Any]:
    """Give the counts of the three sets below `data`; `share` takes only so many documents of each set, 0 all."""
    sets = {
        "seeds": _seeds(data / "seeds"),
        "vn-scans": _scans(data / "vn-scans", read_scan, share),
        "congbao": _gazette(data / "vn-born-digital" / "congbao", read_born_digital, share),
    }
    return {name: asdict(counts) for name, counts in sets.items()}


def _truths(path: Path, share: int) -> list[dict[str, Any]]:
    """Give the truths of a set, or `share` of them, spread evenly over the set."""
    truths: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return truths if not share else truths[:: max(1, len(truths) // share)][:share]


def table(measured: dict[str, Any]) -> str:
    """Give the counts as lines for a terminal."""
    lines = []
    for name, counts in measured.items():
        lines.append(
            f"{name}: {counts['documents']} documents" + "".join(f", {k} {v}" for k, v in counts["extra"].items())
        )
        heads = list(asdict(Count()))
        lines.append(f"  {'field':<18}" + "".join(f"{head:>15}" for head in heads))
        for title, row in counts["fields"].items():
            lines.append(f"  {title:<18}" + "".join(f"{row[head]:>15}" for head in heads))
    return "\n".join(lines)


def _scans(folder: Path, read: Reader, share: int) -> _Set:
    counts = _Set()
    for truth in _truths(folder / "truth-by-eye.json", share):
        known = describe(read(folder / truth["file"]), born_digital=False)
        counts.documents += 1
        for name in _SCAN_FIELDS:
            wanted = truth[name]
            if name == "type" and wanted == "Công văn":
                _add_letter(counts, known)
                continue
            counts.add(name, known.fields.get(name), wanted)
    return counts


def _add_letter(counts: _Set, known: Description) -> None:
    """Count a letter's type: it prints none, so what the form says is what is wanted."""
    value = known.fields.get("type")
    count = counts.fields.setdefault("type", Count())
    if value is None:
        count.missing += 1
    elif value.value == "Công văn":
        count.right += 1
        count.exact += 1
    else:
        count.wrong += 1


def _gazette(folder: Path, read: Reader, share: int) -> _Set:
    counts = _Set()
    for truth in _truths(folder / "truth.json", share):
        known = describe(read(folder / truth["file"]), born_digital=True).fields
        counts.documents += 1
        wanted = {
            "number": truth["so_ky_hieu"],
            "type": truth["loai"],
            "date": truth["ngay_ban_hanh"] or truth["ngay_header_regex"],
            "issuer": truth["co_quan_ban_hanh"],
        }
        for name, value in wanted.items():
            if value is not None:  # null says that nothing is known, not that nothing is printed
                counts.add(name, known.get(name), value)
    return counts


def _seeds(folder: Path) -> _Set:
    counts = _Set()
    cited = found = overlapping = 0
    for name, truth in json.loads((folder / "truth.json").read_text(encoding="utf-8"))["seeds"].items():
        text = (folder / name).read_bytes().decode("utf-8")
        known = describe((PageText(text),), born_digital=True)
        counts.documents += 1
        for ours, theirs in _SEED_FIELDS.items():
            _add_seed(counts, ours, known.fields.get(ours), truth[theirs], text)
        wanted = [each for each in truth["can_cu_trich_dan"] if each["number"]]
        cited += len(wanted)
        spans = [(citation.number, citation.start, citation.end) for citation in known.citations]
        found += sum(
            any(n == each["number"] and _share((s, e), each["span"]) > 0 for n, s, e in spans) for each in wanted
        )
        overlapping += sum(any(_share((s, e), each["span"]) >= _ENOUGH for _, s, e in spans) for each in wanted)
        counts.extra["citations given"] = counts.extra.get("citations given", 0) + len(spans)
    counts.extra |= {"citations in truth": cited, "found": found, "span ≥ 80 %": overlapping}
    return counts


def _add_seed(counts: _Set, name: str, value: Value | None, truth: Any, text: str) -> None:
    if isinstance(truth, list):
        counts.add(name, value, [each["value"] for each in truth] or None)
        return
    counts.add(name, value, truth["value"])
    if truth["value"] is None or value is None or "span" not in truth:
        return
    span = _place(value.raw, text)
    counts.extra["spans"] = counts.extra.get("spans", 0) + 1
    good = span is not None and _share(span, truth["span"]) > 0
    counts.extra["spans overlapping"] = counts.extra.get("spans overlapping", 0) + good


def _place(raw: str, text: str) -> tuple[int, int] | None:
    match = re.search(r"\s+".join(map(re.escape, raw.split())), text)
    return match.span() if match else None


def _share(span: tuple[int, int], truth: list[int]) -> float:
    common = min(span[1], truth[1]) - max(span[0], truth[0])
    return max(0, common) / max(span[1] - span[0], truth[1] - truth[0])


def _verdict(value: Value | None, truth: str | list[str] | None) -> str:
    if truth is None:
        return "none" if value is None else "false_alarm"
    if value is None:
        return "missing"
    return "right" if agrees(value.value, truth) else "wrong"


def agrees(value: str | list[str], truth: str | list[str]) -> bool:
    """Say whether a value is the truth, loosely: marks and case aside, 80 % of a long value's words or items."""
    if isinstance(truth, list):
        items = [value] if isinstance(value, str) else value
        hits = sum(any(_words_agree(item, each) for item in items) for each in truth)
        return hits >= _ENOUGH * len(truth) and len(items) <= len(truth) / _ENOUGH + 0.5
    given = value if isinstance(value, str) else " ".join(value)
    if len(truth.split()) > 6:
        return _words_agree(given, truth)
    return letters(_plain(given)) == letters(_plain(truth)) or letters(truth) in letters(given) == letters(
        "V/v " + truth
    )


def _plain(text: str) -> str:
    return re.sub(r"^(?:V/v|Về việc) ", "", text)


def _words_agree(given: str, truth: str) -> bool:
    wanted, read = _words(truth), _words(given)
    common = _longest_common(wanted, read)
    return common >= _ENOUGH * len(wanted) and common >= _ENOUGH * len(read) - 2


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(_plain(text)))


def _longest_common(one: list[str], other: list[str]) -> int:
    """Give the length of the longest common run of words in order, gaps allowed."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for j, facing in enumerate(other, start=1):
            before, row[j] = row[j], before + 1 if word == facing else max(row[j], row[j - 1])
    return row[-1]
