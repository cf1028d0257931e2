"""Corners at all capes, and the lines that touch land at both ends: where taut ways can run."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numba
import numpy as np
from scipy import ndimage
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo_routes.builders.sea_lines import assemble, costs_km, crossed_gates, each_once
from geo_routes.networks.sea_arcs import EARTH_RADIUS_KM, distances_km, unit_vectors
from geo_routes.networks.sea_corners import Corners
from geo_routes.networks.sea_local import coarse_cells
from geo_routes.networks.sea_passages import Passage
from geo_routes.networks.sea_tiles import COLUMNS, STEP_DEG
from geo_routes.networks.sea_water import Narrows, Water

logger = logging.getLogger(__name__)

CAPES = ((6, 8, 0.44), (20, 16, 0.485))
"""
Windows in which a cape's share of land is taken, half a side in coarse cells; how far there is no
sharper one; and the share below which the shore bends outwards. A straight shore has one half.
"""
SOUTHERNMOST, NORTHERNMOST = -66.0, 78.0
APART_KM = 3.0
"""No cape is taken nearer than this to a corner offshore."""
NEIGHBOURS, BESIDE_KM = 8, 60.0
"""A corner is joined to so many around it that it sees."""
SECTORS = 128
OFFSHORE_KM, INSHORE_KM = 12.0, 2.0
"""How far it is looked whether land lies beside a corner."""
OPEN_SHARE = 0.97
"""A corner with more of its sectors free has no land beside it: nothing bends there."""
NARROW_KM = 150.0
"""The longest tangent with an end near land."""
FARTHEST_KM = 15_000.0
TRIES = 6
ALIKE, INSHORE_ALIKE = 0.02, 0.05
"""Tangents whose ends lie within this share of their length of each other are one."""
GATEWAY_DEG, GATEWAY_KM = 1.5, 20.0
GATEWAY_SECTORS, GATEWAY_BAND = 120, 1.2
BETTER, STALE = 0.012, 1000
"""A line from a gateway is kept when it is shorter than what is known by this share."""
MODES = ("nearest", "wrap")
NONE = Narrows.none()
"""No cell near land may be crossed."""


def find_capes(offshore: np.ndarray) -> np.ndarray:
    """
    Find where the edge of the offing bends round land.

    Parameters
    ----------
    offshore
        (ROWS, COLUMNS) coarse cells offshore.

    Returns
    -------
    capes
        (n, 2) lon, lat of the middles of cells offshore.
    """
    near = ~offshore
    beside = np.zeros_like(near)
    beside[1:] |= near[:-1]
    beside[:-1] |= near[1:]
    beside |= np.roll(near, 1, axis=1) | np.roll(near, -1, axis=1)
    edge = offshore & beside
    found = []
    for half, apart, most in CAPES:
        share = ndimage.uniform_filter(near.astype(np.float32), 2 * half + 1, mode=MODES)
        share = np.where(edge, share, np.float32(2))
        least = ndimage.minimum_filter(share, 2 * apart + 1, mode=MODES)
        row, column = np.nonzero(edge & (share <= least + 1e-6) & (share < most))
        order = np.lexsort((column, row, share[row, column]))
        square = (row[order] // 4) * COLUMNS + column[order] // 4
        _, first = np.unique(square, return_index=True)
        found.append(np.column_stack([row, column])[order[first]])
    cells = np.unique(np.concatenate(found), axis=0)
    lat = 90 - (cells[:, 0] + 0.5) * STEP_DEG
    capes: np.ndarray = np.column_stack([-180 + (cells[:, 1] + 0.5) * STEP_DEG, lat])
    return np.round(capes[(lat > SOUTHERNMOST) & (lat < NORTHERNMOST)], 5)


class Sights:
    """
    Corners with what they see of the land beside them.

    Parameters
    ----------
    water
        The grid.
    points
        (n, 2) lon, lat of the corners.
    """

    def __init__(self, water: Water, points: np.ndarray) -> None:
        self.water, self.points = water, points
        self.offshore = water.is_offshore(*coarse_cells(points))
        reach = np.where(self.offshore, OFFSHORE_KM, INSHORE_KM)
        self.free = np.zeros((len(points), SECTORS), bool)
        for sector in range(SECTORS):
            ahead = _ahead(points, 2 * np.pi * (sector + 0.5) / SECTORS, reach)
            for where, narrows in ((self.offshore, NONE), (~self.offshore, None)):
                self.free[where, sector] = water.sees(points[where], ahead[where], narrows)
        self.touching = self.free & np.roll(self.free, SECTORS // 2, axis=1)
        self.is_bend = self.free.mean(axis=1) < OPEN_SHARE

    def tangents(self) -> np.ndarray:
        """List the pairs whose line touches land at both ends and keeps to water, thinned."""
        out = np.flatnonzero(self.offshore & self.is_bend)
        far = _touching_pairs(out, self.points, self.touching, 1.0, FARTHEST_KM)
        logger.info("%d corners offshore, %d lines touch at both ends.", len(out), len(far))
        every = np.flatnonzero(self.is_bend)
        near = _touching_pairs(every, self.points, self.touching, 0.3, NARROW_KM)
        near = near[~self.offshore[near].all(axis=1)]
        return np.concatenate(
            [self._thinned(far, ALIKE, NONE), self._thinned(near, INSHORE_ALIKE, None)]
        )

    def _thinned(self, pairs: np.ndarray, alike: float, narrows: Narrows | None) -> np.ndarray:
        """Take one pair that keeps to water of those that are alike, the shortest first."""
        a, b = self.points[pairs[:, 0]], self.points[pairs[:, 1]]
        km = distances_km(a, b)
        level = np.floor(np.log2(np.maximum(alike * km / 111.2, 0.02)))
        key = level.astype(np.int64)
        for ends in (a, b):
            scale = np.maximum(np.cos(np.radians(ends[:, 1])), 0.05)
            for degrees in (ends[:, 0] * scale, ends[:, 1]):
                key = key * 1_000_003 + np.floor(degrees / 2.0**level).astype(np.int64)
        order = np.lexsort((km, key))
        kept: np.ndarray = pairs[order[self._first_seen(a[order], b[order], key[order], narrows)]]
        return kept

    def _first_seen(
        self, a: np.ndarray, b: np.ndarray, key: np.ndarray, narrows: Narrows | None
    ) -> np.ndarray:
        """Tell of sorted groups which line is the first of its group that keeps to water."""
        first = np.concatenate([[True], key[1:] != key[:-1]])
        group = np.cumsum(first) - 1
        rank = np.arange(len(key)) - np.flatnonzero(first)[group]
        done = np.zeros(group[-1] + 1, bool)
        chosen = np.zeros(len(key), bool)
        for again in range(TRIES):
            asked = np.flatnonzero((rank == again) & ~done[group])
            seen = asked[self.water.sees(a[asked], b[asked], narrows)]
            chosen[seen] = True
            done[group[seen]] = True
        return chosen

    def neighbours(self, some: np.ndarray) -> np.ndarray:
        """Pair some corners with the nearest around them that they see."""
        reach = 2 * np.sin(BESIDE_KM / EARTH_RADIUS_KM / 2)
        vectors = unit_vectors(self.points)
        off, near = cKDTree(vectors).query(
            vectors[some], k=NEIGHBOURS + 1, distance_upper_bound=reach
        )
        mine, which = np.nonzero(np.isfinite(off))
        pairs = np.column_stack([some[mine], near[mine, which]])
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        both = self.offshore[pairs].all(axis=1)
        kept = [
            part[self.water.sees(self.points[part[:, 0]], self.points[part[:, 1]], narrows)]
            for part, narrows in ((pairs[both], NONE), (pairs[~both], None))
        ]
        return np.concatenate(kept)

    def gateways(self, pairs: np.ndarray, costs: np.ndarray) -> np.ndarray:
        """
        List the lines from one open corner of each square to far bends that save way.

        Ends begin at the shore, not at a bend: what leads away from there touches land at the
        other end alone.
        """
        scale = np.maximum(np.cos(np.radians(self.points[:, 1])), 0.05)
        column = np.floor(self.points[:, 0] * scale / GATEWAY_DEG).astype(np.int64)
        square = column * 1000 + np.floor(self.points[:, 1] / GATEWAY_DEG).astype(np.int64)
        out = np.flatnonzero(self.offshore)
        order = out[np.lexsort((-self.free[out].mean(axis=1), square[out]))]
        _, first = np.unique(square[order], return_index=True)
        known = Lines(len(self.points), pairs, costs)
        bends = np.flatnonzero(self.offshore & self.is_bend)
        for number, gateway in enumerate(order[first].tolist()):
            self._open(gateway, bends, known)
            if number % 1000 == 999:
                logger.info("%d gateways, %d lines from them.", number + 1, len(known.fresh))
        return np.array(known.fresh, np.int64).reshape(-1, 2)

    def _open(self, gateway: int, bends: np.ndarray, known: Lines) -> None:
        """Find what a gateway sees that is not known."""
        fits, bearing, km = _touched(
            gateway, bends, self.points, self.touching, self.free, GATEWAY_KM, FARTHEST_KM
        )
        some = np.flatnonzero(fits)
        gain = known.costs_from(gateway)[bends[some]] / km[some]
        some, gain = some[gain > 1 + BETTER], gain[gain > 1 + BETTER]
        if not len(some):
            return
        band = np.floor(np.log(km[some]) / np.log(GATEWAY_BAND)).astype(np.int64)
        key = np.floor(bearing[some] * GATEWAY_SECTORS).astype(np.int64) * 1000 + band
        order = np.lexsort((-gain, key))
        some, key = some[order], key[order]
        stops = self.points[bends[some]]
        starts = self.points[gateway][None].repeat(len(some), 0)
        for at in some[self._first_seen(starts, stops, key, NONE)].tolist():
            known.add(gateway, int(bends[at]), float(km[at]))


class Lines:
    """Lines between corners that grow; what they cost is looked up a little late."""

    def __init__(self, count: int, pairs: np.ndarray, costs: np.ndarray) -> None:
        self._count, self._pairs, self._costs = count, pairs, costs
        self.fresh: list[tuple[int, int]] = []
        self._fresh_costs: list[float] = []
        self._matrix: csr_matrix | None = None
        self._used = 0

    def add(self, a: int, b: int, cost: float) -> None:
        """Add a line."""
        self.fresh.append((min(a, b), max(a, b)))
        self._fresh_costs.append(cost)

    def costs_from(self, corner: int) -> np.ndarray:
        """Measure the ways from a corner to all."""
        if self._matrix is None or len(self.fresh) > self._used + STALE:
            ends = np.concatenate([self._pairs, np.array(self.fresh, np.int64).reshape(-1, 2)])
            known = np.concatenate([self._costs, self._fresh_costs])
            keys, first = np.unique(ends[:, 0] * self._count + ends[:, 1], return_index=True)
            half = coo_matrix(
                (known[first], (keys // self._count, keys % self._count)),
                shape=(self._count, self._count),
            ).tocsr()
            self._matrix = (half + half.T).tocsr()
            self._used = len(self.fresh)
        costs: np.ndarray = dijkstra(self._matrix, indices=corner)
        return costs


def join_tangents(
    water: Water, offshore: np.ndarray, learnt: Corners, passages: Sequence[Passage]
) -> Corners:
    """
    Add corners at all capes, and the lines of sight that taut ways can run along.

    A taut way touches land wherever it bends, so that but for its ends it runs along lines that
    touch land at both ends (bitangents).

    Parameters
    ----------
    water
        The grid.
    offshore
        (ROWS, COLUMNS) coarse cells offshore.
    learnt
        Corners found by sailing.
    passages
        All passages.

    Returns
    -------
    corners
        Those and the capes.
    """
    capes = find_capes(offshore)
    out = learnt.points[water.is_offshore(*coarse_cells(learnt.points))]
    off, _ = cKDTree(unit_vectors(out)).query(unit_vectors(capes))
    capes = capes[off * EARTH_RADIUS_KM > APART_KM]
    points = np.concatenate([learnt.points, capes])
    later = learnt.rows < learnt.indices
    pairs = [np.column_stack([learnt.rows, learnt.indices])[later].astype(np.int64)]
    logger.info("%d corners learnt, %d capes.", len(learnt.points), len(capes))
    sights = Sights(water, points)
    pairs += [sights.neighbours(np.arange(len(learnt.points), len(points))), sights.tangents()]
    joined = each_once(np.concatenate(pairs))
    logger.info("%d lines.", len(joined))
    joined = each_once(
        np.concatenate([joined, sights.gateways(joined, costs_km(water, points, joined))])
    )
    used = np.unique(joined)
    rank = np.full(len(points), -1)
    rank[used] = np.arange(len(used))
    logger.info("%d corners, %d lines.", len(used), len(joined))
    points, joined = points[used], rank[joined]
    costs = costs_km(water, points, joined)
    return assemble(water, points, joined, costs, crossed_gates(points, joined, passages))


def _ahead(points: np.ndarray, bearing: float, km: np.ndarray) -> np.ndarray:
    """Go some way from points, as on the sphere."""
    angle = km / EARTH_RADIUS_KM
    lon, lat = np.radians(points.T)
    sine = np.sin(lat) * np.cos(angle) + np.cos(lat) * np.sin(angle) * np.cos(bearing)
    east = np.sin(bearing) * np.sin(angle) * np.cos(lat)
    lon = lon + np.arctan2(east, np.cos(angle) - np.sin(lat) * sine)
    return np.column_stack([(np.degrees(lon) + 180) % 360 - 180, np.degrees(np.arcsin(sine))])


@numba.njit(cache=True)
def _bearings(a, b):  # type: ignore[no-untyped-def]
    """Give the length of a line in km and its directions at both ends, as shares of a turn."""
    x0, y0, x1, y1 = np.radians(a[0]), np.radians(a[1]), np.radians(b[0]), np.radians(b[1])
    s0, c0, s1, c1 = np.sin(y0), np.cos(y0), np.sin(y1), np.cos(y1)
    east, ahead = np.sin(x1 - x0), np.cos(x1 - x0)
    km = EARTH_RADIUS_KM * np.arccos(min(1.0, max(-1.0, s0 * s1 + c0 * c1 * ahead)))
    there = np.arctan2(east * c1, c0 * s1 - s0 * c1 * ahead) / (2 * np.pi) % 1.0
    back = np.arctan2(-east * c0, c1 * s0 - s1 * c0 * ahead) / (2 * np.pi) % 1.0
    return km, there, back


def _touching_pairs(
    some: np.ndarray, points: np.ndarray, touching: np.ndarray, least: float, most: float
) -> np.ndarray:
    """List the pairs of some corners whose line touches at both ends."""
    pairs = np.array(_list_touching(some, points, touching, least, most), np.int64)
    return pairs.reshape(-1, 2)


@numba.njit(cache=True)
def _list_touching(some, points, touching, least, most):  # type: ignore[no-untyped-def]
    found = [(0, 0)]
    found.pop()
    sectors = touching.shape[1]
    for first in range(len(some)):
        for second in range(first + 1, len(some)):
            a, b = some[first], some[second]
            km, there, back = _bearings(points[a], points[b])
            if km < least or km > most or not touching[a, int(there * sectors) % sectors]:
                continue
            if touching[b, int(back * sectors) % sectors]:
                found.append((a, b))
    return found


@numba.njit(cache=True)
def _touched(start, some, points, touching, free, least, most):  # type: ignore[no-untyped-def]
    """Tell which corners a line from one touches, its direction, and its length."""
    fits = np.zeros(len(some), np.bool_)
    bearing, length = np.zeros(len(some)), np.zeros(len(some))
    sectors = touching.shape[1]
    for at in range(len(some)):
        km, there, back = _bearings(points[start], points[some[at]])
        bearing[at], length[at] = there, km
        fits[at] = (
            least <= km <= most
            and free[start, int(there * sectors) % sectors]
            and touching[some[at], int(back * sectors) % sectors]
        )
    return fits, bearing, length
