"""Track collapsed to edges between junctions, packed small and read without much ado."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import reverse_cuthill_mckee

from geo_routes.builders.rail_tags import DUAL
from geo_routes.builders.rail_tracks import Tracks
from geo_routes.networks.rail_graph import BULGE_UNIT

GAUGE_BREAK = 3
_BULGE_LIMIT = 255
_STEP_LIMIT = 32_000  # thousandths of a degree that fit into 16 bits


def pack(tracks: Tracks, tags: np.ndarray) -> dict[str, np.ndarray]:
    """
    Collapse chains into edges and pack them.

    Parameters
    ----------
    tracks
        Pieces of track, at most one between two points.
    tags
        By piece: kind, country, line, gauge, electrified. Chains whose tags differ stay apart.

    Returns
    -------
    arrays
        `lonlat` of the nodes; `degree`: by node, the edges to nodes of higher number; `b`, `km`
        and `tag` of those edges; `tags`, the rows that `tag` counts; `count` and `steps` of the
        edges' courses, in thousandths of a degree (all of longitude, then of latitude); `along`:
        how far along the edge each step ends, in 65,535ths of its length; `bulge`: how far the
        course leaves the bounds of its two nodes.
    """
    points, pairs, km, tags = _split_by_gauge(tracks, tags)
    chains = _chains(pairs, tags)
    ends = sorted({end for chain, _ in chains for end in (chain[0], chain[-1])})
    number = _near_each_other(ends, [(chain[0], chain[-1]) for chain, _ in chains])
    by_pair = {(int(a), int(b)): i for i, (a, b) in enumerate(pairs)}
    rows = []
    for chain, piece in chains:
        ordered = chain if number[chain[0]] <= number[chain[-1]] else chain[::-1]
        ways = np.cumsum(km[[by_pair[min(x, y), max(x, y)] for x, y in pairwise(ordered)]])
        along = ways / ways[-1] if ways[-1] else np.ones(len(ways))
        head = (number[ordered[0]], number[ordered[-1]], float(ways[-1]), ordered)
        rows.append((*head, piece, np.round(along * 65_535)))
    rows.sort(key=lambda row: row[:4])
    kinds, tag = np.unique(tags[[row[4] for row in rows]], axis=0, return_inverse=True)
    thousandths = np.round(points * 1000).astype(np.int64)
    courses = [thousandths[row[3]] for row in rows]
    steps = np.concatenate([np.diff(course, axis=0) for course in courses])
    steps[:, 0] = (steps[:, 0] + 180_000) % 360_000 - 180_000
    if np.abs(steps).max() > _STEP_LIMIT:
        raise ValueError("A piece of track spans more than 32 degrees.")
    order = sorted(ends, key=number.__getitem__)
    return {
        "lonlat": thousandths[order].astype(np.int32),
        "degree": np.bincount([row[0] for row in rows], minlength=len(order)).astype(np.uint8),
        "b": np.array([row[1] for row in rows], dtype=np.int32),
        "km": np.array([row[2] for row in rows], dtype=np.float32),
        "tag": tag.ravel().astype(np.int16),
        "tags": kinds.astype(np.int32),
        "count": np.array([len(course) for course in courses], dtype=np.uint16),
        "steps": steps.T.astype(np.int16),
        "along": np.concatenate([row[5] for row in rows]).astype(np.uint16),
        "bulge": np.array([_bulge(course) for course in courses], dtype=np.uint8),
    }


def _bulge(course: np.ndarray) -> int:
    """Measure how far a course leaves the bounds of its two ends, rounded up."""
    ways = np.vstack([[0, 0], np.cumsum(np.diff(course, axis=0), axis=0)])
    # Steps over the 180th meridian jump; so do their sums, by whole turns.
    ways[:, 0] = (ways[:, 0] + 180_000) % 360_000 - 180_000
    over = ways - np.maximum(ways[0], ways[-1])
    under = np.minimum(ways[0], ways[-1]) - ways
    most = int(max(over.max(), under.max()))
    units = -(-most // BULGE_UNIT)
    if units > _BULGE_LIMIT:
        raise ValueError("A piece of track goes more than twelve degrees about.")
    return units


def _split_by_gauge(
    tracks: Tracks, tags: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Give each point a node for each gauge that meets there, joined by breaks of gauge."""
    two = tags[:, 3] > DUAL
    pairs = np.vstack([tracks.pairs, tracks.pairs[two]])
    km = np.concatenate([tracks.km, tracks.km[two]])
    first, second = tags.copy(), tags[two].copy()
    first[two, 3] //= DUAL
    second[:, 3] %= DUAL
    tags = np.vstack([first, second])
    ends = np.column_stack([pairs.ravel(), np.repeat(tags[:, 3], 2)])
    nodes, index = np.unique(ends, axis=0, return_inverse=True)
    points = tracks.points[nodes[:, 0]]
    split = np.sort(index.reshape(-1, 2), axis=1)
    breaks = np.flatnonzero(np.diff(nodes[:, 0]) == 0)
    split = np.vstack([split, np.column_stack([breaks, breaks + 1])])
    km = np.concatenate([km, np.zeros(len(breaks))])
    blank = np.tile([GAUGE_BREAK, -1, 0, 0, 0], (len(breaks), 1))
    return points, split, km, np.vstack([tags, blank])


def _near_each_other(ends: list[int], edges: list[tuple[int, int]]) -> dict[int, int]:
    """Number the nodes so that neighbours lie close in memory: the search then runs faster."""
    at = {node: i for i, node in enumerate(ends)}
    a, b = np.array([(at[x], at[y]) for x, y in edges]).T
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(ends), len(ends))).tocsr()
    order = reverse_cuthill_mckee((graph + graph.T).tocsr(), symmetric_mode=True)
    return {ends[old]: new for new, old in enumerate(order.tolist())}


def _chains(pairs: np.ndarray, tags: np.ndarray) -> list[tuple[list[int], int]]:
    """List the chains of degree two, of equal tags, each with one of its pieces."""
    around: dict[int, list[int]] = {}
    for piece, (a, b) in enumerate(pairs.tolist()):
        around.setdefault(a, []).append(piece)
        around.setdefault(b, []).append(piece)
    rows = [tuple(row) for row in tags.tolist()]
    inner = {
        node
        for node, pieces in around.items()
        if len(pieces) == 2 and rows[pieces[0]] == rows[pieces[1]]
    }
    seen = np.zeros(len(pairs), dtype=bool)
    chains: list[tuple[list[int], int]] = []
    starts = [node for node in sorted(around) if node not in inner]
    for start in [*starts, *sorted(around)]:
        for piece in around[start]:
            if not seen[piece]:
                chains.append((_follow(start, piece, pairs, around, inner, seen), piece))
    return chains


def _follow(
    start: int,
    piece: int,
    pairs: np.ndarray,
    around: dict[int, list[int]],
    inner: set[int],
    seen: np.ndarray,
) -> list[int]:
    """Follow a chain from its start to the next node that is not an inner one."""
    chain, node, current = [start], start, piece
    while True:
        seen[current] = True
        a, b = pairs[current]
        node = int(b if a == node else a)
        chain.append(node)
        ahead = [other for other in around[node] if not seen[other]]
        if node == start or node not in inner or not ahead:
            return chain
        current = ahead[0]
