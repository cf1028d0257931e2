"""Ways over water between ends: by their own water, and over the corners between far waters."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from geo_routes.errors import RouteNotFoundError
from geo_routes.networks.interface import Point
from geo_routes.networks.sea_arcs import distances_km, great_circle, numbered
from geo_routes.networks.sea_bounds import Bounds, Entry, corridor
from geo_routes.networks.sea_corners import Corners, Found, search_corners
from geo_routes.networks.sea_local import (
    MAX_SNAP_KM,
    NODE_STEP,
    End,
    Reach,
    Window,
    cells_around,
    coarse_cells,
    distinct,
    find_end,
    narrows_of,
    open_window,
    tiles_around,
    way_back,
)
from geo_routes.networks.sea_passages import Passage
from geo_routes.networks.sea_taut import Fences, Loose, length_km, pull, see
from geo_routes.networks.sea_tiles import COLUMNS
from geo_routes.networks.sea_water import Water

REACH_KM = 100.0
"""How far around an end its own water is searched before the corners take over."""
NEAR_KM = 900.0
"""Ends nearer than this are searched in one window too ..."""
ALONE_KM = 400.0
"""... and nearer than this in that alone."""
SEEN_CORNERS = 500
"""Nearest corners that are looked for from a point far at sea."""
KNOWN_ENDS = 256
"""Ends whose corners are kept in mind."""
NEAREST, ENOUGH = 24, 2
"""Corners around an end that are looked for, and how many seen ones make its own water needless."""
SLACKS, SLACK_KM = (0.06, 0.2, 0.6, np.inf), 50.0
"""Detours over the least conceivable cost that are searched first, as shares of it."""


class SeaSearch:
    """
    Ways from each end through its own water, cell by cell, to the corners around, and from corner
    to corner along great circles that were tested when the network was built.

    Parameters
    ----------
    water
        The grid.
    corners
        The corners.
    passages
        Those with a gate are told apart; they are numbered in order.
    """

    def __init__(self, water: Water, corners: Corners, passages: Sequence[Passage]) -> None:
        self.water = water
        gated = [passage for passage in passages if passage.gate]
        self._gates = {passage.id: passage.gate for passage in gated}
        self._number = {passage.id: at for at, passage in enumerate(gated)}
        self.usual = frozenset(passage.id for passage in gated if not passage.is_open)
        self.use(corners)

    def use(self, corners: Corners) -> None:
        """Search over these corners from now on."""
        self.corners = corners
        self._known: dict[tuple[float, float, frozenset[str]], Reach] = {}
        self.costs.cache_clear()

    def over_corners(
        self, origin: Point, destination: Point, closed: frozenset[str]
    ) -> np.ndarray | None:
        """Find the way over corners alone, as far ends get it, with some passages closed."""
        ends = self.end(origin), self.end(destination)
        first, last = self._reaches(ends, closed)
        loose = self._far_way(first, last, closed)
        return None if loose is None else pull(self.water, [loose], self._fences(closed))[0]

    def ways(
        self, pairs: Sequence[tuple[End, End]], closed: frozenset[str]
    ) -> list[np.ndarray | None]:
        """Find the shortest way of each pair of ends, pulled taut; None where there is none."""
        loose: list[Loose] = []
        whose: list[int] = []
        far: list[int] = []
        for at, (start, stop) in enumerate(pairs):
            straight = float(distances_km(start.point, stop.point))
            found = self._near_way(start, stop, straight, closed) if straight < NEAR_KM else None
            if found is not None:
                loose.append(found)
                whose.append(at)
            if found is None or straight >= ALONE_KM:
                far.append(at)
        reaches = self._reaches([end for at in far for end in pairs[at]], closed)
        for at, first, last in zip(far, reaches[::2], reaches[1::2], strict=True):
            found = self._far_way(first, last, closed)
            if found is not None:
                loose.append(found)
                whose.append(at)
        best: list[np.ndarray | None] = [None] * len(pairs)
        if loose:
            taut = pull(self.water, loose, self._fences(closed))
            for at, way in zip(whose, taut, strict=True):
                known = best[at]
                if known is None or length_km(way) < length_km(known):
                    best[at] = way
        return best

    @functools.lru_cache(maxsize=1024)  # noqa: B019 - a network lives as long as the process
    def end_at(self, point: Point) -> End | None:
        """Put a point on the water; None where there is none near."""
        return find_end(self.water, point)

    def end(self, point: Point) -> End:
        """
        Put a point on the water.

        Raises
        ------
        RouteNotFoundError
            When there is none near; it tells the nearest.
        """
        end = self.end_at(point)
        if end is None:
            raise self.far_from_water(point)
        return end

    def far_from_water(self, point: Point) -> RouteNotFoundError:
        """Make the error that tells the nearest water."""
        near = self.corners.points
        scale = max(np.cos(np.radians(point[1])), 0.05)
        east = ((near[:, 0] - point[0] + 180) % 360 - 180) * scale
        lon, lat = near[np.argmin(east * east + (near[:, 1] - point[1]) ** 2)]
        return RouteNotFoundError(
            f"{point[1]:.2f}, {point[0]:.2f} (lat, lon) is further than {MAX_SNAP_KM:.0f} km from "
            f"navigable water; the nearest is near {lat:.2f}, {lon:.2f}."
        )

    @functools.lru_cache(maxsize=32)  # noqa: B019 - a network lives as long as the process
    def _fences(self, closed: frozenset[str]) -> Fences:
        return tuple(self._gates[key] for key in sorted(closed))

    def _near_way(
        self, start: End, stop: End, straight: float, closed: frozenset[str]
    ) -> Loose | None:
        """Find the way through the water around both ends."""
        both = np.array([start.point, stop.point])
        window = self._window(tiles_around(both, REACH_KM / 2 + straight / 5), closed)
        a, b = window.place(start.node), window.place(stop.node)
        costs, before = window.distances(a, np.inf)
        if not np.isfinite(costs[b]):
            return None
        nodes = way_back(before, a, b)
        points = np.concatenate([[start.point], window.points[nodes[1:-1]], [stop.point]])
        return Loose(points, narrows_of(window, nodes), np.zeros(len(points), bool))

    def _far_way(self, first: Reach, last: Reach, closed: frozenset[str]) -> Loose | None:
        """Find the way over corners."""
        if not len(first.corners) or not len(last.corners):
            return None
        found = self._search(last, first, closed)
        total = first.costs + found.to(first.corners)
        if not np.isfinite(total).any():
            return None
        path = found.way_from(int(first.corners[np.argmin(total)]))
        head, narrows = self._approach(first, path[0])
        tail, others = self._approach(last, path[-1])
        points = np.concatenate([head, self.corners.points[path], tail[::-1]])
        narrows = distinct(np.concatenate([narrows, others, self._narrows_at(path)]))
        # Lines between corners were tested; so were those from an end to corners that it sees.
        sure = np.ones(len(points), bool)
        sure[: len(head) + (first.window is not None)] = False
        sure[len(points) - len(tail) + (last.window is None) :] = False
        return Loose(points, narrows, sure)

    def _search(self, source: Reach, goal: Reach, closed: frozenset[str]) -> Found:
        """Search from an end's corners, as far off the shortest conceivable way as it takes."""
        usual = self.usual <= closed
        (start, behind), (stop, ahead) = (self._entry(reach, usual) for reach in (source, goal))
        straight = float(distances_km(start.point, stop.point))
        # What is not known (NaN) bounds nothing.
        least = float(np.fmax(straight, np.min(goal.costs + behind.to(goal.corners))))
        best = np.inf
        for slack in SLACKS:
            # What was found within a narrow bound is itself a bound.
            limit = min((1 + slack) * least + SLACK_KM, best)
            inside = corridor(
                self.corners,
                (start, stop),
                (behind, ahead),
                limit,
                by_reach=self.usual == closed,
            )
            found = search_corners(self.costs(closed), (start.corners, start.costs), inside, limit)
            best = float((goal.costs + found.to(goal.corners)).min())
            if best <= limit:
                break
        return found

    @functools.lru_cache(maxsize=KNOWN_ENDS)  # noqa: B019 - a network lives as long as the process
    def _entry(self, reach: Reach, usual: bool) -> tuple[Entry, Bounds]:
        """Give an end as a search knows it, and the bounds of the costs from it."""
        entry = Entry(reach.end.point, reach.corners, reach.costs)
        return entry, Bounds(self.corners, entry, by_landmarks=usual)

    @functools.lru_cache(maxsize=2 * KNOWN_ENDS)  # noqa: B019 - a network lives as long as the process
    def _approach(self, reach: Reach, corner: int) -> tuple[np.ndarray, np.ndarray]:
        """Give the points from an end to before a corner, and the cells near land on the way."""
        if reach.window is None or reach.before is None:
            start = reach.end.point
            return start[None], self._near_cells(start, self.corners.points[corner])
        place = reach.window.place(int(self.corners.nodes[corner]))
        nodes = way_back(reach.before, reach.start, place)
        points = np.concatenate([[reach.end.point], reach.window.points[nodes[1:-1]]])
        return points, narrows_of(reach.window, nodes)

    def _narrows_at(self, corners: Sequence[int]) -> np.ndarray:
        row, column = coarse_cells(self.corners.points[list(corners)])
        near = ~self.water.is_offshore(row, column)
        return cells_around((row * COLUMNS + column)[near])

    def _near_cells(self, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
        """List the cells near land on a line."""
        row, column = coarse_cells(great_circle(start, stop, 1.0))
        near = ~self.water.is_offshore(row, column)
        return cells_around((row * COLUMNS + column)[near])

    @functools.lru_cache(maxsize=128)  # noqa: B019 - a network lives as long as the process
    def _window(self, tiles: tuple[int, ...], closed: frozenset[str]) -> Window:
        return open_window(self.water, tiles, self._fences(closed))

    def _reaches(self, ends: Sequence[End], closed: frozenset[str]) -> list[Reach]:
        """Find the corners around ends: those that they see, or by their own water."""
        keys = [(*end.point.tolist(), closed) for end in ends]
        left = {key: end for key, end in zip(keys, ends, strict=True) if key not in self._known}
        near = [self._nearest(end.point) for end in left.values()]
        for key, reach in zip(
            left, self._seen_corners(list(left.values()), near, closed), strict=True
        ):
            seen = len(reach.corners) >= ENOUGH
            self._known[key] = reach if seen else self._reach_by_water(reach.end, closed)
        reaches = [self._known[key] for key in keys]
        # The same harbours are asked for again and again; the oldest are forgotten.
        for key in list(self._known)[:-KNOWN_ENDS]:
            del self._known[key]
        return reaches

    def _nearest(self, point: np.ndarray) -> np.ndarray:
        """List the corners nearest to a point."""
        some = self._corners_in(np.array(tiles_around(point[None], REACH_KM)))
        off = distances_km(self.corners.points[some], point)
        order = np.argsort(off, kind="stable")[:NEAREST]
        nearest: np.ndarray = some[order[off[order] < REACH_KM]]
        return nearest

    def _seen_corners(
        self, ends: Sequence[End], some: Sequence[np.ndarray], closed: frozenset[str]
    ) -> list[Reach]:
        """Tell which of some corners each end sees."""
        if not ends:
            return []
        whose = np.repeat(np.arange(len(ends)), [len(part) for part in some])
        corners = np.concatenate(some)
        starts = np.array([end.point for end in ends])[whose]
        stops = self.corners.points[corners]
        seen = see(self.water, starts, stops, None, self._fences(closed))
        off = distances_km(starts, stops)
        reaches = []
        for at, end in enumerate(ends):
            mine = np.flatnonzero(seen & (whose == at))
            reaches.append(Reach(end, corners[mine], off[mine]))
        return reaches

    def _reach_by_water(self, end: End, closed: frozenset[str]) -> Reach:
        for reach_km in (REACH_KM, 3 * REACH_KM):
            window = self._window(tiles_around(end.point[None], reach_km), closed)
            start = window.place(end.node)
            costs, before = window.distances(start, 2 * reach_km)
            corners = self._corners_in(window.tiles)
            places = window.index(self.corners.nodes[corners])
            beside = distances_km(window.points[places], self.corners.points[corners])
            total = costs[places] + beside
            found = np.isfinite(total)
            if found.any():
                return Reach(end, corners[found], total[found], window, start, before)
        off = self.corners.distances_km(end.point)
        return self._seen_corners([end], [np.argsort(off, kind="stable")[:SEEN_CORNERS]], closed)[0]

    def _corners_in(self, tiles: np.ndarray) -> np.ndarray:
        firsts = np.searchsorted(self.corners.nodes, tiles * NODE_STEP)
        lasts = np.searchsorted(self.corners.nodes, (tiles + 1) * NODE_STEP)
        whose, inner, _ = numbered(lasts - firsts)
        some: np.ndarray = firsts[whose] + inner
        return some

    @functools.lru_cache(maxsize=32)  # noqa: B019 - a network lives as long as the process
    def costs(self, closed: frozenset[str]) -> csr_matrix:
        """Give the matrix of the corners' costs in km with some passages closed."""
        costs = self.corners.costs.copy()
        edge, gate = self.corners.crossings.T
        numbers = [self._number[key] for key in closed]
        costs[edge[np.isin(gate, numbers)]] = np.inf
        count = len(self.corners.points)
        return csr_matrix((costs, self.corners.indices, self.corners.indptr), shape=(count, count))
