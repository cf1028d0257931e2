"""Turn legs into lines: over water, over track, or as a geodesic that says so."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from geo_routes import geodesy, schema
from geo_routes.errors import PlaceNotFoundError, RouteNotFoundError
from geo_routes.itinerary import Itinerary, Leg, Mode, Place, Region, Rule, Status
from geo_routes.networks.interface import Network, NetworkRoute, Point

if TYPE_CHECKING:
    import geopandas as gpd

    from geo_routes.gazetteer import Candidate

logger = logging.getLogger(__name__)

End = Point | str | Place
"""An end of a route: (lon, lat), a name to look up, or a place."""

_PORTS_WEIGHED = 4
_PORTS_COMPARED = 2
_NETWORK_NAMES = {Mode.SEA: "sea network", Mode.INLAND_WATERWAY: "sea network"}


@dataclass(frozen=True, slots=True)
class _End:
    """A leg's end as a point, with the reason where the point was chosen by us."""

    point: Point | None
    reason: str = ""


def route(
    origin: End,
    destination: End,
    *,
    mode: Mode | str = Mode.SEA,
    via: Sequence[End] = (),
    avoid: Iterable[str] = (),
    **options: Any,
) -> gpd.GeoDataFrame:
    """
    Route between two ends by one mode.

    Parameters
    ----------
    origin, destination
        (lon, lat) pairs, names to look up in the gazetteer, or places.
    mode
        sea, rail, inland_waterway, road, air or unknown. Where there is no network for a mode the
        geodesic is drawn, and the column `method` says so.
    via
        Passages such as "suez" (sea), names, points or places to pass, in order.
    avoid
        Passages ("suez") and countries (ISO 3166 alpha-2, "CN") to stay out of.
    **options
        `alternatives` (int): list up to so many ways, shortest first. By sea: `clearance_km`. By
        rail: `gauge_penalty_km` (400), `allow_ferries` (True), `prefer`.

    Returns
    -------
    legs
        A legs frame (`schema.LEGS`, EPSG:4326), one row a way.

    Raises
    ------
    PlaceNotFoundError
        When a name is not in the gazetteer.
    RouteNotFoundError
        When no path on the network joins the ends.

    Examples
    --------
    >>> legs = route((130.30, 42.24), (132.35, 42.88), mode="sea")
    >>> 183 < float(legs.length_km.iloc[0]) < 205  # 183 km is the shortest line, over land
    True
    """
    mode = Mode(mode)
    count = int(options.pop("alternatives", 1))
    start, finish = _resolve_pair(origin, destination, by_sea=mode is Mode.SEA)
    itinerary = Itinerary(
        places={"origin": start, "destination": finish},
        legs=(Leg(origin="origin", destination="destination", mode=mode),),
    )
    leg = itinerary.legs[0]
    ends = _choose_ends(itinerary, leg)
    if ends[0].point is None or ends[1].point is None:
        raise PlaceNotFoundError("An end has no point; give it as (lon, lat).")
    stops, passages = _split_via(via, itinerary)
    shunned = frozenset(avoid)
    found = _find_ways(leg, ends, via=(stops, passages), avoid=shunned, count=count, **options)
    rows = [_row(itinerary, 1, ends, way, method) for way, method in found]
    return _frame(rows, replace(itinerary, legs=(leg,) * len(rows)))


def route_itinerary(
    itinerary: Itinerary, *, avoid: Iterable[str] = (), progress: bool = False, **options: Any
) -> gpd.GeoDataFrame:
    """
    Route every leg of an itinerary.

    A leg that no network can carry is drawn as a geodesic, and a leg with an unplaced end keeps
    its row without geometry; `method` and `notes` say so.

    Parameters
    ----------
    itinerary
        Places and legs.
    avoid
        Passages and countries to stay out of, beside what the legs themselves avoid.
    progress
        Whether to show a progress bar (tqdm), for itineraries of many legs.
    **options
        Passed to the networks: `clearance_km`, `gauge_penalty_km`, `allow_ferries`, `prefer`.

    Returns
    -------
    legs
        A legs frame (`schema.LEGS`, EPSG:4326), one row a leg, in order.

    Examples
    --------
    >>> itinerary = Itinerary(
    ...     places={
    ...         "rajin": Place(name="Rajin", lon=130.30, lat=42.24),
    ...         "dunay": Place(name="Dunay", lon=132.35, lat=42.88),
    ...     },
    ...     legs=(Leg(origin="rajin", destination="dunay", mode=Mode.AIR),),
    ... )
    >>> legs = route_itinerary(itinerary)
    >>> legs.method.tolist(), round(legs.length_km.sum())
    (['geodesic'], 183)
    """
    rows = []
    todo = enumerate(itinerary.legs, start=1)
    if progress:
        from tqdm.auto import tqdm

        todo = tqdm(todo, total=len(itinerary.legs), unit="leg")
    for number, leg in todo:
        ends = _choose_ends(itinerary, leg)
        shunned = frozenset(avoid) | frozenset(leg.avoid)
        way, method = _carry(leg, itinerary, ends, shunned, options)
        rows.append(_row(itinerary, number, ends, way, method))
    return _frame(rows, itinerary)


def _carry(
    leg: Leg,
    itinerary: Itinerary,
    ends: tuple[_End, _End],
    avoid: frozenset[str],
    options: dict[str, Any],
) -> tuple[NetworkRoute | None, str]:
    if ends[0].point is None or ends[1].point is None:
        return None, "none"
    if ends[0].point == ends[1].point:
        return None, "none"
    notes: list[str] = []
    stops, passages = _split_via(leg.via, itinerary, notes)
    try:
        ways = _find_ways(leg, ends, via=(stops, passages), avoid=avoid, count=1, **options)
        way, method = ways[0]
    except RouteNotFoundError as error:
        logger.info("leg falls back to a geodesic: %s", error)
        notes.append(f"Drawn as a straight line: {error}")
        way, method = _geodesic(ends[0].point, ends[1].point, stops), "geodesic fallback"
    return replace(way, notes=(*way.notes, *notes)), method


def _find_ways(
    leg: Leg,
    ends: tuple[_End, _End],
    *,
    via: tuple[list[Point], list[str]],
    avoid: frozenset[str],
    count: int,
    **options: Any,
) -> list[tuple[NetworkRoute, str]]:
    stops, passages = via
    origin, destination = ends[0].point, ends[1].point
    if origin is None or destination is None:
        return []
    network, kept, settings = _open_network(leg.mode, avoid, options)
    if network is None:
        method = "geodesic" if leg.mode is Mode.AIR else "geodesic fallback"
        return [(_geodesic(origin, destination, stops), method)]
    method = _NETWORK_NAMES.get(leg.mode, f"{leg.mode} network")
    between: list[Any] = [*passages, *stops]
    if count > 1 and not between:
        ways = network.alternatives(origin, destination, k=count, avoid=kept, **settings)
        return [(way, method) for way in ways]
    return [(network.route(origin, destination, via=between, avoid=kept, **settings), method)]


def _open_network(
    mode: Mode, avoid: frozenset[str], options: dict[str, Any]
) -> tuple[Network | None, frozenset[str], dict[str, Any]]:
    """Open the network of a mode, with what of `avoid` and `options` it understands."""
    countries = frozenset(item for item in avoid if len(item) == 2 and item.isupper())
    if mode in {Mode.SEA, Mode.INLAND_WATERWAY}:
        from geo_routes.networks.sea import sea_network

        kept = {key: options[key] for key in ("clearance_km",) if key in options}
        return sea_network(), avoid - countries, kept
    if mode is Mode.RAIL:
        from geo_routes.networks.rail import rail_network

        names = ("gauge_penalty_km", "allow_ferries", "prefer", "stay_in")
        return rail_network(), countries, {key: options[key] for key in names if key in options}
    return None, frozenset(), {}


def _geodesic(origin: Point, destination: Point, stops: Sequence[Point]) -> NetworkRoute:
    from shapely import LineString

    points = [origin, *stops, destination]
    coordinates: list[tuple[float, ...]] = []
    for start, finish in pairwise(points):
        coordinates += list(geodesy.geodesic(start, finish).coords)
    line = geodesy.unwrap(LineString(coordinates))
    return NetworkRoute(line=line, length_km=geodesy.length_km(line))


def _split_via(
    via: Sequence[End], itinerary: Itinerary, notes: list[str] | None = None
) -> tuple[list[Point], list[str]]:
    """Tell points from passages; a name that means nothing is noted, or raised without notes."""
    stops: list[Point] = []
    passages: list[str] = []
    for item in via:
        if isinstance(item, Place):
            if item.point:
                stops.append(item.point)
        elif not isinstance(item, str):
            stops.append(_check_point(item))
        elif item in itinerary.places:
            point = itinerary.places[item].point
            if point:
                stops.append(point)
        elif item in _passage_ids():
            passages.append(item)
        else:
            try:
                found = _look_up(item).point
            except PlaceNotFoundError:
                if notes is None:
                    raise
                notes.append(f"Nothing known by the name of {item!r}: not passed.")
                continue
            if found:
                stops.append(found)
    return stops, passages


def _passage_ids() -> frozenset[str]:
    from geo_routes.networks.sea import sea_network

    return frozenset(sea_network().passages)


def _check_point(point: Point) -> Point:
    lon, lat = float(point[0]), float(point[1])
    if not (-360 <= lon <= 360 and -90 <= lat <= 90):
        raise ValueError(f"A point is (lon, lat) in degrees, not ({lon:g}, {lat:g}).")
    return ((lon + 180) % 360 - 180 if abs(lon) > 180 else lon), lat


def _resolve_pair(origin: End, destination: End, *, by_sea: bool) -> tuple[Place, Place]:
    """Turn two ends into places; a name is read in the light of the other end."""
    start = None if isinstance(origin, str) else _as_place(origin)
    finish = None if isinstance(destination, str) else _as_place(destination)
    if start is None:
        start = _look_up(str(origin), near=finish.point if finish else None, by_sea=by_sea)
    if finish is None:
        finish = _look_up(str(destination), near=start.point, by_sea=by_sea)
        if isinstance(origin, str):
            start = _look_up(origin, near=finish.point, by_sea=by_sea)
    return start, finish


def _as_place(end: Point | Place) -> Place:
    if isinstance(end, Place):
        return end
    lon, lat = _check_point(end)
    return Place(name=f"{lat:.3f}, {lon:.3f}", lon=lon, lat=lat)


def _look_up(name: str, *, near: Point | None = None, by_sea: bool = False) -> Place:
    """Take the gazetteer's best place for a name; by sea the port of a town that has one."""
    from geo_routes import gazetteer

    candidates = gazetteer.shipped().candidates(name, near=near, limit=1)
    if not candidates:
        raise PlaceNotFoundError(
            f"No place called {name!r} in the gazetteer; give it as LON,LAT, "
            f"or look for other spellings with: geo-routes geocode {name!r}"
        )
    best = gazetteer.shipped().harbour(candidates[0]) if by_sea else candidates[0]
    region = Region(rule=Rule.WHOLE, of=best.country) if best.kind == "country" else None
    return Place(
        name=best.name,
        lon=best.lon,
        lat=best.lat,
        country=best.country,
        kind=best.kind,
        gazetteer=best.id,
        radius_km=best.uncertainty_km,
        toponym=name,
        region=region,
    )


def _choose_ends(itinerary: Itinerary, leg: Leg) -> tuple[_End, _End]:
    """Choose the two points to join; a region's point is a choice of ours, with its reason."""
    origin, destination = itinerary.places[leg.origin], itinerary.places[leg.destination]
    return (
        _choose_end(origin, destination, leg),
        _choose_end(destination, origin, leg),
    )


def _choose_end(place: Place, other: Place, leg: Leg) -> _End:
    if place.region is None:
        return _End(place.point)
    from geo_routes.regions import representative_point

    point = place.point or representative_point(place.region)
    # Ports are weighed for what is told as done or to come, not for what is denied or a guess.
    is_weighed = leg.completed or leg.claim.status is Status.PLANNED
    if is_weighed and leg.mode is Mode.SEA and place.region.rule is not Rule.OFFSHORE:
        target = other.point or (representative_point(other.region) if other.region else None)
        port = _nearest_port(place.region, target or point)
        if port is not None:
            name, port_point = port
            return _End(
                port_point,
                f"{place.name} names no port: drawn from {name}, the nearest plausible port.",
            )
    if leg.mode is Mode.RAIL:
        from geo_routes.networks.rail import rail_network

        track = rail_network().nearest_track(point)
        return _End(
            track,
            f"{place.name} is a region: drawn to the track nearest to its middle, no station.",
        )
    return _End(point, f"{place.name} is a region: drawn to a point that stands for it.")


@functools.lru_cache(maxsize=256)
def _nearest_port(region: Region, target: Point) -> tuple[str, Point] | None:
    """Find the port inside a region from which the way by sea to the target is shortest."""
    from shapely import Point as ShapelyPoint
    from shapely import prepare

    from geo_routes.networks.sea import sea_network
    from geo_routes.regions import region_polygon

    polygon = region_polygon(region).buffer(0.1)
    prepare(polygon)
    west, south, east, north = polygon.bounds
    ports = [
        port
        for port in _ports_about(region, target)
        if west <= port.lon <= east
        and south <= port.lat <= north
        and polygon.covers(ShapelyPoint(port.lon, port.lat))
    ]
    ports.sort(key=lambda port: geodesy.distance_km((port.lon, port.lat), target))
    found: list[tuple[float, str, Point]] = []
    for port in ports[:_PORTS_WEIGHED]:
        try:
            way = sea_network().route((port.lon, port.lat), target)
        except RouteNotFoundError:
            continue
        found.append((way.length_km, port.name, (port.lon, port.lat)))
        if len(found) == _PORTS_COMPARED:
            break
    if not found:
        return None
    _, name, point = min(found)
    return name, point


def _ports_about(region: Region, target: Point) -> list[Candidate]:
    """List the ports of the region's country, or those nearest to the target where it has none."""
    from geo_routes import gazetteer

    if region.of and ":" not in region.of:
        return gazetteer.shipped().ports(region.of[:2])
    anchor = region.anchors[0] if region.anchors else target
    return gazetteer.shipped().nearest(*anchor, kinds=("port",), limit=20)


def _row(
    itinerary: Itinerary,
    number: int,
    ends: tuple[_End, _End],
    way: NetworkRoute | None,
    method: str,
) -> dict[str, Any]:
    # Several ways of one leg are rows of one number.
    leg = itinerary.legs[number - 1]
    inferred = dict(leg.inferred)
    for field_name, end in zip(("origin_point", "destination_point"), ends, strict=True):
        if end.reason:
            inferred[field_name] = end.reason
    row: dict[str, Any] = {
        "leg": number,
        "origin": itinerary.places[leg.origin].name,
        "destination": itinerary.places[leg.destination].name,
        "origin_id": leg.origin,
        "destination_id": leg.destination,
        "mode": str(leg.mode),
        "departure": leg.departure,
        "arrival": leg.arrival,
        "claim": str(leg.claim.status),
        "by": leg.claim.by,
        "denied_by": leg.claim.denied_by,
        "cargo": leg.cargo,
        "vehicle": leg.vehicle,
        "flag": leg.flag,
        "evidence": leg.evidence,
        "inferred": inferred,
        "confidence": float("nan") if leg.confidence is None else leg.confidence,
        "method": method,
    }
    return row | _measures(way)


def _measures(way: NetworkRoute | None) -> dict[str, Any]:
    nothing = float("nan")
    if way is None:
        return {
            "length_km": nothing,
            "length_nm": nothing,
            "snap_km": nothing,
            "origin_snap_km": nothing,
            "destination_snap_km": nothing,
            "connector_km": nothing,
            "approx_km": nothing,
            "countries": {},
            "passages": (),
            "crossings": (),
            "gauge_breaks": (),
            "approx": None,
            "notes": ("An end of this leg could not be placed.",),
            "geometry": None,
        }
    return {
        "length_km": way.length_km,
        "length_nm": way.length_km / schema.NM_KM,
        "snap_km": way.origin_snap_km + way.destination_snap_km,
        "origin_snap_km": way.origin_snap_km,
        "destination_snap_km": way.destination_snap_km,
        "connector_km": way.connector_km,
        "approx_km": way.approx_km,
        "countries": dict(way.countries),
        "passages": way.passages,
        "crossings": way.crossings,
        "gauge_breaks": way.gauge_breaks,
        "approx": None if way.approx.is_empty else way.approx,
        "notes": (*((way.label,) if way.label else ()), *way.notes),
        "geometry": way.line,
    }


def _frame(rows: list[dict[str, Any]], itinerary: Itinerary) -> gpd.GeoDataFrame:
    from geo_routes.results import RoutedLegs

    if not rows:
        return schema.empty_legs()
    columns = [*schema.LEGS, "geometry"]
    legs = RoutedLegs(rows, columns=columns, geometry="geometry", crs=schema.CRS)
    legs.itinerary = itinerary
    return legs
