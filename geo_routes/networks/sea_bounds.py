"""Which corners the cheapest way between two ends may lead over: all others need no search."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from geo_routes.networks.sea_corners import LANDMARK_KM, Corners


@dataclass(frozen=True, slots=True)
class Entry:
    """An end of a search: its point (lon, lat), the corners it reaches, and at what cost in km."""

    point: np.ndarray
    corners: np.ndarray
    costs: np.ndarray


class Bounds:
    """
    Costs from below between an end and corners.

    Parameters
    ----------
    corners
        The corners.
    entry
        The end.
    by_landmarks
        Whether no more is open than when the landmarks were measured (ALT: Goldberg and Harrelson
        2005); else by great circles.
    """

    def __init__(self, corners: Corners, entry: Entry, *, by_landmarks: bool) -> None:
        self._corners = corners
        self._point = entry.point
        self._by_landmarks = by_landmarks and len(corners.landmarks) > 0
        if self._by_landmarks:
            known = corners.landmarks.take(entry.corners, axis=1)
            costs = entry.costs.astype(np.float32)
            far = np.fmax.reduce(known - costs, axis=1, keepdims=True)
            near = np.fmin.reduce(known + costs, axis=1, keepdims=True)
            self._middles, self._halves = (far + near) / 2, (near - far) / 2 - LANDMARK_KM

    def to(self, corners: np.ndarray, known: np.ndarray | None = None) -> np.ndarray:
        """Bound the costs to some corners, (k,) km, by what landmarks know; NaN where it is not."""
        if not self._by_landmarks:
            return self._corners.distances_km(self._point, corners)
        return self.by(self._corners.landmarks.take(corners, axis=1) if known is None else known)

    def by(self, known: np.ndarray, other: np.ndarray | None = None) -> np.ndarray:
        """
        Bound costs by landmarks.

        Parameters
        ----------
        known
            (l, k) costs from the landmarks in km.
        other
            (l, k) where `known` is the least of some corners, the greatest of them.
        """
        off = known - self._middles
        if other is None:
            np.abs(off, out=off)
        else:
            np.maximum(off, self._middles - other, out=off)
            np.maximum(off, 0, out=off)
        off += self._halves
        bound: np.ndarray = np.fmax.reduce(off, axis=0)
        return bound

    def to_squares(self) -> np.ndarray:
        """Bound the costs to all corners of each square, (s,) km."""
        return self._to_squares

    @functools.cached_property
    def _to_squares(self) -> np.ndarray:
        squares = self._corners.squares
        if not self._by_landmarks:
            return np.full(len(squares.first), np.nan)
        return self.by(*squares.landmarks)


def corridor(
    corners: Corners,
    ends: tuple[Entry, Entry],
    bounds: tuple[Bounds, Bounds],
    limit_km: float,
    *,
    by_reach: bool,
) -> np.ndarray:
    """
    List the corners over which ways between two ends may lead that cost no more than a limit.

    Parameters
    ----------
    corners
        The corners.
    ends
        Both ends.
    bounds
        Those of the costs from each.
    limit_km
        The dearest way.
    by_reach
        Whether the same is open as when the reaches were measured: of the ways, the cheapest is
        left then.

    Returns
    -------
    corners
        (k,) numbers, sorted.
    """
    # The ways whose reaches were measured begin at corners, not at the ends themselves.
    beside = [end.costs.max() + LANDMARK_KM for end in ends]

    def may_lead(first: np.ndarray, last: np.ndarray, reaches: np.ndarray) -> np.ndarray:
        # NaN is more than nothing: what is not known may lead.
        off = first + last > limit_km
        if by_reach:
            off |= (first > reaches + beside[0]) & (last > reaches + beside[1])
        kept: np.ndarray = (~off).nonzero()[0]
        return kept

    squares = corners.squares
    first, last = (bound.to_squares() for bound in bounds)
    around = squares.members(may_lead(first, last, squares.reaches))
    known = corners.landmarks.take(around, axis=1)
    first, last = (bound.to(around, known) for bound in bounds)
    inside: np.ndarray = around[may_lead(first, last, corners.reaches[around])]
    inside.sort()
    return inside
