"""Ways over water pulled taut: bends only where land makes them."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from geo_routes.networks.sea_arcs import apart_km, distances_km, unit_vectors, vectors_by_axis
from geo_routes.networks.sea_local import Course
from geo_routes.networks.sea_threads import threads
from geo_routes.networks.sea_tiles import CELLS
from geo_routes.networks.sea_water import Narrows, Water

SLIDES = np.array([0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0])
"""Shares of the way from a bend to the line past it that are tried at once."""
FEW_SKIPS, SKIPS, ALL_SKIPS = (2,), (2, 3, 5), (2, 3, 4, 5, 6, 8, 11, 16, 24, 36)
"""How many points further it is looked for what two points see of each other."""
MANY = 60
"""Of more points those are left out first whose neighbours see each other."""
GAIN_KM = 0.5
"""What a bend has to promise to be looked at: no ship steers more closely."""
FEW_CIRCLES = 200
"""Products of more vectors are left to several threads, which takes longer."""
KNOWN_BETWEEN = 20_000
"""Neighbours on ways of which it is kept in mind what is between them."""
NOTHING = np.empty((0, 2))
Fences = tuple[Course, ...]
"""Gates that a way may not cross."""


@dataclass(frozen=True, slots=True)
class Loose:
    """
    A way before it is pulled taut.

    Attributes
    ----------
    points
        (n, 2) lon, lat, each point next to the one before by water.
    narrows
        Sorted numbers of the cells near land that it may run through.
    sure
        (n,) points that are known to be seen from the one before.
    """

    points: np.ndarray
    narrows: np.ndarray
    sure: np.ndarray


@dataclass(frozen=True, slots=True)
class Ways:
    """
    Ways one after another, so that all are asked at once what they see.

    Attributes
    ----------
    points
        (n, 2) lon, lat.
    way
        (n,) which way each point belongs to, in order.
    """

    points: np.ndarray
    way: np.ndarray

    @classmethod
    def of(cls, parts: Sequence[np.ndarray]) -> Ways:
        """Put ways one after another."""
        return cls(np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(p) for p in parts]))

    def split(self) -> list[np.ndarray]:
        """Take them apart."""
        return [self.points[a:b] for a, b in pairwise([*self.firsts(), len(self.way)])]

    def firsts(self) -> list[int]:
        """List the points at which ways begin."""
        return [0, *((self.way[1:] != self.way[:-1]).nonzero()[0] + 1).tolist()]

    def only(self, kept: np.ndarray | list[int]) -> Ways:
        """Leave out points."""
        return Ways(self.points[kept], self.way[kept])

    def inner(self) -> np.ndarray:
        """List the points that have one before and one after."""
        own = self.way
        # Ways stand in order: what is the same at both ends is so between.
        inner: np.ndarray = (own[2:] == own[:-2]).nonzero()[0] + 1
        return inner

    def pairs(self, skip: int) -> np.ndarray:
        """List the points that have another so many further on."""
        pairs: np.ndarray = (self.way[skip:] == self.way[:-skip]).nonzero()[0]
        return pairs

    def places(self) -> np.ndarray:
        """Number the points of each way."""
        places: np.ndarray = np.arange(len(self.way)) - self.way.searchsorted(self.way)
        return places


@dataclass(frozen=True, slots=True)
class Room:
    """
    Where ways may be pulled to.

    Attributes
    ----------
    water
        The grid.
    narrows
        The cells near land that they may run through, each way's by itself; all when None.
    fences
        Gates that they may not cross.
    gain_km
        What a bend has to promise to be looked at.
    several
        Whether there is more than one way.
    blind
        Pairs of points, with their way, that were found not to see each other.
    """

    water: Water
    narrows: Narrows | None
    fences: Fences
    gain_km: float
    several: bool
    blind: set[bytes] = field(default_factory=set)

    def sees(self, starts: np.ndarray, stops: np.ndarray, way: np.ndarray) -> np.ndarray:
        """Tell which great circles of some ways keep within."""
        if not len(starts):
            return np.zeros(0, bool)
        return see(self.water, starts, stops, self.narrows, self.fences, self._told(way))

    def holds(self, points: np.ndarray, way: np.ndarray) -> np.ndarray:
        """Tell which points of some ways lie where these may be."""
        return self.water.holds(points, self.narrows, self._told(way))

    def _told(self, way: np.ndarray) -> np.ndarray | None:
        """Leave out of the question which way it is where there is only one."""
        return way if self.several else None


def pull(
    water: Water,
    ways: Sequence[Loose],
    fences: Fences,
    *,
    gain_km: float = GAIN_KM,
) -> list[np.ndarray]:
    """
    Pull ways taut: leave out what can be passed by, then slide each bend towards land.

    Parameters
    ----------
    water
        The grid.
    ways
        The ways as they were found.
    fences
        Gates that they may not cross.
    gain_km
        What a bend has to promise to be looked at.
    """
    loose = Ways.of([way.points for way in ways])
    points, way = loose.points, loose.way
    kept = np.ones(len(way), bool)
    kept[1:] = (points[1:] != points[:-1]).any(axis=1) | (way[1:] != way[:-1])
    loose, sure = loose.only(kept), np.concatenate([way.sure for way in ways])[kept]
    narrows = np.concatenate([way.narrows + CELLS * at for at, way in enumerate(ways)])
    loose = _threaded(water, loose, sure)
    # Taut ways keep between the outermost meridians of the loose ones.
    order = loose.points[:, 0].argsort()
    west, east = loose.points[order[:1]], loose.points[order[-1:]]
    fences = _fences_between(west, east, fences)
    room = Room(water, water.narrows(narrows), fences, gain_km, len(ways) > 1)
    taut = _shortened(room, loose, SKIPS)
    return _shortened(room, _tightened(room, taut), FEW_SKIPS).split()


def shortcut(water: Water, path: np.ndarray, fences: Fences = ()) -> np.ndarray:
    """Leave out points of a way, (n, 2) lon, lat, whose neighbours see each other."""
    return _shortened(Room(water, None, fences, 0.0, False), Ways.of([path]), ALL_SKIPS).points


def _shortened(room: Room, ways: Ways, skips: Sequence[int]) -> Ways:
    """Leave out points whose neighbours see each other, all along the ways at once."""
    tried = np.zeros(len(ways.way), bool)
    while True:
        inner = ways.inner()
        inner = inner[~tried[inner] & (np.bincount(ways.way) > MANY)[ways.way[inner]]]
        if not len(inner):
            break
        points = ways.points
        seen = room.sees(points[inner - 1], points[inner + 1], ways.way[inner])
        tried[inner] = True
        gone = np.zeros(len(points), bool)
        last = -1
        for at in inner[seen].tolist():
            if last != at - 1:
                gone[at], last = True, at
        beside = gone.nonzero()[0]
        # What lost a neighbour is looked at again; so is what was seen but stood next to one.
        tried[np.concatenate([beside - 1, beside + 1])] = False
        ways, tried = ways.only(~gone), tried[~gone]
    return _shortest(room, ways, skips)


def _shortest(room: Room, ways: Ways, skips: Sequence[int]) -> Ways:
    """Take the shortest ways over some of the points, in order, that see each other."""
    points, count = ways.points, len(ways.way)
    pairs = [ways.pairs(skip) for skip in skips]
    starts = np.concatenate(pairs)
    stops = np.concatenate([each + skip for each, skip in zip(pairs, skips, strict=True)])
    vectors = vectors_by_axis(points)
    km = apart_km(vectors, starts, stops)
    steps = np.zeros(count)
    np.add.accumulate(apart_km(vectors, slice(-1), slice(1, None)), out=steps[1:])
    gains = (steps[stops] - steps[starts] - km >= room.gain_km).nonzero()[0]
    starts, stops, km = starts[gains], stops[gains], km[gains]
    seen = _seen_once(room, points[starts], points[stops], ways.way[starts])
    if not seen.any():
        return ways
    behind: dict[int, list[tuple[int, float]]] = {}
    for i, j, length in zip(
        starts[seen].tolist(), stops[seen].tolist(), km[seen].tolist(), strict=True
    ):
        behind.setdefault(j, []).append((i, length))
    return ways.only(_cheapest(ways, steps.tolist(), behind))


def _cheapest(
    ways: Ways, steps: Sequence[float], behind: Mapping[int, Sequence[tuple[int, float]]]
) -> list[int]:
    """
    List the points on the shortest of each of some ways.

    Parameters
    ----------
    ways
        The ways.
    steps
        (n,) how far each point is along all ways, in km.
    behind
        Points that some points see, other than those next to them, and how far off these are.
    """
    count = len(steps)
    kept: list[int] = []
    best, before = [0.0] * count, list(range(-1, count - 1))
    for first, end in pairwise([*ways.firsts(), count]):
        for j in range(first + 1, end):
            step = steps[j] - steps[j - 1]
            if j not in behind:
                best[j] = best[j - 1] + step
                continue
            least = np.inf
            for i, length in [*sorted(behind[j]), (j - 1, step)]:
                if best[i] + length < least - 1e-9:
                    least, before[j] = best[i] + length, i
            best[j] = least
        at = end - 1
        part = [at]
        while at > first:
            at = before[at]
            part.append(at)
        kept += reversed(part)
    return kept


def _seen_once(room: Room, starts: np.ndarray, stops: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Tell which points see each other, but for those known not to."""
    keys = _keys(starts, stops, way[:, None])
    # Most are asked once more after the ways are tightened.
    left = np.array([at for at, key in enumerate(keys) if key not in room.blind], int)
    seen = np.zeros(len(starts), bool)
    seen[left] = room.sees(starts[left], stops[left], way[left])
    room.blind.update(key for key, found in zip(keys, seen.tolist(), strict=True) if not found)
    return seen


def _keys(*columns: np.ndarray) -> list[bytes]:
    """Make a key of each row of some columns."""
    rows = np.concatenate(columns, axis=1, dtype=float)
    keys: list[bytes] = rows.view(f"V{rows.itemsize * rows.shape[1]}").ravel().tolist()
    return keys


def _threaded(water: Water, ways: Ways, sure: np.ndarray) -> Ways:
    """Put the fine cells between points next to each other that do not see each other."""
    starts = ways.pairs(1)
    starts = starts[~sure[starts + 1]]
    if not len(starts):
        return ways
    between = _between(water, ways.points[starts], ways.points[starts + 1])
    count = np.zeros(len(ways.way), int)
    count[starts + 1] = [len(part) for part in between]
    if not count.any():
        return ways
    place = np.arange(len(count)) + np.add.accumulate(count)
    points = np.empty((place[-1] + 1, 2))
    inserted = np.ones(len(points), bool)
    inserted[place] = False
    points[place], points[inserted] = ways.points, np.concatenate(between)
    return Ways(points, ways.way.repeat(count + 1))


def _between(water: Water, starts: np.ndarray, stops: np.ndarray) -> list[np.ndarray]:
    """List the fine cells between points that do not see each other; none where they do."""
    known = water.between
    if len(known) > KNOWN_BETWEEN:
        known.clear()
    keys = _keys(starts, stops)
    left = [at for at, key in enumerate(keys) if key not in known]
    if left:
        seen = water.sees(starts[left], stops[left])
        unseen = np.array(left)[~seen]
        known.update((keys[at], NOTHING) for at in left)
        found = threads(water, starts[unseen], stops[unseen]) if len(unseen) else []
        known.update(zip((keys[at] for at in unseen.tolist()), found, strict=True))
    return [known[key] for key in keys]


def _tightened(room: Room, ways: Ways) -> Ways:
    """Slide each bend towards the line between its neighbours while it sees both."""
    inner = ways.inner()
    if not len(inner):
        return ways
    slid = ways.points.copy()
    slid[inner] = _slid(room, ways, inner)
    # Every other bend goes first; of the rest those beside one that moved look again.
    odd = ways.places() % 2 == 1
    tight = np.where(odd[:, None], slid, ways.points)
    moved = (tight != ways.points).any(axis=1)
    again = inner[(moved[inner - 1] | moved[inner + 1]) & ~odd[inner]]
    slid[again] = _slid(room, Ways(tight, ways.way), again)
    return Ways(slid, ways.way)


def _slid(room: Room, ways: Ways, bends: np.ndarray) -> np.ndarray:
    """Tell where some bends slide to, each by itself."""
    points = ways.points
    slid: np.ndarray = points[bends]
    if not len(bends):
        return slid
    vectors = vectors_by_axis(points)
    step_km = apart_km(vectors, slice(-1), slice(1, None))
    round_km = step_km[bends - 1] + step_km[bends]
    some = (round_km - apart_km(vectors, bends - 1, bends + 1) >= room.gain_km).nonzero()[0]
    if not len(some):
        return slid
    at = bends[some]
    before, bend, after = points[at - 1], points[at], points[at + 1]
    slide = feet(before, bend, after) - bend
    tried = (bend[:, None] + SLIDES[:, None] * slide[:, None]).reshape(-1, 2)
    whose = np.arange(len(at)).repeat(len(SLIDES))
    left = room.holds(tried, ways.way[at][whose]).nonzero()[0]
    whose, own = whose[left], tried[left]
    starts, stops = np.concatenate([before[whose], own]), np.concatenate([own, after[whose]])
    seen = np.zeros(len(tried), bool)
    way = ways.way[at][whose]
    both = room.sees(starts, stops, np.concatenate([way, way]))
    seen[left] = both[: len(left)] & both[len(left) :]
    share = np.where(seen.reshape(-1, len(SLIDES)), SLIDES, 0).max(axis=1)[:, None]
    slid[some] = bend + share * slide
    return slid


def see(
    water: Water,
    starts: np.ndarray,
    stops: np.ndarray,
    narrows: Narrows | None,
    fences: Fences,
    way: np.ndarray | None = None,
) -> np.ndarray:
    """Tell which great circles keep to water and cross no fence."""
    seen = water.sees(starts, stops, narrows, way)
    if fences:
        some = seen.nonzero()[0]
        seen[some] = ~breaks(starts[some], stops[some], fences)
    return seen


def length_km(path: np.ndarray) -> float:
    """Measure a way of great circles."""
    return float(distances_km(path[:-1], path[1:]).sum())


def feet(a: np.ndarray, bend: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Find the points of the straight lines between two points next to bends, in degrees."""
    # Axis by axis: numpy is slow at adding up many pairs.
    scale = np.maximum(np.cos(np.radians(bend[:, 1])), 0.05)
    x, y = _east(bend, a) * scale, a[:, 1] - bend[:, 1]
    along_x, along_y = _east(bend, b) * scale - x, b[:, 1] - bend[:, 1] - y
    length = np.maximum(along_x * along_x + along_y * along_y, 1e-18)
    share = np.minimum(np.maximum(-(x * along_x + y * along_y) / length, 0), 1)
    feet = np.empty(bend.shape)
    feet[:, 0] = bend[:, 0] + (x + share * along_x) / scale
    feet[:, 1] = bend[:, 1] + (y + share * along_y)
    return feet


def _east(start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Subtract longitudes in degrees, the short way over the antimeridian."""
    east: np.ndarray = (stop[:, 0] - start[:, 0] + 180) % 360 - 180
    return east


def breaks(starts: np.ndarray, stops: np.ndarray, fences: Fences) -> np.ndarray:
    """Tell which great circles cross a fence."""
    near = _fences_between(starts, stops, fences)
    if not near:
        return np.zeros(len(starts), bool)
    broken: np.ndarray = np.asarray(_hits(starts, stops, near).any(axis=1))
    return broken


def _fences_between(starts: np.ndarray, stops: np.ndarray, fences: Fences) -> Fences:
    """List the fences that lie between the meridians of some great circles: others none cross."""
    if not fences or not len(starts):
        return ()
    lon = np.concatenate([starts[:, 0], stops[:, 0]])
    if np.abs(lon[: len(starts)] - lon[len(starts) :]).max() > 179:
        return fences
    west, east = lon.min() - 0.01, lon.max() + 0.01
    near = (_meridians(fence) for fence in fences)
    return tuple(
        fence
        for fence, (first, last) in zip(fences, near, strict=True)
        if first <= east and last >= west
    )


@functools.cache
def _meridians(fence: Course) -> tuple[float, float]:
    """Give the meridians between which a fence stands; all where it stands across the 180th."""
    lon = [post[0] for post in fence]
    return (min(lon), max(lon)) if max(lon) - min(lon) < 179 else (-180.0, 180.0)


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
    line, piece = _hits(starts, stops, gates).nonzero()
    if not len(line):
        return line, piece, np.zeros(0)
    _, _, wall, _ = _walls(gates)
    a, b = unit_vectors(starts[line]), unit_vectors(stops[line])
    meet = _cross(_cross(a, b), wall.T[piece])
    meet /= np.linalg.norm(meet, axis=1, keepdims=True)
    meet *= np.sign((meet * (a + b)).sum(axis=1, keepdims=True))
    return line, piece, np.arccos(np.clip((meet * a).sum(axis=1), -1, 1))


def _hits(starts: np.ndarray, stops: np.ndarray, fences: Fences) -> np.ndarray:
    """Tell which great circles cross which piece of the fences."""
    if len(starts) > FEW_CIRCLES:
        cuts = range(0, len(starts), FEW_CIRCLES)
        parts = [slice(at, at + FEW_CIRCLES) for at in cuts]
        return np.concatenate([_hits(starts[part], stops[part], fences) for part in parts])
    c, d, wall, between = _walls(fences)
    vectors = unit_vectors(np.concatenate([starts, stops]))
    a, b = vectors[: len(starts)], vectors[len(starts) :]
    normal = _cross(a, b)
    hit: np.ndarray = np.asarray((normal @ c) * (normal @ d) < 0)
    hit &= (a @ wall) * (b @ wall) < 0
    # The planes meet at two antipodes: only that between the four points counts.
    hit &= (a + b) @ between > 0
    return hit


@functools.cache
def _walls(fences: Fences) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Give the posts of all fences as columns, the normals of their planes, and their middles."""
    pieces = [piece for fence in fences for piece in pairwise(fence)]
    c, d = (unit_vectors(np.array([piece[end] for piece in pieces])) for end in (0, 1))
    return c.T, d.T, _cross(c, d).T, (c + d).T


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Multiply vectors; numpy.cross takes ten times as long over few."""
    x = a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1]
    y = a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2]
    z = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return np.array([x, y, z]).T
