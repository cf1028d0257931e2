"""Airports of scheduled flights, and the remote settlements that are known by theirs alone."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from geo_routes.builders.gazetteer_sources import Entry
from geo_routes.builders.registry import Package, read_member
from geo_routes.gazetteer import distance_km, fold

AIRPORTS = Package(
    "pypi",
    "airportsdata",
    "20260905",
    "d7eaa9a57d373b0adaaae0d52da2af0bb0edf73f7baa170f7c415d3342bf4868",
)
LARGE = re.compile(r"\b(?:international|intercontinental|air (?:force )?base|RAF)\b", re.IGNORECASE)
"""What the names of large airports hold."""
_INTERNATIONAL = re.compile(r"\s+International\b")
_KIND = re.compile(r"\bairport|\bair (?:force )?base|\bairfield|^RAF\b", re.IGNORECASE)
BESIDE_KM = 30.0
"""How far from its town an airport lies at most."""
UNCERTAINTY_KM = 3.0


def read_airports(archive: Path, cities: Iterable[Entry]) -> list[Entry]:
    """
    Read the airports that towns do not stand for already.

    Parameters
    ----------
    archive
        The package of airports.
    cities
        The towns: an airport called after the town beside it is found by the town's name.

    Returns
    -------
    entries
        Large airports, and others whose town is not among the cities: they go by its name too.
    """
    towns: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for city in cities:
        for name in city.names:
            towns[city.country, fold(name)].append(city)
    table = read_member(archive, "airportsdata/airports.csv").decode("utf-8")
    entries = {}
    for row in csv.DictReader(io.StringIO(table)):
        if row["iata"] and _KIND.search(row["name"]):
            entry = _read_airport(row)
            town = fold(row["city"])
            known = _stands_beside(entry, town, towns)
            if town and not known and (entry.country, town) not in towns:
                entry.add(row["city"], 90)
            elif not LARGE.search(entry.name) or _is_called_after(entry, towns):
                continue
            entries[row["iata"]] = entry
    return [entries[code] for code in sorted(entries)]


def _read_airport(row: dict[str, str]) -> Entry:
    base = LARGE.search(row["name"]) and "base" in row["name"].lower()
    entry = Entry(
        name=row["name"],
        lon=float(row["lon"]),
        lat=float(row["lat"]),
        country=row["country"],
        kind="site",
        feature="air base" if base else "airport",
        uncertainty_km=UNCERTAINTY_KM,
        ref=f"airport:{row['iata']}",
    )
    entry.add(entry.name, 100)
    entry.add(_INTERNATIONAL.sub("", entry.name), 95)
    return entry


def _is_called_after(entry: Entry, towns: dict[tuple[str, str], list[Entry]]) -> bool:
    """Tell whether an airport's name holds nothing but the name of the town beside it."""
    bare = fold(_KIND.sub("", LARGE.sub("", entry.name)))
    return _stands_beside(entry, bare, towns)


def _stands_beside(entry: Entry, town: str, towns: dict[tuple[str, str], list[Entry]]) -> bool:
    point = (entry.lon, entry.lat)
    return any(
        distance_km(point, (other.lon, other.lat)) < BESIDE_KM
        for other in towns.get((entry.country, town), ())
    )
