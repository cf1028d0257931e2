"""The basemap: whose a point is, borders, the layer for web maps."""

from __future__ import annotations

import json

import pytest
from shapely import Point, box
from shapely.geometry import shape

from geo_routes import basemap, datasets
from geo_routes.errors import DataError, PlaceNotFoundError
from geo_routes.geodesy import length_km


def _shipped() -> bool:
    try:
        datasets.path("basemap")
    except DataError:
        return False
    return True


pytestmark = pytest.mark.skipif(not _shipped(), reason="the basemap has not been built")


@pytest.mark.parametrize("scale", ["110m", "50m", "10m"])
@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (34.10, 45.20, "UA"),  # in Crimea: UN resolution 68/262
        (38.97, 45.04, "RU"),  # Krasnodar
        (63.00, 46.10, "KZ"),  # the steppe of Baikonur
        (-175.0, 66.5, "RU"),  # Chukotka, east of 180
        (33.40, 35.20, "CY"),
        (45.00, 10.00, "SO"),
        (0.0, -89.0, "AQ"),
        (-30.0, 40.0, ""),  # the Atlantic
    ],
)
def test_points_belong_to_countries_as_the_united_nations_see_it(scale, lon, lat, code):
    assert basemap.country_at(lon, lat, scale) == code


@pytest.mark.parametrize("scale", ["110m", "50m", "10m"])
def test_no_area_is_a_band_across_the_map(scale):
    for geometry in basemap.countries(scale).geometry:
        for part in geometry.geoms:
            west, south, east, _ = part.bounds
            assert east - west < 180 or south == -90


def test_countries_have_codes_names_and_valid_areas():
    frame = basemap.countries("110m")
    assert list(frame.columns) == ["code", "name", "geometry"]
    assert frame.is_valid.all()
    assert frame.set_index("code").name["KP"] == "North Korea"


def test_territories_with_their_own_code_leave_their_state():
    west, south, _, _ = basemap.country_polygon("FR", "50m").bounds
    assert (west, south) > (-6, 41)
    assert basemap.country_at(-53.0, 4.0) == "GF"


@pytest.mark.parametrize(
    ("code", "other", "published_km"),
    [("EG", "LY", 1115), ("PL", "RU", 210)],  # The World Factbook
)
def test_a_border_is_about_as_long_as_published(code, other, published_km):
    # Two borders of straight lines: a winding one is shorter on a small scale.
    border = basemap.shared_border(code, other, "10m")
    assert length_km(border) == pytest.approx(published_km, rel=0.05)


def test_countries_that_do_not_touch_share_no_border():
    assert basemap.shared_border("PL", "ES").is_empty


def test_an_unknown_country_or_scale_is_an_error():
    with pytest.raises(PlaceNotFoundError, match="'ZZ'"):
        basemap.country_polygon("ZZ")
    with pytest.raises(ValueError, match="scale"):
        basemap.land("1m")


def test_the_armistice_line_is_drawn_as_disputed():
    assert basemap.disputed_borders("50m").intersects(box(126.5, 37.5, 128.5, 38.7))


def test_the_web_layer_follows_a_route_past_180_and_stays_light():
    layer = basemap.web_layer((140.0, 30.0, 240.0, 60.0))
    assert set(layer) == {"world", "land", "borders", "disputed"}
    easts = [shape(feature["geometry"]).bounds[2] for feature in layer["land"]["features"]]
    assert max(easts) > 200  # America lies east of Asia
    assert len(json.dumps(layer, separators=(",", ":"))) < 200_000


@pytest.mark.parametrize(
    ("lon", "lat", "is_lake"),
    [
        (107.5, 53.0, True),  # Baikal
        (-87.0, 44.0, True),  # Michigan
        (50.5, 42.0, False),  # the Caspian Sea
        (59.5, 45.0, False),  # the Aral Sea, most of it dried
        (37.6, 55.7, False),  # Moscow
        (-82.5, 45.85, False),  # Manitoulin, south of Gore Bay: an island in Lake Huron
    ],
)
def test_lakes_are_water_and_their_islands_are_not(lon, lat, is_lake):
    assert basemap.lakes().contains(Point(lon, lat)) is is_lake


def test_countries_are_named_in_the_languages_of_the_page_and_else_in_english():
    assert basemap.country_names("fr")["DE"] == "Allemagne"
    assert basemap.country_names("ru")["DE"] == "Германия"
    assert basemap.country_names("en")["GB"] == "United Kingdom"
    assert basemap.country_names("ja")["DE"] == "Germany"


def test_borders_by_who_holds_a_territory_cross_the_isthmus_of_crimea_and_those_by_law_do_not():
    isthmus = box(33.3, 45.6, 35.2, 46.3)
    assert basemap.held_disputed_borders().intersects(isthmus)
    assert not basemap.borders("50m").intersects(box(33.5, 45.9, 34.5, 46.2))


@pytest.mark.parametrize(
    ("lon", "lat", "least_km", "most_km"),
    [
        (37.62, 55.75, 450, 850),  # Moscow: 600 km to the Gulf of Finland
        (6.15, 46.20, 180, 380),  # Geneva: 270 km to the Ligurian Sea
        (49.87, 40.37, 0, 10),  # Baku, on the Caspian
        (178.44, -18.14, 0, 10),  # Suva
        (3.0, 56.0, 0, 0),  # the North Sea
    ],
)
def test_how_far_the_sea_is(lon, lat, least_km, most_km):
    assert least_km <= basemap.coast_km(lon, lat) <= most_km


@pytest.mark.parametrize(
    ("here", "there", "is_same"),
    [
        ((1.86, 50.95), (37.62, 55.75), True),  # Calais and Moscow
        ((1.86, 50.95), (1.31, 51.13), False),  # Calais and Dover
        ((1.31, 51.13), (-3.19, 55.95), True),  # Dover and Edinburgh
        ((18.42, -33.92), (121.47, 31.23), True),  # Cape Town and Shanghai: one land, with Suez
        ((-79.9, 9.36), (-58.38, -34.6), True),  # Colon and Buenos Aires
        ((139.77, 35.62), (141.35, 43.06), False),  # Tokyo and Sapporo
    ],
)
def test_which_places_one_land_holds(here, there, is_same):
    lands = basemap.landmass_at(*here), basemap.landmass_at(*there)
    assert None not in lands
    assert (lands[0] == lands[1]) is is_same


def test_the_high_sea_is_no_land():
    assert basemap.landmass_at(-30.0, 40.0) is None
