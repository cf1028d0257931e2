"""GeoPackage: layers with styles for QGIS, and the whole route file as a table."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from geo_routes.errors import RouteFileError
from geo_routes.io.structure import itinerary_to_dict
from geo_routes.itinerary import COMPLETED, Itinerary

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


def _qml(renderer: str, geometry: int, *, labelled: str = "") -> str:
    """Put a renderer into a style; `labelled` names the column that is written beside."""
    labels = (
        f'<labeling type="simple"><settings><text-style fieldName="{labelled}" fontSize="9" '
        'textColor="30,30,30,255"><text-buffer bufferDraw="1" bufferSize="0.8" '
        'bufferColor="255,255,255,255"/></text-style><placement placement="1" dist="1.5"/>'
        "</settings></labeling>"
        if labelled
        else ""
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22" styleCategories="Symbology|Labeling" '
        f'labelsEnabled="{bool(labels):d}">{renderer}{labels}'
        f"<layerGeometryType>{geometry}</layerGeometryType></qgis>"
    )


def _symbol(name: str, kind: str, layer: str, options: Mapping[str, str]) -> str:
    rows = "".join(f'<Option type="QString" name="{k}" value="{v}"/>' for k, v in options.items())
    return (
        f'<symbol type="{kind}" name="{name}" alpha="1">'
        f'<layer class="{layer}" enabled="1"><Option type="Map">{rows}</Option></layer></symbol>'
    )


def _rules(cases: Iterable[tuple[str, str, str]]) -> str:
    """Draw by rule: label, condition, and a symbol that is named by its number."""
    rules, symbols = "", ""
    for number, (label, condition, symbol) in enumerate(cases):
        text = escape(condition, {'"': "&quot;"})
        rules += f'<rule filter="{text}" symbol="{number}" label="{label}" key="{{{number}}}"/>'
        symbols += symbol.replace("NUMBER", str(number))
    return (
        f'<renderer-v2 type="RuleRenderer"><rules key="{{rules}}">{rules}</rules>'
        f"<symbols>{symbols}</symbols></renderer-v2>"
    )


def _line(colour: str, style: str) -> str:
    options = {"line_color": f"{colour},255", "line_width": "0.6", "line_style": style}
    return _symbol("NUMBER", "line", "SimpleLine", options)


def _leg_style() -> str:
    """Colour by mode; dash what is drawn as a geodesic, dot what is not told as done."""
    done = ", ".join(f"'{status}'" for status in sorted(COMPLETED))
    cases = [
        (
            f"{mode}, as a straight line" if dashed else mode,
            f'"claim" IN ({done}) AND "mode" = \'{mode}\' '
            f"AND \"method\" {'' if dashed else 'NOT '}LIKE 'geo%'",
            _line(colour, "dash" if dashed else "solid"),
        )
        for mode, colour in _COLOURS.items()
        for dashed in (False, True)
    ]
    told = f'"claim" NOT IN ({done})'
    other = ("another way", "ELSE", _line("90,90,90", "dash"))
    planned = ("planned, possible, denied or past", told, _line("150,150,150", "dot"))
    return _qml(_rules([*cases, planned, other]), _GEOMETRIES["legs"])


def _place_style() -> str:
    """A circle for a point; a faint cross where the point only stands for a region."""
    point = {"name": "circle", "color": "255,255,255,255", "size": "2.4"}
    point["outline_color"] = "30,30,30,255"
    cross = {"name": "cross", "outline_color": "200,120,40,255", "size": "2"}
    cases = [
        (
            "stands for a region",
            "\"precision\" LIKE 'a region%'",
            _symbol("NUMBER", "marker", "SimpleMarker", cross),
        ),
        (
            "place",
            "ELSE",
            _symbol("NUMBER", "marker", "SimpleMarker", point),
        ),
    ]
    return _qml(_rules(cases), _GEOMETRIES["places"], labelled="name")


def _region_style() -> str:
    area = {"color": "200,120,40,50", "outline_color": "200,120,40,255", "outline_style": "dash"}
    symbol = _symbol("0", "fill", "SimpleFill", area | {"style": "solid"})
    renderer = f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>'
    return _qml(renderer, _GEOMETRIES["regions"])
