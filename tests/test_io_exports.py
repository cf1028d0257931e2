"""Exports, each read back by a reader that is not ours."""

import csv
import io
import json
import sqlite3
import zipfile
from dataclasses import MISSING, fields, is_dataclass, replace
from xml.etree import ElementTree as ET

import geopandas as gpd
import pytest
import shapely

import geo_routes as gr
from geo_routes.errors import OutputError, RouteFileError
from geo_routes.io import export_legs, read_export, read_itinerary, write_itinerary
from geo_routes.itinerary import Candidate, Status

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


@pytest.fixture(scope="module")
def full():
    """An itinerary in which every field of every record says something."""
    quote = gr.Quote(exact='"left" at 06:30,\n NO one saw', start=7, source="s1")
    candidate = Candidate(
        name="Ádak — Остров",
        lon=-176.7,
        lat=51.8,
        gazetteer="x:1",
        country="US",
        score=0.3,
        why="w",
    )
    region = gr.Region(
        rule=gr.Rule.BETWEEN,
        of="NO",
        of_border="RU",
        side="SW",
        anchors=((30.0, 69.5), (30.5, 69.7)),
        within_km=12.5,
        distance_km=3.25,
        wkt="POLYGON ((30 69, 31 69, 31 70, 30 69))",
    )
    place = gr.Place(
        name="camp: 'near' #1",
        lon=30.123456789,
        lat=69.6,
        radius_km=2.5,
        region=region,
        gazetteer="geonames:1",
        country="NO",
        kind="region",
        toponym="no",
        evidence=(quote, gr.Quote(exact="null", start=0)),
        candidates=(candidate,),
        reference=True,
        note="~",
        draft="0123abcd",
    )
    leg = gr.Leg(
        origin="a",
        destination="b",
        mode=gr.Mode.PIPELINE,
        via=("suez", "a"),
        avoid=("CN", "NO"),
        departure="2023-05~",
        arrival="2023-05-01/2023-06",
        claim=gr.Claim(status=Status.POSSIBLE, by="yes", denied_by="1e3"),
        cargo="gas",
        quantity="26,000 t",
        vehicle="0x1F",
        vehicle_type="tanker",
        flag="NO",
        shipper="A & B",
        consignee="C <d>",
        carrier="E; F",
        evidence=(quote,),
        told={"cargo": quote},
        inferred={"mode": "no other way"},
        confidence=0.625,
        note="- a\n- b",
        draft="leg-1:0123abcd",
    )
    source = gr.Source(
        publisher="P",
        title="T: t",
        published="2023-05-09",
        lang="no",
        url="https://example.org/?a=1#b",
        sha256="00" * 32,
        file="r.txt",
    )
    return gr.Itinerary(
        title="Gas & <more>",
        places={"a": place, "b": replace(place, name="plain", region=None)},
        legs=(leg,),
        sources={"s1": source},
        doubts=("One.", "Two: #"),
        drafted=("leg-1", "leg-2"),
    )


def records(value):
    """List a record and all those within it."""
    if is_dataclass(value):
        yield value
        for field in fields(value):
            yield from records(getattr(value, field.name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from records(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from records(item)


def test_the_full_itinerary_leaves_no_field_at_its_default(full):
    said = {}
    for record in records(full):
        for field in fields(record):
            default = field.default if field.default_factory is MISSING else field.default_factory()
            key = (type(record).__name__, field.name)
            said[key] = said.get(key, False) or getattr(record, field.name) != default
    assert [key for key, is_said in said.items() if not is_said] == []
    assert {kind for kind, _ in said} >= {"Leg", "Place", "Region", "Candidate", "Source", "Quote"}


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "yaml"])
def test_every_field_comes_back_as_it_was(full, tmp_path, suffix):
    path = tmp_path / f"full.{suffix}"
    if suffix == "yaml":
        write_itinerary(full, path)
        assert read_itinerary(path) == full
    else:
        export_legs(full, gr.route_itinerary(full), path)
        assert read_export(path) == full


def test_a_route_file_to_geopackage_and_back_is_the_same_text(full, tmp_path):
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    write_itinerary(full, first)
    itinerary = read_itinerary(first)
    export_legs(itinerary, gr.route_itinerary(itinerary), tmp_path / "route.gpkg")
    write_itinerary(read_export(tmp_path / "route.gpkg"), second)
    assert second.read_bytes() == first.read_bytes()


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


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of fastkml's own dependencies
def test_kml_is_valid_by_the_schema_of_the_ogc(export):
    validator = pytest.importorskip("fastkml.validator")
    assert validator.validate(file_to_validate=export("route.kml"))


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
    assert (times[0], times[-1]) == ("2023-05-01T00:00:00.000Z", "2023-05-03T00:00:00.000Z")
    assert len(west["datetimes"]) == len(west["coordinates"])
    assert first["properties"]["times"] == "interpolated by distance"
    assert "temporalGeometry" not in second


def test_moving_features_are_read_by_movingpandas(itinerary, tmp_path):
    mpd = pytest.importorskip("movingpandas")
    anchorage = gr.Place(name="Anchorage", lon=-149.99, lat=61.17)
    leg = replace(itinerary.legs[0], origin="anchorage")
    plain = replace(
        itinerary, places={**itinerary.places, "anchorage": anchorage}, legs=(leg,), sources={}
    )
    path = tmp_path / "one.mf.json"
    export_legs(plain, gr.route_itinerary(plain), path)
    (trajectory,) = mpd.read_mf_json(str(path), traj_id_property="leg").trajectories
    frame = trajectory.df
    days = [time.isoformat() for time in (frame.index[0], frame.index[-1])]
    assert days == ["2023-05-01T00:00:00", "2023-05-03T00:00:00"]
    assert frame.geometry.iloc[0].coords[0] == pytest.approx((-149.99, 61.17))
    assert frame.geometry.iloc[-1].coords[0] == pytest.approx((-176.65, 51.88))


@pytest.mark.parametrize("name", ["route.lpf.json", "route.gpx", "route.kmz"])
def test_gdal_reads_places_and_lines(export, name):
    path = export(name)
    if name.endswith("gpx"):
        assert len(gpd.read_file(path, layer="waypoints")) == 3
        assert_cut_at_180(gpd.read_file(path, layer="tracks").geometry[0])
        assert 'lon="180' not in path.read_text(encoding="utf-8")  # the schema's lon < 180
    elif name.endswith("kmz"):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(path.parent)
        assert len(gpd.read_file(path.parent / "doc.kml", layer="Places")) == 4
    else:
        frame = gpd.read_file(path)
        assert frame.geometry.iloc[0].coords[0] == pytest.approx((158.65, 53.02))
        assert frame.geometry.iloc[2].geom_type == "Polygon"


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
