"""Places of trade that UN/LOCODE lists and no other source has: small ports, freight stations."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from geo_routes.builders.gazetteer_sources import Entry
from geo_routes.builders.registry import Package, read_member
from geo_routes.gazetteer import distance_km, fold

LOCODES = Package(
    "pypi",
    "pyunlocode",
    "0.1.0",
    "5b55a2433ba66833f2f3e0fe3fdd5ce05d3a040fe018d240e5a305dddec57d4e",
)
PARTS = tuple(f"pyunlocode/csv/2023-1 UNLOCODE CodeListPart{part}.csv" for part in (1, 2, 3))
FUNCTIONS = frozenset("124B")
"""Port, rail terminal, airport and border crossing; not the road alone, which villages have."""
REJECTED = frozenset({"RR", "XX"})
REMOVED = "X"
WEIGHT = 90
UNCERTAINTY_KM = 10.0
"""Of the 12,076 with one town of their name in the country 94 in 100 lie so near to it."""
SETTLED_KM = 100.0
"""Places further from every town of their country have been put in the wrong place."""
SHORTEST = 5
"""Shorter names are words of many languages; ports may have one letter fewer."""
AREAS = frozenset({"country", "admin1", "sea", "region"})
FAMOUS = 100_000
"""What a town of so many inhabitants is called, or an area, means no hamlet of another country."""
_AFTER = re.compile(r"\s*[(),/=]|\s(?:Apt|Pt)\b")
_POINT = re.compile(r"(\d\d)([0-5]\d)([NS]) ([01]\d\d)([0-5]\d)([EW])")
_CELL = 1.0  # degrees


def read_locodes(archive: Path, known: Iterable[Entry]) -> list[Entry]:
    """
    Read the places of trade whose names no known place of their country has.

    Parameters
    ----------
    archive
        The package with the code list of 2023-1 (UNECE; positions to a minute of arc).
    known
        All other places.

    Returns
    -------
    entries
        As towns of unknown size, by code.
    """
    named: dict[str, set[str]] = defaultdict(set)
    towns: dict[tuple[str, int, int], list[Entry]] = defaultdict(list)
    famous: set[str] = set()
    for entry in known:
        keys = {fold(name) for name in entry.names}
        named[entry.country] |= keys
        if entry.kind in AREAS or entry.population > FAMOUS:
            famous |= keys
        if entry.kind == "city":
            towns[entry.country, int(entry.lon // _CELL), int(entry.lat // _CELL)].append(entry)
    entries = {}
    for row in _rows(archive):
        change, country, code, name, plain, _, function, status, *_, position, _ = row
        point = _read_point(position)
        if point is None or change == REMOVED or status in REJECTED:
            continue
        # What follows tells where it lies: "Mgarr, Gozo", "Bärenklau/Oberkrämer".
        name, plain = (_AFTER.split(each)[0].strip() for each in (name, plain))
        keys = {fold(name), fold(plain)}
        if FUNCTIONS.isdisjoint(function) or len(name) < SHORTEST - ("1" in function):
            continue
        if not keys.isdisjoint(named[country]) or not keys.isdisjoint(famous):
            continue
        if not _is_settled(point, country, towns):
            continue
        entry = Entry(
            name=name,
            lon=point[0],
            lat=point[1],
            country=country,
            uncertainty_km=UNCERTAINTY_KM,
            locode=country + code,
            ref=f"locode:{country}{code}",
        )
        entry.add(name, WEIGHT)
        entries[entry.ref] = entry
    return [entries[ref] for ref in sorted(entries)]


def _rows(archive: Path) -> Iterator[list[str]]:
    """Go through the rows of places; those of countries have no code."""
    for part in PARTS:
        table = read_member(archive, part).decode("latin-1")
        yield from (row for row in csv.reader(io.StringIO(table)) if len(row) == 12 and row[2])


def _read_point(position: str) -> tuple[float, float] | None:
    """Read "5945N 00529E"; None where none is given."""
    found = _POINT.fullmatch(position)
    if found is None:
        return None
    north, minutes, half, east, more, side = found.groups()
    lat = (int(north) + int(minutes) / 60) * (1 if half == "N" else -1)
    lon = (int(east) + int(more) / 60) * (1 if side == "E" else -1)
    return (round(lon, 5), round(lat, 5)) if abs(lon) <= 180 and abs(lat) <= 90 else None


def _is_settled(
    point: tuple[float, float], country: str, towns: dict[tuple[str, int, int], list[Entry]]
) -> bool:
    """Tell whether a town of the country lies near."""
    column, row = int(point[0] // _CELL), int(point[1] // _CELL)
    return any(
        distance_km(point, (town.lon, town.lat)) < SETTLED_KM
        for x in (column - 1, column, column + 1)
        for y in (row - 1, row, row + 1)
        for town in towns.get((country, x, y), ())
    )
