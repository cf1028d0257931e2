"""The places of a report: those that could be ends of a movement, those that only situate."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from geo_routes.documents import Document
from geo_routes.itinerary import Candidate, Place, Region, Rule, Source

if TYPE_CHECKING:
    import geopandas as gpd

SOURCE = "s1"
# Words in a name that make it a way through, in the languages of the reports.
_PASSAGE = re.compile(
    r"canal|kanal|kanał|канал|tunnel|túnel|тунн?ел|strait|détroit|estrecho|пролив|проток"
    r"|meerenge|cieśnin|bosph?or|bósforo|босфор",
    re.IGNORECASE,
)
_OF_A_TOWN = re.compile(
    r"\b(?:(?:of|from|de|du|des|del|aus|von|из|с|з|із|зі|z|ze) |d['’])$", re.IGNORECASE
)
_LONGEST_OF = 6
_AREAS = frozenset({"region", "sea"})
_VAST_KM = 500.0
_PASSAGES = frozenset({"country", "admin1", "sea", "strait", "canal", "river", "ocean", "lake"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in the text that could be an end of a movement."""

    key: str
    start: int
    end: int
    country: str
    is_country: bool
    feature: str
    kind: str = ""
    is_reference: bool = False  # it only situates another place
    text: str = ""
    point: tuple[float, float] = (0.0, 0.0)
    radius_km: float = 0.0
    is_unplaced: bool = False
    is_vast: bool = False  # too large for a stop: a country, a continent, an ocean

    @property
    def is_passage(self) -> bool:
        """Whether one passes through it rather than calls there."""
        return self.kind in _PASSAGES or self.is_vast or bool(_PASSAGE.search(self.text))


@dataclass(frozen=True, slots=True)
class Actor:
    """A government or another speaker, named by its country or seat."""

    start: int
    end: int
    name: str


def find_actors(rows: list[dict[str, Any]], text: str) -> list[Actor]:
    """Find who could claim or deny a movement; "the owner, of Piraeus, denies" is not Piraeus."""
    return [
        Actor(row["start"], row["start"] + len(row["toponym"]), row["toponym"])
        for row in rows
        if row["role"] == "actor"
        or row["kind"] in {"metonym", "country", "demonym"}
        or (row["kind"] == "city" and not _stands_after_of(text, row["start"]))
    ]


def _stands_after_of(text: str, start: int) -> bool:
    return _OF_A_TOWN.search(text[max(0, start - _LONGEST_OF) : start]) is not None


def chosen_rows(places: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Turn the frame into dictionaries, the other readings under `candidates`."""
    import pandas as pd
    import shapely

    plain = pd.DataFrame(places)
    columns = {name: plain[name].tolist() for name in plain.columns if name != "geometry"}
    points = places.geometry.to_numpy()
    lons, lats = shapely.get_x(points).tolist(), shapely.get_y(points).tolist()
    names = list(columns)
    chosen: list[dict[str, Any]] = []
    for values, lon, lat in zip(zip(*columns.values(), strict=True), lons, lats, strict=True):
        row = dict(zip(names, values, strict=True))
        row["lon"], row["lat"] = (None, None) if math.isnan(lon) else (lon, lat)
        if row["rank"] == 0:
            chosen.append({**row, "candidates": [row]})
        elif chosen and chosen[-1]["start"] == row["start"]:
            chosen[-1]["candidates"].append(row)
    return chosen


def read_places(
    document: Document, rows: list[dict[str, Any]]
) -> tuple[dict[str, Place], list[Mention]]:
    """Make the itinerary's places, and list where they are named."""
    places: dict[str, Place] = {}
    mentions: list[Mention] = []
    keys: dict[Any, str] = {}
    covered: list[tuple[int, int]] = []
    for row in sorted(rows, key=lambda row: (row["start"], -len(row["toponym"]))):
        start, end = int(row["start"]), int(row["start"]) + len(row["toponym"])
        if row["kind"] in {"demonym", "metonym"} or row["role"] == "actor":
            continue
        if row["lon"] is None:
            if not any(a <= start < b for a, b in covered):
                mentions.append(_unplaced(row, start, end))
            continue
        is_reference = row["role"] == "reference" or any(a <= start < b for a, b in covered)
        is_vague = row["kind"] == "region"
        identity = (row["gazetteer"], row["name"])
        key = keys.get(identity)
        if key is None:
            key = _place_id(row["name"], places)
            keys[identity] = key
            places[key] = _as_place(document, row, is_reference)
        elif places[key].reference and not is_reference:
            places[key] = replace(places[key], reference=False)
        if is_vague:
            covered.append((start, end))
        mentions.append(
            Mention(
                key,
                start,
                end,
                country=row["country"],
                is_country=row["kind"] == "country",
                feature=str(row.get("feature") or row["kind"] or ""),
                kind=str(row["kind"]),
                is_reference=is_reference,
                text=str(row["toponym"]),
                point=(float(row["lon"]), float(row["lat"])),
                radius_km=float(row["uncertainty_km"] or 0.0),
                is_vast=_is_vast(row),
            )
        )
    return places, mentions


def _unplaced(row: dict[str, Any], start: int, end: int) -> Mention:
    """Make a mention of a place that nobody could place: legs to it are not drawn past it."""
    return Mention(
        f"?{row['name'] or row['toponym']}",
        start,
        end,
        country=str(row["country"]),
        is_country=False,
        feature="",
        is_reference=row["role"] == "reference",
        text=str(row["toponym"]),
        is_unplaced=True,
    )


def _is_vast(row: dict[str, Any]) -> bool:
    """Whether a place is too large for a stop, whole as it is named."""
    region = row["region"]
    is_whole = not isinstance(region, Region) or region.rule is Rule.WHOLE
    is_area = row["kind"] in _AREAS and float(row["uncertainty_km"] or 0.0) >= _VAST_KM
    return bool(row["kind"] == "country" or (is_whole and is_area))


def _place_id(name: str, taken: Mapping[str, Place]) -> str:
    stem = re.sub(r"\W+", "_", name.lower()).strip("_")[:40] or "place"
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}_{number}", number + 1
    return key


def _as_place(document: Document, row: dict[str, Any], is_reference: bool) -> Place:
    region = row["region"] if isinstance(row["region"], Region) else None
    if row["kind"] == "country" and region is None:
        region = Region(rule=Rule.WHOLE, of=row["country"])
    start = int(row["start"])
    others = [
        Candidate(
            name=str(item["name"]),
            lon=float(item["lon"]),
            lat=float(item["lat"]),
            gazetteer=str(item["gazetteer"]),
            country=str(item["country"]),
            score=round(float(item["score"]), 3),
            why=str(item["why"]),
        )
        for item in row["candidates"]
        if item["lon"] is not None
    ]
    radius_km = float(row["uncertainty_km"])
    return Place(
        name=str(row["name"]),
        lon=round(float(row["lon"]), 5),
        lat=round(float(row["lat"]), 5),
        radius_km=0.0 if math.isnan(radius_km) else radius_km,
        region=region,
        gazetteer=str(row["gazetteer"]),
        country=str(row["country"]),
        kind=str(row["kind"]),
        toponym=str(row["toponym"]),
        evidence=(document.quote(start, start + len(row["toponym"]), source=SOURCE),),
        candidates=tuple(others) if len(others) > 1 else (),
        reference=is_reference,
    )


def source_of(document: Document) -> Source:
    """Describe a document as the source of a draft."""
    return Source(
        publisher=document.publisher,
        title=document.title,
        published=document.published,
        lang=document.lang,
        url=document.url,
        sha256=document.sha256,
        file=document.name,
    )
