"""The words of each language that tell what a name is; read from `lexicons/places`."""

from __future__ import annotations

import functools
import itertools
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from geo_routes.gazetteer import fold

_ENDING = 5
"""How long a word is that may end another one."""
FALLBACK = "en"
"""The language whose words are read for a language without a file of its own."""

_LISTS = (
    "locative",
    "articles",
    "titles",
    "speech",
    "organisations",
    "speakers",
    "stop",
    "name_prefixes",
    "name_suffixes",
    "facilities",
    "events",
    "kinds",
    "civic",
    "strong",
    "vessels",
    "carriers",
    "counting",
    "teams",
    "firms",
)
"""Fields of `PlaceWords` that are plain lists of words in a language's file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceWords:
    """
    The words of one language, folded.

    Attributes
    ----------
    locative, articles, titles, speech, organisations, speakers, stop, particles, first_names
        Words by what they tell of a name beside them.
    common
        Lower-case words of the language that are also names of places.
    features, sides
        What a word calls a place (`port`), and the compass point that it means (`SW`).
    counting
        Articles and small numbers that open an apposition: "Suez, a port", "two villages".
    facilities
        What ends the names of buildings and grounds: "Manila Cathedral".
    events
        What is named after a place without being there: "the battle of X", "the king of X".
    vessels, carriers
        What goes by water; what else carries, and what is carried.
    shipping
        Both together.
    naming
        First names and titles together: what a family name follows.
    areas
        What divisions are called in many languages, and articles: "of", "oblast".
    kinds
        Adjectives between a kind of place and its name: "aéroport international de X".
    teams
        Words before a name that is played for or against.
    firms
        Firms, groups and units, whose names follow them: "le groupe Wagner".
    joining
        Words for "and".
    seats
        Buildings that stand for a government.
    numbers
        Numbers as words write them, as distances have them.
    phrases
        Words of vague descriptions, as alternatives of a regular expression.
    near_words
        Words that an "of" follows where the text tells what is near: "à proximité de".
    endings
        Endings of cases and what they may stand for, by their last letter, the longest first.
    """

    lang: str
    locative: frozenset[str]
    articles: frozenset[str]
    titles: frozenset[str]
    speech: frozenset[str]
    organisations: frozenset[str]
    speakers: frozenset[str]
    stop: frozenset[str]
    common: frozenset[str]
    name_prefixes: frozenset[str]
    name_suffixes: frozenset[str]
    facilities: frozenset[str]
    events: frozenset[str]
    kinds: frozenset[str]
    areas: frozenset[str]
    civic: frozenset[str]
    strong: frozenset[str]
    vessels: frozenset[str]
    carriers: frozenset[str]
    shipping: frozenset[str]
    naming: frozenset[str]
    counting: frozenset[str]
    teams: frozenset[str]
    firms: frozenset[str]
    particles: frozenset[str]
    joining: frozenset[str]
    first_names: frozenset[str]
    seats: Mapping[str, str]
    contracted: Mapping[str, str]
    abbreviations: Mapping[str, str]
    numbers: Mapping[str, int]
    features: Mapping[str, str]
    sides: Mapping[str, str]
    phrases: Mapping[str, str]
    near_words: frozenset[str]
    written_features: Mapping[str, str]
    written_sides: Mapping[str, str]
    endings: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]


def _numbers(pairs: str) -> dict[str, int]:
    """Read numbers written as words: "ten=10 twenty=20"."""
    return {word: int(value) for word, _, value in (pair.partition("=") for pair in pairs.split())}


def _table(lang: str) -> dict[str, Any]:
    path = resources.files("geo_routes.lexicons") / "places" / f"{lang}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word.replace("|", " ")) for word in text.split())


def _by_word(groups: Mapping[str, str]) -> dict[str, str]:
    return {
        fold(word.replace("|", " ")): name
        for name, words in groups.items()
        for word in words.split()
    }


def _written(groups: Mapping[str, str]) -> dict[str, str]:
    return {
        word.replace("|", " ").lower(): name
        for name, words in groups.items()
        for word in words.split()
    }


def _endings(table: Mapping[str, str]) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Fold the endings of cases, the longest first; some fall together without their accents."""
    merged: dict[str, list[str]] = {}
    for ending, bases in table.items():
        merged.setdefault(fold(ending), []).extend(fold(base) for base in bases.split())
    by_letter: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for ending, listed in sorted(merged.items(), key=lambda item: (-len(item[0]), item[0])):
        by_letter.setdefault(ending[-1:], []).append((ending, tuple(dict.fromkeys(listed))))
    return by_letter


def _alternatives(phrases: str) -> str:
    """Make alternatives of a regular expression, the longest first."""
    ordered = sorted(phrases.split("|"), key=len, reverse=True)
    return "|".join(phrase.replace(" ", r"\s+") for phrase in ordered)


def _heads(phrases: str) -> frozenset[str]:
    """List the words before the last of phrases such as "à proximité de"."""
    return frozenset(
        fold(parts[-2]) for phrase in phrases.split("|") if len(parts := phrase.split()) > 1
    )


@functools.cache
def _languages() -> frozenset[str]:
    folder = resources.files("geo_routes.lexicons") / "places"
    files = {entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")}
    return frozenset(files - {"generic", "common"})


@functools.cache
def place_words(lang: str) -> PlaceWords:
    """
    Read the words of a language.

    Parameters
    ----------
    lang
        ISO 639-1 code; a language without a file of its own gets the English words.

    Returns
    -------
    words
        With the words that all languages share.
    """
    table = _table(lang if lang in _languages() else FALLBACK)
    shared = _shared_words()
    lists = {name: _words(table.get(name, "")) for name in _LISTS}
    phrases = table.get("phrases", {})
    return PlaceWords(
        lang=lang,
        **lists,
        **shared,
        common=frozenset(_common_words().get(lang, "").split()),
        shipping=lists["vessels"] | lists["carriers"],
        naming=shared["first_names"] | lists["titles"],
        joining=frozenset(phrases.get("and", "").split("|")) - {""},
        seats=_seats(),
        abbreviations=table.get("abbreviations", {}),
        numbers=_numbers(table.get("numbers", "")),
        contracted=table.get("contracted", {}),
        features=_by_word(table.get("features", {})),
        sides=_by_word(table.get("sides", {})),
        phrases={name: _alternatives(written) for name, written in phrases.items()},
        near_words=_heads(phrases.get("near", "")),
        written_features=_written(table.get("features", {})),
        written_sides=_written(table.get("sides", {})),
        endings=_endings(table.get("endings", {})),
    )


@functools.cache
def _shared_words() -> dict[str, frozenset[str]]:
    """Read the words that all languages share."""
    return {name: _words(_generic()[name]) for name in ("particles", "first_names", "areas")}


@functools.cache
def _seats() -> dict[str, str]:
    return _by_word(_generic()["seats"])


@functools.cache
def _generic() -> dict[str, Any]:
    return _table("generic")


@functools.cache
def _common_words() -> dict[str, str]:
    """Read the common words of all languages that are also names of places."""
    return _table("common")


def told_of(keys: Collection[str], words: PlaceWords, telling: Collection[str]) -> set[str]:
    """
    List which words of a text are of a kind, such as ships.

    Parameters
    ----------
    keys
        Words of the text, in small letters.
    words
        The words of its language; German puts nouns together: "Massengutfrachter".
    telling
        The words of the kind.
    """
    found = set(frozenset(telling).intersection(keys))
    if words.lang == "de":
        endings = tuple(sorted(word for word in telling if len(word) >= _ENDING))
        found |= {key for key in keys if key.endswith(endings)}
    return found


def base_forms(word: str, words: PlaceWords, *, shortest: int = 3) -> Iterable[str]:
    """
    List the forms that a folded, declined word may have in a gazetteer, likeliest first.

    `shortest` is the number of letters that a stem has at least.
    """
    endings = words.endings
    # The empty ending is the shortest, and fits all words.
    for ending, bases in itertools.chain(endings.get(word[-1:], ()), endings.get("", ())):
        if len(word) - len(ending) >= shortest and word.endswith(ending):
            stem = word[: len(word) - len(ending)]
            for base in bases:
                yield stem + base
