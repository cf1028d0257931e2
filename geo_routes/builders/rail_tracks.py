"""Track while it is being built: points, the pairs that join them, and what is known of each."""

from __future__ import annotations

import ast
import csv
import zipfile
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix

from geo_routes import datasets

EARTH_RADIUS_KM = 6371.0088
TRACK, CONNECTOR, FERRY = 0, 1, 2
MAIN, BRANCH, HIGH_SPEED, GAP = 1, 2, 3, 4
NOT_ELECTRIFIED, ELECTRIFIED = 1, 2
SIMPLIFIED, EXACT = 0, 1
"""Whether a length was measured on a simplified course, or on the true one (or published)."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """
    Pieces of track between points.

    Attributes
    ----------
    points
        (lon, lat) of every point.
    pairs
        Indices of the two points of each piece.
    km, kind, gauge, usage, electrified, measure
        By piece: length; TRACK, CONNECTOR or FERRY; gauge in mm; MAIN, BRANCH, HIGH_SPEED
        or GAP (healed by rule, not by a reviewed patch);
        ELECTRIFIED or NOT_ELECTRIFIED (0: unknown); and SIMPLIFIED or EXACT.
    """

    points: np.ndarray
    pairs: np.ndarray
    km: np.ndarray
    kind: np.ndarray
    gauge: np.ndarray
    usage: np.ndarray
    electrified: np.ndarray
    measure: np.ndarray

    def with_points(self, points: np.ndarray) -> tuple[Tracks, np.ndarray]:
        """Add points; also tell their indices."""
        first = len(self.points)
        grown = np.vstack([self.points, points]) if len(points) else self.points
        return replace(self, points=grown), np.arange(first, len(grown))

    def with_pairs(
        self,
        pairs: np.ndarray,
        *,
        km: np.ndarray | None = None,
        kind: int | np.ndarray = TRACK,
        gauge: int | np.ndarray = 0,
        usage: int | np.ndarray = 0,
        electrified: int | np.ndarray = 0,
        measure: int = SIMPLIFIED,
    ) -> Tracks:
        """Add pieces between points that are there; measured straight where no length is given."""
        count = len(pairs)
        lengths = straight_km(self.points, pairs) if km is None else km
        return Tracks(
            self.points,
            np.vstack([self.pairs, np.sort(pairs, axis=1)]),
            np.concatenate([self.km, lengths]),
            np.concatenate([self.kind, np.broadcast_to(kind, count)]),
            np.concatenate([self.gauge, np.broadcast_to(gauge, count)]),
            np.concatenate([self.usage, np.broadcast_to(usage, count)]),
            np.concatenate([self.electrified, np.broadcast_to(electrified, count)]),
            np.concatenate([self.measure, np.full(count, measure)]),
        )

    def kept(self, keep: np.ndarray) -> Tracks:
        """Keep the pieces where a mask is true."""
        return Tracks(
            self.points,
            self.pairs[keep],
            self.km[keep],
            self.kind[keep],
            self.gauge[keep],
            self.usage[keep],
            self.electrified[keep],
            self.measure[keep],
        )

    def without_twins(self) -> Tracks:
        """Keep the shortest of the pieces that join the same two points, and drop loops."""
        order = np.lexsort((self.km, self.pairs[:, 1], self.pairs[:, 0]))
        ordered = self.pairs[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (np.diff(ordered, axis=0) != 0).any(axis=1)
        first &= ordered[:, 0] != ordered[:, 1]
        return self.kept(order[first])

    def matrix(self, lengths: np.ndarray | None = None) -> csr_matrix:
        """Give the graph of lengths, both ways."""
        km = np.maximum(self.km if lengths is None else lengths, 1e-6)
        size = len(self.points)
        half = coo_matrix((km, (self.pairs[:, 0], self.pairs[:, 1])), shape=(size, size)).tocsr()
        return half + half.T


def empty_tracks() -> Tracks:
    """Give tracks without any piece."""
    nothing = np.zeros(0, dtype=int)
    pairs = np.zeros((0, 2), dtype=int)
    return Tracks(np.zeros((0, 2)), pairs, np.zeros(0), *[nothing] * 5)


def read_package(archive: Path) -> Tracks:
    """Read scgraph_data's module as data; its lengths were measured on a simplified course."""
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
    km = np.array([lengths[int(a), int(b)] for a, b in pairs])
    blank, _ = empty_tracks().with_points(points)
    return blank.with_pairs(pairs, km=km)


def read_patch(name: str) -> list[dict[str, str]]:
    """Read a patch file, the user's own first."""
    for folder in datasets.folders():
        path = folder / "patches" / name
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as stream:
                return list(csv.DictReader(stream))
    raise FileNotFoundError(name)


def read_course(text: str) -> np.ndarray:
    """Read "lon lat;lon lat;..." as points."""
    return np.array([[float(x) for x in point.split()] for point in text.split(";")])


def chain_pairs(nodes: np.ndarray) -> np.ndarray:
    """List the pairs of neighbours of a chain."""
    return np.array(list(pairwise(nodes.tolist())), dtype=int).reshape(-1, 2)


def unit_vectors(points: np.ndarray) -> np.ndarray:
    """Turn (lon, lat) into vectors on the unit sphere."""
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def straight_km(points: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Measure pairs of points straight."""
    vectors = unit_vectors(points)
    chord = np.linalg.norm(vectors[pairs[:, 0]] - vectors[pairs[:, 1]], axis=1)
    km: np.ndarray = 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord / 2, 0, 1))
    return km
