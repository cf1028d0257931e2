import math
from itertools import pairwise

import numpy as np
import pytest
from shapely import LineString, MultiLineString

from geo_routes import geodesy

# Geodesic London Heathrow to New York JFK: 5,554.9 km, as great circle mappers give it.
LHR, JFK = (-0.4614, 51.4775), (-73.7789, 40.6397)


def test_distance_follows_the_ellipsoid():
    assert geodesy.distance_km(LHR, JFK) == pytest.approx(5555, rel=0.001)
    # One degree of longitude on the equator of WGS 84, from its semi-major axis of 6,378.137 km.
    degree_km = 2 * math.pi * 6378.137 / 360
    assert geodesy.distance_km((0, 0), (1, 0)) == pytest.approx(degree_km, rel=1e-6)


def test_geodesic_is_as_long_as_the_distance_and_keeps_its_ends():
    line = geodesy.geodesic(LHR, JFK, spacing_km=50)
    assert geodesy.length_km(line) == pytest.approx(geodesy.distance_km(LHR, JFK), rel=1e-6)
    assert line.coords[0] == LHR
    assert line.coords[-1] == pytest.approx(JFK)


def test_short_pieces_are_measured_by_their_chords():
    for destination in (JFK, (0.0, 89.0), (-0.4614, -60.0)):
        line = geodesy.geodesic(LHR, destination, spacing_km=10)
        by_geodesics = geodesy.length_km(line)
        assert geodesy.pieces_km(np.array(line.coords)) == pytest.approx(by_geodesics, rel=2e-9)


def test_many_lines_are_measured_as_each_alone():
    lines = [np.array(geodesy.geodesic(LHR, end, spacing_km=10).coords) for end in (JFK, (0, 89))]
    assert geodesy.lines_km(lines) == [geodesy.pieces_km(line) for line in lines]
    assert geodesy.lines_km([]) == []


def test_geodesic_runs_on_past_180_and_is_cut_there_for_geojson():
    line = geodesy.geodesic((139.7, 35.4), (-118.2, 33.7))
    longitudes = [lon for lon, _ in line.coords]
    assert max(abs(b - a) for a, b in pairwise(longitudes)) < 5
    cut = geodesy.cut_antimeridian(line)
    assert isinstance(cut, MultiLineString)
    assert [part.bounds[0] >= -180 and part.bounds[2] <= 180 for part in cut.geoms] == [True, True]
    assert geodesy.length_km(cut) == pytest.approx(geodesy.length_km(line), rel=1e-4)


def test_a_line_within_180_is_not_cut():
    line = LineString([(10, 0), (20, 5)])
    assert geodesy.cut_antimeridian(line) is line


def test_spacing_must_be_positive():
    with pytest.raises(ValueError, match="spacing_km"):
        geodesy.geodesic(LHR, JFK, spacing_km=0)


def test_going_north_by_a_degree_of_meridian():
    lon, lat = geodesy.destination_point((10, 0), 0, 110.574)  # first degree of meridian, WGS 84
    assert (lon, lat) == (pytest.approx(10), pytest.approx(1, abs=1e-4))


def test_great_circles_are_near_the_geodesics():
    far = geodesy.great_circles_km([LHR, (0, 0)], [JFK, (180, 0), (0, 0)])
    assert far.shape == (2, 3)
    assert far[0, 0] == pytest.approx(geodesy.distance_km(LHR, JFK), rel=0.005)
    assert far[1].tolist() == pytest.approx([geodesy.distance_km((0, 0), JFK), 20015, 0], rel=0.005)
