"""What the tests of converters share: a workshop of their own, and programs that misbehave in place of real ones."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.converting.text_gate import Gate, gate
from ingest.parsing.workshop import Workshop
from ingest.sandbox import processes
from ingest.validate import Verdict
from schemas.settings import Settings
from tests.sources import ROOT

PROGRAMS = ROOT / "tests" / "programs"
COPY = Path("out/copy.pdf")


@contextmanager
def open_workshop(folder: Path, **settings: object) -> Iterator[Workshop]:
    """Give a workshop; afterwards no process of it may remain."""
    before = processes.tree(os.getpid())
    workshop = Workshop(Settings.model_validate({"home": folder / "home", **settings}), folder=folder / "exchange")
    try:
        yield workshop
    finally:
        workshop.close()
    assert [pid for pid in processes.tree(os.getpid()) if pid not in before] == []


def lay(workshop: Workshop, source: Path) -> Path:
    """Put a copy of a file before the workshop, under a neutral name."""
    workshop.clear()
    name = Path("in") / f"0001{source.suffix}"
    shutil.copyfile(source, workshop.folder / name)
    return name


def judged(workshop: Workshop, source: Path) -> tuple[Verdict, Gate]:
    """Let both gates judge the copy."""
    kept = gate(workshop.folder / source, workshop.folder / COPY, signed=True)
    return workshop.judge.judge(str(COPY)), kept
