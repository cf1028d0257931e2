"""
Sea routes beside searoute-py in one run: error, land touched, time and memory; prints Markdown.

Published distances come from ../shared/eval where present; ports from the searoute package, the
land from roaring-landmask. Both are installed by hand: `pip install searoute roaring-landmask`.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import time
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np

from geo_routes import geodesy
from geo_routes.errors import RouteNotFoundError
from geo_routes.networks.sea import route_many, sea_network

TABLE = Path(__file__).resolve().parents[2] / "shared" / "eval" / "sea_distances.csv"
BANDS = ((0, 300), (300, 1000), (1000, 3000), (3000, 1e9), (0, 1e9))
SEED = 7
SAMPLE_KM = 0.1
PORTS_PAIRS, NEAR_PAIRS, NEAR_KM = 1000, 100, 200.0


def land_km(mask, line):
    """Measure the way over land, sampled every 100 m."""
    coords = np.array(line.coords)
    total = 0.0
    for a, b in pairwise(coords):
        km = geodesy.distance_km(tuple(a), tuple(b))
        count = max(int(km / SAMPLE_KM), 1)
        share = (np.arange(count) + 0.5)[:, None] / count
        points = a + share * (b - a)
        lon = (points[:, 0] + 180) % 360 - 180
        hit = mask.contains_many(lon.copy(), points[:, 1].copy())
        total += float(hit.mean()) * km
    return total


def ours(a, b):
    way = sea_network().route(a, b)
    return way.line, way.length_km, way.passages


def theirs(a, b):
    import searoute
    from shapely import LineString

    found = searoute.searoute(a, b)
    coords = found["geometry"]["coordinates"]
    line = LineString(coords if len(coords) > 1 else coords * 2)
    return line, found["properties"]["length"], ()


def published():
    with TABLE.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def ports():
    text = files("searoute").joinpath("data", "ports.geojson").read_text(encoding="utf-8")
    features = json.loads(text)["features"]
    return np.array([f["geometry"]["coordinates"][:2] for f in features])


def measure_errors(rows):
    print("| rows | router | routed | median | p90 | signed median | ms median | p90 |")
    print("|---|---|---|---|---|---|---|---|")
    for name, router in (("geo_routes", ours), ("searoute-py", theirs)):
        found = []
        for row in rows:
            a = float(row["from_lon"]), float(row["from_lat"])
            b = float(row["to_lon"]), float(row["to_lat"])
            start = time.process_time()
            try:
                _, km, _ = router(a, b)
            except RouteNotFoundError as error:
                print(f"<!-- {row['from']} to {row['to']}: {error} -->", file=sys.stderr)
                continue
            spent = 1000 * (time.process_time() - start)
            nm = float(row["nm"])
            found.append((nm, bool(row["via"]), km / 1.852 / nm - 1, spent))
        table = np.array(found)
        chosen = [
            (f"{low:.0f} to {high:.0f} nm" if high < 1e9 else f"over {low:.0f} nm", 0, low, high)
            for low, high in BANDS[:-1]
        ]
        for label, via, low, high in [*chosen, ("direct, all", 0, 0, 1e9), ("canals", 1, 0, 1e9)]:
            some = (table[:, 1] == via) & (table[:, 0] >= low) & (table[:, 0] < high)
            error = table[some, 2]
            print(
                f"| {label} | {name} | {some.sum()} | {np.median(abs(error)):.2%} "
                f"| {np.quantile(abs(error), 0.9):.1%} | {np.median(error):+.2%} "
                f"| {np.median(table[some, 3]):.1f} | {np.quantile(table[some, 3], 0.9):.1f} |"
            )


def random_pairs():
    """Draw pairs of ports near water: any, and near each other."""
    points = ports()
    rng = np.random.default_rng(SEED)
    far = rng.choice(len(points), (PORTS_PAIRS, 2))
    near = []
    while len(near) < NEAR_PAIRS:
        a = rng.integers(len(points))
        off = np.array([geodesy.distance_km(tuple(points[a]), tuple(p)) for p in points])
        some = np.flatnonzero((off > 5) & (off < NEAR_KM))
        if len(some):
            near.append((a, rng.choice(some)))
    return points, [("any ports", far), (f"under {NEAR_KM:.0f} km", np.array(near))]


def measure_land():
    from roaring_landmask import RoaringLandmask

    mask = RoaringLandmask.new()
    points, sets = random_pairs()
    print("| pairs | router | routed | no land | land, named passages left out | ms median | p90 |")
    print("|---|---|---|---|---|---|---|")
    for label, pairs in sets:
        for name, router in (("geo_routes", ours), ("searoute-py", theirs)):
            land, clear, times = [], 0, []
            for i, j in pairs:
                start = time.process_time()
                try:
                    line, _, passages = router(tuple(points[i]), tuple(points[j]))
                except RouteNotFoundError:
                    continue
                times.append(1000 * (time.process_time() - start))
                km = land_km(mask, line)
                clear += km < 0.05
                if not carved(passages):
                    land.append(km)
            print(
                f"| {label} | {name} | {len(times)}/{len(pairs)} | {clear / len(times):.1%} "
                f"| {np.mean(np.array(land) >= 0.05):.1%} of {len(land)} ways, "
                f"{np.sum(land):.1f} km in all "
                f"| {np.median(times):.1f} | {np.quantile(times, 0.9):.1f} |"
            )


def carved(passages):
    """Tell whether a way takes a canal or a river that is opened along a drawn course."""
    from geo_routes.networks.sea_passages import read_passages

    drawn = {passage.id for passage in read_passages() if passage.carve}
    return bool(drawn & set(passages))


def measure_cost():
    import pandas as pd

    points, sets = random_pairs()
    pairs = sets[0][1]
    frame = pd.DataFrame(
        {
            "origin_lon": points[pairs[:, 0], 0],
            "origin_lat": points[pairs[:, 0], 1],
            "destination_lon": points[pairs[:, 1], 0],
            "destination_lat": points[pairs[:, 1], 1],
        }
    )
    start = time.process_time()
    there = route_many(frame)
    rate = len(frame) / (time.process_time() - start)
    back = route_many(
        frame.rename(
            columns={
                "origin_lon": "destination_lon",
                "origin_lat": "destination_lat",
                "destination_lon": "origin_lon",
                "destination_lat": "origin_lat",
            }
        )
    )
    uneven = np.nanmax(abs(there.length_km / back.length_km - 1))
    print(
        f"- 1,000 pairs: {rate:.0f} a second of CPU; largest difference there and back {uneven:.1e}"
    )
    for name, template in (
        ("geo_routes", "from geo_routes.networks.sea import sea_network as s; s().route({a},{b})"),
        ("searoute-py", "import searoute; searoute.searoute({a},{b})"),
    ):
        code = template.format(a=(130.3, 42.24), b=(103.75, 1.2))
        walls = []
        # Both as they are installed: compiled once, by the first of the five at the latest.
        compiled = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-c", code], check=True, capture_output=True, env=compiled
            )
            walls.append(time.perf_counter() - start)
        print(f"- {name}, start to first route: {min(walls):.2f} s (best of five)")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"- memory of this run at most {memory} MB")


def main():
    start = time.process_time()
    sea_network()
    print(f"- load: {time.process_time() - start:.2f} s of CPU\n")
    if TABLE.is_file():
        measure_errors(published())
        print()
    measure_cost()
    print()
    measure_land()


if __name__ == "__main__":
    main()
