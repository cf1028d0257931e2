"""Track: the ways that trains can take, what they cross, and which kilometres are uncertain."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from shapely import LineString, MultiLineString

from geo_routes import datasets, geodesy
from geo_routes.errors import RouteNotFoundError
from geo_routes.networks.interface import NetworkRoute, Point
from geo_routes.networks.rail_gauges import gauge_mm

MAX_SNAP_KM = 60.0
CHORD_KM = 10.0
"""A straight piece longer than this is a chord: the true course is unknown."""
DOMESTIC_DETOUR = 1.6
"""How much longer a way inside one country may be before a way abroad is taken."""
SLIVER_KM = 3.0
TRUNK_FACTOR = 0.9
"""What a km of a trunk line costs: trains keep to it rather than save a tenth by other lines."""
TRUNK_TOLD_KM = 300.0
TRACK, CONNECTOR, FERRY, GAUGE_BREAK = 0, 1, 2, 3
_KM_PER_DEGREE = 111.195
_VARIANTS: tuple[dict[str, float], ...] = ({}, {"gauge_penalty_km": 0.0})


@dataclass(frozen=True, slots=True)
class _Snap:
    """A point on the network: a vertex within an edge's course."""

    edge: int
    vertex: int  # position within the edge's course
    distance_km: float


class RailNetwork:
    """
    The rail network, collapsed to edges between junctions.

    Parameters
    ----------
    path
        The data set; the shipped one when left out.
    """

    def __init__(self, path: Path | None = None) -> None:
        with np.load(path or datasets.path("rail")) as data:
            self._a: np.ndarray = data["a"]
            self._b: np.ndarray = data["b"]
            self._km: np.ndarray = data["km"].astype(float)
            self._kind: np.ndarray = data["kind"]
            self._country: np.ndarray = data["country"]
            self._offset: np.ndarray = data["offset"]
            self._course: np.ndarray = data["course"] / 1000.0
            self._codes: list[str] = [str(code) for code in data["codes"]]
            self._trunk: np.ndarray = (
                data["trunk"] if "trunk" in data else np.zeros_like(self._kind)
            )
            self._trunks: list[str] = [str(x) for x in data["trunks"]] if "trunks" in data else [""]
            size = len(data["lonlat"])
        edges = np.arange(len(self._a))
        self._gauge = np.array([gauge_mm(code) for code in self._codes])[self._country]
        self._split_gauges(size)
        rows = np.concatenate([self._a, self._b])
        columns = np.concatenate([self._b, self._a])
        # Between two junctions the shortest of several edges serves.
        # The builder wrote short edges first, so a stable sort puts the shortest of a pair first.
        order = np.argsort(rows.astype(np.int64) * self._size + columns, kind="stable")
        keep = np.ones(len(order), dtype=bool)
        keep[1:] = (np.diff(rows[order]) != 0) | (np.diff(columns[order]) != 0)
        order = order[keep]
        self._edge_of = np.tile(np.arange(len(self._a)), 2)[order]
        self._indices = columns[order].astype(np.int32)
        self._indptr = np.searchsorted(rows[order], np.arange(self._size + 1)).astype(np.int32)
        self._owner = np.repeat(edges, np.diff(self._offset))
        self._lat = np.ascontiguousarray(self._course[:, 1])
        self._lon = np.ascontiguousarray(self._course[:, 0])

    def _split_gauges(self, size: int) -> None:
        """Give junctions of two gauges a second node for the wider one, joined by a break."""
        low = np.full(size, 9999)
        high = np.zeros(size, dtype=int)
        for ends in (self._a, self._b):
            np.minimum.at(low, ends, self._gauge)
            np.maximum.at(high, ends, self._gauge)
        mixed = np.flatnonzero(high > low)
        copy = np.full(size, -1)
        copy[mixed] = size + np.arange(len(mixed))
        self._a, self._b = (
            np.where((copy[ends] >= 0) & (self._gauge == high[ends]), copy[ends], ends)
            for ends in (self._a, self._b)
        )
        count = len(mixed)
        self._a = np.concatenate([self._a, mixed])
        self._b = np.concatenate([self._b, copy[mixed]])
        self._km = np.concatenate([self._km, np.zeros(count)])
        self._trunk = np.concatenate([self._trunk, np.zeros(count, dtype=np.int8)])
        self._kind = np.concatenate([self._kind, np.full(count, GAUGE_BREAK, dtype=np.int8)])
        self._country = np.concatenate([self._country, np.full(count, -1, dtype=np.int16)])
        self._gauge = np.concatenate([self._gauge, np.zeros(count, dtype=int)])
        self._size = size + count

    def route(
        self,
        origin: Point,
        destination: Point,
        *,
        via: Sequence[Point] = (),
        avoid: Set[str] = frozenset(),
        **options: Any,
    ) -> NetworkRoute:
        """
        Find the way by rail between two points.

        Parameters
        ----------
        origin, destination
            (lon, lat); the nearest track within 60 km is taken, `snap_km` away.
        via
            Points to pass, in order.
        avoid
            Countries to stay out of (ISO 3166 alpha-2).
        **options
            `gauge_penalty_km` (400): what a change of gauge costs. `allow_ferries` (True).
            `prefer`: "main" (trunk lines rather than ways up to a tenth shorter) or "shortest".
            `stay_in`: a country to stay inside. Where it is left out and both ends lie in one
            country, a way inside it is taken if there is one within 1.6 times the shortest.

        Returns
        -------
        route
            Geometry, lengths, countries, crossings, gauge breaks, and what is uncertain.

        Raises
        ------
        RouteNotFoundError
            When an end is further than 60 km from track, or no track joins them.
        """
        unknown = {code for code in avoid if len(code) != 2 or not code.isupper()}
        if unknown:
            raise ValueError(f"`avoid` takes ISO country codes such as CN, not {min(unknown)!r}.")
        points = [origin, *via, destination]
        parts = [self._leg(a, b, avoid, options) for a, b in pairwise(points)]
        return parts[0] if len(parts) == 1 else _join(parts)

    def alternatives(
        self,
        origin: Point,
        destination: Point,
        *,
        k: int = 3,
        avoid: Set[str] = frozenset(),
        **options: Any,
    ) -> list[NetworkRoute]:
        """
        List up to `k` ways that differ by the countries they cross, shortest first.

        Each is named by its countries: "through RU, KZ".
        """
        found: dict[frozenset[str], NetworkRoute] = {}
        # Without the cost of gauge breaks too, or a way of another gauge would never be met.
        queue = [(frozenset(avoid), {"stay_in": "", **options, **extra}) for extra in _VARIANTS]
        tried: set[tuple[frozenset[str], bool]] = set()
        ends = self._countries_of_ends(origin, destination)
        while queue and len(found) < 2 * k:
            shunned, settings = queue.pop(0)
            key = (shunned, "gauge_penalty_km" in settings)
            if key in tried:
                continue
            tried.add(key)
            try:
                way = self._leg(origin, destination, shunned, settings)
            except RouteNotFoundError:
                continue
            crossed = frozenset(code for code, km in way.countries.items() if km > SLIVER_KM)
            label = "through " + ", ".join(code for code in way.countries if code in crossed)
            found.setdefault(crossed, replace(way, label=label))
            queue += [(shunned | {code}, settings) for code in sorted(crossed - ends)]
        if not found:
            raise RouteNotFoundError("No track joins the two places.")
        return sorted(found.values(), key=lambda way: way.length_km)[:k]

    def nearest_track(self, point: Point) -> Point:
        """Find the vertex of the network nearest to a point, however far."""
        lon, lat = point
        dlon = (self._course[:, 0] - lon + 180) % 360 - 180
        squared = (dlon * np.cos(np.radians(lat))) ** 2 + (self._course[:, 1] - lat) ** 2
        x, y = self._course[int(squared.argmin())]
        return float(x), float(y)

    def _leg(
        self, origin: Point, destination: Point, avoid: Set[str], options: Mapping[str, Any]
    ) -> NetworkRoute:
        stay_in = options.get("stay_in")
        if stay_in:
            return self._search(origin, destination, avoid, options, stay_in)
        way = self._search(origin, destination, avoid, options, "")
        ends = self._countries_of_ends(origin, destination)
        abroad = {code for code, km in way.countries.items() if km > SLIVER_KM} - ends
        if stay_in is None and len(ends) == 1 and abroad:
            home = next(iter(ends))
            try:
                inside = self._search(origin, destination, avoid, options, home)
            except RouteNotFoundError:
                return way
            if inside.length_km <= DOMESTIC_DETOUR * way.length_km:
                note = (
                    f"Assumed to stay in {home}; the way through {', '.join(sorted(abroad))} "
                    f"would be {way.length_km:,.0f} km."
                )
                return replace(inside, notes=(*inside.notes, note))
        return way

    def _countries_of_ends(self, origin: Point, destination: Point) -> frozenset[str]:
        every = self._kind != GAUGE_BREAK
        snaps = [self._snap(point, every) for point in (origin, destination)]
        return frozenset(self._codes[self._country[snap.edge]] for snap in snaps)

    def _search(
        self,
        origin: Point,
        destination: Point,
        avoid: Set[str],
        options: Mapping[str, Any],
        stay_in: str,
    ) -> NetworkRoute:
        open_ = self._open_edges(avoid, options, stay_in)
        labels = self._labels(open_.tobytes())
        start = self._snap(origin, open_)
        end = self._snap(destination, open_)
        if labels[self._a[start.edge]] != labels[self._a[end.edge]]:
            start, end = self._snap_together(origin, destination, open_, labels)
        weights = np.where(open_, np.maximum(self._km, 1e-3), np.inf)
        if options.get("prefer", "main") == "main":
            weights[self._trunk > 0] *= TRUNK_FACTOR
        weights[self._kind == GAUGE_BREAK] = max(float(options.get("gauge_penalty_km", 400)), 1e-3)
        edges, nodes = self._dijkstra(start, end, weights)
        return self._describe(start, end, edges, nodes)

    def _open_edges(self, avoid: Set[str], options: Mapping[str, Any], stay_in: str) -> np.ndarray:
        codes = np.array(self._codes)
        closed = np.isin(codes, list(avoid))
        if stay_in:
            closed |= codes != stay_in
        # A sliver is a border drawn too coarsely, not a crossing.
        open_: np.ndarray = ~closed[self._country] | (
            (self._km < SLIVER_KM) & (self._kind == TRACK)
        )
        open_ |= self._kind == GAUGE_BREAK
        if not options.get("allow_ferries", True):
            open_ &= self._kind != FERRY
        return open_

    @functools.lru_cache(maxsize=16)  # noqa: B019 - a network lives as long as the process
    def _labels(self, open_bytes: bytes) -> np.ndarray:
        open_ = np.frombuffer(open_bytes, dtype=bool)
        kept = open_.nonzero()[0]
        graph = csr_matrix(
            (np.ones(len(kept)), (self._a[kept], self._b[kept])), shape=(self._size, self._size)
        )
        labels: np.ndarray = connected_components(graph, directed=False)[1]
        return labels

    def _nearby(self, point: Point, open_: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """List course vertices near a point, nearest first, with distances in km."""
        lon, lat = point
        scale = np.cos(np.radians(lat))
        dlat = self._lat - lat
        near = np.flatnonzero(np.abs(dlat) < MAX_SNAP_KM / _KM_PER_DEGREE)
        dlon = (self._lon[near] - lon + 180) % 360 - 180
        km = np.hypot(dlat[near], dlon * scale) * _KM_PER_DEGREE
        good = (km <= MAX_SNAP_KM) & open_[self._owner[near]]
        near, km = near[good], km[good]
        order = np.argsort(km, kind="stable")
        return near[order], km[order]

    def _snap(self, point: Point, open_: np.ndarray) -> _Snap:
        near, km = self._nearby(point, open_)
        if not len(near):
            lon, lat = point
            raise RouteNotFoundError(
                f"No track within {MAX_SNAP_KM:.0f} km of {lat:.2f}, {lon:.2f} (lat, lon)."
            )
        return self._as_snap(int(near[0]), float(km[0]))

    def _as_snap(self, vertex: int, km: float) -> _Snap:
        edge = int(self._owner[vertex])
        return _Snap(edge, vertex - int(self._offset[edge]), km)

    def _snap_together(
        self, origin: Point, destination: Point, open_: np.ndarray, labels: np.ndarray
    ) -> tuple[_Snap, _Snap]:
        """Snap both ends to one component, with the least distance from the track."""
        best: dict[int, list[tuple[float, int]]] = {}
        for side, point in enumerate((origin, destination)):
            near, km = self._nearby(point, open_)
            own = labels[self._a[self._owner[near]]]
            for label, at in zip(*np.unique(own, return_index=True), strict=True):
                if side == 0:
                    best[int(label)] = [(float(km[at]), int(near[at]))]
                elif int(label) in best:
                    best[int(label)].append((float(km[at]), int(near[at])))
        pairs = [row for row in best.values() if len(row) == 2]
        if not pairs:
            raise RouteNotFoundError("No track joins the two places.")
        (km_a, a), (km_b, b) = min(pairs, key=lambda row: row[0][0] + row[1][0])
        return self._as_snap(a, km_a), self._as_snap(b, km_b)

    def _dijkstra(
        self, start: _Snap, end: _Snap, weights: np.ndarray
    ) -> tuple[list[int], list[int]]:
        """Find edges and nodes of the cheapest way between two snaps (both may be within edges)."""
        if start.edge == end.edge:
            return [], []
        costs = weights[self._edge_of]
        size = self._size
        ahead, behind = self._split_km(start)
        row = np.array([self._a[start.edge], self._b[start.edge]], dtype=np.int32)
        graph = csr_matrix(
            (
                np.concatenate([costs, [ahead + 1e-6, behind + 1e-6]]),
                np.concatenate([self._indices, row]),
                np.concatenate([self._indptr, [len(costs) + 2]]),
            ),
            shape=(size + 1, size + 1),
        )
        cost, before = dijkstra(graph, indices=size, return_predecessors=True)
        to_a, to_b = self._split_km(end)
        a, b = int(self._a[end.edge]), int(self._b[end.edge])
        last = a if cost[a] + to_a <= cost[b] + to_b else b
        if not np.isfinite(cost[last]):
            raise RouteNotFoundError("No track joins the two places.")
        nodes = [last]
        while before[nodes[-1]] != size:
            nodes.append(int(before[nodes[-1]]))
        nodes.reverse()
        return [self._edge_between(x, y) for x, y in pairwise(nodes)], nodes

    def _edge_between(self, x: int, y: int) -> int:
        row = slice(self._indptr[x], self._indptr[x + 1])
        at = int(np.searchsorted(self._indices[row], y))
        return int(self._edge_of[self._indptr[x] + at])

    def _split_km(self, snap: _Snap) -> tuple[float, float]:
        """Measure from a snap to both ends of its edge."""
        course = self._course_of(snap.edge)
        total = float(self._km[snap.edge])
        steps = _planar_km(course)
        share = steps[: snap.vertex].sum() / steps.sum() if steps.sum() else 0.0
        return total * share, total * (1 - share)

    def _course_of(self, edge: int) -> np.ndarray:
        return self._course[self._offset[edge] : self._offset[edge + 1]]

    def _describe(
        self, start: _Snap, end: _Snap, edges: list[int], nodes: list[int]
    ) -> NetworkRoute:
        """Gather geometry and honesty fields of a way."""
        pieces: list[tuple[int, np.ndarray]] = []
        if not nodes:
            low, high = sorted((start.vertex, end.vertex))
            course = self._course_of(start.edge)[low : high + 1]
            pieces.append((start.edge, course if start.vertex <= end.vertex else course[::-1]))
        else:
            course = self._course_of(start.edge)
            towards_a = nodes[0] == self._a[start.edge]
            pieces.append(
                (
                    start.edge,
                    course[: start.vertex + 1][::-1] if towards_a else course[start.vertex :],
                )
            )
            for node, edge in zip(nodes, edges, strict=False):
                if self._kind[edge] == GAUGE_BREAK:
                    continue
                course = self._course_of(edge)
                pieces.append((edge, course if self._a[edge] == node else course[::-1]))
            course = self._course_of(end.edge)
            from_a = nodes[-1] == self._a[end.edge]
            pieces.append(
                (end.edge, course[: end.vertex + 1] if from_a else course[end.vertex :][::-1])
            )
        return self._assemble(start, end, pieces)

    def _length_of(self, edge: int, count: int, course: np.ndarray) -> float:
        """Measure a piece of an edge: its share of the edge's length along the track."""
        if count == self._offset[edge + 1] - self._offset[edge]:
            return float(self._km[edge])
        whole = _planar_km(self._course_of(edge)).sum()
        return float(self._km[edge] * _planar_km(course).sum() / whole) if whole else 0.0

    def _assemble(
        self, start: _Snap, end: _Snap, pieces: list[tuple[int, np.ndarray]]
    ) -> NetworkRoute:
        coordinates: list[tuple[float, float]] = []
        countries: dict[str, float] = {}
        doubtful: list[LineString] = []
        connector_km = approx_km = 0.0
        runs: list[tuple[str, int, Point]] = []
        trunks: dict[str, float] = {}
        for edge, course in pieces:
            points = [(float(x), float(y)) for x, y in course]
            coordinates += points if not coordinates else points[1:]
            if len(points) < 2:
                continue
            length = self._length_of(edge, len(points), course)
            code = self._codes[self._country[edge]]
            countries[code] = countries.get(code, 0.0) + length
            trunk = self._trunks[self._trunk[edge]]
            trunks[trunk] = trunks.get(trunk, 0.0) + length
            if not runs or runs[-1][0] != code:
                runs.append((code, int(self._gauge[edge]), points[0]))
            if self._kind[edge] != TRACK:
                connector_km += length
                doubtful.append(LineString(points))
                continue
            steps = _planar_km(course)
            for at in np.flatnonzero(steps > CHORD_KM):
                approx_km += length * float(steps[at] / steps.sum())
                doubtful.append(LineString(points[at : at + 2]))
        if len(coordinates) == 1:
            coordinates *= 2
        line = geodesy.unwrap(LineString(coordinates))
        crossings, breaks = _borders(runs, countries)
        return NetworkRoute(
            line=line,
            length_km=sum(countries.values()),
            origin_snap_km=start.distance_km,
            destination_snap_km=end.distance_km,
            connector_km=connector_km,
            approx_km=approx_km,
            approx=MultiLineString(doubtful),
            countries={c: km for c, km in countries.items() if km > SLIVER_KM} or countries,
            crossings=crossings,
            gauge_breaks=breaks,
            notes=tuple(
                f"Follows the {name} for {km:,.0f} km, as a main line is preferred."
                for name, km in trunks.items()
                if name and km > TRUNK_TOLD_KM
            ),
        )


def _planar_km(course: np.ndarray) -> np.ndarray:
    """Measure the steps of a course, near enough for shares of one edge."""
    dlon = (np.diff(course[:, 0]) + 180) % 360 - 180
    east = dlon * np.cos(np.radians(course[:-1, 1]))
    steps: np.ndarray = np.hypot(east, np.diff(course[:, 1])) * _KM_PER_DEGREE
    return steps


def _borders(
    runs: list[tuple[str, int, Point]], countries: Mapping[str, float]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name border crossings and gauge breaks by the place nearest to each."""
    real = [run for run in runs if countries[run[0]] > SLIVER_KM]
    crossings, breaks = [], []
    for (code, gauge, _), (next_code, next_gauge, point) in pairwise(real):
        if code == next_code:
            continue
        place = _nearest_name(point)
        crossings.append(f"{code}-{next_code} {place}".strip())
        if gauge != next_gauge:
            breaks.append(f"{place or f'{code}-{next_code}'} ({gauge} to {next_gauge} mm)")
    return tuple(crossings), tuple(breaks)


def _nearest_name(point: Point) -> str:
    from geo_routes import gazetteer

    found = gazetteer.shipped().nearest(*point, limit=1, within_km=40)
    return found[0].name if found else ""


def _join(parts: Sequence[NetworkRoute]) -> NetworkRoute:
    coordinates = [point for part in parts for point in part.line.coords]
    line = geodesy.unwrap(LineString(coordinates))
    countries: dict[str, float] = {}
    for part in parts:
        for code, km in part.countries.items():
            countries[code] = countries.get(code, 0.0) + km
    return NetworkRoute(
        line=line,
        length_km=sum(part.length_km for part in parts),
        origin_snap_km=parts[0].origin_snap_km,
        destination_snap_km=parts[-1].destination_snap_km,
        connector_km=sum(part.connector_km for part in parts),
        approx_km=sum(part.approx_km for part in parts),
        approx=MultiLineString([piece for part in parts for piece in part.approx.geoms]),
        countries=countries,
        crossings=tuple(item for part in parts for item in part.crossings),
        gauge_breaks=tuple(item for part in parts for item in part.gauge_breaks),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


@functools.cache
def rail_network() -> RailNetwork:
    """Open the rail network that ships with the package, once."""
    return RailNetwork()
