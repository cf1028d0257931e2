import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from geo_routes.cli import main

REPORT = Path(__file__).parent.parent / "data/reports/coree-du-nord-russie-2023-fr.txt"
ROUTE_FILE = Path(__file__).parent.parent / "data/routes/coree-du-nord-russie-2023.yaml"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*arguments, **options):
        return CliRunner().invoke(main, [str(word) for word in arguments], **options)

    return call


def test_map_writes_the_page_and_leaves_the_draft_beside_it(run, tmp_path):
    result = run("map", REPORT, "-o", "map.html")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "map.html").read_text()
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "http-equiv" in page
    assert (tmp_path / "map.yaml").exists()
    assert run("check", "map.yaml").exit_code == 0


def test_a_route_file_maps_to_the_same_legs_as_its_report(run):
    assert run("map", REPORT, "-o", "map.html").exit_code == 0
    drafted = json.loads(run("draft", REPORT, "--json").output)
    assert run("export", "map.yaml", "-o", "a.geojson").exit_code == 0
    assert run("export", REPORT, "-o", "b.geojson").exit_code == 0

    def lines(name):
        features = json.loads(Path(name).read_text())["features"]
        return [f["geometry"] for f in features if "LineString" in f["geometry"]["type"]]

    assert len(lines("a.geojson")) == len(drafted["legs"])
    assert lines("a.geojson") == lines("b.geojson")


def test_a_long_report_is_announced(run, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr("geo_routes.cli.reading.talk", told.append)
    (tmp_path / "long.txt").write_text("The harvest was good and bread was cheap. " * 600)
    assert run("draft", "long.txt").exit_code == 3
    assert any("A long report" in message for message in told)


def test_the_example_report_gives_its_two_legs(run):
    draft = json.loads(run("draft", REPORT, "--json").output)
    done = [leg for leg in draft["legs"] if leg["claim"]["status"] in {"reported", "inferred"}]
    assert [leg["mode"] for leg in done] == ["sea", "rail"]
    sea, rail = done
    assert draft["places"][sea["from"]]["region"]["of"] == "KP"
    assert sea["to"] == rail["from"]
    dunay = draft["places"][sea["to"]]
    # Dunay in Primorye, by the gazetteer of GeoNames: 42.88 N, 132.36 E.
    assert (float(dunay["lon"]), float(dunay["lat"])) == pytest.approx((132.36, 42.88), abs=0.1)
    region = draft["places"][rail["to"]]["region"]
    assert (region["of"], region["side"]) == ("RU", "SW")
    assert {leg["claim"].get("denied_by") for leg in done} == {"Pyongyang"}
    assert sea["flag"] == "RU"
    text = REPORT.read_text()
    for leg in done:
        assert leg["departure"].startswith("2023-09-07")
        evidence = leg["evidence"]
        for quote in evidence if isinstance(evidence, list) else [evidence]:
            start = int(quote["start"])
            assert text[start : start + len(quote["exact"])] == quote["exact"]


def test_the_reviewed_route_is_mapped_in_russia_alone(run):
    assert run("map", ROUTE_FILE, "-o", "reviewed.html").exit_code == 0
    assert run("export", ROUTE_FILE, "-o", "legs.geojson").exit_code == 0


def test_route_tells_length_and_method(run):
    result = run("route", "130.30,42.24", "132.35,42.88", "--mode", "sea")
    assert result.exit_code == 0
    assert "sea network" in result.output


def test_route_prints_json(run):
    result = run("route", "Rajin", "Dunay", "--json")
    collection = json.loads(result.output)
    assert collection["features"][0]["properties"]["mode"] == "sea"


def test_latitude_before_longitude_is_a_usage_error_that_shows_the_right_order(run):
    result = run("geocode", "Dounaï", "--near", "43.1,131.9")
    assert result.exit_code == 2
    assert "write 131.9,43.1" in result.output


def test_a_bad_table_of_own_places_is_a_usage_error_told_once(run, tmp_path):
    own, reports = tmp_path / "own.csv", tmp_path / "reports"
    own.write_text("name,lon,lat\nDepot,east,51\n", encoding="utf-8")
    reports.mkdir()
    (reports / "one.txt").write_text("The train left the depot.", encoding="utf-8")
    for words in (["draft", REPORT], ["batch", reports, "-o", tmp_path / "maps"]):
        result = run(*words, "--places", own)
        assert (result.exit_code, "own.csv:2" in result.output) == (2, True), result.output


TABLES = {
    "legs.csv": "from,to,mode,departure\nPetropavlovsk,Adak,air,2023-05-01\n",
    "places.csv": "name,lon,lat,country\nPetropavlovsk,158.65,53.02,RU\nAdak,-176.65,51.88,US\n",
    "track.csv": "time,lat,lon\n2023-05-01T00:00Z,53.02,158.65\n2023-05-02T00:00Z,51.88,-176.65\n",
}


def test_tables_become_a_route_file_and_a_track_is_laid_over_its_leg(run, tmp_path):
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = run("import", "legs.csv", "--places", "places.csv", "-o", "route.yaml")
    assert result.exit_code == 0, result.output
    assert run("check", "route.yaml").exit_code == 0
    told = run("track", "route.yaml", "track.csv").output
    assert "2 positions" in told
    assert "Gap: 2023-05-01 00:00 to 2023-05-02 00:00 UTC, 24.0 h" in told
    found = json.loads(run("track", "route.yaml", "track.csv", "--gap-hours", 48, "--json").output)
    assert found["gaps"] == []
    assert found["largest_km"] == pytest.approx(0, abs=0.01)
    # GeographicLib: 1,675.7 km from Petropavlovsk to Adak.
    assert found["leg_km"] == pytest.approx(1675.7, abs=1)


def test_a_leg_that_is_not_there_is_a_usage_error(run, tmp_path):
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    run("import", "legs.csv", "--places", "places.csv", "-o", "route.yaml")
    result = run("track", "route.yaml", "track.csv", "--leg", 2)
    assert (result.exit_code, "1 leg." in result.output) == (2, True)


def test_geocode_lists_candidates_and_prints_json(run):
    result = run("geocode", "Dounaï", "--near", "Vladivostok", "--json")
    first = json.loads(result.output)["features"][0]
    assert first["properties"]["country"] == "RU"
    assert first["geometry"]["coordinates"] == pytest.approx([132.36, 42.88], abs=0.1)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["map", "nowhere.txt", "-o", "x.html"], 2, "nowhere.txt does not exist"),
        (["map", "empty.txt", "-o", "x.html"], 2, "empty.txt is empty"),
        (["map", "binary.txt", "-o", "x.html"], 2, "binary.txt is not text"),
        (["map", "still.txt", "-o", "x.html"], 3, "no movement"),
        (["map", "bad.yaml", "-o", "x.html"], 2, "bad.yaml"),
        (["map", "still.txt", "-o", "nowhere/x.html"], 2, "mkdir"),
        (["map", "still.txt", "-o", "still.txt"], 2, "--overwrite"),
        (["geocode", "Xqzwvbqx"], 3, "Xqzwvbqx"),
        (["route", "Xqzwvbqx", "Dunay"], 3, "Xqzwvbqx"),
        (["route", "130.3,42.2", "132.3,42.9", "--avoid", "sewers"], 2, "sewers"),
        (["data", "verify", "nothing"], 6, "nothing"),
    ],
)
def test_bad_input_gets_one_line_and_its_exit_code(run, tmp_path, arguments, code, words):
    (tmp_path / "empty.txt").touch()
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "still.txt").write_text("The mayor spoke about the weather and the price of bread.")
    (tmp_path / "bad.yaml").write_text(
        "schema: geo-routes/1\nlegs:\n  - {from: a, to: b, mode: sae}"
    )
    before = {path.name for path in tmp_path.iterdir()}
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert words in result.output
    assert "Traceback" not in result.output
    assert {path.name for path in tmp_path.iterdir()} == before


def test_draft_to_stdout_is_a_route_file_again(run, tmp_path):
    result = run("draft", REPORT)
    (tmp_path / "again.yaml").write_text(result.output)
    assert run("map", "again.yaml", "-o", "again.html").exit_code == 0


def test_data_sets_are_listed_and_whole(run):
    listed = json.loads(run("data", "list", "--json").output)
    assert {"gazetteer", "sea", "rail"} <= {row["name"] for row in listed}
    assert all(row["licence"] and row["sha256"] and row["sources"] for row in listed)
    assert run("data", "verify").exit_code == 0


def every_command(group=main, path=()):
    """List the commands below a group with their words, as a user types them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))
        else:
            yield (*path, name), command


def test_every_command_shows_an_example_of_itself():
    found = dict(every_command())
    assert {("map",), ("data", "build")} <= found.keys()
    for words, command in found.items():
        assert f"Example: geo-routes {' '.join(words)}" in command.help


def test_the_list_of_commands_says_what_each_says_of_itself(run):
    listed = " ".join(run("--help").output.split())
    context = click.Context(main)
    for name in main.list_commands(context):
        first_line = main.get_command(context, name).help.strip().splitlines()[0]
        assert f"{name} {first_line}" in listed


def test_an_unknown_command_is_a_usage_error(run):
    assert run("mapp").exit_code == 2


def test_help_imports_neither_frames_nor_maps():
    code = (
        "import sys; from click.testing import CliRunner; from geo_routes.cli import main;"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0;"
        "print(sorted({'pandas', 'geopandas', 'folium', 'numpy', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
