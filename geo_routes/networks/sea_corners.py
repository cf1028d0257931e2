"""The corners at which ways between far waters bend, and the search over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo_routes.networks.sea_water import EARTH_RADIUS_KM, distances_km, unit_vectors

SLACKS = (0.06, 0.4, np.inf)
"""Detours over the great circle that are searched first, as shares of its length."""
POINT_STEPS = 100_000
"""Corners are kept to a metre."""
TOLL_STEPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Corners:
    """
    Where ways between far places bend, and which corners see each other.

    Attributes
    ----------
    points
        (n, 2) lon, lat; sorted by tile.
    nodes
        (n,) the nodes on whose water they lie.
    indptr, indices, costs
        Rows of a sparse matrix, costs in km, both ways.
    crossings
        (k, 2) edge and gate: which edges cross which passage's gate.
    """

    points: np.ndarray
    nodes: np.ndarray
    indptr: np.ndarray
    indices: np.ndarray
    costs: np.ndarray
    crossings: np.ndarray

    @classmethod
    def none(cls) -> Corners:
        """Give no corners: a network before it has learnt."""
        number = np.empty(0, np.int32)
        return cls(
            points=np.empty((0, 2)),
            nodes=np.empty(0, np.int64),
            indptr=np.zeros(1, np.int32),
            indices=number,
            costs=np.empty(0),
            crossings=np.empty((0, 2), np.int32),
        )

    @classmethod
    def read(cls, data: Mapping[str, np.ndarray]) -> Corners:
        """Read corners from arrays of the data set."""
        points = data["corner_points"] / POINT_STEPS
        degrees, near = data["corner_degrees"], data["corner_near"]
        vectors = unit_vectors(points)
        step = np.repeat(vectors, degrees, axis=0) - vectors[near]
        chord = np.sqrt((step**2).sum(axis=1))
        off = 2 * EARTH_RADIUS_KM * np.arcsin(chord / 2)
        return cls(
            points=points,
            nodes=data["corner_nodes"],
            indptr=np.concatenate([[0], np.cumsum(degrees)]).astype(np.int32),
            indices=near,
            costs=off * (1 + data["corner_tolls"] / TOLL_STEPS),
            crossings=data["corner_crossings"],
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Write corners as arrays of the data set."""
        rows = np.repeat(np.arange(len(self.points)), np.diff(self.indptr))
        off = np.maximum(distances_km(self.points[rows], self.points[self.indices]), 1e-6)
        toll = np.round((self.costs / off - 1) * TOLL_STEPS)
        return {
            "corner_points": np.round(self.points * POINT_STEPS).astype(np.int32),
            "corner_nodes": self.nodes.astype(np.int64),
            "corner_degrees": np.diff(self.indptr).astype(np.uint16),
            "corner_near": self.indices.astype(np.int32),
            "corner_tolls": np.clip(toll, 0, 255).astype(np.uint8),
            "corner_crossings": self.crossings.astype(np.int32),
        }


def search_corners(
    corners: Corners,
    costs: np.ndarray,
    first: tuple[np.ndarray, np.ndarray, np.ndarray],
    last: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> list[int]:
    """
    Search the cheapest way over corners from one end to another.

    Costs are reduced by how much nearer an edge leads (the great circle is a lower bound), so that
    a limit keeps the search to an ellipse around the two ends.

    Parameters
    ----------
    corners
        The corners.
    costs
        Costs of their edges in km; infinite where closed.
    first, last
        Each end: its point, the corners that it reaches, and the costs to them in km.

    Returns
    -------
    path
        Corners in order; none where no way joins the ends.
    """
    count = len(corners.points)
    (start, entries, in_costs), (stop, exits, out_costs) = first, last
    ahead = distances_km(corners.points, stop)
    degrees = np.diff(corners.indptr)
    reduced = costs + ahead[corners.indices] - np.repeat(ahead, degrees)
    straight = float(distances_km(start, stop))
    entry = in_costs + ahead[entries] - straight
    graph = csr_matrix(
        (
            np.maximum(np.concatenate([reduced, entry]), 1e-9),
            np.concatenate([corners.indices, entries]),
            np.append(corners.indptr, len(reduced) + len(entry)),
        ),
        shape=(count + 1, count + 1),
    )
    leave = out_costs - ahead[exits]
    for slack in SLACKS:
        limit = slack * straight + 100
        found, before = dijkstra(graph, indices=count, return_predecessors=True, limit=limit)
        total = found[exits] + leave
        best = int(np.argmin(total))
        if total[best] <= limit:
            break
    if not np.isfinite(total[best]):
        return []
    path = [int(exits[best])]
    while before[path[-1]] != count:
        path.append(int(before[path[-1]]))
    return path[::-1]
