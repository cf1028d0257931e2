"""
Cases to learn links between places from: reports as `link_traits` describes them, with the truth.

Each report is described three times: with the places that the text gives when it is read, with
those of its gold file, and with those of the text put right where the gold has them elsewhere. A
place stands for a gold place when it lies within its radius plus 25 km and is named where the gold
names it. A few sentences of each report, with the legs whose ends they name, make one more case:
users write short texts, too.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from movements import SLACK_KM, _row, gold_places
from shapely import Point
from training import FOLDER, Marked, read_training

import geo_routes as gr
from geo_routes.dates import bounds
from geo_routes.geodesy import distance_km
from geo_routes.itinerary import Status
from geo_routes.reconstruction.dating import ARRIVAL, DEPARTURE, Told
from geo_routes.reconstruction.link_traits import MODES, Traits
from geo_routes.reconstruction.linking import CLAIMS, describe_movements
from geo_routes.reconstruction.movements import Movements, read_movements
from geo_routes.reconstruction.places import chosen_rows
from geo_routes.reconstruction.sentences import split_sentences
from geo_routes.reconstruction.timeline import place_dates

LOTS = FOLDER.parent
LEAST_SHARED = 0.5  # of the days of two dates, for them to say the same
_UNPLACED = frozenset({"", "demonym", "metonym"})
WIDEST_DAYS = 31  # a date "about" lies in no wider one


@dataclass(slots=True)
class Case:
    """
    A described report, and by origin and destination the claim and the mode of its legs.

    And which of the dates that it tells are whose: number of the date, 0 for departure or 1 for
    arrival.
    """

    traits: Traits
    right: dict[tuple[str, str], tuple[int, int]]
    dated: dict[tuple[str, str], set[tuple[int, int]]] = field(default_factory=dict)


def cases(first: str = "", last: str = "~", others: Sequence[Path] = ()) -> Iterator[Case]:
    """Describe the training lots from one to another, and other folders' NAME.txt and NAME.json."""
    lots = sorted(lot for lot in FOLDER.iterdir() if first <= lot.name <= last)
    training = [report for lot in lots for report in read_training(lot)]
    for marked in [*training, *(report for lot in others for report in read_lot(lot))]:
        document = marked.document
        found, given = gr.geocode(gr.find_toponyms(document)), _given(marked)
        for frame in (found, given, _corrected(marked, found, given)):
            if frame is not None and len(frame):
                movements = read_movements(document, chosen_rows(frame))
                for traits in describe_movements(movements):
                    yield _case(marked, movements, traits)
        yield from _part(marked)


def _part(marked: Marked) -> Iterator[Case]:
    part = part_of(marked)
    if part is None:
        return
    for frame in (gr.geocode(gr.find_toponyms(part.document)), _given(part)):
        if frame is not None and len(frame):
            movements = read_movements(part.document, chosen_rows(frame))
            for traits in describe_movements(movements):
                yield _case(part, movements, traits)
            return


def part_of(marked: Marked) -> Marked | None:
    """Take up to three sentences that name both ends of a leg or more, chosen by the id."""
    text = marked.document.text
    spans = list(split_sentences(text))
    draw = random.Random(str(marked.gold["id"]))
    count = draw.choice((1, 1, 2, 3))
    for first in draw.sample(range(len(spans)), len(spans)):
        start, end = spans[first][0], spans[min(first + count, len(spans)) - 1][1]
        marks = [(a - start, b - start, key) for a, b, key in marked.marks if start <= a < end]
        named = {key for _, _, key in marks}
        legs = [leg for leg in marked.gold["legs"] if {leg["from"], leg["to"]} <= named]
        if legs:
            document = replace(marked.document, text=text[start:end])
            return Marked(document, {**marked.gold, "legs": legs}, marks)
    return None


def read_lot(folder: Path) -> Iterator[Marked]:
    """Read a folder of NAME.txt and NAME.json, with the spans where the gold names its places."""
    for path in sorted(folder.glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        document = gr.Document(text=text, lang=gold["lang"], published=gold["published"])
        marks = [
            (match.start(), match.end(), key)
            for key, place in gold["places"].items()
            for name in place["in_text"]
            for match in re.finditer(re.escape(name), text)
        ]
        yield Marked(document, gold, marks)


def _given(marked: Marked) -> gpd.GeoDataFrame | None:
    """Make the places frame that a perfect reader would give."""
    if "vehicles" in marked.gold:
        given = gold_places(marked.document, marked.gold)
        return given if len(given) else None
    rows, points = [], []
    for start, end, key in sorted(marked.marks):
        place = marked.gold["places"].get(key)
        if place is not None:
            rows.append(_row(marked.document.text[start:end], start, place))
            points.append(Point(place["lon"], place["lat"]))
    return gpd.GeoDataFrame(rows, geometry=points, crs="EPSG:4326") if rows else None


def _corrected(
    marked: Marked, found: gpd.GeoDataFrame, given: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame | None:
    """
    Put right what the text's frame has wrong: gold places that it lacks or has elsewhere.

    What it has right stays as it is, and what it places wrongly keeps what it is taken for: the
    gold calls a city a port as a ship calls there, which would tell the stops from the others.
    """
    spans = [(a, b) for a, b, key in marked.marks if key in marked.gold["places"]]
    others = [
        not any(a < end and start < b for a, b in spans)
        for start, end in zip(found["start"], found["end"], strict=True)
    ]
    if given is None or not any(others):
        return None
    rows = found[[not other for other in others]].sort_values("rank").to_dict("records")
    placed = []
    for gold in given.to_dict("records"):
        same = next(
            (r for r in rows if r["start"] < gold["end"] and gold["start"] < r["end"]), None
        )
        placed.append(gold if same is None or same["kind"] in _UNPLACED else _put_right(same, gold))
    stops = gpd.GeoDataFrame(placed, geometry="geometry", crs=given.crs)
    together = pd.concat([found[others], stops], ignore_index=True)
    together = together.sort_values("start", kind="stable", ignore_index=True)
    return gpd.GeoDataFrame(together, geometry="geometry", crs=given.crs)


def _put_right(row: dict[str, Any], gold: dict[str, Any]) -> dict[str, Any]:
    """Place a name of the text where the gold has it, if it lies elsewhere."""
    here, there = row["geometry"], gold["geometry"]
    km = distance_km((here.x, here.y), (there.x, there.y)) if here and not here.is_empty else None
    if km is not None and km <= gold["uncertainty_km"] + SLACK_KM:
        return row
    kept = {name: row[name] for name in ("kind", "role")}
    return gold | kept


def _case(marked: Marked, movements: Movements, traits: Traits) -> Case:
    stands = {key: _stands_for(marked, movements, traits, key) for key in traits.keys}
    right: dict[tuple[str, str], tuple[int, int]] = {}
    dated: dict[tuple[str, str], set[tuple[int, int]]] = {}
    told = {
        date.mention.start: date
        for date in place_dates(marked.document, movements.reading.clauses, movements.dates)
    }
    for a in traits.keys:
        for b in traits.keys:
            legs = [
                leg
                for leg in marked.gold["legs"]
                if a != b and leg["from"] in stands[a] and leg["to"] in stands[b]
            ]
            if legs:
                right[a, b] = min(_label(leg) for leg in legs)
                dated[a, b] = set(_dates_of(legs, traits, told))
    return Case(traits, right, dated)


def _dates_of(
    legs: Sequence[dict[str, Any]], traits: Traits, told: Mapping[int, Told]
) -> Iterator[tuple[int, int]]:
    """Find the dates that are those of the legs: number of the date, number of the end."""
    for number, (_, start) in enumerate(traits.dates):
        for leg in legs:
            edtf = told[start].edtf_for(Status(leg["claim"])) if start in told else ""
            for end, name in enumerate((DEPARTURE, ARRIVAL)):
                if edtf and is_same(edtf, leg.get(name) or ""):
                    yield number, end


def is_same(edtf: str, gold: str) -> bool:
    """Whether two dates say the same, one perhaps more loosely: "late May" and 2023-05-28~."""
    if edtf.strip("~") == gold.strip("~"):
        return bool(edtf)
    told, wanted = bounds(edtf), bounds(gold)
    if told is None or wanted is None:
        return False
    if gold.endswith("~") and (told[1] - told[0]).days < WIDEST_DAYS:
        return told[0] <= wanted[0] and wanted[1] <= told[1]
    both = (min(told[1], wanted[1]) - max(told[0], wanted[0])).days + 1
    either = (max(told[1], wanted[1]) - min(told[0], wanted[0])).days + 1
    return both > LEAST_SHARED * either


def _label(leg: dict[str, Any]) -> tuple[int, int]:
    claim = {"inferred": "reported", "confirmed": "reported"}.get(leg["claim"], leg["claim"])
    known = [str(status) for status in CLAIMS]
    modes = [str(mode) for mode in MODES]
    mode = modes.index(leg["mode"]) if leg["mode"] in modes else len(modes) - 1
    return known.index(claim) if claim in known else known.index("possible"), mode


def _stands_for(marked: Marked, movements: Movements, traits: Traits, key: str) -> set[str]:
    """Find the gold places that a place of the draft is."""
    found = set()
    for name, place in marked.gold["places"].items():
        near = {k for k in traits.keys if _is_near(movements, k, place)}
        spans = [(a, b) for a, b, gold_key in marked.marks if gold_key == name]
        named = {
            m.key
            for m in movements.mentions
            if m.key in near and any(a < m.end and m.start < b for a, b in spans)
        }
        if key in (named or near):
            found.add(name)
    return found


def _is_near(movements: Movements, key: str, place: dict[str, Any]) -> bool:
    point = movements.places[key].point
    if point is None:
        return False
    km = distance_km(point, (place["lon"], place["lat"]))
    return bool(km <= place["radius_km"] + SLACK_KM)
