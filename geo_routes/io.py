"""Files that itineraries live in: the route file (YAML) that people review, and GIS formats."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import yaml

from geo_routes import outputs
from geo_routes.documents import Quote
from geo_routes.errors import OutputError, RouteFileError
from geo_routes.itinerary import (
    Candidate,
    Claim,
    Itinerary,
    Leg,
    Mode,
    Place,
    Region,
    Rule,
    Source,
    Status,
)

if TYPE_CHECKING:
    import geopandas as gpd

SCHEMA = "geo-routes/1"
MAX_BYTES = 20 * 1024 * 1024
LOW_CONFIDENCE = 0.6

_TOP = ("schema", "title", "sources", "places", "legs", "doubts")
_ENDS = {"from": "origin", "to": "destination"}
_NUMBERS = frozenset(
    {"lon", "lat", "radius_km", "within_km", "distance_km", "score", "confidence", "start"}
)
_EDTF = re.compile(r"(\.\.|\d{4}(-\d\d(-\d\d)?)?[~?%]?)?(/(\.\.|\d{4}(-\d\d(-\d\d)?)?[~?%]?)?)?")
_DRIVERS = {
    "geojson": "GeoJSON",
    "json": "GeoJSON",
    "gpkg": "GPKG",
    "fgb": "FlatGeobuf",
    "kml": "KML",
    "csv": "CSV",
}


def itinerary_to_dict(itinerary: Itinerary) -> dict[str, Any]:
    """
    Turn an itinerary into the structure of a route file, ready for YAML or JSON.

    Fields without a value are left out.
    """
    return {
        "schema": SCHEMA,
        "title": itinerary.title,
        "sources": {key: _plain(source) for key, source in itinerary.sources.items()},
        "places": {key: _plain(place) for key, place in itinerary.places.items()},
        "legs": [_leg_to_dict(leg) for leg in itinerary.legs],
        "doubts": list(itinerary.doubts),
    }


def _leg_to_dict(leg: Leg) -> dict[str, Any]:
    row = _plain(leg)
    claim = {"status": str(leg.claim.status), "by": leg.claim.by, "denied_by": leg.claim.denied_by}
    ends = {"from": row.pop("origin"), "to": row.pop("destination")}
    row["claim"] = {"status": claim.pop("status")} | {k: v for k, v in claim.items() if v}
    if leg.departure or leg.arrival:
        row["departure"], row["arrival"] = leg.departure, leg.arrival
    return ends | row


def _plain(value: Any) -> Any:
    """Turn dataclasses, enums and tuples into plain values; leave out what is empty."""
    if hasattr(value, "__dataclass_fields__"):
        row = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        empty: tuple[Any, ...] = ("", None, [], {}, False)
        kept = {
            key: item
            for key, item in row.items()
            if not any(item is nothing or item == nothing for nothing in empty) or _is_zero(item)
        }
        return {key: item for key, item in kept.items() if not (key == "radius_km" and item == 0)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, (Mode, Status, Rule)):
        return str(value)
    return value


def _is_zero(item: Any) -> bool:
    return isinstance(item, (int, float)) and not isinstance(item, bool) and item == 0


def itinerary_from_dict(data: Mapping[str, Any], *, name: str = "route file") -> Itinerary:
    """
    Check the structure of a route file and make the itinerary.

    Raises
    ------
    RouteFileError
        Naming the file, the line where it is known, the field, and what is allowed.
    """
    return _Reader(name, data).itinerary(data)


def read_itineraries(source: Path | TextIO | str) -> list[Itinerary]:
    """
    Read all itineraries of a route file (YAML documents separated by ---).

    Raises
    ------
    RouteFileError
        When the file cannot be read or breaks the schema: file, line and field are named.
    """
    text, name = _read_text(source)
    try:
        roots = [node for node in yaml.compose_all(text, Loader=yaml.BaseLoader) if node]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise RouteFileError(f"{name}{line}: {problem}.") from None
    except RecursionError:
        raise RouteFileError(f"{name}: nested too deeply to be a route file.") from None
    if not roots:
        raise RouteFileError(f"{name} is empty. Draft one with: geo-routes draft REPORT -o {name}")
    found = []
    for root in roots:
        lines: dict[int, int] = {}
        data = _build(root, lines, set())
        found.append(_Reader(name, data, lines).itinerary(data))
    return found


def read_itinerary(source: Path | TextIO | str) -> Itinerary:
    """
    Read a route file; where it holds several itineraries, all their legs as one.

    Raises
    ------
    RouteFileError
        When the file cannot be read or breaks the schema.
    """
    from geo_routes.itinerary import join_itineraries

    return join_itineraries(read_itineraries(source))


def write_itinerary(
    itinerary: Itinerary | Sequence[Itinerary], target: Path | TextIO | str
) -> None:
    """
    Write a route file, each doubt as a comment on top.

    Parameters
    ----------
    itinerary
        One, or several of one report.
    target
        A path (written whole or not at all) or a text stream.
    """
    items = [itinerary] if isinstance(itinerary, Itinerary) else list(itinerary)
    text = "---\n".join(_to_yaml(item) for item in items)
    if isinstance(target, (str, Path)):
        outputs.write_text(Path(target), text)
    else:
        target.write(text)


def _to_yaml(itinerary: Itinerary) -> str:
    data = itinerary_to_dict(itinerary)
    head = [f"# doubt: {' '.join(doubt.split())}" for doubt in itinerary.doubts]
    body = yaml.dump(
        _stringly(data), Dumper=yaml.SafeDumper, allow_unicode=True, sort_keys=False, width=110
    )
    return "\n".join([*head, body])


def _stringly(value: Any) -> Any:
    return json.loads(json.dumps(value))


def check_itinerary(path: Path) -> list[tuple[int, str]]:
    """
    List what a reviewer should look at in a route file.

    Returns
    -------
    doubts
        (line, message) pairs, in the order of the lines.

    Raises
    ------
    RouteFileError
        When the file breaks the schema.
    """
    itineraries = read_itineraries(path)
    lines = path.read_text(encoding="utf-8").splitlines()

    def line_of(text: str, after: int = 0) -> int:
        return next((i for i, line in enumerate(lines, 1) if i > after and text in line), 1)

    found: list[tuple[int, str]] = []
    for itinerary in itineraries:
        found += [(line_of(doubt[:60]), doubt) for doubt in itinerary.doubts]
        for key, place in itinerary.places.items():
            line = line_of(f"  {key}:")
            if place.point is None and place.region is None:
                found.append((line, f"{key}: {place.name} is not placed; give lon and lat."))
            elif place.region is not None and not place.reference:
                found.append((line, f"{key}: {place.name} is a region, not a point."))
        legs_line = line_of("legs:")
        for number, leg in enumerate(itinerary.legs, start=1):
            line = line_of(f"from: {leg.origin}", legs_line)
            found += [(line, f"leg {number}: {message}") for message in _doubts_of_leg(leg)]
    return sorted(found)


def _doubts_of_leg(leg: Leg) -> list[str]:
    found = [f"{field} is inferred: {reason}" for field, reason in leg.inferred.items()]
    if not leg.evidence:
        found.append("no quote: add the evidence that it is based on.")
    if leg.confidence is not None and leg.confidence < LOW_CONFIDENCE:
        found.append(f"confidence is only {leg.confidence:.2f}.")
    if leg.mode is Mode.UNKNOWN:
        found.append("the mode is unknown.")
    first, last = leg.departure.split("/")[0], leg.arrival.split("/")[-1]
    if first and last and last.strip("~?%.") < first.strip("~?%.")[: len(last.strip("~?%."))]:
        found.append(f"arrives ({leg.arrival}) before it departs ({leg.departure}).")
    return found


def keep_corrections(old: Itinerary, new: Itinerary) -> Itinerary:
    """
    Carry a person's corrections into a new draft of the same report.

    Places and legs of `old` that the new draft has by the same id or ends are kept as they were;
    what is only in the new draft is added.
    """
    ends = {(leg.origin, leg.destination) for leg in old.legs}
    added = tuple(leg for leg in new.legs if (leg.origin, leg.destination) not in ends)
    return replace(
        new,
        title=old.title or new.title,
        places={**new.places, **old.places},
        legs=(*old.legs, *added),
        sources={**new.sources, **old.sources},
        doubts=new.doubts,
    )


def export_legs(
    itinerary: Itinerary, legs: gpd.GeoDataFrame, path: Path, *, format: str = ""
) -> None:
    """
    Write routed legs (and places, where the format has layers) for GIS.

    Parameters
    ----------
    itinerary, legs
        What `route_itinerary` took and gave.
    path
        The file; its suffix gives the format: .geojson, .gpkg, .fgb, .kml or .csv (WKT).
    format
        A format's suffix, where the file's own says another thing.

    Raises
    ------
    OutputError
        When the format is unknown.
    """
    from geo_routes.geodesy import cut_antimeridian

    suffix = (format or path.suffix).lstrip(".").lower()
    if suffix not in _DRIVERS:
        raise OutputError(f"Unknown format {suffix!r}; there are: {', '.join(sorted(_DRIVERS))}.")
    frame = legs.drop(columns=["approx"]).copy()
    frame["geometry"] = [line and cut_antimeridian(line) for line in legs.geometry]
    for column in ("countries", "inferred", "evidence"):
        frame[column] = [json.dumps(_plain(item), ensure_ascii=False) for item in frame[column]]
    for column in ("passages", "crossings", "gauge_breaks", "notes"):
        frame[column] = ["; ".join(item) for item in frame[column]]
    with outputs.replaced(path) as draft:
        if suffix == "csv":
            frame.assign(geometry=frame.geometry.to_wkt()).to_csv(draft, index=False)
            return
        frame.to_file(draft, driver=_DRIVERS[suffix], layer="legs" if suffix == "gpkg" else None)
        if suffix == "gpkg":
            _places_frame(itinerary).to_file(draft, driver="GPKG", layer="places")


def _places_frame(itinerary: Itinerary) -> gpd.GeoDataFrame:
    import geopandas as gpd
    from shapely import Point

    rows = [
        {
            "id": key,
            "name": place.name,
            "country": place.country,
            "kind": place.kind,
            "radius_km": place.radius_km,
            "region": json.dumps(_plain(place.region), ensure_ascii=False) if place.region else "",
            "geometry": Point(place.point) if place.point else None,
        }
        for key, place in itinerary.places.items()
    ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")


def _read_text(source: Path | TextIO | str) -> tuple[str, str]:
    if not isinstance(source, (str, Path)):
        return source.read(), getattr(source, "name", "route file")
    path = Path(source)
    try:
        data = path.read_bytes()[: MAX_BYTES + 1]
    except FileNotFoundError:
        raise RouteFileError(f"{path} does not exist.") from None
    except OSError as error:
        raise RouteFileError(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > MAX_BYTES:
        raise RouteFileError(f"{path} is larger than {MAX_BYTES // 2**20} MB: no route file is.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RouteFileError(f"{path} is not UTF-8 text: save it as UTF-8.") from None
    return text, str(path)


def _build(node: yaml.Node, lines: dict[int, int], above: set[int]) -> Any:
    """Turn YAML nodes into plain values of strings, and remember the line of each container."""
    if id(node) in above:
        raise RouteFileError(f"line {node.start_mark.line + 1}: refers to itself.")
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    inner = above | {id(node)}
    value: Any
    if isinstance(node, yaml.SequenceNode):
        value = [_build(item, lines, inner) for item in node.value]
    else:
        value = {
            str(key.value): _build(item, lines, inner) for key, item in getattr(node, "value", [])
        }
    lines[id(value)] = node.start_mark.line + 1
    lines.setdefault(-1, 0)
    lines[-1] += 1
    if lines[-1] > 200_000:
        raise RouteFileError("too many entries for a route file (aliases that multiply?).")
    return value


class _Reader:
    """Checks plain values field by field; its errors name file, line and field."""

    def __init__(self, name: str, root: Any, lines: dict[int, int] | None = None) -> None:
        self._name, self._root, self._lines = name, root, lines or {}

    def fail(self, where: Any, message: str) -> RouteFileError:
        line = self._lines.get(id(where))
        return RouteFileError(f"{self._name}{f':{line}' if line else ''}: {message}")

    def mapping(self, value: Any, field: str, allowed: Sequence[str]) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise self.fail(self._root, f"`{field}` must be a mapping of fields.")
        for key in value:
            if key not in allowed:
                close = difflib.get_close_matches(str(key), allowed, n=1)
                hint = (
                    f" Did you mean `{close[0]}`?" if close else f" Allowed: {', '.join(allowed)}."
                )
                raise self.fail(value, f"unknown field `{key}` in {field}.{hint}")
        return dict(value)

    def itinerary(self, data: Any) -> Itinerary:
        top = self.mapping(data, "the route file", _TOP)
        if top.get("schema") != SCHEMA:
            raise self.fail(data, f"`schema` must be {SCHEMA}, not {top.get('schema')!r}.")
        sources = self.named(top.get("sources"), "sources", self.source)
        places = self.named(top.get("places"), "places", self.place)
        legs = tuple(
            self.leg(row, number, places)
            for number, row in enumerate(self.sequence(top.get("legs"), "legs"), start=1)
        )
        return Itinerary(
            title=str(top.get("title", "")),
            sources=sources,
            places=places,
            legs=legs,
            doubts=tuple(str(item) for item in self.sequence(top.get("doubts"), "doubts")),
        )

    def named(self, value: Any, field: str, make: Any) -> dict[str, Any]:
        if value in (None, ""):
            return {}
        if not isinstance(value, Mapping):
            raise self.fail(self._root, f"`{field}` must be a mapping from ids.")
        return {str(key): make(row, f"{field}.{key}") for key, row in value.items()}

    def sequence(self, value: Any, field: str) -> list[Any]:
        if value in (None, ""):
            return []
        if not isinstance(value, list):
            raise self.fail(self._root, f"`{field}` must be a list.")
        return value

    def source(self, value: Any, field: str) -> Source:
        return self.make(Source, self.mapping(value, field, _names(Source)), value, field)

    def place(self, value: Any, field: str) -> Place:
        row = self.mapping(value, field, _names(Place))
        if row.get("region"):
            row["region"] = self.region(row["region"], f"{field}.region")
        if "evidence" in row:
            row["evidence"] = self.quotes(row["evidence"], field)
        if "candidates" in row:
            row["candidates"] = tuple(
                self.make(Candidate, self.mapping(item, field, _names(Candidate)), item, field)
                for item in self.sequence(row["candidates"], field)
            )
        if "reference" in row:
            row["reference"] = str(row["reference"]).lower() == "true"
        return self.make(Place, row, value, field)

    def region(self, value: Any, field: str) -> Region:
        row = self.mapping(value, field, _names(Region))
        if "anchors" in row:
            try:
                row["anchors"] = tuple((float(lon), float(lat)) for lon, lat in row["anchors"])
            except (TypeError, ValueError):
                raise self.fail(value, f"`{field}.anchors` must be [lon, lat] pairs.") from None
        row["rule"] = self.choice(Rule, row.get("rule", ""), value, f"{field}.rule")
        return self.make(Region, row, value, field)

    def leg(self, value: Any, number: int, places: Mapping[str, Place]) -> Leg:
        field = f"leg {number}"
        allowed = [*_ENDS, *(name for name in _names(Leg) if name not in _ENDS.values())]
        row = self.mapping(value, field, allowed)
        for key, name in _ENDS.items():
            end = row.pop(key, "")
            if end not in places:
                close = difflib.get_close_matches(str(end), list(places), n=1)
                hint = f" Did you mean {close[0]!r}?" if close else ""
                raise self.fail(value, f"{field}: `{key}` names no place: {end!r}.{hint}")
            row[name] = end
        row["mode"] = self.choice(Mode, row.get("mode", ""), value, f"{field}: `mode`")
        row["claim"] = self.claim(row.get("claim", {}), field)
        row["evidence"] = self.quotes(row.get("evidence", []), field)
        for name in ("via", "avoid"):
            items = row.get(name, [])
            row[name] = tuple(str(x) for x in (items if isinstance(items, list) else [items]) if x)
        for name in ("departure", "arrival"):
            if not _EDTF.fullmatch(str(row.get(name, ""))):
                raise self.fail(
                    value, f"{field}: `{name}` must be EDTF such as 2023-05~, not {row[name]!r}."
                )
        row["inferred"] = {str(k): str(v) for k, v in (row.get("inferred") or {}).items()}
        return self.make(Leg, row, value, field)

    def claim(self, value: Any, field: str) -> Claim:
        row = self.mapping(value, f"{field}.claim", _names(Claim))
        status = row.get("status", "reported")
        row["status"] = self.choice(Status, status, value, f"{field}: `claim.status`")
        return self.make(Claim, row, value, field)

    def quotes(self, value: Any, field: str) -> tuple[Quote, ...]:
        rows = value if isinstance(value, list) else [value]
        return tuple(
            self.make(Quote, self.mapping(row, f"{field}.evidence", _names(Quote)), row, field)
            for row in rows
            if row
        )

    def choice(self, kind: Any, value: Any, where: Any, field: str) -> Any:
        try:
            return kind(str(value))
        except ValueError:
            allowed = ", ".join(item.value for item in kind)
            raise self.fail(where, f"{field} must be one of {allowed}, not {value!r}.") from None

    def make(self, kind: Any, row: dict[str, Any], where: Any, field: str) -> Any:
        for key in _NUMBERS & row.keys():
            try:
                number = float(row[key])
            except (TypeError, ValueError):
                raise self.fail(
                    where, f"`{key}` of {field} must be a number, not {row[key]!r}."
                ) from None
            row[key] = int(number) if key == "start" else number
        try:
            return kind(**row)
        except (TypeError, ValueError) as error:
            raise self.fail(where, f"{field}: {error}") from None


def _names(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)]
