"""The corners at which ways between far waters bend, and the search over them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo_routes.networks.sea_arcs import (
    EARTH_RADIUS_KM,
    distances_km,
    numbered,
    unit_vectors,
    vectors_by_axis,
)

POINT_STEPS = 100_000
"""Corners are kept to a metre."""
TOLL_STEPS = 200
UNREACHED = 0xFFFF
SQUARE_DEG = 4
REACH_STEP = 1.04
"""Reaches are kept as the power of this next above them."""
LANDMARK_KM = 2.0
"""Costs from landmarks are kept to this, so that two of them differ by up to so much less."""


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
    landmarks
        (l, n) costs in km from some corners far from each other, with the passages closed that
        are so by default; NaN where there is no way.
    reaches
        (n,) km: of any cheapest way over a corner, the same passages closed, the shorter part
        before or after it is no dearer (Gutman 2004); infinite where not measured.
    """

    points: np.ndarray
    nodes: np.ndarray
    indptr: np.ndarray
    indices: np.ndarray
    costs: np.ndarray
    crossings: np.ndarray
    landmarks: np.ndarray
    reaches: np.ndarray

    @functools.cached_property
    def rows(self) -> np.ndarray:
        """Tell from which corner each edge leads."""
        count = len(self.points)
        return np.repeat(np.arange(count, dtype=np.int32), np.diff(self.indptr))

    @functools.cached_property
    def vectors(self) -> np.ndarray:
        """Give the corners on the unit sphere."""
        return unit_vectors(self.points)

    def distances_km(self, point: np.ndarray, some: np.ndarray | None = None) -> np.ndarray:
        """Measure the great circles from all or some corners to a point."""
        return _distances_km(self.vectors if some is None else self.vectors[some], point)

    @functools.cached_property
    def squares(self) -> Squares:
        """Put corners near each other together."""
        return Squares.of(self)

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
            landmarks=np.empty((0, 0), np.float32),
            reaches=np.empty(0),
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
        # Quicker than to sort: each row's edges are in order already.
        both = np.arange(len(rows), dtype=np.int32)
        matrix = csr_matrix((both, (rows, columns)), shape=(count, count))
        order = matrix.data
        place = np.empty(len(order), np.int32)
        place[order] = both
        x, y, z = vectors_by_axis(points)
        square = (x[first] - x[second]) ** 2
        square += (y[first] - y[second]) ** 2
        square += (z[first] - z[second]) ** 2
        off = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(square) / 2)
        costs = off * (1 + data["corner_tolls"] / TOLL_STEPS)
        edge, gate = data["corner_crossings"].T
        # Neighbours in the file are neighbours at sea: their differences pack well.
        landmarks = np.cumsum(data["corner_landmarks"], axis=1, dtype=np.uint16).astype(np.float32)
        landmarks[landmarks == UNREACHED] = np.nan
        landmarks *= LANDMARK_KM
        return cls(
            points=points,
            nodes=data["corner_nodes"],
            indptr=matrix.indptr,
            indices=matrix.indices,
            costs=np.concatenate([costs, costs])[order],
            crossings=np.column_stack(
                [np.concatenate([place[edge], place[edge + len(first)]]), np.tile(gate, 2)]
            ),
            landmarks=landmarks,
            reaches=np.append(REACH_STEP ** np.arange(255.0) - 1, np.inf)[data["corner_reaches"]],
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
        steps = np.round(self.landmarks / LANDMARK_KM)
        landmarks = np.nan_to_num(steps, nan=UNREACHED).astype(np.uint16)
        return {
            "corner_points": np.round(self.points * POINT_STEPS).astype(np.int32),
            "corner_nodes": self.nodes.astype(np.int64),
            "corner_degrees": np.bincount(rows, minlength=len(self.points)).astype(np.uint16),
            "corner_near": (columns - rows).astype(np.uint16),
            "corner_tolls": np.clip(toll, 0, 255).astype(np.uint8),
            "corner_crossings": crossings.astype(np.int32),
            "corner_landmarks": np.diff(landmarks, axis=1, prepend=np.uint16(0)),
            "corner_reaches": np.minimum(
                np.ceil(np.log(self.reaches + 1) / np.log(REACH_STEP)), 255
            ).astype(np.uint8),
        }


@dataclass(frozen=True, slots=True)
class Squares:
    """
    Squares of corners, which are bounded at once.

    Attributes
    ----------
    order, first, count
        Corners square by square, where each square begins, and how many it has.
    landmarks
        (2, l, s) least and greatest costs from the landmarks to a square's corners in km; NaN
        where one of them is not known.
    reaches
        (s,) greatest reaches of a square's corners in km.
    """

    order: np.ndarray
    first: np.ndarray
    count: np.ndarray
    landmarks: np.ndarray
    reaches: np.ndarray

    @classmethod
    def of(cls, corners: Corners) -> Squares:
        """Put the corners of each square of 4 degrees together."""
        column, row = (corners.points // SQUARE_DEG).astype(np.int64).T
        square = row * 360 + column
        order = np.argsort(square, kind="stable")
        first = np.flatnonzero(np.diff(square[order], prepend=-1 << 40))
        known = corners.landmarks[:, order]
        low, high = (
            each.reduceat(known, first, axis=1) if known.size else known[:, :0]
            for each in (np.minimum, np.maximum)
        )
        return cls(
            order=order,
            first=first,
            count=np.diff(first, append=len(order)),
            landmarks=np.array([low, high]),
            reaches=np.maximum.reduceat(corners.reaches[order], first),
        )

    def members(self, some: np.ndarray) -> np.ndarray:
        """List the corners of some squares."""
        whose, inner, _ = numbered(self.count[some])
        members: np.ndarray = self.order[self.first[some][whose] + inner]
        return members


@dataclass(frozen=True, slots=True)
class Found:
    """
    What a search found.

    Attributes
    ----------
    inside
        (k,) sorted numbers of the corners that were searched.
    costs
        (k,) costs from the start to them in km; infinite where no way was found.
    before
        (k,) place of the corner before each on its way from the start; k at the first.
    """

    inside: np.ndarray
    costs: np.ndarray
    before: np.ndarray

    def to(self, corners: np.ndarray) -> np.ndarray:
        """Give the costs to some corners in km; infinite where no way was found."""
        place, here = _places(self.inside, corners)
        costs = np.full(len(corners), np.inf)
        costs[here] = self.costs[place[here]]
        return costs

    def way_from(self, corner: int) -> list[int]:
        """List the corners from one that was reached back to the first."""
        at = int(np.searchsorted(self.inside, corner))
        path = []
        while at < len(self.inside):
            path.append(int(self.inside[at]))
            at = int(self.before[at])
        return path


def search_corners(
    costs: csr_matrix,
    start: tuple[np.ndarray, np.ndarray],
    inside: np.ndarray,
    limit_km: float,
) -> Found:
    """
    Search the cheapest ways from an end to some corners.

    Parameters
    ----------
    costs
        The matrix of costs between them in km.
    start
        The corners that the end reaches, and at what costs.
    inside
        (k,) sorted numbers of the corners that ways may lead over.
    limit_km
        The dearest way that is searched.
    """
    few = len(inside)
    place, here = _places(inside, start[0])
    data, indices, indptr = _square_part(costs, inside)
    # The end is the last row.
    graph = csr_matrix(
        (
            np.concatenate([data, np.maximum(start[1][here], 1e-9)]),
            np.concatenate([indices, place[here].astype(np.int32)]),
            np.concatenate([indptr, np.array([len(data) + len(here)], np.int32)]),
        ),
        shape=(few + 1, few + 1),
    )
    reached, before = dijkstra(graph, indices=few, return_predecessors=True, limit=limit_km)
    return Found(inside, reached[:-1], before[:-1])


def _square_part(matrix: csr_matrix, some: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take some rows and the same columns of a matrix; quicker than to index it twice."""
    place = np.full(matrix.shape[1], -1, np.int32)
    place[some] = np.arange(len(some), dtype=np.int32)
    rows = matrix[some]
    column = place.take(rows.indices)
    kept = (column >= 0).nonzero()[0]
    indptr = np.zeros(len(some) + 1, np.int32)
    indptr[1:] = kept.searchsorted(rows.indptr[1:])
    return rows.data.take(kept), column.take(kept), indptr


def _places(ordered: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find where some values stand among others that are sorted, and list those that do."""
    place = ordered.searchsorted(values)
    if not len(ordered):
        return place, place[:0]
    return place, (ordered[np.minimum(place, len(ordered) - 1)] == values).nonzero()[0]


def _distances_km(vectors: np.ndarray, point: np.ndarray) -> np.ndarray:
    step = vectors - unit_vectors(point)
    chord = np.sqrt(np.einsum("ij,ij->i", step, step))
    km: np.ndarray = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1))
    return km
