"""
The date words of a language, compiled once into one pattern.

A lexicon lists words (months, weekdays, numbers, units) and expressions of several kinds made of
them: "{d} {m}{year}?" is a day and a month, with or without the year. Each expression becomes a
numbered branch of the pattern, its groups numbered alike.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent / "dates"
# Kinds in the order in which they are tried at a word.
_KINDS = (
    "days",
    "month_range",
    "week_of",
    "half",
    "edge",
    "nights",
    "day",
    "feast",
    "after_event",
    "shift",
    "later",
    "earlier",
    "ago",
    "ahead",
    "weekend",
    "month_end",
    "part_day",
    "part_month",
    "day_of_month",
    "month",
    "quarter",
    "season",
    "spell",
    "period",
    "dated_weekday",
    "weekday_after",
    "month_after",
    "weekday",
    "bare_day",
    "bare_month",
    "year_told",
    "year",
)
_DIGITS = r"3[01]|[12]\d|0?[1-9]"
_NUMERIC = (
    r"(?P<iso>(?:19|20)\d\d-(?:0\d|1[0-2])-[0-3]\d)",
    r"(?P<dotted>[0-3]?\d[./][01]?\d[./](?:19|20)\d\d)",
)
_YEAR = r"(?P<y>(?:1[5-9]|20)\d\d)(?!\d|[.,]\d|[ -]\d)"
_SMALL = r"(?:le |the |dem |den |el )?"


@dataclass(frozen=True, slots=True)
class Branch:
    """
    One expression of the pattern.

    A shift counts `days` from its `base`; the `days` of a feast are its month and day, as 1225;
    those of a spell are how many units (`base`) it is from the report.
    """

    kind: str
    base: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class DateLexicon:
    """Words and the pattern of one language."""

    pattern: re.Pattern[str]
    branches: Mapping[int, Branch]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    numbers: Mapping[str, int]
    days: Mapping[str, int]
    seasons: Mapping[str, int]
    quarters: Mapping[str, int]
    weeks: Mapping[str, int]  # of a month; the greatest number stands for the last one
    units: Mapping[str, str]
    parts: Mapping[str, str]
    which: Mapping[str, str]
    open: re.Pattern[str]
    link: re.Pattern[str]
    until: re.Pattern[str]
    trip: re.Pattern[str]
    since: re.Pattern[str]
    about: re.Pattern[str]
    departing: tuple[str, ...]
    arriving: tuple[str, ...]
    has_capitals: bool
    is_lower_after_day: bool
    lower_words: frozenset[str]  # no date where they begin with a capital
    is_later_ahead: bool  # one phrase for "in two days" and for "two days later"


def languages() -> tuple[str, ...]:
    """List the languages that have a lexicon of dates."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def date_lexicon(lang: str) -> DateLexicon:
    """Read the date words of a language; of English where there are none."""
    path = _FOLDER / f"{lang}.toml"
    if not path.is_file():
        path = _FOLDER / "en.toml"
    with path.open("rb") as stream:
        rows: dict[str, Any] = tomllib.load(stream)
    words, grammar = rows["words"], rows["grammar"]
    branches: dict[int, Branch] = {}
    parts = list(_NUMERIC)
    macros = _macros(rows)
    for kind, templates in _templates(rows):
        for template, base, days in templates:
            number = len(branches) + 1
            branches[number] = Branch(kind, base, days)
            parts.append(f"(?P<k_{number}>{_compile(template, macros, number)})")
    return DateLexicon(
        pattern=re.compile(rf"(?<![\w.,])(?:{'|'.join(parts)})(?!\w)"),
        branches=branches,
        months=_numbered(words["months"], 1),
        weekdays=_numbered(words["weekdays"], 0),
        numbers=_numbers(rows),
        days=_numbered(words["days"], 1),
        seasons=_numbered(words["seasons"], 21),
        quarters=_numbered(words["quarters"], 33),
        weeks=_numbered(words["weeks"], 1),
        units=_named(rows["units"]),
        parts=_named(rows["parts"]),
        which=_named(rows["which"]),
        open=re.compile(rf"(?<!\w)(?:{grammar['open']}) $"),
        link=re.compile(rf" ?(?:[-–—]|,? (?:{grammar['link']})) ?(?:{_SMALL})"),
        until=re.compile(rf"(?<!\w)(?:{grammar['until']}) {_SMALL}$"),
        about=re.compile(rf"(?<!\w)(?:{grammar['about']}) {_SMALL}$"),
        departing=tuple(rows["sides"]["departing"].split("|")),
        arriving=tuple(rows["sides"]["arriving"].split("|")),
        trip=_durations(rows["durations"]["trip"], macros),
        since=_durations(rows["durations"]["since"], macros),
        has_capitals=bool(grammar.get("capitals")),
        is_lower_after_day=bool(grammar.get("lower_after_day")),
        lower_words=frozenset(grammar.get("lower", ())),
        is_later_ahead=bool(grammar.get("later_ahead")),
    )


def _templates(rows: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str, int]]]]:
    expressions = rows["expressions"]
    found = []
    for kind in _KINDS:
        if kind == "shift":
            shifts = [
                (f"(?:{phrases})", base, int(days))
                for base, by_days in rows["shifts"].items()
                for days, phrases in by_days.items()
            ]
            # "tags darauf" before the "tags" of the same day
            shifts.sort(key=lambda row: (row[2] == 0, -len(row[0])))
            found.append((kind, shifts))
            continue
        if kind == "spell":
            spells = [
                (f"(?:{names})", name[:-2], int(name[-2:]))
                for name, names in rows.get("periods", {}).items()
            ]
            found.append((kind, spells))
            continue
        if kind == "feast":
            feasts = [
                (f"(?:{names}){{year}}?", "feast", int(day.replace("-", "")))
                for day, names in rows["feasts"].items()
            ]
            found.append((kind, feasts))
            continue
        found.append((kind, [(row, "", 0) for row in expressions.get(kind, ())]))
    return found


def _macros(rows: Mapping[str, Any]) -> dict[str, str]:
    words, grammar = rows["words"], rows["grammar"]
    units = _any(rows["units"].values())
    daytime = grammar.get("daytime", "")
    ordinals = _any(words["days"])
    day = rf"(?:(?P<d>{_DIGITS}){grammar['suffix']}(?![.,:]?\d)|(?P<dw>{ordinals}))"
    week = _any(words["weekdays"])
    which = _any(rows["which"].values())
    return {
        "year": grammar["year"].replace("{y}", _YEAR),
        "y": _YEAR,
        "d": day,
        "dd": rf"(?P<d>{_DIGITS}){grammar['suffix']}(?![.,:]?\d)",
        "dw": rf"(?P<dw>{ordinals})",
        "dl": rf"(?P<dw>{_any(words['days'][10:])})",
        "d2": rf"(?P<d2>{_DIGITS}){grammar['suffix']}",
        "m": rf"(?P<m>{_any(words['months'])})\b(?:\.(?= \d)|(?!\. \d))",
        "w": rf"(?P<w>{week}){daytime}",
        "w2": rf"(?P<w2>{week})",
        "daytime": daytime,
        "mpart": rf"(?P<m>{_any(words['months'])})",
        "m2": rf"(?P<m2>{_any(words['months'])})\b",
        "anymonth": rf"(?:{_any(words['months'])})\b",
        "n": rf"(?P<n>\d{{1,3}}|{_any(_numbers(rows))})",
        "u": rf"(?P<u>{units})",
        "u1": rf"(?P<u>{units})",
        "s": rf"(?P<s>{_any(words['seasons'])})",
        "q": rf"(?P<q>{_any(words['quarters'])})",
        "nth": rf"(?P<nth>{_any(words['weeks'])})",
        "part": rf"(?P<part>{_any(rows['parts'].values())})",
        "which": rf"(?P<which>{which})",
        "which2": rf"(?P<which2>{which})",
        "weekday": rf"(?:(?:{week}){daytime},? {_SMALL})?",
    }


def _compile(template: str, macros: Mapping[str, str], number: int) -> str:
    """Fill in the words, number the groups, and let any white space stand for a space."""
    if template.startswith(("{d}", "{m}")):
        template = "{weekday}" + template
    text = re.sub(r"\{([a-z]\w*)\}", lambda match: macros[match[1]], template)
    return re.sub(r"\(\?P<([a-z]+\d?)>", rf"(?P<\1_{number}>", text)


def _durations(templates: str, macros: Mapping[str, str]) -> re.Pattern[str]:
    """Compile the expressions of how long a trip took."""
    names = iter(range(1, 100))
    text = re.sub(r"\{([a-z]\w*)\}", lambda match: macros[match[1]], templates)
    text = re.sub(r"\(\?P<([a-z]+)>", lambda match: f"(?P<{match[1]}_{next(names)}>", text)
    return re.compile(rf"(?<!\w)(?:{text})(?!\w)")


def _any(groups: Any) -> str:
    words = [word for group in groups for word in group.split("|")]
    return "|".join(re.escape(w).replace(r"\ ", " ") for w in sorted(words, key=len, reverse=True))


def _numbered(groups: list[str], first: int) -> dict[str, int]:
    return {word: i for i, group in enumerate(groups, start=first) for word in group.split("|")}


def _numbers(rows: Mapping[str, Any]) -> dict[str, int]:
    """List the written numbers: those up to twenty by their order, more by their value."""
    more = {word: int(n) for n, words in rows["counts"].items() for word in words.split("|")}
    return {**_numbered(rows["words"]["numbers"], 1), **more}


def _named(groups: Mapping[str, str]) -> dict[str, str]:
    return {word: name for name, group in groups.items() for word in group.split("|")}
