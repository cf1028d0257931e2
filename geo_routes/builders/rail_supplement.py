"""Track that a finer network has and the world's lacks, added and joined at its ends."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo_routes.builders.rail_cuts import cut, places_along
from geo_routes.builders.rail_tracks import EARTH_RADIUS_KM, Tracks, unit_vectors

OFF_KM = 1.0
"""Finer track further than this from any other is missing there."""
LEAST_KM = 3.0
JOIN_KM = 0.2


def supplement(tracks: Tracks, fine: Tracks) -> Tracks:
    """
    Add what a finer network has and the world's lacks, where both lie side by side elsewhere.

    Parameters
    ----------
    tracks
        The world's track.
    fine
        Of the same kind, of a part of the world. Stretches of over LEAST_KM that lie over OFF_KM
        from any track are added, and join the nearest track where they meet it.

    Returns
    -------
    tracks
        Both; what is added is track as any other, for its course is known.
    """
    missing = _missing(tracks, fine)
    kept = np.flatnonzero(missing)
    if not len(kept):
        return tracks
    ends = np.intersect1d(fine.pairs[missing], fine.pairs[~missing])
    tracks, joints = _joints(tracks, fine.points[ends])
    added = np.setdiff1d(fine.pairs[missing], ends)
    tracks, inner = tracks.with_points(fine.points[added])
    number = np.zeros(len(fine.points), dtype=int)
    number[ends], number[added] = joints, inner
    return tracks.with_pairs(
        number[fine.pairs[kept]],
        km=fine.km[kept],
        gauge=fine.gauge[kept],
        electrified=fine.electrified[kept],
    )


def _missing(tracks: Tracks, fine: Tracks) -> np.ndarray:
    """Tell which finer pieces have no track beside them, short stretches left out."""
    places, _, _ = places_along(tracks, _around(tracks, fine.points))
    middles = fine.points[fine.pairs].mean(axis=1)
    off = cKDTree(unit_vectors(places)).query(unit_vectors(middles))[0] * EARTH_RADIUS_KM
    alone = off > OFF_KM
    a, b = fine.pairs[alone].T
    count = len(fine.points)
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(count, count))
    stretch = connected_components(graph, directed=False)[1]
    length = np.bincount(stretch[a], weights=fine.km[alone], minlength=count)
    missing: np.ndarray = alone & (length[stretch[fine.pairs[:, 0]]] > LEAST_KM)
    return missing


def _around(tracks: Tracks, places: np.ndarray) -> np.ndarray:
    """List the pieces that begin within a degree of the bounds of some places."""
    first = tracks.points[tracks.pairs[:, 0]]
    low, high = places.min(axis=0) - 1, places.max(axis=0) + 1
    inside: np.ndarray = np.flatnonzero(((first > low) & (first < high)).all(axis=1))
    return inside


def _joints(tracks: Tracks, places: np.ndarray) -> tuple[Tracks, np.ndarray]:
    """Give for each place a point of the track near it: one that is there, or a cut in a piece."""
    marks, piece, share = places_along(tracks, _around(tracks, places))
    near = cKDTree(unit_vectors(marks)).query(unit_vectors(places))[1]
    tracks, fresh = tracks.with_points(places)
    joints = fresh.copy()
    cuts = []
    for at, mark in enumerate(near.tolist()):
        whole = int(piece[mark])
        along = float(share[mark]) * tracks.km[whole]
        if along < JOIN_KM or tracks.km[whole] - along < JOIN_KM:
            joints[at] = tracks.pairs[whole, int(along >= JOIN_KM)]
        else:
            cuts.append((whole, float(share[mark]), int(fresh[at])))
    return cut(tracks, cuts), joints
