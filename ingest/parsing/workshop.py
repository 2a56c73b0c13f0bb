"""One worker's workshop: its exchange folder, our kept parsing process, and the judge of PDF/A.

The worker itself opens no untrusted bytes: it names a function of `ingest.parsing.parser.CALLS` and gets its result back.
Paths handed over are relative to the exchange folder and neutral (`in/0001.pdf`, `out/copy.pdf`).
"""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ingest.sandbox.confine import Limits, own_python
from ingest.sandbox.programs import Kept, Upkeep
from ingest.validate import Judge
from schemas import errors
from schemas.errors import LuutruError, ProgramError
from schemas.settings import Settings
from schemas.values import to_json
from schemas.words import spoken, word

R = TypeVar("R")
_REQUESTS = 2000  # calls before the parsing process is started anew; a start costs about a CPU second
_MEMORY_BYTES = 500_000_000  # resident after an answer, over which it is started anew
_DATA_BYTES = 1_500_000_000  # it and each of its programs may hold; about 450 million are taken at its start


class Workshop:
    """The kept process of one worker. Not for two threads."""

    def __init__(self, settings: Settings, *, folder: Path) -> None:
        """Make the exchange folder; the process starts at the first call."""
        self.settings = settings
        self.folder = folder
        python, sandbox = own_python("ingest", "schemas", kind=settings.sandbox)
        upkeep = Upkeep(
            requests=_REQUESTS, memory_bytes=_MEMORY_BYTES, limits=Limits(cpu_seconds=86_400, data_bytes=_DATA_BYTES)
        )
        folder.mkdir(parents=True, exist_ok=True)
        self.judge = Judge(folder=folder, tools=settings.tools, kind=settings.sandbox)
        self.judge.seconds = min(self.judge.seconds, settings.program_timeout_seconds)
        self._parser = Kept(
            [python, "-P", "-m", "ingest.parsing.parser"], folder=folder, upkeep=upkeep, sandbox=sandbox
        )

    def close(self) -> None:
        """End the process and remove the exchange folder."""
        self._parser.close()
        self.judge.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def rest(self) -> None:
        """End the kept processes so that what a very large document left in them is free; the next call starts anew."""
        self._parser.close()
        self.judge.close()

    @property
    def cpu_seconds(self) -> float:
        """CPU used by this worker and its kept processes so far."""
        return time.process_time() + self._parser.cpu_seconds + self.judge.cpu_seconds

    def clear(self) -> None:
        """Empty the exchange folder for the next document."""
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        (self.folder / "in").mkdir()
        (self.folder / "out").mkdir()

    def path(self, name: Path) -> Path:
        """Give our side of a path in the exchange folder. Raises ProgramError T105 for one that leads elsewhere."""
        path = self.folder / name
        if path.is_symlink() or not path.resolve().is_relative_to(self.folder.resolve()):
            raise ProgramError("T105", word("parser-path"))
        return path

    def call(self, function: Callable[..., R], /, *, timeout_seconds: float | None = None, **arguments: Any) -> R:
        """Run a function in the parsing process, which speaks the language that is spoken here.

        Raises what the function raised when it is one of our errors, else ProgramError T101, T102, T105.
        """
        name = f"{function.__module__}.{function.__qualname__}"
        named = {k: _encode(v) for k, v in arguments.items()}
        request = json.dumps({"call": name, "arguments": named, "language": spoken()})
        line = self._parser.ask(request, timeout_seconds=timeout_seconds or self.settings.program_timeout_seconds)
        return _result(function, line)


def _encode(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else to_json(value)


def _result(function: Callable[..., R], line: str) -> R:
    """Read an answer, failing closed."""
    try:
        answer = json.loads(line)
        if "error" in answer:
            kind = getattr(errors, str(answer["error"]["kind"]), ProgramError)
            if not (isinstance(kind, type) and issubclass(kind, LuutruError)):
                kind = ProgramError
            raise kind(str(answer["error"]["code"]), str(answer["error"]["message"]))
        result: R = TypeAdapter(function.__annotations__["return"]).validate_python(answer["value"])
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise ProgramError("T105", word("parser-answer")) from error
    return result
