"""Where there is water: cells that no land touches, fine near the shore, and lines of sight."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

ROWS, COLUMNS = 7200, 14400
"""Coarse cells: 0.025 degrees, 2.8 km of latitude."""
CELLS = ROWS * COLUMNS
FINE = 16
"""Fine cells a side of a coarse cell: 0.0016 degrees, 174 m of latitude."""
FINE_ROWS, FINE_COLUMNS = ROWS * FINE, COLUMNS * FINE
STEP_DEG, FINE_DEG = 180 / ROWS, 180 / FINE_ROWS
TILE = 32
"""Coarse cells a side of a tile: 0.8 degrees."""
TILE_ROWS, TILE_COLUMNS = ROWS // TILE, COLUMNS // TILE
BLOCK = 32
EARTH_RADIUS_KM = 6371.0088
DRY, OPEN = -1, -2
"""Coarse cells of land alone, and of water alone."""
PIECE_KM = 10.0
"""
Pieces of a great circle taken as straight in longitude and latitude: they leave it by at most 3 m.
"""
STRETCH, STRETCHED_LAT, MARK = 8, 65.0, 1 << 16
"""
So many pieces are left out at once where the tiles around both ends are clear: 80 km, which up to
this latitude are less than three tiles.
"""
OFFING = 2
"""Coarse cells between land and what is offshore: ships keep 3 nautical miles off if they can."""
_ARRAYS = (
    ("open", "u1", TILE * TILE // 8),
    ("mixed", "<u2", 2),
    ("fine", "u1", FINE * FINE // 8),
    ("row", "<u2", 2),
    ("column", "<u2", 2),
    ("size", "u1", 1),
    ("toll", "u1", 1),
    ("degree", "u1", 1),
    ("near_tile", "u1", 1),
    ("near", "<u2", 2),
)
_COUNTS = (3, 0, 0, 1, 1, 1, 1, 1, 2, 2)
_STEPS = ("mixed", "row")
"""Arrays that are written as steps from one to the next: most are small, which packs better."""


_LAND = np.array([0, 0, 0, 1], "<u4").tobytes() + bytes(TILE * TILE // 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """
    Water of a square of 0.8 degrees, and the nodes of the search graph on it.

    Attributes
    ----------
    open
        (1, 128) coarse cells that no land touches, packed.
    mixed
        (m,) sorted coarse cells (row * TILE + column) that hold land and water.
    fine
        (m, 32) their fine cells, packed: 1 is water.
    row, column
        (n,) fine cells of the nodes, from the tile's north-west corner.
    size
        (n,) side of a node's block of open coarse cells; 0 for one of the waters of a mixed cell.
    toll
        (n,) surcharge for a narrow water, in hundredths of its length.
    degree, near_tile, near
        Later neighbours of each node one after another (each pair is held once): which of the nine
        tiles around, row by row, and how far on its number is from the node's.
    """

    open: np.ndarray
    mixed: np.ndarray
    fine: np.ndarray
    row: np.ndarray
    column: np.ndarray
    size: np.ndarray
    toll: np.ndarray
    degree: np.ndarray
    near_tile: np.ndarray
    near: np.ndarray

    def to_bytes(self) -> bytes:
        """Write the tile."""
        counts = np.array([len(self.mixed), len(self.row), len(self.near), 1], "<u4")
        parts = []
        for name, kind, _ in _ARRAYS:
            array = getattr(self, name).astype(kind)
            if name in _STEPS:
                array = np.diff(array, prepend=array.dtype.type(0))
            parts.append(_planes(array))
        return counts.tobytes() + b"".join(parts)


def pack(data: bytes, dictionary: bytes) -> bytes:
    """Compress the bytes of a tile; the dictionary holds what many tiles begin with."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, dictionary)
    return packer.compress(data) + packer.flush()


def unpack(packed: bytes, dictionary: bytes) -> Tile:
    """Read a tile from compressed bytes; from none, a tile of land."""
    data = zlib.decompressobj(-15, dictionary).decompress(packed) if packed else _LAND
    counts = np.frombuffer(data, "<u4", 4)
    at, arrays = 16, {}
    for (name, kind, width), which in zip(_ARRAYS, _COUNTS, strict=True):
        count = int(counts[which])
        flat = np.frombuffer(data, "u1", count * width, at)
        at += count * width
        if kind == "<u2":
            array = np.ascontiguousarray(flat.reshape(2, count).T).view(kind)[:, 0]
            arrays[name] = np.cumsum(array, dtype=kind) if name in _STEPS else array
        else:
            arrays[name] = flat.reshape(count, width) if width > 1 else flat
    return Tile(**arrays)


def _planes(array: np.ndarray) -> bytes:
    """Write an array; of two-byte numbers the low bytes first, which packs better."""
    if array.dtype == np.dtype("<u2"):
        return array.view("u1").reshape(-1, 2).T.tobytes()
    return array.tobytes()


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
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._offshore, self._clear = arrays["offshore"], arrays["clear"].ravel()
        self._packed, self._offsets = arrays["packed"], arrays["offsets"]
        self._dictionary = arrays["dictionary"].tobytes()
        self._tiles: dict[int, Tile] = {}
        self._far_off = _far_off(arrays["clear"])
        self._is_land = np.diff(self._offsets.astype(np.int64)) == 0
        self._place = np.where(self._is_land, 0, -1).astype(np.int32)
        self._slots = np.full((64, TILE * TILE), DRY, np.int32)
        self._bits = np.zeros((4096, FINE * FINE // 8), np.uint8)
        self._laid = 1
        self._filled = 0

    def tile(self, number: int) -> Tile:
        """Open a tile, once."""
        tile = self._tiles.get(number)
        if tile is None:
            first, last = self._offsets[number], self._offsets[number + 1]
            tile = self._tiles[number] = unpack(
                self._packed[first:last].tobytes(), self._dictionary
            )
        return tile

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

    def _slots_of(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Tell of coarse cells where their fine cells stand, or that they are OPEN or DRY."""
        tile = (row // TILE) * TILE_COLUMNS + column // TILE
        place = self._place[tile]
        if (place < 0).any():
            for number in np.unique(tile[place < 0]).tolist():
                self._lay_out(number)
            place = self._place[tile]
        slots: np.ndarray = self._slots[place, (row % TILE) * TILE + column % TILE]
        return slots

    def _lay_out(self, number: int) -> None:
        """Put the cells of a tile where many are looked up at once."""
        tile = self.tile(number)
        if self._laid == len(self._slots):
            self._slots = np.concatenate([self._slots, np.full_like(self._slots, DRY)])
        while self._filled + len(tile.mixed) > len(self._bits):
            self._bits = np.concatenate([self._bits, np.zeros_like(self._bits)])
        slots = self._slots[self._laid]
        slots[np.unpackbits(tile.open[0]).astype(bool)] = OPEN
        slots[tile.mixed] = self._filled + np.arange(len(tile.mixed))
        self._bits[self._filled : self._filled + len(tile.mixed)] = tile.fine
        self._place[number] = self._laid
        self._laid += 1
        self._filled += len(tile.mixed)

    def is_water(self, points: np.ndarray) -> np.ndarray:
        """Tell for each (lon, lat) whether no land touches its fine cell."""
        row, column = fine_cells(points)
        return self._are_wet(row, column)

    def sees(
        self,
        starts: np.ndarray,
        stops: np.ndarray,
        narrows: np.ndarray | None = None,
        way: np.ndarray | None = None,
    ) -> np.ndarray:
        """
        Tell which great circles keep to water.

        Parameters
        ----------
        starts, stops
            (n, 2) lon, lat.
        narrows
            Sorted numbers of the coarse cells near land that may be crossed over fine cells of
            water; all of them when left out.
        way
            (n,) number of a way for each line where `narrows` holds those of several
            (way * CELLS + cell).
        """
        seen = np.ones(len(starts), bool)
        points, line = self._sampled(starts, stops, seen)
        if not len(line):
            return seen
        x, y, tile = _placed(points)
        # Most of what is asked in vain leads right over the land.
        seen[line[self._is_land[tile]] // MARK] = False
        step = (x[1:] - x[:-1] + COLUMNS / 2) % COLUMNS - COLUMNS / 2
        left = line[1:] == line[:-1]
        line = line // MARK
        left &= seen[line[1:]]
        left &= ~((tile[1:] == tile[:-1]) & self._clear[tile[1:]])
        piece = np.flatnonzero(left)
        if not len(piece):
            return seen
        pieces = np.column_stack([x[piece], y[piece], x[piece] + step[piece], y[piece + 1]])
        which, begin, end = _crossed(pieces)
        middle = (begin + end) / 2
        column = np.floor(pieces[which, 0] + middle * step[piece][which]).astype(np.int64) % COLUMNS
        row = (pieces[which, 1] + middle * (pieces[which, 3] - pieces[which, 1])).astype(np.int64)
        row = np.minimum(row, ROWS - 1)
        shut = np.flatnonzero(~self.is_offshore(row, column))
        if not len(shut):
            return seen
        row, column, which = row[shut], column[shut], which[shut]
        lines = line[piece[which]]
        if narrows is not None:
            number = row * COLUMNS + column
            if way is not None:
                number = number + CELLS * way[lines]
            seen[lines[~_within(number, narrows)]] = False
            kept = seen[lines]
            row, column, which, shut, lines = (
                array[kept] for array in (row, column, which, shut, lines)
            )
        slot = self._slots_of(row, column)
        seen[lines[slot == DRY]] = False
        near = np.flatnonzero((slot >= 0) & seen[lines])
        if not len(near):
            return seen
        shares = np.column_stack([begin, end])[shut[near]]
        hits = self._hits(pieces[which[near]], shares, slot[near])
        seen[lines[near[hits]]] = False
        return seen

    def _sampled(
        self, starts: np.ndarray, stops: np.ndarray, seen: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """
        Sample great circles where there may be land, and mark off those that lead over land.

        Returns (lon, lat) every 10 km, and the line of each times MARK and its stretch: far at sea
        stretches of 80 km are left out.
        """
        arcs = Arcs.between(starts, stops, PIECE_KM)
        stretches = -(-arcs.count // STRETCH) + 1
        line = np.repeat(np.arange(len(starts)), stretches)
        first = np.cumsum(stretches) - stretches
        stretch = np.arange(len(line)) - first[line]
        step = np.minimum(stretch * STRETCH, arcs.count[line])
        _, _, tile = _placed(arcs.at(line, step))
        seen[line[self._is_land[tile]]] = False
        left = (line[1:] == line[:-1]) & seen[line[1:]]
        left &= ~(self._far_off[tile[1:]] & self._far_off[tile[:-1]])
        some = np.flatnonzero(left)
        count = step[some + 1] - step[some] + 1
        which = np.repeat(some, count)
        inner = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        points = arcs.at(line[which], step[which] + inner)
        return points, line[which] * MARK + stretch[which]

    def _hits(self, pieces: np.ndarray, shares: np.ndarray, slot: np.ndarray) -> np.ndarray:
        """List which parts of pieces, each within one mixed cell, cross fine cells of land."""
        start, step = pieces[:, :2] * FINE, (pieces[:, 2:] - pieces[:, :2]) * FINE
        parts = np.hstack([start + shares[:, :1] * step, start + shares[:, 1:] * step])
        part, low, high = _crossed(parts)
        share = (low + high) / 2
        a, b, c, d = parts[part].T
        inner_column = np.floor(a + share * (c - a)).astype(np.int64) % FINE
        inner_row = np.floor(b + share * (d - b)).astype(np.int64) % FINE
        inner = inner_row * FINE + inner_column
        bits = self._bits[slot[part], inner >> 3]
        dry = ((bits >> (7 - (inner & 7))) & 1) == 0
        hits: np.ndarray = part[dry]
        return hits

    def _are_wet(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        wet = self.is_offshore(row // FINE, column // FINE)
        shut = np.flatnonzero(~wet)
        if len(shut):
            bits = self.fine(row[shut] // FINE, column[shut] // FINE)
            inner = (row[shut] % FINE) * FINE + column[shut] % FINE
            wet[shut] = (bits[np.arange(len(shut)), inner >> 3] >> (7 - (inner & 7))) & 1
        return wet


def fine_cells(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows and columns of the fine cells of (lon, lat)."""
    column = np.floor((points[:, 0] + 180) / FINE_DEG).astype(np.int64) % FINE_COLUMNS
    row = np.clip(np.floor((90 - points[:, 1]) / FINE_DEG).astype(np.int64), 0, FINE_ROWS - 1)
    return row, column


def fine_points(row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Give the (lon, lat) of the middles of fine cells."""
    return np.column_stack([-180 + (column + 0.5) * FINE_DEG, 90 - (row + 0.5) * FINE_DEG])


def unit_vectors(points: np.ndarray) -> np.ndarray:
    """Turn (lon, lat) into vectors on the unit sphere."""
    x, y = np.radians(points[..., 0]), np.radians(points[..., 1])
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=-1)


def distances_km(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Measure great circles between points (lon, lat) on the mean sphere."""
    chord = np.linalg.norm(unit_vectors(a) - unit_vectors(b), axis=-1)
    km: np.ndarray = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1))
    return km


def great_circle(a: np.ndarray, b: np.ndarray, spacing_km: float) -> np.ndarray:
    """Sample the great circle between two points, both included."""
    return great_circles(np.array([a]), np.array([b]), spacing_km)[0]


@dataclass(frozen=True, slots=True)
class Arcs:
    """
    Great circles to be sampled.

    Attributes
    ----------
    starts, stops
        (n, 2) lon, lat.
    a, b
        (n, 3) the same on the unit sphere.
    angle
        (n,) lengths in radians.
    count
        (n,) pieces that each is cut into.
    """

    starts: np.ndarray
    stops: np.ndarray
    a: np.ndarray
    b: np.ndarray
    angle: np.ndarray
    count: np.ndarray

    @classmethod
    def between(cls, starts: np.ndarray, stops: np.ndarray, spacing_km: float) -> Arcs:
        """Cut great circles into pieces of at most some length."""
        a, b = unit_vectors(starts), unit_vectors(stops)
        chord = np.sqrt(((a - b) ** 2).sum(axis=1))
        angle = 2 * np.arcsin(np.minimum(chord / 2, 1))
        pieces = np.maximum(np.ceil(angle * (EARTH_RADIUS_KM / spacing_km)), 1)
        return cls(starts, stops, a, b, angle, pieces.astype(np.int64))

    def at(self, line: np.ndarray, step: np.ndarray) -> np.ndarray:
        """Give (lon, lat) on some of the lines, so many pieces on."""
        angle, count = self.angle[line], self.count[line]
        sine = np.maximum(np.sin(angle), 1e-12)
        along = angle * (step / count)
        ahead = (np.sin(along) / sine)[:, None]
        behind = (np.sin(angle - along) / sine)[:, None]
        vectors = behind * self.a[line] + ahead * self.b[line]
        lon = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0]))
        lat = np.degrees(np.arcsin(np.clip(vectors[:, 2], -1, 1)))
        points = np.column_stack([lon, lat])
        first, last = step == 0, step == count
        points[first], points[last] = self.starts[line[first]], self.stops[line[last]]
        return points


def great_circles(
    starts: np.ndarray, stops: np.ndarray, spacing_km: float
) -> tuple[np.ndarray, np.ndarray]:
    """Sample great circles, ends included; (lon, lat) one after another, and which is whose."""
    arcs = Arcs.between(starts, stops, spacing_km)
    count = arcs.count + 1
    line = np.repeat(np.arange(len(starts)), count)
    step = np.arange(len(line)) - (np.cumsum(count) - count)[line]
    return arcs.at(line, step), line


def _placed(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give where points lie in coarse cells, and on which tiles."""
    x = (points[:, 0] + 180) / STEP_DEG
    y = (90 - points[:, 1]) / STEP_DEG
    row = np.minimum((y / TILE).astype(np.int64), TILE_ROWS - 1)
    return x, y, row * TILE_COLUMNS + (x / TILE).astype(np.int64) % TILE_COLUMNS


def _far_off(clear: np.ndarray) -> np.ndarray:
    """Mark clear tiles amid clear tiles, but for where tiles are narrow."""
    wide = np.pad(clear, ((1, 1), (0, 0)), constant_values=False)
    tall = wide[:-2] & wide[1:-1] & wide[2:]
    far = tall & np.roll(tall, 1, axis=1) & np.roll(tall, -1, axis=1)
    lat = 90 - (np.arange(TILE_ROWS) + 0.5) * TILE * STEP_DEG
    far[np.abs(lat) > STRETCHED_LAT] = False
    flat: np.ndarray = far.ravel()
    return flat


def _crossed(pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Walk straight pieces (x0, y0, x1, y1) over a grid of unit cells.

    Returns, for each cell that a piece crosses, the piece and the shares between which it does.
    """
    x0, y0, x1, y1 = pieces.T
    whose, shares = [], []
    for a, b in ((x0, x1), (y0, y1)):
        low, high = np.minimum(a, b), np.maximum(a, b)
        first = np.floor(low) + 1
        count = np.maximum(np.ceil(high) - first, 0).astype(np.int64)
        which = np.repeat(np.arange(len(a)), count)
        if not len(which):
            continue
        line = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        whose.append(which)
        shares.append((line - a[which]) / (b - a)[which])
    every = np.arange(len(x0))
    which = np.concatenate([*whose, every, every])
    share = np.concatenate([*shares, np.zeros(len(x0)), np.ones(len(x0))])
    order = np.argsort(which + share * (1 - 1e-9), kind="stable")
    which, share = which[order], share[order]
    same = which[1:] == which[:-1]
    return which[1:][same], share[:-1][same], share[1:][same]


def _within(values: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    if not len(ordered):
        return np.zeros(len(values), bool)
    found: np.ndarray = (
        ordered[np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)] == values
    )
    return found
