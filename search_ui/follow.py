"""Lets the index follow the archive's journal, in order, from the position saved in the index's own commit.

Every change names a record, not a difference: the record is read again as it is now, so following twice is harmless.
One process writes the index at a time; who finds it busy waits, bounded, until the index has come as far as it wants.
Does not decide what may be shown: `search_ui.answer.find` asks the archive again about every hit.
"""

import logging
import time
from itertools import chain

from archive import access, lending
from archive.home import Archive
from schemas.access import rank
from schemas.errors import IntegrityError, NotFoundError, TryLaterError
from schemas.identifiers import RecordId
from schemas.settings import Settings
from search_ui.document import IndexDocument, Openness, index_document
from search_ui.index import Index
from search_ui.index.opening import open_index

BATCH_RECORDS = 500
BATCH_WORDS = 2_000_000  # of one commit; bounds the memory a batch of long records takes
PATIENCE_SECONDS = 60.0
OVERTAKEN = "T020"  # another process has the writer, or has replaced the index that was written
_LOOK_SECONDS = 0.05
_AGAIN_SECONDS = 1.0

log = logging.getLogger(__name__)


def follow_index(settings: Settings, archive: Archive) -> int:
    """Bring the home's index up to the end of the journal, here or by waiting for the process that does it."""
    return catch_up(archive, open_index(settings))


def rebuild_index(settings: Settings, archive: Archive) -> int:
    """Make the home's index anew from the archive alone; readers see the old one until the new one is whole.

    Of two processes that do so at once the one that began later may end first; the other then only follows.
    """
    index = open_index(settings, repaired=True)
    with index.writing(seconds=PATIENCE_SECONDS):
        try:
            _anew(archive, index)
        except TryLaterError as error:
            if error.code != OVERTAKEN:
                raise
    return catch_up(archive, index)


def catch_up(archive: Archive, index: Index, *, patience_seconds: float = PATIENCE_SECONDS) -> int:
    """Bring the index up to the end of the journal and give its position. Raises TryLaterError T020."""
    target = access.position(archive)
    if index.position == target:
        return target
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            with index.writing():
                return _catch_up(archive, index)
        except TryLaterError:  # the writer may be free again soon, or another process may come as far
            left = deadline - time.monotonic()
            if wait_until(index, target, seconds=min(left, _AGAIN_SECONDS)):
                return index.position
            if left <= _AGAIN_SECONDS:
                raise


def wait_until(index: Index, position: int, *, seconds: float) -> bool:
    """Wait until the index holds so many journal lines; say whether it came to that in time."""
    deadline = time.monotonic() + seconds
    while index.position < position:
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _catch_up(archive: Archive, index: Index) -> int:
    after = index.position
    if after > access.position(archive):  # an index of another or a later archive: a restored home, for example
        log.warning("the index is ahead of the journal and is made anew")
        return _anew(archive, index)
    return _follow(archive, index, after=after)


def _anew(archive: Archive, index: Index) -> int:
    """Fill the index from nothing; what was accepted meanwhile is in it when readers see it."""
    index.clear()
    position = _follow(archive, index, after=0)
    while position < access.position(archive):
        position = _follow(archive, index, after=position)
    index.finish()
    return position


def _follow(archive: Archive, index: Index, *, after: int) -> int:
    position = after
    documents: dict[RecordId, IndexDocument | None] = {}
    words = 0
    for change in chain(access.changes(archive, after), (None,)):
        if change is None or len(documents) >= BATCH_RECORDS or words >= BATCH_WORDS:
            _put(index, documents, position=position)
            documents, words = {}, 0
        if change is None:
            break
        position = change.position
        if change.object is not None and change.record and change.object not in documents:
            made = documents[change.object] = _document(archive, change.object)
            words += made.length if made else 0
    return position


def _put(index: Index, documents: dict[RecordId, IndexDocument | None], *, position: int) -> None:
    gone = [record for record, document in documents.items() if document is None]
    index.put([each for each in documents.values() if each is not None], gone=gone, position=position)


def _document(archive: Archive, record: RecordId) -> IndexDocument | None:
    """Make the document of a record as it is now; None when it is no more, or when what is stored cannot be read."""
    try:
        package = access.package(archive, record)
    except NotFoundError:
        return None
    except IntegrityError as error:
        log.warning("record %s is not indexed: %s", record, error.code)
        return None
    openness = _openness(archive, access.record(archive, record))
    try:
        return index_document(package, access.pages(archive, record), openness)
    except (NotFoundError, IntegrityError) as error:
        log.warning("record %s is indexed without its text: %s", record, error.code)
        return index_document(package, (), openness)


def _openness(archive: Archive, row: access.RecordRow) -> Openness:
    """Say where a record stands and how open it is: by its own limit, else by its own level."""
    target, limit = lending.Places(archive).target(row), lending.rights(archive).limits.get(row.id)
    nodes = (*target.above, row.id)
    if limit is None:
        return Openness(nodes=nodes, level=rank(target.level), then=rank(target.level))
    if not limit.until:
        return Openness(nodes=nodes, level=rank(limit.level), then=rank(limit.level))
    until = int(limit.until.replace("-", ""))
    return Openness(nodes=nodes, level=rank(limit.level), until=until, then=rank(limit.then))
