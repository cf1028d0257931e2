import json

import numpy as np
import pytest
from click.testing import CliRunner

from geo_routes.builders import (
    rail,
    rail_countries,
    rail_gaps,
    rail_pack,
    rail_refine,
    rail_supplement,
    rail_tags,
    rail_tracks,
)
from geo_routes.builders.arrays import write_npz
from geo_routes.builders.registry import Package
from geo_routes.cli import main
from geo_routes.errors import DataError
from geo_routes.networks.rail import RailNetwork

osmium = pytest.importorskip("osmium")
from geo_routes.builders import rail_osm  # noqa: E402 - needs osmium

# A made-up line in the empty north of Kazakhstan: 0.1 degree of latitude is 11.12 km.
SOUTH, MIDDLE, NORTH = (70.0, 50.0), (70.0, 50.1), (70.0, 50.2)
FAR_SOUTH, FAR_NORTH = (70.0, 49.5), (70.0, 50.7)
STEP_KM = 11.12


def tracks_along(*points, **tags):
    blank, chain = rail_tracks.empty_tracks().with_points(np.array(points))
    return blank.with_pairs(rail_tracks.chain_pairs(chain), **tags)


def write_osm(path, ways):
    """Write ways ({tags}, [(ref, lon, lat), ...]) as an OpenStreetMap file."""
    nodes = {ref: (lon, lat) for _, course in ways for ref, lon, lat in course}
    with osmium.SimpleWriter(str(path)) as writer:
        for ref, lonlat in sorted(nodes.items()):
            writer.add_node(osmium.osm.mutable.Node(id=ref, location=lonlat, version=1))
        for number, (tags, course) in enumerate(ways, start=1):
            refs = [ref for ref, _, _ in course]
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=refs, tags=tags, version=1))
    return path


@pytest.fixture(params=["extract.osm.pbf", "extract.osm"])
def extract(tmp_path, request):
    main = {"railway": "rail", "gauge": "1520", "usage": "main", "electrified": "contact_line"}
    train_ferry = {"route": "ferry", "train": "yes", "gauge": "1520;1435"}
    bend = [(1, *SOUTH), (2, 70.05, 50.05), (3, *MIDDLE)]
    return write_osm(
        tmp_path / request.param,
        [
            (main, bend),
            ({**main, "electrified": "no", "highspeed": "yes"}, [(3, *MIDDLE), (4, *NORTH)]),
            ({"railway": "rail", "service": "yard"}, [(3, *MIDDLE), (5, 70.1, 50.1)]),
            ({"railway": "tram"}, [(3, *MIDDLE), (6, 70.2, 50.1)]),
            (train_ferry, [(4, *NORTH), (7, 70.3, 50.2)]),
            ({"route": "ferry"}, [(4, *NORTH), (8, 70.4, 50.2)]),
        ],
    )


def test_an_extract_gives_track_with_the_lengths_of_its_full_course(extract):
    tracks = rail_osm.read_osm(extract)
    is_track = tracks.kind == rail_tracks.TRACK
    # Twice the hypotenuse of 0.05 degree of latitude and of longitude at 50 degrees north.
    assert tracks.km[is_track].sum() == pytest.approx(2 * 6.606 + STEP_KM, rel=0.002)


def test_gauge_usage_wires_and_ferries_are_read_from_tags(extract):
    tracks = rail_osm.read_osm(extract)
    assert set(tracks.gauge.tolist()) == {1520, 1520 * 10_000 + 1435}
    assert set(tracks.usage.tolist()) == {0, rail_tracks.MAIN, rail_tracks.HIGH_SPEED}
    high_speed = tracks.usage == rail_tracks.HIGH_SPEED
    assert set(tracks.electrified[high_speed]) == {rail_tracks.NOT_ELECTRIFIED}
    assert set(tracks.electrified[tracks.usage == rail_tracks.MAIN]) == {rail_tracks.ELECTRIFIED}
    assert (tracks.kind == rail_tracks.FERRY).sum() == 1


def test_yards_trams_and_ferries_without_trains_are_left_out(extract):
    reached = {tuple(point) for point in rail_osm.read_osm(extract).points.round(3)}
    assert not reached & {(70.1, 50.1), (70.2, 50.1), (70.4, 50.2)}


def test_an_extract_without_railways_is_an_error(tmp_path):
    empty = write_osm(tmp_path / "road.osm", [({"highway": "path"}, [(1, *SOUTH), (2, *NORTH)])])
    with pytest.raises(DataError, match="holds no railway"):
        rail_osm.read_osm(empty)


def test_what_is_no_extract_is_an_error_that_names_the_file(tmp_path):
    wrong = tmp_path / "notes.osm.pbf"
    wrong.write_text("no map")
    with pytest.raises(DataError, match=r"notes\.osm\.pbf"):
        rail_osm.read_osm(wrong)


@pytest.mark.parametrize("area", [None, "69.5,49.9,70.5,50.3"])
def test_an_extract_replaces_the_chord_in_its_area_and_is_joined_to_the_rest(
    extract, area, tmp_path
):
    world = tracks_along(FAR_SOUTH, SOUTH, NORTH, FAR_NORTH)
    joined = rail_osm.replace_area(world, rail_osm.read_osm(extract), area)
    network = packed_network(joined, tmp_path)
    way = network.route(FAR_SOUTH, FAR_NORTH)
    straight_km = 1.2 * 10 * STEP_KM
    # The bend is 2 km longer than the chord that it replaces.
    assert way.length_km == pytest.approx(straight_km + 2 * 6.606 - STEP_KM, rel=0.01)
    assert any(abs(lon - 70.05) < 0.001 for lon, _ in way.line.coords)


def test_an_area_that_is_none_is_refused():
    for text in ("1,2,3", "a,b,c,d", "10,50,5,60"):
        with pytest.raises(ValueError, match="west,south,east,north"):
            rail_osm.read_area(text)


def packed_network(tracks, folder):
    write_npz(folder / "small.npz", rail.assemble(tracks), compress=False)
    return RailNetwork(folder / "small.npz")


def test_a_rebuild_gives_the_same_bytes(tmp_path, extract):
    tracks = rail_osm.read_osm(extract)
    for name in ("one.npz", "two.npz"):
        write_npz(tmp_path / name, rail.assemble(tracks), compress=False)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_gap_between_two_parts_is_healed_and_flagged():
    both = rail_osm.replace_area(
        tracks_along(FAR_SOUTH, (70.0, 49.95)), tracks_along(SOUTH, NORTH), "69,50,71,51"
    )
    healed = rail_gaps.heal_gaps(both)
    assert healed.km[healed.kind == rail_tracks.CONNECTOR].sum() == pytest.approx(5.56, rel=0.01)


def test_no_rule_joins_two_countries():
    both, chain = tracks_along(FAR_SOUTH, (70.0, 49.95)).with_points(np.array([SOUTH, NORTH]))
    both = both.with_pairs(rail_tracks.chain_pairs(chain))
    assert len(rail_gaps.heal_gaps(both, np.array([0, 0, 1, 1])).pairs) == 2
    assert len(rail_gaps.heal_gaps(both, np.array([0, 0, 0, 0])).pairs) == 3


@pytest.mark.parametrize(("lat", "found"), [(48.98, {"CA"}), (48.85, {"CA", "US"})])
def test_track_that_dips_over_a_border_for_a_few_km_stays_at_home(lat, found):
    # From Canada, whose border is the 49th parallel, 2 or 17 km south, and back.
    course = [(-100.0, 49.2), (-99.9, 49.05), (-99.8, lat), (-99.7, lat), (-99.6, 49.05)]
    numbers, codes = rail_countries.find_countries(tracks_along(*course, (-99.5, 49.2)))
    assert {codes[number] for number in numbers} == found


def test_a_gap_of_more_than_ten_km_is_left_open():
    both = tracks_along(FAR_SOUTH, (70.0, 49.85))
    both, chain = both.with_points(np.array([SOUTH, NORTH]))
    both = both.with_pairs(rail_tracks.chain_pairs(chain))
    assert len(rail_gaps.heal_gaps(both).pairs) == 2


def test_a_dead_end_beside_a_through_line_is_joined_to_it_where_the_way_round_is_long():
    # Round by the east 43 + 11 + 42 km, while the end stops 0.7 km short of the chord's middle.
    round_about = ((70.6, 50.0), (70.6, 50.1), (70.01, 50.1))
    both, chain = tracks_along(SOUTH, NORTH).with_points(np.array(round_about))
    broken = both.with_pairs(rail_tracks.chain_pairs(np.array([0, *chain])))
    healed = rail_gaps.heal_gaps(broken)
    assert healed.km[healed.kind == rail_tracks.CONNECTOR].sum() == pytest.approx(0.72, abs=0.05)
    assert healed.km.sum() == pytest.approx(broken.km.sum() + 0.72, abs=0.05)


def test_both_tracks_of_a_broken_line_are_joined_ahead_and_not_to_each_other():
    # Both tracks end 0.2 km short of the line's other half, which is reached by the east as well.
    ends = [
        (70.0, 50.098),
        (70.001, 50.098),
        (70.0, 50.1),
        (70.0, 50.2),
        (70.6, 50.2),
        (70.6, 50.0),
    ]
    both, chain = tracks_along(SOUTH).with_points(np.array(ends))
    first, second, *rest = chain
    broken = both.with_pairs(np.array([[0, first], [0, second]]))
    broken = broken.with_pairs(rail_tracks.chain_pairs(np.array([*rest, 0])))
    healed = rail_gaps.heal_gaps(broken)
    new = healed.pairs[healed.kind == rail_tracks.CONNECTOR]
    assert rest[0] in new
    assert [first, second] not in new.tolist()


def test_a_dead_end_beside_a_line_that_it_soon_meets_is_left_alone():
    both, chain = tracks_along(SOUTH, NORTH).with_points(np.array([(70.02, 50.0), (70.01, 50.1)]))
    beside = both.with_pairs(rail_tracks.chain_pairs(np.array([0, *chain])))
    assert len(rail_gaps.heal_gaps(beside).pairs) == len(beside.pairs)


def test_what_a_finer_network_alone_has_is_added_and_joined(tmp_path):
    world = tracks_along(SOUTH, NORTH)
    fine, chain = tracks_along(SOUTH, MIDDLE, NORTH).with_points(np.array([(70.3, 50.1)]))
    fine = fine.with_pairs(np.array([[1, chain[0]]]))
    whole = rail_supplement.supplement(world, fine)
    assert whole.km.sum() == pytest.approx(2 * STEP_KM + 21.4, abs=0.1)
    way = packed_network(whole, tmp_path).route(NORTH, (70.3, 50.1))
    assert way.destination_snap_km < 0.1
    assert way.connector_km == 0


def test_a_patch_has_its_published_length_and_may_end_where_no_track_is():
    row = {"kind": "track", "coordinates": "70.0 50.2;70.0 50.7", "km": "60", "gauge": "1520"}
    patched = rail_gaps.patch_gaps(tracks_along(SOUTH, NORTH), [row])
    new = patched.kind == rail_tracks.CONNECTOR
    assert patched.km[new].sum() == pytest.approx(60)
    assert patched.points[patched.pairs[new].max()] == pytest.approx(FAR_NORTH)


def test_track_of_two_gauges_takes_both_without_a_break():
    tracks = tracks_along(SOUTH, MIDDLE, NORTH)
    dual = 1520 * 10_000 + 1435
    tags = np.array([[0, 0, 0, 1520, 0], [0, 0, 0, dual, 0]])
    arrays = rail_pack.pack(tracks, tags)
    gauges = arrays["tags"][arrays["tag"], 3].tolist()
    assert sorted(gauge for gauge in gauges if gauge) == [1435, 1520, 1520]


def test_a_chord_takes_the_course_of_a_finer_network():
    world = tracks_along(SOUTH, NORTH, km=np.array([2 * STEP_KM + 0.4]))
    bend = [list(SOUTH), [70.02, 50.1], list(NORTH)]
    feature = {
        "geometry": {"coordinates": bend},
        "properties": {"gauge": "1520", "electrified": True},
    }
    fine = rail_refine.read_alignment({"features": [feature]})
    refined = rail_refine.refine_by(world, fine)
    assert refined.km.sum() == pytest.approx(2 * STEP_KM + 0.4)
    assert [70.02, 50.1] in refined.points.tolist()
    assert set(refined.gauge.tolist()) == {1520}


def test_track_that_high_speed_trains_share_stays_a_main_line():
    # The only other way, by the east, is several times as long.
    round_about = ((71.0, 50.0), (71.0, 50.2))
    tracks, chain = tracks_along(SOUTH, MIDDLE, NORTH).with_points(np.array(round_about))
    tracks = tracks.with_pairs(rail_tracks.chain_pairs(np.array([0, *chain, 2])))
    course = f"{SOUTH[0]} {SOUTH[1]};{NORTH[0]} {NORTH[1]}"
    rows = [
        {"name": "Fast", "role": "highspeed", "points": course},
        {"name": "Old", "role": "main", "points": course},
    ]
    lines = rail_tags.find_lines(tracks, rows)
    assert [lines.names[number] for number in lines.number] == ["Old", "Old", "", "", ""]


def test_a_healed_gap_is_passed_only_where_the_way_round_is_long(tmp_path):
    # A gap of 1 km, or 6 km round it over known track; and one of 1 km, or 40 km round.
    for round_km, passes in ((6, False), (40, True)):
        lat = 50.0 + (round_km - 1) / 2 / 111.2
        corners = [(70.0, lat), (70.014, lat)]
        ends = [(69.5, 50.0), (70.0, 50.0), (70.014, 50.0), (70.514, 50.0)]
        tracks, chain = tracks_along(ends[0], ends[1]).with_points(np.array(ends[2:] + corners))
        third, fourth, *upper = chain
        tracks = tracks.with_pairs(np.array([[third, fourth]]))
        tracks = tracks.with_pairs(rail_tracks.chain_pairs(np.array([1, *upper, third])))
        gap = np.array([[1, third]])
        tracks = tracks.with_pairs(gap, kind=rail_tracks.CONNECTOR, usage=rail_tracks.GAP)
        way = packed_network(tracks, tmp_path).route(ends[0], ends[3])
        assert (way.connector_km > 0) == passes


def test_the_wires_that_an_extract_tells_of_are_told_of_the_way(extract, tmp_path):
    network = packed_network(rail_osm.read_osm(extract), tmp_path)
    way = network.route(SOUTH, NORTH)
    assert "Electrified for 13 of the 24 km where this is known." in way.notes


def test_the_command_builds_a_network_with_an_extract_in_place_of_the_chord(
    extract, tmp_path, monkeypatch
):
    monkeypatch.setattr(rail, "REFINERS", ())
    monkeypatch.setattr(Package, "fetch", lambda _, cache: cache / "none.whl")
    world = tracks_along(FAR_SOUTH, SOUTH, NORTH, FAR_NORTH)
    monkeypatch.setattr(rail, "read_package", lambda _: world)
    command = ["data", "build", "rail", "--osm", str(extract), "--area", "69.5,49.9,70.5,50.3"]
    result = CliRunner().invoke(
        main, [*command, "--into", str(tmp_path / "own"), "--cache", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    way = RailNetwork(tmp_path / "own" / "rail.npz").route(FAR_SOUTH, FAR_NORTH)
    assert any(abs(lon - 70.05) < 0.001 for lon, _ in way.line.coords)
    entry = json.loads((tmp_path / "own" / "catalogue.json").read_text())["rail"]
    assert any(extract.name in source for source in entry["sources"])
    assert entry["licence"] == "ODbL-1.0"


def test_an_extract_goes_with_the_data_set_rail_alone(extract):
    result = CliRunner().invoke(main, ["data", "build", "sea", "--osm", str(extract)])
    assert result.exit_code == 2
    assert "rail" in result.output
    result = CliRunner().invoke(main, ["data", "build", "rail", "--area", "1,2,3,4"])
    assert result.exit_code == 2
    assert "osm" in result.output


def test_a_way_cut_at_the_extracts_edge_keeps_the_part_that_is_there(tmp_path):
    rail_tags_of_way = {"railway": "rail", "gauge": "1520"}
    whole = write_osm(
        tmp_path / "cut.osm", [(rail_tags_of_way, [(1, *SOUTH), (2, *MIDDLE), (3, *NORTH)])]
    )
    lines = whole.read_text().splitlines()
    # osmium extract leaves out nodes beyond the edge, and keeps the way that names them.
    whole.write_text("\n".join(line for line in lines if '<node id="3"' not in line))
    assert rail_osm.read_osm(whole).km.sum() == pytest.approx(STEP_KM, rel=0.002)


def test_a_build_tells_on_a_terminal_how_far_it_has_come(extract, tmp_path, monkeypatch):
    monkeypatch.setattr(rail, "REFINERS", ())
    monkeypatch.setattr(Package, "fetch", lambda _, cache: cache / "none.whl")
    monkeypatch.setattr(rail, "read_package", lambda _: tracks_along(FAR_SOUTH, SOUTH, NORTH))
    told = []
    monkeypatch.setattr("geo_routes.cli.data.talk", told.append)
    command = ["data", "build", "rail", "--osm", str(extract), "--into", str(tmp_path)]
    result = CliRunner().invoke(main, [*command, "--cache", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert any(extract.name in line for line in told)
