"""Dates in reports: absolute, relative and in windows, as EDTF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

_MONTHS = {
    "en": "january february march april may june july august september october november december",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października "
    "listopada grudnia",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro "
    "dezembro",
}
# Other forms of the months: cases, abbreviations, regional names.
_MORE_MONTHS = {
    "en": "jan feb mar apr may jun jul aug sep oct nov dec",
    "de": "jänner feber märz april mai juni juli august sept okt nov dez",
    "ru": "январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре",
    "uk": "січні лютому березні квітні травні червні липні серпні вересні жовтні листопаді грудні",
    "pl": "styczniu lutym marcu kwietniu maju czerwcu lipcu sierpniu wrześniu październiku "
    "listopadzie grudniu",
    "es": "ene feb mar abr may jun jul ago setiembre oct nov dic",
}
_WEEKDAYS = {
    "en": "monday tuesday wednesday thursday friday saturday sunday",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "de": "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "pl": "poniedziałek wtorek środę czwartek piątek sobotę niedzielę",
    "ru": "понедельник вторник среду четверг пятницу субботу воскресенье",
    "uk": "понеділок вівторок середу четвер п'ятницю суботу неділю",
}
_MIDDLE = (
    r"(?P<part>mi-|mid-|mitte |mid |в середине |у середині |w połowie |mediados de |середине )?"
)
_WINDOWS = {
    "en": r"(?:between|from) {d} (?:and|to|until) {d}",
    "fr": r"(?:entre le|du) {d} (?:et le|au) {d}",
    "es": r"(?:entre el|del) {d} (?:y el|al) {d}",
    "de": r"(?:zwischen dem|vom) {d} (?:und dem|bis zum) {d}",
    "pl": r"(?:między|od) {d} (?:a|do) {d}",
    "ru": r"(?:между|с) {d} (?:и|по) {d}",
    "uk": r"(?:між|з) {d} (?:і|та|по|до) {d}",
}
_NUMBERS = {
    "en": "one two three four five six seven eight nine ten",
    "fr": "un|une deux trois quatre cinq six sept huit neuf dix",
    "es": "un|uno dos tres cuatro cinco seis siete ocho nueve diez",
    "de": "einen|einem|ein zwei drei vier fünf sechs sieben acht neun zehn",
    "pl": "jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć",
    "ru": "один два три четыре пять шесть семь восемь девять десять",
    "uk": "один два три чотири п'ять шість сім вісім дев'ять десять",
}
_LATER = {
    "en": r"(?P<n>\w+) (?P<unit>day|week)s? later",
    "fr": r"(?P<n>\w+) (?P<unit>jour|semaine)s? (?:plus tard|après)",
    "es": r"(?P<n>\w+) (?P<unit>día|semana)s? (?:después|más tarde)",
    "de": r"(?P<n>\w+) (?P<unit>Tag|Woche)(?:e|en|n)? (?:später|danach)",
    "pl": r"(?P<n>\w+) (?P<unit>dni|tygodnie) później",
    "ru": r"(?:через|спустя) (?P<n>\w+) (?P<unit>день|дня|дней|недели|недель)",
    "uk": r"(?:через|за) (?P<n>[\w']+) (?P<unit>день|дні|днів|тижні|тижнів)",
}
_WEEK_UNITS = ("week", "semaine", "semana", "woche", "tyg", "нед", "тиж")
_YESTERDAY = {
    "en": "yesterday",
    "fr": "hier",
    "es": "ayer",
    "de": "gestern",
    "pl": "wczoraj",
    "ru": "вчера",
    "uk": "вчора",
}
_MONTH_PREPOSITION = re.compile(r"\b(?:in|en|im|w|в|у)\s+$")
_PUBLISHED = re.compile(
    r"publié|published|posted|updated|mis à jour|опубликовано|опубліковано|publicado|"
    r"veröffentlicht|stand:|opublikowan|^\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a text: where it stands, its EDTF form, and why its year was inferred."""

    start: int
    end: int
    edtf: str
    inferred: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    months: dict[str, int]
    weekdays: dict[str, int]
    date: re.Pattern[str]
    window: re.Pattern[str] | None
    later: re.Pattern[str] | None
    numbers: dict[str, int]
    yesterday: re.Pattern[str] | None


@cache
def _words(lang: str) -> _Words:
    lang = lang if lang in _MONTHS else "en"
    months: dict[str, int] = {}
    for table in (_MONTHS, _MORE_MONTHS):
        months |= {word: i % 12 + 1 for i, word in enumerate(table.get(lang, "").split())}
    names = "|".join(sorted(map(re.escape, months), key=len, reverse=True))
    day = (
        rf"(?:{_MIDDLE}(?:(?P<day>\d{{1,2}})(?:er|st|nd|rd|th|º|\.)?\s*(?:de\s+|of\s+)?)?"
        rf"(?P<month>{names})\b\.?(?:\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*\d{{3}}))?"
        rf"(?:,?\s+(?:de(?:l)?\s+)?(?P<year>(?:19|20)\d\d))?)"
    )
    numeric = r"(?P<iso>(?:19|20)\d\d-\d\d-\d\d)|(?P<dotted>\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d)"
    any_date = re.compile(rf"\b(?:{numeric}|{day})", re.IGNORECASE)
    plain = re.sub(r"\?P<\w+>", "?:", day)
    bare = rf"(?:{plain}|\d{{1,2}}(?:er|\.)?)"
    window = _WINDOWS.get(lang)
    numbers = {
        word: i
        for i, words in enumerate(_NUMBERS.get(lang, "").split(), start=1)
        for word in words.split("|")
    }
    weekdays = {word: i for i, word in enumerate(_WEEKDAYS.get(lang, "").split())}
    return _Words(
        months=months,
        weekdays=weekdays,
        date=any_date,
        window=re.compile(
            r"\b" + window.replace("{d}", f"({bare})", 1).replace("{d}", f"({bare})"), re.IGNORECASE
        )
        if window
        else None,
        later=re.compile(r"\b" + _LATER[lang], re.IGNORECASE) if lang in _LATER else None,
        numbers=numbers,
        yesterday=re.compile(rf"\b{_YESTERDAY[lang]}\b", re.IGNORECASE)
        if lang in _YESTERDAY
        else None,
    )


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
        With EDTF forms: "2023-10-13", "2023-10", "2023-09~", "2023-09-07/2023-10-01".

    Examples
    --------
    >>> [m.edtf for m in find_dates("entre le 7 septembre et le 1er octobre", "fr", "2023-10-13")]
    ['2023-09-07/2023-10-01']
    """
    words = _words(lang)
    anchor = _as_date(published)
    found: list[DateMention] = []
    taken: list[tuple[int, int]] = []
    told: int | None = None  # the year told last
    for mention in _windows(text, words, anchor):
        found.append(mention)
        taken.append((mention.start, mention.end))
    for match in words.date.finditer(text):
        if not any(start <= match.start() < end for start, end in taken):
            mention_or_none = _absolute(match, words, anchor, told=told)
            if mention_or_none:
                if match.groupdict().get("year") and match.groupdict().get("month"):
                    told = int(match["year"])
                found.append(mention_or_none)
    found += _weekdays(text, words, anchor)
    found.sort(key=lambda mention: mention.start)
    found += _relative(text, words, found)
    return sorted(found, key=lambda mention: mention.start)


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
    try:
        if day:
            return (date(year, month, day),)
        if month:
            following = date(year + month // 12, month % 12 + 1, 1)
            return date(year, month, 1), following - timedelta(days=1)
        return date(year, 1, 1), date(year, 12, 31)
    except ValueError:
        return ()


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _absolute(
    match: re.Match[str],
    words: _Words,
    anchor: date | None,
    *,
    near: date | None = None,
    told: int | None = None,
) -> DateMention | None:
    groups = match.groupdict()
    start, end = match.span()
    if groups.get("iso"):
        return DateMention(start, end, groups["iso"]) if _as_date(groups["iso"]) else None
    if groups.get("dotted"):
        day, month, year = (int(x) for x in re.split(r"[./]", groups["dotted"]))
        edtf = f"{year}-{month:02}-{day:02}"
        return DateMention(start, end, edtf) if _as_date(edtf) else None
    name = match["month"]
    month = words.months[name.lower()]
    day_text = groups.get("day") or groups.get("day2")
    is_bare = not (day_text or groups.get("year") or groups.get("part"))
    # "may" and "mars" are words too: a bare short month needs a preposition before it.
    if is_bare and len(name) <= 4 and not _MONTH_PREPOSITION.search(match.string, 0, start):
        return None
    inferred = ""
    if groups.get("year"):
        year = int(groups["year"])
    elif told is not None:
        year, inferred = told, "year told before"
    else:
        reference = near or anchor
        if reference is None:
            return None
        year = reference.year
        if (month, int(day_text or 1)) > (reference.month, reference.day):
            year -= 1
        inferred = "year from the date of the report"
    if day_text:
        edtf = f"{year}-{month:02}-{int(day_text):02}"
        return DateMention(start, end, edtf, inferred) if _as_date(edtf) else None
    sign = "~" if groups.get("part") else ""
    if sign:
        return DateMention(start, end, f"{year}-{month:02}-15~", inferred)
    return DateMention(start, end, f"{year}-{month:02}", inferred)


def _windows(text: str, words: _Words, anchor: date | None) -> Iterator[DateMention]:
    if words.window is None:
        return
    for match in words.window.finditer(text):
        last = words.date.match(match[2])
        to = _absolute(last, words, anchor) if last else None
        if to is None:
            continue
        first = words.date.match(match[1])
        end_day = _as_date(to.edtf)
        since = _absolute(first, words, anchor, near=end_day) if first else None
        if since is None and end_day and (number := re.match(r"\d+", match[1])):
            edtf = f"{to.edtf[:8]}{int(number[0]):02}"
            since = DateMention(0, 0, edtf, to.inferred) if _as_date(edtf) else None
        if since:
            window = f"{since.edtf}/{to.edtf}"
            yield DateMention(match.start(), match.end(), window, since.inferred or to.inferred)


def _weekdays(text: str, words: _Words, anchor: date | None) -> list[DateMention]:
    if anchor is None or not words.weekdays:
        return []
    names = "|".join(map(re.escape, words.weekdays))
    found = []
    # German joins the time of day: "Montagmorgen".
    part = r"(?:morgen|vormittag|mittag|nachmittag|abend|nacht)?"
    for match in re.finditer(rf"\b({names}){part}\b(?!\s+\d)", text, re.IGNORECASE):
        back = (anchor.weekday() - words.weekdays[match[1].lower()]) % 7
        day = (anchor - timedelta(days=back)).isoformat()
        found.append(DateMention(match.start(), match.end(), day, "weekday before the report"))
    if words.yesterday:
        day = (anchor - timedelta(days=1)).isoformat()
        found += [
            DateMention(match.start(), match.end(), day, "the day before the report")
            for match in words.yesterday.finditer(text)
        ]
    return found


def _relative(text: str, words: _Words, known: list[DateMention]) -> list[DateMention]:
    """Count "three days later" from the date told before it."""
    found = []
    for match in words.later.finditer(text) if words.later else ():
        number = match["n"].lower()
        count = int(number) if number.isdigit() else words.numbers.get(number, 0)
        before = [mention for mention in known if mention.end <= match.start()]
        base = _as_date(before[-1].edtf.split("/")[-1]) if before else None
        if count and base:
            unit = match["unit"].lower()
            days = count * (7 if unit.startswith(_WEEK_UNITS) else 1)
            edtf = (base + timedelta(days=days)).isoformat()
            found.append(DateMention(match.start(), match.end(), edtf, "counted from the text"))
    return found
