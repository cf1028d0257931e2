"""Names of large towns in many languages, and the points that stand for countries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from geo_routes.builders.gazetteer_sources import LANGUAGES, Entry
from geo_routes.builders.registry import Package, read_members
from geo_routes.gazetteer import fold

EXONYMS = Package(
    "npm",
    "cldr-dates-full",
    "48.2.0",
    "0256f1cefeca14f7d515be4872dda48fcdd7e75381430f25aafd0143eae5b430",
)
COUNTRY_POINTS = Package(
    "pypi",
    "countryinfo",
    "1.0.1",
    "b02f6f534f0a3b9cdc73fba7e08f247e39826acfa54bf080f8e4eba812066350",
)
_WEIGHT = 95
_SMALLEST = 50_000


def add_exonyms(archive: Path, cities: Iterable[Entry]) -> None:
    """
    Give the towns after which time zones are called their names in other languages.

    Parameters
    ----------
    archive
        The package cldr-dates-full (Unicode CLDR).
    cities
        Towns; of those of one English name the largest gets the names.
    """
    largest: dict[str, Entry] = {}
    for city in cities:
        for name in (city.name, *(n for n, weight in city.names.items() if weight >= 70)):
            key = fold(name)
            other = largest.get(key)
            if city.population > max(_SMALLEST, other.population if other else 0):
                largest[key] = city
    pattern = rf"package/main/({LANGUAGES})/timeZoneNames\.json"
    for content in read_members(archive, pattern).values():
        (locale,) = json.loads(content)["main"].values()
        for zone, name in _cities(locale["dates"]["timeZoneNames"]["zone"]):
            town = largest.get(fold(zone.replace("_", " ")))
            if town is not None:
                town.add(name, _WEIGHT)


def _cities(zones: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Go through the last part of each zone's id and its town's name in a language."""
    for key, value in zones.items():
        if not isinstance(value, dict):
            continue
        if isinstance(value.get("exemplarCity"), str):
            yield key, value["exemplarCity"]
        else:
            yield from _cities(value)


def put_countries(
    archive: Path, entries: Iterable[Entry], mainlands: Mapping[str, tuple[float, float]]
) -> None:
    """
    Put each country halfway between the two points that others take for its middle.

    Gazetteers follow either the CIA World Factbook's point or the centre of the mainland. Large
    countries have them hundreds of kilometres apart; halfway is never far from either.

    Parameters
    ----------
    archive
        The package countryinfo, which tells the Factbook's points.
    entries
        The countries; those that the package does not know keep the middle of their towns.
    mainlands
        Centres of the countries' largest parts (lon, lat) by code.
    """
    points = {}
    for content in read_members(archive, r"countryinfo/data/.+\.json").values():
        facts = json.loads(content)
        if facts.get("ISO", {}).get("alpha2") and len(facts.get("latlng") or ()) == 2:
            lat, lon = facts["latlng"]
            points[facts["ISO"]["alpha2"]] = (float(lon), float(lat))
    for entry in entries:
        given, centre = points.get(entry.country), mainlands.get(entry.country)
        if given and centre:
            entry.lon, entry.lat = (
                round(sum(pair) / 2, 3) for pair in zip(given, centre, strict=True)
            )
        elif given or centre:
            entry.lon, entry.lat = given or centre or (entry.lon, entry.lat)
