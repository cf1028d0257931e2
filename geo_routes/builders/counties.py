"""Counties of the United States, which its local news names more often than towns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_routes.builders.gazetteer_sources import Entry
from geo_routes.builders.registry import Package, read_json
from geo_routes.gazetteer import distance_km

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

COUNTIES = Package(
    "npm",
    "us-atlas",
    "3.0.1",
    "e6daba1800885868303ad3549da62f85a557b8142bb72629ec15651de62f9c5d",
)
_MEMBER = "package/counties-10m.json"
_PARISHES = "US-LA"
_SAME_AS_TOWNS = frozenset({"US-AK", "US-DC", "US-PR", "US-VI", "US-GU", "US-MP", "US-AS"})


def read_counties(archive: Path, divisions: Iterable[Entry]) -> list[Entry]:
    """
    Read the counties, each with the middle and the reach of its outline.

    Parameters
    ----------
    archive
        The package us-atlas (U.S. Census Bureau).
    divisions
        Entries of the states, by whose names the counties' states are told.
    """
    topology = read_json(archive, _MEMBER)
    codes = {entry.name: entry.admin1 for entry in divisions if entry.country == "US"}
    states = {
        state["id"]: codes.get(state["properties"]["name"], "")
        for state in topology["objects"]["states"]["geometries"]
    }
    arcs = _arcs(topology)
    entries = []
    for county in topology["objects"]["counties"]["geometries"]:
        state = states.get(county["id"][:2], "")
        if state and state not in _SAME_AS_TOWNS:
            entries.append(_entry(county, state, arcs))
    return entries


def read_states(archive: Path) -> dict[str, BaseGeometry]:
    """Read the outlines of the states by name."""
    from shapely import Polygon, unary_union

    topology = read_json(archive, "package/states-10m.json")
    arcs = _arcs(topology)
    found = {}
    for state in topology["objects"]["states"]["geometries"]:
        parts = [state["arcs"]] if state["type"] == "Polygon" else state["arcs"]
        # The first ring of a part is its outline; the others are holes.
        rings = [np.concatenate([_turned(arcs, number) for number in part[0]]) for part in parts]
        found[state["properties"]["name"]] = unary_union([Polygon(r).buffer(0) for r in rings])
    return found


def _turned(
    arcs: list[np.ndarray[Any, np.dtype[np.float64]]], number: int
) -> np.ndarray[Any, np.dtype[np.float64]]:
    return arcs[number] if number >= 0 else arcs[~number][::-1]


def _arcs(topology: Mapping[str, Any]) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    return [np.cumsum(np.asarray(arc), axis=0) * scale + shift for arc in topology["arcs"]]


def _numbers(nested: Any) -> Iterable[int]:
    """Go through the arc numbers of a geometry; a negative one means the arc turned round."""
    if isinstance(nested, int):
        yield nested if nested >= 0 else ~nested
        return
    for inner in nested:
        yield from _numbers(inner)


def _entry(
    county: Mapping[str, Any], state: str, arcs: list[np.ndarray[Any, np.dtype[np.float64]]]
) -> Entry:
    points = np.concatenate([arcs[number] for number in _numbers(county["arcs"])])
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    lon, lat = round(float(west + east) / 2, 4), round(float(south + north) / 2, 4)
    word = "Parish" if state == _PARISHES else "County"
    name = f"{county['properties']['name']} {word}"
    entry = Entry(
        name=name,
        lon=lon,
        lat=lat,
        country="US",
        admin1=state,
        kind="region",
        feature="county",
        uncertainty_km=round(distance_km((lon, lat), (float(east), float(north))) / 1.3, 1),
        ref=f"county:US-{county['id']}",
    )
    entry.add(name, 100)
    if word == "County":
        entry.add(f"{county['properties']['name']} Co", 95)
    return entry
