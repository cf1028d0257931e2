"""Places along track, and track cut at them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from geo_routes.builders.rail_tracks import Tracks, straight_km

_SAMPLE_KM = 0.5


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
