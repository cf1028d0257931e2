"""The corners at which ways between far waters bend, found by sailing between many waters."""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo_routes.builders.sea_graph import Graph, neighbours
from geo_routes.builders.sea_lines import assemble, costs_km, crossed_gates
from geo_routes.networks.sea_arcs import distances_km, great_circle
from geo_routes.networks.sea_corners import POINT_STEPS, Corners
from geo_routes.networks.sea_local import Course, cells_around, crosses, way_back
from geo_routes.networks.sea_passages import Passage
from geo_routes.networks.sea_search import SeaSearch
from geo_routes.networks.sea_taut import Loose, feet, pull, shortcut
from geo_routes.networks.sea_threads import threads
from geo_routes.networks.sea_tiles import COLUMNS, FINE, fine_cells, fine_points

logger = logging.getLogger(__name__)

SEED = 20231013
BIN_DEG = 0.5
"""One water at the shore is taken from each square of this size to sail from and to."""
BETTER, BETTER_KM = 0.01, 3.0
"""A way is learnt when it is shorter than the corners' by this share and this much."""
END_KM = 8.0
"""Bends nearer to an end belong to its own water, unless there are no others."""
EXIT_KM = 15.0
OFF_LAND_KM = 0.01
MERGE_KM, NARROW_MERGE_KM = 5.0, 0.5
SQUARE_DEG, NEAR_SQUARES, NEIGHBOURS = 0.1, 4, 8
"""A new corner is joined to the nearest ones around that it sees."""
COASTAL_SOURCES, COASTAL_TARGETS, COASTAL_KM = 1500, 4, 800.0
OCEAN_SOURCES, OCEAN_TARGETS = 50, 40
"""Waters sailed from, and to from each of them: within some distance, and anywhere."""
AROUND_KM = (600.0, 4000.0)
BESIDE_DEG = 3.0
"""Edges that cross a fence begin no further from it: three of the widest blocks."""
NEW = -1
"""In a chain: a bend that becomes a corner."""
MAX_BETWEEN_CELLS = 1000
"""Coarse cells of a window in which corners that do not see each other are joined."""
LONG_SIDE = 8
"""Blocks of so many cells and more also see those two and three steps away."""


class Learner:
    """
    Corners that grow while ways are sailed.

    Parameters
    ----------
    search
        The search whose corners are replaced as they grow.
    graph
        The search graph.
    passages
        All passages; those with a gate are numbered in order.
    """

    def __init__(self, search: SeaSearch, graph: Graph, passages: Sequence[Passage]) -> None:
        self.search = search
        self.points = fine_points(graph.row, graph.column)
        row, column = graph.row // FINE, graph.column // FINE
        self.cells = np.where(search.water.is_offshore(row, column), -1, row * COLUMNS + column)
        self._passages = passages
        self._gated = [passage for passage in passages if passage.gate]
        self._graph = self._weighed(graph)
        self._corners: list[np.ndarray] = []
        self._edges: dict[tuple[int, int], None] = {}
        self._costs = np.empty(0)
        self._crossings = np.empty((0, 2), np.int64)
        self._squares: dict[tuple[int, int], list[int]] = {}
        self.learnt = self._used = 0

    def shore_waters(self, rng: np.random.Generator) -> np.ndarray:
        """Choose one node at the shore in each square of half a degree, in random order."""
        shore = np.flatnonzero(self.cells >= 0)
        square = np.floor(self.points[shore] / BIN_DEG).astype(np.int64)
        key = square[:, 0] * 1000 + square[:, 1]
        order = rng.permutation(len(shore))
        _, first = np.unique(key[order], return_index=True)
        chosen: np.ndarray = rng.permutation(shore[order[first]])
        return chosen

    def sail(
        self, source: int, targets: np.ndarray, closed: frozenset[str], limit_km: float
    ) -> None:
        """Sail from one node to others, and learn each way that is better than the known one."""
        fences = self._fences(closed)
        graph = self._graph if not fences else self._fenced(fences)
        costs, before = dijkstra(graph, indices=source, return_predecessors=True, limit=limit_km)
        paths, loose = [], []
        for target in targets:
            if target == source or not np.isfinite(costs[target]):
                continue
            nodes = way_back(before, source, int(target))
            paths.append(nodes)
            cells = self.cells[nodes]
            narrows = cells_around(cells[cells >= 0])
            loose.append(Loose(self.points[nodes], narrows, np.zeros(len(nodes), bool)))
        if not paths:
            return
        ways = pull(self.search.water, loose, fences, gain_km=0)
        for nodes, way in zip(paths, ways, strict=True):
            known = self._known(source, nodes[-1], closed)
            if self._cost(way) < known * (1 - BETTER) - BETTER_KM:
                self._learn(way, fences)
        if self.learnt - self._used >= max(10, self.learnt // 100):
            self.search.use(self.corners())
            self._used = self.learnt

    def sail_around(
        self,
        passage: Passage,
        shore: np.ndarray,
        closed: frozenset[str],
        rng: np.random.Generator,
    ) -> None:
        """Sail between waters around a passage, near and far."""
        middle = np.array(passage.gate).mean(axis=0)
        off = distances_km(self.points[shore], middle)
        near = shore[off < AROUND_KM[0]]
        far = shore[off < AROUND_KM[1]]
        if not len(near):
            return
        for source in rng.choice(near, 1):
            targets = np.concatenate([rng.choice(near, 6), rng.choice(far, 6)])
            self.sail(int(source), targets, closed, 4 * AROUND_KM[1])

    def __repr__(self) -> str:
        return f"{len(self._corners)} corners, {len(self._edges)} edges"

    def corners(self) -> Corners:
        """Give the corners learnt so far."""
        points = np.array(self._corners).reshape(-1, 2)
        pairs = np.array(list(self._edges), np.int64).reshape(-1, 2)
        fresh = pairs[len(self._costs) :]
        crossed = crossed_gates(points, fresh, self._passages)
        crossed[:, 0] += len(self._costs)
        self._crossings = np.concatenate([self._crossings, crossed])
        costs = costs_km(self.search.water, points, fresh)
        self._costs = np.concatenate([self._costs, costs])
        return assemble(self.search.water, points, pairs, self._costs, self._crossings)

    def _known(self, source: int, target: int, closed: frozenset[str]) -> float:
        a, b = self.points[source], self.points[target]
        bends = self.search.over_corners(
            (float(a[0]), float(a[1])), (float(b[0]), float(b[1])), closed
        )
        return self._cost(bends) if bends is not None else float("inf")

    def _cost(self, way: np.ndarray) -> float:
        steps = np.column_stack([np.arange(len(way) - 1), np.arange(1, len(way))])
        return float(costs_km(self.search.water, way, steps).sum())

    def _learn(self, way: np.ndarray, fences: tuple[Course, ...]) -> None:
        """Add a way's bends and what joins them."""
        self.learnt += 1
        way = off_land(self._with_exits(shortcut(self.search.water, way, fences)))
        inner = way[1:-1]
        if not len(inner):
            return
        off = np.minimum(distances_km(inner, way[0]), distances_km(inner, way[-1]))
        kept = inner[off > END_KM] if (off > END_KM).any() else inner
        kept = np.array([self._kept_point(bend) for bend in kept])
        first = len(self._corners)
        self._chain(kept, [self._near(bend) for bend in kept])
        for corner in range(first, len(self._corners)):
            self._join_near(corner)

    def _with_exits(self, way: np.ndarray) -> np.ndarray:
        """Add a point off each end whose way is long and straight: others begin there too."""
        parts = [way[:1]]
        if distances_km(way[0], way[1]) > 2 * EXIT_KM:
            parts.append(great_circle(way[0], way[1], EXIT_KM)[1:2])
        parts.append(way[1:-1])
        if distances_km(way[-2], way[-1]) > 2 * EXIT_KM:
            parts.append(great_circle(way[-1], way[-2], EXIT_KM)[1:2])
        return np.concatenate([*parts, way[-1:]])

    def _join_near(self, corner: int) -> None:
        """Join a corner to those around that it sees."""
        x, y = (int(at) for at in np.floor(self._corners[corner] / SQUARE_DEG))
        some = [
            other
            for dx in range(-NEAR_SQUARES, NEAR_SQUARES + 1)
            for dy in range(-NEAR_SQUARES, NEAR_SQUARES + 1)
            for other in self._squares.get((x + dx, y + dy), ())
            if other != corner
        ]
        if not some:
            return
        points = np.array([self._corners[other] for other in some])
        order = np.argsort(distances_km(points, self._corners[corner]))[:NEIGHBOURS]
        start = self._corners[corner][None].repeat(len(order), 0)
        seen = self.search.water.sees(start, points[order])
        for other in np.array(some)[order[seen]]:
            self._join(corner, int(other))

    def _chain(self, bends: np.ndarray, known: list[int]) -> None:
        """
        Join bends in order, each as the known corner next to it where its neighbours see that.

        Of the ways to choose, that with the fewest new corners is taken.
        """
        tables: list[dict[int, tuple[int, int | None]]] = []
        for place, bend in enumerate(bends):
            choices = {NEW: bend}
            if known[place] >= 0:
                choices[known[place]] = self._corners[known[place]]
            table: dict[int, tuple[int, int | None]] = {}
            for choice, point in choices.items():
                fresh = int(choice == NEW)
                if not place:
                    table[choice] = (fresh, None)
                    continue
                before = [
                    (count + fresh, earlier)
                    for earlier, (count, _) in tables[-1].items()
                    if self._fits(earlier, bends[place - 1], choice, point)
                ]
                if before:
                    table[choice] = min(before)
            # A way that is broken here goes on after the gap.
            tables.append(table or {NEW: (len(bends), min(tables[-1]))})
        link: int | None = min(tables[-1], key=lambda key: tables[-1][key][0])
        chain: list[int] = []
        for place in range(len(bends) - 1, -1, -1):
            if link is None:
                break
            chain.append(self._add(bends[place]) if link == NEW else link)
            link = tables[place][link][1]
        for a, b in pairwise(chain):
            self._join(a, b)

    def _near(self, bend: np.ndarray) -> int:
        """Find a corner next to a bend."""
        x, y = np.floor(bend / SQUARE_DEG).astype(int)
        some = [
            corner
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for corner in self._squares.get((int(x) + dx, int(y) + dy), ())
        ]
        if not some:
            return -1
        off = distances_km(np.array([self._corners[corner] for corner in some]), bend)
        best = int(np.argmin(off))
        row, column = fine_cells(bend[None])
        is_off = self.search.water.is_offshore(row // FINE, column // FINE)[0]
        return some[best] if off[best] < (MERGE_KM if is_off else NARROW_MERGE_KM) else -1

    def _add(self, bend: np.ndarray) -> int:
        at = len(self._corners)
        self._corners.append(bend)
        x, y = np.floor(bend / SQUARE_DEG).astype(int)
        self._squares.setdefault((int(x), int(y)), []).append(at)
        return at

    def _kept_point(self, bend: np.ndarray) -> np.ndarray:
        """Round a bend as the data set does, to a point of water."""
        rounded = np.round(bend * POINT_STEPS)
        around = rounded + np.array([(0, 0), *((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1))])
        wet = self.search.water.is_water(around / POINT_STEPS)
        point: np.ndarray = around[np.argmax(wet)] / POINT_STEPS
        return point

    def _fits(
        self,
        earlier: int,
        bend: np.ndarray,
        choice: int,
        point: np.ndarray,
    ) -> bool:
        """Tell whether a bend, or the corner that stands for it, sees the next."""
        key = (min(earlier, choice), max(earlier, choice))
        if key in self._edges or (earlier == choice and choice != NEW):
            return True
        start = bend if earlier == NEW else self._corners[earlier]
        return self._sees(start, point)

    def _join(self, a: int, b: int) -> None:
        """Join two corners, by more of them between where they do not see each other."""
        start, stop = self._corners[a], self._corners[b]
        if a == b or (min(a, b), max(a, b)) in self._edges:
            return
        if self._sees(start, stop):
            self._join_seen(a, b)
            return
        # Bends touch land: to round them, or to take a known corner instead, can hide the next.
        ends = start[None], stop[None]
        between = threads(self.search.water, *ends, MAX_BETWEEN_CELLS)[0]
        if not len(between):
            return
        full = np.vstack([start, [self._kept_point(point) for point in between], stop])
        way = shortcut(self.search.water, full)
        if not all(self._sees(*ends) for ends in pairwise(way)):
            way = full
        for earlier, later in pairwise([a, *(self._add(point) for point in way[1:-1]), b]):
            self._join_seen(earlier, later)

    def _join_seen(self, a: int, b: int) -> None:
        """Join two corners that see each other."""
        self._edges[min(a, b), max(a, b)] = None

    def _sees(self, start: np.ndarray, stop: np.ndarray) -> bool:
        """Tell whether two points see each other, from both."""
        ends = np.array([start, stop])
        return bool(self.search.water.sees(ends, ends[::-1]).all())

    def _fences(self, closed: frozenset[str]) -> tuple[Course, ...]:
        return tuple(p.gate for p in sorted(self._gated, key=lambda p: p.id) if p.id in closed)

    @functools.lru_cache(maxsize=2)  # noqa: B019 - a learner lives as long as a build
    def _fenced(self, fences: tuple[Course, ...]) -> csr_matrix:
        """Take out the edges that cross a fence."""
        graph = self._graph.copy()
        for fence in fences:
            posts = np.array(fence)
            beside = (self.points > posts.min(axis=0) - BESIDE_DEG).all(axis=1)
            beside &= (self.points < posts.max(axis=0) + BESIDE_DEG).all(axis=1)
            nodes = np.flatnonzero(beside)
            firsts, lasts = graph.indptr[nodes], graph.indptr[nodes + 1]
            edges = np.concatenate([np.arange(*run) for run in zip(firsts, lasts, strict=True)])
            starts = self.points[np.repeat(nodes, lasts - firsts)]
            stops = self.points[graph.indices[edges]]
            for a, b in pairwise(posts):
                graph.data[edges[crosses(starts, stops, a, b)]] = np.inf
        return graph

    def _weighed(self, graph: Graph) -> csr_matrix:
        """Weigh the neighbours; wide blocks see further, so that ways at sea are straight."""
        matrix = neighbours(graph)
        wide = np.flatnonzero(graph.size >= LONG_SIDE)
        small = matrix[wide][:, wide].astype(np.int32)
        far = (small @ small + small).tocoo()
        a = np.concatenate([matrix.tocoo().row, wide[far.row]])
        b = np.concatenate([matrix.tocoo().col, wide[far.col]])
        keys = np.unique(a.astype(np.int64) << 32 | b)
        a, b = keys >> 32, keys & 0xFFFFFFFF
        a, b = a[a != b], b[a != b]
        toll = graph.toll.astype(float)
        cost = distances_km(self.points[a], self.points[b]) * (1 + (toll[a] + toll[b]) / 200)
        return csr_matrix((cost, (a, b)), shape=matrix.shape)


def off_land(way: np.ndarray) -> np.ndarray:
    """
    Move the bends of a taut way a little off the land that they touch.

    Lines between corners are kept to a metre, and have to keep to the water at that.
    """
    before, bend, after = way[:-2], way[1:-1], way[2:]
    out = bend - feet(before, bend, after)
    out[:, 0] *= np.maximum(np.cos(np.radians(bend[:, 1])), 0.05)
    out /= np.maximum(np.hypot(*out.T), 1e-12)[:, None]
    out[:, 0] /= np.maximum(np.cos(np.radians(bend[:, 1])), 0.05)
    moved = bend + out * (OFF_LAND_KM / 111.2)
    return np.concatenate([way[:1], moved, way[-1:]])


def learn_corners(search: SeaSearch, graph: Graph, passages: Sequence[Passage]) -> Corners:
    """
    Sail between many waters at the shore, and keep where the shortest ways bend.

    Parameters
    ----------
    search
        A search without corners.
    graph
        The search graph of its water.
    passages
        All passages. Beside ways with those open that ships take, ways with each one closed, or
        a closed one open, are sailed around it.

    Returns
    -------
    corners
        The same ones at each build.
    """
    learner = Learner(search, graph, passages)
    rng = np.random.default_rng(SEED)
    shore = learner.shore_waters(rng)
    usual = frozenset(p.id for p in passages if p.gate and not p.is_open)
    for number, source in enumerate(shore[:COASTAL_SOURCES]):
        off = distances_km(learner.points[shore], learner.points[source])
        near = rng.choice(shore[off < COASTAL_KM], COASTAL_TARGETS)
        learner.sail(int(source), near, usual, 2 * COASTAL_KM)
        if number % 100 == 99:
            logger.info("Sailed along the coast from %d waters: %s.", number + 1, learner)
    for number, source in enumerate(shore[-OCEAN_SOURCES:]):
        learner.sail(int(source), rng.choice(shore, OCEAN_TARGETS), usual, np.inf)
        if number % 10 == 9:
            logger.info("Sailed over the oceans from %d waters: %s.", number + 1, learner)
    for passage in passages:
        if passage.gate:
            learner.sail_around(passage, shore, usual ^ {passage.id}, rng)
    return learner.corners()
