"""Navigable water: ways that never cross land, pulled taut, through named passages."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from shapely import LineString

from geo_routes import datasets, geodesy
from geo_routes.errors import RouteNotFoundError
from geo_routes.networks.interface import NetworkRoute, Point
from geo_routes.networks.sea_corners import Corners, search_corners
from geo_routes.networks.sea_local import (
    NODE_STEP,
    End,
    Reach,
    Window,
    cells_around,
    coarse_cells,
    find_end,
    narrows_of,
    open_window,
    tiles_around,
    way_back,
)
from geo_routes.networks.sea_passages import Passage, read_passages
from geo_routes.networks.sea_taut import Fences, gates_crossed, length_km, pull, see
from geo_routes.networks.sea_water import (
    COLUMNS,
    PIECE_KM,
    Water,
    distances_km,
    great_circle,
    great_circles,
)

if TYPE_CHECKING:
    import pandas as pd

REACH_KM = 100.0
"""How far around an end its own water is searched before the corners take over."""
NEAR_KM = 900.0
"""Ends nearer than this are searched in one window too ..."""
ALONE_KM = 400.0
"""... and nearer than this in that alone."""
SEEN_CORNERS = 500
"""Nearest corners that are looked for from a point far at sea."""
NEAREST, ENOUGH = 24, 2
"""Corners around an end that are looked for, and how many seen ones make its own water needless."""
OWN = -1
"""Stands for an end among the corners that others are seen from."""
GAIN_KM = 1.0
"""What a corner further on has to promise to be looked for."""
SLACKS = (0.06, 0.4, np.inf)
"""Detours over the great circle that are searched first, as shares of its length."""
FAR_ROUNDS = 1
"""Corners are nearly taut: their bends are slid and cut off this often."""


class SeaNetwork:
    """
    Open water: cells that no land touches, and the corners at which taut ways bend.

    From each end the way runs through its own water, cell by cell, to the corners around; from
    corner to corner along great circles that were tested when the network was built. What was
    joined is then pulled taut, so that it bends only where land makes it.

    Parameters
    ----------
    path
        The data set; the shipped one when left out.
    """

    def __init__(self, path: Path | None = None) -> None:
        with np.load(path or datasets.path("sea")) as data:
            water = Water(data)
            corners = Corners.read(data)
        self._open(water, corners, read_passages())

    @classmethod
    def over(cls, water: Water, corners: Corners, passages: Sequence[Passage]) -> SeaNetwork:
        """Make a network over other water than the shipped one."""
        network = cls.__new__(cls)
        network._open(water, corners, passages)
        return network

    def _open(self, water: Water, corners: Corners, passages: Sequence[Passage]) -> None:
        self.water = water
        table = [passage for passage in passages if passage.gate]
        self._table = {passage.id: passage for passage in table}
        self._number = {passage.id: at for at, passage in enumerate(table)}
        self._gates = tuple(passage.gate for passage in table)
        self._gate_ids = [passage.id for passage in table for _ in passage.gate[1:]]
        self.use(corners)

    def use(self, corners: Corners) -> None:
        """Search over these corners from now on."""
        self._corners = corners
        self._costs.cache_clear()

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
            `length_km` is the line's and the two ends' distance ashore (`snap_km`).

        Raises
        ------
        ValueError
            When a passage is unknown.
        RouteNotFoundError
            When an end is further than 25 km from navigable water, or no water joins them.
        """
        closed = self._closed_by(via, avoid, options.get("allow", ()))
        points = [origin, *(self._middle(x) if isinstance(x, str) else x for x in via), destination]
        legs = [self._leg(a, b, closed) for a, b in pairwise(points)]
        bends = np.concatenate([legs[0][0], *(leg[0][1:] for leg in legs[1:])])
        line = _drawn(bends)
        return NetworkRoute(
            line=line,
            length_km=geodesy.length_km(line) + legs[0][1] + legs[-1][2],
            origin_snap_km=legs[0][1],
            destination_snap_km=legs[-1][2],
            passages=self._passed(bends),
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

    def bends(
        self, origin: Point, destination: Point, *, avoid: Set[str] = frozenset(), **options: Any
    ) -> tuple[np.ndarray, float, float]:
        """
        Find where the shortest way bends: cheaper than `route` where no line is drawn.

        Parameters and errors are those of `route`.

        Returns
        -------
        bends
            (n, 2) lon, lat, both ends on the water included; great circles join them.
        origin_snap_km, destination_snap_km
            How far the given ends are from them.
        """
        closed = self._closed_by((), avoid, options.get("allow", ()))
        return self._leg(origin, destination, closed)

    def over_corners(
        self, origin: Point, destination: Point, closed: frozenset[str]
    ) -> np.ndarray | None:
        """Find the way over corners alone, as far ends get it, with some passages closed."""
        fences = tuple(self._table[key].gate for key in sorted(closed))
        return self._far_way(self._end(origin), self._end(destination), closed, fences)

    def _closed_by(
        self, via: Sequence[Point | str], avoid: Set[str], allow: Iterable[str]
    ) -> frozenset[str]:
        """List the passages that are closed for a question."""
        named = {key for key in via if isinstance(key, str)}
        unknown = sorted((set(avoid) | named) - set(self._table))
        if unknown:
            known = ", ".join(sorted(self._table))
            raise ValueError(f"Unknown passage {unknown[0]!r}; there are: {known}.")
        opened = named | set(allow)
        return frozenset(
            key
            for key, passage in self._table.items()
            if (key in avoid or not passage.is_open) and key not in opened
        )

    def _leg(
        self, origin: Point, destination: Point, closed: frozenset[str]
    ) -> tuple[np.ndarray, float, float]:
        """Find one way; always from the same end, so that it is the same both ways."""
        if destination < origin:
            bends, there, here = self._leg(destination, origin, closed)
            return bends[::-1], here, there
        fences = tuple(self._table[key].gate for key in sorted(closed))
        start, stop = self._end(origin), self._end(destination)
        ways = list(self._ways(start, stop, closed, fences))
        if not ways:
            raise RouteNotFoundError("No navigable water joins the two places.")
        return min(ways, key=length_km), start.snap_km, stop.snap_km

    def _end(self, point: Point) -> End:
        try:
            return find_end(self.water, point)
        except RouteNotFoundError as error:
            near = self._corners.points
            scale = max(np.cos(np.radians(point[1])), 0.05)
            east = ((near[:, 0] - point[0] + 180) % 360 - 180) * scale
            lon, lat = near[np.argmin(east * east + (near[:, 1] - point[1]) ** 2)]
            raise RouteNotFoundError(
                f"{error}; the nearest is near {lat:.2f}, {lon:.2f}."
            ) from None

    def _ways(
        self, start: End, stop: End, closed: frozenset[str], fences: Fences
    ) -> Iterable[np.ndarray]:
        """Yield the ways to compare, pulled taut."""
        straight = float(distances_km(start.point, stop.point))
        if straight < NEAR_KM:
            found = self._near_way(start, stop, straight, fences)
            if found is not None:
                yield found
            if straight < ALONE_KM and found is not None:
                return
        found = self._far_way(start, stop, closed, fences)
        if found is not None:
            yield found

    def _near_way(
        self, start: End, stop: End, straight: float, fences: Fences
    ) -> np.ndarray | None:
        """Find the way through the water around both ends."""
        both = np.array([start.point, stop.point])
        window = self._window(tiles_around(both, REACH_KM / 2 + straight / 5), fences)
        a, b = window.index(np.array([start.node, stop.node]))
        costs, before = window.distances(int(a), np.inf)
        if not np.isfinite(costs[b]):
            return None
        nodes = way_back(before, int(a), int(b))
        points = np.concatenate([[start.point], window.points[nodes[1:-1]], [stop.point]])
        return pull(self.water, points, narrows_of(window, nodes), fences)

    def _far_way(
        self, start: End, stop: End, closed: frozenset[str], fences: Fences
    ) -> np.ndarray | None:
        """Find the way over corners."""
        first, last = self._reach(start, fences), self._reach(stop, fences)
        if not len(first.corners) or not len(last.corners):
            return None
        costs, before = self._search(last, first, closed)
        total = first.costs + costs[first.corners]
        if not np.isfinite(total).any():
            return None
        path = [int(first.corners[np.argmin(total)])]
        while before[path[-1]] < len(before):
            path.append(int(before[path[-1]]))
        head, narrows = self._approach(first, path[0])
        tail, others = self._approach(last, path[-1])
        points = np.concatenate([head, self._corners.points[path], tail[::-1]])
        near = np.concatenate([narrows, others, self._narrows_at(path)])
        return pull(self.water, points, np.unique(near), fences, rounds=FAR_ROUNDS)

    def _search(
        self, source: Reach, goal: Reach, closed: frozenset[str]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Search from an end's corners, as far off the great circle as it takes."""
        straight = float(distances_km(source.end.point, goal.end.point))
        ends = source.end.point, source.corners, source.costs
        for slack in SLACKS:
            limit = slack * straight + 100
            costs, before = search_corners(
                self._corners, self._costs(closed), ends, goal.end.point, limit
            )
            total = goal.costs + costs[goal.corners]
            if total.min() <= straight + limit:
                break
        return costs, before

    def _approach(self, reach: Reach, corner: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the points from an end to before a corner, and the cells near land on the way."""
        station = reach.through.get(corner, corner)
        if station == corner and reach.window is not None and reach.before is not None:
            place = int(reach.window.index(self._corners.nodes[[corner]])[0])
            nodes = way_back(reach.before, reach.start, place)
            points = np.concatenate([[reach.end.point], reach.window.points[nodes[1:-1]]])
            return points, narrows_of(reach.window, nodes)
        if station == OWN:
            points, narrows = reach.end.point[None], np.empty(0, np.int64)
        else:
            points, narrows = self._approach(reach, station)
            points = np.concatenate([points, self._corners.points[[station]]])
            narrows = np.concatenate([narrows, self._narrows_at([station])])
        crossed = self._near_cells(points[-1], self._corners.points[corner])
        return points, np.concatenate([narrows, crossed])

    def _narrows_at(self, corners: Sequence[int]) -> np.ndarray:
        row, column = coarse_cells(self._corners.points[list(corners)])
        near = ~self.water.is_offshore(row, column)
        return cells_around((row * COLUMNS + column)[near])

    def _near_cells(self, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
        """List the cells near land on a line."""
        row, column = coarse_cells(great_circle(start, stop, 1.0))
        near = ~self.water.is_offshore(row, column)
        return cells_around(np.unique((row * COLUMNS + column)[near]))

    @functools.lru_cache(maxsize=1024)  # noqa: B019 - a network lives as long as the process
    def _window(self, tiles: tuple[int, ...], fences: Fences) -> Window:
        return open_window(self.water, tiles, fences)

    def _reach(self, end: End, fences: Fences) -> Reach:
        """Find the corners around an end: those that it sees, or by its own water."""
        off = self._corners.distances_km(end.point)
        near = np.argpartition(off, min(NEAREST, len(off) - 1))[:NEAREST]
        near = near[off[near] < REACH_KM]
        stops = self._corners.points[near]
        seen = near[see(self.water, end.point[None].repeat(len(near), 0), stops, None, fences)]
        if len(seen) >= ENOUGH:
            return Reach(end, seen, off[seen], through=dict.fromkeys(seen.tolist(), OWN))
        for reach_km in (REACH_KM, 3 * REACH_KM):
            window = self._window(tiles_around(end.point[None], reach_km), fences)
            start = int(window.index(np.array([end.node]))[0])
            costs, before = window.distances(start, 2 * reach_km)
            corners = self._corners_in(window)
            places = window.index(self._corners.nodes[corners])
            beside = distances_km(window.points[places], self._corners.points[corners])
            total = costs[places] + beside
            found = np.isfinite(total)
            if found.any():
                return Reach(end, corners[found], total[found], window, start, before)
        near = np.argsort(off, kind="stable")[:SEEN_CORNERS]
        stops = self._corners.points[near]
        seen = near[see(self.water, end.point[None].repeat(len(near), 0), stops, None, fences)]
        return Reach(end, seen, off[seen], through=dict.fromkeys(seen.tolist(), OWN))

    def _corners_in(self, window: Window) -> np.ndarray:
        firsts = np.searchsorted(self._corners.nodes, window.tiles * NODE_STEP)
        lasts = np.searchsorted(self._corners.nodes, (window.tiles + 1) * NODE_STEP)
        some = [np.arange(a, b) for a, b in zip(firsts, lasts, strict=True)]
        return np.concatenate(some)

    @functools.lru_cache(maxsize=32)  # noqa: B019 - a network lives as long as the process
    def _costs(self, closed: frozenset[str]) -> np.ndarray:
        """Give the corners' costs with some passages closed."""
        costs = self._corners.costs.copy()
        edge, gate = self._corners.crossings.T
        numbers = [self._number[key] for key in closed]
        costs[edge[np.isin(gate, numbers)]] = np.inf
        return costs

    def _middle(self, key: str) -> Point:
        # The first piece of a gate lies where ships pass; more of it may bar the way round.
        start, stop = np.array(self._table[key].gate[:2])
        points = np.linspace(start, stop, 400)
        water = points[self.water.is_water(points)]
        middle = water[len(water) // 2] if len(water) else points[200]
        return float(middle[0]), float(middle[1])

    def _passed(self, bends: np.ndarray) -> tuple[str, ...]:
        """List the passages whose gates a way of great circles crosses, in order."""
        piece, wall, along = gates_crossed(bends[:-1], bends[1:], self._gates)
        order = np.lexsort((along, piece))
        return tuple(dict.fromkeys(self._gate_ids[at] for at in wall[order].tolist()))


def route_many(frame: pd.DataFrame, *, avoid: Set[str] = frozenset()) -> pd.DataFrame:
    """
    Measure the ways between many pairs of points.

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

    network = sea_network()
    names = ["origin_lon", "origin_lat", "destination_lon", "destination_lat"]
    lengths: list[float] = []
    snaps: list[float] = []
    passed: list[tuple[str, ...]] = []
    for x0, y0, x1, y1 in frame[names].itertuples(index=False):
        try:
            bends, here, there = network.bends((x0, y0), (x1, y1), avoid=avoid)
        except RouteNotFoundError:
            lengths.append(np.nan)
            snaps.append(np.nan)
            passed.append(())
            continue
        line = _drawn(bends)
        lengths.append(geodesy.length_km(line) + here + there)
        snaps.append(here + there)
        passed.append(network._passed(bends))
    return frame.assign(
        length_km=lengths,
        snap_km=snaps,
        passages=pd.Series(passed, index=frame.index, dtype=object),
    )


@functools.cache
def sea_network() -> SeaNetwork:
    """Open the sea network that ships with the package, once."""
    return SeaNetwork()


def _drawn(bends: np.ndarray) -> LineString:
    """Draw the great circles between bends, so finely that straight pieces keep to the water."""
    points, piece = great_circles(bends[:-1], bends[1:], PIECE_KM)
    # Each piece but the first begins where the one before ends.
    kept = np.concatenate([[True], piece[1:] == piece[:-1]]) if len(piece) else piece
    points = np.concatenate([bends[:1], points[kept][1:]])
    if len(points) == 1:
        points = np.concatenate([points, points])
    points[:, 0] = np.unwrap(points[:, 0], period=360)
    return LineString(points)
