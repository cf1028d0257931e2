import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from geo_routes import geodesy
from geo_routes.cli import main
from geo_routes.errors import RouteNotFoundError
from geo_routes.networks.rail import rail_network

# Places as (lon, lat) from public gazetteers; distances as published by the railways.
MOSCOW, VLADIMIR = (37.657, 55.776), (40.422, 56.129)
LONDON_EUSTON, MANCHESTER = (-0.134, 51.528), (-2.231, 53.477)
DUNAY, TIKHORETSK = (132.35, 42.88), (40.13, 45.85)
OSAKA, VLADIVOSTOK = (135.50, 34.70), (131.88, 43.11)
CHITA, HARBIN = (113.50, 52.03), (126.63, 45.76)
CHELYABINSK = (61.42, 55.14)
ZHENGZHOU, WUHAN = (113.65, 34.747), (114.26, 30.62)


def test_london_to_manchester_is_184_miles():
    way = rail_network().route(LONDON_EUSTON, MANCHESTER)
    assert way.length_km == pytest.approx(296, rel=0.02)
    assert set(way.countries) == {"GB"}


def test_a_domestic_movement_stays_at_home_and_says_so():
    way = rail_network().route(DUNAY, TIKHORETSK)
    assert set(way.countries) == {"RU"}
    assert 9500 < way.length_km < 10000
    assert any("Assumed to stay in RU" in note for note in way.notes)


def test_the_short_cuts_abroad_are_named_alternatives():
    ways = rail_network().alternatives(DUNAY, TIKHORETSK, k=5)
    crossed = [set(way.countries) for way in ways]
    assert any("KZ" in countries for countries in crossed)
    assert any("CN" in countries for countries in crossed)
    assert [way.length_km for way in ways] == sorted(way.length_km for way in ways)


def test_a_country_can_be_avoided():
    free = rail_network().route(CHITA, VLADIVOSTOK, stay_in="")
    without = rail_network().route(CHITA, VLADIVOSTOK, stay_in="", avoid={"CN"})
    assert "CN" not in without.countries
    assert without.length_km >= free.length_km


def test_a_change_of_gauge_at_a_border_is_named():
    way = rail_network().route(CHITA, HARBIN)
    assert set(way.countries) >= {"RU", "CN"}
    assert way.gauge_breaks
    assert way.crossings


def test_there_is_no_rail_over_the_sea_of_japan():
    with pytest.raises(RouteNotFoundError):
        rail_network().route(VLADIVOSTOK, OSAKA, allow_ferries=False)


def test_far_from_any_track_is_an_error_that_says_where():
    with pytest.raises(RouteNotFoundError, match=r"75\.00"):
        rail_network().route((-40.0, 75.0), MOSCOW)


def test_the_way_back_is_as_long():
    there = rail_network().route(MOSCOW, VLADIMIR)
    back = rail_network().route(VLADIMIR, MOSCOW)
    assert there.length_km == pytest.approx(back.length_km, rel=1e-6)


def test_an_unknown_country_code_is_named():
    with pytest.raises(ValueError, match="suez"):
        rail_network().route(MOSCOW, VLADIMIR, avoid={"suez"})


PROBE = Path(__file__).with_name("rail_probe.csv")
ROUND_ABOUT = {
    "Vladivostok to Rajin": "by Ussuriysk and Khasan",
    "Tbilisi to Yerevan": "by Gyumri",
    "Aleppo to Gaziantep": "by Meydan Ekbez, Fevzipasa and Narli",
}
"""No shorter line exists."""


def _probes():
    with PROBE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield pytest.param(row, id=row["name"])


@pytest.mark.parametrize("row", list(_probes()))
def test_a_crossing_or_trunk_line_is_whole(row):
    ends = [(float(row[f"{end}_lon"]), float(row[f"{end}_lat"])) for end in ("from", "to")]
    way = rail_network().route(*ends)
    assert max(way.origin_snap_km, way.destination_snap_km) < 10
    straight = geodesy.distance_km(*ends)
    if row["km"]:
        assert way.length_km == pytest.approx(float(row["km"]), rel=0.15)
    else:
        factor = 3 if row["name"] in ROUND_ABOUT else 2
        assert way.length_km < factor * straight + 15


def test_moscow_to_vladivostok_keeps_to_the_trans_siberian_and_says_why():
    way = rail_network().route(MOSCOW, VLADIVOSTOK)
    assert way.length_km == pytest.approx(9289, rel=0.015)
    assert any("Trans-Siberian" in note for note in way.notes)
    shortest = rail_network().route(MOSCOW, VLADIVOSTOK, prefer="shortest")
    assert shortest.length_km < way.length_km


def test_the_branch_to_dunay_is_reached():
    way = rail_network().route(VLADIVOSTOK, DUNAY)
    assert way.destination_snap_km < 2
    assert way.connector_km > 30  # the branch is ours, and told as uncertain


def test_a_border_crossing_is_named_with_its_stations():
    way = rail_network().route(VLADIVOSTOK, (130.30, 42.25))
    assert way.crossings == ("RU-KP Khasan/Tumangang",)
    assert not way.gauge_breaks  # the line to Rajin has had track of both gauges since 2013


def test_a_crossing_from_one_border_station_to_the_next_is_named():
    way = rail_network().route((130.645, 42.428), (130.617, 42.417))
    assert way.crossings == ("RU-KP Khasan/Tumangang",)
    assert set(way.countries) == {"RU", "KP"}


def test_a_line_along_a_border_river_stays_in_its_country():
    # CFR's main line 900, 533 km; for 40 km by Orsova it runs on the Danube's bank.
    way = rail_network().route((26.075, 44.446), (21.208, 45.751))
    assert set(way.countries) == {"RO"}
    assert not way.crossings
    assert way.length_km == pytest.approx(533, rel=0.02)


def test_two_stations_on_the_banks_of_a_border_river_have_no_bridge():
    # Esztergom and Sturovo are 4 km apart; the railway bridges are those of Komarom and Budapest.
    way = rail_network().route((18.741, 47.763), (18.684, 47.802))
    assert way.length_km > 80


def test_the_baikal_amur_line_is_an_alternative_by_its_name():
    ways = rail_network().alternatives(CHELYABINSK, VLADIVOSTOK, k=4, avoid={"CN", "KZ", "MN"})
    labels = [way.label for way in ways]
    assert "by the Baikal-Amur Main Line" in labels
    by_line = ways[labels.index("by the Baikal-Amur Main Line")]
    assert any(abs(lon - 109.3) < 1 and lat > 55 for lon, lat in by_line.line.coords)


def test_goods_keep_off_high_speed_lines():
    # 536 km by the Jingguang main line; the high-speed line is about 480 km.
    goods = rail_network().route(ZHENGZHOU, WUHAN)
    shortest = rail_network().route(ZHENGZHOU, WUHAN, prefer="shortest")
    assert goods.length_km == pytest.approx(536, rel=0.05)
    assert shortest.length_km < goods.length_km


def test_berlin_to_moscow_keeps_to_the_main_line_by_terespol():
    way = rail_network().route((13.37, 52.525), (37.58, 55.777))
    assert any(geodesy.distance_km(point, (23.61, 52.08)) < 10 for point in way.line.coords)


def test_the_far_end_is_as_far_when_asked_from_there():
    there = rail_network().route(VLADIVOSTOK, MOSCOW)
    back = rail_network().route(MOSCOW, VLADIVOSTOK)
    assert there.line.coords[0] == pytest.approx(back.line.coords[-1])
    assert there.length_km == pytest.approx(back.length_km, rel=1e-6)
    assert there.countries.keys() == back.countries.keys()


def test_a_place_on_the_network_is_found_however_far():
    # Saint Helena: the nearest track is in Africa, some 2,000 km off.
    lon, lat = rail_network().nearest_track((-5.7, -15.95))
    assert 1500 < geodesy.distance_km((-5.7, -15.95), (lon, lat)) < 2600


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "kml", "gpx", "csv"])
def test_an_export_of_a_rail_leg_names_openstreetmap_and_its_licence(suffix, tmp_path):
    route_file, target = tmp_path / "route.yaml", tmp_path / f"out.{suffix}"
    route_file.write_text(
        "schema: geo-routes/1\ntitle: Test\nplaces:\n"
        "  a: {name: Moscow, lon: 37.657, lat: 55.776}\n"
        "  b: {name: Vladimir, lon: 40.422, lat: 56.129}\n"
        "legs:\n  - {from: a, to: b, mode: rail}\n"
    )
    result = CliRunner().invoke(main, ["export", str(route_file), "-o", str(target)])
    assert result.exit_code == 0, result.output
    for words in (b"OpenStreetMap contributors", b"ODbL"):
        assert words in target.read_bytes()


def test_an_unknown_preference_is_named():
    with pytest.raises(ValueError, match="scenic"):
        rail_network().route(MOSCOW, VLADIMIR, prefer="scenic")


def test_a_stop_on_the_way_adds_up():
    parts = [rail_network().route(MOSCOW, VLADIMIR), rail_network().route(VLADIMIR, CHELYABINSK)]
    joined = rail_network().route(MOSCOW, CHELYABINSK, via=[VLADIMIR])
    assert joined.length_km == pytest.approx(sum(part.length_km for part in parts))


@pytest.mark.parametrize(
    ("ends", "km"),
    [
        pytest.param(((104.256, 52.283), (107.584, 51.834)), 456, id="Irkutsk to Ulan-Ude"),
        pytest.param(((-0.123, 51.53), (-3.19, 55.952)), 632.5, id="London to Edinburgh"),
        pytest.param(((151.21, -33.88), (144.95, -37.82)), 953, id="Sydney to Melbourne"),
        pytest.param(((77.22, 28.64), (74.87, 31.63)), 449, id="New Delhi to Amritsar"),
        pytest.param(((105.841, 21.024), (106.677, 10.782)), 1726, id="Hanoi to Saigon"),
        pytest.param(((13.37, 52.525), (10.007, 53.553)), 286, id="Berlin to Hamburg"),
        pytest.param(((-57.65, -19.02), (-63.17, -17.79)), 651, id="Corumba to Santa Cruz"),
        pytest.param(((28.04, -26.20), (31.02, -29.85)), 721, id="Johannesburg to Durban"),
        pytest.param(((72.84, 18.94), (88.34, 22.58)), 1968, id="Mumbai to Howrah"),
        pytest.param(((96.162, 16.78), (96.085, 21.975)), 620, id="Yangon to Mandalay"),
        pytest.param(((124.73, 55.16), (137.00, 50.55)), 1473, id="Tynda to Komsomolsk"),
    ],
)
def test_lengths_are_as_the_railways_publish_them(ends, km):
    assert rail_network().route(*ends).length_km == pytest.approx(km, rel=0.025)
