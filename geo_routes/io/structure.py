"""The structure of a route file, as plain dicts and lists, to an itinerary and back."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any, TypeVar

from geo_routes.documents import Quote
from geo_routes.errors import RouteFileError
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

SCHEMA = "geo-routes/1"

Path = tuple[str | int, ...]
Reader = Callable[[Any, Path], Any]
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class FieldError(RouteFileError):
    """A value that does not fit, and its path in the structure."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{name_path(path)}: {message}" if path else message)
        self.path = path


def name_path(path: Path) -> str:
    """Write a path as people read it: legs[2].mode, counted from 1."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def itinerary_to_dict(itinerary: Itinerary) -> dict[str, Any]:
    """
    Turn an itinerary into the structure of a route file, ready for JSON.

    Parameters
    ----------
    itinerary
        Any itinerary.

    Returns
    -------
    structure
        Dicts, lists, strings and numbers; fields at their default are left out.

    Examples
    --------
    >>> itinerary_to_dict(Itinerary(title="Drums"))
    {'schema': 'geo-routes/1', 'title': 'Drums', 'places': {}, 'legs': []}
    """
    structure: dict[str, Any] = {"schema": SCHEMA}
    if itinerary.title:
        structure["title"] = itinerary.title
    if itinerary.sources:
        structure["sources"] = {key: _plain(row) for key, row in itinerary.sources.items()}
    structure["places"] = {key: _plain(place) for key, place in itinerary.places.items()}
    structure["legs"] = [_plain(leg) for leg in itinerary.legs]
    if itinerary.doubts:
        structure["doubts"] = list(itinerary.doubts)
    if itinerary.drafted:
        structure["drafted"] = list(itinerary.drafted)
    return structure


def itinerary_from_dict(structure: Mapping[str, Any]) -> Itinerary:
    """
    Turn the structure of a route file into an itinerary.

    Parameters
    ----------
    structure
        As `itinerary_to_dict` makes it; numbers may be strings.

    Returns
    -------
    itinerary
        With every field checked.

    Raises
    ------
    RouteFileError
        Names the field, and what is allowed there.

    Examples
    --------
    >>> structure = {"schema": "geo-routes/1", "title": "Drums", "places": {}, "legs": []}
    >>> itinerary_from_dict(structure).title
    'Drums'
    """
    rows = _mapping(structure, ())
    _check_keys(rows, ("schema", "title", "sources", "places", "legs", "doubts", "drafted"), ())
    if rows.get("schema") != SCHEMA:
        raise FieldError(("schema",), f"must be {SCHEMA}, not {_shorten(rows.get('schema'))}.")
    places = _by_id(rows.get("places"), ("places",), _place)
    legs = _rows(rows.get("legs"), ("legs",), _leg)
    for number, leg in enumerate(legs):
        for key, end in (("from", leg.origin), ("to", leg.destination)):
            if end not in places:
                message = f"{end!r} is no id under `places`.{_suggest(end, places)}"
                raise FieldError(("legs", number, key), message)
    return Itinerary(
        title=_text(rows.get("title"), ("title",)),
        places=places,
        legs=legs,
        sources=_by_id(rows.get("sources"), ("sources",), _source),
        doubts=_texts(rows.get("doubts"), ("doubts",)),
        drafted=_texts(rows.get("drafted"), ("drafted",)),
    )


_ALWAYS = frozenset({"claim", "status"})  # a reviewer should see how a source speaks
_SPELLING = {"origin": "from", "destination": "to"}  # `from` is a keyword of Python


def _plain(row: Any) -> dict[str, Any]:
    """List the fields of a dataclass that differ from their default."""
    plain: dict[str, Any] = {}
    for item in fields(row):
        value = getattr(row, item.name)
        if item.name in _ALWAYS:
            plain[item.name] = _plain_value(item.name, value)
            continue
        if item.default is not MISSING and value == item.default:
            continue
        if item.default_factory is not MISSING and value == item.default_factory():
            continue
        plain[_SPELLING.get(item.name, item.name)] = _plain_value(item.name, value)
    return plain


def _plain_value(name: str, value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if name == "told":
        return {key: _plain_quote(quote) for key, quote in value.items()}
    if isinstance(value, Mapping):
        return dict(value)
    if name == "evidence":
        quotes = [_plain_quote(quote) for quote in value]
        return quotes[0] if len(quotes) == 1 else quotes
    if name == "candidates":
        return [_plain(candidate) for candidate in value]
    if isinstance(value, Claim | Region):
        return _plain(value)
    if name == "anchors":
        return [list(anchor) for anchor in value]
    return list(value) if isinstance(value, tuple) else value


def _plain_quote(quote: Quote) -> dict[str, Any]:
    plain: dict[str, Any] = {"source": quote.source} if quote.source else {}
    return plain | {"exact": quote.exact, "start": quote.start}


def _mapping(value: Any, path: Path) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        what = "the route file" if not path else "this field"
        raise FieldError(path, f"{what} must be made of `key: value` lines.")
    for key in value:
        if not isinstance(key, str):
            raise FieldError(path, f"the key {key!r} must be text.")
    return value


def _check_keys(rows: Mapping[str, Any], allowed: Iterable[str], path: Path) -> None:
    known = tuple(allowed)
    for key in rows:
        if key not in known:
            hint = _suggest(key, known)
            raise FieldError(
                (*path, key), f"no such field.{hint} Allowed here: {', '.join(known)}."
            )


def _suggest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word.lower()[:100], list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


def _text(value: Any, path: Path) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise FieldError(path, "must be text. Put it in quotes.")
    return str(value)


def _number(value: Any, path: Path) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise FieldError(path, f"must be a number such as 12.5, not {_shorten(value)}.")
    return number


def _size(value: Any, path: Path) -> float | None:
    number = _number(value, path)
    if number is not None and number < 0:
        raise FieldError(path, f"must not be negative, and is {number:g}.")
    return number


def _share(value: Any, path: Path) -> float | None:
    number = _number(value, path)
    if number is not None and not 0 <= number <= 1:
        raise FieldError(path, f"must lie within 0 to 1, and is {number:g}.")
    return number


def _degrees(limit: float) -> Reader:
    def read(value: Any, path: Path) -> float | None:
        number = _number(value, path)
        if number is not None and abs(number) > limit:
            raise FieldError(path, f"must lie within -{limit:g} to {limit:g}, and is {number:g}.")
        return number

    return read


def _offset(value: Any, path: Path) -> int:
    number = _number(value, path)
    if number is None:
        return 0
    if number != int(number):
        raise FieldError(path, f"must be a whole number, not {_shorten(value)}.")
    return int(number)


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _flag(value: Any, path: Path) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "false": False, "no": False, "": False}
    found = words.get(_text(value, path).lower())
    if found is None:
        raise FieldError(path, f"must be true or false, not {_shorten(value)}.")
    return found


def _texts(value: Any, path: Path) -> tuple[str, ...]:
    if isinstance(value, str | int | float):
        value = [value] if value != "" else None
    return _rows(value, path, _text)


def _rows(value: Any, path: Path, read: Callable[[Any, Path], T]) -> tuple[T, ...]:
    if value is None or value == "":
        return ()
    if not isinstance(value, list | tuple):
        raise FieldError(path, "must be a list: [one, two], or lines that start with '- '.")
    return tuple(read(item, (*path, number)) for number, item in enumerate(value))


def _by_id(value: Any, path: Path, read: Callable[[Any, Path], T]) -> dict[str, T]:
    if value is None or value == "":
        return {}
    return {key: read(row, (*path, key)) for key, row in _mapping(value, path).items()}


def _choice(kind: type[E]) -> Callable[[Any, Path], E]:
    def read(value: Any, path: Path) -> E:
        word = _text(value, path)
        allowed = [str(item) for item in kind]
        if word not in allowed:
            hint = _suggest(word, allowed)
            raise FieldError(path, f"{_shorten(word)}?{hint} Allowed: {', '.join(allowed)}.")
        return kind(word)

    return read


def _side(value: Any, path: Path) -> str:
    side = _text(value, path)
    if side and side not in {"N", "NE", "E", "SE", "S", "SW", "W", "NW", "C"}:
        raise FieldError(path, f"must be one of N NE E SE S SW W NW C, not {_shorten(side)}.")
    return side


def _wkt(value: Any, path: Path) -> str:
    text = _text(value, path)
    if text:
        from shapely import from_wkt

        area = from_wkt(text, on_invalid="ignore")
        if area is None or area.is_empty or area.geom_type not in {"Polygon", "MultiPolygon"}:
            raise FieldError(path, f"must be a polygon in WKT, not {_shorten(text)}.")
    return text


def _anchor(value: Any, path: Path) -> tuple[float, float]:
    pair = _rows(value, path, _number)
    if len(pair) != 2 or pair[0] is None or pair[1] is None:
        raise FieldError(path, "must be [longitude, latitude].")
    if abs(pair[0]) > 180 or abs(pair[1]) > 90:
        raise FieldError(path, "must be [longitude, latitude], within [180, 90].")
    return pair[0], pair[1]


def _quotes(value: Any, path: Path) -> tuple[Quote, ...]:
    if isinstance(value, Mapping):
        return (_quote(value, path),)
    return _rows(value, path, _quote)


def _pairs(value: Any, path: Path) -> dict[str, str]:
    return _by_id(value, path, _text)


def _quotes_by_field(value: Any, path: Path) -> dict[str, Quote]:
    return _by_id(value, path, _quote)


def _candidates(value: Any, path: Path) -> tuple[Candidate, ...]:
    return _rows(value, path, _candidate)


def _record(
    kind: Callable[..., T], readers: Mapping[str, Reader], needed: tuple[str, ...] = ()
) -> Callable[[Any, Path], T]:
    """Make the reader of a dataclass from the readers of its fields."""
    inverse = {spelt: name for name, spelt in _SPELLING.items()}

    def read(value: Any, path: Path) -> T:
        rows = _mapping(value, path)
        _check_keys(rows, readers, path)
        missing = [key for key in needed if key not in rows or rows[key] is None]
        if missing:
            raise FieldError(path, f"lacks `{missing[0]}`.")
        values = {
            inverse.get(key, key): readers[key](item, (*path, key))
            for key, item in rows.items()
            if item is not None
        }
        try:
            return kind(**values)
        except ValueError as error:
            raise FieldError(path, str(error)) from None

    return read


def _zero_if_none(read: Reader) -> Reader:
    return lambda value, path: read(value, path) or 0.0


_quote = _record(Quote, {"source": _text, "exact": _text, "start": _offset}, ("exact",))
_source = _record(
    Source,
    dict.fromkeys(("publisher", "title", "published", "lang", "url", "sha256", "file"), _text),
)
_claim = _record(Claim, {"status": _choice(Status), "by": _text, "denied_by": _text})
_region = _record(
    Region,
    {
        "rule": _choice(Rule),
        "of": _text,
        "of_border": _text,
        "side": _side,
        "anchors": lambda value, path: _rows(value, path, _anchor),
        "within_km": _size,
        "distance_km": _size,
        "wkt": _wkt,
    },
    ("rule",),
)
_candidate = _record(
    Candidate,
    {
        "name": _text,
        "lon": _degrees(180),
        "lat": _degrees(90),
        "gazetteer": _text,
        "country": _text,
        "score": _zero_if_none(_number),
        "why": _text,
    },
    ("name", "lon", "lat"),
)
_place = _record(
    Place,
    {
        "name": _text,
        "lon": _degrees(180),
        "lat": _degrees(90),
        "radius_km": _zero_if_none(_size),
        "region": _region,
        "gazetteer": _text,
        "country": _text,
        "kind": _text,
        "toponym": _text,
        "evidence": _quotes,
        "candidates": _candidates,
        "reference": _flag,
        "note": _text,
        "draft": _text,
    },
    ("name",),
)
_leg = _record(
    Leg,
    {
        "from": _text,
        "to": _text,
        "mode": _choice(Mode),
        "via": _texts,
        "avoid": _texts,
        "departure": _text,
        "arrival": _text,
        "claim": _claim,
        "cargo": _text,
        "quantity": _text,
        "vehicle": _text,
        "vehicle_type": _text,
        "flag": _text,
        "shipper": _text,
        "consignee": _text,
        "carrier": _text,
        "evidence": _quotes,
        "told": _quotes_by_field,
        "inferred": _pairs,
        "confidence": _share,
        "note": _text,
        "draft": _text,
    },
    ("from", "to", "mode"),
)
