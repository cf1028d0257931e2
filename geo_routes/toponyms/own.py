"""A user's own places, read from a file: preferred to the gazetteer's, and found in texts."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from geo_routes.errors import PlacesFileError
from geo_routes.gazetteer import KINDS, Candidate, fold
from geo_routes.toponyms.texts import Match, Words

_SURE = 6.0


def read_own_places(path: Path) -> dict[str, list[Candidate]]:
    """
    Read a user's own places by folded name.

    Parameters
    ----------
    path
        A CSV file with the columns name, lon, lat, and if you like country, kind,
        uncertainty_km and names (other spellings, divided by "|").

    Returns
    -------
    places
        The places of each name.

    Raises
    ------
    PlacesFileError
        When the file cannot be read, or a row lacks a name or a position.
    """
    found: dict[str, list[Candidate]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream), start=2):
                place = _place(row, where=f"{path}:{number}")
                for name in (place.name, *(row.get("names") or "").split("|")):
                    if key := fold(name):
                        found.setdefault(key, []).append(place)
    except (OSError, UnicodeDecodeError) as error:
        raise PlacesFileError(f"{path}: cannot be read as a table of places ({error}).") from error
    return found


def _place(row: Mapping[str, str | None], *, where: str) -> Candidate:
    try:
        name, lon, lat = row["name"] or "", float(row["lon"] or ""), float(row["lat"] or "")
        uncertainty_km = float(row.get("uncertainty_km") or 1.0)
    except (KeyError, TypeError, ValueError) as error:
        raise PlacesFileError(f"{where}: each row needs name, lon and lat ({error}).") from error
    kind = row.get("kind") or "site"
    if not name or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise PlacesFileError(f"{where}: a name is missing, or {lon}, {lat} lies off the Earth.")
    if kind not in KINDS:
        raise PlacesFileError(f"{where}: the kind {kind!r} is none of {', '.join(KINDS)}.")
    return Candidate(
        id=f"own:{fold(name)}",
        name=name,
        lon=lon,
        lat=lat,
        country=row.get("country") or "",
        kind=kind,
        uncertainty_km=uncertainty_km,
    )


def find_own(words: Words, names: Iterable[str], matches: Sequence[Match]) -> list[Match]:
    """
    Find a user's own names in a text; other matches that overlap them go.

    Parameters
    ----------
    words
        The text.
    names
        Folded names.
    matches
        What the gazetteer found.
    """
    by_first: dict[str, list[list[str]]] = {}
    for name in names:
        parts = name.split()
        by_first.setdefault(parts[0], []).append(parts)
    found: list[Match] = []
    for at, key in enumerate(words.key):
        if not words.capital[at] or (found and at <= found[-1].last):
            continue
        for parts in sorted(by_first.get(key, ()), key=len, reverse=True):
            last = at + len(parts) - 1
            if words.key[at : last + 1] == parts:
                found.append(Match(at, last, (" ".join(parts),), score=_SURE, how="own"))
                break
    taken = {n for match in found for n in range(match.first, match.last + 1)}
    kept = [m for m in matches if taken.isdisjoint(range(m.first, m.last + 1))]
    return sorted([*kept, *found], key=lambda match: match.first)
