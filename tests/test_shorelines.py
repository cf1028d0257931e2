"""The builder's grid of water: drawn shores touch what they run through, and no more."""

from __future__ import annotations

import numpy as np

from geo_routes.builders.sea_courses import carve
from geo_routes.builders.sea_graph import offshore
from geo_routes.builders.shorelines import Cells, _cells_crossed, _is_water, _row_crossings
from geo_routes.networks.sea_passages import Passage
from geo_routes.networks.sea_tiles import COLUMNS, FINE, FINE_COLUMNS, ROWS, STEP_DEG

SQUARE = np.array([[10.5, 10.5, 14.5, 10.5], [14.5, 10.5, 14.5, 13.5],
                   [14.5, 13.5, 10.5, 13.5], [10.5, 13.5, 10.5, 10.5]])  # fmt: skip


def cells_of(numbers):
    return {(int(n) // FINE_COLUMNS, int(n) % FINE_COLUMNS) for n in numbers}


def test_a_shore_touches_the_cells_it_runs_through():
    ring = {(10, x) for x in range(10, 15)} | {(13, x) for x in range(10, 15)}
    ring |= {(y, 10) for y in range(10, 14)} | {(y, 14) for y in range(10, 14)}
    assert cells_of(_cells_crossed(SQUARE)) == ring


def test_a_slanting_shore_touches_every_cell_on_its_way():
    found = cells_of(_cells_crossed(np.array([[0.5, 0.5, 3.5, 1.5]])))
    # y reaches 1 at x = 2: a corner, which touches all four cells that meet there.
    assert found == {(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (1, 3)}


def test_what_a_shore_rings_is_land():
    crossings = np.sort(_row_crossings(SQUARE))
    row, column = np.mgrid[9:16, 8:17]
    water = _is_water(row, column, crossings)
    inside = (row >= 11) & (row < 13) & (column >= 11) & (column < 14)
    assert not water[inside].any()
    assert water[(column < 10) | (column > 14) | (row < 10) | (row > 13)].all()


def test_offshore_keeps_two_cells_from_land():
    open_ = np.ones((14, 14), bool)
    open_[4, 4] = False
    off = offshore(open_)
    assert not off[2:7, 2:7].any()
    assert off[7:12, 3:6].all()
    assert off[3:6, 7:].all()


def test_a_course_is_opened_through_land_and_keeps_to_water_beside_it():
    open_ = np.zeros((ROWS, COLUMNS), bool)
    row, column = 3600, 7200  # at the equator and Greenwich
    open_[row - 3 : row + 3, column - 8 : column - 5] = True
    open_[row - 3 : row + 3, column + 5 : column + 8] = True
    cells = Cells(open_, np.empty(0, np.int64), np.empty((0, FINE, FINE), bool))
    ends = (-6 * STEP_DEG, 0.0), (6 * STEP_DEG, 0.0)
    canal = Passage("canal", "Canal", is_open=True, carve=ends, gate=())
    carved, taken = carve(cells, [canal])
    columns = carved.mixed % COLUMNS
    assert set(range(column - 5, column + 5)) <= set(columns.tolist())
    assert set(carved.mixed.tolist()) <= set(taken.tolist())
    assert (carved.open == open_).all()
    # One cell wide, with a neighbour at each diagonal step.
    assert carved.fine.sum() <= 2 * 10 * FINE
