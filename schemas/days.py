"""Days as people type them, and the time in Viet Nam. Pure."""

import re
from datetime import date, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")  # no daylight saving since 1975
_DAY_FIRST = re.compile(r"\s*([0-9]{1,2})\s*[/.\-]\s*([0-9]{1,2})\s*[/.\-]\s*([0-9]{4})\s*")
_YEAR_FIRST = re.compile(r"\s*([0-9]{4})\s*[/.\-]\s*([0-9]{1,2})\s*[/.\-]\s*([0-9]{1,2})\s*")


def typed_day(text: str) -> str | None:
    """Read a day as people type it (5/3/2019, 05-03-2019, 2019-03-05) and give it in ISO; None when it is none."""
    by_day, by_year = _DAY_FIRST.fullmatch(text), _YEAR_FIRST.fullmatch(text)
    if by_day is not None:
        parts = tuple(reversed(by_day.groups()))
    elif by_year is not None:
        parts = by_year.groups()
    else:
        return None
    try:
        return date(*(int(part) for part in parts)).isoformat()
    except ValueError:
        return None
