"""Lines between corners: what they cost, which gates they cross, and how far corners are apart."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from geo_routes.networks.sea_arcs import distances_km, great_circles
from geo_routes.networks.sea_corners import Corners
from geo_routes.networks.sea_local import coarse_cells, node_at
from geo_routes.networks.sea_passages import Passage
from geo_routes.networks.sea_taut import breaks
from geo_routes.networks.sea_tiles import fine_cells
from geo_routes.networks.sea_water import Water

NARROW_TOLL = 0.15
"""Surcharge on a kilometre near land: a ship keeps off the shore where it can."""
BATCH = 2000


def assemble(
    water: Water,
    points: np.ndarray,
    pairs: np.ndarray,
    costs: np.ndarray,
    crossings: np.ndarray,
) -> Corners:
    """
    Make corners of points and of pairs that see each other, sorted by tile; no landmarks yet.

    Parameters
    ----------
    water
        The grid.
    points
        (n, 2) lon, lat.
    pairs
        (k, 2) numbers of points, each pair once.
    costs
        (k,) km.
    crossings
        (g, 2) pair and gate.
    """
    rows, columns = fine_cells(points)
    nodes = np.array([node_at(water, *cell) for cell in np.column_stack([rows, columns]).tolist()])
    order = np.argsort(nodes, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    first, second = rank[pairs].T
    rows, columns = np.concatenate([first, second]), np.concatenate([second, first])
    by_row = np.lexsort((columns, rows))
    place = np.empty(len(by_row), np.int64)
    place[by_row] = np.arange(len(by_row))
    pair, gate = crossings.T
    both = np.column_stack([place[np.concatenate([pair, pair + len(pairs)])], np.tile(gate, 2)])
    return Corners(
        points=points[order],
        nodes=nodes[order],
        indptr=np.searchsorted(rows[by_row], np.arange(len(points) + 1)).astype(np.int32),
        indices=columns[by_row].astype(np.int32),
        costs=np.concatenate([costs, costs])[by_row],
        crossings=both[np.lexsort((both[:, 1], both[:, 0]))].astype(np.int32),
        landmarks=np.empty((0, len(points)), np.float32),
        reaches=np.full(len(points), np.inf),
    )


def costs_km(water: Water, points: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Measure lines, dearer near land."""
    share = np.empty(len(pairs))
    for first in range(0, len(pairs), BATCH):
        a, b = points[pairs[first : first + BATCH]].transpose(1, 0, 2)
        line, which = great_circles(a, b, 1.0)
        near = ~water.is_offshore(*coarse_cells(line))
        share[first : first + BATCH] = np.bincount(which, near) / np.bincount(which)
    km = distances_km(points[pairs[:, 0]], points[pairs[:, 1]])
    costs: np.ndarray = km * (1 + NARROW_TOLL * share)
    return costs


def crossed_gates(points: np.ndarray, pairs: np.ndarray, passages: Iterable[Passage]) -> np.ndarray:
    """List which pairs' lines cross the gates of which passages, (g, 2); gates are counted."""
    gates = [passage.gate for passage in passages if passage.gate]
    starts, stops = points[pairs[:, 0]], points[pairs[:, 1]]
    found = []
    for number, gate in enumerate(gates):
        line = np.flatnonzero(breaks(starts, stops, (gate,)))
        found.append(np.column_stack([line, np.full(len(line), number)]))
    return np.concatenate(found)


def each_once(pairs: np.ndarray) -> np.ndarray:
    """Sort pairs, each once, the lower first."""
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    unique: np.ndarray = np.unique(pairs, axis=0)
    return unique
