"""Resolution of toponyms: a place, or ranked readings, for every toponym of a document."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from geo_routes.errors import DataError
from geo_routes.gazetteer import Candidate, Point, distance_km, shipped
from geo_routes.geocoding.ranking import rank
from geo_routes.geocoding.resolution import (
    Reading,
    Sense,
    ask,
    favour_ports,
    favour_towns,
    favour_waters,
    gather,
    lengthen,
    lies_beside,
    readings,
    resolve,
)
from geo_routes.itinerary import Region, Rule
from geo_routes.schema import CRS, PLACES, TOPONYMS, check_toponyms, empty_places, make_frame
from geo_routes.toponyms.own import read_own_places
from geo_routes.toponyms.vagueness import tells_across
from geo_routes.toponyms.words import PlaceWords, place_words, told_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

# "in die USA" tells where to, not where.
_IN = r"(?:in(?!\s+die\b)|on|en|au|aux|à|dans|sur|im|auf|в|во|на|у|w|we|na|de|near|près)"
_AREA = rf"(?i:(?:{'|'.join(sorted(place_words('en').areas, key=len, reverse=True))})\s+)"
_HOLDS = re.compile(
    rf"(?:,\s+|\s+\()|(?:,\s+|\s+\(|\s+){_IN}\s+(?:[^\W\dA-Z]+[\s’'-]+){{0,4}}{_AREA}?"
    rf"|,\s+(?:the|la|le|l['’])\s*|,\s+{_AREA}"
)
_HYPOTHESES = 4
_AIRPORTS = frozenset({"airport", "air base"})
"""Sites that the text calls by their own word, and so are none of its depots or plants."""
_ON_THE_SHORE = frozenset({"port", "terminal"})
_LISTED = 6
_REACH = 200
"""How many names, and letters, lie between a place and what it is near to."""
_SHIPMENTS = 3
"""How many words for ships, other carriers and loads a report of shipments surely has."""
RANKED = 1
"""How many such words make a document one whose places the learnt ranking weighs."""
_WELL_KNOWN = 100_000
_SPARE_KM = 250.0
"""How much further off a large city may lie from what a loose writer calls near to it."""
_NEAR_KM = 75.0
"""How far from a town a known place may lie that the text calls near to it."""
_ABOUT_KM = 30.0
"""How far from a town a place may lie that the text names with it."""


def geocode(
    toponyms: pd.DataFrame,
    *,
    near: Point | None = None,
    country: str | None = None,
    candidates: int = 5,
    places: str | Path | None = None,
) -> gpd.GeoDataFrame:
    """
    Choose a place for every toponym, all toponyms of the document together.

    Parameters
    ----------
    toponyms
        A frame as `find_toponyms` makes it.
    near
        A point (lon, lat): nearer places are preferred.
    country
        ISO 3166 alpha-2 code: only places there.
    candidates
        Largest number of readings of each toponym.
    places
        A CSV file of your own places (name, lon, lat, and if you like country, kind,
        uncertainty_km, names), preferred to the gazetteer's. Give it to `find_toponyms` too.

    Returns
    -------
    places
        One row a reading, best first, with the columns of `schema.PLACES`; a toponym that
        nobody could place keeps one row without geometry.

    Examples
    --------
    >>> from geo_routes.documents import Document
    >>> from geo_routes.toponyms import find_toponyms
    >>> document = Document(text="The ship left the port of Hamburg for Lagos.", lang="en")
    >>> places = geocode(find_toponyms(document))
    >>> chosen = places[places["rank"] == 0]
    >>> dict(zip(chosen.toponym, chosen.country, strict=True))
    {'Hamburg': 'DE', 'Lagos': 'NG'}
    """
    check_toponyms(toponyms)
    own = read_own_places(Path(places)) if places is not None else {}
    rows, senses, ships, carriers = weigh_names(toponyms, near=near, country=country, own=own)
    # Where the user tells what to prefer, or the text is no report, the sums decide.
    if ships + carriers >= RANKED and near is None and country is None:
        rank([*senses.values()], ships=ships > 0)
    chosen = {names: readings(sense, limit=candidates) for names, sense in senses.items()}
    found: list[dict[str, Any]] = []
    for row in rows:
        if row["kind"] == "region" and row["region"] is not None:
            earlier = _named_before(row, rows, senses)
            if earlier is not None:
                why = "the place that the description takes up"
                found.append(_row({**row, "kind": "place"}, earlier, rank=0, score=0.6, why=why))
                continue
            found += _region_rows(row, rows, senses)
        elif row["kind"] == "demonym":
            found.append(_country_row(row, senses[row["names"]]))
        else:
            sense, likely = senses[row["names"]], chosen[row["names"]]
            lies = None if likely and _fits(sense, senses) else _told(row, sense, senses)
            if lies is not None:
                found += _region_rows({**row, "region": lies}, rows, senses)[:1]
            else:
                found += _place_rows(row, likely)
    frame = _frame(found)
    frame.attrs.update(toponyms.attrs)
    return frame


def weigh_names(
    toponyms: pd.DataFrame,
    *,
    near: Point | None = None,
    country: str | None = None,
    own: Mapping[str, Sequence[Candidate]] = MappingProxyType({}),
) -> tuple[list[dict[str, Any]], dict[tuple[str, ...], Sense], int, int]:
    """
    Weigh what each name of a document may mean by the sums of `resolution`.

    Parameters
    ----------
    toponyms, near, country
        As `geocode` has them.
    own
        The user's places by folded name.

    Returns
    -------
    rows
        The toponyms.
    senses
        By their names.
    ships, carriers
        How many words for ships, and for other carriers and loads, the document has.
    """
    rows = _plain_rows(toponyms)
    document = toponyms.attrs.get("document")
    text, lang = (document.text, document.lang) if document is not None else ("", "")
    words = place_words(lang)
    for row in rows:
        row["across"] = row["region"] is not None and tells_across(row["toponym"], words)
    senses = _senses(rows, text, words)
    for sense in senses.values():
        gather(sense, shipped(), own, country=country, near=near)
    ships, carriers = _told_of(text, words)
    _weigh_together(list(senses.values()), ships, carriers)
    return rows, senses, ships, carriers


def _weigh_together(senses: Sequence[Sense], ships: int, carriers: int) -> None:
    """Weigh all candidates of a document by each other and by what it tells of shipments."""
    lengthen(senses)
    if ships:
        favour_ports(senses, shipped())
        favour_waters(senses)
    if ships + carriers:
        favour_towns(senses)
    resolve(senses, shipments=ships + carriers >= _SHIPMENTS)


def _plain_rows(toponyms: pd.DataFrame) -> list[dict[str, Any]]:
    """List the rows of a frame of toponyms; all at once, as taking columns one by one is slow."""
    columns = list(TOPONYMS)
    if toponyms.columns.tolist() != columns:
        toponyms = toponyms[columns]
    table = toponyms.to_numpy(dtype=object).tolist()
    return [dict(zip(columns, values, strict=True)) for values in table]


def geocode_name(
    name: str, *, near: Point | None = None, country: str | None = None, candidates: int = 5
) -> gpd.GeoDataFrame:
    """
    List the places that a single name may mean.

    Parameters
    ----------
    name
        A name in any script.
    near
        A point (lon, lat): nearer places are preferred.
    country
        ISO 3166 alpha-2 code: only places there.
    candidates
        Largest number of readings.

    Returns
    -------
    places
        Best first; one row without geometry when the gazetteer does not know the name.

    Examples
    --------
    >>> geocode_name("Ulsan", candidates=1).country.item()
    'KR'
    """
    found = ask(name, near=near, country=country, candidates=candidates)
    row = {"toponym": name, "start": 0, "end": len(name), "kind": "place", "role": ""}
    return _frame(_place_rows(row, found))


def _told_of(text: str, words: PlaceWords) -> tuple[int, int]:
    """Count the different words for ships, and for other carriers and loads, in a text."""
    written = set(re.findall(r"[^\W\d_]+", text.lower()))
    ships, carriers = (told_of(written, words, kind) for kind in (words.vessels, words.carriers))
    return len(ships), len(carriers - ships)


def _senses(
    rows: Sequence[dict[str, Any]], text: str, words: PlaceWords
) -> dict[tuple[str, ...], Sense]:
    """Gather the mentions of each name."""
    senses: dict[tuple[str, ...], Sense] = {}
    plain = [row for row in rows if not (row["kind"] == "region" and row["region"] is not None)]
    for number, row in enumerate(plain):
        sense = senses.setdefault(row["names"], Sense(row["names"]))
        sense.positions.append(row["start"])
        sense.feature = sense.feature or row["feature"]
        if row["kind"] == "place" and row["region"] is not None:
            sense.beside += _beside(row, plain[number + 1 :])
        if number + 1 < len(plain):
            after = plain[number + 1]
            if _HOLDS.fullmatch(text[row["end"] : after["start"]]):
                sense.within.append(after["names"])
        if number and plain[number - 1]["kind"] == "demonym" and row["kind"] == "place":
            before = plain[number - 1]
            if _names_its_country(text[before["end"] : row["start"]], words):
                sense.within.append(before["names"])
    return senses


def _beside(
    row: dict[str, Any], after: Sequence[dict[str, Any]]
) -> list[tuple[tuple[str, ...], float]]:
    """Name what the text says that a place lies near to, and how far off it may be."""
    told: Region = row["region"]
    if told.rule not in {Rule.NEAR, Rule.DISTANCE}:
        return []
    for other in after[:_LISTED]:
        if other["start"] - row["end"] > _REACH:
            break
        if other["role"] == "reference" and other["kind"] == "place":
            return [(other["names"], _NEAR_KM + 1.2 * (told.distance_km or 0.0))]
    return []


def _names_its_country(between: str, words: PlaceWords) -> bool:
    """Tell whether an adjective goes with a name: "the South Korean port of Busan"."""
    parts = between.lower().split()
    if len(parts) > 3 or not re.fullmatch(r"[\w\s’'-]*", between):
        return False
    return all(
        part in words.written_features or part in {"of", "de", "du", "d'", "d’", "del", "von"}
        for part in parts
    )


def _told(row: dict[str, Any], sense: Sense, senses: dict[tuple[str, ...], Sense]) -> Region | None:
    """Where the text says that a place lies which the gazetteer does not know."""
    told: Region | None = row["region"]
    if told is not None:
        anchor = senses[sense.beside[0][0]].choice if sense.beside else None
        if anchor is not None and len(told.anchors) == 1:
            return replace(told, anchors=((anchor.lon, anchor.lat),))
        return told
    for names in sense.within:
        place = senses[names].choice if names in senses else None
        if place is None:
            continue
        if place.kind == "country" and row["feature"] in _ON_THE_SHORE:
            return Region(rule=Rule.COAST, of=place.country)
        whole = _whole(place)
        if whole is not None:
            return whole
        if place.kind == "city":
            return Region(rule=Rule.NEAR, anchors=((place.lon, place.lat),), within_km=_ABOUT_KM)
    return None


def _fits(sense: Sense, senses: dict[tuple[str, ...], Sense]) -> bool:
    """Tell whether the choice may be what the text means: a small place lies where it says."""
    choice = sense.choice
    if choice is None or choice.id.startswith("own:"):
        return choice is not None
    well_known = choice.population > _WELL_KNOWN
    spare_km = _SPARE_KM if well_known else 0.0
    if sense.beside and not lies_beside(choice, sense, senses, spare_km=spare_km):
        return any(senses[names].choice is None for names, _ in sense.beside)
    if well_known:
        return True
    areas = [senses[names].choice for names in sense.within if names in senses]
    told = [area for area in areas if area is not None and area.kind == "admin1"]
    return not told or any(_may_hold(area, choice) for area in told)


def _may_hold(area: Candidate, choice: Candidate) -> bool:
    """Tell whether a division may hold a place, by its code or, where that is unknown, by reach."""
    if choice.kind in {"country", "admin1", "sea", "region"} or area.admin1 == choice.admin1:
        return True
    far = distance_km((area.lon, area.lat), (choice.lon, choice.lat))
    return far < 1.5 * area.uncertainty_km


def _place_rows(row: dict[str, Any], found: Sequence[Reading]) -> list[dict[str, Any]]:
    if not found:
        return [_row(row, None, rank=0, score=0.0, why="no place of that name in the gazetteer")]
    return [
        _row(row, reading.candidate, rank=rank, score=reading.score, why=reading.why)
        for rank, reading in enumerate(found)
    ]


def _row(
    row: dict[str, Any], place: Candidate | None, *, rank: int, score: float, why: str
) -> dict[str, Any]:
    kind = row["kind"] if row["kind"] in {"demonym", "metonym"} else place.kind if place else ""
    return {
        "toponym": row["toponym"],
        "start": row["start"],
        "end": row["end"],
        "rank": rank,
        "score": score,
        "name": place.name if place else row["toponym"],
        "country": place.country if place else "",
        "kind": kind,
        "gazetteer": place.id if place else "",
        "uncertainty_km": place.uncertainty_km if place else float("nan"),
        "region": _whole(place) if place else None,
        "role": row["role"],
        "why": why,
        "geometry": (place.lon, place.lat) if place else None,
    }


def _whole(place: Candidate) -> Region | None:
    """Make the region of a place that is an area."""
    if place.kind == "country":
        return Region(rule=Rule.WHOLE, of=place.country)
    if place.kind == "admin1" and place.admin1:
        return Region(rule=Rule.WHOLE, of=place.admin1)
    if place.id.startswith("division:"):
        return Region(rule=Rule.WHOLE, of=place.id)
    return None


def _country_row(row: dict[str, Any], sense: Sense) -> dict[str, Any]:
    """Make the row of a demonym: its country, as a hint for other readings, not as a stop."""
    found = readings(sense, limit=1)
    place = found[0].candidate if found else None
    return _row(row, place, rank=0, score=1.0 if found else 0.0, why="adjective of a country")


def _region_rows(
    row: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    senses: dict[tuple[str, ...], Sense],
) -> list[dict[str, Any]]:
    """Make the row of a vague place, with named places inside it as hypotheses."""
    from geo_routes.regions import radius_km, region_polygon, representative_point

    region = _homeward(_anchored(row, rows, senses), row, rows, senses)
    try:
        polygon = region_polygon(region)
    except DataError as error:
        return [_row(row, None, rank=0, score=0.0, why=str(error)) | {"region": region}]
    point = representative_point(region)
    first = _row(row, None, rank=0, score=0.9, why=f"described in the text: {region.rule}")
    first |= {
        "kind": "region",
        "country": region.of[:2] if ":" not in region.of else "",
        "region": region,
        "uncertainty_km": radius_km(region),
        "geometry": point,
    }
    if not first["country"] and point is not None:
        first["country"] = _country_near(point)
    return [first, *_hypotheses(row, polygon, point)]


def _named_before(
    row: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    senses: dict[tuple[str, ...], Sense],
) -> Candidate | None:
    """Find the place that "the Dutch port" takes up: the last one named before in that country."""
    if not row["names"]:
        return None
    for other in reversed(rows):
        if other["start"] >= row["start"] or other["kind"] != "place":
            continue
        place = senses[other["names"]].choice
        if place is None or row["region"].of not in {place.country, place.admin1}:
            continue
        if place.kind in {"city", "port", "station", "site"}:
            return place
    return None


def _anchored(
    row: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    senses: dict[tuple[str, ...], Sense],
) -> Region:
    """Replace the provisional anchors of a region by the places that its names were found to be."""
    region: Region = row["region"]
    if not region.anchors or row["kind"] != "region":
        return region
    inner = [
        senses[other["names"]].choice
        for other in rows
        if other is not row
        and other["start"] >= row["start"]
        and other["end"] <= row["end"]
        and other["kind"] == "place"
        and other["names"] in senses
    ]
    points = tuple((place.lon, place.lat) for place in inner if place is not None)
    needed = len(region.anchors)
    return replace(region, anchors=points[:needed]) if len(points) >= needed else region


def _homeward(
    region: Region,
    row: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    senses: dict[tuple[str, ...], Sense],
) -> Region:
    """Turn "near the border with X" to the side of the neighbour that the text tells of."""
    if region.rule is not Rule.BORDER or region.of_border or not row["across"]:
        return region
    neighbours = shipped().country(region.of[:2]).neighbours
    before = [other for other in rows if other["end"] <= row["start"]]
    after = [other for other in rows if other["start"] >= row["end"]]
    for other in (*reversed(before), *after):
        sense = senses.get(other["names"])
        place = sense.choice if sense is not None else None
        if place is not None and place.country in neighbours:
            return replace(region, of=place.country, of_border=region.of[:2])
    return region


def _country_near(point: Point) -> str:
    found = shipped().nearest(*point, kinds=("city",), limit=1)
    return found[0].country if found else ""


def _hypotheses(row: dict[str, Any], polygon: Any, point: Point | None) -> list[dict[str, Any]]:
    """List named places of the kind that the text speaks of, inside the region."""
    from shapely import Point as ShapelyPoint

    kind = row["feature"]
    if polygon is None or point is None or kind not in {"port", "station", "site"}:
        return []
    around = shipped().nearest(*point, kinds=(kind,), limit=40, within_km=400.0)
    inside = [
        place
        for place in around
        if place.feature not in _AIRPORTS and polygon.intersects(ShapelyPoint(place.lon, place.lat))
    ]
    return [
        _row(
            {**row, "kind": "place"},
            place,
            rank=rank,
            score=round(0.3 / rank, 3),
            why="a named place inside the region: a hypothesis",
        )
        for rank, place in enumerate(inside[:_HYPOTHESES], start=1)
    ]


def _frame(rows: Sequence[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Make the frame of places."""
    import geopandas as gpd
    import numpy as np
    from geopandas.array import from_shapely
    from shapely import points

    geometry = np.empty(len(rows), dtype=object)
    placed = [number for number, row in enumerate(rows) if row["geometry"] is not None]
    if placed:
        geometry[placed] = points([rows[number]["geometry"] for number in placed])
    values = {name: [row[name] for row in rows] for name in PLACES}
    frame: Any = make_frame(values, PLACES, geometry=from_shapely(geometry, crs=_crs()))
    # The geometries are valid: setting them once more would take as long as all else here.
    frame.__class__ = gpd.GeoDataFrame
    places: gpd.GeoDataFrame = frame.__finalize__(_without_rows())
    return places


@functools.cache
def _without_rows() -> gpd.GeoDataFrame:
    """Make a frame from which others take which column holds their geometry."""
    return empty_places()


@functools.cache
def _crs() -> Any:
    """Read the coordinate system once."""
    import pyproj

    return pyproj.CRS(CRS)
