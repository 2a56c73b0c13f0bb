"""From a closed delivery to lines, one for each document: ZIPs are unpacked, folders read as `luutru ingest` reads them.

Afterwards the files at the counter are removed, each when the archive has it: two verified copies exist by then.
"""

import hashlib
import logging
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from archive import access
from archive.home import Archive
from ingest.deliveries.counter import upload_path
from ingest.deliveries.items import Item, Items, Line
from ingest.deliveries.names import clean, last_piece
from ingest.deliveries.register import Delivery, Register, Upload
from ingest.deliveries.unpack import Entry, Most, unpack
from ingest.offering.layout import Place, parse_layout
from ingest.offering.offer import Arrived, NotTaken, Offer, Offered, arrived_offers
from ingest.parsing.workshop import Workshop
from ingest.receive import fsync_folder
from ingest.room import check_room, is_full, no_room
from schemas.desk import DeliveryState
from schemas.errors import LuutruError, ProgramError, SubmissionError
from schemas.findings import Finding, meaning
from schemas.identifiers import RecordId
from schemas.jobs import JobState
from schemas.settings import Settings
from schemas.words import fault

_BLOCK = 1 << 20
_UNPACK_SECONDS = 1800.0
_TOGETHER = 50  # lines looked at in one go
_HUNG, _DIED = "T101", "T102"

log = logging.getLogger(__name__)


class Sorter:
    """Sorts closed deliveries and clears the counter. `workshop` opens the sandbox; it is asked for with a ZIP only."""

    def __init__(self, settings: Settings, workshop: Callable[[], Workshop]) -> None:
        """Open the desk."""
        self._settings, self._workshop = settings, workshop
        self.register = Register(settings.desk_address())
        self.items = Items(settings.desk_address())
        self._unsure: set[tuple[str, int]] = set()  # of whose files no second copy was found

    def close(self) -> None:
        """Close all connections."""
        self.register.close()
        self.items.close()

    def sort_closed(self, *, now: datetime) -> None:
        """Give every document of the closed deliveries its line."""
        for delivery in reversed(self.register.deliveries(states=(DeliveryState.CLOSED,))):
            try:
                self._sort(delivery, now=now)
            except (LuutruError, OSError) as error:  # it waits and is tried again; the others go on
                told = _told(error)
                log.warning("a delivery cannot be sorted now: %s %s", delivery.id, told)
                self.register.trouble(delivery.id, told)

    def _sort(self, delivery: Delivery, *, now: datetime) -> None:
        for upload in self.register.uploads(delivery.id):
            if upload.source.lower().endswith(".zip") and upload.parent is None and upload.refusal is None:
                check_room(self._settings.uploads, upload.size_bytes)
                self._unpack(upload, now=now)
        self.items.sort_in(delivery.id, self._lines(delivery))
        self.register.trouble(delivery.id, "")

    def _unpack(self, upload: Upload, *, now: datetime) -> None:
        most = Most(
            files=self._settings.upload_files_limit,
            bytes=self._settings.upload_bytes_limit,
            file_bytes=self._settings.size_limit_bytes,
            ratio=self._settings.zip_ratio_limit,
        )
        workshop = self._workshop()
        workshop.clear()
        _lend(upload_path(self._settings, upload), workshop.folder / "in" / "0001.zip")
        try:
            entries = workshop.call(
                unpack, source=Path("in/0001.zip"), folder=Path("out"), most=most, timeout_seconds=_UNPACK_SECONDS
            )
            self.register.unpacked(upload, self._moved(upload, entries, workshop), now=now)
        except SubmissionError as error:
            self.register.refuse(upload, error.code)
        except ProgramError as error:
            if error.code not in (_HUNG, _DIED):
                raise
            self.register.refuse(upload, "P013")
        finally:
            workshop.clear()

    def _moved(self, upload: Upload, entries: list[Entry], workshop: Workshop) -> list[Upload]:
        """Move what was unpacked to the counter; again gives the same names."""
        folder = upload_path(self._settings, upload).parent
        named, top = upload.source[: -len(".zip")], _common_top(entries)
        twice = top == PurePosixPath(named).name  # hop-7.zip holds just the folder hop-7
        inside = named.rpartition("/")[0] if twice else named
        moved = []
        for number, entry in enumerate(entries, start=1):
            file = Upload(
                id=str(uuid.uuid5(uuid.UUID(upload.id), str(number))),
                delivery=upload.delivery,
                number=number,
                name=entry.name,
                source=f"{inside}/{clean(entry.name)}".lstrip("/"),
                root=f"{inside}/{top}".strip("/"),
                size_bytes=entry.size_bytes,
                offset=entry.size_bytes,
                parent=upload.id,
                refusal=entry.code or None,
            )
            if entry.path:
                _take_over(workshop.path(Path("out") / entry.path), folder / file.id, size_bytes=entry.size_bytes)
            moved.append(file)
        fsync_folder(folder)
        return moved

    def _lines(self, delivery: Delivery) -> Iterator[Line]:
        uploads = self.register.uploads(delivery.id)
        by_path = {upload_path(self._settings, each): each for each in uploads}
        arrived = [
            Arrived(path=path, source=each.source, root=each.root, name=last_piece(each.name))
            for path, each in by_path.items()
            if each.refusal is None
        ]
        for offer in arrived_offers(arrived, layout=parse_layout(self._settings.layout)):
            placed = offer.at(fonds=delivery.fonds, file=delivery.file)
            yield Line(
                source=offer.sources[0],
                uploads=tuple(by_path[path].id for path in offer.paths),
                sources=offer.sources,
                names=offer.names,
                place=placed.place.codes(),
            )
        for each in uploads:
            if each.refusal is not None:
                yield Line(source=each.source, refusal=each.refusal)

    def offer(self, item: Item) -> Offer:
        """Give what is to be taken in for a line."""
        line = item.line
        if line.refusal:
            return NotTaken(source=line.source, finding=Finding(code=line.refusal))
        folder = self._settings.uploads / item.delivery
        return Offered(
            paths=tuple(folder / name for name in line.uploads),
            sources=line.sources,
            names=line.names,
            place=Place(**(line.place or {})),
        )

    def clear(self, archive: Archive) -> None:
        """Remove the files of documents that the archive has, and of those that are held in quarantine."""
        for item, state, record in self.items.kept_and_ended(limit=_TOGETHER + len(self._unsure)):
            if (item.delivery, item.number) in self._unsure:
                continue
            if state is JobState.REFUSED:
                safe = (self._settings.quarantine / item.job).is_dir()
                self.items.let_go(item.delivery, item.number)
            else:
                safe = record is not None and self._stored(item, RecordId(record), archive)
            if safe:
                self._remove(item)
            elif state is not JobState.REFUSED:
                self._unsure.add((item.delivery, item.number))
                log.error("the archive's copy of a received file was not found; it stays at the counter: %s", item.job)

    def _stored(self, item: Item, record: RecordId, archive: Archive) -> bool:
        """Say whether the archive's own copies, read again, are the files at the counter."""
        paths = [self._settings.uploads / item.delivery / name for name in item.line.uploads]
        ours = {_sha512(path) for path in paths if path.exists()}
        try:
            for original in access.package(archive, record).originals:
                if original.sha512 in ours:
                    with access.open_original(archive, record, original.path)[1] as stream:
                        ours.discard(_digest(stream))
        except LuutruError:
            return False
        return not ours

    def _remove(self, item: Item) -> None:
        folder = self._settings.uploads / item.delivery
        for name in item.line.uploads:
            (folder / name).unlink(missing_ok=True)
            self.register.forget(name)
        self.items.let_go(item.delivery, item.number)
        if not self.register.uploads(item.delivery):
            shutil.rmtree(folder, ignore_errors=True)  # the ZIPs, of which everything is kept

    def expire(self, *, now: datetime) -> None:
        """Remove the files of deliveries that were left unfinished, and what finished ones left, after some days."""
        limit = now - timedelta(days=self._settings.upload_days)
        needed = {item.delivery for item, _, _ in self.items.kept_and_ended(limit=_TOGETHER)}
        needed.update(self.items.with_untaken())
        for delivery in self.register.idle(before=limit):
            if delivery.id in needed:
                continue
            self.register.move(delivery.id, DeliveryState.OPEN, DeliveryState.EXPIRED, changed_at=now.isoformat())
            self.register.forget_all(delivery.id)
            shutil.rmtree(self._settings.uploads / delivery.id, ignore_errors=True)


def _common_top(entries: list[Entry]) -> str:
    """Give the one folder in which everything of a ZIP lies, if there is one."""
    parts = [PurePosixPath(clean(entry.name)).parts for entry in entries]
    tops = {each[0] if len(each) > 1 else "" for each in parts}
    return tops.pop() if len(tops) == 1 else ""


def _lend(path: Path, target: Path) -> None:
    """Show a file to the sandbox: by a link where one disk holds both."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)


def _take_over(path: Path, target: Path, *, size_bytes: int) -> None:
    """Take a file out of the exchange folder. Raises SubmissionError P013 for what is not what was said."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size != size_bytes:
        raise SubmissionError("P013", meaning("P013"))
    path.chmod(0o600)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    shutil.move(path, target)


def _told(error: LuutruError | OSError) -> str:
    if isinstance(error, LuutruError):
        return error.message
    return no_room().message if is_full(error) else fault(error)


def _sha512(path: Path) -> str:
    with path.open("rb") as file:
        return _digest(file)


def _digest(stream: BinaryIO) -> str:
    digest = hashlib.sha512()
    while block := stream.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()
