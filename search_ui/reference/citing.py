"""The line by which a record is cited in other documents. Pure."""

from archive.access import RecordRow
from schemas.words import word
from search_ui import shown
from search_ui.document import shown_type


def citation_line(
    row: RecordRow, *, places: tuple[tuple[str, str], ...], agency: str, address: str, language: str
) -> str:
    """Cite a record: type, number, day, issuer, subject, its place in the store, the agency, its lasting address."""
    number = word("ui-cite-number", language, number=row.number) if row.number else ""
    day = word("ui-dated", language, date=shown.day(row.date)) if row.date else ""
    head = " ".join(part for part in (shown_type(row.type) if row.type else "", number, day) if part)
    issuer = word("ui-cite-issuer", language, issuer=row.issuer) if row.issuer else ""
    title = row.subject or ("" if row.number else row.source)
    about = ", ".join(part for part in (" ".join(part for part in (head, issuer) if part), title) if part)
    shelf = ", ".join(f"{word(f'level-{level}', language)} {code}" for level, code in reversed(places))
    return ". ".join(part for part in (about, shelf, agency, address) if part) + "."
