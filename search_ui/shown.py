"""How values are written for people: dates, sizes, counts, titles. Pure."""

import re
from datetime import datetime, timedelta

from schemas.days import VIETNAM
from schemas.packages import CopyRole, Kind, Package
from schemas.words import word
from search_ui.document import value

_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_KILO = 1000
_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("coc_coc_browser", "Cốc Cốc"), ("Firefox", "Firefox"),
    ("(?:Headless)?Chrome", "Chrome"), ("Version", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def day(iso: str | None) -> str:
    """Write an ISO day as dd/mm/yyyy; what is none stays as it is."""
    match = _ISO_DAY.fullmatch(iso or "")
    return "/".join(reversed(match.groups())) if match else (iso or "")


def moment(iso: str | datetime | None) -> str:
    """Write an instant as dd/mm/yyyy hh:mm of Vietnam; what is none stays as it is."""
    if isinstance(iso, datetime):
        return iso.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M")
    try:
        return datetime.fromisoformat(iso or "").astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M")
    except (ValueError, OverflowError):
        return iso or ""


def clock(instant: datetime) -> str:
    """Write the time of day of an instant as hh:mm:ss of Vietnam."""
    return instant.astimezone(VIETNAM).strftime("%H:%M:%S")


def browser(said: str) -> str:
    """Name a browser and its system by what it says of itself; what is not known stays as it is."""
    name = next(
        (f"{name} {found[1]}" for sign, name in _BROWSERS if (found := re.search(rf"{sign}/([0-9]+)", said))), ""
    )
    system = next((system for sign, system in _SYSTEMS if sign in said), "")
    return " · ".join(filter(None, (name, system))) or said


def last_day(end: datetime | None) -> str:
    """Write the last whole Vietnamese day before an instant as dd/mm/yyyy."""
    return (end.astimezone(VIETNAM) - timedelta(seconds=1)).strftime("%d/%m/%Y") if end else ""


def count(number: int, language: str) -> str:
    """Write a count with the thousands parted: 12.345, in English 12,345."""
    return f"{number:,}" if language == "en" else f"{number:,}".replace(",", ".")


def counted(key: str, number: int, language: str) -> str:
    """Write a count with what is counted; one of it by the words `<key>-one`."""
    return word(f"{key}-one" if number == 1 else key, language, count=count(number, language))


def size(size_bytes: int, language: str) -> str:
    """Write a size in kB, MB or GB."""
    amount, unit = float(size_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < _KILO:
            break
        amount, unit = amount / _KILO, larger
    number = f"{amount:.0f}" if unit == "B" or amount >= 10 * _KILO / 1000 else f"{amount:.1f}"
    return f"{number if language == 'en' else number.replace('.', ',')} {unit}"


def title(package: Package, language: str) -> str:
    """Give the words a record is headed by: its subject, else its file name."""
    return value(package.description, "subject") or file_name(package.source) or word("ui-untitled", language)


def file_name(source: str) -> str:
    """Give the name of a received file without the folders it came in."""
    return source.rstrip("/").rpartition("/")[2]


def original_name(kind: Kind) -> str:
    """Give the key of the words for a received file: a scan is never called an original."""
    if kind is Kind.SCAN:
        return "ui-download-scan"
    return "ui-download-signed" if kind is Kind.SIGNED else "ui-download-original"


def copy_name(role: CopyRole) -> str:
    """Give the key of the words for a PDF we made."""
    return f"ui-download-{role.value}"
