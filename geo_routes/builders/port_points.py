"""Where the listed ports lie: positions that the list gives in degrees and minutes are turned."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from geo_routes.builders.gazetteer_sources import Entry
from geo_routes.gazetteer import distance_km, fold

_BESIDE_KM = 15.0
"""How near a port lies to the town of its name, where that tells how its position is meant."""


def mend_minutes(ports: Iterable[Entry], cities: Iterable[Entry]) -> None:
    """
    Turn positions that are degrees and minutes, written as if they were decimals.

    UN/LOCODE gives 48 degrees 56 minutes as 4856, which the list of ports has as 48.56. Such
    positions have two decimals, both less than 0.60. Of those that have a town of their name
    nearby (513 in searoute 1.6.0) 19 in 20 lie beside it only once they are turned; the others
    are left.

    Parameters
    ----------
    ports
        The listed ports; their points are changed.
    cities
        The towns.
    """
    towns: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for city in cities:
        towns[city.country, fold(city.name)].append(city)
    for port in ports:
        turned = _turned(port.lon), _turned(port.lat)
        if turned[0] is None or turned[1] is None:
            continue
        point = (turned[0], turned[1])
        namesakes = towns.get((port.country, fold(port.name)), ())
        given_km = _nearest_km((port.lon, port.lat), namesakes)
        if given_km > _BESIDE_KM or given_km > _nearest_km(point, namesakes):
            port.lon, port.lat = point


def _turned(value: float) -> float | None:
    """Read the two decimals of a number as minutes; None where they cannot be."""
    degrees = math.floor(abs(value))
    minutes = (abs(value) - degrees) * 100
    if abs(minutes - round(minutes)) > 1e-6 or round(minutes) >= 60:
        return None
    return round(math.copysign(degrees + round(minutes) / 60, value), 5)


def _nearest_km(point: tuple[float, float], towns: Sequence[Entry]) -> float:
    return min((distance_km(point, (town.lon, town.lat)) for town in towns), default=math.inf)
