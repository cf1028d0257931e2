"""Many reports: the bad ones are rows, and a stopped run goes on."""

import shutil
from pathlib import Path

import pytest

from geo_routes.batch import SUMMARY, find_reports, map_reports

dask = pytest.importorskip("dask")
REPORT = Path(__file__).parent.parent / "data/reports/coree-du-nord-russie-2023-fr.txt"


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    shutil.copy(REPORT, folder)
    (folder / "weather.txt").write_text("It rained all week.\n" * 9, encoding="utf-8")
    (folder / "broken.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "table.csv").write_text("no,report\n", encoding="utf-8")
    return find_reports(folder)


def test_each_report_is_one_row_and_progress_is_told(reports, tmp_path):
    told = []
    with dask.config.set(scheduler="synchronous"):
        summary = map_reports(
            reports, tmp_path, draw=False, progress=lambda done, total: told.append((done, total))
        )
        again = map_reports(reports, tmp_path, draw=False, resume=True)
    # In the order of the paths: broken.txt, the report, weather.txt.
    assert summary.status.tolist() == ["failed", "mapped", "no movement"], summary.message.tolist()
    assert told == [(3, 3)]
    assert again.status.tolist() == summary.status.tolist()
    assert (tmp_path / SUMMARY).is_file()


def test_a_progress_bar_counts_what_an_earlier_run_did(reports, tmp_path, capsys):
    weather = [path for path in reports if path.name == "weather.txt"]
    with dask.config.set(scheduler="synchronous"):
        map_reports(weather, tmp_path, draw=False)
        map_reports(
            [*weather, *(path for path in reports if path.name == "broken.txt")],
            tmp_path,
            draw=False,
            resume=True,
            progress=True,
        )
    assert "2/2" in capsys.readouterr().err


def test_own_places_are_read_in_every_report(tmp_path):
    own, report = tmp_path / "own.csv", tmp_path / "report.txt"
    own.write_text("name,lon,lat\nQuay Zorblax,4.0,51.95\n", encoding="utf-8")
    report.write_text(
        "On 3 May 2023 the ship Alma sailed from Quay Zorblax to Hamburg with steel.",
        encoding="utf-8",
    )
    with dask.config.set(scheduler="synchronous"):
        map_reports([report], tmp_path, draw=False, places=own)
    (route,) = tmp_path.glob("*.yaml")
    assert "Quay Zorblax" in route.read_text(encoding="utf-8")
