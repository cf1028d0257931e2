"""GeoPackage: layers with styles for QGIS, and the whole route file as a table."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_routes.errors import RouteFileError
from geo_routes.io.structure import itinerary_to_dict
from geo_routes.itinerary import Itinerary

if TYPE_CHECKING:
    import geopandas as gpd

_TABLE = "route_file"
_KINDS = {"legs": "MultiLineString", "places": "Point", "regions": "MultiPolygon"}
_GEOMETRIES = {"legs": 1, "places": 0, "regions": 2}

_COLOURS = {
    "sea": "31,95,153",
    "rail": "139,58,47",
    "road": "110,110,110",
    "air": "123,79,160",
    "inland_waterway": "44,138,138",
}


def write_geopackage(
    path: Path, layers: Mapping[str, gpd.GeoDataFrame], itinerary: Itinerary
) -> None:
    """
    Write layers, their styles, the sources and the route file.

    Parameters
    ----------
    path
        A file that does not exist yet.
    layers
        Frames by name: legs, places, regions.
    itinerary
        Kept whole in the table `route_file`.
    """
    import pandas as pd
    import pyogrio

    for name, frame in layers.items():
        pyogrio.write_dataframe(
            frame,
            path,
            layer=name,
            driver="GPKG",
            geometry_type=_KINDS[name],
            promote_to_multi=name != "places",
            append=path.exists(),
        )
    structure = itinerary_to_dict(itinerary)
    sources = [{"id": key, **row} for key, row in structure.get("sources", {}).items()]
    columns = ["id", "publisher", "title", "published", "lang", "url", "sha256", "file"]
    tables = {
        "sources": pd.DataFrame(sources, columns=columns, dtype=object).fillna(""),
        _TABLE: pd.DataFrame({"json": [json.dumps(structure, ensure_ascii=False)]}),
    }
    for name, frame in tables.items():
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=True)
    _write_styles(path)


def read_structure(path: Path) -> Mapping[str, Any]:
    """Read the route file that a GeoPackage holds, as dicts and lists."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            row = base.execute(f"SELECT json FROM {_TABLE}").fetchone()
        structure: Mapping[str, Any] = json.loads(row[0])
    except (sqlite3.Error, TypeError, ValueError):
        raise RouteFileError(f"{path} holds no route file of geo-routes.") from None
    return structure


def _write_styles(path: Path) -> None:
    """Add the table that QGIS looks for when it loads a layer."""
    styles = {"legs": _leg_style(), "places": _place_style(), "regions": _region_style()}
    with closing(sqlite3.connect(path)) as base:
        base.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
            "f_table_catalog TEXT, f_table_schema TEXT, f_table_name TEXT, "
            "f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, "
            "useAsDefault BOOLEAN, description TEXT, owner TEXT, ui TEXT, update_time DATETIME)"
        )
        for name, style in styles.items():
            base.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
                "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, "
                "owner) VALUES ('', '', ?, 'geom', ?, ?, '', 1, 'geo-routes', '')",
                (name, name, style),
            )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', 'Styles for QGIS')"
        )
        base.commit()


def _qml(renderer: str, geometry: int) -> str:
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.22" styleCategories="Symbology">{renderer}'
        f"<layerGeometryType>{geometry}</layerGeometryType></qgis>"
    )


def _symbol(name: str, kind: str, layer: str, options: Mapping[str, str]) -> str:
    rows = "".join(f'<Option type="QString" name="{k}" value="{v}"/>' for k, v in options.items())
    return (
        f'<symbol type="{kind}" name="{name}" alpha="1">'
        f'<layer class="{layer}" enabled="1"><Option type="Map">{rows}</Option></layer></symbol>'
    )


def _leg_style() -> str:
    """Colour by mode; dash what is drawn as a geodesic."""
    rules, symbols = "", ""
    cases = [
        (mode, dashed, f"\"mode\" = '{mode}' AND \"method\" {'' if dashed else 'NOT '}LIKE 'geo%'")
        for mode in _COLOURS
        for dashed in (False, True)
    ]
    for number, (mode, dashed, condition) in enumerate([*cases, ("other", True, "ELSE")]):
        text = condition.replace('"', "&quot;")
        label = f"{mode}, as a geodesic" if dashed else mode
        rules += f'<rule filter="{text}" symbol="{number}" label="{label}" key="{{{number}}}"/>'
        line = {
            "line_color": f"{_COLOURS.get(mode, '90,90,90')},255",
            "line_width": "0.6",
            "line_style": "dash" if dashed else "solid",
        }
        symbols += _symbol(str(number), "line", "SimpleLine", line)
    return _qml(
        f'<renderer-v2 type="RuleRenderer"><rules key="{{rules}}">{rules}</rules>'
        f"<symbols>{symbols}</symbols></renderer-v2>",
        _GEOMETRIES["legs"],
    )


def _place_style() -> str:
    point = {"name": "circle", "color": "255,255,255,255", "outline_color": "30,30,30,255"}
    symbol = _symbol("0", "marker", "SimpleMarker", point | {"size": "2.4"})
    renderer = f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>'
    return _qml(renderer, _GEOMETRIES["places"])


def _region_style() -> str:
    area = {"color": "200,120,40,50", "outline_color": "200,120,40,255", "outline_style": "dash"}
    symbol = _symbol("0", "fill", "SimpleFill", area | {"style": "solid"})
    renderer = f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>'
    return _qml(renderer, _GEOMETRIES["regions"])
