"""Spreadsheets and vessel tracks."""

import pandas as pd
import pytest
from shapely import LineString

import geo_routes as gr
from geo_routes.errors import RouteFileError
from geo_routes.io import compare_track, measure_track, read_spreadsheet, read_track

PLACES = "id,name,lon,lat,country\nhal,Halden,11.39,59.12,NO\nlag,Lagos,3.39,6.44,NG\n"
LEGS = (
    "from;to;mode;departure;via;status;by;quote\n"
    "hal;lag;Sea;2023-05~;gibraltar, dakar;planned;A port;left in May\n"
)


@pytest.fixture
def tables(tmp_path):
    def write(legs=LEGS, places=PLACES):
        (tmp_path / "legs.csv").write_text(legs, encoding="utf-8")
        (tmp_path / "places.csv").write_text(places, encoding="utf-8")
        return tmp_path / "legs.csv", tmp_path / "places.csv"

    return write


EXPECTED = gr.Leg(
    origin="hal",
    destination="lag",
    mode=gr.Mode.SEA,
    departure="2023-05~",
    via=("gibraltar", "dakar"),
    claim=gr.Claim(status="planned", by="A port"),
    evidence=(gr.Quote(exact="left in May"),),
)


def test_tables_become_an_itinerary(tables):
    itinerary = read_spreadsheet(*tables(), title="Drums")
    assert itinerary.legs == (EXPECTED,)
    assert itinerary.places["hal"] == gr.Place(name="Halden", lon=11.39, lat=59.12, country="NO")


def test_a_workbook_becomes_the_same_itinerary(tables, tmp_path):
    pytest.importorskip("openpyxl")
    legs, places = tables()
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as book:
        options = {"dtype": str, "keep_default_na": False, "sep": None, "engine": "python"}
        pd.read_csv(legs, **options).to_excel(book, sheet_name="legs", index=False)
        pd.read_csv(places, **options).to_excel(book, sheet_name="places", index=False)
    assert read_spreadsheet(path) == read_spreadsheet(legs, places)


def test_places_without_ids_go_by_name(tables):
    places = "name,lon,lat\nHalden,11.39,59.12\nLagos,3.39,6.44\n"
    itinerary = read_spreadsheet(*tables("from,to,mode\nHalden,Lagos,sea\n", places))
    assert itinerary.legs[0].origin == "Halden"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Sea", "see", "row 2 of legs"),
        ("hal;lag", "hal;lagg", "Did you mean 'lag'"),
        ("mode", "mood", "lacks the column 'mode'"),
    ],
)
def test_a_bad_cell_is_named_with_its_row(tables, old, new, words):
    with pytest.raises(RouteFileError, match=words):
        read_spreadsheet(*tables(LEGS.replace(old, new)))


def test_a_track_in_order_lies_near_its_leg(tmp_path):
    path = tmp_path / "track.csv"
    path.write_text(
        "time,lat,lon\n2023-05-02T00:00:00Z,0.0,-179.0\n2023-05-01T00:00:00Z,0.1,179.0\n"
        "2023-05-01T00:00:00Z,0.1,179.0\n2023-05-03T12:00:00Z,0.0,-177.0\n",
        encoding="utf-8",
    )
    track = read_track(path)
    found = compare_track(track, LineString([(178, 0), (184, 0)]))
    assert found.fixes == 3
    # A tenth of a degree of latitude at the equator is 11.06 km; 178 to 184 is 667.9 km.
    assert found.largest_km == pytest.approx(11.06, abs=0.01)
    assert found.median_km == pytest.approx(0, abs=1e-6)
    assert found.leg_km == pytest.approx(667.9, abs=0.1)
    assert found.length_km == pytest.approx(445.6, abs=0.5)
    assert (found.within_25_km, found.longest_gap_h) == (1.0, 36.0)


@pytest.mark.parametrize("row", ["yesterday,0,0", "2023-05-01,95,0", "2023-05-01,,3"])
def test_a_bad_position_is_named_with_its_line(tmp_path, row):
    path = tmp_path / "track.csv"
    path.write_text(f"time,lat,lon\n2023-05-01T00:00:00Z,0,0\n{row}\n", encoding="utf-8")
    with pytest.raises(RouteFileError, match=r"track\.csv:3"):
        read_track(path)


def test_gaps_are_told_with_their_times_and_distance(tmp_path):
    path = tmp_path / "track.csv"
    path.write_text(
        "time,lat,lon\n2023-05-01T00:00Z,0,0\n2023-05-01T05:00Z,0,1\n2023-05-02T05:00Z,0,3\n",
        encoding="utf-8",
    )
    line = LineString([(0, 0), (3, 0)])
    (gap,) = compare_track(read_track(path), line).gaps
    assert (gap.start.isoformat(), gap.end.isoformat(), gap.hours) == (
        "2023-05-01T05:00:00+00:00",
        "2023-05-02T05:00:00+00:00",
        24,
    )
    # A degree of the equator of WGS 84 is 111.32 km.
    assert gap.distance_km == pytest.approx(2 * 111.32, abs=0.01)
    assert len(compare_track(read_track(path), line, gap_h=4).gaps) == 2


def test_positions_are_measured_against_the_nearest_part_of_a_bent_leg():
    track = pd.DataFrame(
        {
            "time": pd.to_datetime(["2023-05-01", "2023-05-02"], utc=True),
            "lon": [5.0, 11.0],
            "lat": [60.0, 65.0],
        }
    )
    found = measure_track(track, LineString([(0, 60), (10, 60), (10, 70)]))
    # GeographicLib: a degree of longitude at 65 N is 47.18 km long, 10 of them at 60 N 558.0 km,
    # and the meridian from 60 to 65 N 557.3 km.
    assert found.distance_km.tolist() == pytest.approx([0, 47.18], abs=0.05)
    assert found.along_km.tolist() == pytest.approx([279.0, 558.0 + 557.3], abs=0.5)
    assert found.crs == "EPSG:4326"


# From the README of pyais: MMSI 367380120 at 122.404333 W, 37.806948 N.
POSITION = "!AIVDM,1,1,,B,15NG6V0P01G?cFhE`R2IU?wn28R>,0*05"
# From gpsd's description of AIVDM: MMSI 477553000 at 122.345833 W, 47.582833 N.
OTHER_VESSEL = "!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKH,0*5C"


@pytest.mark.parametrize(
    "line",
    [
        rf"\\s:station,c:1682899200*5A\\{POSITION}",
        rf"\\c:1682899200000*5A\\{POSITION}",
        f"2023-05-01T00:00:00Z {POSITION}",
        f"{POSITION},1682899200",
        f"1682899200.0\t{POSITION}",
    ],
)
def test_ais_sentences_give_a_position_and_its_time(tmp_path, line):
    pytest.importorskip("pyais")
    path = tmp_path / "track.nmea"
    path.write_text(f"# a remark\n{line}\n", encoding="ascii")
    (row,) = read_track(path).itertuples(index=False)
    assert row.time.isoformat() == "2023-05-01T00:00:00+00:00"
    assert (row.lon, row.lat) == pytest.approx((-122.404333, 37.806948), abs=1e-6)


def test_damaged_ais_sentences_are_left_out(tmp_path):
    pytest.importorskip("pyais")
    path = tmp_path / "track.nmea"
    damaged = POSITION.replace("cFhE", "cFhF")
    path.write_text(f"{damaged},1682899200\n{POSITION},1682899260\n!AIVDM,1,1\n", "ascii")
    assert len(read_track(path)) == 1


def test_of_several_vessels_one_must_be_named(tmp_path):
    pytest.importorskip("pyais")
    path = tmp_path / "track.nmea"
    path.write_text(f"{POSITION},1682899200\n{OTHER_VESSEL},1682899260\n", encoding="ascii")
    with pytest.raises(RouteFileError, match="367380120, 477553000"):
        read_track(path)
    (row,) = read_track(path, mmsi="477553000").itertuples(index=False)
    assert (row.lon, row.lat) == pytest.approx((-122.345833, 47.582833), abs=1e-6)
    with pytest.raises(RouteFileError, match="no vessel 1"):
        read_track(path, mmsi="1")


def test_ais_sentences_without_times_are_refused(tmp_path):
    pytest.importorskip("pyais")
    path = tmp_path / "track.nmea"
    path.write_text(f"{POSITION}\n", encoding="ascii")
    with pytest.raises(RouteFileError, match="no times"):
        read_track(path)
    path.write_text("nothing of the kind\n", encoding="ascii")
    with pytest.raises(RouteFileError, match="no positions"):
        read_track(path)
