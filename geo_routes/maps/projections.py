"""The projection of the print map: centred on the route, true to area."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_routes.geodesy import geod

if TYPE_CHECKING:
    from pyproj import Transformer

_WIDEST_DEG = 60.0
_DEGREE_KM = 111.2
_GOOD = 0.01
_ENDS = (0.02, 0.98)
_LEAST_SLOPE_DEG = 20.0
_LEAST_PIECE_M = 1000.0
NAMES = ("auto", "laea", "albers", "equal-earth")


def centre(lines: NDArray[Any]) -> tuple[float, float]:
    """Find the length-weighted mean of lines on the sphere, as longitude and latitude."""
    points, index = shapely.get_coordinates(lines, return_index=True)
    lon, lat = np.radians(points).T
    vectors = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    # Along an arc, positions add up to its chord's length in the direction of its middle.
    halves = vectors[1:] + vectors[:-1]
    halves /= np.maximum(np.linalg.norm(halves, axis=1, keepdims=True), 1e-12)
    weights = np.linalg.norm(vectors[1:] - vectors[:-1], axis=1) * (index[1:] == index[:-1])
    mean = (halves * weights[:, None]).sum(axis=0) if weights.sum() else vectors.mean(axis=0)
    return (
        math.degrees(math.atan2(mean[1], mean[0])),
        math.degrees(math.atan2(mean[2], math.hypot(mean[0], mean[1]))),
    )


def radius_deg(middle: tuple[float, float], lines: NDArray[Any]) -> float:
    """Measure how far lines reach from a point, in degrees of arc."""
    points = shapely.get_coordinates(lines)
    here = np.broadcast_to(middle, points.shape)
    metres = geod().inv(here[:, 0], here[:, 1], points[:, 0], points[:, 1])[2]
    return float(np.max(metres)) / 1000 / _DEGREE_KM


def projection_for(
    lines: NDArray[Any], projection: str = "auto"
) -> tuple[Transformer, tuple[float, float], float]:
    """
    Choose a projection for lines.

    Parameters
    ----------
    lines
        What the map is about, in longitude and latitude.
    projection
        "laea" (Lambert azimuthal equal-area), "albers" (equal-area conic, true along two parallels
        of the route), "equal-earth", "auto" (of the first two the one on which lengths along the
        lines err least; the last where the lines reach farther than 60 degrees from their middle),
        or what PROJ reads.

    Returns
    -------
    transformer, middle, radius_deg
        From longitude and latitude to metres on the map; middle and reach of the lines.
    """
    middle = centre(lines)
    reach = radius_deg(middle, lines)
    texts = _definitions(lines, middle)
    if projection != "auto":
        return _transformer(texts.get(projection, projection)), middle, reach
    if reach > _WIDEST_DEG:
        return _transformer(texts["equal-earth"]), middle, reach
    found = _transformer(texts["laea"])
    error = scale_error(found.transform, lines)
    if error > _GOOD and "albers" in texts:
        conic = _transformer(texts["albers"])
        if scale_error(conic.transform, lines) < error:
            found = conic
    return found, middle, reach


def _definitions(lines: NDArray[Any], middle: tuple[float, float]) -> dict[str, str]:
    """Write the projections that are centred on lines as PROJ reads them."""
    where = f"+lon_0={middle[0]:.4f} +lat_0={middle[1]:.4f} +datum=WGS84"
    found = {
        "laea": f"+proj=laea {where}",
        "equal-earth": f"+proj=eqearth +lon_0={middle[0]:.4f} +datum=WGS84",
    }
    low, high = np.quantile(shapely.get_coordinates(shapely.segmentize(lines, 1.0))[:, 1], _ENDS)
    # The parallels that are true lie a sixth of the way in; near the equator no cone fits.
    south, north = low + (high - low) / 6, high - (high - low) / 6
    if abs(south + north) > _LEAST_SLOPE_DEG:
        found["albers"] = f"+proj=aea +lat_1={south:.4f} +lat_2={north:.4f} {where}"
    return found


def _transformer(text: str) -> Transformer:
    """Make the way from longitude and latitude to a projection's metres."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError

    try:
        target = CRS.from_user_input(text)
    except CRSError as error:
        named = ", ".join(NAMES)
        raise ValueError(
            f"`projection` must be one of {named} or what PROJ reads, not {text!r}."
        ) from error
    return Transformer.from_crs("EPSG:4326", target, always_xy=True)


def _lengths(transform: Any, lines: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Measure pieces of lines on the map and on the ground."""
    points, index = shapely.get_coordinates(shapely.segmentize(lines, 1.0), return_index=True)
    same = index[1:] == index[:-1]
    x, y = transform(points[:, 0], points[:, 1])
    drawn = np.hypot(np.diff(x), np.diff(y))[same]
    (lon, lat), (next_lon, next_lat) = points[:-1][same].T, points[1:][same].T
    true = geod().inv(lon, lat, next_lon, next_lat)[2]
    return drawn, np.asarray(true)


def length_factor(transform: Any, lines: NDArray[Any]) -> float:
    """
    Measure how long lines are on the map, as a share of their true length.

    A scale bar drawn for the mean of the route halves what it is wrong by.

    Parameters
    ----------
    transform
        From longitudes and latitudes to metres on the map.
    lines
        Lines in longitude and latitude.
    """
    drawn, true = _lengths(transform, lines)
    return float(drawn.sum() / true.sum()) if true.sum() else 1.0


def scale_error(transform: Any, lines: NDArray[Any]) -> float:
    """
    Measure by how much the scale anywhere along lines differs from their mean scale.

    Parameters
    ----------
    transform
        From longitudes and latitudes to metres on the map.
    lines
        Lines in longitude and latitude.

    Returns
    -------
    error
        The largest difference, as a share; pieces under a kilometre are left out.
    """
    drawn, true = _lengths(transform, lines)
    long = true > _LEAST_PIECE_M
    if not long.any():
        return 0.0
    scale = drawn[long] / true[long]
    return float(np.max(np.abs(scale / (drawn.sum() / true.sum()) - 1)))


def cap(middle: tuple[float, float], radius: float) -> shapely.Polygon:
    """
    Draw a spherical cap in longitude and latitude; longitudes may run on past 180.

    Parameters
    ----------
    middle
        Longitude and latitude.
    radius
        In degrees of arc, below 88; widened a little where the rim would touch a pole.

    Returns
    -------
    cap
        A polygon that holds the middle.
    """
    if abs(abs(middle[1]) + radius - 90.0) < 1.0:
        # A rim through the pole has no longitude there.
        radius += 2.0
    azimuths = np.linspace(0, 360, 181)
    count = len(azimuths)
    lon, lat, _ = geod().fwd(
        np.full(count, middle[0]),
        np.full(count, middle[1]),
        azimuths,
        np.full(count, radius * _DEGREE_KM * 1000),
    )
    lon = np.unwrap(lon, period=360.0)
    lon += 360.0 * np.round((middle[0] - lon.mean()) / 360.0)
    pole = math.copysign(90.0, middle[1])
    if abs(middle[1]) + radius >= 90.0:
        order = np.argsort((lon - middle[0] + 180) % 360)
        lon, lat = (lon[order] - middle[0] + 180) % 360 + middle[0] - 180, lat[order]
        left, right = middle[0] - 180, middle[0] + 180
        edge = (lat[0] + lat[-1]) / 2
        lon = np.concatenate([[left], lon, [right, right, left]])
        lat = np.concatenate([[edge], lat, [edge, pole, pole]])
    polygon = shapely.make_valid(shapely.Polygon(np.stack([lon, lat], axis=1)))
    if not shapely.intersects_xy(polygon, *middle):
        raise ValueError(f"A cap of {radius:g} degrees round {middle} does not hold its middle.")
    return polygon


def clip(area: shapely.Geometry, window: shapely.Geometry) -> shapely.Geometry:
    """Clip an area to a window whose longitudes may run on past 180."""
    west, _, east, _ = window.bounds
    pieces = []
    for turn in range(math.floor((west + 180) / 360), math.floor((east + 180) / 360) + 1):
        moved = shapely.transform(window, _mover(-360.0 * turn))
        pieces.append(shapely.intersection(area, moved))
    return shapely.geometrycollections(
        [part for piece in pieces for part in shapely.get_parts(piece)]
    )


def _mover(degrees: float) -> Any:
    return lambda points: points + np.array([degrees, 0.0])
