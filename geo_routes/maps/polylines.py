"""Lines and rings as short strings: thinned for the closest zoom, then written as deltas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

SCALE = 10_000
"""Steps in a degree: 11 m at the equator, a third of a pixel at zoom 12."""

_TOLERANCE = 0.0002
_CHARACTERS = 7


def encode(coordinates: NDArray[np.float64], *, scale: int = SCALE, shift: float = 0.0) -> str:
    """
    Write coordinates as an encoded polyline, longitude before latitude.

    Parameters
    ----------
    coordinates
        Longitudes and latitudes, one row a vertex.
    scale
        Steps in a degree.
    shift
        Degrees of longitude to add.

    Returns
    -------
    text
        Printable ASCII without quotation marks or angle brackets.
    """
    shifted = np.asarray(coordinates, dtype=float)[:, :2] + np.array([shift, 0.0])
    steps = np.rint(shifted * scale).astype(np.int64)
    moved = np.concatenate([[True], np.any(np.diff(steps, axis=0) != 0, axis=1)])
    deltas = np.diff(steps[moved], axis=0, prepend=0).ravel()
    values = np.where(deltas < 0, -2 * deltas - 1, 2 * deltas)
    pieces = (values[:, None] >> (5 * np.arange(_CHARACTERS))) & 31
    lengths = np.maximum(1, _CHARACTERS - np.argmax(pieces[:, ::-1] != 0, axis=1))
    lengths[values == 0] = 1
    places = np.arange(_CHARACTERS)[None, :]
    codes = pieces + 63 + np.where(places < lengths[:, None] - 1, 32, 0)
    return bytes(codes[places < lengths[:, None]].astype(np.uint8)).decode("ascii")


def thin(
    lines: Sequence[shapely.Geometry | None], *, vertices: int
) -> list[shapely.Geometry | None]:
    """
    Thin lines until they hold no more vertices than the page can bear.

    Parameters
    ----------
    lines
        Lines in degrees; None stays None.
    vertices
        How many vertices all of them together may have.

    Returns
    -------
    lines
        Thinner lines, no coarser than needed.
    """
    tolerance = _TOLERANCE
    array = np.asarray(lines, dtype=object)
    thinned = shapely.simplify(array, tolerance, preserve_topology=False)
    while shapely.get_num_coordinates(thinned).sum() > vertices and tolerance < 0.1:
        tolerance *= 2
        thinned = shapely.simplify(array, tolerance, preserve_topology=False)
    return list(thinned)


def encode_rings(
    area: shapely.Geometry, *, tolerance: float = 0.004, shift: float = 0.0
) -> list[str]:
    """
    Write the outer and inner rings of an area, thinned.

    Parameters
    ----------
    area
        Polygon or MultiPolygon in degrees.
    tolerance
        How far a thinned ring may stray, in degrees.
    shift
        Degrees of longitude to add.

    Returns
    -------
    rings
        One string a ring; rings too small to see are left out.
    """
    thinned = shapely.simplify(area, tolerance)
    rings = shapely.get_rings(shapely.get_parts(thinned))
    return [
        encode(shapely.get_coordinates(ring), shift=shift)
        for ring in rings
        if shapely.get_num_coordinates(ring) > 3
    ]
