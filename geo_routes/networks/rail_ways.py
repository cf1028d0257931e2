"""What a way by rail crosses, where its gauge changes, and which kilometres are uncertain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

Piece = tuple[int, np.ndarray, float]
"""An edge, the points of it that are passed, in order, and their length in km."""


def pieces_of_way(
    graph: RailGraph, start: Snap, end: Snap, edges: list[int], nodes: list[int]
) -> list[Piece]:
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
    if not nodes:
        return [_part(graph, start.edge, _at(graph, start), _at(graph, end))]
    towards_a = nodes[0] == graph.a[start.edge]
    first = _part(graph, start.edge, _at(graph, start), 0.0 if towards_a else 1.0)
    pieces = [first]
    for node, edge in zip(nodes, edges, strict=False):
        if graph.kind[edge] != GAUGE_BREAK:
            course = graph.course(edge)
            forward = graph.a[edge] == node
            pieces.append((edge, course if forward else course[::-1], float(graph.km[edge])))
    from_a = nodes[-1] == graph.a[end.edge]
    pieces.append(_part(graph, end.edge, 0.0 if from_a else 1.0, _at(graph, end)))
    return pieces


def _at(graph: RailGraph, snap: Snap) -> float:
    """Tell how far along its edge a snap lies, from 0 to 1."""
    behind, ahead = graph.split_km(snap)
    return behind / (behind + ahead) if behind + ahead else 0.0


def _part(graph: RailGraph, edge: int, start: float, finish: float) -> Piece:
    """Cut an edge's course between two shares of its length; backwards where start is larger."""
    course, along = graph.course(edge), graph.along(edge)
    low, high = sorted((start, finish))
    inner = course[(along > low) & (along < high)]
    ends = np.column_stack([np.interp([low, high], along, course[:, axis]) for axis in (0, 1)])
    part = np.vstack([ends[:1], inner, ends[1:]])
    return edge, part if start <= finish else part[::-1], float(graph.km[edge] * (high - low))


def describe(graph: RailGraph, start: Snap, end: Snap, pieces: Sequence[Piece]) -> NetworkRoute:
    """
    Gather geometry and honesty fields of a way.

    Parameters
    ----------
    graph
        The network.
    start, end
        Where the way begins and ends.
    pieces
        What `pieces_of_way` listed.
    """
    coordinates: list[tuple[float, float]] = []
    countries: dict[str, float] = {}
    doubtful: list[LineString] = []
    connector_km = approx_km = 0.0
    runs: list[tuple[str, int, Point]] = []
    for edge, course, length in pieces:
        points = [(float(x), float(y)) for x, y in course]
        coordinates += points if not coordinates else points[1:]
        code = graph.codes[graph.country[edge]]
        countries[code] = countries.get(code, 0.0) + length
        gauge = graph.gauge_of(edge)
        if not runs or runs[-1][:2] != (code, gauge):
            runs.append((code, gauge, points[0]))
        if graph.kind[edge] != TRACK:
            connector_km += length
            doubtful.append(LineString(points))
            continue
        if length <= CHORD_KM:
            continue
        steps = planar_km(course)
        for at in np.flatnonzero(steps > CHORD_KM):
            approx_km += length * float(steps[at] / steps.sum())
            doubtful.append(LineString(points[at : at + 2]))
    line = geodesy.unwrap(LineString(coordinates))
    return NetworkRoute(
        line=line,
        length_km=sum(countries.values()),
        origin_snap_km=start.distance_km,
        destination_snap_km=end.distance_km,
        connector_km=connector_km,
        approx_km=approx_km,
        approx=MultiLineString(doubtful),
        countries={c: km for c, km in countries.items() if km > SLIVER_KM} or countries,
        crossings=_crossings(runs, countries),
        gauge_breaks=_gauge_breaks(runs),
        notes=_electrification(graph, pieces),
    )


def _electrification(graph: RailGraph, pieces: Sequence[Piece]) -> tuple[str, ...]:
    """Tell how much of a way has wires, where most of it is known."""
    whole = known = wired = 0.0
    for edge, _, length in pieces:
        whole += length
        known += length if graph.electrified[edge] else 0.0
        wired += length if graph.electrified[edge] == ELECTRIFIED else 0.0
    if known <= whole / 2:
        return ()
    return (f"Electrified for {wired:,.0f} of the {known:,.0f} km where this is known.",)


def km_by_line(graph: RailGraph, pieces: Sequence[Piece]) -> dict[str, float]:
    """Measure how far a way follows each named line, longest first."""
    found: dict[str, float] = {}
    for edge, _, length in pieces:
        name = graph.lines[graph.line[edge]]
        if name:
            found[name] = found.get(name, 0.0) + length
    return dict(sorted(found.items(), key=lambda item: -item[1]))


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
    real = [run for run in runs if countries[run[0]] > SLIVER_KM]
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
