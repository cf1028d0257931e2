"""What a reviewer should look at in a route file."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from geo_routes.dates import bounds
from geo_routes.io.routefile import about_leg, read_with_lines, repeats_inference, rivals
from geo_routes.itinerary import Itinerary, Leg, Mode, Place

LOW_CONFIDENCE = 0.6

_YEAR = r"-?[\dX]{4}"
_DAY = rf"{_YEAR}(?:-[\dX]{{2}}(?:-[\dX]{{2}})?)?[~?%]?"
_END = rf"(?:{_DAY}|\.\.)?"
_EDTF = re.compile(rf"{_DAY}|{_END}/{_END}|[\[{{]{_DAY}(?:(?:,|\.\.){_DAY})*[\]}}]")
_PLAIN = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?[~?%]?")

Finding = tuple[tuple[str | int, ...], str]


def check_itinerary(path: Path) -> list[tuple[int, str]]:
    """
    List what a reviewer should look at in a route file.

    Parameters
    ----------
    path
        A route file.

    Returns
    -------
    doubts
        (line, message) pairs, in the order of the lines.

    Raises
    ------
    RouteFileError
        When the file breaks the schema.

    Examples
    --------
    >>> import tempfile
    >>> from geo_routes.io.routefile import write_itinerary
    >>> from geo_routes.itinerary import Leg, Mode, Place
    >>> itinerary = Itinerary(
    ...     places={"hal": Place(name="Halden"), "lag": Place(name="Lagos")},
    ...     legs=(Leg(origin="hal", destination="lag", mode=Mode.SEA),),
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "route.yaml"
    ...     write_itinerary(itinerary, path)
    ...     doubts = check_itinerary(path)
    >>> len(doubts) > 0
    True
    """
    found = {
        (parsed.line(where), message)
        for itinerary, parsed in read_with_lines(path)
        for where, message in _findings(itinerary)
    }
    return sorted(found)


def is_edtf(text: str) -> bool:
    """Tell whether a date is in the Extended Date/Time Format (levels 0 and 1, and sets)."""
    if not _EDTF.fullmatch(text) or text == "/":
        return False
    return all(_exists(match) for match in _PLAIN.finditer(text))


def first_day(text: str) -> date | None:
    """Find the first day that an EDTF date allows; None where it is open or unreadable."""
    days = bounds(text)
    return None if days is None or text.startswith(("/", "..")) else days[0]


def last_day(text: str) -> date | None:
    """Find the last day that an EDTF date allows; None where it is open or unreadable."""
    days = bounds(text)
    return None if days is None or text.endswith(("/", "..")) else days[1]


def _exists(match: re.Match[str]) -> bool:
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if 21 <= month <= 41:  # a season, a quarter or a half
        return not match[3]
    if (match[2] and not 1 <= month <= 12) or year == 0:
        return False
    return not match[3] or 1 <= day <= monthrange(year, month)[1]


def _findings(itinerary: Itinerary) -> Iterator[Finding]:
    for number, doubt in enumerate(itinerary.doubts):
        found = about_leg(doubt)
        if not found or found[0] >= len(itinerary.legs):
            yield ("doubts", number), doubt
        elif not repeats_inference(found[1], itinerary.legs[found[0]]):
            yield ("legs", found[0]), doubt
    used = {key for leg in itinerary.legs for key in (leg.origin, leg.destination, *leg.via)}
    for key, place in itinerary.places.items():
        for message in _doubts_of_place(place, used=key in used):
            yield ("places", key), f"{key}: {message}"
    for number, leg in enumerate(itinerary.legs):
        for field, message in _doubts_of_leg(leg):
            yield ("legs", number, field), f"leg {number + 1}: {message}"
        for quote in leg.evidence:
            if quote.source and quote.source not in itinerary.sources:
                where = ("legs", number, "evidence")
                yield where, f"leg {number + 1}: no source {quote.source!r} under `sources`."
    if not itinerary.legs:
        yield ("legs",), "no leg: nothing to draw."


def _doubts_of_place(place: Place, *, used: bool) -> Iterator[str]:
    if place.point is None and place.region is None:
        yield f"{place.name} is not placed. Write lon and lat, or a region."
    elif place.region is not None and not place.reference:
        yield f"{place.name} is known as a region only ({place.region.rule})."
    others = rivals(place)
    if others:
        names = "; ".join(f"{row.name} {row.country} {row.score:.2f}" for row in others)
        yield f"{place.name} may also be: {names}."
    if not used and not place.reference:
        yield f"{place.name} is on no leg."


def _doubts_of_leg(leg: Leg) -> Iterator[tuple[str, str]]:
    for name, reason in leg.inferred.items():
        yield "inferred", f"{name} is inferred: {reason}"
    if not leg.evidence:
        yield "", "no evidence. Quote the words that it is based on."
    if leg.confidence is not None and leg.confidence < LOW_CONFIDENCE:
        yield "confidence", f"confidence is only {leg.confidence:.2f}."
    if leg.mode is Mode.UNKNOWN:
        yield "mode", "the mode is unknown."
    if leg.origin == leg.destination:
        yield "to", "ends where it starts."
    for name, text in (("departure", leg.departure), ("arrival", leg.arrival)):
        if text and not is_edtf(text):
            yield name, f"{name} is not in EDTF (2023-05-14, 2023-05~, 2023-05/2023-06): {text!r}."
    departure, arrival = first_day(leg.departure), last_day(leg.arrival)
    if departure and arrival and arrival < departure:
        yield "arrival", f"arrives ({leg.arrival}) before it departs ({leg.departure})."
