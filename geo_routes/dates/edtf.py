"""What is read: a date in a text, as EDTF, and the days that it allows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class DateMention:
    """
    A date in a text.

    Attributes
    ----------
    start, end
        Where it stands.
    edtf
        "2023-10-13", "2023-10", "2023-09-15~", "2023-09-07/2023-10-01", "../2023-10-01", "2023-22".
    inferred
        Why it is more than the words say; "" where it is not.
    past, ahead
        What it means in a sentence about the past or the future, where its year or week is
        inferred.
    """

    start: int
    end: int
    edtf: str
    inferred: str = ""
    past: str = ""
    ahead: str = ""


@lru_cache(maxsize=4096)
def bounds(edtf: str) -> tuple[date, date] | None:
    """
    Tell the first and the last day that an EDTF date allows.

    Examples
    --------
    >>> bounds("2023-09/2023-10-01")
    (datetime.date(2023, 9, 1), datetime.date(2023, 10, 1))
    """
    days = [day for part in edtf.split("/") for day in _edges(part)]
    return (min(days), max(days)) if days else None


def _edges(part: str) -> tuple[date, ...]:
    match = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?[~?%]?", part.strip())
    if not match:
        return ()
    year, month, day = (int(x) if x else 0 for x in match.groups())
    first, months = month, 1
    if 21 <= month <= 24:
        first, months = 3 * (month - 20), 3  # a season, as in the north
    elif 33 <= month <= 36:
        first, months = 3 * (month - 33) + 1, 3  # a quarter
    try:
        if day:
            return (date(year, month, day),)
        if month:
            after = first + months - 1
            following = date(year + after // 12, after % 12 + 1, 1)
            return date(year, first, 1), following - timedelta(days=1)
        return date(year, 1, 1), date(year, 12, 31)
    except ValueError:
        return ()
