"""Chords given their true course, where a smaller network has it."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo_routes.builders.rail_supplement import supplement
from geo_routes.builders.rail_tracks import (
    EARTH_RADIUS_KM,
    ELECTRIFIED,
    NOT_ELECTRIFIED,
    Tracks,
    chain_pairs,
    empty_tracks,
    straight_km,
    unit_vectors,
)
from geo_routes.builders.registry import Package, read_member

REFINERS = (
    (
        Package(
            "npm",
            "railroute-ts",
            "0.2.1",
            "5ddd48d5e7dec7698f28615a20c048e20769ac261193fba22f6f3abea8288d8e",
        ),
        "package/dist/networks/corridor-v0.json",
    ),
    (
        Package(
            "npm",
            "@railroute-ts/india",
            "2026.9.0",
            "ade31e895999e577aa252295ea8f821d5022d796a81d2f16007b1814ea7f7736",
        ),
        "package/dist/data/network.json",
    ),
)
"""Smaller networks of OpenStreetMap's true alignment, with gauge: the Rhine to Genoa, and India."""
CHORD_KM = 5.0
NEAR_KM = 0.3
AS_LONG = 0.03
"""A course replaces a chord when their lengths agree within this share."""


def refine(tracks: Tracks, archive: Path, member: str) -> Tracks:
    """
    Replace chords by the course of a smaller network, and add the track that it alone has.

    Parameters
    ----------
    tracks
        The world's track.
    archive, member
        Package and file of the smaller network: GeoJSON lines with `km` and `gauge`.
    """
    fine = read_alignment(json.loads(read_member(archive, member)))
    return supplement(refine_by(tracks, fine), fine)


def refine_by(tracks: Tracks, fine: Tracks) -> Tracks:
    """Replace chords by the course of finer track between the same ends."""
    straight = straight_km(tracks.points, tracks.pairs)
    tree = cKDTree(unit_vectors(fine.points))
    off, near = tree.query(unit_vectors(tracks.points))
    is_near = off * EARTH_RADIUS_KM < NEAR_KM
    chords = np.flatnonzero((straight > CHORD_KM) & is_near[tracks.pairs].all(axis=1))
    graph = fine.matrix()
    piece_of = {(int(a), int(b)): piece for piece, (a, b) in enumerate(fine.pairs)}
    keep = np.ones(len(tracks.pairs), dtype=bool)
    courses: list[np.ndarray] = []
    pieces: list[tuple[np.ndarray, np.ndarray, list[int]]] = []
    count = len(tracks.points)
    for chord in chords.tolist():
        km = float(tracks.km[chord])
        a, b = tracks.pairs[chord]
        nodes = _course(graph, int(near[a]), int(near[b]), km)
        if len(nodes) < 3:
            continue
        course = fine.points[nodes[1:-1]]
        inner = np.arange(count, count + len(course))
        steps = straight_km(fine.points, chain_pairs(np.array(nodes)))
        steps_of = [piece_of[min(pair), max(pair)] for pair in pairwise(nodes)]
        # The length stays the package's: both were measured on simplified courses.
        pieces.append((chain_pairs(np.array([a, *inner, b])), steps * (km / steps.sum()), steps_of))
        courses.append(course)
        count += len(course)
        keep[chord] = False
    if not pieces:
        return tracks
    tracks, _ = tracks.kept(keep).with_points(np.vstack(courses))
    alike = np.concatenate([steps_of for _, _, steps_of in pieces])
    return tracks.with_pairs(
        np.vstack([pairs for pairs, _, _ in pieces]),
        km=np.concatenate([km for _, km, _ in pieces]),
        gauge=fine.gauge[alike],
        electrified=fine.electrified[alike],
    )


def _course(graph: csr_matrix, start: int, end: int, km: float) -> list[int]:
    """List the nodes between two, where the way is as long as the chord's length, or nothing."""
    limit = km * (1 + AS_LONG)
    ways, before = dijkstra(graph, indices=start, limit=limit, return_predecessors=True)
    if abs(ways[end] / km - 1) > AS_LONG:
        return []
    nodes = [end]
    while before[nodes[-1]] >= 0:
        nodes.append(int(before[nodes[-1]]))
    return nodes[::-1]


def read_alignment(collection: dict[str, Any]) -> Tracks:
    """Read GeoJSON lines as track, every vertex a point."""
    number: dict[tuple[float, float], int] = {}
    pairs, gauges, wires = [], [], []
    for feature in collection["features"]:
        line = feature["geometry"]["coordinates"]
        properties = feature["properties"]
        gauge = int(str(properties.get("gauge") or 0))
        nodes = [number.setdefault((x, y), len(number)) for x, y in line]
        for a, b in pairwise(nodes):
            pairs.append((a, b))
            gauges.append(gauge)
            wires.append(ELECTRIFIED if properties.get("electrified") else NOT_ELECTRIFIED)
    tracks, _ = empty_tracks().with_points(np.array(list(number)))
    found = tracks.with_pairs(np.array(pairs), gauge=np.array(gauges), electrified=np.array(wires))
    return found.without_twins()
