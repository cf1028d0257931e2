"""Where on a long coast a text most likely means: near the town most central to its people."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Floats = np.ndarray[Any, np.dtype[np.float64]]

ASHORE_DEG = 0.35
"""How far from a region towns lie that count as on its coast."""
AROUND_DEG = 0.6
"""How much of a region around the town stands for it."""
_EARTH_KM = 6371.0


def peopled_point(country: str, area: BaseGeometry) -> tuple[float, float] | None:
    """
    Choose the point of a stretch of coast, or of the water off it, where most people live around.

    Parameters
    ----------
    country
        ISO 3166 alpha-2 code.
    area
        The region, in longitude and latitude (EPSG:4326).

    Returns
    -------
    point
        Beside the town whose way to all people of the coast's large towns is shortest; None where
        there is no large town.
    """
    from shapely import box, dwithin, points

    towns = _towns(country)
    if not len(towns):
        return None
    west, _, east, _ = area.bounds
    lons = np.where(towns[:, 0] < west - ASHORE_DEG, towns[:, 0] + 360, towns[:, 0])
    lons = np.where(lons > east + ASHORE_DEG, towns[:, 0], lons)
    ashore = np.asarray(dwithin(area, points(lons, towns[:, 1]), ASHORE_DEG))
    if not ashore.any():
        return None
    lon, lat = _medoid(np.column_stack([lons, towns[:, 1]])[ashore], towns[ashore, 2])
    part = area.intersection(
        box(lon - AROUND_DEG, lat - AROUND_DEG, lon + AROUND_DEG, lat + AROUND_DEG)
    )
    if part.is_empty:
        return None
    centre = part.centroid if part.intersects(part.centroid) else part.representative_point()
    return float(centre.x), float(centre.y)


@functools.lru_cache(maxsize=64)
def _towns(country: str) -> Floats:
    """List the large towns of a country: longitude, latitude, inhabitants."""
    from geo_routes.gazetteer import shipped

    rows = [(town.lon, town.lat, town.population) for town in shipped().large_towns(country)]
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def _medoid(points: Floats, weights: Floats) -> tuple[float, float]:
    """Choose the point with the least sum of weighted great circles to all others."""
    lon, lat = np.radians(points).T
    on_sphere = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    far_km = _EARTH_KM * np.arccos(np.clip(on_sphere @ on_sphere.T, -1.0, 1.0))
    best = int(np.argmin(far_km @ weights))
    return float(points[best, 0]), float(points[best, 1])
