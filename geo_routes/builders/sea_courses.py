"""Canals and rivers that are narrower than a fine cell, opened along their drawn courses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo_routes.builders.shorelines import Cells
from geo_routes.networks.sea_passages import Passage
from geo_routes.networks.sea_tiles import COLUMNS, FINE, FINE_COLUMNS, ROWS, fine_cells

CORRIDOR = 3
"""Coarse cells to each side of a drawn course in which the true one is looked for."""
DRY = 15.0
"""A cell of land costs as much as so many of water: a course keeps to what water there is."""


def carve(cells: Cells, passages: list[Passage]) -> tuple[Cells, np.ndarray]:
    """
    Open the fine cells along the courses of passages.

    Between two points of a drawn course the cheapest way is opened: through water where there is
    some near, through land where there is none.

    Parameters
    ----------
    cells
        Water as the shorelines leave it.
    passages
        Those with a `carve`.

    Returns
    -------
    cells
        The cells with the courses open.
    carved
        Sorted numbers of the coarse cells that the courses run through.
    """
    opened: list[np.ndarray] = []
    for passage in passages:
        for a, b in pairwise(passage.carve):
            opened.append(_course(cells, np.array([a, b])))
    numbers = np.unique(np.concatenate(opened))
    row, column = np.divmod(numbers, FINE_COLUMNS)
    coarse = (row // FINE) * COLUMNS + column // FINE
    carved = np.unique(coarse)
    shut = ~cells.open.ravel()[coarse]
    row, column, coarse = row[shut], column[shut], coarse[shut]
    fresh = np.setdiff1d(coarse, cells.mixed)
    mixed = np.concatenate([cells.mixed, fresh])
    fine = np.concatenate([cells.fine, np.zeros((len(fresh), FINE, FINE), bool)])
    order = np.argsort(mixed)
    mixed, fine = mixed[order], fine[order]
    fine[np.searchsorted(mixed, coarse), row % FINE, column % FINE] = True
    return Cells(cells.open, mixed, fine), carved


def _course(cells: Cells, ends: np.ndarray) -> np.ndarray:
    """Number the fine cells of the cheapest way between two points near each other."""
    rows, columns = fine_cells(ends)
    top, bottom = rows.min() // FINE - CORRIDOR, rows.max() // FINE + CORRIDOR
    left, right = columns.min() // FINE - CORRIDOR, columns.max() // FINE + CORRIDOR
    down, across = bottom - top + 1, right - left + 1
    near = _corridor(rows / FINE - top, columns / FINE - left, (down, across))
    coarse_row, coarse_column = np.nonzero(near)
    wet = _wet(cells, coarse_row + top, (coarse_column + left) % COLUMNS)
    canvas = np.full((down, FINE, across, FINE), np.nan)
    canvas[coarse_row, :, coarse_column, :] = np.where(wet, 1.0, DRY)
    price = canvas.reshape(down * FINE, across * FINE)
    start = (rows[0] - top * FINE, columns[0] - left * FINE)
    stop = (rows[1] - top * FINE, columns[1] - left * FINE)
    path = _cheapest(price, start, stop)
    # A diagonal step needs its neighbours at both sides, or a line along it would touch land.
    beside = [
        np.column_stack([path[:-1, 0], path[1:, 1]]),
        np.column_stack([path[1:, 0], path[:-1, 1]]),
    ]
    path = np.concatenate([path, *beside])
    row, column = path[:, 0] + top * FINE, (path[:, 1] + left * FINE) % FINE_COLUMNS
    numbers: np.ndarray = row * FINE_COLUMNS + column
    return numbers


def _corridor(row: np.ndarray, column: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Mark the coarse cells near a straight line."""
    y, x = np.mgrid[0.5 : shape[0], 0.5 : shape[1]]
    dy, dx = row[1] - row[0], column[1] - column[0]
    length = max(dx * dx + dy * dy, 1e-9)
    share = np.clip(((x - column[0]) * dx + (y - row[0]) * dy) / length, 0, 1)
    off = np.hypot(x - column[0] - share * dx, y - row[0] - share * dy)
    near: np.ndarray = off <= CORRIDOR
    return near


def _wet(cells: Cells, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    number = np.clip(row, 0, ROWS - 1) * COLUMNS + column
    wet = np.zeros((len(number), FINE, FINE), bool)
    wet[cells.open.ravel()[number]] = True
    _, here, slot = np.intersect1d(number, cells.mixed, return_indices=True)
    wet[here] = cells.fine[slot]
    return wet


def _cheapest(price: np.ndarray, start: tuple[int, int], stop: tuple[int, int]) -> np.ndarray:
    """Find the cheapest way over a canvas of prices, (n, 2) row and column."""
    within = ~np.isnan(price)
    number = np.cumsum(within.ravel()).reshape(price.shape) - 1
    a, b, cost = [], [], []
    for first, second, step in (
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None)), 1.0),
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None)), 1.0),
        ((slice(None, -1), slice(None, -1)), (slice(1, None), slice(1, None)), 1.4142),
        ((slice(None, -1), slice(1, None)), (slice(1, None), slice(None, -1)), 1.4142),
    ):
        both = within[first] & within[second]
        a.append(number[first][both])
        b.append(number[second][both])
        cost.append(step * (price[first][both] + price[second][both]) / 2)
    count = int(within.sum())
    graph = csr_matrix(
        (np.concatenate(cost), (np.concatenate(a), np.concatenate(b))), shape=(count, count)
    )
    source, target = int(number[start]), int(number[stop])
    _, before = dijkstra(graph, directed=False, indices=source, return_predecessors=True)
    path = [target]
    while path[-1] != source:
        path.append(int(before[path[-1]]))
    places: np.ndarray = np.argwhere(within)[path]
    return places
