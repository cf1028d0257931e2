"""The corners of sea ways: where they stand, and that the search over them misses nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo_routes.networks.sea import sea_network
from geo_routes.networks.sea_corners import search_corners
from geo_routes.networks.sea_water import distances_km

OFF_LISBON, OFF_RIO = np.array([-9.6, 38.6]), np.array([-43.1, -23.2])


@pytest.fixture(scope="module")
def corners():
    return sea_network()._corners


def test_long_lines_between_corners_keep_to_water(corners):
    far = distances_km(corners.points[corners.rows], corners.points[corners.indices]) > 100
    some = np.random.default_rng(11).choice(np.flatnonzero(far), 800, replace=False)
    starts, stops = corners.points[corners.rows[some]], corners.points[corners.indices[some]]
    assert sea_network().water.sees(starts, stops).all()


def test_each_line_can_be_gone_both_ways_at_one_cost(corners):
    count = len(corners.points)
    matrix = csr_matrix((corners.costs, corners.indices, corners.indptr), shape=(count, count))
    assert abs(matrix - matrix.T).max() < 1e-9


def test_search_within_an_ellipse_finds_what_a_search_of_all_finds(corners):
    count = len(corners.points)
    matrix = csr_matrix((corners.costs, corners.indices, corners.indptr), shape=(count, count))
    first, last = (
        int(np.argmin(distances_km(corners.points, point))) for point in (OFF_LISBON, OFF_RIO)
    )
    start = corners.points[first]
    costs, before = search_corners(
        corners,
        corners.costs,
        (start, np.array([first]), np.array([0.0])),
        corners.points[last],
        2000.0,
    )
    everywhere = dijkstra(matrix, indices=first)
    assert costs[last] == pytest.approx(everywhere[last], abs=1e-3)
    way = [last]
    while before[way[-1]] < count:
        way.append(int(before[way[-1]]))
    assert way[-1] == first


def test_a_square_island_has_capes_at_its_corners_and_none_along_its_sides():
    pytest.importorskip("numba", reason="the builders' lines of sight are compiled")
    from geo_routes.builders.sea_tangents import find_capes
    from geo_routes.networks.sea_water import COLUMNS, ROWS

    offshore = np.ones((ROWS, COLUMNS), bool)
    # From 10 to 12 degrees east and north.
    offshore[3120:3200, 7600:7680] = False
    capes = find_capes(offshore)
    ends = np.array([(x, y) for x in (10, 12) for y in (10, 12)])
    off = np.abs(capes[:, None] - ends).max(axis=2)
    assert off.min(axis=0) == pytest.approx(np.zeros(4), abs=0.05)
    assert off.min(axis=1).max() < 0.3
