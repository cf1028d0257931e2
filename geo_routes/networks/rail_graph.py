"""The rail graph: edges between junctions as arrays, points snapped to it, cheapest ways on it."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from geo_routes.errors import RouteNotFoundError

Point = tuple[float, float]

MAX_SNAP_KM = 60.0
CHORD_KM = 10.0
"""A straight piece longer than this is a chord: the true course is unknown."""
TRACK, CONNECTOR, FERRY, GAUGE_BREAK = 0, 1, 2, 3
ELECTRIFIED = 2
KM_PER_DEGREE = 111.195
EARTH_RADIUS_KM = 6371.0088
BULGE_UNIT = 50
"""How far a course leaves the bounds of its two nodes is kept in this many 1/1000 degrees."""
_LEAST_KM = 1e-3
_REACHES = ((1.15, 500.0), (2.5, 800.0), (np.inf, 0.0))
"""How far a search looks, by the straight distance and a margin, and again where it found nothing
so near."""
_FAR_KM = 1000.0
_CROWD_DEGREES = 5.0


@dataclass(frozen=True, slots=True)
class Snap:
    """A point on the network, within an edge's course."""

    edge: int
    step: int  # the step of the edge's course on which the point lies
    share: float  # how far along that step
    distance_km: float


@dataclass(frozen=True, slots=True)
class Nearby:
    """Places on the network near a point, nearest first, as columns."""

    edge: np.ndarray
    step: np.ndarray
    share: np.ndarray
    km: np.ndarray

    def snap(self, at: int = 0) -> Snap:
        """Give one of the places."""
        return Snap(
            int(self.edge[at]), int(self.step[at]), float(self.share[at]), float(self.km[at])
        )


class RailGraph:
    """
    The arrays of the data set, and searches on them.

    Parameters
    ----------
    path
        The data set's file.
    """

    def __init__(self, path: Path) -> None:
        with np.load(path) as data:
            degree = data["degree"]
            self.b: np.ndarray = data["b"]
            self.km: np.ndarray = data["km"].astype(float)
            tags, tag = data["tags"], data["tag"]
            self.codes: list[str] = [str(code) for code in data["codes"]]
            self.lines: list[str] = [str(name) for name in data["lines"]]
            self.roles: list[str] = [str(role) for role in data["roles"]]
            self._lonlat: np.ndarray = data["lonlat"]
            self._count: np.ndarray = data["count"]
            self._steps: np.ndarray = data["steps"]
            self._along: np.ndarray = data["along"]
            self._bulge: np.ndarray = data["bulge"]
        self.size = len(degree)
        self.a = np.repeat(np.arange(self.size, dtype=np.int32), degree)
        self.kind, self.country, self.line, self.gauge, self.electrified = (
            column[tag] for column in np.ascontiguousarray(tags.astype(np.int16).T)
        )
        self._half = np.concatenate([[0], np.cumsum(degree, dtype=np.int32)]).astype(np.int32)

    @functools.cached_property
    def offset(self) -> np.ndarray:
        """Where each edge's course begins among all courses."""
        return np.concatenate([[0], np.cumsum(self._count, dtype=np.int64)])

    @functools.cached_property
    def _boxes(self) -> tuple[np.ndarray, ...]:
        """Sums and differences of the bounds of each edge's course: longitude, then latitude."""
        boxes: list[np.ndarray] = []
        for nodes in np.ascontiguousarray(self._lonlat.T):
            first = nodes[self.a]
            step = (nodes[self.b] - first + 180_000) % 360_000 - 180_000
            boxes += [
                2 * first + step,
                np.abs(step) + 2 * BULGE_UNIT * self._bulge.astype(np.int32),
            ]
        return tuple(boxes)

    def _edges_within(self, lon: float, lat: float, reach: float, scale: float) -> np.ndarray:
        """List the edges whose bounds come near a point, all in thousandths of a degree."""
        lon_sum, lon_span, lat_sum, lat_span = self._boxes
        edges = np.flatnonzero(np.abs(lat_sum - int(2 * lat)) <= lat_span + int(2 * reach) + 2)
        east = (lon_sum[edges] - int(2 * lon) + 360_000) % 720_000 - 360_000
        close: np.ndarray = edges[np.abs(east) <= lon_span[edges] + int(2 * reach / scale) + 2]
        return close

    def courses(self, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """
        Give the points of some edges, one course after the other, from first node to second.

        Parameters
        ----------
        edges
            Which.

        Returns
        -------
        points, first, count
            (lon, lat) in thousandths of a degree; by edge, where its points begin among them, and
            how many they are.
        """
        count = self._count[edges].astype(np.int64)
        first = np.cumsum(count) - count
        within = np.arange(int(count.sum())) - np.repeat(first, count)
        at = np.repeat(self.offset[edges] - edges - 1, count) + within
        steps = self._steps[:, at].astype(np.int32)
        steps[:, first] = 0
        sums = np.cumsum(steps, axis=1)
        starts = self._lonlat[self.a[edges]].T - sums[:, first]
        points: np.ndarray = (sums + np.repeat(starts, count, axis=1)).T
        return points, first, count

    def course(self, edge: int) -> np.ndarray:
        """Give the points of an edge, from its first node to its second."""
        degrees: np.ndarray = self.courses(np.array([edge]))[0] / 1000.0
        return degrees

    def along(self, edge: int) -> np.ndarray:
        """Tell how far along an edge its points lie, as shares of its length."""
        first = self.offset[edge] - edge
        steps = self._along[first : first + self._count[edge] - 1]
        return np.concatenate([[0.0], steps / 65_535])

    def gauge_of(self, edge: int) -> int:
        """Give an edge's gauge in millimetres."""
        return int(self.gauge[edge])

    @functools.cached_property
    def _both_ways(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows, columns and edges of the graph, each edge there and back."""
        edges = np.arange(len(self.b), dtype=np.int32)
        half = csr_matrix((edges, self.b, self._half), shape=(self.size, self.size))
        back = half.tocsc()
        lower = np.diff(back.indptr)
        upper = np.diff(self._half)
        indptr = np.concatenate([[0], np.cumsum(lower + upper)]).astype(np.int32)
        # Every row: what leads to lower nodes, then what leads to higher ones.
        columns = np.empty(2 * len(edges), dtype=np.int32)
        edge_of = np.empty(2 * len(edges), dtype=np.int32)
        at = np.arange(len(edges)) + np.repeat(indptr[:-1] - back.indptr[:-1], lower)
        columns[at], edge_of[at] = back.indices, back.data
        at = np.arange(len(edges)) + np.repeat(indptr[:-1] + lower - self._half[:-1], upper)
        columns[at], edge_of[at] = self.b, edges
        return indptr, columns, edge_of

    def labels(self, open_: np.ndarray) -> np.ndarray:
        """Number the parts of the network that its open edges leave whole."""
        return self._labels(open_.tobytes())

    @functools.lru_cache(maxsize=8)  # noqa: B019 - a network lives as long as the process
    def _labels(self, open_bytes: bytes) -> np.ndarray:
        kept = np.frombuffer(open_bytes, dtype=bool).nonzero()[0]
        graph = csr_matrix(
            (np.ones(len(kept), dtype=np.int8), (self.a[kept], self.b[kept])),
            shape=(self.size, self.size),
        )
        found: np.ndarray = connected_components(graph, directed=False)[1]
        return found

    def near(self, point: Point, open_: np.ndarray) -> Nearby:
        """Find the places on open edges near a point, nearest first, or say that there is none."""
        found = self._within(point, MAX_SNAP_KM)
        good = open_[found.edge]
        if not good.any():
            where = f"{point[1]:.2f}, {point[0]:.2f} (lat, lon)"
            raise RouteNotFoundError(f"No track within {MAX_SNAP_KM:.0f} km of {where}.")
        return Nearby(found.edge[good], found.step[good], found.share[good], found.km[good])

    def nearest(self, point: Point) -> Point:
        """Give the place on the network nearest to a point, however far."""
        within = MAX_SNAP_KM
        while not len((found := self._within(point, within)).edge):
            within *= 4
        return self.place_of(found.snap())

    @functools.lru_cache(maxsize=64)  # noqa: B019 - a network lives as long as the process
    def _within(self, point: Point, within_km: float) -> Nearby:
        """Find the nearest place on each step of the courses near a point, nearest first."""
        lon, lat = point[0] * 1000, point[1] * 1000
        reach = 1000 * within_km / KM_PER_DEGREE
        scale = max(float(np.cos(np.radians(point[1]))), 1e-3)
        edges = self._edges_within(lon, lat, reach, scale)
        points, first, count = self.courses(edges)
        step = np.delete(np.arange(len(points)), first + count - 1)
        x = ((points[step, 0] - lon + 180_000) % 360_000 - 180_000) * scale
        y = points[step, 1] - lat
        dx = ((points[step + 1, 0] - points[step, 0] + 180_000) % 360_000 - 180_000) * scale
        dy = points[step + 1, 1] - points[step, 1]
        share = np.clip(-(x * dx + y * dy) / np.maximum(dx * dx + dy * dy, 1e-9), 0, 1)
        km = np.hypot(x + share * dx, y + share * dy) * KM_PER_DEGREE / 1000
        order = np.argsort(km, kind="stable")
        order = order[km[order] <= within_km]
        owner = np.repeat(np.arange(len(edges)), count - 1)[order]
        return Nearby(edges[owner], step[order] - first[owner], share[order], km[order])

    def place_of(self, snap: Snap) -> Point:
        """Give the point of a snap."""
        course = self.course(snap.edge)
        x, y = course[snap.step]
        if snap.share:
            dx, dy = course[snap.step + 1] - course[snap.step]
            x, y = x + snap.share * dx, y + snap.share * dy
        return float(x), float(y)

    def split_km(self, snap: Snap) -> tuple[float, float]:
        """Measure from a snap to both ends of its edge."""
        total = float(self.km[snap.edge])
        along = self.along(snap.edge)
        before = along[snap.step]
        if snap.share:
            before += snap.share * (along[snap.step + 1] - before)
        return total * before, total * (1 - before)

    def cheapest(
        self,
        start: Snap,
        end: Snap,
        weights: np.ndarray,
        *,
        at_most: float = np.inf,
    ) -> tuple[list[int], list[int], float]:
        """
        Find the cheapest way between two snaps.

        Parameters
        ----------
        start, end
            Both may lie within edges.
        weights
            By edge, infinite where closed; per km of the edges of the two snaps as elsewhere.
        at_most
            What the cheapest way is known to cost at most.

        Returns
        -------
        edges, nodes, cost
            The whole edges between the two edges of the snaps, the nodes that they join, the
            first and last being ends of the snaps' edges, and the cost. Without nodes: both
            snaps lie on one edge and the way stays on it.
        """
        straight = _straight_km(self.place_of(start), self.place_of(end))
        if straight > _FAR_KM and self._crowd(start) > self._crowd(end):
            # The way back is as cheap, and from where there is less track it is found sooner.
            edges, nodes, total = self.cheapest(end, start, weights, at_most=at_most)
            return edges[::-1], nodes[::-1], total
        a, b = int(self.a[end.edge]), int(self.b[end.edge])
        to_a, to_b = self._costs(end, weights)
        known = [(0.0, at_most + 1.0)] if np.isfinite(at_most) else []
        for factor, margin in (*known, *_REACHES):
            reach = factor * straight + margin if np.isfinite(factor) else np.inf
            cost, before = self._search(start, weights, reach)
            total = min(cost[a] + to_a, cost[b] + to_b)
            # Beyond the reach a way may be missed that is cheaper than one found at its edge.
            if total <= reach:
                break
        direct = self._direct(start, end, weights)
        if direct <= total and np.isfinite(direct):
            return [], [], direct
        if not np.isfinite(total):
            raise RouteNotFoundError("No track joins the two places.")
        nodes = [a if cost[a] + to_a <= cost[b] + to_b else b]
        while before[nodes[-1]] != self.size:
            nodes.append(int(before[nodes[-1]]))
        nodes.reverse()
        return self._edges_between(nodes, weights), nodes, float(total)

    def _costs(self, snap: Snap, weights: np.ndarray) -> tuple[float, float]:
        """Give the cost from a snap to both ends of its edge."""
        per_km = weights[snap.edge] / max(self.km[snap.edge], _LEAST_KM)
        behind, ahead = self.split_km(snap)
        return behind * per_km, ahead * per_km

    @functools.lru_cache(maxsize=64)  # noqa: B019 - a network lives as long as the process
    def _crowd(self, snap: Snap) -> int:
        """Count the edges about a snap."""
        lon, lat = self.place_of(snap)
        scale = max(math.cos(math.radians(lat)), 1e-3)
        return len(self._edges_within(1000 * lon, 1000 * lat, 1000 * _CROWD_DEGREES, scale))

    def _direct(self, start: Snap, end: Snap, weights: np.ndarray) -> float:
        if start.edge != end.edge:
            return float("inf")
        return abs(self._costs(start, weights)[0] - self._costs(end, weights)[0])

    def _search(
        self, start: Snap, weights: np.ndarray, limit: float
    ) -> tuple[np.ndarray, np.ndarray]:
        indptr, columns, edge_of = self._both_ways
        to_a, to_b = self._costs(start, weights)
        row = np.array([self.a[start.edge], self.b[start.edge]], dtype=np.int32)
        graph = csr_matrix(
            (
                np.concatenate([weights[edge_of], [to_a + 1e-6, to_b + 1e-6]]),
                np.concatenate([columns, row]),
                np.concatenate([indptr, [len(columns) + 2]]).astype(np.int32),
            ),
            shape=(self.size + 1, self.size + 1),
        )
        cost, before = dijkstra(graph, indices=self.size, return_predecessors=True, limit=limit)
        return cost, before

    @functools.cached_property
    def _keys(self) -> np.ndarray:
        """Both nodes of each edge in one number; the edges are written in this order."""
        keys: np.ndarray = self.a.astype(np.int64) * self.size + self.b
        return keys

    def _edges_between(self, nodes: list[int], weights: np.ndarray) -> list[int]:
        """Give the cheapest edge between each two neighbours of a list of nodes."""
        chain = np.array(nodes, dtype=np.int64)
        low, high = np.minimum(chain[:-1], chain[1:]), np.maximum(chain[:-1], chain[1:])
        wanted = low * self.size + high
        first = np.searchsorted(self._keys, wanted)
        last = np.searchsorted(self._keys, wanted, side="right")
        return [
            int(a if b - a == 1 else a + weights[a:b].argmin())
            for a, b in zip(first, last, strict=True)
        ]


def _vector(point: Point) -> tuple[float, float, float]:
    lon, lat = math.radians(point[0]), math.radians(point[1])
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def _straight_km(a: Point, b: Point) -> float:
    """Measure on a sphere; what measures on the ellipsoid takes longer to import than a search."""
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.dist(_vector(a), _vector(b)) / 2))


def planar_km(course: np.ndarray) -> np.ndarray:
    """Measure the steps of a course, near enough for shares of one edge."""
    dlon = (np.diff(course[:, 0]) + 180) % 360 - 180
    east = dlon * np.cos(np.radians(course[:-1, 1]))
    steps: np.ndarray = np.hypot(east, np.diff(course[:, 1])) * KM_PER_DEGREE
    return steps
