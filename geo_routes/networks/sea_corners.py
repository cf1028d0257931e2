"""The corners at which ways between far waters bend, and the search over them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo_routes.networks.sea_water import EARTH_RADIUS_KM, distances_km, unit_vectors

POINT_STEPS = 100_000
"""Corners are kept to a metre."""
TOLL_STEPS = 200
NOTHING = -9999


@dataclass(frozen=True, kw_only=True)
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

    @functools.cached_property
    def rows(self) -> np.ndarray:
        """Tell from which corner each edge leads."""
        count = len(self.points)
        return np.repeat(np.arange(count, dtype=np.int32), np.diff(self.indptr))

    @functools.cached_property
    def vectors(self) -> np.ndarray:
        """Give the corners on the unit sphere."""
        return unit_vectors(self.points)

    def distances_km(self, point: np.ndarray) -> np.ndarray:
        """Measure the great circles from all corners to a point."""
        step = self.vectors - unit_vectors(point)
        chord = np.sqrt(np.einsum("ij,ij->i", step, step))
        km: np.ndarray = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1))
        return km

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
        degrees = data["corner_degrees"]
        count = len(points)
        first = np.repeat(np.arange(count, dtype=np.int32), degrees)
        second = data["corner_near"].astype(np.int32)
        second += first
        rows, columns = np.concatenate([second, first]), np.concatenate([first, second])
        order = np.argsort(rows, kind="stable")
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        vectors = unit_vectors(points)
        step = vectors[first] - vectors[second]
        off = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.einsum("ij,ij->i", step, step)) / 2)
        costs = off * (1 + data["corner_tolls"] / TOLL_STEPS)
        edge, gate = data["corner_crossings"].T
        return cls(
            points=points,
            nodes=data["corner_nodes"],
            indptr=np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))]).astype(
                np.int32
            ),
            indices=columns[order],
            costs=np.concatenate([costs, costs])[order],
            crossings=np.column_stack(
                [np.concatenate([place[edge], place[edge + len(first)]]), np.tile(gate, 2)]
            ),
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Write corners as arrays of the data set."""
        later = np.flatnonzero(self.rows < self.indices)
        rows, columns = self.rows[later], self.indices[later]
        off = np.maximum(distances_km(self.points[rows], self.points[columns]), 1e-6)
        toll = np.round((self.costs[later] / off - 1) * TOLL_STEPS)
        kept = np.isin(self.crossings[:, 0], later)
        crossings = self.crossings[kept].copy()
        crossings[:, 0] = np.searchsorted(later, crossings[:, 0])
        return {
            "corner_points": np.round(self.points * POINT_STEPS).astype(np.int32),
            "corner_nodes": self.nodes.astype(np.int64),
            "corner_degrees": np.bincount(rows, minlength=len(self.points)).astype(np.uint16),
            "corner_near": (columns - rows).astype(np.uint16),
            "corner_tolls": np.clip(toll, 0, 255).astype(np.uint8),
            "corner_crossings": crossings.astype(np.int32),
        }


def search_corners(
    corners: Corners,
    costs: np.ndarray,
    end: tuple[np.ndarray, np.ndarray, np.ndarray],
    goal: np.ndarray,
    limit_km: float,
) -> tuple[np.ndarray, np.ndarray]:
    """
    Search the cheapest ways from one end to the corners towards a goal.

    Costs are reduced by how much nearer an edge leads (the great circle is a lower bound), so that
    a limit keeps the search to an ellipse around the two ends.

    Parameters
    ----------
    corners
        The corners.
    costs
        Costs of their edges in km; infinite where closed.
    end
        Its point, the corners that it reaches, and the costs to them in km.
    goal
        The point searched for.
    limit_km
        The longest detour that is searched.

    Returns
    -------
    costs
        (n,) costs from the end to each corner in km; infinite beyond the limit.
    before
        (n,) corner before each on its way from the end; n at the first, negative where none is.
    """
    point, entries, in_costs = end
    ahead = corners.distances_km(goal)
    straight = float(distances_km(point, goal))
    found = np.full(len(ahead), np.inf)
    before = np.full(len(ahead), NOTHING)
    inside = np.flatnonzero(ahead + corners.distances_km(point) <= straight + limit_km)
    place = np.full(len(ahead), -1, np.int32)
    place[inside] = np.arange(len(inside), dtype=np.int32)
    first, degrees = corners.indptr[inside], np.diff(corners.indptr)[inside]
    rows = np.repeat(np.arange(len(inside), dtype=np.int32), degrees)
    edges = np.arange(len(rows)) - np.repeat(np.cumsum(degrees) - degrees - first, degrees)
    columns = place[corners.indices[edges]]
    kept = columns >= 0
    rows, columns, edges = rows[kept], columns[kept], edges[kept]
    near = ahead[inside]
    entered = place[entries] >= 0
    entries = place[entries[entered]]
    entry = in_costs[entered] + near[entries] - straight
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(inside)))])
    graph = csr_matrix(
        (
            np.maximum(np.concatenate([costs[edges] + near[columns] - near[rows], entry]), 1e-9),
            np.concatenate([columns, entries]),
            np.append(indptr, len(columns) + len(entries)),
        ),
        shape=(len(inside) + 1, len(inside) + 1),
    )
    reduced, earlier = dijkstra(
        graph, indices=len(inside), return_predecessors=True, limit=limit_km
    )
    found[inside] = reduced[:-1] + straight - near
    reached = earlier[:-1] >= 0
    before[inside[reached]] = np.append(inside, len(ahead))[earlier[:-1][reached]]
    return found, before
