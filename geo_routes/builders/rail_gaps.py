"""Gaps in the track: healed by a reviewed list, or by rule where they are short."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from geo_routes.builders.rail_cuts import cut, join_point, places_along
from geo_routes.builders.rail_tracks import (
    CONNECTOR,
    EARTH_RADIUS_KM,
    EXACT,
    FERRY,
    GAP,
    SIMPLIFIED,
    Tracks,
    chain_pairs,
    read_course,
    straight_km,
    unit_vectors,
)

GAP_KM = 10.0
"""Gaps up to this are healed by rule; wider ones only by the reviewed patch file."""
DETOUR_FACTOR = 5.0
SPUR_KM = 2.5
SPUR_DETOUR_KM = 30.0
"""A dead end this near to a line is joined to it where the way round is longer than this."""
_SPUR_FACTOR = 10.0
_ROUNDS = 5
_SAME_WAY = 0.7
YARD_KM = 1.5


def patch_gaps(tracks: Tracks, patches: list[dict[str, str]]) -> Tracks:
    """
    Add the pieces of the patch file, each joined at its two ends to the track that is there.

    Parameters
    ----------
    tracks
        What is there. New pieces join this, or an earlier patch.
    patches
        Rows with `kind` (track, line or ferry), `coordinates`, `gauge` and `km`: the length along
        the track as published, or nothing, when the course is measured.
    """
    for row in patches:
        course = read_course(row["coordinates"])
        tracks, first = join_point(tracks, course[0], GAP_KM)
        tracks, last = join_point(tracks, course[-1], GAP_KM)
        tracks, inner = tracks.with_points(course[1:-1])
        pairs = chain_pairs(np.concatenate([[first], inner, [last]]))
        km = straight_km(tracks.points, pairs)
        published = float(row.get("km") or 0)
        tracks = tracks.with_pairs(
            pairs,
            km=km * (published / km.sum()) if published else km,
            kind=FERRY if row["kind"] == "ferry" else CONNECTOR,
            gauge=int(row.get("gauge") or 0),
            measure=EXACT if published or row["kind"] == "ferry" else SIMPLIFIED,
        )
    return tracks


def heal_gaps(tracks: Tracks, country: np.ndarray | None = None) -> Tracks:
    """
    Join what lies within GAP_KM: components to their neighbours, then dead ends.

    Parameters
    ----------
    tracks
        What is there.
    country
        By point, the number of its country. No rule joins two countries: where track crosses a
        border is known, and two lines that end on the banks of a border river meet on no bridge.
    """
    home = np.zeros(len(tracks.points), dtype=int) if country is None else country
    while len(found := _component_gaps(tracks, home)):
        tracks = tracks.with_pairs(found, kind=CONNECTOR, usage=GAP)
    tracks = tracks.with_pairs(_dead_end_gaps(tracks, home), kind=CONNECTOR, usage=GAP)
    for _ in range(_ROUNDS):
        spurs = _spur_gaps(tracks, home)
        if not spurs:
            break
        home = np.concatenate([home, [home[end] for end, _, _ in spurs]])
        tracks = _join_spurs(tracks, spurs)
    return tracks


def _spur_gaps(tracks: Tracks, home: np.ndarray) -> list[tuple[int, int, float]]:
    """
    List dead ends that stop short of a line: the end, the piece of the line, and where on it.

    A line broken within a station, one side of it ending beside the other's through track, leaves
    no second dead end to join. The nearest break of a neighbourhood comes first; the rest of a
    neighbourhood waits for the next round, for it may then be whole.
    """
    degree = np.bincount(tracks.pairs.ravel(), minlength=len(tracks.points))
    single = tracks.measure == SIMPLIFIED
    ends = np.setdiff1d(np.flatnonzero(degree == 1), tracks.pairs[~single])
    places, piece, share = places_along(tracks, np.flatnonzero(tracks.kind != FERRY))
    vectors = unit_vectors(tracks.points)
    close = cKDTree(unit_vectors(places)).query_ball_point(vectors[ends], SPUR_KM / EARTH_RADIUS_KM)
    graph = tracks.matrix(straight_km(tracks.points, tracks.pairs))
    found = []
    for end, near in zip(ends.tolist(), close, strict=True):
        at = np.array(near, dtype=int)
        at = at[(tracks.pairs[piece[at]] != end).all(axis=1)]
        at = at[(home[tracks.pairs[piece[at]]] == home[end]).all(axis=1)]
        if not len(at):
            continue
        gaps = straight_km(np.vstack([tracks.points[end], places[at]]), _from_first(len(at)))
        limit = max(SPUR_DETOUR_KM, _SPUR_FACTOR * SPUR_KM) + SPUR_KM
        ways = dijkstra(graph, indices=end, limit=limit)
        detours = ways[tracks.pairs[piece[at]]].min(axis=1)
        broken = (detours > SPUR_DETOUR_KM) & (detours > _SPUR_FACTOR * gaps)
        if broken.any():
            best = int(at[broken][gaps[broken].argmin()])
            found.append((float(gaps[broken].min()), end, int(piece[best]), float(share[best])))
    chosen: list[tuple[int, int, float]] = []
    for _, end, whole, part in sorted(found):
        apart = vectors[[other for other, _, _ in chosen]] - vectors[end]
        if not len(apart) or np.linalg.norm(apart, axis=1).min() * EARTH_RADIUS_KM > GAP_KM:
            chosen.append((end, whole, part))
    return chosen


def _from_first(count: int) -> np.ndarray:
    """Pair the first of some points with each of the others."""
    return np.column_stack([np.zeros(count, dtype=int), np.arange(1, count + 1)])


def _join_spurs(tracks: Tracks, spurs: list[tuple[int, int, float]]) -> Tracks:
    """Join dead ends to lines, which are cut there."""
    shares = np.array([share for _, _, share in spurs])[:, None]
    first, second = (tracks.points[tracks.pairs[[row[1] for row in spurs], at]] for at in (0, 1))
    tracks, fresh = tracks.with_points(first + (second - first) * shares)
    # Cut at its ends a piece would leave another of no length; that is a point that is there.
    inner = [
        (whole, share, point)
        for (_, whole, share), point in zip(spurs, fresh.tolist(), strict=True)
        if 0 < share < 1
    ]
    joints = [
        point if 0 < share < 1 else int(tracks.pairs[whole, int(share)])
        for (_, whole, share), point in zip(spurs, fresh.tolist(), strict=True)
    ]
    pairs = np.column_stack([[end for end, _, _ in spurs], joints])
    return cut(tracks, inner).with_pairs(pairs, kind=CONNECTOR, usage=GAP)


def _component_gaps(tracks: Tracks, home: np.ndarray) -> np.ndarray:
    """Join each component to its nearest neighbour."""
    points, pairs = tracks.points, tracks.pairs
    _, labels = connected_components(tracks.matrix(), directed=False)
    giant = np.bincount(labels).argmax()
    used = np.unique(pairs)
    vectors = unit_vectors(points)
    tree = cKDTree(vectors[used])
    small = used[labels[used] != giant]
    reach = GAP_KM / EARTH_RADIUS_KM
    best: dict[int, tuple[float, int, int]] = {}
    for node, near in zip(small, tree.query_ball_point(vectors[small], reach), strict=True):
        others = used[near]
        others = others[(labels[others] != labels[node]) & (home[others] == home[node])]
        if len(others):
            gaps = np.linalg.norm(vectors[others] - vectors[node], axis=1)
            at = int(gaps.argmin())
            found = (float(gaps[at]), int(node), int(others[at]))
            label = int(labels[node])
            best[label] = min(best.get(label, found), found)
    rows = sorted({(min(a, b), max(a, b)) for _, a, b in best.values()})
    return np.array(rows, dtype=int).reshape(-1, 2)


def _dead_end_gaps(tracks: Tracks, home: np.ndarray) -> np.ndarray:
    """Join dead ends whose way round is over DETOUR_FACTOR times the gap."""
    yards = _dead_ends(tracks)
    ends = np.flatnonzero(yards >= 0)
    vectors = unit_vectors(tracks.points)
    close = cKDTree(vectors[ends]).query_pairs(GAP_KM / EARTH_RADIUS_KM, output_type="ndarray")
    close = ends[close[yards[ends[close[:, 0]]] != yards[ends[close[:, 1]]]]]
    close = close[home[close[:, 0]] == home[close[:, 1]]]
    # Two that head the same way are the two tracks of one line, broken at one place.
    headings = _headings(tracks, vectors)
    close = close[(headings[close[:, 0]] * headings[close[:, 1]]).sum(axis=1) < _SAME_WAY]
    gaps = np.linalg.norm(vectors[close[:, 0]] - vectors[close[:, 1]], axis=1) * EARTH_RADIUS_KM
    graph = tracks.matrix(straight_km(tracks.points, tracks.pairs))
    detours = np.empty(len(close))
    for end in np.unique(close[:, 0]):
        at = np.flatnonzero(close[:, 0] == end)
        detours[at] = dijkstra(graph, indices=end, limit=DETOUR_FACTOR * GAP_KM)[close[at, 1]]
    taken: set[int] = set()
    rows = []
    for at in np.lexsort((close[:, 1], close[:, 0], gaps)):
        a, b = (int(node) for node in close[at])
        both = {int(yards[a]), int(yards[b])}
        if not both & taken and detours[at] > DETOUR_FACTOR * gaps[at]:
            rows.append((min(a, b), max(a, b)))
            taken |= both
    return np.array(sorted(set(rows)), dtype=int).reshape(-1, 2)


def _headings(tracks: Tracks, vectors: np.ndarray) -> np.ndarray:
    """Tell which way track heads at its last points; nothing elsewhere."""
    degree = np.bincount(tracks.pairs.ravel(), minlength=len(tracks.points))
    found = np.zeros((len(tracks.points), 3))
    for end, before in ((0, 1), (1, 0)):
        last = tracks.pairs[degree[tracks.pairs[:, end]] == 1]
        ways = vectors[last[:, end]] - vectors[last[:, before]]
        found[last[:, end]] = ways / np.maximum(np.linalg.norm(ways, axis=1), 1e-12)[:, None]
    return found


def _dead_ends(tracks: Tracks) -> np.ndarray:
    """
    Number the dead ends: by point, its dead end, or -1.

    A dead end is a point, or the yard of a station (points joined by less than YARD_KM), from
    which track leads to one other place only.
    """
    count = len(tracks.points)
    short = tracks.km <= YARD_KM
    a, b = tracks.pairs.T
    inside = coo_matrix((np.ones(short.sum()), (a[short], b[short])), shape=(count, count))
    yard = connected_components(inside, directed=False)[1]
    # Both tracks of a line count once.
    away = np.unique(np.sort(yard[tracks.pairs[~short]], axis=1), axis=0)
    leading = np.bincount(away[away[:, 0] != away[:, 1]].ravel(), minlength=yard.max() + 1)
    degree = np.bincount(tracks.pairs.ravel(), minlength=count)
    found: np.ndarray = np.where((leading[yard] == 1) & (degree > 0), yard, -1)
    # A siding's end within a larger yard is a dead end too, numbered past the yards.
    alone = (degree == 1) & (found < 0)
    found[alone] = yard.max() + 1 + np.flatnonzero(alone)
    return found
