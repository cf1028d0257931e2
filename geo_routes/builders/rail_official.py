"""Lengths by the kilometre posts of main lines, where they are published."""

from __future__ import annotations

import logging

import numpy as np
from scipy.spatial import cKDTree

from geo_routes.builders.rail_cuts import join_point, places_along
from geo_routes.builders.rail_tags import Lines, Tracer
from geo_routes.builders.rail_tracks import (
    EARTH_RADIUS_KM,
    SIMPLIFIED,
    Tracks,
    read_course,
    unit_vectors,
)
from geo_routes.networks.rail import LINE_FACTORS

logger = logging.getLogger(__name__)

BESIDE_KM = 1.0
"""Track this near to a line all along is another track of it."""
MOST_OFF = 0.12
"""A section that is further off its published length runs elsewhere, or its length is wrong."""
_END_KM = 5.0
_CUT_KM = 0.3


def cut_at_ends(tracks: Tracks, rows: list[dict[str, str]]) -> Tracks:
    """
    Cut track where sections of published length begin and end.

    Parameters
    ----------
    tracks
        All pieces of track.
    rows
        With `points`, "lon lat;lon lat": the stations along a section, in order.
    """
    for row in rows:
        course = read_course(row["points"])
        for place in course[[0, -1]]:
            tracks, _ = join_point(tracks, place, _END_KM, station_km=_CUT_KM)
    return tracks


def official_lengths(tracks: Tracks, lines: Lines, rows: list[dict[str, str]]) -> np.ndarray:
    """
    Stretch or shrink sections of main lines to their published lengths.

    Published distances add up the kilometre posts, which count what was once measured along the
    track. The course of a line in the package is some tenths of a percent short of them, in China
    often more, where a line was rebuilt straighter and kept its posts.

    Parameters
    ----------
    tracks
        All pieces of track.
    lines
        Their named lines: sections follow main lines as trains do.
    rows
        With `points` and `km`. What two sections share counts as the first says.

    Returns
    -------
    km
        Length of each piece.
    """
    factors = np.array([LINE_FACTORS[role] for role in lines.roles])[lines.number]
    tracer = Tracer(tracks, tracks.km * factors)
    km, settled = tracks.km.copy(), tracks.measure != SIMPLIFIED
    for row in rows:
        pieces = tracer.trace(read_course(row["points"]))
        free = pieces[~settled[pieces]]
        published, measured = float(row["km"]), float(km[pieces].sum())
        if not len(free) or abs(measured / published - 1) > MOST_OFF:
            logger.warning("%s: %.0f km, published %.0f", row["name"], measured, published)
            continue
        rest = measured - float(km[free].sum())
        beside = _beside(tracks, pieces)
        beside = beside[~settled[beside]]
        km[beside] *= max(published - rest, 0.0) / (measured - rest)
        settled[beside] = True
    return km


def _beside(tracks: Tracks, pieces: np.ndarray) -> np.ndarray:
    """List pieces, and those that lie beside them all along."""
    tree = cKDTree(unit_vectors(places_along(tracks, pieces)[0]))
    low = tracks.points[tracks.pairs[pieces]].min(axis=(0, 1)) - 0.1
    high = tracks.points[tracks.pairs[pieces]].max(axis=(0, 1)) + 0.1
    ends = tracks.points[tracks.pairs]
    inside = np.flatnonzero(((ends > low) & (ends < high)).all(axis=(1, 2)))
    a, b = ends[inside, 0], ends[inside, 1]
    near = np.ones(len(inside), dtype=bool)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        off = tree.query(unit_vectors(a + share * (b - a)))[0] * EARTH_RADIUS_KM
        near &= off < BESIDE_KM
    found: np.ndarray = np.union1d(pieces, inside[near])
    return found
