"""The corners at which ways between far waters bend, and the search over them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo_routes.networks.sea_arcs import EARTH_RADIUS_KM, distances_km, numbered, unit_vectors

POINT_STEPS = 100_000
"""Corners are kept to a metre."""
TOLL_STEPS = 200
NOTHING = -9999
UNREACHED = 0xFFFF
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

    def distances_km(self, point: np.ndarray) -> np.ndarray:
        """Measure the great circles from all corners to a point."""
        return _distances_km(self.vectors, point)

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
        order = np.argsort(rows, kind="stable")
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        vectors = unit_vectors(points)
        step = vectors[first] - vectors[second]
        off = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.einsum("ij,ij->i", step, step)) / 2)
        costs = off * (1 + data["corner_tolls"] / TOLL_STEPS)
        edge, gate = data["corner_crossings"].T
        # Neighbours in the file are neighbours at sea: their differences pack well.
        landmarks = np.cumsum(data["corner_landmarks"], axis=1, dtype=np.uint16).astype(np.float32)
        landmarks[landmarks == UNREACHED] = np.nan
        landmarks *= LANDMARK_KM
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
class Entry:
    """An end of a search: its point (lon, lat), the corners it reaches, and at what cost in km."""

    point: np.ndarray
    corners: np.ndarray
    costs: np.ndarray


def bound_costs(corners: Corners, entry: Entry, *, by_landmarks: bool) -> np.ndarray:
    """
    Bound the costs from an end to all corners from below.

    Parameters
    ----------
    corners
        The corners.
    entry
        The end.
    by_landmarks
        Whether no more is open than when the landmarks were measured (ALT: Goldberg and Harrelson
        2005); else by great circles.

    Returns
    -------
    costs
        (n,) km.
    """
    if not by_landmarks or not len(corners.landmarks):
        return corners.distances_km(entry.point)
    known = corners.landmarks[:, entry.corners]
    costs = entry.costs.astype(np.float32)
    far, near = np.fmax.reduce(known - costs, axis=1), np.fmin.reduce(known + costs, axis=1)
    middle, half = (far + near) / 2, (near - far) / 2
    off = np.abs(corners.landmarks - middle[:, None]) + half[:, None]
    bound: np.ndarray = np.nan_to_num(np.fmax.reduce(off, axis=0) - LANDMARK_KM)
    return bound


def beyond_reach(
    corners: Corners, ends: tuple[Entry, Entry], bounds: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """
    Tell which corners no cheapest way between two ends leads over.

    Parameters
    ----------
    corners
        The corners.
    ends
        Both ends.
    bounds
        (n,) costs in km from each end to the corners, from below.
    """
    # The ways whose reaches were measured begin at corners, not at the ends themselves.
    (first, last), (start, stop) = bounds, ends
    far: np.ndarray = first > corners.reaches + (start.costs.max() + LANDMARK_KM)
    far &= last > corners.reaches + (stop.costs.max() + LANDMARK_KM)
    return far


def search_corners(
    corners: Corners,
    costs: np.ndarray,
    start: Entry,
    inside: np.ndarray,
    limit_km: float,
) -> tuple[np.ndarray, np.ndarray]:
    """
    Search the cheapest ways from an end to some corners.

    Parameters
    ----------
    corners
        The corners.
    costs
        Costs of their edges in km; infinite where closed.
    start
        The end.
    inside
        (k,) sorted numbers of the corners that ways may lead over.
    limit_km
        The dearest way that is searched.

    Returns
    -------
    costs
        (n,) costs from the start to each corner in km; infinite where none is found.
    before
        (n,) corner before each on its way from the start; n at the first, negative where none is.
    """
    count, few = len(corners.points), len(inside)
    found, before = np.full(count, np.inf), np.full(count, NOTHING)
    place = np.full(count, -1, np.int32)
    place[inside] = np.arange(few, dtype=np.int32)
    first = corners.indptr[inside]
    rows, inner, _ = numbered(corners.indptr[inside + 1] - first)
    edges = first[rows] + inner
    columns = place[corners.indices[edges]]
    kept = np.flatnonzero(columns >= 0)
    entries = place[start.corners]
    entered = np.flatnonzero(entries >= 0)
    indptr = np.zeros(few + 2, np.int32)
    np.cumsum(np.bincount(rows[kept], minlength=few), out=indptr[1:-1])
    indptr[-1] = len(kept) + len(entered)
    graph = csr_matrix(
        (
            np.concatenate([costs[edges[kept]], np.maximum(start.costs[entered], 1e-9)]),
            np.concatenate([columns[kept], entries[entered]]),
            indptr,
        ),
        shape=(few + 1, few + 1),
    )
    reached, earlier = dijkstra(graph, indices=few, return_predecessors=True, limit=limit_km)
    found[inside] = reached[:-1]
    known = earlier[:-1] >= 0
    before[inside[known]] = np.append(inside, count)[earlier[:-1][known]]
    return found, before


def _distances_km(vectors: np.ndarray, point: np.ndarray) -> np.ndarray:
    step = vectors - unit_vectors(point)
    chord = np.sqrt(np.einsum("ij,ij->i", step, step))
    km: np.ndarray = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1))
    return km
