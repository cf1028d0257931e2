"""KML with dates and quotes, and GPX."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from geo_routes.io.checks import first_day, last_day
from geo_routes.io.exports import Export, leg_rows, place_rows, region_rows

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_KML = "http://www.opengis.net/kml/2.2"
_GPX = "http://www.topografix.com/GPX/1/1"

# KML writes colours as alpha, blue, green, red.
_COLOURS = {
    "sea": "ff995f1f",
    "rail": "ff2f3a8b",
    "road": "ff6e6e6e",
    "air": "ffa04f7b",
    "inland_waterway": "ff8a8a2c",
}
_OTHER = "ff5a5a5a"
_FACTS = (
    *("mode", "departure", "arrival", "claim", "by", "denied_by", "cargo", "quantity", "vehicle"),
    *("vehicle_type", "flag", "shipper", "consignee", "carrier", "method"),
)


def write_kml(export: Export, path: Path) -> None:
    """Write KML: a placemark a leg, place and region, with TimeSpan and quotes."""
    path.write_bytes(_kml(export))


def write_kmz(export: Export, path: Path) -> None:
    """Write KML in a zip file."""
    # A fixed date: the same itinerary gives the same bytes.
    entry = zipfile.ZipInfo("doc.kml", date_time=(1980, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry, _kml(export), compress_type=zipfile.ZIP_DEFLATED)


def write_gpx(export: Export, path: Path) -> None:
    """Write GPX 1.1: a waypoint a place and a track a leg."""
    root = ET.Element("gpx", {"xmlns": _GPX, "version": "1.1", "creator": "geo-routes"})
    for row in place_rows(export):
        if row["geometry"] is not None:
            point = _gpx_point(root, "wpt", row["geometry"].coords[0])
            _add(point, "name", row["name"])
            _add(point, "desc", _describe_place(row))
    for row in leg_rows(export):
        if row["geometry"] is None:
            continue
        track = ET.SubElement(root, "trk")
        _add(track, "name", _leg_name(row))
        _add(track, "desc", _describe(row))
        _add(track, "type", row["mode"])
        for part in _parts(row["geometry"]):
            segment = ET.SubElement(track, "trkseg")
            for coordinates in part.coords:
                _gpx_point(segment, "trkpt", coordinates)
    path.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _kml(export: Export) -> bytes:
    root = ET.Element("kml", {"xmlns": _KML})
    document = ET.SubElement(root, "Document")
    _add(document, "name", export.itinerary.title)
    for mode, colour in (*_COLOURS.items(), ("other", _OTHER)):
        line = ET.SubElement(ET.SubElement(document, "Style", {"id": mode}), "LineStyle")
        _add(line, "color", colour)
        _add(line, "width", "3")
    for name, marks in (
        ("Legs", _leg_marks(export)),
        ("Places", _place_marks(export)),
        ("Regions", _region_marks(export)),
    ):
        folder = ET.SubElement(document, "Folder")
        _add(folder, "name", name)
        folder.extend(marks)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _leg_marks(export: Export) -> Iterator[ET.Element]:
    for row in leg_rows(export):
        mark = ET.Element("Placemark")
        _add(mark, "name", _leg_name(row))
        _add(mark, "description", _describe(row))
        first, last = first_day(row["departure"] or ""), last_day(row["arrival"] or "")
        if first or last:
            time = ET.SubElement(mark, "TimeSpan")
            _add(time, "begin", first.isoformat() if first else "")
            _add(time, "end", last.isoformat() if last else "")
        _add(mark, "styleUrl", f"#{row['mode'] if row['mode'] in _COLOURS else 'other'}")
        data = ET.SubElement(mark, "ExtendedData")
        for key, value in row.items():
            if key != "geometry" and value not in {None, "", "{}", "[]"}:
                _add(ET.SubElement(data, "Data", {"name": key}), "value", str(value))
        _add_geometry(mark, row["geometry"])
        yield mark


def _place_marks(export: Export) -> Iterator[ET.Element]:
    for row in place_rows(export):
        mark = ET.Element("Placemark")
        _add(mark, "name", row["name"])
        _add(mark, "description", _describe_place(row))
        _add_geometry(mark, row["geometry"])
        yield mark


def _region_marks(export: Export) -> Iterator[ET.Element]:
    for row in region_rows(export):
        mark = ET.Element("Placemark")
        _add(mark, "name", row["name"])
        _add_geometry(mark, row["geometry"])
        yield mark


def _leg_name(row: dict[str, Any]) -> str:
    return f"{row['leg']}. {row['origin']} - {row['destination']}"


def _describe(row: dict[str, Any]) -> str:
    facts = [f"{key}: {row[key]}" for key in _FACTS if row.get(key)]
    if row.get("length_km"):
        facts.append(f"length_km: {row['length_km']:.0f}")
    if row["attribution"]:
        facts.append(row["attribution"])
    return "\n".join([*facts, *(f"\u201c{text}\u201d" for text in [row["quotes"]] if text)])


def _describe_place(row: dict[str, Any]) -> str:
    """Say that a region's point is no position, before anything else."""
    first = row["precision"] if row["precision"].startswith("a region") else ""
    return "\n".join(filter(None, (first, row["quotes"], row["note"])))


def _add(parent: ET.Element, tag: str, text: str) -> None:
    """Add an element with text, without the control characters that XML forbids."""
    if text:
        clean = "".join(letter for letter in text if letter >= " " or letter in "\n\t")
        ET.SubElement(parent, tag).text = clean.replace("\ufffe", "").replace("\uffff", "")


def _add_geometry(parent: ET.Element, geometry: BaseGeometry | None) -> None:
    if geometry is None or geometry.is_empty:
        return
    parts = _parts(geometry)
    holder = ET.SubElement(parent, "MultiGeometry") if len(parts) > 1 else parent
    for part in parts:
        if part.geom_type == "Polygon":
            polygon = ET.SubElement(holder, "Polygon")
            for tag, rings in (
                ("outerBoundaryIs", [part.exterior]),
                ("innerBoundaryIs", part.interiors),
            ):
                for ring in rings:
                    shape = ET.SubElement(ET.SubElement(polygon, tag), "LinearRing")
                    _add(shape, "coordinates", _coordinates(ring))
            continue
        shape = ET.SubElement(holder, part.geom_type)
        if part.geom_type == "LineString":
            _add(shape, "tessellate", "1")
        _add(shape, "coordinates", _coordinates(part))


def _parts(geometry: BaseGeometry) -> list[Any]:
    return list(getattr(geometry, "geoms", [geometry]))


def _coordinates(part: Any) -> str:
    return " ".join(f"{lon:.7f},{lat:.7f}" for lon, lat, *_ in part.coords)


def _gpx_point(parent: ET.Element, tag: str, coordinates: tuple[float, ...]) -> ET.Element:
    lon, lat = coordinates[:2]
    # GPX allows longitudes below 180 only; -180 would draw the segment back round the world.
    lon = min(lon, 180 - 1e-7)
    return ET.SubElement(parent, tag, {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"})
