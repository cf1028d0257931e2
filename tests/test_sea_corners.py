"""The corners of sea ways: where they stand, and that the search over them misses nothing."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo_routes.networks.sea import sea_network
from geo_routes.networks.sea_arcs import distances_km
from geo_routes.networks.sea_bounds import Bounds, Entry, corridor
from geo_routes.networks.sea_corners import search_corners

OFF_LISBON, OFF_RIO = np.array([-9.6, 38.6]), np.array([-43.1, -23.2])


@pytest.fixture(scope="module")
def corners():
    return sea_network().search.corners


@pytest.fixture(scope="module")
def usual_costs():
    search = sea_network().search
    return search.costs(search.usual)


def _entry(corners, corner, cost=0.0):
    return Entry(corners.points[corner], np.array([corner]), np.array([cost]))


def test_lines_between_corners_keep_to_water(corners):
    some = np.random.default_rng(11).choice(len(corners.rows), 3000, replace=False)
    starts, stops = corners.points[corners.rows[some]], corners.points[corners.indices[some]]
    assert sea_network().search.water.sees(starts, stops).all()


def test_each_line_can_be_gone_both_ways_at_one_cost(corners):
    count = len(corners.points)
    matrix = csr_matrix((corners.costs, corners.indices, corners.indptr), shape=(count, count))
    assert abs(matrix - matrix.T).max() < 1e-9


def test_no_way_is_cheaper_than_its_bound(corners, usual_costs):
    rng = np.random.default_rng(3)
    for corner in rng.choice(len(corners.points), 6, replace=False).tolist():
        costs = 12 + dijkstra(usual_costs, indices=corner)
        for by_landmarks in (True, False):
            bounds = Bounds(corners, _entry(corners, corner, 12.0), by_landmarks=by_landmarks)
            bound = np.nan_to_num(bounds.to(np.arange(len(corners.points))))
            assert (bound <= costs + 0.01).all()
            squares = np.nan_to_num(bounds.to_squares())
            of = np.repeat(squares, corners.squares.count)
            assert (of <= bound[corners.squares.order] + 0.01).all()


@pytest.mark.parametrize("by_reach", [True, False])
def test_search_of_what_bounds_leave_finds_what_a_search_of_all_finds(
    corners, usual_costs, by_reach
):
    first, last = (
        int(np.argmin(distances_km(corners.points, point))) for point in (OFF_LISBON, OFF_RIO)
    )
    far = np.random.default_rng(5).choice(len(corners.points), (10, 2)).tolist()
    for start, stop in [(first, last), *far]:
        least = dijkstra(usual_costs, indices=start)[stop]
        if not np.isfinite(least):
            continue
        ends = _entry(corners, start), _entry(corners, stop)
        bounds = tuple(Bounds(corners, end, by_landmarks=True) for end in ends)
        inside = corridor(corners, ends, bounds, least + 1, by_reach=by_reach)
        found = search_corners(usual_costs, (ends[0].corners, ends[0].costs), inside, least + 1)
        assert len(inside) < len(corners.points) / (4 if by_reach else 1.2)
        assert found.to(np.array([stop]))[0] == pytest.approx(least, abs=1e-3)
        way = found.way_from(stop)
        assert (way[0], way[-1]) == (stop, start)
        sailed = sum(usual_costs[a, b] for a, b in pairwise(way))
        assert sailed == pytest.approx(least, abs=1e-3)


def test_reach_is_how_far_into_a_way_a_corner_lies():
    pytest.importorskip("numba", reason="the builders' searches are compiled")
    from geo_routes.builders.sea_reaches import measure_reaches

    # A line of five, and a way round its middle that is dearer: 0 -1- 1 -2- 2 -3- 3 -4- 4, 1 -9- 3.
    edges = [(0, 1, 1.0), (1, 2, 2.0), (2, 3, 3.0), (3, 4, 4.0), (1, 3, 9.0)]
    a, b, cost = (np.array(part) for part in zip(*edges, strict=True))
    graph = csr_matrix((np.tile(cost, 2), (np.append(a, b), np.append(b, a))), shape=(5, 5))
    assert measure_reaches(graph).tolist() == [0, 1, 3, 4, 0]


def test_a_square_island_has_capes_at_its_corners_and_none_along_its_sides():
    pytest.importorskip("numba", reason="the builders' lines of sight are compiled")
    from geo_routes.builders.sea_tangents import find_capes
    from geo_routes.networks.sea_tiles import COLUMNS, ROWS

    offshore = np.ones((ROWS, COLUMNS), bool)
    # From 10 to 12 degrees east and north.
    offshore[3120:3200, 7600:7680] = False
    capes = find_capes(offshore)
    ends = np.array([(x, y) for x in (10, 12) for y in (10, 12)])
    off = np.abs(capes[:, None] - ends).max(axis=2)
    assert off.min(axis=0) == pytest.approx(np.zeros(4), abs=0.05)
    assert off.min(axis=1).max() < 0.3
