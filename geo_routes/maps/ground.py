"""The basemap of the page: the world coarsely, the surroundings of the stops finely."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_routes import basemap
from geo_routes.maps.polylines import encode_lines

Point = tuple[float, float]

_COARSE_SCALE = 100
_FINE_SCALE = 1000
_COARSE_DEG = 0.03
_FINE_DEG = 0.003
_LEAST_AREA = 0.004
_LEAST_LAKE = 0.25
_OVERHANG_DEG = 0.02
_REACH_DEG = 1.3
_MOST_BOXES = 12
_NAME_PIXELS = 64.0


WORLDVIEWS = ("un", "held", "none")
"""Whose borders: the United Nations', by who holds a territory, or none at all."""


def read_ground(stops: Iterable[Point], worldview: str = "un") -> dict[str, Any]:
    """
    Gather land, lakes, borders and the places of countries' names.

    Parameters
    ----------
    stops
        Longitude and latitude of the stops, round which the coast is drawn finely.
    worldview
        Whose borders are drawn: one of `WORLDVIEWS`.

    Returns
    -------
    ground
        Encoded lines and rings: `land`, `lakes`, `borders`, `disputed`, and `details`, each with
        its box; `names` as code, longitude, latitude and the zoom from which the name fits.
    """
    codes, shapes = basemap.country_shapes("50m")
    settled, disputed = read_borders(worldview)
    lakes = _rings(basemap.lakes(), _COARSE_DEG / 2, _COARSE_SCALE, least=_LEAST_LAKE)
    return {
        "scale": _COARSE_SCALE,
        "land": _rings(basemap.land("50m"), _COARSE_DEG, _COARSE_SCALE, least=_LEAST_AREA),
        "lakes": lakes,
        "borders": _lines(settled, _COARSE_DEG / 2),
        "disputed": _lines(disputed, _COARSE_DEG / 2),
        "fineScale": _FINE_SCALE,
        "details": _details(stops),
        "names": _names(codes, shapes),
    }


def read_borders(worldview: str) -> tuple[list[shapely.Geometry], list[shapely.Geometry]]:
    """
    Read the borders of a worldview at 1:50 million.

    Parameters
    ----------
    worldview
        One of `WORLDVIEWS`.

    Returns
    -------
    settled, disputed
        Lines; both empty where no borders are drawn.
    """
    if worldview not in WORLDVIEWS:
        raise ValueError(f"`worldview` must be one of {', '.join(WORLDVIEWS)}, not {worldview!r}.")
    if worldview == "none":
        return [], []
    disputed = list(shapely.get_parts(basemap.disputed_borders("50m")))
    if worldview == "held":
        claimed = list(shapely.get_parts(basemap.held_disputed_borders()))
        return list(shapely.get_parts(basemap.held_borders())), disputed + claimed
    return list(shared_borders(basemap.country_shapes("50m")[1])), disputed


def _rings(
    area: shapely.Geometry, tolerance: float, scale: int, *, least: float = 0.0
) -> list[str]:
    parts = shapely.get_parts(area)
    thinned = shapely.simplify(parts, tolerance, preserve_topology=False)
    rings = shapely.get_rings(thinned[shapely.area(thinned) > least])
    return encode_lines(rings, scale=scale)


def _lines(lines: Sequence[shapely.Geometry] | NDArray[Any], tolerance: float) -> list[str]:
    thinned = shapely.simplify(np.asarray(lines, dtype=object), tolerance, preserve_topology=False)
    return encode_lines(thinned, scale=_COARSE_SCALE)


def shared_borders(shapes: Sequence[shapely.Geometry]) -> list[shapely.LineString]:
    """Find the borders: runs of edges that two areas share."""
    rings = shapely.get_rings(shapely.get_parts(np.array(shapes, dtype=object)))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    grid = np.rint(points * basemap.GRID).astype(np.int64)
    _, vertex = np.unique(grid[:, 0] * 1_000_000 + grid[:, 1], return_inverse=True)
    pairs = np.sort(np.stack([vertex[:-1], vertex[1:]]), axis=0)
    edges = np.where(ring[1:] == ring[:-1], pairs[0] << 32 | pairs[1], -1)
    _, first, count = np.unique(edges, return_index=True, return_counts=True)
    kept = np.zeros(len(edges), dtype=bool)
    kept[first[count > 1]] = True
    kept[edges < 0] = False
    steps = np.diff(np.concatenate([[0], kept.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [
        shapely.LineString(points[start : end + 1]) for start, end in zip(starts, ends, strict=True)
    ]


def _details(stops: Iterable[Point]) -> list[dict[str, Any]]:
    """Cut fine land out round each stop; stops that lie close share a box."""
    boxes: list[tuple[float, float, float, float]] = []
    for lon, lat in stops:
        here = (lon + 180) % 360 - 180
        covered = any(
            west + 0.5 < here < east - 0.5 and south + 0.3 < lat < north - 0.3
            for west, south, east, north in boxes
        )
        if covered or abs(lat) > 80 or len(boxes) == _MOST_BOXES:
            continue
        wide = _REACH_DEG / math.cos(math.radians(lat))
        west, east = max(-180.0, here - wide), min(180.0, here + wide)
        boxes.append((west, lat - _REACH_DEG, east, lat + _REACH_DEG))
    if not boxes:
        return []
    details = []
    for box in boxes:
        snapped = tuple(round(value, 3) for value in box)
        details.append(
            {
                "box": snapped,
                "land": _clipped(basemap.land("10m"), snapped),
                "lakes": _clipped(basemap.lakes(), snapped),
            }
        )
    return details


def _clipped(area: shapely.Geometry, box: tuple[float, ...]) -> list[str]:
    """Clip an area a little outside its box, so that no seam shows where coarse land goes on."""
    west, south, east, north = box
    over = _OVERHANG_DEG
    inner = (max(-180.0, west - over), south - over, min(180.0, east + over), north + over)
    clipped = shapely.clip_by_rect(area, *inner)
    return [] if clipped.is_empty else _rings(clipped, _FINE_DEG, _FINE_SCALE)


def _names(codes: Sequence[str], shapes: Sequence[shapely.Geometry]) -> list[list[Any]]:
    """Put each country's name into its largest part, the largest countries first."""
    parts, owner = shapely.get_parts(np.array(shapes, dtype=object), return_index=True)
    areas = shapely.area(parts)
    names: dict[str, list[Any]] = {}
    for position in np.argsort(-areas):
        code, part = codes[owner[position]], parts[position]
        if not code or code in names:
            continue
        point = shapely.centroid(part)
        if not shapely.contains_xy(part, point.x, point.y):
            point = shapely.point_on_surface(part)
        width = math.sqrt(areas[position]) / math.cos(math.radians(min(75.0, abs(point.y))))
        zoom = math.log2(_NAME_PIXELS * 360 / (256 * max(width, 0.01)))
        names[code] = [code, round(point.x, 1), round(point.y, 1), round(zoom, 1)]
    return list(names.values())
