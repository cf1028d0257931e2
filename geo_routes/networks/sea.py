"""Navigable water: ways that never cross land, pulled taut, through named passages."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from shapely import LineString

from geo_routes import datasets, geodesy
from geo_routes.errors import RouteNotFoundError
from geo_routes.networks.interface import NetworkRoute, Point
from geo_routes.networks.sea_passages import read_passages

if TYPE_CHECKING:
    import pandas as pd

STEP_DEG = 0.025
"""Size of a cell: 2.8 km of latitude."""
LENGTH_STEP_KM = 0.002
ROWS, COLUMNS = round(180 / STEP_DEG), round(360 / STEP_DEG)
MAX_SNAP_KM = 25.0
SAMPLE_DEG = 0.004
"""Spacing of the samples of a straight piece that is tested for land: a sixth of a cell."""
ROUNDS = 2
JOINED_CELLS = 300
"""A water of fewer cells (blocks by their sides) is a lagoon: an end is not put there."""
EARTH_RADIUS_KM = 6371.0088
_REACHES = (1.5, 4.0, np.inf)


@dataclass(frozen=True, slots=True)
class _Snap:
    """An end on the water: the cell's centre and its block."""

    point: Point
    block: int
    distance_km: float


class SeaNetwork:
    """
    Open water as blocks of cells that no land touches.

    A path over neighbouring blocks (Dijkstra) is pulled taut over great circles, each tested
    against the cells.

    Parameters
    ----------
    path
        The data set; the shipped one when left out.
    """

    def __init__(self, path: Path | None = None) -> None:
        with np.load(path or datasets.path("sea")) as data:
            self._mask: np.ndarray = data["mask"]
            blocks = data["blocks"].astype(np.int32)
            self._indptr: np.ndarray = data["indptr"]
            self._indices: np.ndarray = data["indices"]
            self._km: np.ndarray = data["length"] * np.float32(LENGTH_STEP_KM)
            self._waters: np.ndarray = data["waters"]
        self._table = {passage.id: passage for passage in read_passages() if passage.gate}
        self._corner, self._size = blocks[:, :2], blocks[:, 2]
        self._keys = self._corner.astype(np.int64) @ np.array([COLUMNS, 1])
        centre = self._corner + self._size[:, None] / 2
        self._lon = -180 + centre[:, 1] * STEP_DEG
        self._lat = 90 - centre[:, 0] * STEP_DEG
        self._extent = np.bincount(self._waters, weights=self._size)

    @property
    def passages(self) -> Mapping[str, str]:
        """Names of the passages by id."""
        return {key: passage.name for key, passage in self._table.items()}

    def route(
        self,
        origin: Point,
        destination: Point,
        *,
        via: Sequence[Point | str] = (),
        avoid: Set[str] = frozenset(),
        **options: Any,
    ) -> NetworkRoute:
        """
        Find the shortest way over navigable water between two points.

        Parameters
        ----------
        origin, destination
            (lon, lat); the nearest water within 25 km is taken, `snap_km` away.
        via
            Points, or ids of passages, to pass in order.
        avoid
            Ids of passages to stay out of, such as "suez".
        **options
            `allow`: ids of passages that are closed by default and may be taken.

        Returns
        -------
        route
            The line from the first to the last water point, and the passages it takes, in order.
            `length_km` is from berth to berth: the line and the two approaches (`snap_km`), whose
            course between the berth and the first open cell is finer than the network.

        Raises
        ------
        ValueError
            When a passage is unknown.
        RouteNotFoundError
            When an end is further than 25 km from navigable water, or no water joins them.
        """
        unknown = sorted((set(avoid) | {x for x in via if isinstance(x, str)}) - set(self._table))
        if unknown:
            known = ", ".join(sorted(self._table))
            raise ValueError(f"Unknown passage {unknown[0]!r}; there are: {known}.")
        closed = frozenset(
            key
            for key, passage in self._table.items()
            if (key in avoid or not passage.is_open)
            and key not in options.get("allow", ())
            and key not in via
        )
        points = [origin, *(self._middle(x) if isinstance(x, str) else x for x in via), destination]
        legs = [self._leg(a, b, closed) for a, b in pairwise(points)]
        coordinates = [point for line, _, _ in legs for point in line]
        line = geodesy.unwrap(LineString(_without_repeats(coordinates)))
        return NetworkRoute(
            line=line,
            length_km=geodesy.length_km(line) + legs[0][1] + legs[-1][2],
            origin_snap_km=legs[0][1],
            destination_snap_km=legs[-1][2],
            passages=self._passed(line),
        )

    def alternatives(
        self,
        origin: Point,
        destination: Point,
        *,
        k: int = 3,
        avoid: Set[str] = frozenset(),
        **options: Any,
    ) -> list[NetworkRoute]:
        """List up to `k` ways that differ by the passages they take, shortest first."""
        found: dict[tuple[str, ...], NetworkRoute] = {}
        queue: list[frozenset[str]] = [frozenset(avoid)]
        tried: set[frozenset[str]] = set()
        while queue and len(found) < k + 2 and len(tried) < 4 * k:
            shunned = queue.pop(0)
            if shunned in tried:
                continue
            tried.add(shunned)
            try:
                way = self.route(origin, destination, avoid=shunned, **options)
            except RouteNotFoundError:
                continue
            names = [self._table[key].name for key in way.passages]
            label = "via " + ", ".join(names) if names else "by the open sea"
            found.setdefault(way.passages, replace(way, label=label))
            queue += [shunned | {key} for key in way.passages]
        if not found:
            raise RouteNotFoundError("No navigable water joins the two places.")
        return sorted(found.values(), key=lambda way: way.length_km)[:k]

    def is_water(self, points: np.ndarray) -> np.ndarray:
        """Tell for each (lon, lat) whether its cell is open water."""
        column = np.floor((points[:, 0] + 180) / STEP_DEG).astype(np.int64) % COLUMNS
        row = np.clip(np.floor((90 - points[:, 1]) / STEP_DEG).astype(np.int64), 0, ROWS - 1)
        cell = row * COLUMNS + column
        open_: np.ndarray = (self._mask[cell >> 3] >> (7 - (cell & 7))) & 1
        return open_.astype(bool)

    def _leg(
        self, origin: Point, destination: Point, closed: frozenset[str]
    ) -> tuple[list[Point], float, float]:
        """Find one way; always from the same end, so that it is the same both ways."""
        if destination < origin:
            line, there, here = self._leg(destination, origin, closed)
            return line[::-1], here, there
        shut, weights = self._closed(closed)
        start = self._snap(origin, shut)
        end = self._snap(destination, shut)
        blocks = self._search(start, end, weights)
        inner = [(float(self._lon[b]), float(self._lat[b])) for b in blocks]
        path = np.array(_without_repeats([start.point, *inner, end.point]))
        barriers = [self._table[key].gate for key in sorted(closed)]
        # Fine enough that straight pieces in longitude and latitude follow the great circles.
        taut = self._drawn(self._pull(path, barriers))
        return [(float(x), float(y)) for x, y in taut], start.distance_km, end.distance_km

    @functools.lru_cache(maxsize=32)  # noqa: B019 - a network lives as long as the process
    def _closed(self, closed: frozenset[str]) -> tuple[np.ndarray, np.ndarray]:
        """Shut the blocks on the gates of passages: flags of blocks, weights of edges."""
        shut = np.zeros(len(self._size), dtype=bool)
        for key in closed:
            for (x0, y0), (x1, y1) in pairwise(self._table[key].gate):
                count = int(max(abs(x1 - x0), abs(y1 - y0)) / STEP_DEG * 4) + 2
                xs, ys = np.linspace(x0, x1, count), np.linspace(y0, y1, count)
                for dx in (0.0, STEP_DEG):
                    cells = np.column_stack([xs + dx, ys])
                    shut[self._block_of(cells[self.is_water(cells)])] = True
        weights = self._km.copy()
        for block in np.flatnonzero(shut):
            weights[self._indptr[block] : self._indptr[block + 1]] = np.inf
        return shut, weights

    def _block_of(self, points: np.ndarray) -> np.ndarray:
        """Find the blocks of points on the water."""
        column = np.floor((points[:, 0] + 180) / STEP_DEG).astype(np.int64) % COLUMNS
        row = np.floor((90 - points[:, 1]) / STEP_DEG).astype(np.int64)
        found: np.ndarray = np.full(len(points), -1)
        for size in (1, 2, 4, 8, 16, 32):
            key = (row // size * size) * COLUMNS + column // size * size
            block = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
            hit = (self._keys[block] == key) & (self._size[block] == size) & (found < 0)
            found[hit] = block[hit]
        return found

    def _snap(self, point: Point, shut: np.ndarray) -> _Snap:
        """Take the nearest cell of open water within 25 km that is joined to more water."""
        lon, lat = point
        half_rows = int(MAX_SNAP_KM / 111.2 / STEP_DEG) + 1
        scale = max(np.cos(np.radians(lat)), 0.05)
        half_columns = min(int(half_rows / scale) + 1, 400)
        row0 = int(np.floor((90 - lat) / STEP_DEG))
        column0 = int(np.floor((lon + 180) / STEP_DEG))
        rows = np.clip(np.arange(row0 - half_rows, row0 + half_rows + 1), 0, ROWS - 1)
        columns = np.arange(column0 - half_columns, column0 + half_columns + 1)
        grid_row, grid_column = np.meshgrid(rows, columns, indexing="ij")
        centres = np.column_stack(
            [
                -180 + (grid_column.ravel() + 0.5) * STEP_DEG,
                90 - (grid_row.ravel() + 0.5) * STEP_DEG,
            ]
        )
        centres = centres[self.is_water(centres)]
        km = _distances_km(point, centres)
        order = np.argsort(km, kind="stable")
        order = order[km[order] <= MAX_SNAP_KM]
        blocks = self._block_of(centres[order])
        for at, block in zip(order, blocks, strict=True):
            if block >= 0 and not shut[block] and self._is_joined(int(block)):
                cell = (float((centres[at][0] + 180) % 360 - 180), float(centres[at][1]))
                inside = bool(self.is_water(np.array([point]))[0]) and km[at] < 3
                snapped = (lon, lat) if inside else cell
                return _Snap(snapped, int(block), 0.0 if inside else float(km[at]))
        # Degrees will do: the message only points to the next water.
        dlon = ((self._lon - lon + 180) % 360 - 180) * scale
        far = dlon * dlon + (self._lat - lat) ** 2
        nearest = int(np.argmin(np.where(self._extent[self._waters] > JOINED_CELLS, far, np.inf)))
        raise RouteNotFoundError(
            f"{lat:.2f}, {lon:.2f} (lat, lon) is further than {MAX_SNAP_KM:.0f} km from navigable "
            f"water; the nearest is near {self._lat[nearest]:.2f}, {self._lon[nearest]:.2f}."
        )

    def _is_joined(self, block: int) -> bool:
        """Tell whether a block belongs to a water of some size, not to a lagoon of a few cells."""
        return bool(self._extent[self._waters[block]] > JOINED_CELLS)

    def _search(self, start: _Snap, end: _Snap, weights: np.ndarray) -> list[int]:
        if start.block == end.block:
            return []
        if self._waters[start.block] != self._waters[end.block]:
            raise RouteNotFoundError("No navigable water joins the two places.")
        count = len(self._size)
        graph = csr_matrix((weights, self._indices, self._indptr), shape=(count, count))
        straight = geodesy.distance_km(start.point, end.point)
        for factor in _REACHES:
            cost, before = dijkstra(
                graph,
                indices=start.block,
                return_predecessors=True,
                limit=factor * straight + 60,
            )
            if np.isfinite(cost[end.block]):
                break
        else:
            raise RouteNotFoundError("No navigable water joins the two places.")
        path = [end.block]
        while path[-1] != start.block:
            path.append(int(before[path[-1]]))
        return path[::-1]

    def _drawn(self, path: np.ndarray) -> np.ndarray:
        """Add vertices until the straight pieces keep to the water as the great circles do."""
        pieces = []
        for a, b in pairwise(path):
            for spacing_deg in (0.5, 0.1, 0.02):
                piece = _great_circle(a, b, spacing_deg)
                unwrapped = np.column_stack([np.unwrap(piece[:, 0], period=360), piece[:, 1]])
                dense = np.array(LineString(unwrapped).segmentize(SAMPLE_DEG / 2).coords)
                if self.is_water(dense).all():
                    break
            pieces.append(piece[:-1])
        return np.concatenate([*pieces, path[-1:]])

    def _pull(self, path: np.ndarray, barriers: Sequence[Sequence[Point]]) -> np.ndarray:
        """Pull a path taut: leave out what can be passed by on a great circle over water."""
        fences = [np.array(gate) for gate in barriers]
        best = self._shortcut(path, fences)
        for _ in range(ROUNDS):
            fine = _subdivided(best)
            best = min(
                (self._shortcut(fine, fences), self._shortcut(fine[::-1], fences)[::-1], best),
                key=_length_km,
            )
        return best

    def _shortcut(self, path: np.ndarray, fences: list[np.ndarray]) -> np.ndarray:
        kept = [0]
        while kept[-1] < len(path) - 1:
            here = kept[-1]
            reach, step = here + 1, 1
            # Gallop ahead while the water is open, then halve the step.
            while step >= 1:
                ahead = min(reach + step, len(path) - 1)
                if ahead > reach and self._sees(path[here], path[ahead], fences):
                    reach = ahead
                    step *= 2
                else:
                    step //= 2
            kept.append(reach)
        return path[kept]

    def _sees(self, a: np.ndarray, b: np.ndarray, fences: list[np.ndarray]) -> bool:
        points = _great_circle(a, b, SAMPLE_DEG)
        if not self.is_water(points).all():
            return False
        return not any(_crosses(points, fence) for fence in fences)

    def _middle(self, key: str) -> Point:
        passage = self._table[key]
        gate = np.array(passage.gate)
        points = np.linspace(gate[0], gate[-1], 200)
        water = points[self.is_water(points)]
        middle = water[len(water) // 2] if len(water) else points[100]
        return float(middle[0]), float(middle[1])

    def _passed(self, line: LineString) -> tuple[str, ...]:
        """List the passages whose gate a line crosses, in order."""
        found = []
        for passage in self._table.values():
            for turn in (-360, 0, 360):
                gate = LineString([(x + turn, y) for x, y in passage.gate])
                if line.intersects(gate):
                    found.append((line.project(line.intersection(gate).centroid), passage.id))
        return tuple(key for _, key in sorted(found))


def route_many(frame: pd.DataFrame, *, avoid: Set[str] = frozenset()) -> pd.DataFrame:
    """
    Route many pairs of points.

    Parameters
    ----------
    frame
        Columns origin_lon, origin_lat, destination_lon, destination_lat.
    avoid
        Ids of passages to stay out of.

    Returns
    -------
    frame
        A copy with `length_km`, `snap_km` and `passages`; NaN and () where there is no way.
    """
    import pandas as pd

    names = ["origin_lon", "origin_lat", "destination_lon", "destination_lat"]
    lengths: list[float] = []
    snaps: list[float] = []
    passed: list[tuple[str, ...]] = []
    for x0, y0, x1, y1 in frame[names].itertuples(index=False):
        try:
            way = sea_network().route((x0, y0), (x1, y1), avoid=avoid)
        except RouteNotFoundError:
            lengths.append(np.nan)
            snaps.append(np.nan)
            passed.append(())
            continue
        lengths.append(way.length_km)
        snaps.append(way.origin_snap_km + way.destination_snap_km)
        passed.append(way.passages)
    return frame.assign(
        length_km=lengths,
        snap_km=snaps,
        passages=pd.Series(passed, index=frame.index, dtype=object),
    )


@functools.cache
def sea_network() -> SeaNetwork:
    """Open the sea network that ships with the package, once."""
    return SeaNetwork()


def unit_vectors(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Turn longitudes and latitudes into vectors on the unit sphere."""
    x, y = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=-1)


def _distances_km(point: Point, points: np.ndarray) -> np.ndarray:
    here = unit_vectors(np.array(point[0]), np.array(point[1]))
    chord = np.linalg.norm(unit_vectors(points[:, 0], points[:, 1]) - here, axis=1)
    km: np.ndarray = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1))
    return km


def _great_circle(a: np.ndarray, b: np.ndarray, spacing_deg: float) -> np.ndarray:
    """Sample the great circle between two points, both included."""
    va, vb = unit_vectors(a[0], a[1]), unit_vectors(b[0], b[1])
    angle = float(np.arccos(np.clip(va @ vb, -1, 1)))
    count = max(2, int(np.degrees(angle) / spacing_deg) + 2)
    share = np.linspace(0, 1, count)[:, None]
    if angle < 1e-9:
        return np.array([a, b])
    vectors = (np.sin((1 - share) * angle) * va + np.sin(share * angle) * vb) / np.sin(angle)
    lon = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0]))
    lat = np.degrees(np.arcsin(np.clip(vectors[:, 2], -1, 1)))
    return np.column_stack([lon, lat])


def _subdivided(path: np.ndarray, spacing_deg: float = 0.15) -> np.ndarray:
    pieces = [_great_circle(a, b, max(spacing_deg, 1e-3))[:-1] for a, b in pairwise(path)]
    return np.concatenate([*pieces, path[-1:]])


def _length_km(path: np.ndarray) -> float:
    vectors = unit_vectors(path[:, 0], path[:, 1])
    chord = np.linalg.norm(np.diff(vectors, axis=0), axis=1)
    return float((2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1))).sum())


def _crosses(points: np.ndarray, fence: np.ndarray) -> bool:
    """Tell whether a sampled line crosses a fence (a polyline of few points)."""
    low, high = fence.min(axis=0) - 0.1, fence.max(axis=0) + 0.1
    near = ((points >= low) & (points <= high)).all(axis=1)
    if not near.any():
        return False
    at = np.flatnonzero(near)
    first, last = max(at[0] - 1, 0), min(at[-1] + 2, len(points))
    return bool(LineString(points[first:last]).intersects(LineString(fence)))


def _without_repeats(points: Iterable[Point]) -> list[Point]:
    out: list[Point] = []
    for point in points:
        if not out or out[-1] != point:
            out.append(point)
    return out if len(out) > 1 else out * 2
