"""The counter of the reading room: takes files in pieces, and promises only what is safe on the disk.

A file lies under an id of ours in `uploads/<delivery>/`; its received name stands in the register alone. Order of a
piece: lock → cut off what was never promised → write → fsync → the register says the new offset → the browser hears it.
Offers `schemas.desk.Counter`. Sources: tus 1.0.0 (what an offset means); OWASP ASVS 5.0, 5.2.4, 5.3.1, 5.3.2.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archive.arrangement import clean_code
from ingest.deliveries.items import IN_LINE, Items
from ingest.deliveries.register import Delivery, Register, Sums, Upload
from ingest.jobs.book import JobBook
from ingest.receive import fsync_folder
from ingest.room import check_room, is_full, no_room
from schemas.desk import Announced, DeliveryRow, DeliveryState, ItemRow, Piece, UploadRow, Wanted
from schemas.errors import RefusedError, SubmissionError, TryLaterError, UsageError
from schemas.findings import meaning
from schemas.jobs import JobState
from schemas.settings import Settings
from schemas.words import word

_BLOCK = 1 << 20
_NOT_OPEN, _OTHER_OFFSET, _TOO_MUCH, _OTHER_BYTES, _NOT_WHOLE = "U080", "U081", "U082", "U083", "U084"


def upload_path(settings: Settings, upload: Upload | UploadRow) -> Path:
    """Give the place of a file at the counter; both parts are ids of ours."""
    return settings.uploads / upload.delivery / upload.id


class UploadCounter:
    """The counter itself. For many threads."""

    def __init__(self, settings: Settings) -> None:
        """Open the desk."""
        self._settings = settings
        self._register = Register(settings.desk_address())
        self._items = Items(settings.desk_address())
        self._book = JobBook(settings.desk_address())

    def close_desk(self) -> None:
        """Close all connections."""
        for each in (self._register, self._items, self._book):
            each.close()

    def open(self, account: str, *, now: datetime) -> DeliveryRow:
        """Begin a delivery."""
        return _row(self._register.open(account, command=False, now=now), Sums(), {})

    def deliveries(self, wanted: Wanted, *, account: str | None = None, ended: bool = True) -> tuple[DeliveryRow, ...]:
        """List deliveries, the newest first: all, or those of an account; without the `ended`, only the open ones."""
        states = tuple(DeliveryState) if ended else (DeliveryState.OPEN,)
        return self._rows(
            self._register.deliveries(states=states, account=account, limit=wanted.limit, skip=wanted.skip)
        )

    def delivery(self, delivery: str) -> DeliveryRow:
        """Give one delivery. Raises NotFoundError N010."""
        return self._rows((self._register.delivery(delivery),))[0]

    def _rows(self, deliveries: tuple[Delivery, ...]) -> tuple[DeliveryRow, ...]:
        names = [each.id for each in deliveries]
        sums, counts = self._register.sums(names), self._items.counts(names)
        return tuple(_row(each, sums.get(each.id, Sums()), counts.get(each.id, {})) for each in deliveries)

    def uploads(self, delivery: str) -> tuple[UploadRow, ...]:
        """List the files at the counter in the order they were announced."""
        return tuple(_shown(each) for each in self._register.uploads(delivery))

    def upload(self, delivery: str, upload: str) -> UploadRow:
        """Give one of them. Raises NotFoundError N011."""
        return _shown(self._register.upload(delivery, upload))

    def announce(self, delivery: str, file: Announced, *, now: datetime) -> UploadRow:
        """Make room for a file; the same announcement again gives the same file.

        Raises UsageError U080, SubmissionError P002, RefusedError R020 over a limit, TryLaterError T012.
        """
        opened = self._still_open(delivery)
        known = self._register.announced(delivery, file)
        if known is None:
            self._check_limits(opened, file)
            known = self._register.announce(delivery, file, now=now)
        path = upload_path(self._settings, known)
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            fsync_folder(path.parent)
        return _shown(known)

    def _still_open(self, delivery: str) -> Delivery:
        found = self._register.delivery(delivery)
        if found.state is not DeliveryState.OPEN:
            raise UsageError(_NOT_OPEN, word("delivery-not-open"))
        return found

    def _check_limits(self, delivery: Delivery, file: Announced) -> None:
        limits = self._settings
        if file.size_bytes > limits.size_limit_bytes:
            raise SubmissionError("P002", meaning("P002"))
        sums = self._register.sums([delivery.id]).get(delivery.id, Sums())
        if sums.files >= limits.upload_files_limit:
            raise RefusedError("R020", word("delivery-files", limit=limits.upload_files_limit))
        if sums.announced_bytes + file.size_bytes > limits.upload_bytes_limit:
            raise RefusedError("R020", word("delivery-bytes", limit=limits.upload_bytes_limit // 10**6))
        if self._register.waiting_bytes(delivery.account) + file.size_bytes > limits.upload_account_bytes:
            raise RefusedError("R020", word("account-bytes", limit=limits.upload_account_bytes // 10**6))
        folder = limits.uploads / delivery.id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_room(folder, sums.announced_bytes - sums.received_bytes + file.size_bytes)

    def write(self, upload: UploadRow, piece: Piece, *, now: datetime) -> UploadRow:
        """Add bytes; when it returns they are safe on the disk.

        Raises UsageError U080, U081 (another offset), U082 (beyond the end), U083 (the digest is another);
        TryLaterError T040 while another piece of the file is being written, T012 when the disk is full.
        """
        self._still_open(upload.delivery)
        with upload_path(self._settings, upload).open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise TryLaterError("T040", word("upload-busy")) from error
            known = self._register.upload(upload.delivery, upload.id)
            known = self._safe(known, file, now=now)
            _check_piece(known, piece)
            try:
                offset = known.offset + _append(file, known.offset, piece)
            except OSError as error:
                raise (no_room() if is_full(error) else error) from error
            if not self._register.advance(known, offset, now=now):
                raise UsageError(_OTHER_OFFSET, word("upload-offset"))
        return self.upload(upload.delivery, upload.id)

    def _safe(self, known: Upload, file: BinaryIO, *, now: datetime) -> Upload:
        """Begin anew where the file is shorter than what was promised (somebody took it away)."""
        if os.fstat(file.fileno()).st_size >= known.offset:
            return known
        self._register.advance(known, 0, now=now)
        return self._register.upload(known.delivery, known.id)

    def take_back(self, upload: UploadRow) -> None:
        """Remove a file from an open delivery. Raises UsageError U080."""
        self._still_open(upload.delivery)
        self._register.forget(upload.id)
        upload_path(self._settings, upload).unlink(missing_ok=True)

    def close(self, delivery: str, *, fonds: str, file: str, now: datetime) -> DeliveryRow:
        """Hand a delivery in; again is harmless. Raises UsageError U084 while a file is not whole, U010 for a code."""
        found = self._register.delivery(delivery)
        if found.state is DeliveryState.OPEN:
            sums = self._register.sums([delivery]).get(delivery, Sums())
            if not sums.files or sums.whole != sums.files:
                raise UsageError(_NOT_WHOLE, word("delivery-not-whole", missing=sums.files - sums.whole))
            codes = {
                name: clean_code(code) if code.strip() else "" for name, code in (("fonds", fonds), ("file", file))
            }
            at = now.isoformat()
            self._register.move(
                delivery, DeliveryState.OPEN, DeliveryState.CLOSED, closed_at=at, changed_at=at, **codes
            )
        elif found.state in (DeliveryState.DROPPED, DeliveryState.EXPIRED):
            raise UsageError(_NOT_OPEN, word("delivery-not-open"))
        return self.delivery(delivery)

    def drop(self, delivery: str, *, now: datetime) -> None:
        """Give an open delivery up and remove its files."""
        self._still_open(delivery)
        if self._register.move(delivery, DeliveryState.OPEN, DeliveryState.DROPPED, changed_at=now.isoformat()):
            shutil.rmtree(self._settings.uploads / delivery, ignore_errors=True)
            self._register.forget_all(delivery)

    def items(self, delivery: str, wanted: Wanted) -> tuple[ItemRow, ...]:
        """List the documents of a delivery in their order."""
        return self._items.rows(delivery, wanted)

    def retry(self, delivery: str, numbers: Iterable[int]) -> int:
        """Put failed documents back to work; no numbers: all of the delivery. Gives how many."""
        count = 0
        for job in self._items.failed(delivery, tuple(numbers)):
            with suppress(UsageError):  # somebody else did it just now
                self._book.retry(job)
                count += 1
        return count

    def staffed(self, *, now: datetime) -> bool:
        """Say whether a process takes in what was handed in."""
        return self._items.on_duty(now=now)


def _check_piece(known: Upload, piece: Piece) -> None:
    if piece.offset != known.offset:
        raise UsageError(_OTHER_OFFSET, word("upload-offset"))
    if piece.offset + piece.size_bytes > known.size_bytes:
        raise UsageError(_TOO_MUCH, word("upload-beyond"))


def _append(file: BinaryIO, offset: int, piece: Piece) -> int:
    """Write the bytes of a piece and make them safe; gives how many. Raises UsageError U083."""
    file.truncate(offset)
    file.seek(offset)
    digest, left = hashlib.sha256(), piece.size_bytes
    while left and (block := piece.content.read(min(left, _BLOCK))):
        digest.update(block)
        file.write(block)
        left -= len(block)
    if piece.sha256 and (left or digest.hexdigest() != piece.sha256):
        file.truncate(offset)
        raise UsageError(_OTHER_BYTES, word("upload-digest"))
    file.flush()
    os.fsync(file.fileno())
    return piece.size_bytes - left


def _shown(upload: Upload) -> UploadRow:
    return UploadRow(
        id=upload.id,
        delivery=upload.delivery,
        source=upload.source,
        size_bytes=upload.size_bytes,
        offset=upload.offset,
    )


def _row(delivery: Delivery, sums: Sums, counts: dict[str, int]) -> DeliveryRow:
    return DeliveryRow(
        id=delivery.id,
        state=delivery.state,
        account=delivery.account,
        command=delivery.command,
        opened_at=delivery.opened_at,
        closed_at=delivery.closed_at,
        fonds=delivery.fonds,
        file=delivery.file,
        trouble=delivery.trouble,
        files=sums.files,
        files_here=sums.whole,
        announced_bytes=sums.announced_bytes,
        received_bytes=sums.received_bytes,
        counts={JobState(name): number for name, number in counts.items() if name != IN_LINE},
        in_line=counts.get(IN_LINE, 0),
    )
