"""Ways over water pulled taut: bends only where land makes them."""

from __future__ import annotations

import functools
from itertools import pairwise

import numpy as np

from geo_routes.networks.sea_local import Course, thread
from geo_routes.networks.sea_water import Water, distances_km, unit_vectors

SLIDES = np.array([0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0])
"""Shares of the way from a bend to the line past it that are tried at once."""
CUTS = np.array([0.06, 0.12, 0.25, 0.5])
"""Shares of the legs beside a bend at which it is cut off."""
ROUNDS = 1
SKIPS = (2, 3, 4, 5, 6, 8, 11, 16, 24, 36)
"""How many points further it is looked for what two points see of each other."""
MANY = 60
"""Of more points those are left out first whose neighbours see each other."""
Fences = tuple[Course, ...]
"""Gates that a way may not cross."""


def pull(
    water: Water,
    points: np.ndarray,
    narrows: np.ndarray,
    fences: Fences,
    *,
    rounds: int = ROUNDS,
) -> np.ndarray:
    """
    Pull a way taut: leave out what can be passed by, then slide each bend towards land.

    Parameters
    ----------
    water
        The grid.
    points
        (n, 2) lon, lat, each next to the one before by water.
    narrows
        Sorted numbers of the cells near land that the way may run through.
    fences
        Gates that it may not cross.
    rounds
        How often bends are slid and cut off.
    """
    points = points[np.concatenate([[True], (np.diff(points, axis=0) != 0).any(axis=1)])]
    if len(points) < 2:
        return points
    taut = shortcut(water, _threaded(water, points), narrows, fences)
    for again in range(rounds):
        if len(taut) < 3:
            break
        taut = _tighten(water, taut, narrows, fences)
        if again < rounds - 1:
            taut = _cut(water, taut, narrows, fences)
        taut = shortcut(water, taut, narrows, fences)
    return taut


def _cut(water: Water, path: np.ndarray, narrows: np.ndarray, fences: Fences) -> np.ndarray:
    """Cut each bend off between the farthest points to its two sides that see each other."""
    before, bend, after = path[:-2], path[1:-1], path[2:]
    back, ahead = _step(bend, before), _step(bend, after)
    starts = bend + CUTS[:, None, None] * back
    stops = bend + CUTS[:, None, None] * ahead
    seen = see(water, starts.reshape(-1, 2), stops.reshape(-1, 2), narrows, fences)
    share = np.where(seen.reshape(len(CUTS), -1), CUTS[:, None], 0).max(axis=0)[:, None]
    corners = np.stack([bend + share * back, bend + share * ahead], axis=1).reshape(-1, 2)
    kept = np.repeat(share[:, 0] > 0, 2) | np.tile([True, False], len(bend))
    cut: np.ndarray = np.concatenate([path[:1], corners[kept], path[-1:]])
    return cut


def _step(start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Subtract points in degrees, the short way over the antimeridian."""
    step: np.ndarray = stop - start
    step[:, 0] = (step[:, 0] + 180) % 360 - 180
    return step


def shortcut(
    water: Water, path: np.ndarray, narrows: np.ndarray | None, fences: Fences
) -> np.ndarray:
    """
    Leave out points whose neighbours see each other, all along the way at once.

    Parameters are those of `pull`.
    """
    tried = np.zeros(len(path), bool)
    while len(path) > MANY:
        inner = np.flatnonzero(~tried[1:-1]) + 1
        if not len(inner):
            break
        seen = see(water, path[inner - 1], path[inner + 1], narrows, fences)
        tried[inner] = True
        gone = np.zeros(len(path), bool)
        for at in inner[seen]:
            gone[at] = not gone[at - 1]
        beside = np.flatnonzero(gone)
        # What lost a neighbour is looked at again; so is what was seen but stood next to one.
        tried[np.clip(np.concatenate([beside - 1, beside + 1]), 0, len(path) - 1)] = False
        path, tried = path[~gone], tried[~gone]
    return _shortest(water, path, narrows, fences)


def _shortest(
    water: Water, path: np.ndarray, narrows: np.ndarray | None, fences: Fences
) -> np.ndarray:
    """Take the shortest way over some of the points, in order, that see each other."""
    count = len(path)
    pairs = [(i, i + skip) for skip in SKIPS for i in range(count - skip)]
    if not pairs:
        return path
    starts, stops = np.array(pairs).T
    km = distances_km(path[starts], path[stops])
    seen = see(water, path[starts], path[stops], narrows, fences)
    steps = np.concatenate([[0], np.cumsum(distances_km(path[:-1], path[1:]))])
    best, before = np.full(count, np.inf), np.arange(count) - 1
    best[0] = 0
    ahead: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for i, j, length in zip(
        starts[seen].tolist(), stops[seen].tolist(), km[seen].tolist(), strict=True
    ):
        ahead[i].append((j, length))
    for i in range(count - 1):
        ahead[i].append((i + 1, float(steps[i + 1] - steps[i])))
        for j, length in ahead[i]:
            if best[i] + length < best[j] - 1e-9:
                best[j], before[j] = best[i] + length, i
    kept = [count - 1]
    while kept[-1] > 0:
        kept.append(int(before[kept[-1]]))
    return path[kept[::-1]]


def _threaded(water: Water, path: np.ndarray) -> np.ndarray:
    """Put the fine cells between points next to each other that do not see each other."""
    seen = water.sees(path[:-1], path[1:])
    parts = [path[:1]]
    for at in range(len(path) - 1):
        if not seen[at]:
            parts.append(thread(water, path[at], path[at + 1]))
        parts.append(path[at + 1 : at + 2])
    return np.concatenate(parts)


def _tighten(water: Water, path: np.ndarray, narrows: np.ndarray, fences: Fences) -> np.ndarray:
    """Slide each bend towards the line between its neighbours while it sees both."""
    tight = path.copy()
    for first in (1, 2):
        bends = np.arange(first, len(path) - 1, 2)
        if not len(bends):
            continue
        before, bend, after = tight[bends - 1], tight[bends], tight[bends + 1]
        slide = _feet(before, bend, after) - bend
        low, width = np.zeros(len(bends)), 1.0
        for _ in range(2):
            shares = low[:, None] + width * SLIDES
            tried = bend[:, None] + shares[:, :, None] * slide[:, None]
            starts = np.concatenate([before.repeat(len(SLIDES), 0), tried.reshape(-1, 2)])
            stops = np.concatenate([tried.reshape(-1, 2), after.repeat(len(SLIDES), 0)])
            seen = see(water, starts, stops, narrows, fences).reshape(2, len(bends), -1)
            low = np.where(seen.all(axis=0), shares, low[:, None]).max(axis=1)
            width /= len(SLIDES)
        tight[bends] = bend + low[:, None] * slide
    return tight


def see(
    water: Water,
    starts: np.ndarray,
    stops: np.ndarray,
    narrows: np.ndarray | None,
    fences: Fences,
) -> np.ndarray:
    """Tell which great circles keep to water and cross no fence."""
    seen = water.sees(starts, stops, narrows)
    if len(fences):
        seen &= ~breaks(starts, stops, fences)
    return seen


def length_km(path: np.ndarray) -> float:
    """Measure a way of great circles."""
    return float(distances_km(path[:-1], path[1:]).sum())


def _feet(a: np.ndarray, bend: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Find the points of the straight lines between two points next to bends, in degrees."""
    scale = np.ones_like(bend)
    scale[:, 0] = np.maximum(np.cos(np.radians(bend[:, 1])), 0.05)
    first, second = _step(bend, a) * scale, _step(bend, b) * scale
    along = second - first
    length = np.maximum((along**2).sum(axis=1), 1e-18)
    share = np.clip(-(first * along).sum(axis=1) / length, 0, 1)
    feet: np.ndarray = bend + (first + share[:, None] * along) / scale
    return feet


def breaks(starts: np.ndarray, stops: np.ndarray, fences: Fences) -> np.ndarray:
    """Tell which great circles cross a fence."""
    broken: np.ndarray = np.asarray(_hits(starts, stops, fences).any(axis=1))
    return broken


def gates_crossed(
    starts: np.ndarray, stops: np.ndarray, gates: Fences
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Find where great circles cross gates.

    Returns
    -------
    line, piece, along
        Which line crosses which piece of the gates, counted through, and how far on, in radians.
    """
    line, piece = np.nonzero(_hits(starts, stops, gates))
    _, _, wall = _walls(gates)
    a, b = unit_vectors(starts[line]), unit_vectors(stops[line])
    meet = _cross(_cross(a, b), wall.T[piece])
    meet /= np.linalg.norm(meet, axis=1, keepdims=True)
    meet *= np.sign((meet * (a + b)).sum(axis=1, keepdims=True))
    return line, piece, np.arccos(np.clip((meet * a).sum(axis=1), -1, 1))


def _hits(starts: np.ndarray, stops: np.ndarray, fences: Fences) -> np.ndarray:
    """Tell which great circles cross which piece of the fences."""
    c, d, wall = _walls(fences)
    a, b = unit_vectors(starts), unit_vectors(stops)
    normal = _cross(a, b)
    hit: np.ndarray = np.asarray((normal @ c) * (normal @ d) < 0)
    hit &= (a @ wall) * (b @ wall) < 0
    # The planes meet at two antipodes: only that between the four points counts.
    hit &= (a + b) @ (c + d) > 0
    return hit


@functools.cache
def _walls(fences: Fences) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the posts of all fences as columns, and the normals of the planes between them."""
    pieces = [piece for fence in fences for piece in pairwise(fence)]
    c, d = (unit_vectors(np.array([piece[end] for piece in pieces])) for end in (0, 1))
    return c.T, d.T, _cross(c, d).T


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Multiply vectors; numpy.cross takes ten times as long over few."""
    x = a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1]
    y = a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2]
    z = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return np.stack([x, y, z], axis=1)
