"""Writes down who searched, viewed, took home or was refused what, after each request; the log is the archive's.

One line a page that was shown, not one for each image on it. Words of a question are kept as a keyed digest only.
Source: OWASP ASVS 5.0, 16.2 and 16.3.
"""

from flask import Flask, Response, g, request

from archive import access
from archive.access_log import Access, Entry, note
from schemas.access import Reader
from schemas.errors import NotFoundError, UsageError
from schemas.identifiers import record_id
from search_ui.room import room

_VIEWS = {  # endpoint → what a successful answer of it is
    "search.search": Access.SEARCHED,
    "lookup.answer": Access.SEARCHED,
    "record.image": Access.VIEWED,
    "record.text": Access.VIEWED,
    "record.about": Access.VIEWED,
    "record.history": Access.VIEWED,
    "record.relations": Access.VIEWED,
    "units.file": Access.VIEWED,
    "volume.leaf_through": Access.VIEWED,
    "files.original": Access.DOWNLOADED,
    "files.copy": Access.DOWNLOADED,
    "files.text": Access.DOWNLOADED,
    "export.as_csv": Access.DOWNLOADED,
    "export.as_workbook": Access.DOWNLOADED,
}
_REFUSALS = frozenset({403})
_MISSING = 404
_OPERATOR = "operator"
_PATH_MOST = 200  # characters


def keep(app: Flask) -> None:
    """Set the log into the application."""
    app.after_request(_note)


def _note(response: Response) -> Response:
    done = _access(response)
    if done is not None:
        reader: Reader = g.reader
        entry = Entry(
            access=done,
            actor=reader.account or (_OPERATOR if reader.local else ""),
            record=str((request.view_args or {}).get("wanted", ""))[:_PATH_MOST],
            path=request.path[:_PATH_MOST],
            query=request.args.get("q", "") if done is not Access.VIEWED else "",
        )
        note(room().archive, entry, now=g.now)
    return response


def _is_there() -> bool:
    """Say whether the record that the reader was not told of is there."""
    try:
        access.record(room().archive, record_id(str((request.view_args or {}).get("wanted", ""))))
    except (NotFoundError, UsageError):
        return False
    return True


def _access(response: Response) -> Access | None:
    if "reader" not in g or request.endpoint is None:
        return None
    if response.status_code in _REFUSALS or (response.status_code == _MISSING and g.get("hidden") and _is_there()):
        return Access.REFUSED
    done = _VIEWS.get(request.endpoint) if response.status_code == 200 else None
    return None if done is Access.SEARCHED and not _asked() else done


def _asked() -> str:
    """Give what was searched for. Only a search is asked: reading any other form here may fail where its page did not."""
    return request.args.get("q", request.form.get("so", "") if request.method == "POST" else "").strip()
