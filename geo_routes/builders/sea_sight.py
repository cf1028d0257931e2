"""Lines of sight over the whole sea at once, compiled: what the builder asks millions of times."""

from __future__ import annotations

from collections.abc import Mapping

import numba
import numpy as np

from geo_routes.builders.shorelines import Cells
from geo_routes.networks.sea_arcs import EARTH_RADIUS_KM, PIECE_KM, unit_vectors
from geo_routes.networks.sea_tiles import CELLS, COLUMNS, FINE, ROWS, STEP_DEG
from geo_routes.networks.sea_water import BLOCK, Narrows, Water


class SightedWater(Water):
    """
    Water whose lines of sight are compiled; the answers are those of `Water`.

    Parameters
    ----------
    arrays
        As for `Water`.
    cells
        The same water, unpacked.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], cells: Cells) -> None:
        super().__init__(arrays)
        self._cells = np.full(ROWS * COLUMNS, -1, np.int32)
        self._cells[cells.open.ravel()] = -3
        self._cells[np.unpackbits(arrays["offshore"]).astype(bool)] = -2
        self._cells[cells.mixed] = np.arange(len(cells.mixed))
        self._wet = cells.fine

    def narrows(self, cells: np.ndarray) -> Narrows:
        """Take cells near land that lines may cross; they need not be looked up."""
        return Narrows(cells, np.empty(0, np.int32))

    def sees(
        self,
        starts: np.ndarray,
        stops: np.ndarray,
        narrows: Narrows | None = None,
        way: np.ndarray | None = None,
    ) -> np.ndarray:
        """Tell which great circles keep to water, as `Water.sees` does."""
        free = narrows is None
        allowed = np.empty(0, np.int64) if narrows is None else narrows.cells
        seen: np.ndarray = _sees(
            np.ascontiguousarray(starts),
            np.ascontiguousarray(stops),
            unit_vectors(starts),
            unit_vectors(stops),
            self._clear.reshape(ROWS // BLOCK, -1),
            self._cells,
            self._wet,
            allowed,
            free,
            np.zeros(len(starts), np.int64) if way is None else way,
        )
        return seen


@numba.njit(cache=True)
def _sees(starts, stops, a, b, clear, slots, wet, allowed, free, way):  # type: ignore[no-untyped-def]
    seen = np.ones(len(starts), np.bool_)
    for at in range(len(starts)):
        chord = np.sqrt(((a[at] - b[at]) ** 2).sum())
        angle = 2 * np.arcsin(min(chord / 2, 1.0))
        count = max(int(np.ceil(angle * (EARTH_RADIUS_KM / PIECE_KM))), 1)
        sine = max(np.sin(angle), 1e-12)
        x0 = (starts[at, 0] + 180) / STEP_DEG
        y0 = (90 - starts[at, 1]) / STEP_DEG
        for piece in range(1, count + 1):
            lon, lat = stops[at, 0], stops[at, 1]
            if piece < count:
                ahead = np.sin(angle * piece / count) / sine
                behind = np.sin(angle - angle * piece / count) / sine
                vector = behind * a[at] + ahead * b[at]
                lon = np.degrees(np.arctan2(vector[1], vector[0]))
                lat = np.degrees(np.arcsin(min(max(vector[2], -1.0), 1.0)))
            x1 = x0 + ((lon + 180) / STEP_DEG - x0 + COLUMNS / 2) % COLUMNS - COLUMNS / 2
            y1 = (90 - lat) / STEP_DEG
            block_x, block_y = int(np.floor(x0 / BLOCK)), int(np.floor(y0 / BLOCK))
            is_clear = (
                block_x == int(np.floor(x1 / BLOCK))
                and block_y == int(np.floor(y1 / BLOCK))
                and block_y < ROWS // BLOCK
                and clear[block_y, block_x % (COLUMNS // BLOCK)]
            )
            if not is_clear and not _piece(
                x0, y0, x1, y1, slots, wet, allowed, free, way[at] * CELLS
            ):
                seen[at] = False
                break
            x0, y0 = x1, y1
    return seen


@numba.njit(cache=True)
def _piece(x0, y0, x1, y1, slots, wet, allowed, free, own):  # type: ignore[no-untyped-def]
    """Walk the coarse cells of a straight piece, and the fine ones where there is land."""
    share = 0.0
    while share < 1.0:
        after = _next(x0, y0, x1, y1, share)
        middle = (share + after) / 2
        row = min(int(np.floor(y0 + middle * (y1 - y0))), ROWS - 1)
        column = int(np.floor(x0 + middle * (x1 - x0))) % COLUMNS
        slot = slots[row * COLUMNS + column]
        if slot == -1:
            return False
        if slot != -2 and not free:
            place = np.searchsorted(allowed, own + row * COLUMNS + column)
            if place == len(allowed) or allowed[place] != own + row * COLUMNS + column:
                return False
        if slot >= 0 and not _fine_piece(x0, y0, x1, y1, share, after, wet[slot]):
            return False
        share = after
    return True


@numba.njit(cache=True)
def _fine_piece(x0, y0, x1, y1, start, stop, wet):  # type: ignore[no-untyped-def]
    fx0, fy0, fx1, fy1 = x0 * FINE, y0 * FINE, x1 * FINE, y1 * FINE
    share = start
    while share < stop:
        after = min(_next(fx0, fy0, fx1, fy1, share), stop)
        middle = (share + after) / 2
        row = int(np.floor(fy0 + middle * (fy1 - fy0))) % FINE
        column = int(np.floor(fx0 + middle * (fx1 - fx0))) % FINE
        if not wet[row, column]:
            return False
        share = after
    return True


@numba.njit(cache=True)
def _next(x0, y0, x1, y1, share):  # type: ignore[no-untyped-def]
    """Find the share at which a straight piece next crosses a line of the unit grid."""
    best = 1.0
    dx, dy = x1 - x0, y1 - y0
    for start, step in ((x0, dx), (y0, dy)):
        if step == 0.0:
            continue
        here = start + (share + 1e-12) * step
        line = np.floor(here) + 1.0 if step > 0 else np.ceil(here) - 1.0
        crossing = (line - start) / step
        if share + 1e-12 < crossing < best:
            best = crossing
    return best
