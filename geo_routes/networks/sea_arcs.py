"""Great circles on the mean sphere: lengths, and points along many of them at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EARTH_RADIUS_KM = 6371.0088
PIECE_KM = 10.0
"""
Pieces of a great circle taken as straight in longitude and latitude: they leave it by at most 3 m.
"""


def unit_vectors(points: np.ndarray) -> np.ndarray:
    """Turn (lon, lat) into vectors on the unit sphere."""
    vectors = np.empty((*points.shape[:-1], 3))
    vectors[..., 0], vectors[..., 1], vectors[..., 2] = _components(points)
    return vectors


def vectors_by_axis(points: np.ndarray) -> np.ndarray:
    """Turn (n, 2) lon, lat into (3, n) x, y and z on the unit sphere."""
    return np.array(_components(points))


def distances_km(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Measure great circles between points (lon, lat) on the mean sphere."""
    (ax, ay, az), (bx, by, bz) = _components(a), _components(b)
    chord = np.sqrt((ax - bx) ** 2 + (ay - by) ** 2 + (az - bz) ** 2)
    km: np.ndarray = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1))
    return km


def nearest_km(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Measure great circles from points (lon, lat) to the nearest of others."""
    (ax, ay, az), (bx, by, bz) = _components(points[:, None]), _components(others)
    square = ((ax - bx) ** 2 + (ay - by) ** 2 + (az - bz) ** 2).min(axis=1)
    km: np.ndarray = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(np.sqrt(square) / 2, 1))
    return km


def apart_km(vectors: np.ndarray, a: np.ndarray | slice, b: np.ndarray | slice) -> np.ndarray:
    """Measure great circles between some points and others, (3, n) on the unit sphere."""
    # To index three rows by numbers takes four times as long as `take`.
    parts = (vectors[:, at] if isinstance(at, slice) else vectors.take(at, axis=1) for at in (a, b))
    x, y, z = np.subtract(*parts)
    chord = np.sqrt(x * x + y * y + z * z)
    km: np.ndarray = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1))
    return km


def great_circle(a: np.ndarray, b: np.ndarray, spacing_km: float) -> np.ndarray:
    """Sample the great circle between two points, both included."""
    return great_circles(np.array([a]), np.array([b]), spacing_km)[0]


def great_circles(
    starts: np.ndarray, stops: np.ndarray, spacing_km: float
) -> tuple[np.ndarray, np.ndarray]:
    """Sample great circles, ends included; (lon, lat) one after another, and which is whose."""
    arcs = Arcs.between(starts, stops, spacing_km)
    line, place, first = numbered(arcs.count + 1)
    points = np.empty((len(line), 2))
    points[first], points[first + arcs.count] = starts, stops
    between = ((place > 0) & (place < arcs.count[line])).nonzero()[0]
    points[between, 0], points[between, 1] = arcs.at(line[between], place[between])
    return points, line


def numbered(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count through so many of each: whose each is, its number there, and where each begins."""
    first = counts.cumsum() - counts
    whose = np.arange(len(counts)).repeat(counts)
    return whose, np.arange(len(whose)) - first[whose], first


@dataclass(frozen=True, slots=True)
class Arcs:
    """
    Great circles to be sampled.

    Attributes
    ----------
    course
        (8, n) both ends on the unit sphere, lengths in radians, and the sines of these.
    count
        (n,) pieces that each is cut into.
    """

    course: np.ndarray
    count: np.ndarray

    @classmethod
    def between(cls, starts: np.ndarray, stops: np.ndarray, spacing_km: float) -> Arcs:
        """Cut great circles into pieces of at most some length."""
        both = vectors_by_axis(np.concatenate([starts, stops]))
        a, b = both[:, : len(starts)], both[:, len(starts) :]
        x, y, z = a - b
        angle = 2 * np.arcsin(np.minimum(np.sqrt(x * x + y * y + z * z) / 2, 1))
        course = np.concatenate([a, b, [angle, np.maximum(np.sin(angle), 1e-12)]])
        pieces = np.maximum(np.ceil(angle * (EARTH_RADIUS_KM / spacing_km)), 1)
        return cls(course, pieces.astype(np.int64))

    def at(self, line: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give lon and lat on some of the lines, so many pieces on; ends only roughly."""
        course = self.course.take(line, axis=1)
        angle, sine = course[6], course[7]
        along = angle * (step / self.count[line])
        ahead, behind = np.sin(along) / sine, np.sin(angle - along) / sine
        x, y, z = behind * course[:3] + ahead * course[3:6]
        return np.degrees(np.arctan2(y, x)), np.degrees(np.arcsin(np.minimum(np.maximum(z, -1), 1)))


def _components(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn (lon, lat) into x, y and z on the unit sphere."""
    angles = np.radians(points)
    cosines, sines = np.cos(angles), np.sin(angles)
    flat = cosines[..., 1]
    return flat * cosines[..., 0], flat * sines[..., 0], sines[..., 1]
