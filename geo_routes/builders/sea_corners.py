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
from geo_routes.networks.sea import SeaNetwork
from geo_routes.networks.sea_corners import POINT_STEPS, Corners
from geo_routes.networks.sea_local import Course, cells_around, crosses, node_at
from geo_routes.networks.sea_passages import Passage
from geo_routes.networks.sea_taut import pull, shortcut
from geo_routes.networks.sea_water import (
    COLUMNS,
    FINE,
    distances_km,
    fine_cells,
    fine_points,
    great_circle,
)

logger = logging.getLogger(__name__)

SEED = 20231013
BIN_DEG = 0.5
"""One water at the shore is taken from each square of this size to sail from and to."""
BETTER, BETTER_KM = 0.01, 3.0
"""A way is learnt when it is shorter than the corners' by this share and this much."""
END_KM = 8.0
"""Bends nearer to an end belong to its own water, unless there are no others."""
EXIT_KM = 15.0
MERGE_KM, NARROW_MERGE_KM = 5.0, 0.5
SQUARE_DEG, NEAR_SQUARES, NEIGHBOURS = 0.1, 4, 8
"""A new corner is joined to the nearest ones around that it sees."""
NARROW_TOLL = 0.15
"""Surcharge on a kilometre near land: a ship keeps off the shore where it can."""
COASTAL_SOURCES, COASTAL_TARGETS, COASTAL_KM = 1500, 4, 800.0
OCEAN_SOURCES, OCEAN_TARGETS = 50, 40
"""Waters sailed from, and to from each of them: within some distance, and anywhere."""
AROUND_KM = (600.0, 4000.0)
NEW = -1
"""In a chain: a bend that becomes a corner."""
LONG_SIDE = 8
"""Blocks of so many cells and more also see those two and three steps away."""


class Learner:
    """
    Corners that grow while ways are sailed.

    Parameters
    ----------
    network
        The network whose corners are replaced as they grow.
    graph
        The search graph.
    passages
        All passages; those with a gate are numbered in order.
    """

    def __init__(self, network: SeaNetwork, graph: Graph, passages: Sequence[Passage]) -> None:
        self.network = network
        self.points = fine_points(graph.row, graph.column)
        row, column = graph.row // FINE, graph.column // FINE
        self.cells = np.where(network.water.is_offshore(row, column), -1, row * COLUMNS + column)
        self._gated = [passage for passage in passages if passage.gate]
        self._graph = self._costs(graph)
        self._corners: list[np.ndarray] = []
        self._nodes: list[int] = []
        self._edges: dict[tuple[int, int], float] = {}
        self._gates: dict[tuple[int, int], list[int]] = {}
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
        for target in targets:
            if target == source or not np.isfinite(costs[target]):
                continue
            path = [int(target)]
            while path[-1] != source:
                path.append(int(before[path[-1]]))
            nodes = np.array(path[::-1])
            cells = self.cells[nodes]
            narrows = cells_around(cells[cells >= 0])
            way = pull(self.network.water, self.points[nodes], narrows, fences)
            known = self._known(source, int(target), closed)
            if self._cost(way) < known * (1 - BETTER) - BETTER_KM:
                self._learn(way, fences)
        if self.learnt - self._used >= max(10, self.learnt // 100):
            self.network.use(self.corners())
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
        nodes = np.array(self._nodes, dtype=np.int64)
        order = np.argsort(nodes, kind="stable")
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        edges = list(self._edges)
        ends = np.array(edges).reshape(-1, 2)
        costs = np.array([self._edges[edge] for edge in edges])
        rows = rank[np.concatenate([ends[:, 0], ends[:, 1]])]
        columns = rank[np.concatenate([ends[:, 1], ends[:, 0]])]
        by_row = np.lexsort((columns, rows))
        place = np.empty(len(by_row), np.int64)
        place[by_row] = np.arange(len(by_row))
        crossings = [
            (int(place[half + at]), gate)
            for at, edge in enumerate(edges)
            for gate in self._gates[edge]
            for half in (0, len(edges))
        ]
        return Corners(
            points=points[order],
            nodes=nodes[order],
            indptr=np.searchsorted(rows[by_row], np.arange(len(order) + 1)).astype(np.int32),
            indices=columns[by_row].astype(np.int32),
            costs=np.concatenate([costs, costs])[by_row],
            crossings=np.array(sorted(crossings), np.int32).reshape(-1, 2),
        )

    def _known(self, source: int, target: int, closed: frozenset[str]) -> float:
        a, b = self.points[source], self.points[target]
        bends = self.network.over_corners(
            (float(a[0]), float(a[1])), (float(b[0]), float(b[1])), closed
        )
        return self._cost(bends) if bends is not None else float("inf")

    def _cost(self, way: np.ndarray) -> float:
        return sum(self._edge_cost(a, b) for a, b in pairwise(way))

    def _edge_cost(self, a: np.ndarray, b: np.ndarray) -> float:
        km = float(distances_km(a, b))
        points = great_circle(a, b, max(1.0, km / 400))
        row, column = fine_cells(points)
        near = ~self.network.water.is_offshore(row // FINE, column // FINE)
        return km * (1 + NARROW_TOLL * float(near.mean()))

    def _learn(self, way: np.ndarray, fences: tuple[Course, ...]) -> None:
        """Add a way's bends and what joins them."""
        self.learnt += 1
        way = self._with_exits(shortcut(self.network.water, way, None, fences))
        inner = way[1:-1]
        if not len(inner):
            return
        off = np.minimum(distances_km(inner, way[0]), distances_km(inner, way[-1]))
        kept = inner[off > END_KM] if (off > END_KM).any() else inner
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
        seen = self.network.water.sees(start, points[order])
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
        is_off = self.network.water.is_offshore(row // FINE, column // FINE)[0]
        return some[best] if off[best] < (MERGE_KM if is_off else NARROW_MERGE_KM) else -1

    def _add(self, bend: np.ndarray) -> int:
        at = len(self._corners)
        bend = self._kept_point(bend)
        self._corners.append(bend)
        row, column = fine_cells(bend[None])
        self._nodes.append(node_at(self.network.water, int(row[0]), int(column[0])))
        x, y = np.floor(bend / SQUARE_DEG).astype(int)
        self._squares.setdefault((int(x), int(y)), []).append(at)
        return at

    def _kept_point(self, bend: np.ndarray) -> np.ndarray:
        """Round a bend as the data set does, to a point of water."""
        rounded = np.round(bend * POINT_STEPS)
        around = rounded + np.array([(0, 0), *((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1))])
        wet = self.network.water.is_water(around / POINT_STEPS)
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
        return bool(self.network.water.sees(start[None], point[None])[0])

    def _join(self, a: int, b: int) -> None:
        """Join two corners that see each other."""
        key = (min(a, b), max(a, b))
        if a == b or key in self._edges:
            return
        start, stop = self._corners[a], self._corners[b]
        if self.network.water.sees(start[None], stop[None])[0]:
            self._edges[key] = self._edge_cost(start, stop)
            self._gates[key] = self._crossed(start, stop)

    def _fences(self, closed: frozenset[str]) -> tuple[Course, ...]:
        return tuple(p.gate for p in sorted(self._gated, key=lambda p: p.id) if p.id in closed)

    @functools.lru_cache(maxsize=2)  # noqa: B019 - a learner lives as long as a build
    def _fenced(self, fences: tuple[Course, ...]) -> csr_matrix:
        coo = self._graph.tocoo()
        start, stop = self.points[coo.row], self.points[coo.col]
        hit = np.zeros(len(coo.row), bool)
        for fence in fences:
            for a, b in pairwise(fence):
                hit |= crosses(start, stop, np.array(a), np.array(b))
        return csr_matrix((coo.data[~hit], (coo.row[~hit], coo.col[~hit])), shape=coo.shape)

    def _costs(self, graph: Graph) -> csr_matrix:
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

    def _crossed(self, start: np.ndarray, stop: np.ndarray) -> list[int]:
        """List the gates that a great circle crosses."""
        points = great_circle(start, stop, 50.0)
        return [
            number
            for number, passage in enumerate(self._gated)
            if any(
                crosses(points[:-1], points[1:], np.array(a), np.array(b)).any()
                for a, b in pairwise(passage.gate)
            )
        ]


def learn_corners(network: SeaNetwork, graph: Graph, passages: Sequence[Passage]) -> Corners:
    """
    Sail between many waters at the shore, and keep where the shortest ways bend.

    Parameters
    ----------
    network
        A network without corners.
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
    learner = Learner(network, graph, passages)
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
