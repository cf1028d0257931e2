"""Dates of the itinerary (EDTF) as spans of days."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?[~?%]?")
_EPOCH = date(1970, 1, 1).toordinal()

Span = tuple[int | None, int | None]


def _edges(text: str) -> Span:
    match = _DATE.fullmatch(text.strip())
    if not match:
        return None, None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    try:
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    except ValueError:
        return None, None
    return first.toordinal() - _EPOCH, last.toordinal() - _EPOCH


def span(*dates: str) -> tuple[int, int] | None:
    """
    Find the first and the last day that EDTF dates allow.

    Parameters
    ----------
    dates
        Such as "2023-05~" or "2023-09-07/2023-10-01"; empty ones count for nothing.

    Returns
    -------
    span
        Days since 1970-01-01, both included; None where no date says anything.
    """
    days: list[int] = []
    for text in dates:
        for part in text.split("/"):
            days.extend(day for day in _edges(part) if day is not None)
    return (min(days), max(days)) if days else None
