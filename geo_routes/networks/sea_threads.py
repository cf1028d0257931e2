"""Ways through narrow water, fine cell by fine cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo_routes.networks.sea_local import wet_cells
from geo_routes.networks.sea_tiles import (
    COLUMNS,
    FINE,
    FINE_COLUMNS,
    FINE_DEG,
    ROWS,
    fine_cells,
    fine_points,
)
from geo_routes.networks.sea_water import Water

MAX_THREAD_CELLS = 36
"""Coarse cells of a window in which a way is looked for fine cell by fine cell."""


def threads(
    water: Water, a: np.ndarray, b: np.ndarray, max_cells: int = MAX_THREAD_CELLS
) -> list[np.ndarray]:
    """
    Find the fine cells between near points that do not see each other.

    Parameters
    ----------
    water
        The grid.
    a, b
        (n, 2) lon, lat of both ends of each.
    max_cells
        Coarse cells of the largest window that is searched.

    Returns
    -------
    points
        For each (k, 2) lon, lat between the two; none when no fine cells join them.
    """
    found = [np.empty((0, 2))] * len(a)
    left = list(range(len(a)))
    ends = np.column_stack([*fine_cells(a), *fine_cells(b)]).tolist()
    # Neighbouring nodes are joined within their own cells; others may have to go round.
    for margin in (0, 1):
        if not left:
            break
        canvases = [_canvas(water, ends[at], margin, max_cells) for at in left]
        paths = iter(_grid_paths([canvas for canvas in canvases if canvas is not None]))
        unjoined = []
        for at, canvas in zip(left, canvases, strict=True):
            path = None if canvas is None else next(paths)
            if canvas is None or path is None:
                unjoined.append(at)
            else:
                found[at] = canvas.points(path)
        left = unjoined
    return found


@dataclass(frozen=True, slots=True)
class _Canvas:
    """Fine cells around two points: which are wet, where they begin, and the two cells."""

    wet: np.ndarray
    top: int
    left: int
    start: tuple[int, int]
    stop: tuple[int, int]

    def points(self, path: np.ndarray) -> np.ndarray:
        """Give the (lon, lat) of cells of the canvas."""
        row, column = path[:, 0] + self.top * FINE, path[:, 1] + self.left * FINE
        return fine_points(row, column % FINE_COLUMNS)


def _canvas(water: Water, ends: Sequence[int], margin: int, max_cells: int) -> _Canvas | None:
    """Lay out the fine cells between two (row, column each), some coarse cells around included."""
    row_a, column_a, row_b, column_b = ends
    column_b = column_a + (column_b - column_a + FINE_COLUMNS // 2) % FINE_COLUMNS
    column_b -= FINE_COLUMNS // 2
    top = min(row_a, row_b) // FINE - margin
    left = min(column_a, column_b) // FINE - margin
    down = max(row_a, row_b) // FINE + margin + 1 - top
    right = max(column_a, column_b) // FINE + margin + 1 - left
    if down * right > max_cells:
        return None
    rows = np.minimum(np.maximum(np.arange(top, top + down), 0), ROWS - 1).repeat(right)
    columns = (np.arange(left, left + right) % COLUMNS)[None].repeat(down, axis=0).ravel()
    squares = wet_cells(water, rows, columns).view(bool).reshape(down, right, FINE, FINE)
    return _Canvas(
        wet=squares.transpose(0, 2, 1, 3).reshape(down * FINE, right * FINE),
        top=top,
        left=left,
        start=(row_a - top * FINE, column_a - left * FINE),
        stop=(row_b - top * FINE, column_b - left * FINE),
    )


def _grid_paths(canvases: Sequence[_Canvas]) -> list[np.ndarray | None]:
    """Find the shortest ways over wet cells, diagonals only between two; None where none is."""
    if not canvases:
        return []
    costs, near, degrees, numbers, count = [], [], [], [], 0
    for canvas in canvases:
        wet = canvas.wet
        number = wet.cumsum(dtype=np.int32).reshape(wet.shape) + (count - 1)
        count = int(number[-1, -1]) + 1
        numbers.append(number)
        lat = 90 - (canvas.top * FINE + canvas.start[0]) * FINE_DEG
        scale = max(float(np.cos(np.radians(lat))), 0.05)
        joined, beside = _later_neighbours(wet, number)
        at = joined.ravel().nonzero()[0]
        near.append(beside.ravel()[at])
        degrees.append(np.bincount(at >> 2, minlength=wet.size)[wet.ravel()])
        aslant = np.hypot(scale, 1)
        costs.append(np.array([scale, aslant, 1.0, aslant])[at & 3])
    indptr = np.zeros(count + 1, np.int32)
    np.add.accumulate(np.concatenate(degrees), out=indptr[1:])
    graph = csr_matrix((np.concatenate(costs), np.concatenate(near), indptr), shape=(count, count))
    sources = [int(number[c.start]) for number, c in zip(numbers, canvases, strict=True)]
    # The canvases are apart, so that one search from all their starts is a search of each.
    _, before, _ = dijkstra(
        graph, directed=False, indices=sources, return_predecessors=True, min_only=True
    )
    return [
        _grid_path(canvas, number, source, before)
        for canvas, number, source in zip(canvases, numbers, sources, strict=True)
    ]


def _later_neighbours(wet: np.ndarray, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Tell which wet cells are joined to those after them, and how these are numbered.

    Both are (rows, columns, 4): the one to the east, then those to the south-west, south, and
    south-east.
    """
    joined, beside = np.zeros((*wet.shape, 4), bool), np.empty((*wet.shape, 4), number.dtype)
    up, down = wet[:-1], wet[1:]
    joined[:, :-1, 0], beside[:, :-1, 0] = wet[:, :-1] & wet[:, 1:], number[:, 1:]
    joined[:-1, :, 2], beside[:-1, :, 2] = up & down, number[1:]
    square = joined[:-1, :-1, 0] & joined[1:, :-1, 0]
    joined[:-1, 1:, 1], beside[:-1, 1:, 1] = square, number[1:, :-1]
    joined[:-1, :-1, 3], beside[:-1, :-1, 3] = square, number[1:, 1:]
    return joined, beside


def _grid_path(
    canvas: _Canvas, number: np.ndarray, source: int, before: np.ndarray
) -> np.ndarray | None:
    """List the cells between a canvas's two, by what is before each."""
    path = [int(before[number[canvas.stop]])]
    while path[-1] not in (source, -9999):
        path.append(int(before[path[-1]]))
    if path[-1] != source:
        return None
    inner = np.array(path[-2::-1], np.int64) - number[canvas.wet][0]
    found: np.ndarray = np.argwhere(canvas.wet)[inner]
    return found
