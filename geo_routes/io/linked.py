"""Linked Places format (JSON-LD) and OGC Moving Features JSON."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from geo_routes.io.checks import first_day, last_day
from geo_routes.io.exports import Export, geometry_to_dict, leg_rows
from geo_routes.itinerary import Place

_CONTEXT = "https://raw.githubusercontent.com/LinkedPasts/linked-places/master/linkedplaces-context-v1.1.jsonld"


def write_linked_places(export: Export, path: Path) -> None:
    """Write the places in Linked Places format 1.1, with the days on which legs touch them."""
    features = [_linked_place(export, key, row) for key, row in export.itinerary.places.items()]
    collection = {"type": "FeatureCollection", "@context": _CONTEXT, "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")


def write_moving_features(export: Export, path: Path) -> None:
    """
    Write the legs as OGC Moving Features JSON (Trajectory).

    Days between departure and arrival are spread evenly over the length; legs whose source gives
    no departure or no arrival keep their line, without times.
    """
    features = [_moving_feature(row) for row in leg_rows(export)]
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")


def _linked_place(export: Export, key: str, place: Place) -> dict[str, Any]:
    polygon = export.regions.get(key)
    point = {"type": "Point", "coordinates": list(place.point)} if place.point else None
    return {
        "@id": f"#{key}",
        "type": "Feature",
        "properties": {
            "title": place.name,
            **({"ccodes": [place.country]} if len(place.country) == 2 else {}),
        },
        "geometry": geometry_to_dict(polygon) if polygon is not None else point,
        "names": [
            {"toponym": name, "citations": [{"label": quote.exact} for quote in place.evidence]}
            for name in dict.fromkeys((place.toponym or place.name, place.name))
        ],
        **({"types": [{"label": place.kind}]} if place.kind else {}),
        **_links(place),
        **_when(export, key),
    }


def _links(place: Place) -> dict[str, Any]:
    scheme, _, number = place.gazetteer.partition(":")
    if scheme != "geonames":
        return {}
    return {"links": [{"type": "exactMatch", "identifier": f"https://sws.geonames.org/{number}/"}]}


def _when(export: Export, key: str) -> dict[str, Any]:
    spans = []
    for leg in export.itinerary.legs:
        for end, text in ((leg.origin, leg.departure), (leg.destination, leg.arrival)):
            first, last = first_day(text), last_day(text)
            if end == key and (first or last):
                days = {"start": first, "end": last}
                spans.append({side: {"in": str(day)} for side, day in days.items() if day})
    return {"when": {"timespans": spans}} if spans else {}


def _moving_feature(row: dict[str, Any]) -> dict[str, Any]:
    line = row.pop("geometry")
    feature: dict[str, Any] = {
        "type": "Feature",
        "id": f"leg-{row['leg']}",
        "geometry": geometry_to_dict(line),
        "properties": row,
    }
    first, last = first_day(row["departure"] or ""), last_day(row["arrival"] or "")
    if line is None or not first or not last or last <= first:
        return feature
    feature["time"] = [f"{first.isoformat()}T00:00:00Z", f"{last.isoformat()}T00:00:00Z"]
    row["times"] = "interpolated by distance"
    prisms = _prisms(list(getattr(line, "geoms", [line])), first, last)
    feature["temporalGeometry"] = (
        prisms[0]
        if len(prisms) == 1
        else {"type": "MovingGeometryCollection", "prisms": prisms}  # cut at longitude 180
    )
    return feature


def _prisms(parts: list[Any], first: date, last: date) -> list[dict[str, Any]]:
    """Give every vertex a time in proportion to its place along the line."""
    start, seconds = _milliseconds(first), (last - first).days * 86_400_000
    lengths = [_steps(part) for part in parts]
    total = sum(float(steps[-1]) for steps in lengths)
    prisms, behind = [], 0.0
    for part, steps in zip(parts, lengths, strict=True):
        # Times must rise: a vertex that rounds to the time of the one before is left out.
        times = np.round(start + (behind + steps) / total * seconds).astype(int)
        keep = np.concatenate([[True], np.diff(times) > 0])
        behind += float(steps[-1])
        points = np.asarray(part.coords)[keep, :2].round(7).tolist()
        prisms.append(
            {
                "type": "MovingPoint",
                # Text, as not every reader takes numbers for milliseconds.
                "datetimes": np.datetime_as_string(
                    times[keep].astype("datetime64[ms]"), timezone="UTC"
                ).tolist(),
                "coordinates": points,
                "interpolation": "Linear",
            }
        )
    return prisms


def _milliseconds(day: date) -> int:
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400_000


def _steps(part: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    from geo_routes.geodesy import geod

    lon, lat = np.asarray(part.coords)[:, :2].T
    return np.concatenate([[0.0], np.cumsum(geod().line_lengths(lon, lat))])
