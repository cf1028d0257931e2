"""What narrows the search over corners: landmarks to bound costs by, and how far each is needed."""

from __future__ import annotations

from collections.abc import Iterable

import numba
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from geo_routes.networks.sea_corners import Corners
from geo_routes.networks.sea_passages import Passage

LANDMARKS = 8
SEED = 20231013
FARTHEST, OTHERS, PAIRS = 40, 60, 40
"""Corners that may become landmarks, far from each other and any, and the ways tried on them."""
BATCH = 2000


def usual_graph(corners: Corners, passages: Iterable[Passage]) -> csr_matrix:
    """Make the matrix of the corners' costs in km with the passages closed that usually are."""
    gated = [passage for passage in passages if passage.gate]
    shut = [number for number, passage in enumerate(gated) if not passage.is_open]
    edge, gate = corners.crossings.T
    usual = np.setdiff1d(np.arange(len(corners.costs)), edge[np.isin(gate, shut)])
    count = len(corners.points)
    return csr_matrix(
        (corners.costs[usual], (corners.rows[usual], corners.indices[usual])), shape=(count, count)
    )


def measure_landmarks(graph: csr_matrix) -> np.ndarray:
    """
    Measure the costs to all corners from those that bound the costs of most ways best.

    Parameters
    ----------
    graph
        Costs between corners in km.

    Returns
    -------
    costs
        (LANDMARKS, n) km; NaN where there is no way.
    """
    rng = np.random.default_rng(SEED)
    _, water = connected_components(graph, directed=False)
    ocean = np.flatnonzero(water == np.argmax(np.bincount(water)))
    starts, stops = rng.choice(ocean, (2, PAIRS))
    straight = dijkstra(graph, indices=starts)[np.arange(PAIRS), stops]
    found = list(dijkstra(graph, indices=rng.choice(ocean, OTHERS)).astype(np.float32))
    nearest = dijkstra(graph, indices=int(ocean[0]))
    for number in range(FARTHEST):
        farthest = int(ocean[np.argmax(nearest[ocean])])
        found.append(dijkstra(graph, indices=farthest).astype(np.float32))
        nearest = np.minimum(nearest, found[-1]) if number else found[-1]
    costs = np.array(found)
    chosen: list[int] = []
    behind, ahead = np.zeros((2, PAIRS, len(ocean)), np.float32)
    for _ in range(LANDMARKS):
        inside = []
        for cost in costs:
            first = np.maximum(behind, np.abs(cost[ocean] - cost[starts][:, None]))
            last = np.maximum(ahead, np.abs(cost[ocean] - cost[stops][:, None]))
            inside.append(np.count_nonzero(first + last <= straight[:, None]))
        chosen.append(int(np.argmin(inside)))
        cost = costs[chosen[-1]]
        behind = np.maximum(behind, np.abs(cost[ocean] - cost[starts][:, None]))
        ahead = np.maximum(ahead, np.abs(cost[ocean] - cost[stops][:, None]))
    landmarks: np.ndarray = costs[chosen]
    landmarks[~np.isfinite(landmarks)] = np.nan
    return landmarks


def measure_reaches(graph: csr_matrix) -> np.ndarray:
    """
    Measure for each corner the longest way of which it lies in the middle.

    Of a cheapest way over a corner, the shorter part before or after it is taken; the greatest of
    all cheapest ways is the corner's reach (Gutman 2004). A search from each corner takes 20 ms.

    Parameters
    ----------
    graph
        Costs between corners in km, the same both ways.

    Returns
    -------
    reaches
        (n,) km.
    """
    reaches = np.zeros(graph.shape[0])
    _measure(graph.indptr, graph.indices, graph.data, np.arange(len(reaches)), reaches)
    return reaches


@numba.njit(cache=True)
def _measure(indptr, indices, costs, sources, reaches):  # type: ignore[no-untyped-def]
    count = len(reaches)
    reached, height = np.empty(count), np.empty(count)
    before, order = np.empty(count, np.int32), np.empty(count, np.int32)
    place, heap = np.empty(count, np.int32), np.empty(count, np.int32)
    for source in sources:
        size = _search(indptr, indices, costs, source, reached, before, order, place, heap)
        height[order[:size]] = 0.0
        for at in range(size - 1, 0, -1):
            corner = order[at]
            earlier = before[corner]
            step = reached[corner] - reached[earlier]
            reaches[corner] = max(reaches[corner], min(height[corner], reached[corner]))
            height[earlier] = max(height[earlier], height[corner] + step)


@numba.njit(cache=True)
def _search(  # type: ignore[no-untyped-def]
    indptr, indices, costs, source, reached, before, order, place, heap
):
    """Search from one corner to all, over a heap of four; list them as they are reached."""
    reached[:], place[:] = np.inf, -1
    reached[source], heap[0], place[source] = 0.0, source, 0
    size, done = 1, 0
    while size:
        corner = heap[0]
        order[done], place[corner] = corner, -2
        done, size = done + 1, size - 1
        if size:
            _sink(heap, place, reached, size)
        for edge in range(indptr[corner], indptr[corner + 1]):
            other = indices[edge]
            cost = reached[corner] + costs[edge]
            if cost < reached[other]:
                reached[other], before[other] = cost, corner
                if place[other] < 0:
                    place[other] = size
                    size += 1
                _rise(heap, place, reached, other)
    return done


@numba.njit(cache=True)
def _sink(heap, place, reached, size):  # type: ignore[no-untyped-def]
    """Put the last of a heap where its first was, and down to where it belongs."""
    moved, at = heap[size], 0
    while 4 * at + 1 < size:
        least = 4 * at + 1
        for below in range(least + 1, min(least + 4, size)):
            if reached[heap[below]] < reached[heap[least]]:
                least = below
        if reached[heap[least]] >= reached[moved]:
            break
        heap[at] = heap[least]
        place[heap[at]] = at
        at = least
    heap[at], place[moved] = moved, at


@numba.njit(cache=True)
def _rise(heap, place, reached, moved):  # type: ignore[no-untyped-def]
    """Move one in a heap up to where it belongs."""
    at = place[moved]
    while at > 0 and reached[moved] < reached[heap[(at - 1) // 4]]:
        heap[at] = heap[(at - 1) // 4]
        place[heap[at]] = at
        at = (at - 1) // 4
    heap[at], place[moved] = moved, at
