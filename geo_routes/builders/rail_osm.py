"""A user's own OpenStreetMap extract: its track in place of the shipped."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

from geo_routes.builders.rail_tags import DUAL
from geo_routes.builders.rail_tracks import (
    BRANCH,
    CONNECTOR,
    EARTH_RADIUS_KM,
    ELECTRIFIED,
    EXACT,
    FERRY,
    HIGH_SPEED,
    MAIN,
    NOT_ELECTRIFIED,
    TRACK,
    Tracks,
    chain_pairs,
    empty_tracks,
    straight_km,
    unit_vectors,
)
from geo_routes.errors import DataError

logger = logging.getLogger(__name__)

RAILWAYS = frozenset({"rail", "narrow_gauge"})
LEFT_OUT = frozenset({"yard", "siding"})
"""Tracks of a station beside the line; they lead nowhere that the line does not."""
NEAR_KM = 5.0
MIDDLE_KM = 25.0
STITCH_KM = 10.0
_SIMPLE_DEGREES = 0.0005
_YES = frozenset({"yes", "designated", "only"})


@dataclass(frozen=True, slots=True)
class _Way:
    """A way of the extract: its nodes, and what its tags say."""

    refs: list[int]
    lonlat: np.ndarray
    kind: int
    gauge: int
    usage: int
    electrified: int


def read_osm(path: Path) -> Tracks:
    """
    Read the track of an OpenStreetMap extract.

    Railways (`railway=rail` and `narrow_gauge`, without yards and sidings) and train ferries are
    taken, with `gauge`, `usage`, `highspeed` and `electrified`. Lengths are those of the full
    course; the course itself is then simplified.

    Parameters
    ----------
    path
        An .osm.pbf, .osm or .osm.bz2 file.

    Returns
    -------
    tracks
        Its pieces of track.

    Raises
    ------
    DataError
        When osmium is not installed, or the file cannot be read or holds no track.
    """
    ways = _read_ways(path)
    if not ways:
        raise DataError(f"{path.name} holds no railway.")
    meets = Counter(ref for way in ways for ref in way.refs)
    for way in ways:
        meets.update((way.refs[0], way.refs[-1]))
    number: dict[int, int] = {}
    points: list[np.ndarray] = []
    columns: list[np.ndarray] = []
    for way in ways:
        cuts = [at for at, ref in enumerate(way.refs) if meets[ref] > 1]
        for first, last in pairwise(cuts):
            line, km = _simplify(way.lonlat[first : last + 1])
            ends = []
            for ref, point in ((way.refs[first], line[0]), (way.refs[last], line[-1])):
                if ref not in number:
                    number[ref] = len(points)
                    points.append(point)
                ends.append(number[ref])
            inner = range(len(points), len(points) + len(line) - 2)
            points += list(line[1:-1])
            pairs = chain_pairs(np.array([ends[0], *inner, ends[1]]))
            tags = np.tile([way.kind, way.gauge, way.usage, way.electrified], (len(pairs), 1))
            columns.append(np.column_stack([pairs, km, tags]))
    rows = np.vstack(columns)
    blank, _ = empty_tracks().with_points(np.array(points))
    return blank.with_pairs(
        rows[:, :2].astype(int),
        km=rows[:, 2],
        kind=rows[:, 3].astype(int),
        gauge=rows[:, 4].astype(int),
        usage=rows[:, 5].astype(int),
        electrified=rows[:, 6].astype(int),
        measure=EXACT,
    )


def replace_area(tracks: Tracks, own: Tracks, area: str | None = None) -> Tracks:
    """
    Put an extract's track in place of what lies in its area.

    Parameters
    ----------
    tracks
        The world's track.
    own
        The extract's.
    area
        "west,south,east,north" in degrees. All that lies there is replaced. Without it, pieces
        are replaced that lie along the extract's own track, so that a country's extract leaves
        its neighbours' track alone.

    Returns
    -------
    tracks
        Both together; where the shipped track was cut it is joined to the extract's.
    """
    if area is not None:
        box = read_area(area)
        own = own.kept(_inside(own, box))
        if not len(own.pairs):
            raise DataError(f"The extract holds no railway within {area}.")
        dropped = _inside(tracks, box)
    else:
        dropped = _along(tracks, own)
    cut_km: dict[int, float] = {}
    kept_nodes = set(tracks.pairs[~dropped].ravel().tolist())
    for (a, b), km in zip(tracks.pairs[dropped].tolist(), tracks.km[dropped], strict=True):
        for node in kept_nodes & {a, b}:
            cut_km[node] = max(cut_km.get(node, STITCH_KM), float(km))
    first = len(tracks.points)
    joined, _ = tracks.kept(~dropped).with_points(own.points)
    joined = joined.with_pairs(
        own.pairs + first,
        km=own.km,
        kind=own.kind,
        gauge=own.gauge,
        usage=own.usage,
        electrified=own.electrified,
        measure=EXACT,
    )
    return joined.with_pairs(
        _stitches(joined, cut_km, np.unique(own.pairs) + first), kind=CONNECTOR
    )


def read_area(text: str) -> tuple[float, float, float, float]:
    """Read "west,south,east,north" in degrees."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"`area` is west,south,east,north in degrees, not {text!r}.") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(f"`area` is west,south,east,north in degrees, not {text!r}.")
    return west, south, east, north


def _stitches(joined: Tracks, cut_km: Mapping[int, float], own: np.ndarray) -> np.ndarray:
    """Join the ends of cut track to the nearest of the extract's, no further than what was cut."""
    ends = np.array(sorted(cut_km), dtype=int)
    if not len(ends):
        return np.zeros((0, 2), dtype=int)
    vectors = unit_vectors(joined.points)
    gaps, near = cKDTree(vectors[own]).query(vectors[ends])
    reach = np.array([cut_km[int(node)] for node in ends])
    close = gaps * EARTH_RADIUS_KM <= reach
    pairs: np.ndarray = np.column_stack([ends, own[near]])[close]
    return pairs


def _middles(tracks: Tracks) -> np.ndarray:
    middles: np.ndarray = tracks.points[tracks.pairs].mean(axis=1)
    return middles


def _inside(tracks: Tracks, box: tuple[float, float, float, float]) -> np.ndarray:
    west, south, east, north = box
    lon, lat = _middles(tracks).T
    inside: np.ndarray = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    return inside


def _along(tracks: Tracks, own: Tracks) -> np.ndarray:
    """Tell which pieces lie along an extract's track."""
    tree = cKDTree(unit_vectors(np.vstack([own.points, _middles(own)])))
    off = tree.query(unit_vectors(tracks.points))[0] * EARTH_RADIUS_KM
    middle = tree.query(unit_vectors(_middles(tracks)))[0] * EARTH_RADIUS_KM
    along: np.ndarray = (off[tracks.pairs] < NEAR_KM).all(axis=1) & (middle < MIDDLE_KM)
    return along


def _simplify(lonlat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Simplify a course; also give the full length of each of its steps."""
    steps = straight_km(lonlat, chain_pairs(np.arange(len(lonlat))))
    line = shapely.get_coordinates(shapely.LineString(lonlat).simplify(_SIMPLE_DEGREES))
    share = straight_km(line, chain_pairs(np.arange(len(line))))
    whole = share.sum()
    return line, share * (steps.sum() / whole) if whole else share


def _read_ways(path: Path) -> list[_Way]:
    try:
        import osmium
    except ImportError as error:
        raise DataError(
            "Reading OpenStreetMap extracts needs osmium. Run: pip install geo-routes[build]"
        ) from error
    size_mb = path.stat().st_size / 1e6
    try:
        logger.info("Reading the railways of %s (%.0f MB).", path.name, size_mb)
        found = _railways(osmium, path)
        refs = {ref for _, _, nodes in found for ref in nodes}
        logger.info("Reading where their %d points lie; %d railways.", len(refs), len(found))
        places = _places(osmium, path, refs) if refs else {}
    except (RuntimeError, OSError) as error:
        raise DataError(f"{path} cannot be read as an OpenStreetMap extract: {error}") from error
    ways = []
    for kind, tags, nodes in found:
        # A way cut at the extract's edge names points that the extract does not hold.
        held = [ref for ref in nodes if ref in places]
        if len(held) < 2:
            continue
        lonlat = np.array([places[ref] for ref in held])
        ways.append(
            _Way(
                held,
                lonlat,
                kind,
                gauge_of_way(tags),
                usage_of_way(tags),
                electrified_of_way(tags),
            )
        )
    return ways


def _railways(osmium: Any, path: Path) -> list[tuple[int, dict[str, str], list[int]]]:
    """Read kind, tags and the numbers of the points of the ways that trains use."""
    wanted = osmium.filter.KeyFilter("railway", "route")
    found = []
    for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(wanted):
        tags = {tag.k: tag.v for tag in way.tags}
        kind = kind_of_way(tags)
        if kind is not None:
            found.append((kind, tags, [node.ref for node in way.nodes]))
    return found


def _places(osmium: Any, path: Path, refs: set[int]) -> dict[int, tuple[float, float]]:
    """Read where some points lie, and hold no other point in memory."""
    wanted = osmium.filter.IdFilter(refs)
    places = {}
    for node in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(wanted):
        if node.location.valid():
            places[node.id] = (node.location.lon, node.location.lat)
    return places


def kind_of_way(tags: Mapping[str, Any]) -> int | None:
    """Tell track from train ferries, and both from what trains do not use."""
    if tags.get("railway") in RAILWAYS:
        return None if tags.get("service") in LEFT_OUT else TRACK
    carries_trains = tags.get("train") in _YES or tags.get("rail") in _YES
    if tags.get("route") == "ferry" and (carries_trains or tags.get("railway") == "ferry"):
        return FERRY
    return None


def gauge_of_way(tags: Mapping[str, Any]) -> int:
    """Read a gauge in millimetres, or two; 0 where it is not told."""
    found = [int(text) for text in re.findall(r"\d{3,4}", str(tags.get("gauge", "")))]
    if len(found) > 1 and found[0] != found[1]:
        return found[0] * DUAL + found[1]
    return found[0] if found else 0


def usage_of_way(tags: Mapping[str, Any]) -> int:
    """Tell main lines, branches and high-speed lines."""
    if tags.get("highspeed") == "yes":
        return HIGH_SPEED
    return {"main": MAIN, "branch": BRANCH}.get(str(tags.get("usage", "")), 0)


def electrified_of_way(tags: Mapping[str, Any]) -> int:
    """Tell whether a line has wires or a third rail; 0 where it is not told."""
    text = str(tags.get("electrified", ""))
    if not text:
        return 0
    return NOT_ELECTRIFIED if text == "no" else ELECTRIFIED
