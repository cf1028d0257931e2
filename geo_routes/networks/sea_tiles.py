"""Squares of the sea as they are kept: cells that no land touches, and nodes of a graph on them."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ROWS, COLUMNS = 7200, 14400
"""Coarse cells: 0.025 degrees, 2.8 km of latitude."""
CELLS = ROWS * COLUMNS
FINE = 16
"""Fine cells a side of a coarse cell: 0.0016 degrees, 174 m of latitude."""
FINE_BITS = FINE.bit_length() - 1
FINE_ROWS, FINE_COLUMNS = ROWS * FINE, COLUMNS * FINE
STEP_DEG, FINE_DEG = 180 / ROWS, 180 / FINE_ROWS
TILE = 32
"""Coarse cells a side of a tile: 0.8 degrees."""
TILE_ROWS, TILE_COLUMNS = ROWS // TILE, COLUMNS // TILE
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


class PackedTile:
    """
    A tile whose arrays are read when they are asked for: most questions need few of them.

    Parameters
    ----------
    data
        What `Tile.to_bytes` wrote.
    """

    __slots__ = ("counts", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.counts: tuple[int, ...] = struct.unpack_from("<4I", data)

    def array(self, name: str) -> np.ndarray:
        """Read an array; `Tile` tells of each."""
        kind, width, which, (of_mixed, of_node, of_near, start) = _LAYOUT[name]
        mixed, nodes, near, _ = self.counts
        first = start + of_mixed * mixed + of_node * nodes + of_near * near
        count = self.counts[which] * width
        low = np.frombuffer(self.data, "u1", count, first)
        if kind == "u1":
            return low.reshape(-1, width) if width > 1 else low
        array = _paired(low, np.frombuffer(self.data, "u1", count, first + count))
        return np.add.accumulate(array, dtype=kind) if name in _STEPS else array


def unpack(packed: bytes, dictionary: bytes) -> PackedTile:
    """Read a tile from compressed bytes; from none, a tile of land."""
    return PackedTile(zlib.decompressobj(-15, dictionary).decompress(packed) if packed else _LAND)


@dataclass(frozen=True, slots=True)
class Nodes:
    """
    The nodes of several tiles, one tile after another.

    Attributes
    ----------
    starts
        Where the nodes of each tile begin, and where those of the last end.
    tile
        (n,) place of each node's tile among them.
    row, column, toll, degree, near_tile, near
        As in `Tile`.
    """

    starts: np.ndarray
    tile: np.ndarray
    row: np.ndarray
    column: np.ndarray
    toll: np.ndarray
    degree: np.ndarray
    near_tile: np.ndarray
    near: np.ndarray


def join(tiles: Sequence[PackedTile]) -> Nodes:
    """Read the nodes of several tiles: what a tile holds of each stands side by side in it."""
    of_nodes, of_near, starts = [], [], [0]
    for tile in tiles:
        mixed, nodes, near, _ = tile.counts
        first = _LAYOUT["row"][3][3] + _LAYOUT["row"][3][0] * mixed
        of_nodes.append(np.frombuffer(tile.data, "u1", 7 * nodes, first).reshape(7, nodes))
        of_near.append(np.frombuffer(tile.data, "u1", 3 * near, first + 7 * nodes).reshape(3, near))
        starts.append(starts[-1] + nodes)
    row, row_high, column, column_high, _, toll, degree = np.concatenate(of_nodes, axis=1)
    near_tile, near, near_high = np.concatenate(of_near, axis=1)
    begin = np.array(starts)
    whose = np.arange(len(tiles)).repeat(begin[1:] - begin[:-1])
    # Sums that run over wrap round, and so does what is taken off at each tile's beginning.
    rows = np.add.accumulate(_paired(row, row_high), dtype="<u2")
    rows -= np.concatenate([np.zeros(1, "<u2"), rows])[begin[:-1]][whose]
    return Nodes(
        starts=begin,
        tile=whose,
        row=rows,
        column=_paired(column, column_high),
        toll=toll,
        degree=degree,
        near_tile=near_tile,
        near=_paired(near, near_high),
    )


def _paired(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Put the low and high bytes of numbers together."""
    pairs = np.empty((len(low), 2), "u1")
    pairs[:, 0], pairs[:, 1] = low, high
    return pairs.view("<u2").ravel()


def _layout() -> dict[str, tuple[str, int, int, tuple[int, ...]]]:
    """
    Tell where the arrays of a tile stand in its bytes.

    Gives for each its type, the bytes of one (of its low half), which of the counts is its own,
    and what stands before it: so many bytes for each mixed cell, node and neighbour, and others.
    """
    layout, before = {}, [0, 0, 0, 16]
    for (name, kind, width), which in zip(_ARRAYS, _COUNTS, strict=True):
        layout[name] = kind, 1 if kind == "<u2" else width, which, tuple(before)
        before[which] += width
    return layout


_LAYOUT = _layout()


def _planes(array: np.ndarray) -> bytes:
    """Write an array; of two-byte numbers the low bytes first, which packs better."""
    if array.dtype == np.dtype("<u2"):
        return array.view("u1").reshape(-1, 2).T.tobytes()
    return array.tobytes()


def fine_cells(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows and columns of the fine cells of (lon, lat)."""
    column = np.floor((points[:, 0] + 180) / FINE_DEG).astype(np.int64) % FINE_COLUMNS
    row = np.clip(np.floor((90 - points[:, 1]) / FINE_DEG).astype(np.int64), 0, FINE_ROWS - 1)
    return row, column


def fine_cell(lon: float, lat: float) -> tuple[int, int]:
    """Find the row and column of the fine cell of one point: quicker than `fine_cells`."""
    row = min(max(math.floor((90 - lat) / FINE_DEG), 0), FINE_ROWS - 1)
    return row, math.floor((lon + 180) / FINE_DEG) % FINE_COLUMNS


def fine_points(row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Give the (lon, lat) of the middles of fine cells."""
    points = np.empty((len(row), 2))
    points[:, 0], points[:, 1] = -180 + (column + 0.5) * FINE_DEG, 90 - (row + 0.5) * FINE_DEG
    return points
