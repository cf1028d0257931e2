"""The near water of an end: the point on the water, the nodes around it, and ways between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo_routes.networks.sea_arcs import (
    EARTH_RADIUS_KM,
    distances_km,
    vectors_by_axis,
)
from geo_routes.networks.sea_tiles import (
    COLUMNS,
    FINE,
    FINE_BITS,
    FINE_DEG,
    ROWS,
    STEP_DEG,
    TILE,
    TILE_COLUMNS,
    TILE_ROWS,
    fine_cell,
    fine_cells,
    fine_points,
    join,
)
from geo_routes.networks.sea_water import Water

MAX_SNAP_KM = 25.0
AROUND_ROW, AROUND_COLUMN = np.indices((3, 3)).reshape(2, 9) - 1
BLOCK_STEPS = np.array([-COLUMNS - 1, -COLUMNS, -1, 0])
LAST = FINE * FINE - 1
"""The last fine cell of a coarse one ..."""
WEST, EAST = (sum(1 << (FINE * row + edge) for row in range(FINE)) for edge in (FINE - 1, 0))
"""... and its sides, where the first fine cell is the highest bit."""
NODE_STEP = 1 << 16
"""Nodes are numbered tile * NODE_STEP + place in the tile."""
Course = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class End:
    """An end of a way on the water: its point, its node, and how far the given point was."""

    point: np.ndarray
    node: int
    snap_km: float


@dataclass(frozen=True, slots=True)
class Window:
    """
    The nodes of some tiles.

    Attributes
    ----------
    tiles, starts
        Numbers of the tiles, and where the nodes of each begin.
    points
        (n, 2) nodes (lon, lat).
    cells
        (n,) coarse cells of the nodes near land; -1 for those offshore.
    graph
        Costs in km between neighbours, each pair once.
    """

    tiles: np.ndarray
    starts: np.ndarray
    points: np.ndarray
    cells: np.ndarray
    graph: csr_matrix

    def index(self, nodes: np.ndarray) -> np.ndarray:
        """Find the places of nodes in the window; -1 where outside."""
        tile, local = np.divmod(nodes, NODE_STEP)
        at = np.minimum(np.searchsorted(self.tiles, tile), len(self.tiles) - 1)
        return np.where(self.tiles[at] == tile, self.starts[at] + local, -1)

    def place(self, node: int) -> int:
        """Find the place of one node in the window."""
        tile, local = divmod(node, NODE_STEP)
        return int(self.starts[self.tiles.searchsorted(tile)]) + local

    def distances(self, node: int, limit_km: float) -> tuple[np.ndarray, np.ndarray]:
        """Measure the ways from a node to all others, and give the node before each."""
        costs, before = dijkstra(
            self.graph, directed=False, indices=node, return_predecessors=True, limit=limit_km
        )
        return costs, before


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """
    What an end reaches: corners, and the costs to them in km.

    Each is itself alone, so that what follows from it can be kept.

    Attributes
    ----------
    window, start, before
        Where they were reached by the end's own water: its nodes, the end's, and the way back;
        left out where the end sees them.
    """

    end: End
    corners: np.ndarray
    costs: np.ndarray
    window: Window | None = None
    start: int = -1
    before: np.ndarray | None = None


def way_back(before: np.ndarray, start: int, place: int) -> list[int]:
    """List the nodes from a start to a place, by what is before each."""
    path = [place]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return path[::-1]


def narrows_of(window: Window, nodes: Sequence[int]) -> np.ndarray:
    """List the cells near land on a way and those next to them."""
    cells = window.cells[list(nodes)]
    return cells_around(cells[cells >= 0])


def cells_around(cells: np.ndarray) -> np.ndarray:
    """List coarse cells and those next to them, sorted."""
    # The middle of a block of two cells lies in its south-eastern one.
    return distinct((cells[:, None] + BLOCK_STEPS).ravel())


def distinct(values: np.ndarray) -> np.ndarray:
    """List whole numbers once each, sorted: quicker than numpy.unique over few."""
    ordered = np.sort(values)
    new = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]


def coarse_cells(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the rows and columns of the coarse cells of (lon, lat)."""
    row, column = fine_cells(points)
    return row >> FINE_BITS, column >> FINE_BITS


def tiles_around(points: np.ndarray, reach_km: float) -> tuple[int, ...]:
    """Number the tiles within reach of any of a few points near each other."""
    lons, lats = points.T.tolist()
    reach = reach_km / 111.2
    high = min(max(map(abs, lats)) + reach, 89.0)
    reach_lon = min(reach / max(float(np.cos(np.radians(high))), 0.02), 179.0)
    lons = [lon + 360 * round((lons[0] - lon) / 360) for lon in lons]
    side = TILE * FINE * FINE_DEG
    first = math.floor((min(lons) - reach_lon + 180) / side)
    last = math.floor((max(lons) + reach_lon + 180) / side)
    top = math.floor((90 - max(lats) - reach) / side)
    bottom = math.floor((90 - min(lats) + reach) / side)
    columns = {
        column % TILE_COLUMNS for column in range(first, min(last, first + TILE_COLUMNS - 1) + 1)
    }
    rows = range(max(top, 0), min(bottom, TILE_ROWS - 1) + 1)
    return tuple(sorted(row * TILE_COLUMNS + column for row in rows for column in columns))


def open_window(water: Water, tiles: tuple[int, ...], fences: Sequence[Course]) -> Window:
    """
    Join the nodes of some tiles.

    Parameters
    ----------
    water
        The grid.
    tiles
        Numbers of tiles, sorted.
    fences
        Lines that no edge may cross.
    """
    numbers = np.array(tiles)
    numbers = numbers[~water.are_land(numbers)]
    nodes = join([water.tile(number) for number in numbers.tolist()])
    starts, square = nodes.starts, nodes.tile
    tile_row, tile_column = np.divmod(numbers, TILE_COLUMNS)
    row = nodes.row + (tile_row * (TILE * FINE))[square]
    column = nodes.column + (tile_column * (TILE * FINE))[square]
    points = fine_points(row, column)
    # The nine tiles around each, row by row: where their nodes begin; -1 outside the window.
    around = (tile_row[:, None] + AROUND_ROW) * TILE_COLUMNS
    around += (tile_column[:, None] + AROUND_COLUMN) % TILE_COLUMNS
    place = np.minimum(numbers.searchsorted(around), len(numbers) - 1)
    around = np.where(numbers[place] == around, starts[place], -1)
    a = np.arange(len(points)).repeat(nodes.degree)
    start = around.ravel()[square[a] * 9 + nodes.near_tile]
    b = ((a - starts[square][a] + nodes.near) & (NODE_STEP - 1)) + start
    inside = (start >= 0).nonzero()[0]
    a, b = a[inside], b[inside]
    near_fences = _fences_near(points, fences)
    if near_fences:
        kept = (~_crossing(points, a, b, near_fences)).nonzero()[0]
        a, b = a[kept], b[kept]
    cost = _costs_km(points, nodes.toll, a, b)
    coarse_row, coarse_column = row >> FINE_BITS, column >> FINE_BITS
    offshore = water.is_offshore(coarse_row, coarse_column)
    cells = np.where(offshore, -1, coarse_row * COLUMNS + coarse_column)
    indptr = np.zeros(len(points) + 1, np.int32)
    np.add.accumulate(np.bincount(a, minlength=len(points)), out=indptr[1:])
    graph = csr_matrix((cost, b.astype(np.int32), indptr), shape=(len(points), len(points)))
    return Window(numbers, starts, points, cells, graph)


def _costs_km(points: np.ndarray, toll: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Measure the edges between nodes, surcharges for narrow waters included."""
    x, y, z = vectors_by_axis(points)
    chord = np.sqrt((x[a] - x[b]) ** 2 + (y[a] - y[b]) ** 2 + (z[a] - z[b]) ** 2)
    half = toll / 200
    cost: np.ndarray = (2 * EARTH_RADIUS_KM) * np.arcsin(chord / 2) * (1 + (half[a] + half[b]))
    return cost


def find_end(water: Water, point: tuple[float, float]) -> End | None:
    """Put a point on the nearest water within 25 km; None when there is none."""
    here = np.array([(point[0] + 180) % 360 - 180, point[1]], float)
    row, column = fine_cell(*here.tolist())
    if water.is_wet(row, column):
        return End(here, node_at(water, row, column), 0.0)
    for reach in (3, 10):
        found = _nearest(water, here, (row // FINE, column // FINE), reach)
        if found is not None:
            return found
    return None


def wet_cells(water: Water, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Give the fine cells of coarse cells, (n, FINE, FINE)."""
    return np.unpackbits(water.fine(row, column), axis=1).reshape(-1, FINE, FINE)


def _nearest(water: Water, here: np.ndarray, cell: tuple[int, int], reach: int) -> End | None:
    """Take the nearest fine cell of water within so many coarse cells."""
    scale = max(float(np.cos(np.radians(here[1]))), 0.05)
    wide = min(int(np.ceil(reach / scale)), 200)
    rows = np.arange(cell[0] - reach, cell[0] + reach + 1)
    rows = np.minimum(np.maximum(rows, 0), ROWS - 1)
    columns = np.arange(cell[1] - wide, cell[1] + wide + 1)
    north = 90 - (rows + 0.5) * STEP_DEG - here[1]
    east = ((columns + 0.5) * STEP_DEG - 180 - here[0]) * scale
    coarse_row = rows.repeat(len(columns))
    coarse_column = np.concatenate([columns % COLUMNS] * len(rows))
    some = water.have_water(coarse_row, coarse_column).nonzero()[0]
    if not len(some):
        return None
    # All of a cell lies within half of it from its middle; there is water in each.
    off = np.sqrt((north * north)[:, None] + east * east).ravel()[some]
    some = some[off <= off.min() + np.sqrt(2) * STEP_DEG]
    coarse_row, coarse_column = coarse_row[some], coarse_column[some]
    at, inner_row, inner_column = np.nonzero(wet_cells(water, coarse_row, coarse_column))
    row = coarse_row[at] * FINE + inner_row
    column = coarse_column[at] * FINE + inner_column
    points = fine_points(row, column)
    best = int(np.argmin(_off(points, here, scale)))
    km = float(distances_km(points[best], here))
    # Beyond the window's edge there may be nearer water still.
    if km > min(MAX_SNAP_KM, reach * FINE * FINE_DEG * 111.2):
        return None
    return End(points[best], node_at(water, int(row[best]), int(column[best])), km)


def _off(points: np.ndarray, here: np.ndarray, scale: float) -> np.ndarray:
    """Measure squares of distances to near points in degrees of latitude."""
    east = ((points[:, 0] - here[0] + 180) % 360 - 180) * scale
    off: np.ndarray = east * east + (points[:, 1] - here[1]) ** 2
    return off


def node_at(water: Water, row: int, column: int) -> int:
    """Find the node whose block or water a fine cell of water belongs to."""
    coarse_row, coarse_column = row // FINE, column // FINE
    number = coarse_row // TILE * TILE_COLUMNS + coarse_column // TILE
    tile = water.tile(number)
    rows, columns, size = (tile.array(name) for name in ("row", "column", "size"))
    inner_row, inner_column = coarse_row % TILE, coarse_column % TILE
    node_row, node_column = rows // FINE, columns // FINE
    bits = water.fine_of(coarse_row, coarse_column)
    if (bits == 255).all():
        half = size // 2
        top, left = node_row - half, node_column - half
        within = (top <= inner_row) & (inner_row < top + size)
        within &= (left <= inner_column) & (inner_column < left + size)
        return number * NODE_STEP + int(np.flatnonzero(within)[0])
    there = (size == 0) & (node_row == inner_row) & (node_column == inner_column)
    nodes = np.flatnonzero(there)
    if len(nodes) > 1:
        own = _water_around(bits, row % FINE * FINE + column % FINE)
        place = rows[nodes] % FINE * FINE + columns[nodes] % FINE
        nodes = nodes[[own >> at & 1 == 1 for at in (LAST - place).tolist()]]
    return number * NODE_STEP + int(nodes[0])


def _water_around(bits: np.ndarray, place: int) -> int:
    """Fill the water of a mixed cell from a fine cell of it, side by side, as bits of a number."""
    # Some shifts of one number: a graph of the cell takes many times as long.
    wet = int.from_bytes(bits.tobytes(), "big")
    filled, grown = 0, 1 << (LAST - place)
    while filled != grown:
        filled = grown
        beside = (filled & ~WEST) << 1 | (filled & ~EAST) >> 1
        grown = (filled | beside | filled << FINE | filled >> FINE) & wet
    return filled


def _fences_near(points: np.ndarray, fences: Sequence[Course]) -> list[Course]:
    """List the fences that may stand between some points."""
    # Axis by axis: numpy is slow at taking the least of many pairs.
    axes = points[:, 0], points[:, 1]
    low, high = [axis.min() - 0.1 for axis in axes], [axis.max() + 0.1 for axis in axes]
    over = high[0] - low[0] > 180
    near = []
    for fence in fences:
        lon, lat = zip(*fence, strict=True)
        beside = (max(lon) < low[0] or min(lon) > high[0]) and not over
        if not (beside or max(lat) < low[1] or min(lat) > high[1]):
            near.append(fence)
    return near


def _crossing(
    points: np.ndarray, a: np.ndarray, b: np.ndarray, fences: Sequence[Course]
) -> np.ndarray:
    """Tell which edges between points cross a fence."""
    hit = np.zeros(len(a), bool)
    starts, stops = points[a], points[b]
    for fence in fences:
        for post, other in pairwise(fence):
            hit |= crosses(starts, stops, np.array(post), np.array(other))
    return hit


def crosses(start: np.ndarray, stop: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Tell which segments (n, 2) cross one segment, as straight lines in degrees."""
    middle = (a[0] + b[0]) / 2
    x0 = (start[:, 0] - middle + 180) % 360 - 180
    x1 = x0 + (stop[:, 0] - start[:, 0] + 180) % 360 - 180
    y0, y1 = start[:, 1], stop[:, 1]
    ax, bx = a[0] - middle, b[0] - middle

    def side(px: np.ndarray, py: np.ndarray) -> np.ndarray:
        turn: np.ndarray = (bx - ax) * (py - a[1]) - (b[1] - a[1]) * (px - ax)
        return turn > 0

    def turn(px: float, py: float) -> np.ndarray:
        found: np.ndarray = (x1 - x0) * (py - y0) - (y1 - y0) * (px - x0) > 0
        return found

    hit: np.ndarray = (side(x0, y0) != side(x1, y1)) & (turn(ax, a[1]) != turn(bx, b[1]))
    return hit
