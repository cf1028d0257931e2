"""Geodesics and lengths on the WGS 84 ellipsoid, and lines across the antimeridian."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, MultiLineString, box
from shapely.affinity import translate

if TYPE_CHECKING:
    from pyproj import Geod

Point = tuple[float, float]
MEAN_RADIUS_KM = 6371.0088
EQUATOR_KM, FLATTENING = 6378.137, 1 / 298.257223563
"""Semi-major axis and flattening of WGS 84."""


@functools.cache
def geod() -> Geod:
    """Open the WGS 84 ellipsoid."""
    from pyproj import Geod

    return Geod(ellps="WGS84")


def distance_km(origin: Point, destination: Point) -> float:
    """Measure the geodesic between two points (lon, lat), in kilometres."""
    return float(geod().inv(*origin, *destination)[2]) / 1000


def great_circles_km(points: Sequence[Point], others: Sequence[Point] | np.ndarray) -> np.ndarray:
    """
    Measure from each point to each other on a sphere: quick, within 0.5 %.

    Parameters
    ----------
    points, others
        Longitudes and latitudes, shape (n, 2) and (m, 2).

    Returns
    -------
    distances_km
        Shape (n, m).
    """
    lon, lat = np.radians(points).T[..., None]
    east, north = np.radians(others).T
    half = np.sin((north - lat) / 2) ** 2
    half = half + np.cos(lat) * np.cos(north) * np.sin((east - lon) / 2) ** 2
    return np.asarray(2 * MEAN_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


def length_km(line: LineString | MultiLineString) -> float:
    """Measure a line in longitude and latitude along the ellipsoid, in kilometres."""
    parts = (shapely.get_coordinates(part) for part in shapely.get_parts(line))
    return sum(float(geod().line_length(*part.T)) for part in parts) / 1000


def pieces_km(points: np.ndarray) -> float:
    """
    Measure a line of short pieces along the ellipsoid, in kilometres: quicker than `length_km`.

    Parameters
    ----------
    points
        (n, 2) longitude and latitude. Between points up to 20 km apart the chord and what the arc
        over it adds, as on a sphere, tell the geodesic to a few hundredths of a millimetre.
    """
    return float(_steps_km(points).sum())


def lines_km(lines: Sequence[np.ndarray]) -> list[float]:
    """Measure lines of short pieces at once, each as `pieces_km` does."""
    if not lines:
        return []
    steps = _steps_km(np.concatenate(lines))
    ends = np.cumsum([len(line) for line in lines]).tolist()
    return [
        float(steps[end - len(line) : end - 1].sum()) for line, end in zip(lines, ends, strict=True)
    ]


def _steps_km(points: np.ndarray) -> np.ndarray:
    """Measure the chords between points next to each other, and what the arcs add."""
    # Without pyproj, which takes longer to import than a way to find.
    lon, lat = np.radians(points.T)
    sine, cosine = np.sin(lat), np.cos(lat)
    eccentricity2 = FLATTENING * (2 - FLATTENING)
    radius_km = EQUATOR_KM / np.sqrt(1 - eccentricity2 * sine * sine)
    x, y = radius_km * cosine * np.cos(lon), radius_km * cosine * np.sin(lon)
    z = radius_km * (1 - eccentricity2) * sine
    square = np.diff(x) ** 2 + np.diff(y) ** 2 + np.diff(z) ** 2
    steps: np.ndarray = np.sqrt(square) * (1 + square / (24 * MEAN_RADIUS_KM**2))
    return steps


def destination_point(origin: Point, azimuth_deg: float, distance_km: float) -> Point:
    """Go a distance from a point in a direction (degrees clockwise from north)."""
    lon, lat, _ = geod().fwd(*origin, azimuth_deg, distance_km * 1000)
    return float(lon), float(lat)


def geodesic(origin: Point, destination: Point, *, spacing_km: float = 100.0) -> LineString:
    """
    Draw the shortest line over the Earth's surface between two points.

    Longitudes run on past 180 rather than jump, so that the line stays whole.

    Parameters
    ----------
    origin, destination
        Points in longitude and latitude (EPSG:4326).
    spacing_km
        Largest distance between two neighbouring vertices.

    Returns
    -------
    line
        The line, its two ends included.

    Examples
    --------
    >>> line = geodesic((179.0, 0.0), (-179.0, 0.0))
    >>> line.coords[-1]
    (181.0, 0.0)
    """
    if spacing_km <= 0:
        raise ValueError(f"`spacing_km` must be positive, not {spacing_km}.")
    count = max(1, math.ceil(distance_km(origin, destination) / spacing_km)) - 1
    between = geod().npts(*origin, *destination, count) if count else []
    return unwrap(LineString([origin, *between, destination]))


def unwrap(line: LineString) -> LineString:
    """Let the longitudes of a line run on past 180 instead of jumping to -180."""
    coordinates = np.asarray(line.coords, dtype=float)
    coordinates[:, 0] = np.unwrap(coordinates[:, 0], period=360.0)
    return LineString(coordinates)


def cut_antimeridian(line: LineString) -> LineString | MultiLineString:
    """
    Cut a line at longitude 180, as RFC 7946 (section 3.1.9) asks of GeoJSON.

    Parameters
    ----------
    line
        A line whose longitudes run on past 180.

    Returns
    -------
    cut
        The same line within longitudes -180 to 180; in parts where it crosses 180.
    """
    west, _, east, _ = line.bounds
    if west >= -180 and east <= 180:
        return line
    parts: list[LineString] = []
    for turn in range(math.floor((west + 180) / 360), math.floor((east + 180) / 360) + 1):
        world = box(360 * turn - 180, -90, 360 * turn + 180, 90)
        piece = translate(line.intersection(world), xoff=-360 * turn)
        parts += [part for part in getattr(piece, "geoms", [piece]) if part.length > 0]
    return parts[0] if len(parts) == 1 else MultiLineString(parts)
