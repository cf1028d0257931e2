"""Places along track, and track cut at them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from geo_routes.builders.rail_tracks import EARTH_RADIUS_KM, Tracks, straight_km

_SAMPLE_KM = 0.5
STATION_KM = 2.0
"""A point of the track this near is taken to be the same station."""


def places_along(tracks: Tracks, pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Mark places every half kilometre along track.

    Parameters
    ----------
    tracks
        Pieces of track.
    pieces
        Which of them.

    Returns
    -------
    places, piece, share
        (lon, lat); the piece on which each lies; how far along the piece, from 0 to 1.
    """
    steps = 1 + np.ceil(straight_km(tracks.points, tracks.pairs[pieces]) / _SAMPLE_KM).astype(int)
    piece = np.repeat(pieces, steps + 1)
    at = np.arange(len(piece)) - np.repeat(np.cumsum(steps + 1) - steps - 1, steps + 1)
    share = at / np.repeat(steps, steps + 1)
    a, b = tracks.points[tracks.pairs[piece, 0]], tracks.points[tracks.pairs[piece, 1]]
    return a + (b - a) * share[:, None], piece, share


def cut(tracks: Tracks, cuts: list[tuple[int, float, int]]) -> Tracks:
    """
    Cut pieces in two or more.

    Parameters
    ----------
    tracks
        Pieces of track, the points of the cuts among its points.
    cuts
        The piece, the share of its length, and the point at which it is cut.
    """
    pairs, origin, lengths = [], [], []
    chains: dict[int, list[tuple[float, int]]] = {}
    for whole, share, point in sorted(cuts):
        chains.setdefault(whole, []).append((share, point))
    for whole, inner in chains.items():
        a, b = tracks.pairs[whole].tolist()
        for (low, start), (high, end) in pairwise([(0.0, a), *inner, (1.0, b)]):
            pairs.append(sorted((start, end)))
            origin.append(whole)
            lengths.append((high - low) * tracks.km[whole])
    keep = np.ones(len(tracks.pairs), dtype=bool)
    keep[list(chains)] = False
    kept = tracks.kept(keep)
    columns = ("kind", "gauge", "usage", "electrified", "measure")
    return replace(
        kept,
        pairs=np.vstack([kept.pairs, np.array(pairs, dtype=int).reshape(-1, 2)]),
        km=np.concatenate([kept.km, np.array(lengths)]),
        **{
            name: np.concatenate([getattr(kept, name), getattr(tracks, name)[origin]])
            for name in columns
        },
    )


def join_point(
    tracks: Tracks, place: np.ndarray, within_km: float, *, station_km: float = STATION_KM
) -> tuple[Tracks, int]:
    """
    Find the point at which new track joins what is there; cut a piece where it has none.

    Parameters
    ----------
    tracks
        Pieces of track.
    place
        (lon, lat) of the end of the new track.
    within_km
        How far off the track may lie. Further than that, as a new terminus does, the place
        becomes a point of its own.
    station_km
        A point this near is taken rather than a cut.

    Returns
    -------
    tracks, point
        The track, cut where the new one joins it between two points; the point's index.
    """
    km_per_degree = np.radians(EARTH_RADIUS_KM)
    scale = np.array([np.cos(np.radians(place[1])), 1.0]) * km_per_degree
    # By latitude first: whatever lies in the same belt is little, and this is asked often.
    north = tracks.points[:, 1]
    first, second = north[tracks.pairs[:, 0]], north[tracks.pairs[:, 1]]
    margin = within_km / km_per_degree
    belt = np.flatnonzero(
        (np.minimum(first, second) < place[1] + margin)
        & (np.maximum(first, second) > place[1] - margin)
    )
    ends = (tracks.points[tracks.pairs[belt]] - place) * scale
    close = (ends.min(axis=1) < within_km).all(axis=1) & (ends.max(axis=1) > -within_km).all(axis=1)
    near, ends = belt[close], ends[close]
    a, step = ends[:, 0], ends[:, 1] - ends[:, 0]
    square = np.maximum((step**2).sum(axis=1), 1e-12)
    share = np.clip(-(a * step).sum(axis=1) / square, 0, 1)
    off = np.linalg.norm(a + step * share[:, None], axis=1)
    if not len(off) or off.min() > within_km:
        tracks, fresh = tracks.with_points(place[None])
        return tracks, int(fresh[0])
    points = tracks.pairs[near].ravel()
    to_points = np.linalg.norm(ends.reshape(-1, 2), axis=1)
    nearest = int(to_points.argmin())
    if to_points[nearest] <= max(station_km, float(off.min())):
        return tracks, int(points[nearest])
    at = int(off.argmin())
    tracks, fresh = tracks.with_points((place + (a[at] + step[at] * share[at]) / scale)[None])
    return cut(tracks, [(int(near[at]), float(share[at]), int(fresh[0]))]), int(fresh[0])
