"""A place that a name may mean, and how it is read from a row of the index."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]

KINDS = ("city", "port", "station", "site", "country", "admin1", "sea", "region")
"""Kinds of places; the index stores their positions."""

COLUMNS = "id, ref, name, lon, lat, country, admin1, kind, feature, population, uncertainty, locode"
SCALE = 1e5
_FAME = {"country": 9.0, "sea": 6.5, "region": 6.3}
"""How well known areas are, beside the decimal logarithm of a town's inhabitants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """
    One place that a name may mean.

    Attributes
    ----------
    id
        Such as "geonames:1833747", "port:KRUSN", "country:RU", "admin1:RU-PRI", "sea:black-sea".
    kind
        One of `KINDS`.
    feature
        Finer than `kind` where known: capital, airport, border crossing, strait, terminal ...
    uncertainty_km
        How far the place that the name means may lie from the point; about the radius of an area.
    matched
        The folded name that led here; "" when the place was not found by name.
    name_weight
        0 to 1: how surely the matched name means this place; 1 is its main name.
    distance_km
        From the point asked about; None without one.
    """

    id: str
    name: str
    lon: float
    lat: float
    country: str
    admin1: str = ""
    kind: str = "city"
    feature: str = ""
    population: int = 0
    uncertainty_km: float = 1.0
    locode: str = ""
    matched: str = ""
    name_weight: float = 1.0
    distance_km: float | None = None


def distance_km(origin: Point, destination: Point) -> float:
    """Measure the great circle between two points on a sphere: quick, within 0.5 %."""
    lon1, lat1, lon2, lat2 = map(math.radians, (*origin, *destination))
    chord = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(chord)))


def read_candidate(
    row: Sequence[Any], *, weight: int = 100, matched: str = "", near: Point | None = None
) -> Candidate:
    """Make a candidate of a row of `COLUMNS`."""
    lon, lat = row[3] / SCALE, row[4] / SCALE
    population = row[9] or 0
    uncertainty = row[10]
    if uncertainty is None:
        # The built-up area of a town grows about with the square root of its inhabitants.
        uncertainty = round(1.0 + math.sqrt(population) / 100, 1)
    return Candidate(
        id=row[1] or f"geonames:{row[0]}",
        name=row[2],
        lon=lon,
        lat=lat,
        country=row[5] or "",
        admin1=row[6] or "",
        kind=KINDS[row[7]],
        feature=row[8] or "",
        population=population,
        uncertainty_km=uncertainty,
        locode=row[11] or "",
        matched=matched,
        name_weight=weight / 100,
        distance_km=None if near is None else distance_km(near, (lon, lat)),
    )


def standing(row: Sequence[Any], weight: int, near: Point | None = None) -> tuple[float, str]:
    """Order rows of `COLUMNS`: the surest name, the best known place, the nearest."""
    kind = KINDS[row[7]]
    if kind == "city":
        fame = math.log10((row[9] or 0) + 10) + (row[8] == "capital")
    elif kind == "admin1":
        fame = math.log10((row[9] or 0) + 10) - 0.5
    else:
        fame = _FAME.get(kind, 4.6)
    far = 0.0
    if near is not None:
        far = math.log10(1 + distance_km(near, (row[3] / SCALE, row[4] / SCALE)) / 50)
    return -weight / 100 * fame + 2 * far, row[1] or f"geonames:{row[0]}"
