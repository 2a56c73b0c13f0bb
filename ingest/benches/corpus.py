"""`luutru bench corpus DIR`: take a whole folder in and look whether the archive keeps its promises on it.

Every file offered is in the list; what is kept is byte for byte the source; every PDF/A is valid; every word box lies
inside its page; subjects typed without tone marks find their document; `verify` is clean; after catalogue and index
are deleted and made anew, answers, journal size and root are as before.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

from archive import access
from archive.home import Archive, open_archive
from schemas.identifiers import record_id
from schemas.settings import load

_TRUTH = "truth-by-eye.json"
_WORDS = 8  # of the subject, typed without marks
_FIRST = 3  # hits that are PDFs, among which the document must be
_TIMEOUT_SECONDS = 7200


def measure(folder: Path, *, share: int = 0, workers: int = 2) -> dict[str, Any]:
    """Take in a folder (or `share` of its files, evenly chosen) and give what was found; lists name what is wrong."""
    with tempfile.TemporaryDirectory(prefix="luutru-corpus-") as name:
        home = Path(name) / "home"
        files = _chosen(folder, share=share, place=Path(name) / "files")
        _luutru(home, "init")
        lines = [
            json.loads(line)
            for line in _luutru(home, "ingest", str(files), "--json", "--quiet", "--workers", str(workers))
        ]
        documents = lines[:-1]
        figures: dict[str, Any] = {"summary": lines[-1]["summary"]}
        figures["not_listed"] = sorted(_names(files) - {s for d in documents for s in d.get("sources", [d["source"]])})
        figures["why"] = dict(Counter(f for d in documents if d["state"] != "archived" for f in d["findings"]))
        pdfs = [
            d for d in documents if d["source"].lower().endswith(".pdf") and d["record"] and d["state"] != "duplicate"
        ]
        figures["pdfs"] = len(pdfs)
        figures["pdfs_with_valid_copy"] = sum(bool(d["pdfa"] and d["pdfa"]["valid"]) for d in pdfs)
        figures["pdfs_without"] = {d["source"]: d["reason"] for d in pdfs if not (d["pdfa"] and d["pdfa"]["valid"])}
        with open_archive(load(home)) as archive:
            figures |= _kept(archive, documents, files)
        figures |= _found(home, files)
        figures |= _rebuilt(home)
    return figures


def _chosen(folder: Path, *, share: int, place: Path) -> Path:
    """Copy the folder, or an even share of its files, so that nothing can change while it is looked at."""
    found = sorted(p for p in folder.rglob("*") if p.is_file())
    if 0 < share < len(found):
        found = [found[i * len(found) // share] for i in range(share)]
    for path in found:
        target = place / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return place


def _names(files: Path) -> set[str]:
    return {str(p.relative_to(files)) for p in files.rglob("*") if p.is_file()}


def _luutru(home: Path, *arguments: str) -> list[bytes]:
    command = [sys.executable, "-m", "luutru", "--home", str(home), *arguments]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, timeout=_TIMEOUT_SECONDS)
    return done.stdout.splitlines()


def _kept(archive: Archive, documents: list[dict[str, Any]], files: Path) -> dict[str, Any]:
    """Compare what is kept with the sources, and look at every word box."""
    altered, outside, words = [], [], 0
    for document in documents:
        if document["record"] is None:
            continue
        record = record_id(document["record"])
        for original, source in zip(
            access.package(archive, record).originals, document.get("sources", [document["source"]]), strict=True
        ):
            _, stream = access.open_original(archive, record, original.path)
            with stream:
                if stream.read() != (files / source).read_bytes():
                    altered.append(source)
        for page in access.pages(archive, record):
            for word in page.words:
                words += 1
                x, y, width, height = word.box
                if min(word.box) < 0 or x + width > 1 + 1e-9 or y + height > 1 + 1e-9:
                    outside.append(document["source"])
    return {"altered": altered, "word_boxes": words, "word_boxes_outside": dict(Counter(outside))}


def _found(home: Path, files: Path) -> dict[str, Any]:
    """Ask for the first words of each subject, without marks; the truth file lies beside the documents."""
    truth = files / _TRUTH
    if not truth.is_file():
        return {}
    asked, missed = 0, []
    for entry in json.loads(truth.read_text(encoding="utf-8")):
        if not entry.get("subject") or not (files / entry["file"]).is_file():
            continue
        asked += 1
        question = " ".join(_folded(entry["subject"]).split()[:_WORDS])
        (answer,) = _luutru(home, "search", question, "--json", "--limit", "20") or [b'{"hits": []}']
        first = [h["source"] for h in json.loads(answer)["hits"] if h["source"].lower().endswith(".pdf")][:_FIRST]
        if entry["file"] not in first:
            missed.append(f"{entry['file']}: {question}")
    return {"subjects_asked": asked, "subjects_missed": missed}


def _folded(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return plain.replace("đ", "d").replace("Đ", "D")


def _rebuilt(home: Path) -> dict[str, Any]:
    """Delete catalogue and index, make them anew, and compare."""
    before = _state(home)
    settings = load(home)
    for path in home.glob("catalogue.db*"):
        path.unlink()
    shutil.rmtree(settings.index, ignore_errors=True)
    _luutru(home, "rebuild", "all")
    after = _state(home)
    changed = [name for name in before if before[name] != after[name]]
    return {"verify_problems": before["verify"]["problems"], "changed_by_rebuild": changed}


def _state(home: Path) -> dict[str, Any]:
    verified = json.loads(_luutru(home, "verify", "--json")[0])
    with open_archive(load(home)) as archive:
        records = sorted(row.id for row in access.list_records(archive))
    shows = [_luutru(home, "show", record, "--json") for record in records[:5]]
    questions = ("so y te", "ke hoach", "quyet dinh ve viec", "can cu luat")
    answers = [json.loads((_luutru(home, "search", q, "--json") or [b"{}"])[0]) for q in questions]
    for answer in answers:
        answer.pop("took_ms", None)
    verified.pop("seconds")
    return {"verify": verified, "records": records, "show": shows, "search": answers}
