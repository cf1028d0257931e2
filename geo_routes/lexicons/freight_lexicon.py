"""The words of a language for cargo, quantities, vehicles and who ships, compiled once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent / "freight"
CAPITAL = "A-ZÀ-ÖØ-ÞĄĆĘŁŃŚŹŻА-ЯЁЄІЇҐ"
_UPPER = rf"[{CAPITAL}](?:[\w&/'’-]|\.(?=\w))*"
_JOIN = r"(?:\s+(?:&|and|et|y|und|i|и|та|of|de|du|del|der|des|la|für|for)\s+|\s+)"
_QUOTED = r"[«»„“”\"][^«»„“”\"\n]{2,60}[«»„“”\"]"
PARTIES = ("shipper", "consignee", "carrier")
LABELS = ("cargo", "quantity", "vehicle", "flag", *PARTIES)


@dataclass(frozen=True, slots=True)
class FreightLexicon:
    """Patterns of one language."""

    quantity: re.Pattern[str]
    carrying: re.Pattern[str]
    number: re.Pattern[str]
    types: re.Pattern[str]
    yearly: re.Pattern[str]
    stop: frozenset[str]
    phrase: str  # how a noun phrase is built: last, first, capital, adjectives
    adjective: re.Pattern[str]
    verb: re.Pattern[str]
    articles: frozenset[str]
    parties: Mapping[str, tuple[re.Pattern[str], ...]]
    labels: Mapping[str, re.Pattern[str]]


def languages() -> tuple[str, ...]:
    """List the languages that have a lexicon of freight."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def freight_lexicon(lang: str) -> FreightLexicon:
    """Read the freight words of a language; of English where there are none."""
    path = _FOLDER / f"{lang}.toml"
    if not path.is_file():
        path = _FOLDER / "en.toml"
    with path.open("rb") as stream:
        rows = tomllib.load(stream)
    figure = rf"\d{{1,3}}(?:[ .,\u00a0\u202f]\d{{3}})+|\d+(?:[.,]\d+)?|(?:{rows['numbers']})"
    number = rf"(?:(?:{figure})(?:\s+(?:{rows['scales']}))?)"
    word = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
    of = rf"(?:(?:{rows['of']})\s*)" if rows["of"] else ""
    of += "?" if rows["phrase"] == "capital" else ""  # "900 Tonnen Kohle"
    thing = rf"(?P<thing>{word}(?:\s+{word}){{0,4}})"
    about = rf"(?:(?:{rows['about']})\s+)?"
    name = (
        rf"(?P<name>(?:{word}\s+){{0,2}}?(?-i:{_QUOTED}|{_UPPER}(?:{_JOIN}{_UPPER}){{0,5}})"
        r"(?:\s*[«„“\"][^«»„“”\"\n]{2,60}[»”“\"])?)"
    )
    return FreightLexicon(
        quantity=_word(rf"{about}(?P<amount>{number}\s+(?:{rows['units']}))(?:\s+{of}{thing})?"),
        carrying=_word(rf"(?:{rows['carrying']})(?:\s+|(?<=['’])){thing}"),
        number=re.compile(rf"(?:{number})(?![\w-])", re.IGNORECASE),
        types=_word(rows["types"]),
        yearly=re.compile(rf"\s*(?:{rows['yearly']})(?!\w)", re.IGNORECASE),
        stop=frozenset(rows["stop"].replace("?", "").split("|")) | _optional(rows["stop"]),
        phrase=rows["phrase"],
        adjective=re.compile(rows["adjective"] or r"(?!)", re.IGNORECASE),
        verb=re.compile(rows["verb"] or r"(?!)", re.IGNORECASE),
        articles=frozenset(rows["article"].split("|")) - {""},
        parties={
            role: tuple(_word(template.replace("{name}", name)) for template in rows[role])
            for role in PARTIES
        },
        labels={
            field: re.compile(
                rf"^[ \t–•*-]*(?:{rows['labels'][field]})\s*[:：][ \t]*(?P<value>[^\n]+)$",
                re.IGNORECASE | re.MULTILINE,
            )
            for field in LABELS
        },
    )


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


def _optional(words: str) -> frozenset[str]:
    """Write out words with optional letters: "destinées?"."""
    short = {re.sub(r"\w\?", "", re.sub(r"\[\w+\]\??", "", word)) for word in words.split("|")}
    return frozenset(short)
