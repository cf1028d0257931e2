"""Read the expressions of dates one after the other, counting each from those before."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from geo_routes.dates.days import (
    as_date,
    coming_day,
    day_after,
    day_gone_by,
    day_of,
    in_next_month,
    recent_day,
)
from geo_routes.dates.edtf import DateMention, bounds
from geo_routes.lexicons.dates_lexicon import Branch, DateLexicon

UNIT_DAYS = {"day": 1, "week": 7, "fortnight": 14}
_NEAR_FUTURE = timedelta(days=120)
_OLD_NEWS = timedelta(days=40)
_YEAR_REASON = "year from the date of the report"
TOLD_REASON = "year told before"
WEEKDAY_REASON = "weekday counted from the report"
COUNTED_REASON = "counted from the text"
REPORT_REASON = "counted from the date of the report"
EVENT_REASON = "counted back from the day told beside it"
# What may stand between a year and a day or month of it: "last year in May", "in 2013, on 3 May".
_BESIDE = re.compile(r",? (?:on |le |am |el )?")
# What may stand between a day or month and the year that it is of: "April of last year".
_BEFORE_YEAR = re.compile(r",? ?(?:of |de |del |des )?")
_LEAST_YEAR_DAYS = 360
_MONTHS_BACK = 3
_MONTHS_AHEAD = 1
_YEAR_LETTERS = 4
_LAST_DAYS = 7
# What may stand between a day and how long after something it was: "on Friday, only two days".
_BESIDE_DAY = re.compile(r"[^.;:!?\n]{0,60}?[,(–—-]\s*(?:\w+\s+){0,2}")


def _readings(mention: DateMention) -> tuple[date, date] | None:
    """Give the first days of a date without its year as gone by and as to come."""
    past, ahead = bounds(mention.past), bounds(mention.ahead)
    if not past or not ahead or (ahead[0] - past[0]).days < _LEAST_YEAR_DAYS:
        return None
    return past[0], ahead[0]


class Reader:
    """Reads one match after the other, remembering the day and the year told last."""

    def __init__(
        self, lexicon: DateLexicon, text: str, folded: str, published: date | None
    ) -> None:
        self.lexicon = lexicon
        self.text = text
        self.folded = folded
        self.published = published
        self.told: int | None = None  # the year written last
        self.said: int | None = None  # the year told last, however it was
        self.near: tuple[int, int] | None = None  # the year that stood alone last, and its end
        self.last: date | None = None  # the day told last; the first of a month
        self.day: date | None = None  # the day told last
        self.both: tuple[date, date] | None = None  # `last` as gone by and as to come
        self.end = 0  # where `last` was told
        self.groups: dict[str, str] = {}

    def __call__(self, match: re.Match[str]) -> DateMention | None:
        """Read one match of the pattern."""
        before = self.last
        mention = self._read(match)
        if mention is not None and self.last is not before:
            self.both, self.end = _readings(mention), mention.end
        return mention

    def _read(self, match: re.Match[str]) -> DateMention | None:
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
            found = as_date(match["iso"])
        else:
            day, month, year = (int(x) for x in re.split(r"[./]", match["dotted"]))
            found = day_of(year, month, day) or day_of(year, day, month)
        if found is None:
            return None
        self.told = self.said = found.year
        self.last = self.day = found
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

    def _years(self, match: re.Match[str], month: int, day: int) -> tuple[int, int, str] | None:
        """Find the year of a day in the past and in the future, and why it is that one."""
        if "y" in self.groups:
            self.said = self.told = int(self.groups["y"])
            return self.told, self.told, ""
        near = self._near_years(match)
        if near is not None:
            return near
        if self.told is not None and (self.published is None or self.told < self.published.year):
            year = self.told
            if self.last is not None and self.last.year == year and month < self.last.month - 6:
                year = self.told = year + 1
            if self.published is None:
                return year, year, TOLD_REASON
            now = self.published
            return year, now.year + ((month, day) < (now.month, now.day)), TOLD_REASON
        anchor = self.published or self.last
        if anchor is None:
            return None
        back = anchor.year - ((month, day) > (anchor.month, anchor.day))
        ahead = anchor.year + ((month, day) < (anchor.month, anchor.day))
        return back, ahead, _YEAR_REASON

    def _near_years(self, match: re.Match[str]) -> tuple[int, int, str] | None:
        """Take the year that stands just before: "last year in May"."""
        if self.near is None:
            return None
        year, end = self.near
        if not _BESIDE.fullmatch(self.folded, end, match.start()):
            return None
        return year, year, TOLD_REASON

    def _day(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        month, day = self._month_number(match), self._number_of_day()
        years = self._years(match, month, day) if month else None
        if month is None or years is None:
            return None
        return self._of_year(match, month, day, years)

    def _feast(self, match: re.Match[str], branch: Branch) -> DateMention | None:
        month, day = divmod(branch.days, 100)
        years = self._years(match, month, day)
        return self._of_year(match, month, day, years) if years else None

    def _of_year(
        self, match: re.Match[str], month: int, day: int, years: tuple[int, int, str]
    ) -> DateMention | None:
        past, ahead = (day_of(year, month, day) for year in years[:2])
        if past is None or ahead is None:
            return None
        is_ahead = self._is_rather_ahead(past, ahead, years[2])
        self.last = self.day = ahead if is_ahead else past
        return DateMention(*match.span(), str(self.last), years[2], str(past), str(ahead))

    def _is_rather_ahead(self, past: date, ahead: date, reason: str) -> bool:
        """Whether a day without a year, of none that was told before, is rather to come."""
        published = self.published
        if published is None or past == ahead or reason == TOLD_REASON:
            return False
        return ahead - published <= _NEAR_FUTURE < published - past

    def _days(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        month = self._month_number(match)
        second = int(self.groups["d2"])
        years = self._years(match, month, second) if month else None
        if month is None or years is None:
            return None
        since = [day_of(year, month, self._number_of_day()) for year in years[:2]]
        until = [day_of(year, month, second) for year in years[:2]]
        if not (since[0] and until[0] and since[1] and until[1]):
            return None
        forms = [f"{since[0]}/{until[0]}", f"{since[1]}/{until[1]}"]
        chosen = self._is_rather_ahead(until[0], until[1], years[2])
        self.last = self.day = until[chosen]
        return DateMention(*match.span(), forms[chosen], years[2], *forms)

    def _bare_day(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        if self.lexicon.is_lower_after_day and self._is_upper_after(match):
            return None
        day = self._number_of_day()
        base = self.last
        found = recent_day(day, self.published) if base is None else day_after(base, day)
        if found is None:
            return None
        past, ahead = self._either_day(day, found)
        self.last = self.day = found = day_gone_by(day, found, self.published)
        return DateMention(
            *match.span(), str(found), "month told before", str(past or found), str(ahead)
        )

    def _either_day(self, day: int, found: date) -> tuple[date | None, date]:
        """Give a day of the month told before as gone by and as to come."""
        base, both, now = self.last, self.both, self.published
        if base and both and base.replace(day=1) == both[1].replace(day=1):
            return day_after(both[0], day), found
        ahead = coming_day(day, found, now) or found
        if base and now and found > base and now - found < ahead - now:
            ahead = found  # "sailed on 10 February and was due on the 23rd", told in March
        return None, ahead

    def _is_upper_after(self, match: re.Match[str]) -> bool:
        return self.text[match.end() :].lstrip()[:1].isupper()

    def _month(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        month = self._month_number(match)
        years = self._years(match, month, 1) if month else None
        if month is None or years is None:
            return None
        past, ahead = (date(year, month, 15 if "part" in self.groups else 1) for year in years[:2])
        chosen = self._is_rather_ahead(past, ahead, years[2])
        self.last = ahead if chosen else past
        forms = [f"{year}-{month:02}" for year in years[:2]]
        if self.lexicon.parts.get(self.groups.get("part", "")) == "mid":
            forms = [f"{form}-15~" for form in forms]
        return DateMention(*match.span(), forms[chosen], years[2], *forms)

    _bare_month = _month

    def _week_of(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        """Read "the second week of May": the 8th to the 14th."""
        month = self._month_number(match)
        years = self._years(match, month, 1) if month else None
        if month is None or years is None:
            return None
        week = self.lexicon.weeks[self.groups["nth"]]
        forms, last = [], []
        for year in years[:2]:
            first, end = bounds(f"{year}-{month:02}") or (date.min, date.min)
            since = end - timedelta(days=_LAST_DAYS - 1)
            if week < max(self.lexicon.weeks.values()):
                since = first + timedelta(days=7 * (week - 1))
            last.append(since)
            forms.append(f"{since}/{since + timedelta(days=6)}")
        chosen = self._is_rather_ahead(last[0], last[1], years[2])
        self.last = last[chosen]
        return DateMention(*match.span(), forms[chosen], years[2], *forms)

    def _month_range(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        since, until = self._month_number(match), self.lexicon.months[self.groups["m2"]]
        years = self._years(match, until, 1) if since else None
        if since is None or years is None:
            return None
        forms = [f"{year - (since > until)}-{since:02}/{year}-{until:02}" for year in years[:2]]
        self.last = date(years[0], until, 1)
        return DateMention(*match.span(), forms[0], years[2], *forms)

    def _half(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        month = self._month_number(match)
        years = self._years(match, month, 1) if month else None
        if month is None or years is None:
            return None
        forms = []
        for year in years[:2]:
            first, last = bounds(f"{year}-{month:02}") or (date.min, date.min)
            middle = first.replace(day=15)
            days = (first, middle) if "h1" in self.groups else (middle + timedelta(days=1), last)
            forms.append(f"{days[0]}/{days[1]}")
        self.last = date(years[0], month, 15)
        return DateMention(*match.span(), forms[0], years[2], *forms)

    def _edge(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        """Read the first or the last day of a month."""
        month = self._month_number(match)
        years = self._years(match, month, 1) if month else None
        if month is None or years is None:
            return None
        days = [bounds(f"{year}-{month:02}") or (date.min, date.min) for year in years[:2]]
        past, ahead = (day["e2" in self.groups] for day in days)
        is_ahead = self._is_rather_ahead(past, ahead, years[2])
        self.last = self.day = ahead if is_ahead else past
        return DateMention(*match.span(), str(self.last), years[2], str(past), str(ahead))

    def _spell(self, match: re.Match[str], branch: Branch) -> DateMention | None:
        edtf = self._span(branch.base, branch.days)
        self._note_year(match, edtf)
        return DateMention(*match.span(), edtf, REPORT_REASON) if edtf else None

    def _weekday_near(self, name: str, which: str) -> tuple[date, date] | None:
        """Find a weekday before and after the report, or after the day told last."""
        weekday = self.lexicon.weekdays[name]
        anchor = self.published
        is_old = anchor is None or (
            self.told is not None
            and self.day is not None
            and self.day.year == self.told
            and anchor - self.day > _OLD_NEWS
            and not which
        )
        if is_old and self.day is not None:
            found = self.day + timedelta(days=(weekday - self.day.weekday()) % 7 or 7)
            return found, found
        if anchor is None:
            return None
        back = (anchor.weekday() - weekday) % 7
        if which == "last":
            back = back or 7
        before = anchor - timedelta(days=back)
        after = anchor + timedelta(days=7 - back if which == "next" or back else 0)
        return (after, after) if which == "next" else (before, after)

    def _dated_weekday(self, match: re.Match[str], branch: Branch) -> DateMention | None:
        """Read "Monday the 6th": the nearest such day, rather one gone by than one to come."""
        day, weekday = self._number_of_day(), self.lexicon.weekdays[self.groups["w"]]
        anchor = self.published or self.last
        if anchor is None:
            return None
        first = anchor.year * 12 + anchor.month - 1
        months = [first + step for step in range(-_MONTHS_BACK, _MONTHS_AHEAD + 1)]
        days = [found for m in months if (found := day_of(m // 12, m % 12 + 1, day))]
        fitting = [found for found in days if found.weekday() == weekday]
        if not fitting:
            return self._weekday(match, branch)
        gone = [found for found in fitting if found <= anchor]
        come = [found for found in fitting if found >= anchor]
        past, ahead = (gone or come)[-1 if gone else 0], (come or gone)[0 if come else -1]
        is_near = (ahead - anchor).days < (anchor - past).days
        self.last = self.day = ahead if is_near else past
        return DateMention(
            *match.span(), str(self.last), WEEKDAY_REASON, str(self.last), str(ahead)
        )

    def _weekday_after(self, match: re.Match[str], branch: Branch) -> DateMention | None:
        """Read "the following Friday": after the day told last."""
        if self.day is None:
            return self._weekday(match, branch)
        weekday = self.lexicon.weekdays[self.groups["w"]]
        self.last = self.day = self.day + timedelta(days=(weekday - self.day.weekday()) % 7 or 7)
        return DateMention(*match.span(), str(self.day), COUNTED_REASON)

    def _month_after(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        if self.last is None:
            return None
        self.last = in_next_month(self.last)
        return DateMention(*match.span(), f"{self.last:%Y-%m}", COUNTED_REASON)

    def _weekday(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        if self.lexicon.has_capitals:
            at = self.folded.find(self.groups["w"], match.start())
            if not self.text[at].isupper():
                return None
        which = self.lexicon.which.get(self.groups.get("which", ""), "")
        found = self._weekday_near(self.groups["w"], which)
        if found is None:
            return None
        self.last = self.day = found[0]
        ahead = found[0] if which == "last" else found[1]
        return DateMention(*match.span(), str(found[0]), WEEKDAY_REASON, str(found[0]), str(ahead))

    def _nights(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        found = self._weekday_near(self.groups["w2"], "")
        first = self.lexicon.weekdays[self.groups["w"]]
        if found is None:
            return None
        until, ahead = found
        since = until - timedelta(days=(until.weekday() - first) % 7)
        self.last = self.day = until
        then = ahead - (until - since)
        forms = f"{since}/{until}", f"{then}/{ahead}"
        return DateMention(*match.span(), forms[0], WEEKDAY_REASON, *forms)

    def _shift(self, match: re.Match[str], branch: Branch) -> DateMention | None:
        if self._is_noun(match):
            return None
        base = self.published if branch.base == "report" else self.day
        reason = REPORT_REASON if branch.base == "report" else COUNTED_REASON
        if base is None and branch.days < 0:
            base, reason = self.published, REPORT_REASON
        if base is None:
            return None
        self.last = self.day = base + timedelta(days=branch.days)
        return DateMention(*match.span(), str(self.last), reason)

    def _is_noun(self, match: re.Match[str]) -> bool:
        """Whether a word is a noun by its capital: "Morgen" is the morning, "morgen" tomorrow."""
        if match[0] not in self.lexicon.lower_words:
            return False
        before = self.text[: match.start()].rstrip(" \n„“«»\"'(–—-")[-1:]
        return self.text[match.start()].isupper() and before not in {"", *".:!?…"}

    def _counted(self, match: re.Match[str], base: date | None, sign: int) -> DateMention | None:
        """Count a number of days, weeks, months or years from a day."""
        word = self.groups.get("n", "1")
        count = int(word) if word.isdigit() else self.lexicon.numbers[word]
        unit = self.lexicon.units[self.groups["u"]] if "u" in self.groups else "day"
        if base is None:
            return None
        reason = REPORT_REASON if base is self.published else COUNTED_REASON
        if unit in UNIT_DAYS or unit == "hour":
            days = round(count / 24) if unit == "hour" else count * UNIT_DAYS[unit]
            try:
                self.last = self.day = base + timedelta(days=sign * days)
            except OverflowError:
                return None
            # "A week later" is seldom seven days to the day.
            about = "~" * (UNIT_DAYS.get(unit, 1) > 1)
            return DateMention(*match.span(), f"{self.last}{about}", reason)
        if unit == "year":
            return DateMention(*match.span(), f"{base.year + sign * count:04}", reason)
        months = base.year * 12 + base.month - 1 + sign * count
        return DateMention(*match.span(), f"{months // 12:04}-{months % 12 + 1:02}", reason)

    def _told_before(self) -> date | None:
        """Find what a number of days is counted from, or of months: they may be of a month."""
        unit = self.lexicon.units.get(self.groups.get("u", ""), "day")
        return self.last if unit in {"month", "year"} else self.day or self.last

    def _later(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        base = self._told_before()
        ahead = self._counted(match, self.published, 1) if self.lexicon.is_later_ahead else None
        found = self._counted(match, base, 1)
        if found and ahead:
            return replace(found, past=found.edtf, ahead=ahead.edtf)
        return found or ahead

    def _after_event(self, match: re.Match[str], branch: Branch) -> DateMention | None:
        """
        Read "on Friday, two days after she left": when she left.

        Without a day beside it a phrase that alone tells of later days is read as such.
        """
        if self.day is None or not _BESIDE_DAY.fullmatch(self.folded, self.end, match.start()):
            return self._later(match, branch) if "later" in self.groups else None
        before = self.last, self.day
        found = self._counted(match, self.day, -1)
        self.last, self.day = before  # what follows is counted from the day, not from the event
        return replace(found, inferred=EVENT_REASON) if found else None

    def _earlier(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        return self._counted(match, self._told_before() or self.published, -1)

    def _ago(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        return self._counted(match, self.published, -1)

    def _ahead(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        return self._counted(match, self.published, 1)

    def _season(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        season = self.lexicon.seasons[self.groups["s"]]
        if "y" in self.groups:
            self.said = self.told = int(self.groups["y"])
            return DateMention(*match.span(), f"{self.told}-{season}")
        word = self.groups.get("which") or self.groups.get("which2")
        if self.published is None:
            return None
        is_old = self.told is not None and self.told < self.published.year
        if word is None and is_old and not self._is_this(match):
            gone, coming = f"{self.told}-{season}", self._coming_season(season)
            return DateMention(*match.span(), gone, TOLD_REASON, gone, coming)
        year = self.published.year
        starts = date(year, 3 * (season - 20), 1)
        if word is None:
            past, ahead = year - (starts > self.published), year + (starts <= self.published)
            forms = f"{past}-{season}", f"{ahead}-{season}"
            return DateMention(*match.span(), forms[0], _YEAR_REASON, *forms)
        which = self.lexicon.which[word]
        year -= which != "next" and starts > self.published and which == "last"
        year += which == "next" and starts <= self.published
        return DateMention(*match.span(), f"{year}-{season}", REPORT_REASON)

    def _is_this(self, match: re.Match[str]) -> bool:
        """Whether a word such as "this" ties a season to the report."""
        return self.lexicon.which.get(match[0].split(" ")[0]) == "this"

    def _coming_season(self, season: int) -> str:
        """Write the next season of a name after the report."""
        now = self.published or date.min
        return f"{now.year + (date(now.year, 3 * (season - 20), 1) <= now)}-{season}"

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
        step = {"last": -1, "this": 0, "next": 1}[self.lexicon.which[self.groups["which"]]]
        edtf = self._span(self.lexicon.units[self.groups["u"]], step)
        self._note_year(match, edtf)
        return DateMention(*match.span(), edtf, REPORT_REASON) if edtf else None

    def _note_year(self, match: re.Match[str], edtf: str) -> None:
        if len(edtf) == _YEAR_LETTERS:
            self.said = year = int(edtf)
            self.near = year, match.end()
            if self.last and _BEFORE_YEAR.fullmatch(self.folded, self.end, match.start()):
                # "In April last year": what is counted from it is counted from that year's.
                is_day = self.day == self.last
                self.last = day_of(year, self.last.month, self.last.day)
                self.day = self.last if is_day else self.day

    def _span(self, unit: str, step: int) -> str:
        """Write the week, month or year so many after that of the report."""
        anchor = self.published
        if anchor is None:
            return ""
        if unit == "week":
            monday = anchor + timedelta(days=7 * step - anchor.weekday())
            return f"{monday}/{monday + timedelta(days=6)}"
        if unit == "month":
            months = anchor.year * 12 + anchor.month - 1 + step
            return f"{months // 12:04}-{months % 12 + 1:02}"
        return f"{anchor.year + step:04}" if unit == "year" else ""

    def _weekend(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        if self.published is None:
            return None
        back = (self.published.weekday() - 5) % 7
        saturday = self.published - timedelta(days=back)
        window = f"{saturday}/{saturday + timedelta(days=1)}"
        return DateMention(*match.span(), window, REPORT_REASON)

    def _year(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        is_bare = match[0] == self.groups["y"]
        # "2000 Tonnen" is no year, but "2013 verschickt" is.
        if is_bare and self.lexicon.is_lower_after_day and self._is_upper_after(match):
            return None
        self._note_year(match, self.groups["y"])
        return DateMention(*match.span(), self.groups["y"])

    def _year_told(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        """Read "that same year"."""
        if self.said is None:
            return None
        self._note_year(match, f"{self.said:04}")
        return DateMention(*match.span(), f"{self.said:04}", TOLD_REASON)

    def _month_end(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        days = bounds(f"{self.published:%Y-%m}") if self.published else None
        return DateMention(*match.span(), f"../{days[1]}", REPORT_REASON) if days else None

    def _part_month(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        if self.published is None:
            return None
        edtf = f"{self.published:%Y-%m}" + "-15~" * ("mid" in self.groups)
        return DateMention(*match.span(), edtf, REPORT_REASON)

    def _day_of_month(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        """Read "the 8th of this month"."""
        now = self.published
        found = day_of(now.year, now.month, self._number_of_day()) if now else None
        if found is None:
            return None
        self.last = self.day = found
        return DateMention(*match.span(), str(found), REPORT_REASON)

    def _part_day(self, match: re.Match[str], _branch: Branch) -> DateMention | None:
        if self.last is None:
            return None
        return DateMention(*match.span(), f"{self.last:%Y-%m}", COUNTED_REASON)
