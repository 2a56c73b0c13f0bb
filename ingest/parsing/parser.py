"""The kept parsing process: runs the steps that open untrusted bytes. It holds no database, key or network.

One JSON request a line on stdin ({"call", "arguments", "language"}: the one its errors are told in), one JSON answer
a line on stdout ({"value"} or {"error"}).
Started by `ingest.parsing.workshop` inside the sandbox, in the exchange folder; every path is relative to it.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, validate_call

from ingest.parsing.calls import CALLS
from ingest.room import is_full, no_room
from schemas.errors import LuutruError, ProgramError
from schemas.words import speak, word

_CALLS: dict[str, Callable[..., Any]] = {f"{f.__module__}.{f.__qualname__}": f for f in CALLS}


def main() -> None:
    """Answer requests until stdin ends. Whatever libraries print goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        speak(request["language"])
        answers.write(json.dumps(answer(request)) + "\n")
        answers.flush()


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Run one request; our own errors are told, a bug is told as a program that died."""
    try:
        function = _CALLS[request["call"]]
        value = validate_call(function)(**request["arguments"])
        return {"value": TypeAdapter(function.__annotations__["return"]).dump_python(value, mode="json")}
    except LuutruError as error:
        return _told(error)
    except MemoryError:
        raise  # the process ends, a fresh one is started
    except OSError as error:
        return _told(no_room() if is_full(error) else _broken(error))
    except Exception as error:  # the outermost line of a request: a parser's bug must not end the worker
        return _told(_broken(error))


def _broken(error: Exception) -> ProgramError:
    fault = type(error).__name__
    sys.stderr.write(f"{fault} while parsing: {error}\n")
    return ProgramError("T102", word("parser-failed", fault=fault))


def _told(error: LuutruError) -> dict[str, Any]:
    return {"error": {"kind": type(error).__name__, "code": error.code, "message": error.message}}


if __name__ == "__main__":
    main()
