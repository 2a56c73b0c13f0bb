"""`luutru bench verapdf`: what a verdict costs, and what our own PDF of a plain text costs, over many small files.

The texts are made here from a fixed seed; CPU is that of the JVM from its start, of the sandbox and of our reading.
"""

import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ingest.converting.convert_text import text_to_pdfa
from ingest.validate import Judge
from schemas.settings import Settings

SEED = 2026
_SYLLABLES = [
    "công",
    "hòa",
    "xã",
    "hội",
    "chủ",
    "nghĩa",
    "việt",
    "nam",
    "độc",
    "lập",
    "tự",
    "do",
    "hạnh",
    "phúc",
    "quyết",
    "định",
    "về",
    "việc",
    "ban",
    "hành",
    "quy",
    "chế",
    "số",
    "ngày",
]
_WORDS = (20, 300)  # fewest and most of one text


def measure(settings: Settings, *, files: int = 1000) -> dict[str, Any]:
    """Write and judge that many files. Gives CPU milliseconds a file, and how many were valid."""
    chance = random.Random(SEED)  # noqa: S311 - the same texts each time
    texts = [" ".join(chance.choices(_SYLLABLES, k=chance.randint(*_WORDS))) for _ in range(files)]
    with TemporaryDirectory() as name:
        folder = Path(name)
        started = time.process_time()
        for number, text in enumerate(texts):
            (folder / f"{number:04}.pdf").write_bytes(text_to_pdfa(text, title=str(number)).pdf)
        written = time.process_time() - started
        with Judge(folder=folder, tools=settings.tools.absolute(), kind=settings.sandbox) as judge:
            started = time.process_time()
            verdicts = [judge.judge(f"{number:04}.pdf") for number in range(files - 1)]
            memory = judge.resident_bytes  # the last file may be the one after which the JVM is started anew
            verdicts.append(judge.judge(f"{files - 1:04}.pdf"))
            reading = time.process_time() - started
            java, starts = judge.cpu_seconds, judge.starts
    return {
        "seed": SEED,
        "files": files,
        "valid_2u": sum(verdict.is_valid("2u") for verdict in verdicts),
        "verdict_cpu_ms": round((java + reading) / files * 1000, 2),
        "verdict_cpu_ms_java": round(java / files * 1000, 2),
        "jvm_starts": starts,
        "jvm_resident_mb": round(memory / 1e6, 1),
        "text_to_pdfa_cpu_ms": round(written / files * 1000, 2),
    }
