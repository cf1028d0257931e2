"""The gazetteer: folding, candidates, the filter of keys, nearest places."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from geo_routes import datasets
from geo_routes.builders.gazetteer import write
from geo_routes.builders.gazetteer_sources import Entry
from geo_routes.errors import DataError, PlaceNotFoundError
from geo_routes.gazetteer import Gazetteer, distance_km, fold, shipped


def _shipped() -> bool:
    try:
        datasets.path("gazetteer")
    except DataError:
        return False
    return True


needs_data = pytest.mark.skipif(not _shipped(), reason="the gazetteer has not been built")


def entry(name: str, lon: float, lat: float, **fields) -> Entry:
    names = fields.pop("names", {})
    made = Entry(name=name, lon=lon, lat=lat, **fields)
    for other, weight in {name: 100, **names}.items():
        made.add(other, weight)
    return made


@pytest.fixture
def places(tmp_path):
    towns = [
        entry("Port Alma", 10, 50, country="AA", geonames=1, population=900, names={"Альма": 85}),
        entry("Alma", 11, 50, country="AA", geonames=2, population=90_000),
        entry("Alma", 179.9, -17, country="BB", geonames=3, population=2_000),
        entry("Almeria Nueva", 12, 51, country="BB", geonames=4, names={"Alma": 15}),
        entry("Nowhere", -179.9, -17, country="BB", geonames=5, population=100),
    ]
    others = [
        entry("Alma Port", 10.1, 50, country="AA", kind="port", ref="port:AAALM", locode="AAALM"),
        entry("Bora Port", 14, 55, country="AA", kind="port", ref="port:AABOR"),
        entry("Alma Sea", 0, 0, kind="sea", ref="sea:alma-sea", uncertainty_km=300.0),
    ]
    write(tmp_path / "small.sqlite", towns + others, {}, [("almese", "AA", "en")])
    return Gazetteer(tmp_path / "small.sqlite")


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Bab-el-Mandeb", "bab el mandeb"),
        ("ŁÓDŹ", "lodz"),
        ("Sana’a", "sanaa"),
        ("Королёв", "королев"),
        ("Йошкар-Ола", "йошкар ола"),
        ("Київ", "київ"),
        ("Куп'янськ", "купянськ"),
        ("İstanbul", "istanbul"),
        ("Iğdır", "igdir"),
        ("Straße", "strasse"),
        ("부산", "부산"),
        ("ガザ", "ガザ"),
        ("पेरिस", "पेरिस"),
        ("St. Petersburg", "st petersburg"),
        ("Côte d'Ivoire", "cote divoire"),
        ("  ", ""),
        ("«»", ""),
    ],
)
def test_fold_keeps_the_script_and_drops_what_writers_vary(written, key):
    assert fold(written) == key
    assert fold(key) == key  # folding twice changes nothing


def test_one_name_in_two_arabic_keyboards_folds_alike():
    assert fold("كرمانى") == fold("کرمانی")


def test_candidates_come_surest_and_largest_first(places):
    found = places.candidates("ALMA")
    assert [candidate.id for candidate in found] == ["geonames:2", "geonames:3", "geonames:4"]
    assert found[-1].name_weight == 0.15


def test_a_country_keeps_only_its_places(places):
    assert {found.id for found in places.candidates("Alma", country="AA")} == {"geonames:2"}


def test_a_near_point_turns_the_order(places):
    assert places.candidates("Alma", near=(-179.0, -17.0))[0].id == "geonames:3"


def test_a_name_in_another_script_leads_to_its_place(places):
    (found,) = places.candidates("Альма")
    assert (found.id, found.matched) == ("geonames:1", "альма")


def test_an_unknown_or_empty_name_has_no_candidates(places):
    assert places.candidates("Atlantis") == []
    assert places.candidates("...") == []


def test_place_finds_every_kind_of_id(places):
    assert places.place("geonames:2").population == 90_000
    assert places.place("port:AAALM").locode == "AAALM"
    assert places.place("sea:alma-sea").uncertainty_km == 300.0


@pytest.mark.parametrize("id", ["geonames:77", "geonames:x", "port:NOPE", ""])
def test_an_unknown_id_is_an_error_that_names_it(places, id):
    with pytest.raises(PlaceNotFoundError, match=repr(id)):
        places.place(id)


def test_known_tells_names_from_other_words(places):
    assert places.known(["alma", "port alma", "port", "alm", "альма"]) == {
        "alma",
        "port alma",
        "альма",
    }


def test_continues_never_denies_the_beginning_of_a_name(places):
    assert places.continues("port")
    assert places.continues("alma")  # Alma Port, Alma Sea


def test_nearest_looks_across_longitude_180(places):
    found = places.nearest(-179.95, -17.0, kinds=["city"], limit=2)
    assert [place.id for place in found] == ["geonames:5", "geonames:3"]
    # 0.15 degrees of longitude at 17 degrees south.
    assert found[1].distance_km == pytest.approx(15.95, abs=0.1)


def test_nearest_keeps_within_its_distance_and_kinds(places):
    found = places.nearest(10.0, 50.0, kinds=["port"], within_km=100)
    assert [place.id for place in found] == ["port:AAALM"]


def test_ports_of_a_country(places):
    assert [port.id for port in places.ports("AA")] == ["port:AAALM", "port:AABOR"]
    assert places.ports("BB") == []


def test_demonyms_fold_like_names(places):
    assert places.demonym("Almese") == ("AA",)
    assert places.demonym("Borese") == ()


def test_an_adjective_of_a_region_names_no_country_unless_regions_are_asked_for(tmp_path):
    words = [("balkan", "region:balkans", "en"), ("balkan", "AA", "en")]
    write(tmp_path / "small.sqlite", [], {}, words)
    places = Gazetteer(tmp_path / "small.sqlite")
    assert places.demonym("Balkan") == ("AA",)
    assert places.demonym("Balkan", language="en", regions=True) == ("AA", "region:balkans")


@pytest.mark.parametrize(
    ("lon", "lat"), [(179.99999, 0.0), (-180.0, -90.0), (0.0, 90.0), (3, 89.9)]
)
def test_a_place_at_the_edge_of_the_map_is_its_own_nearest(tmp_path, lon, lat):
    write(tmp_path / "small.sqlite", [entry("Edge", lon, lat, geonames=7)], {})
    found = Gazetteer(tmp_path / "small.sqlite").nearest(lon, lat)
    assert [place.name for place in found] == ["Edge"]


def test_a_gazetteer_can_be_sent_and_shared(places):
    copy = pickle.loads(pickle.dumps(places))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(copy.candidates, ["Alma"] * 20))
    assert all(candidates == places.candidates("Alma") for candidates in found)


def test_a_damaged_index_is_an_error_that_says_what_to_run(tmp_path):
    (tmp_path / "bad.sqlite").write_bytes(b"not an index" * 1000)
    with pytest.raises(DataError, match="geo-routes data build gazetteer"):
        Gazetteer(tmp_path / "bad.sqlite").candidates("Alma")


def test_distance_is_close_to_a_published_one():
    # London to New York: 5,570 km (great circle).
    assert distance_km((-0.1278, 51.5074), (-74.0060, 40.7128)) == pytest.approx(5570, rel=0.005)


@needs_data
@pytest.mark.parametrize(
    ("name", "lon", "lat", "country"),
    [
        ("Ulsan", 129.32, 35.54, "KR"),
        ("Ульсан", 129.32, 35.54, "KR"),
        ("Poti", 41.65, 42.15, "GE"),
        ("Reni", 28.28, 45.45, "UA"),
        ("Varsovie", 21.01, 52.23, "PL"),
        ("Вена", 16.37, 48.21, "AT"),
        ("上海", 121.47, 31.23, "CN"),
        ("Hodeidah", 42.95, 14.80, "YE"),
        ("Bab-el-Mandeb", 43.33, 12.58, ""),
        ("Crimée", 34.4, 45.3, "UA"),
        ("КНДР", 127.0, 40.0, "KP"),
        ("Corée du Nord", 127.0, 40.0, "KP"),
        ("Sheremetyevo", 37.41, 55.97, "RU"),
        ("Кольский полуостров", 36.0, 67.5, "RU"),
        ("Marion Island", 37.75, -46.9, "ZA"),
        ("Сахалинский залив", 141.3, 53.9, ""),
        ("Ysterplaat", 18.50, -33.90, "ZA"),
        ("Idjwi", 29.06, -2.10, "CD"),
        ("Bufarik", 2.91, 36.57, "DZ"),
        ("Dschidschiga", 42.80, 9.35, "ET"),
        ("Пьин-У-Львин", 96.47, 22.03, "MM"),
    ],
)
def test_the_shipped_gazetteer_puts_known_places_first(name, lon, lat, country):
    best = Gazetteer().candidates(name)[0]
    assert best.country == country
    assert distance_km((lon, lat), (best.lon, best.lat)) < max(15.0, best.uncertainty_km)


@needs_data
def test_one_name_of_a_port_and_a_spaceport_leads_to_both():
    kinds = {found.feature for found in Gazetteer().candidates("Vostochny", country="RU")}
    assert {"port", "launch site"} <= kinds


@needs_data
def test_the_shipped_countries_know_their_neighbours():
    korea = Gazetteer().country("KP")
    assert (korea.iso3, set(korea.neighbours)) == ("PRK", {"CN", "KR", "RU"})
    west, south, east, north = Gazetteer().country("RU").bounds
    assert west > 0 > east  # spans longitude 180
    assert south > 40
    assert north < 82


def test_the_harbour_of_a_town_is_the_port_of_its_name_beside_it(tmp_path):
    towns = [
        entry("Bora", 10, 50, country="AA", geonames=1),
        entry("Inland", 12, 50, country="AA", geonames=2),
    ]
    ports = [
        entry(
            "Bora quays", 10.1, 50, country="AA", kind="port", ref="port:AABOR", names={"Bora": 90}
        ),
        entry("Other", 10.01, 50, country="AA", kind="port", ref="port:AAOTH"),
        entry("Far", 13, 50, country="AA", kind="port", ref="port:AAFAR", names={"Inland": 90}),
    ]
    write(tmp_path / "small.sqlite", towns + ports, {})
    small = Gazetteer(tmp_path / "small.sqlite")
    assert small.harbour(small.place("geonames:1")).id == "port:AABOR"
    assert small.harbour(small.place("geonames:2")).id == "geonames:2"
    assert small.harbour(small.place("port:AAOTH")).id == "port:AAOTH"


def test_the_best_place_is_the_first_candidate_and_tells_the_divisions_of_all(tmp_path):
    towns = [
        entry("Alma", 10, 50, country="AA", admin1="AA-1", geonames=1, population=900),
        entry("Alma", 20, 50, country="AA", admin1="AA-2", geonames=2, population=90_000),
        entry("Other", 30, 50, country="AA", admin1="AA-3", geonames=3, names={"Alma": 40}),
    ]
    write(tmp_path / "small.sqlite", towns, {})
    small = Gazetteer(tmp_path / "small.sqlite")
    place, divisions = small.best("alma")
    assert place == small.candidates("Alma")[0]
    assert divisions == {"AA-1", "AA-2"}
    assert small.best("nothing") == (None, frozenset())


@needs_data
def test_the_harbour_of_rajin_lies_where_the_world_port_index_has_it():
    rajin = shipped().candidates("Rajin", country="KP", limit=1)[0]
    harbour = shipped().harbour(rajin)
    assert harbour.kind == "port"
    assert distance_km((harbour.lon, harbour.lat), (130.283, 42.233)) < 2


@pytest.mark.parametrize(
    ("country", "bounds"),
    [("SN", (-18.0, 12.0, -14.0, 16.0)), ("RU", (125.0, 40.0, 195.0, 75.0))],
)
def test_large_towns_in_a_box_are_those_of_the_country_that_lie_in_it(country, bounds):
    west, south, east, north = bounds

    def lies_in(town):
        lon = town.lon if town.lon >= west else town.lon + 360
        return west <= lon <= east and south <= town.lat <= north

    near = shipped().large_towns(country, bounds=bounds)
    inside = [town for town in shipped().large_towns(country) if lies_in(town)]
    assert inside
    assert [town for town in near if lies_in(town)] == inside
