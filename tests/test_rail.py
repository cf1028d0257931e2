import csv
from pathlib import Path

import pytest

from geo_routes import geodesy
from geo_routes.errors import RouteNotFoundError
from geo_routes.networks.rail import rail_network

# Places as (lon, lat) from public gazetteers; distances as published by the railways.
MOSCOW, VLADIMIR = (37.657, 55.776), (40.422, 56.129)
LONDON_EUSTON, MANCHESTER = (-0.134, 51.528), (-2.231, 53.477)
DUNAY, TIKHORETSK = (132.35, 42.88), (40.13, 45.85)
OSAKA, VLADIVOSTOK = (135.50, 34.70), (131.88, 43.11)
CHITA, HARBIN = (113.50, 52.03), (126.63, 45.76)


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
KNOWN_GAPS = {
    "Kolkata to Dhaka": "the gap at Gede is not healed",
    "Aleppo to Gaziantep": "the gap at Meydan Ekbez is not healed",
    "Oslo to Gothenburg": "the gap at Kornsjo is not healed: the way by Karlstad is taken",
    "Oran to Tunis": "the gap at Ghardimaou is not healed",
    "Ankara to Istanbul": "Haydarpasa's track is missing: the end snaps far inland",
    "Lobito to Dilolo": "the last station lies further than 10 km from the network",
    "Arica to La Paz": "the line into La Paz is missing",
}
ROUND_ABOUT = {"Vladivostok to Rajin", "Tbilisi to Yerevan"}
"""By Ussuriysk and Khasan, and by Gyumri: no shorter line exists."""


def _probes():
    with PROBE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            gap = KNOWN_GAPS.get(row["name"])
            marks = [pytest.mark.xfail(reason=gap, strict=True)] if gap else []
            yield pytest.param(row, id=row["name"], marks=marks)


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
    assert way.length_km == pytest.approx(9289, rel=0.025)
    assert any("Trans-Siberian" in note for note in way.notes)
    shortest = rail_network().route(MOSCOW, VLADIVOSTOK, prefer="shortest")
    assert shortest.length_km < way.length_km
