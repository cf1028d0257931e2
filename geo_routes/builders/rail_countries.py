"""The country of each piece of track, and of places along it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from geo_routes.builders.rail_tracks import EARTH_RADIUS_KM, Tracks

if TYPE_CHECKING:
    import geopandas as gpd

BANK_KM = 4.0
BANK_LENGTH_KM = 80.0
"""Up to this long, and this near to home, a stretch that is reached from home alone is at home."""


def find_countries(tracks: Tracks) -> tuple[np.ndarray, list[str]]:
    """
    Tag each piece with the country of its two ends, or where they differ, with that at its middle.

    The middle of a long chord may stray over a border that the track never meets. A line on one
    bank of a river may lie abroad only because the border is drawn along the other.
    """
    count = len(tracks.points)
    middles = tracks.points[tracks.pairs].mean(axis=1)
    found, codes = countries_at(np.vstack([tracks.points, middles]))
    first, second = found[tracks.pairs].T
    country = np.where(first == second, first, found[count:])
    return _along_banks(tracks, country, codes), codes


def countries_at(places: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Number the country of each place among the codes; off the polygons that of the nearest."""
    import geopandas as gpd

    areas = _areas()
    where = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*places.T), crs=areas.crs)
    joined = where.sjoin(areas[["code", "geometry"]], how="left", predicate="within")
    joined = joined[~joined.index.duplicated()]
    missing = joined.code.isna()
    if missing.any():
        # The nearest in degrees will do: what is off the polygons is a bridge or a coast.
        index = areas.sindex.nearest(where.geometry[missing].values, return_all=False)[1]
        joined.loc[missing, "code"] = areas.code.to_numpy()[index]
    codes = sorted(set(joined.code))
    numbers = {code: number for number, code in enumerate(codes)}
    return joined.code.map(numbers).to_numpy().astype(np.int16), codes


def _areas() -> gpd.GeoDataFrame:
    """Read the areas of countries in detail."""
    from geo_routes.basemap import countries

    areas = countries("10m")
    return areas[areas.code != ""].reset_index(drop=True)


def _along_banks(tracks: Tracks, country: np.ndarray, codes: list[str]) -> np.ndarray:
    """Give short stretches along a border back to the one country from which they are reached."""
    ends, node = np.unique(
        np.column_stack([tracks.pairs.ravel(), np.repeat(country, 2)]), axis=0, return_inverse=True
    )
    a, b = node.reshape(-1, 2).T
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(ends), len(ends)))
    stretch = connected_components(graph, directed=False)[1]
    length = np.bincount(stretch[a], weights=tracks.km)
    # Rows of one point follow each other: there two countries meet.
    meets = np.flatnonzero(np.diff(ends[:, 0]) == 0)
    homes: dict[int, set[int]] = {}
    for first, second in ((meets, meets + 1), (meets + 1, meets)):
        for abroad, home in zip(stretch[first].tolist(), ends[second, 1].tolist(), strict=True):
            homes.setdefault(abroad, set()).add(home)
    areas = _areas().dissolve("code").geometry
    cleaned = country.copy()
    for abroad, around in homes.items():
        if len(around) > 1 or length[abroad] > BANK_LENGTH_KM:
            continue
        home = next(iter(around))
        inside = np.flatnonzero(stretch[a] == abroad)
        points = tracks.points[np.unique(tracks.pairs[inside])]
        if _furthest_km(points, areas[codes[home]]) < BANK_KM:
            cleaned[inside] = home
    return cleaned


def _furthest_km(points: np.ndarray, area: shapely.Geometry) -> float:
    """Measure how far the furthest of some points lies from an area, near enough."""
    low, high = points.min(axis=0) - 0.5, points.max(axis=0) + 0.5
    near = shapely.clip_by_rect(area, *low, *high)
    if near.is_empty:
        return float("inf")
    scale = np.cos(np.radians(points[:, 1].mean()))
    # Degrees of longitude shrink towards the poles; areas are stretched alike.
    squeezed = shapely.transform(near, lambda xy: xy * (scale, 1.0))
    off = shapely.distance(shapely.points(points * (scale, 1.0)), squeezed)
    return float(np.radians(off.max()) * EARTH_RADIUS_KM)
