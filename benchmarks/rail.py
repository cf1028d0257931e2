"""
Rail distances against published ones, beside the shortest path over scgraph_data's raw graph.

Run: python benchmarks/rail.py CACHE [DISTANCES.csv]
"""

from __future__ import annotations

import csv
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo_routes.builders import rail as builder
from geo_routes.networks.rail import RailNetwork

PROBE = Path(__file__).parent.parent / "tests" / "rail_probe.csv"
CODES = {
    "China": "CN", "Mongolia": "MN", "Kazakhstan": "KZ", "North Korea": "KP",
    "Bangladesh": "BD", "United States of America": "US",
}  # fmt: skip


def read_pairs(path: Path) -> list[tuple[list[tuple[float, float]], set[str], float]]:
    """Read points (via included), countries to avoid and published km; rows without km are left."""
    rows = []
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if not row["km"]:
                continue
            stops = [stop.split("@") for stop in (row.get("via") or "").split("|") if stop]
            via = [(float(lon), float(lat)) for _, lat, lon in stops]
            ends = [(float(row[f"{e}_lon"]), float(row[f"{e}_lat"])) for e in ("from", "to")]
            avoid = {CODES[c] for c in (row.get("avoid_countries") or "").split("|") if c}
            rows.append(([ends[0], *via, ends[1]], avoid, float(row["km"])))
    return rows


def tell(name: str, errors: list[float], seconds: list[float]) -> None:
    """Print one row of the table."""
    found = np.abs([error for error in errors if np.isfinite(error)])
    within = np.sum(found <= 5) / len(errors)
    print(
        f"| {name} | {len(found)} of {len(errors)} | {np.median(found):.2f} % "
        f"| {within:.0%} | {1000 * np.median(seconds):.0f} ms |"
    )


def main() -> None:
    """Measure and print a table for each list of published distances."""
    started = time.perf_counter()
    network = RailNetwork()
    first = time.perf_counter() - started
    started = time.perf_counter()
    network = RailNetwork()
    print(f"Load: {1000 * first:.0f} ms at first, {1000 * (time.perf_counter() - started):.0f} ms")
    points, pairs, km = builder._read(builder.NETWORK.fetch(Path(sys.argv[1])))
    graph = coo_matrix((km, (pairs[:, 0], pairs[:, 1])), (len(points), len(points))).tocsr()
    graph = graph + graph.T
    tree = cKDTree(builder.unit_vectors(points))
    for path in [PROBE, *map(Path, sys.argv[2:])]:
        rows = read_pairs(path)
        print(f"\n{path.stem}: {len(rows)} published distances\n")
        print(
            "| way | routed | median error | within 5 % | query |\n| --- | --- | --- | --- | --- |"
        )
        for name in (
            "geo_routes, ends only",
            "geo_routes, via",
            "raw graph, ends",
            "raw graph, via",
        ):
            errors, seconds = [], []
            for stops, avoid, published in rows:
                wanted = stops if name.endswith("via") else [stops[0], stops[-1]]
                started = time.perf_counter()
                try:
                    if name.startswith("geo"):
                        shun = avoid if name.endswith("via") else set()
                        way = network.route(wanted[0], wanted[-1], via=wanted[1:-1], avoid=shun)
                        length = way.length_km
                    else:
                        nodes = tree.query(builder.unit_vectors(np.array(wanted)))[1]
                        length = sum(dijkstra(graph, indices=a)[b] for a, b in pairwise(nodes))
                except LookupError:
                    length = np.inf
                seconds.append(time.perf_counter() - started)
                errors.append(100 * (length / published - 1))
            tell(name, errors, seconds)


if __name__ == "__main__":
    main()
