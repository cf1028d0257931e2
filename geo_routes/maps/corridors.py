"""Corridors: where a way may lie of which only a straight line is known."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import shapely

DETOUR = 1.1
"""How much longer than its straight line a way may be inside its corridor."""

_LEAST_KM = 20.0
_KM_A_DEGREE = 111.2
_STEPS = 9


def corridor(pieces: Iterable[shapely.LineString]) -> shapely.Geometry | None:
    """
    Draw where ways may lie that are at most a tenth longer than the straight lines known of them.

    A way of that length between two points stays inside an ellipse that has them as its foci.

    Parameters
    ----------
    pieces
        Straight lines (or lines run together from straight ones) in longitude and latitude.

    Returns
    -------
    area
        Polygons in longitude and latitude; None where the pieces are too short to show.
    """
    lenses = [lens for piece in pieces if (lens := _lens(piece)) is not None]
    return shapely.union_all(lenses) if lenses else None


def _lens(piece: shapely.LineString) -> shapely.Geometry | None:
    """Draw the ellipse of one straight line, bent along it."""
    middle = shapely.get_coordinates(piece).mean(axis=0)
    narrow = max(0.05, math.cos(math.radians(middle[1])))
    flat = shapely.transform(piece, lambda points: points * np.array([narrow, 1.0]))
    length = flat.length
    if length * _KM_A_DEGREE < _LEAST_KM:
        return None
    reach = length / 2 * math.sqrt(DETOUR**2 - 1)
    # An ellipse reaches beyond its foci by half of what the way may be longer.
    beyond = length * (DETOUR - 1) / 2
    steps = -np.cos(np.linspace(0, math.pi, _STEPS))
    wanted = length / 2 + steps * (length / 2 + beyond)
    inner = np.clip(wanted, 0, length)
    points, before, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(flat, np.clip(at, 0, length)))
        for at in (inner, inner - length / 20, inner + length / 20)
    )
    course = after - before
    course /= np.maximum(np.linalg.norm(course, axis=1, keepdims=True), 1e-12)
    points += course * (wanted - inner)[:, None]
    width = reach * np.sqrt(np.clip(1 - steps**2, 0, None))
    side = np.stack([-course[:, 1], course[:, 0]], axis=1) * width[:, None]
    ring = np.concatenate([points + side, (points - side)[::-1]]) / np.array([narrow, 1.0])
    area = shapely.make_valid(shapely.Polygon(ring))
    return None if area.is_empty else area
