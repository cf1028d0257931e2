"""Dates in reports: absolute, relative and in windows, as EDTF."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from geo_routes.lexicons.dates_lexicon import Branch, DateLexicon, date_lexicon

_PUBLISHED = re.compile(
    r"publié|published|posted|updated|mis à jour|опубликовано|опубліковано|publicado|"
    r"veröffentlicht|stand:|opublikowan|^\W*$",
    re.IGNORECASE,
)
_APOSTROPHES = str.maketrans("’ʼ\n\t\u00a0\u202f", "''    ")
_UNIT_DAYS = {"day": 1, "week": 7, "fortnight": 14}
_NEAR_FUTURE = timedelta(days=120)
_OLD_NEWS = timedelta(days=40)
_YEAR_REASON = "year from the date of the report"
_TOLD_REASON = "year told before"
_WEEKDAY_REASON = "weekday counted from the report"
_COUNTED_REASON = "counted from the text"
_REPORT_REASON = "counted from the date of the report"
_VAGUE_REASONS = frozenset({_WEEKDAY_REASON, _COUNTED_REASON, _REPORT_REASON})


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
    reader = _Reader(lexicon, text, folded, _as_date(published))
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
            if not number or unit not in _UNIT_DAYS:
                continue
            count = int(number) if number.isdigit() else lexicon.numbers[number]
            days = timedelta(days=count * _UNIT_DAYS[unit])
            found.append(Duration(*match.span(), days, is_exact))
    return found


def find_published(head: str, lang: str) -> str:
    """
    Find the date of publication in the head of a report.

    A date counts on a line of its own, or after a word such as "published".
    """
    for line in head.split("\n"):
        mentions = [m for m in find_dates(line, lang) if len(m.edtf) == 10]
        for mention in mentions:
            before, after = line[: mention.start], line[mention.end :]
            if _PUBLISHED.search(before[-30:]) and len(after) < 40:
                return mention.edtf
    return ""


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


def _fold(text: str) -> str:
    """Lower a text letter by letter, so that its offsets stay."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lowered.translate(_APOSTROPHES)


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


class _Reader:
    """Reads one match after the other, remembering the day and the year told last."""

    def __init__(
        self, lexicon: DateLexicon, text: str, folded: str, published: date | None
    ) -> None:
        self.lexicon = lexicon
        self.text = text
        self.folded = folded
        self.published = published
        self.told: int | None = None  # the year written last
        self.last: date | None = None  # the day told last; the first of a month
        self.groups: dict[str, str] = {}

    def __call__(self, match: re.Match[str]) -> DateMention | None:
        if match["iso"] or match["dotted"]:
            return self._numeric(match)
        number = next(n for n in self.lexicon.branches if match[f"k_{n}"] is not None)
        branch = self.lexicon.branches[number]
        tail = f"_{number}"
        self.groups = {
            key.removesuffix(tail): value
            for key, value in match.groupdict().items()
            if value is not None and key.endswith(tail)
        }
        read: Callable[[re.Match[str], Branch], DateMention | None] = getattr(
            self, f"_{branch.kind}"
        )
        start = match.start()
        if branch.kind in {"bare_month", "year"}:
            start = match.start(("m" if branch.kind == "bare_month" else "y") + tail)
        mention = read(match, branch)
        return replace(mention, start=start) if mention else None

    def _numeric(self, match: re.Match[str]) -> DateMention | None:
        if match["iso"]:
            found = _as_date(match["iso"])
        else:
            day, month, year = (int(x) for x in re.split(r"[./]", match["dotted"]))
            found = _day(year, month, day) or _day(year, day, month)
        if found is None:
            return None
        self.told, self.last = found.year, found
        return DateMention(*match.span(), found.isoformat())

    def _number_of_day(self) -> int:
        text = self.groups.get("d") or self.groups.get("dg")
        return int(text) if text else self.lexicon.days[self.groups["dw"]]

    def _month_number(self, match: re.Match[str]) -> int | None:
        name = self.groups["m"]
        if self.lexicon.has_capitals:
            at = self.folded.find(name, match.start())
            if not self.text[at].isupper():
                return None
        return self.lexicon.months[name]

    def _years(self, month: int, day: int) -> tuple[int, int, str] | None:
        """Find the year of a day in the past and in the future, and why it is that one."""
        if "y" in self.groups:
            self.told = int(self.groups["y"])
            return self.told, self.told, ""
        if self.told is not None and (self.published is None or self.told < self.published.year):
            year = self.told
            if self.last is not None and self.last.year == year and month < self.last.month - 6:
                year += 1
            return year, year, _TOLD_REASON
        anchor = self.published or self.last
        if anchor is None:
            return None
        back = anchor.year - ((month, day) > (anchor.month, anchor.day))
        ahead = anchor.year + ((month, day) < (anchor.month, anchor.day))
        return back, ahead, _YEAR_REASON

    def _day(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        month, day = self._month_number(match), self._number_of_day()
        years = self._years(month, day) if month else None
        if month is None or years is None:
            return None
        return self._of_year(match, month, day, years)

    def _feast(self, match: re.Match[str], branch: Branch) -> DateMention | None:
        month, day = divmod(branch.days, 100)
        years = self._years(month, day)
        return self._of_year(match, month, day, years) if years else None

    def _of_year(
        self, match: re.Match[str], month: int, day: int, years: tuple[int, int, str]
    ) -> DateMention | None:
        past, ahead = (_day(year, month, day) for year in years[:2])
        if past is None or ahead is None:
            return None
        self.last = ahead if self._is_rather_ahead(past, ahead) else past
        return DateMention(*match.span(), str(self.last), years[2], str(past), str(ahead))

    def _is_rather_ahead(self, past: date, ahead: date) -> bool:
        """Whether a day without a year is rather to come than long gone."""
        published = self.published
        if published is None or past == ahead:
            return False
        return ahead - published <= _NEAR_FUTURE < published - past

    def _days(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        month = self._month_number(match)
        second = int(self.groups["d2"])
        years = self._years(month, second) if month else None
        if month is None or years is None:
            return None
        since = [_day(year, month, self._number_of_day()) for year in years[:2]]
        until = [_day(year, month, second) for year in years[:2]]
        if not (since[0] and until[0] and since[1] and until[1]):
            return None
        forms = [f"{since[0]}/{until[0]}", f"{since[1]}/{until[1]}"]
        chosen = self._is_rather_ahead(until[0], until[1])
        self.last = until[chosen]
        return DateMention(*match.span(), forms[chosen], years[2], *forms)

    def _bare_day(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        following = self.text[match.end() :].lstrip()[:1]
        if self.lexicon.is_lower_after_day and following.isupper():
            return None
        day = self._number_of_day()
        base = self.last
        if base is not None:
            found = _day(base.year, base.month, day)
            after = base.replace(day=28) + timedelta(days=7)
            next_month = _day(after.year, after.month, day)
            if found and found < base and next_month and (next_month - base).days <= 16:
                found = next_month
        else:
            found = self._recent(day)
        if found is None:
            return None
        self.last = found
        return DateMention(*match.span(), found.isoformat(), "month told before")

    def _recent(self, day: int) -> date | None:
        """Find the last such day of a month up to the report."""
        if self.published is None:
            return None
        before = self.published.replace(day=1) - timedelta(days=1)
        for anchor in (self.published, before):
            found = _day(anchor.year, anchor.month, day)
            if found and found <= self.published:
                return found
        return None

    def _month(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        month = self._month_number(match)
        years = self._years(month, 1) if month else None
        if month is None or years is None:
            return None
        days = [date(year, month, 15 if "part" in self.groups else 1) for year in years[:2]]
        chosen = self._is_rather_ahead(*days)
        self.last = days[chosen]
        forms = [f"{year}-{month:02}" for year in years[:2]]
        if self.lexicon.parts.get(self.groups.get("part", "")) == "mid":
            forms = [f"{form}-15~" for form in forms]
        return DateMention(*match.span(), forms[chosen], years[2], *forms)

    _bare_month = _month

    def _weekday_near(self, name: str, which: str) -> tuple[date, date] | None:
        """Find a weekday before and after the report, or after the day told last."""
        weekday = self.lexicon.weekdays[name]
        anchor = self.published
        is_old = anchor is None or (self.last is not None and anchor - self.last > _OLD_NEWS)
        if is_old and self.last is not None:
            found = self.last + timedelta(days=(weekday - self.last.weekday()) % 7 or 7)
            return found, found
        if anchor is None:
            return None
        back = (anchor.weekday() - weekday) % 7
        if which == "last":
            back = back or 7
        before = anchor - timedelta(days=back)
        after = anchor + timedelta(days=7 - back if which == "next" or back else 0)
        return (after, after) if which == "next" else (before, after)

    def _weekday(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        if self.lexicon.has_capitals:
            at = self.folded.find(self.groups["w"], match.start())
            if not self.text[at].isupper():
                return None
        which = self.lexicon.which.get(self.groups.get("which", ""), "")
        found = self._weekday_near(self.groups["w"], which)
        if found is None:
            return None
        self.last = found[0]
        ahead = found[0] if which == "last" else found[1]
        return DateMention(*match.span(), str(found[0]), _WEEKDAY_REASON, str(found[0]), str(ahead))

    def _nights(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        found = self._weekday_near(self.groups["w2"], "")
        first = self.lexicon.weekdays[self.groups["w"]]
        if found is None:
            return None
        until, ahead = found
        since = until - timedelta(days=(until.weekday() - first) % 7)
        self.last = until
        then = ahead - (until - since)
        forms = f"{since}/{until}", f"{then}/{ahead}"
        return DateMention(*match.span(), forms[0], _WEEKDAY_REASON, *forms)

    def _shift(self, match: re.Match[str], branch: Branch) -> DateMention | None:
        base = self.published if branch.base == "report" else self.last
        reason = _REPORT_REASON if branch.base == "report" else _COUNTED_REASON
        if base is None and branch.days < 0:
            base, reason = self.published, _REPORT_REASON
        if base is None:
            return None
        self.last = base + timedelta(days=branch.days)
        return DateMention(*match.span(), str(self.last), reason)

    def _counted(self, match: re.Match[str], base: date | None, sign: int) -> DateMention | None:
        """Count a number of days, weeks, months or years from a day."""
        word = self.groups.get("n", "1")
        count = int(word) if word.isdigit() else self.lexicon.numbers[word]
        unit = self.lexicon.units[self.groups["u"]]
        if base is None:
            return None
        reason = _REPORT_REASON if base is self.published else _COUNTED_REASON
        if unit in _UNIT_DAYS:
            try:
                self.last = base + timedelta(days=sign * count * _UNIT_DAYS[unit])
            except OverflowError:
                return None
            return DateMention(*match.span(), str(self.last), reason)
        if unit == "year":
            return DateMention(*match.span(), f"{base.year + sign * count:04}", reason)
        months = base.year * 12 + base.month - 1 + sign * count
        return DateMention(*match.span(), f"{months // 12:04}-{months % 12 + 1:02}", reason)

    def _later(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        return self._counted(match, self.last, 1)

    def _earlier(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        return self._counted(match, self.last or self.published, -1)

    def _ago(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        return self._counted(match, self.published, -1)

    def _ahead(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        return self._counted(match, self.published, 1)

    def _season(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        season = self.lexicon.seasons[self.groups["s"]]
        if "y" in self.groups:
            return DateMention(*match.span(), f"{self.groups['y']}-{season}")
        word = self.groups.get("which") or self.groups.get("which2")
        if word is None or self.published is None:
            return None
        which = self.lexicon.which[word]
        year = self.published.year
        starts = date(year, 3 * (season - 20), 1)
        year -= which != "next" and starts > self.published and which == "last"
        year += which == "next" and starts <= self.published
        return DateMention(*match.span(), f"{year}-{season}", _REPORT_REASON)

    def _quarter(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        digit = self.groups.get("qd")
        quarter = 32 + int(digit) if digit else self.lexicon.quarters[self.groups["q"]]
        if "y" in self.groups:
            return DateMention(*match.span(), f"{self.groups['y']}-{quarter}")
        if self.published is None:
            return None
        year = self.published.year - (3 * (quarter - 33) + 1 > self.published.month)
        return DateMention(*match.span(), f"{year}-{quarter}", _YEAR_REASON)

    def _period(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        anchor = self.published
        if anchor is None:
            return None
        step = {"last": -1, "this": 0, "next": 1}[self.lexicon.which[self.groups["which"]]]
        unit = self.lexicon.units[self.groups["u"]]
        if unit == "week":
            monday = anchor + timedelta(days=7 * step - anchor.weekday())
            edtf = f"{monday}/{monday + timedelta(days=6)}"
        elif unit == "month":
            months = anchor.year * 12 + anchor.month - 1 + step
            edtf = f"{months // 12:04}-{months % 12 + 1:02}"
        elif unit == "year":
            edtf = f"{anchor.year + step:04}"
        else:
            return None
        return DateMention(*match.span(), edtf, _REPORT_REASON)

    def _weekend(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        if self.published is None:
            return None
        back = (self.published.weekday() - 5) % 7
        saturday = self.published - timedelta(days=back)
        window = f"{saturday}/{saturday + timedelta(days=1)}"
        return DateMention(*match.span(), window, _REPORT_REASON)

    def _year(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        return DateMention(*match.span(), self.groups["y"])

    def _month_end(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        days = bounds(f"{self.published:%Y-%m}") if self.published else None
        return DateMention(*match.span(), f"../{days[1]}", _REPORT_REASON) if days else None

    def _part_day(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        if self.last is None:
            return None
        return DateMention(*match.span(), f"{self.last:%Y-%m}", _COUNTED_REASON)


def _without_repeats(found: list[DateMention], text: str) -> list[DateMention]:
    """Drop a weekday or a count beside the date that it repeats: "Friday (6 May)"."""
    kept: list[DateMention] = []
    for mention in found:
        before = kept[-1] if kept else None
        if before is None or not _is_beside(text[before.end : mention.start]):
            kept.append(mention)
            continue
        is_full = len(mention.edtf) == 10
        is_weekday = mention.inferred == _WEEKDAY_REASON
        if is_weekday and len(before.edtf) == 10 and before.inferred != _COUNTED_REASON:
            continue
        if before.inferred in _VAGUE_REASONS and is_full:
            kept[-1] = replace(mention, start=before.start)
            continue
        kept.append(mention)
    return kept


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
