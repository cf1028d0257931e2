"""The print map: a route on one sheet, as SVG, PDF or PNG."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_routes import schema
from geo_routes.errors import GeoRoutesError
from geo_routes.itinerary import COMPLETED, Itinerary
from geo_routes.maps import words
from geo_routes.maps.content import claims, describe
from geo_routes.maps.corridors import corridor
from geo_routes.maps.ground import read_borders
from geo_routes.maps.projections import length_factor, projection_for

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import Transformer

    from geo_routes.maps.sheet import Sheet

Frame = tuple[float, float, float, float, float]
Borders = tuple[list[shapely.Geometry], list[shapely.Geometry]]

_FORMATS = (".svg", ".pdf", ".png")
_MARGIN = 0.14
_SHORT_MM = 9.0
_NICE = (1, 2, 5)


class PrintingError(GeoRoutesError, ImportError):
    """What print maps are drawn with is not installed."""


def export_figure(
    itinerary: Itinerary,
    legs: gpd.GeoDataFrame,
    path: str | Path,
    *,
    projection: str = "auto",
    size_mm: float = 180,
    worldview: str = "un",
) -> None:
    """
    Draw the completed legs as a map for print.

    Texts stay texts in SVG and PDF, so that a designer can edit them; mode is told by pattern as
    well as by colour, so that the map survives a grey printer.

    Parameters
    ----------
    itinerary
        Places, claims and sources.
    legs
        Routed legs of the same itinerary, as `route_itinerary` gives them.
    path
        The file to write; its suffix, .svg, .pdf or .png, gives the format.
    projection
        "auto", "laea", "albers", "equal-earth", or what PROJ reads.
    size_mm
        Width of the sheet.
    worldview
        Whose borders are drawn, as `draw_map` has it.

    Examples
    --------
    >>> import tempfile
    >>> from geo_routes import Leg, Mode, Place, route_itinerary
    >>> itinerary = Itinerary(
    ...     places={
    ...         "pk": Place(name="Petropavlovsk", lon=158.65, lat=53.02),
    ...         "adak": Place(name="Adak", lon=-176.65, lat=51.88),
    ...     },
    ...     legs=(Leg(origin="pk", destination="adak", mode=Mode.AIR),),
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "map.svg"
    ...     export_figure(itinerary, route_itinerary(itinerary), path)
    ...     "Petropavlovsk" in path.read_text(encoding="utf-8")
    True
    """
    schema.check_legs(legs)
    target = Path(path)
    if target.suffix.lower() not in _FORMATS:
        raise ValueError(f"`path` must end with one of {', '.join(_FORMATS)}, not {target.name!r}.")
    if not 60 <= size_mm <= 2000:
        raise ValueError(f"`size_mm` must lie within 60 to 2000, not {size_mm:g}.")
    try:
        from geo_routes.maps.sheet import Sheet
    except ImportError as error:
        raise PrintingError(
            'Print maps need matplotlib. Run: pip install "geo-routes[print]"'
        ) from error
    drawn = legs[legs.geometry.notna() & legs["claim"].isin(COMPLETED)]
    if drawn.empty:
        raise ValueError("No completed leg has a line to print.")
    borders = read_borders(worldview)
    lines = np.array(drawn.geometry, dtype=object)
    transformer, middle, reach = projection_for(lines, projection)
    content = describe(itinerary, drawn)
    lang = next((one.lang for one in itinerary.sources.values() if one.lang), "")
    found, said = words.read_words(lang)
    frame = _frame(transformer.transform, lines, size_mm)
    sheet = Sheet(transformer.transform, frame, middle, min(85.0, reach * 1.5 + 8))
    _draw_ground(sheet, borders)
    _draw_route(sheet, drawn, content, itinerary)
    _draw_inset(sheet, drawn, content, borders)
    km, length = _scale(sheet, length_factor(transformer.transform, lines))
    sheet.scale_bar(length, _scale_text(km, found, said))
    sheet.label()
    if worldview != "none":
        sheet.name_countries(*_countries(found))
    _draw_margins(sheet, content, said, _Told(itinerary, worldview))
    sheet.save(target)


def _frame(
    transform: Any, lines: NDArray[Any], size_mm: float
) -> tuple[float, float, float, float, float]:
    """Find the west and south edge in metres, metres in a millimetre, and the sheet's size."""
    points = shapely.get_coordinates(lines)
    x, y = transform(points[:, 0], points[:, 1])
    width, height = max(np.ptp(x), 20_000.0), max(np.ptp(y), 10_000.0)
    share = min(0.85, max(0.5, height / width * 1.15))
    metres = max(
        width * (1 + 2 * _MARGIN) / size_mm, height * (1 + 2.4 * _MARGIN) / (size_mm * share)
    )
    west = (x.min() + x.max()) / 2 - metres * size_mm / 2
    south = (y.min() + y.max()) / 2 - metres * size_mm * share / 2
    return float(west), float(south), float(metres), size_mm, size_mm * share


def _draw_ground(sheet: Sheet, borders: Borders) -> None:
    from geo_routes import basemap

    # A quarter of a millimetre cannot be seen.
    tolerance = sheet.metres * 0.25 / 111_000
    fine: basemap.Scale = "10m" if sheet.metres < 4000 else "50m"
    sheet.land(basemap.land(fine), tolerance)
    sheet.lakes(basemap.lakes(), tolerance)
    settled, disputed = borders
    sheet.borders(settled, tolerance)
    sheet.borders(disputed, tolerance, dashed=True)


def _countries(lang: str) -> tuple[list[shapely.Geometry], list[str]]:
    """Read the countries' areas, coarsely, and their names."""
    from geo_routes import basemap

    names = basemap.country_names(lang)
    codes, shapes = basemap.country_shapes("110m")
    named = [
        (shape, names[code]) for code, shape in zip(codes, shapes, strict=True) if code in names
    ]
    return [shape for shape, _ in named], [name for _, name in named]


def _draw_route(
    sheet: Sheet, drawn: gpd.GeoDataFrame, content: Mapping[str, Any], itinerary: Itinerary
) -> None:
    from geo_routes.regions import region_polygon

    for stop in content["stops"]:
        region = itinerary.places[stop["id"]].region
        if region is not None:
            sheet.region(region_polygon(region))
    for row in drawn.itertuples():
        dashed = "fallback" in str(row.method)
        if dashed or row.approx is not None:
            pieces = [row.geometry] if dashed else list(shapely.get_parts(row.approx))
            sheet.corridor(corridor(pieces))
        sheet.leg(row.geometry, str(row.mode), row.geometry if dashed else row.approx)
    sheet.stops([stop for stop in content["stops"] if stop["lon"] is not None])
    for place in content["references"]:
        if place["lon"] is not None:
            sheet.reference(place)


def _draw_inset(
    sheet: Sheet, drawn: gpd.GeoDataFrame, content: Mapping[str, Any], borders: Borders
) -> None:
    """Draw short legs again, larger, where long ones leave them no room."""
    sizes = [sheet.extent_mm(line) for line in drawn.geometry]
    short = [position for position, size in enumerate(sizes) if size < _SHORT_MM]
    if not short or len(short) == len(sizes):
        return
    chosen = drawn.iloc[short[:1]]
    ends = {chosen.iloc[0].origin_id, chosen.iloc[0].destination_id}
    stops = [stop for stop in content["stops"] if stop["id"] in ends and stop["lon"] is not None]
    line = np.array(chosen.geometry, dtype=object)
    transformer, middle, reach = projection_for(line, "laea")
    width, height = sheet.width * 0.25, sheet.width * 0.2
    west, south, metres, _, _ = _frame(transformer.transform, line, width)
    metres = max(metres * 1.5, metres * width * 0.85 / height)
    x, y = transformer.transform(*shapely.get_coordinates(line).T)
    west = (x.min() + x.max()) / 2 - metres * width / 2
    south = (y.min() + y.max()) / 2 - metres * height / 2
    inset = sheet.inset(
        transformer.transform,
        (float(west), float(south), metres, width, height),
        middle,
        min(80.0, reach * 3 + 3),
    )
    sheet.mark(_outline(transformer, (float(west), float(south), metres, width, height)))
    _draw_ground(inset, borders)
    for row in drawn.itertuples():
        inset.leg(row.geometry, str(row.mode), row.approx)
    inset.stops(stops)
    inset.label()


def _outline(transformer: Transformer, frame: Frame) -> shapely.Polygon:
    """Draw the edge of a frame in longitude and latitude."""
    west, south, metres, width, height = frame
    ring = shapely.get_coordinates(
        shapely.box(west, south, west + width * metres, south + height * metres)
    )
    lon, lat = transformer.transform(ring[:, 0], ring[:, 1], direction="INVERSE")
    return shapely.Polygon(np.stack([lon, lat], axis=1))


@dataclass(frozen=True, slots=True)
class _Told:
    """What the margins tell besides the legs."""

    itinerary: Itinerary
    worldview: str


def _draw_margins(
    sheet: Sheet, content: Mapping[str, Any], said: Mapping[str, str], told: _Told
) -> None:
    legs = content["legs"]
    modes = list(dict.fromkeys(leg["mode"] for leg in legs))
    entries = [(mode, said[f"mode_{mode}"]) for mode in modes]
    if any("approx" in leg or "dashed" in leg for leg in legs):
        entries.append(("gaps", said["approx_key"]))
    if any("corridor" in leg for leg in legs):
        entries.append(("corridor", said["corridor"]))
    if any("rings" in stop for stop in content["stops"]):
        entries.append(("region", said["regions"]))
    sources = "; ".join(
        ", ".join(
            part for part in (one.publisher or one.title, words.period(one.published, said)) if part
        )
        for one in told.itinerary.sources.values()
    )
    credits = [f"{said['sources']}: {sources}"] if sources else []
    credits.append(said["credits"].replace(" Leaflet.", " geo-routes."))
    credits.append(said[f"worldview_{told.worldview}"] + ".")
    sheet.margins((told.itinerary.title, claims(content, said)), entries, credits)


def _scale_text(km: float, lang: str, said: Mapping[str, str]) -> str:
    """Write a length in kilometres and nautical miles."""
    nm = km / schema.NM_KM
    texts = [
        words.figure(value, lang) if value >= 10 else f"{value:.1f}".removesuffix(".0")
        for value in (km, nm)
    ]
    return f"{said['km'].replace('{n}', texts[0])} ({said['nm'].replace('{n}', texts[1])})"


def _scale(sheet: Sheet, factor: float) -> tuple[float, float]:
    """Choose a round length in km near a fifth of the sheet, and its length in mm."""
    km_per_mm = sheet.metres / 1000 / factor
    wanted = sheet.width / 5 * km_per_mm
    power = 10.0 ** math.floor(math.log10(wanted))
    length = max(step * power for step in _NICE if step * power <= wanted)
    return length, length / km_per_mm
