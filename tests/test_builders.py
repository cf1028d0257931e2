"""Builders: packages, the making of the gazetteer and of the basemap."""

from __future__ import annotations

import hashlib
import importlib
import io
import subprocess
import tarfile
import zipfile

import numpy as np
import pytest
from shapely import Point, box, union_all

from geo_routes import builders
from geo_routes.builders import (
    airports,
    basemap,
    gazetteer,
    locodes,
    port_points,
    registry,
    spellings,
)
from geo_routes.builders import gazetteer_sources as sources
from geo_routes.builders.gazetteer_sources import Entry
from geo_routes.errors import DataError
from geo_routes.gazetteer import Gazetteer


def archive(content: bytes = b"{}") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("toy/data.json", content)
    return buffer.getvalue()


def test_an_unknown_builder_is_an_error_that_lists_the_known(tmp_path):
    with pytest.raises(ValueError, match="gazetteer, divisions, basemap"):
        builders.build("weather", tmp_path, tmp_path)


@pytest.mark.parametrize("name", ["gazetteer", "basemap"])
def test_every_builder_has_a_build_function(name):
    assert callable(importlib.import_module(builders.BUILDERS[name]).build)


def test_a_cached_package_is_not_fetched_again(tmp_path, monkeypatch):
    monkeypatch.setattr(registry.subprocess, "run", lambda *_, **__: pytest.fail("fetched"))
    (tmp_path / "toy_box-1.0-py3-none-any.whl").write_bytes(archive())
    sha256 = hashlib.sha256(archive()).hexdigest()
    found = registry.fetch("pypi", "toy-box", "1.0", tmp_path, sha256=sha256)
    assert found.name == "toy_box-1.0-py3-none-any.whl"
    assert registry.read_json(found, "toy/data.json") == {}


def test_other_bytes_than_the_pinned_are_refused(tmp_path, monkeypatch):
    def run(command, cwd, **_):
        (cwd / "toy-1.0.tgz").write_bytes(b"other")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(registry.shutil, "which", lambda _: "npm")
    monkeypatch.setattr(registry.subprocess, "run", run)
    with pytest.raises(DataError, match="do not use it"):
        registry.fetch("npm", "toy", "1.0", tmp_path, sha256="0" * 64)


def test_no_connection_is_an_error_that_says_so(tmp_path, monkeypatch):
    def run(command, **_):
        return subprocess.CompletedProcess(command, 1, "", "trace\nno route to host")

    monkeypatch.setattr(registry.subprocess, "run", run)
    with pytest.raises(DataError, match=r"no route to host.*needs a connection"):
        registry.fetch("pypi", "toy", "1.0", tmp_path, sha256="0" * 64)


def test_members_are_read_from_zip_and_tar_alike(tmp_path):
    (tmp_path / "a.zip").write_bytes(archive(b"1"))
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as tar:
        member = tarfile.TarInfo("toy/data.json")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"1"))
    for name in ("a.zip", "a.tgz"):
        assert registry.read_members(tmp_path / name, r"toy/.*\.json") == {"toy/data.json": b"1"}
        assert registry.read_member(tmp_path / name, "toy/data.json") == b"1"
        with pytest.raises(DataError, match=r"toy/none\.json"):
            registry.read_member(tmp_path / name, "toy/none.json")


def town(name, number, population=9_000, **names) -> Entry:
    made = Entry(name=name, lon=0.0, lat=0.0, country="AA", geonames=number, population=population)
    made.add(name, 100)
    for other in names.get("others", ()):
        made.add(other, 50)
    return made


def test_a_name_that_is_another_towns_own_weighs_little():
    large = town("Teresa", 1, 800_000, others=["Poti", "Teresita", "Тереса"])
    small = town("Poti", 2, 40_000)
    gazetteer.weigh([large, small])
    assert large.names["Poti"] < 30
    assert large.names["Teresita"] > 60
    assert large.names["Тереса"] > 80
    assert small.names["Poti"] == 100


def test_the_same_entries_give_the_same_bytes(tmp_path):
    towns = [town("Alma", 2), town("Bora", 1, others=["Bore", "Бора"])]
    gazetteer.write(tmp_path / "one.sqlite", towns, {}, [("bora", "AA", "en")])
    gazetteer.write(tmp_path / "two.sqlite", towns[::-1], {}, [("bora", "AA", "en")])
    assert (tmp_path / "one.sqlite").read_bytes() == (tmp_path / "two.sqlite").read_bytes()


def test_a_weak_name_of_a_table_is_marked_by_a_tilde(tmp_path):
    (tmp_path / "sites.csv").write_text(
        "name,country,lon,lat,kind,feature,uncertainty_km,locode,names\n"
        "Star Yard,AA,1,2,site,shipyard,3,,Star~|Stella\n",
        encoding="utf-8",
    )
    (entry,) = sources.read_places(tmp_path / "sites.csv", "site")
    assert entry.ref == "site:star-yard"
    assert entry.names == {"Star Yard": 100, "Star": sources.WEAK, "Stella": 95}


def test_a_hand_made_port_takes_over_the_listed_ports_names():
    own = Entry(name="Alma", lon=1, lat=1, kind="port", ref="port:AAALM", names={"Alma": 100})
    listed = Entry(name="Alma Town", lon=5, lat=5, kind="port", ref="port:AAALM")
    listed.add("Alma Town", 100)
    (merged,) = gazetteer.merge_ports([own], [listed])
    assert (merged.lon, set(merged.names)) == (1, {"Alma", "Alma Town"})


def test_a_hand_made_port_lies_where_its_small_town_was_measured():
    ports = [
        Entry(name=name, lon=1, lat=1, country="AA", kind="port", uncertainty_km=5.0)
        for name in ("Alma", "Large", "Far")
    ]
    towns = [town("Alma", 1), town("Large", 2), town("Far", 3)]
    for place, lon, population in zip(towns, (1.02, 1.02, 1.5), (900, 90_000, 900), strict=True):
        place.lon, place.lat, place.population = lon, 1.0, population
    gazetteer.settle(ports, towns)
    assert [port.lon for port in ports] == [1.02, 1, 1]


def test_airports_are_kept_where_no_town_stands_for_them(tmp_path):
    rows = [
        "iata,name,city,country,lat,lon",
        "AAA,Alma Airport,Alma,AA,0.1,0",  # beside its town
        "BBB,Great Name International Airport,Alma,AA,0.1,0",
        "CCC,Alma International Airport,Alma,AA,0.1,0",
        "DDD,Lonely Airport,Lonely,AA,40,40",
        ",Private Airport,Nowhere,AA,50,50",
    ]
    archive = tmp_path / "airports.whl"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("airportsdata/airports.csv", "\n".join(rows))
    alma = town("Alma", 1)
    alma.lon = alma.lat = 0.0
    found = {entry.ref: entry.names for entry in airports.read_airports(archive, [alma])}
    assert found == {
        "airport:BBB": {"Great Name International Airport": 100, "Great Name Airport": 95},
        "airport:DDD": {"Lonely Airport": 100, "Lonely": 90},
    }


LISTED = """
,"AA",,".AALAND",,,,,,,,
,"AA","NEW","Små Havn","Sma Havn",,"1-3-----","RL","2301",,"0015N 00030W",
,"AA","INX","Inlet, Far Isle","Inlet, Far Isle",,"--34----","RL","2301",,"0015S 00030E",
,"AA","EIG","Eigg","Eigg",,"1-------","RL","2301",,"0015N 00030E",
,"AA","BUS","Bush","Bush",,"-2------","RL","2301",,"0015N 00030E",
,"AA","KNO","Alma","Alma",,"1-------","RL","2301",,"0015N 00030E",
,"AA","FAM","Metropolis","Metropolis",,"1-------","RL","2301",,"0015N 00030E",
,"AA","ROA","Roadside","Roadside",,"--3-----","RL","2301",,"0015N 00030E",
,"AA","NOP","Nowhere","Nowhere",,"1-------","RL","2301",,"",
,"AA","BAD","Badlands","Badlands",,"1-------","RL","2301",,"4030N 04045E",
,"AA","SIX","Sixty","Sixty",,"1-------","RL","2301",,"0060N 00045E",
X,"AA","OLD","Oldport","Oldport",,"1-------","RL","2301",,"0015N 00030E",
,"AA","REJ","Rejected","Rejected",,"1-------","RR","2301",,"0015N 00030E",
"""


def test_places_of_trade_are_kept_where_no_known_place_has_their_name(tmp_path):
    archive = tmp_path / "pyunlocode.whl"
    with zipfile.ZipFile(archive, "w") as made:
        for number, part in enumerate(locodes.PARTS):
            text = "" if number else LISTED.strip()
            made.writestr(part, text.encode("latin-1"))
    alma, metropolis = town("Alma", 1), town("Metropolis", 2)
    alma.lon = alma.lat = 0.0
    metropolis.country, metropolis.population = "BB", 2_000_000
    found = locodes.read_locodes(archive, [alma, metropolis])
    assert {entry.ref: (entry.name, entry.lon, entry.lat) for entry in found} == {
        "locode:AAEIG": ("Eigg", 0.5, 0.25),
        "locode:AAINX": ("Inlet", 0.5, -0.25),
        "locode:AANEW": ("Små Havn", -0.5, 0.25),
    }


def test_ports_far_from_the_shore_are_doubted_unless_their_town_is_there():
    shore = np.array([[0.0, 0.0], [0.0, 1.0]])
    ports = [
        Entry(name=name, lon=lon, lat=0.0, country="AA", kind="port", uncertainty_km=5.0)
        for name, lon in (("Beach", 0.05), ("River", 2.0), ("Lost", 2.0))
    ]
    for port in ports:
        port.add(port.name, 100)
    river = town("River", 1)
    river.lon = 2.05
    sources.doubt_inland(ports, [river], shore)
    assert [port.uncertainty_km for port in ports[:2]] == [5.0, 10.0]
    # Two degrees along the equator are 222 km; more than 200 says nothing more.
    assert ports[2].uncertainty_km == 200.0


def test_the_middle_of_towns_on_both_sides_of_180():
    towns = [Entry(name=str(lon), lon=lon, lat=0.0) for lon in (179.0, -179.0, 178.0)]
    assert sources.middle(towns) == (179.0, 0.0)


def test_the_hand_made_tables_are_sound():
    folder = gazetteer.places_folder()
    refs = []
    for table, prefix in gazetteer.HAND_MADE:
        for entry in sources.read_places(folder / f"{table}.csv", prefix):
            refs.append(entry.ref)
            assert -180 <= entry.lon <= 180, entry.name
            assert -90 <= entry.lat <= 90, entry.name
            assert entry.uncertainty_km > 0, entry.name
            assert entry.country == "" or len(entry.country) == 2, entry.name
            assert entry.locode == "" or entry.locode[:2] == entry.country, entry.name
    assert len(refs) == len(set(refs))


def ring(*points) -> np.ndarray:
    return np.array([*points, points[0]], dtype=float)


def test_a_ring_over_180_is_cut_in_two():
    pieces = basemap.cut_ring(ring((179, 0), (-179, 0), (-179, 1), (179, 1)))
    assert union_all(pieces).equals(union_all([box(179, 0, 180, 1), box(-180, 0, -179, 1)]))


def test_a_ring_round_the_pole_is_closed_along_it():
    circle = ring(*((lon, -70) for lon in range(-180, 180, 30)))
    land = union_all(basemap.cut_ring(circle))
    assert land.covers(Point(10, -89))
    assert not land.covers(Point(10, -60))
    assert land.area == pytest.approx(360 * 20)


def test_crimea_goes_to_ukraine_and_taman_stays():
    crimea, taman, north = box(33, 44.5, 36, 46), box(36.7, 45, 38, 46), box(40, 50, 60, 60)
    countries = {"RU": union_all([crimea, taman, north]), "UA": box(25, 47, 35, 50)}
    given = basemap.give_crimea_to_ukraine(countries)
    assert given["UA"].covers(Point(34, 45))
    assert given["RU"].covers(Point(37, 45.5))
    assert not given["RU"].intersects(Point(34, 45))
    assert countries["RU"].covers(Point(34, 45))  # the argument has not changed


def test_an_overseas_part_gets_its_own_code():
    mainland, guiana = box(0, 44, 5, 49), box(-54, 3, -52, 5)
    apart = basemap.set_apart({"FR": union_all([mainland, guiana]), "NO": box(5, 60, 26, 71.1)})
    assert apart["GF"].equals(guiana)
    assert apart["FR"].equals(mainland)
    assert set(apart) == {"FR", "GF", "NO"}


def test_two_countries_share_their_border_once():
    # Two unit squares side by side; arc 0 is the line between them.
    topology = {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": [
            [[1, 0], [0, 1]],
            [[1, 1], [-1, 0], [0, -1], [1, 0]],
            [[1, 0], [1, 0], [0, 1], [-1, 0]],
        ],
        "objects": {
            "countries": {
                "geometries": [
                    {"type": "Polygon", "arcs": [[0, 1]], "id": "1", "properties": {"name": "A"}},
                    {"type": "Polygon", "arcs": [[2, -1]], "id": "2", "properties": {"name": "B"}},
                ]
            }
        },
    }
    arrays = basemap.make_scale("1m", topology, {"AA": {"isonumeric": 1}, "BB": {"isonumeric": 2}})
    assert list(arrays["1m_codes"]) == ["AA", "BB"]
    points = np.cumsum(arrays["1m_borders_steps"], axis=1).T / 1000
    assert sorted(map(tuple, points)) == [(1.0, 0.0), (1.0, 1.0)]


def test_a_written_index_answers(tmp_path):
    gazetteer.write(tmp_path / "one.sqlite", [town("Alma", 2)], {})
    assert Gazetteer(tmp_path / "one.sqlite").candidates("alma")[0].id == "geonames:2"


def test_a_port_listed_in_degrees_and_minutes_is_turned():
    # Gennevilliers lies at 48 degrees 56 minutes north, 2 degrees 18 minutes east.
    port = Entry(name="Gennevilliers", lon=2.18, lat=48.56, country="FR", kind="port")
    decimal = Entry(name="Durres", lon=19.448813, lat=41.318731, country="AL", kind="port")
    beside = Entry(name="Ulm", lon=9.5, lat=48.4, country="DE", kind="port")
    town = Entry(name="Ulm", lon=9.51, lat=48.41, country="DE")
    port_points.mend_minutes([port, decimal, beside], [town])
    assert (port.lon, port.lat) == (2.3, 48.93333)
    assert (decimal.lon, decimal.lat) == (19.448813, 41.318731)
    assert (beside.lon, beside.lat) == (9.5, 48.4)


def test_an_old_name_in_cyrillic_weighs_less_than_the_name_of_another_town():
    kaliningrad = Entry(name="Kaliningrad", lon=20.5, lat=54.7, country="RU", population=475_000)
    korolev = Entry(name="Korolev", lon=37.8, lat=55.9, country="RU", population=140_000)
    for town in (kaliningrad, korolev):
        town.names = {town.name: 100, "Калининград": 50}
    korolev.names["Королёв"] = 50
    gazetteer.weigh([kaliningrad, korolev])
    assert kaliningrad.names["Калининград"] == korolev.names["Королёв"] == 85
    assert korolev.names["Калининград"] < 40


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("fr", "Vostotchny"), ("de", "Wostotschny"), ("pl", "Wostocznyj"), ("en", "Vostochny")],
)
def test_a_russian_name_is_spelt_by_the_habits_of_a_language(lang, expected):
    assert spellings.spelt("Восточный", lang) == expected


def test_a_name_stands_without_the_word_for_its_kind():
    assert list(spellings.bare_names("cosmodrome de Vostotchny")) == ["Vostotchny"]
    assert list(spellings.bare_names("Kosmodrom Wostotschny")) == ["Wostotschny"]
    assert list(spellings.bare_names("Port Hedland")) == []
