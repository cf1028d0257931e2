"""Vague places as polygons: "near X", "the south-western border of X", "between A and B"."""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_routes.errors import DataError, PlaceNotFoundError
from geo_routes.itinerary import Region, Rule
from geo_routes.regions.borders import BEARINGS, facing_stretch
from geo_routes.regions.peopled import peopled_point

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

logger = logging.getLogger(__name__)

Point = tuple[float, float]

NEAR_KM = 30.0
BORDER_KM = 100.0
COAST_KM = 30.0
OFFSHORE_KM = 60.0
SIDE_SHARE = 0.4
"""The part of an area that "eastern" or "the south-west of" it covers, of its whole surface."""
BORDER_SHARE = 0.3
"""The part of a coast that its "south-western" stretch covers at most, of its whole length."""

SIDE_REACH = 0.2
"""
How much less far to the side a stretch of coast, or of the border with one neighbour, may lie, as
a share of the area's box.
"""
_DISTANCE_SPREAD = 0.2
_FAR_DEG = 8.0


def region_polygon(region: Region) -> Polygon | MultiPolygon:
    """
    Compute the area that a vague description covers.

    Parameters
    ----------
    region
        The description.

    Returns
    -------
    polygon
        In longitude and latitude (EPSG:4326); past 180 rather than cut where it crosses 180.

    Raises
    ------
    DataError
        When the area that the region is part of is not known.

    Examples
    --------
    >>> near = Region(rule=Rule.NEAR, anchors=((131.9, 43.1),), within_km=20.0)
    >>> region_polygon(near).contains(region_polygon(near).centroid)
    True
    """
    return _polygon(region)


def representative_point(region: Region, *, polygon: BaseGeometry | None = None) -> Point:
    """
    Choose a point inside a region that stands for it: its middle, or where a coast is peopled.

    Parameters
    ----------
    region
        The description.
    polygon
        The region's polygon, where it is already at hand.

    Returns
    -------
    point
        Longitude and latitude, within -180 to 180.
    """
    return _point(region) if polygon is None else _point_in(region, polygon)


@functools.lru_cache(maxsize=256)
def _point(region: Region) -> Point:
    return _point_in(region, region_polygon(region))


def _point_in(region: Region, area: BaseGeometry) -> Point:
    if region.rule in {Rule.COAST, Rule.OFFSHORE} and region.of and ":" not in region.of:
        # The middle of a long coast may lie where nobody lives, or sails.
        point = peopled_point(region.of[:2], area)
        if point is not None:
            return (point[0] + 180.0) % 360.0 - 180.0, point[1]
    centre = area.centroid
    if not area.intersects(centre):
        largest = max(getattr(area, "geoms", [area]), key=lambda part: part.area)
        centre = largest.representative_point()
    return (float(centre.x) + 180.0) % 360.0 - 180.0, float(centre.y)


def radius_km(region: Region, *, polygon: BaseGeometry | None = None) -> float:
    """
    Measure how far from the representative point the true place may lie.

    Parameters
    ----------
    region
        The description.
    polygon
        The region's polygon, where it is already at hand.

    Returns
    -------
    radius_km
        The distance to the region's furthest point.
    """
    if polygon is None:
        return _radius_km(region)
    return _reach_km(_point_in(region, polygon), polygon)


@functools.lru_cache(maxsize=256)
def _radius_km(region: Region) -> float:
    return _reach_km(_point(region), region_polygon(region))


def _reach_km(point: Point, area: BaseGeometry) -> float:
    """Measure from a point to the furthest corner of an area."""
    from shapely import get_coordinates

    from geo_routes.geodesy import geod, great_circles_km

    lon, lat = point
    corners = get_coordinates(area)
    about_km = great_circles_km([point], corners)[0]
    # The geodesic is slow, and within half a percent of the great circle.
    corners = corners[about_km >= 0.98 * about_km.max()]
    count = len(corners)
    distances = geod().inv(np.full(count, lon), np.full(count, lat), *corners.T)[2]
    return round(float(np.max(distances)) / 1000, 1)


@functools.lru_cache(maxsize=256)
def _polygon(region: Region) -> Any:
    rules: dict[Rule, Callable[[Region], BaseGeometry]] = {
        Rule.WHOLE: lambda region: _area(region.of),
        Rule.SIDE: lambda region: _side(_mainland(_area(region.of)), region.side or "C"),
        Rule.BORDER: _border,
        Rule.COAST: _coast,
        Rule.OFFSHORE: _offshore,
        Rule.NEAR: lambda region: _circle(region.anchors[0], region.within_km or NEAR_KM),
        Rule.DISTANCE: _distance,
        Rule.BETWEEN: _between,
        Rule.POLYGON: _drawn,
    }
    area = rules[region.rule](region)
    if area.is_empty:
        raise DataError(f"The region {region} covers no area: check its fields.")
    return area


def _drawn(region: Region) -> BaseGeometry:
    from shapely import from_wkt

    return from_wkt(region.wkt)


@functools.lru_cache(maxsize=64)
def _area(of: str) -> BaseGeometry:
    """The polygon of a country, division, sea or other named area."""
    code = of.removeprefix("country:")
    if len(code) == 2:
        return _country(code)
    from geo_routes.gazetteer import shipped

    name = of if ":" in of else f"admin1:{of}"
    from geo_routes.divisions import division_polygon

    try:
        return division_polygon(name)
    except (PlaceNotFoundError, DataError):
        logger.debug("No outline of %s; a circle stands for it", name)
    try:
        place = shipped().place(name)
    except PlaceNotFoundError as error:
        raise DataError(f"No area with the code {of!r} is known.") from error
    # Seas and some divisions have no outline: a circle about as large, kept within the country.
    circle = _circle((place.lon, place.lat), max(place.uncertainty_km, 5.0))
    if place.kind == "admin1" and place.country:
        inside = circle.intersection(_country(place.country))
        return circle if inside.is_empty else inside
    return circle


@functools.lru_cache(maxsize=64)
def _country(code: str) -> BaseGeometry:
    from shapely.affinity import translate

    from geo_routes import basemap

    try:
        area: BaseGeometry = basemap.country_polygon(code)
    except PlaceNotFoundError:
        return _circle(_country_point(code), 30.0)
    west, _, east, _ = area.bounds
    if east - west < 300:
        return area
    # A country on both sides of 180: its western part moves east, so that it is one piece.
    parts = [part if part.centroid.x > 0 else translate(part, xoff=360) for part in area.geoms]
    return type(area)(parts)


@functools.lru_cache(maxsize=64)
def _home(code: str) -> BaseGeometry:
    """A country without what lies far from its main body."""
    return _mainland(_country(code))


def _country_point(code: str) -> Point:
    from geo_routes.gazetteer import shipped

    try:
        country = shipped().country(code)
    except PlaceNotFoundError as error:
        raise DataError(f"No country with the code {code!r} is known.") from error
    return country.lon, country.lat


def _metres(centre: Point) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Make functions to a plane in metres about a point and back (azimuthal equidistant)."""
    from pyproj import Transformer

    lon, lat = centre
    # A transformer between named systems would take a hundred times as long to make.
    projection = Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        f"+step +proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m"
    )

    def there(points: Any) -> Any:
        return np.column_stack(projection.transform(points[:, 0], points[:, 1]))

    def back(points: Any) -> Any:
        lons, lats = projection.transform(points[:, 0], points[:, 1], direction="INVERSE")
        # Near 180 longitudes run on rather than jump.
        return np.column_stack([lon + (lons - lon + 180.0) % 360.0 - 180.0, lats])

    return there, back


def _buffer(shape: BaseGeometry, distance_km: float) -> BaseGeometry:
    """Widen a shape by a distance on the ground."""
    from shapely import segmentize, transform

    pieces = [piece for piece in getattr(shape, "geoms", [shape]) if not piece.is_empty]
    widened = []
    for piece in pieces:
        centre = piece.centroid
        there, back = _metres((float(centre.x), float(centre.y)))
        flat = transform(segmentize(piece, 0.25), there)
        widened.append(transform(flat.buffer(distance_km * 1000, quad_segs=12), back))
    return _union(widened)


def _union(shapes: Iterable[BaseGeometry]) -> BaseGeometry:
    from shapely import make_valid, union_all

    return union_all([shape if shape.is_valid else make_valid(shape) for shape in shapes])


def _circle(centre: Point, radius_km: float) -> BaseGeometry:
    from shapely import Point as ShapelyPoint

    return _buffer(ShapelyPoint(centre), radius_km)


def _towards(side: str, bounds: tuple[float, ...]) -> Callable[[float, float], float]:
    """Make a function that grows towards a side of a box: 0 at one end to 1 at the other."""
    west, south, east, north = bounds
    width, height = max(east - west, 1e-9), max(north - south, 1e-9)
    angle = math.radians(BEARINGS[side])
    right, up = math.sin(angle), math.cos(angle)
    return lambda x, y: right * ((x - west) / width - 0.5) + up * ((y - south) / height - 0.5)


def _side(area: BaseGeometry, side: str) -> BaseGeometry:
    """Cut the part of an area on one side, by its share of the surface."""
    from shapely import Polygon as ShapelyPolygon

    if side == "C":
        return _middle(area)
    west, south, east, north = area.bounds
    across, up = (west + east) / 2, (south + north) / 2
    width, height = east - west, north - south
    angle = math.radians(BEARINGS[side])
    forward = np.array([math.sin(angle) * width, math.cos(angle) * height])
    sideways = np.array([math.cos(angle) * width, -math.sin(angle) * height])
    low, high = -1.0, 1.0
    part = area
    for _ in range(14):
        cut = (low + high) / 2
        base = np.array([across, up]) + forward * cut
        corners = [
            base + sideways * 2,
            base - sideways * 2,
            base - sideways * 2 + forward * 3,
            base + sideways * 2 + forward * 3,
        ]
        part = area.intersection(ShapelyPolygon(corners))
        if part.area > SIDE_SHARE * area.area:
            low = cut
        else:
            high = cut
    return part


def _middle(area: BaseGeometry) -> BaseGeometry:
    from shapely.affinity import scale

    west, south, east, north = area.bounds
    from shapely import box

    shrink = math.sqrt(SIDE_SHARE)
    centre = area.centroid
    frame = scale(box(west, south, east, north), shrink, shrink)
    part = area.intersection(frame)
    return area.intersection(centre.buffer((east - west) / 4)) if part.is_empty else part


def _mainland(area: BaseGeometry) -> BaseGeometry:
    """Leave out parts far from the largest one, such as overseas departments."""
    from shapely import dwithin, prepare

    parts = list(getattr(area, "geoms", [area]))
    largest = max(parts, key=lambda part: part.area)
    prepare(largest)
    near = [
        part
        for part, is_near in zip(parts, dwithin(largest, parts, _FAR_DEG), strict=True)
        if is_near
    ]
    return _union(near) if len(near) < len(parts) else area


def _neighbours(code: str) -> tuple[str, ...]:
    from geo_routes.gazetteer import shipped

    return shipped().country(code[:2]).neighbours


def _border_line(code: str, others: Iterable[str]) -> BaseGeometry:
    """The line that a country shares with others."""
    from geo_routes import basemap

    lines = []
    for other in others:
        try:
            lines.append(basemap.shared_border(code[:2], other))
        except PlaceNotFoundError:
            continue  # too small for the basemap
    return _east_of_180(_union(lines), _country(code[:2]))


def _east_of_180(shape: BaseGeometry, area: BaseGeometry) -> BaseGeometry:
    """Move what lies west of 180 beside an area that runs on past it."""
    from shapely.affinity import translate

    if area.bounds[2] <= 180 or shape.is_empty:
        return shape
    parts = getattr(shape, "geoms", [shape])
    return _union([translate(p, xoff=360) if p.centroid.x < 0 else p for p in parts])


def _lines(shape: BaseGeometry) -> list[BaseGeometry]:
    return [
        part
        for part in getattr(shape, "geoms", [shape])
        if part.geom_type in {"LineString", "LinearRing"} and not part.is_empty
    ]


def _stretch(line: BaseGeometry, side: str, bounds: tuple[float, ...]) -> BaseGeometry:
    """Keep the share of a line that lies furthest to one side of an area."""
    from shapely import LineString, MultiLineString, segmentize

    if not side or side == "C":
        return line
    grow = _towards(side, bounds)
    segments = [
        (start, end)
        for part in _lines(segmentize(line, 0.2))
        for start, end in zip(part.coords[:-1], part.coords[1:], strict=True)
    ]
    if not segments:
        return line
    segments.sort(key=lambda s: -grow((s[0][0] + s[1][0]) / 2, (s[0][1] + s[1][1]) / 2))
    lengths = np.cumsum(
        [math.hypot((b[0] - a[0]) * math.cos(math.radians(a[1])), b[1] - a[1]) for a, b in segments]
    )
    kept = int(np.searchsorted(lengths, BORDER_SHARE * lengths[-1])) + 1
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in segments[:kept]]
    furthest = grow(*middles[0])
    kept = sum(grow(*middle) >= furthest - SIDE_REACH for middle in middles)
    return MultiLineString([LineString(segment) for segment in segments[:kept]])


def _border(region: Region) -> BaseGeometry:
    own = _country(region.of[:2])
    others = (region.of_border[:2],) if region.of_border else _neighbours(region.of)
    line = _border_line(region.of, others)
    if line.is_empty:
        # No border is known: the side of the country towards it is still right.
        return _side(own, region.side or "C")
    home = _home(region.of[:2])
    line = line.intersection(home.buffer(0.05))
    stretch = None
    if region.side in BEARINGS and not region.of_border:
        body = max(getattr(own, "geoms", [own]), key=lambda part: part.area)
        stretch = facing_stretch(body, line, region.side)
    if stretch is None:
        stretch = _stretch(line, region.side, _bounds_over_180(home))
    strip = _buffer(_merged(stretch), region.within_km or BORDER_KM)
    inside = strip.intersection(home)
    return strip if inside.is_empty else inside


def _bounds_over_180(area: BaseGeometry) -> tuple[float, ...]:
    """Bound an area; one cut at 180 is bounded whole, its western parts moved on by 360."""
    west, south, east, north = area.bounds
    if east - west < 180:
        return west, south, east, north
    parts = [part.bounds for part in getattr(area, "geoms", [area])]
    return (
        min(part[0] for part in parts if part[0] >= -30),
        south,
        max(part[2] if part[0] >= -30 else part[2] + 360 for part in parts),
        north,
    )


def _merged(line: BaseGeometry) -> BaseGeometry:
    """Join touching pieces and drop detail finer than a region needs."""
    from shapely import MultiLineString, line_merge

    lines = _lines(line)
    return line_merge(MultiLineString(lines)).simplify(0.05) if lines else line


@functools.lru_cache(maxsize=64)
def _coast_line(code: str) -> BaseGeometry:
    """The outline of a country without its land borders."""
    own = _country(code[:2])
    land = [_country(other).buffer(0.05) for other in _neighbours(code)]
    return own.boundary.difference(_union(land)) if land else own.boundary


def _coast(region: Region) -> BaseGeometry:
    own = _home(region.of[:2])
    area = _side(own, region.side) if region.side else own
    coast = _coast_line(region.of).intersection(area.buffer(0.01))
    if coast.is_empty:
        return area
    return _buffer(_merged(coast), region.within_km or COAST_KM).intersection(own.buffer(0.01))


def _offshore(region: Region) -> BaseGeometry:
    within = region.within_km or OFFSHORE_KM
    if region.anchors:
        around = _circle(region.anchors[0], within)
    elif len(region.of) > 2:
        around = _buffer(_area(region.of).simplify(0.05), within)
    else:
        own = _home(region.of)
        coast = _coast_line(region.of).intersection(own.buffer(0.01))
        around = _buffer(_merged(_stretch(coast, region.side, own.bounds)), within)
    water = around.difference(_land(around))
    return around if water.is_empty else water


def _land(around: BaseGeometry) -> BaseGeometry:
    """The land that an area touches."""
    from shapely import clip_by_rect
    from shapely.affinity import translate

    from geo_routes import basemap

    land = basemap.land()
    west, south, east, north = around.bounds
    pieces = [
        translate(clip_by_rect(land, west - turn, south, east - turn, north), xoff=turn)
        for turn in (-360, 0, 360)
        if west - turn < 180 and east - turn > -180
    ]
    return _union(pieces)


def _distance(region: Region) -> BaseGeometry:
    from geo_routes.geodesy import destination_point

    anchor = region.anchors[0]
    far = region.distance_km or NEAR_KM
    spread = region.within_km or max(2.0, _DISTANCE_SPREAD * far)
    if region.side and region.side != "C":
        towards = destination_point(anchor, BEARINGS[region.side], far)
        return _circle(towards, max(spread, 0.35 * far))
    return _circle(anchor, far + spread).difference(_circle(anchor, max(0.5, far - spread)))


def _between(region: Region) -> BaseGeometry:
    from geo_routes.geodesy import distance_km, geodesic

    if len(region.anchors) < 2:
        return _border(region)
    origin, destination = region.anchors[:2]
    breadth = region.within_km or max(5.0, 0.2 * distance_km(origin, destination))
    return _buffer(geodesic(origin, destination), breadth)
