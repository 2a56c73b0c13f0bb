"""Records made from plain texts, in an index of their own, for the benches."""

import hashlib
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from schemas.description import Description, Value
from schemas.identifiers import AccessionKey, RecordId, Sha256, Sha512
from schemas.packages import Format, Kind, Original, Package
from schemas.search import Filters
from schemas.settings import Settings
from schemas.texts import PageText
from search_ui.answer.plan import plan
from search_ui.answer.rank import Ranking, rank
from search_ui.document import IndexDocument, index_document
from search_ui.index import Index
from search_ui.index.opening import open_index
from search_ui.index.opensearch import OpenSearchIndex
from search_ui.question.understand import understood

_FONDS = RecordId(str(uuid.UUID(int=(4 << 76) | (2 << 62) | 1)))
_BATCH = 500
_NOWHERE = Path("no-home")  # an archive without tables of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text with its described values; `key` names it in the truth."""

    key: str
    text: str
    fields: dict[str, str] = field(default_factory=dict)
    name: str = "van-ban.pdf"

    @property
    def record(self) -> RecordId:
        """The id of its record."""
        digest = hashlib.sha256(self.key.encode()).digest()
        return RecordId(str(uuid.UUID(bytes=digest[:16], version=4)))


def document(source: Source) -> IndexDocument:
    """Give the index document of a text."""
    content = source.key.encode()
    original = Original(
        path="original/0001.pdf",
        name=source.name,
        name_raw="",
        sha256=Sha256(hashlib.sha256(content).hexdigest()),
        sha512=Sha512(hashlib.sha512(content).hexdigest()),
        size_bytes=len(content),
        format=Format(puid="fmt/95", name="PDF/A", version="2u", mime="application/pdf"),
    )
    package = Package(
        record=source.record,
        accession_key=AccessionKey(hashlib.sha256(content).hexdigest()),
        fonds=_FONDS,
        file=_FONDS,
        received_at="2026-01-01T00:00:00+07:00",
        sources=(source.name,),
        kind=Kind.SCAN,
        state="archived",
        originals=(original,),
        parts=(),
        description=Description(fields={name: Value(value=text) for name, text in source.fields.items() if text}),
    )
    return index_document(package, (PageText(source.text),))


@contextmanager
def indexed(settings: Settings, sources: Sequence[Source], *, engine: str) -> Iterator[Index]:
    """Index the texts, on the embedded engine or in the cluster of the settings under a name of their own."""
    with tempfile.TemporaryDirectory(prefix="luutru-bench-") as folder:
        name = f"bench-{uuid.uuid4().hex[:8]}"
        address = settings.search_url if engine == "opensearch" else ""
        index = open_index(
            settings.model_copy(update={"home": Path(folder), "search_url": address, "search_name": name})
        )
        with index.writing():
            for at in range(0, len(sources), _BATCH):
                index.put([document(each) for each in sources[at : at + _BATCH]], gone=(), position=at + 1)
        try:
            yield index
        finally:
            if isinstance(index, OpenSearchIndex):
                index.drop()


def engines(settings: Settings) -> tuple[str, ...]:
    """Give the engines that can be measured: the cluster only where the settings name one."""
    return ("tantivy", "opensearch") if settings.search_url else ("tantivy",)


def ask(index: Index, text: str, *, limit: int = 10) -> Ranking:
    """Ask as the reading room does, without an archive."""
    query = understood(text, _NOWHERE).query
    with closing(index.reader()) as reader:
        return rank(reader, query, plan(query, Filters()), offset=0, limit=limit)
