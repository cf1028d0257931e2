"""
Rail distances against published ones, beside scgraph on the graph that the network is made from.

Run: python benchmarks/rail.py CACHE [DISTANCES.csv] > benchmarks/results-rail.md

scgraph_data does not import beside scgraph 3, so its world_railways is read as data and given to
scgraph's own search. Where the list names stops, both sides are asked with and without them.
Times are CPU time.
"""

from __future__ import annotations

import csv
import statistics
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from scgraph import GeoGraph

from geo_routes import datasets
from geo_routes.builders import rail as builder
from geo_routes.builders.rail_tracks import read_package
from geo_routes.networks.rail import RailNetwork

HERE = Path(__file__).parent
LISTS = (
    HERE.parent / "tests" / "rail_probe.csv",
    HERE / "rail_lines.csv",
    HERE / "rail_published.csv",
    HERE / "rail_fresh.csv",
    HERE / "rail_unseen.csv",
    HERE / "rail_check.csv",
)
CODES = {
    "China": "CN", "Mongolia": "MN", "Kazakhstan": "KZ", "North Korea": "KP",
    "Bangladesh": "BD", "United States of America": "US",
}  # fmt: skip

Row = tuple[list[tuple[float, float]], set[str], float]


def read_rows(path: Path) -> list[Row]:
    """Read points (via included), countries to avoid and published km; rows without km are left."""
    rows = []
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if not row["km"]:
                continue
            via = [read_stop(stop) for stop in (row.get("via") or "").split("|") if stop]
            ends = [(float(row[f"{e}_lon"]), float(row[f"{e}_lat"])) for e in ("from", "to")]
            avoid = {CODES[c] for c in (row.get("avoid_countries") or "").split("|") if c}
            rows.append(([ends[0], *via, ends[1]], avoid, float(row["km"])))
    return rows


def read_stop(text: str) -> tuple[float, float]:
    """Read "Omsk@54.94@73.39" or "73.39 54.94"."""
    if "@" in text:
        _, lat, lon = text.split("@")
    else:
        lon, lat = text.split()
    return float(lon), float(lat)


def open_scgraph(archive: Path) -> GeoGraph:
    """Give scgraph the package's graph."""
    tracks = read_package(archive)
    graph: list[dict[int, float]] = [{} for _ in tracks.points]
    for (a, b), km in zip(tracks.pairs.tolist(), tracks.km.tolist(), strict=True):
        graph[a][b] = graph[b][a] = km
    return GeoGraph(graph=graph, nodes=tracks.points[:, ::-1].tolist())


def measure(name: str, rows: list[Row], ask: Callable[[Row], float]) -> None:
    """Print one row of a table."""
    errors, seconds = [], []
    for row in rows:
        started = time.process_time()
        try:
            errors.append(100 * (ask(row) / row[2] - 1))
        except Exception:  # scgraph raises no narrower one where there is no way
            errors.append(np.inf)
        seconds.append(time.process_time() - started)
    found = [abs(error) for error in errors if np.isfinite(error)]
    signed = statistics.median(error for error in errors if np.isfinite(error))
    within = sum(error <= 5 for error in found) / len(rows)
    print(
        f"| {name} | {len(found)} of {len(rows)} | {statistics.median(found):.2f} % "
        f"| {signed:+.2f} % | {within:.0%} | {1000 * statistics.median(seconds):.0f} ms |"
    )


def main() -> None:
    """Measure and print a table for each list of published distances."""
    cache, more = Path(sys.argv[1]), [Path(path) for path in sys.argv[2:]]
    started = time.process_time()
    network = RailNetwork()
    load = time.process_time() - started
    started = time.process_time()
    network.route((37.657, 55.777), (40.422, 56.129))
    first = time.process_time() - started
    far = []
    for _ in range(5):
        started = time.process_time()
        network.route((37.657, 55.777), (131.882, 43.111))
        far.append(time.process_time() - started)
    size = datasets.path("rail").stat().st_size / 1e6
    peer = open_scgraph(builder.NETWORK.fetch(cache))

    def ours(row: Row, *, stops: bool) -> float:
        points, avoid, _ = row
        if not stops:
            return network.route(points[0], points[-1]).length_km
        return network.route(points[0], points[-1], via=points[1:-1], avoid=avoid).length_km

    def theirs(row: Row, *, stops: bool) -> float:
        points = row[0] if stops else [row[0][0], row[0][-1]]
        ends = [{"longitude": lon, "latitude": lat} for lon, lat in points]
        return float(
            sum(
                peer.get_shortest_path(a, b, length_only=True, silent=True)["length"]
                for a, b in pairwise(ends)
            )
        )

    print("# Rail: published distances\n\nPrinted by `benchmarks/rail.py`. Times are CPU time.\n")
    print(
        f"Data {size:.1f} MB. Load {1000 * load:.0f} ms; the first query {1000 * first:.0f} ms; "
        f"Moscow to Vladivostok {1000 * statistics.median(far):.0f} ms."
    )
    for path in [*LISTS, *more]:
        rows = read_rows(path)
        print(f"\n## {path.stem}: {len(rows)} published distances\n")
        print("| way | routed | median error | signed | within 5 % | query |")
        print("| --- | --- | --- | --- | --- | --- |")
        sides: tuple[tuple[str, Callable[..., float]], ...] = (
            ("geo_routes", ours),
            ("scgraph", theirs),
        )
        for name, side in sides:
            for stops in (False, True):
                asked = "ends and stops" if stops else "ends only"
                measure(f"{name}, {asked}", rows, lambda row, s=side, v=stops: s(row, stops=v))


if __name__ == "__main__":
    main()
