"""Polygons of vague places, against facts of geography."""

from __future__ import annotations

import pytest
from shapely import Point
from shapely.affinity import translate

from geo_routes import datasets
from geo_routes.basemap import country_polygon
from geo_routes.errors import DataError
from geo_routes.gazetteer import distance_km, shipped
from geo_routes.itinerary import Region, Rule
from geo_routes.regions import radius_km, region_polygon, representative_point

try:
    datasets.path("basemap")
    datasets.path("gazetteer")
except DataError as error:
    pytest.skip(str(error), allow_module_level=True)

ROSTOV = (39.7, 47.2)
KHABAROVSK = (135.1, 48.5)
KALININGRAD = (20.5, 54.7)
LE_HAVRE = (0.1, 49.49)


def test_a_circle_has_its_radius_on_the_ground():
    near = Region(rule=Rule.NEAR, anchors=((10.0, 70.0),), within_km=50.0)
    assert radius_km(near) == pytest.approx(50.0, abs=0.5)
    assert representative_point(near) == pytest.approx((10.0, 70.0), abs=0.01)


def test_a_circle_over_180_is_one_piece():
    polygon = region_polygon(Region(rule=Rule.NEAR, anchors=((179.9, 0.0),), within_km=50.0))
    assert polygon.geom_type == "Polygon"
    assert polygon.bounds[2] - polygon.bounds[0] < 2.0


def test_the_south_western_border_of_russia_holds_rostov_alone():
    border = region_polygon(Region(rule=Rule.BORDER, of="RU", side="SW", within_km=100.0))
    assert border.contains(Point(ROSTOV))
    assert not border.contains(Point(KHABAROVSK))


def test_eastern_russia_holds_khabarovsk_alone():
    east = region_polygon(Region(rule=Rule.SIDE, of="RU", side="E"))
    assert east.contains(Point(KHABAROVSK))
    assert not east.contains(Point(ROSTOV))


def test_the_border_of_two_countries_leaves_out_others():
    border = region_polygon(Region(rule=Rule.BORDER, of="RU", of_border="LT", within_km=80.0))
    assert border.contains(Point(KALININGRAD))
    assert not border.contains(Point(ROSTOV))


def test_off_a_port_is_water():
    offshore = region_polygon(Region(rule=Rule.OFFSHORE, anchors=(LE_HAVRE,), within_km=30.0))
    assert offshore.contains(Point(-0.2, 49.6))
    assert not offshore.contains(Point(0.4, 49.5))


def test_a_distance_towards_a_side_lies_there():
    south = Region(rule=Rule.DISTANCE, anchors=((44.4, 33.3),), distance_km=20.0, side="S")
    lon, lat = representative_point(south)
    assert lon == pytest.approx(44.4, abs=0.01)
    assert lat == pytest.approx(33.3 - 20 / 110.9, abs=0.01)


def test_between_two_points_is_midway():
    between = Region(rule=Rule.BETWEEN, anchors=((0.0, 0.0), (2.0, 0.0)))
    assert representative_point(between) == pytest.approx((1.0, 0.0), abs=0.01)


def test_a_division_stays_within_its_country():
    division = region_polygon(Region(rule=Rule.WHOLE, of="RU-PRI"))
    assert division.contains(Point(131.95, 43.8))  # Ussuriysk
    assert not division.contains(Point(129.3, 42.9))  # Yanji, in China


def test_overseas_parts_do_not_move_a_country():
    portugal = shipped().country("PT")
    assert (portugal.lon, portugal.lat) == pytest.approx((-8.0, 39.6), abs=0.5)


@pytest.mark.parametrize(
    ("division", "inside", "outside"),
    [
        ("US-CA", (-119.8, 36.7), (-115.1, 36.2)),  # Fresno; Las Vegas in Nevada
        ("RU-PRI", (131.95, 43.8), (135.1, 48.5)),  # Ussuriysk; Khabarovsk in its own krai
        ("DE-HE", (8.46, 49.69), (8.27, 50.0)),  # Biblis; Mainz in Rhineland-Palatinate
    ],
)
def test_a_division_has_its_outline(division, inside, outside):
    outline = region_polygon(Region(rule=Rule.WHOLE, of=division))
    assert outline.contains(Point(inside))
    assert not outline.contains(Point(outside))


def test_off_the_coast_of_a_division_is_water_beside_it():
    sea = region_polygon(Region(rule=Rule.OFFSHORE, of="AU-WA"))
    assert sea.contains(Point(115.4, -32.05))  # Gage Roads, off Fremantle
    assert not sea.contains(Point(151.5, -33.9))  # off Sydney


def test_a_drawn_polygon_is_taken_as_it_is():
    drawn = Region(rule=Rule.POLYGON, wkt="POLYGON ((0 0, 1 0, 1 1, 0 0))")
    assert region_polygon(drawn).area == 0.5


def test_an_unknown_area_is_told_by_name():
    with pytest.raises(DataError, match="ZZ-99"):
        region_polygon(Region(rule=Rule.WHOLE, of="ZZ-99"))


@pytest.mark.parametrize(
    ("country", "side", "place"),
    [
        ("PL", "E", (23.6, 52.07)),  # Terespol
        ("PL", "W", (14.56, 52.35)),  # Slubice
        ("TR", "SE", (42.57, 37.14)),  # Habur
        ("TR", "NW", (26.35, 41.72)),  # Kapikule
        ("CN", "NW", (80.4, 44.2)),  # Khorgos
        ("CN", "SW", (97.85, 24.0)),  # Ruili
        ("US", "SW", (-106.5, 31.8)),  # El Paso
        ("IN", "NE", (94.3, 24.2)),  # Moreh
        ("IR", "SE", (61.4, 29.0)),  # Mirjaveh
        ("RU", "SW", (36.6, 50.6)),  # Belgorod
        ("FI", "SE", (27.8, 60.6)),  # Vaalimaa
        ("MX", "SE", (-92.1, 14.9)),  # Tapachula
    ],
)
def test_a_side_of_a_border_holds_the_towns_that_lie_there(country, side, place):
    strip = region_polygon(Region(rule=Rule.BORDER, of=country, side=side, within_km=100.0))
    whole = region_polygon(Region(rule=Rule.BORDER, of=country, within_km=100.0))
    lon, lat = place
    # Areas that cross 180 run on past it.
    assert min(strip.distance(Point(lon, lat)), strip.distance(Point(lon + 360, lat))) < 0.25
    assert strip.area < 0.6 * whole.area


@pytest.mark.parametrize(
    ("country", "side", "touched", "untouched"),
    [  # as an atlas has it
        ("RU", "SW", "UA GE", "KZ PL LT FI"),
        ("CN", "NE", "RU KP", "KZ MN VN"),
        ("CN", "SW", "NP IN MM", "KP RU KZ"),
        ("DZ", "S", "ML NE", "MA TN LY"),
        ("UA", "W", "PL SK HU RO", "RU"),
        ("US", "S", "MX", "CA"),
        ("PL", "E", "BY UA", "DE CZ"),
        ("KZ", "N", "RU", "CN UZ"),
        ("EG", "W", "LY", "SD IL"),
        ("SA", "S", "YE", "IQ KW"),
        ("TH", "N", "LA MM", "MY KH"),
        ("IQ", "N", "TR", "KW SA JO"),
        ("BR", "N", "VE GY SR", "AR UY PE"),
    ],
)
def test_a_side_of_a_border_touches_the_neighbours_there(country, side, touched, untouched):
    strip = region_polygon(Region(rule=Rule.BORDER, of=country, side=side, within_km=20.0))
    neighbours = shipped().country(country).neighbours
    # Areas that cross 180 run on past it.
    strips = [strip, translate(strip, xoff=-360)]
    lands = {code: country_polygon(code) for code in neighbours}
    reached = {code for code, land in lands.items() if min(map(land.distance, strips)) < 0.05}
    assert set(touched.split()) <= reached
    assert not set(untouched.split()) & reached


def test_a_side_of_a_border_is_one_piece_of_the_main_body():
    strip = region_polygon(Region(rule=Rule.BORDER, of="RU", side="SW", within_km=100.0))
    assert strip.geom_type == "Polygon"
    assert not strip.intersects(Point(KALININGRAD).buffer(0.5))
    assert strip.contains(Point(37.7, 44.8))  # Novorossiysk, on the coast between two borders


@pytest.mark.parametrize(
    ("region", "town"),
    [
        (Region(rule=Rule.COAST, of="RU"), (30.3, 59.9)),  # Saint Petersburg
        (Region(rule=Rule.OFFSHORE, of="AU-WA"), (115.9, -31.9)),  # Perth
        (Region(rule=Rule.COAST, of="FJ"), (178.4, -18.1)),  # Suva, beside longitude 180
    ],
)
def test_a_long_coast_is_stood_for_by_where_most_people_live(region, town):
    lon, lat = representative_point(region)
    assert -180 <= lon <= 180
    assert distance_km((lon, lat), town) < 80
