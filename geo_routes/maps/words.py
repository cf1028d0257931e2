"""The words of the page, one file a language."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("i18n")
_ARTICLES = "a|an|the|un|une|le|la|les|des|el|los|las|unos|unas"
_ARTICLE = re.compile(rf"^(?:(?:{_ARTICLES})\s+|[ld]['’])(?=[^\W\d_A-Z])")
# German nouns have capitals, common or not; names proper hardly ever keep a small article.
_GERMAN = re.compile(r"^(?:eine?[mnrs]?|der|die|das|dem|den)\s+(?=\w)")
_DATE = re.compile(r"^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?([~?%]?)$")
_SEPARATORS = {"en": ",", "de": ".", "es": ".", "fr": "\u202f", "ru": "\u00a0"}
_PASSAGE = "passage_"
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def languages() -> list[str]:
    """List the languages that the page speaks."""
    return sorted(file.stem for file in _FOLDER.glob("*.json"))


@cache
def _read(lang: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((_FOLDER / f"{lang}.json").read_text(encoding="utf-8"))
    return words


def read_words(lang: str, *, passages: Collection[str] = ()) -> tuple[str, dict[str, str]]:
    """
    Read the words of a language, or the English ones where the page does not speak it.

    Parameters
    ----------
    lang
        Language tag such as "fr" or "pt-BR".
    passages
        Ids of passages of the sea whose names are wanted too.

    Returns
    -------
    lang, words
        The language that was found, and its words by key.
    """
    base = lang.lower().replace("_", "-").split("-")[0]
    found = base if base in languages() else "en"
    wanted = {_PASSAGE + passage for passage in passages}
    every = {**_read("en"), **_read(found)}
    return found, {
        key: text for key, text in every.items() if not key.startswith(_PASSAGE) or key in wanted
    }


def direction(lang: str) -> str:
    """Tell which way a language is written: "ltr" or "rtl"."""
    return "rtl" if lang in _RIGHT_TO_LEFT else "ltr"


def label(name: str) -> str:
    """
    Write a place's name as maps do: a capital first, no article before a common noun.

    Names proper keep their article ("Le Havre", "La Spezia"), whose next word has a capital.

    Parameters
    ----------
    name
        The name as the report has it, in any language.
    """
    bare = _ARTICLE.sub("", name, count=1)
    bare = _GERMAN.sub("", name, count=1) if bare[:1].isupper() or bare == name else bare
    return bare[:1].upper() + bare[1:]


def figure(value: float, lang: str) -> str:
    """Write a whole number with the language's mark between thousands."""
    mark = _SEPARATORS.get(lang, ",")
    # Spanish leaves numbers of four digits whole.
    if lang == "es" and abs(value) < 10_000:
        mark = ""
    return f"{value:,.0f}".replace(",", mark)


def period(edtf: str, said: Mapping[str, str]) -> str:
    """
    Write a date, or a span of two, in the words of a language.

    Parameters
    ----------
    edtf
        A date such as "2023-09-07", "2023-05~" (about) or "2023-09-07/2023-10-01".
    said
        Words of the language.

    Returns
    -------
    period
        The text as it is where it is no such date.
    """
    parts = [_day(part, said) if part not in ("", "..") else "…" for part in edtf.split("/")]
    return " – ".join(dict.fromkeys(parts))


def _day(text: str, said: Mapping[str, str]) -> str:
    found = _DATE.match(text)
    if found is None or not 0 < int(found[2] or 1) < 13:
        return text
    year, month, day, doubt = found.groups()
    shown = year
    if month:
        names = said["months_of" if day else "months"].split()
        shown = said["date_day" if day else "date_month"]
        shown = shown.replace("{month}", names[int(month) - 1]).replace("{year}", year)
        shown = shown.replace("{day}", str(int(day or 1)))
    if doubt == "~":
        return said["about"].replace("{date}", shown)
    return f"{shown} (?)" if doubt else shown
