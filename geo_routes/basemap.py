"""The basemap: countries in the United Nations' view, land, and disputed borders."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely

from geo_routes import datasets
from geo_routes.errors import DataError, PlaceNotFoundError

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import LineString, MultiLineString, MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

Scale = Literal["110m", "50m", "10m"]
"""Scales of Natural Earth, in millions: 10m is the finest."""

CRS = "EPSG:4326"
_DEGREE_KM = 111.2
_OFF_DEGREES = 0.2  # a port that lies just off the coast of the scale
GRID = 1000
"""Steps in a degree of the grid that the file's coordinates lie on."""


def countries(scale: Scale = "50m") -> gpd.GeoDataFrame:
    """
    Read the countries' areas.

    Borders follow the United Nations' resolutions (Crimea belongs to Ukraine). Areas are cut at
    longitude 180.

    Parameters
    ----------
    scale
        Scale of the data.

    Returns
    -------
    countries
        One row a country: code (ISO 3166 alpha-2; "" for areas without a country), name, geometry.
    """
    import geopandas as gpd

    codes, shapes = _countries(scale)
    return gpd.GeoDataFrame(
        {"code": codes, "name": [_name(code) for code in codes]}, geometry=list(shapes), crs=CRS
    )


def land(scale: Scale = "50m") -> BaseGeometry:
    """Read all land as one geometry, cut at longitude 180."""
    return _shapes(scale, "land")[0]


def borders(scale: Scale = "50m") -> BaseGeometry:
    """Read the land borders of countries, disputed ones among them."""
    return _shapes(scale, "borders")[0]


def disputed_borders(scale: Scale = "50m") -> BaseGeometry:
    """Read borders that are not settled, to be drawn unlike others."""
    return _shapes(scale, "disputed")[0]


def held_borders() -> BaseGeometry:
    """Read the borders of Natural Earth, by who holds a territory, at 1:50 million."""
    return _shapes("50m", "held_borders")[0]


def held_disputed_borders() -> BaseGeometry:
    """Read those of `held_borders` that resolutions of the United Nations do not know."""
    return _shapes("50m", "held_disputed")[0]


def lakes() -> BaseGeometry:
    """Read the lakes of 300 square kilometres or more, the Caspian Sea left out."""
    return _layer("lakes")[0]


def country_names(lang: str) -> Mapping[str, str]:
    """
    Read the countries' names in a language.

    Parameters
    ----------
    lang
        Code of a language that the map page speaks, such as "fr"; for others, English.

    Returns
    -------
    names
        By ISO 3166 alpha-2 code.
    """
    archive = _archive(datasets.path("basemap"))
    key = f"names_{lang}" if f"names_{lang}" in archive else "names_en"
    if key not in archive:
        return {}
    return dict(zip(archive["names_codes"].tolist(), archive[key].tolist(), strict=True))


def country_shapes(scale: Scale = "50m") -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Read the countries' codes ("" for areas without a country) and areas, in the same order."""
    return _countries(scale)


def country_polygon(code: str, scale: Scale = "50m") -> Polygon | MultiPolygon:
    """
    Read one country's area.

    Raises
    ------
    PlaceNotFoundError
        When the scale has no country of that ISO 3166 alpha-2 code.
    """
    codes, shapes = _countries(scale)
    if code not in codes:
        raise PlaceNotFoundError(f"The {scale} basemap has no country with the code {code!r}.")
    return shapes[codes.index(code)]


def shared_border(code: str, other: str, scale: Scale = "50m") -> LineString | MultiLineString:
    """
    Find the land border of two countries.

    Parameters
    ----------
    code, other
        ISO 3166 alpha-2 codes.
    scale
        Scale of the data.

    Returns
    -------
    border
        Empty when the countries do not touch.
    """
    common = shapely.intersection(country_polygon(code, scale), country_polygon(other, scale))
    parts = shapely.get_parts(shapely.get_parts(common))
    lines = [part for part in parts if part.geom_type == "LineString"]
    return shapely.line_merge(shapely.MultiLineString(lines))


def country_at(lon: float, lat: float, scale: Scale = "50m") -> str:
    """Tell which country a point lies in; "" at sea and in areas without a country."""
    codes, _ = _countries(scale)
    point = shapely.Point(lon, lat)
    for position in sorted(map(int, _tree(scale).query(point, predicate="intersects"))):
        code = codes[position]
        if code:
            return code
    return ""


def coast_km(lon: float, lat: float) -> float:
    """
    Measure how far a point on land lies from the sea; the Caspian is one, lakes are none.

    Parameters
    ----------
    lon, lat
        The point, in degrees.

    Returns
    -------
    length_km
        0 at sea. On a plane that is true to scale half-way between north and east: within a third.
    """
    point = shapely.Point(lon, lat)
    if not land().contains(point):
        return 0.0
    coasts = _coasts()
    nearest = coasts.geometries[coasts.nearest(point)]
    scale_km = _DEGREE_KM * (1 + math.cos(math.radians(lat))) / 2
    return float(shapely.distance(point, nearest) * scale_km)


def landmass_at(lon: float, lat: float) -> int | None:
    """Number the island or continent that a point lies on, or just off; None at sea."""
    lands = _lands()
    point = shapely.Point(lon, lat)
    inside = lands.query(point, predicate="intersects")
    found = inside if len(inside) else lands.query_nearest(point, max_distance=_OFF_DEGREES)
    return int(found[0]) if len(found) else None


@functools.cache
def _lands() -> shapely.STRtree:
    """Index the islands and continents, once."""
    return shapely.STRtree(shapely.get_parts(land()))


@functools.cache
def _coasts() -> shapely.STRtree:
    """Index the coasts, once; and make ready for asking what lies on land."""
    shapely.prepare(land())
    return shapely.STRtree(shapely.get_parts(shapely.boundary(land())))


def web_layer(
    bounds: tuple[float, float, float, float],
    *,
    margin_deg: float = 5.0,
    tolerance_deg: float = 0.05,
) -> dict[str, Any]:
    """
    Make a light background for a web map: the world coarsely, the surroundings of a route finely.

    Parameters
    ----------
    bounds
        West, south, east, north of the route; may run on past 180.
    margin_deg
        How far around the route the finer land reaches.
    tolerance_deg
        How far simplified lines may leave the finer ones.

    Returns
    -------
    layer
        GeoJSON feature collections: `world` (land at 1:110 million), `land` (at 1:50 million,
        clipped), `borders` and `disputed` (lines, clipped). Coordinates have two decimals.
    """
    west, south, east, north = bounds
    box = (west - margin_deg, south - margin_deg, east + margin_deg, north + margin_deg)
    inland = _clip(borders("50m"), box)
    return {
        "world": _features(shapely.simplify(land("110m"), 0.1), 1),
        "land": _features(shapely.simplify(_clip(land("50m"), box), tolerance_deg), 2),
        "borders": _features(shapely.simplify(inland, tolerance_deg), 2),
        "disputed": _features(
            shapely.simplify(_clip(disputed_borders("50m"), box), tolerance_deg), 2
        ),
    }


def _clip(shape: BaseGeometry, box: tuple[float, float, float, float]) -> BaseGeometry:
    """Clip a geometry to a box, which may run on past 180."""
    west, south, east, north = box
    pieces = []
    for turn in range(math.floor((west + 180) / 360), math.floor((east + 180) / 360) + 1):
        within = (max(west - 360 * turn, -180), south, min(east - 360 * turn, 180), north)
        if within[0] < within[2]:
            piece = shapely.clip_by_rect(shape, *within)
            pieces.append(shapely.transform(piece, _shift(360.0 * turn)))
    clipped = shapely.union_all(pieces)
    return shapely.line_merge(clipped) if clipped.geom_type.endswith("LineString") else clipped


def _shift(degrees: float) -> Any:
    """Make a function that moves coordinates eastward."""
    return lambda points: points + np.array([degrees, 0.0])


def _features(shape: BaseGeometry, decimals: int) -> dict[str, Any]:
    """Write a geometry's parts as GeoJSON with rounded coordinates, empty ones left out."""
    features = []
    for part in shapely.get_parts(shapely.get_parts(shape)):
        gridded = shapely.set_precision(part, 10.0**-decimals)
        if gridded.is_empty or gridded.geom_type.endswith("Point"):
            continue
        geometry = _rounded(shapely.geometry.mapping(gridded), decimals)
        features.append({"type": "Feature", "properties": {}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def _rounded(value: Any, decimals: int) -> Any:
    """Round all numbers in nested tuples and dicts."""
    if isinstance(value, dict):
        return {key: _rounded(inner, decimals) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(inner, decimals) for inner in value]
    return round(value, decimals) if isinstance(value, float) else value


@functools.cache
def _archive(path: Path) -> Mapping[str, Any]:
    """Open the basemap's file."""
    try:
        opened: Mapping[str, Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {error}. Run: geo-routes data build basemap") from error
    return opened


def _shapes(scale: Scale, layer: str) -> tuple[Any, ...]:
    """Read the geometries of a scale's layer, once."""
    if scale not in {"110m", "50m", "10m"}:
        raise ValueError(f"`scale` must be '110m', '50m' or '10m', not {scale!r}.")
    return _layer(f"{scale}_{layer}")


@functools.cache
def _layer(key: str) -> tuple[Any, ...]:
    """Read the geometries of a layer, once."""
    path = datasets.path("basemap")
    archive = _archive(path)
    if f"{key}_steps" not in archive:
        raise DataError(f"{path} has no {key}. Run: geo-routes data build basemap")
    steps = np.cumsum(archive[f"{key}_steps"], axis=1, dtype=np.int64)
    points = np.ascontiguousarray(steps.T) / GRID
    offsets: list[Any] = []
    while f"{key}_offsets{len(offsets)}" in archive:
        offsets.append(archive[f"{key}_offsets{len(offsets)}"].astype(np.int64))
    kind = shapely.GeometryType(int(archive[f"{key}_kind"]))
    return tuple(shapely.from_ragged_array(kind, points, tuple(offsets)))


@functools.cache
def _countries(scale: Scale) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Read the countries' codes and areas, once."""
    shapes = _shapes(scale, "countries")
    codes = _archive(datasets.path("basemap"))[f"{scale}_codes"]
    return tuple(str(code) for code in codes), shapes


@functools.cache
def _tree(scale: Scale) -> shapely.STRtree:
    """Index the countries' areas, once."""
    return shapely.STRtree(_countries(scale)[1])


def _name(code: str) -> str:
    """Find a country's English name; its code when the gazetteer lacks it."""
    from geo_routes.gazetteer import shipped

    try:
        return shipped().country(code).name if code else ""
    except PlaceNotFoundError:
        return code
