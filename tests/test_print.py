import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import shapely
from material_maps import GALLERY, eurasia, gallery, many, pacific
from pictures import difference

from geo_routes import geodesy
from geo_routes.maps import export_figure, projections

pytest.importorskip("matplotlib")


def texts_of(path):
    return [node.text for node in ET.parse(path).iter() if node.tag.endswith("}text")]


def test_texts_stay_editable_in_svg(tmp_path):
    export_figure(*eurasia(), tmp_path / "map.svg")
    texts = texts_of(tmp_path / "map.svg")
    for wanted in ("Rajin", "Dunay", "1", "2", "3", "Sea", "Rail", "Vladivostok"):
        assert wanted in texts
    assert any("km" in text and "nm" in text for text in texts)
    assert any("OpenStreetMap contributors" in text for text in texts)
    assert (tmp_path / "map.svg").stat().st_size < 1_000_000


def test_fonts_are_embedded_whole_in_pdf(tmp_path):
    export_figure(*eurasia(), tmp_path / "map.pdf")
    written = (tmp_path / "map.pdf").read_bytes()
    assert written.startswith(b"%PDF")
    assert b"/FontFile2" in written
    assert b"/Type3" not in written


def test_png_has_the_width_asked_for(tmp_path):
    export_figure(*pacific(), tmp_path / "map.png", size_mm=90)
    header = (tmp_path / "map.png").read_bytes()[:24]
    assert int.from_bytes(header[16:20], "big") == pytest.approx(90 / 25.4 * 300, abs=1)


def test_the_same_map_gives_the_same_bytes(tmp_path):
    for name in ("one.svg", "two.svg"):
        export_figure(*eurasia(), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_legs_not_reported_as_completed_are_not_printed(tmp_path):
    itinerary, legs = eurasia()
    export_figure(itinerary, legs, tmp_path / "map.svg")
    assert "Air" not in texts_of(tmp_path / "map.svg")
    with pytest.raises(ValueError, match="No completed leg"):
        export_figure(itinerary, legs.iloc[2:], tmp_path / "none.svg")


def test_lengths_along_a_route_over_eurasia_are_nearly_true():
    line = shapely.segmentize(eurasia()[1].geometry.iloc[1], 0.5)
    transformer, _, reach = projections.projection_for(np.array([line], dtype=object))
    points = shapely.get_coordinates(line)
    x, y = transformer.transform(points[:, 0], points[:, 1])
    drawn = np.hypot(np.diff(x), np.diff(y)) / 1000
    true = np.array([geodesy.distance_km(tuple(a), tuple(b)) for a, b in pairwise(points)])
    assert reach < 60
    factor = projections.length_factor(transformer.transform, np.array([line], dtype=object))
    errors = np.abs(drawn / factor / true - 1)
    assert errors.max() < 0.03
    assert projections.scale_error(transformer.transform, np.array([line])) < 0.03
    assert "Albers Equal Area" in transformer.target_crs.to_wkt()


def test_a_short_route_gets_a_map_true_in_all_directions():
    line = np.array([shapely.LineString([(30, 46), (29, 41), (35, 35)])], dtype=object)
    transformer, _, _ = projections.projection_for(line)
    assert "Azimuthal Equal Area" in transformer.target_crs.to_wkt()


def test_a_route_over_the_equator_gets_no_cone():
    line = np.array([shapely.LineString([(0, -20), (60, 20)])], dtype=object)
    transformer, _, _ = projections.projection_for(line)
    assert "Azimuthal Equal Area" in transformer.target_crs.to_wkt()


def test_the_scale_is_wrong_by_what_mercator_stretches():
    # Between the equator and 60 degrees Mercator doubles lengths.
    lines = np.array([shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(0, 60), (2, 60)])])
    transformer, _, _ = projections.projection_for(lines, "EPSG:3857")
    assert projections.scale_error(transformer.transform, lines) == pytest.approx(1 / 3, abs=0.01)


def test_a_route_round_half_the_globe_gets_equal_earth():
    line = geodesy.geodesic((-60.0, 10.0), (110.0, 10.0))
    transformer, _, _ = projections.projection_for(np.array([line], dtype=object))
    assert "Equal Earth" in transformer.target_crs.to_wkt()


@pytest.mark.parametrize("middle", [(30, 50), (179, 10), (-175, -60), (0, 89), (100, -85)])
def test_a_cap_holds_what_is_near_and_not_what_is_far(middle):
    cap = projections.cap(middle, 40)
    for azimuth in range(0, 360, 30):
        near = geodesy.destination_point(middle, azimuth, 38 * 111.2)
        far = geodesy.destination_point(middle, azimuth, 43 * 111.2)
        assert any(shapely.intersects_xy(cap, near[0] + turn, near[1]) for turn in (-360, 0, 360))
        assert not any(shapely.intersects_xy(cap, far[0] + turn, far[1]) for turn in (-360, 0, 360))


def test_the_middle_weighs_lines_by_length():
    equator = np.array(
        [shapely.LineString([(-20, 0), (0, 0), (1, 0), (2, 0), (20, 0)])], dtype=object
    )
    assert projections.centre(equator) == pytest.approx((0, 0), abs=1e-9)
    over = np.array([shapely.LineString([(170, 0), (190, 0)])], dtype=object)
    assert abs(projections.centre(over)[0]) == pytest.approx(180)


@pytest.mark.parametrize("name", ["map.gif", "map"])
def test_unknown_suffixes_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match=re.escape(".svg, .pdf, .png")):
        export_figure(*eurasia(), tmp_path / name)


def test_unknown_projections_are_refused(tmp_path):
    with pytest.raises(ValueError, match="equal-earth"):
        export_figure(*eurasia(), tmp_path / "map.svg", projection="flat")


def test_many_legs_are_printed(tmp_path):
    export_figure(*many(50), tmp_path / "map.svg")
    assert "Port 0" in texts_of(tmp_path / "map.svg")


def test_countries_claims_and_denials_are_printed(tmp_path):
    export_figure(*eurasia(), tmp_path / "map.svg")
    texts = texts_of(tmp_path / "map.svg")
    assert "RUSSIA" in texts
    assert "KAZAKHSTAN" in texts
    assert any("denied by Pyongyang" in text for text in texts)


def test_countries_are_named_in_the_language_of_the_report(tmp_path):
    itinerary, legs = gallery("xian-prague-2019")
    sources = {key: replace(one, lang="fr") for key, one in itinerary.sources.items()}
    export_figure(replace(itinerary, sources=sources), legs, tmp_path / "map.svg")
    texts = texts_of(tmp_path / "map.svg")
    assert "ARABIE SAOUDITE" in texts
    assert "Fer" in texts or "Rail" in texts


def test_no_border_and_no_country_is_printed_where_none_is_asked_for(tmp_path):
    export_figure(*eurasia(), tmp_path / "map.svg", worldview="none")
    texts = texts_of(tmp_path / "map.svg")
    assert "RUSSIA" not in texts
    assert "No borders drawn." in texts


@pytest.mark.parametrize("name", GALLERY)
def test_printed_maps_of_the_gallery_look_as_approved(tmp_path, name):
    export_figure(*gallery(name), tmp_path / "map.png")
    assert difference((tmp_path / "map.png").read_bytes(), f"{name}-print") < 0.01
