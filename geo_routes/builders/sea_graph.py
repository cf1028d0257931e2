"""The sea's search graph: blocks of open cells and the waters of mixed cells, cut into tiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from geo_routes.builders.shorelines import Cells
from geo_routes.networks.sea_tiles import (
    COLUMNS,
    FINE,
    ROWS,
    TILE,
    TILE_COLUMNS,
    TILE_ROWS,
    Tile,
    pack,
)
from geo_routes.networks.sea_water import BLOCK, OFFING

INSHORE_BLOCK = 2
JOINED_CELLS = 300
"""A water of fewer coarse cells is a lagoon or a pond: it is left out."""
INSHORE_TOLL, NARROW_TOLL, STEP = 15, 100, 20
"""
Surcharges in hundredths of the length: near land, and (further, in steps) in a cell whose water is
next to nothing. Ships keep off the shore, and out of narrow waters, where the way round is no
dearer.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """
    Nodes and their neighbours.

    Attributes
    ----------
    row, column
        (n,) fine cells of the nodes.
    size
        (n,) side of the block in coarse cells; 0 for one water of a mixed cell.
    toll
        (n,) surcharge in hundredths.
    pairs
        (k, 2) neighbours, each pair once.
    """

    row: np.ndarray
    column: np.ndarray
    size: np.ndarray
    toll: np.ndarray
    pairs: np.ndarray


def make_graph(cells: Cells, carved: np.ndarray) -> tuple[Graph, Cells]:
    """
    Join the waters of the cells to their neighbours.

    Parameters
    ----------
    cells
        Open water.
    carved
        Numbers of the coarse cells of canals and rivers, which are not narrower than others to
        their ships.

    Returns
    -------
    graph
        Nodes of waters of some size.
    cells
        The cells without the lagoons.
    """
    blocks, block_of = _all_blocks(cells.open)
    labels, count = _waters(cells.fine)
    row, column, share = _middles(labels, count, cells.mixed)
    mixed_of = (row // FINE) * COLUMNS + column // FINE
    shift = len(blocks)
    pairs = np.concatenate([_block_pairs(block_of), *_mixed_pairs(cells, labels, block_of, shift)])
    half = blocks[:, 2] * FINE // 2
    graph = Graph(
        row=np.concatenate([blocks[:, 0] * FINE + half, row]),
        column=np.concatenate([blocks[:, 1] * FINE + half, column]),
        size=np.concatenate([blocks[:, 2], np.zeros(count, np.int64)]),
        toll=np.concatenate(
            [
                np.where(offshore(cells.open)[blocks[:, 0], blocks[:, 1]], 0, INSHORE_TOLL),
                np.where(
                    np.isin(mixed_of, carved),
                    INSHORE_TOLL,
                    INSHORE_TOLL + STEP * np.round(NARROW_TOLL * (1 - share) / STEP),
                ).astype(np.int64),
            ]
        ),
        pairs=pairs,
    )
    kept = _is_joined(graph)
    wet = np.concatenate([[False], kept[shift:]])
    fine = wet[labels]
    some = fine.any(axis=(1, 2))
    open_ = cells.open & np.where(block_of >= 0, kept[block_of], False)
    return _only(graph, kept), Cells(open_, cells.mixed[some], fine[some])


def neighbours(graph: Graph) -> csr_matrix:
    """Make the matrix of neighbours, both ways, 1 where two nodes meet."""
    count = len(graph.row)
    a, b = graph.pairs.T
    ones = np.ones(2 * len(a), np.int8)
    return csr_matrix(
        (ones, (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(count, count)
    )


def make_tiles(graph: Graph, cells: Cells) -> dict[str, np.ndarray]:
    """Cut the graph and the fine cells into tiles, packed; nodes are numbered within each."""
    tile = (graph.row // FINE // TILE) * TILE_COLUMNS + graph.column // FINE // TILE
    order = np.lexsort((graph.column, graph.row, tile))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    starts = np.searchsorted(tile[order], np.arange(TILE_ROWS * TILE_COLUMNS + 1))
    matrix = neighbours(graph)[order][:, order]
    matrix.sort_indices()
    of_node = tile[order]
    mixed_row, mixed_column = np.divmod(cells.mixed, COLUMNS)
    mixed_tile = (mixed_row // TILE) * TILE_COLUMNS + mixed_column // TILE
    mixed_cell = (mixed_row % TILE) * TILE + mixed_column % TILE
    mixed_order = np.lexsort((mixed_cell, mixed_tile))
    mixed_starts = np.searchsorted(mixed_tile[mixed_order], np.arange(TILE_ROWS * TILE_COLUMNS + 1))
    tiles = []
    for number in range(TILE_ROWS * TILE_COLUMNS):
        first, last = starts[number], starts[number + 1]
        some = mixed_order[mixed_starts[number] : mixed_starts[number + 1]]
        if first == last and not len(some):
            tiles.append(b"")
            continue
        nodes = order[first:last]
        own = np.repeat(np.arange(first, last), np.diff(matrix.indptr[first : last + 1]))
        near = matrix.indices[matrix.indptr[first] : matrix.indptr[last]]
        later = near > own
        own, near = own[later], near[later]
        down = of_node[near] // TILE_COLUMNS - number // TILE_COLUMNS
        right = of_node[near] % TILE_COLUMNS - number % TILE_COLUMNS
        right = (right + 1) % TILE_COLUMNS - 1
        bits = np.packbits(cells.fine[some].reshape(len(some), FINE * FINE), axis=1)
        top, left = (TILE * x for x in divmod(number, TILE_COLUMNS))
        tiles.append(
            Tile(
                open=np.packbits(cells.open[top : top + TILE, left : left + TILE])[None],
                mixed=mixed_cell[some],
                fine=bits,
                row=graph.row[nodes] % (TILE * FINE),
                column=graph.column[nodes] % (TILE * FINE),
                size=graph.size[nodes],
                toll=graph.toll[nodes],
                degree=np.bincount(own - first, minlength=last - first),
                near_tile=(down + 1) * 3 + right + 1,
                near=(near - starts[of_node[near]]) - (own - first),
            ).to_bytes()
        )
    dictionary = _dictionary(tiles)
    packed = [pack(tile, dictionary) if tile else b"" for tile in tiles]
    return {
        "packed": np.frombuffer(b"".join(packed), np.uint8),
        "offsets": np.cumsum([0, *map(len, packed)]).astype(np.uint32),
        "dictionary": np.frombuffer(dictionary, np.uint8),
    }


def _dictionary(tiles: list[bytes]) -> bytes:
    """Put together how tiles begin, from all over the world; the commonest last."""
    shore = [tile for tile in tiles if len(tile) > 400]
    sea = [tile for tile in tiles if 0 < len(tile) < 250]
    samples = [tile[:400] for tile in shore[:: max(1, len(shore) // 70)]]
    samples += sea[:: max(1, len(sea) // 20)]
    return b"".join(samples)[-32768:]


def _waters(fine: np.ndarray) -> tuple[np.ndarray, int]:
    """Number the waters within each mixed cell from 1."""
    within = np.zeros((3, 3, 3), bool)
    within[1] = ndimage.generate_binary_structure(2, 1)
    labels, count = ndimage.label(fine, within)
    return labels, count


def _middles(
    labels: np.ndarray, count: int, mixed: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the fine cell of each water that is nearest to its middle, and its share of the cell."""
    slot, row, column = np.nonzero(labels)
    number = labels[slot, row, column] - 1
    size = np.bincount(number, minlength=count)
    mean_row = np.bincount(number, row, count) / size
    mean_column = np.bincount(number, column, count) / size
    off = (row - mean_row[number]) ** 2 + (column - mean_column[number]) ** 2
    order = np.lexsort((off, number))
    first = order[np.searchsorted(number[order], np.arange(count))]
    cell = mixed[slot[first]]
    return (
        cell // COLUMNS * FINE + row[first],
        cell % COLUMNS * FINE + column[first],
        size / (FINE * FINE),
    )


def _mixed_pairs(
    cells: Cells, labels: np.ndarray, block_of: np.ndarray, shift: int
) -> list[np.ndarray]:
    """Pair the waters of mixed cells with those of the cells to each side."""
    slots = np.full(ROWS * COLUMNS, -1, np.int32)
    slots[cells.mixed] = np.arange(len(cells.mixed))
    row, column = np.divmod(cells.mixed, COLUMNS)
    found = []
    sides = (
        (0, 1, labels[:, :, -1], labels[:, :, 0]),
        (0, -1, labels[:, :, 0], None),
        (1, 0, labels[:, -1, :], labels[:, 0, :]),
        (-1, 0, labels[:, 0, :], None),
    )
    for down, right, mine, theirs in sides:
        beside = np.clip(row + down, 0, ROWS - 1) * COLUMNS + (column + right) % COLUMNS
        block = block_of.flat[beside]
        at, along = np.nonzero((mine > 0) & (block >= 0)[:, None])
        found.append(_pairs(mine[at, along] - 1 + shift, block[at]))
        if theirs is None:
            continue
        slot = slots[beside]
        other = np.where((slot >= 0)[:, None], theirs[slot], 0)
        at, along = np.nonzero((mine > 0) & (other > 0))
        found.append(_pairs(mine[at, along] - 1 + shift, other[at, along] - 1 + shift))
    return found


def _is_joined(graph: Graph) -> np.ndarray:
    waters, which = connected_components(neighbours(graph), directed=False)
    cells = np.where(graph.size > 0, graph.size.astype(float) ** 2, 0.5)
    kept: np.ndarray = (np.bincount(which, cells, waters) > JOINED_CELLS)[which]
    return kept


def _only(graph: Graph, kept: np.ndarray) -> Graph:
    rank = np.cumsum(kept) - 1
    return Graph(
        row=graph.row[kept],
        column=graph.column[kept],
        size=graph.size[kept],
        toll=graph.toll[kept],
        pairs=rank[graph.pairs[kept[graph.pairs].all(axis=1)]],
    )


def offshore(open_: np.ndarray) -> np.ndarray:
    """Mark the open cells with none but open cells within the offing."""
    off = open_.copy()
    for _ in range(OFFING):
        wide = np.pad(off, ((1, 1), (0, 0)), constant_values=False)
        tall = wide[:-2] & wide[1:-1] & wide[2:]
        off = tall & np.roll(tall, 1, axis=1) & np.roll(tall, -1, axis=1)
    return off


def _all_blocks(open_: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join cells offshore to wide blocks, those inshore to small ones."""
    off = offshore(open_)
    wide, wide_of = _blocks(off, BLOCK)
    small, small_of = _blocks(open_ & ~off, INSHORE_BLOCK)
    block_of = np.where(small_of >= 0, small_of + len(wide), wide_of).astype(np.int32)
    return np.concatenate([wide, small]), block_of


def _blocks(water: np.ndarray, biggest: int) -> tuple[np.ndarray, np.ndarray]:
    """Join open cells to the largest aligned square blocks; (row, column, size) of each."""
    levels: list[np.ndarray] = [water]
    while 2 ** len(levels) <= biggest:
        fine = levels[-1]
        rows, columns = fine.shape[0] // 2, fine.shape[1] // 2
        quads = fine[: rows * 2, : columns * 2].reshape(rows, 2, columns, 2)
        levels.append(np.asarray(quads.all(axis=(1, 3))))
    block_of = np.full(water.shape, -1, dtype=np.int32)
    blocks: list[np.ndarray] = []
    taken = np.zeros_like(levels[-1])
    number = 0
    for level in range(len(levels) - 1, -1, -1):
        size = 2**level
        fresh: np.ndarray = levels[level] & ~taken
        row, column = np.nonzero(fresh)
        ids = np.full(fresh.shape, -1, dtype=np.int32)
        ids[row, column] = number + np.arange(len(row))
        wide = ids.repeat(size, 0).repeat(size, 1)
        window = block_of[: wide.shape[0], : wide.shape[1]]
        np.copyto(window, wide, where=wide >= 0)
        blocks.append(np.column_stack([row * size, column * size, np.full(len(row), size)]))
        number += len(row)
        if level:
            rows, columns = levels[level - 1].shape
            covered = (taken | fresh).repeat(2, 0).repeat(2, 1)
            taken = np.zeros((rows, columns), dtype=bool)
            taken[: covered.shape[0], : covered.shape[1]] = covered
    return np.concatenate(blocks), block_of


def _block_pairs(block_of: np.ndarray) -> np.ndarray:
    """List the pairs of neighbouring blocks, over the antimeridian too."""
    east = np.roll(block_of, -1, axis=1)
    pairs = [_open_pairs(block_of, east), _open_pairs(block_of[:-1], block_of[1:])]
    # Diagonals, where both cells at their sides are open.
    here, right, below = block_of[:-1], east[:-1], block_of[1:]
    across = east[1:]
    free = (right >= 0) & (below >= 0)
    pairs.append(_open_pairs(np.where(free, here, -1), across))
    free = (here >= 0) & (across >= 0)
    pairs.append(_open_pairs(np.where(free, right, -1), below))
    return np.unique(np.concatenate(pairs), axis=0)


def _open_pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    meet = (first != second) & (first >= 0) & (second >= 0)
    return _pairs(first[meet], second[meet])


def _pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    a, b = first.astype(np.int64), second.astype(np.int64)
    keys = np.unique((np.minimum(a, b) << 32) | np.maximum(a, b))
    return np.column_stack([keys >> 32, keys & 0xFFFFFFFF])
