import math

import pytest

import geo_routes as gr
from geo_routes import schema
from geo_routes.errors import PlaceNotFoundError
from geo_routes.geodesy import length_km


def test_a_sea_leg_follows_water_near_the_sailed_distance():
    # About 102 nautical miles are sailed from berth to berth: Rajin as in the World Port Index,
    # Dunay as in GeoNames.
    legs = gr.route((130.283, 42.233), (132.335, 42.879), mode="sea")
    row = legs.iloc[0]
    schema.check_legs(legs)
    assert row.method == "sea network"
    assert row.length_nm == pytest.approx(102, rel=0.05)
    assert row.length_nm * 1.852 == pytest.approx(row.length_km)
    assert row.length_km == pytest.approx(length_km(row.geometry) + row.snap_km, rel=1e-6)


def test_a_name_is_read_in_the_light_of_the_other_end():
    legs = gr.route("Dunay", "Vladivostok", mode="sea")
    assert legs.length_km.iloc[0] < 120


def test_air_is_a_geodesic_and_road_says_that_it_fell_back():
    assert gr.route((0, 50), (10, 50), mode="air").method.iloc[0] == "geodesic"
    assert gr.route((0, 50), (10, 50), mode="road").method.iloc[0] == "geodesic fallback"


def test_the_itinerary_of_regions_is_routed_with_reasons(rajin_to_depot):
    legs = gr.route_itinerary(rajin_to_depot)
    assert list(legs.method) == ["sea network", "rail network"]
    assert "region" in legs.inferred.iloc[1]["destination_point"]
    assert set(legs.countries.iloc[1]) == {"RU"}


def test_a_region_gets_the_nearest_plausible_port_and_says_so():
    country = gr.Place(
        name="North Korea",
        lon=127.0,
        lat=40.0,
        country="KP",
        region=gr.Region(rule=gr.Rule.WHOLE, of="KP"),
    )
    itinerary = gr.Itinerary(
        places={"kp": country, "dunay": gr.Place(name="Dunay", lon=132.35, lat=42.88)},
        legs=(gr.Leg(origin="kp", destination="dunay", mode=gr.Mode.SEA),),
    )
    row = gr.route_itinerary(itinerary).iloc[0]
    assert "nearest plausible port" in row.inferred["origin_point"]
    lon, lat = row.geometry.coords[0]
    assert 124 < lon < 131
    assert 37.5 < lat < 43


def test_an_unplaced_end_keeps_its_row_without_geometry():
    itinerary = gr.Itinerary(
        places={"a": gr.Place(name="Nowhere"), "b": gr.Place(name="Hull", lon=-0.3, lat=53.7)},
        legs=(gr.Leg(origin="a", destination="b", mode=gr.Mode.SEA),),
    )
    row = gr.route_itinerary(itinerary).iloc[0]
    assert row.geometry is None
    assert row.method == "none"
    assert math.isnan(row.length_km)


def test_an_unknown_name_is_named():
    with pytest.raises(PlaceNotFoundError, match="Xqzwvbqx"):
        gr.route("Xqzwvbqx", (0.0, 50.0))


def test_a_bad_point_is_named():
    with pytest.raises(ValueError, match="lon, lat"):
        gr.route((50.0, 200.0), (0.0, 50.0))
