"""Days of months: the one meant where a text tells the number alone."""

from __future__ import annotations

from datetime import date, timedelta

_MONTH_DAYS = 31
_SOON_DAYS = 16


def as_date(text: str) -> date | None:
    """Read the day that an ISO date begins with."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def day_of(year: int, month: int, day: int) -> date | None:
    """Make a date; nothing where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def day_after(base: date, day: int) -> date | None:
    """Find a day of the month of another, or soon after it in the next one."""
    found = day_of(base.year, base.month, day)
    after = in_next_month(base)
    next_month = day_of(after.year, after.month, day)
    if found and found < base and next_month and (next_month - base).days <= _SOON_DAYS:
        return next_month
    return found


def in_next_month(base: date) -> date:
    """Give some day of the month after that of another."""
    return base.replace(day=28) + timedelta(days=7)


def in_last_month(base: date) -> date:
    """Give the last day of the month before that of another."""
    return base.replace(day=1) - timedelta(days=1)


def recent_day(day: int, published: date | None) -> date | None:
    """Find the last such day of a month up to the report."""
    if published is None:
        return None
    for anchor in (published, in_last_month(published)):
        found = day_of(anchor.year, anchor.month, day)
        if found and found <= published:
            return found
    return None


def coming_day(day: int, found: date, published: date | None) -> date | None:
    """Find the next such day of a month after the report; the one found if it is to come."""
    if published is None or found >= published:
        return found
    after = in_next_month(published)
    here = day_of(published.year, published.month, day)
    return here if here and here >= published else day_of(after.year, after.month, day)


def day_gone_by(day: int, found: date, published: date | None) -> date:
    """Take the day of the month before, where the one found lies after the report."""
    if published is None or found <= published or (found - published).days > _MONTH_DAYS:
        return found
    before = in_last_month(found)
    return day_of(before.year, before.month, day) or found
