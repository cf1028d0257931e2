"""Track: the ways that trains can take, what they cross, and which kilometres are uncertain."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np

from geo_routes import datasets
from geo_routes.errors import RouteNotFoundError
from geo_routes.networks.interface import NetworkRoute, Point
from geo_routes.networks.rail_graph import FERRY, GAUGE_BREAK, TRACK, Nearby, RailGraph, Snap
from geo_routes.networks.rail_ways import (
    SLIVER_KM,
    Way,
    describe,
    join_ways,
    km_by_country,
    km_by_line,
    way_between,
)

DOMESTIC_DETOUR = 1.6
"""How much longer a way inside one country may be before a way abroad is taken."""
LINE_FACTORS = {
    "": 1.0,
    "branch": 1.0,
    "line": 0.8,
    "main": 0.7,
    "highspeed": 2.0,
    "gap": 5.0,
}
"""What a km costs by the role of its line: trains keep to main lines rather than save three tenths
by others, goods keep off lines built for fast passenger trains, and a gap that was healed by rule
is passed only where the way round it is long."""
_LEAST_GAP_KM = 2.0
_TOLD_KM = 300.0
_TOLD_SAVING = 0.005
_DIFFERENT_SHARE = 0.25
_SHUNNED_FACTORS = (1.25, 3.0)
_LEAST_WEIGHT = 1e-3
_PREFERENCES = ("main", "shortest")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What a caller asks of a way."""

    avoid: frozenset[str] = frozenset()
    gauge_penalty_km: float = 400.0
    allow_ferries: bool = True
    prefer: str = "main"
    stay_in: str | None = None
    shun_line: str = ""
    shun_factor: float = 1.0


class RailNetwork:
    """
    The rail network, collapsed to edges between junctions.

    Parameters
    ----------
    path
        The data set; the shipped one when left out.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._graph = RailGraph(path or datasets.path("rail"))

    def route(
        self,
        origin: Point,
        destination: Point,
        *,
        via: Sequence[Point] = (),
        avoid: Set[str] = frozenset(),
        **options: Any,
    ) -> NetworkRoute:
        """
        Find the way by rail between two points.

        Parameters
        ----------
        origin, destination
            (lon, lat); the nearest track within 60 km is taken, `snap_km` away.
        via
            Points to pass, in order.
        avoid
            Countries to stay out of (ISO 3166 alpha-2).
        **options
            `gauge_penalty_km` (400): what a change of gauge costs. `allow_ferries` (True).
            `prefer`: "main" (main lines rather than ways up to three tenths shorter, and no
            high-speed lines unless the way round is twice as long) or "shortest".
            `stay_in`: a country to stay inside. Where it is left out and both ends lie in one
            country, a way inside it is taken if there is one within 1.6 times the shortest.

        Returns
        -------
        route
            Geometry, lengths, countries, crossings, gauge breaks, and what is uncertain.

        Raises
        ------
        RouteNotFoundError
            When an end is further than 60 km from track, or no track joins them.
        """
        wish = _read_wish(avoid, options)
        points = [origin, *via, destination]
        parts = [self._leg(a, b, wish) for a, b in pairwise(points)]
        return parts[0] if len(parts) == 1 else join_ways(parts)

    def alternatives(
        self,
        origin: Point,
        destination: Point,
        *,
        k: int = 3,
        avoid: Set[str] = frozenset(),
        **options: Any,
    ) -> list[NetworkRoute]:
        """
        List up to `k` ways that differ by the countries they cross or the named lines they follow.

        Shortest first. Each is named: "through RU, KZ", "by the Baikal-Amur Main Line".
        """
        wish = _read_wish(avoid, {"stay_in": "", **options})
        ways = [*self._by_country(origin, destination, wish, k)]
        if not ways:
            raise RouteNotFoundError("No track joins the two places.")
        ways += self._by_line(origin, destination, wish, ways)
        return sorted(ways, key=lambda way: way.length_km)[:k]

    def nearest_track(self, point: Point) -> Point:
        """Find the place on the network nearest to a point, however far."""
        return self._graph.nearest(point)

    def _by_country(
        self, origin: Point, destination: Point, wish: _Wish, k: int
    ) -> list[NetworkRoute]:
        """List ways that differ by country: each way's own countries are avoided in turn."""
        found: dict[frozenset[str], NetworkRoute] = {}
        # Without the cost of gauge breaks too, or a way of another gauge would never be met.
        queue = [wish, replace(wish, gauge_penalty_km=0.0)]
        tried: set[_Wish] = set()
        ends = self._countries_of_ends(origin, destination)
        while queue and len(found) < 2 * k:
            asked = queue.pop(0)
            if asked in tried:
                continue
            tried.add(asked)
            try:
                way = self._leg(origin, destination, asked)
            except RouteNotFoundError:
                continue
            crossed = frozenset(code for code, km in way.countries.items() if km > SLIVER_KM)
            label = "through " + ", ".join(code for code in way.countries if code in crossed)
            found.setdefault(crossed, replace(way, label=label))
            queue += [replace(asked, avoid=asked.avoid | {code}) for code in sorted(crossed - ends)]
        return list(found.values())

    def _by_line(
        self, origin: Point, destination: Point, wish: _Wish, ways: Sequence[NetworkRoute]
    ) -> list[NetworkRoute]:
        """List ways in the same countries that leave the line which the plain way follows most."""
        graph = self._graph
        home = set(min(ways, key=lambda way: len(way.countries)).countries)
        inside = replace(wish, avoid=wish.avoid | (set(graph.codes) - home))
        try:
            plain = self._search(origin, destination, inside)
        except RouteNotFoundError:
            return []
        followed = km_by_line(graph, plain)
        for (name, km), factor in product(followed.items(), _SHUNNED_FACTORS):
            if km < _DIFFERENT_SHARE * plain.length_km:
                break
            shunning = replace(inside, shun_line=name, shun_factor=factor)
            other = self._search(origin, destination, shunning)
            lines = km_by_line(graph, other)
            if lines.get(name, 0.0) > (1 - _DIFFERENT_SHARE) * km:
                continue
            instead = [line for line, far in lines.items() if far > followed.get(line, 0) + 100]
            label = f"by {_the(instead[0])}" if instead else f"off {_the(name)}"
            return [replace(self._tell(other), label=label)]
        return []

    def _leg(self, origin: Point, destination: Point, wish: _Wish) -> NetworkRoute:
        if wish.stay_in:
            return self._explain(origin, destination, wish)
        way = self._search(origin, destination, wish)
        ends = {self._code(way.start), self._code(way.end)}
        abroad = self._crossed(way) - ends
        if wish.stay_in is None and len(ends) == 1 and abroad:
            home = next(iter(ends))
            try:
                inside = self._explain(origin, destination, replace(wish, stay_in=home))
            except RouteNotFoundError:
                return self._explain(origin, destination, wish, way)
            if inside.length_km <= DOMESTIC_DETOUR * way.length_km:
                note = (
                    f"Assumed to stay in {home}; the way through {', '.join(sorted(abroad))} "
                    f"would be {way.length_km:,.0f} km."
                )
                return replace(inside, notes=(*inside.notes, note))
        return self._explain(origin, destination, wish, way)

    def _explain(
        self, origin: Point, destination: Point, wish: _Wish, way: Way | None = None
    ) -> NetworkRoute:
        """Describe a way, and say what its preference for main lines costs."""
        way = way or self._search(origin, destination, wish)
        told = self._tell(way)
        roles = dict(zip(self._graph.lines, self._graph.roles, strict=True))
        followed = {
            name: km
            for name, km in km_by_line(self._graph, way).items()
            if roles[name] == "main" and km > _TOLD_KM
        }
        if wish.prefer != "main" or not followed:
            return told
        names = " and ".join(f"{_the(name)} ({km:,.0f} km)" for name, km in followed.items())
        note = f"Follows {names}, as main lines are preferred."
        # Breaks of gauge add to the cost of both ways.
        breaks = wish.gauge_penalty_km * len(told.gauge_breaks)
        shortest = self._search(
            origin,
            destination,
            replace(wish, prefer="shortest"),
            at_most=way.length_km + breaks,
        )
        if shortest.length_km < (1 - _TOLD_SAVING) * way.length_km:
            others = [line for line in km_by_line(self._graph, shortest) if line not in followed]
            by = f", by {_the(others[0])}," if others else ""
            note = f"{note[:-1]}; the shortest way{by} would be {shortest.length_km:,.0f} km."
        return replace(told, notes=(*told.notes, note))

    def _tell(self, way: Way) -> NetworkRoute:
        return describe(self._graph, way)

    def _code(self, snap: Snap) -> str:
        return self._graph.codes[int(self._graph.country[snap.edge])]

    def _crossed(self, way: Way) -> set[str]:
        """List the countries of a way, slivers left out."""
        countries = km_by_country(self._graph, way)
        return {code for code, km in countries.items() if km > SLIVER_KM}

    def _countries_of_ends(self, origin: Point, destination: Point) -> frozenset[str]:
        usable = self._graph.kind != GAUGE_BREAK
        return frozenset(
            self._code(self._graph.near(point, usable).snap()) for point in (origin, destination)
        )

    def _search(
        self, origin: Point, destination: Point, wish: _Wish, *, at_most: float = np.inf
    ) -> Way:
        """Find the way that a wish prefers, where one is known that costs `at_most` some km."""
        graph = self._graph
        open_ = self._open_edges(wish)
        weights = np.where(open_, self._costs(wish), np.inf)
        usable = open_ & (graph.kind != GAUGE_BREAK) & (graph.kind != FERRY)
        starts, ends = graph.near(origin, usable), graph.near(destination, usable)
        start, end = starts.snap(), ends.snap()
        try:
            edges, nodes, _ = graph.cheapest(start, end, weights, at_most=at_most)
        except RouteNotFoundError:
            start, end = self._snap_together(starts, ends, open_)
            edges, nodes, _ = graph.cheapest(start, end, weights, at_most=at_most)
        return way_between(graph, start, end, edges, nodes)

    def _costs(self, wish: _Wish) -> np.ndarray:
        """Give what each edge costs: its length, by the role of its line, and breaks of gauge."""
        graph = self._graph
        costs = self._preferred if wish.prefer == "main" else self._lengths
        costs = np.where(graph.kind == GAUGE_BREAK, wish.gauge_penalty_km + _LEAST_WEIGHT, costs)
        if wish.shun_line:
            costs[graph.line == graph.lines.index(wish.shun_line)] *= wish.shun_factor
        return costs

    @functools.cached_property
    def _lengths(self) -> np.ndarray:
        lengths: np.ndarray = np.maximum(self._graph.km, _LEAST_WEIGHT)
        return lengths

    @functools.cached_property
    def _preferred(self) -> np.ndarray:
        factors = np.array([LINE_FACTORS[role] for role in self._graph.roles])
        healed = np.array([role == "gap" for role in self._graph.roles])[self._graph.line]
        lengths = np.where(healed, np.maximum(self._lengths, _LEAST_GAP_KM), self._lengths)
        preferred: np.ndarray = lengths * factors[self._graph.line]
        return preferred

    def _open_edges(self, wish: _Wish) -> np.ndarray:
        graph = self._graph
        codes = np.array(graph.codes)
        closed = np.isin(codes, list(wish.avoid))
        if wish.stay_in:
            closed |= codes != wish.stay_in
        open_: np.ndarray = ~closed[graph.country]
        if closed.any():
            # A sliver is a border drawn too coarsely, not a crossing.
            open_ |= (graph.km < SLIVER_KM) & (graph.kind == TRACK)
            open_ |= graph.kind == GAUGE_BREAK
        if not wish.allow_ferries:
            open_ &= graph.kind != FERRY
        return open_

    def _snap_together(self, starts: Nearby, ends: Nearby, open_: np.ndarray) -> tuple[Snap, Snap]:
        """Snap both ends to one part of the network, with the least distance from the track."""
        labels = self._graph.labels(open_)
        nearest = []
        for side in (starts, ends):
            parts, first = np.unique(labels[self._graph.a[side.edge]], return_index=True)
            nearest.append(dict(zip(parts.tolist(), first.tolist(), strict=True)))
        both = nearest[0].keys() & nearest[1].keys()
        if not both:
            raise RouteNotFoundError("No track joins the two places.")
        pairs = [(starts.snap(nearest[0][part]), ends.snap(nearest[1][part])) for part in both]
        return min(pairs, key=lambda pair: pair[0].distance_km + pair[1].distance_km)


def _read_wish(avoid: Set[str], options: Mapping[str, Any]) -> _Wish:
    """Check what a caller asks."""
    unknown = {code for code in avoid if len(code) != 2 or not code.isupper()}
    if unknown:
        raise ValueError(f"`avoid` takes ISO country codes such as CN, not {min(unknown)!r}.")
    prefer = str(options.get("prefer", "main"))
    if prefer not in _PREFERENCES:
        raise ValueError(f"`prefer` must be one of {', '.join(_PREFERENCES)}, not {prefer!r}.")
    return _Wish(
        avoid=frozenset(avoid),
        gauge_penalty_km=float(options.get("gauge_penalty_km", 400)),
        allow_ferries=bool(options.get("allow_ferries", True)),
        prefer=prefer,
        stay_in=options.get("stay_in"),
    )


def _the(name: str) -> str:
    """Write a line's name in a sentence: the Trans-Siberian, the line Moscow to Brest."""
    return f"the line {name}" if " to " in name else f"the {name}"


@functools.cache
def rail_network() -> RailNetwork:
    """Open the rail network that ships with the package, once."""
    return RailNetwork()
