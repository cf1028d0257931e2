"""Adjectives of countries ("Russian"), and the places that they describe ("the Dutch port")."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Sequence

from geo_routes.gazetteer import fold, shipped
from geo_routes.itinerary import Region, Rule
from geo_routes.toponyms.texts import Match, Words, countries_of
from geo_routes.toponyms.vagueness import Description
from geo_routes.toponyms.words import PlaceWords, base_forms, place_words


def find_demonyms(
    words: Words, matches: Sequence[Match], lexicon: PlaceWords
) -> tuple[list[Match], list[Description]]:
    """
    Find adjectives of countries, and the places that they describe ("the Russian capital").

    Parameters
    ----------
    words, matches
        The text and the names of places in it, which are left alone.
    lexicon
        The words of the text's language.

    Returns
    -------
    demonyms, descriptions
        Adjectives and names of peoples; places described by a feature and a country.
    """
    taken = {n for match in matches for n in range(match.first, match.last + 1)}
    demonyms: list[Match] = []
    descriptions = []
    for at in _spots(words, lexicon):
        if at in taken:
            continue
        found = _demonym_at(words, at, taken, lexicon)
        if found is None:
            continue
        if demonyms and demonyms[-1].last >= found.first:
            demonyms.pop()  # "South" in "South Korean"
        described = _described(words, found, lexicon)
        if described is not None:
            descriptions.append(described)
        demonyms.append(found)
    return demonyms, descriptions


def _spots(words: Words, lexicon: PlaceWords) -> Iterable[int]:
    """Go through the words that may end an adjective of a country."""
    if lexicon.lang == "en":
        ends = _last_of_demonyms("en")
        # In small letters they are "fines" and "poles".
        return [at for at in words.capitals if words.key[at] in ends]
    found: frozenset[str] | set[str]
    if lexicon.endings:
        found = {key for key in set(words.key) if _ends_demonym(key, lexicon.lang)}
    else:
        found = _last_of_demonyms(lexicon.lang).intersection(words.key)
    return itertools.compress(range(len(words.key)), map(found.__contains__, words.key))


@functools.cache
def _demonym_tails() -> frozenset[str]:
    """List the last words of demonyms of several words: "Korean" in "North Korean"."""
    return frozenset(key.rsplit(" ", 1)[1] for key in shipped().demonyms() if " " in key)


@functools.cache
def _last_of_demonyms(lang: str) -> frozenset[str]:
    """List the last words of a language's demonyms; of all, for a language without any."""
    rows = shipped().demonyms().items()
    own = {key for key, codes in rows if lang in codes} or {key for key, _ in rows}
    return frozenset(key.rsplit(" ", 1)[-1] for key in own)


@functools.lru_cache(maxsize=1 << 16)
def _ends_demonym(key: str, lang: str) -> bool:
    """Tell whether a word may end an adjective of a country."""
    if key in _demonym_tails() or countries_of(key, lang):
        return True
    return any(form in _demonym_tails() for form in base_forms(key, place_words(lang)))


def _demonym_at(words: Words, at: int, taken: set[int], lexicon: PlaceWords) -> Match | None:
    """Read the adjective that ends at a word: "Korean", or "South Korean"."""
    before = at - 1
    if before >= 0 and words.gap[at] == " " and before not in taken:
        pair = f"{words.key[before]} {words.key[at]}"
        if found := countries_of(pair, lexicon.lang):
            return _demonym(before, at, found)
    alone = countries_of(words.key[at], lexicon.lang)
    return _demonym(at, at, alone) if alone else None


def _demonym(first: int, last: int, countries: tuple[str, ...]) -> Match:
    country = countries[0]
    return Match(first, last, (_country_name(country),), score=3.0, kind="demonym", country=country)


@functools.lru_cache(maxsize=1 << 10)
def _country_name(country: str) -> str:
    return fold(shipped().demonym_name(country))


def _described(words: Words, demonym: Match, lexicon: PlaceWords) -> Description | None:
    """Read a feature beside an adjective: "port néerlandais", "the Russian capital"."""
    division = demonym.country.startswith("admin1:")
    if ":" in demonym.country and not division:
        return None
    of = demonym.country.removeprefix("admin1:")
    for at, first, last in (
        (demonym.first - 1, demonym.first - 1, demonym.last),
        (demonym.last + 1, demonym.first, demonym.last + 1),
    ):
        if not 0 <= at < len(words.key) or words.gap[last] != " ":
            continue
        if at < demonym.first and words.gap[demonym.first] != " ":
            continue
        start, end = words.start[first], words.end[last]
        capital = re.fullmatch(
            lexicon.phrases.get("capital", "capital"),
            words.text[words.start[at] : words.end[at]],
            re.IGNORECASE,
        )
        region = Region(rule=Rule.WHOLE, of=of)
        if capital and not division:
            city = shipped().capital(demonym.country)
            if _names_a_place(words, last, lexicon):
                return None  # "the Syrian capital Damascus"
            if city is not None:
                return Description(
                    start=start, end=end, region=region, feature="capital", names=(fold(city.name),)
                )
        feature = lexicon.features.get(words.key[at], "")
        if feature in {"port", "station", "depot", "terminal", "airport", "base", "site"}:
            if _names_a_place(words, last, lexicon):
                return None
            if feature in {"port", "terminal"} and not division:
                region = Region(rule=Rule.COAST, of=demonym.country)
            names = (fold(words.text[start:end]),) if _definite(words, first) else ()
            return Description(start=start, end=end, region=region, feature=feature, names=names)
        if feature in {"border"} and not division:
            near = Region(rule=Rule.BORDER, of=demonym.country, within_km=50.0)
            return Description(start=start, end=end, region=near, feature="border")
    return None


_DEFINITE = frozenset(
    [
        "le",
        "la",
        "les",
        "du",
        "au",
        "aux",
        "des",
        "the",
        "el",
        "del",
        "al",
        "los",
        "las",
        "der",
        "dem",
        "den",
        "die",
        "das",
        "vom",
        "zum",
        "im",
    ]
)


def _definite(words: Words, first: int) -> bool:
    return first > 0 and words.key[first - 1] in _DEFINITE


def _names_a_place(words: Words, last: int, lexicon: PlaceWords) -> bool:
    """Tell whether a proper name follows at once: "le port nord-coréen de Rajin"."""
    after = last + 1
    if after < len(words.key) and words.key[after] in {"of", "de", "d", "du", "von"}:
        after += 1
    return (
        after < len(words.key)
        and words.gap[after] in {" ", ""}
        and words.capital[after]
        and lexicon.lang not in {""}
    )
