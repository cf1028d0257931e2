"""What is known of track by where it lies: country, gauge, named line."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo_routes.builders.rail_tracks import (
    BRANCH,
    EARTH_RADIUS_KM,
    GAP,
    HIGH_SPEED,
    MAIN,
    Tracks,
    read_course,
    straight_km,
    unit_vectors,
)
from geo_routes.networks.rail_gauges import gauge_mm

logger = logging.getLogger(__name__)

DUAL = 10_000
"""Track of two gauges is written first * DUAL + second."""
_ROLES = {MAIN: "main", BRANCH: "branch", HIGH_SPEED: "highspeed", GAP: "gap"}
_TRACE_FACTORS = (1.5, 4.0)
"""How far a line is looked for: most are found near, and the search there is much shorter."""
_FAST_FACTOR = 3.0
_TRACE_MARGIN_KM = 60.0
_ROUND_ABOUT = 1.25
_NEAR_KM = 25.0


@dataclass(frozen=True, slots=True)
class Lines:
    """Named lines: by piece the number of its line (0: none), and the lines' names and roles."""

    number: np.ndarray
    names: list[str]
    roles: list[str]


def find_lines(tracks: Tracks, rows: list[dict[str, str]]) -> Lines:
    """Number the pieces that named lines follow, and those whose usage alone is known."""
    number = np.zeros(len(tracks.pairs), dtype=np.int16)
    names, roles = [""], [""]
    plain = Tracer(tracks, tracks.km)
    tracer, other = plain, None
    # High-speed lines are the shortest ways between their own stations. Traced first and made
    # long, they leave the older lines beside them to the rows that follow, but for stretches
    # where there is no older line: trains of both kinds share the track there.
    for is_fast in (True, False):
        for row in rows:
            if (row["role"] == "highspeed") == is_fast:
                names.append(row["name"])
                roles.append(row["role"])
                number[tracer.trace(read_course(row["points"]), other)] = len(names) - 1
        lengths = np.where(number > 0, _FAST_FACTOR * tracks.km, tracks.km)
        tracer, other = Tracer(tracks, lengths), plain
    for usage, role in _ROLES.items():
        names.append("")
        roles.append(role)
        number[(tracks.usage == usage) & (number == 0)] = len(names) - 1
    return Lines(number, names, roles)


def find_gauges(
    tracks: Tracks, country: np.ndarray, codes: list[str], rows: list[dict[str, str]]
) -> np.ndarray:
    """Give each piece its gauge: its own, else of its line or area, else of its country."""
    gauges = np.array([gauge_mm(code) for code in codes])[country]
    middle = _middles(tracks)
    tracer = Tracer(tracks, tracks.km)
    for row in rows:
        if row["area"]:
            at = _within(middle, read_course(row["area"]))
        else:
            at = tracer.trace(read_course(row["points"]))
        gauges[at] = read_gauge(row["gauge"])
    own: np.ndarray = np.where(tracks.gauge > 0, tracks.gauge, gauges)
    return own


def read_gauge(text: str) -> int:
    """Read "1520" or "1520/1435" (both on one track)."""
    first, _, second = text.partition("/")
    return int(first) * DUAL + int(second) if second else int(first)


def _middles(tracks: Tracks) -> np.ndarray:
    first, second = tracks.points[tracks.pairs[:, 0]], tracks.points[tracks.pairs[:, 1]]
    middle: np.ndarray = (first + second) / 2
    return middle


def _within(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    import shapely

    inside: np.ndarray = np.flatnonzero(shapely.contains_xy(shapely.Polygon(corners), points))
    return inside


class Tracer:
    """Finds the pieces on the shortest way along some points."""

    def __init__(self, tracks: Tracks, lengths: np.ndarray) -> None:
        self._points, self._km = tracks.points, tracks.km
        self._used = np.unique(tracks.pairs)
        self._tree = cKDTree(unit_vectors(tracks.points[self._used]))
        self._graph = tracks.matrix(lengths)
        self._at = {(int(a), int(b)): i for i, (a, b) in enumerate(tracks.pairs)}

    def trace(self, course: np.ndarray, other: Tracer | None = None) -> np.ndarray:
        """
        List the pieces along a course.

        Where another tracer's way is shorter by more than a line of its own would account for,
        that one is taken.
        """
        off, near = self._tree.query(unit_vectors(course))
        # A network of a part of the world only does not hold the rest of the course.
        stops = self._used[near][off * EARTH_RADIUS_KM < _NEAR_KM]
        found: set[int] = set()
        for start, end in pairwise(stops.tolist()):
            way = self._way(start, end)
            if other is not None:
                shorter = other._way(start, end)
                if self._km[way].sum() > _ROUND_ABOUT * self._km[shorter].sum():
                    way = shorter
            found.update(way)
        return np.array(sorted(found), dtype=int)

    def _way(self, start: int, end: int) -> list[int]:
        """List the pieces on the shortest way between two points."""
        straight = float(straight_km(self._points, np.array([[start, end]]))[0])
        for factor in _TRACE_FACTORS:
            limit = factor * straight + _TRACE_MARGIN_KM
            before = dijkstra(self._graph, indices=start, return_predecessors=True, limit=limit)[1]
            if before[end] >= 0:
                break
        found = []
        node = end
        while before[node] >= 0:
            ahead = int(before[node])
            found.append(self._at[min(node, ahead), max(node, ahead)])
            node = ahead
        if node != start:
            logger.warning("no track traced from %s to %s", *self._points[[start, end]])
        return found
