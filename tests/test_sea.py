"""The sea network: known waters, known lengths, what it refuses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from geo_routes.errors import RouteNotFoundError
from geo_routes.geodesy import length_km
from geo_routes.networks.sea import sea_network

RAJIN, DUNAY = (130.30, 42.24), (132.35, 42.88)
ROTTERDAM, SINGAPORE = (4.05, 51.98), (103.75, 1.20)


@pytest.fixture(scope="module")
def sea():
    return sea_network()


def test_peter_the_great_gulf(sea):
    route = sea.route(RAJIN, DUNAY)
    # About 102 nautical miles are sailed from berth to berth.
    assert route.length_km / 1.852 == pytest.approx(102, rel=0.03)
    approaches_km = route.origin_snap_km + route.destination_snap_km
    assert route.length_km == pytest.approx(length_km(route.line) + approaches_km)


def test_same_both_ways(sea):
    there, back = sea.route(RAJIN, DUNAY), sea.route(DUNAY, RAJIN)
    assert list(there.line.coords) == list(back.line.coords)[::-1]


def test_suez_and_around_the_cape(sea):
    suez = sea.route(ROTTERDAM, SINGAPORE)
    cape = sea.route(ROTTERDAM, SINGAPORE, avoid={"suez"})
    # Published: about 8,300 nm by the canal, 11,800 nm around the Cape.
    assert "suez" in suez.passages
    assert suez.length_km / 1.852 == pytest.approx(8300, rel=0.03)
    assert "suez" not in cape.passages
    assert cape.length_km / 1.852 == pytest.approx(11800, rel=0.03)


def test_alternatives_differ_by_passages(sea):
    ways = sea.alternatives(ROTTERDAM, SINGAPORE, k=2)
    assert len({way.passages for way in ways}) == 2
    assert ways[0].length_km <= ways[1].length_km


def test_across_the_antimeridian(sea):
    route = sea.route((139.8, 35.3), (-122.6, 37.8))
    steps = [abs(b[0] - a[0]) for a, b in pairwise(route.line.coords)]
    assert max(steps) < 180


def test_unknown_passage_lists_the_known_ones(sea):
    with pytest.raises(ValueError, match=r"atlantis.*suez"):
        sea.route(RAJIN, DUNAY, avoid={"atlantis"})


def test_inland_is_refused(sea):
    with pytest.raises(RouteNotFoundError, match="navigable"):
        sea.route((37.6, 55.75), DUNAY)


def test_what_ships_do_not_sail_is_closed(sea):
    # Chennai to Colombo round Sri Lanka: about 590 nm are published; by the Palk Strait it is 380.
    assert sea.route((80.30, 13.10), (79.85, 6.95)).length_km / 1.852 > 550
    kobe_gdynia = sea.route((135.2, 34.65), (18.55, 54.53))
    assert "northeast" not in kobe_gdynia.passages
    assert "suez" in kobe_gdynia.passages


def test_the_black_sea_is_open_by_the_straits(sea):
    assert sea.route((30.74, 46.49), (23.60, 37.94)).passages == ("bosporus", "dardanelles")


def test_the_caspian_is_a_water_of_its_own_but_for_the_canal(sea):
    with pytest.raises(RouteNotFoundError):
        sea.route((49.9, 40.4), (30.74, 46.49), avoid={"volga_don"})
    assert "volga_don" in sea.route((49.9, 40.4), (30.74, 46.49)).passages


@pytest.mark.parametrize(
    ("origin", "destination"),
    [
        (RAJIN, DUNAY),
        ((139.8, 35.3), (135.2, 34.6)),
        ((5.3, 60.4), (5.73, 58.97)),
        ((23.6, 37.9), (27.1, 38.5)),
    ],
)
def test_a_route_stays_on_cells_that_no_land_touches(sea, origin, destination):
    route = sea.route(origin, destination)
    points = np.array(route.line.segmentize(0.005).coords)
    assert sea.is_water(points).all()
