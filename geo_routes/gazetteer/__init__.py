"""The gazetteer: which places a name may mean."""

from __future__ import annotations

import functools
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo_routes import datasets
from geo_routes.errors import DataError, PlaceNotFoundError
from geo_routes.gazetteer.candidates import (
    COLUMNS,
    KINDS,
    SCALE,
    Candidate,
    Point,
    distance_km,
    read_candidate,
    standing,
)
from geo_routes.gazetteer.packing import (
    KIND_BITS,
    SCHEMA_VERSION,
    WEIGHT_BITS,
    cells_around,
    cells_within,
    fold,
    is_marked,
    pack,
    unpack,
)

__all__ = (
    "KINDS",
    "Candidate",
    "Country",
    "Gazetteer",
    "Point",
    "distance_km",
    "fold",
    "shipped",
)

_SURE = 70
"""Weight of a name by which a place surely goes."""
_MANY = 8_000
"""How many places it takes longer to go to one by one than to go through all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """
    One country or territory.

    Attributes
    ----------
    code, iso3
        ISO 3166 alpha-2 and alpha-3.
    bounds
        West, south, east, north; west is greater than east when it spans longitude 180.
    """

    code: str
    iso3: str
    name: str
    lon: float
    lat: float
    bounds: tuple[float, float, float, float]
    population: int
    area_km2: float
    languages: tuple[str, ...]
    neighbours: tuple[str, ...]
    continent: str


class Gazetteer:
    """
    The index of places by name, read-only.

    Opens on first use; may be shared between threads and sent to other processes.

    Parameters
    ----------
    path
        The index; the shipped data set when left out.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._local = threading.local()
        self._bits: bytes | None = None
        self._demonyms: dict[str, dict[str, tuple[str, ...]]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self._path}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["path"])  # type: ignore[misc]  # a fresh one opens its own connection

    @property
    def _database(self) -> sqlite3.Connection:
        """The connection of this thread."""
        database: sqlite3.Connection | None = getattr(self._local, "database", None)
        if database is None:
            path = self._path or datasets.path("gazetteer")
            database = _open(path)
            self._local.database = database
        return database

    def candidates(
        self,
        name: str,
        *,
        country: str | None = None,
        near: Point | None = None,
        limit: int = 20,
    ) -> list[Candidate]:
        """
        List the places that a name may mean, the likeliest without context first.

        Parameters
        ----------
        name
            A name as written, in any script.
        country
            ISO 3166 alpha-2 code; keeps only places there.
        near
            A point (lon, lat); nearer places come first among places of like standing.
        limit
            Largest number of candidates.

        Returns
        -------
        candidates
            At most `limit`; empty when no place has the name.

        Examples
        --------
        >>> Gazetteer().candidates("Ульсан", limit=1)[0].id
        'geonames:1833747'
        """
        key = fold(name)
        if not key:
            return []
        weights = self._weights(key)
        rows = self._rows(tuple(weights)) if weights else ()
        if country is not None:
            rows = [row for row in rows if row[5] == country]
        ordered = sorted((standing(row, weights[row[0]], near), row) for row in rows)
        return [
            read_candidate(row, weight=weights[row[0]], matched=key, near=near)
            for _, row in ordered[:limit]
        ]

    def best(self, key: str) -> tuple[Candidate | None, frozenset[str]]:
        """
        Find the likeliest place of a folded name, and where its places lie.

        Parameters
        ----------
        key
            A folded name.

        Returns
        -------
        place, divisions
            The first of `candidates`, None without one; the codes of the first-level divisions
            in which a place surely goes by that name.
        """
        weights = self._weights(key)
        if not weights:
            return None, frozenset()
        rows = list(self._rows(tuple(weights)))
        row = rows[0]
        if len(rows) > 1:
            row = min(rows, key=lambda row: standing(row, weights[row[0]]))
        divisions = frozenset(row[6] for row in rows if row[6] and weights[row[0]] >= _SURE)
        return read_candidate(row, weight=weights[row[0]], matched=key), divisions

    def _weights(self, key: str) -> dict[int, int]:
        """Read the numbers of the places of a folded name, each with the name's weight."""
        sql = "SELECT places FROM name WHERE key = ?"
        packed = self._database.execute(sql, (key,)).fetchone()
        if packed is None:
            return {}
        mask = (1 << WEIGHT_BITS) - 1
        return {entry >> WEIGHT_BITS: entry & mask for entry in unpack(packed[0])}

    def _rows(self, numbers: Sequence[int]) -> Iterable[Sequence[Any]]:
        """Go through the rows of some places by number."""
        marks = ", ".join("?" * len(numbers))
        return self._database.execute(f"SELECT {COLUMNS} FROM place WHERE id IN ({marks})", numbers)

    def place(self, id: str) -> Candidate:
        """
        Look up a place by its id.

        Raises
        ------
        PlaceNotFoundError
            When the gazetteer has no such id.
        """
        prefix, _, rest = id.partition(":")
        if prefix == "geonames" and rest.isdecimal():
            where, value = "id = ? AND ref IS NULL", rest
        else:
            where, value = "ref = ?", id
        row = self._database.execute(
            f"SELECT {COLUMNS} FROM place WHERE {where}", (value,)
        ).fetchone()
        if row is None:
            raise PlaceNotFoundError(f"The gazetteer has no place with the id {id!r}.")
        return read_candidate(row)

    def known(self, keys: Iterable[str]) -> set[str]:
        """
        Tell which of some folded names the gazetteer holds.

        Parameters
        ----------
        keys
            Names as `fold` writes them.

        Returns
        -------
        known
            Those that are the name of a place.
        """
        sql = "SELECT 1 FROM name WHERE key = ? LIMIT 1"
        execute = self._database.execute
        return {key for key in keys if self.may_know(key) and execute(sql, (key,)).fetchone()}

    def may_know(self, key: str) -> bool:
        """Tell whether this folded name may be known; a wrong no never comes."""
        return is_marked(self._bits or self._filter(), key.encode())

    def continues(self, key: str) -> bool:
        """
        Tell whether longer names may begin with these folded words.

        A wrong yes comes about once in twenty times, a wrong no never: ask `known` in the end.
        """
        return is_marked(self._bits or self._filter(), b"%b " % key.encode())

    def names(self, id: str) -> list[str]:
        """List the folded names of a place, the surest first."""
        place = self.place(id)
        prefix, _, rest = place.id.partition(":")
        if prefix == "geonames":
            number = int(rest)
        else:
            sql = "SELECT id FROM place WHERE ref = ?"
            number = self._database.execute(sql, (id,)).fetchone()[0]
        weights = {}
        sql = "SELECT key, places FROM name WHERE instr(places, ?) > 0"
        # The bits of the weight share a byte with the number's lowest.
        for key, packed in self._database.execute(sql, (pack([number << WEIGHT_BITS])[1:],)):
            for entry in unpack(packed):
                if entry >> WEIGHT_BITS == number:
                    weights[key] = entry & ((1 << WEIGHT_BITS) - 1)
        return sorted(weights, key=lambda key: (-weights[key], key))

    def country(self, code: str) -> Country:
        """
        Look up a country by its ISO 3166 alpha-2 code.

        Raises
        ------
        PlaceNotFoundError
            When there is no such country.
        """
        row = self._database.execute(
            "SELECT code, iso3, name, lon, lat, west, south, east, north, population, area_km2, "
            "languages, neighbours, continent FROM country WHERE code = ?",
            (code,),
        ).fetchone()
        if row is None:
            raise PlaceNotFoundError(f"The gazetteer has no country with the code {code!r}.")
        return Country(
            code=row[0],
            iso3=row[1],
            name=row[2],
            lon=row[3],
            lat=row[4],
            bounds=(row[5], row[6], row[7], row[8]),
            population=row[9],
            area_km2=row[10],
            languages=tuple(row[11].split()),
            neighbours=tuple(row[12].split()),
            continent=row[13],
        )

    def country_codes(self) -> tuple[str, ...]:
        """List the ISO 3166 alpha-2 codes of all countries."""
        return tuple(
            row[0] for row in self._database.execute("SELECT code FROM country ORDER BY code")
        )

    def demonym(
        self, word: str, *, language: str | None = None, regions: bool = False
    ) -> tuple[str, ...]:
        """
        List the countries that an adjective or a people's name refers to ("russe", "Thai").

        Parameters
        ----------
        word
            As written, or folded.
        language
            ISO 639-1 code: only words of this language; those of all when left out.
        regions
            Whether to list wider regions too, by their ids: "region:europe".
        """
        found = self.demonyms().get(fold(word), {})
        if language is None:
            listed = tuple(sorted({country for codes in found.values() for country in codes}))
        else:
            listed = found.get(language, ())
        return listed if regions else tuple(code for code in listed if ":" not in code)

    def demonym_name(self, country: str) -> str:
        """Name the country or region that `demonym` lists."""
        return self.place(country).name if ":" in country else self.country(country).name

    def demonyms(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """
        List all demonyms: folded word, language, countries.

        They are a few thousand, asked for at every word, and so are read once.
        """
        if self._demonyms is None:
            found: dict[str, dict[str, tuple[str, ...]]] = {}
            sql = "SELECT key, language, country FROM demonym ORDER BY key, language, country"
            for key, language, country in self._database.execute(sql):
                by_language = found.setdefault(key, {})
                by_language[language] = (*by_language.get(language, ()), country)
            self._demonyms = found
        return self._demonyms

    def capital(self, country: str) -> Candidate | None:
        """Find the capital of a country by its ISO 3166 alpha-2 code; None without one."""
        row = self._database.execute(
            f"SELECT {COLUMNS} FROM place WHERE country = ? AND feature = 'capital' "
            "AND kind = 0 ORDER BY population DESC LIMIT 1",
            (country,),
        ).fetchone()
        return None if row is None else read_candidate(row)

    def ports(self, country: str) -> list[Candidate]:
        """List the ports of a country, by name."""
        kind = KINDS.index("port")
        rows = self._database.execute(
            f"SELECT {COLUMNS} FROM place WHERE country = ? AND kind = ? AND ref IS NOT NULL "
            "ORDER BY name, id",
            (country, kind),
        )
        return [read_candidate(row) for row in rows]

    def large_towns(
        self,
        country: str,
        *,
        population: int = 50_000,
        bounds: tuple[float, float, float, float] | None = None,
    ) -> list[Candidate]:
        """
        List the towns of a country that have so many inhabitants, by id.

        Parameters
        ----------
        country
            ISO 3166 alpha-2 code.
        population
            Smallest number of inhabitants.
        bounds
            West, south, east, north of a box, which may run on past 180: towns far from it may
            be left out.
        """
        told = (country, KINDS.index("city"), population)
        where = "country = ? AND kind = ? AND population >= ?"
        numbers = (
            self._in_cells(cells_within(bounds, told[1]), frozenset([told[1]])) if bounds else []
        )
        if bounds is None or len(numbers) > _MANY:
            sql = f"SELECT {COLUMNS} FROM place WHERE {where} ORDER BY id"
            return [read_candidate(row) for row in self._database.execute(sql, told)]
        rows: list[Sequence[Any]] = []
        for chunk in _chunks(numbers):
            marks = ", ".join("?" * len(chunk))
            sql = f"SELECT {COLUMNS} FROM place WHERE id IN ({marks}) AND {where}"
            rows += self._database.execute(sql, (*chunk, *told))
        return [read_candidate(row) for row in sorted(rows, key=lambda row: row[0])]

    def harbour(self, town: Candidate, *, within_km: float = 15.0) -> Candidate:
        """
        Find the port that goes by a town's name beside it; the town itself without one.

        Parameters
        ----------
        town
            A place; one that is no town is its own harbour.
        within_km
            How far from the town its port may lie.
        """
        if town.kind != "city":
            return town
        point = (town.lon, town.lat)
        namesakes = self.candidates(town.matched or town.name, country=town.country, near=point)
        ports = [place for place in namesakes if place.kind == "port"]
        nearest = min(ports, key=lambda port: port.distance_km or 0.0, default=town)
        return nearest if (nearest.distance_km or 0.0) <= within_km else town

    def nearest(
        self,
        lon: float,
        lat: float,
        *,
        kinds: Iterable[str] = KINDS[:4],
        limit: int = 5,
        within_km: float = 500.0,
    ) -> list[Candidate]:
        """
        List the places nearest to a point.

        Parameters
        ----------
        lon, lat
            The point.
        kinds
            Kinds of places to look for; cities, ports, stations and sites when left out.
        limit
            Largest number of places.
        within_km
            How far to look.

        Returns
        -------
        places
            At most `limit`, nearest first, with their `distance_km`.
        """
        codes = frozenset(KINDS.index(kind) for kind in kinds)
        radius_km = min(within_km, 15.0)
        while True:
            around = self._around((lon, lat), codes, radius_km)
            if len(around) >= limit or radius_km >= within_km:
                break
            radius_km = min(within_km, radius_km * 3)
        around.sort()
        chosen = [number for *_, number in around[:limit]]
        rows = {row[0]: row for row in self._rows(chosen)}
        return [read_candidate(rows[number], near=(lon, lat)) for number in chosen]

    def _around(
        self, point: Point, codes: frozenset[int], radius_km: float
    ) -> list[tuple[float, str, int]]:
        """List distance, id and number of the places in a circle."""
        found = []
        for chunk in _chunks(self._in_cells(cells_around(point, radius_km), codes)):
            marks = ", ".join("?" * len(chunk))
            sql = f"SELECT id, lon, lat, ref FROM place WHERE id IN ({marks})"
            for number, lon, lat, ref in self._database.execute(sql, chunk):
                far = distance_km(point, (lon / SCALE, lat / SCALE))
                if far <= radius_km:
                    found.append((far, ref or f"geonames:{number}", number))
        return found

    def _in_cells(self, runs: Iterable[tuple[int, int]], codes: frozenset[int]) -> list[int]:
        """List the numbers of the places of some kinds in runs of cells."""
        numbers: list[int] = []
        kinds = (1 << KIND_BITS) - 1
        sql = "SELECT id, places FROM cell WHERE id BETWEEN ? AND ?"
        for run in runs:
            for cell, packed in self._database.execute(sql, run):
                if cell & kinds in codes:
                    numbers += unpack(packed)
        return numbers

    def _filter(self) -> bytes:
        """Load the filter of keys, once."""
        if self._bits is None:
            row = self._database.execute("SELECT bits FROM filter").fetchone()
            self._bits = row[0]
        return self._bits


@functools.cache
def shipped() -> Gazetteer:
    """Share one gazetteer over the shipped data set."""
    return Gazetteer()


def _chunks(numbers: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    """Part a list into what one query may ask for."""
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def _open(path: Path) -> sqlite3.Connection:
    """Connect to an index that nobody changes, and check that this code can read it."""
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        database = sqlite3.connect(uri, uri=True, check_same_thread=False)
        row = database.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    except sqlite3.Error as error:
        raise DataError(f"{path}: {error}. Run: geo-routes data build gazetteer") from error
    if row is None or row[0] != SCHEMA_VERSION:
        raise DataError(f"{path} is of another version. Run: geo-routes data build gazetteer")
    return database
