"""Where on a long coast a text most likely means: near the town most central to its people."""

from __future__ import annotations

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
    from shapely import box, dwithin, points, prepare

    west, south, east, north = area.bounds
    bounds = west - ASHORE_DEG, south - ASHORE_DEG, east + ASHORE_DEG, north + ASHORE_DEG
    towns = _towns(country, bounds)
    if not len(towns):
        return None
    prepare(area)
    ashore = np.asarray(dwithin(area, points(towns[:, :2]), ASHORE_DEG))
    if not ashore.any():
        return None
    lon, lat = _medoid(towns[ashore, :2], towns[ashore, 2])
    part = area.intersection(
        box(lon - AROUND_DEG, lat - AROUND_DEG, lon + AROUND_DEG, lat + AROUND_DEG)
    )
    if part.is_empty:
        return None
    centre = part.centroid if part.intersects(part.centroid) else part.representative_point()
    return float(centre.x), float(centre.y)


def _towns(country: str, bounds: tuple[float, float, float, float]) -> Floats:
    """List the large towns of a country in a box: longitude, latitude, inhabitants."""
    from geo_routes.gazetteer import shipped

    west, south, east, north = bounds
    found = shipped().large_towns(country, bounds=bounds)
    rows = [(town.lon, town.lat, town.population) for town in found]
    towns = np.array(rows, dtype=np.float64).reshape(-1, 3)
    lons, lats = towns[:, 0], towns[:, 1]
    # Boxes run on past 180 rather than jump.
    lons[:] = np.where((lons < west) & (lons + 360 <= east), lons + 360, lons)
    return towns[(west <= lons) & (lons <= east) & (south <= lats) & (lats <= north)]


def _medoid(points: Floats, weights: Floats) -> tuple[float, float]:
    """Choose the point with the least sum of weighted great circles to all others."""
    lon, lat = np.radians(points).T
    on_sphere = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    far_km = _EARTH_KM * np.arccos(np.clip(on_sphere @ on_sphere.T, -1.0, 1.0))
    best = int(np.argmin(far_km @ weights))
    return float(points[best, 0]), float(points[best, 1])
