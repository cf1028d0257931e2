"""The sea network: known waters, known lengths, what it refuses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from geo_routes.errors import RouteNotFoundError
from geo_routes.geodesy import length_km
from geo_routes.networks.sea import route_many, sea_network

# Harbours as the World Port Index and GeoNames have them.
RAJIN, DUNAY = (130.283, 42.233), (132.335, 42.879)
ROTTERDAM, SINGAPORE = (4.05, 51.98), (103.75, 1.20)
ODESA, PIRAEUS = (30.74, 46.49), (23.62, 37.94)
CHENNAI, COLOMBO = (80.30, 13.10), (79.85, 6.95)
KOBE, GDYNIA = (135.2, 34.65), (18.55, 54.53)
SUVA, HONOLULU = (178.42, -18.13), (-157.87, 21.30)


@pytest.fixture(scope="module")
def sea():
    return sea_network()


def nautical_miles(route):
    return route.length_km / 1.852


def test_peter_the_great_gulf(sea):
    assert 100 <= nautical_miles(sea.route(RAJIN, DUNAY)) <= 105


def test_length_counts_the_line_and_the_ways_ashore(sea):
    route = sea.route(RAJIN, DUNAY)
    ashore_km = route.origin_snap_km + route.destination_snap_km
    assert ashore_km < 3
    assert route.length_km == pytest.approx(length_km(route.line) + ashore_km, rel=1e-8)


@pytest.mark.parametrize(("origin", "destination"), [(RAJIN, DUNAY), (ROTTERDAM, SINGAPORE)])
def test_same_both_ways(sea, origin, destination):
    there, back = sea.route(origin, destination), sea.route(destination, origin)
    assert there.length_km == pytest.approx(back.length_km, rel=1e-6)
    assert there.passages == back.passages[::-1]


def test_suez_and_around_the_cape(sea):
    suez = sea.route(ROTTERDAM, SINGAPORE)
    cape = sea.route(ROTTERDAM, SINGAPORE, avoid={"suez"})
    # Published: about 8,300 nm by the canal, 11,800 nm around the Cape.
    assert "suez" in suez.passages
    assert nautical_miles(suez) == pytest.approx(8300, rel=0.03)
    assert "suez" not in cape.passages
    assert nautical_miles(cape) == pytest.approx(11800, rel=0.03)


def test_alternatives_differ_by_passages(sea):
    ways = sea.alternatives(ROTTERDAM, SINGAPORE, k=2)
    assert len({way.passages for way in ways}) == 2
    assert ways[0].length_km <= ways[1].length_km
    assert "Suez" in ways[0].label


@pytest.mark.parametrize(
    ("origin", "destination"), [((139.8, 35.3), (-122.6, 37.8)), (SUVA, HONOLULU)]
)
def test_across_the_antimeridian_the_line_is_whole(sea, origin, destination):
    route = sea.route(origin, destination)
    steps = [abs(b[0] - a[0]) for a, b in pairwise(route.line.coords)]
    assert max(steps) < 180


def test_unknown_passage_lists_the_known_ones(sea):
    with pytest.raises(ValueError, match=r"atlantis.*suez"):
        sea.route(RAJIN, DUNAY, avoid={"atlantis"})


def test_inland_is_refused_and_the_nearest_water_told(sea):
    with pytest.raises(RouteNotFoundError, match=r"25 km from navigable water; the nearest is"):
        sea.route((37.6, 55.75), DUNAY)


def test_what_ships_do_not_sail_is_closed(sea):
    # Round Sri Lanka about 590 nm are published; by the Palk Strait it is 380.
    assert nautical_miles(sea.route(CHENNAI, COLOMBO)) > 550
    assert "palk" in sea.route(CHENNAI, COLOMBO, allow={"palk"}).passages
    kobe_gdynia = sea.route(KOBE, GDYNIA)
    assert "northeast" not in kobe_gdynia.passages
    assert "suez" in kobe_gdynia.passages


def test_the_black_sea_is_open_by_the_straits_alone(sea):
    assert sea.route(ODESA, PIRAEUS).passages == ("bosporus", "dardanelles")
    with pytest.raises(RouteNotFoundError, match="No navigable water"):
        sea.route(ODESA, PIRAEUS, avoid={"bosporus", "volga_don"})


def test_the_caspian_is_a_water_of_its_own_but_for_the_canal(sea):
    baku = (49.9, 40.4)
    with pytest.raises(RouteNotFoundError):
        sea.route(baku, ODESA, avoid={"volga_don"})
    assert "volga_don" in sea.route(baku, ODESA).passages


@pytest.mark.parametrize(
    ("origin", "destination", "nm"),
    [
        # About what distance tables give; not yet checked against one, hence a tenth either way.
        ((10.39, 63.44), (5.32, 60.40), 330),  # Trondheim to Bergen
        ((-79.90, -2.28), (-77.15, -12.05), 690),  # Guayaquil to Callao
        ((-70.90, -53.17), (-71.62, -33.03), 1430),  # Punta Arenas to Valparaiso
    ],
)
def test_fjords_rivers_and_lakes_are_reached(sea, origin, destination, nm):
    assert nautical_miles(sea.route(origin, destination)) == pytest.approx(nm, rel=0.1)


def test_from_the_great_lakes_to_the_sea_by_their_canals(sea):
    chicago, montreal = (-87.60, 41.88), (-73.55, 45.50)
    assert set(sea.route(chicago, montreal).passages) >= {"detroit", "welland"}


def test_a_way_that_begins_on_a_river_names_it(sea):
    baton_rouge, liverpool = (-91.19, 30.45), (-3.05, 53.43)
    assert sea.route(baton_rouge, liverpool).passages[0] == "mississippi"
    assert sea.route(liverpool, baton_rouge).passages[-1] == "mississippi"
    # Brunsbuettel lies at the Kiel Canal, but the way to Rotterdam does not take it.
    assert "kiel" not in sea.route((9.13, 53.88), (4.0, 51.95)).passages


def test_two_ends_at_one_water_of_a_river_are_no_way_apart(sea):
    route = sea.route((-91.19, 30.45), (-91.19, 30.45))
    assert route.passages == ()
    assert length_km(route.line) == 0


def test_from_the_open_ocean(sea):
    route = sea.route((-140.0, 30.0), (-118.25, 33.72))
    assert route.origin_snap_km == 0
    # The great circle is 1,965 km.
    assert route.length_km == pytest.approx(2060, rel=0.05)


def test_many_at_once_as_one_by_one(sea):
    frame = pd.DataFrame(
        [(*RAJIN, *DUNAY), (*ODESA, *PIRAEUS), (37.6, 55.75, *DUNAY)],
        columns=["origin_lon", "origin_lat", "destination_lon", "destination_lat"],
    )
    found = route_many(frame)
    assert found.length_km[0] == pytest.approx(sea.route(RAJIN, DUNAY).length_km)
    assert found.passages[1] == ("bosporus", "dardanelles")
    assert np.isnan(found.length_km[2])


def test_many_of_which_none_is_joined_have_no_length():
    frame = pd.DataFrame(
        [(45.0, 25.0, 100.0, 35.0), (37.6, 55.75, *DUNAY)],
        columns=["origin_lon", "origin_lat", "destination_lon", "destination_lat"],
    )
    for some in (frame, frame[:0]):
        found = route_many(some)
        assert found.length_km.isna().all()
        assert found.passages.tolist() == [()] * len(some)


def test_each_of_many_is_what_it_is_alone(sea):
    rng = np.random.default_rng(17)
    harbours = [RAJIN, DUNAY, ROTTERDAM, SINGAPORE, ODESA, PIRAEUS, CHENNAI, COLOMBO, KOBE, GDYNIA]
    pairs = [(harbours[i], harbours[j]) for i, j in rng.choice(len(harbours), (30, 2)).tolist()]
    frame = pd.DataFrame(
        [(*a, *b) for a, b in pairs],
        columns=["origin_lon", "origin_lat", "destination_lon", "destination_lat"],
    )
    alone = [sea.route(a, b) for a, b in pairs]
    found = route_many(frame)
    assert found.length_km.tolist() == [way.length_km for way in alone]
    assert found.passages.tolist() == [way.passages for way in alone]


@pytest.mark.parametrize(
    ("origin", "destination"),
    [
        (RAJIN, DUNAY),
        ((139.8, 35.3), (135.2, 34.6)),
        ((5.3, 60.4), (10.39, 63.44)),
        ((23.6, 37.9), (27.1, 38.5)),
        (SUVA, HONOLULU),
    ],
)
def test_every_piece_of_a_route_keeps_to_cells_that_no_land_touches(sea, origin, destination):
    coords = np.array(sea.route(origin, destination).line.coords)
    coords[:, 0] = (coords[:, 0] + 180) % 360 - 180
    assert sea.search.water.sees(coords[:-1], coords[1:]).all()
