"""Which stretch of a border "the south-western border of X" is."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

BEARINGS = {"N": 0, "NE": 45, "E": 90, "SE": 135, "S": 180, "SW": 225, "W": 270, "NW": 315}
QUARTER_DEG = 45.0
"""How far a stretch may lie from the bearing of its side, seen from the middle."""
OUTERMOST = {1: 0.5, 2: 0.7}
"""How far out a stretch must lie, of the furthest one: further for a side with two letters."""
BEYOND_DEG = 1.0
"""How much of the country may lie behind a stretch of its border, seen from the middle."""
GAP_SHARE = 0.6
"""How wide a gap between two stretches is bridged, of the shorter one."""
_STEP_DEG = 0.2
_TOUCHING_DEG = 0.03


class _Run(NamedTuple):
    """Neighbouring parts of an outline, by the numbers of its points, and how long they are."""

    first: int
    last: int
    length: float


def facing_stretch(body: Polygon, border: BaseGeometry, side: str) -> BaseGeometry | None:
    """
    Choose the stretch of a border that faces one side, as an editor would draw it.

    It lies in that direction from the middle of the country's main body, far out, with no more
    of the country behind it, and in one piece: a short coast between two stretches joins them.

    Parameters
    ----------
    body
        The main body of the country.
    border
        The lines that it shares with its neighbours.
    side
        One of `BEARINGS`.

    Returns
    -------
    stretch
        Part of the body's outline; None when no border faces that side.
    """
    from shapely import LineString, dwithin, points, segmentize

    ring = np.asarray(segmentize(body.exterior, _STEP_DEG).coords)[:, :2]
    middles = (ring[:-1] + ring[1:]) / 2
    shared = np.asarray(dwithin(border, points(middles), _TOUCHING_DEG))
    facing = _facing(body, middles, side, shared)
    if not facing.any():
        return None
    first, last = _longest_run(ring, facing)
    return LineString(ring[np.arange(first, last + 1) % (len(ring) - 1)])


def _facing(body: Polygon, middles: Floats, side: str, shared: Flags) -> Flags:
    """Tell which parts of a border lie to one side, far out, with nothing of the area behind."""
    centre = np.array([body.centroid.x, body.centroid.y])
    west, south, east, north = body.bounds
    # In shares of its box: all of a long country's side lies to that side of its middle.
    outward = (middles - centre) / np.array([east - west, north - south])
    bearing = math.radians(BEARINGS[side])
    towards = outward @ np.array([math.sin(bearing), math.cos(bearing)])
    far = np.hypot(*outward.T)
    facing: Flags = shared & (towards >= far * math.cos(math.radians(QUARTER_DEG)))
    if facing.any():
        facing &= towards >= OUTERMOST[len(side)] * towards[facing].max()
    facing[facing] = ~_hidden(body, middles[facing], centre)
    return facing


def _hidden(body: Polygon, middles: Floats, centre: Floats) -> Flags:
    """Tell behind which points more of an area lies, seen from its middle."""
    from shapely import intersection, length, linestrings

    plain = body.simplify(0.1)
    west, south, east, north = body.bounds
    away = middles - centre
    away /= np.maximum(np.hypot(*away.T), 1e-9)[:, None]
    rays = np.stack([middles + 0.3 * away, middles + away * (east - west + north - south)], axis=1)
    return np.asarray(length(intersection(plain, linestrings(rays))) > BEYOND_DEG)


def _longest_run(ring: Floats, chosen: Flags) -> tuple[int, int]:
    """Find the longest run of chosen parts of a ring, after those with short gaps are joined."""
    count = len(chosen)
    start = 0 if chosen.all() else int(np.flatnonzero(~chosen)[0])
    around = ring[(np.arange(count + 1) + start) % count]
    runs = []
    for is_chosen, group in itertools.groupby(
        range(count), key=np.roll(chosen, -start).__getitem__
    ):
        if is_chosen:
            numbers = [*group]
            runs.append(_Run(numbers[0], numbers[-1] + 1, _chord(around, numbers)))
    while joined := _join_nearest(around, runs):
        runs = joined
    longest = max(runs, key=lambda run: run.length)
    return start + longest.first, start + longest.last


def _join_nearest(points: Floats, runs: list[_Run]) -> list[_Run]:
    """Join the two neighbouring runs with the shortest gap; none when all gaps are wide."""
    gaps = [
        (_between(points[run.last], points[after.first]), number)
        for number, (run, after) in enumerate(itertools.pairwise(runs))
    ]
    for gap, number in sorted(gaps):
        run, after = runs[number : number + 2]
        if gap <= GAP_SHARE * min(run.length, after.length) or gap <= _STEP_DEG * 2:
            whole = _Run(run.first, after.last, run.length + gap + after.length)
            return [*runs[:number], whole, *runs[number + 2 :]]
    return []


def _chord(points: Floats, numbers: list[int]) -> float:
    """Measure a run of parts of a line, its bends left out."""
    every = points[[*numbers[::5], numbers[-1] + 1]]
    return sum(itertools.starmap(_between, itertools.pairwise(every)))


def _between(one: Floats, other: Floats) -> float:
    narrow = math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot((other[0] - one[0]) * narrow, other[1] - one[1])
