"""What one command takes in is a delivery too, so that the room's list of deliveries shows everything."""

from datetime import datetime

from ingest.deliveries.items import Items
from ingest.deliveries.register import Register
from ingest.intake import Taken
from ingest.offering.offer import NotTaken, Offer
from schemas.identifiers import JobId, new_job_id
from schemas.settings import Settings


class CommandDelivery:
    """The delivery of a running command; it begins with the first document."""

    def __init__(self, settings: Settings) -> None:
        """Open the desk."""
        self._register = Register(settings.desk_address())
        self._items = Items(settings.desk_address())
        self._delivery = ""
        self._line = (0, JobId(""))

    def close(self) -> None:
        """Close all connections."""
        self._register.close()
        self._items.close()

    def note(self, offer: Offer, *, now: datetime) -> JobId:
        """Give a document its line and the id of its job before it is taken in."""
        if not self._delivery:
            self._delivery = self._register.open("", command=True, now=now).id
        source = offer.source if isinstance(offer, NotTaken) else offer.sources[0]
        job = new_job_id()
        self._line = (self._items.note(self._delivery, source, job), job)
        return job

    def took(self, taken: Taken) -> None:
        """Say which job the document became, where it is not its own."""
        number, job = self._line
        if taken.job != job:
            self._items.took(self._delivery, number, job=taken.job, joined=taken.joined)
