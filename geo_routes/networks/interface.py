"""What every network answers: the way between two points, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Protocol

from shapely import LineString, MultiLineString

Point = tuple[float, float]
"""Longitude and latitude in degrees (EPSG:4326)."""
NO_PARTS = MultiLineString()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRoute:
    """
    A way over a network between two points.

    Attributes
    ----------
    line
        From the first to the last point on the network (EPSG:4326). Longitudes run on past 180
        rather than jump. What lies between a given end and the network is not part of the line.
    length_km
        By sea, the length of `line` on the WGS 84 ellipsoid and the two approaches (snap); by rail,
        the length along the track, which a line of chords falls short of.
    origin_snap_km, destination_snap_km
        Distance from each given end to the network.
    connector_km, approx_km
        Length over healed gaps, and over chords whose true course is unknown.
    approx
        The parts of `line` that `connector_km` and `approx_km` count, to be dashed on a map.
    passages
        Ids of the named passages in the order in which they are met ("suez", "malacca").
    countries
        Length in km by ISO 3166 alpha-2 code; empty at sea.
    crossings
        Border crossings in order, such as "KP-RU Tumangang/Khasan".
    gauge_breaks
        Names of the places where the gauge changes, in order.
    notes
        Sentences for the reader about choices that the network made.
    label
        What sets this way apart from its alternatives, such as "via Suez".
    """

    line: LineString
    length_km: float
    origin_snap_km: float = 0.0
    destination_snap_km: float = 0.0
    connector_km: float = 0.0
    approx_km: float = 0.0
    approx: MultiLineString = NO_PARTS
    passages: tuple[str, ...] = ()
    countries: Mapping[str, float] = field(default_factory=dict)
    crossings: tuple[str, ...] = ()
    gauge_breaks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    label: str = ""


class Network(Protocol):
    """A network on which two points can be joined."""

    def route(
        self,
        origin: Point,
        destination: Point,
        *,
        via: Sequence[Point] = (),
        avoid: Set[str] = frozenset(),
        **options: Any,
    ) -> NetworkRoute:
        """Join two points, or raise RouteNotFoundError."""
        ...

    def alternatives(
        self,
        origin: Point,
        destination: Point,
        *,
        k: int = 3,
        avoid: Set[str] = frozenset(),
        **options: Any,
    ) -> list[NetworkRoute]:
        """List up to `k` ways that differ by passages, countries or trunk lines, shortest first."""
        ...
