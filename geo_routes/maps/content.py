"""What the page shows, as plain data: stops, legs, references, sources."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.affinity import translate

from geo_routes.dates import bounds
from geo_routes.documents import Quote
from geo_routes.geodesy import distance_km
from geo_routes.itinerary import COMPLETED, Itinerary, Leg, Place
from geo_routes.maps import polylines, words
from geo_routes.maps.corridors import corridor

if TYPE_CHECKING:
    import geopandas as gpd

_VERTICES = 90_000
_LINK_KM = 2.0
_CANDIDATES = 6
_VAGUE_KM = 10.0
_MOST_CORRIDORS = 200
_LOOSE_DAYS = 10
_TOLD = (
    "cargo",
    "quantity",
    "vehicle",
    "vehicle_type",
    "flag",
    "shipper",
    "consignee",
    "carrier",
)
_EPOCH = date(1970, 1, 1).toordinal()


def describe(itinerary: Itinerary, legs: gpd.GeoDataFrame) -> dict[str, Any]:
    """
    Gather what the page shows of an itinerary and its routed legs.

    Parameters
    ----------
    itinerary
        Places, claims and sources.
    legs
        Routed legs of the same itinerary (`schema.LEGS`).

    Returns
    -------
    content
        Values that JSON can hold; lines as encoded polylines.
    """
    rows = legs.to_dict("records")
    lines = _aligned(itinerary, rows, list(legs.geometry))
    thinned = polylines.thin(lines.lines, vertices=_VERTICES)
    stops = _stops(itinerary, rows, lines)
    index = {stop["id"]: position for position, stop in enumerate(stops)}
    return {
        "stops": stops,
        "references": [
            _reference(place, lines.near(place))
            for place in itinerary.places.values()
            # The map names countries itself, and a dot is no country.
            if place.reference and place.kind != "country"
        ],
        "legs": [
            _leg(row, itinerary, lines, number, thinned[number], index)
            for number, row in enumerate(rows)
        ],
        "sources": {
            key: {"publisher": one.publisher, "title": one.title, "published": one.published}
            for key, one in itinerary.sources.items()
        },
    }


@dataclass(slots=True)
class _Lines:
    """Lines of all legs, shifted by whole turns so that each goes on where the last one ended."""

    lines: list[shapely.LineString | None] = field(default_factory=list)
    shifts: list[float] = field(default_factory=list)
    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    middle: float = 0.0

    def near(self, place: Place) -> tuple[float, float] | None:
        """Find a place on the side of the globe that the route shows."""
        if place.point is None:
            return None
        return place.point[0] + _turn(place.point[0], self.middle), place.point[1]


def _turn(lon: float, near: float) -> float:
    return 360.0 * round((near - lon) / 360.0)


def _aligned(
    itinerary: Itinerary, rows: list[dict[str, Any]], geometries: list[shapely.LineString | None]
) -> _Lines:
    found = _Lines()
    running: float | None = None
    for row, line in zip(rows, geometries, strict=True):
        ends = (row["origin_id"], row["destination_id"])
        if line is None or line.is_empty:
            _hold(found, itinerary, ends, running)
            found.lines.append(None)
            found.shifts.append(0.0)
            continue
        shift = _shift(found, ends, (line.coords[0][0], line.coords[-1][0]), running)
        line_here = translate(line, shift) if shift else line
        for key, end in zip(ends, (line_here.coords[0], line_here.coords[-1]), strict=True):
            found.points.setdefault(key, _stand(itinerary.places[key], end[:2]))
        found.lines.append(line_here)
        found.shifts.append(shift)
        running = line_here.coords[-1][0]
    if found.points:
        values = [lon for lon, _ in found.points.values()]
        found.middle = (min(values) + max(values)) / 2
    return found


def _stand(place: Place, end: tuple[float, float]) -> tuple[float, float]:
    """Find where a stop is drawn; a region stands at its line's end."""
    if place.region is not None or place.point is None:
        return end
    return place.point[0] + _turn(place.point[0], end[0]), place.point[1]


def _hold(
    found: _Lines, itinerary: Itinerary, ends: tuple[str, str], running: float | None
) -> None:
    """Place the ends of a leg that has no line."""
    for key in ends:
        point = itinerary.places[key].point
        if point is not None:
            near = point[0] if running is None else running
            found.points.setdefault(key, (point[0] + _turn(point[0], near), point[1]))


def _shift(
    found: _Lines, ends: tuple[str, str], longitudes: tuple[float, float], running: float | None
) -> float:
    """Find the whole turns that join a line to the stops drawn so far."""
    for key, lon in zip(ends, longitudes, strict=True):
        if key in found.points:
            return _turn(lon, found.points[key][0])
    return 0.0 if running is None else _turn(longitudes[0], running)


def _stops(itinerary: Itinerary, rows: list[dict[str, Any]], lines: _Lines) -> list[dict[str, Any]]:
    """List the places that legs touch, those of completed legs first, numbered in that order."""
    order: dict[str, str] = {}
    for completed in (True, False):
        for row in rows:
            if (row["claim"] in COMPLETED) is not completed:
                continue
            for key, end in ((row["origin_id"], "origin"), (row["destination_id"], "destination")):
                order.setdefault(key, "")
                reasons = row["inferred"] or {}
                order[key] = order[key] or str(reasons.get(f"{end}_point") or reasons.get(end, ""))
    stops = []
    for number, (key, inferred) in enumerate(order.items(), start=1):
        place = itinerary.places[key]
        shown = _place(place, lines.points.get(key, lines.near(place)))
        rings = _rings(place, shown["lon"])
        vague = bool(place.region) or place.radius_km >= _VAGUE_KM or bool(inferred)
        more = {"id": key, "number": number, "inferred": inferred, "rings": rings, "vague": vague}
        stops.append(_filled({**shown, **more}, keep=("id", "number", "name", "lon", "lat")))
    return stops


def _place(place: Place, point: tuple[float, float] | None) -> dict[str, Any]:
    candidates = place.candidates[:_CANDIDATES] if place.region else ()
    label = words.label(place.name)
    return {
        "name": place.name,
        "short": "" if label == place.name else label,
        "lon": None if point is None else round(point[0], 5),
        "lat": None if point is None else round(point[1], 5),
        "radius": place.radius_km,
        "kind": place.kind,
        "country": place.country,
        "toponym": place.toponym,
        "gazetteer": place.gazetteer,
        "note": place.note,
        "region": place.region is not None,
        "quotes": _quotes(place.evidence),
        "candidates": [candidate.name for candidate in candidates],
    }


def _reference(place: Place, point: tuple[float, float] | None) -> dict[str, Any]:
    """Describe a place that only situates others, by the name that the report gives it."""
    shown = words.label(place.toponym or place.name)
    return {**_place(place, point), "short": "" if shown == place.name else shown}


def _rings(place: Place, lon: float | None) -> list[str]:
    if place.region is None:
        return []
    from geo_routes.regions import region_polygon

    area = region_polygon(place.region)
    if area is None or area.is_empty:
        return []
    west, _, east, _ = area.bounds
    shift = 0.0 if lon is None else _turn((west + east) / 2, lon)
    return polylines.encode_rings(area, shift=shift)


def _leg(
    row: Mapping[str, Any],
    itinerary: Itinerary,
    lines: _Lines,
    number: int,
    thinned: shapely.Geometry | None,
    index: Mapping[str, int],
) -> dict[str, Any]:
    leg = itinerary.legs[row["leg"] - 1] if 0 < row["leg"] <= len(itinerary.legs) else None
    line = lines.lines[number]
    dashed = "fallback" in _text(row["method"])
    few = len(lines.lines) <= _MOST_CORRIDORS
    facts = {
        "number": int(row["leg"]),
        "from": index[row["origin_id"]],
        "to": index[row["destination_id"]],
        "mode": str(row["mode"]),
        "claim": str(row["claim"]),
        "completed": row["claim"] in COMPLETED,
        "line": "" if thinned is None else polylines.encode(shapely.get_coordinates(thinned)),
        "approx": _approx(row["approx"], thinned, lines.shifts[number]),
        "links": [] if line is None else _links(row, lines, line),
        "dashed": dashed,
        "corridor": _corridor(row, line, lines.shifts[number], dashed) if few else [],
        "days": _days(_text(row["departure"]), _text(row["arrival"])),
        "window": _window(_text(row["departure"]), _text(row["arrival"])),
        "km": _figure(row["length_km"]),
        "nm": _figure(row["length_nm"]),
        "approxKm": _figure(row["approx_km"]) + _figure(row["connector_km"]),
        "snapKm": _figure(row["snap_km"]),
        **_said(row, leg),
    }
    return _filled(facts, keep=("number", "from", "to", "completed"))


def _window(*dates: str) -> list[int]:
    """Find the first and the last day that dates allow, counted from 1970-01-01."""
    days = [day.toordinal() for edtf in dates for day in bounds(edtf) or ()]
    return [min(days) - _EPOCH, max(days) - _EPOCH] if days else []


def _days(departure: str, arrival: str) -> list[int]:
    """Find the fewest and the most days between two dates, neither of them loose."""
    first, last = bounds(departure), bounds(arrival)
    if first is None or last is None or last[1] < first[0]:
        return []
    if (first[1] - first[0]).days > _LOOSE_DAYS or (last[1] - last[0]).days > _LOOSE_DAYS:
        return []
    return [max(0, (last[0] - first[1]).days), (last[1] - first[0]).days]


def _said(row: Mapping[str, Any], leg: Leg | None) -> dict[str, Any]:
    countries = sorted((row["countries"] or {}).items(), key=lambda pair: -pair[1])
    notes = [str(note) for note in row["notes"] or ()]
    if leg is not None and leg.note and leg.note not in notes:
        notes.append(leg.note)
    return {
        "departure": _text(row["departure"]),
        "arrival": _text(row["arrival"]),
        "by": _text(row["by"]),
        "denied": _text(row["denied_by"]),
        **{name: _text(row.get(name)) or _text(getattr(leg, name, "")) for name in _TOLD},
        "told": {
            name: quote.exact for name, quote in getattr(leg, "told", {}).items() if name in _TOLD
        },
        "method": _text(row["method"]),
        "passages": [str(passage) for passage in row["passages"] or ()],
        "countries": {code: round(float(km)) for code, km in countries if km >= 1},
        "crossings": [str(crossing) for crossing in row["crossings"] or ()],
        "gauges": [str(gauge) for gauge in row["gauge_breaks"] or ()],
        "quotes": _quotes(row["evidence"] or ()),
        "inferred": {str(key): str(reason) for key, reason in (row["inferred"] or {}).items()},
        "notes": notes,
    }


def _approx(
    approx: shapely.Geometry | None, line: shapely.LineString | None, shift: float
) -> list[int]:
    """Say which stretches of a line are approximate, in hundred-thousandths of its length."""
    if approx is None or approx.is_empty or line is None:
        return []
    runs = polylines.shares(line, translate(approx, shift) if shift else approx)
    return [round(edge * 100_000) for run in runs for edge in run]


def _corridor(
    row: Mapping[str, Any], line: shapely.LineString | None, shift: float, dashed: bool
) -> list[str]:
    """Draw where a leg may run whose course is not known, wholly or over stretches."""
    approx = row["approx"]
    if line is None or (not dashed and approx is None):
        return []
    pieces = [line] if dashed else list(shapely.get_parts(approx))
    area = corridor(pieces)
    if area is None:
        return []
    return polylines.encode_rings(area, tolerance=0.01, shift=0.0 if dashed else shift)


def _links(row: Mapping[str, Any], lines: _Lines, line: shapely.LineString) -> list[str]:
    """Join each stop with the end of the line, where they lie apart."""
    links = []
    for key, end in (("origin", line.coords[0]), ("destination", line.coords[-1])):
        point = lines.points[row[f"{key}_id"]]
        there = (point[0] + _turn(point[0], end[0]), point[1])
        if distance_km(there, end[:2]) < _LINK_KM:
            continue
        pair = [there, end[:2]] if key == "origin" else [end[:2], there]
        links.append(polylines.encode(np.array(pair)))
    return links


def _quotes(quotes: Iterable[Quote]) -> list[list[str]]:
    return [[quote.exact, quote.source] for quote in quotes]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _figure(value: float | None) -> float:
    return 0.0 if value is None or math.isnan(value) else round(float(value), 1)


def _filled(facts: dict[str, Any], *, keep: tuple[str, ...]) -> dict[str, Any]:
    """Leave out what says nothing; a page of many legs is mostly that."""
    return {key: value for key, value in facts.items() if key in keep or value}


def claims(content: Mapping[str, Any], said: Mapping[str, str]) -> str:
    """
    Say who claims the completed legs and who denies them, in one sentence.

    Parameters
    ----------
    content
        What `describe` gathered.
    said
        Words of the language.

    Returns
    -------
    sentence
        "" where no leg is completed; legs are named by the numbers of their stops.
    """
    told: dict[str, list[list[int]]] = {}
    for leg in content["legs"]:
        if not leg["completed"]:
            continue
        parts = [said[f"status_{leg['claim']}"]]
        if leg.get("by"):
            parts.append(said["according_to"].replace("{who}", leg["by"]))
        if leg.get("denied"):
            parts.append(said["denied_by"].replace("{who}", leg["denied"]))
        first, last = (content["stops"][leg[end]]["number"] for end in ("from", "to"))
        runs = told.setdefault(", ".join(parts), [])
        if runs and runs[-1][-1] == first:
            runs[-1].append(last)
        else:
            runs.append([first, last])
    if not told:
        return ""
    if len(told) == 1:
        only = next(iter(told))
        return only[:1].upper() + only[1:] + "."
    written = {text: ", ".join(_run(run) for run in runs) for text, runs in told.items()}
    return "; ".join(f"{ends} {text}" for text, ends in written.items()) + "."


def _run(stops: list[int]) -> str:
    """Write stops passed one after the other, those between left out when they follow by number."""
    if stops == list(range(stops[0], stops[-1] + 1)):
        stops = [stops[0], stops[-1]]
    return "–".join(map(str, stops))
