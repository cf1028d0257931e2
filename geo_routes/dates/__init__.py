"""Dates in reports: absolute, relative and in windows, as EDTF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from geo_routes.dates.days import as_date
from geo_routes.dates.edtf import DateMention, bounds
from geo_routes.dates.reader import (
    COUNTED_REASON,
    EVENT_REASON,
    REPORT_REASON,
    TOLD_REASON,
    UNIT_DAYS,
    WEEKDAY_REASON,
    Reader,
)
from geo_routes.lexicons.dates_lexicon import DateLexicon, date_lexicon

__all__ = ["DateMention", "Duration", "bounds", "find_dates", "find_durations", "find_published"]

_PUBLISHED = re.compile(
    r"publié|published|posted|updated|mis à jour|опубликовано|опубліковано|publicado|"
    r"veröffentlicht|stand:|opublikowan|^\W*$",
    re.IGNORECASE,
)
_DATELINES = 3  # so many lines at the head may be a headline, a byline and the dateline
_DATELINE_WORDS = 6
_SHORT_LETTERS = 3  # of words between those of a name: "sur", "del", "am"
_BEFORE_DATE = re.compile(r"[,)]\s*(?:le |el |den |am |dnia )?$")
_AFTER_DATELINE = re.compile(r"\s*(?:г\.|р\.|r\.)?\s*(?:[.:—–]|--?\s|\()")
_APOSTROPHES = str.maketrans("’ʼ\n\t\u00a0\u202f", "''    ")
# What may stand between a date and a wider one that it is in.
_OF = re.compile(r" (?:of |in |the |de |del |de la |de l['’]|d['’]|des |der |von |на |w )?")
_WINDOW_LETTERS = 21  # of two days, as 2023-05-01/2023-05-07
_VAGUE_REASONS = frozenset({WEEKDAY_REASON, COUNTED_REASON, REPORT_REASON})


def find_dates(text: str, lang: str, published: str = "") -> list[DateMention]:
    """
    Find the dates of a text, in its order.

    Parameters
    ----------
    text
        A report, or a part of it.
    lang
        ISO 639-1 code.
    published
        Date of the report, from which missing years, weekdays and "yesterday" are counted.

    Returns
    -------
    mentions
        With EDTF forms; "three days later" is counted from the date told before it.

    Examples
    --------
    >>> [m.edtf for m in find_dates("entre le 7 septembre et le 1er octobre", "fr", "2023-10-13")]
    ['2023-09-07/2023-10-01']
    """
    lexicon = date_lexicon(lang)
    folded = _fold(text)
    reader = Reader(lexicon, text, folded, as_date(published))
    found = [mention for match in lexicon.pattern.finditer(folded) if (mention := reader(match))]
    found = _without_repeats(found, text)
    found = _join_windows(found, folded, lexicon)
    return [_with_prefix(mention, folded, lexicon) for mention in found]


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a trip took; exact where a text counts from its start: "two days after leaving"."""

    start: int
    end: int
    days: timedelta
    is_exact: bool


def find_durations(text: str, lang: str) -> list[Duration]:
    """
    Find how long trips took.

    Parameters
    ----------
    text, lang
        As for `find_dates`.

    Returns
    -------
    durations
        Of days and weeks; hours, months and years say too little.
    """
    lexicon = date_lexicon(lang)
    folded = _fold(text)
    found = []
    for pattern, is_exact in ((lexicon.since, True), (lexicon.trip, False)):
        for match in pattern.finditer(folded):
            groups = [value for value in match.groups() if value]
            number = next((v for v in groups if v.isdigit() or v in lexicon.numbers), "")
            unit = next((lexicon.units[v] for v in groups if v in lexicon.units), "day")
            if not number or unit not in UNIT_DAYS:
                continue
            count = int(number) if number.isdigit() else lexicon.numbers[number]
            days = timedelta(days=count * UNIT_DAYS[unit])
            found.append(Duration(*match.span(), days, is_exact))
    return found


def find_published(head: str, lang: str) -> str:
    """
    Find the date of publication in the head of a report.

    A date counts on a line of its own, after a word such as "published", or in the dateline that
    opens a report: "Boulogne-sur-Mer, 14 May 2024. -".
    """
    lines = [line for line in head.split("\n") if line.strip()]
    for number, line in enumerate(lines):
        mentions = [m for m in find_dates(line, lang) if len(m.edtf) == 10]
        for mention in mentions:
            before, after = line[: mention.start], line[mention.end :]
            if _PUBLISHED.search(before[-30:]) and len(after) < 40:
                return mention.edtf
            if number < _DATELINES and _is_dateline(before, after):
                return mention.edtf
    return ""


def _is_dateline(before: str, after: str) -> bool:
    """Tell whether only the name of a place stands before a date, and its stroke or stop after."""
    words = re.findall(r"[^\W\d_]+", before)
    return (
        0 < len(words) <= _DATELINE_WORDS
        and words[0][0].isupper()
        and all(word[0].isupper() or len(word) <= _SHORT_LETTERS for word in words)
        and _BEFORE_DATE.search(before) is not None
        and _AFTER_DATELINE.match(after) is not None
    )


def _fold(text: str) -> str:
    """Lower a text letter by letter, so that its offsets stay."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lowered.translate(_APOSTROPHES)


def _without_repeats(found: list[DateMention], text: str) -> list[DateMention]:
    """Join a date with what says it again or more closely: "Friday (6 May)", "May last year"."""
    kept: list[DateMention] = []
    for mention in found:
        before = kept[-1] if kept else None
        between = text[before.end : mention.start] if before else ""
        joined = _joined(before, mention, between) if before else None
        if joined is not None:
            kept[-1] = joined
        else:
            kept.append(mention)
    return kept


def _joined(before: DateMention, mention: DateMention, between: str) -> DateMention | None:
    """Make one of two dates that stand together; nothing where they are two."""
    if _OF.fullmatch(between):
        closer = _closer(before, mention)
        if closer is not None:
            return closer
        if before.inferred == COUNTED_REASON and len(before.edtf) == len(mention.edtf) == 10:
            return mention
    if not _is_beside(between) or mention.inferred == EVENT_REASON:
        return None
    is_weekday = mention.inferred == WEEKDAY_REASON
    if is_weekday and len(before.edtf) == 10 and before.inferred != COUNTED_REASON:
        return before
    if before.inferred in _VAGUE_REASONS and len(mention.edtf) == 10:
        return replace(mention, start=before.start)
    return None


def _closer(before: DateMention, mention: DateMention) -> DateMention | None:
    """Read "December last year", "Tuesday of last week", "Monday night"."""
    is_period = mention.inferred == REPORT_REASON
    is_year = len(mention.edtf) == 4 and mention.inferred in {REPORT_REASON, TOLD_REASON}
    if is_year and before.edtf[4:5] == "-" and before.past:
        edtf = mention.edtf + before.past[4:]
        return DateMention(before.start, mention.end, edtf, mention.inferred, edtf, edtf)
    week = bounds(mention.edtf)
    is_week = is_period and len(mention.edtf) == _WINDOW_LETTERS
    if is_week and week and before.inferred == WEEKDAY_REASON and len(before.edtf) == 10:
        weekday = date.fromisoformat(before.edtf).weekday()
        edtf = str(week[0] + timedelta(days=weekday))
        return DateMention(before.start, mention.end, edtf, before.inferred, edtf, edtf)
    if mention.inferred == COUNTED_REASON and mention.edtf == before.edtf:
        return replace(before, end=mention.end)
    return None


def _is_beside(between: str) -> bool:
    return re.fullmatch(r"\s*[,(–—]\s*(?:\w{1,4}\s+)?", between) is not None


def _join_windows(found: list[DateMention], folded: str, lexicon: DateLexicon) -> list[DateMention]:
    """Join "between 7 September" and "1 October"."""
    kept: list[DateMention] = []
    for mention in found:
        before = kept[-1] if kept else None
        if before is None or "/" in before.edtf + mention.edtf:
            kept.append(mention)
            continue
        between = folded[before.end : mention.start]
        opened = lexicon.open.search(folded, max(0, before.start - 20), before.start)
        if not opened or not lexicon.link.fullmatch(between):
            kept.append(mention)
            continue
        forms = list(_windows(before, mention))
        inferred = before.inferred or mention.inferred
        kept[-1] = DateMention(opened.start(), mention.end, forms[0], inferred, *forms[1:])
    return kept


def _windows(first: DateMention, last: DateMention) -> Iterator[str]:
    """Write a window in the past and in the future; its year is that of its end."""
    for name in ("edtf", "past", "ahead"):
        since, until = getattr(first, name), getattr(last, name)
        since, until = since or first.edtf, until or last.edtf
        if first.inferred and not last.inferred and until[:4].isdigit():
            since = until[:4] + since[4:]
        ends = bounds(since), bounds(until)
        if ends[0] and ends[1] and ends[0][0] > ends[1][1] and first.inferred:
            since = f"{int(since[:4]) - 1:04}{since[4:]}"
        yield f"{since}/{until}"


def _with_prefix(mention: DateMention, folded: str, lexicon: DateLexicon) -> DateMention:
    """Read "by" and "about" before a date."""
    if "/" in mention.edtf or "~" in mention.edtf:
        return mention
    low = max(0, mention.start - 25)
    for pattern, form in ((lexicon.until, "../{}"), (lexicon.about, "{}~")):
        before = pattern.search(folded, low, mention.start)
        if before:
            return replace(
                mention,
                start=before.start(),
                edtf=form.format(mention.edtf),
                past=form.format(mention.past or mention.edtf),
                ahead=form.format(mention.ahead or mention.edtf),
            )
    return mention
