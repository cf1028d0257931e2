"""Lines and rings as short strings: thinned for the closest zoom, then written as deltas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    points = np.asarray(coordinates, dtype=float)[:, :2] + np.array([shift, 0.0])
    return "".join(_encode(points, np.zeros(len(points), dtype=np.intp), scale))


def encode_lines(
    lines: Sequence[shapely.Geometry] | NDArray[Any], *, scale: int = SCALE, shift: float = 0.0
) -> list[str]:
    """
    Write many lines or rings, each as one encoded polyline.

    Parameters
    ----------
    lines
        Lines or rings in degrees.
    scale
        Steps in a degree.
    shift
        Degrees of longitude to add.

    Returns
    -------
    texts
        One a line, those that a step swallows left out.
    """
    points, index = shapely.get_coordinates(np.asarray(lines, dtype=object), return_index=True)
    return _encode(points + np.array([shift, 0.0]), index, scale)


def _encode(points: NDArray[np.float64], index: NDArray[np.intp], scale: int) -> list[str]:
    """Encode lines all at once: one call a line would take most of the time."""
    if not len(points):
        return []
    steps = np.rint(points * scale).astype(np.int64)
    first = np.concatenate([[True], index[1:] != index[:-1]])
    moved = first | np.concatenate([[True], np.any(np.diff(steps, axis=0) != 0, axis=1)])
    steps, first = steps[moved], first[moved]
    deltas = np.diff(steps, axis=0, prepend=0)
    deltas[first] = steps[first]
    flat = deltas.ravel()
    values = np.where(flat < 0, -2 * flat - 1, 2 * flat)
    pieces = (values[:, None] >> (5 * np.arange(_CHARACTERS))) & 31
    lengths = np.maximum(1, _CHARACTERS - np.argmax(pieces[:, ::-1] != 0, axis=1))
    lengths[values == 0] = 1
    places = np.arange(_CHARACTERS)[None, :]
    codes = pieces + 63 + np.where(places < lengths[:, None] - 1, 32, 0)
    text = bytes(codes[places < lengths[:, None]].astype(np.uint8)).decode("ascii")
    starts = np.flatnonzero(first)
    ends = np.concatenate([[0], np.cumsum(lengths.reshape(-1, 2).sum(axis=1))])
    cuts = [*ends[starts], len(text)]
    counts = np.diff([*starts, len(first)])
    return [
        text[start:end]
        for start, end, count in zip(cuts[:-1], cuts[1:], counts, strict=True)
        if count > 1 or len(starts) == 1
    ]


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
    return encode_lines(rings[shapely.get_num_coordinates(rings) > 3], shift=shift)


def shares(line: shapely.LineString, parts: shapely.Geometry | None) -> list[tuple[float, float]]:
    """
    Find where parts of a line lie on it.

    Parameters
    ----------
    line
        The whole line.
    parts
        Pieces of it, maybe many and short.

    Returns
    -------
    shares
        First and last position of each run of pieces, from 0 to 1, in order.
    """
    if parts is None or parts.is_empty:
        return []
    pieces = shapely.get_parts(parts)
    ends = [
        shapely.line_locate_point(line, shapely.get_point(pieces, end), normalized=True)
        for end in (0, -1)
    ]
    merged: list[tuple[float, float]] = []
    for first, last in sorted(zip(np.minimum(*ends), np.maximum(*ends), strict=True)):
        if merged and first <= merged[-1][1] + 1e-6:
            merged[-1] = (merged[-1][0], max(merged[-1][1], float(last)))
        else:
            merged.append((float(first), float(last)))
    return merged
