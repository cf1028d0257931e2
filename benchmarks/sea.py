"""Sea distances and land touched, against searoute-py, on published distances; prints Markdown."""

import csv
import time
from pathlib import Path

import numpy as np

from geo_routes import geodesy
from geo_routes.errors import RouteNotFoundError
from geo_routes.networks.sea import sea_network

TABLE = Path(__file__).resolve().parents[2] / "shared" / "eval" / "sea_distances.csv"
PORT_KM = 15.0


def land_km(mask, line):
    """Measure the way over land, the surroundings of both ports left out."""
    if line.length < 1e-6:
        return 0.0
    points = geodesy.cut_antimeridian(line)
    total = 0.0
    ends = (line.coords[0], line.coords[-1])
    for part in getattr(points, "geoms", [points]):
        dense = np.array(part.segmentize(0.005).coords)
        hit = mask.contains_many(dense[:, 0].copy(), dense[:, 1].copy())
        for i in np.flatnonzero(hit[1:] & hit[:-1]):
            if min(geodesy.distance_km(tuple(dense[i]), end) for end in ends) > PORT_KM:
                total += geodesy.distance_km(tuple(dense[i]), tuple(dense[i + 1]))
    return total


def ours(a, b):
    return sea_network().route(a, b).line


def theirs(a, b):
    import searoute
    from shapely import LineString

    return LineString(searoute.searoute(a, b)["geometry"]["coordinates"])


def main():
    from roaring_landmask import RoaringLandmask

    mask = RoaringLandmask.new()
    with TABLE.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    print("| router | routed | median | p90 | canal median | over 2 km of land | ms (median) |")
    print("|---|---|---|---|---|---|---|")
    for name, router in (("geo_routes", ours), ("searoute-py", theirs)):
        router((0.0, 40.0), (5.0, 42.5))
        errors, canal, times, land = [], [], [], []
        for row in rows:
            a = float(row["from_lon"]), float(row["from_lat"])
            b = float(row["to_lon"]), float(row["to_lat"])
            start = time.perf_counter()
            try:
                line = router(a, b)
            except RouteNotFoundError:
                continue
            times.append(time.perf_counter() - start)
            error = abs(geodesy.length_km(line) / 1.852 / float(row["nm"]) - 1)
            (canal if row["via"] else errors).append(error)
            if not row["via"]:
                land.append(land_km(mask, line))
        print(
            f"| {name} | {len(times)}/{len(rows)} | {np.median(errors):.1%} "
            f"| {np.quantile(errors, 0.9):.1%} | {np.median(canal):.1%} "
            f"| {np.mean(np.array(land) > 2):.0%} | {1000 * np.median(times):.1f} |"
        )


if __name__ == "__main__":
    main()
