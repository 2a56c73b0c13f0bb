"""The text of a document and its word boxes as files, written and looked at one page at a time.

A document of thousands of pages never stands in memory as a whole: `TextFiles.add` takes a page, `ends` gives back the
first and last ones with their words, `check` looks at what another process left. The form is that of
`schemas.texts`; words.json holds one page a line.
"""

import hashlib
import json
import unicodedata
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from schemas.errors import ProgramError
from schemas.texts import PAGE_BREAK, PageText, columns, read_pages
from schemas.words import word

TEXT, WORDS, ENDS = Path("out/text.txt"), Path("out/words.json"), Path("out/ends.json")
_END_PAGES = 100  # at each end, whose words are needed to describe a document
_COLUMNS = {"start", "length", "box", "confidence"}


class TextFiles:
    """The files of one document in the working folder, being written."""

    def __init__(self, *, run: dict[str, Any]) -> None:
        """Begin; `run` names program, version and model."""
        self._run = run
        self._sha256 = hashlib.sha256()
        self._first: list[dict[str, Any]] = []
        self._last: deque[dict[str, Any]] = deque(maxlen=_END_PAGES)
        self._pages = 0

    def __enter__(self) -> Self:
        """Open the files."""
        self._text = TEXT.open("wb")
        self._body = WORDS.with_suffix(".part").open("wb")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Put words.json together, its digest of the text at its head."""
        self._text.close()
        self._body.close()
        if kind is None:
            self._finish()

    def add(self, page: PageText) -> None:
        """Write one page."""
        text = unicodedata.normalize("NFC", page.text.replace(PAGE_BREAK, " ")).encode()
        before = PAGE_BREAK.encode() if self._pages else b""
        self._sha256.update(before + text)
        self._text.write(before + text)
        words = columns(page)
        self._body.write((b",\n" if self._pages else b"\n") + json.dumps(words, separators=(",", ":")).encode())
        (self._first if self._pages < _END_PAGES else self._last).append(words)
        self._pages += 1

    def _finish(self) -> None:
        head = {"v": 1, "run": self._run, "text_sha256": self._sha256.hexdigest(), "pages": []}
        part = WORDS.with_suffix(".part")
        with WORDS.open("wb") as words, part.open("rb") as body:
            words.write(json.dumps(head, separators=(",", ":")).encode().removesuffix(b"]}"))
            while block := body.read(1 << 20):
                words.write(block)
            words.write(b"\n]}\n")
        part.unlink()
        ends = {"pages": self._pages, "first": self._first, "last": list(self._last)}
        ENDS.write_text(json.dumps(ends, separators=(",", ":")), encoding="utf-8")


def described_pages() -> tuple[PageText, ...]:
    """Give all pages, those of the middle of a very long document without their words."""
    ends = json.loads(ENDS.read_bytes())
    none: dict[str, Any] = {name: [] for name in _COLUMNS}
    middle = ends["pages"] - len(ends["first"]) - len(ends["last"])
    return read_pages(TEXT.read_bytes(), {"pages": [*ends["first"], *[none] * middle, *ends["last"]]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found in a pair of such files."""

    pages: int
    text_sha256: str


def check(text: Path, words: Path) -> Checked:
    """See that both files are whole and of one run, holding one page at a time. Raises ProgramError T105."""
    try:
        with text.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with words.open("rb") as lines:
            head = json.loads(next(lines) + b"]}")
            pages = 0
            for line in lines:
                if line == b"]}\n":
                    break
                pages += _whole(json.loads(line.rstrip(b",\n")))
            whole = line == b"]}\n" and not lines.read(1)
        if whole and head["text_sha256"] == digest and pages == _breaks(text) + 1:
            return Checked(pages=pages, text_sha256=digest)
    except (OSError, ValueError, KeyError, TypeError, StopIteration, RecursionError) as error:
        raise _of_two_runs() from error
    raise _of_two_runs()


def _whole(page: dict[str, Any]) -> int:
    if set(page) != _COLUMNS or len({len(page[name]) for name in _COLUMNS}) != 1:
        raise ValueError("a page without its columns")
    return 1


def _breaks(text: Path) -> int:
    with text.open("rb") as file:
        return sum(block.count(PAGE_BREAK.encode()) for block in iter(lambda: file.read(1 << 20), b""))


def _of_two_runs() -> ProgramError:
    return ProgramError("T105", word("texts-of-two-runs"))
