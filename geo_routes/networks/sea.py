"""Navigable water: ways that never cross land, pulled taut, through named passages."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_routes import datasets, geodesy
from geo_routes.errors import RouteNotFoundError
from geo_routes.networks.interface import NetworkRoute, Point
from geo_routes.networks.sea_arcs import (
    EARTH_RADIUS_KM,
    PIECE_KM,
    distances_km,
    great_circles,
    nearest_km,
    unit_vectors,
)
from geo_routes.networks.sea_corners import Corners
from geo_routes.networks.sea_local import End
from geo_routes.networks.sea_passages import read_passages
from geo_routes.networks.sea_search import SeaSearch
from geo_routes.networks.sea_taut import gates_crossed
from geo_routes.networks.sea_water import Water

if TYPE_CHECKING:
    import pandas as pd

Leg = tuple[np.ndarray, float, float]
"""Bends, and how far the two given ends are from the water."""
BESIDE_KM, FOLLOWED_KM = 8.5, 30.0
"""
A way that keeps so near to a drawn course for so long is on that canal or river: the true one may
lie three coarse cells off.
"""
MANY = 128
"""Pairs whose ways are found at once."""


class SeaNetwork:
    """
    Open water: cells that no land touches, and the corners at which taut ways bend.

    From each end the way runs through its own water, cell by cell, to the corners around; from
    corner to corner along great circles that were tested when the network was built. What was
    joined is then pulled taut, so that it bends only where land makes it.

    Parameters
    ----------
    path
        The data set; the shipped one when left out.
    """

    def __init__(self, path: Path | None = None) -> None:
        with np.load(path or datasets.path("sea")) as data:
            water = Water(data)
            corners = Corners.read(data)
        passages = read_passages()
        self.search = SeaSearch(water, corners, passages)
        table = [passage for passage in passages if passage.gate]
        self._table = {passage.id: passage for passage in table}
        self._shut = frozenset(passage.id for passage in table if not passage.is_open)
        self._gates = tuple(passage.gate for passage in table)
        self._gate_ids = [passage.id for passage in table for _ in passage.gate[1:]]

    @property
    def passages(self) -> Mapping[str, str]:
        """Names of the passages by id."""
        return {key: passage.name for key, passage in self._table.items()}

    def route(
        self,
        origin: Point,
        destination: Point,
        *,
        via: Sequence[Point | str] = (),
        avoid: Set[str] = frozenset(),
        **options: Any,
    ) -> NetworkRoute:
        """
        Find the shortest way over navigable water between two points.

        Parameters
        ----------
        origin, destination
            (lon, lat); the nearest water within 25 km is taken, `snap_km` away.
        via
            Points, or ids of passages, to pass in order.
        avoid
            Ids of passages to stay out of, such as "suez".
        **options
            `allow`: ids of passages that are closed by default and may be taken.

        Returns
        -------
        route
            The line from the first to the last water point, and the passages it takes, in order.
            `length_km` is the line's and the two ends' distance ashore (`snap_km`).

        Raises
        ------
        ValueError
            When a passage is unknown.
        RouteNotFoundError
            When an end is further than 25 km from navigable water, or no water joins them.
        """
        closed = self._closed_by(via, avoid, options.get("allow", ()))
        points = [origin, *(self._middle(x) if isinstance(x, str) else x for x in via), destination]
        legs = list(self._each_leg(list(pairwise(points)), closed))
        bends = np.concatenate([legs[0][0], *(leg[0][1:] for leg in legs[1:])])
        [drawn], [passages] = _drawn([bends]), self._passed([bends])
        return NetworkRoute(
            line=shapely.linestrings(drawn),
            length_km=geodesy.pieces_km(drawn) + legs[0][1] + legs[-1][2],
            origin_snap_km=legs[0][1],
            destination_snap_km=legs[-1][2],
            passages=passages,
        )

    def alternatives(
        self,
        origin: Point,
        destination: Point,
        *,
        k: int = 3,
        avoid: Set[str] = frozenset(),
        **options: Any,
    ) -> list[NetworkRoute]:
        """List up to `k` ways that differ by the passages they take, shortest first."""
        found: dict[tuple[str, ...], NetworkRoute] = {}
        queue: list[frozenset[str]] = [frozenset(avoid)]
        tried: set[frozenset[str]] = set()
        while queue and len(found) < k + 2 and len(tried) < 4 * k:
            shunned = queue.pop(0)
            if shunned in tried:
                continue
            tried.add(shunned)
            try:
                way = self.route(origin, destination, avoid=shunned, **options)
            except RouteNotFoundError:
                continue
            names = [self._table[key].name for key in way.passages]
            label = "via " + ", ".join(names) if names else "by the open sea"
            found.setdefault(way.passages, replace(way, label=label))
            queue += [shunned | {key} for key in way.passages]
        if not found:
            raise RouteNotFoundError("No navigable water joins the two places.")
        return sorted(found.values(), key=lambda way: way.length_km)[:k]

    def bends(
        self, origin: Point, destination: Point, *, avoid: Set[str] = frozenset(), **options: Any
    ) -> tuple[np.ndarray, float, float]:
        """
        Find where the shortest way bends: cheaper than `route` where no line is drawn.

        Parameters and errors are those of `route`.

        Returns
        -------
        bends
            (n, 2) lon, lat, both ends on the water included; great circles join them.
        origin_snap_km, destination_snap_km
            How far the given ends are from them.
        """
        closed = self._closed_by((), avoid, options.get("allow", ()))
        return next(self._each_leg([(origin, destination)], closed))

    def _closed_by(
        self, via: Sequence[Point | str], avoid: Set[str], allow: Iterable[str]
    ) -> frozenset[str]:
        """List the passages that are closed for a question."""
        named = {key for key in via if isinstance(key, str)}
        unknown = sorted(named.union(avoid).difference(self._table))
        if unknown:
            known = ", ".join(sorted(self._table))
            raise ValueError(f"Unknown passage {unknown[0]!r}; there are: {known}.")
        return self._shut.union(avoid) - named.union(allow)

    def _legs(
        self, pairs: Sequence[tuple[Point, Point]], closed: frozenset[str]
    ) -> list[Leg | None]:
        """Find many ways at once, each always from the same end: it is the same both ways."""
        sailed: dict[tuple[Point, Point], tuple[End, End]] = {}
        for pair in dict.fromkeys((min(a, b), max(a, b)) for a, b in pairs):
            start = self.search.end_at(pair[0])
            stop = None if start is None else self.search.end_at(pair[1])
            if start is not None and stop is not None:
                sailed[pair] = start, stop
        taut = dict(zip(sailed, self.search.ways(list(sailed.values()), closed), strict=True))
        legs: list[Leg | None] = []
        for a, b in pairs:
            pair = min(a, b), max(a, b)
            bends = taut.get(pair)
            if bends is None:
                legs.append(None)
                continue
            start, stop = sailed[pair] if a <= b else sailed[pair][::-1]
            legs.append((bends if a <= b else bends[::-1], start.snap_km, stop.snap_km))
        return legs

    def _each_leg(
        self, pairs: Sequence[tuple[Point, Point]], closed: frozenset[str]
    ) -> Iterator[Leg]:
        """Find ways, and say why when there is none."""
        for pair, leg in zip(pairs, self._legs(pairs, closed), strict=True):
            if leg is None:
                for point in pair:
                    self.search.end(point)
                raise RouteNotFoundError("No navigable water joins the two places.")
            yield leg

    def _middle(self, key: str) -> Point:
        # The first piece of a gate lies where ships pass; more of it may bar the way round.
        start, stop = np.array(self._table[key].gate[:2])
        points = np.linspace(start, stop, 400)
        water = points[self.search.water.is_water(points)]
        middle = water[len(water) // 2] if len(water) else points[200]
        return float(middle[0]), float(middle[1])

    def _passed(self, ways: Sequence[np.ndarray]) -> list[tuple[str, ...]]:
        """List the passages whose gates some ways of great circles cross, in order."""
        starts, stops, first = _pieces(ways)
        piece, wall, along = gates_crossed(starts, stops, self._gates)
        order = np.lexsort((along, piece))
        crossed = [self._gate_ids[at] for at in wall[order].tolist()]
        cuts = piece[order].searchsorted(first).tolist()
        passed = []
        for way, own in zip(ways, (crossed[a:b] for a, b in pairwise(cuts)), strict=True):
            begun, ended = self._begins_on(way), self._begins_on(way[::-1])
            ids = [*(begun - set(own)), *own, *(ended - begun - set(own))]
            passed.append(tuple(dict.fromkeys(ids)))
        return passed

    def _begins_on(self, bends: np.ndarray) -> set[str]:
        """Tell on which canal or river a way begins: it need not reach the gate."""
        if len(bends) < 2:
            return set()
        points, vectors, ids, beside = self._courses
        lon, lat = bends[0].tolist()
        if not beside[int((lat + 90) * 2), int((lon + 180) * 2) % 720]:
            return set()
        around = (np.abs(points[:, 1] - lat) < (BESIDE_KM + FOLLOWED_KM) / 100).nonzero()[0]
        points, vectors, ids = points[around], vectors[around], ids[around]
        # The square of the chord to a point tells how near it is.
        chord = 1 - (BESIDE_KM / EARTH_RADIUS_KM) ** 2 / 2
        near = set(ids[vectors @ unit_vectors(bends[0]) > chord].tolist())
        if not near:
            return set()
        far = int(np.cumsum(distances_km(bends[:-1], bends[1:])).searchsorted(FOLLOWED_KM)) + 2
        way = great_circles(bends[:far][:-1], bends[:far][1:], 1.0)[0]
        way = way[distances_km(way, bends[0]) < FOLLOWED_KM]
        if distances_km(way[-1], bends[0]) <= FOLLOWED_KM / 2:
            return set()
        return {key for key in near if (nearest_km(way, points[ids == key]) < BESIDE_KM).all()}

    @functools.cached_property
    def _courses(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """
        Give the drawn courses of canals and rivers, a point each kilometre.

        (lon, lat), the same on the unit sphere, whose each is, and the squares beside them.
        """
        pieces = [
            (passage.id, *piece)
            for passage in self._table.values()
            for piece in pairwise(passage.carve)
        ]
        ids, starts, stops = zip(*pieces, strict=True)
        points, piece = great_circles(np.array(starts), np.array(stops), 1.0)
        return points, unit_vectors(points), np.array(ids)[piece], _squares_beside(points)


def route_many(frame: pd.DataFrame, *, avoid: Set[str] = frozenset()) -> pd.DataFrame:
    """
    Measure the ways between many pairs of points.

    Parameters
    ----------
    frame
        Columns origin_lon, origin_lat, destination_lon, destination_lat.
    avoid
        Ids of passages to stay out of.

    Returns
    -------
    frame
        A copy with `length_km`, `snap_km` and `passages`; NaN and () where there is no way.
    """
    import pandas as pd

    network = sea_network()
    closed = network._closed_by((), avoid, ())
    names = ["origin_lon", "origin_lat", "destination_lon", "destination_lat"]
    pairs = [((x0, y0), (x1, y1)) for x0, y0, x1, y1 in frame[names].itertuples(index=False)]
    rows: list[tuple[float, float, tuple[str, ...]]] = []
    for first in range(0, len(pairs), MANY):
        legs = network._legs(pairs[first : first + MANY], closed)
        ways = [leg[0] for leg in legs if leg is not None]
        told = zip(geodesy.lines_km(_drawn(ways)), network._passed(ways), strict=True)
        for leg in legs:
            if leg is None:
                rows.append((np.nan, np.nan, ()))
            else:
                (km, passages), (_, here, there) = next(told), leg
                rows.append((km + here + there, here + there, passages))
    return frame.assign(
        length_km=[row[0] for row in rows],
        snap_km=[row[1] for row in rows],
        passages=pd.Series([row[2] for row in rows], index=frame.index, dtype=object),
    )


@functools.cache
def sea_network() -> SeaNetwork:
    """Open the sea network that ships with the package, once."""
    return SeaNetwork()


def _squares_beside(points: np.ndarray) -> np.ndarray:
    """Tell which squares of half a degree, by row and column, are within `BESIDE_KM` of points."""
    beside_lat = BESIDE_KM / 110.0
    beside_lon = beside_lat / np.cos(np.radians(np.abs(points[:, 1]) + beside_lat))
    beside = np.zeros((361, 720), bool)
    for east in (-1, 0, 1):
        for north in (-1, 0, 1):
            beside[_square(points[:, 0] + east * beside_lon, points[:, 1] + north * beside_lat)] = (
                True
            )
    return beside


def _square(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Give the row and column of the square of half a degree."""
    return np.int64((lat + 90) * 2), np.int64((lon + 180) * 2) % 720


def _pieces(ways: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the great circles of ways, way by way, and where those of each begin; the end too."""
    none = np.empty((0, 2))
    starts = np.concatenate([none, *(way[:-1] for way in ways)])
    stops = np.concatenate([none, *(way[1:] for way in ways)])
    return starts, stops, np.cumsum([0, *(len(way) - 1 for way in ways)])


def _drawn(ways: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Draw the great circles between bends, so finely that straight pieces keep to the water."""
    starts, stops, first = _pieces(ways)
    points, piece = great_circles(starts, stops, PIECE_KM)
    # Each piece but a way's first begins where the one before ends.
    kept = np.ones(len(piece), bool)
    kept[1:] = piece[1:] == piece[:-1]
    cuts = piece.searchsorted(first)
    kept[cuts[:-1][first[1:] > first[:-1]]] = True
    points, cuts = points[kept], np.concatenate([[0], kept.cumsum()])[cuts].tolist()
    drawn = []
    for way, (a, b) in zip(ways, pairwise(cuts), strict=True):
        line = points[a:b] if len(way) > 1 else np.concatenate([way, way])
        if np.abs(line[1:, 0] - line[:-1, 0]).max() > 180:
            line[:, 0] = np.unwrap(line[:, 0], period=360)
        drawn.append(line)
    return drawn
