"""The gazetteer: which places a name may mean."""

from __future__ import annotations

import functools
import math
import sqlite3
import threading
import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo_routes import datasets
from geo_routes.errors import DataError, PlaceNotFoundError

Point = tuple[float, float]

KINDS = ("city", "port", "station", "site", "country", "admin1", "sea", "region")
"""Kinds of places; the index stores their positions."""

SCHEMA_VERSION = "2"
FILTER_BITS = 1 << 24
MULTIPLE_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
    | {"ŋ": "ng", "ё": "е", "ə": "e", "\u0131": "i"}
    | {"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ـ": None}
)
"""Letters that Unicode does not decompose, and Arabic letters that keyboards mix up."""

_COLUMNS = (
    "id, ref, name, lon, lat, country, admin1, kind, feature, population, uncertainty, locode"
)
_SCALE = 1e5


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """
    One place that a name may mean.

    Attributes
    ----------
    id
        Such as "geonames:1833747", "port:KRUSN", "country:RU", "admin1:RU-PRI", "sea:black-sea".
    kind
        One of `KINDS`.
    feature
        Finer than `kind` where known: capital, airport, border crossing, strait, terminal ...
    uncertainty_km
        How far the place that the name means may lie from the point; about the radius of an area.
    matched
        The folded name that led here; "" when the place was not found by name.
    name_weight
        0 to 1: how surely the matched name means this place; 1 is its main name.
    distance_km
        From the point asked about; None without one.
    """

    id: str
    name: str
    lon: float
    lat: float
    country: str
    admin1: str = ""
    kind: str = "city"
    feature: str = ""
    population: int = 0
    uncertainty_km: float = 1.0
    locode: str = ""
    matched: str = ""
    name_weight: float = 1.0
    distance_km: float | None = None


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


@functools.lru_cache(maxsize=1 << 16)
def fold(name: str) -> str:
    """
    Fold a name to the key under which the index holds it.

    Lower case; accents of Latin and Greek letters go, the script stays; "ё" becomes "е"; full
    stops and apostrophes go; hyphens, commas and other signs become spaces.

    Parameters
    ----------
    name
        A name in any script.

    Returns
    -------
    key
        Words joined by single spaces; "" when no letter or digit is left.

    Examples
    --------
    >>> fold("Bab-el-Mandeb"), fold("Łódź"), fold("Sana'a"), fold("Королёв")
    ('bab el mandeb', 'lodz', 'sanaa', 'королев')
    """
    if name.isascii():
        letters = name.lower()
    else:
        letters = unicodedata.normalize("NFKC", name).casefold().translate(MULTIPLE_LETTERS)
        if not letters.isascii():
            letters = _without_accents(letters).translate(MULTIPLE_LETTERS)
    return " ".join("".join(map(_folded, letters)).split())


def _without_accents(letters: str) -> str:
    """Drop combining marks that set off no letter of their own."""
    decomposed = unicodedata.normalize("NFD", letters)
    # These are letters of their own in the Cyrillic alphabets, not accented ones.
    for pair, letter in (("и\u0306", "й"), ("і\u0308", "ї"), ("у\u0306", "ў")):
        decomposed = decomposed.replace(pair, letter)
    kept = "".join(sign for sign in decomposed if not _is_accent(sign))
    return unicodedata.normalize("NFC", kept)


def _is_accent(sign: str) -> bool:
    code = ord(sign)
    return (
        0x300 <= code <= 0x36F  # Latin, Greek, Cyrillic
        or 0x591 <= code <= 0x5C7  # Hebrew points
        or 0x610 <= code <= 0x61A
        or 0x64B <= code <= 0x65F  # Arabic vowels and hamza
        or code == 0x670
    )


@functools.lru_cache(maxsize=1 << 14)
def _folded(sign: str) -> str:
    """Keep letters, marks and digits; drop apostrophes and stops; the rest divides words."""
    category = unicodedata.category(sign)
    if category == "Lm" and 0x2B0 <= ord(sign) <= 0x2FF:
        return ""
    if category[0] in "LMN":
        return sign
    return "" if sign in "'’‘`´′.\u200c\u200d\u00ad״׳" or category == "Cf" else " "


def filter_positions(key: str, *, prefix: bool = False) -> int:
    """Compute the bit that a key (or the beginning of longer keys) sets in the index's filter."""
    return zlib.crc32(f"{key} ".encode() if prefix else key.encode()) & (FILTER_BITS - 1)


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
        sql = (
            f"SELECT {_COLUMNS}, weight FROM name JOIN place ON place.id = name.place WHERE key = ?"
        )
        rows: Iterable[Sequence[Any]] = self._database.execute(sql, (key,))
        found = [_candidate(row, matched=key, near=near) for row in rows]
        if country is not None:
            found = [candidate for candidate in found if candidate.country == country]
        found.sort(key=_standing)
        return found[:limit]

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
            f"SELECT {_COLUMNS}, 100 FROM place WHERE {where}", (value,)
        ).fetchone()
        if row is None:
            raise PlaceNotFoundError(f"The gazetteer has no place with the id {id!r}.")
        return _candidate(row)

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
        bits = self._filter()
        bit = zlib.crc32(key.encode()) & (FILTER_BITS - 1)
        return bool(bits[bit >> 3] >> (bit & 7) & 1)

    def continues(self, key: str) -> bool:
        """
        Tell whether longer names may begin with these folded words.

        A wrong yes comes about once in fifteen times, a wrong no never: ask `known` in the end.
        """
        bits = self._filter()
        bit = filter_positions(key, prefix=True)
        return bool(bits[bit >> 3] >> (bit & 7) & 1)

    def names(self, id: str) -> list[str]:
        """List the folded names of a place, the surest first."""
        place = self.place(id)
        prefix, _, rest = place.id.partition(":")
        if prefix == "geonames":
            number = int(rest)
        else:
            sql = "SELECT id FROM place WHERE ref = ?"
            number = self._database.execute(sql, (id,)).fetchone()[0]
        sql = "SELECT key FROM name WHERE place = ? ORDER BY weight DESC, key"
        return [row[0] for row in self._database.execute(sql, (number,))]

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

    def demonym(self, word: str, *, language: str | None = None) -> tuple[str, ...]:
        """
        List the countries that an adjective or a people's name refers to ("russe", "Thai").

        A wider one refers to a region, by its id: "region:europe".

        Parameters
        ----------
        word
            As written, or folded.
        language
            ISO 639-1 code: only words of this language; those of all when left out.
        """
        found = self.demonyms().get(fold(word), {})
        if language is not None:
            return found.get(language, ())
        return tuple(sorted({country for codes in found.values() for country in codes}))

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
            f"SELECT {_COLUMNS}, 100 FROM place WHERE country = ? AND feature = 'capital' "
            "AND kind = 0 ORDER BY population DESC LIMIT 1",
            (country,),
        ).fetchone()
        return None if row is None else _candidate(row)

    def ports(self, country: str) -> list[Candidate]:
        """List the ports of a country, by name."""
        kind = KINDS.index("port")
        rows = self._database.execute(
            f"SELECT {_COLUMNS}, 100 FROM place WHERE country = ? AND kind = ? AND ref IS NOT NULL "
            "ORDER BY name, id",
            (country, kind),
        )
        return [_candidate(row) for row in rows]

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
        codes = sorted(KINDS.index(kind) for kind in kinds)
        radius_km = min(within_km, 60.0)
        while True:
            found = [
                place
                for place in self._around((lon, lat), codes, radius_km)
                if (place.distance_km or 0.0) <= radius_km
            ]
            if len(found) >= limit or radius_km >= within_km:
                found.sort(key=lambda place: (place.distance_km, place.id))
                return found[:limit]
            radius_km = min(within_km, radius_km * 3)

    def _around(self, point: Point, codes: list[int], radius_km: float) -> Iterable[Candidate]:
        """Go through the places in the one-degree cells that a circle may touch."""
        lon, lat = point
        rows_from = max(0, math.floor(lat - radius_km / 111.0) + 90)
        rows_to = min(180, math.floor(lat + radius_km / 111.0) + 90)
        marks = ", ".join("?" * len(codes))
        sql = f"SELECT {_COLUMNS}, 100 FROM place WHERE cell BETWEEN ? AND ? AND kind IN ({marks})"
        for row in range(rows_from, rows_to + 1):
            furthest = min(89.0, max(abs(row - 90), abs(row - 89)))
            reach = min(180.0, radius_km / (111.0 * math.cos(math.radians(furthest))))
            for first, last in _columns(lon - reach, lon + reach):
                bounds = (row * 360 + first, row * 360 + last)
                for found in self._database.execute(sql, (*bounds, *codes)):
                    yield _candidate(found, near=point)

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


def distance_km(origin: Point, destination: Point) -> float:
    """Measure the great circle between two points on a sphere: quick, within 0.5 %."""
    lon1, lat1, lon2, lat2 = map(math.radians, (*origin, *destination))
    chord = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(chord)))


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


def _columns(west: float, east: float) -> list[tuple[int, int]]:
    """Divide a span of longitudes into runs of one-degree columns counted from -180."""
    first, last = math.floor(west) + 180, math.floor(east) + 180
    if last - first >= 359:
        return [(0, 359)]
    first, last = first % 360, last % 360
    return [(first, last)] if first <= last else [(0, last), (first, 359)]


def _candidate(row: Sequence[Any], *, matched: str = "", near: Point | None = None) -> Candidate:
    """Make a candidate of a row of `_COLUMNS` and the weight."""
    lon, lat = row[3] / _SCALE, row[4] / _SCALE
    population = row[9] or 0
    uncertainty = row[10]
    if uncertainty is None:
        # The built-up area of a town grows about with the square root of its inhabitants.
        uncertainty = round(1.0 + math.sqrt(population) / 100, 1)
    return Candidate(
        id=row[1] or f"geonames:{row[0]}",
        name=row[2],
        lon=lon,
        lat=lat,
        country=row[5] or "",
        admin1=row[6] or "",
        kind=KINDS[row[7]],
        feature=row[8] or "",
        population=population,
        uncertainty_km=uncertainty,
        locode=row[11] or "",
        matched=matched,
        name_weight=row[12] / 100,
        distance_km=None if near is None else distance_km(near, (lon, lat)),
    )


def _standing(candidate: Candidate) -> tuple[float, str]:
    """Order candidates: the surest name, the best known place, the nearest."""
    prior = {"country": 9.0, "sea": 6.5, "region": 6.3}
    fame = prior.get(candidate.kind, 4.6)
    if candidate.kind == "admin1":
        fame = math.log10(candidate.population + 10) - 0.5
    if candidate.kind == "city":
        fame = math.log10(candidate.population + 10) + (candidate.feature == "capital")
    far = 0.0 if candidate.distance_km is None else math.log10(1 + candidate.distance_km / 50)
    return -candidate.name_weight * fame + 2 * far, candidate.id
