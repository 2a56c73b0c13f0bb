"""What a cluster says when it cannot or will not, as errors of ours: who must act, and whether trying again helps."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opensearchpy.exceptions import ConnectionError as EngineConnectionError
from opensearchpy.exceptions import NotFoundError, OpenSearchException, TransportError

from schemas.errors import TryLaterError
from schemas.words import word

_TOO_MANY, _SERVER_FAULT, _NOT_THERE, _OLDER = 429, 500, 404, 409


@contextmanager
def told() -> Iterator[None]:
    """Tell what the cluster says. Raises TryLaterError T020 (overtaken), T022 (refused), T023 (away, not ready)."""
    try:
        yield
    except EngineConnectionError as error:  # time-outs too: whether it was done is unknown, so it is done again
        raise TryLaterError("T023", word("cluster-away")) from error
    except NotFoundError as error:
        raise overtaken() from error
    except TransportError as error:
        raise _refusal(error.status_code, str(error.error)) from error
    except OpenSearchException as error:
        raise TryLaterError("T022", word("cluster-refused", reason=type(error).__name__)) from error


def overtaken() -> TryLaterError:
    """Say that the index was replaced by another one while it was used."""
    return TryLaterError("T020", word("cluster-overtaken"))


def check_refused(answer: dict[str, Any]) -> None:
    """See that a refused action of a bulk need not be done: a newer version is there, or what was to go is gone.

    Raises TryLaterError as `told` does.
    """
    (operation, result), *_ = answer.items()
    status, error = int(result["status"]), result.get("error", {})
    if status == _OLDER or (operation == "delete" and status == _NOT_THERE and not error):
        return
    raise overtaken() if status == _NOT_THERE else _refusal(status, str(error.get("type", status)))


def _refusal(status: int | str, reason: str) -> TryLaterError:
    if isinstance(status, int) and (status == _TOO_MANY or status >= _SERVER_FAULT):
        return TryLaterError("T023", word("cluster-unready", reason=reason))
    return TryLaterError("T022", word("cluster-refused", reason=reason))
