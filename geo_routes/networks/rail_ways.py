"""What a way by rail crosses, where its gauge changes, and which kilometres are uncertain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from shapely import LineString, MultiLineString

from geo_routes import geodesy
from geo_routes.networks.interface import NetworkRoute
from geo_routes.networks.rail_graph import (
    CHORD_KM,
    ELECTRIFIED,
    GAUGE_BREAK,
    TRACK,
    Point,
    RailGraph,
    Snap,
    planar_km,
)

SLIVER_KM = 3.0
"""Less of a country than this is a border drawn too coarsely, not a crossing."""
_STATION_KM = 25.0
_TOWN_KM = 40.0
_BREAK_KM = 30.0


@dataclass(frozen=True, slots=True)
class Way:
    """
    A way found on the graph.

    Attributes
    ----------
    start, end
        Where it begins and ends.
    edges, forward, km
        The edges passed, in order and without breaks of gauge; whether each is passed from its
        first node to its second; how many km of it.
    """

    start: Snap
    end: Snap
    edges: np.ndarray
    forward: np.ndarray
    km: np.ndarray

    @property
    def length_km(self) -> float:
        """Its whole length."""
        return float(self.km.sum())


def way_between(
    graph: RailGraph, start: Snap, end: Snap, edges: list[int], nodes: list[int]
) -> Way:
    """
    List what is passed of each edge.

    Parameters
    ----------
    graph
        The network.
    start, end
        Where the way begins and ends.
    edges, nodes
        What `RailGraph.cheapest` found between them.
    """
    behind, ahead = graph.split_km(start)
    end_behind, end_ahead = graph.split_km(end)
    if not nodes:
        km = end_behind - behind
        return Way(start, end, np.array([start.edge]), np.array([km >= 0]), np.array([abs(km)]))
    inner = np.array(edges, dtype=int)
    ahead_at_start = bool(nodes[0] != graph.a[start.edge])
    from_a = bool(nodes[-1] == graph.a[end.edge])
    whole = graph.kind[inner] != GAUGE_BREAK
    forward = graph.a[inner] == np.array(nodes[:-1], dtype=int)
    return Way(
        start,
        end,
        np.concatenate([[start.edge], inner[whole], [end.edge]]),
        np.concatenate([[ahead_at_start], forward[whole], [from_a]]),
        np.concatenate(
            [
                [ahead if ahead_at_start else behind],
                graph.km[inner[whole]],
                [end_behind if from_a else end_ahead],
            ]
        ),
    )


def _at(graph: RailGraph, snap: Snap) -> float:
    """Tell how far along its edge a snap lies, from 0 to 1."""
    behind, ahead = graph.split_km(snap)
    return behind / (behind + ahead) if behind + ahead else 0.0


def _part(graph: RailGraph, edge: int, start: float, finish: float) -> np.ndarray:
    """Cut an edge's course between two shares of its length; backwards where start is larger."""
    course, along = graph.course(edge), graph.along(edge)
    low, high = sorted((start, finish))
    inner = course[(along > low) & (along < high)]
    ends = np.column_stack([np.interp([low, high], along, course[:, axis]) for axis in (0, 1)])
    part = np.vstack([ends[:1], inner, ends[1:]])
    return part if start <= finish else part[::-1]


def _course(graph: RailGraph, way: Way) -> tuple[np.ndarray, np.ndarray]:
    """Give the points of a way, and for each step between them its place among the edges."""
    start, end = _at(graph, way.start), _at(graph, way.end)
    if len(way.edges) == 1:
        part = _part(graph, int(way.edges[0]), start, end)
        return part, np.zeros(len(part) - 1, dtype=int)
    first = _part(graph, int(way.edges[0]), start, float(way.forward[0]))
    last = _part(graph, int(way.edges[-1]), float(not way.forward[-1]), end)
    points, begins, count = graph.courses(way.edges[1:-1])
    place = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(points)) - begins[place]
    at = begins[place] + np.where(way.forward[1:-1][place], within, count[place] - 1 - within)
    # Each course begins where the one before it ends.
    middle, places = (points[at] / 1000.0)[within > 0], place[within > 0] + 1
    return np.vstack([first, middle, last[1:]]), np.concatenate(
        [
            np.zeros(len(first) - 1, dtype=int),
            places,
            np.full(len(last) - 1, len(way.edges) - 1),
        ]
    )


def describe(graph: RailGraph, way: Way) -> NetworkRoute:
    """
    Gather geometry and honesty fields of a way.

    Parameters
    ----------
    graph
        The network.
    way
        What `way_between` listed.
    """
    points, place = _course(graph, way)
    countries = km_by_country(graph, way)
    healed = graph.kind[way.edges] != TRACK
    steps = planar_km(points)
    whole = np.bincount(place, weights=steps, minlength=len(way.edges))
    long_ = (steps > CHORD_KM) & ~healed[place] & (way.km > CHORD_KM)[place]
    chords = np.flatnonzero(long_)
    doubtful = [LineString(points[at : at + 2]) for at in chords.tolist()]
    for number in np.flatnonzero(healed).tolist():
        first, last = np.searchsorted(place, [number, number + 1])
        if first < last:
            doubtful.append(LineString(points[first : last + 1]))
    runs = _runs(graph, way, points, place)
    countries = _without_slivers(countries, runs)
    return NetworkRoute(
        line=geodesy.unwrap(LineString(points)),
        length_km=way.length_km,
        origin_snap_km=way.start.distance_km,
        destination_snap_km=way.end.distance_km,
        connector_km=float(way.km[healed].sum()),
        approx_km=float((way.km[place] * steps / np.maximum(whole[place], 1e-9))[chords].sum()),
        approx=MultiLineString(doubtful),
        countries=countries,
        crossings=_crossings(runs, countries),
        gauge_breaks=_gauge_breaks(runs),
        notes=_electrification(graph, way),
    )


def _without_slivers(
    countries: Mapping[str, float], runs: list[tuple[str, int, Point]]
) -> dict[str, float]:
    """Leave out countries of a few km, but for those of the two ends: border stations."""
    ends = {runs[0][0], runs[-1][0]}
    return {code: km for code, km in countries.items() if km > SLIVER_KM or code in ends}


def _runs(
    graph: RailGraph, way: Way, points: np.ndarray, place: np.ndarray
) -> list[tuple[str, int, Point]]:
    """List the stretches of one country and one gauge, each with the point where it begins."""
    country, gauge = graph.country[way.edges], graph.gauge[way.edges]
    new = np.ones(len(country), dtype=bool)
    new[1:] = (np.diff(country) != 0) | (np.diff(gauge) != 0)
    begins = np.searchsorted(place, np.flatnonzero(new))
    return [
        (graph.codes[country[number]], int(gauge[number]), (float(x), float(y)))
        for number, (x, y) in zip(np.flatnonzero(new).tolist(), points[begins], strict=True)
    ]


def km_by_country(graph: RailGraph, way: Way) -> dict[str, float]:
    """
    Measure how far a way runs in each country, in the order in which they are met.

    Parameters
    ----------
    graph
        The network.
    way
        The way.
    """
    found, first, which = np.unique(
        graph.country[way.edges], return_index=True, return_inverse=True
    )
    km = np.bincount(which, weights=way.km)
    return {graph.codes[found[at]]: float(km[at]) for at in np.argsort(first).tolist()}


def _electrification(graph: RailGraph, way: Way) -> tuple[str, ...]:
    """Tell how much of a way has wires, where most of it is known."""
    wires = graph.electrified[way.edges]
    known, wired = way.km[wires > 0].sum(), way.km[wires == ELECTRIFIED].sum()
    if known <= way.length_km / 2:
        return ()
    return (f"Electrified for {wired:,.0f} of the {known:,.0f} km where this is known.",)


def km_by_line(graph: RailGraph, way: Way) -> dict[str, float]:
    """
    Measure how far a way follows each named line, longest first.

    Parameters
    ----------
    graph
        The network.
    way
        The way.
    """
    km = np.bincount(graph.line[way.edges], weights=way.km, minlength=len(graph.lines))
    order = np.argsort(-km, kind="stable")[: np.count_nonzero(km)]
    found: dict[str, float] = {}
    for at in order.tolist():
        if graph.lines[at]:
            found[graph.lines[at]] = float(km[at])
    return found


def join_ways(parts: Sequence[NetworkRoute]) -> NetworkRoute:
    """
    Join ways that follow one another.

    Parameters
    ----------
    parts
        In order; each begins where the one before ends.
    """
    coordinates = [point for part in parts for point in part.line.coords]
    line = geodesy.unwrap(LineString(coordinates))
    countries: dict[str, float] = {}
    for part in parts:
        for code, km in part.countries.items():
            countries[code] = countries.get(code, 0.0) + km
    return NetworkRoute(
        line=line,
        length_km=sum(part.length_km for part in parts),
        origin_snap_km=parts[0].origin_snap_km,
        destination_snap_km=parts[-1].destination_snap_km,
        connector_km=sum(part.connector_km for part in parts),
        approx_km=sum(part.approx_km for part in parts),
        approx=MultiLineString([piece for part in parts for piece in part.approx.geoms]),
        countries=countries,
        crossings=tuple(item for part in parts for item in part.crossings),
        gauge_breaks=tuple(item for part in parts for item in part.gauge_breaks),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _crossings(
    runs: list[tuple[str, int, Point]], countries: Mapping[str, float]
) -> tuple[str, ...]:
    """Name border crossings by the stations on both sides, such as "KP-RU Tumangang/Khasan"."""
    real = [run for run in runs if run[0] in countries]
    return tuple(
        f"{code}-{next_code} {_border_name(point, code, next_code)}".strip()
        for (code, _, _), (next_code, _, point) in pairwise(real)
        if code != next_code
    )


def _gauge_breaks(runs: list[tuple[str, int, Point]]) -> tuple[str, ...]:
    return tuple(
        f"{_border_name(point, '', '') or f'{code}-{next_code}'} ({gauge} to {next_gauge} mm)"
        for (code, gauge, _), (next_code, next_gauge, point) in pairwise(runs)
        if gauge != next_gauge
    )


def _border_name(point: Point, code: str, next_code: str) -> str:
    """Name the stations near a point, one a country; else the nearest town."""
    from geo_routes import gazetteer

    shipped = gazetteer.shipped()
    stations = shipped.nearest(*point, kinds=("station",), limit=8, within_km=_STATION_KM)
    if not code:
        return _first_name(stations) or _first_name(
            shipped.nearest(*point, limit=1, within_km=_TOWN_KM)
        )
    sides = []
    for side in (code, next_code):
        name = _first_name([station for station in stations if station.country == side])
        if name:
            sides.append(name)
    if sides:
        return "/".join(sides)
    return _first_name(shipped.nearest(*point, limit=1, within_km=_TOWN_KM))


def _first_name(places: Sequence[object]) -> str:
    return str(getattr(places[0], "name", "")) if places else ""
