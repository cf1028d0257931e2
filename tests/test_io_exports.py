"""Exports, each read back by a reader that is not ours."""

import csv
import io
import json
import sqlite3
import zipfile
from dataclasses import replace
from xml.etree import ElementTree as ET

import geopandas as gpd
import pytest
import shapely

import geo_routes as gr
from geo_routes.errors import OutputError, RouteFileError
from geo_routes.io import export_legs, read_export
from geo_routes.itinerary import Candidate

KML = {"k": "http://www.opengis.net/kml/2.2"}
QUOTE = 'flew "by night" <to Adak> & landed'


@pytest.fixture(scope="module")
def itinerary():
    """A flight over longitude 180, and one that ends in a region nobody can draw a line to."""
    quote = gr.Quote(exact=QUOTE, start=7, source="s1")
    return gr.Itinerary(
        title="Spare parts from Petropavlovsk & on",
        places={
            "pk": gr.Place(name="Petropavlovsk", lon=158.65, lat=53.02, country="RU"),
            "adak": gr.Place(
                name="Adak",
                lon=-176.65,
                lat=51.88,
                country="US",
                gazetteer="geonames:5878818",
                candidates=(Candidate(name="Adak Island", lon=-176.7, lat=51.8, score=0.3),),
            ),
            "camp": gr.Place(
                name="camp near Adak",
                lon=-176.6,
                lat=51.9,
                kind="region",
                region=gr.Region(rule=gr.Rule.NEAR, anchors=((-176.65, 51.88),), within_km=20.0),
            ),
            "lost": gr.Place(name="Nowhere"),
        },
        legs=(
            gr.Leg(
                origin="pk",
                destination="adak",
                mode=gr.Mode.AIR,
                departure="2023-05-01",
                arrival="2023-05-03",
                claim=gr.Claim(by="A ministry"),
                evidence=(quote,),
                cargo="spare parts",
            ),
            gr.Leg(origin="adak", destination="lost", mode=gr.Mode.AIR),
        ),
        sources={"s1": gr.Source(publisher="A paper", published="2023-05-09")},
        doubts=("Adak may be the island.",),
    )


@pytest.fixture(scope="module")
def legs(itinerary):
    return gr.route_itinerary(itinerary)


@pytest.fixture
def export(itinerary, legs, tmp_path):
    def write(name, **options):
        path = tmp_path / name
        export_legs(itinerary, legs, path, **options)
        return path

    return write


def assert_cut_at_180(geometry):
    """Petropavlovsk to Adak crosses 180 once: two parts that meet there."""
    assert geometry.geom_type == "MultiLineString"
    west, east = geometry.geoms
    assert west.coords[0] == pytest.approx((158.65, 53.02), abs=1e-6)
    assert (west.coords[-1][0], east.coords[0][0]) == pytest.approx((180, -180))
    assert west.coords[-1][1] == pytest.approx(east.coords[0][1])
    assert east.coords[-1] == pytest.approx((-176.65, 51.88), abs=1e-6)


def test_geojson_is_cut_at_180_and_holds_the_route_file(export, itinerary):
    path = export("route.geojson")
    structure = json.loads(path.read_text(encoding="utf-8"))
    legs = [row for row in structure["features"] if row["properties"]["feature"] == "leg"]
    assert_cut_at_180(shapely.geometry.shape(legs[0]["geometry"]))
    assert legs[1]["geometry"] is None
    (region,) = (row for row in structure["features"] if row["properties"]["feature"] == "region")
    assert shapely.geometry.shape(region["geometry"]).exterior.is_ccw  # RFC 7946, 3.1.6
    assert read_export(path) == itinerary
    assert len(gpd.read_file(path)) == 7


def test_geopackage_has_layers_styles_and_the_route_file(export, itinerary):
    path = export("route.gpkg")
    legs = gpd.read_file(path, layer="legs")
    assert_cut_at_180(legs.geometry[0])
    assert legs["quotes"][0] == QUOTE
    assert len(gpd.read_file(path, layer="places")) == 4
    (area,) = gpd.read_file(path, layer="regions").to_crs("EPSG:3338").area
    assert area / 1e6 == pytest.approx(3.14159 * 20**2, rel=0.02)  # Alaska Albers: equal area
    assert gpd.read_file(path, layer="sources").publisher.tolist() == ["A paper"]
    with sqlite3.connect(path) as base:
        styles = base.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall()
    assert {name for name, _ in styles} == {"legs", "places", "regions"}
    assert all(ET.fromstring(style.split(">", 1)[1]).tag == "qgis" for _, style in styles)
    assert read_export(path) == itinerary


def test_an_itinerary_without_regions_or_sources_is_written(itinerary, tmp_path):
    plain = replace(
        itinerary,
        places={key: itinerary.places[key] for key in ("pk", "adak")},
        legs=itinerary.legs[:1],
        sources={},
    )
    for suffix in ("gpkg", "geojson"):
        path = tmp_path / f"plain.{suffix}"
        export_legs(plain, gr.route_itinerary(plain), path)
        assert read_export(path) == plain


@pytest.mark.parametrize(
    "name",
    [
        "e.gpkg",
        "e.geojson",
        "e.kml",
        "e.gpx",
        "e.fgb",
        "e.parquet",
        "e.csv",
        "e.lpf.json",
        "e.mf.json",
    ],
)
@pytest.mark.parametrize("legs", [0, 1])
def test_an_itinerary_without_a_line_is_written_in_every_format(itinerary, tmp_path, name, legs):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    bare = replace(itinerary, legs=itinerary.legs[1:][:legs])
    path = tmp_path / name
    export_legs(bare, gr.route_itinerary(bare), path)
    assert path.stat().st_size > 0
    if name in {"e.gpkg", "e.geojson"}:
        assert read_export(path) == bare


def test_kml_tells_dates_and_quotes(export):
    root = ET.parse(export("route.kml"))
    marks = root.findall(".//k:Placemark", KML)
    assert [mark.findtext("k:name", "", KML) for mark in marks][:1] == ["1. Petropavlovsk - Adak"]
    assert marks[0].findtext("k:TimeSpan/k:begin", "", KML) == "2023-05-01"
    assert marks[0].findtext("k:TimeSpan/k:end", "", KML) == "2023-05-03"
    assert QUOTE in marks[0].findtext("k:description", "", KML)
    assert len(marks[0].findall(".//k:LineString", KML)) == 2


def test_kml_is_read_by_gdal(export):
    frame = gpd.read_file(export("route.kml"), layer="Legs")
    assert_cut_at_180(shapely.force_2d(frame.geometry.iloc[0]))


def test_kmz_holds_the_kml_and_is_the_same_each_time(export):
    path = export("route.kmz")
    with zipfile.ZipFile(path) as archive:
        assert archive.read("doc.kml") == export("route.kml").read_bytes()
    first = path.read_bytes()
    assert export("again.kmz").read_bytes() == first


def test_gpx_has_waypoints_and_tracks(export):
    gpxpy = pytest.importorskip("gpxpy")
    gpx = gpxpy.parse(export("route.gpx").read_text(encoding="utf-8"))
    assert [point.name for point in gpx.waypoints] == ["Petropavlovsk", "Adak", "camp near Adak"]
    assert "region" in gpx.waypoints[2].description
    (track,) = gpx.tracks
    assert len(track.segments) == 2
    assert track.segments[1].points[-1].longitude == pytest.approx(-176.65)


@pytest.mark.parametrize("name", ["route.fgb", "route.parquet"])
def test_frames_are_read_back(export, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
        frame = gpd.read_parquet(export(name))
    else:
        frame = gpd.read_file(export(name))
    frame = frame.sort_values("leg")
    assert_cut_at_180(frame.geometry.iloc[0])
    assert frame["cargo"].tolist() == ["spare parts", ""]
    assert frame.geometry.iloc[1] is None


def test_csv_holds_wkt(export):
    text = export("route.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert_cut_at_180(shapely.from_wkt(rows[0]["wkt"]))
    assert json.loads(rows[0]["evidence"]) == [{"source": "s1", "exact": QUOTE, "start": 7}]
    assert rows[1]["wkt"] == ""


def test_linked_places_name_types_links_and_days(export):
    structure = json.loads(export("route.lpf.json").read_text(encoding="utf-8"))
    adak = structure["features"][1]
    assert adak["properties"] == {"title": "Adak", "ccodes": ["US"]}
    assert adak["links"][0]["identifier"] == "https://sws.geonames.org/5878818/"
    assert adak["when"]["timespans"] == [
        {"start": {"in": "2023-05-03"}, "end": {"in": "2023-05-03"}}
    ]


def test_moving_features_go_from_departure_to_arrival(export):
    structure = json.loads(export("route.mf.json").read_text(encoding="utf-8"))
    first, second = structure["features"]
    west, east = first["temporalGeometry"]["prisms"]
    times = west["datetimes"] + east["datetimes"]
    assert times == sorted(times)
    # 2023-05-01 and 2023-05-03 in milliseconds since 1970
    assert (times[0], times[-1]) == (1682899200000, 1683072000000)
    assert len(west["datetimes"]) == len(west["coordinates"])
    assert first["properties"]["times"] == "interpolated by distance"
    assert "temporalGeometry" not in second


def test_a_format_can_be_named(export):
    assert json.loads(export("route.txt", format="geojson").read_text(encoding="utf-8"))


def test_an_unknown_format_is_refused(export, tmp_path):
    with pytest.raises(OutputError, match="gpkg"):
        export("route.shp")
    assert not list(tmp_path.iterdir())


def test_a_file_of_another_program_holds_no_route_file(tmp_path):
    path = tmp_path / "other.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    with pytest.raises(RouteFileError, match="no route file"):
        read_export(path)
