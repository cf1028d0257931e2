"""Routed legs for GIS and other programs, with the whole route file where there is room."""

from __future__ import annotations

import importlib
import json
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_routes import datasets, outputs
from geo_routes.errors import GeoRoutesError, OutputError, RouteFileError
from geo_routes.geodesy import cut_antimeridian
from geo_routes.io.structure import itinerary_from_dict, itinerary_to_dict
from geo_routes.itinerary import Itinerary, Place

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

log = logging.getLogger(__name__)

ROUTE_FILE = "route_file"
"""Layer of a GeoPackage, and member of a GeoJSON, that hold the whole route file."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is written: the itinerary, its routed legs, and the polygons of its regions."""

    itinerary: Itinerary
    legs: gpd.GeoDataFrame
    regions: Mapping[str, BaseGeometry]


def export_legs(
    itinerary: Itinerary, legs: gpd.GeoDataFrame, path: Path, *, format: str = ""
) -> None:
    """
    Write routed legs, with places, regions and sources where the format has room for them.

    Parameters
    ----------
    itinerary, legs
        What `route_itinerary` took and gave.
    path
        The file; its suffix gives the format. Written whole or not at all.
    format
        A format of `FORMATS`, where the suffix says another thing.

    Raises
    ------
    OutputError
        When the format is unknown, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from geo_routes import Leg, Mode, route_itinerary
    >>> itinerary = Itinerary(
    ...     places={
    ...         "pk": Place(name="Petropavlovsk", lon=158.65, lat=53.02),
    ...         "adak": Place(name="Adak", lon=-176.65, lat=51.88),
    ...     },
    ...     legs=(Leg(origin="pk", destination="adak", mode=Mode.AIR),),
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "route.gpkg"
    ...     export_legs(itinerary, route_itinerary(itinerary), path)
    ...     again = read_export(path)
    >>> again == itinerary
    True
    """
    name = (format or path.suffix).lstrip(".").lower()
    if format == "" and path.name.lower().endswith((".lpf.json", ".mf.json")):
        name = path.name.lower().rsplit(".", 2)[1]
    if name not in FORMATS:
        raise OutputError(
            f"No format {name!r}. There are: {', '.join(sorted(FORMATS))}. Choose one with -f."
        )
    export = Export(itinerary, legs, _regions(itinerary))
    with outputs.replaced(path) as draft:
        FORMATS[name](export, draft)


def read_export(path: Path) -> Itinerary:
    """
    Read the itinerary back from a GeoPackage or GeoJSON that `export_legs` wrote.

    Parameters
    ----------
    path
        A .gpkg or .geojson file.

    Returns
    -------
    itinerary
        As it was exported.

    Raises
    ------
    RouteFileError
        When the file holds no route file.

    Examples
    --------
    >>> import tempfile
    >>> from geo_routes.schema import empty_legs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "route.geojson"
    ...     export_legs(Itinerary(title="Drums"), empty_legs(), path)
    ...     read_export(path).title
    'Drums'
    """
    if path.suffix.lower() == ".gpkg":
        from geo_routes.io.geopackage import read_structure

        return itinerary_from_dict(read_structure(path))
    try:
        structure = json.loads(path.read_text(encoding="utf-8")).get(ROUTE_FILE)
    except (OSError, ValueError, AttributeError):
        structure = None
    if not isinstance(structure, dict):
        raise RouteFileError(f"{path} holds no route file of geo-routes.")
    return itinerary_from_dict(structure)


def leg_rows(export: Export) -> list[dict[str, Any]]:
    """List the legs as rows of numbers and text, with the geometry cut at 180 degrees."""
    rows = []
    for record, leg in zip(
        export.legs.to_dict("records"), _legs_of(export.itinerary, export.legs), strict=True
    ):
        line = record.pop("geometry")
        record.pop("approx", None)
        row = {key: _flat(key, value) for key, value in record.items()}
        row["quotes"] = " | ".join(quote.exact for quote in record.get("evidence") or ())
        row |= {"quantity": leg.quantity, "vehicle_type": leg.vehicle_type}
        row |= {"shipper": leg.shipper, "consignee": leg.consignee, "carrier": leg.carrier}
        row |= {"via": "; ".join(leg.via), "avoid": "; ".join(leg.avoid), "note": leg.note}
        row["attribution"] = _attribution(str(row["method"]))
        row["geometry"] = None if line is None or line.is_empty else cut_antimeridian(line)
        rows.append(row)
    return rows


def _attribution(method: str) -> str:
    """Name whom the line of a leg by rail is owed to: the ODbL asks for it wherever it is shown."""
    rail = datasets.catalogue().get("rail") if method == "rail network" else None
    return f"{rail.attribution}, {rail.licence}" if rail else ""


def place_rows(export: Export) -> list[dict[str, Any]]:
    """List the places as rows of numbers and text, with their points."""
    from shapely import Point

    return [
        {
            "id": key,
            **_place_facts(place),
            "geometry": Point(place.point) if place.point else None,
        }
        for key, place in export.itinerary.places.items()
    ]


def region_rows(export: Export) -> list[dict[str, Any]]:
    """List the regions as rows, with their polygons."""
    rows = []
    for key, polygon in export.regions.items():
        place = export.itinerary.places[key]
        rule = str(place.region.rule) if place.region else ""
        rows.append({"id": key, "name": place.name, "rule": rule, "geometry": polygon})
    return rows


def _legs_of(itinerary: Itinerary, legs: gpd.GeoDataFrame) -> list[Any]:
    return [itinerary.legs[int(number) - 1] for number in legs["leg"]]


def _flat(name: str, value: Any) -> Any:
    """Turn a cell into a number or text."""
    if name == "evidence":
        quotes = [{"source": q.source, "exact": q.exact, "start": q.start} for q in value or ()]
        return json.dumps(quotes, ensure_ascii=False)
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False)
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value if value is None or isinstance(value, int | float) else str(value)


def _place_facts(place: Place) -> dict[str, Any]:
    return {
        "name": place.name,
        "toponym": place.toponym,
        "country": place.country,
        "kind": place.kind,
        "gazetteer": place.gazetteer,
        "radius_km": place.radius_km,
        "precision": _precision(place),
        "reference": place.reference,
        "note": place.note,
        "quotes": " | ".join(quote.exact for quote in place.evidence),
    }


def _precision(place: Place) -> str:
    if place.region is not None:
        return "a region: the point only stands for it"
    return "a point" if place.point else "not placed"


def _regions(itinerary: Itinerary) -> dict[str, BaseGeometry]:
    from geo_routes.regions import region_polygon

    polygons = {}
    for key, place in itinerary.places.items():
        if place.region is None:
            continue
        try:
            polygon = region_polygon(place.region)
        except (GeoRoutesError, ValueError) as error:
            log.warning("The region %s has no polygon: %s", key, error)
            continue
        if not polygon.is_empty:
            polygons[key] = _cut_area(polygon)
    return polygons


def _cut_area(polygon: BaseGeometry) -> BaseGeometry:
    """Bring an area that runs on past 180 back within -180 to 180."""
    from shapely import box, union_all
    from shapely.affinity import translate

    west, _, east, _ = polygon.bounds
    if west >= -180 and east <= 180:
        return polygon
    return union_all(
        [
            translate(polygon.intersection(box(turn - 180, -90, turn + 180, 90)), xoff=-turn)
            for turn in (-360, 0, 360)
        ]
    )


def _write_geojson(export: Export, path: Path) -> None:
    path.write_text(json.dumps(to_geojson(export), ensure_ascii=False), encoding="utf-8")


def to_geojson(export: Export) -> dict[str, Any]:
    """Make a GeoJSON FeatureCollection (RFC 7946) that also holds the whole route file."""
    features = []
    for kind, rows in (
        ("region", region_rows(export)),
        ("leg", leg_rows(export)),
        ("place", place_rows(export)),
    ):
        for row in rows:
            geometry = row.pop("geometry")
            features.append(
                {
                    "type": "Feature",
                    "id": f"{kind}-{row.get('leg', row.get('id'))}",
                    "geometry": geometry_to_dict(geometry),
                    "properties": {"feature": kind, **row},
                }
            )
    return {
        "type": "FeatureCollection",
        "features": features,
        ROUTE_FILE: itinerary_to_dict(export.itinerary),
    }


def geometry_to_dict(geometry: BaseGeometry | None) -> dict[str, Any] | None:
    """Round to about a centimetre, and wind polygons as RFC 7946 asks."""
    if geometry is None:
        return None
    from shapely import MultiPolygon, Polygon, set_precision
    from shapely.geometry import mapping
    from shapely.geometry.polygon import orient

    geometry = set_precision(geometry, 1e-7, mode="pointwise")
    if isinstance(geometry, Polygon):
        geometry = orient(geometry)
    elif isinstance(geometry, MultiPolygon):
        geometry = MultiPolygon([orient(part) for part in geometry.geoms])
    return dict(mapping(geometry))


def _frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    import geopandas as gpd

    columns = list(rows[0]) if rows else ["id", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs="EPSG:4326")


def _write_geopackage(export: Export, path: Path) -> None:
    from geo_routes.io.geopackage import write_geopackage

    write_geopackage(
        path,
        {
            "legs": _frame(leg_rows(export)),
            "places": _frame(place_rows(export)),
            "regions": _frame(region_rows(export)),
        },
        export.itinerary,
    )


def _write_flatgeobuf(export: Export, path: Path) -> None:
    frame = _frame(leg_rows(export))
    # The index of FlatGeobuf cannot hold a leg without a line.
    index = "NO" if frame.empty or frame.geometry.isna().any() else "YES"
    frame.to_file(path, driver="FlatGeobuf", SPATIAL_INDEX=index)


def _write_geoparquet(export: Export, path: Path) -> None:
    try:
        importlib.import_module("pyarrow")  # an extra: no other format needs it
    except ImportError:
        raise OutputError(
            "GeoParquet needs pyarrow. Run: pip install 'geo-routes[tables]'"
        ) from None
    _frame(leg_rows(export)).to_parquet(path)


def _write_csv(export: Export, path: Path) -> None:
    import pandas as pd

    rows = [
        {**row, "geometry": "" if row["geometry"] is None else row["geometry"].wkt}
        for row in leg_rows(export)
    ]
    pd.DataFrame(rows).rename(columns={"geometry": "wkt"}).to_csv(path, index=False)


def _lazily(module: str, function: str) -> Callable[[Export, Path], None]:
    def write(export: Export, path: Path) -> None:
        getattr(importlib.import_module(f"geo_routes.io.{module}"), function)(export, path)

    return write


FORMATS: Mapping[str, Callable[[Export, Path], None]] = {
    "csv": _write_csv,
    "fgb": _write_flatgeobuf,
    "geojson": _write_geojson,
    "gpkg": _write_geopackage,
    "gpx": _lazily("xml_exports", "write_gpx"),
    "json": _write_geojson,
    "kml": _lazily("xml_exports", "write_kml"),
    "kmz": _lazily("xml_exports", "write_kmz"),
    "lpf": _lazily("linked", "write_linked_places"),
    "mf": _lazily("linked", "write_moving_features"),
    "parquet": _write_geoparquet,
}
"""Formats by suffix; `lpf` is Linked Places JSON, `mf` OGC Moving Features JSON."""
