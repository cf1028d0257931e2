"""Where there is water: cells that no land touches, fine near the shore, and lines of sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo_routes.networks.sea_arcs import EARTH_RADIUS_KM, PIECE_KM, Arcs, numbered
from geo_routes.networks.sea_tiles import (
    CELLS,
    COLUMNS,
    FINE,
    FINE_BITS,
    FINE_COLUMNS,
    ROWS,
    STEP_DEG,
    TILE,
    TILE_COLUMNS,
    PackedTile,
    fine_cells,
    unpack,
)

BLOCK = 32
TILE_BITS = TILE.bit_length() - 1
DRY, OPEN = -1, -2
"""Coarse cells of land alone, and of water alone: one less."""
STRETCH = 8
"""So many pieces, 80 km, are left out at once where the water around both ends is clear."""
RINGS = 4
"""It is looked so many blocks of 8 by 8 coarse cells around for land."""
BLOCKS_ACROSS = COLUMNS // 8
MANY_PIECES = 1000
"""Fewer are looked at at once, without a look at stretches first."""
FEW = 50
"""Points on lines that are fewer are not looked at before the lines are walked."""
NORTH_WEST, STEPS = np.array([[[-180], [90]] * 2, [[STEP_DEG], [-STEP_DEG]] * 2])
"""What brings two (lon, lat) to coarse cells from the north-west."""
PAST = np.iinfo(np.int64).max
SHARES = 1 << 40
"""Shares of a piece are told apart to this."""
_Cuts = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Of points where lines are cut, the line and its pieces so far; where parts begin and end."""
OFFING = 2
"""Coarse cells between land and what is offshore: ships keep 3 nautical miles off if they can."""


@dataclass(frozen=True, slots=True)
class Narrows:
    """
    The cells near land that lines may cross: `Water.narrows` looks them up once for many questions.

    Attributes
    ----------
    cells, slots
        Their sorted numbers, and where their fine cells stand.
    """

    cells: np.ndarray
    slots: np.ndarray

    @classmethod
    def none(cls) -> Narrows:
        """Give none: lines that keep offshore."""
        return cls(np.array([PAST]), np.array([DRY]))

    def slots_of(self, cells: np.ndarray) -> np.ndarray:
        """Tell where the fine cells of some cells stand; of others than these that they are DRY."""
        at = self.cells.searchsorted(cells)
        slots: np.ndarray = np.where(self.cells[at] == cells, self.slots[at], DRY)
        return slots


@dataclass(frozen=True, slots=True)
class _Question:
    """
    What is asked of lines, and the answers so far.

    Attributes
    ----------
    seen
        (n,) lines that no land was found on yet.
    narrows, way
        As in `Water.sees`.
    """

    seen: np.ndarray
    narrows: Narrows | None
    way: np.ndarray | None


@dataclass(frozen=True, slots=True)
class _Parts:
    """
    Parts of lines.

    Attributes
    ----------
    line, step
        Which line each is of, and how many pieces on it begins.
    ends
        (4, n) x0, y0, x1, y1: both ends in coarse cells from the north-west.
    """

    line: np.ndarray
    step: np.ndarray
    ends: np.ndarray


class Water:
    """
    The grid of open water.

    Parameters
    ----------
    arrays
        These arrays by name.
    offshore
        Coarse cells with no land within two cells, packed by rows from the north-west.
    clear
        (ROWS / 32, COLUMNS / 32) flags of squares of coarse cells that are all offshore.
    packed, offsets, dictionary
        The packed tiles one after another, row by row, where each starts, and what packed them.

    Attributes
    ----------
    between
        The points that were found between two (the bytes of their lon, lat) on ways over it: ways
        out of the same harbour begin alike.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._offshore, self._clear = arrays["offshore"], arrays["clear"].ravel()
        self._packed, self._offsets = arrays["packed"], arrays["offsets"]
        self._dictionary = arrays["dictionary"].tobytes()
        self.between: dict[bytes, np.ndarray] = {}
        self._tiles: dict[int, PackedTile] = {}
        self._clear_km = _clear_km(self._offshore)
        self._is_land = np.diff(self._offsets.astype(np.int64)) == 0
        self._place = np.where(self._is_land, 0, -1).astype(np.int32)
        # Laid out in place as they are needed: what lies unused takes no memory.
        self._slots = np.empty((1024, TILE * TILE), np.int32)
        self._bits = np.empty((1 << 16, FINE * FINE // 8), np.uint8)
        self._slots[0] = DRY
        self._laid = 1
        self._filled = 0

    def tile(self, number: int) -> PackedTile:
        """Open a tile, once."""
        tile = self._tiles.get(number)
        if tile is None:
            first, last = self._offsets[number], self._offsets[number + 1]
            tile = self._tiles[number] = unpack(
                self._packed[first:last].tobytes(), self._dictionary
            )
        return tile

    def are_land(self, numbers: np.ndarray) -> np.ndarray:
        """Tell of tiles whether there is no water on them."""
        land: np.ndarray = self._is_land[numbers]
        return land

    def is_offshore(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Tell of coarse cells whether there is no land within two cells."""
        cell = row * COLUMNS + column
        found: np.ndarray = ((self._offshore[cell >> 3] >> (7 - (cell & 7))) & 1).astype(bool)
        return found

    def fine(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Give the fine cells of coarse cells: (n, 32), packed, 1 is water."""
        slot = self._slots_of(row, column)
        found: np.ndarray = np.where((slot == OPEN)[:, None], np.uint8(255), np.uint8(0))
        mixed = slot >= 0
        found = np.repeat(found, FINE * FINE // 8, axis=1)
        found[mixed] = self._bits[slot[mixed]]
        return found

    def fine_of(self, row: int, column: int) -> np.ndarray:
        """Give the fine cells of one coarse cell: (32,), packed, 1 is water."""
        slot = self._slot_of(row, column)
        if slot < 0:
            return np.full(FINE * FINE // 8, 255 if slot == OPEN else 0, np.uint8)
        found: np.ndarray = self._bits[slot]
        return found

    def is_wet(self, row: int, column: int) -> bool:
        """Tell of one fine cell whether no land touches it."""
        slot = self._slot_of(row // FINE, column // FINE)
        if slot < 0:
            return slot == OPEN
        inner = row % FINE * FINE + column % FINE
        return bool(self._bits[slot, inner >> 3] >> (7 - (inner & 7)) & 1)

    def have_water(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Tell of coarse cells whether they are more than land alone."""
        some: np.ndarray = self._slots_of(row, column) != DRY
        return some

    def _slots_of(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Tell of coarse cells where their fine cells stand, or that they are OPEN or DRY."""
        tile = (row >> TILE_BITS) * TILE_COLUMNS + (column >> TILE_BITS)
        place = self._place[tile]
        if len(place) and place.min() < 0:
            for number in sorted(set(tile[place < 0].tolist())):
                self._lay_out(number)
            place = self._place[tile]
        inner = ((row & (TILE - 1)) << TILE_BITS) + (column & (TILE - 1))
        slots: np.ndarray = self._slots[place, inner]
        return slots

    def _slot_of(self, row: int, column: int) -> int:
        """Tell of one coarse cell where its fine cells stand, or that it is OPEN or DRY."""
        tile = row // TILE * TILE_COLUMNS + column // TILE
        if self._place[tile] < 0:
            self._lay_out(tile)
        return int(self._slots[self._place[tile], row % TILE * TILE + column % TILE])

    def _lay_out(self, number: int) -> None:
        """Put the cells of a tile where many are looked up at once."""
        tile = self.tile(number)
        if self._laid == len(self._slots):
            self._slots = np.concatenate([self._slots, np.empty_like(self._slots)])
        mixed = tile.array("mixed")
        while self._filled + len(mixed) > len(self._bits):
            self._bits = np.concatenate([self._bits, np.empty_like(self._bits)])
        slots = self._slots[self._laid]
        np.subtract(DRY, np.unpackbits(tile.array("open")[0]), out=slots, dtype=np.int32)
        slots[mixed] = np.arange(self._filled, self._filled + len(mixed))
        self._bits[self._filled : self._filled + len(mixed)] = tile.array("fine")
        self._place[number] = self._laid
        self._laid += 1
        self._filled += len(mixed)

    def is_water(self, points: np.ndarray) -> np.ndarray:
        """Tell for each (lon, lat) whether no land touches its fine cell."""
        row, column = fine_cells(points)
        return self._are_wet(row, column)

    def sees(
        self,
        starts: np.ndarray,
        stops: np.ndarray,
        narrows: Narrows | None = None,
        way: np.ndarray | None = None,
    ) -> np.ndarray:
        """
        Tell which great circles keep to water.

        Parameters
        ----------
        starts, stops
            (n, 2) lon, lat.
        narrows
            The coarse cells near land that may be crossed over fine cells of water; all of them
            when left out.
        way
            (n,) number of a way for each line where `narrows` holds those of several
            (way * CELLS + cell).
        """
        ask = _Question(np.ones(len(starts), bool), narrows, way)
        arcs = Arcs.between(starts, stops, PIECE_KM)
        parts = None
        ends = (np.concatenate([starts.T, stops.T]) - NORTH_WEST) / STEPS
        if np.add.reduce(arcs.count) > MANY_PIECES:
            parts = self._parts(arcs, ask, _stretches(arcs.count), ends, STRETCH)
            ends = parts.ends
        if parts is None or len(parts.line):
            parts = self._parts(arcs, ask, _pieces(arcs.count, parts), ends, 1)
        if len(parts.line):
            self._walk(parts, ask)
        return ask.seen

    def narrows(self, cells: np.ndarray) -> Narrows:
        """
        Look up cells near land that lines may cross.

        Parameters
        ----------
        cells
            Their sorted numbers, each way's by themselves (way * CELLS + cell).
        """
        row, column = np.divmod(cells % CELLS, COLUMNS)
        # What is past the last stands after it.
        return Narrows(
            np.concatenate([cells, [PAST]]), np.concatenate([self._slots_of(row, column), [DRY]])
        )

    def holds(
        self, points: np.ndarray, narrows: Narrows | None = None, way: np.ndarray | None = None
    ) -> np.ndarray:
        """Tell which points (lon, lat) lie on water, near land in some cells alone, as `sees`."""
        ask = _Question(np.ones(len(points), bool), narrows, way)
        x, y = (points[:, 0] + 180) / STEP_DEG, (90 - points[:, 1]) / STEP_DEG
        self._strike(x, y, np.arange(len(points)), ask)
        return ask.seen

    def _parts(
        self, arcs: Arcs, ask: _Question, cuts: _Cuts, ends: np.ndarray, stride: int
    ) -> _Parts:
        """
        Cut lines into stretches, and stretches into pieces, and leave out what is clear of land.

        Lines that are on land where they are cut are no longer seen.
        """
        line, step, first, last = cuts
        both = np.empty((2, len(line)))
        x, y = both
        x[first], y[first], x[last], y[last] = ends
        edge = np.zeros(len(line), bool)
        edge[first] = edge[last] = True
        between = ~edge
        at = between.nonzero()[0]
        if len(at):
            lon, lat = arcs.at(line[at], step[at])
            x[at], y[at] = (lon + 180) / STEP_DEG, (90 - lat) / STEP_DEG
        row, column = np.minimum(y.astype(np.int64), ROWS - 1), _round(x.astype(np.int64))
        block = (row >> 3) * BLOCKS_ACROSS + (column >> 3)
        clear_km = self._clear_km[block]
        # An end may lie on the edge of a cell, which the line does not enter.
        at = (between & (clear_km == 0)).nonzero()[0]
        if len(at) > FEW:
            self._strike(x[at], y[at], line[at], ask)
        left = clear_km[1:] + clear_km[:-1] < stride * PIECE_KM + 2
        left[last[:-1]] = False
        left &= ask.seen[line[1:]]
        if stride == 1:
            left &= (block[1:] != block[:-1]) | (clear_km[1:] == 0)
        at = left.nonzero()[0]
        cut = np.concatenate([both.take(at, axis=1), both.take(at + 1, axis=1)])
        return _Parts(line[at], step[at], cut)

    def _strike(self, x: np.ndarray, y: np.ndarray, line: np.ndarray, ask: _Question) -> None:
        """Strike out lines that have a point on land, or near land where they may not be."""
        column, row = (x * FINE).astype(np.int64) % FINE_COLUMNS, (y * FINE).astype(np.int64)
        shut = self._near_land((row >> FINE_BITS) * COLUMNS + (column >> FINE_BITS))
        row, column, line = row[shut], column[shut], line[shut]
        slot = self._slots_on(row >> FINE_BITS, column >> FINE_BITS, line, ask)
        mixed = (slot >= 0).nonzero()[0]
        dry = ~self._are_set(slot[mixed], row[mixed], column[mixed])
        ask.seen[line[mixed[dry]]] = False

    def _near_land(self, cell: np.ndarray) -> np.ndarray:
        """List which coarse cells, by their numbers, are not offshore."""
        near: np.ndarray = ((self._offshore[cell >> 3] << (cell & 7)) & 128 == 0).nonzero()[0]
        return near

    def _slots_on(
        self, row: np.ndarray, column: np.ndarray, line: np.ndarray, ask: _Question
    ) -> np.ndarray:
        """
        Tell where the fine cells of cells near land on lines stand, as `_slots_of`.

        Lines over land, or over cells near it that they may not cross, are no longer seen.
        """
        if ask.narrows is None:
            slot = self._slots_of(row, column)
        else:
            cell = row * COLUMNS + column
            if ask.way is not None:
                cell += CELLS * ask.way[line]
            slot = ask.narrows.slots_of(cell)
        ask.seen[line[slot == DRY]] = False
        return slot

    def _walk(self, parts: _Parts, ask: _Question) -> None:
        """Strike out lines with pieces that cross land, or cells where they may not be."""
        start, step = parts.ends[:2], parts.ends[2:] - parts.ends[:2]
        step[0] = (step[0] + COLUMNS / 2) % COLUMNS - COLUMNS / 2
        which, begin, end = _crossed(start, step)
        x, y = _on(start, step, which, (begin + end) / 2)
        column, row = _round(x), np.minimum(y, ROWS - 1)
        shut = self._near_land(row * COLUMNS + column)
        if not len(shut):
            return
        which = which[shut]
        line = parts.line[which]
        slot = self._slots_on(row[shut], column[shut], line, ask)
        near = ((slot >= 0) & ask.seen[line]).nonzero()[0]
        if not len(near):
            return
        which, shut = which[near], shut[near]
        starts, steps = start.take(which, axis=1) * FINE, step.take(which, axis=1) * FINE
        hit = self._hits(starts + begin[shut] * steps, starts + end[shut] * steps, slot[near])
        ask.seen[line[near[hit]]] = False

    def _hits(self, starts: np.ndarray, stops: np.ndarray, slot: np.ndarray) -> np.ndarray:
        """List which straight parts (x, y), each within one mixed cell, cross cells of land."""
        steps = stops - starts
        part, low, high = _crossed(starts, steps)
        x, y = _on(starts, steps, part, (low + high) / 2)
        hits: np.ndarray = part[~self._are_set(slot[part], y, x)]
        return hits

    def _are_set(self, slot: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Tell of fine cells in mixed cells whether they are water."""
        inner = (row & (FINE - 1)) * FINE + (column & (FINE - 1))
        wet: np.ndarray = ((self._bits[slot, inner >> 3] >> (7 - (inner & 7))) & 1).astype(bool)
        return wet

    def _are_wet(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        wet = self.is_offshore(row // FINE, column // FINE)
        shut = np.flatnonzero(~wet)
        if len(shut):
            bits = self.fine(row[shut] // FINE, column[shut] // FINE)
            inner = (row[shut] % FINE) * FINE + column[shut] % FINE
            wet[shut] = (bits[np.arange(len(shut)), inner >> 3] >> (7 - (inner & 7))) & 1
        return wet


def _clear_km(offshore: np.ndarray) -> np.ndarray:
    """
    Bound from below how far it is from anywhere in a block of 8 by 8 coarse cells to land.

    Returns (blocks,) km + 1, rounded down; 0 where not all of the block is offshore.
    """
    # Eight blocks at once.
    rows = offshore.view(np.uint64).reshape(-1, 8, BLOCKS_ACROSS // 8)
    clear = np.bitwise_and.reduce(rows, axis=1).view(np.uint8) == 255
    rings = clear.astype(np.uint8)
    wide = rings.copy()
    for _ in range(RINGS):
        tall = np.zeros_like(wide)
        tall[1:-1] = wide[:-2] & wide[1:-1] & wide[2:]
        wide = tall & np.roll(tall, 1, axis=1) & np.roll(tall, -1, axis=1)
        rings += wide
    side = 8 * STEP_DEG
    edge = np.abs(90 - np.arange(len(rings) + 1) * side)
    ring = np.arange(RINGS + 1)
    lat = np.minimum(np.maximum(edge[1:], edge[:-1])[:, None] + ring * side, 90)
    km = ring * np.radians(side) * EARTH_RADIUS_KM * np.cos(np.radians(lat))
    table = np.concatenate([np.zeros((len(km), 1)), km + 1], axis=1).astype(np.int16)
    base = np.arange(len(rings), dtype=np.int32)[:, None] * table.shape[1]
    found: np.ndarray = table.ravel()[(base + rings).ravel()]
    return found


def _crossed(start: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Walk straight pieces, (2, n) x and y of where they start and how far they lead, over a grid.

    Returns, for each unit cell that a piece crosses, the piece and the shares between which it
    does.
    """
    count = start.shape[1]
    every = np.arange(count)
    begin, along = start.ravel(), step.ravel()
    end = begin + along
    line = np.floor(np.minimum(begin, end)) + 1
    lines = np.maximum(np.ceil(np.maximum(begin, end)) - line, 0).astype(np.int64)
    last = np.add.accumulate(lines)
    axis = np.arange(2 * count).repeat(lines)
    share = (line - (last - lines))[axis] + np.arange(len(axis))
    share -= begin[axis]
    share /= along[axis]
    axis[int(last[count - 1]) :] -= count
    which = np.concatenate([axis, every, every])
    share = np.concatenate([share, np.zeros(count), np.ones(count)])
    # Whole numbers: where two lines are crossed at once is told alike wherever the piece stands.
    order = (which * (SHARES + 2) + (share * SHARES).astype(np.int64)).argsort(kind="stable")
    which, share = which[order], share[order]
    same = (which[1:] == which[:-1]).nonzero()[0]
    return which[same], share[same], share[same + 1]


def _on(start: np.ndarray, step: np.ndarray, which: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Find the cells, (2, k) column and row, so far along some straight pieces."""
    cells: np.ndarray = np.floor(
        start.take(which, axis=1) + share * step.take(which, axis=1)
    ).astype(np.int64)
    return cells


def _stretches(count: np.ndarray) -> _Cuts:
    """Cut lines of so many pieces each into stretches."""
    many = (count + (STRETCH - 1)) // STRETCH
    line, inner, first = numbered(many + 1)
    return line, np.minimum(inner * STRETCH, count[line]), first, first + many


def _pieces(count: np.ndarray, parts: _Parts | None) -> _Cuts:
    """Cut lines of so many pieces each, or stretches of some of them, into pieces."""
    if parts is None:
        line, step, first = numbered(count + 1)
        return line, step, first, first + count
    many = np.minimum(count[parts.line] - parts.step, STRETCH)
    which, inner, first = numbered(many + 1)
    return parts.line[which], parts.step[which] + inner, first, first + many


def _round(column: np.ndarray) -> np.ndarray:
    """Bring columns of coarse cells back within the grid; quicker than the rest of a division."""
    round_: np.ndarray = column - column // COLUMNS * COLUMNS
    return round_
