"""Outlines of provinces, states, counties and the like."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from geo_routes import datasets
from geo_routes.errors import PlaceNotFoundError

if TYPE_CHECKING:
    from shapely import MultiPolygon

GRID = 1000
"""Steps in a degree of the grid that the file's coordinates lie on."""


def division_polygon(id: str) -> MultiPolygon:
    """
    Read the outline of a division, good to about a kilometre.

    Parameters
    ----------
    id
        As in the gazetteer: "admin1:RU-PRI", or "division:FRA-5262" for finer ones.

    Returns
    -------
    outline
        In longitude and latitude (EPSG:4326).

    Raises
    ------
    PlaceNotFoundError
        When no outline of the division is known.
    DataError
        When the data set is missing.
    """
    from shapely import MultiPolygon, Polygon

    keys, first_ring, first_point, steps = _arrays()
    number = keys.get(id)
    if number is None:
        raise PlaceNotFoundError(f"No outline of the division {id!r} is known.")
    rings = range(first_ring[number], first_ring[number + 1])
    parts = [
        Polygon(np.cumsum(steps[first_point[ring] : first_point[ring + 1]], axis=0) / GRID)
        for ring in rings
    ]
    whole = MultiPolygon(parts)
    return whole if whole.is_valid else _mended(whole)


def _mended(shape: MultiPolygon) -> MultiPolygon:
    """Undo the crossings that rounding made."""
    from shapely import MultiPolygon

    mended = shape.buffer(0)
    return mended if mended.geom_type == "MultiPolygon" else MultiPolygon([mended])


@functools.cache
def _arrays() -> tuple[
    dict[str, int],
    np.ndarray[tuple[int], np.dtype[np.int64]],
    np.ndarray[tuple[int], np.dtype[np.int64]],
    np.ndarray[tuple[int, int], np.dtype[np.int32]],
]:
    with np.load(datasets.path("divisions")) as arrays:
        keys = {str(key): number for number, key in enumerate(arrays["key"])}
        rings = np.concatenate([[0], np.cumsum(arrays["rings"], dtype=np.int64)])
        points = np.concatenate([[0], np.cumsum(arrays["points"], dtype=np.int64)])
        return keys, rings, points, arrays["steps"]
